"""Spots of water that are warmer or cooler than the water around them and start at a bank."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .block_work import (
    FULL,
    Grid,
    bank_distance,
    cell_medians,
    filled,
    running_median,
    spread_out,
)
from .evidence import Evidence, evidence_of
from .field_settings import FieldSettings
from .sparse_grid import Blocks, SparseGrid

Mask = npt.NDArray[np.bool_]
CORE = 6  # tiles along one side of a square that is searched at once
HALO_M = 90.0  # around it: the longest plume and the surroundings it is compared with
CELL_M = 2.4  # of the surroundings
NOISE_M = 20.0  # cell in which the noise of the place is measured
DRIFT_M = 12.0  # between places that are compared to learn of steps between frames
LEAST_NOISE_C = 0.03
OPEN_SHARE = 0.6  # of a block seen, else it says nothing
HARD_C = 0.4  # deviation inside a block of water that also shows land
RIM = 3  # blocks kept around a spot


@dataclass(frozen=True, eq=False)
class Spot:
    """One find, in blocks of the grid.

    row, column: its source, the warmest (coolest) block near the bank. first_row, first_column:
    of the arrays. inside: the spot; level: the water around, °C; bank_m: distance from the bank.
    """

    sign: int  # 1 warm, -1 cold
    row: int
    column: int
    contrast_c: float  # peak
    noise_c: float
    evidence: Evidence
    first_row: int
    first_column: int
    inside: Mask
    level: Grid
    bank_m: Grid


@dataclass(frozen=True, eq=False)
class Contrast:
    """What a window of blocks looks like once the water around is taken off."""

    residual: Grid  # °C, 0 where not `ok`
    smooth: Grid  # over three blocks
    level: Grid
    noise: Grid
    bank_m: Grid
    ok: Mask


def spots_of(
    grid: SparseGrid,
    block_m: float,
    settings: FieldSettings,
    report: Callable[[float], None],
    drift: list[float] | None = None,
) -> Iterator[Spot]:
    """Every spot of the grid, also those with reasons against it, from the top to the bottom.

    block_m: metres along one side of a block. drift: is given differences of the water 12 m apart.
    What is found does not depend on how the grid is
    cut into squares, as long as a plume is shorter than the halo.
    """
    typical = grid.typical_deviation()
    halo = int(HALO_M / block_m) // _cell(block_m) * _cell(block_m)
    squares = list(grid.squares(CORE))
    for number, square in enumerate(squares):
        report(number / len(squares))
        top, left, bottom, right = square
        blocks = grid.around(square, halo)
        contrast = contrast_of(blocks, block_m, typical, settings)
        if drift is not None:
            drift += _far_differences(contrast, block_m)
        for spot in _spots_in(blocks, contrast, block_m, typical, settings):
            if top <= spot.row < bottom and left <= spot.column < right:
                yield spot
    report(1.0)


def _cell(block_m: float) -> int:
    return max(1, round(CELL_M / block_m))


def water_blocks(
    blocks: Blocks, block_m: float, typical: float, settings: FieldSettings
) -> tuple[Grid, Mask]:
    """Distance from the bank in metres, and the blocks that are nothing but water.

    Near a bank line that may be off, blocks that are rough inside show land as well.
    """
    most = int(3 * settings.bank_strip_m / block_m) + 2
    bank = bank_distance((blocks.wet > 0).astype(np.uint8), most) * np.float32(block_m)
    hard = blocks.deviation > max(5 * typical, HARD_C)
    mixed = hard & (bank < settings.bank_error_m)
    beside = _grown(mixed) & (bank < settings.bank_guard_m + block_m)
    open_water = (blocks.seen >= OPEN_SHARE * FULL) & (bank > settings.bank_guard_m)
    return bank, open_water & ~mixed & ~beside


def _grown(mask: Mask) -> Mask:
    from scipy import ndimage

    return np.asarray(ndimage.binary_dilation(mask, np.ones((3, 3), bool)), np.bool_)


def contrast_of(
    blocks: Blocks, block_m: float, typical: float, settings: FieldSettings
) -> Contrast:
    """The water around is a running median, which keeps the straight steps between frames."""
    from scipy import ndimage

    bank, ok = water_blocks(blocks, block_m, typical, settings)
    side = _cell(block_m)
    cells = cell_medians(blocks.mean, ok, side)
    radius = settings.background_m / 2 / (side * block_m)
    around = filled(running_median(cells, radius))
    level = spread_out(around, side, blocks.mean.shape)
    residual = np.where(ok, blocks.mean - level, 0).astype(np.float32)
    wide = max(2, round(NOISE_M / block_m))
    spread = running_median(cell_medians(np.abs(residual), ok, wide), 1.5)
    noise = _smoothly(1.4826 * filled(spread), wide, residual.shape)
    share = ndimage.uniform_filter(ok.astype(np.float32), 3)
    smooth = np.where(ok, ndimage.uniform_filter(residual, 3) / np.maximum(share, 1e-3), 0)
    return Contrast(
        residual, smooth.astype(np.float32), level, np.maximum(noise, LEAST_NOISE_C), bank, ok
    )


def _far_differences(seen: Contrast, block_m: float) -> list[float]:
    """Of the water around places 12 m apart, a sample."""
    far, step = max(1, round(DRIFT_M / block_m)), max(1, round(CELL_M / block_m))
    known = np.where(seen.ok, seen.level, np.nan)[::step, ::step]
    far = max(1, far // step)
    both = (known[far:] - known[:-far], known[:, far:] - known[:, :-far])
    every = np.concatenate([part[np.isfinite(part)] for part in both])
    return [float(value) for value in every[:: 1 + len(every) // 5000]]


def _smoothly(cells: Grid, side: int, shape: tuple[int, int]) -> Grid:
    """Cells spread over their blocks, straight from middle to middle."""
    out = cells
    for axis in (0, 1):
        at = np.clip((np.arange(shape[axis]) + 0.5) / side - 0.5, 0, cells.shape[axis] - 1)
        low = np.minimum(at.astype(np.int64), max(0, cells.shape[axis] - 2))
        high = np.minimum(low + 1, cells.shape[axis] - 1)
        part = (at - low).astype(np.float32)
        part = part[:, None] if axis == 0 else part[None, :]
        out = np.take(out, low, axis) * (1 - part) + np.take(out, high, axis) * part
    return out


def _spots_in(
    blocks: Blocks, seen: Contrast, block_m: float, typical: float, settings: FieldSettings
) -> Iterator[Spot]:
    from scipy import ndimage

    least = max(2, int(0.5 * settings.min_area_m2 / block_m**2))
    signs = {"warm": (1,), "cold": (-1,), "both": (1, -1)}[settings.kind]
    near = seen.bank_m <= settings.bank_strip_m
    for sign in signs:
        above = seen.smooth * sign
        grown = (
            (above >= settings.grown_to * settings.min_contrast_c)
            & (above >= 2 * seen.noise)
            & seen.ok
        )
        seed = (above >= settings.min_contrast_c) & near & grown
        seed &= above >= settings.confidence * seen.noise
        labels, count = ndimage.label(grown, np.ones((3, 3), np.int8))
        seeded = np.bincount(labels[seed], minlength=count + 1)
        for number, place in enumerate(ndimage.find_objects(labels), 1):
            if not seeded[number]:
                continue
            inside = labels[place] == number
            area = float(inside.sum()) * block_m**2
            if inside.sum() < least or area > settings.max_area_m2:
                continue
            yield _spot(blocks, seen, sign, labels, number, place, block_m, typical, settings)


def _spot(
    blocks: Blocks,
    seen: Contrast,
    sign: int,
    labels: npt.NDArray[np.int32],
    number: int,
    place: tuple[slice, slice],
    block_m: float,
    typical: float,
    settings: FieldSettings,
) -> Spot:
    rows, columns = (
        slice(max(0, p.start - RIM), min(n, p.stop + RIM))
        for p, n in zip(place, labels.shape, strict=True)
    )
    here = (rows, columns)
    inside = labels[here] == number
    above = seen.residual[here] * sign
    bank = seen.bank_m[here]
    best = np.where(inside & (bank <= settings.bank_strip_m), above, -np.inf).argmax()
    row, column = (int(n) for n in np.unravel_index(best, inside.shape))
    inner = above[inside]
    peak = float(np.percentile(inner, 97)) if inner.size > 12 else float(inner.max())
    noise = float(seen.noise[here][row, column])
    evidence = evidence_of(
        above, inside, seen.ok[here], blocks.deviation[here], bank, (row, column), peak, noise,
        block_m, typical, sign, settings,
    )  # fmt: skip
    return Spot(
        sign, blocks.row + rows.start + row, blocks.column + columns.start + column,
        sign * peak, noise, evidence, blocks.row + rows.start, blocks.column + columns.start,
        inside, seen.level[here].copy(), bank.copy(),
    )  # fmt: skip
