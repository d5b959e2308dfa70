"""Where the sample project's data lie."""

from __future__ import annotations

from pathlib import Path

from gisapp.model.errors import ReadError
from gisapp.model.text import tr

_PACKAGE = Path(__file__).resolve().parents[1]


def sample_folder() -> Path:
    """In the wheel, or in the checkout. Raises ReadError when it is in neither."""
    for folder in (_PACKAGE / "bundled_sample", _PACKAGE.parent / "sample_data"):
        if (folder / "outfalls.gpkg").is_file():
            return folder
    raise ReadError(
        tr("The sample project's files are not there"),
        hint=tr("Install the program again, or run sample_data/make.py in a checkout."),
    )
