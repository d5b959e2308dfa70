"""One block of a mosaic from the frames that see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gisapp.analysis.flight_drift import bilinear
from gisapp.analysis.flight_geometry import Floats, Heights, projection
from gisapp.analysis.flight_ties import Celsius
from gisapp.model.frame import Lens, Pose

Line = npt.NDArray[np.floating]
Bounds = tuple[float, float, float, float]  # west, south, east, north

FEATHER = 0.04  # of the frame's half diagonal: how wide the seam between two frames is blended
_LIMIT = 8.0  # seams: a frame whose centre is this many feathers farther counts nothing


@dataclass(frozen=True, slots=True)
class Grid:
    """A north-up grid: upper left corner, metres a cell, columns and rows."""

    west: float
    north: float
    cell: float
    columns: int
    rows: int

    def block(self, row: int, column: int, size: int) -> Grid:
        """The block of at most size x size cells whose upper left cell is given."""
        return Grid(
            self.west + column * self.cell,
            self.north - row * self.cell,
            self.cell,
            min(size, self.columns - column),
            min(size, self.rows - row),
        )


def blend_block(
    grid: Grid,
    lens: Lens,
    frames: Iterable[tuple[Celsius, Pose, float, Bounds]],
    heights: Heights | None = None,
    *,
    feather: float = FEATHER,
) -> Celsius:
    """°C of each cell, rows x columns; NaN where no frame sees it.

    `frames` are (temperatures, pose, offset to add, extent of the footprint); they are asked for
    one by one and not kept. Each cell takes the frame whose centre is nearest, because lenses see
    worst at their edges. Only along the seams values of several frames are mixed, with weights
    exp(-(r - r_nearest) / feather) of their distances r from the centres in half diagonals; a
    weighted mean never leaves the range of what was measured.
    """
    shape = grid.rows, grid.columns
    nearest = np.full(shape, np.inf, np.float32)
    total, weights = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    x = grid.west + (np.arange(grid.columns) + 0.5) * grid.cell
    y = grid.north - (np.arange(grid.rows) + 0.5) * grid.cell
    level = _levels(x, y, heights)
    for celsius, pose, offset, extent in frames:
        part = _part(grid, extent)
        if part is None:
            continue
        rows, columns = part
        z = None if level is None else level[rows, columns]
        seen, radius = _sampled(lens, pose, celsius, x[columns], y[rows], z)
        good = np.isfinite(seen)
        if not good.any():
            continue
        before = nearest[rows, columns]
        radius = np.where(good, radius, np.inf).astype(np.float32)
        now = np.minimum(before, radius)
        with np.errstate(invalid="ignore"):
            kept = np.where(np.isfinite(before), _weight(before - now, feather), 0.0)
            added = np.where(good, _weight(radius - now, feather), 0.0)
        total[rows, columns] = total[rows, columns] * kept + np.where(
            good, added * (seen + offset), 0.0
        )
        weights[rows, columns] = weights[rows, columns] * kept + added
        nearest[rows, columns] = now
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weights > 0, total / weights, np.nan).astype(np.float32)


def _weight(farther: npt.NDArray[np.float32], feather: float) -> npt.NDArray[np.float32]:
    behind = farther / np.float32(max(feather, 1e-6))
    return np.where(behind < _LIMIT, np.exp(-np.minimum(behind, _LIMIT)), 0.0).astype(np.float32)


def _levels(x: Line, y: Line, heights: Heights | None) -> Floats | None:
    if heights is None:
        return None
    grid_x, grid_y = np.meshgrid(x, y)
    return heights(grid_x.ravel().astype(float), grid_y.ravel().astype(float)).reshape(grid_x.shape)


def _part(grid: Grid, extent: Bounds) -> tuple[slice, slice] | None:
    """Rows and columns of the block within the extent of a footprint."""
    west, south, east, north = extent
    left = int(np.floor((west - grid.west) / grid.cell)) - 1
    right = int(np.ceil((east - grid.west) / grid.cell)) + 1
    top = int(np.floor((grid.north - north) / grid.cell)) - 1
    bottom = int(np.ceil((grid.north - south) / grid.cell)) + 1
    rows = slice(max(top, 0), min(bottom, grid.rows))
    columns = slice(max(left, 0), min(right, grid.columns))
    return (rows, columns) if rows.start < rows.stop and columns.start < columns.stop else None


def _sampled(
    lens: Lens, pose: Pose, celsius: Celsius, x: Line, y: Line, z: Floats | None
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Temperature and distance from the centre (half diagonals) at each cell of x by y."""
    matrix = projection(lens, pose)
    parts = [
        matrix[k, 0] * x[None, :] + (matrix[k, 1] * y[:, None] + matrix[k, 3]) for k in range(3)
    ]
    if z is not None:
        parts = [part + matrix[k, 2] * z for k, part in enumerate(parts)]
    front = parts[2] > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        u = np.where(front, parts[0] / parts[2], -1.0)
        v = np.where(front, parts[1] / parts[2], -1.0)
    pixels = np.stack((u.ravel(), v.ravel()), axis=1)
    seen = bilinear(celsius, pixels).reshape(u.shape).astype(np.float32)
    radius = np.hypot(u - lens.columns / 2, v - lens.rows / 2) / np.hypot(
        lens.columns / 2, lens.rows / 2
    )
    return seen, radius.astype(np.float32)
