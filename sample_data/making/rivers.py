"""Rivers from the terrain: D8 channels cut at every confluence, with smoothed lines.

Hydraulic geometry (width and depth as powers of the mean discharge) follows the form of Leopold
and Maddock (1953); the coefficients are invented for this basin.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from making.names import RIVER_NAMES
from making.terrain import CELL_M, COLUMNS, NORTH, ROWS, WEST, Terrain, downstream_sum

REACHES_WANTED = (1260, 1360)
SECONDS_PER_YEAR = 365.0 * 86400.0


@dataclass(frozen=True)
class Reach:
    """A river link. `line` is (n, 3): x, y, elevation in metres, digitised downstream."""

    id: int
    next_down: int
    line: np.ndarray
    name: str | None
    name_en: str | None
    length: float
    discharge: float
    slope: float
    width: float
    depth: float
    strahler: int
    area_km2: float

    @property
    def velocity(self) -> float:
        """Mean velocity, m/s."""
        return self.discharge / (self.width * self.depth)


@dataclass(frozen=True)
class Network:
    """All reaches by number, and what is worked out from their order."""

    reaches: dict[int, Reach]
    to_outlet: dict[int, float] = field(default_factory=dict)
    """Length in metres from a reach's downstream end to its basin's outlet."""

    def path(self, reach: int) -> list[int]:
        """The reach and all below it, in flow order."""
        way = [reach]
        while self.reaches[way[-1]].next_down:
            way.append(self.reaches[way[-1]].next_down)
        return way

    def point(self, reach: int, measure: float) -> tuple[float, float, float, float]:
        """x, y and unit direction of flow, `measure` metres above the reach's downstream end."""
        line = self.reaches[reach].line[:, :2]
        steps = np.diff(line, axis=0)
        lengths = np.hypot(steps[:, 0], steps[:, 1])
        along = np.concatenate([[0.0], np.cumsum(lengths)])
        want = along[-1] - measure
        i = int(np.clip(np.searchsorted(along, want) - 1, 0, len(steps) - 1))
        share = (want - along[i]) / lengths[i]
        x, y = line[i] + share * steps[i]
        dx, dy = steps[i] / lengths[i]
        return float(x), float(y), float(dx), float(dy)


def _channel(terrain: Terrain) -> np.ndarray:
    """Mask of channel cells, with the area threshold that gives about the reaches wanted."""
    area = terrain.area_km2.ravel()
    low, high = 0.3, 6.0
    for _ in range(30):
        threshold = round((low + high) / 2.0, 3)
        channel = area >= threshold
        count = _links(terrain, channel)
        if REACHES_WANTED[0] <= count <= REACHES_WANTED[1]:
            return channel
        low, high = (threshold, high) if count > REACHES_WANTED[1] else (low, threshold)
    raise RuntimeError("no area threshold gives the number of reaches wanted")


def _inflows(terrain: Terrain, channel: np.ndarray) -> np.ndarray:
    cells = np.flatnonzero(channel)
    cells = cells[terrain.receiver[cells] != cells]
    return np.bincount(terrain.receiver[cells], minlength=channel.size)


def _links(terrain: Terrain, channel: np.ndarray) -> int:
    inflows = _inflows(terrain, channel)
    starts = int(np.count_nonzero(channel & (inflows == 0)))
    return starts + int(np.count_nonzero(channel & (inflows >= 2)))


def _smooth(points: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian smoothing along a line whose ends stay where they are."""
    if len(points) < 4:
        return points
    pad = min(len(points) - 1, int(4 * sigma) + 1)
    head = 2.0 * points[0] - points[pad:0:-1]
    tail = 2.0 * points[-1] - points[-2 : -pad - 2 : -1]
    out = gaussian_filter1d(np.vstack([head, points, tail]), sigma, axis=0)[pad:-pad]
    out[0], out[-1] = points[0], points[-1]
    return out


def _meander(points: np.ndarray, area: np.ndarray, phase: float) -> np.ndarray:
    """Swing the lower course from side to side; bends grow with the river."""
    if len(points) < 12 or area[-1] < 25.0:
        return points
    along = np.arange(len(points)) * CELL_M
    width = 5.0 * np.sqrt(area) * 0.5
    wave = np.cumsum(CELL_M / (700.0 + 11.0 * width)) * 2.0 * np.pi
    swing = 70.0 + 0.9 * width
    fade = np.clip((area - 15.0) / 60.0, 0.0, 1.0)
    fade *= np.clip(along / 1500.0, 0.0, 1.0) * np.clip((along[-1] - along) / 1500.0, 0.0, 1.0)
    slow = 0.6 + 0.4 * np.sin(wave / 3.7 + phase)
    offset = swing * fade * slow * np.sin(wave + phase + 0.8 * np.sin(wave / 2.3))
    direction = np.gradient(_smooth(points[:, :2], 6.0), axis=0)
    direction /= np.hypot(direction[:, 0], direction[:, 1])[:, None]
    moved = points.copy()
    moved[:, 0] -= direction[:, 1] * offset
    moved[:, 1] += direction[:, 0] * offset
    return moved


def _courses(terrain: Terrain, channel: np.ndarray) -> list[list[int]]:
    """Whole rivers as cells from source to mouth (the mouth cell is on the river joined)."""
    area = terrain.area_km2.ravel()
    main: dict[int, int] = {}
    cells = np.flatnonzero(channel)
    for cell in cells[np.argsort(area[cells], kind="stable")]:
        to = int(terrain.receiver[cell])
        if to != cell:
            main[to] = int(cell)  # the last written has the largest area
    heads = [c for c in cells if terrain.receiver[c] == c or main[int(terrain.receiver[c])] != c]
    courses = []
    for head in sorted(heads, key=lambda c: (-area[c], c)):
        course = [int(head)]
        while course[-1] in main:
            course.append(main[course[-1]])
        course.reverse()
        if terrain.receiver[head] != head:
            course.append(int(terrain.receiver[head]))
        courses.append(course)
    return courses


def make_rivers(rng: np.random.Generator, terrain: Terrain) -> Network:
    """Reaches numbered upstream to downstream; elevations never rise along the flow."""
    channel = _channel(terrain)
    inflows = _inflows(terrain, channel)
    area, z = terrain.area_km2.ravel(), terrain.elevation.ravel()
    runoff_mm = 1050.0 + 0.5 * np.clip(terrain.elevation, 0.0, 900.0)
    water = downstream_sum(terrain, runoff_mm / 1000.0 * CELL_M**2 / SECONDS_PER_YEAR).ravel()
    place: dict[int, np.ndarray] = {}
    links: list[tuple[int, int, np.ndarray, int, int]] = []  # first cell, last cell, line, ...
    courses = _courses(terrain, channel)
    phases = rng.uniform(0.0, 2.0 * np.pi, len(courses))
    for number, course in enumerate(courses):
        at = np.array(course)
        x = WEST + (at % COLUMNS + 0.5) * CELL_M
        y = NORTH - (at // COLUMNS + 0.5) * CELL_M
        points = np.column_stack([x, y, z[at]])
        if course[-1] in place:
            points[-1] = place[course[-1]]
        points = _meander(_smooth(points, 2.2), area[at], phases[number])
        points[:, 2] = np.maximum.accumulate(points[::-1, 2])[::-1]
        points = np.round(points, 2)
        place.update({c: p for c, p in zip(course, points, strict=True) if c not in place})
        cuts = [i for i in range(1, len(course) - 1) if inflows[course[i]] >= 2]
        for first, last in zip([0, *cuts], [*cuts, len(course) - 1], strict=True):
            if last > first:
                links.append((course[first], course[last], points[first : last + 1], number, last))
    return _number(links, courses, area, water)


def _number(links: list, courses: list, area: np.ndarray, water: np.ndarray) -> Network:
    # An outflow is measured in the last cell of the link, not in the confluence cell it ends in.
    measured = []
    for first, end, line, number, last in links:
        course = courses[number]
        own = course[last - 1] if (last < len(course) - 1 or number_ends(course, end)) else end
        measured.append((float(area[own]), float(water[own]), first, end, line, number))
    starts = {first: i for i, (_, _, first, _, _, _) in enumerate(measured)}
    below = [starts.get(end, -1) for _, _, _, end, _, _ in measured]
    below = [b if b != i else -1 for i, b in enumerate(below)]
    order = sorted(range(len(measured)), key=lambda i: (measured[i][0], i))
    ids = {i: n + 1 for n, i in enumerate(order)}
    strahler = [0] * len(measured)
    inflow: dict[int, list[int]] = {}
    for i in order:
        orders = sorted(inflow.get(i, [1]), reverse=True)
        strahler[i] = orders[0] + (len(orders) > 1 and orders[0] == orders[1])
        if below[i] >= 0:
            inflow.setdefault(below[i], []).append(strahler[i])
    named = [n for n, c in enumerate(courses) if area[c[-2]] >= 6.0 and len(c) > 30]
    names = dict(zip(named, RIVER_NAMES, strict=False))
    reaches = {}
    for i in order:
        km2, discharge, _, _, line, number = measured[i]
        length = float(np.hypot(*np.diff(line[:, :2], axis=0).T).sum())
        name, english = names.get(number, (None, None))
        reaches[ids[i]] = Reach(
            id=ids[i],
            next_down=ids[below[i]] if below[i] >= 0 else 0,
            line=line,
            name=name,
            name_en=english,
            length=round(length, 2),
            discharge=round(discharge, 4),
            slope=round(max(float(line[0, 2] - line[-1, 2]) / length, 1e-5), 6),
            width=round(14.0 * discharge**0.5, 2),
            depth=round(0.27 * discharge**0.39, 3),
            strahler=strahler[i],
            area_km2=round(km2, 4),
        )
    to_outlet: dict[int, float] = {}
    for i in reversed(order):
        down = reaches[ids[i]].next_down
        to_outlet[ids[i]] = to_outlet[down] + reaches[down].length if down else 0.0
    return Network(reaches, to_outlet)


def number_ends(course: list[int], end: int) -> bool:
    """Whether the course ends in another river (its last cell is that river's)."""
    return course[-1] == end


def carve(terrain: Terrain, network: Network) -> np.ndarray:
    """Terrain with rounded slopes, lowered along the rivers so that they lie in their valleys."""
    z = gaussian_filter(terrain.elevation, 1.1)
    for reach in network.reaches.values():
        steps = np.hypot(*np.diff(reach.line[:, :2], axis=0).T)
        along = np.concatenate([[0.0], np.cumsum(steps)])
        at = np.append(np.arange(0.0, along[-1], 15.0), along[-1])
        x, y, level = (np.interp(at, along, reach.line[:, k]) for k in range(3))
        row = np.clip(((NORTH - y) / CELL_M).astype(int), 0, ROWS - 1)
        column = np.clip(((x - WEST) / CELL_M).astype(int), 0, COLUMNS - 1)
        np.minimum.at(z, (row, column), level)
    return z
