"""Round lengths and intervals, true on the ground at the centre of the map."""

from __future__ import annotations

import math

import numpy as np

from gisapp.model.crs import geod, geographic_of, metres_per_unit, transform
from gisapp.model.geometry import Pixel
from gisapp.render.camera import Camera

GEOGRAPHIC = "EPSG:4326"


def metres_per_pixel(camera: Camera) -> float:
    """On the ellipsoid, along the middle of the picture from left to right.

    Where the system cannot show those places, what its unit and the latitude say.
    """
    width, height = camera.size
    half = min(width, 100) / 2
    ends = [camera.to_map(Pixel(width / 2 + side * half, height / 2)) for side in (-1, 1)]
    (lon1, lat1), (lon2, lat2) = transform(np.array(ends), camera.crs, geographic_of(camera.crs))
    _, _, metres = geod(camera.crs).inv(lon1, lat1, lon2, lat2)
    if not (math.isfinite(metres) and metres > 0):
        return camera.resolution * metres_per_unit(camera.crs, camera.center)
    return float(metres) / (2 * half)


def round_length(longest: float) -> float:
    """The largest of 1, 2, 5, 10, 20, 50 ... that is not longer."""
    power = 10.0 ** math.floor(math.log10(longest))
    return next(power * step for step in (5, 2, 1) if power * step <= longest * (1 + 1e-9))


def length_text(metres: float) -> str:
    """`250 m`, `2 km`."""
    return f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"


def scale_text(camera: Camera, dots_per_inch: float) -> str:
    """`1 : 25 000`, rounded to three figures, for a picture printed at a resolution."""
    number = metres_per_pixel(camera) * dots_per_inch / 0.0254
    digits = max(0, math.floor(math.log10(number)) - 2)
    rounded = round(number / 10**digits) * 10**digits
    return f"1 : {rounded:,}".replace(",", " ")
