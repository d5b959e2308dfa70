"""A project is traced any way, with limits and barriers; programs find the same names."""

from __future__ import annotations

import pytest
from gisapp_plugins.upstream_tracing.walk import trace_network

from gisapp.io.vector import read_features


@pytest.fixture(scope="module")
def layers(sample_files):
    names = ("rivers", "stations", "outfalls", "sources")
    return {name: read_features(sample_files / f"{name}.gpkg") for name in names}


def test_any_way_with_the_same_names(gisapp, sample_once, layers):
    known = {}
    for way in ("UM", "UT", "DM", "DD"):
        ran = gisapp("trace", sample_once, "--from", "ST09", "--direction", way, "--json")
        assert ran.code == 0, ran.err
        known[way] = ran.json
        same = trace_network.run({**layers, "start": "ST09", "direction": way})
        assert [r["id"] for r in ran.json["reaches"]] == [r.id for r in same.reaches]
        assert ran.json["area_km2"] == pytest.approx(same.area_km2)
        assert ran.json["truncated"] is False
    plain = gisapp("trace", sample_once, "--start", "ST09", "--json").json
    for name in ("length_km", "area_km2", "truncated"):
        assert plain[name] == pytest.approx(known["UT"][name])
    assert len(plain["reaches"]) == len(known["UT"]["reaches"])
    assert plain["found"]


def test_limits_and_barriers(gisapp, sample_once):
    far = ("trace", sample_once, "--start", "ST09", "--km", "5", "--hours", "3", "--json")
    free = gisapp(*far).json
    assert free["limit_km"] == 5
    assert max(r["distance_m"] for r in free["reaches"]) <= 5000
    assert max(r["hours"] for r in free["reaches"]) <= 3
    wall = free["reaches"][2]["id"]
    shut = gisapp(*far, "--barrier", f"reach:{wall}").json
    assert {r["id"] for r in shut["reaches"]} < {r["id"] for r in free["reaches"]}
    assert wall not in [r["id"] for r in shut["reaches"]]


def test_what_cannot_be_done_is_said(gisapp, sample_once):
    ran = gisapp("trace", sample_once, "--start", "ST09", "--direction", "UT", "--id-column", "x")
    assert ran.code == 1
    assert "network build" in ran.err
    ran = gisapp("trace", sample_once, "--start", "ST09", "--barrier", "nowhere")
    assert ran.code == 1
    assert "nowhere" in ran.err


def test_a_report_of_any_way_is_written(gisapp, sample_once, tmp_path):
    page = tmp_path / "down.html"
    words = ("trace", sample_once, "--start", "ST09", "--direction", "DM", "--output", page)
    assert gisapp(*words).code == 0
    assert "ST09" in page.read_text("utf-8")
