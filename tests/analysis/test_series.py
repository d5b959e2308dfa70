"""Series of records: gaps, means, and thinning that loses no peak."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisapp.analysis.series import (
    daily_means,
    gaps,
    line_of,
    thinned,
    usual_step,
    valid_share,
)
from gisapp.model.station import QUANTITIES, Series

HOUR = np.timedelta64(1, "h")
START = np.datetime64("2025-01-01T00:00:00")


def series(values: list[float] | np.ndarray, hours: list[int] | None = None) -> Series:
    numbers = np.array(values, np.float64)
    times = START + np.array(range(len(numbers)) if hours is None else hours) * HOUR
    flags = np.where(np.isnan(numbers), "D", "N").astype(object)
    return Series("S1", QUANTITIES[0], times.astype("datetime64[s]"), numbers, numbers, flags)


def test_gaps_lie_between_valid_values() -> None:
    found = gaps(series([1, 2, np.nan, np.nan, 5, 6], [0, 1, 2, 3, 4, 5]))
    assert [(g.start, g.end, g.hours) for g in found] == [(START + HOUR, START + 4 * HOUR, 3.0)]
    assert gaps(series([1, 2, 3])) == ()
    assert gaps(series([1, np.nan])) == ()
    missing_rows = gaps(series([1, 2, 3, 4], [0, 1, 2, 12]))
    assert [g.hours for g in missing_rows] == [10.0]


def test_every_fourth_hour_is_no_gap() -> None:
    values = np.full(48, np.nan)
    values[::4] = 1.0
    found = series(values)
    assert usual_step(found) == 4 * HOUR
    assert gaps(found) == ()
    assert np.isfinite(line_of(found)[1]).all()


def test_the_valid_share() -> None:
    assert valid_share(series([1, 2, 3, 4])) == 1.0
    assert valid_share(series([1, 2, np.nan, 4])) == 0.75
    assert valid_share(series([1, 2, 3], [0, 1, 9])) == pytest.approx(0.3)
    assert valid_share(series([])) == 0.0
    assert valid_share(series([np.nan, np.nan])) == 0.0


def test_daily_means_count_valid_values_only() -> None:
    values = np.concatenate([np.full(24, 2.0), np.full(24, np.nan), np.arange(24.0)])
    values[:6] = np.nan
    found = daily_means(series(values))
    np.testing.assert_array_equal(found.means, [2.0, np.nan, 11.5])
    np.testing.assert_array_equal(found.shares, [0.75, 0.0, 1.0])
    assert found.days[1] == np.datetime64("2025-01-02")
    assert len(daily_means(series([])).days) == 0


def test_the_mean_ph_is_that_of_the_ions() -> None:
    found = daily_means(series([6.0, 8.0]), of_ph=True)
    assert found.means[0] == pytest.approx(-np.log10((1e-6 + 1e-8) / 2))


def test_lines_break_at_gaps() -> None:
    times, values = line_of(series([1, 2, np.nan, np.nan, 5]))
    np.testing.assert_array_equal(values, [1, 2, np.nan, 5])
    assert times[1] < times[2] < times[3]
    assert len(line_of(series([]))[0]) == 0
    assert len(line_of(series([3.0]))[0]) == 1


@given(
    st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(np.nan)), min_size=1, max_size=400),
    st.integers(1, 50),
)
def test_thinned_series_keep_extremes_ends_and_order(values: list[float], buckets: int) -> None:
    original = series(values)
    times, kept = thinned(original.times, original.values, buckets)
    assert len(kept) <= max(3 * buckets + 2, 3 * buckets)
    assert (np.diff(times) > np.timedelta64(0)).all()
    assert times[0] == original.times[0]
    assert times[-1] == original.times[-1]
    if np.isfinite(original.values).any():
        assert np.nanmin(kept) == np.nanmin(original.values)
        assert np.nanmax(kept) == np.nanmax(original.values)
    assert np.isnan(kept).any() == np.isnan(original.values).any()


def test_every_peak_of_a_year_of_minutes_survives() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=525_600)
    peaks = rng.choice(len(values), 40, replace=False)
    values[peaks] = 100 + np.arange(40)
    times = START + np.arange(len(values)) * np.timedelta64(1, "m")
    thin_times, thin = thinned(times, values, 1000)
    assert len(thin) <= 3002
    bucket = peaks * 1000 // len(values)
    highest = {int(b): values[peaks[bucket == b]].max() for b in bucket}
    assert set(highest.values()) <= set(thin)
    assert np.isin(thin_times, times).all()
