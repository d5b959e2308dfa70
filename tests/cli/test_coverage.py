"""gisapp coverage, as a person types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gisapp.app.project_session import create_project
from gisapp.cli.program import run_program
from gisapp.model.edit import TableEdit, TableSchema, add_features
from tests.survey_project import survey_project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = survey_project(
        {
            "a": {"state": "closed", "county": "甲县", "team": "一组", "kind": "outfall"},
            "b": {"state": "verified", "county": "甲县", "deadline": "2026-01-01"},
            "c": {"state": "suspected", "county": "乙县"},
        }
    )
    content = []
    for table in made.tables.values():
        content.append(TableEdit("New", None, TableSchema(table.name, table.crs, table.fields)))
        rows = {fid: table.row(fid) for fid in table.ids}
        content.append(add_features("New", table, rows))
    create_project(tmp_path / "survey", "Survey", content=content).close()
    return tmp_path / "survey"


def test_the_figures_as_json_with_their_definitions(folder, capsys):
    arguments = ["coverage", "--project", str(folder), "--today", "2026-06-01", "--json"]
    assert run_program(arguments) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["all"]["figures"]["checked"] == {"done": 2, "of": 3, "rate": pytest.approx(2 / 3)}
    assert answer["all"]["figures"]["closed"] == {"done": 1, "of": 2, "rate": 0.5}
    assert answer["all"]["overdue"] == 1
    assert [g["name"] for g in answer["groups"]] == ["甲县", "乙县"]
    assert answer["confirmed"] is False
    assert all(figure["definition"] for figure in answer["figures"])


def test_the_figures_as_a_table_by_team(folder, capsys):
    arguments = ["coverage", "--project", str(folder), "--by", "team", "--lang", "zh_CN"]
    assert run_program(arguments) == 0
    shown = capsys.readouterr().out
    assert "销号率" in shown
    assert "一组" in shown


def test_a_date_that_is_none(folder, capsys):
    assert run_program(["coverage", "--project", str(folder), "--today", "soon"]) == 2
