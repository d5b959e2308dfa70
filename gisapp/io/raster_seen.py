"""Which cells the pixels of a picture show, where both lie along the same axes.

Then nothing has to be laid out before it is coloured: a picture is made of the blocks as they lie
in memory. The cells are those that `gisapp.io.raster_warp` shows as the nearest.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from affine import Affine

from gisapp.io.grid_warp import NEAR, Reals
from gisapp.io.raster_levels import Level
from gisapp.model.geometry import PixelGrid, Size
from gisapp.model.progress import Progress
from gisapp.model.seen_cells import SeenCells, Whole


class Straight(NamedTuple):
    """The place of each column and of each row of a picture in the file, in cells of it."""

    columns: Reals
    rows: Reals

    @classmethod
    def of(cls, grid: PixelGrid, to_file: Affine) -> Straight | None:
        """`to_file` takes coordinates of the picture to columns and rows; None: it turns them."""
        if not grid.is_upright or to_file.b or to_file.d:
            return None
        middle = 0.5 + NEAR
        x = grid.origin.x + (np.arange(grid.size.width) + middle) * grid.across[0]
        y = grid.origin.y + (np.arange(grid.size.height) + middle) * grid.down[1]
        return cls(to_file.a * x + to_file.c, to_file.e * y + to_file.f)


def seen_cells(
    places: Straight, level: Level, whole: Size, progress: Progress
) -> tuple[SeenCells, ...] | None:
    """From the blocks of a level; nothing where the picture lies beside it. `whole`: the size of
    the file. None: the level is better read in another way."""
    if level.blocks is None:
        return None
    across, left = _cells(places.columns, level.scale[0], whole.width, level.size.width)
    down, top = _cells(places.rows, level.scale[1], whole.height, level.size.height)
    if not len(across) or not len(down):
        return ()
    first, begin = int(min(down[0], down[-1])), int(min(across[0], across[-1]))
    last, end = int(max(down[0], down[-1])) + 1, int(max(across[0], across[-1])) + 1
    blocks = level.blocks((begin, first, end - begin, last - first), progress)
    if blocks is None:
        return None
    found = []
    for block in blocks:
        tall, wide = block.cells.shape[:2]
        i, count = _within(down, block.top, block.top + tall)
        j, more = _within(across, block.left, block.left + wide)
        if count and more:
            rows, columns = down[i : i + count] - block.top, across[j : j + more] - block.left
            found.append(SeenCells(block.cells, rows, columns, top + i, left + j))
    return tuple(found)


def _cells(places: Reals, scale: float, whole: int, size: int) -> tuple[Whole, int]:
    """The cells of a level under the pixels that lie on it, and the first of these pixels."""
    inside = np.flatnonzero((places >= 0) & (places < whole))
    if not len(inside):
        return np.empty(0, np.int32), 0
    first, last = int(inside[0]), int(inside[-1]) + 1
    cells = np.minimum((places[first:last] / scale).astype(np.int32), size - 1)
    return cells, first


def _within(cells: Whole, low: int, high: int) -> tuple[int, int]:
    """The first of the pixels whose cells lie between, and how many they are."""
    if cells[0] <= cells[-1]:
        begin, end = np.searchsorted(cells, (low, high))
    else:
        begin, end = len(cells) - np.searchsorted(cells[::-1], (high, low))
    return int(begin), int(end - begin)
