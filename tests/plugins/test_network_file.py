"""Networks kept in a file, and the commands that build, check, trace and rank with them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from gisapp_plugins.upstream_tracing.algorithm import trace_upstream
from gisapp_plugins.upstream_tracing.network_file import open_network, write_network
from gisapp_plugins.upstream_tracing.rivers import prepare

from gisapp.api import Features, Field, ReadError, Silent
from gisapp.cli.program import run_program
from gisapp.io.vector import read_features


@pytest.fixture(scope="module")
def rivers(sample_files):
    return read_features(sample_files / "rivers.gpkg")


@pytest.fixture(scope="module")
def kept(rivers, tmp_path_factory):
    path = tmp_path_factory.mktemp("network") / "rivers.rivernet"
    write_network(path, rivers, Silent())
    return path


@pytest.fixture
def run(capsys):
    def command(*words: object) -> tuple[int, dict]:
        capsys.readouterr()
        code = run_program(["--lang", "en", *map(str, words), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return command


def test_what_was_kept_is_what_was_prepared(rivers, kept):
    made, found = prepare(rivers), open_network(kept)
    for name in ("position", "order", "size", "down", "head", "to_outlet_m", "length_m"):
        np.testing.assert_array_equal(getattr(found.network, name), getattr(made.network, name))
    assert found.network.order.dtype == np.int32
    assert found.columns == made.columns
    assert found.network.oddities == made.network.oddities
    np.testing.assert_array_equal(found.lines.reversed, made.lines.reversed)
    again = trace_upstream.run({"rivers": found.features, "start": "reach:1254"})
    first = trace_upstream.run({"rivers": rivers, "start": "reach:1254"})
    assert again.reaches == first.reaches
    assert again.rests_on == first.rests_on


def test_how_lines_were_joined_is_kept_too(rivers, tmp_path):
    plain = Features(rivers.crs, (Field("reach_id"),), rivers.ids,
                     {"reach_id": rivers.column("reach_id")}, rivers.shapes)  # fmt: skip
    made = write_network(tmp_path / "plain.rivernet", plain, Silent())
    found = open_network(tmp_path / "plain.rivernet")
    assert made.topology is not None
    assert found.topology is not None
    np.testing.assert_array_equal(found.topology.flipped, made.topology.flipped)
    assert found.topology.reason.tolist() == made.topology.reason.tolist()
    assert found.topology.tolerance_m == made.topology.tolerance_m


@pytest.mark.parametrize("damage", ["cut", "other", "header"])
def test_a_damaged_file_is_told(kept, tmp_path, damage):
    path = tmp_path / "broken.rivernet"
    content = bytearray(kept.read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "other":
        content = bytearray(b"something else")
    else:
        content[40] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(ReadError, match=r"broken\.rivernet"):
        open_network(path)


def test_build_check_and_trace_on_the_command_line(run, sample_files, tmp_path):
    network = tmp_path / "basin.rivernet"
    code, built = run("network", "build", sample_files / "rivers.gpkg", "--output", network)
    assert code == 0
    assert built["report"]["reaches"] == 1313
    assert built["found_from_lines"] is False
    code, checked = run("network", "check", network)
    assert (code, checked["report"]) == (0, built["report"])
    code, up = run("trace", network, "--from", "1254", "--direction", "UT",
                   "--stations", sample_files / "stations.gpkg")  # fmt: skip
    assert code == 0
    assert up["direction"] == "UT"
    assert up["length_km"] > 0
    assert up["area_km2"] > 0
    assert up["truncated"] is False
    place = up["start"]["place"]
    at = f"{place['x']},{place['y']}" if isinstance(place, dict) else ",".join(map(str, place))
    code, down = run("trace", network, f"--from={at}", "--direction", "DM", "--hours", 2)
    assert code == 0
    assert max(r["hours"] for r in down["reaches"]) <= 2


def test_a_place_west_of_greenwich_is_no_option(run, sample_files):
    code, answer = run("trace", sample_files / "rivers.gpkg", "--from", "-16.5,65.9")
    assert code == 1
    assert "nearest reach" in answer["error"]


EVENT = """
start = "ST09"
value_mg_l = 6.583
baseline_mg_l = 0.29
time = 2025-03-20T04:00:00
parameter = "nh3n"
sources = "sources.gpkg"
stations = "stations.gpkg"
flow_ratio = 0.62
[excess]
nh3n = 6.3
codmn = 0.31
"""


def test_an_event_file_is_ranked(run, sample_files, kept, tmp_path):
    for name in ("sources.gpkg", "stations.gpkg"):
        (tmp_path / name).write_bytes((sample_files / name).read_bytes())
    event = tmp_path / "event.toml"
    event.write_text(EVENT, "utf-8")
    truth = json.loads((sample_files / "truth.json").read_text("utf-8"))["event"]
    code, answer = run("rank", kept, event)
    assert code == 0
    assert answer["rows"][0]["id"] == truth["culprit"]
    assert answer["rows"][0]["ranks"][1] <= 3
    assert {"timing", "load", "signature", "history", "proximity"} == set(
        answer["rows"][0]["terms"]
    )
    assert [row["id"] for row in answer["rows"]].count(None) == 1
    assert answer["event"]["concentration_mg_l"] == 6.583


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("start = 1 2", "cannot be read"),
        ('start = "ST09"', "does not say value_mg_l"),
        (EVENT + "\n[beauty]\nx = 1", "beauty"),
        (EVENT.replace("sources.gpkg", "gone.gpkg"), "gone.gpkg"),
    ],
)
def test_an_event_file_that_cannot_be_used_is_told(run, sample_files, kept, tmp_path, text, words):
    for name in ("sources.gpkg", "stations.gpkg"):
        (tmp_path / name).write_bytes((sample_files / name).read_bytes())
    event: Path = tmp_path / "event.toml"
    event.write_text(text, "utf-8")
    code, answer = run("rank", kept, event)
    assert code == 1
    assert words in answer["error"]
