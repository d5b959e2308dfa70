"""The inner loops of the search, compiled; block_work.py does the same with whole arrays."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np


@cache
def compiled() -> tuple[Any, Any, Any, Any] | None:
    """statistics, bank distance, running median, area; None where there is no compiler."""
    try:
        from numba import njit, types
    except ImportError:
        return None
    real = types.Array(types.float32, 2, "C", readonly=True)
    byte = types.Array(types.uint8, 2, "C", readonly=True)
    out, out_byte = types.float32[:, ::1], types.uint8[:, ::1]
    whole = types.int64

    def made(loop: Any, *given: Any) -> Any:
        return njit(types.void(*given), cache=True, nogil=True, error_model="numpy")(loop)

    return (
        made(_statistics, real, byte, whole, out, out, out_byte, out_byte),
        made(_bank_distance, byte, whole, out),
        made(_running_median, real, types.int32[:, ::1], whole, out),
        made(_area, types.Array(types.float64, 2, "C", readonly=True),
             types.Array(types.int64, 1, "C", readonly=True), whole, whole, out_byte),
    )  # fmt: skip


def _statistics(values, water, side, mean, deviation, seen, wet):  # type: ignore[no-untyped-def]
    """Of the water pixels of each block of side x side. seen, wet: share of the block in 1/250."""
    rows, columns = mean.shape
    cells = side * side
    for i in range(rows):
        for j in range(columns):
            total = 0.0
            squares = 0.0
            known = 0
            inside = 0
            for a in range(i * side, i * side + side):
                for b in range(j * side, j * side + side):
                    if water[a, b]:
                        inside += 1
                        value = np.float64(values[a, b])
                        if value == value:
                            total += value
                            squares += value * value
                            known += 1
            wet[i, j] = (inside * 250 + cells - 1) // cells
            seen[i, j] = known * 250 // cells
            if known:
                middle = total / known
                mean[i, j] = middle
                deviation[i, j] = math.sqrt(max(0.0, squares / known - middle * middle))
            else:
                mean[i, j] = np.nan
                deviation[i, j] = 0.0


def _bank_distance(water, most, distance):  # type: ignore[no-untyped-def]
    """Blocks to the nearest that is not water, up to `most`; beyond the edge nothing is known."""
    rows, columns = water.shape
    for j in range(columns):
        gone = most
        for i in range(rows):
            gone = 0 if water[i, j] == 0 else min(gone + 1, most)
            distance[i, j] = gone
        gone = most
        for i in range(rows - 1, -1, -1):
            gone = 0 if water[i, j] == 0 else min(gone + 1, most)
            distance[i, j] = min(distance[i, j], np.float32(gone))
    line = np.empty(columns, np.float32)
    for i in range(rows):
        for j in range(columns):
            line[j] = distance[i, j]
        for j in range(columns):
            best = line[j] * line[j]
            if best > 0:
                k = 1
                while k * k < best:
                    if j - k >= 0:
                        other = line[j - k] * line[j - k] + k * k
                        if other < best:
                            best = other
                    if j + k < columns:
                        other = line[j + k] * line[j + k] + k * k
                        if other < best:
                            best = other
                    k += 1
                distance[i, j] = min(math.sqrt(best), most)


def _running_median(cells, disc, need, level):  # type: ignore[no-untyped-def]
    """Of the cells within the disc (n x 2 steps) that are known; NaN where fewer than `need`."""
    rows, columns = cells.shape
    kept = np.empty(disc.shape[0], np.float32)
    for i in range(rows):
        for j in range(columns):
            level[i, j] = np.nan
            if cells[i, j] != cells[i, j]:
                continue
            n = 0
            for k in range(disc.shape[0]):
                a = i + disc[k, 0]
                b = j + disc[k, 1]
                if 0 <= a < rows and 0 <= b < columns and cells[a, b] == cells[a, b]:
                    kept[n] = cells[a, b]
                    n += 1
            if n >= need:
                level[i, j] = np.sort(kept[:n])[(n - 1) // 2]


def _area(places, starts, row, column, mask):  # type: ignore[no-untyped-def]
    """1 where the middle of a pixel lies in an area of rings (x: columns, y: minus rows), by the
    even-odd rule. mask: zeros, its first pixel at `row` and `column`."""
    rows, columns = mask.shape
    for ring in range(starts.shape[0] - 1):
        for k in range(starts[ring], starts[ring + 1] - 1):
            x0, y0 = places[k, 0], -places[k, 1]
            x1, y1 = places[k + 1, 0], -places[k + 1, 1]
            if y0 > y1:
                x0, y0, x1, y1 = x1, y1, x0, y0
            if y1 < row or y0 >= row + rows or min(x0, x1) >= column + columns or y0 == y1:
                continue
            first = max(0, math.ceil(y0 - 0.5) - row)
            last = min(rows, math.ceil(y1 - 0.5) - row)
            slope = (x1 - x0) / (y1 - y0)
            for i in range(first, last):
                at = x0 + (i + row + 0.5 - y0) * slope - column
                j = max(0, math.ceil(min(at, columns + 1.0) - 0.5))
                if j < columns:
                    mask[i, j] ^= 1
    for i in range(rows):
        inside = 0
        for j in range(columns):
            inside ^= mask[i, j]
            mask[i, j] = inside
