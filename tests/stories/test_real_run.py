"""Real files: rivers and sections of the Taihu basin, English storm overflows, Iceland, thermal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gisapp.cli.program import run_program

MAP = "EPSG:3857"  # one system in which China, England and Iceland are all on the map
WHERE = {
    "Taihu rivers": ("rivers/taihu/hydrorivers_taihu_bbox.shp", "rivers", 2082),
    "National sections": ("rivers/taihu/stations_snapped_subset.csv", "stations", 30),
    "Storm overflows": ("rivers/uk_cso/edm_outfalls_topofthepoops.geojson", "sources", 1064),
    "Iceland": ("rivers/iceland/iceland_streams_0p25km2.parquet", "rivers", 192_899),
    "Thermal": (
        "thermal/geotiff/guangzhou_river_mosaic_normalised_degC_f32_cog.tif",
        "thermal",
        None,
    ),
}
LARGEST = 15_439  # reaches of Iceland's basin with the most of them


@pytest.fixture
def command(capsys):
    def run(*words: object, code: int = 0) -> Any:
        capsys.readouterr()
        assert run_program(["--lang", "en", "--json", *map(str, words)]) == code
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def project(shared_data, tmp_path, command) -> Path:
    folder = tmp_path / "real"
    command("new", folder, "--title", "Real data", "--crs", MAP)
    for name, (path, role, _) in WHERE.items():
        file = shared_data / path
        command("import", file, "--project", folder, "--name", name, "--role", role)
    return folder


@pytest.mark.slow
def test_all_on_one_map_traced_and_exported(project, shared_data, tmp_path, command, qapp):
    layers = {layer["name"]: layer for layer in command("layers", project)["layers"]}
    for name, (_, role, count) in WHERE.items():
        assert layers[name]["error"] is None
        assert (layers[name]["role"], layers[name]["features"]) == (role, count)
    systems = {layers[name]["crs"] for name in WHERE}
    assert systems == {"EPSG:4326", "EPSG:4490", "EPSG:32649"}

    sheet = tmp_path / "all.png"
    command("map", project, "--output", sheet, "--dpi", "60")
    assert sheet.stat().st_size > 10_000

    reaches = pd.read_parquet(
        shared_data / WHERE["Iceland"][0], columns=["reach_id", "next_down", "length_km"]
    )
    start, upstream = largest_basin(reaches)
    assert len(upstream) == LARGEST
    trace = command(
        "trace", project, "--rivers", "Iceland", "--start", f"reach:{start}",
        "--stations", "-", "--outfalls", "-", "--sources", "-",
        "--output", tmp_path / "iceland.html",
    )["result"]  # fmt: skip
    assert {int(reach["id"]) for reach in trace["reaches"]} == upstream
    length = 1000 * reaches.length_km[reaches.reach_id.isin(upstream)].sum()
    assert trace["length_m"] == pytest.approx(length)
    assert (tmp_path / "iceland.html").stat().st_size > 100_000

    out = tmp_path / "overflows.gpkg"
    assert command("export", project, "Storm overflows", out)["features"] == 1064
    assert command("check", project)["ok"]


@pytest.mark.slow
def test_sections_of_the_taihu_basin(project, tmp_path, command):
    words = ("trace", project, "--rivers", "Taihu rivers", "--sources", "-")
    answer = command(*words, "--start", "station:太浦河桥", "--output", tmp_path / "t.csv")
    trace = answer["result"]
    assert trace["start"]["reach"] == "40644715"
    assert [station["title"] for station in trace["stations"]] == ["淀峰", "急水港桥"]
    assert {lost["title"] for lost in trace["left_out"]} == {"闵行西界"}  # it says 0, 0
    [nowhere] = [lost["why"] for lost in trace["left_out"]]
    assert "0, 0" in nowhere
    assert "HYRIV_ID" in trace["rests_on"][0]

    report = command("run", "check-rivers", "--project", project, "--rivers", "Taihu rivers")
    assert report["result"]["cycles"] == []
    assert len(report["result"]["unknown_next"]) == 55  # cut by the edge of the file
    cut = report["result"]["incomplete"]
    assert len(cut) == 177
    warned = command(*words, "--stations", "-", "--start", f"reach:{cut[0]}")["result"]["warnings"]
    assert any("% of the area published" in text for text in warned)


def largest_basin(reaches: pd.DataFrame) -> tuple[int, set[int]]:
    """The outlet and all ids of the basin with the most reaches, by walking up step by step."""
    into: dict[int, list[int]] = {}
    for reach, down in zip(reaches.reach_id.tolist(), reaches.next_down.tolist(), strict=True):
        into.setdefault(down, []).append(reach)
    known = set(reaches.reach_id.tolist())
    best: tuple[int, set[int]] = (0, set())
    outlets = [r for down, above in into.items() if down not in known for r in above]
    for outlet in outlets:
        found, waiting = {outlet}, [outlet]
        while waiting:
            above = into.get(waiting.pop(), [])
            found.update(above)
            waiting += above
        if len(found) > len(best[1]):
            best = outlet, found
    return best


def test_divergences_of_nhdplus_give_the_published_areas(shared_data):
    """746 reaches with 84 side branches: the area of everything upstream is the published one."""
    from gisapp_plugins.upstream_tracing.rivers import prepare

    from gisapp.io.vector import read_features

    rivers = read_features(shared_data / "rivers/hydroloom/new_hope.gpkg")
    net = prepare(rivers)
    assert len(net.network.minor_to) >= 84
    names = {f.name.lower(): f.name for f in rivers.fields}
    own = rivers.column(names["areasqkm"]).astype(float)
    published = rivers.column(names["totdasqkm"]).astype(float)
    sums = np.array([own[net.network.upstream(n)].sum() for n in range(len(rivers))])
    assert sums == pytest.approx(published, abs=0.01)
