"""Squares of rasters, filled straight from the cells in memory.

A painter draws on a canvas, whatever lies on it. Here nothing does: the colours are written where
the square is kept, in the order of the screen, and nothing else is touched on the way. What comes
out is what the painter would have drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.seen_cells import SeenCells
from gisapp.model.style import ThermalStyle
from gisapp.render.camera import Camera
from gisapp.render.compiled_tiles import TileLoops, loops
from gisapp.render.painters import paint_picture, paint_thermal
from gisapp.render.ramps import Lookup
from gisapp.render.request import Painter
from gisapp.render.square_memory import Pixels
from gisapp.render.states import EMPTY, OPAQUE, SOME
from gisapp.render.thermal_colours import lookup_of
from gisapp.render.tiles import red_and_blue_changed

# (layer, data, camera, loops, memory of the square, progress) gives EMPTY, SOME or OPAQUE;
# None: this square needs a canvas. The memory may hold anything before and after that.
Filler = Callable[[Layer, Any, Camera, TileLoops, Pixels, Progress], int | None]


def fill(
    painter: Painter | None,
    layer: Layer,
    data: Any,
    camera: Camera,
    new: Callable[[], Pixels],
    progress: Progress,
) -> tuple[Pixels, int] | None:
    """The pixels of a square and whether they are EMPTY, SOME or OPAQUE; None: paint it."""
    filler, compiled = FILLERS.get(painter), loops()
    if filler is None or compiled is None or not hasattr(data, "seen"):
        return None
    out = new()
    state = filler(layer, data, camera, compiled, out, progress)
    return None if state is None else (out, state)


def fill_thermal(
    layer: Layer, data: Any, camera: Camera, compiled: TileLoops, out: Pixels, progress: Progress
) -> int | None:
    """As `paint_thermal`."""
    style = layer.style
    assert isinstance(style, ThermalStyle)
    parts = data.seen("values", camera.grid, progress)
    if parts is None:
        return None
    colours = _for_screen(style)
    low, table = np.float32(colours.low), colours.table
    scale = np.float32((len(table) - 2) / (colours.high - colours.low))
    return _filled(
        parts,
        out,
        lambda part: compiled.values(
            part.cells, part.rows, part.columns, low, scale, table, out, part.top, part.left
        ),
    )


def fill_picture(
    layer: Layer, data: Any, camera: Camera, compiled: TileLoops, out: Pixels, progress: Progress
) -> int | None:
    """As `paint_picture`."""
    parts = data.seen("colours", camera.grid, progress)
    if parts is None:
        return None
    return _filled(
        parts,
        out,
        lambda part: compiled.pixels(
            part.cells.view(np.uint32)[:, :, 0],
            *(part.rows, part.columns, out, part.top, part.left),
        ),
    )


FILLERS: Mapping[Painter | None, Filler] = {
    paint_thermal: fill_thermal,
    paint_picture: fill_picture,
}


def _filled(parts: tuple[SeenCells, ...], out: Pixels, lay: Callable[[SeenCells], int]) -> int:
    """All parts; they do not lie over each other."""
    covered = sum(len(part.rows) * len(part.columns) for part in parts)
    if covered < out.size:
        out.fill(0)
    states = {lay(part) for part in parts}
    if states <= {EMPTY}:
        return EMPTY
    return OPAQUE if covered == out.size and states == {OPAQUE} else SOME


@lru_cache(maxsize=32)
def _for_screen(style: ThermalStyle) -> Lookup:
    colours = lookup_of(style)
    return Lookup(colours.low, colours.high, red_and_blue_changed(colours.table))
