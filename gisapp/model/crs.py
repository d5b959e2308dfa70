"""Coordinate reference systems by name, with east always first.

pyproj is the one authority; other libraries get an EPSG name or WKT from here, never objects.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from threading import Thread, local
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from gisapp.model.crs_names import spoken_name
from gisapp.model.errors import ParameterError
from gisapp.model.geometry import Extent, Point
from gisapp.model.text import tr

if TYPE_CHECKING:
    from pyproj import CRS, Geod, Transformer

Coordinates = npt.NDArray[np.float64]  # n x 2, x east, y north
CGCS2000 = "EPSG:4490"
FAR = 65.0  # degrees beyond its area of use in which a plane system shows nothing
NEAR = 10.0  # degrees beyond it within which no place needs a closer look
AGREES = 1e-5  # degrees (1 m) between a place and what becomes of it there and back
_threads = local()  # a pyproj Transformer belongs to the thread that made it


@lru_cache(maxsize=256)
def parsed(crs: str) -> CRS:
    """The system of an EPSG name or WKT. Raises ParameterError when it is neither."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return CRS.from_user_input(crs)
    except CRSError as error:
        raise ParameterError(
            tr("{crs} is not a coordinate reference system").format(crs=crs[:60]),
            hint=tr("Give an EPSG code such as EPSG:4490 (CGCS2000 longitude and latitude)."),
        ) from error


def checked(crs: str) -> str:
    """The name, of a system a map can be in: degrees or a plane.

    Raises ParameterError for anything else, such as heights or coordinates from the Earth's centre.
    """
    system = parsed(crs)
    if not (system.is_projected or (system.is_geographic and len(system.axis_info) >= 2)):
        raise ParameterError(
            tr("{crs} is no system for a map").format(crs=title(crs)),
            hint=tr("Give an EPSG code such as EPSG:4490 (CGCS2000 longitude and latitude)."),
        )
    return crs


def is_geographic(crs: str) -> bool:
    """Whether coordinates are degrees."""
    return bool(parsed(crs).is_geographic)


def title(crs: str) -> str:
    """For people: `CGCS2000 / 3-degree Gauss-Kruger CM 114E (EPSG:4547)`."""
    name = parsed(crs).name
    return f"{spoken_name(name)} ({crs})" if len(crs) < 16 and crs != name else spoken_name(name)


def _transformer(source: str, target: str) -> Transformer:
    from pyproj import Transformer
    from pyproj.exceptions import ProjError

    made: dict[tuple[str, str], Transformer] = _threads.__dict__.setdefault("made", {})
    key = (source, target)
    if key not in made:
        try:
            made[key] = Transformer.from_crs(parsed(source), parsed(target), always_xy=True)
        except ProjError as error:
            raise ParameterError(
                tr("{source} cannot be shown in {target}").format(
                    source=title(source), target=title(target)
                ),
                hint=tr("Is the coordinate reference system of the file right?"),
            ) from error
    return made[key]


Made = Mapping[tuple[str, str], "Transformer"]


def made_for_another_thread(crs: str) -> Made:
    """What a system needs to and from longitude and latitude, to be handed to one other thread.

    Between two datums PROJ looks through its database for some tenths of a second, once on each
    thread; so a thread that must not wait is given them. They are made on a thread that ends:
    nobody else uses its PROJ context afterwards. What cannot be made is left out.
    """
    made: dict[tuple[str, str], Transformer] = {}

    def make() -> None:
        with suppress(ParameterError):
            _near(crs)
            for other in dict.fromkeys((CGCS2000, geographic_of(crs))):
                for pair in ((crs, other), (other, crs)):
                    with suppress(ParameterError):
                        made[pair] = _transformer(*pair)

    maker = Thread(target=make, name="systems")
    maker.start()
    maker.join()
    return made


def take_over(made: Made) -> None:
    """On the thread that will use them from now on; to be called once for what was made."""
    own: dict[tuple[str, str], Transformer] = _threads.__dict__.setdefault("made", {})
    for pair, transformer in made.items():
        own.setdefault(pair, transformer)


def transform(points: Coordinates, source: str, target: str) -> Coordinates:
    """Many points (n x 2) from one system to another; what cannot be placed becomes NaN.

    A plane system cannot place what lies more than FAR degrees beyond its area of use, nor what
    does not come back from it: a zone would draw the other side of the earth as nonsense.
    """
    points = np.asarray(points, np.float64)
    if source == target or not len(points):
        return points
    x, y = _transformer(source, target).transform(points[:, 0], points[:, 1], errcheck=False)
    out = np.column_stack([x, y])
    out[~np.isfinite(out).all(axis=1)] = np.nan
    near = _near(target)
    if near is not None:
        left, bottom, right, top = near
        # Written so that NaN is outside too; the comparisons cost less than the transform.
        inside = (out[:, 0] >= left) & (out[:, 0] <= right)
        inside &= (out[:, 1] >= bottom) & (out[:, 1] <= top)
        if not inside.all():
            far = np.flatnonzero(~inside & ~np.isnan(out[:, 0]))
            out[far[~_holds(points[far], out[far], source, target)]] = np.nan
    return out


def _holds(points: Coordinates, placed: Coordinates, source: str, target: str) -> npt.NDArray[Any]:
    """Which places a plane system can show, of those outside of `_near`."""
    west, south, east, north = _area(target) or WORLD
    ground = geographic_of(target)
    x, y = _transformer(target, ground).transform(placed[:, 0], placed[:, 1], errcheck=False)
    lon, lat = _transformer(source, ground).transform(points[:, 0], points[:, 1], errcheck=False)
    across = np.abs((x - lon + 180) % 360 - 180) * np.cos(np.radians(lat))
    held: npt.NDArray[Any] = (across < AGREES) & (np.abs(y - lat) < AGREES)
    held &= (lat >= south - FAR) & (lat <= north + FAR)
    middle, half = (west + east) / 2, (east - west) / 2
    held &= np.abs((lon - middle + 180) % 360 - 180) <= half + FAR
    return held


WORLD = Extent(-180.0, -90.0, 180.0, 90.0)


@lru_cache(maxsize=256)
def _area(crs: str) -> Extent | None:
    """West, south, east and north of where the system is meant for (degrees); east may be > 180."""
    area = parsed(crs).area_of_use
    if area is None:
        return None
    east = area.east if area.east >= area.west else area.east + 360
    return Extent(float(area.west), float(area.south), float(east), float(area.north))


@lru_cache(maxsize=256)
def _near(crs: str) -> Extent | None:
    """Of a plane system: map coordinates within which every place is sure to be held."""
    if not parsed(crs).is_projected:
        return None
    area = _area(crs)
    if area is None:  # nothing is known: every place is looked at
        return Extent(np.inf, np.inf, -np.inf, -np.inf)
    grown = area.grown(NEAR)
    grown = Extent(grown.left, max(grown.bottom, -89.0), grown.right, min(grown.top, 89.0))
    if grown.width >= 340 and grown.height >= 160:  # the earth: what is finite is in it
        return Extent(-np.inf, -np.inf, np.inf, np.inf)
    edge = np.linspace(0.0, 1.0, 22)
    x, y = grown.left + edge * grown.width, grown.bottom + edge * grown.height
    sides = [(x, np.full(22, v)) for v in y] + [(np.full(22, v), y) for v in x]
    lon, lat = (np.concatenate(part) for part in zip(*sides, strict=True))
    ways = _transformer(geographic_of(crs), crs).transform(lon, lat, errcheck=False)
    placed = np.column_stack(ways)
    placed = placed[np.isfinite(placed).all(axis=1)]
    if not len(placed):
        return Extent(np.inf, np.inf, -np.inf, -np.inf)
    return Extent(*map(float, placed.min(axis=0)), *map(float, placed.max(axis=0)))


def shows(extent: Extent, source: str, crs: str) -> bool:
    """Whether the middle and the corners of a rectangle can be placed in a system."""
    left, bottom, right, top = extent
    places = [(left, bottom), (right, bottom), (right, top), (left, top), extent.center]
    return bool(np.isfinite(transform(np.array(places, np.float64), source, crs)).all())


def extent_shown(extent: Extent, source: str, target: str) -> Extent | None:
    """As `transform_extent`, of the part of the rectangle that the target can show; None: none."""
    steps = np.linspace(0.0, 1.0, 41)
    x = extent.left + steps * extent.width
    y = extent.bottom + steps * extent.height
    places = np.column_stack([part.ravel() for part in np.meshgrid(x, y)])
    placed = transform(places, source, target)
    placed = placed[np.isfinite(placed).all(axis=1)]
    if not len(placed):
        return None
    return Extent(*map(float, placed.min(axis=0)), *map(float, placed.max(axis=0)))


def area_of_use(crs: str) -> Extent | None:
    """Where a system is meant for, in degrees; None when nobody says."""
    return _area(crs)


@lru_cache(maxsize=256)
def geographic_of(crs: str) -> str:
    """Longitude and latitude on the same ellipsoid and datum: `EPSG:4490` of `EPSG:4547`."""
    system = parsed(crs).geodetic_crs
    if system is None or not system.is_geographic:
        return CGCS2000
    code = system.to_epsg() if len(system.axis_info) == 2 else None
    return f"EPSG:{code}" if code else str(system.to_2d().to_wkt())


def transform_point(point: Point, source: str, target: str) -> Point:
    x, y = transform(np.array([point], np.float64), source, target)[0]
    return Point(float(x), float(y))


def transform_extent(extent: Extent, source: str, target: str) -> Extent:
    """The rectangle that holds the other one, its sides followed in 21 steps."""
    if source == target:
        return extent
    bounds = _transformer(source, target).transform_bounds(*extent, densify_pts=21)
    if not all(map(math.isfinite, bounds)):
        raise ParameterError(
            tr("The extent cannot be shown in {crs}").format(crs=title(target)),
            hint=tr("Choose another coordinate reference system for the map."),
        )
    return Extent(*map(float, bounds))


def geod(crs: str) -> Geod:
    """The ellipsoid of the system, for lengths and areas on the earth's surface (metres)."""
    found = parsed(crs).get_geod()
    if found is None:
        raise ParameterError(tr("{crs} has no ellipsoid to measure on").format(crs=crs))
    return found


@lru_cache(maxsize=512)
def metres_per_unit(crs: str, at: Point) -> float:
    """Metres on the ground for one map unit from west to east at a place, on the ellipsoid.

    In a plane system the scale of the projection there is part of it (2 at 60° in a web map).
    Where the system cannot show the place, it is the system's unit alone.
    """
    system = parsed(crs)
    if system.is_geographic:
        ellipsoid = geod(crs)
        latitude = math.radians(min(abs(at.y), 89.0))
        # radius of the parallel: a cos(lat) / sqrt(1 - e2 sin2(lat))
        radius = ellipsoid.a * math.cos(latitude)
        radius /= math.sqrt(1 - ellipsoid.es * math.sin(latitude) ** 2)
        return float(radius * (system.axis_info[0].unit_conversion_factor or math.pi / 180))
    unit = float(system.axis_info[0].unit_conversion_factor or 1.0)
    half = 50.0 / unit
    ends = _transformer(crs, geographic_of(crs)).transform(
        [at.x - half, at.x + half], [at.y, at.y], errcheck=False
    )
    (lon1, lon2), (lat1, lat2) = ends
    if not all(map(math.isfinite, (lon1, lon2, lat1, lat2))):
        return unit
    _, _, metres = geod(crs).inv(lon1, lat1, lon2, lat2)
    found = float(metres) / (2 * half)
    return found if math.isfinite(found) and found > unit * 1e-6 else unit
