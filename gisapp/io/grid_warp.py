"""Where each pixel of a picture lies in a raster file.

Exact positions are computed every STEP pixels and interpolated between, which is wrong by far less
than a pixel at map scales; transforming every pixel would cost a hundred times as much.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from affine import Affine

from gisapp.model.crs import transform
from gisapp.model.geometry import PixelGrid, Size
from gisapp.model.progress import Progress

STEP = 16
ROWS = 4 * STEP
Reals = npt.NDArray[np.floating[Any]]
Singles = npt.NDArray[np.float32]
Strip = tuple[int, Singles, Singles]  # first row of the picture, columns and rows in the piece


@dataclass(frozen=True, eq=False)
class Placement:
    """Columns and rows in the file (in its pixels, centres at .5) of the nodes of a coarse grid.

    When `straight`, columns depend only on x and rows only on y, and both arrays are
    one-dimensional and hold a value for each pixel.
    """

    size: Size
    columns: Reals
    rows: Reals
    straight: bool

    @property
    def window(self) -> tuple[float, float, float, float] | None:
        """left, top, right, bottom of what is needed, in pixels of the file; None for nothing."""
        columns, rows = self.columns, self.rows
        if not (np.isfinite(columns).any() and np.isfinite(rows).any()):
            return None
        return (
            float(np.nanmin(columns)),
            float(np.nanmin(rows)),
            float(np.nanmax(columns)),
            float(np.nanmax(rows)),
        )

    @property
    def shrink(self) -> float:
        """Pixels of the file for one of the picture, along the finer direction."""
        if self.straight:
            steps = [np.abs(np.diff(a)).mean() for a in (self.columns, self.rows) if len(a) > 1]
            return float(min(steps, default=1.0))
        lengths = []
        for axis in (0, 1):
            if self.columns.shape[axis] > 1:
                dx, dy = np.diff(self.columns, axis=axis), np.diff(self.rows, axis=axis)
                known = np.hypot(dx, dy)[np.isfinite(dx + dy)]
                if len(known):
                    lengths.append(float(np.median(known)) / STEP)
        return min(lengths, default=1.0)

    def strips(self, left: float, top: float, every: float) -> Iterator[Strip]:
        """Positions for each pixel in a piece of the file that begins at `left`, `top` and holds
        every `every`th cell; some rows of the picture at a time, so that they fit the cache."""
        columns = ((self.columns - left) / every).astype(np.float32)
        rows = ((self.rows - top) / every).astype(np.float32)
        width, height = self.size
        if self.straight:
            for first in range(0, height, ROWS):
                yield first, columns[None, :], rows[first : first + ROWS, None]
            return
        wide_columns, wide_rows = _across(columns, width), _across(rows, width)
        for first in range(0, height, ROWS):
            node, count = first // STEP, min(ROWS, height - first)
            yield first, _down(wide_columns, node)[:count], _down(wide_rows, node)[:count]


def _across(nodes: Singles, width: int) -> Singles:
    """Each row of nodes interpolated to the width of the picture."""
    x = (np.arange(width) / STEP).astype(np.float32)
    left = np.minimum(x.astype(np.int64), nodes.shape[1] - 2)
    wide = nodes[:, left]
    return np.asarray(wide + (nodes[:, left + 1] - wide) * (x - left).astype(np.float32))


def _down(wide: Singles, node: int) -> Singles:
    """The picture's rows of the strip that begins at a row of nodes."""
    some = wide[node : node + ROWS // STEP + 1]
    share = (np.arange(STEP) / STEP).astype(np.float32)[None, :, None]
    between = some[:-1, None] + (some[1:] - some[:-1])[:, None] * share
    return np.asarray(between.reshape(-1, wide.shape[1]))


def placement(grid: PixelGrid, to_file: Affine, file_crs: str) -> Placement:
    """`to_file` takes coordinates in `file_crs` to columns and rows of the file."""
    size, (x0, y0) = grid.size, grid.origin
    if grid.crs == file_crs and grid.is_upright and to_file.b == to_file.d == 0:
        x = x0 + (np.arange(size.width) + 0.5) * grid.across[0]
        y = y0 + (np.arange(size.height) + 0.5) * grid.down[1]
        return Placement(size, to_file.a * x + to_file.c, to_file.e * y + to_file.f, True)
    columns, rows = np.meshgrid(
        np.arange(_nodes(size.width)) * STEP + 0.5, np.arange(_nodes(size.height)) * STEP + 0.5
    )
    x = x0 + columns * grid.across[0] + rows * grid.down[0]
    y = y0 + columns * grid.across[1] + rows * grid.down[1]
    points = transform(np.column_stack([x.ravel(), y.ravel()]), grid.crs, file_crs)
    at_x, at_y = points[:, 0].reshape(x.shape), points[:, 1].reshape(x.shape)
    return Placement(
        size,
        to_file.a * at_x + to_file.b * at_y + to_file.c,
        to_file.d * at_x + to_file.e * at_y + to_file.f,
        False,
    )


def _nodes(pixels: int) -> int:
    """So many that the last pixel lies between two of them."""
    return (pixels - 1) // STEP + 2


@dataclass(frozen=True, eq=False)
class Piece:
    """Cells read from a file: every `every`th, beginning at column `left` and row `top`."""

    cells: npt.NDArray[Any]
    left: int
    top: int
    every: int
    file: Size

    def warp(
        self, place: Placement, out: npt.NDArray[Any], smooth: bool, progress: Progress
    ) -> None:
        """Fill the picture where it lies on the file; the rest stays as it is."""
        for first, columns, rows in place.strips(self.left, self.top, self.every):
            progress.report(0.7 + 0.3 * first / place.size.height)
            self._nearest(columns, rows, out[first : first + ROWS])
            if smooth:
                self._blend(columns, rows, out[first : first + ROWS])

    def _nearest(self, columns: Any, rows: Any, out: npt.NDArray[Any]) -> None:
        height, width = self.cells.shape[:2]
        cells, target = self.cells, out
        if out.ndim == 3:  # four bytes are moved as one number
            cells, target = cells.view(np.uint32)[..., 0], out.view(np.uint32)[..., 0]
        column, inside_column = _cell(columns, width, (self.file.width - self.left) / self.every)
        row, inside_row = _cell(rows, height, (self.file.height - self.top) / self.every)
        np.copyto(
            target,
            np.take(np.ascontiguousarray(cells).ravel(), row * width + column, mode="clip"),
            where=inside_column & inside_row,
        )

    def _blend(self, columns: Any, rows: Any, out: npt.NDArray[Any]) -> None:
        """Bilinear, but not beside missing cells, so that edges stay where they are."""
        height, width = self.cells.shape
        x, y = columns - np.float32(0.5), rows - np.float32(0.5)
        left, top = np.floor(x), np.floor(y)
        share_x, share_y = x - left, y - top
        i, i1 = (_cell(np.clip(top + n, 0, height - 1), height, height)[0] for n in (0, 1))
        j, j1 = (_cell(np.clip(left + n, 0, width - 1), width, width)[0] for n in (0, 1))
        upper = self.cells[i, j] * (1 - share_x) + self.cells[i, j1] * share_x
        lower = self.cells[i1, j] * (1 - share_x) + self.cells[i1, j1] * share_x
        blend = upper * (1 - share_y) + lower * share_y
        np.copyto(out, blend, where=~(np.isnan(blend) | np.isnan(out)))


def _cell(
    positions: Any, count: int, end: float
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Number of the cell a position lies in, and whether it is on the file, which goes to `end`:
    what is left over behind the last whole cell looks like that one."""
    with np.errstate(invalid="ignore"):
        inside = (positions >= 0) & (positions < end)  # NaN: outside
    return np.minimum(np.where(inside, positions, 0).astype(np.int32), count - 1), inside
