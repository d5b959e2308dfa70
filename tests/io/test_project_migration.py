"""Older projects are brought up to date after a backup; newer ones are only read."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gisapp.io import project_migration
from gisapp.io.project_check import check
from gisapp.io.project_database import PROJECT_FILE
from gisapp.io.project_file import ProjectFile
from gisapp.io.snapshots import snapshots
from gisapp.model.errors import ProjectError, WriteError
from tests.projects import CONTENT, CRS, adding, changing, content


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    file = ProjectFile.create(tmp_path / "survey", "Survey", CRS, (*CONTENT, adding("A", "B")))
    file.commit("edit", changing(file.load(), "A", flow=5.0), None)
    file.close()
    return tmp_path / "survey"


def make_format(folder: Path, number: int, *statements: str) -> None:
    with closing(sqlite3.connect(folder / PROJECT_FILE)) as db:
        for sql in statements:
            db.execute(sql)
        db.execute("UPDATE gisapp_project SET value = ? WHERE key = 'format'", (str(number),))
        db.commit()


def make_format_0(folder: Path) -> None:
    """Format 0 had no list of features beside the log, no guards on it and no photos."""
    make_format(
        folder,
        0,
        "DROP TABLE gisapp_change_features",
        "DROP TRIGGER gisapp_changes_no_update",
        "DROP TRIGGER gisapp_changes_no_delete",
        "DROP TABLE photos",
        "DELETE FROM gpkg_contents WHERE table_name = 'photos'",
    )


def test_an_older_project_is_backed_up_and_brought_up_to_date(folder: Path) -> None:
    make_format_0(folder)
    old = (folder / PROJECT_FILE).stat().st_size
    file = ProjectFile.open(folder)
    assert not file.read_only
    assert "Brought up to date" in file.notices[0]
    assert [c.label for c in file.history("outfalls", "A")] == ["New project", "Change"]
    file.commit("edit", adding("C"), None)
    file.close()
    assert [r for r in check(folder) if not r.ok] == []
    (backup,) = snapshots(folder)
    assert backup.keep_as == "format-0"
    assert backup.path.stat().st_size <= old
    with closing(sqlite3.connect(backup.path)) as db:
        row = db.execute("SELECT value FROM gisapp_project WHERE key = 'format'").fetchone()
    assert row == ("0",)
    again = ProjectFile.open(folder)
    assert again.notices == []
    again.close()


def test_a_migration_that_fails_changes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_format_0(folder)

    def broken(db: sqlite3.Connection) -> None:
        db.execute("DROP TABLE gisapp_pages")
        raise sqlite3.OperationalError("stopped half way")

    monkeypatch.setitem(project_migration.STEPS, 0, broken)
    with pytest.raises(WriteError, match="could not be written"):
        ProjectFile.open(folder)
    monkeypatch.undo()
    file = ProjectFile.open(folder)
    assert file.load().pages == ()
    file.close()


def test_a_newer_project_is_only_read(folder: Path) -> None:
    make_format(folder, 2, "CREATE TABLE gisapp_future (x)")
    before = (folder / PROJECT_FILE).read_bytes()
    file = ProjectFile.open(folder)
    assert file.read_only
    assert file.notices == ["Made by a newer version of the program; open for reading only."]
    assert sorted(content(file.load())["tables"]["outfalls"][2]) == ["A", "B"]
    file.close()
    assert (folder / PROJECT_FILE).read_bytes() == before
    assert not (folder / "project.lock").exists()


def test_a_project_that_does_not_say_its_format(folder: Path) -> None:
    with closing(sqlite3.connect(folder / PROJECT_FILE)) as db:
        db.execute("DELETE FROM gisapp_project WHERE key = 'format'")
        db.commit()
    with pytest.raises(ProjectError, match="does not say its format"):
        ProjectFile.open(folder)
