"""One frame of a thermal camera as a layer: its temperatures laid where a flight placed it.

Options of its source, as text: affine ("a,b,c,d,e,f": column and row of the sensor, from the corner
of a cell, to x and y), crs, offset_c (added to each temperature), and emissivity, reflected, air,
humidity (0 to 1) and distance where they differ from the file's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from affine import Affine

from gisapp.io.frame_options import frame_parameters, not_placed, number_of, placed_image
from gisapp.io.grid_warp import placement
from gisapp.io.oblique_frame import ObliqueFrame
from gisapp.io.raster_bands import Image
from gisapp.io.raster_statistics import RasterStatistics, statistics_of
from gisapp.io.raster_warp import RESAMPLINGS, Piece, Resampling
from gisapp.model.crs import transform_point
from gisapp.model.geometry import Extent, PixelGrid, Point, Size
from gisapp.model.progress import Progress
from gisapp.model.thermal_image import Celsius, ThermalImage


class FrameRaster:
    """As `gisapp.render.request.Raster` asks for it; for any thread."""

    is_picture = False
    unit = "°C"

    def __init__(self, image: ThermalImage, options: Mapping[str, str], name: str) -> None:
        self.image, self.crs = image, options.get("crs", "")
        self.parameters = frame_parameters(image.parameters, options)
        self.decoding = image.decoding_at(self.parameters)
        self._to_map = _affine(options, name)
        self._to_frame = ~self._to_map
        offset = number_of(options, "offset_c") or 0.0
        self._cells = image.celsius(self.parameters) + np.float32(offset)
        how = options.get("resampling", "nearest")
        self.resampling: Resampling = how if how in RESAMPLINGS else "nearest"

    @property
    def size(self) -> Size:
        return self.image.size

    @property
    def to_map(self) -> Affine:
        """From columns and rows of the sensor to the map."""
        return self._to_map

    @property
    def corners(self) -> npt.NDArray[np.float64]:
        """Of the sensor on the map: upper left, upper right, lower right, lower left, 4 x 2."""
        width, height = self.size
        edges = ((0, 0), (width, 0), (width, height), (0, height))
        return np.array([self._to_map * edge for edge in edges], np.float64)

    @property
    def cell(self) -> float:
        """The side of a square as large as a cell on the map."""
        return math.sqrt(abs(self._to_map.determinant))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What must be known before its numbers are used."""
        return self.decoding.notes if self.decoding.is_relative else ()

    @property
    def extent(self) -> Extent:
        width, height = self.size
        corners = [self._to_map * (c, r) for c in (0, width) for r in (0, height)]
        x, y = zip(*corners, strict=True)
        return Extent(min(x), min(y), max(x), max(y))

    def values(self, grid: PixelGrid, progress: Progress) -> Celsius:
        """°C, height x width, NaN beside the frame."""
        out = np.full((grid.size.height, grid.size.width), np.nan, np.float32)
        place = placement(grid, self._to_frame, self.crs, self.extent)
        width, height = self.size
        Piece(self._cells, 0.0, 0.0, (1.0, 1.0), (float(width), float(height))).warp(
            place, out, self.resampling, progress
        )
        return out

    def colours(self, grid: PixelGrid, progress: Progress) -> Image:
        """Nothing: temperatures are no colours."""
        return np.zeros((grid.size.height, grid.size.width, 4), np.uint8)

    def value_at(self, point: Point, crs: str) -> float | None:
        """°C of the cell under a place; None outside and where there is none."""
        x, y = transform_point(point, crs, self.crs)
        if not (math.isfinite(x) and math.isfinite(y)):
            return None
        column, row = self._to_frame * (x, y)
        width, height = self.size
        if not (0 <= column < width and 0 <= row < height):
            return None
        value = float(self._cells[int(row), int(column)])
        return value if math.isfinite(value) else None

    def statistics(self, progress: Progress) -> RasterStatistics | None:
        """Of all cells; None when none has a temperature."""
        progress.report(0.0)
        return statistics_of(self._cells)

    def sample(self, progress: Progress) -> Celsius:
        """All cells."""
        progress.report(0.0)
        return self._cells.copy()

    def close(self) -> None:
        """Nothing is held open."""


def open_source(
    path: Path, options: Mapping[str, str], progress: Progress
) -> FrameRaster | ObliqueFrame:
    """A placed frame, in the form all readers of layers have. Raises ReadError."""
    progress.report(0.0)
    image, name = placed_image(path, options), Path(path).name
    if "projection" in options:
        return ObliqueFrame(image, options, name)
    return FrameRaster(image, options, name)


def _affine(options: Mapping[str, str], name: str) -> Affine:
    try:
        numbers = [float(text) for text in options.get("affine", "").split(",")]
        found = Affine(*numbers[:6]) if len(numbers) == 6 else None
    except (ValueError, TypeError):
        found = None
    if found is None or not all(map(math.isfinite, found)) or not found.determinant:
        raise not_placed(name)
    if not options.get("crs"):
        raise not_placed(name)
    return found
