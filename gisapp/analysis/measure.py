"""Lengths and areas, always on the ellipsoid and in a plane, each with what it is measured in.

The plane of a map in degrees is the CGCS2000 3-degree Gauss-Kruger zone of the place
(EPSG:4534 to 4554, central meridians 75 to 135 degrees east), elsewhere its UTM zone.
Ellipsoidal values follow Karney, C. F. F. (2013), Algorithms for geodesics, J. Geod. 87.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gisapp.model.crs import CGCS2000, geod, is_geographic, parsed, transform, transform_point
from gisapp.model.geometry import Point
from gisapp.model.text import tr


@dataclass(frozen=True, slots=True)
class Measured:
    """Metres or square metres; `plane` is the system the planar value was measured in."""

    ellipsoidal: float
    planar: float
    plane: str


def plane_of(crs: str, at: Point) -> str:
    """The system in metres that planar measures of a map at a place are made in."""
    if not is_geographic(crs) and parsed(crs).axis_info[0].unit_conversion_factor == 1.0:
        return crs
    x, y = transform_point(at, crs, CGCS2000)
    if not (math.isfinite(x) and math.isfinite(y)):
        return crs
    zone = round(x / 3)  # 3-degree zones 25 to 45
    if 25 <= zone <= 45 and 0 <= y <= 60:
        return f"EPSG:{4534 + zone - 25}"
    number = int((x + 180) // 6) % 60 + 1
    return f"EPSG:{32600 + number if y >= 0 else 32700 + number}"


def measure_line(points: Sequence[Point], crs: str) -> Measured:
    """Length along places given in `crs`."""
    if len(points) < 2:
        return Measured(0.0, 0.0, plane_of(crs, points[0]) if points else crs)
    places = np.array(points, np.float64)
    degrees = transform(places, crs, _degrees(crs))
    plane = plane_of(crs, points[0])
    flat = transform(places, crs, plane)
    steps = np.hypot(*np.diff(flat, axis=0).T)
    return Measured(float(geod(crs).line_length(*degrees.T)), float(steps.sum()), plane)


def measure_area(points: Sequence[Point], crs: str) -> Measured:
    """Area within a ring of places given in `crs`; the ring closes itself."""
    if len(points) < 3:
        return Measured(0.0, 0.0, plane_of(crs, points[0]) if points else crs)
    places = np.array(points, np.float64)
    degrees = transform(places, crs, _degrees(crs))
    plane = plane_of(crs, points[0])
    x, y = (transform(places, crs, plane) - transform(places[:1], crs, plane)).T
    flat = abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2
    area, _ = geod(crs).polygon_area_perimeter(*degrees.T)
    return Measured(abs(float(area)), flat, plane)


def length_words(metres: float) -> str:
    """With its unit: `12.35 m`, `1,234.6 m`, `12.346 km`."""
    if metres >= 10_000:
        return f"{metres / 1000:,.3f} km"
    return f"{metres:,.1f} m" if metres >= 100 else f"{metres:,.2f} m"


def area_words(square_metres: float) -> str:
    """With its unit: `12.35 m²`, `1,234.6 m²`, `1.235 km²`."""
    if square_metres >= 1_000_000:
        return f"{square_metres / 1e6:,.3f} km²"
    return f"{square_metres:,.1f} m²" if square_metres >= 100 else f"{square_metres:,.2f} m²"


def length_lines(length: Measured) -> str:
    """Both lengths for a readout, one a line."""
    return _both(length, length_words)


def area_lines(area: Measured) -> str:
    """Both areas for a readout, one a line."""
    return _both(area, area_words)


def _both(measured: Measured, words: Callable[[float], str]) -> str:
    ellipsoidal = tr("{value} on the ellipsoid").format(value=words(measured.ellipsoidal))
    planar = tr("{value} in the plane of {crs}").format(
        value=words(measured.planar), crs=measured.plane
    )
    return f"{ellipsoidal}\n{planar}"


def _degrees(crs: str) -> str:
    """Longitude and latitude on the same ellipsoid: no datum shift comes into the measure."""
    found = parsed(crs).geodetic_crs
    if found is None:
        return CGCS2000
    code = found.to_epsg()
    return f"EPSG:{code}" if code else str(found.to_wkt())
