"""Periods beyond a limit, and the worst moment in each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisapp.analysis.exceedance import exceedances, peak_between
from gisapp.model.station import QUANTITIES, Series
from gisapp.model.water_quality import limit

AMMONIA = next(q for q in QUANTITIES if q.name == "nh3n_mg_l")
NAN = float("nan")
START = np.datetime64("2025-01-01T00:00:00")


def series(*values: float) -> Series:
    """One value an hour."""
    times = START + np.arange(len(values)) * np.timedelta64(1, "h")
    numbers = np.array(values)
    flags = np.where(np.isnan(numbers), "D", "N").astype(object)
    return Series("S", AMMONIA, times, numbers, numbers, flags)


def hours(found) -> list[tuple[int, int, float]]:
    hour = np.timedelta64(1, "h")
    return [(int((p.start - START) / hour), int((p.end - START) / hour), p.worst) for p in found]


def test_runs_with_their_worst_value():
    found = exceedances(series(0.5, 1.2, 1.9, 1.1, 0.4, 1.3, 0.2), limit("nh3n", "III"))
    assert hours(found) == [(1, 3, 1.9), (5, 5, 1.3)]


def test_a_missing_value_does_not_split_a_run_but_a_gap_does():
    bound = limit("nh3n", "III")
    assert hours(exceedances(series(0, 2, NAN, 3, 0), bound)) == [(1, 3, 3)]
    far = series(0, 2, NAN, NAN, NAN, NAN, 3, 0)
    assert hours(exceedances(far, bound)) == [(1, 1, 2), (6, 6, 3)]


def test_oxygen_is_beyond_when_it_is_too_low():
    oxygen = exceedances(series(7, 4, 3, 6), limit("do_mg_l", "III"))
    assert hours(oxygen) == [(1, 2, 3)]


def test_ph_has_two_sides():
    assert hours(exceedances(series(7, 9.5, 9.6, 7, 5, 7), limit("ph", "III"))) == [
        (1, 2, 9.6),
        (4, 4, 5),
    ]


def test_nothing_beyond_and_nothing_at_all():
    assert exceedances(series(0.1, 0.2), limit("nh3n", "III")) == ()
    assert exceedances(series(), limit("nh3n", "III")) == ()


def test_one_single_value():
    assert hours(exceedances(series(3.0), limit("nh3n", "III"))) == [(0, 0, 3.0)]


@given(st.lists(st.one_of(st.just(NAN), st.integers(0, 30).map(lambda n: n / 10)), max_size=60))
def test_periods_hold_all_values_beyond_and_nothing_else(values):
    bound = limit("nh3n", "III")
    made = series(*values)
    found = exceedances(made, bound)
    beyond = [v for v in values if v > bound.high]
    assert sum(p.count for p in found) == len(beyond)
    inside = np.zeros(len(values), bool)
    for p in found:
        inside |= (made.times >= p.start) & (made.times <= p.end)
    known = np.isfinite(made.values)
    assert (made.values[inside & known] > bound.high).all()


def test_peak_of_what_is_seen():
    made = series(1, 5, 2, NAN, 3, 4)
    hour = np.timedelta64(1, "h")
    assert peak_between(made, START, START + 9 * hour).worst == 5
    assert peak_between(made, START + 2 * hour, START + 4 * hour).worst == 3
    assert peak_between(made, START + 3 * hour, START + 3 * hour) is None
    assert peak_between(made, START, START).worst == pytest.approx(1)
