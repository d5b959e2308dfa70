"""When a series was beyond its limit, and its highest moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gisapp.analysis.series import GAP_STEPS, usual_step
from gisapp.model.station import Series
from gisapp.model.water_quality import Limit


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last valid value beyond the limit, and the worst one between."""

    start: np.datetime64
    end: np.datetime64
    worst_at: np.datetime64
    worst: float
    count: int  # valid values in it


def exceedances(series: Series, limit: Limit) -> tuple[Period, ...]:
    """Runs of valid values beyond the limit; a gap ends a run, a single missing value does not."""
    known = np.isfinite(series.values)
    times, values = series.times[known], series.values[known]
    beyond = np.zeros(len(values), np.bool_)
    if limit.high is not None:
        beyond |= values > limit.high
    if limit.low is not None:
        beyond |= values < limit.low
    at = np.flatnonzero(beyond)
    step = usual_step(series)
    if not len(at) or step is None:
        return tuple(_period(times, values, at[n : n + 1], limit) for n in range(len(at)))
    apart = (np.diff(at) > 1) | (np.diff(times[at]) > step * (GAP_STEPS + 1))
    return tuple(
        _period(times, values, run, limit) for run in np.split(at, np.flatnonzero(apart) + 1)
    )


def peak_between(series: Series, start: np.datetime64, end: np.datetime64) -> Period | None:
    """The highest valid value from `start` to `end`, as a period of one; None without values."""
    inside = (series.times >= start) & (series.times <= end) & np.isfinite(series.values)
    numbers = np.flatnonzero(inside)
    if not len(numbers):
        return None
    top = int(numbers[np.argmax(series.values[numbers])])
    time = series.times[top]
    return Period(time, time, time, float(series.values[top]), 1)


def _period(times: np.ndarray, values: np.ndarray, run: np.ndarray, limit: Limit) -> Period:
    part = values[run]
    low, high = limit.low, limit.high
    over = part - high if high is not None else np.full(len(part), -np.inf)
    under = low - part if low is not None else np.full(len(part), -np.inf)
    worst = int(run[int(np.argmax(np.maximum(over, under)))])
    return Period(times[run[0]], times[run[-1]], times[worst], float(values[worst]), len(run))
