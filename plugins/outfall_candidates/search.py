"""The search of one mosaic or frame: tiles are read once and only where there is water."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt
import shapely

from .block_work import FULL, block_statistics
from .detection import Spot, spots_of
from .field_settings import FieldSettings
from .pixels import Pixels, WaterMask
from .sparse_grid import TILE, Part, SparseGrid, Tile

MOST_PIXELS = 1536  # along one side of what is known to be water or not at once
READ_PIXELS = 512  # along one side of what is read at once: a block of most files
STEPS = 1.05  # 90 % of differences over 12 m, for frames of 60 x 75 m that differ by 1; measured
NARROW = 3.0  # pixels: narrower water is all bank


@dataclass(frozen=True, eq=False)
class Searched:
    """What was found and how well it could be looked for.

    drift_c: how much frames about 70 m wide would differ, as a standard deviation, to make the
    steps that are in the water within 12 m; a slow change of the water hardly counts. narrow: the
    water is less than three pixels wide. water_pixels: of the mosaic; seen_pixels: those with a
    temperature.
    """

    spots: tuple[Spot, ...]
    side: int  # pixels along one side of a block
    block_m: float
    typical_c: float
    drift_c: float
    water_pixels: int
    seen_pixels: int
    tiles_read: int
    tiles: int
    grid_bytes: int
    narrow: bool = False


def search(
    pixels: Pixels,
    water: WaterMask,
    settings: FieldSettings,
    report: Callable[[float], None],
    threads: int = 1,
    pool: Executor | None = None,
) -> Searched:
    """Stream the pixels into blocks, then look for spots. `report` may raise to stop the work.

    pool: of so many threads, used instead of one of its own; what its threads have read last they
    need not read again.
    """
    side = max(1, round(settings.detail_m / pixels.pixel_m))
    rows, columns = pixels.rows // side, pixels.columns // side
    grid = SparseGrid(rows, columns, side)
    places = [(i, j) for i in range(-(-rows // TILE)) for j in range(-(-columns // TILE))]

    def work(place: tuple[int, int]) -> tuple[int, int]:
        return _tile(pixels, water, grid, place)

    counted = np.zeros(2, np.int64)
    with ThreadPoolExecutor(max(1, threads)) if pool is None else nullcontext(pool) as workers:
        waiting = iter(places)
        running = [workers.submit(work, place) for place in islice(waiting, 2 * threads)]
        done = 0
        try:
            while running:
                counted += running.pop(0).result()
                done += 1
                report(0.7 * done / len(places))
                running += [workers.submit(work, place) for place in islice(waiting, 1)]
        finally:
            for future in running:
                future.cancel()
    block_m = side * pixels.pixel_m
    drift: list[float] = []
    spots = tuple(spots_of(grid, block_m, settings, lambda part: report(0.7 + 0.3 * part), drift))
    return Searched(
        spots, side, block_m, grid.typical_deviation(),
        float(np.percentile(np.abs(drift), 90)) / STEPS if drift else 0.0,
        int(counted[0]), int(counted[1]), len(grid), len(places), grid.bytes,
        _is_narrow(pixels, water, grid),
    )  # fmt: skip


def _tile(
    pixels: Pixels, water: WaterMask, grid: SparseGrid, place: tuple[int, int]
) -> tuple[int, int]:
    """Read one tile, if there is water in it, and keep its blocks; pixels of water, and seen."""
    i, j = place
    side = grid.side
    rows = min(TILE, grid.rows - i * TILE)
    columns = min(TILE, grid.columns - j * TILE)
    if not water.touches(i * TILE * side, j * TILE * side, rows * side, columns * side):
        return 0, 0
    tile: Tile = (
        np.full((rows, columns), np.nan, np.float32),
        np.zeros((rows, columns), np.float32),
        np.zeros((rows, columns), np.uint8),
        np.zeros((rows, columns), np.uint8),
    )
    step = max(1, MOST_PIXELS // side)
    for top in range(0, rows, step):
        for left in range(0, columns, step):
            high, wide = min(step, rows - top), min(step, columns - left)
            at = ((i * TILE + top) * side, (j * TILE + left) * side)
            mask = water.window(*at, high * side, wide * side)
            if mask is not None:
                _blocks(pixels, mask, at, side, tuple(part[top:, left:] for part in tile))
    parts: tuple[Part, ...] = tile
    grid.put(i, j, tile)
    scale = side * side / FULL
    return int(parts[3].sum(dtype=np.int64) * scale), int(parts[2].sum(dtype=np.int64) * scale)


def _blocks(
    pixels: Pixels,
    mask: npt.NDArray[np.uint8],
    at: tuple[int, int],
    side: int,
    into: tuple[Part, ...],
) -> None:
    """Statistics of the blocks under a mask whose first pixel is `at`; dry parts are not read."""
    step = max(1, READ_PIXELS // side) * side
    for top in range(0, mask.shape[0], step):
        for left in range(0, mask.shape[1], step):
            some = np.ascontiguousarray(mask[top : top + step, left : left + step])
            if not some.any():
                continue
            values = pixels.read(at[0] + top, at[1] + left, *some.shape)
            found: tuple[Part, ...] = block_statistics(values, some, side)
            row, column = top // side, left // side
            for part, made in zip(into, found, strict=True):
                part[row : row + made.shape[0], column : column + made.shape[1]] = made


def _is_narrow(pixels: Pixels, water: WaterMask, grid: SparseGrid) -> bool:
    """Whether most of the water is less than three pixels wide, so that all of it is bank.

    Of an area with the same perimeter and area as a strip has.
    """

    inside = shapely.intersection(
        shapely.make_valid(water.area), shapely.box(0, -pixels.rows, pixels.columns, 0)
    )
    if inside.is_empty or inside.area <= 0:
        return False
    return bool(2 * inside.area / inside.length < NARROW)
