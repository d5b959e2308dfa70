"""gisapp rank and gisapp case on the command line, with real files."""

from __future__ import annotations

import json

import pytest
from gisapp_plugins.upstream_tracing.placements import Chosen, placement_edit
from gisapp_plugins.upstream_tracing.rivers import prepare

from gisapp.api import FeatureId, Point, Silent, project_layers
from gisapp.app.plugins import find_plugins
from gisapp.app.project_session import open_project
from gisapp.cli.program import run_program


@pytest.fixture
def event_file(sample_files, tmp_path):
    text = f"""
start = "ST09"
value_mg_l = 6.583
baseline_mg_l = 0.29
time = 2025-03-20T04:00:00
sources = '{sample_files / "sources.gpkg"}'
stations = '{sample_files / "stations.gpkg"}'
[excess]
nh3n = 6.3
"""
    path = tmp_path / "event.toml"
    path.write_text(text, "utf-8")
    return path


def run(capsys, *words):
    code = run_program([*map(str, words), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_from_an_event_to_a_case_that_is_ranked_again(sample_files, event_file, tmp_path, capsys):
    rivers = sample_files / "rivers.gpkg"
    cases = tmp_path / "cases"
    cases.mkdir()
    kept, report = cases / "one.json", tmp_path / "r.html"
    code, ranked = run(capsys, "rank", rivers, event_file, "--output", kept)
    assert code == 0
    assert ranked["rows"][0]["id"] == "P291"
    assert ranked["band"]
    code, shown = run(capsys, "case", "show", kept, "--output", report)
    assert (code, shown["rows"]) == (0, ranked["rows"])
    assert "P291" in report.read_text("utf-8")
    sources = sample_files / "sources.gpkg"
    stations = sample_files / "stations.gpkg"
    code, again = run(capsys, "case", "rerun", kept, "--rivers", rivers, "--sources", sources,
                      "--stations", stations, "--output", cases / "two.json")  # fmt: skip
    assert (code, again["changes"]) == (0, [])
    code, compared = run(capsys, "case", "compare", kept, cases / "two.json")
    assert (code, compared["changes"]) == (0, [])
    (cases / "bad.json").write_text("{", "utf-8")
    code, listed = run(capsys, "case", "list", tmp_path)
    assert [one["file"] for one in listed["cases"]] == ["bad.json", "one.json", "two.json"]
    assert "bad.json" in listed["cases"][0]["problem"]
    assert listed["cases"][1]["first"] == "P291"


def test_what_is_missing_is_told(sample_files, event_file, tmp_path, capsys):
    kept = tmp_path / "one.json"
    run(capsys, "rank", sample_files / "rivers.gpkg", event_file, "--output", kept)
    for words in (["rerun", kept], ["compare", kept], ["show", tmp_path / "none.json"]):
        code, told = run(capsys, "case", *words)
        assert code == 1
        assert told["error"]
        assert told["hint"]
    code, told = run(
        capsys, "rank", sample_files / "rivers.gpkg", event_file, "--output", tmp_path / "r.xyz"
    )
    assert code == 1
    assert "r.xyz" in told["error"]


def test_a_ranking_is_written_in_every_form_asked_for(sample_files, event_file, tmp_path, capsys):
    files = [tmp_path / "r.html", tmp_path / "r.docx", tmp_path / "case.json"]
    wanted = [word for file in files for word in ("--output", file)]
    code, ranked = run(capsys, "rank", sample_files / "rivers.gpkg", event_file, *wanted)
    assert code == 0
    assert ranked["written"] == [str(file) for file in files]
    assert all(file.stat().st_size for file in files)
    assert any("GB 3838-2002" in text for text in ranked["rests_on"])


def test_samples_and_records_narrow_on_the_command_line(sample_files, event_file, tmp_path, capsys):
    rivers = sample_files / "rivers.gpkg"
    code, alone = run(capsys, "rank", rivers, event_file)
    assert (code, alone["stations"], alone["limit"]["high_mg_l"]) == (0, [], 1.0)
    text = event_file.read_text("utf-8")
    records = sample_files / "station_records.parquet"
    more = f"samples = ['ST11@2025-03-20T10:00']\nrecords = '{records}'\n[excess]"
    event_file.write_text(text.replace("[excess]", more), "utf-8")
    kept, report = tmp_path / "case.json", tmp_path / "r.html"
    outputs = ["--output", kept, "--output", report]
    code, both = run(capsys, "rank", rivers, event_file, *outputs)
    assert code == 0
    [before], [after] = ([r for r in found["rows"] if r["id"] == "P291"] for found in (alone, both))
    width = [row["window_h"][1] - row["window_h"][0] for row in (before, after)]
    assert width[1] < width[0]
    assert both["rows"][0]["id"] == "P291"
    assert after["ranks"][0] == 1
    assert both["velocity_seen"] == pytest.approx(0.63, abs=0.01)  # 3.8 h took six
    assert set(both["band"]) < set(alone["band"])  # ST01 stayed as usual
    states = {one["id"]: one["state"] for one in both["stations"]}
    assert states["ST01"] == "as usual"
    page = report.read_text("utf-8")
    for words in ("Measured elsewhere", "ST11@2025-03-20T10:00", "Series shifted", "Profile of"):
        assert words in page
    layers = ["--rivers", rivers]
    for role in ("sources", "stations"):
        layers += [f"--{role}", sample_files / f"{role}.gpkg"]
    code, again = run(capsys, "case", "rerun", kept, *layers, "--records", records)
    assert (code, again["changes"]) == (0, [])
    event_file.write_text(text.replace("[excess]", "records = 'none.csv'\n[excess]"), "utf-8")
    code, told = run(capsys, "rank", rivers, event_file)
    assert code == 1
    assert "none.csv" in told["error"]
    event_file.write_text(text.replace("[excess]", "samples = ['ST99@today']\n[excess]"), "utf-8")
    code, told = run(capsys, "rank", rivers, event_file)
    assert code == 1
    assert told["hint"]


def test_a_project_says_its_layers_and_records(sample_files, event_file, tmp_path, capsys):
    project = tmp_path / "sample"
    assert run_program(["sample", str(project)]) == 0
    capsys.readouterr()
    words = event_file.read_text("utf-8").splitlines()
    text = "\n".join(w for w in words if not w.startswith(("sources", "stations")))
    event_file.write_text(text, "utf-8")
    kept = tmp_path / "one.json"
    code, ranked = run(capsys, "rank", "--project", project, event_file, "--output", kept)
    assert code == 0
    assert ranked["rows"][0]["id"] == "P291"
    assert {one["id"]: one["state"] for one in ranked["stations"]}["ST01"] == "as usual"
    code, again = run(capsys, "case", "rerun", kept, "--project", project)
    assert (code, again["changes"]) == (0, [])
    rivers = sample_files / "rivers.gpkg"
    code, told = run(capsys, "rank", rivers, event_file)
    assert code == 1
    assert "sources" in told["error"]
    code, told = run(capsys, "rank", event_file)
    assert code == 1
    assert "--project" in told["hint"]


def test_a_place_said_by_hand_in_the_project_counts(sample_files, event_file, tmp_path, capsys):
    project = tmp_path / "sample"
    assert run_program(["sample", str(project)]) == 0
    capsys.readouterr()
    code, before = run(capsys, "rank", "--project", project, event_file)
    with open_project(project) as session:
        source = next(la for la in session.store.project.layers if la.role == "sources")
        with project_layers(project, ("rivers", "sources"), find_plugins(), Silent()) as known:
            rivers, sources = known.layers["rivers"], known.layers["sources"]
        net = prepare(rivers)
        number = sources.column("source_id").tolist().index("P291")
        mouth = net.key(int(net.network.order[0]))
        edit = placement_edit(session.store.project, source.role, FeatureId(sources.ids[number]),
                              Chosen(mouth, 0.0, "", 0.0), Point(0.0, 0.0), rivers.crs)  # fmt: skip
        session.store.apply(edit)
    assert code == 0
    code, after = run(capsys, "rank", "--project", project, event_file)
    assert code == 0
    assert before["rows"][0]["id"] == "P291"
    assert "P291" not in [row["id"] for row in after["rows"]]  # put below the station
