"""Coordinate reference systems by name, with east always first.

pyproj is the one authority; other libraries get an EPSG name or WKT from here, never objects.
"""

from __future__ import annotations

import math
from functools import lru_cache
from threading import local
from typing import TYPE_CHECKING

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


def transform(points: Coordinates, source: str, target: str) -> Coordinates:
    """Many points (n x 2) from one system to another; what cannot be placed becomes NaN."""
    points = np.asarray(points, np.float64)
    if source == target or not len(points):
        return points
    x, y = _transformer(source, target).transform(points[:, 0], points[:, 1], errcheck=False)
    out = np.column_stack([x, y])
    out[~np.isfinite(out).all(axis=1)] = np.nan
    return out


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


def metres_per_unit(crs: str, at: Point) -> float:
    """Metres on the ground for one map unit at a place, along x (projection scale left out)."""
    system = parsed(crs)
    if system.is_geographic:
        return 111_319.490793 * math.cos(math.radians(min(abs(at.y), 89.0)))  # pi/180 * WGS 84 a
    return float(system.axis_info[0].unit_conversion_factor or 1.0)
