"""The trace against what is known to be true of the sample basin."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from gisapp_plugins.upstream_tracing.algorithm import trace_upstream
from gisapp_plugins.upstream_tracing.doctor_check import check_rivers

from gisapp.api import Features, Field, ParameterError, Shapes, point_shapes
from gisapp.io.vector import read_features

SAMPLE = ("rivers", "stations", "outfalls", "sources")


@pytest.fixture(scope="module")
def layers(sample_files):
    return {name: read_features(sample_files / f"{name}.gpkg") for name in SAMPLE}


@pytest.fixture(scope="module")
def truth(sample_files):
    return json.loads((sample_files / "truth.json").read_text("utf-8"))


def test_every_station_of_the_truth_has_its_upstream(layers, truth):
    for known in truth["upstream"]:
        trace = trace_upstream.run({**layers, "start": known["station"]})
        assert trace.start.reach == str(known["reach"])
        assert trace.start.measure_m == pytest.approx(known["measure_m"])
        assert len(trace.reaches) == known["reaches"]
        assert trace.length_m == pytest.approx(known["length_m"], abs=1)
        assert sorted(s.id for s in trace.stations) == known["stations"]
        assert len(trace.outfalls) == known["outfalls"]
        assert len(trace.sources) == known["sources"]
        assert not trace.left_out


def test_the_culprit_of_the_event_is_found_at_its_distance(layers, truth):
    event = truth["event"]
    for seen in event["stations"]:
        trace = trace_upstream.run({**layers, "start": f"station:{seen['station']}"})
        [culprit] = [s for s in trace.sources if s.id == event["culprit"]]
        assert culprit.distance_m == pytest.approx(seen["distance_m"], abs=1)
        assert culprit.reach == str(event["reach"])
        assert event["outfall"] in {o.id for o in trace.outfalls}


def test_lists_ascend_and_distances_are_along_the_river(layers):
    trace = trace_upstream.run({**layers, "start": "ST12"})
    for found in (trace.stations, trace.outfalls, trace.sources, trace.found):
        distances = [f.distance_m for f in found]
        assert distances == sorted(distances)
        assert min(distances) > 0
    reaches = [r.distance_m for r in trace.reaches]
    assert reaches == sorted(reaches)
    assert reaches[0] == 0
    assert "candidate" in str(trace)
    assert any("1313 reaches" in text for text in trace.rests_on)


def test_a_limit_cuts_the_lists_and_the_length(layers):
    whole = trace_upstream.run({**layers, "start": "ST12"})
    near = trace_upstream.run({**layers, "start": "ST12", "max_distance_m": 10_000.0})
    assert [s for s in whole.sources if s.distance_m <= 10_000] == list(near.sources)
    assert [r for r in whole.reaches if r.distance_m <= 10_000] == list(near.reaches)
    assert 10_000 < near.length_m < whole.length_m


@pytest.mark.parametrize("start", ["reach:1254", "1254", "reach#1254"])
def test_from_a_reach_by_its_id_or_number(layers, start):
    trace = trace_upstream.run({"rivers": layers["rivers"], "start": start})
    assert trace.start.reach == "1254"
    assert trace.start.measure_m == 0
    above = trace_upstream.run({"rivers": layers["rivers"], "start": start, "measure_m": 500.0})
    assert trace.length_m - above.length_m == pytest.approx(500)


def test_from_a_place_on_the_map_in_metres_or_degrees(layers):
    at = trace_upstream.run({**layers, "start": "ST01"}).start
    from_metres = trace_upstream.run(
        {"rivers": layers["rivers"], "start": f"{at.place.x + 20},{at.place.y}"}
    )
    assert from_metres.start.reach == at.reach
    assert from_metres.start.measure_m == pytest.approx(at.measure_m, abs=40)
    degrees = layers["stations"].shapes_in("EPSG:4490").coords[0]
    from_degrees = trace_upstream.run(
        {"rivers": layers["rivers"], "start": f"{degrees[0]}，{degrees[1]}"}
    )
    assert from_degrees.start.reach == at.reach


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"start": "nobody"}, "no start nobody"),
        ({"start": ""}, "no start"),
        ({"start": "0,0"}, "from the nearest reach"),
        ({"start": "reach:1254", "measure_m": 1e6}, "beyond its upper end"),
        ({"start": "ST01", "id_column": "river"}, "no column river"),
        ({"start": "ST01", "snap_within_m": 0.0}, "not between"),
    ],
)
def test_mistakes_are_explained(layers, values, words):
    with pytest.raises(ParameterError, match=words):
        trace_upstream.run({**layers, **values})


def river_layer(next_down, **columns):
    """Straight reaches of 100 m one after another to the south, ids from 1."""
    n = len(next_down)
    ends = np.array([[[0.0, -100.0 * i], [0.0, -100.0 * (i + 1)]] for i in range(n)])
    shapes = Shapes("line", ends.reshape(-1, 2), np.arange(n + 1) * 2, np.arange(n))
    table = {"reach_id": np.arange(1, n + 1), "next_down": np.array(next_down), **columns}
    fields = tuple(Field(name) for name in table)
    ids = np.array([f"f{i}" for i in range(n)], object)
    return Features("EPSG:4547", fields, ids, table, shapes)


def test_an_id_that_means_two_things_asks_which():
    rivers = river_layer([2, 3, 0])
    fields = (Field("station_id"),)
    names = np.array(["3"], object)
    at = point_shapes(np.array([[0.0, -50.0]]))
    stations = Features("EPSG:4547", fields, np.array(["a"], object), {"station_id": names}, at)
    with pytest.raises(ParameterError, match="may mean"):
        trace_upstream.run({"rivers": rivers, "stations": stations, "start": "3"})
    trace = trace_upstream.run({"rivers": rivers, "stations": stations, "start": "station:3"})
    assert trace.start.reach == "1"
    assert trace.start.measure_m == pytest.approx(50, rel=0.01)  # of a zone, far from it
    assert trace.length_m == pytest.approx(50, rel=0.01)


def test_cycles_and_a_cut_basin_are_said():
    round_about = river_layer([2, 3, 1, 0])
    trace = trace_upstream.run({"rivers": round_about, "start": "reach:1"})
    assert len(trace.reaches) == 3
    assert any("cycle" in text for text in trace.warnings)
    cut = river_layer(
        [2, 3, 0],
        UPLAND_SKM=np.array([100.0, 102.0, 900.0]),
        CATCH_SKM=np.array([100.0, 2.0, 3.0]),
    )
    trace = trace_upstream.run({"rivers": cut, "start": "reach:3"})
    assert any("12 %" in text for text in trace.warnings)
    assert not any("%" in t for t in trace_upstream.run({"rivers": cut, "start": "2"}).warnings)
    report = check_rivers.run({"rivers": cut})
    assert report.incomplete == ("3",)
    assert report.outlets == 1


def test_what_cannot_be_placed_is_listed_with_the_reason():
    rivers = river_layer([2, 3, 0])
    xy = np.array([[5.0, -20.0], [900.0, -20.0], [np.nan, np.nan], [0.0, 0.0], [9e5, 9e5]])
    names = np.array(["near", "far", "nowhere", "zero", "elsewhere"], object)
    sources = Features("EPSG:4547", (Field("name"),), names, {"name": names}, point_shapes(xy))
    shapes = replace(rivers.shapes, coords=rivers.shapes.coords - [0, 10])
    moved = Features(rivers.crs, rivers.fields, rivers.ids, rivers.columns, shapes)
    trace = trace_upstream.run(
        {"rivers": moved, "sources": sources, "start": "3", "snap_within_m": 8.0}
    )
    assert [s.title for s in trace.sources] == ["near"]
    assert trace.sources[0].distance_m == pytest.approx(290, rel=0.01)
    why = {left.title: left.why for left in trace.left_out}
    assert set(why) == {"far", "nowhere", "zero"}
    assert "897 m" in why["far"]  # on the ground
    assert "no coordinates" in why["nowhere"]
    assert "0, 0" in why["zero"]


def test_a_recorded_reach_of_another_network_is_not_believed():
    rivers = river_layer([2] + [n + 2 for n in range(1, 39)] + [0])
    at = point_shapes(np.array([[3.0, -50.0], [3.0, -50.0], [3.0, -120.0]]))
    table = {"reach_id": np.array([1, 40, 1]), "measure_m": np.array([30.0, 10.0, np.nan])}
    ids = np.array(["a", "b", "c"], object)
    sources = Features("EPSG:4547", (Field("reach_id"), Field("measure_m")), ids, table, at)
    trace = trace_upstream.run({"rivers": rivers, "sources": sources, "start": "reach:40"})
    found = {s.feature: s for s in trace.sources}
    assert found["a"].measure_m == 30
    assert "recorded" in found["a"].reason
    assert found["b"].reach == "1"
    assert "recorded reach is" in found["b"].reason
    assert (found["c"].reach, found["c"].measure_m) == ("1", pytest.approx(0))


def test_columns_that_connect_nothing_and_things_that_are_no_rivers(layers):
    with pytest.raises(ParameterError, match="which reach flows into which") as caught:
        trace_upstream.run({"rivers": river_without_links(), "start": "1", "id_column": "reach_id"})
    assert "reach_id" in caught.value.hint
    with pytest.raises(ParameterError, match="not lines"):
        trace_upstream.run(
            {"rivers": layers["stations"], "start": "1", "id_column": "station_id",
             "next_down_column": "reach_id"}
        )  # fmt: skip


def river_without_links(count=2):
    rivers = river_layer([0] * count)
    columns = {"reach_id": rivers.columns["reach_id"]}
    return Features("EPSG:4547", (Field("reach_id"),), rivers.ids, columns, rivers.shapes)


def test_plain_lines_are_joined_at_their_ends():
    rivers = river_without_links(4)
    coords = rivers.shapes.coords.copy()
    coords[2:4] = coords[2:4][::-1]  # the second is drawn against the flow
    coords[6:] -= [0, 30]  # a gap before the last
    rivers = Features(
        rivers.crs, rivers.fields, rivers.ids, rivers.columns, replace(rivers.shapes, coords=coords)
    )
    trace = trace_upstream.run({"rivers": rivers, "start": "reach:3"})
    assert [r.id for r in trace.reaches] == ["3", "2", "1"]
    assert any("drawn against the flow" in text and "2" in text for text in trace.warnings)
    assert any("the ends of the lines" in text for text in trace.rests_on)
    cut = trace_upstream.run({"rivers": rivers, "start": "reach:4"})
    assert [r.id for r in cut.reaches] == ["4"]
    closed = trace_upstream.run({"rivers": rivers, "start": "reach:4", "bridge_gaps_m": 50.0})
    assert [r.id for r in closed.reaches] == ["4", "3", "2", "1"]
    assert any("gaps of up to 29.9 m" in text for text in closed.warnings)  # on the ground


def test_the_sample_basin_is_the_same_without_its_columns(layers, truth):
    rivers = layers["rivers"]
    plain = Features(
        rivers.crs, (Field("reach_id"),), rivers.ids, {"reach_id": rivers.column("reach_id")},
        rivers.shapes,
    )  # fmt: skip
    for known in truth["upstream"][:6]:
        start = f"reach:{known['reach']}"
        expected = trace_upstream.run({"rivers": rivers, "start": start})
        found = trace_upstream.run({"rivers": plain, "start": start})
        assert sorted(r.id for r in found.reaches) == sorted(r.id for r in expected.reaches)


def test_column_names_can_be_said():
    rivers = river_layer([0, 0, 0], nach=np.array([2, 3, 0]), laenge=np.array([10.0, 20.0, 30.0]))
    trace = trace_upstream.run(
        {"rivers": rivers, "start": "3", "next_down_column": "nach", "length_column": "laenge"}
    )
    assert trace.length_m == 60
    assert [r.distance_m for r in trace.reaches] == [0, 30, 50]
