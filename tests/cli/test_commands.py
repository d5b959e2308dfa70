"""Each command on real project folders."""

from __future__ import annotations

import shutil
import sqlite3

import pandas as pd
import pyogrio
import pytest

from gisapp.app.project_session import open_project
from gisapp.io.project_check import check


@pytest.fixture
def sample(sample_once, tmp_path):
    """A copy that may be changed."""
    folder = tmp_path / "basin"
    shutil.copytree(sample_once, folder)
    return folder


def test_new_makes_an_empty_survey_and_refuses_to_make_it_twice(gisapp, tmp_path):
    folder = tmp_path / "survey"
    assert gisapp("new", folder, "--title", "河道排查", "--crs", "EPSG:4547").code == 0
    ran = gisapp("info", folder, "--json")
    assert ran.json["title"] == "河道排查"
    assert ran.json["crs"] == "EPSG:4547"
    assert set(ran.json["tables"].values()) == {0}
    again = gisapp("new", folder)
    assert again.code == 1
    assert "already holds a project" in again.err
    assert gisapp("new", tmp_path / "other", "--crs", "EPSG:1").code == 1
    assert not (tmp_path / "other").exists()


def test_sample_makes_a_whole_project_with_all_layers_readable(gisapp, tmp_path):
    folder = tmp_path / "basin"
    ran = gisapp("sample", folder, "--json")
    assert ran.code == 0
    assert ran.json["outfalls"] == 400
    assert gisapp("check", folder).code == 0
    layers = gisapp("layers", folder, "--json").json["layers"]
    assert [layer["error"] for layer in layers] == [None] * 9
    assert {layer["crs"] for layer in layers} == {"EPSG:4547"}
    counts = {layer["role"]: layer["features"] for layer in layers}
    assert counts["outfalls"] == 400
    assert counts["rivers"] == 1313
    assert counts["thermal"] is None


def test_history_of_the_project_and_of_one_feature(gisapp, sample):
    with open_project(sample) as session:
        table = session.store.project.tables["outfalls"]
        fid = str(table.ids[0])
    assert "New project" in gisapp("history", sample).out
    ran = gisapp("history", sample, "--feature", fid, "--json")
    assert len(ran.json["changes"]) == 1
    assert gisapp("history", sample, "--feature", "nobody").code == 1
    assert gisapp("history", sample, "--feature", fid, "--table", "trees").code == 1


def test_import_of_a_table_with_its_reader_options(gisapp, tmp_path):
    folder, file = tmp_path / "survey", tmp_path / "断面.csv"
    gisapp("new", folder, "--crs", "EPSG:4547")
    frame = pd.DataFrame({"东": [501868.1, 502000.0], "北": [2584342.6, 2584400.0], "n": [1, 2]})
    frame.to_csv(file, index=False, encoding="gb18030")
    ran = gisapp(
        "import", file, "--project", folder, "--role", "stations", "--crs", "EPSG:4547",
        "--option", "x=东", "--option", "y=北", "--copy", "--json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert ran.json["layers"][0]["path"] == "data/断面.csv"
    file.unlink()
    [stations] = [
        each
        for each in gisapp("layers", folder, "--json").json["layers"]
        if each["role"] == "stations"
    ]
    assert (stations["features"], stations["error"]) == (2, None)
    assert gisapp("history", folder).out.count("\n") == 2


def test_import_copies_all_parts_of_a_shapefile(gisapp, tmp_path, sample_files):
    folder, shape = tmp_path / "survey", tmp_path / "from" / "rivers.shp"
    shape.parent.mkdir()
    rivers = pyogrio.read_dataframe(sample_files / "rivers.gpkg")
    pyogrio.write_dataframe(rivers[["reach_id", "next_down", "geometry"]], shape)
    gisapp("new", folder)
    ran = gisapp("import", shape, "--project", folder, "--copy", "--map-crs", "EPSG:4547", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["map_crs"] == "EPSG:4547"
    shutil.rmtree(shape.parent)
    layers = gisapp("layers", folder, "--json").json["layers"]
    assert [each["features"] for each in layers if each["format"] == "shapefile"] == [1313]
    twice = gisapp("import", folder / "data" / "rivers.shp", "--project", folder, "--copy")
    assert twice.code == 0  # it is already where it belongs


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing.gpkg",), "not there"),
        (("empty.csv",), "empty"),
        (("wrong.gpkg",), ""),
        (("no_crs.geojson", "--crs", "EPSG:nine"), "not a coordinate reference system"),
        (("no_crs.geojson", "--option", "encoding"), "NAME=VALUE"),
    ],
)
def test_import_explains_what_it_cannot_take_and_changes_nothing(gisapp, tmp_path, words, said):
    folder = tmp_path / "survey"
    gisapp("new", folder)
    (tmp_path / "empty.csv").touch()
    (tmp_path / "wrong.gpkg").write_text("not a database")
    (tmp_path / "no_crs.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    ran = gisapp("import", tmp_path / words[0], *words[1:], "--project", folder)
    assert ran.code == 1
    assert said in ran.err
    assert len(gisapp("history", folder, "--json").json["changes"]) == 1


def test_one_wrong_file_among_good_ones_is_named(gisapp, tmp_path, sample_files):
    folder = tmp_path / "survey"
    gisapp("new", folder)
    good, wrong = sample_files / "stations.gpkg", tmp_path / "gone.gpkg"
    ran = gisapp("import", good, wrong, "--project", folder, "--json")
    assert ran.code == 1
    assert [each["name"] for each in ran.json["layers"]] == ["stations"]
    assert "gone.gpkg" in ran.json["wrong"][0]["error"]


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "fgb", "csv"])
def test_export_and_read_again(gisapp, sample, tmp_path, ending):
    file = tmp_path / f"outfalls.{ending}"
    ran = gisapp("export", sample, "outfalls", file, "--crs", "EPSG:4490", "--json")
    assert ran.code == 0, ran.err
    first = file.read_bytes()
    assert gisapp("export", sample, "outfalls", file, "--crs", "EPSG:4490").code == 0
    assert file.read_bytes() == first
    if ending == "csv":
        frame = pd.read_csv(file)
        assert {"feature_id", "x", "y", "name"} <= set(frame.columns)
    else:
        frame = pyogrio.read_dataframe(file)
        assert frame.geometry.x.between(110, 116).all()
        assert frame.crs.to_epsg() == (4326 if ending == "geojson" else 4490)
    assert len(frame) == 400
    assert frame["feature_id"].is_unique


@pytest.mark.parametrize(
    ("layer", "kind"), [("rivers", "LineString"), ("counties", "Polygon"), ("zones", "Polygon")]
)
def test_export_of_lines_and_areas(gisapp, sample, tmp_path, layer, kind, sample_files):
    file = tmp_path / "out.gpkg"
    assert gisapp("export", sample, layer, file).code == 0
    names = {"zones": "drinking_water_zones"}
    before = pyogrio.read_dataframe(sample_files / f"{names.get(layer, layer)}.gpkg")
    after = pyogrio.read_dataframe(file)
    assert set(after.geom_type) <= {kind, f"Multi{kind}"}
    assert after.geometry.area.to_numpy() == pytest.approx(before.geometry.area.to_numpy())
    assert after.geometry.length.to_numpy() == pytest.approx(before.geometry.length.to_numpy())


def test_export_explains_mistakes(gisapp, sample, tmp_path):
    assert "no layer trees" in gisapp("export", sample, "trees", tmp_path / "a.gpkg").err
    assert "Endings" in gisapp("export", sample, "outfalls", tmp_path / "a.dwg").err
    assert "raster" in gisapp("export", sample, "thermal", tmp_path / "a.gpkg").err
    assert gisapp("export", sample, "outfalls", tmp_path / "no" / "a.gpkg").code == 1


def test_trace_from_the_project_with_reports(gisapp, sample_once, tmp_path):
    page, table = tmp_path / "trace.html", tmp_path / "trace.csv"
    words = ("trace", sample_once, "--start", "ST01", "--output", page, "--output", table)
    ran = gisapp(*words, "--json")
    assert ran.code == 0, ran.err
    result = ran.json["result"]
    assert len(result["reaches"]) == 51
    assert len(result["outfalls"]) == 9
    assert len(pd.read_csv(table)) == 9 + 12
    text = page.read_text("utf-8")
    assert text.count("<circle") == 9 + 12 + 1
    assert "Outfalls upstream: 9" in text
    assert "http" not in text  # nothing is fetched when it is opened
    first = page.read_bytes(), table.read_bytes()
    assert gisapp(*words).code == 0
    assert (page.read_bytes(), table.read_bytes()) == first
    assert gisapp(*words, "--outfalls", "-", "--json").json["result"]["outfalls"] == []
    assert gisapp("trace", sample_once, "--start", "ST01", "--output", tmp_path / "a.doc").code == 1


def test_trace_while_the_project_is_open_in_a_window(gisapp, sample):
    with open_project(sample):
        assert gisapp("trace", sample, "--start", "ST01").code == 0
        assert gisapp("info", sample).code == 0
        busy = gisapp("import", "a.gpkg", "--project", sample)
        assert busy.code == 1


def test_run_with_layers_of_a_project_and_with_files(gisapp, sample_once, sample_files):
    by_role = gisapp("run", "check-rivers", "--project", sample_once, "--rivers", "rivers")
    by_file = gisapp("run", "check-rivers", "--rivers", sample_files / "rivers.gpkg")
    assert by_role.code == by_file.code == 0
    assert by_role.out == by_file.out
    assert "1313 reaches" in by_role.out
    wrong = gisapp("run", "check-rivers", "--rivers", sample_files / "terrain.tif")
    assert wrong.code == 1
    assert "raster" in wrong.err


def test_map_and_ledger_are_the_same_bytes_on_each_run(gisapp, sample_once, tmp_path, qapp):
    def make(folder):
        folder.mkdir()
        maps = ("--output", folder / "m.pdf", "--output", folder / "m.png")
        ran = gisapp("map", sample_once, *maps, "--dpi", 60, "--date", "2025-01-02", "--json")
        assert ran.code == 0, ran.err
        assert ran.json["left_out"] == []
        assert gisapp("ledger", sample_once, "--output", folder / "l.xlsx").code == 0
        return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}

    first = make(tmp_path / "one")
    assert set(first) == {"m.pdf", "m.png", "l.xlsx"}
    assert make(tmp_path / "two") == first


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--output", "a.svg"), "PDF or PNG"),
        (("--output", "a.png", "--page", "7"), "no sheet 7"),
        (("--output", "a.png", "--extent", "1,2,3"), "left,bottom,right,top"),
        (("--output", "a.png", "--extent", "3,2,1,4"), "left,bottom,right,top"),
        (("--output", "a.png", "--layers", "trees"), "no layer trees"),
        (("--output", "a.png", "--dpi", "5"), "dots an inch"),
    ],
)
def test_map_explains_mistakes(gisapp, sample_once, tmp_path, qapp, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    ran = gisapp("map", sample_once, *words)
    assert ran.code == 1
    assert said in ran.err
    assert list(tmp_path.iterdir()) == []


def test_a_map_with_a_missing_file_is_made_and_says_so(gisapp, sample, tmp_path, qapp):
    (sample / "data" / "counties.gpkg").unlink()
    file = tmp_path / "m.png"
    ran = gisapp("map", sample, "--output", file, "--dpi", "50", "--json")
    assert ran.code == 1
    assert ran.json["left_out"] == ["Counties"]
    assert "counties.gpkg" in ran.err
    assert file.stat().st_size > 1000


def test_check_finds_a_changed_value_and_repair_sets_it_back(gisapp, sample):
    with sqlite3.connect(sample / "project.gpkg") as db:
        db.execute("UPDATE outfalls SET name = 'somebody else' WHERE fid = 1")
    db.close()
    ran = gisapp("check", sample, "--json")
    assert ran.code == 1
    assert not ran.json["ok"]
    assert "somebody else" in gisapp("check", sample).out
    repaired = gisapp("repair", sample, "--json")
    assert repaired.code == 0, repaired.err
    assert all(result.ok for result in check(sample))


def test_plugins_that_failed_are_named(gisapp, tmp_path, monkeypatch):
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "plugin.toml").write_text("id = 7")
    monkeypatch.setenv("GISAPP_PLUGINS", str(tmp_path))
    ran = gisapp("plugins", "--json")
    assert ran.code == 0
    assert [p["id"] for p in ran.json["plugins"]] == [
        "gisapp", "catchment", "outfall_candidates", "upstream_tracing",
    ]  # fmt: skip
    assert "odd" in ran.json["failed"][0]["message"]
