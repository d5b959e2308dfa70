"""The rims of symbols: what sets them off the ground, and does not hide them where they pile up."""

from __future__ import annotations

from typing import Any

import numpy as np

from gisapp.model.crs import Coordinates
from gisapp.model.table import FeatureTable
from gisapp.render.camera import Camera
from gisapp.render.colours import rgba
from gisapp.render.columns import kept_with

LIGHT = "#ffffff"
DARK = "#15181b"  # instead of LIGHT on a screen with a dark ground
SHADE = "shade"  # a darker shade of the fill
CROWDED = 0.35  # symbols on the area of one: each lies on another one
CELLS = 1024  # along each side, at most
ENOUGH = 30_000  # points of which the density is estimated


def rim(data: Any, size: float, camera: Camera) -> str:
    """Of symbols so many pixels wide: where most lie on others, white rims are all one would see.

    The same for all pictures of a scale, so that squares agree; an edit does not change it.
    """
    shared = isinstance(data, FeatureTable)
    shapes = data.shared_shapes(camera.crs) if shared else data.shapes_in(camera.crs)
    coords = shapes.coords
    if len(coords) < 2:
        return LIGHT
    density: float = kept_with(coords, "density", lambda: _density(coords))
    return SHADE if density * (size * camera.resolution) ** 2 > CROWDED else LIGHT


def rim_color(edge: str, fill: str, *, dark: bool = False) -> str:
    """The colour of a rim as it is drawn, on a light or a dark ground."""
    if edge == SHADE:
        red, green, blue, alpha = rgba(fill)
        shade = (round(part * 0.68) for part in (red, green, blue))
        return "#" + "".join(f"{part:02x}" for part in (*shade, alpha))
    return DARK if dark and edge == LIGHT else edge


def _density(coords: Coordinates) -> float:
    """Points on a square map unit around the middle one of all points, as cells tell it."""
    step = max(1, len(coords) // ENOUGH)
    known = coords[::step]
    known = known[np.isfinite(known).all(axis=1)]
    if len(known) < 2:
        return 0.0
    low = known.min(axis=0)
    extent = float((known.max(axis=0) - low).max())
    if extent <= 0:
        return np.inf
    side = min(CELLS, max(1, int(np.sqrt(len(known)))))
    cell = extent / side
    columns, rows = np.minimum((known - low) / cell, side - 1).astype(np.int64).T
    number = columns * side + rows
    there = np.bincount(number, minlength=side * side)
    return float(np.median(there[number])) / cell**2 * step
