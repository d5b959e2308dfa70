"""Photos of a project: copied into its folder under the hash of their bytes, never changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from gisapp.io.project_database import sync_folder, write_error
from gisapp.model.errors import ReadError
from gisapp.model.text import tr

PHOTOS = "photos"
ENDINGS = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".heic", ".webp", ".bmp")
LARGEST = 200 << 20  # bytes
_CHUNK = 1 << 20


class Photo(NamedTuple):
    """One photo of a project. `file` is what a feature's list of photos holds."""

    sha256: str
    file: str  # <sha256>.<ending>, in the folder named by its first two digits
    name: str  # as it was called where it came from
    bytes: int


def photo_path(folder: Path, file: str) -> Path:
    """Where a photo of the project lies. Raises ReadError for a name that leads elsewhere."""
    digits, dot, ending = file.partition(".")
    if (
        len(digits) != 64
        or not set(digits) <= set("0123456789abcdef")
        or dot + ending not in ENDINGS
    ):
        raise ReadError(
            tr("{file} is not the name of a photo of this project").format(file=file[:80]),
            hint=tr("Add the photo to the project again."),
        )
    return folder / PHOTOS / digits[:2] / file


def copy_photo(folder: Path, source: Path) -> Photo:
    """Copy a photo into the project as it is, EXIF and all; the same photo twice is one file.

    Raises ReadError when it is no photo or too large, WriteError when it cannot be copied.
    """
    ending = source.suffix.lower()
    if ending not in ENDINGS:
        raise ReadError(
            tr("{path} is not a photo").format(path=source),
            hint=tr("Photos end in {endings}.").format(endings=", ".join(ENDINGS)),
        )
    try:
        size = source.stat().st_size
        reader = source.open("rb")
    except OSError as error:
        raise ReadError(
            tr("{path} cannot be read: {reason}").format(path=source, reason=error.strerror)
        ) from error
    if not 0 < size <= LARGEST:
        reader.close()
        raise ReadError(
            tr("{path} is empty or larger than {limit} MB").format(path=source, limit=LARGEST >> 20)
        )
    place = folder / PHOTOS
    temporary = place / f"{os.getpid()}-{id(reader)}.tmp"
    try:
        place.mkdir(exist_ok=True)
        with reader, temporary.open("xb") as writer:
            digest = _copied(reader, writer)
            writer.flush()
            os.fsync(writer.fileno())
        file = digest + ending
        target = photo_path(folder, file)
        target.parent.mkdir(exist_ok=True)
        os.replace(temporary, target)
        sync_folder(target.parent)
        sync_folder(place)
    except OSError as error:
        raise write_error(error, place) from error
    finally:
        temporary.unlink(missing_ok=True)
    return Photo(digest, file, source.name, size)


def hash_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def photo_files(folder: Path) -> Iterator[Path]:
    """Every file in the project's folder of photos."""
    return (path for path in sorted((folder / PHOTOS).rglob("*")) if path.is_file())


def _copied(reader: BinaryIO, writer: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := reader.read(_CHUNK):
        digest.update(chunk)
        writer.write(chunk)
    return digest.hexdigest()
