"""The cells whose water passes a cell: asked of neighbours only, so that a small catchment of a
large raster costs what it holds. Knows nothing of maps, files or windows."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from .directions import COLUMNS, NOTHING, ROWS, Steps

Numbers = npt.NDArray[np.int64]


@cache
def _compiled() -> Any:
    from numba import njit

    return njit("int64(uint8[:, ::1], int64, int64, boolean[:, ::1], int64[::1])",
                cache=True, nogil=True)(_flood)  # fmt: skip


def upstream_cells(steps: Steps, row: int, column: int) -> Numbers:
    """Numbers (row times columns and column) of the cell and all whose water passes it.

    Nothing where there is no land. Raises IndexError outside of the raster.
    """
    rows, columns = steps.shape
    if not (0 <= row < rows and 0 <= column < columns):
        raise IndexError((row, column))
    if steps[row, column] == NOTHING:
        return np.empty(0, np.int64)
    seen = np.zeros(steps.shape, np.bool_)
    room = 1 << 20
    while True:
        found = np.empty(room, np.int64)
        count = int(_compiled()(steps, row, column, seen, found))
        if count >= 0:
            return found[:count]
        seen[:] = False
        room = min(room * 8, steps.size)


def _flood(steps, row, column, seen, found):  # type: ignore[no-untyped-def]
    """Fill `found`; the number of cells, or -1 when there are more than it has room for."""
    rows, columns = steps.shape
    seen[row, column] = True
    found[0] = row * columns + column
    count, at = 1, 0
    while at < count:
        y, x = found[at] // columns, found[at] % columns
        at += 1
        for step in range(8):
            i, j = y - ROWS[step], x - COLUMNS[step]
            if 0 <= i < rows and 0 <= j < columns and steps[i, j] == step and not seen[i, j]:
                if count == found.shape[0]:
                    return -1
                seen[i, j] = True
                found[count] = i * columns + j
                count += 1
    return count


def channel_near(steps: Steps, row: int, column: int, within: int) -> tuple[int, int]:
    """The cell with the most cells above it at most `within` cells away: its row and column.

    For a click beside a channel. Of equal ones the nearest.
    """
    rows, columns = steps.shape
    around = sorted(
        ((i - row) ** 2 + (j - column) ** 2, i, j)
        for i in range(max(0, row - within), min(rows, row + within + 1))
        for j in range(max(0, column - within), min(columns, column + within + 1))
    )
    # The lowest cell of a way inside drains all that lies on it.
    lowest = dict.fromkeys(
        _way_inside(steps, i, j, row, column, within)[-1]
        for _, i, j in around
        if steps[i, j] != NOTHING
    )
    return max(lowest, key=lambda at: len(upstream_cells(steps, *at)), default=(row, column))


def _way_inside(
    steps: Steps, i: int, j: int, row: int, column: int, within: int
) -> list[tuple[int, int]]:
    """The way down from a cell as long as it stays inside the square."""
    rows, columns = steps.shape
    way = [(i, j)]
    while steps[i, j] < 8:
        step = int(steps[i, j])
        i, j = i + int(ROWS[step]), j + int(COLUMNS[step])
        if not (0 <= i < rows and 0 <= j < columns) or steps[i, j] == NOTHING:
            break
        if max(abs(i - row), abs(j - column)) > within or (i, j) in way:
            break
        way.append((i, j))
    return way
