"""Proving an evidence pack without its project, and without unpacking it.

A pack may come from anybody: no member is written anywhere, nothing is read beyond what the
manifest says of it, and names, sizes and kinds that could only be a trap are refused unread.
"""

from __future__ import annotations

import hashlib
import json
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from gisapp.io.evidence_pack import FORMAT, MANIFEST, SEAL, VERSION
from gisapp.io.safe_path import existing_file
from gisapp.model.errors import ReadError
from gisapp.model.progress import Progress, Silent
from gisapp.model.text import tr

FaultKind = Literal["changed", "missing", "extra", "refused", "manifest"]
MOST_MEMBERS = 200_000
MOST_MANIFEST = 128 << 20  # bytes
MOST_RATIO = 200  # of the bytes of a member to those in the file
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class EvidenceFault:
    kind: FaultKind
    member: str
    message: str  # for people


@dataclass(frozen=True, slots=True)
class EvidenceProof:
    """`ok`: every member is what the manifest says, and nothing is missing or more.

    `seal`: SHA-256 of the manifest as it is now; `about` is what it says of itself.
    """

    ok: bool
    seal: str
    about: Mapping[str, Any]
    members: int
    bytes: int
    faults: tuple[EvidenceFault, ...]


def prove_pack(path: Path, seal: str = "", progress: Progress | None = None) -> EvidenceProof:
    """`seal`: the SHA-256 of the manifest as it stands on the paper; empty: not compared.

    Raises ReadError when it is no zip at all.
    """
    found = existing_file(path)
    try:
        with zipfile.ZipFile(found) as archive:
            return _proved(archive, seal.strip().lower(), progress or Silent())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ReadError(
            tr("{file} is damaged: {reason}").format(file=found.name, reason=error),
            hint=tr("Ask for the evidence again and compare its size."),
        ) from error


def _proved(archive: zipfile.ZipFile, seal: str, progress: Progress) -> EvidenceProof:
    faults: list[EvidenceFault] = []
    infos: dict[str, zipfile.ZipInfo] = {}
    if len(archive.infolist()) > MOST_MEMBERS:
        fault = EvidenceFault("refused", "", tr("it has more members than any evidence"))
        return EvidenceProof(False, "", {}, 0, 0, (fault,))
    folded: set[str] = set()
    for info in archive.infolist():
        why = _trap(info)
        if not why and info.filename.casefold() in folded:
            why = tr("two members have this name")
        folded.add(info.filename.casefold())
        if why:
            faults.append(EvidenceFault("refused", info.filename, why))
            infos.pop(info.filename, None)
        else:
            infos[info.filename] = info
    if archive.comment:
        faults.append(EvidenceFault("extra", "", tr("something was added behind the members")))
    text = _read(archive, infos.get(MANIFEST), MOST_MANIFEST)
    if text is None:
        faults.append(EvidenceFault("manifest", MANIFEST, tr("there is no manifest to read")))
        return EvidenceProof(False, "", {}, 0, 0, tuple(faults))
    is_now = hashlib.sha256(text).hexdigest()
    faults += _seal_faults(archive, infos, is_now, seal)
    try:
        about, listed = _listed(text)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        words = tr("the manifest cannot be understood: {reason}").format(reason=error)
        faults.append(EvidenceFault("manifest", MANIFEST, words))
        return EvidenceProof(False, is_now, {}, 0, 0, tuple(faults))
    done = 0
    refused = {fault.member for fault in faults if fault.kind == "refused"}
    for number, (name, (size, digest)) in enumerate(sorted(listed.items())):
        progress.report(number / len(listed), tr("Proving the evidence"))
        member = infos.get(name)
        if member is None:
            if name not in refused:
                faults.append(EvidenceFault("missing", name, tr("it is not in the pack")))
        elif member.file_size != size or _digest(archive, member, size) != digest:
            faults.append(EvidenceFault("changed", name, tr("its bytes are not those listed")))
        else:
            done += size
    for name in sorted(infos.keys() - listed.keys() - {MANIFEST, SEAL}):
        faults.append(EvidenceFault("extra", name, tr("the manifest does not list it")))
    return EvidenceProof(not faults, is_now, about, len(listed), done, tuple(faults))


def _trap(info: zipfile.ZipInfo) -> str:
    """Why a member is not even looked at; empty: it may be."""
    name = info.orig_filename
    parts = name.split("/")
    odd = any(part in ("", ".", "..") or part != part.strip() for part in parts)
    if odd or re.search(r"[\\:\x00-\x1f]", name) or len(name) > 400:
        return tr("its name leads out of the pack or is none")
    if info.flag_bits & 0x1:
        return tr("it is encrypted")
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        return tr("it is no ordinary file")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return tr("it is packed in a way that is not used here")
    if info.file_size > max(info.compress_size, 1) * MOST_RATIO:
        return tr("it would unpack to {n} MB").format(n=info.file_size >> 20)
    return ""


def _seal_faults(
    archive: zipfile.ZipFile, infos: Mapping[str, zipfile.ZipInfo], is_now: str, seal: str
) -> Iterator[EvidenceFault]:
    line = _read(archive, infos.get(SEAL), 200)
    if line is None:
        yield EvidenceFault("missing", SEAL, tr("it is not in the pack"))
    elif line != f"{is_now}  {MANIFEST}\n".encode():
        yield EvidenceFault("changed", MANIFEST, tr("the manifest is not the one that was sealed"))
    if seal and seal != is_now:
        words = tr("the manifest is {now}, not the one that was handed over")
        yield EvidenceFault("changed", MANIFEST, words.format(now=is_now))


def _listed(text: bytes) -> tuple[Mapping[str, Any], dict[str, tuple[int, str]]]:
    data = json.loads(text)
    if data["format"] != FORMAT or data["version"] != VERSION:
        raise ValueError(tr("another format"))
    listed: dict[str, tuple[int, str]] = {}
    for entry in data["members"]:
        name, size, digest = entry["path"], entry["bytes"], entry["sha256"]
        if not isinstance(name, str) or not isinstance(size, int) or name in listed:
            raise ValueError(str(name)[:80])
        listed[name] = (size, str(digest))
    if not isinstance(data["about"], dict):
        raise TypeError("about")
    return data["about"], listed


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo | None, most: int) -> bytes | None:
    if info is None or info.file_size > most:
        return None
    try:
        with archive.open(info) as file:
            return file.read(most)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError):
        return None


def _digest(archive: zipfile.ZipFile, info: zipfile.ZipInfo, size: int) -> str:
    """Of at most the listed bytes; empty when the member cannot be read."""
    digest, left = hashlib.sha256(), size
    try:
        with archive.open(info) as file:
            while chunk := file.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    return ""
                digest.update(chunk)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError):
        return ""
    return digest.hexdigest() if left == 0 else ""
