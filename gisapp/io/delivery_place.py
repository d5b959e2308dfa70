"""Where deliveries lie: folders made for them, names that are free, what was written."""

from __future__ import annotations

from pathlib import Path

from gisapp.io.delivery import names_path
from gisapp.io.map_file import refused

_SHP = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def make_folder_for(path: Path) -> None:
    """The folder of a file, with those above it. Raises WriteError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refused(path, error) from error


def unused_path(path: Path) -> Path:
    """The path itself, or the next with a number behind its name where something lies there."""
    if not path.exists():
        return path
    tried = (path.with_stem(f"{path.stem} ({n})") for n in range(2, 10_000))
    return next(new for new in tried if not new.exists())


def delivered_files(path: Path) -> tuple[Path, ...]:
    """What lies there after a delivery to a path: a Shapefile is several files."""
    if path.suffix.lower() != ".shp":
        return (path,)
    parts = (*(path.with_suffix(ending) for ending in _SHP), names_path(path))
    return tuple(part for part in parts if part.exists())
