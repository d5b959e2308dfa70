"""Faults are found and named, and repaired as far as anything is left to repair from."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gisapp.io.project_check import check
from gisapp.io.project_database import PROJECT_FILE
from gisapp.io.project_file import ProjectFile
from gisapp.io.project_lock import ProjectInUse
from gisapp.io.project_repair import RepairReport, repair
from gisapp.io.snapshots import write_snapshot
from gisapp.model.errors import ProjectError
from tests.projects import CONTENT, CRS, adding, changing, content, deleting


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """400 outfalls and some changes, closed."""
    ids = [f"F{n:03}" for n in range(400)]
    file = ProjectFile.create(tmp_path / "survey", "Survey", CRS, (*CONTENT, adding(*ids)))
    project = file.load()
    for edit in (
        changing(project, "F007", flow=77.0),
        deleting(project, "F008"),
        changing(project, "F009", name="other"),
    ):
        number = file.commit("edit", edit, None).number
    file.commit("undo", edit.reversed(), number)
    file.close()
    return tmp_path / "survey"


def loaded(folder: Path) -> dict:
    file = ProjectFile.open(folder)
    try:
        return content(file.load())
    finally:
        file.close()


def change(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / PROJECT_FILE)) as db:
        for sql in statements:
            db.execute(sql)
        db.commit()


def wrong(folder: Path) -> dict[str, tuple[str, ...]]:
    return {r.name: r.details for r in check(folder) if not r.ok}


def assert_repaired(report: RepairReport) -> None:
    assert [r for r in report.results if not r.ok] == []
    assert (report.backup / PROJECT_FILE).exists()


def test_a_sound_project(folder: Path) -> None:
    results = check(folder)
    assert [r.name for r in results] == [
        "integrity",
        "keys",
        "format",
        "geopackage",
        "log",
        "rows",
        "document",
        "photos",
    ]
    assert all(r.ok for r in results)
    before = loaded(folder)
    report = repair(folder)
    assert_repaired(report)
    assert (report.done, report.lost) == ((), ())
    assert loaded(folder) == before


def test_no_project_at_all(tmp_path: Path) -> None:
    (result,) = check(tmp_path)
    assert (result.name, result.ok) == ("file", False)


def test_checked_while_it_is_open(folder: Path) -> None:
    file = ProjectFile.open(folder)
    file.commit("edit", adding("new"), None)
    assert wrong(folder) == {}
    with pytest.raises(ProjectInUse):
        repair(folder)
    file.close()


def test_rows_that_are_not_what_the_log_says(folder: Path) -> None:
    before = loaded(folder)
    change(
        folder,
        "UPDATE outfalls SET flow = 1234 WHERE uuid = 'F001'",
        "UPDATE outfalls SET geom = NULL WHERE uuid = 'F002'",
        "DELETE FROM outfalls WHERE uuid = 'F003'",
        "INSERT INTO outfalls (uuid, name) VALUES ('F999', 'stranger')",
    )
    assert sorted(wrong(folder)["rows"]) == [
        "outfalls, F001, flow: 1234.0 in the table, 1.1 in the log",
        "outfalls, F002, geometry: (nan, nan) in the table, (500002.25, 3300000.5) in the log",
        "outfalls, F003: only in the log",
        "outfalls, F999: only in the table",
    ]
    report = repair(folder)
    assert_repaired(report)
    assert report.done[0] == "outfalls: 4 features were set to what the change log says"
    assert "outfalls, F001, flow: 1234.0 in the table, 1.1 in the log" in report.done
    assert len(report.done) == 5
    assert loaded(folder) == before


def test_changes_of_another_program_can_be_accepted_and_undone(folder: Path) -> None:
    before = loaded(folder)
    change(
        folder,
        "UPDATE outfalls SET flow = 1234 WHERE uuid = 'F001'",
        "DELETE FROM outfalls WHERE uuid = 'F003'",
        "INSERT INTO outfalls (uuid, name) VALUES ('F999', 'from QGIS')",
    )
    assert_repaired(repair(folder, keep="tables"))
    file = ProjectFile.open(folder)
    rows = content(file.load())["tables"]["outfalls"][2]
    assert (rows["F001"]["flow"], "F003" in rows, rows["F999"]["name"]) == (
        1234,
        False,
        "from QGIS",
    )
    number, label = file.undo_list()[0][-1]
    assert label == "Changed by another program"
    file.commit("undo", file.read_edit(number).reversed(), number)
    assert content(file.load()) == before
    file.close()


def test_layers_that_are_not_what_the_log_says(folder: Path) -> None:
    before = loaded(folder)
    change(
        folder,
        "DELETE FROM gisapp_layers",
        "UPDATE gisapp_project SET value = 'other' WHERE key = 'title'",
    )
    assert set(wrong(folder)) == {"document"}
    assert_repaired(repair(folder))
    assert loaded(folder) == before


def test_missing_tables_and_columns(folder: Path) -> None:
    before = loaded(folder)
    change(
        folder,
        "DROP TABLE gisapp_change_features",
        "DROP TABLE photos",
        "ALTER TABLE outfalls DROP COLUMN flow",
    )
    missing = ("no table gisapp_change_features", "no table photos")
    assert wrong(folder) == {"geopackage": missing}
    report = repair(folder)
    assert_repaired(report)
    assert loaded(folder) == before
    file = ProjectFile.open(folder)
    assert [c.label for c in file.history("outfalls", "F007")] == ["New project", "Change"]
    file.close()


def test_links_of_the_log(folder: Path) -> None:
    change(folder, "DELETE FROM gisapp_change_features WHERE number = 2")
    assert wrong(folder) == {"log": ("entry 2: its features are not listed",)}
    assert_repaired(repair(folder))


def test_a_lost_entry_of_the_log(folder: Path) -> None:
    """The rows are still there: they become the new beginning of the log."""
    before = loaded(folder)
    change(
        folder,
        "DROP TRIGGER gisapp_changes_no_delete",
        "DELETE FROM gisapp_changes WHERE number = 3",
    )
    assert set(wrong(folder)) & {"log", "rows"}
    report = repair(folder)
    assert_repaired(report)
    assert report.lost == ("entries of the change log: 3",)
    assert loaded(folder) == before
    file = ProjectFile.open(folder)
    assert file.undo_list() == ([], [])
    file.close()


def test_an_entry_of_the_log_that_cannot_be_read(folder: Path) -> None:
    before = loaded(folder)
    change(
        folder,
        "DROP TRIGGER gisapp_changes_no_update",
        "UPDATE gisapp_changes SET edit = x'00' WHERE number = 2",
    )
    assert "cannot be read" in wrong(folder)["log"][0]
    assert_repaired(repair(folder))
    assert loaded(folder) == before


def pages_of(path: Path, table: str) -> list[int]:
    """The leaf pages that hold the rows of a table."""
    with closing(sqlite3.connect(path)) as db:
        size = db.execute("PRAGMA page_size").fetchone()[0]
        (root,) = db.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = ? AND type = 'table'", (table,)
        ).fetchone()
    data = path.read_bytes()
    found, waiting = [], [root]
    while waiting:
        page = waiting.pop()
        start = (page - 1) * size
        if data[start] == 13:
            found.append(page)
        else:
            count = int.from_bytes(data[start + 3 : start + 5], "big")
            cells = [
                start + int.from_bytes(data[start + 12 + 2 * n : start + 14 + 2 * n], "big")
                for n in range(count)
            ]
            waiting += [int.from_bytes(data[c : c + 4], "big") for c in cells]
            waiting.append(int.from_bytes(data[start + 8 : start + 12], "big"))
    return sorted(found)


def spoil(path: Path, *pages: int) -> None:
    with path.open("rb+") as file:
        for page in pages:
            file.seek((page - 1) * 4096)
            file.write(b"\xa5" * 4096)


def test_damaged_pages_of_a_table_are_made_anew_from_the_log(folder: Path) -> None:
    before = loaded(folder)
    leaves = pages_of(folder / PROJECT_FILE, "outfalls")
    spoil(folder / PROJECT_FILE, *leaves[1:4])
    assert set(wrong(folder)) & {"integrity", "file"}
    report = repair(folder)
    assert_repaired(report)
    assert any("outfalls: rows" in text for text in report.lost)
    assert any("set to what the change log says" in text for text in report.done)
    assert loaded(folder) == before


def test_a_damaged_log_is_filled_from_a_snapshot(folder: Path) -> None:
    before = loaded(folder)
    write_snapshot(folder)
    leaves = pages_of(folder / PROJECT_FILE, "gisapp_changes")
    spoil(folder / PROJECT_FILE, *leaves)
    report = repair(folder)
    assert_repaired(report)
    assert loaded(folder) == before


def test_a_file_that_is_no_database_any_more_comes_from_the_newest_snapshot(folder: Path) -> None:
    before = loaded(folder)
    write_snapshot(folder)
    file = ProjectFile.open(folder)
    file.commit("edit", adding("late"), None)
    file.close()
    spoil(folder / PROJECT_FILE, 1)
    report = repair(folder)
    assert_repaired(report)
    assert report.lost == ("every change after number 5 of the change log",)
    assert loaded(folder) == before


def test_nothing_to_repair_from(folder: Path) -> None:
    spoil(folder / PROJECT_FILE, 1)
    with pytest.raises(ProjectError, match="no snapshot"):
        repair(folder)
    assert (folder / PROJECT_FILE).exists()
    assert not (folder / "project.lock").exists()


def test_edits_still_beside_the_file_are_not_lost_by_a_repair(folder: Path) -> None:
    file = ProjectFile.open(folder)
    file.commit("edit", adding("late"), None)
    for name in (PROJECT_FILE, PROJECT_FILE + "-wal"):
        (folder / "cache" / name).write_bytes((folder / name).read_bytes())
    file.close()
    for name in (PROJECT_FILE, PROJECT_FILE + "-wal"):
        (folder / "cache" / name).replace(folder / name)
    assert_repaired(repair(folder))
    assert "late" in loaded(folder)["tables"]["outfalls"][2]
