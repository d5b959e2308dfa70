"""Photos as features name them: put into a project's folder and read from it."""

from __future__ import annotations

from pathlib import Path

from gisapp.io.photo_files import PHOTOS, copy_photo, photo_path
from gisapp.model.errors import ReadError
from gisapp.model.text import tr


def add_photo(folder: Path, source: Path) -> str:
    """Copy a picture into the project's folder and give the name a feature's list holds.

    Raises ReadError when it is no photo, WriteError when it cannot be copied.
    """
    return copy_photo(folder, source).file


def read_photo(folder: Path, name: str) -> bytes:
    """What is in the file. Raises ReadError when it is not there."""
    try:
        path = photo_path(folder, name)
    except ReadError:  # a picture somebody put beside the others by its own name
        path = folder / PHOTOS / Path(name).name
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReadError(
            tr("The photo {name} cannot be read").format(name=name[:80]), hint=str(error)
        ) from error
