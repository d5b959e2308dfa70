"""Values of a raster at a spot, along a line and within an outline, from its own cells.

A cell counts when its middle lies within the outline (even-odd rule); along a line those count
that the line passes through. Nothing is interpolated.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gisapp.model.crs import geod, transform
from gisapp.model.errors import ParameterError
from gisapp.model.geometry import Extent, PixelGrid, Point, Size
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.model.thermal_measure import CRS, MeasureKind, Values

AT_ONCE = 4_000_000  # cells held at a time
MOST = 400_000_000  # cells of one measure; beyond, a person would wait for minutes
PROFILE = 2000  # places along a line, at most
SPAN = 2048  # cells: a line is read in pieces that are not larger along either axis

Array = npt.NDArray[np.float64]


class Grid(Protocol):
    """What is measured: gisapp.render.request.Raster with the cells it is made of."""

    @property
    def crs(self) -> str: ...
    @property
    def extent(self) -> Extent: ...
    @property
    def size(self) -> Size: ...

    def values(self, grid: PixelGrid, progress: Progress) -> npt.NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Cells:
    """Where the cells of a raster lie: also of one that is turned."""

    origin: Point
    across: tuple[float, float]  # from one column to the next, in the raster's units
    down: tuple[float, float]
    columns: int
    rows: int

    @classmethod
    def of(cls, raster: Grid) -> Cells:
        """From the raster's own placement where it tells of one, else from extent and size."""
        columns, rows = max(1, raster.size.width), max(1, raster.size.height)
        found = getattr(raster, "to_map", None)
        if found is None:
            found = getattr(getattr(raster, "cells", None), "to_map", None)
        if found is not None:
            a, b, c, d, e, f = tuple(found)[:6]
            return cls(Point(c, f), (a, d), (b, e), columns, rows)
        extent = raster.extent
        across, down = (extent.width / columns, 0.0), (0.0, -extent.height / rows)
        return cls(Point(extent.left, extent.top), across, down, columns, rows)

    def at(self, places: Array) -> Array:
        """Columns and rows, with fractions, of places in the raster's system."""
        turn = np.array([self.across, self.down]).T
        found: Array = np.linalg.solve(turn, (places - self.origin).T).T
        return found

    def window(self, column: int, row: int, columns: int, rows: int, crs: str) -> PixelGrid:
        x = self.origin.x + column * self.across[0] + row * self.down[0]
        y = self.origin.y + column * self.across[1] + row * self.down[1]
        return PixelGrid(Point(x, y), self.across, self.down, Size(columns, rows), crs)


@dataclass(frozen=True, eq=False)
class Profile:
    """Along a line: metres from its start (on the ellipsoid) and values, NaN where none is."""

    distance: Array
    values: Array


def measure_values(
    raster: Grid, kind: MeasureKind, places: Sequence[Point], progress: Progress
) -> Values:
    """places: longitude and latitude (EPSG:4490). Raises ParameterError for what is too large or
    lies beyond the raster."""
    at = _in_cells(raster, places)
    if kind == "spot":
        return _values([_spot(raster, at, progress)])
    if kind == "line":
        return _values([_line_cells(raster, at, progress)])
    return _values(_outline_cells(raster, at, progress))


def profile(raster: Grid, places: Sequence[Point], progress: Progress) -> Profile:
    """At most 2000 values along a line, each of the cell it lies in."""
    corners = np.array(places, np.float64)
    at = _in_cells(raster, places)
    steps = geod(CRS).line_lengths(*corners.T)
    total = float(np.sum(steps))
    lengths = np.hypot(*np.diff(at, axis=0).T)
    count = int(np.clip(math.ceil(lengths.sum() * 2) + 1, 2, PROFILE))
    distance = np.linspace(0, total, count)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    place = np.column_stack([np.interp(distance, along, at[:, axis]) for axis in (0, 1)])
    found = _cells_at(raster, np.floor(place).astype(np.int64), progress)
    return Profile(distance, found)


def _in_cells(raster: Grid, places: Sequence[Point]) -> Array:
    """Columns and rows (with fractions) of places given in degrees."""
    cells = Cells.of(raster)
    there = transform(np.array(places, np.float64).reshape(-1, 2), CRS, raster.crs)
    at = cells.at(there)
    low, high = at.min(axis=0), at.max(axis=0)
    within = (high >= 0).all() and (low <= (cells.columns, cells.rows)).all()
    if not (np.isfinite(at).all() and within):
        raise ParameterError(
            tr("The measure lies beside the layer"),
            hint=tr("Draw it where the layer has values, or choose another layer."),
        )
    return at


def _spot(raster: Grid, at: Array, progress: Progress) -> Array:
    return _cells_at(raster, np.floor(at[:1]).astype(np.int64), progress)


def _line_cells(raster: Grid, at: Array, progress: Progress) -> Array:
    """Each cell the line passes through, once."""
    found = []
    for start, end in pairwise(at):
        count = int(np.ceil(np.abs(end - start).sum())) * 4 + 2
        if count > AT_ONCE:
            raise _too_large()
        found.append(np.floor(start + np.linspace(0, 1, count)[:, None] * (end - start)))
    cells = np.unique(np.concatenate(found).astype(np.int64), axis=0)
    return _cells_at(raster, cells, progress)


def _cells_at(raster: Grid, cells: npt.NDArray[np.int64], progress: Progress) -> Array:
    """Values of cells (column, row), read in pieces of neighbours; NaN beyond the raster."""
    whole, out = Cells.of(raster), np.full(len(cells), np.nan)
    inside = (cells >= 0).all(axis=1) & (cells < (whole.columns, whole.rows)).all(axis=1)
    square = cells // SPAN
    for piece in np.unique(square[inside], axis=0):
        progress.report(0.5)
        mine = np.flatnonzero(inside & (square == piece).all(axis=1))
        low, high = cells[mine].min(axis=0), cells[mine].max(axis=0)
        columns, rows = (high - low + 1).tolist()
        grid = whole.window(int(low[0]), int(low[1]), columns, rows, raster.crs)
        values = raster.values(grid, progress)
        out[mine] = values[cells[mine, 1] - low[1], cells[mine, 0] - low[0]]
    return out


def _outline_cells(raster: Grid, at: Array, progress: Progress) -> Iterator[Array]:
    """Values of the cells whose middle lies within, some rows at a time."""
    whole = Cells.of(raster)
    low = np.clip(np.floor(at.min(axis=0)), 0, (whole.columns, whole.rows)).astype(int)
    high = np.clip(np.ceil(at.max(axis=0)), 0, (whole.columns, whole.rows)).astype(int)
    columns, rows = (high - low).tolist()
    if columns * rows > MOST:
        raise _too_large()
    if columns <= 0 or rows <= 0:
        return
    tall = max(1, AT_ONCE // columns)
    for first in range(0, rows, tall):
        some = min(tall, rows - first)
        progress.report(first / rows)
        grid = whole.window(int(low[0]), int(low[1]) + first, columns, some, raster.crs)
        values = raster.values(grid, progress)
        within = inside(at - (low[0], low[1] + first), columns, some)
        yield values[within].astype(np.float64)


def inside(outline: Array, columns: int, rows: int) -> npt.NDArray[np.bool_]:
    """Which cells of a grid have their middle within an outline (even-odd), rows x columns.

    outline: n x 2 columns and rows, closed by itself. On the left edge counts as within.
    """
    ends = np.roll(outline, -1, axis=0)
    flips = np.zeros((rows, columns + 1), np.int8)
    for (x1, y1), (x2, y2) in zip(outline.tolist(), ends.tolist(), strict=True):
        if y1 == y2:
            continue
        first = max(0, math.ceil(min(y1, y2) - 0.5))
        last = min(rows, math.ceil(max(y1, y2) - 0.5))
        if first >= last:
            continue
        row = np.arange(first, last)
        x = x1 + (row + 0.5 - y1) * (x2 - x1) / (y2 - y1)
        at = np.clip(np.ceil(x - 0.5), 0, columns).astype(np.int64)
        flips[row, at] ^= 1  # each row once for an edge
    within: npt.NDArray[np.bool_] = np.bitwise_xor.accumulate(flips, axis=1)[:, :-1].astype(bool)
    return within


def _values(parts: Sequence[Array] | Iterator[Array]) -> Values:
    """Sums of the pieces, around the first value met, so that nothing is lost by rounding."""
    count = missing = 0
    around: float | None = None
    total = squares = 0.0
    low, high = math.inf, -math.inf
    for part in parts:
        known = part[np.isfinite(part)]
        missing += len(part) - len(known)
        if not len(known):
            continue
        around = float(known[0]) if around is None else around
        off = known - around
        count += len(known)
        total += float(off.sum())
        squares += float(np.dot(off, off))
        low, high = min(low, float(known.min())), max(high, float(known.max()))
    if around is None:
        nan = math.nan
        return Values(nan, nan, nan, nan, 0, missing)
    mean = total / count
    spread = math.sqrt(max(0.0, squares / count - mean * mean))
    return Values(around + mean, low, high, spread, count, missing)


def _too_large() -> ParameterError:
    return ParameterError(
        tr("The measure takes in too many cells"),
        hint=tr("Draw a smaller one: up to {n} million cells are measured.").format(
            n=MOST // 1_000_000
        ),
    )
