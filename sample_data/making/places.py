"""Counties, monitoring stations and drinking-water protection zones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from affine import Affine
from rasterio.features import shapes
from scipy import ndimage
from shapely.geometry import LineString, Point, Polygon, shape
from shapely.ops import substring, unary_union

from making.names import COUNTIES, place_name
from making.rivers import Network
from making.terrain import EAST, NORTH, SOUTH, WEST, fractal_noise

COUNTY_SEEDS = ((495e3, 2586e3), (487e3, 2568e3), (506e3, 2565e3), (511e3, 2585e3), (521e3, 2574e3))


@dataclass(frozen=True)
class County:
    """A county's code, names and area."""

    code: str
    name: str
    name_en: str
    area: Polygon


@dataclass(frozen=True)
class Station:
    """A monitoring section on a reach, `measure` metres above the reach's downstream end."""

    id: str
    name: str
    name_en: str
    target: str
    reach: int
    measure: float
    kind: str
    x: float
    y: float


@dataclass(frozen=True)
class Zone:
    """Part of a drinking-water source's protection area."""

    name: str
    level: str
    area: Polygon


def make_counties(rng: np.random.Generator) -> list[County]:
    """Five counties that share the area without gap or overlap."""
    cell = 200.0
    rows, columns = int((NORTH - SOUTH) / cell), int((EAST - WEST) / cell)
    bend = [fractal_noise(rng, (rows, columns), ((40, 1500.0), (16, 700.0), (6, 260.0)))]
    bend.append(fractal_noise(rng, (rows, columns), ((40, 1500.0), (16, 700.0), (6, 260.0))))
    x = WEST + (np.arange(columns) + 0.5) * cell + bend[0]
    y = (NORTH - (np.arange(rows) + 0.5) * cell)[:, None] + bend[1]
    distance = np.stack([np.hypot(x - sx, y - sy) for sx, sy in COUNTY_SEEDS])
    label = _whole(np.argmin(distance, axis=0))
    grid = Affine(cell, 0.0, WEST, 0.0, -cell, NORTH)
    parts: dict[int, list[Polygon]] = {}
    for geometry, value in shapes(label.astype(np.int32), transform=grid):
        parts.setdefault(int(value), []).append(shape(geometry))
    areas = [unary_union(parts[i]) for i in range(len(COUNTIES))]
    smooth = shapely.coverage_simplify(np.array(areas, dtype=object), 520.0)
    return [County(*names, area) for names, area in zip(COUNTIES, smooth, strict=True)]


def _whole(label: np.ndarray) -> np.ndarray:
    """Give stray patches to the county around them, so that each county is one piece."""
    out = label.copy()
    for value in range(len(COUNTIES)):
        patches, count = ndimage.label(out == value)
        if count > 1:
            sizes = ndimage.sum_labels(np.ones(out.shape), patches, range(1, count + 1))
            out[(patches > 0) & (patches != int(np.argmax(sizes)) + 1)] = -1
    near = ndimage.distance_transform_edt(out < 0, return_distances=False, return_indices=True)
    return np.asarray(out[tuple(near)])


def county_at(counties: list[County], x: float, y: float) -> County:
    """The county a point lies in, or the nearest one for a point on the edge of the area."""
    return min(counties, key=lambda county: county.area.distance(Point(x, y)))


def _tributaries(network: Network, least_km2: float) -> list[list[int]]:
    """Named tributaries as reaches in flow order, the largest first."""
    rivers: dict[str, list[int]] = {}
    for reach in network.reaches.values():
        if reach.name:
            rivers.setdefault(reach.name, []).append(reach.id)
    found = [sorted(ids) for ids in rivers.values()]
    found.sort(key=lambda ids: -network.reaches[ids[-1]].area_km2)
    return [ids for ids in found if network.reaches[ids[-1]].area_km2 > least_km2]


def _at_share(network: Network, reaches: list[int], share: float) -> tuple[int, float]:
    """Reach and measure at a share of a river's length, at least 30 m from any confluence."""
    lengths = np.array([network.reaches[r].length for r in reaches])
    along = np.cumsum(lengths)
    at = int(np.searchsorted(along, share * along[-1]))
    while lengths[at] < 300.0:
        at -= 1
    measure = float(np.clip(along[at] - share * along[-1], 60.0, lengths[at] - 60.0))
    return reaches[at], round(measure, 1)


def make_stations(network: Network) -> list[Station]:
    """Twelve sections: five on the main river, the others near the mouths of tributaries."""
    main, *others = _tributaries(network, 30.0)
    spots = [(main, share) for share in (0.22, 0.45, 0.70, 0.87, 0.98)]
    spots += [(river, 0.9) for river in others[:6]] + [(others[0], 0.5)]
    placed = [_at_share(network, river, share) for river, share in spots]
    placed.sort(key=lambda at: (network.reaches[at[0]].area_km2, at[0], -at[1]))
    stations = []
    for number, (reach, measure) in enumerate(placed, start=1):
        river = network.reaches[reach]
        x, y, _, _ = network.point(reach, measure)
        target = "II" if river.area_km2 < 90.0 else "III" if river.area_km2 < 1100.0 else "IV"
        kind = "国控" if river.area_km2 > 500.0 else "省控" if number % 2 else "市控"
        stations.append(
            Station(
                f"ST{number:02d}",
                place_name(7 * number + 3) + "断面",
                f"Section {number:02d}",
                target,
                reach,
                measure,
                kind,
                round(x, 2),
                round(y, 2),
            )
        )
    return stations


def make_zones(network: Network) -> list[Zone]:
    """Protection zones of two invented intakes, one on a tributary and one on the main river."""
    main, *others = _tributaries(network, 30.0)
    zones = []
    for name, river, share in (("松源水源地", others[1], 0.55), ("云浦水源地", main, 0.50)):
        reach, _ = _at_share(network, river, share)
        course = np.vstack([network.reaches[r].line[:, :2] for r in river if r <= reach])
        course = course[np.append(True, np.any(np.diff(course, axis=0) != 0.0, axis=1))]
        line = LineString(course)
        areas, inner = [], Polygon()
        for level, above, below, side in (
            ("一级", 1000, 100, 120),
            ("二级", 3000, 300, 450),
            ("准", 6500, 300, 900),
        ):
            end = line.length - 400.0
            part = substring(line, end - above, end + below).simplify(20.0)
            whole = part.buffer(side, quad_segs=4, join_style="round", cap_style="flat")
            areas.append(Zone(f"{name}{level}保护区", level, whole.difference(inner)))
            inner = inner.union(whole)
        zones += areas
    return zones
