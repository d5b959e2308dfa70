"""Up and down the sample's rivers, by distance and by hours."""

from __future__ import annotations

import json

import pytest
from gisapp_plugins.upstream_tracing.algorithm import trace_upstream
from gisapp_plugins.upstream_tracing.walk import trace_network

from gisapp.io.vector import read_features


@pytest.fixture(scope="module")
def layers(sample_files):
    names = ("rivers", "stations", "outfalls", "sources")
    return {name: read_features(sample_files / f"{name}.gpkg") for name in names}


@pytest.fixture(scope="module")
def truth(sample_files):
    return json.loads((sample_files / "truth.json").read_text("utf-8"))


def test_up_all_tributaries_is_the_upstream_trace(layers, truth):
    for known in truth["upstream"][:4]:
        found = trace_network.run({**layers, "start": known["station"]})
        assert len(found.reaches) == known["reaches"]
        assert found.length_km * 1000 == pytest.approx(known["length_m"], abs=1)
        assert sorted(f.id for f in found.found if f.role == "stations") == known["stations"]
        assert not found.truncated
        assert found.area_km2 > 0


def test_hours_follow_distance_and_cut_the_list(layers):
    whole = trace_network.run({**layers, "start": "ST09"})
    hours = [r.hours for r in whole.reaches]
    assert hours[0] == 0
    assert max(hours) > 4
    near = trace_network.run({**layers, "start": "ST09", "hours": 4.0})
    kept = {r.id for r in near.reaches}
    assert kept == {r.id for r in whole.reaches if r.hours <= 4.0}
    assert near.length_km < whole.length_km
    fast = trace_network.run({**layers, "start": "ST09", "hours": 4.0, "velocity_factor": 2.0})
    assert kept < {r.id for r in fast.reaches}
    assert any("Jobson" in text for text in near.rests_on)


def test_down_from_the_culprit_the_stations_come_in_order(layers, truth):
    event = truth["event"]
    found = trace_network.run({**layers, "start": f"source:{event['culprit']}", "direction": "DM"})
    met = {f.id: f for f in found.found if f.role == "stations"}
    expected = [seen["station"] for seen in event["stations"]]
    assert [f.id for f in found.found if f.id in expected] == expected
    for seen in event["stations"]:
        assert met[seen["station"]].distance_m == pytest.approx(seen["distance_m"], abs=1)
        assert met[seen["station"]].hours > 0
    assert "ST09" in str(found)


def test_the_main_stem_is_part_of_all_tributaries(layers):
    stem = {r.id for r in trace_network.run({**layers, "start": "ST12", "direction": "UM"}).reaches}
    everything = {r.id for r in trace_network.run({**layers, "start": "ST12"}).reaches}
    listed = {r.id for r in trace_upstream.run({**layers, "start": "ST12"}).reaches}
    assert stem < everything == listed


def test_a_distance_limit_counts_parts_of_reaches(layers):
    for direction in ("UM", "DM"):
        found = trace_network.run({**layers, "start": "ST09", "direction": direction, "km": 2.0})
        assert found.length_km == pytest.approx(2.0)


def test_zones_and_thermal_candidates_are_found_on_the_way(layers, sample_files):
    zones = read_features(sample_files / "drinking_water_zones.gpkg")
    down = trace_network.run(
        {
            **layers,
            "start": "reach:1",
            "direction": "DM",
            "zones": zones,
            "candidates": layers["outfalls"],
        }
    )
    up = trace_network.run({**layers, "start": "ST12", "zones": zones})
    crossed = {f.feature: f for f in up.found if f.role == "zones"}
    assert crossed
    for met in crossed.values():
        assert met.title
        back = trace_network.run({**layers, "start": f"reach:{met.reach}", "direction": "DM"})
        assert any(f.id == "ST12" for f in back.found)
    outfalls = {f.feature for f in down.found if f.role == "outfalls"}
    assert {f.feature for f in down.found if f.role == "candidates"} == outfalls
