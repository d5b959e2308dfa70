"""A view somebody wants to come back to, kept with the project."""

from __future__ import annotations

from dataclasses import dataclass

from gisapp.model.crs import CGCS2000
from gisapp.model.geometry import Point


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Independent of the map's system and of the screen. Its name belongs to it alone."""

    name: str
    center: Point  # in `crs`
    scale: float  # the n of 1:n on a screen of 96 pixels an inch
    rotation: float = 0.0  # degrees the map is turned clockwise
    crs: str = CGCS2000
