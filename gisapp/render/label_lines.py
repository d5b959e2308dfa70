"""Labels along lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from gisapp.model.crs import Coordinates
from gisapp.model.geometry import Pixel
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.style import LineStyle
from gisapp.render.camera import Camera
from gisapp.render.colours import darker
from gisapp.render.columns import texts
from gisapp.render.label_words import SIZE, Candidate, Label, Letter, Measure, View
from gisapp.render.parts import as_pixels, in_view

MANY = 300  # names of a layer that are tried, the longest lines first


def label_lines(
    layer: Layer, data: Any, view: View, measure: Measure, progress: Progress
) -> Iterable[Candidate]:
    """Each name once, along the longest piece of line that has it and is in view."""
    style, camera = layer.style, view.camera
    assert isinstance(style, LineStyle)
    if not style.label or not hasattr(data, "shapes_in"):
        return
    shapes, size = data.shapes_in(camera.crs), SIZE * camera.pixel_ratio
    numbers = in_view(shapes, camera, 0)
    boxes = shapes.boxes[numbers]
    lengths = np.hypot(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]) / camera.resolution
    long = np.flatnonzero(lengths > 5 * size)
    long = long[np.argsort(-lengths[long], kind="stable")][:MANY]
    names = texts(data, style.label, shapes.owner[numbers[long]])
    color = darker(style.color)
    lines: dict[str, list[int]] = {}
    for number, name in zip(numbers[long].tolist(), names, strict=True):
        if name:
            lines.setdefault(name, []).append(number)
    for order, (name, those) in enumerate(lines.items()):
        key = layer.id, name

        def tries(key: Any = key, name: str = name, those: list[int] = those) -> Iterable[Label]:
            width = measure(name, size, False)[0]
            for line in as_pixels(shapes, np.array(those, np.int64), camera):
                place = _along(line, width, camera)
                if place is None:
                    continue
                (x, y), angle = place
                anchor = camera.to_map(Pixel(x, y))
                letter = Letter(name, anchor, angle - camera.rotation)
                yield Label(
                    key,
                    name,
                    anchor,
                    color,
                    letters=(letter,),
                    resolution=camera.resolution,
                    rotation=camera.rotation,
                    pixel_ratio=camera.pixel_ratio,
                )

        yield Candidate(key, (2.0, order), tries, lambda label: True, over_symbols=True)


def _along(line: Coordinates, width: float, camera: Camera) -> tuple[Coordinates, float] | None:
    """The straightest place in view for a text of a width: its middle and its angle."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    way = np.concatenate([[0], np.cumsum(steps)])
    if way[-1] < width * 1.2:
        return None
    starts = np.linspace(0, way[-1] - width, 24)
    first = np.column_stack([np.interp(starts, way, line[:, axis]) for axis in (0, 1)])
    last = np.column_stack([np.interp(starts + width, way, line[:, axis]) for axis in (0, 1)])
    middle = np.column_stack([np.interp(starts + width / 2, way, line[:, a]) for a in (0, 1)])
    straight = np.hypot(*(last - first).T) / width
    bend = np.hypot(*((first + last) / 2 - middle).T) / width
    inside = ((middle > width / 2) & (middle < np.array(camera.size) - width / 2)).all(axis=1)
    score = np.where(inside, straight - bend, -1.0)
    best = int(np.argmax(score))
    if score[best] < 0.9:
        return None
    dx, dy = last[best] - first[best]
    angle = float(np.degrees(np.arctan2(dy, dx)))
    if abs(angle) > 90:
        angle -= np.copysign(180, angle)
    return middle[best], angle
