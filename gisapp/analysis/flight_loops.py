"""The inner loop of a mosaic, compiled: it lets other threads run.

Nothing here is needed; without it `gisapp.analysis.flight_mosaic` does the same with arrays, more
slowly. It is brought in by whoever makes a mosaic, never while a window waits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from threading import Lock
from typing import Any

import numpy as np

Loop = Callable[..., Any]

LIMIT = 10.0  # seams: a frame whose centre is this many feathers farther counts nothing
_loaded: Loop | None = None
_bringing = Lock()


def load() -> Loop:
    """Compile the loop, or take it from the compiler's cache. Called on a worker."""
    global _loaded
    with _bringing:
        if _loaded is None:
            import numba

            values = numba.types.Array(numba.types.float32, 2, "C", readonly=True)
            line = numba.types.Array(numba.types.float64, 1, "C", readonly=True)
            matrix = numba.types.Array(numba.types.float64, 2, "C", readonly=True)
            level = numba.types.Array(numba.types.float64, 2, "A", readonly=True)
            whole, real = numba.types.int64, numba.types.float64
            sums = numba.types.Array(numba.types.float32, 2, "C")
            signature = numba.types.void(
                values, matrix, line, line, level, real, real,
                whole, whole, whole, whole, sums, sums, sums,
            )  # fmt: skip
            ready = numba.njit(signature, cache=True, nogil=True, error_model="numpy")
            _loaded = ready(lay_frame)
        return _loaded


def lay_frame(
    celsius: Any,
    matrix: Any,
    x: Any,
    y: Any,
    level: Any,
    offset: float,
    feather: float,
    top: int,
    bottom: int,
    left: int,
    right: int,
    nearest: Any,
    total: Any,
    weights: Any,
) -> None:
    """Lay one frame into the sums of a block, from cell to cell; see `blend_block` for the rule.

    `matrix` is the 3 x 4 projection; `x` and `y` are the middles of columns and rows of the block,
    `level` the heights below them (0 x 0: flat); rows `top` to `bottom` and columns `left` to
    `right` are looked at.
    """
    rows, columns = celsius.shape
    flat = level.shape[0] == 0
    half = math.hypot(columns / 2.0, rows / 2.0)
    behind_most = LIMIT * feather
    for r in range(top, bottom):
        along_u = matrix[0, 1] * y[r] + matrix[0, 3]
        along_v = matrix[1, 1] * y[r] + matrix[1, 3]
        ahead_y = matrix[2, 1] * y[r] + matrix[2, 3]
        for c in range(left, right):
            z = 0.0 if flat else level[r, c]
            ahead = matrix[2, 0] * x[c] + matrix[2, 2] * z + ahead_y
            if not ahead > 0.0:
                continue
            inverse = 1.0 / ahead
            u = (matrix[0, 0] * x[c] + matrix[0, 2] * z + along_u) * inverse
            v = (matrix[1, 0] * x[c] + matrix[1, 2] * z + along_v) * inverse
            if not (u >= 0.5 and v >= 0.5 and u <= columns - 0.5 and v <= rows - 0.5):
                continue
            du, dv = u - columns / 2.0, v - rows / 2.0
            radius = math.sqrt(du * du + dv * dv) / half
            was = nearest[r, c]
            if radius - was >= behind_most:
                continue
            u -= 0.5
            v -= 0.5
            i, j = min(int(u), columns - 2), min(int(v), rows - 2)
            a, b = u - i, v - j
            upper = celsius[j, i] + a * (celsius[j, i + 1] - celsius[j, i])
            lower = celsius[j + 1, i] + a * (celsius[j + 1, i + 1] - celsius[j + 1, i])
            seen = upper + b * (lower - upper)
            if not math.isfinite(seen):
                continue
            seen += offset
            if radius < was:
                behind = (was - radius) / feather
                kept = math.exp(-behind) if behind < LIMIT else 0.0
                total[r, c] = total[r, c] * kept + seen
                weights[r, c] = weights[r, c] * kept + 1.0
                nearest[r, c] = radius
            else:
                added = math.exp(-(radius - was) / feather)
                total[r, c] += added * seen
                weights[r, c] += added


NO_LEVEL = np.zeros((0, 0))
