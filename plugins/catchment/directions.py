"""Where the water of each cell goes: read from a raster of directions, or found from elevations.

Directions inside are steps: 0 to 7 clockwise from east, PIT where the water ends, NOTHING where
there is no land. Knows nothing of maps, files or windows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Steps = npt.NDArray[np.uint8]

PIT, NOTHING = 8, 255
ROWS = np.array([0, 1, 1, 1, 0, -1, -1, -1], np.int64)  # of a step, down is positive
COLUMNS = np.array([1, 1, 0, -1, -1, -1, 0, 1], np.int64)
_ESRI = (1, 2, 4, 8, 16, 32, 64, 128)  # east, then clockwise
_LDD = (6, 3, 2, 1, 4, 7, 8, 9)  # the keys of a number pad; 5 is a pit
SAMPLE = 1_000_000  # cells looked at to tell what a raster is


def kind_of(cells: npt.NDArray[np.float32]) -> str:
    """esri (D8 of 1, 2, 4 … 128), ldd (1 to 9) or elevation; cells are NaN where there is none."""
    flat = cells.ravel()
    sample = flat[:: max(1, flat.size // SAMPLE)]
    known = np.unique(sample[np.isfinite(sample)])
    if not len(known):
        return "elevation"
    if np.isin(known, (0, *_ESRI, 247, 255)).all() and (known > 9).any():
        return "esri"
    if np.isin(known, range(1, 10)).all() and (known == 5).any():
        return "ldd"
    return "elevation"


def from_codes(cells: npt.NDArray[np.float32], kind: str) -> Steps:
    """Steps from directions as they are written in files; whatever else is no land.

    A 0 (and 255 of MERIT Hydro for inland sinks) is a pit.
    """
    codes = _ESRI if kind == "esri" else _LDD
    pits = (0, 255) if kind == "esri" else (5,)
    table = np.full(257, NOTHING, np.uint8)
    for step, code in enumerate(codes):
        table[code] = step
    table[list(pits)] = PIT
    with np.errstate(invalid="ignore"):
        whole = np.where((cells >= 0) & (cells <= 255), cells, 256).astype(np.int16)
    return np.asarray(table[whole])


def from_elevation(cells: npt.NDArray[np.float32], *, degrees: bool, transform: Any) -> Steps:
    """Steepest way down after hollows are filled to their spill (Wang and Liu 2006), by pyflwdir.

    cells: metres, NaN where there is no land. transform: of the raster, for slopes in degrees.
    """
    from pyflwdir import from_dem

    known = np.isfinite(cells)
    if not known.any():
        return np.full(cells.shape, NOTHING, np.uint8)
    heights = np.where(known, cells, -9999.0).astype(np.float32)
    found = from_dem(heights, nodata=-9999.0, latlon=degrees, transform=transform)
    steps = from_codes(found.to_array("d8").astype(np.float32), "esri")
    steps[~known] = NOTHING
    return steps
