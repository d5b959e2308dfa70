"""Exact questions about many lines and areas at once, without a Python object for each of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gisapp.model.crs import Coordinates
from gisapp.model.features import Shapes
from gisapp.model.geometry import Point

Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Reals = npt.NDArray[np.float64]
CELLS = 256  # across the larger side of an outline
PAIRS = 1_000_000  # vertices times edges of an outline looked at in one go
LEVEL = 1e-200  # an edge so little from level has no place beside it


def each_once(numbers: Numbers) -> Numbers:
    """Ascending, each once. numpy's own way puts them into a table and stops other threads."""
    ordered = np.sort(numbers)
    once: Numbers = ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)]]
    return once


@dataclass(frozen=True, eq=False)
class Taken:
    """Some parts of shapes, their vertices one behind the other: part p is
    `coords[starts[p]:starts[p + 1]]`."""

    coords: Coordinates
    starts: Numbers
    owner: Numbers  # of each part

    @classmethod
    def of(cls, shapes: Shapes, parts: Numbers) -> Taken:
        first = np.asarray(shapes.starts[parts], np.int64)
        lengths = np.asarray(shapes.starts[parts + 1], np.int64) - first
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        at = np.repeat(first - starts[:-1], lengths) + np.arange(starts[-1])
        return cls(shapes.coords[at], starts, np.asarray(shapes.owner[parts], np.int64))

    def moved(self, coords: Coordinates) -> Taken:
        return Taken(coords, self.starts, self.owner)

    @cached_property
    def following(self) -> Numbers:
        """The vertex behind each; behind the last one of a part, its first."""
        after = np.arange(1, len(self.coords) + 1)
        after[self.starts[1:] - 1] = self.starts[:-1]
        return after

    @cached_property
    def last(self) -> Flags:
        """The last vertex of each part."""
        flags = np.zeros(len(self.coords), np.bool_)
        flags[self.starts[1:] - 1] = True
        return flags

    def any_of(self, flags: Flags) -> Flags:
        """For each part, whether the flag of any of its vertices is set."""
        found: Flags = np.logical_or.reduceat(flags, self.starts[:-1])
        return found


def distances(taken: Taken, place: Point) -> Reals:
    """How far the place is from the line of each part (its ring, not what it encloses)."""
    a = taken.coords - np.asarray(place)
    along = np.where(taken.last[:, None], 0.0, a[taken.following] - a)
    lengths = (along**2).sum(axis=1)
    t = -(a * along).sum(axis=1) / np.where(lengths > 0, lengths, 1)
    feet = a + np.clip(t, 0, 1)[:, None] * along
    far = np.hypot(feet[:, 0], feet[:, 1])
    nearest: Reals = np.minimum.reduceat(far, taken.starts[:-1])
    return nearest


def owners_holding(taken: Taken, place: Point) -> Numbers:
    """Areas that hold the place: the even-odd rule over all their rings, so that holes are holes.

    All rings of an area must have been taken.
    """
    x, y = (taken.coords - np.asarray(place)).T
    x2, y2 = x[taken.following], y[taken.following]
    spans = np.flatnonzero((y > 0) != (y2 > 0))
    x, y, x2, y2 = x[spans], y[spans], x2[spans], y2[spans]
    right = spans[x - y / (y2 - y) * (x2 - x) > 0]
    part = np.searchsorted(taken.starts, right, "right") - 1
    owners, counts = np.unique(taken.owner[part], return_counts=True)
    holding: Numbers = owners[counts % 2 == 1]
    return holding


def touching_box(taken: Taken, low: Point, high: Point, closed: bool) -> Flags:
    """For each part, whether its line touches the upright rectangle. closed: it is a ring.

    Each edge is cut by the four sides in turn (Liang and Barsky 1984).
    """
    a = taken.coords
    along = a[taken.following] - a
    if not closed:
        along[taken.last] = 0.0
    begin, end = np.zeros(len(a)), np.ones(len(a))
    outside = np.zeros(len(a), np.bool_)
    with np.errstate(divide="ignore", invalid="ignore"):
        for axis in (0, 1):
            step, at = along[:, axis], a[:, axis]
            still = step == 0
            outside |= still & ((at < low[axis]) | (at > high[axis]))
            t1, t2 = (low[axis] - at) / step, (high[axis] - at) / step
            begin = np.where(still, begin, np.maximum(begin, np.minimum(t1, t2)))
            end = np.where(still, end, np.minimum(end, np.maximum(t1, t2)))
    outside |= np.isnan(a).any(axis=1)
    return taken.any_of(~outside & (begin <= end))


class Outline:
    """A closed line of n x 2 pixels on the screen, with a grid of cells that says at once for
    most places whether they are inside: only near the line itself each edge is looked at."""

    def __init__(self, corners: Coordinates) -> None:
        self.corners = corners
        low, high = corners.min(axis=0), corners.max(axis=0)
        self.low, self.high = low, high
        self.cell = max(float((high - low).max()) / CELLS, 1e-9)
        across, down = (np.ceil((high - low) / self.cell).astype(np.int64) + 2).tolist()
        # Two cells around the line are near it, whatever rounding does.
        on_line = np.zeros((down + 2, across + 2), np.int64)
        x, y = self._cells(_walked(corners, self.cell / 2)).T
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                on_line[np.clip(y + dy, 0, down + 1), np.clip(x + dx, 0, across + 1)] = 1
        middles = np.stack(np.meshgrid(np.arange(across + 2), np.arange(down + 2)), axis=-1) - 0.5
        within = _inside(corners, middles.reshape(-1, 2) * self.cell + low)
        self._inside = within.reshape(on_line.shape)
        self._near = on_line.astype(np.bool_)
        self._sums = np.pad(on_line, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)

    def _cells(self, places: Coordinates) -> Numbers:
        """Column and row of the cells; those outside of the grid are of its edge."""
        most = (np.ceil((self.high - self.low) / self.cell) + 3).astype(np.int64)
        cells = np.floor((places - self.low) / self.cell) + 1
        found: Numbers = np.clip(np.nan_to_num(cells, nan=0.0), 0, most).astype(np.int64)
        return found

    def holds(self, places: Coordinates) -> Flags:
        """Places within, by the even-odd rule; what is not a number is not."""
        x, y = self._cells(places).T
        found: Flags = self._inside[y, x] & np.isfinite(places).all(axis=1)
        near = np.flatnonzero(self._near[y, x])
        found[near] = _inside(self.corners, places[near])
        return found

    def may_cross(self, a: Coordinates, b: Coordinates) -> Flags:
        """Of the ways from a to b, those in whose frame some of the line lies."""
        x1, y1 = self._cells(np.minimum(a, b)).T
        x2, y2 = self._cells(np.maximum(a, b)).T + 1
        sums = self._sums
        some: Flags = sums[y2, x2] - sums[y1, x2] - sums[y2, x1] + sums[y1, x1] > 0
        return some


def _walked(corners: Coordinates, step: float) -> Coordinates:
    """Places along a closed line, no farther than `step` from each other."""
    along = np.roll(corners, -1, axis=0) - corners
    counts = np.ceil(np.abs(along).max(axis=1) / step).astype(np.int64) + 1
    of = np.repeat(np.arange(len(corners)), counts)
    number = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)
    walked: Coordinates = corners[of] + along[of] * (number / counts[of])[:, None]
    return walked


def _inside(outline: Coordinates, places: Coordinates) -> Flags:
    """The even-odd rule, every place against every edge."""
    found = np.zeros(len(places), np.bool_)
    x1, y1 = outline.T
    x2, y2 = np.roll(outline, -1, axis=0).T
    level = np.abs(y2 - y1) < LEVEL
    slope = (x2 - x1) / np.where(level, 1.0, y2 - y1)
    at_once = max(1, PAIRS // len(outline))
    for first in range(0, len(places), at_once):
        x, y = places[first : first + at_once].T
        spans = (y1 > y[:, None]) != (y2 > y[:, None])
        spans &= x1 + (y[:, None] - y1) * slope > x[:, None]
        found[first : first + at_once] = spans.sum(axis=1) % 2 == 1
    return found


def touching_outline(taken: Taken, outline: Outline, closed: bool) -> Flags:
    """For each part, whether its line is inside the outline anywhere or crosses it."""
    a = taken.coords
    found = taken.any_of(outline.holds(a))
    part = np.repeat(np.arange(len(taken.owner)), np.diff(taken.starts))
    edge = ~found[part]
    if not closed:
        edge &= ~taken.last
    numbers = np.flatnonzero(edge)
    b = a[taken.following[numbers]]
    likely = np.isfinite(a[numbers]).all(axis=1) & np.isfinite(b).all(axis=1)
    likely &= (a[numbers] != b).any(axis=1) & outline.may_cross(a[numbers], b)
    numbers, b = numbers[likely], b[likely]
    crossing = np.zeros(len(a), np.bool_)
    c, d = outline.corners, np.roll(outline.corners, -1, axis=0)
    real = (c != d).any(axis=1)  # of an edge without length every place would lie on it
    c, d = c[real], d[real]
    at_once = max(1, PAIRS // len(outline.corners))
    for first in range(0, len(numbers), at_once):
        some = slice(first, first + at_once)
        p, q = a[numbers[some]][:, None], b[some][:, None]
        apart = (_side(p, q, c) * _side(p, q, d) <= 0) & (_side(c, d, p) * _side(c, d, q) <= 0)
        crossing[numbers[some]] = apart.any(axis=1)
    return found | taken.any_of(crossing)


def _side(a: Coordinates, b: Coordinates, c: Coordinates) -> Reals:
    """Positive where c is left of the way from a to b."""
    left: Reals = (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1]) - (b[..., 1] - a[..., 1]) * (
        c[..., 0] - a[..., 0]
    )
    return left
