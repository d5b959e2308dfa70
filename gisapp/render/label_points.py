"""Labels beside points."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gisapp.model.geometry import Point
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.style import PointStyle
from gisapp.render.camera import Camera
from gisapp.render.columns import texts
from gisapp.render.label_words import SIZE, Candidate, Label, Measure, Place, View
from gisapp.render.parts import in_view

MANY = 300  # more points than this in view have no labels
FEW = 60  # labels of a layer, such as stations, that are worth hiding other symbols
CROWD = 5000  # more symbols than this are no obstacle to labels: there would be none left


def label_points(
    layer: Layer, data: Any, view: View, measure: Measure, progress: Progress
) -> Iterable[Candidate]:
    """A label beside each place where there is room: right, left, above or below it."""
    style, camera = layer.style, view.camera
    assert isinstance(style, PointStyle)
    if not style.label or not hasattr(data, "shapes_in"):
        return
    shapes, ratio = data.shapes_in(camera.crs), camera.pixel_ratio
    parts = in_view(shapes, camera, 0)
    if not 0 < len(parts) <= MANY:
        return
    rows = shapes.owner[parts]
    insists = len(parts) <= FEW
    gap = style.size * 0.6 + 2
    words = texts(data, style.label, rows)
    for (x, y), row, text in zip(shapes.coords[parts].tolist(), rows.tolist(), words, strict=True):
        if not text:
            continue
        key = layer.id, str(data.ids[row])
        at = Point(x, y)

        def tries(key: Any = key, text: str = text, at: Point = at) -> Iterable[Label]:
            half = measure(text, SIZE * ratio, False)[1] / ratio / 2
            for align, right, down in (
                ("left", gap, 0.0),
                ("left", gap * 0.7, -gap - half * 0.4),
                ("right", -gap, 0.0),
                ("center", 0.0, -gap - half),
                ("center", 0.0, gap + half),
            ):
                yield Label(
                    key,
                    text,
                    at,
                    offset=(right, down),
                    align=align,
                    resolution=camera.resolution,
                    rotation=camera.rotation,
                    pixel_ratio=ratio,
                )

        def keeps(label: Label, text: str = text, at: Point = at) -> bool:
            return label.text == text and label.anchor == at

        yield Candidate(key, (0.0 if layer.role else 1.0,), tries, keeps, insists)


def symbol_places(layer: Layer, data: Any, camera: Camera) -> list[Place]:
    """What the symbols of a point layer cover; nothing for other layers and for a crowd."""
    style = layer.style
    if not isinstance(style, PointStyle) or not hasattr(data, "shapes_in"):
        return []
    shapes, half = data.shapes_in(camera.crs), style.size * 0.6 * camera.pixel_ratio
    parts = in_view(shapes, camera, half)
    if len(parts) > CROWD:
        return []
    at = camera.to_pixels(shapes.coords[parts])
    return [(x - half, y - half, x + half, y + half) for x, y in at.tolist()]
