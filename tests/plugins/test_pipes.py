"""Sewers joined to rivers at outfalls: made-up pipes on made-up rivers, against a plain walk."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from gisapp_plugins.upstream_tracing.algorithm import trace_upstream
from gisapp_plugins.upstream_tracing.doctor_repairs import Repair, repairs_as_points
from gisapp_plugins.upstream_tracing.network_file import SewerLayers, open_network, write_network
from gisapp_plugins.upstream_tracing.pipe_lines import read_pipes
from gisapp_plugins.upstream_tracing.pipes import with_pipes
from gisapp_plugins.upstream_tracing.placing import Place
from gisapp_plugins.upstream_tracing.rank import rank_sources
from gisapp_plugins.upstream_tracing.rivers import keep_prepared, prepare
from gisapp_plugins.upstream_tracing.spill_downstream import spill_downstream
from gisapp_plugins.upstream_tracing.travel import velocities_of
from gisapp_plugins.upstream_tracing.walk import trace_network
from gisapp_plugins.upstream_tracing.ways import way_from
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.api import Features, Field, ParameterError, Shapes, Silent
from gisapp.cli.program import run_program
from gisapp.io.vector_writing import write_features
from tests.plugins.test_doctor import CRS, EAST, MAIN, NORTH, RIGHT, SOUND, WEST, layer

# the river reach 3 runs from (0, 2000) to (0, 1000); two pipes lead to its middle, one to a field
TRUNK = [(300, 1600), (150, 1500), (0, 1500)]
FEEDER = [(600, 1700), (300, 1600)]
ALONE = [(5000, 5000), (4000, 4000)]


def points(places, **columns):
    at = np.array(places, float) + np.array([EAST, NORTH])
    n = len(at)
    ids = np.array([str(k + 1) for k in range(n)], object)
    values = {name: np.array(column, object) for name, column in columns.items()}
    fields = tuple(Field(name) for name in values)
    return Features(CRS, fields, ids, values, Shapes("point", at, np.arange(n + 1), np.arange(n)))


RIVERS = [*MAIN, WEST, RIGHT]
STATIONS = points([(0, 500), (3, 1800)], station_id=["low", "high"])
SOURCES = points([(590, 1702), (-880, 2880)], source_id=["works", "farm"])
OUTFALLS = points([(4, 1498)], code_local=["W-7"])
LAYERS = {"stations": STATIONS, "sources": SOURCES, "outfalls": OUTFALLS}


def pipes(**columns):
    return layer([TRUNK, FEEDER, ALONE], **columns)


def traced(start, *, drains=None, **more):
    drains = pipes() if drains is None else drains
    return trace_network.run({"rivers": layer(RIVERS), "pipes": drains, **LAYERS, **more,
                              "start": start})  # fmt: skip


def test_a_trace_goes_on_through_the_outfall_and_names_what_it_finds():
    found = traced("low")
    kinds = {r.id: r.kind for r in found.reaches}
    assert kinds["pipe 1"] == kinds["pipe 2"] == "pipe"
    assert "pipe 3" not in kinds
    [way] = found.sewers
    assert (way.outfall, way.reach) == ("W-7", "3")
    assert way.pipes == ("pipe 1", "pipe 2")
    assert way.measure_m == pytest.approx(500)
    assert way.distance_m == pytest.approx(1000, abs=2)  # from (0, 500) up to (0, 1500)
    assert way.found == ("works",)
    works = next(f for f in found.found if f.id == "works")
    assert works.distance_m == pytest.approx(1000 + 150 + np.hypot(150, 100) + 306, abs=5)
    assert "W-7" in str(found)
    assert any("pipe" in text or "3" in text for text in found.warnings)
    assert {f.id for f in found.found} == {"works", "farm", "high", "W-7"}


def test_a_station_above_the_outfall_does_not_see_the_sewer():
    found = traced("high")
    assert not found.sewers
    assert "works" not in {f.id for f in found.found}
    assert {r.kind for r in found.reaches} == {"river"}
    plain = trace_network.run({"rivers": layer(RIVERS), **LAYERS, "start": "high"})
    assert found.length_km == pytest.approx(plain.length_km)
    assert [r.feature for r in found.reaches] == [r.feature for r in plain.reaches]


def test_down_from_a_source_on_a_sewer_the_water_comes_to_the_station():
    found = traced("source:works", direction="DM")
    assert [r.kind for r in found.reaches][:2] == ["pipe", "pipe"]
    assert [f.id for f in found.found if f.role == "stations"] == ["low"]
    up = next(f for f in traced("low").found if f.id == "works")
    down = next(f for f in found.found if f.id == "low")
    assert down.distance_m == pytest.approx(up.distance_m)
    assert down.hours == pytest.approx(up.hours)


def test_barriers_and_limits_hold_in_pipes_too():
    assert not traced("low", km=0.9).sewers
    near = traced("low", km=1.1)
    assert near.sewers[0].pipes == ("pipe 1",)
    shut = traced("low", barriers="reach:pipe 2")
    assert shut.sewers[0].pipes == ("pipe 1",)
    assert "works" not in {f.id for f in shut.found}


WAYS = {
    "as drawn": ({}, [False, False]),
    "a word": ({"flow": ["against", "with", ""]}, [True, False]),
    "levels": ({"level_first": [2.0, 9.0, 5], "level_last": [3.0, 8.0, 5]}, [True, False]),
    "a word before levels": (
        {"flow": ["正向", "", ""], "level_first": [2.0, 7.0, 5], "level_last": [3.0, 8.0, 5]},
        [False, True],
    ),
}


@pytest.mark.parametrize("how", WAYS)
def test_which_way_a_pipe_flows(how):
    columns, turned = WAYS[how]
    read = read_pipes(pipes(**columns), CRS, degrees=False, unit_m=1.0)
    first = [tuple(np.round(line[0] - (EAST, NORTH)).tolist()) for line in read.lines[:2]]
    drawn = (TRUNK, FEEDER)
    wanted = [line[-1] if turn else line[0] for line, turn in zip(drawn, turned, strict=True)]
    assert first == wanted


def test_velocities_of_pipes_are_their_own():
    drains = pipes(velocity_m_s=[2.0, np.nan, np.nan], diameter_mm=[np.nan, 600.0, np.nan],
                   slope=[np.nan, 0.004, np.nan])  # fmt: skip
    read = read_pipes(drains, CRS, degrees=False, unit_m=1.0)
    full = (0.6 / 4) ** (2 / 3) * np.sqrt(0.004) / 0.013
    assert read.m_s == pytest.approx([2.0, full, 1.0])
    net = with_pipes(prepare(layer(RIVERS)), drains)
    known = velocities_of(net)
    pipe = net.sewers.is_pipe
    assert known.m_s[pipe] == pytest.approx(read.m_s)
    assert set(known.way[pipe]) == {"pipes"}
    assert set(known.way[~pipe]) == {"assumed"}


def test_what_is_recorded_on_a_parted_reach_stays_where_it_was():
    stations = points([(0, 1700), (0, 1200)], station_id=["up", "down"],
                      reach_id=["3", "3"], measure_m=[700.0, 200.0])  # fmt: skip
    rivers = layer(RIVERS, reach_id=[1, 2, 3, 4, 5, 6], next_down=[2, 3, 4, 0, 3, 4])
    more = {"rivers": rivers, "stations": stations, "pipes": pipes()}
    assert not trace_network.run({**more, "start": "up"}).sewers
    found = trace_network.run({**more, "start": "down"})
    assert found.sewers[0].distance_m == pytest.approx(300, abs=1)
    assert found.start.reach == "3/2"
    assert trace_network.run({**more, "start": "reach:3", "measure_m": 700.0}).sewers == ()
    assert len(trace_network.run({**more, "start": "reach:3", "measure_m": 100.0}).sewers) == 1


@st.composite
def drained(draw):
    """Pipes by chance: trees whose mouths lie beside reaches at whole tens of metres."""
    count = draw(st.integers(1, 8))
    lines, into = [], []
    for k in range(count):
        if k and draw(st.booleans()):
            parent = draw(st.integers(0, k - 1))
            end = lines[parent][0]
            into.append(("pipe", parent))
        else:
            reach = draw(st.integers(2, 3))  # the two straight ones: x is 0
            measure = draw(st.integers(10, 90)) * 10
            end = (0, 1000 * (3 - reach) + measure) if reach == 2 else None
            if end is None:
                reach, end = 2, (0, 1000 + measure)
            into.append(("river", measure))
        lines.append([(end[0] + 60 + 7 * k, end[1] + 3 + k), end])
    return lines, into


@given(drained(), st.integers(0, 100))
@settings(max_examples=40, deadline=None)
def test_upstream_on_rivers_and_pipes_is_what_a_plain_walk_finds(made, at):
    lines, into = made
    rivers = layer(SOUND)
    net = with_pipes(prepare(rivers), layer(lines), 20.0)
    measure = 10.0 * at + 5  # never where a pipe comes in
    if measure >= 1000:
        measure = 995.0
    reach, on = net.on_piece(2, measure)
    way = way_from(net.network, Place(reach, on, 0.0), "UT")
    far = dict(zip(net.keys_of(way.reaches), way.distance_m.tolist(), strict=True))
    length = [float(np.hypot(*(np.subtract(*line)))) for line in lines]
    wanted = {}
    for k, (kind, where) in enumerate(into):
        if kind == "river" and where > measure:
            wanted[k] = where - measure
        elif kind == "pipe" and where in wanted:
            wanted[k] = wanted[where] + length[where]
    pipes_found = {key: d for key, d in far.items() if key.startswith("pipe ")}
    assert pipes_found == pytest.approx({f"pipe {k + 1}": d for k, d in wanted.items()}, abs=0.6)
    upper = {str(k) for k in (1, 2, 3, 5)}  # reach 3 and what flows into it, as in SOUND
    assert {key.split("/")[0] for key in far if key not in pipes_found} == upper
    stem = way_from(net.network, Place(reach, on, 0.0), "UM")
    assert not net.is_pipe(stem.reaches).any()


def test_the_command_builds_one_network_and_traces_it(tmp_path, capsys):
    names = {"rivers": layer(RIVERS), "pipes": pipes(name=["Trunk", "", ""]), **LAYERS}
    files = {name: tmp_path / f"{name}.gpkg" for name in names}
    for name, features in names.items():
        write_features(features, files[name], CRS, Silent())
    network = tmp_path / "all.rivernet"
    words = ["network", "build", files["rivers"], "--pipes", files["pipes"], "--outfalls",
             files["outfalls"], "--output", network, "--json"]  # fmt: skip
    assert run_program(list(map(str, words))) == 0
    built = json.loads(capsys.readouterr().out)["pipes"]
    assert built["pipes"] == 3
    assert built["directions"] == {"drawn": 3}
    assert [j["outfall"] for j in built["joints"]] == ["W-7"]
    assert len(built["loose"]) == 1
    words = ["trace", network, "--from", "low", "--direction", "UT", "--stations",
             files["stations"], "--sources", files["sources"], "--json"]  # fmt: skip
    assert run_program(list(map(str, words))) == 0
    found = json.loads(capsys.readouterr().out)
    same = traced("low")
    assert [r["id"] for r in found["reaches"]] == [r.id for r in same.reaches]
    assert found["sewers"][0]["outfall"] == "W-7"
    assert found["sewers"][0]["found"] == ["works"]
    words = ["trace", network, "--from", "low", "--direction", "UT", "--pipes", files["pipes"],
             "--stations", files["stations"]]  # fmt: skip
    assert run_program(list(map(str, words))) == 1
    assert "pipes already" in capsys.readouterr().err


def test_points_are_no_pipes():
    with pytest.raises(ParameterError, match="not lines"):
        traced("low", drains=STATIONS)


def test_a_ranking_and_a_plain_trace_go_through_the_outfall_too():
    asked = {"rivers": layer(RIVERS), "stations": STATIONS, "sources": SOURCES, "start": "low"}
    event = {"value_mg_l": 3.0, "baseline_mg_l": 0.3}
    ranked = rank_sources.run({**asked, **event, "pipes": pipes()})
    far = {one.row.id: one.distance_m for one in ranked.sources}
    assert far["works"] == pytest.approx(next(f for f in traced("low").found
                                              if f.id == "works").distance_m)  # fmt: skip
    assert not {str(reach.feature) for reach in ranked.reaches} & {"pipe 1", "pipe 2"}
    assert [one.name for one in ranked.question.data if one.name == "pipes"]
    listed = trace_upstream.run({**asked, "pipes": pipes()})
    assert far["works"] == next(f.distance_m for f in listed.sources if f.id == "works")
    above = trace_upstream.run({**asked, "pipes": pipes(), "start": "high"})
    assert "works" not in {f.id for f in above.sources}


def test_a_spill_into_a_sewer_comes_to_the_station():
    asked = {"rivers": layer(RIVERS), "stations": STATIONS, "sources": SOURCES, "mass_kg": 10.0}
    found = spill_downstream.run({**asked, "start": "source:works", "pipes": pipes()})
    [low] = found.arrivals
    assert low.id == "low"
    assert low.distance_m == pytest.approx(
        next(f for f in traced("source:works", direction="DM").found if f.id == "low").distance_m
    )


@pytest.mark.parametrize("columns", [{}, {"reach_id": [1, 2, 3, 4, 5, 6],
                                          "next_down": [2, 3, 4, 0, 3, 4]}])  # fmt: skip
def test_a_kept_network_with_pipes_takes_repairs_of_its_rivers(tmp_path, columns):
    file = tmp_path / "all.rivernet"
    rivers, cut = layer(RIVERS, **columns), Repair("cut", "5")  # the western tributary
    write_network(file, rivers, Silent(), sewers=SewerLayers(pipes()))
    kept = open_network(file)
    repaired = prepare(kept.features, 0.0, (cut,))
    wanted = with_pipes(prepare(rivers, 0.0, (cut,)), pipes())
    for name in ("order", "size", "down", "minor_from"):
        one, other = getattr(repaired.network, name), getattr(wanted.network, name)
        np.testing.assert_array_equal(one, other)
    assert repaired.network.length_m == pytest.approx(wanted.network.length_m)
    asked = {"rivers": kept.features, **LAYERS, "start": "low"}
    far = {f.id for f in trace_network.run(asked).found}
    less = trace_network.run({**asked, "repairs": repairs_as_points((cut,), CRS)})
    assert far - {f.id for f in less.found} == {"farm"}
    assert [way.outfall for way in less.sewers] == ["W-7"]


def test_a_network_kept_without_its_parts_says_what_to_do(tmp_path):
    net = with_pipes(prepare(layer(RIVERS)), pipes())
    keep_prepared(replace(net, sewers=replace(net.sewers, apart=None)))
    with pytest.raises(ParameterError, match="takes no repairs") as told:
        prepare(net.features, 0.0, (Repair("cut", "5"),))
    assert "network build" in told.value.hint
