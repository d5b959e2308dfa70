"""gisapp rules, ledger, deliver and reconcile, as a person types them."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from gisapp.app.project_session import create_project
from gisapp.cli.program import run_program
from gisapp.model.edit import TableEdit, TableSchema, add_features
from tests.survey_project import survey_project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = {
        "a": {"code_local": "W-1", "name": "甲", "state": "to_verify", "kind": "outfall"},
        "b": {"code_local": "W-1", "name": "乙", "state": "closed", "kind": "outfall"},
    }
    content = []
    for table in survey_project(rows).tables.values():
        content.append(TableEdit("New", None, TableSchema(table.name, table.crs, table.fields)))
        content.append(add_features("New", table, {fid: table.row(fid) for fid in table.ids}))
    create_project(tmp_path / "survey", "Survey", content=content).close()
    return tmp_path / "survey"


def run(capsys, *arguments) -> tuple[int, dict]:
    code = run_program([*map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_findings_with_reason_place_and_fix_and_fixing_them(folder, capsys):
    arguments = ("rules", "--project", folder, "--today", "2026-06-01")
    code, answer = run(capsys, *arguments, "--only", "code_twice")
    assert code == 1
    [one] = answer["findings"]
    assert (one["rule"], one["outfall"], one["fix"]) == ("code_twice", "b", "Give it W-2")
    assert one["place"] == [105.001, 30.0]
    assert answer["unchecked"]["county"] == "counties"
    assert run(capsys, *arguments, "--only", "code_twice", "--fix")[1]["fixed"] == 1
    assert run(capsys, *arguments, "--only", "code_twice") == (0, {**answer, "counts": {},
        "findings": [], "errors": answer["errors"] - 1})  # fmt: skip


def test_a_rule_or_number_that_is_none_is_named(folder, capsys):
    assert run(capsys, "rules", "--project", folder, "--only", "bad")[0] == 1
    code, answer = run(capsys, "rules", "--project", folder, "--set", "near_m=x")
    assert code == 1
    assert "near_m" in answer["hint"]
    for wrong in ("-5", "nan"):
        code, answer = run(capsys, "rules", "--project", folder, "--set", f"near_m={wrong}")
        assert (code, wrong in answer["error"]) == (1, True)


def test_a_ledger_by_template_of_some_outfalls(folder, capsys, tmp_path):
    output = tmp_path / "l.xlsx"
    _, answer = run(
        capsys, "ledger", "--project", folder, "--output", output, "--where", "state=closed",
        "--lang", "zh_CN",
    )  # fmt: skip
    assert (answer["rows"], answer["template"]) == (1, "ledger")
    head, row = openpyxl.load_workbook(output).worksheets[0].iter_rows(values_only=True)
    assert dict(zip(head, row, strict=True))["是否销号"] == "是"
    assert run(capsys, "ledger", folder, "--output", output, "--template", "shoe")[0] == 1


def test_a_delivery_and_the_project_differ_where_somebody_changed_it(folder, capsys, tmp_path):
    output = tmp_path / "out.csv"
    _, answer = run(capsys, "deliver", "--project", folder, "--output", output)
    assert (answer["rows"], answer["crs"]) == (2, "EPSG:4490")
    text = output.read_text("utf-8-sig").replace("乙", "乙村")
    (tmp_path / "theirs.csv").write_text(text, "utf-8")
    sheet = tmp_path / "d.xlsx"
    arguments = ("reconcile", folder, tmp_path / "theirs.csv", "--output", sheet)
    _, answer = run(capsys, *arguments)
    assert (answer["pairs"], answer["only_in_a"], answer["only_in_b"]) == (2, 0, 0)
    fields = {name for pair in answer["differences"] for name in pair["fields"]}
    assert fields == {"name"}
    assert openpyxl.load_workbook(sheet).worksheets[0].max_row == 2
    _, answer = run(capsys, *arguments, "--accept", "all")
    assert (answer["accepted"], answer["different"]) == (1, 0)
    assert run(capsys, "reconcile", sheet, folder, "--accept", "all")[0] == 1
