"""What people type by mistake is answered, never followed to somebody's loss."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from gisapp.io.project_check import check
from gisapp.io.project_file import ProjectFile
from gisapp.io.snapshots import snapshots


@pytest.fixture
def sample(sample_once, tmp_path):
    folder = tmp_path / "basin"
    shutil.copytree(sample_once, folder)
    return folder


def test_no_output_goes_over_a_project_its_snapshots_or_the_files_of_its_layers(gisapp, sample):
    kept = [
        sample / "project.gpkg",
        snapshots(sample)[0].path,
        sample / "data" / "stations.gpkg",
        sample / "data" / "sources.gpkg",
    ]
    before = [path.read_bytes() for path in kept]
    for path in kept:
        ran = gisapp("export", sample, "outfalls", path, "--json")
        assert ran.code == 1, path
        assert "is not overwritten" in ran.json["error"]
    assert [path.read_bytes() for path in kept] == before
    assert all(result.ok for result in check(sample))


def test_another_projects_file_is_not_overwritten_either(gisapp, sample, tmp_path):
    assert gisapp("new", tmp_path / "other").code == 0
    ran = gisapp("export", sample, "outfalls", tmp_path / "other" / "project.gpkg")
    assert ran.code == 1
    assert gisapp("info", tmp_path / "other").code == 0
    assert gisapp("export", sample, "outfalls", tmp_path / "new.gpkg").code == 0
    assert gisapp("export", sample, "outfalls", tmp_path / "new.gpkg").code == 0  # its own again


def test_a_picture_that_is_a_layer_is_not_overwritten_by_the_map(gisapp, sample, tmp_path):
    picture = tmp_path / "scan.png"
    assert gisapp("map", sample, "--output", picture, "--dpi", "30").code == 0
    (tmp_path / "scan.pgw").write_text("1\n0\n0\n-1\n500000\n2580000\n")
    assert gisapp("import", picture, "--project", sample, "--crs", "EPSG:4547").code == 0
    before = picture.read_bytes()
    ran = gisapp("map", sample, "--output", picture)
    assert ran.code == 1
    assert "is the file of the layer scan" in ran.err
    assert picture.read_bytes() == before


@pytest.mark.parametrize("command", ["map", "ledger", "trace", "export", "demo"])
def test_a_date_that_is_none(gisapp, sample_once, tmp_path, command):
    words = {
        "map": (sample_once, "--output", tmp_path / "m.pdf"),
        "ledger": (sample_once, "--output", tmp_path / "l.xlsx"),
        "trace": (sample_once, "--start", "ST09", "--output", tmp_path / "t.html"),
        "export": (sample_once, "stations", tmp_path / "s.gpkg"),
        "demo": ("--output", tmp_path / "demo"),
    }[command]
    ran = gisapp(command, *words, "--date", "yesterday")
    assert ran.code == 1
    assert "yesterday is not a date" in ran.err
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "words",
    [
        ("new", "{place}/" + "长" * 90),
        ("new", "{place}/file/inside"),
        ("sample", "{place}/file"),
        ("repair", "{place}/nowhere"),
        ("repair", "{place}/file"),
        ("info", "{place}/" + "a" * 300),
        ("check", "{place}/" + "a" * 300),
    ],
)
def test_folders_that_cannot_be(gisapp, tmp_path, words):
    (tmp_path / "file").write_text("x")
    ran = gisapp(*(word.format(place=tmp_path) for word in words), "--json")
    assert ran.code == 1
    assert isinstance(ran.json, dict)
    assert "bug" not in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_systems_no_map_can_be_in(gisapp, sample_once, tmp_path):
    for crs in ("EPSG:5773", "EPSG:4978"):  # heights; metres from the Earth's centre
        ran = gisapp("new", tmp_path / "new", "--crs", crs)
        assert ran.code == 1
        assert "no system for a map" in ran.err
        ran = gisapp("export", sample_once, "stations", tmp_path / "s.gpkg", "--crs", crs)
        assert ran.code == 1
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_map_system_is_refused_before_anything_is_added(gisapp, sample, tmp_path):
    ran = gisapp(
        "import", sample / "data" / "counties.gpkg", "--project", sample, "--map-crs", "nonsense"
    )
    assert ran.code == 1
    assert gisapp("info", sample, "--json").json["layers"] == 9


def test_unknown_options_of_readers(gisapp, sample):
    ran = gisapp(
        "import", sample / "data" / "counties.gpkg", "--project", sample, "--option", "encodng=gbk"
    )
    assert ran.code == 1
    assert "There is no option encodng" in ran.err
    assert "encoding" in ran.err


@pytest.mark.parametrize("extent", ["0,0,inf,inf", "-1e300,-1e300,1e300,1e300", "nan,0,1,1"])
def test_extents_beyond_the_earth(gisapp, sample_once, tmp_path, extent):
    ran = gisapp("map", sample_once, "--output", tmp_path / "m.png", f"--extent={extent}")
    assert ran.code == 1
    assert "is not left,bottom,right,top" in ran.err


def test_a_negative_number_of_changes(gisapp, sample_once):
    assert gisapp("history", sample_once, "--last", "-5").code == 2


def test_an_id_alone_is_looked_for_everywhere(gisapp, sample_once):
    alone = gisapp("trace", sample_once, "--start", "P291", "--json")
    said = gisapp("trace", sample_once, "--start", "source:P291", "--json")
    assert alone.code == said.code == 0
    assert alone.json["result"] == said.json["result"]


def test_columns_that_hold_something_else(gisapp, sample_once):
    for option, words in (
        ("--next-down-column", "No value of the column name is the id of a reach"),
        ("--length-column", "The column name holds no numbers"),
    ):
        ran = gisapp("trace", sample_once, "--start", "reach:1254", option, "name")
        assert ran.code == 1
        assert words in ran.err


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "utf-8"])
@pytest.mark.parametrize("words", [["--json"], []])
def test_letters_the_terminal_lacks(sample_once, encoding, words):
    for arguments in (["info", str(sample_once)], ["info", "/nowhere/😀"], ["plugins"]):
        done = subprocess.run(
            [sys.executable, "-m", "gisapp", *arguments, *words, "--lang", "zh_CN"],
            capture_output=True,
            env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        )
        assert done.returncode == (1 if "/nowhere/😀" in arguments else 0)
        assert b"Traceback" not in done.stderr
        if words:
            assert isinstance(json.loads(done.stdout.decode(encoding)), dict)


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text elsewhere")
def test_a_name_that_is_no_text_at_all():
    done = subprocess.run(
        [sys.executable, "-m", "gisapp", "info", b"/nowhere/\xff\xfe", "--json"],
        capture_output=True,
    )
    assert done.returncode == 1
    assert isinstance(json.loads(done.stdout.decode("utf-8")), dict)


def test_stopped_by_the_keyboard_answers_too(gisapp, sample_once, monkeypatch):
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ProjectFile, "open", stopped)
    ran = gisapp("info", sample_once, "--json")
    assert ran.code == 130
    assert ran.json == {"error": "Stopped", "hint": ""}


def test_a_sample_whose_making_was_interrupted_can_be_made_again(gisapp, tmp_path, sample_once):
    folder = tmp_path / "basin"
    (folder / "data").mkdir(parents=True)
    shutil.copyfile(sample_once / "data" / "terrain.tif", folder / "data" / "terrain.tif")
    (folder / "data" / "thermal.tif.part").write_bytes(b"half")
    assert gisapp("sample", folder).code == 0
    assert gisapp("check", folder).code == 0
    again = gisapp("sample", folder)
    assert again.code == 1
    assert "already holds a project" in again.err


def test_a_map_is_the_same_bytes_in_every_time_zone(sample_once, tmp_path):
    """Qt writes the moment as UTC with a Z or with an offset, which is longer."""
    maps, words = [], ["--layers", "stations", "--lang", "en", "--dpi", "60"]
    for zone in ("UTC", "Asia/Shanghai", "America/St_Johns"):
        path = tmp_path / f"{zone[:3]}.pdf"
        done = subprocess.run(
            [sys.executable, "-m", "gisapp", "map", sample_once, "--output", path, *words],
            env={**os.environ, "TZ": zone},
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr
        maps.append(path.read_bytes())
    assert maps[0] == maps[1] == maps[2]
    start = int(maps[0].split(b"startxref")[-1].split()[0])
    table = maps[0][start:].split(b"trailer")[0].splitlines()
    assert table[0] == b"xref"
    for number, line in enumerate(table[2:]):  # each object lies where the table says
        place, _, kind = line.split()
        assert kind == b"f" or maps[0][int(place) :].startswith(b"%d 0 obj" % number)
