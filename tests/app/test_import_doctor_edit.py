"""What was understood becomes one step of a project, and comes back as changes next month."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gisapp.app.import_doctor_edit import import_edit, numbers_in, origins, ranges
from gisapp.app.import_doctor_matching import IMPORTS
from gisapp.app.project_session import make_survey_project, open_project
from gisapp.io.project_check import check
from gisapp.io.recipe import Recipe
from gisapp.model.errors import ParameterError
from gisapp.model.outfall_record import related
from gisapp.model.progress import Silent
from gisapp.model.project import Project
from tests.app.survey_files import doctor, plain_ledger, problem, write_csv
from tests.projects import content
from tests.survey_project import survey_project


def _imported(path: Path, project: Project, **answers: str) -> Project:
    return import_edit(project, doctor(path, project, **answers), Silent()).apply(project)


@pytest.fixture
def may(tmp_path: Path) -> Path:
    rows = plain_ledger(
        所在河流=["锦江"] * 12, COD=[30.5] * 11 + [""], 监测日期=["2026-05-03"] * 12,
        统一社会信用代码=["91510100MA61RN1X4N"] + [""] * 11, 流量=[12] + [""] * 11,
    )  # fmt: skip
    return write_csv(tmp_path / "五月.csv", rows)


def test_outfalls_and_their_related_rows(may: Path) -> None:
    project = _imported(may, survey_project({}))
    table = project.tables["outfalls"]
    assert len(table) == 12
    first = table.ids[0]
    row = table.row(first) or {}
    assert row["cod_mg_l"] == 30.5
    assert (row["kind"], row["state"], row["found_by"]) == ("suspected", "suspected", "list")
    assert (row["flow_value"], row["flow_unit"]) == (12, "m³/d")
    assert abs(row["geometry"].x - 104.05) < 1e-9
    [(_, measured)] = related(project, "monitoring", first)
    assert (measured["cod_mg_l"], measured["monitored_at"]) == (30.5, "2026-05-03")
    [(_, source)] = related(project, "tracing_sources", first)
    assert source["uscc"] == "91510100MA61RN1X4N"
    assert related(project, "monitoring", table.ids[11]) == []


def test_where_an_outfall_came_from(may: Path) -> None:
    project = _imported(may, survey_project({}))
    table = project.tables["outfalls"]
    [(row, number)] = origins(project, table.ids[3])
    assert (row["file"], number) == ("五月.csv", 5)
    assert len(row["sha256"]) == 64
    assert row["added"] == "2-13"


def test_it_is_one_step_that_goes_back(may: Path) -> None:
    before = survey_project({"A": {"name": "Old", "code_local": "川A0001"}})
    edit = import_edit(before, doctor(may, before), Silent())
    after = edit.apply(before)
    assert content(edit.reversed().apply(after)) == content(before)
    assert after.tables["outfalls"].row("A")["river"] == "锦江"


def test_the_same_file_again_changes_nothing(may: Path) -> None:
    project = _imported(may, survey_project({}))
    again = doctor(may, project)
    assert again.counts["added"] == again.counts["changed"] == 0
    assert again.counts["same"] == 12
    assert problem(again, "same_file").level == "warning"
    with pytest.raises(ParameterError, match="nothing to import"):
        import_edit(project, again, Silent())


def test_next_month_is_shown_as_changes_by_field(may: Path, tmp_path: Path) -> None:
    project = _imported(may, survey_project({}))
    rows = plain_ledger(
        所在河流=["锦江"] * 11 + ["沙河"], COD=[12.5] + [30.5] * 10 + [""],
        监测日期=["2026-06-03"] + ["2026-05-03"] * 11,
    )  # fmt: skip
    rows[3][2] += 0.001
    june = write_csv(tmp_path / "六月.csv", rows)
    found = doctor(june, project)
    assert found.counts == {
        "rows": 12, "added": 0, "changed": 3, "same": 9, "left_out": 0, "without_place": 0,
    }  # fmt: skip
    assert found.matches.changes[11] == {"river": ("锦江", "沙河")}
    assert set(found.matches.changes[0]) == {"cod_mg_l", "monitored_at"}
    assert list(found.matches.changes[2]) == ["geometry"]
    words = problem(found, "known_outfall").words(11)
    assert "锦江" in words
    assert "沙河" in words
    after = import_edit(project, found, Silent()).apply(project)
    first = project.tables["outfalls"].ids[0]
    assert after.tables["outfalls"].row(first)["cod_mg_l"] == 12.5
    kept = [row["cod_mg_l"] for _, row in related(after, "monitoring", first)]
    assert 12.5 in kept
    assert len(after.tables["outfalls"]) == 12
    skipped = doctor(june, project, if__known_outfall="skip")
    assert skipped.counts["left_out"] == 12


def test_an_empty_cell_erases_nothing(may: Path, tmp_path: Path) -> None:
    project = _imported(may, survey_project({}))
    june = write_csv(tmp_path / "六月.csv", plain_ledger(所在河流=[""] * 12))
    assert doctor(june, project).counts["changed"] == 0


def test_a_survey_without_tables_says_what_to_do(may: Path) -> None:
    with pytest.raises(ParameterError, match="no table of outfalls"):
        import_edit(Project(), doctor(may, Project()), Silent())


def test_metres_of_an_unknown_zone_are_not_imported(tmp_path: Path) -> None:
    rows = [["编码", "名称", "X", "Y"], *[[str(n), "a", 412_000 + n, 3_400_000] for n in range(5)]]
    path = write_csv(tmp_path / "a.csv", rows)
    with pytest.raises(ParameterError, match="zone"):
        import_edit(survey_project({}), doctor(path), Silent())


def test_on_the_disk_it_is_one_change_that_is_undone(may: Path, tmp_path: Path) -> None:
    folder = tmp_path / "survey"
    make_survey_project(folder, "Survey")
    with open_project(folder) as session:
        before = content(session.store.project)
        session.store.apply(import_edit(session.store.project, doctor(may), Silent()))
        assert len(session.store.project.tables["outfalls"]) == 12
        session.store.undo()
        assert content(session.store.project) == before
        session.store.redo()
    with open_project(folder, read_only=True) as session:
        assert len(session.store.project.tables["outfalls"]) == 12
        assert IMPORTS in session.store.project.tables
    assert [r for r in check(folder) if not r.ok] == []


def test_ranges_are_read_back() -> None:
    assert ranges([2, 3, 4, 9]) == "2-4,9"
    assert list(numbers_in("2-4,9")) == [2, 3, 4, 9]
    assert list(numbers_in(ranges([]))) == []


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a signal")
@pytest.mark.parametrize("share", [0.2, 0.7])
def test_killed_while_it_is_written_all_or_nothing(tmp_path: Path, share: float) -> None:
    folder, path = tmp_path / "survey", tmp_path / "a.csv"
    make_survey_project(folder, "Survey")
    count = 4000
    rows = [[f"C{n:05}", f"P{n}", 104 + n / 1e5, 30] for n in range(count)]
    write_csv(path, [["编码", "名称", "经度", "纬度"], *rows])
    words = [sys.executable, "-m", "gisapp", "import", str(path), "--survey", "--project", folder]
    wal = folder / "project.gpkg-wal"
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        target = share * 3_000_000  # bytes the rows and the log take up while they are written
        while process.poll() is None and not (wal.exists() and wal.stat().st_size > target):
            time.sleep(0.002)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
    with open_project(folder) as session:
        tables = session.store.project.tables
        there = len(tables["outfalls"])
        assert there in (0, count)
        assert (IMPORTS in tables) == (there == count)
    assert [r for r in check(folder) if not r.ok] == []


def test_answers_of_the_recipe_are_kept_with_the_import(may: Path) -> None:
    project = survey_project({})
    found = doctor(may, project, recipe=Recipe({"default.kind": "outfall"}))
    after = import_edit(project, found, Silent()).apply(project)
    table = after.tables[IMPORTS]
    assert "default.kind" in (table.row(table.ids[0]) or {})["recipe"]
    outfalls = after.tables["outfalls"]
    assert (outfalls.row(outfalls.ids[0]) or {})["kind"] == "outfall"
