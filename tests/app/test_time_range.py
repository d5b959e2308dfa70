"""Stretches of time, and the features with a date in them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.app.time_range import TimeRange, TimeSieve, date_field, days_of, some_of, span_of
from gisapp.model.features import Features, Shapes
from gisapp.model.field import Field
from gisapp.model.layer import Layer, Source
from gisapp.model.style import LineStyle

DAY = np.timedelta64(1, "D")
FIELDS = (Field("name"), Field("seen_at", "date"))
LAYER = Layer("Lines", Source("geojson", "lines.geojson"), LineStyle())


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def lines(dates: list[str | None]) -> Features:
    """One line of two parts for each date, n map units north."""
    n = len(dates)
    xy = [[(0, k), (1, k), (2, k), (3, k)] for k in range(n)]
    coords = np.array(xy, np.float64).reshape(-1, 2)
    shapes = Shapes("line", coords, np.arange(0, 4 * n + 1, 2), np.repeat(np.arange(n), 2))
    columns = {
        "name": np.array([f"n{k}" for k in range(n)], object),
        "seen_at": np.array(dates, object),
    }
    ids = np.array([str(k) for k in range(n)], object)
    return Features("EPSG:4490", FIELDS, ids, columns, shapes)


def parts(shapes: Shapes, feature: int) -> list[list[list[float]]]:
    of = np.flatnonzero(shapes.owner == feature)
    return [shapes.coords[shapes.starts[p] : shapes.starts[p + 1]].tolist() for p in of]


def test_dates_are_read_and_what_is_none_is_no_date():
    found = days_of(np.array(["2025-03-01", "2025-03-01T08:00:00+08:00", "soon", None], object))
    assert found[0] == found[1] == day("2025-03-01")
    assert np.isnat(found[2:]).all()


@settings(deadline=None)
@given(st.lists(st.sampled_from(["2025-01-01", "2025-02-01", "2025-03-01", None]), max_size=8))
def test_some_features_are_what_they_were_among_all(dates):
    data = lines(dates)
    chosen = days_of(data.column("seen_at")) >= day("2025-02-01")
    some = some_of(data, chosen)
    assert list(some.ids) == [str(k) for k in np.flatnonzero(chosen)]
    for number, fid in enumerate(some.ids):
        assert some.row(fid) == data.row(fid)
        assert parts(some.shapes, number) == parts(data.shapes, int(fid))


@settings(deadline=None)
@given(st.integers(0, 90), st.integers(0, 90), st.integers(-200, 200))
def test_a_stretch_that_moves_keeps_its_length_and_stays_within(first, length, by):
    whole = TimeRange(day("2025-01-01"), day("2025-01-01") + 180 * DAY)
    start = whole.first + first * DAY
    one = TimeRange(start, start + length * DAY)
    moved = one.moved(by, whole)
    assert moved.days == one.days
    assert whole.first <= moved.first <= moved.last <= whole.last
    assert abs(int((moved.first - one.first) / DAY)) <= abs(by)


def test_the_sieve_lets_through_what_is_in_the_range():
    data = lines(["2025-01-01", "2025-02-01", None, "2025-03-01"])
    assert date_field(data) == "seen_at"
    assert span_of([data, lines([None])]) == TimeRange(day("2025-01-01"), day("2025-03-01"))
    assert span_of([lines([None])]) is None
    sieve = TimeSieve()
    assert sieve(LAYER, data) is data
    sieve.range = TimeRange(day("2025-01-15"), day("2025-03-01"))
    shown = sieve(LAYER, data)
    assert list(shown.ids) == ["1", "3"]
    assert sieve(LAYER, data) is shown  # so that nothing is painted anew
    undated = lines([None, None])
    assert sieve(LAYER, undated) is undated
    assert str(sieve.range) == "2025-01-15 – 2025-03-01"
