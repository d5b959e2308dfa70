"""Where temperatures come from: a mosaic that is read in windows, or one frame in memory."""

from __future__ import annotations

import threading
import warnings
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine
from shapely.affinity import affine_transform

from .compiled_blocks import compiled

Grid = npt.NDArray[np.float32]


class Pixels(Protocol):
    """to_map: column, row of a corner to x, y. pixel_m: metres along one side of a pixel."""

    @property
    def rows(self) -> int: ...
    @property
    def columns(self) -> int: ...
    @property
    def to_map(self) -> Affine: ...
    @property
    def pixel_m(self) -> float: ...
    def read(self, row: int, column: int, rows: int, columns: int) -> Grid:
        """A window in °C, NaN where nothing is known. From any thread."""


@dataclass(frozen=True, eq=False)
class ArrayPixels:
    """A frame, rows x columns in °C."""

    celsius: Grid
    to_map: Affine
    pixel_m: float

    @property
    def rows(self) -> int:
        return int(self.celsius.shape[0])

    @property
    def columns(self) -> int:
        return int(self.celsius.shape[1])

    def read(self, row: int, column: int, rows: int, columns: int) -> Grid:
        return self.celsius[row : row + rows, column : column + columns]


class WaterMask:
    """Water as pixels, window by window, of an area on the map. From any thread.

    area: in columns and minus rows, so that no window of it looks like one without a place.
    """

    def __init__(self, area: Any, to_map: Affine) -> None:
        """area: a shapely area in the system that `to_map` leads to."""
        inverse = ~to_map
        self.area = affine_transform(
            area, [inverse.a, inverse.b, -inverse.d, -inverse.e, inverse.c, -inverse.f]
        )
        rings = shapely.get_rings(shapely.get_parts(shapely.get_parts(self.area)))
        self._places = np.ascontiguousarray(shapely.get_coordinates(rings))
        self._starts = np.r_[0, np.cumsum(shapely.get_num_coordinates(rings))].astype(np.int64)
        # An area is prepared when it is first asked about, which two threads must not do at once.
        self._asking = threading.Lock()
        shapely.prepare(self.area)

    def touches(self, row: int, column: int, rows: int, columns: int) -> bool:
        """Whether there may be water in a window."""
        with self._asking:
            return bool(shapely.intersects(self.area, _box(row, column, rows, columns)))

    def window(
        self, row: int, column: int, rows: int, columns: int
    ) -> npt.NDArray[np.uint8] | None:
        """1 in the water, 0 beside; None where there is no water at all."""
        box = _box(row, column, rows, columns)
        with self._asking:
            if not shapely.intersects(self.area, box):
                return None
            if shapely.contains_properly(self.area, box):
                return np.ones((rows, columns), np.uint8)
        loops = compiled()
        if loops is None:
            mask = self._drawn(row, column, rows, columns)
        else:
            mask = np.zeros((rows, columns), np.uint8)
            loops[3](self._places, self._starts, row, column, mask)
        return mask if mask.any() else None

    def _drawn(self, row: int, column: int, rows: int, columns: int) -> npt.NDArray[np.uint8]:
        """The mask as the library draws it."""
        from rasterio.features import rasterize

        left, top = column, -row
        part = shapely.clip_by_rect(
            self.area, left - 2, top - rows - 2, left + columns + 2, top + 2
        )
        if part.is_empty or part.area <= 0:
            return np.zeros((rows, columns), np.uint8)
        quiet_about_places()
        place = Affine(1, 0, left, 0, -1, top)
        return np.asarray(
            rasterize([(part, 1)], (rows, columns), transform=place, dtype="uint8"), np.uint8
        )


def quiet_about_places() -> None:
    """A mask has no place of its own. Filters are of the whole process: set once, not by turns."""
    from rasterio.errors import NotGeoreferencedWarning

    if not any(f[0] == "ignore" and f[2] is NotGeoreferencedWarning for f in warnings.filters):
        warnings.filterwarnings("ignore", category=NotGeoreferencedWarning, append=False)


def _box(row: int, column: int, rows: int, columns: int) -> Any:
    return shapely.box(column, -row - rows, column + columns, -row)
