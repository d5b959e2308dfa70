"""Coordinate grids: of a sheet, and over a map of any turn in the window.

Round metres of the map's system, or degrees and minutes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gisapp.model.crs import (
    Coordinates,
    geod,
    geographic_of,
    is_geographic,
    metres_per_unit,
    transform,
    transform_point,
)
from gisapp.model.geometry import Extent, Pixel, Point
from gisapp.render.camera import Camera
from gisapp.render.scale_bar import round_length

# Seconds of arc between two lines of a grid in degrees.
_ARCS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000, 36000, 54000, 108000)


@dataclass(frozen=True, eq=False)
class GridLine:
    """A line of the grid as the camera sees it, and what stands at its end."""

    way: Literal["up", "across"]
    at: float  # pixels from the left or from the top
    text: str


def grid(camera: Camera, spacing: float) -> tuple[GridLine, ...]:
    """Lines at round coordinates of the map's system, at least `spacing` pixels apart."""
    view, least = camera.extent, spacing * camera.resolution
    degrees = is_geographic(camera.crs)
    step = _arc(least) / 3600 if degrees else _larger(least)
    lines = []
    for number in range(math.ceil(view.left / step), math.floor(view.right / step) + 1):
        x = number * step
        text = angle_text(x, "EW", step) if degrees else metres_text(x)
        lines.append(GridLine("up", (x - view.left) / camera.resolution, text))
    for number in range(math.ceil(view.bottom / step), math.floor(view.top / step) + 1):
        y = number * step
        text = angle_text(y, "NS", step) if degrees else metres_text(y)
        lines.append(GridLine("across", (view.top - y) / camera.resolution, text))
    return tuple(lines)


def crosses(lines: tuple[GridLine, ...]) -> Coordinates:
    """Where the lines meet: n x 2, in pixels."""
    xs = [line.at for line in lines if line.way == "up"]
    ys = [line.at for line in lines if line.way == "across"]
    return np.array([(x, y) for y in ys for x in xs], np.float64).reshape(-1, 2)


def angle_text(degrees: float, sides: str, step: float) -> str:
    """`113°21′30″E`, as fine as the step of the grid (degrees) asks for."""
    seconds = round(abs(degrees) * 3600)
    whole, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    text = f"{whole}°"
    if round(step * 3600) % 3600:
        text += f"{minutes:02d}′"
    if round(step * 3600) % 60:
        text += f"{left:02d}″"
    return text + (sides[0] if degrees >= 0 else sides[1])


def metres_text(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ")


def _arc(least: float) -> float:
    return next((arc for arc in _ARCS if arc >= least * 3600), _ARCS[-1])


def _larger(least: float) -> float:
    """The smallest of 1, 2, 5, 10 ... that is not shorter."""
    length = round_length(least)
    return length if length >= least else round_length(length * 2.5)


GridKind = Literal["plane", "degrees"]
Edge = Literal["top", "bottom", "left", "right"]
MOST_LINES = 60  # of one direction
CURVE = 33  # places a curved line is drawn through


@dataclass(frozen=True, eq=False)
class GridCurve:
    """A line of equal easting, northing, longitude or latitude on a map of any turn."""

    way: Literal["up", "across"]
    pixels: Coordinates  # n x 2, of the picture
    text: str
    at: tuple[float, float] | None  # where it meets the edge of the picture, if it does
    edge: Edge = "top"


def map_grid(camera: Camera, spacing: float, kind: GridKind) -> tuple[GridCurve, ...]:
    """Lines at round coordinates at least `spacing` pixels apart at the middle of the view.

    plane: coordinates of the map's own system (degrees when it has those); degrees: longitude and
    latitude on the ellipsoid of the map's system, curved where the map bends them.
    """
    own = is_geographic(camera.crs)
    ground = camera.crs if own or kind == "plane" else geographic_of(camera.crs)
    box = _seen(camera, ground)
    if box is None:
        return ()
    degrees = own or kind == "degrees"
    least_x, least_y = _least(camera, ground, spacing)
    steps = (_arc(least_x) / 3600, _arc(least_y) / 3600) if degrees else (_larger(least_x),) * 2
    straight = ground == camera.crs
    found = []
    for way, step, low, high in (
        ("up", steps[0], box.left, box.right),
        ("across", steps[1], box.bottom, box.top),
    ):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first >= MOST_LINES:
            continue
        for number in range(first, last + 1):
            value = number * step
            places = _line(box, way, value, 2 if straight else CURVE)
            if not straight:
                places = transform(places, ground, camera.crs)
            places = places[np.isfinite(places).all(axis=1)]
            if len(places) < 2:
                continue
            if degrees:
                text = angle_text(value, "EW" if way == "up" else "NS", step)
            else:
                text = metres_text(value)
            pixels = camera.to_pixels(places)
            at, edge = _meets(pixels, camera, ("top", "left") if way == "up" else ("right", "top"))
            found.append(GridCurve("up" if way == "up" else "across", pixels, text, at, edge))
    return tuple(found)


def _line(box: Extent, way: str, value: float, count: int) -> Coordinates:
    if way == "up":
        return np.column_stack([np.full(count, value), np.linspace(box.bottom, box.top, count)])
    return np.column_stack([np.linspace(box.left, box.right, count), np.full(count, value)])


def _seen(camera: Camera, ground: str) -> Extent | None:
    """What of the system is in view, found on a lattice of pixels; None: nothing."""
    width, height = camera.size
    share = np.linspace(0.0, 1.0, 9)
    lattice = [camera.to_map(Pixel(width * x, height * y)) for y in share for x in share]
    places = transform(np.array(lattice), camera.crs, ground)
    places = places[np.isfinite(places).all(axis=1)]
    if is_geographic(ground):
        places = places[(np.abs(places[:, 0]) <= 180.0) & (np.abs(places[:, 1]) <= 90.0)]
    if len(places) < 2:
        return None
    (left, bottom), (right, top) = places.min(axis=0), places.max(axis=0)
    grown = 0.07 * max(right - left, top - bottom)  # for what bulges between two lattice points
    box = Extent(float(left), float(bottom), float(right), float(top)).grown(float(grown))
    if is_geographic(ground):
        box = Extent(
            max(box.left, -180.0), max(box.bottom, -90.0), min(box.right, 180.0), min(box.top, 90.0)
        )
    return box


def _least(camera: Camera, ground: str, spacing: float) -> tuple[float, float]:
    """So many units of the system are `spacing` pixels at the middle: east and north."""
    if ground == camera.crs:
        return spacing * camera.resolution, spacing * camera.resolution
    metres = spacing * camera.resolution * metres_per_unit(camera.crs, camera.center)
    middle = transform_point(camera.center, camera.crs, ground)
    latitude = middle.y if math.isfinite(middle.y) else 0.0
    north = math.degrees(metres / geod(ground).a)
    return metres / metres_per_unit(ground, Point(0.0, latitude)), north


def _meets(
    pixels: Coordinates, camera: Camera, preferred: tuple[Edge, Edge]
) -> tuple[tuple[float, float] | None, Edge]:
    """Where a line crosses the edges of the picture: on the preferred one if it can be."""
    width, height = camera.size
    others: tuple[Edge, ...] = ("bottom", "left", "right", "top")
    for edge in dict.fromkeys((*preferred, *others)):
        axis, value = (1, 0 if edge == "top" else height)
        if edge in ("left", "right"):
            axis, value = 0, 0 if edge == "left" else width
        other, limit = (1 - axis), (width if axis == 1 else height)
        a, b = pixels[:-1], pixels[1:]
        crossing = (a[:, axis] - value) * (b[:, axis] - value) <= 0
        crossing &= a[:, axis] != b[:, axis]
        for number in np.flatnonzero(crossing):
            start, end = a[number], b[number]
            share = (value - start[axis]) / (end[axis] - start[axis])
            along = float(start[other] + share * (end[other] - start[other]))
            if 0 <= along <= limit:
                return ((along, float(value)) if axis == 1 else (float(value), along)), edge
    return None, preferred[0]
