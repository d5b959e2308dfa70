"""Many photos into a project: several at a time, each whole or not at all, resumed where it ended.

A photo is written under another name, made durable, and renamed to the hash of its bytes; the
folders are made durable once for a batch. What lies there already is not written again, so a batch
that was stopped, killed or ran out of room only does the rest the next time.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, get_ident

from gisapp.io.frame_facts import PICTURES, read_frame_facts
from gisapp.io.photo_files import ENDINGS, LARGEST, PHOTOS, Photo, hash_of, photo_path
from gisapp.io.project_database import sync_folder, write_error
from gisapp.model.errors import ReadError
from gisapp.model.frame import FrameFacts
from gisapp.model.text import tr

_TAIL = 1 << 16  # bytes at the end of a JPEG in which its end must be marked
_HEADS = {
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".tif": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    ".tiff": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    ".webp": (b"RIFF",),
    ".bmp": (b"BM",),
}


@dataclass(frozen=True, slots=True)
class TakenPhoto:
    """A photo that lies in the project, what it says of itself (None: nothing can be read of this
    kind), whether it was there before, and whether its file ends too early."""

    photo: Photo
    facts: FrameFacts | None
    there: bool
    cut: bool


class PhotoBatch:
    """`take` from any threads, then `settle` before the photos are told of."""

    def __init__(self, folder: Path) -> None:
        """Also takes away what a program that was killed left unfinished."""
        self._folder = folder
        self._lock = Lock()
        self._touched: set[Path] = set()
        for left in (folder / PHOTOS).glob("*.tmp"):
            left.unlink(missing_ok=True)

    def take(self, source: Path) -> TakenPhoto:
        """Copy one photo as it is.

        Raises ReadError when it is no photo, is empty, too large or cannot be read; WriteError
        when it cannot be copied, with nothing left behind.
        """
        content = _content(source)
        digest = hashlib.sha256(content).hexdigest()
        photo = Photo(digest, digest + source.suffix.lower(), source.name, len(content))
        jpeg = source.suffix.lower() in PICTURES
        facts = read_frame_facts(source) if jpeg else None
        target = photo_path(self._folder, photo.file)
        there = _is_there(target, len(content), digest)
        if not there:
            self._write(target, content)
        return TakenPhoto(photo, facts, there, jpeg and b"\xff\xd9" not in content[-_TAIL:])

    def settle(self) -> None:
        """Make the names of what was taken durable. Raises WriteError."""
        with self._lock:
            touched, self._touched = self._touched, set()
        place = self._folder / PHOTOS
        try:
            for folder in sorted(touched):
                sync_folder(folder)
            if touched:
                sync_folder(place)
        except OSError as error:
            raise write_error(error, place) from error

    def _write(self, target: Path, content: bytes) -> None:
        place = self._folder / PHOTOS
        temporary = place / f"{os.getpid()}-{get_ident()}.tmp"
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
        except OSError as error:
            raise write_error(error, place) from error
        finally:
            temporary.unlink(missing_ok=True)
        with self._lock:
            self._touched.add(target.parent)


def pictures_in(folder: Path) -> tuple[list[Path], int]:
    """Photos below a folder in the order of their names, and how many other files there are.

    Raises ReadError when it is no folder.
    """
    if folder.is_file():
        return [folder], 0
    if not folder.is_dir():
        raise ReadError(
            tr("{folder} is not a folder").format(folder=folder),
            hint=tr("Choose the folder that holds the photos."),
        )
    found, others = [], 0
    for path in _files(folder):
        if path.suffix.lower() in ENDINGS:
            found.append(path)
        else:
            others += 1
    return sorted(found), others


def relink_photos(
    folder: Path, wanted: dict[str, tuple[str, int]], sources: Iterator[Path] | list[Path]
) -> dict[str, Path]:
    """Bring back photos by their bytes, whatever they are called now.

    `wanted`: hash → (file in the project, size, 0: unknown). Only files of a wanted size are read.
    Gives the hashes that were found with where. Raises WriteError.
    """
    batch, found = PhotoBatch(folder), {}
    sizes = {size for _, size in wanted.values()}
    for source in sources:
        try:
            if (0 not in sizes and source.stat().st_size not in sizes) or not source.is_file():
                continue
            digest = hash_of(source)
        except OSError:
            continue
        if digest not in wanted or digest in found:
            continue
        target = photo_path(folder, wanted[digest][0])
        if not _is_there(target, source.stat().st_size, digest):
            batch._write(target, source.read_bytes())
        found[digest] = source
    batch.settle()
    return found


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(place) / name


def _content(source: Path) -> bytes:
    ending = source.suffix.lower()
    if ending not in ENDINGS:
        raise ReadError(
            tr("{path} is not a photo").format(path=source.name),
            hint=tr("Photos end in {endings}.").format(endings=", ".join(ENDINGS)),
        )
    try:
        size = source.stat().st_size
        if not 0 < size <= LARGEST:
            limit = LARGEST >> 20
            words = tr("{path} is empty or larger than {limit} MB")
            raise ReadError(words.format(path=source.name, limit=limit))
        content = source.read_bytes()
    except OSError as error:
        raise ReadError(
            tr("{path} cannot be read: {reason}").format(path=source.name, reason=error.strerror)
        ) from error
    heads = _HEADS.get(ending, ())
    if heads and not content.startswith(heads):
        raise ReadError(
            tr("{path} is called a photo and holds something else").format(path=source.name),
            hint=tr("Copy it again from the camera, or give it its right ending."),
        )
    return content


def _is_there(target: Path, size: int, digest: str) -> bool:
    """Whether these bytes lie there, whole and unchanged."""
    try:
        return target.stat().st_size == size and hash_of(target) == digest
    except OSError:
        return False
