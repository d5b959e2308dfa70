"""What speaks for and against a spot being the plume of an outfall: numbers, and reason codes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .field_settings import FieldSettings

Grid = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
CORE = 0.3  # of the peak
THIN = 2.0  # blocks


@dataclass(frozen=True, slots=True)
class Evidence:
    """Lengths in metres, areas in square metres.

    roughness: share of the contrast that changes inside one block. decay: peak over median.
    elongation: longer over shorter axis. contact: share that touches the bank. start: where along
    the spot its peak lies, 0 at an end, 0.5 in the middle. edge: contrast of the outermost blocks
    over the peak, high where the edge is sharp. step: largest change from block to block over the
    peak. fade: how surely the contrast falls with the distance from the source, -1 to 1.
    width_m: across the longer axis.
    """

    z: float
    area_m2: float
    core_m2: float
    roughness: float
    decay: float
    elongation: float
    contact: float
    start: float
    edge: float
    step: float
    fade: float
    length_m: float
    width_m: float
    nearest_m: float  # to the bank
    reach_m: float  # from the bank
    reasons: tuple[str, ...] = ()


def evidence_of(
    above: Grid,
    inside: Mask,
    ok: Mask,
    deviation: Grid,
    bank: Grid,
    source: tuple[int, int],
    peak: float,
    noise: float,
    block_m: float,
    typical: float,
    sign: int,
    settings: FieldSettings,
) -> Evidence:
    """Of a spot in a window of blocks.

    above: contrast in °C, positive in the spot; ok: blocks that are water; deviation: inside the
    blocks; source: row and column of its warmest (coolest) block.
    """
    cell = block_m**2
    values = above[inside]
    core = inside & (above >= CORE * peak)
    own = np.sqrt(np.maximum(deviation[core] ** 2 - typical**2, 0))
    rough = float(np.median(own / np.maximum(np.abs(above[core]), 1e-3))) if core.any() else 9.0
    decay = peak / max(float(np.median(values)), 1e-3)
    rows, columns = np.nonzero(inside)
    weight = np.maximum(values, 1e-3)
    u, elongation = _along(rows, columns, weight)
    ends = np.percentile(u, (3, 97))
    at = _position(rows, columns, source, u)
    extent = max(float(ends[1] - ends[0]), 1e-6)
    start = min(abs(at - ends[0]), abs(ends[1] - at)) / extent
    length = (extent + 1) * block_m
    found = Evidence(
        z=peak / noise,
        area_m2=float(inside.sum()) * cell,
        core_m2=float(core.sum()) * cell,
        roughness=rough,
        decay=decay,
        elongation=elongation,
        contact=float((bank[inside] <= settings.bank_guard_m + 1.5 * block_m).mean()),
        start=float(min(max(start, 0.0), 0.5)),
        edge=_edge(above, inside, ok, peak),
        step=_step(above, inside & ok, peak),
        fade=_fade(rows, columns, values, source),
        length_m=length,
        width_m=float(inside.sum()) * cell / length,
        nearest_m=float(bank[inside].min()),
        reach_m=float(bank[inside].max()),
    )
    return replace(found, reasons=tuple(_against(found, sign, block_m, settings)))


def _against(found: Evidence, sign: int, block_m: float, settings: FieldSettings) -> Iterator[str]:
    """The codes of `reason_titles` that hold."""
    if found.step > settings.max_step:
        yield "hard_edge"
    if found.core_m2 < 0.5 * settings.min_area_m2 or found.area_m2 < 0.5 * settings.min_area_m2:
        yield "small"
    if found.width_m < THIN * block_m:
        yield "thin"
    if found.decay < settings.min_decay:
        yield "flat"
    along = found.elongation > 2 or not settings.bank_is_known
    if found.reach_m < settings.bank_error_m and along:
        yield "bank_line"
    if found.edge > settings.max_edge:
        yield "shadow" if sign < 0 and found.elongation > 3 else "step"


def _along(rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64], weight: Grid
           ) -> tuple[npt.NDArray[np.float64], float]:  # fmt: skip
    """Places along the longer axis, and longer over shorter axis."""
    places = np.c_[columns, rows].astype(np.float64)
    if len(places) < 4:
        return places[:, 0] - places[0, 0], 1.0
    places -= np.average(places, axis=0, weights=weight)
    values, axes = np.linalg.eigh(np.cov(places.T, aweights=weight) + np.eye(2) / 12)
    return places @ axes[:, 1], float(math.sqrt(values[1] / max(values[0], 1e-6)))


def _position(rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64],
              source: tuple[int, int], u: npt.NDArray[np.float64]) -> float:  # fmt: skip
    same = np.flatnonzero((rows == source[0]) & (columns == source[1]))
    return float(u[same[0]]) if len(same) else 0.0


def _edge(above: Grid, inside: Mask, ok: Mask, peak: float) -> float:
    """Mean contrast of the spot's blocks at open water, over its peak."""
    from scipy import ndimage

    outside = ok & ~inside
    rim = inside & np.asarray(ndimage.binary_dilation(outside, np.ones((3, 3), bool)))
    return float(above[rim].mean()) / peak if rim.any() else 1.0


def _step(above: Grid, inside: Mask, peak: float) -> float:
    """Largest change between neighbouring blocks of the spot (95 %), over its peak."""
    changes = [
        np.abs(np.diff(above, axis=axis))[pair]
        for axis, pair in ((0, inside[1:] & inside[:-1]), (1, inside[:, 1:] & inside[:, :-1]))
    ]
    every = np.concatenate(changes)
    return float(np.percentile(every, 95)) / peak if len(every) else 1.0


def _fade(rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64], values: Grid,
          source: tuple[int, int]) -> float:  # fmt: skip
    away = np.hypot(rows - source[0], columns - source[1])
    if len(values) < 4 or away.std() < 1e-9 or values.std() < 1e-9:
        return 0.0
    return -float(np.corrcoef(away, values)[0, 1])
