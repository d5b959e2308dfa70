"""Where each pixel of a picture lies in a raster file.

Exact positions are computed every STEP pixels and interpolated between; transforming every pixel
would cost a thousand times as much. Between the nodes the error is measured, and where it is more
than TOLERANCE of a pixel, or the map ends somewhere in between, the nodes move closer together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from affine import Affine

from gisapp.model.crs import transform
from gisapp.model.geometry import Extent, PixelGrid, Size

STEP = 64
TOLERANCE = 0.05  # pixels of the picture
NEAR = 1e-7  # pixel: what lies on the line between two cells belongs to the same one in each tile
Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Placement:
    """Columns and rows in the file (its cells, the first from 0 to 1) of the nodes of a grid.

    Node (r, c) lies under the middle of pixel (r * step, c * step); the last ones lie beyond the
    picture. NaN where the place cannot be reached. `shrink`: cells of the file for one pixel,
    along the finer direction, and the same for all tiles of one picture.
    """

    size: Size
    columns: Reals
    rows: Reals
    step: int
    shrink: float

    @property
    def window(self) -> tuple[float, float, float, float] | None:
        """left, top, right, bottom of what is needed, in cells of the file; None for nothing."""
        known = np.isfinite(self.columns) & np.isfinite(self.rows)
        if not known.any():
            return None
        columns, rows = self.columns[known], self.rows[known]
        return float(columns.min()), float(rows.min()), float(columns.max()), float(rows.max())


def placement(
    grid: PixelGrid, to_file: Affine, file_crs: str, whole: Extent | None = None
) -> Placement:
    """`to_file` takes coordinates in `file_crs` to columns and rows of the file.

    `whole`: the extent of the file; the scale is that in its middle, unless it is another here.
    """
    step = STEP
    while True:
        columns, rows = _nodes(grid, to_file, file_crs, step)
        if grid.crs == file_crs:
            return Placement(grid.size, columns, rows, step, even_shrink(grid, to_file))
        here = _local_shrink(columns, rows, step)
        if step == 1:
            break
        if _error(grid, to_file, file_crs, step, columns, rows) <= TOLERANCE * here:
            break
        step //= 2
    shrink = None
    if whole is not None:
        shrink = _shrink_at_middle(grid.across, grid.down, grid.crs, to_file, file_crs, whole)
    if shrink is None or not 0.5 < here / shrink < 2:
        shrink = here
    return Placement(grid.size, columns, rows, step, shrink)


def _nodes(grid: PixelGrid, to_file: Affine, file_crs: str, step: int) -> tuple[Reals, Reals]:
    """So many that the last pixel lies between two of them."""
    across: Reals = np.arange((grid.size.width - 1) // step + 2) * step + np.float64(0.5)
    down: Reals = np.arange((grid.size.height - 1) // step + 2) * step + np.float64(0.5)
    return _in_file(grid, to_file, file_crs, across, down)


def _in_file(
    grid: PixelGrid, to_file: Affine, file_crs: str, across: Reals, down: Reals
) -> tuple[Reals, Reals]:
    """Columns and rows of the file at columns and rows of the picture."""
    c, r = np.meshgrid(across + NEAR, down + NEAR)
    x = grid.origin.x + c * grid.across[0] + r * grid.down[0]
    y = grid.origin.y + c * grid.across[1] + r * grid.down[1]
    if grid.crs != file_crs:
        points = transform(np.column_stack([x.ravel(), y.ravel()]), grid.crs, file_crs)
        x, y = points[:, 0].reshape(x.shape), points[:, 1].reshape(x.shape)
    return (
        np.ascontiguousarray(to_file.a * x + to_file.b * y + to_file.c),
        np.ascontiguousarray(to_file.d * x + to_file.e * y + to_file.f),
    )


def _error(
    grid: PixelGrid, to_file: Affine, file_crs: str, step: int, columns: Reals, rows: Reals
) -> float:
    """How far the middles of some meshes are from where they are interpolated to, in cells.

    Every second mesh along both axes is looked at, and the last ones; infinite where the map
    ends inside a mesh.
    """
    known = np.isfinite(columns) & np.isfinite(rows)
    corners = known[:-1, :-1].astype(int) + known[1:, :-1] + known[:-1, 1:] + known[1:, 1:]
    if ((corners > 0) & (corners < 4)).any():
        return float("inf")
    picked: list[Any] = []
    for count in columns.shape:
        every = np.arange(0, count - 1, 2)
        picked.append(np.unique(np.append(every, count - 2)))
    down, across = picked
    middles: Any = ((n + 0.5) * step + 0.5 for n in (across, down))
    exact = _in_file(grid, to_file, file_crs, *middles)
    between = []
    for nodes in (columns, rows):
        mean = (nodes[:-1, :-1] + nodes[1:, :-1] + nodes[:-1, 1:] + nodes[1:, 1:]) / 4
        between.append(mean[np.ix_(down, across)])
    away = np.hypot(exact[0] - between[0], exact[1] - between[1])
    worst = away[np.isfinite(between[0])]
    if not len(worst):
        return 0.0
    return float(np.where(np.isfinite(worst), worst, np.inf).max())


def even_shrink(grid: PixelGrid, to_file: Affine) -> float:
    """Where both have one system: the same everywhere."""
    return min(
        math.hypot(to_file.a * x + to_file.b * y, to_file.d * x + to_file.e * y)
        for x, y in (grid.across, grid.down)
    )


def _local_shrink(columns: Reals, rows: Reals, step: int) -> float:
    lengths = []
    for axis in (0, 1):
        dx, dy = np.diff(columns, axis=axis), np.diff(rows, axis=axis)
        known = np.hypot(dx, dy)[np.isfinite(dx + dy)]
        if len(known):
            lengths.append(float(np.median(known)) / step)
    return min(lengths, default=1.0)


@lru_cache(maxsize=64)
def _shrink_at_middle(
    right: tuple[float, float],
    down: tuple[float, float],
    crs: str,
    to_file: Affine,
    file_crs: str,
    whole: Extent,
) -> float | None:
    """Cells for one pixel where the middle of the file lies on the map."""
    x, y = transform(np.array([whole.center]), file_crs, crs)[0]
    steps = np.array([(0.0, 0.0), right, down])
    points = transform(np.array([x, y]) + steps, crs, file_crs)
    columns = to_file.a * points[:, 0] + to_file.b * points[:, 1]
    rows = to_file.d * points[:, 0] + to_file.e * points[:, 1]
    lengths: Any = np.hypot(columns[1:] - columns[0], rows[1:] - rows[0])
    shrink = float(lengths.min())
    return shrink if np.isfinite(shrink) and shrink > 0 else None
