"""gisapp states: a project takes states of its own, as an edit like any other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gisapp.app.project_session import make_survey_project, open_project
from gisapp.cli.program import run_program
from gisapp.io.project_check import check
from gisapp.io.project_file import ProjectFile
from gisapp.model.survey import HISTORY, OUTFALL_TABLE
from gisapp.model.survey_scheme import usual_scheme


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_survey_project(tmp_path / "survey", "Survey")
    return tmp_path / "survey"


def written(folder: Path, tmp_path: Path) -> tuple[Path, dict]:
    path = tmp_path / "states.json"
    assert run_program(["states", "--project", str(folder), "--write", str(path)]) == 0
    return path, json.loads(path.read_text("utf-8"))


def test_states_are_written_changed_and_read_back(folder, tmp_path, capsys):
    path, data = written(folder, tmp_path)
    first = data["states"][0]
    first["title_zh_CN"], first["color"], first["days"] = "疑似点", "#123456", 7
    data["states"].append({**first, "id": "asked", "needs": []})
    data["transitions"].append({"before": "suspected", "after": "asked", "why": True})
    data["code_local"] = r"W-\d+"
    path.write_text(json.dumps(data, ensure_ascii=False), "utf-8")
    capsys.readouterr()
    assert run_program(["states", "--project", str(folder), "--read", str(path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["own"] is True
    with open_project(folder) as session:
        project = session.store.project
        assert project.scheme is not None
        assert project.scheme.code_local == r"W-\d+"
        field = project.tables[OUTFALL_TABLE].field("state")
        assert field.choices[-1] == "asked"
        assert field.choice_titles[0][2] == "疑似点"
        assert project.tables[HISTORY].field("to_state").choices[-1] == "asked"
        (layer,) = project.layers
        assert layer.style.categories[0].color == "#123456"
        assert session.store.undo_label == "Change the states of the survey"
        session.store.undo()
        assert session.store.project.scheme is None
        assert session.store.project.layers[0].style.categories[0].color != "#123456"
        session.store.redo()
    assert [r for r in check(folder) if not r.ok] == []
    assert run_program(["states", "--project", str(folder), "--reset"]) == 0
    file = ProjectFile.open(folder, read_only=True)
    assert file.load().scheme is None
    file.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d["transitions"].append({"before": "x", "after": "closed"}), "no state"),
        (lambda d: d["states"].append(d["states"][0]), "twice"),
        (lambda d: d.update(code_national="("), "no pattern"),
        (lambda d: d.update(states=[]), "at least one"),
        (lambda d: d["states"][0].update(color="red"), "no colour"),
        (lambda d: d.update(states="many"), "states.json"),
        (lambda d: d.clear(), "states.json"),
    ],
)
def test_what_is_not_whole_is_refused_and_changes_nothing(folder, tmp_path, capsys, change, words):
    path, data = written(folder, tmp_path)
    change(data)
    path.write_text(json.dumps(data), "utf-8")
    before = (folder / "project.gpkg").read_bytes()
    capsys.readouterr()
    assert run_program(["states", "--project", str(folder), "--read", str(path)]) == 1
    assert words in capsys.readouterr().err
    with open_project(folder, read_only=True) as session:
        assert session.store.project.scheme is None
    assert len(before) == (folder / "project.gpkg").stat().st_size


def test_a_file_that_is_no_json(folder, tmp_path, capsys):
    path = tmp_path / "states.json"
    path.write_bytes(b"\xff\xfe\x00")
    assert run_program(["states", "--project", str(folder), "--read", str(path)]) == 1
    assert run_program(["states", "--project", str(folder), "--read", str(tmp_path / "no")]) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_states_are_shown_with_their_ways(folder, capsys):
    assert run_program(["states", "--project", str(folder), "--lang", "zh_CN"]) == 0
    shown = capsys.readouterr().out
    for state in usual_scheme().states:
        assert state.title_zh_CN in shown
