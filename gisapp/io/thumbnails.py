"""A small picture of a project's map, kept in its cache for the welcome page."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from gisapp.io.project_database import PROJECT_FILE

NAME = "thumbnail.png"


def write_thumbnail(folder: Path, png: bytes) -> None:
    """Quietly not at all where the folder cannot be written: it is only a picture."""
    cache = folder / "cache"
    with suppress(OSError):
        cache.mkdir(exist_ok=True)
        new = cache / (NAME + ".new")
        new.write_bytes(png)
        new.replace(cache / NAME)


def read_thumbnail(folder: Path) -> bytes | None:
    with suppress(OSError):
        return (folder / "cache" / NAME).read_bytes()
    return None


def is_project(folder: Path) -> bool:
    """Whether the folder is there and holds a project."""
    return (folder / PROJECT_FILE).is_file()
