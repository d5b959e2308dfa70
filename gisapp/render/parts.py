"""Lines and rings ready to draw: only what is in view, in pixels, without needless vertices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import overload

import numpy as np
import numpy.typing as npt

from gisapp.model.crs import Coordinates
from gisapp.model.features import Shapes
from gisapp.render.camera import Camera
from gisapp.render.compiled import kernels

TOLERANCE = 0.6  # of a pixel of the style; vertices closer than this look like one


@dataclass(frozen=True, eq=False)
class Parts(Sequence[Coordinates]):
    """Many lines or rings in one array: part p is `coords[starts[p]:starts[p + 1]]`."""

    coords: Coordinates
    starts: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @overload
    def __getitem__(self, number: int) -> Coordinates: ...
    @overload
    def __getitem__(self, number: slice) -> Parts: ...
    def __getitem__(self, number: int | slice) -> Coordinates | Parts:
        if isinstance(number, slice):
            first, last, step = number.indices(len(self))
            if step != 1:
                raise ValueError("Parts are cut in one piece.")
            last = max(first, last)
            starts = self.starts[first : last + 1]
            coords = self.coords[starts[0] : starts[-1]] if len(starts) else self.coords[:0]
            return Parts(coords, starts - starts[0])
        if not -len(self) <= number < len(self):
            raise IndexError(number)
        number %= len(self)
        return self.coords[self.starts[number] : self.starts[number + 1]]

    def __iter__(self) -> Iterator[Coordinates]:
        bounds = self.starts.tolist()
        for first, last in pairwise(bounds):
            yield self.coords[first:last]

    @classmethod
    def of(cls, parts: Sequence[Coordinates]) -> Parts:
        if isinstance(parts, Parts):
            return parts
        starts = np.cumsum([0, *map(len, parts)])
        coords = np.concatenate(parts) if len(parts) else np.empty((0, 2))
        return cls(np.ascontiguousarray(coords, np.float64), starts)


def in_view(shapes: Shapes, camera: Camera, room: float) -> npt.NDArray[np.int64]:
    """Numbers of the parts that touch the view grown by so many pixels, ascending."""
    view = camera.extent.grown(room * camera.resolution)
    if shapes.kind != "point":
        return shapes.parts_in(view)
    x, y = shapes.coords[:, 0], shapes.coords[:, 1]
    hit = (x >= view.left) & (x <= view.right) & (y >= view.bottom) & (y <= view.top)
    return np.flatnonzero(hit)


def as_pixels(shapes: Shapes, numbers: npt.NDArray[np.int64], camera: Camera) -> Parts:
    """The given parts as the camera sees them. A part keeps its first and last vertex."""
    tolerance = TOLERANCE * camera.pixel_ratio
    lengths = shapes.starts[numbers + 1] - shapes.starts[numbers]
    total = int(lengths.sum())
    loops = kernels()
    if loops is not None:
        out, starts = np.empty((total, 2)), np.empty(len(numbers) + 1, np.int64)
        view = camera.extent
        kept = loops.thin(
            np.ascontiguousarray(shapes.coords),
            np.ascontiguousarray(shapes.starts, np.int64),
            np.ascontiguousarray(numbers, np.int64),
            view.left,
            view.top,
            1 / camera.resolution,
            0.0,
            tolerance,
            out,
            starts,
        )
        return Parts(out[:kept], starts)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    if len(numbers) == len(shapes.owner):
        coords = shapes.coords
    else:
        take = np.repeat(shapes.starts[numbers] - starts[:-1], lengths) + np.arange(total)
        coords = shapes.coords[take]
    return _without_near(Parts(camera.to_pixels(coords), starts), tolerance)


def _without_near(parts: Parts, tolerance: float) -> Parts:
    """Of the vertices of a part that fall into one cell of the tolerance, keep the first."""
    if not len(parts.coords):
        return parts
    cell = np.floor(parts.coords / tolerance)
    keep = np.ones(len(cell), bool)
    keep[1:] = (cell[1:] != cell[:-1]).any(axis=1)
    keep[parts.starts[:-1]] = True
    keep[parts.starts[1:] - 1] = True
    counts = np.concatenate([[0], np.cumsum(keep)])
    return Parts(parts.coords[keep], counts[parts.starts])
