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
COARSE, MANY_VERTICES = 1.3, 400_000  # where there are so many, nobody sees a single one


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
        coords = np.concatenate(parts) if starts[-1] else np.empty((0, 2))
        return cls(np.ascontiguousarray(coords, np.float64), starts)


@dataclass(frozen=True, eq=False)
class Areas(Sequence[Parts]):
    """Many areas: the rings of area a are `rings[firsts[a]:firsts[a + 1]]`."""

    rings: Parts
    firsts: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.firsts) - 1

    @overload
    def __getitem__(self, number: int) -> Parts: ...
    @overload
    def __getitem__(self, number: slice) -> Areas: ...
    def __getitem__(self, number: int | slice) -> Parts | Areas:
        if isinstance(number, slice):
            first, last, step = number.indices(len(self))
            if step != 1:
                raise ValueError("Areas are cut in one piece.")
            firsts = self.firsts[first : max(first, last) + 1]
            return Areas(self.rings[int(firsts[0]) : int(firsts[-1])], firsts - firsts[0])
        if not -len(self) <= number < len(self):
            raise IndexError(number)
        number %= len(self)
        return self.rings[int(self.firsts[number]) : int(self.firsts[number + 1])]

    def only(self, numbers: npt.NDArray[np.int64]) -> Areas:
        """Some of the areas, in the order of the numbers."""
        if len(numbers) == len(self):
            return self
        counts = self.firsts[numbers + 1] - self.firsts[numbers]
        firsts = np.concatenate([[0], np.cumsum(counts)])
        taken = _ranges(self.firsts[numbers], counts)
        lengths = np.diff(self.rings.starts)[taken]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        coords = self.rings.coords[_ranges(self.rings.starts[taken], lengths)]
        return Areas(Parts(coords, starts), firsts)

    @classmethod
    def of(cls, paths: Sequence[Sequence[Coordinates]]) -> Areas:
        if isinstance(paths, Areas):
            return paths
        firsts = np.cumsum([0, *map(len, paths)])
        return cls(Parts.of([ring for rings in paths for ring in rings]), firsts)


def _ranges(firsts: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """first, first + 1 ... for each of them, one behind the other."""
    before = np.cumsum(counts) - counts
    ranges: npt.NDArray[np.int64] = np.repeat(firsts - before, counts) + np.arange(counts.sum())
    return ranges


def in_view(shapes: Shapes, camera: Camera, room: float) -> npt.NDArray[np.int64]:
    """Numbers of the parts that touch the view grown by so many pixels, ascending."""
    view = camera.extent.grown(room * camera.resolution)
    if shapes.kind != "point":
        return shapes.parts_in(view)
    x, y = shapes.coords[:, 0], shapes.coords[:, 1]
    hit = (x >= view.left) & (x <= view.right) & (y >= view.bottom) & (y <= view.top)
    return np.flatnonzero(hit)


def affine_around(
    camera: Camera, origin: tuple[float, float] = (0.0, 0.0), shift: tuple[float, float] = (0, 0)
) -> npt.NDArray[np.float64]:
    """How the compiled loops get from coordinates (relative to an origin) to pixels.

    Pixel = (a u + b v + c, d u + e v + f) + shift, where (u, v) are the coordinates seen from
    the middle of the camera: large numbers would cost the places behind the decimal point.
    """
    a, b, _, d, e, _ = camera.affine
    width, height = camera.size
    x, y = camera.center
    c, f = width / 2 + shift[0], height / 2 + shift[1]
    return np.array([a, b, c, d, e, f, origin[0] - x, origin[1] - y])


def as_pixels(shapes: Shapes, numbers: npt.NDArray[np.int64], camera: Camera) -> Parts:
    """The given parts as the camera sees them. A part keeps its first and last vertex."""
    lengths = shapes.starts[numbers + 1] - shapes.starts[numbers]
    total = int(lengths.sum())
    tolerance = (COARSE if total > MANY_VERTICES else TOLERANCE) * camera.pixel_ratio
    loops = kernels()
    if loops is not None:
        out, starts = np.empty((total, 2)), np.empty(len(numbers) + 1, np.int64)
        kept = loops.place(
            np.ascontiguousarray(shapes.coords),
            np.ascontiguousarray(shapes.starts, np.int64),
            np.arange(len(shapes.starts)),
            np.ascontiguousarray(numbers, np.int64),
            1.0,
            affine_around(camera),
            tolerance,
            out,
            starts,
            np.empty(len(numbers) + 1, np.int64),
        )
        return Parts(out[:kept], starts)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    if len(numbers) == len(shapes.owner):
        coords = shapes.coords
    else:
        coords = shapes.coords[_ranges(shapes.starts[numbers], lengths)]
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


def finite(parts: Parts) -> Parts:
    """Parts with a place that is none are empty: the loops must not see it."""
    good = np.isfinite(parts.coords).all(axis=1)
    if good.all():
        return parts
    return Parts.of([part if np.isfinite(part).all() else part[:0] for part in parts])


def closed(rings: Parts) -> Parts:
    """Rings that end where they begin; empty ones stay away."""
    some = np.diff(rings.starts) > 0
    first, last = rings.starts[:-1][some], rings.starts[1:][some] - 1
    if (rings.coords[first] == rings.coords[last]).all():
        return rings
    return Parts.of([np.vstack([ring, ring[:1]]) for ring in rings if len(ring)])
