"""Mosaics of one place from several nights as one: what is there every night stays.

Noise, what is left of the frames' drift, boats and glint differ from night to night; an outfall
does not. Of two nights the mean is taken, of more the median, after the water as a whole was
brought to the level of the first night.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from affine import Affine

from gisapp.api import ParameterError, tr

from .mosaic import Mosaic
from .pixels import Grid, WaterMask

SAMPLE = 96  # pixels along one side of the windows that nights are compared in
SAMPLES = 10  # along each side of the mosaic
LEAST = 200  # pixels of water that two nights must have in common
TURNED = 1e-9


@dataclass(frozen=True, eq=False)
class Together:
    """Pixels of the first mosaic's grid. shifts: °C to be added to each night."""

    nights: tuple[Mosaic, ...]
    shifts: tuple[float, ...]

    @property
    def rows(self) -> int:
        return self.nights[0].rows

    @property
    def columns(self) -> int:
        return self.nights[0].columns

    @property
    def to_map(self) -> Affine:
        return self.nights[0].to_map

    @property
    def pixel_m(self) -> float:
        return self.nights[0].pixel_m

    def read(self, row: int, column: int, rows: int, columns: int) -> Grid:
        """A window in °C, NaN where no night has anything. From any thread."""
        window = (row, column, rows, columns)
        every = np.stack(
            [
                _on_grid(night, self.to_map, window) + np.float32(shift)
                for night, shift in zip(self.nights, self.shifts, strict=True)
            ]
        )
        return middle_of(every)


def together(nights: Sequence[Mosaic], water: WaterMask) -> Together:
    """Raises ParameterError where nights cannot be laid on each other."""
    first = nights[0]
    shifts = [0.0]
    for night in nights[1:]:
        if night.crs != first.crs:
            raise ParameterError(
                tr("{file} and {other} are in different coordinate systems").format(
                    file=first.name, other=night.name
                ),
                hint=tr("Reproject one of them, or search them one by one."),
            )
        place = ~night.to_map * first.to_map
        if max(abs(place.b), abs(place.d)) > TURNED * max(abs(place.a), abs(place.e)):
            raise ParameterError(
                tr("{other} lies turned against {file}").format(file=first.name, other=night.name),
                hint=tr("Write both with north up, or search them one by one."),
            )
        shifts.append(_shift(first, night, water))
    return Together(tuple(nights), tuple(shifts))


def middle_of(every: Grid) -> Grid:
    """Mean of two, median of more, of those that are known: nights x rows x columns."""
    ordered = np.sort(every, axis=0)  # NaN comes last
    count = np.isfinite(ordered).sum(axis=0)
    low, high = np.maximum(count - 1, 0) // 2, count // 2
    last = len(every) - 1
    take = np.take_along_axis
    lower = take(ordered, low[None], 0)[0]
    upper = take(ordered, np.minimum(high, last)[None], 0)[0]
    return np.asarray(np.where(count > 0, (lower + upper) / 2, np.nan), np.float32)


def _on_grid(night: Mosaic, to_map: Affine, window: tuple[int, int, int, int]) -> Grid:
    """The nearest pixels of a night at those of another grid."""
    row, column, rows, columns = window
    place = ~night.to_map * to_map
    down = _nearest(place.e, place.f, row, rows)
    across = _nearest(place.a, place.c, column, columns)
    out = np.full((rows, columns), np.nan, np.float32)
    ok_down = (down >= 0) & (down < night.rows)
    ok_across = (across >= 0) & (across < night.columns)
    if not (ok_down.any() and ok_across.any()):
        return out
    down, across = down[ok_down], across[ok_across]
    top, left = int(down.min()), int(across.min())
    values = night.read(top, left, int(down.max()) + 1 - top, int(across.max()) + 1 - left)
    out[np.ix_(ok_down, ok_across)] = values[np.ix_(down - top, across - left)]
    return out


def _nearest(step: float, start: float, first: int, count: int) -> npt.NDArray[np.int64]:
    at = step * (np.arange(first, first + count) + 0.5) + start
    nearest: npt.NDArray[np.int64] = np.floor(at + 1e-6).astype(np.int64)
    return nearest


def _shift(first: Mosaic, night: Mosaic, water: WaterMask) -> float:
    """What brings the water of a night to the level of the first."""
    apart, known = [], 0
    for row in np.linspace(0, max(0, first.rows - SAMPLE), SAMPLES).astype(int).tolist():
        for column in np.linspace(0, max(0, first.columns - SAMPLE), SAMPLES).astype(int).tolist():
            window = (row, column, min(SAMPLE, first.rows), min(SAMPLE, first.columns))
            wet = water.window(*window)
            if wet is None:
                continue
            values = first.read(*window) - _on_grid(night, first.to_map, window)
            values = values[(wet > 0) & np.isfinite(values)]
            known += len(values)
            apart.append(values[::7])
    if known < LEAST:
        raise ParameterError(
            tr("{file} and {other} show no water in common").format(
                file=first.name, other=night.name
            ),
            hint=tr("Search them one by one."),
        )
    return float(np.median(np.concatenate(apart)))
