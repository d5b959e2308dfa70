"""Choosing among the levels of a raster: the file, its overviews, and those in the cache."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from gisapp.io.grid_warp import Placement
from gisapp.io.raster_blocks import Block, Window
from gisapp.io.raster_warp import MARGIN, Piece
from gisapp.model.geometry import Size
from gisapp.model.progress import Progress

FINE = 1.01  # a level whose cells are larger than pixels by so little is still taken


@dataclass(frozen=True, eq=False)
class Level:
    """scale: cells of the raster for one cell of the level, across and down.

    read: (window in cells of the level, every so manyth cell, progress) gives the cells.
    blocks: (window, progress) gives the blocks it lies in; None: it is better read as it is.
    """

    size: Size
    scale: tuple[float, float]
    read: Callable[[Window, int, Progress], npt.NDArray[Any]]
    blocks: Callable[[Window, Progress], list[Block] | None] | None = None


@dataclass(frozen=True, eq=False)
class Part:
    """What a picture needs of a raster: a window of one level, every so manyth cell of it."""

    level: Level
    window: Window
    every: int

    def piece(self, whole: Size, progress: Progress) -> Piece:
        """Read it. `whole`: the size of the raster in its own cells."""
        cells = self.level.read(self.window, self.every, progress)
        across, down = self.level.scale
        left, top = self.window[0] * across, self.window[1] * down
        scale = (across * self.every, down * self.every)
        end = ((whole.width - left) / scale[0], (whole.height - top) / scale[1])
        return Piece(cells, left, top, scale, end)


def part_for(place: Placement, levels: Iterable[Level]) -> Part | None:
    """The level whose cells are nearest to the pixels, but not larger; None outside."""
    seen = place.window
    if seen is None:
        return None
    level, every = level_for(place.shrink, levels)
    window = _window(seen, level, every)
    return None if window is None else Part(level, window, every)


def level_for(shrink: float, levels: Iterable[Level]) -> tuple[Level, int]:
    """The level for so many cells of the raster in one pixel, and every so manyth cell of it."""
    listed = sorted(levels, key=lambda level: level.scale)
    fitting = [level for level in listed if min(level.scale) <= shrink * FINE]
    level = fitting[-1] if fitting else listed[0]
    return level, max(1, math.floor(shrink / min(level.scale) + 1e-6))


def _window(seen: tuple[float, float, float, float], level: Level, every: int) -> Window | None:
    """What to read of a level, with a margin; None when nothing of it is seen.

    It begins at a whole number of steps, so that neighbouring pictures take the same cells.
    """
    found = []
    for low, high, scale, size in (
        (seen[0], seen[2], level.scale[0], level.size.width),
        (seen[1], seen[3], level.scale[1], level.size.height),
    ):
        begin = max(0, math.floor(low / scale) - MARGIN * every) // every * every
        end = min(size, math.ceil(high / scale) + (MARGIN + 1) * every)
        if end <= begin:
            return None
        found.append((begin, end - begin))
    (left, width), (top, height) = found
    return left, top, width, height
