"""Canals whose water may flow either way, lakes where it stays, shares where a river parts."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from gisapp_plugins.upstream_tracing.network import build_network
from gisapp_plugins.upstream_tracing.placing import Place
from gisapp_plugins.upstream_tracing.reversible import numbered, turned_branches
from gisapp_plugins.upstream_tracing.rivers import prepare
from gisapp_plugins.upstream_tracing.spill import shares_on
from gisapp_plugins.upstream_tracing.spill_downstream import spill_downstream
from gisapp_plugins.upstream_tracing.walk import trace_network
from gisapp_plugins.upstream_tracing.ways import way_from
from hypothesis import given
from hypothesis import strategies as st

from gisapp.model.features import Features, Shapes
from gisapp.model.field import Field

NODES = {"a": (0, 3000), "b": (0, 2000), "c": (1000, 2000), "d": (1000, 3000), "e": (1000, 0)}


def river_layer(reaches: list[tuple[str, str, str]], **columns: list[object]) -> Features:
    """Made-up reaches (from, to, flows) between NODES, in metres."""
    coords = np.array([NODES[n] for a, b, _ in reaches for n in (a, b)], float)
    n = len(reaches)
    values = {
        "reach_id": np.arange(1, n + 1),
        "from_node": np.array([r[0] for r in reaches], object),
        "to_node": np.array([r[1] for r in reaches], object),
        "flows": np.array([r[2] for r in reaches], object),
        **{name: np.array(list(v), float) for name, v in columns.items()},
    }
    fields = tuple(
        Field(k, "integer" if k == "reach_id" else "real" if k in columns else "text")
        for k in values
    )
    ids = np.array([str(i) for i in range(1, n + 1)], object)
    shapes = Shapes("line", coords, np.arange(n + 1) * 2, np.arange(n))
    return Features("EPSG:4547", fields, ids, values, shapes)


# a -> b -(canal, drawn b to c)-> c -> e, and d -> c: the canal may also carry d's water to b
CANAL = [("a", "b", ""), ("b", "c", "往复"), ("d", "c", ""), ("c", "e", "")]


def test_what_is_joined_by_a_canal_may_have_come_from_either_side():
    layer = river_layer(CANAL)
    up = trace_network.run({"rivers": layer, "start": "reach:2"})
    assert {r.id for r in up.reaches} == {"1", "2", "3"}
    assert any("2" in text and "either way" in text for text in up.warnings)
    one_way = river_layer([(a, b, "") for a, b, _ in CANAL])
    known = trace_network.run({"rivers": one_way, "start": "reach:2"})
    assert {r.id for r in known.reaches} == {"1", "2"}
    assert not any("either way" in text for text in known.warnings)


def test_lines_without_nodes_know_their_canals_too():
    layer = river_layer(CANAL)
    columns = {name: layer.column(name) for name in ("flows",)}
    fields = tuple(f for f in layer.fields if f.name in columns)
    bare = Features("EPSG:4547", fields, layer.ids, columns, layer.shapes)
    up = trace_network.run({"rivers": bare, "start": "reach#2"})
    assert len(up.reaches) == 3


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 6), st.booleans()), min_size=1, max_size=12
    ),
    st.data(),
)
def test_the_upstream_set_is_that_of_a_search_both_ways(edges, data):
    """Against a breadth-first search over nodes, for any network however odd."""
    begin = np.array([str(a) for a, _, _ in edges])
    end = np.array([str(b) for _, b, _ in edges])
    either = np.array([e for *_, e in edges])
    n = len(edges)
    start, stop = numbered(begin, end)
    ways = [(i, start[i], stop[i]) for i in range(n)]
    ways += [(i, stop[i], start[i]) for i in range(n) if either[i]]
    drawn = [(x[0], y[0]) for x in ways[:n] for y in ways[:n] if x[2] == y[1] and x[0] != y[0]]
    turned = [tuple(pair) for pair in turned_branches(start, stop, either).tolist()]
    network = build_network(
        np.arange(1, n + 1),
        np.zeros(n, int),
        np.full(n, 10.0),
        minor=[(a + 1, b + 1) for a, b in {*drawn, *turned}],
    )
    at = data.draw(st.integers(0, n - 1))
    flows = {(x[0], y[0]) for x in ways for y in ways if x[2] == y[1] and x[0] != y[0]}
    found, waiting = {at}, [at]
    while waiting:
        below = waiting.pop()
        more = {a for a, b in flows if b == below} - found
        found |= more
        waiting += more
    assert set(network.upstream(at).tolist()) == found


def test_water_stays_in_a_lake():
    reaches = [("a", "b", ""), ("b", "c", ""), ("c", "e", "")]
    plain = river_layer(reaches, velocity_m_s=[1, 1, 1])
    lake = river_layer(reaches, velocity_m_s=[1, 1, 1], residence_days=[0, 2.0, np.nan])
    slow, quick = (
        {r.id: r.hours for r in trace_network.run({"rivers": layer, "start": "reach:3"}).reaches}
        for layer in (lake, plain)
    )
    assert slow["2"] == pytest.approx(quick["2"])
    assert slow["1"] == pytest.approx(quick["1"] + 48)
    said = trace_network.run({"rivers": lake, "start": "reach:3"}).rests_on
    assert any("lakes" in text for text in said)


def test_shares_that_the_data_gives_come_before_discharges():
    # 1 -> 2 -> 4, 1 -> 3 -> 4
    network = build_network([1, 2, 3, 4], [2, 4, 4, 0], np.full(4, 1000.0), minor=[(1, 3)])
    way = way_from(network, Place(0, 1000.0, 0.0), "DD")
    flows, given_shares = np.array([9.0, 6.0, 3.0, 9.0]), np.array([1.0, 0.9, 0.1, np.nan])
    assert shares_on(way, network, flows, given_shares)[2] == pytest.approx(0.1)
    assert shares_on(way, network, flows)[2] == pytest.approx(1 / 3)


def test_a_spill_into_a_canal_is_warned_of_on_both_sides():
    layer = river_layer([("b", "c", "双向"), ("c", "e", ""), ("b", "a", "")])
    station_at = shapely.get_coordinates(shapely.points([NODES["a"], NODES["e"]]))
    stations = Features(
        "EPSG:4547",
        (Field("station_id"),),
        np.array(["1", "2"], object),
        {"station_id": np.array(["SA", "SE"], object)},
        Shapes("point", station_at, np.arange(3), np.arange(2)),
    )
    found = spill_downstream.run(
        {"rivers": layer, "start": "reach:1", "measure_m": 500, "mass_kg": 5, "stations": stations}
    )
    assert {a.id for a in found.arrivals} == {"SA", "SE"}
    assert prepare(layer).either_way.tolist() == [True, False, False]
