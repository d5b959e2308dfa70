"""Ways that end at barriers, against a plain walk."""

from __future__ import annotations

import numpy as np
import pytest
from gisapp_plugins.upstream_tracing.barriers import stopped_way
from gisapp_plugins.upstream_tracing.network import build_network
from gisapp_plugins.upstream_tracing.placing import Place
from gisapp_plugins.upstream_tracing.walk import trace_network
from gisapp_plugins.upstream_tracing.ways import distances_on, way_from
from hypothesis import given
from hypothesis import strategies as st

from gisapp.api import ParameterError, Point, transform_point
from gisapp.io.vector import read_features

LENGTH = 100.0


@pytest.fixture(scope="module")
def layers(sample_files):
    names = ("rivers", "stations", "outfalls", "sources")
    return {name: read_features(sample_files / f"{name}.gpkg") for name in names}


def plain_walk(down, braids, start, stops, *, up):
    """Reaches that can be got to without passing a stop, by asking neighbours."""
    pairs = [(n, d) for n, d in enumerate(down) if d >= 0] + list(braids)
    ahead = {}
    for top, foot in pairs:
        one, other = (foot, top) if up else (top, foot)
        ahead.setdefault(one, []).append(other)
    found, waiting = set(), [start]
    while waiting:
        at = waiting.pop()
        if at in found:
            continue
        found.add(at)
        if at not in stops:
            waiting += ahead.get(at, [])
    return found


@given(
    st.lists(st.integers(0, 1000), min_size=2, max_size=25),
    st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), max_size=6),
    st.sets(st.integers(0, 24), max_size=4),
    st.integers(0, 24),
    st.sampled_from(["UT", "DD"]),
)
def test_nothing_beyond_a_barrier_and_everything_before_it(choices, braids, walls, start, way):
    n = len(choices)
    down = [-1] + [choice % number for number, choice in enumerate(choices[1:], 1)]
    minor = [(a, b) for a, b in braids if b < a < n]
    network = build_network(
        range(1, n + 1), [d + 1 for d in down], np.full(n, LENGTH),
        minor=[(a + 1, b + 1) for a, b in minor],
    )  # fmt: skip
    start, walls = start % n, {w for w in walls if w < n}
    up = way == "UT"
    begin = Place(start, 0.0 if up else LENGTH, 0.0)
    half = [Place(w, LENGTH / 2, 0.0) for w in walls]
    found = stopped_way(network, begin, way, half)
    assert set(found.reaches.tolist()) == plain_walk(down, minor, start, walls, up=up)
    open_m = sum(LENGTH / 2 if r in walls else LENGTH for r in found.reaches.tolist())
    assert found.length_m == pytest.approx(open_m)
    if not walls:
        assert found.reaches.tolist() == way_from(network, begin, way).reaches.tolist()
    for reach in walls & set(found.reaches.tolist()):
        near, far = (20.0, 80.0) if up else (80.0, 20.0)
        there = distances_on(found, network, [Place(reach, near, 0.0), Place(reach, far, 0.0)])
        assert np.isfinite(there).tolist() == [True, False]


def test_a_barrier_behind_the_start_stops_nothing():
    network = build_network([1, 2, 3], [0, 1, 2], np.full(3, LENGTH))
    start = Place(1, 60.0, 0.0)
    up = stopped_way(network, start, "UM", [Place(1, 10.0, 0.0)])
    assert up.reaches.tolist() == [1, 2]
    down = stopped_way(network, start, "DM", [Place(1, 80.0, 0.0)])
    assert down.reaches.tolist() == [1, 0]
    assert down.length_m == pytest.approx(160.0)


def test_a_dam_named_by_its_reach_or_place_cuts_the_trace(layers):
    whole = trace_network.run({**layers, "start": "ST09"})
    wall = whole.reaches[3].id
    cut = trace_network.run({**layers, "start": "ST09", "barriers": f"reach:{wall}"})
    beyond = {r.id for r in trace_network.run({**layers, "start": f"reach:{wall}"}).reaches}
    assert {r.id for r in whole.reaches} - {r.id for r in cut.reaches} == beyond
    assert cut.length_km < whole.length_km
    assert not {f.id for f in cut.found} & {f.id for f in whole.found if f.reach in beyond}
    assert any("barrier" in text for text in cut.warnings)
    within = trace_network.run(
        {**layers, "start": "ST09", "barriers": f"reach:{wall}", "km": 3.0, "hours": 2.0}
    )
    assert {r.id for r in within.reaches} <= {r.id for r in cut.reaches}
    with pytest.raises(ParameterError):
        trace_network.run({**layers, "start": "ST09", "barriers": "no such dam"})


def test_exchanged_numbers_are_noticed(layers):
    rivers = layers["rivers"]
    x, y = transform_point(Point(*rivers.shapes.coords[100]), rivers.crs, "EPSG:4490")
    found = trace_network.run({**layers, "start": f"{x},{y}"})
    assert found.reaches
    with pytest.raises(ParameterError) as swapped:
        trace_network.run({**layers, "start": f"{y},{x}"})
    assert "exchanged" in swapped.value.hint
    with pytest.raises(ParameterError) as far:
        trace_network.run({**layers, "start": "10,20"})
    assert "exchanged" not in far.value.hint
