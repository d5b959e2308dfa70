"""What lies on the ground around outfalls, made ready once for many questions: areas and lines.

Everything is asked for many places at once; shapely and numpy do the counting.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.analysis.measure import plane_of
from gisapp.model.crs import CGCS2000, is_geographic
from gisapp.model.features import FeatureSet, Shapes
from gisapp.model.geometry import Point

Places = npt.NDArray[np.float64]  # n x 2
Numbers = npt.NDArray[np.int64]
PIECE = 16  # stretches of a line that are looked up together
_AXIS, _FLATTENING = 6_378_137.0, 1 / 298.257222101  # CGCS2000


def on_the_globe(degrees: Places) -> Places:
    """Longitudes and latitudes as x, y, z in metres: straight distances of near places."""
    lon, lat = np.radians(degrees).T
    e2 = _FLATTENING * (2 - _FLATTENING)
    n = _AXIS / np.sqrt(1 - e2 * np.sin(lat) ** 2)
    return np.column_stack(
        (n * np.cos(lat) * np.cos(lon), n * np.cos(lat) * np.sin(lon), n * (1 - e2) * np.sin(lat))
    )


def metres_between(one: Places, other: Places) -> npt.NDArray[np.float64]:
    """Between places in degrees, pairwise; exact to a millimetre below some kilometres."""
    found: npt.NDArray[np.float64] = np.linalg.norm(on_the_globe(one) - on_the_globe(other), axis=1)
    return found


class Areas:
    """Areas of a layer in a system: which of them holds a place, how far in it lies."""

    def __init__(self, data: FeatureSet, crs: str) -> None:
        self.crs = crs
        self.areas = areas_of(data.shapes_in(crs), len(data))
        shapely.prepare(self.areas)
        self._boxes = shapely.bounds(self.areas)

    def holding(self, places: Places) -> Numbers:
        """The first area around each place, -1 for none."""
        found = np.full(len(places), -1, np.int64)
        x, y = places[:, 0], places[:, 1]
        for number, area in enumerate(self.areas):
            if area is None:
                continue
            left, bottom, right, top = self._boxes[number]
            near = (found < 0) & (x >= left) & (x <= right) & (y >= bottom) & (y <= top)
            there = np.flatnonzero(near)
            inside = shapely.contains_xy(area, x[there], y[there])
            found[there[inside]] = number
        return found


def areas_of(shapes: Shapes, count: int) -> npt.NDArray[np.object_]:
    """One area a feature, its rings by the even-odd rule; None where it has none."""
    out = np.full(count, None, object)
    if shapes.kind != "area" or not len(shapes.owner):
        return out
    number = np.repeat(np.arange(len(shapes.owner)), np.diff(shapes.starts))
    placed: Any = np.isfinite(shapes.coords).all(axis=1)
    whole = np.bincount(number, ~placed, len(shapes.owner)) == 0
    lines = shapely.linestrings(np.where(placed[:, None], shapes.coords, 0.0), indices=number)
    for owner in np.unique(shapes.owner[whole]):
        rings = lines[whole & (shapes.owner == owner)]
        out[owner] = shapely.build_area(shapely.geometrycollections(list(rings)))
    return out


def pieces_of(lines: npt.NDArray[np.object_]) -> tuple[npt.NDArray[np.object_], Numbers]:
    """Lines cut into short pieces, whose boxes say more of where they are; the line of each."""
    counts = shapely.get_num_coordinates(lines).astype(np.int64)
    first = np.cumsum(counts) - counts
    each = np.maximum(-(-(counts - 1) // PIECE), 0)
    line = np.repeat(np.arange(len(lines)), each)
    within = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each)
    start = first[line] + within * PIECE
    length = np.minimum(PIECE + 1, (first + counts)[line] - start)
    number = np.repeat(np.arange(len(line)), length)
    place = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    coords = shapely.get_coordinates(lines)[start[number] + place]
    return shapely.linestrings(coords, indices=number), line


class Reaches:
    """Lines of a layer in metres: the nearest one, which side of it, the way of the water."""

    def __init__(self, data: FeatureSet, crs: str) -> None:
        self.crs = crs
        shapes = data.shapes_in(crs)
        number = np.repeat(np.arange(len(shapes.owner)), np.diff(shapes.starts))
        placed: Any = np.isfinite(shapes.coords).all(axis=1)
        whole = np.bincount(number, ~placed, len(shapes.owner)) == 0
        lines = shapely.linestrings(np.where(placed[:, None], shapes.coords, 0.0), indices=number)
        self.lines = lines[whole]
        self.owner = shapes.owner[whole]
        pieces, self._line_of = pieces_of(self.lines)
        self._tree = shapely.STRtree(pieces)
        names = {field.name for field in data.fields}
        self.ids = data.column("reach_id") if "reach_id" in names else data.ids
        self.numbers = {_key(value): n for n, value in enumerate(self.ids.tolist())}
        self.whole = np.full(len(data), None, object)
        many = shapely.multilinestrings(self.lines, indices=self.owner, out=self.whole)
        assert many is self.whole
        shapely.prepare(self.whole)
        self.names = data.column("name") if "name" in names else None
        self.reversed = self._against(data, names)

    def nearest(self, places: Places, most: float) -> tuple[Numbers, npt.NDArray[np.float64]]:
        """The nearest line of each place (-1: none within `most` metres) and its distance."""
        line = np.full(len(places), -1, np.int64)
        metres = np.full(len(places), np.inf)
        there = np.flatnonzero(np.isfinite(places).all(axis=1))
        (asked, found), distance = self._tree.query_nearest(
            shapely.points(places[there]),
            max_distance=most,
            return_distance=True,
            all_matches=False,
        )
        line[there[asked]], metres[there[asked]] = self._line_of[found], distance
        return line, metres

    def number_of(self, reaches: Sequence[Any]) -> Numbers:
        """Features by the id of a reach; -1 for one that is not there."""
        known = {value: self.numbers.get(_key(value), -1) for value in set(reaches)}
        return np.fromiter(map(known.__getitem__, reaches), np.int64, len(reaches))

    def left_of(self, places: Places, line: Numbers) -> npt.NDArray[np.float64]:
        """Looking downstream: positive left, negative right, in metres beside the line; NaN where
        the way of the water is not known."""
        points, lines = shapely.points(places), self.lines[line]
        along = shapely.line_locate_point(lines, points)
        length = shapely.length(lines)
        step = np.minimum(1.0, length / 100)
        ahead = np.minimum(along + step, length)
        behind = np.maximum(ahead - 2 * step, 0.0)
        first = shapely.get_coordinates(shapely.line_interpolate_point(lines, behind))
        last = shapely.get_coordinates(shapely.line_interpolate_point(lines, ahead))
        way, aside = last - first, places - first
        size = np.hypot(*way.T)
        with np.errstate(invalid="ignore", divide="ignore"):
            beside = (way[:, 0] * aside[:, 1] - way[:, 1] * aside[:, 0]) / size
        beside[self.reversed[self.owner[line]]] *= -1
        return np.asarray(beside, np.float64)

    def _against(self, data: FeatureSet, names: set[str]) -> npt.NDArray[np.bool_]:
        """Features drawn against the water: their first end touches the next reach, not the
        last. Where nothing is below, lines are taken as drawn."""
        out = np.zeros(len(data), bool)
        if "next_down" not in names:
            return out
        below = self.number_of(data.column("next_down").tolist())
        at = np.flatnonzero((below >= 0) & ~shapely.is_missing(self.whole))
        at = at[~shapely.is_missing(self.whole[below[at]])]
        if not len(at):
            return out
        single = shapely.get_num_geometries(self.whole[at]) == 1
        at = at[single]
        lines = shapely.get_geometry(self.whole[at], 0)
        under = self.whole[below[at]]
        to_end = shapely.distance(shapely.get_point(lines, -1), under)
        to_start = shapely.distance(shapely.get_point(lines, 0), under)
        out[at] = to_end > to_start
        return out


_areas: WeakKeyDictionary[Any, dict[str, Areas]] = WeakKeyDictionary()
_reaches: WeakKeyDictionary[Any, dict[str, Reaches]] = WeakKeyDictionary()


def areas_in(data: FeatureSet, crs: str) -> Areas:
    """Made once for a layer and a system."""
    kept = _areas.setdefault(data, {})
    if crs not in kept:
        kept[crs] = Areas(data, crs)
    return kept[crs]


def reaches_in(data: FeatureSet, crs: str) -> Reaches:
    """Made once for a layer and a system."""
    kept = _reaches.setdefault(data, {})
    if crs not in kept:
        kept[crs] = Reaches(data, crs)
    return kept[crs]


def plane_for(data: FeatureSet, crs: str) -> str:
    """A system in metres for a layer: that of the map when it is one, else the zone it lies in."""
    extent = data.shapes_in(CGCS2000).extent
    if extent is None:
        return crs
    own = plane_of(crs, Point(0.0, 0.0)) if not is_geographic(crs) else ""
    return own if own == crs else plane_of(CGCS2000, extent.center)


def _key(value: Any) -> Any:
    """Reach ids are whole numbers in one file and decimals or texts in another."""
    if value is None or value != value:
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.strip().isdigit():
        return int(value)
    return value
