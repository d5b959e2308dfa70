"""Evidence as one file: a zip with a manifest that names every member's bytes.

The same content gives the same bytes on every run: members are stored as they are, in the order of
their names, without times of their own. A pack proves that nothing in it changed since it was
written; that it is the pack that was handed over, the SHA-256 of its manifest proves, which belongs
on the paper that is signed.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gisapp.io.map_file import refused
from gisapp.io.safe_path import refuse_to_overwrite_project
from gisapp.model.errors import ReadError
from gisapp.model.progress import Progress
from gisapp.model.text import tr

FORMAT, VERSION = "gisapp-evidence", 1
MANIFEST, SEAL = "manifest.json", "manifest.sha256"
_DATE = (1980, 1, 1, 0, 0, 0)
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class EvidenceMember:
    """One file of a pack: its name there, and its bytes or the file that holds them.

    `sha256` of a file: what it must be; empty: whatever it is.
    """

    name: str
    content: bytes | Path
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class WrittenEvidence:
    """`seal`: SHA-256 of the manifest."""

    path: Path
    members: int
    bytes: int
    seal: str


@contextmanager
def set_aside() -> Iterator[Callable[[bytes], Path]]:
    """Puts large members into files of their own until the pack is written; raises WriteError."""
    place: tempfile.TemporaryDirectory[str] | None = None
    count = 0

    def put(content: bytes) -> Path:
        nonlocal place, count
        count += 1
        try:
            if place is None:
                place = tempfile.TemporaryDirectory(prefix="gisapp-evidence-")
            path = Path(place.name) / str(count)
            path.write_bytes(content)
        except OSError as error:
            raise refused(Path(tempfile.gettempdir()), error) from error
        return path

    try:
        yield put
    finally:
        if place is not None:
            place.cleanup()


def write_pack(
    path: Path, about: Mapping[str, Any], members: Sequence[EvidenceMember], progress: Progress
) -> WrittenEvidence:
    """Write beside the target, make it durable, then rename it over what was there.

    Raises ReadError when a file is missing or not what it must be, WriteError, with what was there
    before untouched; Cancelled.
    """
    refuse_to_overwrite_project(path)
    ordered = sorted(members, key=lambda member: member.name)
    listed = []
    for number, member in enumerate(ordered):
        progress.report(0.4 * number / max(len(ordered), 1), tr("Looking at the evidence"))
        digest, size = _measured(member)
        if member.sha256 and digest != member.sha256:
            raise _not_original(member)
        listed.append({"path": member.name, "bytes": size, "sha256": digest})
    manifest = to_json_bytes(
        {"format": FORMAT, "version": VERSION, "about": dict(about), "members": listed}
    )
    seal = hashlib.sha256(manifest).hexdigest()
    beside = ""
    try:
        handle, beside = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                _put(archive, EvidenceMember(MANIFEST, manifest), seal)
                line = f"{seal}  {MANIFEST}\n".encode()
                _put(archive, EvidenceMember(SEAL, line), hashlib.sha256(line).hexdigest())
                for number, (member, entry) in enumerate(zip(ordered, listed, strict=True)):
                    progress.report(0.4 + 0.6 * number / len(ordered), tr("Writing the evidence"))
                    _put(archive, member, str(entry["sha256"]))
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, 0o644)
        size = os.stat(beside).st_size
        os.replace(beside, path)
    except OSError as error:
        raise refused(path, error) from error
    finally:
        with suppress(OSError):
            if beside:
                os.unlink(beside)
    return WrittenEvidence(path, len(ordered), size, seal)


def to_json_bytes(value: Any) -> bytes:
    """The same text for the same value."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return (text + "\n").encode()


def _measured(member: EvidenceMember) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(member):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def _chunks(member: EvidenceMember) -> Iterator[bytes]:
    if isinstance(member.content, bytes):
        yield member.content
        return
    try:
        with member.content.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except OSError as error:
        raise _not_original(member) from error


def _put(archive: zipfile.ZipFile, member: EvidenceMember, expected: str) -> None:
    info = zipfile.ZipInfo(member.name, _DATE)
    info.create_system = 3  # the same on every system
    info.external_attr = 0o100644 << 16
    digest = hashlib.sha256()
    if isinstance(member.content, Path):
        info.file_size = member.content.stat().st_size
    with archive.open(info, "w", force_zip64=info.file_size >= 1 << 31) as file:
        for chunk in _chunks(member):
            digest.update(chunk)
            file.write(chunk)
    if digest.hexdigest() != expected:
        raise _not_original(member)


def _not_original(member: EvidenceMember) -> ReadError:
    return ReadError(
        tr("{name} is missing in the project or was changed").format(name=member.name),
        hint=tr("Bring the photos back by their bytes first; evidence is made of originals only."),
    )
