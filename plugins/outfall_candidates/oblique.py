"""A frame that looks to the side, laid flat on the ground as far as its temperatures hold there.

The plane is that of the four places where the corners of the picture meet the ground: a plane is
seen through a lens as a homography (the plane projective mapping of any textbook of
photogrammetry), so the four pairs say all of it. Water lies flat, which is what is looked at.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine

from gisapp.api import tr

from .pixels import ArrayPixels, Grid

STEEP = math.tan(math.radians(60))  # beyond, water reflects the sky: emissivity .97 and falling
HORIZON = -4.0  # degrees: rays flatter than this meet the ground too far away
LEAST_SHARE = 0.1  # of the picture that must lie within
MOST_CELLS = 16_000_000
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Laid:
    """A frame as a map sees it. seen: the part of the ground that it looked at well enough."""

    pixels: ArrayPixels
    seen: Any  # shapely


def reason_against(flight: Any, frame: Any) -> str:
    """Why an oblique frame cannot be laid flat; empty where it can."""
    lens, pose = flight.lens, frame.pose
    half = lens.rows / 2 + abs(lens.shift_y)
    across = (lens.columns / 2 + abs(lens.shift_x)) * math.sin(math.radians(abs(pose.roll)))
    highest = pose.pitch + math.degrees(math.atan((half + across) / lens.focal_px))
    if len(frame.corners) != 4 or highest > HORIZON:
        return tr("it looks at the horizon: its far pixels show no place that could be named")
    if not shapely.Polygon(frame.corners).is_valid:
        return tr("its corners do not enclose any ground")
    return ""


def laid_flat(celsius: Grid, flight: Any, frame: Any, unit_m: float) -> Laid | None:
    """The frame on a grid with north up; None where nearly all of it is too far to the side.

    celsius: rows x columns. unit_m: metres in a unit of the flight's system.
    """
    rows, columns = celsius.shape
    picture = np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)], np.float64)
    origin = np.array(frame.corners, np.float64).mean(axis=0)
    ground = (np.array(frame.corners, np.float64) - origin) * unit_m
    camera = (np.array([frame.pose.x, frame.pose.y]) - origin) * unit_m
    outwards = homography(picture, ground)
    middle = moved(outwards, np.array([(columns / 2, rows / 2)]))[0]
    height = float(np.hypot(*(middle - camera))) * math.tan(math.radians(-frame.pose.pitch))
    near = shapely.Point(*camera).buffer(height * STEEP, quad_segs=32)
    area = shapely.intersection(shapely.Polygon(ground), near)
    inwards = homography(ground, picture)
    used = _picture_area(area, inwards) / (rows * columns)
    if area.is_empty or used < LEAST_SHARE:
        return None
    left, bottom, right, top = area.bounds
    cell = math.sqrt(area.area / (used * rows * columns))
    cell = max(cell, math.sqrt((right - left) * (top - bottom) / MOST_CELLS))
    wide, high = max(1, int((right - left) / cell)), max(1, int((top - bottom) / cell))
    x, y = np.meshgrid(left + (np.arange(wide) + 0.5) * cell, top - (np.arange(high) + 0.5) * cell)
    places = np.c_[x.ravel(), y.ravel()]
    far = np.hypot(places[:, 0] - camera[0], places[:, 1] - camera[1]) > height * STEEP
    at = moved(inwards, places) - 0.5
    values = _between_pixels(celsius, at)
    values[far] = np.nan
    size = cell / unit_m
    corner = origin + np.array([left, top]) / unit_m
    to_map = Affine(size, 0, corner[0], 0, -size, corner[1])
    seen = shapely.transform(area, lambda c: c / unit_m + origin)
    return Laid(ArrayPixels(values.reshape(high, wide), to_map, cell), seen)


def homography(start: Floats, end: Floats) -> Floats:
    """3 x 3 of the plane mapping that takes four places (4 x 2) to four others."""
    design, wanted = [], []
    for (u, v), (x, y) in zip(start.tolist(), end.tolist(), strict=True):
        design += [(u, v, 1, 0, 0, 0, -x * u, -x * v), (0, 0, 0, u, v, 1, -y * u, -y * v)]
        wanted += [x, y]
    return np.append(np.linalg.solve(np.array(design), np.array(wanted)), 1.0).reshape(3, 3)


def moved(matrix: Floats, places: Floats) -> Floats:
    """n x 2 through a homography."""
    found = places @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(found[:, :2] / found[:, 2:])


def _picture_area(area: Any, inwards: Floats) -> float:
    """In pixels, of an area on the ground."""
    if area.is_empty:
        return 0.0
    fine = shapely.segmentize(area, math.sqrt(area.area) / 40)
    return float(shapely.transform(fine, lambda c: moved(inwards, c)).area)


def _between_pixels(celsius: Grid, at: Floats) -> Grid:
    """Bilinear at column, row (n x 2); NaN beside the picture."""
    from scipy import ndimage

    return np.asarray(
        ndimage.map_coordinates(celsius, at[:, ::-1].T, order=1, cval=np.nan, prefilter=False),
        np.float32,
    )
