"""Cells of a raster as a picture shows them, where they lie in memory."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int32]


class SeenCells(NamedTuple):
    """Pixel (top + i, left + j) of a picture shows cells[rows[i], columns[j]].

    Columns and rows all rise or all fall. Do not write into any of it.
    """

    cells: npt.NDArray[Any]  # rows x columns of float32 (NaN: nothing), or x 4 bytes: RGBA
    rows: Whole
    columns: Whole
    top: int
    left: int
