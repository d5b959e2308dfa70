"""Kept measures of temperatures on the map: shapes with a dark edge, seen on any palette."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.model.crs import Coordinates, transform
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.style import MeasureStyle, PointStyle
from gisapp.model.thermal_measure import CRS, places_of
from gisapp.render.camera import Camera
from gisapp.render.canvas import Canvas
from gisapp.render.columns import column_of, kept_with
from gisapp.render.label_points import label_points
from gisapp.render.label_words import Ask, Candidate
from gisapp.render.labels import register_labeller
from gisapp.render.request import Data

LINE, EDGE = 1.8, 4.0  # px of the line and of the dark one below it
Shape = tuple[str, Coordinates]  # kind, and places in degrees (an outline is closed)


def paint_measures(
    layer: Layer, data: Data, camera: Camera, canvas: Canvas, progress: Progress
) -> None:
    style = layer.style
    assert isinstance(style, MeasureStyle)
    ratio = camera.pixel_ratio
    lines: list[Coordinates] = []
    spots: list[Coordinates] = []
    for kind, places in _shapes(data):
        there = transform(places, CRS, camera.crs)
        at = camera.to_pixels(there)
        if not (np.isfinite(at).all() and _is_near(at, camera, style.size * ratio)):
            continue
        if kind == "spot":
            spots.append(at[0])
        else:
            lines.append(at)
    progress.report(0.5, layer.name)
    arms = [arm for spot in spots for arm in _cross(spot, style.size * ratio)]
    for color, width in ((style.edge, EDGE), (style.color, LINE)):
        canvas.lines([*lines, *arms], color, width * ratio)
        if spots:
            canvas.rings(np.array(spots), color, style.size * 0.62 * ratio, width * ratio)


def label_measures(layer: Layer, data: Any, ask: Ask) -> Iterable[Candidate]:
    """Their names, as beside points."""
    style = layer.style
    assert isinstance(style, MeasureStyle)
    points = PointStyle(label=style.label, size=style.size)
    return label_points(replace(layer, style=points), data, ask)


def _shapes(data: Any) -> list[Shape]:
    """Of a table; read once for each of its snapshots."""
    column = column_of(data, "shape")
    kinds = column_of(data, "kind")
    if column is None or kinds is None:
        return []

    def read() -> list[Shape]:
        found: list[Shape] = []
        for kind, text in zip(kinds.tolist(), column.tolist(), strict=True):
            places: npt.NDArray[np.float64] = np.array(places_of(text), np.float64).reshape(-1, 2)
            if not len(places):
                continue
            if kind in ("box", "area"):
                places = np.concatenate([places, places[:1]])
            found.append((str(kind), places))
        return found

    made: list[Shape] = kept_with(column, "measures", read)
    return made


def _is_near(at: Coordinates, camera: Camera, room: float) -> bool:
    low, high = at.min(axis=0) - room, at.max(axis=0) + room
    return bool((high >= 0).all() and (low <= (camera.size.width, camera.size.height)).all())


def _cross(spot: Coordinates, size: float) -> list[Coordinates]:
    """Four arms that leave the middle free: what is measured stays in sight."""
    inner, outer = size * 0.31, size * 0.62
    ways = np.array([(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)])
    return [spot + np.array([way * inner, way * outer]) for way in ways]


register_labeller(MeasureStyle, label_measures)
