"""The visible picture of a shot, as its bytes: who shows it decodes it."""

from __future__ import annotations

from pathlib import Path

from gisapp.io.safe_path import existing_file, first_bytes
from gisapp.model.errors import ReadError
from gisapp.model.text import tr

_MOST = 128 * 1024 * 1024


def read_picture(path: Path) -> bytes:
    """Raises ReadError when it is not there or no picture of a camera."""
    file = existing_file(path)
    data = first_bytes(file, _MOST)
    if not data.startswith(b"\xff\xd8\xff"):
        raise ReadError(
            tr("{file} is no JPEG picture").format(file=file.name),
            hint=tr("Copy the camera's files again."),
        )
    return data
