"""Damage inside values, torn files and removed parts: said exactly, and brought back."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gisapp.io.photo_files import photo_files
from gisapp.io.project_check import check
from gisapp.io.project_database import PROJECT_FILE
from gisapp.io.project_file import ProjectFile
from gisapp.io.project_repair import repair
from gisapp.io.snapshots import write_snapshot
from gisapp.model.errors import GisError, ProjectError
from tests.projects import CONTENT, CRS, adding, changing, content

UNLOCKED = ("DROP TRIGGER gisapp_changes_no_delete", "DROP TRIGGER gisapp_changes_no_update")
FIELD = "outfalls, F003, {}: the value could not be read"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """300 outfalls and a snapshot, then 30 of them changed in 30 steps."""
    folder = tmp_path / "survey"
    ids = [f"F{n:03}" for n in range(300)]
    file = ProjectFile.create(folder, "Survey", CRS, (*CONTENT, adding(*ids)))
    write_snapshot(folder)
    project = file.load()
    for n in range(30):
        file.commit("edit", changing(project, f"F{n:03}", name=f"changed {n}"), None)
    file.close()
    return folder


def loaded(folder: Path) -> dict:
    file = ProjectFile.open(folder, read_only=True)
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


@pytest.mark.parametrize(
    ("sql", "field"),
    [
        ("UPDATE outfalls SET flow = 'much' WHERE uuid = 'F003'", "flow"),
        ("UPDATE outfalls SET name = CAST(x'e58cff' AS TEXT) WHERE uuid = 'F003'", "name"),
        ("UPDATE outfalls SET discharging = 'maybe' WHERE uuid = 'F003'", "discharging"),
        ("UPDATE outfalls SET reach = 'far' WHERE uuid = 'F003'", "reach"),
        ("UPDATE outfalls SET name = x'00' WHERE uuid = 'F003'", "name"),
    ],
)
def test_values_that_cannot_be_read_are_named_and_come_from_the_log(
    folder: Path, sql: str, field: str
) -> None:
    before = loaded(folder)
    change(folder, sql)
    assert wrong(folder) != {}
    with closing(sqlite3.connect(folder / PROJECT_FILE)) as db:
        broken = db.execute("SELECT count(*) FROM outfalls").fetchone()
    assert broken == (300,)
    if field in ("flow", "name") and "x'00'" not in sql:  # others are shown as they are
        with pytest.raises(ProjectError, match="damaged") as told:
            loaded(folder)
        assert "gisapp repair" in told.value.hint
    report = repair(folder)
    assert report.ok
    assert FIELD.format(field) in report.done
    assert report.lost == ()
    assert loaded(folder) == before


def test_what_no_log_can_bring_back_is_said_to_be_lost(folder: Path) -> None:
    change(
        folder,
        *UNLOCKED,
        "UPDATE outfalls SET flow = 'much' WHERE uuid = 'F003'",
        "UPDATE gisapp_changes SET edit = x'00' WHERE number = 10",
    )
    assert wrong(folder)["log"] == ("Entry 10 of the change log cannot be read",)
    report = repair(folder)
    assert report.ok
    assert set(report.lost) == {
        "Entry 10 of the change log cannot be read",
        FIELD.format("flow"),
    }
    rows = loaded(folder)["tables"]["outfalls"][2]
    assert rows["F003"]["name"] == "changed 3"
    assert rows["F029"]["name"] == "changed 29"


def test_the_newest_entries_of_the_log_are_missed_and_the_rows_kept(folder: Path) -> None:
    """Setting the rows back to the rest of the log would throw work away."""
    before = loaded(folder)
    change(folder, *UNLOCKED, "DELETE FROM gisapp_changes WHERE number > 28")
    assert wrong(folder)["log"] == tuple(f"entry {n} is missing" for n in (29, 30, 31))
    report = repair(folder)
    assert report.ok
    assert report.lost == ("entries of the change log: 29, 30, 31",)
    assert loaded(folder) == before


def test_the_whole_log_is_gone(folder: Path) -> None:
    before = loaded(folder)
    change(folder, *UNLOCKED, "DELETE FROM gisapp_changes")
    assert "log" in wrong(folder)
    report = repair(folder)
    assert report.ok
    assert loaded(folder) == before


def test_values_set_back_are_named(folder: Path) -> None:
    change(folder, "UPDATE outfalls SET name = 'by hand' WHERE uuid = 'F007'")
    report = repair(folder)
    assert "outfalls, F007, name: by hand in the table, changed 7 in the log" in report.done


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE outfalls",
        "UPDATE gisapp_layers SET layer = '{'",
        "UPDATE gisapp_layers SET layer = '[]'",
        "UPDATE gisapp_fields SET field = '{}' WHERE position = 2",
        "DELETE FROM gpkg_geometry_columns",
        "UPDATE gpkg_contents SET srs_id = 4326 WHERE table_name = 'outfalls'",
        "UPDATE gpkg_geometry_columns SET srs_id = 4326",
        "UPDATE gisapp_project SET value = 'abc' WHERE key = 'format'",
    ],
)
def test_parts_that_were_removed_or_overwritten(folder: Path, sql: str) -> None:
    before = loaded(folder)
    change(folder, sql)
    assert wrong(folder) != {}
    report = repair(folder)
    assert [r for r in report.results if not r.ok] == []
    assert report.lost == ()
    assert report.done
    assert loaded(folder) == before


def test_a_newer_format_is_not_touched(folder: Path) -> None:
    change(folder, "UPDATE gisapp_project SET value = '99' WHERE key = 'format'")
    before = (folder / PROJECT_FILE).read_bytes()
    with pytest.raises(ProjectError, match="newer version"):
        repair(folder)
    assert (folder / PROJECT_FILE).read_bytes() == before


def test_an_empty_file_is_no_project_without_content(folder: Path) -> None:
    """SQLite takes 0 bytes for a sound database with nothing in it."""
    os.truncate(folder / PROJECT_FILE, 0)
    report = repair(folder)
    assert report.ok
    assert report.lost == ("every change after number 1 of the change log",)
    assert len(loaded(folder)["tables"]["outfalls"][2]) == 300


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.7, 0.8, 0.9, 0.97, 0.999])
def test_a_file_that_was_cut_off(folder: Path, share: float) -> None:
    """What is left is read; only the rest comes from the snapshot, and that is said."""
    before = loaded(folder)
    size = (folder / PROJECT_FILE).stat().st_size
    with closing(sqlite3.connect(folder / PROJECT_FILE)) as db:
        [used] = db.execute(
            "SELECT max(pageno) * 4096 FROM dbstat WHERE name = 'outfalls'"
        ).fetchone() if _has_dbstat(db) else (None,)  # fmt: skip
    left = int(size * share)
    os.truncate(folder / PROJECT_FILE, left)
    assert wrong(folder) != {}
    report = repair(folder)
    assert report.ok
    assert report.lost
    after = loaded(folder)
    assert len(after["tables"]["outfalls"][2]) == 300
    assert after["document"] == before["document"]
    if used is not None and left >= used:
        assert after["tables"] == before["tables"]


def _has_dbstat(db: sqlite3.Connection) -> bool:
    try:
        db.execute("SELECT 1 FROM dbstat LIMIT 1").fetchone()
    except sqlite3.OperationalError:
        return False
    return True


@pytest.mark.parametrize("seed", range(24))
def test_flipped_bytes_in_the_middle(folder: Path, seed: int) -> None:
    """Whatever is hit, the check answers and the repair gives a project that opens."""
    before = loaded(folder)["tables"]["outfalls"][2]
    path = folder / PROJECT_FILE
    chance = random.Random(seed)
    data = bytearray(path.read_bytes())
    for _ in range(seed + 1):
        data[chance.randrange(4096, len(data))] ^= chance.randrange(1, 256)
    path.write_bytes(data)
    faults = wrong(folder)
    try:
        as_is = loaded(folder)["tables"]["outfalls"][2]
    except GisError:
        as_is = None
    assert faults or as_is == before  # nothing that is wrong goes by as right
    report = repair(folder)
    assert report.ok, wrong(folder)
    rows = loaded(folder)["tables"]["outfalls"][2]
    assert len(rows) >= 300 - seed
    if rows != before:
        assert report.lost


def test_photos_are_registered_again_and_lost_ones_named(folder: Path, tmp_path: Path) -> None:
    photos = []
    for n in range(3):
        photo = tmp_path / f"{n}.jpg"
        photo.write_bytes(b"\xff\xd8\xff" + bytes([n]))
        photos.append(photo)
    file = ProjectFile.open(folder)
    for photo in photos:
        file.add_photo(photo)
    file.close()
    change(folder, "DELETE FROM photos WHERE fid = 1", "UPDATE photos SET file = 'x' WHERE fid = 2")
    report = repair(folder)
    assert report.ok
    assert "2 photos were registered again" in report.done
    next(photo_files(folder)).unlink()
    report = repair(folder)
    assert not report.ok
    [lost] = report.lost
    assert "is missing or was changed" in lost
