"""The coordinate grid of a sheet: round metres of the map's system, or degrees and minutes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gisapp.model.crs import Coordinates, is_geographic
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
