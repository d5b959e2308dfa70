"""Where points lie on a river: reach, metres above the reach's lower end, and how far off.

Distances are on a plane laid at each point (metres; x shortened by the cosine of the latitude when
coordinates are degrees), good to some parts in a thousand within a kilometre.
Knows nothing of maps, files or windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

METRES_PER_DEGREE = 111_319.490793  # of the equator of WGS 84 and CGCS2000
NORTH_PER_DEGREE = 111_132.0  # of a meridian, on average
KEPT = 3  # nearest reaches kept for each point


@dataclass(frozen=True, slots=True)
class Place:
    """A place on a reach (an index), metres above its lower end, and metres beside the river."""

    reach: int
    measure_m: float
    offset_m: float


@dataclass(frozen=True, eq=False)
class RiverLines:
    """Lines of reaches. A part p is coords[starts[p]:starts[p + 1]] and belongs to owner[p].

    degrees: coordinates are longitude and latitude; else one unit is `unit_m` metres.
    length_m: of each reach, what measures are counted in.
    down: index of the next reach or -1; tells which end of a line is the lower one.
    """

    coords: Floats
    starts: Ints
    owner: Ints
    degrees: bool
    unit_m: float
    length_m: Floats
    down: Ints

    @cached_property
    def tree(self) -> shapely.STRtree:
        return shapely.STRtree(self._lines(self.coords, np.arange(len(self.owner))))

    def drawn(self, parts: Ints) -> npt.NDArray[np.object_]:
        """Some parts as they are drawn."""
        counts = self.starts[parts + 1] - self.starts[parts]
        first = self.starts[parts] - (np.cumsum(counts) - counts)
        at = np.repeat(first, counts) + np.arange(int(counts.sum()))
        return self._lines(self.coords[at], parts)

    @cached_property
    def part_m(self) -> Floats:
        """Length of each part on its own plane, metres."""
        return self._segment_sums(self._steps)

    @cached_property
    def reversed(self) -> npt.NDArray[np.bool_]:
        """Of each reach: whether its line was drawn against the flow.

        Told by which of its ends is nearer to an end of the next reach; where there is none,
        by the reach that flows into it; else drawn with the flow.
        """
        n = len(self.length_m)
        first, last, there = self._ends()
        upper = np.flatnonzero((self.down >= 0) & there)
        upper = upper[there[self.down[upper]]]
        lower = self.down[upper]
        near_last = self._nearest_end(last[upper], first, last, lower)
        near_first = self._nearest_end(first[upper], first, last, lower)
        answer = np.zeros(n, bool)
        answer[upper] = near_first < near_last
        outlet = np.setdiff1d(np.unique(lower), upper)
        if len(outlet):  # the lower end of a feeder touches the upper end of an outlet's reach
            feeder = np.full(n, -1)
            feeder[lower] = upper
            end = np.where(answer[:, None], first, last)[feeder[outlet]]
            to_first = np.hypot(*(end - first[outlet]).T)
            to_last = np.hypot(*(end - last[outlet]).T)
            answer[outlet] = to_last < to_first
        return answer

    def place(
        self, points: Floats, within_m: float, without: npt.NDArray[np.bool_] | None = None
    ) -> list[tuple[Place, ...]]:
        """For each point (n x 2) up to three nearest reaches within the distance, nearest first.

        without: reaches that are not asked for.
        """
        found: list[tuple[Place, ...]] = [()] * len(points)
        usable = np.flatnonzero(np.isfinite(points).all(axis=1))
        if not len(usable) or not len(self.owner):
            return found
        at = points[usable]
        scale = self.scale(at[:, 1])
        dx, dy = within_m / scale[:, 0], within_m / scale[:, 1]
        boxes = shapely.box(at[:, 0] - dx, at[:, 1] - dy, at[:, 0] + dx, at[:, 1] + dy)
        number, part = self.tree.query(boxes)
        if without is not None:
            kept = ~without[self.owner[part]]
            number, part = number[kept], part[kept]
        if not len(number):
            return found
        lines = self._lines_from(at, scale, number, part)
        origin = shapely.points(np.zeros((len(number), 2)))
        offset = shapely.distance(lines, origin)
        near = np.flatnonzero(offset <= within_m)
        along = shapely.line_locate_point(lines[near], origin[near])
        measure = self._measure(part[near], along, shapely.length(lines[near]))
        return self._best(found, usable[number[near]], part[near], measure, offset[near])

    def place_on(self, points: Floats, reaches: Ints) -> list[Place | None]:
        """The nearest place on a given reach for each point (n x 2); None without line or point."""
        found: list[Place | None] = [None] * len(points)
        first = np.searchsorted(self.owner, reaches)
        count = np.searchsorted(self.owner, reaches, "right") - first
        count[~np.isfinite(points).all(axis=1)] = 0
        number = np.repeat(np.arange(len(points)), count)
        if not len(number):
            return found
        inside = np.arange(len(number)) - np.repeat(np.cumsum(count) - count, count)
        part = first[number] + inside
        lines = self._lines_from(points, self.scale(points[:, 1]), number, part)
        origin = shapely.points(np.zeros((len(number), 2)))
        offset = shapely.distance(lines, origin)
        along = shapely.line_locate_point(lines, origin)
        measure = self._measure(part, along, shapely.length(lines))
        for places, n in zip(
            self._best([()] * len(points), number, part, measure, offset),
            range(len(points)),
            strict=True,
        ):
            found[n] = places[0] if places else None
        return found

    def nearest_m(self, point: Floats) -> float:
        """Metres from a point to the nearest reach, for messages; infinite without reaches."""
        if not len(self.owner) or not np.isfinite(point).all():
            return float("inf")
        part = self.tree.nearest(shapely.Point(*point))
        scale = self.scale(point[None, 1])
        line = self._lines_from(point[None], scale, np.zeros(1, np.int64), np.array([part]))
        return float(shapely.distance(line[0], shapely.Point(0, 0)))

    def point_at(self, reach: int, measure_m: float) -> tuple[float, float] | None:
        """Coordinates of a place on a reach; None for a reach without a line."""
        parts = np.arange(*np.searchsorted(self.owner, [reach, reach + 1]))
        total = float(self.part_m[parts].sum())
        if not len(parts) or total <= 0:
            return None
        length = float(self.length_m[reach]) or total
        share = min(max(measure_m / length, 0.0), 1.0)
        along = total * (share if self.reversed[reach] else 1 - share)
        for part in parts:
            if along <= self.part_m[part] or part == parts[-1]:
                break
            along -= float(self.part_m[part])
        line = shapely.LineString(self.coords[self.starts[part] : self.starts[part + 1]])
        share = min(along / float(self.part_m[part]), 1.0) if self.part_m[part] > 0 else 0.0
        point = line.interpolate(share, normalized=True)
        return float(point.x), float(point.y)

    def _best(
        self,
        found: list[tuple[Place, ...]],
        point: Ints,
        part: Ints,
        measure: Floats,
        offset: Floats,
    ) -> list[tuple[Place, ...]]:
        order = np.lexsort((self.owner[part], offset, point))
        for n, p, m, o in zip(
            point[order].tolist(),
            self.owner[part[order]].tolist(),
            measure[order].tolist(),
            offset[order].tolist(),
            strict=True,
        ):
            if len(found[n]) < KEPT and all(p != place.reach for place in found[n]):
                found[n] = (*found[n], Place(p, m, o))
        return found

    def _measure(self, part: Ints, along: Floats, drawn: Floats) -> Floats:
        """Metres above the reach's lower end, from metres along a part's line."""
        owner = self.owner[part]
        total = np.bincount(self.owner, self.part_m, len(self.length_m))[owner]
        before = (np.cumsum(self.part_m) - self.part_m)[part]
        first_part = np.searchsorted(self.owner, owner)
        before -= (np.cumsum(self.part_m) - self.part_m)[first_part]
        inside = np.where(drawn > 0, along / np.where(drawn > 0, drawn, 1), 0) * self.part_m[part]
        share = np.clip(
            np.where(total > 0, (before + inside) / np.where(total > 0, total, 1), 0), 0, 1
        )
        share = np.where(self.reversed[owner], share, 1 - share)
        return np.asarray(share * self.length_m[owner], np.float64)

    def scale(self, y: Floats) -> Floats:
        """Metres for one unit of x and of y (n x 2)."""
        if not self.degrees:
            return np.full((len(y), 2), self.unit_m)
        x = METRES_PER_DEGREE * np.cos(np.radians(np.clip(y, -89, 89)))
        return np.column_stack([x, np.full(len(y), NORTH_PER_DEGREE)])

    @cached_property
    def _steps(self) -> Floats:
        """Length of each step between neighbouring coordinates, metres; 0 between parts."""
        if len(self.coords) < 2:
            return np.zeros(len(self.coords))
        step = np.diff(self.coords, axis=0)
        middle = (self.coords[1:, 1] + self.coords[:-1, 1]) / 2
        out = np.append(np.hypot(*(step * self.scale(middle)).T), 0.0)
        out[self.starts[1:] - 1] = 0.0
        return out

    def _segment_sums(self, values: Floats) -> Floats:
        counts = np.diff(self.starts)
        sums = np.zeros(len(counts))
        if counts.any():  # each by itself: the same wherever the part stands
            sums[counts > 0] = np.add.reduceat(values, self.starts[:-1][counts > 0])
        return sums

    def _ends(self) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
        """First and last coordinates of each reach, and whether it has a line."""
        n = len(self.length_m)
        first, last = np.full((n, 2), np.nan), np.full((n, 2), np.nan)
        last[self.owner] = self.coords[self.starts[1:] - 1]
        first[self.owner[::-1]] = self.coords[self.starts[:-1]][::-1]
        return first, last, np.isfinite(first).all(axis=1)

    def _nearest_end(self, at: Floats, first: Floats, last: Floats, of: Ints) -> Floats:
        to_first = np.hypot(*(at - first[of]).T)
        to_last = np.hypot(*(at - last[of]).T)
        return np.asarray(np.minimum(to_first, to_last), np.float64)

    def _lines(self, coords: Floats, parts: Ints) -> npt.NDArray[np.object_]:
        counts = self.starts[parts + 1] - self.starts[parts]
        owner = np.repeat(np.arange(len(parts)), counts)
        return np.asarray(shapely.linestrings(coords, indices=owner), object)

    def _lines_from(
        self, at: Floats, scale: Floats, number: Ints, part: Ints
    ) -> npt.NDArray[np.object_]:
        """Lines of the parts on planes whose origins are the points, metres."""
        counts = self.starts[part + 1] - self.starts[part]
        pair = np.repeat(np.arange(len(part)), counts)
        inside = np.arange(len(pair)) - np.repeat(np.cumsum(counts) - counts, counts)
        coords = self.coords[self.starts[part][pair] + inside]
        flat = (coords - at[number[pair]]) * scale[number[pair]]
        return np.asarray(shapely.linestrings(flat, indices=pair), object)
