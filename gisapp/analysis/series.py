"""Series of records: gaps, valid share, daily means, and few points that draw like many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gisapp.model.station import Series

Times = npt.NDArray[np.datetime64]
Values = npt.NDArray[np.float64]
GAP_STEPS = 1.5  # a pause longer than so many usual steps is a gap


@dataclass(frozen=True, slots=True)
class Gap:
    """No valid value between two valid ones, for longer than usual."""

    start: np.datetime64  # the last valid value before
    end: np.datetime64  # the first valid value after
    hours: float


@dataclass(frozen=True, eq=False)
class DailyMeans:
    """days: datetime64[D]; means: NaN on days without a valid value; shares: 0 to 1 of the values
    a day usually has."""

    days: Times
    means: Values
    shares: Values


def usual_step(series: Series) -> np.timedelta64 | None:
    """The commonest time between two valid values; None for fewer than two."""
    steps = np.diff(series.times[np.isfinite(series.values)])
    steps = steps[steps > np.timedelta64(0, "s")]
    if not len(steps):
        return None
    found, counts = np.unique(steps, return_counts=True)
    return np.timedelta64(found[counts.argmax()])


def gaps(series: Series) -> tuple[Gap, ...]:
    """Where valid values are farther apart than usual."""
    step = usual_step(series)
    if step is None:
        return ()
    times = series.times[np.isfinite(series.values)]
    at = np.flatnonzero(np.diff(times) > step * GAP_STEPS)
    hour = np.timedelta64(1, "h")
    return tuple(Gap(times[n], times[n + 1], float((times[n + 1] - times[n]) / hour)) for n in at)


def valid_share(series: Series) -> float:
    """Valid values among those the time between first and last record should hold, 0 to 1."""
    step = usual_step(series)
    count = int(np.isfinite(series.values).sum())
    if step is None:
        return 1.0 if count else 0.0
    expected = int((series.times[-1] - series.times[0]) / step) + 1
    return min(1.0, count / expected)


def daily_means(series: Series, *, of_ph: bool = False) -> DailyMeans:
    """Means of the valid values of each calendar day.

    `of_ph`: the mean is formed of the hydrogen ions, -log10(mean(10^-pH)).
    """
    known = np.isfinite(series.values)
    days = series.times.astype("datetime64[D]")
    if not len(days):
        return DailyMeans(days, np.empty(0), np.empty(0))
    all_days = np.arange(days[0], days[-1] + 1)
    number = (days[known] - days[0]).astype(np.int64)
    values = 10.0 ** -series.values[known] if of_ph else series.values[known]
    counts = np.bincount(number, minlength=len(all_days))
    sums = np.bincount(number, values, len(all_days))
    means = np.divide(sums, counts, out=np.full(len(all_days), np.nan), where=counts > 0)
    if of_ph:
        means = -np.log10(means)
    step = usual_step(series)
    a_day = 1 if step is None else max(1, round(np.timedelta64(1, "D") / step))
    return DailyMeans(all_days, means, np.minimum(counts / a_day, 1.0))


def line_of(series: Series) -> tuple[Times, Values]:
    """Points to join with a line: valid values, and one NaN in the middle of each gap."""
    known = np.isfinite(series.values)
    times, values = series.times[known], series.values[known]
    step = usual_step(series)
    if step is None:
        return times, values
    pauses = np.diff(times)
    at = np.flatnonzero(pauses > step * GAP_STEPS)
    middles = times[at] + pauses[at] // 2
    return np.insert(times, at + 1, middles), np.insert(values, at + 1, np.nan)


def thinned(times: Times, values: Values, buckets: int) -> tuple[Times, Values]:
    """At most some 3 points for each of `buckets` stretches: lowest, highest and any break (NaN).

    Drawn as a line in so many pixels it looks as all of it would; no peak is lost.
    """
    count = len(values)
    if buckets < 1 or count <= 3 * buckets:
        return times, values
    bounds = np.linspace(0, count, buckets + 1).astype(np.int64)[:-1]
    missing = np.isnan(values)
    of = np.repeat(np.arange(buckets), np.diff(np.append(bounds, count)))
    keep = np.zeros(count, np.bool_)
    for filled, reduce in ((np.inf, np.minimum), (-np.inf, np.maximum)):
        whole = np.where(missing, filled, values)
        best = reduce.reduceat(whole, bounds)
        numbers = np.flatnonzero((whole == best[of]) & ~missing)
        keep[numbers[np.unique(of[numbers], return_index=True)[1]]] = True
    breaks = np.flatnonzero(missing)
    keep[breaks[np.unique(of[breaks], return_index=True)[1]]] = True
    keep[[0, -1]] = True
    return times[keep], values[keep]
