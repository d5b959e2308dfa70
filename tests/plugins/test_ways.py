"""Up and down a network against a walk from reach to reach."""

from __future__ import annotations

import numpy as np
import pytest
from gisapp_plugins.upstream_tracing.network import build_network
from gisapp_plugins.upstream_tracing.placing import Place
from gisapp_plugins.upstream_tracing.ways import distances_on, in_hours, place_in_hours, way_from
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.plugins.test_network import forests, lengths_of

# 5 -> 3 -> 1 -> 0 (the sea), 4 -> 3, 2 -> 1; 3 also has a side way to 0
NETWORK = build_network(
    [10, 11, 12, 13, 14, 15],
    [0, 10, 11, 11, 13, 13],
    np.array([100.0, 200, 300, 400, 500, 600]),
    weight=np.array([9.0, 8, 1, 7, 2, 5]),
    minor=[(13, 10)],
)


def found(direction, reach, measure=0.0, limit=np.inf):
    way = way_from(NETWORK, Place(reach, measure, 0.0), direction, limit)
    return dict(zip(way.reaches.tolist(), way.distance_m.tolist(), strict=True)), way


def test_up_the_main_stem():
    reaches, way = found("UM", 1, 50.0)
    assert reaches == {1: 0.0, 3: 150.0, 5: 550.0}
    assert way.length_m == 150 + 400 + 600


def test_up_all_tributaries():
    reaches, _ = found("UT", 1, 50.0)
    assert reaches == {1: 0.0, 2: 150.0, 3: 150.0, 4: 550.0, 5: 550.0}


def test_down_the_main_way():
    reaches, way = found("DM", 5, 100.0)
    assert reaches == {5: 0.0, 3: 100.0, 1: 500.0, 0: 700.0}
    assert way.length_m == 100 + 400 + 200 + 100


def test_down_all_ways_takes_the_shortest_to_each():
    reaches, _ = found("DD", 5, 100.0)
    assert reaches == {5: 0.0, 3: 100.0, 1: 500.0, 0: 500.0}


def test_a_limit_cuts_a_reach():
    reaches, way = found("DM", 5, 100.0, 300.0)
    assert reaches == {5: 0.0, 3: 100.0}
    assert way.length_m == 100 + 200


def test_places_on_the_way():
    places = [Place(3, 150.0, 0), Place(4, 10.0, 0), Place(5, 90.0, 0), Place(5, 110.0, 0), None]
    _, way = found("DM", 5, 100.0)
    assert distances_on(way, NETWORK, places) == pytest.approx(
        [350.0, np.nan, 10.0, np.nan, np.nan], nan_ok=True
    )
    _, way = found("UT", 3, 100.0)
    assert distances_on(way, NETWORK, places) == pytest.approx(
        [50.0, 310.0, 390.0, 410.0, np.nan], nan_ok=True
    )


def test_hours_are_lengths_by_velocities():
    timed = in_hours(NETWORK, np.array([1.0, 0.5, 1, 2, np.nan, 0.1]))
    start = place_in_hours(Place(1, 50.0, 0.0), NETWORK, timed)
    assert start.measure_m == pytest.approx(50 / 0.5 / 3600)
    way = way_from(timed, start, "UT")
    hours = dict(zip(way.reaches.tolist(), (way.distance_m * 3600).tolist(), strict=True))
    assert hours == pytest.approx({1: 0, 2: 300, 3: 300, 4: 500, 5: 500})


@settings(max_examples=100, deadline=None)
@given(forests(), st.data())
def test_down_is_where_up_leads_back(down, data):
    n = len(down)
    network = build_network(
        np.arange(1, n + 1), [d + 1 if d >= 0 else 0 for d in down], lengths_of(n)
    )
    reach = data.draw(st.integers(0, n - 1))
    below = way_from(network, Place(reach, 0.0, 0.0), "DM")
    for at, distance in zip(below.reaches.tolist(), below.distance_m.tolist(), strict=True):
        top = float(network.length_m[at])
        above = way_from(network, Place(at, 0.0 if at == reach else top, 0.0), "UT")
        back = dict(zip(above.reaches.tolist(), above.distance_m.tolist(), strict=True))
        assert reach in back
        if at != reach:
            assert back[reach] == pytest.approx(distance)
