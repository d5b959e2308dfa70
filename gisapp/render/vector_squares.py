"""Squares of points, lines and areas, drawn straight into the memory where they are kept.

A painter draws on a canvas, whatever lies on it. Here nothing does: the loops write colours in
the order of the screen on memory that is empty, and nothing has to be turned or looked through.
What comes out is what the painter would have drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.style import PointStyle
from gisapp.render.camera import Camera
from gisapp.render.canvas import Sheet, StampMaker
from gisapp.render.colours import packed
from gisapp.render.compiled import kernels
from gisapp.render.painters import paint_areas, paint_lines, paint_points
from gisapp.render.request import Painter
from gisapp.render.sheet_painting import areas_on_sheet, lines_on_sheet, points_on_sheet
from gisapp.render.square_memory import SQUARES
from gisapp.render.square_painting import Square, areas_square, lines_square, points_square
from gisapp.render.states import EMPTY, OPAQUE, SOME
from gisapp.render.tiles import Tile, red_and_blue_changed

ON_SHEET: Mapping[Painter | None, Callable[..., bool]] = {
    paint_points: points_on_sheet,
    paint_lines: lines_on_sheet,
    paint_areas: areas_on_sheet,
}
IN_ONE: Mapping[Painter | None, Callable[..., int | None]] = {
    paint_points: points_square,
    paint_lines: lines_square,
    paint_areas: areas_square,
}


def can_fill(painter: Painter | None, layer: Layer, data: Any) -> bool:
    """Whether `fill` draws all that the painter would."""
    on_canvas = isinstance(layer.style, PointStyle) and (layer.style.cluster or layer.style.inside)
    return (
        painter in ON_SHEET
        and not on_canvas
        and hasattr(data, "shapes_in")
        and kernels() is not None
    )


def fill(
    painter: Painter | None,
    layer: Layer,
    data: Any,
    camera: Camera,
    stamps: StampMaker,
    progress: Progress,
) -> Tile | None:
    """A square; None where nothing is drawn. Only what `can_fill` says."""
    drawing = kernels()
    assert drawing is not None
    width, height = camera.size
    pixels, states = SQUARES.lend(camera.size)
    style, stamped = layer.style, for_screen(stamps)
    square = Square(pixels, states, camera, stamped, screen_ink)
    ink = IN_ONE[painter](drawing, square, style, data)
    if ink is None:
        states.fill(SOME)  # also if this is stopped
        pixels.fill(0)
        sheet = Sheet(pixels, (0.0, 0.0), (0, 0, width, height), stamped, screen_ink, True)
        if not ON_SHEET[painter](drawing, sheet, style, data, camera, progress):
            states.fill(EMPTY)
            return None
        ink = drawing.look_through(pixels, states)
    return None if ink == EMPTY else Tile(pixels, ink == OPAQUE, states)


@lru_cache(maxsize=512)
def screen_ink(color: str) -> int:
    """As `packed`, in the order of the screen."""
    return int(red_and_blue_changed(np.array([packed(color)], np.uint32))[0])


@lru_cache(maxsize=8)
def for_screen(stamps: StampMaker) -> StampMaker:
    """The same stamps in the order of the screen; the same function for the same maker."""

    def made(shape: str, fill: str, size: float, edge: str) -> npt.NDArray[np.uint32]:
        return red_and_blue_changed(stamps(shape, fill, size, edge))

    return made
