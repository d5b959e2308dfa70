"""The sample project's files, and data files that a project brings along."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from gisapp.model.errors import ReadError, WriteError
from gisapp.model.text import tr

_PACKAGE = Path(__file__).resolve().parents[1]


def sample_folder() -> Path:
    """Where the sample project's data lie: in the wheel, or in the checkout."""
    for folder in (_PACKAGE / "bundled_sample", _PACKAGE.parent / "sample_data"):
        if (folder / "outfalls.gpkg").is_file():
            return folder
    raise ReadError(
        tr("The sample project's files are not there"),
        hint=tr("Install the program again, or run sample_data/make.py in a checkout."),
    )


def bring_files(files: Iterable[Path], project: Path) -> None:
    """Copy data files into the project's data folder. Raises WriteError."""
    target = project / "data"
    try:
        target.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copyfile(file, target / file.name)
    except OSError as error:
        raise _cannot(target, error) from error


def _cannot(folder: Path, error: OSError) -> WriteError:
    return WriteError(
        tr("{folder} cannot be written: {reason}").format(folder=folder, reason=error.strerror),
        hint=tr("Check that the folder exists, that you may write there and that there is room."),
    )
