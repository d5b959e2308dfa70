"""Data files that a project brings along in its own folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import suppress
from filecmp import cmp
from pathlib import Path

from gisapp.io.project_database import write_error
from gisapp.model.errors import ReadError
from gisapp.model.text import tr

DATA = "data"
# Files that belong to a main file: its parts, its position, its statistics.
BESIDE = (".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".tfw", ".tifw", ".aux.xml",
          ".tif.aux.xml", ".ovr", ".tif.ovr", ".pgw", ".jgw", ".wld")  # fmt: skip


def files_of(file: Path) -> tuple[Path, ...]:
    """The file and what lies beside it and belongs to it, such as the parts of a shapefile."""
    stem = file.stem.lower()
    try:
        beside = sorted(file.parent.iterdir())
    except OSError as error:
        raise ReadError(
            tr("{folder} cannot be read: {reason}").format(
                folder=file.parent, reason=error.strerror
            )
        ) from error
    own = (
        other
        for other in beside
        if other != file and other.name.lower() in {stem + ending for ending in BESIDE}
    )
    return (file, *own)


def bring_files(files: Iterable[Path], project: Path) -> None:
    """Copy files into the project's data folder. Nothing there is overwritten by another file.

    Raises ReadError, WriteError.
    """
    target = project / DATA
    for file in files:
        place = target / file.name
        if place.is_file() and place.resolve() == file.resolve():
            continue
        try:
            taken = place.exists()
            if taken and cmp(file, place, shallow=False):
                continue  # also what an interrupted copying has brought
        except OSError as error:
            raise write_error(error, target) from error
        if taken:
            raise ReadError(
                tr("The project already holds a file {name}").format(name=file.name),
                hint=tr("Rename the new file, or add it without copying."),
            )
        half = place.with_name(place.name + ".part")
        try:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, half)
            half.replace(place)
        except FileNotFoundError as error:
            raise ReadError(tr("{file} is not there").format(file=file)) from error
        except OSError as error:
            raise write_error(error, target) from error
        finally:
            with suppress(OSError):
                half.unlink(missing_ok=True)
