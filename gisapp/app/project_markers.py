"""The drawings that a project brings along as markers: known before anything is drawn."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gisapp.io.marker_files import keep_marker, kept_marker, read_marker
from gisapp.model.errors import GisError
from gisapp.model.layer import Layer
from gisapp.model.style import PointStyle
from gisapp.render.markers import bring_marker, own_markers


def bring_markers(folder: Path, layers: Iterable[Layer]) -> list[str]:
    """Read what the styles name, on any thread. What cannot be read is drawn as a circle, and
    said in the words that come back."""
    notices = []
    names = {la.style.marker for la in layers if isinstance(la.style, PointStyle)}
    for name in sorted(names - {"", *own_markers()}):
        try:
            bring_marker(name, kept_marker(name, folder))
        except GisError as error:
            notices.append(str(error))
    return notices


def add_marker(file: Path, folder: Path) -> str:
    """Copy a drawing into the project, made safe, on any thread; its name for a style.

    Raises ReadError for what is no drawing, WriteError.
    """
    text = read_marker(file)
    name = keep_marker(text, file.name, folder)
    bring_marker(name, text)
    return name
