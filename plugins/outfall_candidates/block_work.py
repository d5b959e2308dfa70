"""Work on blocks of pixels and cells of blocks: compiled where possible, else on whole arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .compiled_blocks import compiled

Grid = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
FULL = 250  # of `seen` and `wet`


def block_statistics(values: Grid, water: Bytes, side: int) -> tuple[Grid, Grid, Bytes, Bytes]:
    """Mean, standard deviation, and shares seen and wet (1/250) of the water pixels of each block.

    values: rows x columns in °C, NaN: nothing; both sides are multiples of `side`.
    """
    rows, columns = values.shape[0] // side, values.shape[1] // side
    loops = compiled()
    if loops is not None:
        mean, deviation = np.empty((2, rows, columns), np.float32)
        seen, wet = np.empty((2, rows, columns), np.uint8)
        loops[0](np.ascontiguousarray(values, np.float32), np.ascontiguousarray(water, np.uint8),
                 side, mean, deviation, seen, wet)  # fmt: skip
        return mean, deviation, seen, wet
    inside = _in_blocks(water > 0, side)
    known = inside & np.isfinite(pixels := _in_blocks(values, side))
    count = known.sum(-1)
    kept = np.where(known, pixels, 0.0).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = kept.sum(-1) / count
        spread = np.sqrt(np.maximum(0.0, (kept * kept).sum(-1) / count - middle * middle))
    return (
        middle.astype(np.float32),
        np.where(count > 0, spread, 0.0).astype(np.float32),
        (count * FULL // (side * side)).astype(np.uint8),
        (-(-inside.sum(-1) * FULL // (side * side))).astype(np.uint8),
    )


def _in_blocks(pixels: npt.NDArray[Any], side: int) -> npt.NDArray[Any]:
    rows, columns = pixels.shape[0] // side, pixels.shape[1] // side
    cut = pixels[: rows * side, : columns * side].reshape(rows, side, columns, side)
    parts: npt.NDArray[Any] = cut.transpose(0, 2, 1, 3).reshape(rows, columns, side * side)
    return parts


def bank_distance(water: Bytes, most: int) -> Grid:
    """Blocks from each to the nearest that is not water, at most `most`."""
    loops = compiled()
    if loops is not None:
        out = np.empty(water.shape, np.float32)
        loops[1](np.ascontiguousarray(water, np.uint8), most, out)
        return out
    from scipy import ndimage

    if water.all():
        return np.full(water.shape, most, np.float32)
    far = ndimage.distance_transform_edt(water)
    return np.asarray(np.minimum(far, most), np.float32)


def cell_medians(values: Grid, ok: npt.NDArray[np.bool_], side: int, least: float = 0.1) -> Grid:
    """Median of the good blocks of each cell of side x side; NaN with less than a share of them."""
    rows, columns = (-(-n // side) for n in values.shape)
    padded = np.full((rows * side, columns * side), np.nan, np.float32)
    padded[: values.shape[0], : values.shape[1]] = np.where(ok, values, np.nan)
    ordered = _in_blocks(padded, side)
    some = np.isfinite(ordered).any(-1)
    out = np.full((rows, columns), np.nan, np.float32)
    if some.any():
        ordered = np.sort(ordered[some], -1)
        count = np.isfinite(ordered).sum(-1)
        middle = ordered[np.arange(len(ordered)), (count - 1) // 2]
        out[some] = np.where(count >= max(1, least * side * side), middle, np.nan)
    return out


def running_median(cells: Grid, radius: float, share: float = 0.12) -> Grid:
    """Median of the known cells within `radius` cells of each known one.

    NaN where less than a share of the disc is known. Straight steps stay where they are.
    """
    disc = _disc(radius)
    need = max(1, int(share * len(disc)))
    loops = compiled()
    if loops is not None:
        out = np.empty(cells.shape, np.float32)
        loops[2](np.ascontiguousarray(cells, np.float32), disc, need, out)
        return out
    level = np.full(cells.shape, np.nan, np.float32)
    half = int(np.abs(disc).max(initial=0))
    padded = np.pad(cells, half, constant_values=np.nan)
    rows, columns = np.nonzero(np.isfinite(cells))
    for first in range(0, len(rows), 20_000):
        some = slice(first, first + 20_000)
        near = padded[
            rows[some, None] + half + disc[None, :, 0],
            columns[some, None] + half + disc[None, :, 1],
        ]
        near.sort(axis=1)
        count = np.isfinite(near).sum(1)
        middle = near[np.arange(len(near)), np.maximum(count - 1, 0) // 2]
        level[rows[some], columns[some]] = np.where(count >= need, middle, np.nan)
    return level


def _disc(radius: float) -> npt.NDArray[np.int32]:
    half = int(radius + 0.3)
    steps = np.mgrid[-half : half + 1, -half : half + 1].reshape(2, -1).T
    near = np.hypot(steps[:, 0], steps[:, 1]) <= radius + 0.3
    return np.ascontiguousarray(steps[near], np.int32)


def filled(cells: Grid) -> Grid:
    """Unknown cells as the nearest known one; 0 where none is known."""
    from scipy import ndimage

    unknown = ~np.isfinite(cells)
    if unknown.all():
        return np.zeros_like(cells)
    if not unknown.any():
        return cells
    nearest = ndimage.distance_transform_edt(unknown, return_distances=False, return_indices=True)
    return np.asarray(cells[tuple(nearest)], np.float32)


def spread_out(cells: Grid, side: int, shape: tuple[int, int]) -> Grid:
    """Each cell repeated over its blocks."""
    wide = np.repeat(np.repeat(cells, side, axis=0), side, axis=1)
    return np.ascontiguousarray(wide[: shape[0], : shape[1]])
