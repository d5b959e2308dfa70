"""Values between the cells of a grid."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def bilinear(values: npt.NDArray[np.floating[Any]], columns: Floats, rows: Floats) -> Floats:
    """Values of a grid at n places in cells from its corner: the first centre is (0.5, 0.5).

    NaN outside the outermost centres and next to NaN.
    """
    height, width = values.shape
    u, v = np.asarray(columns) - 0.5, np.asarray(rows) - 0.5
    with np.errstate(invalid="ignore"):
        good = (u >= 0) & (v >= 0) & (u <= width - 1) & (v <= height - 1)
    u, v = np.where(good, u, 0.0), np.where(good, v, 0.0)
    left = np.clip(u.astype(np.intp), 0, max(width - 2, 0))
    top = np.clip(v.astype(np.intp), 0, max(height - 2, 0))
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    a, b = u - left, v - top
    upper = (1 - a) * values[top, left] + a * values[top, right]
    lower = (1 - a) * values[bottom, left] + a * values[bottom, right]
    return np.where(good, (1 - b) * upper + b * lower, np.nan)
