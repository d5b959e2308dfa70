"""Labels inside areas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely

from gisapp.model.geometry import Pixel
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.style import AreaStyle
from gisapp.render.colours import darker
from gisapp.render.columns import texts
from gisapp.render.label_words import SIZE, Candidate, Label, Measure, View
from gisapp.render.parts import as_pixels, in_view

MANY = 300  # more areas than this in view have no labels


def label_areas(
    layer: Layer, data: Any, view: View, measure: Measure, progress: Progress
) -> Iterable[Candidate]:
    """A label inside each area that has room for it."""
    style, camera = layer.style, view.camera
    assert isinstance(style, AreaStyle)
    if not style.label or not hasattr(data, "shapes_in"):
        return
    shapes, size = data.shapes_in(camera.crs), SIZE * camera.pixel_ratio
    numbers = in_view(shapes, camera, 0)
    boxes = shapes.boxes[numbers]
    order = np.argsort(-(boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), kind="stable")
    largest = dict[int, int]()  # of each area the ring with the largest box
    for number, row in zip(
        numbers[order].tolist(), shapes.owner[numbers[order]].tolist(), strict=True
    ):
        largest.setdefault(row, number)
    if not 0 < len(largest) <= MANY:
        return
    rows = np.array(list(largest), np.int64)
    color = darker(style.outline or style.fill)
    frame = shapely.box(0, 0, *camera.size)
    for place, (row, text) in enumerate(
        zip(rows.tolist(), texts(data, style.label, rows), strict=True)
    ):
        if not text:
            continue
        key = layer.id, str(data.ids[row])
        number = largest[row]

        def tries(key: Any = key, text: str = text, number: int = number) -> Iterable[Label]:
            (ring,) = as_pixels(shapes, np.array([number]), camera)
            if len(ring) < 4:
                return
            shape = shapely.make_valid(shapely.Polygon(ring)).intersection(frame)
            width, height = measure(text, size, False)
            if shape.is_empty or shape.area < width * height:
                return
            at = shape.centroid if shape.contains(shape.centroid) else shape.representative_point()
            yield Label(
                key,
                text,
                camera.to_map(Pixel(at.x, at.y)),
                color,
                resolution=camera.resolution,
                rotation=camera.rotation,
                pixel_ratio=camera.pixel_ratio,
            )

        def keeps(label: Label, text: str = text) -> bool:
            return label.text == text

        yield Candidate(key, (3.0, place), tries, keeps, over_symbols=True)
