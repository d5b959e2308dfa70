"""Synthetic terrain: noise that rain has worn down, so that valleys and rivers agree.

The surface is the implicit solution of the stream-power law with exponents m = 1/2, n = 1
(Braun and Willett 2013, doi:10.1016/j.geomorph.2012.10.008) on a square grid, started from
fractal noise whose hollows are filled by priority flood (Barnes et al. 2014,
doi:10.1016/j.cageo.2013.04.024). Start values are rounded and the rest is plain arithmetic and
square roots, so that every machine gets the same rivers.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy import ndimage

CELL_M = 60.0
COLUMNS, ROWS = 800, 600
WEST, NORTH = 480_000.0, 2_596_000.0
EAST, SOUTH = WEST + COLUMNS * CELL_M, NORTH - ROWS * CELL_M

# Where water leaves the area: (row, column, level in metres). The first is the main basin's.
OUTLETS = ((372, COLUMNS - 1, 11.0), (0, 640, 150.0), (ROWS - 1, 110, 165.0), (ROWS - 1, 560, 95.0))
STEPS = 60
TOP_M = 980.0


@dataclass(frozen=True)
class Terrain:
    """Elevation in metres, receiving cell (flat index) and upstream area in km2; row 0 is north."""

    elevation: np.ndarray
    receiver: np.ndarray
    area_km2: np.ndarray


def fractal_noise(
    rng: np.random.Generator,
    shape: tuple[int, int],
    octaves: tuple[tuple[float, float], ...],
    cells: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    """Sum of smooth random fields; each octave is (cell size in pixels, amplitude).

    With `cells` (rows, columns) only those are worked out, as one flat array.
    """
    total = np.zeros(shape if cells is None else cells[0].shape)
    for size, amplitude in octaves:
        rows, columns = int(shape[0] / size) + 4, int(shape[1] / size) + 4
        grid = rng.standard_normal((rows, columns))
        if cells is None:
            y, x = np.mgrid[0 : shape[0], 0 : shape[1]]
        else:
            y, x = cells
        at = (y / size + 1.0, x / size + 1.0)
        total += amplitude * ndimage.map_coordinates(grid, at, order=3, mode="reflect")
    return total


@njit(cache=False)
def _fill(z: np.ndarray, outlets: np.ndarray, step: np.ndarray) -> np.ndarray:
    rows, columns = z.shape
    filled = z.copy()
    done = np.zeros((rows, columns), dtype=np.bool_)
    heap = [(0.0, 0)]
    heap.pop()
    for outlet in outlets:
        done[outlet // columns, outlet % columns] = True
        heapq.heappush(heap, (filled[outlet // columns, outlet % columns], outlet))
    while len(heap) > 0:
        level, cell = heapq.heappop(heap)
        r, c = cell // columns, cell % columns
        for dr in range(-1, 2):
            for dc in range(-1, 2):
                i, j = r + dr, c + dc
                if i < 0 or j < 0 or i >= rows or j >= columns or done[i, j]:
                    continue
                done[i, j] = True
                filled[i, j] = max(filled[i, j], level + step[i, j])
                heapq.heappush(heap, (filled[i, j], i * columns + j))
    return filled


@njit(cache=False)
def _receivers(z: np.ndarray, outlets: np.ndarray) -> np.ndarray:
    rows, columns = z.shape
    receiver = np.empty(rows * columns, dtype=np.int64)
    diagonal = np.sqrt(2.0)
    for r in range(rows):
        for c in range(columns):
            best, to = 0.0, r * columns + c
            for dr in range(-1, 2):
                for dc in range(-1, 2):
                    i, j = r + dr, c + dc
                    if i < 0 or j < 0 or i >= rows or j >= columns:
                        continue
                    fall = z[r, c] - z[i, j]
                    if dr != 0 and dc != 0:
                        fall /= diagonal
                    if fall > best:
                        best, to = fall, i * columns + j
            receiver[r * columns + c] = to
    for outlet in outlets:
        receiver[outlet] = outlet
    return receiver


@njit(cache=False)
def _accumulate(order: np.ndarray, receiver: np.ndarray, own: np.ndarray) -> np.ndarray:
    total = own.copy()
    for cell in order[::-1]:
        if receiver[cell] != cell:
            total[receiver[cell]] += total[cell]
    return total


@njit(cache=False)
def _wear(
    z: np.ndarray,
    order: np.ndarray,
    receiver: np.ndarray,
    area: np.ndarray,
    k: np.ndarray,
    uplift: np.ndarray,
) -> None:
    diagonal = np.sqrt(2.0)
    columns = np.int64(800)
    for cell in order:
        to = receiver[cell]
        if to == cell:
            continue
        across = cell % columns != to % columns and cell // columns != to // columns
        factor = k[cell] * np.sqrt(area[cell]) / (diagonal if across else 1.0)
        z[cell] = (z[cell] + uplift[cell] + factor * z[to]) / (1.0 + factor)


def downstream_sum(terrain: Terrain, own: np.ndarray) -> np.ndarray:
    """Sum of `own` (one value per cell) over each cell and all cells that drain to it."""
    order = np.argsort(terrain.elevation.ravel(), kind="stable")
    return _accumulate(order, terrain.receiver, own.ravel()).reshape(terrain.elevation.shape)


def make_terrain(rng: np.random.Generator) -> Terrain:
    """A basin tilted to the east, with rivers in its valleys."""
    shape = (ROWS, COLUMNS)
    row, column = np.mgrid[0:ROWS, 0:COLUMNS].astype(float)
    rough = fractal_noise(
        rng, shape, ((160, 40.0), (80, 22.0), (40, 12.0), (18, 7.0), (7, 5.0), (2.5, 4.0))
    )
    edge = np.minimum(np.minimum(row, ROWS - 1 - row), COLUMNS - 1 - column)
    rim = 130.0 * np.exp(-edge / 26.0)
    axis = 372.0 + 70.0 * np.sin(column / 150.0) - 0.1 * (COLUMNS - column)
    trough = 0.55 * np.abs(row - axis)
    start = rough + rim + trough + 0.42 * (COLUMNS - column) + 120.0
    z = np.round(start, 3)
    outlets = np.array([r * COLUMNS + c for r, c, _ in OUTLETS])
    for r, c, level in OUTLETS:
        z[r, c] = level
    # Uneven steps, so that a filled flat is crossed by a winding way and not by straight lines.
    step = np.round(0.01 + 0.19 * rng.random(shape), 4)
    z = _fill(z, outlets, step)

    hard = fractal_noise(rng, shape, ((110, 0.35), (45, 0.2)))
    k = np.round(0.35 / (1.0 + np.clip(hard + 0.3, 0.0, 1.2)), 5).ravel()
    high = 1.0 + 0.9 * (1.0 - column / COLUMNS) + 0.5 * np.abs(row - axis) / ROWS
    lift = high * (1.0 + 0.35 * np.tanh(fractal_noise(rng, shape, ((130, 0.8), (60, 0.5)))))
    uplift = np.round(30.0 * np.clip(lift, 0.25, None), 4).ravel()
    uplift[outlets] = 0.0
    flat = z.ravel()
    for _ in range(STEPS):
        receiver = _receivers(z, outlets)
        if np.count_nonzero(receiver == np.arange(flat.size)) > outlets.size:
            # Uneven uplift has closed a valley: the lake behind it fills until it spills.
            z[...] = _fill(z, outlets, step)
            receiver = _receivers(z, outlets)
        order = np.argsort(flat, kind="stable")
        area = _accumulate(order, receiver, np.ones(flat.size))
        _wear(flat, order, receiver, area, k, uplift)

    z = _fill(z, outlets, step)
    low = min(level for _, _, level in OUTLETS)
    z = low + (z - low) * ((TOP_M - low) / (float(z.max()) - low))
    receiver = _receivers(z, outlets)
    order = np.argsort(z.ravel(), kind="stable")
    area = _accumulate(order, receiver, np.full(z.size, (CELL_M / 1000.0) ** 2))
    return Terrain(z, receiver, area.reshape(shape))
