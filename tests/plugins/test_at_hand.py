"""What a pointer over the rivers is told, and places that were said by hand."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest
from gisapp_plugins.upstream_tracing.at_hand import downstream_runs, rivers_at_hand, upstream_runs
from gisapp_plugins.upstream_tracing.network import build_network
from gisapp_plugins.upstream_tracing.placements import Chosen, placement_edit, placements_from
from gisapp_plugins.upstream_tracing.placing import Place
from gisapp_plugins.upstream_tracing.walk import trace_network
from gisapp_plugins.upstream_tracing.ways import way_from
from hypothesis import given
from hypothesis import strategies as st

from gisapp.api import Features, GisError, Layer, Point, PointStyle, Project, Source
from gisapp.io.vector import read_features


@pytest.fixture(scope="module")
def layers(sample_files):
    names = ("rivers", "stations", "outfalls")
    return {name: read_features(sample_files / f"{name}.gpkg") for name in names}


@pytest.fixture(scope="module")
def hand(layers):
    return rivers_at_hand.run({"rivers": layers["rivers"], "crs": layers["rivers"].crs})


@given(
    st.lists(st.integers(0, 1000), min_size=1, max_size=40),
    st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=8),
)
def test_runs_are_exactly_the_ways(choices, braids):
    n = len(choices)
    down = [0] + [1 + choice % number for number, choice in enumerate(choices[1:], 1)]
    minor = [(a + 1, b + 1) for a, b in braids if b < a < n]
    network = build_network(range(1, n + 1), down, np.ones(n), minor=minor)
    for reach in range(n):
        position = int(network.position[reach])
        place = Place(reach, 0.0, 0.0)
        for direction, runs in (
            ("UT", upstream_runs(network, position)),
            ("DM", downstream_runs(network, position, all_ways=False)),
            ("DD", downstream_runs(network, position, all_ways=True)),
        ):
            known = way_from(network, place, direction)
            told = [p for first, after in runs for p in range(first, after)]
            assert len(told) == len(set(told))
            assert {int(network.order[p]) for p in told} == set(known.reaches.tolist())


def test_main_stem_and_words(hand):
    network = hand.net.network
    for reach in (0, 5, 100, 700):
        position = int(network.position[reach])
        [(first, after)] = hand.runs(position, "UM")
        assert network.order[first:after].tolist() == network.main_stem(reach).tolist()
        assert hand.net.key(reach) in hand.words(position)


def test_three_near_reaches_say_what_tells_them_apart(hand):
    shapes = hand.shapes
    x, y = shapes.coords[shapes.starts[200]]
    near = hand.near(Point(x + 30, y), 5000)
    assert len(near) == 3
    assert [one.offset_m for one in near] == sorted(one.offset_m for one in near)
    assert all(one.drained_km2 > 0 for one in near)
    assert {one.side for one in near} <= {"left", "right", ""}
    assert len({one.position for one in near}) == 3


def applied(project, edit):
    return edit.apply(project)


def test_a_choice_is_kept_undone_and_respected(hand, layers):
    stations = layers["stations"]
    layer = Layer("Stations", Source("geopackage", "s.gpkg"), PointStyle(), role="stations")
    project = Project(crs=stations.crs, layers=(layer,), tables=MappingProxyType({}))
    at = stations.shapes.coords[3]
    fid = stations.ids[3]
    other = hand.near(Point(*at), 20_000)[1]
    edit = hand.keep(project, "stations", fid, other)
    after = applied(project, edit)
    kept = after.layer_of_role("placements")
    table = after.table_of(kept)
    said = placements_from(table)
    assert said["stations", str(fid)].reach == other.id
    assert table.row(table.ids[0])["locked"] is True
    found = trace_network.run({**layers, "start": f"station#{fid}", "placements": table})
    assert found.start.reach == other.id
    plain = trace_network.run({**layers, "start": f"station#{fid}"})
    assert plain.start.reach != other.id
    again = applied(after, hand.keep(after, "stations", fid, hand.near(Point(*at), 20_000)[2]))
    assert len(again.table_of(kept)) == 1  # said anew, not twice
    assert not applied(after, edit.reversed()).tables


def test_a_list_that_is_something_else_is_refused():
    other = Features("EPSG:4490", (), np.array(["1"], object), {}, None)
    with pytest.raises(GisError, match="column"):
        placements_from(other)


def test_a_list_in_a_file_cannot_be_written():
    layer = Layer("Said", Source("geopackage", "p.gpkg"), PointStyle(), role="placements")
    project = Project(crs="EPSG:4490", layers=(layer,))
    chosen = Chosen("1", 2.0, "left", 3.0)
    with pytest.raises(GisError, match="is a file"):
        placement_edit(project, "stations", "s1", chosen, Point(118, 24), "EPSG:4490")
