"""Older projects are brought up to date after a backup; newer ones are only read."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pyogrio
import pytest
import shapely

from gisapp.io import project_migration
from gisapp.io.project_check import check
from gisapp.io.project_database import PROJECT_FILE
from gisapp.io.project_file import ProjectFile
from gisapp.io.project_migration import FORMAT
from gisapp.io.snapshots import snapshots
from gisapp.model.edit import TableEdit, TableSchema, add_features, change_feature
from gisapp.model.errors import ProjectError, WriteError
from gisapp.model.features import FeatureId
from gisapp.model.field import Field
from gisapp.model.outfall_record import related
from gisapp.model.survey import (
    MONITORING,
    OUTFALL_FIELDS,
    OUTFALL_TABLE,
    PHOTOS,
    RECTIFICATION,
    RELATED_TABLES,
    SOURCES,
    STATES,
    state_field,
)
from gisapp.model.table import GEOMETRY, FeatureTable
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
    make_format(folder, FORMAT + 1, "CREATE TABLE gisapp_future (x)")
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


def make_format_1(folder: Path) -> None:
    """A survey as format 1 kept it: one table with 32 fields, photos only in their register."""
    old = {
        "code_local": Field("code_local"),
        "name": Field("name", required=True),
        "kind": Field("kind", "choice", choices=("suspected", "outfall")),
        "state": state_field(Field("state", "choice"), STATES[:14]),
        "ph": Field("ph", "real"),
        "flow_value": Field("flow_value", "real"),
        "flow_unit": Field("flow_unit", "choice", choices=("m³/d", "m³/s")),
        "monitored_at": Field("monitored_at", "date"),
        "responsible_party": Field("responsible_party"),
        "deadline": Field("deadline", "date"),
        "photos": Field("photos", "list"),
    }
    table = FeatureTable.from_rows(OUTFALL_TABLE, CRS, tuple(old.values()), {})
    rows = {
        FeatureId(fid): {name: values.get(name) for name in old} | {GEOMETRY: shapely.Point(1, 2)}
        for fid, values in OLD_ROWS.items()
    }
    schema = TableSchema(OUTFALL_TABLE, CRS, table.fields)
    content = (TableEdit("New", None, schema), add_features("New", table, rows))
    file = ProjectFile.create(folder, "Survey", CRS, content)
    file.commit(
        "edit", change_feature("Wet", file.load().tables["outfalls"], "a", {"ph": 6.5}), None
    )
    file.close()
    digest = "ab" * 32
    photo = f"'{digest}', '{digest}.jpg', 'IMG_1.jpg', 12, '2026-01-01', 'outfalls', 'a'"
    make_format(
        folder,
        1,
        "INSERT INTO photos (sha256, file, name, bytes, added_at, table_name, uuid)"
        f" VALUES ({photo})",
    )


OLD_ROWS = {
    "a": {"name": "A", "state": "traced", "ph": 7.5, "flow_value": 3.0, "flow_unit": "m³/d",
          "monitored_at": "2026-03-01", "responsible_party": "厂", "photos": "[]"},
    "b": {"name": "B", "state": "suspected"},
    "c": {"name": "C", "state": "plan_set", "deadline": "2026-09-01"},
}  # fmt: skip


def test_values_of_the_single_table_are_carried_into_the_related_tables(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    make_format_1(folder)
    file = ProjectFile.open(folder)
    assert "Brought up to date" in file.notices[0]
    project = file.load()
    own = project.tables[OUTFALL_TABLE]
    for fid, values in OLD_ROWS.items():  # nothing is lost: the old places keep the values
        expected = {**values, "ph": 6.5} if fid == "a" else values
        assert {name: own.row(fid)[name] for name in expected} == expected
    assert {f.name for f in OUTFALL_FIELDS} <= {f.name for f in own.fields}
    assert own.field("state").choices == tuple(s.value for s in STATES)
    assert set(RELATED_TABLES) <= project.tables.keys()
    [(_, tested)] = related(project, MONITORING, FeatureId("a"))
    assert (tested["ph"], tested["flow_value"], tested["flow_unit"]) == (6.5, 3.0, "m³/d")
    assert tested["monitored_at"] == "2026-03-01"
    [(_, source)] = related(project, SOURCES, FeatureId("a"))
    assert source["responsible_party"] == "厂"
    [(_, plan)] = related(project, RECTIFICATION, FeatureId("c"))
    assert plan["deadline"] == "2026-09-01"
    assert related(project, MONITORING, FeatureId("b")) == []
    [(_, photo)] = related(project, PHOTOS, FeatureId("a"))
    assert (photo["original_name"], photo["accepted"]) == ("IMG_1.jpg", True)
    assert file.undo_list() == ([], [])  # nobody undoes the upgrade by accident
    (upgrade,) = [e for e in file.entries() if e.kind == "upgrade"]
    assert OUTFALL_TABLE in upgrade.tables
    file.commit("edit", change_feature("Name", own, FeatureId("b"), {"name": "B2"}), None)
    assert [label for _, label in file.undo_list()[0]] == ["Name"]
    file.close()
    assert [r for r in check(folder) if not r.ok and r.name != "photos"] == []
    (backup,) = snapshots(folder)
    assert backup.keep_as == "format-1"


def test_an_upgraded_project_is_an_ordinary_geopackage(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    make_format_1(folder)
    ProjectFile.open(folder).close()
    path = tmp_path / "copy.gpkg"
    path.write_bytes((folder / PROJECT_FILE).read_bytes())
    names = dict(pyogrio.list_layers(path).tolist())
    assert names[OUTFALL_TABLE] == "Point"
    assert names[PHOTOS] == "Point"
    assert names[MONITORING] is None
    read = pyogrio.read_dataframe(path, layer=MONITORING)
    assert read.loc[0, "outfall_id"] == "a"
    assert read.loc[0, "ph"] == 6.5


def test_a_table_with_a_name_of_ours_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    make_format_1(folder)
    with closing(sqlite3.connect(folder / PROJECT_FILE)) as db:
        db.execute("UPDATE gisapp_project SET value = '2' WHERE key = 'format'")
        db.commit()
    file = ProjectFile.open(folder)
    schema = TableSchema("Tasks", "", (Field("mine"),))
    file.commit("edit", TableEdit("Own table", None, schema), None)
    file.close()
    make_format(folder, 1)
    file = ProjectFile.open(folder)
    project = file.load()
    file.close()
    assert [f.name for f in project.tables["Tasks"].fields] == ["mine"]
    assert "tasks" not in project.tables
    assert "monitoring" in project.tables
