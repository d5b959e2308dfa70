"""gisapp deliver --saved: what the window keeps is made again; gisapp states --move."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gisapp.app.delivery_choice import keep_edit
from gisapp.app.project_session import make_survey_project, open_project
from gisapp.cli.program import run_program
from gisapp.model.edit import add_features
from gisapp.model.features import FeatureId
from gisapp.model.outfall_record import full_row
from gisapp.model.saved_delivery import DeliveryColumn, SavedDelivery


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "survey"
    make_survey_project(path, "Survey")
    with open_project(path) as session:
        store = session.store
        table = store.project.tables["outfalls"]
        rows = {
            FeatureId("a"): full_row(table, {"name": "甲", "kind": "outfall", "state": "difficult"})
        }
        store.apply(add_features("x", table, rows))
        one = SavedDelivery(
            "monthly", kind=".csv", columns=(DeliveryColumn("name", "名称"),), file="out/m_{month}"
        )
        store.apply(keep_edit(store.project, one))
    return path


def test_a_kept_delivery_is_made_again_beside_the_first(folder, capsys):
    for number in (1, 2):
        assert (
            run_program(["deliver", "--project", str(folder), "--saved", "monthly", "--json"]) == 0
        )
        answer = json.loads(capsys.readouterr().out)
        assert answer["rows"] == 1
        assert ("(2)" in answer["written"][0]) is (number == 2)
        text = Path(answer["files"][0]).read_text("utf-8-sig")
        assert text.splitlines()[0].endswith(",名称")
    assert run_program(["deliver", "--project", str(folder), "--list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["deliveries"][0]["name"] == "monthly"


def test_wrong_names_are_said(folder, tmp_path, capsys):
    assert run_program(["deliver", "--project", str(folder), "--saved", "weekly"]) != 0
    assert "monthly" in capsys.readouterr().err
    assert run_program(["deliver", "--project", str(folder)]) != 0
    assert "--output" in capsys.readouterr().err
    path = str(tmp_path / "x.csv")
    assert (
        run_program(["deliver", "--project", str(folder), "--output", path, "--field", "no"]) != 0
    )
    assert not Path(path).exists()


def test_fields_get_other_names(folder, tmp_path, capsys):
    path = tmp_path / "x.csv"
    words = ["deliver", "--project", str(folder), "--output", str(path)]
    assert run_program([*words, "--field", "name=名称", "--field", "state"]) == 0
    assert path.read_text("utf-8-sig").splitlines()[0].endswith(",名称,state")


def test_outfalls_of_a_state_that_goes_are_named_and_moved(folder, tmp_path, capsys):
    path = tmp_path / "states.json"
    assert run_program(["states", "--project", str(folder), "--write", str(path)]) == 0
    data = json.loads(path.read_text("utf-8"))
    data["states"] = [one for one in data["states"] if one["id"] != "difficult"]
    data["transitions"] = [
        way for way in data["transitions"] if "difficult" not in (way["before"], way["after"])
    ]
    path.write_text(json.dumps(data), "utf-8")
    capsys.readouterr()
    words = ["states", "--project", str(folder), "--read", str(path), "--json"]
    assert run_program([*words, "--dry-run"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["affected"]
    assert (one["kind"], one["count"], one["names"]) == ("state", 1, ["甲"])
    assert run_program([*words, "--move", "difficult"]) != 0
    assert run_program([*words, "--move", "difficult=nowhere"]) != 0
    with open_project(folder) as session:
        assert len(session.store.project.scheme.states) == 16
    assert run_program([*words, "--move", "difficult=to_verify"]) == 0
    with open_project(folder) as session:
        store = session.store
        assert store.project.tables["outfalls"].row("a")["state"] == "to_verify"
        assert [one.name for one in store.project.scheme.deliveries] == ["monthly"]
        store.undo()
        assert store.project.tables["outfalls"].row("a")["state"] == "difficult"
