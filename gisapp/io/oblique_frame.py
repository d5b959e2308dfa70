"""A frame that looks to the side, laid on the ground by its own perspective.

Options of its source beside those of `thermal_frame`, in place of affine: origin ("x,y") and
projection (nine numbers, row by row): (x - x0, y - y0, 1) -> (u w, v w, w), where u, v are column
and row of a picture of `picture` columns and rows and w > 0 lies before the camera; and corners
("x,y x,y …") of what it shows.
The ground is a plane there: where it is not, things lie off as they would on any laid-out picture.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from gisapp.io.frame_options import frame_parameters, not_placed, number_of
from gisapp.io.raster_statistics import RasterStatistics, statistics_of
from gisapp.model.bilinear import bilinear
from gisapp.model.crs import transform
from gisapp.model.geometry import Extent, PixelGrid, Point, Size
from gisapp.model.progress import Progress
from gisapp.model.thermal_image import Celsius, ThermalImage

STEP = 16  # pixels between places that are transformed exactly; between them it is a matter of mm
Reals = npt.NDArray[np.float64]


class ObliqueFrame:
    """As `gisapp.render.request.Raster` asks for it; for any thread."""

    is_picture = False
    unit = "°C"

    def __init__(self, image: ThermalImage, options: Mapping[str, str], name: str) -> None:
        """Raises ReadError when the options do not say where it lies."""
        self.image, self.crs = image, options.get("crs", "")
        self.parameters = frame_parameters(image.parameters, options)
        self.decoding = image.decoding_at(self.parameters)
        origin, matrix = _numbers(options, "origin", 2), _numbers(options, "projection", 9)
        ring, picture = _numbers(options, "corners", 8), _numbers(options, "picture", 2)
        if origin is None or matrix is None or ring is None or picture is None or not self.crs:
            raise not_placed(name)
        shrink = np.array([image.size.width, image.size.height]) / np.maximum(picture, 1)
        self._origin, self._matrix = origin, matrix.reshape(3, 3) * [[shrink[0]], [shrink[1]], [1]]
        self.corners: Reals = ring.reshape(4, 2)  # as of a flight: from the upper left, clockwise
        offset = number_of(options, "offset_c") or 0.0
        self._cells = image.celsius(self.parameters) + np.float32(offset)
        self._smooth = options.get("resampling", "nearest") == "bilinear"

    @property
    def size(self) -> Size:
        return self.image.size

    @property
    def cell(self) -> float:
        """The side of a square as large as a cell in the middle of what it shows."""
        x, y = self.corners[:, 0], self.corners[:, 1]
        area = 0.5 * abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))))
        return math.sqrt(max(area, 1e-9) / (self.size.width * self.size.height))

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.decoding.notes if self.decoding.is_relative else ()

    @property
    def extent(self) -> Extent:
        left, bottom = self.corners.min(axis=0).tolist()
        right, top = self.corners.max(axis=0).tolist()
        return Extent(left, bottom, right, top)

    def values(self, grid: PixelGrid, progress: Progress) -> Celsius:
        """°C, height x width, NaN beside the frame."""
        progress.report(0.0)
        x, y = _places(grid, self.crs)
        return self._at(x, y).reshape(grid.size.height, grid.size.width)

    def colours(self, grid: PixelGrid, progress: Progress) -> npt.NDArray[np.uint8]:
        """Nothing: temperatures are no colours."""
        return np.zeros((grid.size.height, grid.size.width, 4), np.uint8)

    def value_at(self, point: Point, crs: str) -> float | None:
        """°C of the cell under a place; None outside and where there is none."""
        (place,) = transform(np.array([point], np.float64), crs, self.crs)
        value = float(self._at(place[:1], place[1:])[0])
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

    def _at(self, x: Reals, y: Reals) -> Celsius:
        m = self._matrix
        east, north = x - self._origin[0], y - self._origin[1]
        across, down, ahead = (m[k, 0] * east + m[k, 1] * north + m[k, 2] for k in range(3))
        with np.errstate(divide="ignore", invalid="ignore"):
            u, v = across / ahead, down / ahead
            seen = (ahead > 0) & (u >= 0) & (u < self.size.width) & (v >= 0)
            seen &= v < self.size.height
        out = np.full(len(x), np.nan, np.float32)
        if self._smooth:
            out[seen] = bilinear(self._cells, u[seen], v[seen])
        else:
            out[seen] = self._cells[v[seen].astype(np.intp), u[seen].astype(np.intp)]
        return out


def _numbers(options: Mapping[str, str], name: str, count: int) -> Reals | None:
    try:
        found = np.array(options.get(name, "").replace(",", " ").split(), np.float64)
    except ValueError:
        return None
    return found if len(found) == count and np.isfinite(found).all() else None


def _places(grid: PixelGrid, crs: str) -> tuple[Reals, Reals]:
    """The middle of each pixel, in another system: rows one after another."""
    width, height = grid.size.width, grid.size.height
    step = 1 if grid.crs == crs else STEP
    across = np.arange(-(-(width - 1) // step) + 1) * step + 0.5
    down = np.arange(-(-(height - 1) // step) + 1) * step + 0.5
    c, r = np.meshgrid(across, down)
    places = np.stack(
        (
            grid.origin.x + c * grid.across[0] + r * grid.down[0],
            grid.origin.y + c * grid.across[1] + r * grid.down[1],
        ),
        axis=-1,
    ).reshape(-1, 2)
    if step == 1:
        return places[:, 0], places[:, 1]
    nodes = transform(places, grid.crs, crs).reshape(len(down), len(across), 2)
    c, r = np.meshgrid(np.arange(width) / step + 0.5, np.arange(height) / step + 0.5)
    x, y = (
        bilinear(np.ascontiguousarray(nodes[:, :, k]), c.ravel(), r.ravel()).astype(np.float64)
        for k in range(2)
    )
    return x, y
