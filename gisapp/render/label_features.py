"""The features of a layer that may be labelled in a view: few enough, whatever the layer holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.model.crs import Coordinates
from gisapp.model.detail import Detail
from gisapp.model.features import Shapes
from gisapp.render.camera import Camera
from gisapp.render.columns import Numbers
from gisapp.render.parts import in_view

MOST = 6_000  # points that are looked at; of more, every second, fourth, eighth ...


def points_in(data: Any, camera: Camera, room: float = 0.0) -> tuple[Numbers, Coordinates, int]:
    """Points in view (grown by so many pixels): numbers of features, map coordinates, and how
    many there would be if they were not thinned out. Which ones stay does not depend on where
    the view is."""
    detail = detail_of(data, camera.crs)
    if detail is None:
        shapes = data.shapes_in(camera.crs)
        parts = in_view(shapes, camera, room)
        count = len(parts)
        parts = parts[_thinned(parts, MOST)]
        rows, at = shapes.owner[parts], shapes.coords[parts]
    else:
        view = camera.extent.grown(room * camera.resolution)
        places = detail.places_in(view)
        beside = detail.beside_in(view)
        count = len(places) + len(beside)
        places = places[_thinned(places, MOST)]
        rows = detail.arrays["order"][places].astype(np.int64)
        at = detail.arrays["boxes"][places, :2]
        rows, at = rows[rows >= 0], at[rows >= 0]
        if len(beside):
            numbers = np.searchsorted(detail.arrays["beside"], beside)
            rows = np.concatenate([rows, beside])
            at = np.concatenate([at, detail.arrays["beside_boxes"][numbers, :2]])
    if camera.rotation and len(at):
        pixels = camera.to_pixels(at)
        seen = (pixels >= -room).all(axis=1)
        seen &= (pixels <= np.add(camera.size, room)).all(axis=1)
        rows, at = rows[seen], at[seen]
    return rows, at, count


def _thinned(numbers: Numbers, most: int) -> npt.NDArray[np.bool_]:
    """Which of them to look at: those that a power of two divides."""
    every = 1
    while len(numbers) > most * every:
        every *= 2
    chosen: npt.NDArray[np.bool_] = numbers % every == 0
    return chosen


def detail_of(data: Any, crs: str) -> Detail | None:
    found: Detail | None = data.detail_in(crs) if hasattr(data, "detail_in") else None
    return found


@dataclass(frozen=True, eq=False)
class Seen:
    """The largest lines or areas in view, largest first."""

    rows: Numbers
    sizes: npt.NDArray[np.float64]  # diagonal of what is in view of their box, in pixels
    _camera: Camera
    _shapes: Shapes | None
    _detail: Detail | None
    _places: Numbers  # on the curve; -1: not on it

    @classmethod
    def of(cls, data: Any, camera: Camera, least: float, most: int, around: float = 0) -> Seen:
        """At most so many, none smaller than so many pixels; up to so many beside the view."""
        extent = camera.extent.grown(around * camera.resolution)
        detail = detail_of(data, camera.crs)
        if detail is None:
            shapes: Shapes | None = data.shapes_in(camera.crs)
            assert shapes is not None
            parts = in_view(shapes, camera, around)
            owners, boxes = shapes.owner[parts], shapes.boxes[parts]
            firsts = np.flatnonzero(np.diff(owners, prepend=-1))
            rows = owners[firsts]
            if len(firsts):
                low = np.minimum.reduceat(boxes[:, :2], firsts, axis=0)
                high = np.maximum.reduceat(boxes[:, 2:], firsts, axis=0)
                boxes = np.hstack([low, high])
            places = np.full(len(rows), -1, np.int64)
        else:
            shapes = None
            places = detail.places_in(extent)
            rows = detail.arrays["order"][places].astype(np.int64)
            places, rows = places[rows >= 0], rows[rows >= 0]
            boxes = detail.arrays["boxes"][places]
            beside = detail.beside_in(extent)
            if len(beside):
                numbers = np.searchsorted(detail.arrays["beside"], beside)
                boxes = np.concatenate([boxes, detail.arrays["beside_boxes"][numbers]])
                rows = np.concatenate([rows, beside])
                places = np.concatenate([places, np.full(len(beside), -1, np.int64)])
                shapes = data.shapes_in(camera.crs)
        view = camera.extent
        wide = np.minimum(boxes[:, 2], view.right) - np.maximum(boxes[:, 0], view.left)
        tall = np.minimum(boxes[:, 3], view.top) - np.maximum(boxes[:, 1], view.bottom)
        sizes = np.hypot(wide, tall) / camera.resolution
        large = np.flatnonzero(sizes >= least)
        if len(large) > 4 * most:
            large = large[np.argpartition(-sizes[large], most)[:most]]
        large = large[np.lexsort([rows[large], -np.round(sizes[large])])][:most]
        return cls(rows[large], sizes[large], camera, shapes, detail, places[large])

    def __len__(self) -> int:
        return len(self.rows)

    def parts(self, number: int) -> list[Coordinates]:
        """The lines or rings of one of them, in pixels, without needless vertices."""
        place = int(self._places[number])
        if place >= 0:
            assert self._detail is not None
            level = self._detail.level(self._camera.resolution)
            at = int(np.searchsorted(level.kept, place))
            if at >= len(level.kept) or level.kept[at] != place:
                return []
            first, last = level.parts[at], level.parts[at + 1]
            starts, coords, quantum = level.starts, level.coords, level.quantum
            origin: Sequence[float] = level.origin
        else:
            assert self._shapes is not None
            row = int(self.rows[number])
            first, last = np.searchsorted(self._shapes.owner, [row, row + 1]).tolist()
            starts, coords, quantum = self._shapes.starts, self._shapes.coords, 1.0
            origin = (0.0, 0.0)
        found = []
        for part in range(int(first), int(last)):
            some = coords[starts[part] : starts[part + 1]].astype(np.float64) * quantum + origin
            found.append(_without_near(self._camera.to_pixels(some), self._camera.pixel_ratio))
        return found


def _without_near(line: Coordinates, tolerance: float) -> Coordinates:
    """Of vertices that follow each other in one cell of the tolerance only the first."""
    if len(line) < 64:
        return line
    cells = np.floor(line / tolerance)
    keep = np.ones(len(line), bool)
    keep[1:] = (cells[1:] != cells[:-1]).any(axis=1)
    keep[-1] = True
    return line[keep]
