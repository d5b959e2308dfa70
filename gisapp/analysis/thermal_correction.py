"""A correction of temperatures from readings in the water: `T = gain * T + offset`.

Robust: a start from the median of all slopes (Theil 1950, Sen 1968), readings far off it (beyond
three times their usual distance, 1.4826 MAD) are left out and said, least squares on the rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from gisapp.model.errors import ParameterError
from gisapp.model.style import Correction
from gisapp.model.text import tr

Kind = Literal["offset", "gain"]
LEAST = {"offset": 2, "gain": 3}  # readings
SPREAD = 2.0  # K between the coldest and the warmest reading, for a gain
SMALL = 0.3  # K: nothing nearer than this is left out; loggers themselves are no better than 0.2
GAINS = (0.5, 2.0)  # others come from readings that do not belong together


@dataclass(frozen=True, eq=False)
class Fit:
    """`residuals` (K): reading minus corrected value, of all readings; `used` says of which the
    fit and `rmse` were made. `rmse_before`: of the same readings without a correction."""

    correction: Correction
    residuals: npt.NDArray[np.float64]
    used: npt.NDArray[np.bool_]
    rmse: float
    rmse_before: float

    @property
    def left_out(self) -> int:
        return int((~self.used).sum())


def fit_correction(measured: npt.ArrayLike, readings: npt.ArrayLike, kind: Kind = "gain") -> Fit:
    """measured: of the layer as its file has them, readings: of loggers or stations, both °C.

    Raises ParameterError, with the reason, for what cannot be fitted.
    """
    x, y = np.asarray(measured, np.float64), np.asarray(readings, np.float64)
    known = np.isfinite(x) & np.isfinite(y)
    least = LEAST[kind]
    if known.sum() < least:
        raise ParameterError(
            tr("{n} readings are too few: at least {least} are needed").format(
                n=int(known.sum()), least=least
            ),
            hint=tr("Pick more places where the water was measured.")
            if kind == "offset"
            else tr("Pick more places, or fit an offset only: two readings are enough for it."),
        )
    if kind == "gain":
        _check_spread(x[known], y[known])
    gain, offset = _start(x[known], y[known], kind)
    off = y - (gain * x + offset)
    middle = float(np.median(off[known]))
    usual = 1.4826 * float(np.median(np.abs(off[known] - middle)))
    used = known & (np.abs(off - middle) <= max(3 * usual, SMALL))
    if used.sum() < least:
        used = known
    if kind == "gain":
        _check_spread(x[used], y[used])
        gain = _slope(x[used], y[used])
    offset = float(np.mean(y[used] - gain * x[used]))
    if kind == "gain" and not GAINS[0] <= gain <= GAINS[1]:
        raise ParameterError(
            tr("The readings contradict the layer: they would stretch it {gain:.2f} times").format(
                gain=gain
            ),
            hint=tr("Look for a reading at the wrong place, or fit an offset only."),
        )
    residuals = y - (gain * x + offset)
    rmse = math.sqrt(float(np.mean(residuals[used] ** 2)))
    before = math.sqrt(float(np.mean((y - x)[used] ** 2)))
    correction = Correction(float(gain), offset, int(used.sum()), rmse)
    return Fit(correction, residuals, used, rmse, before)


def _check_spread(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> None:
    if min(np.ptp(x), np.ptp(y)) < SPREAD:
        raise ParameterError(
            tr("The readings lie within {span:.1f} K: too near each other for a gain").format(
                span=float(min(np.ptp(x), np.ptp(y)))
            ),
            hint=tr("Add warmer or colder places, or fit an offset only."),
        )


def _start(
    x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], kind: Kind
) -> tuple[float, float]:
    gain = 1.0
    if kind == "gain":
        one, other = np.triu_indices(len(x), 1)
        apart = np.abs(x[one] - x[other]) > 1e-6
        slopes = (y[one] - y[other])[apart] / (x[one] - x[other])[apart]
        gain = float(np.median(slopes))
    return gain, float(np.median(y - gain * x))


def _slope(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> float:
    off = x - x.mean()
    return float(np.dot(off, y - y.mean()) / np.dot(off, off))
