"""GCJ-02 and BD-09: the shifts that map services in China add to longitude and latitude.

GCJ-02 has no EPSG code. The formula is the one that is publicly known (Krasovsky's ellipsoid and a
sum of sines); it moves places in China by 300 to 700 m. BD-09 adds a second shift. Both have no
closed inverse, so the inverse is found by iteration. Survey data is never moved with this: only
pictures of base maps are, when they are shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from gisapp.model.crs import Coordinates

Shift = Literal["", "gcj02", "bd09"]
Degrees = npt.NDArray[np.float64]
Way = Callable[[Coordinates], Coordinates]

SHIFTS: tuple[Shift, ...] = ("gcj02", "bd09")
BOX = (72.004, 0.8293, 137.8347, 55.8271)  # west, south, east, north: outside nothing is shifted
_A = 6_378_245.0  # metres, Krasovsky 1940
_EE = 0.00669342162296594323
_TURN = math.pi * 3000.0 / 180.0
STEPS = 30  # the iteration gains more than two digits a step; this many are never needed


def to_gcj02(places: Coordinates) -> Coordinates:
    """Longitude and latitude (n x 2, WGS 84 or CGCS2000, degrees) as GCJ-02 says them."""
    places = np.asarray(places, np.float64)
    lon, lat = places[:, 0], places[:, 1]
    x, y = lon - 105.0, lat - 35.0
    with np.errstate(invalid="ignore"):
        root = 0.1 * np.sqrt(np.abs(x))
        waves = (20.0 * np.sin(6.0 * math.pi * x) + 20.0 * np.sin(2.0 * math.pi * x)) * 2.0 / 3.0
        north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 2.0 * root + waves
        north += (20.0 * np.sin(math.pi * y) + 40.0 * np.sin(math.pi / 3.0 * y)) * 2.0 / 3.0
        north += (160.0 * np.sin(math.pi / 12.0 * y) + 320.0 * np.sin(math.pi / 30.0 * y)) * 2 / 3
        east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + root + waves
        east += (20.0 * np.sin(math.pi * x) + 40.0 * np.sin(math.pi / 3.0 * x)) * 2.0 / 3.0
        east += (150.0 * np.sin(math.pi / 12.0 * x) + 300.0 * np.sin(math.pi / 30.0 * x)) * 2 / 3
        angle = np.radians(lat)
        magic = 1.0 - _EE * np.sin(angle) ** 2
        degree_north = (_A * (1.0 - _EE)) / (magic * np.sqrt(magic)) * math.pi / 180.0
        degree_east = _A / np.sqrt(magic) * np.cos(angle) * math.pi / 180.0
        moved = np.column_stack([lon + east / degree_east, lat + north / degree_north])
    return np.where(_in_box(places)[:, None], moved, places)


def from_gcj02(places: Coordinates) -> Coordinates:
    """The inverse of `to_gcj02`, to better than 1e-9 degrees."""
    return _undone(places, to_gcj02)


def to_bd09(places: Coordinates) -> Coordinates:
    """Longitude and latitude (n x 2, WGS 84 or CGCS2000, degrees) as BD-09 says them."""
    places = np.asarray(places, np.float64)
    return np.where(_in_box(places)[:, None], _gcj02_to_bd09(to_gcj02(places)), places)


def from_bd09(places: Coordinates) -> Coordinates:
    """The inverse of `to_bd09`, to better than 1e-9 degrees."""
    return _undone(places, to_bd09)


def shifted(places: Coordinates, shift: Shift) -> Coordinates:
    """True longitude and latitude (n x 2) as the service says them; an empty shift: unchanged."""
    return places if not shift else (to_gcj02 if shift == "gcj02" else to_bd09)(places)


def unshifted(places: Coordinates, shift: Shift) -> Coordinates:
    """What the service says, as true longitude and latitude (n x 2)."""
    return places if not shift else (from_gcj02 if shift == "gcj02" else from_bd09)(places)


def _in_box(places: Coordinates) -> npt.NDArray[np.bool_]:
    west, south, east, north = BOX
    lon, lat = places[:, 0], places[:, 1]
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return np.asarray(inside, np.bool_)


def _gcj02_to_bd09(places: Coordinates) -> Coordinates:
    x, y = places[:, 0], places[:, 1]
    far = np.hypot(x, y) + 0.00002 * np.sin(y * _TURN)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _TURN)
    return np.column_stack([far * np.cos(angle) + 0.0065, far * np.sin(angle) + 0.006])


def _undone(places: Coordinates, way: Way) -> Coordinates:
    """The place that `way` moves here: what is left over is taken off until nothing is."""
    places = np.asarray(places, np.float64)
    found = places.copy()
    for _ in range(STEPS):
        left = places - way(found)
        found = found + np.where(np.isfinite(left), left, 0.0)
        if not len(left) or not np.isfinite(left).any() or np.nanmax(np.abs(left)) < 1e-13:
            break
    return np.where(_in_box(found)[:, None], found, places)


Verdict = Literal["none", "gcj02", "bd09", "gcj02_back", "unknown"]
_WAYS: dict[Verdict, Way] = {
    "none": lambda places: places,
    "gcj02": to_gcj02,
    "bd09": to_bd09,
    "gcj02_back": from_gcj02,
}
CLOSE = 60.0  # metres; what is further off from every known shift is something else
CLEAR = 0.5  # the best explanation leaves less than this share of what the next best leaves


@dataclass(frozen=True, slots=True)
class ShiftFinding:
    """How a layer lies against places that are known. Metres.

    `verdict`: none (in place), gcj02, bd09, gcj02_back (a shift was taken off that was not there)
    or unknown. `left`: what each explanation leaves over, the median of all pairs.
    """

    east: float  # the layer lies so much east of the known places (median)
    north: float
    left: tuple[tuple[Verdict, float], ...]
    verdict: Verdict
    pairs: int

    @property
    def distance(self) -> float:
        return math.hypot(self.east, self.north)

    def left_by(self, verdict: Verdict) -> float:
        return dict(self.left)[verdict]


def find_shift(layer: Coordinates, known: Coordinates) -> ShiftFinding:
    """Compare places of a layer with where they truly are, both n x 2 in degrees, n >= 1."""
    layer, known = np.asarray(layer, np.float64), np.asarray(known, np.float64)
    if layer.shape != known.shape or layer.ndim != 2 or not len(layer):
        raise ValueError("as many places of the layer as known ones, and at least one")
    east, north = _metres(known, layer)
    left = tuple(
        (name, float(np.median(np.hypot(*_metres(way(known), layer)))))
        for name, way in _WAYS.items()
    )
    return ShiftFinding(
        float(np.median(east)), float(np.median(north)), left, verdict_of(left), len(layer)
    )


def verdict_of(left: tuple[tuple[Verdict, float], ...], close: float = CLOSE) -> Verdict:
    """The explanation that leaves least, when it is close and clearly better than the others."""
    best, second = sorted(left, key=lambda one: one[1])[:2]
    if best[1] > close or best[1] > CLEAR * second[1]:
        return "unknown"
    return best[0]


def ways_back(places: Coordinates) -> dict[Verdict, Coordinates]:
    """Where a layer's places (n x 2, degrees) would truly be, for each explanation."""
    return {
        "none": places,
        "gcj02": from_gcj02(places),
        "bd09": from_bd09(places),
        "gcj02_back": to_gcj02(places),
    }


def _metres(start: Coordinates, end: Coordinates) -> tuple[Degrees, Degrees]:
    """East and north from one to the other; good to a few millimetres at a kilometre."""
    angle = np.radians((start[:, 1] + end[:, 1]) / 2)
    magic = 1.0 - 0.00669437999014 * np.sin(angle) ** 2
    a = 6_378_137.0 * math.pi / 180.0
    east = (end[:, 0] - start[:, 0]) * a * np.cos(angle) / np.sqrt(magic)
    north = (end[:, 1] - start[:, 1]) * a * (1.0 - 0.00669437999014) / (magic * np.sqrt(magic))
    return east, north
