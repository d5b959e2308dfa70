"""Copies that were proved, kept in turns, and made while others write."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gisapp.io import snapshots as module
from gisapp.io.project_database import PROJECT_FILE
from gisapp.io.project_file import ProjectFile
from gisapp.io.snapshots import (
    Snapshot,
    is_due,
    snapshot_for_readers,
    snapshots,
    superfluous,
    working_copy,
    write_snapshot,
)
from gisapp.model.errors import ProjectError, WriteError
from tests.projects import CONTENT, CRS, adding, content

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path):
    made = ProjectFile.create(tmp_path / "survey", "Survey", CRS, (*CONTENT, adding("A")))
    yield made
    made.close()


def opened(path: Path, place: Path) -> dict:
    place.mkdir()
    (place / PROJECT_FILE).write_bytes(path.read_bytes())
    copy = ProjectFile.open(place)
    try:
        return content(copy.load())
    finally:
        copy.close()


def test_a_snapshot_holds_what_is_committed(file: ProjectFile, tmp_path: Path) -> None:
    file.commit("edit", adding("B"), None)
    path = write_snapshot(file.folder)
    file.commit("edit", adding("C"), None)
    (snapshot,) = snapshots(file.folder)
    assert (snapshot.path, snapshot.number, snapshot.keep_as) == (path, 2, "")
    assert sorted(opened(path, tmp_path / "copy")["tables"]["outfalls"][2]) == ["A", "B"]
    assert {p.suffix for p in path.parent.iterdir()} == {".gpkg"}


def test_a_snapshot_while_another_thread_commits(file: ProjectFile) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            file.commit("edit", adding(f"N{number}"), None)
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(5):
            path = write_snapshot(file.folder)
            with closing(sqlite3.connect(path)) as db:
                rows = db.execute("SELECT count(*) FROM outfalls").fetchone()[0]
                last = db.execute("SELECT max(number) FROM gisapp_changes").fetchone()[0]
            assert rows == last
    finally:
        stop.set()
        writer.join()


def test_a_damaged_copy_is_not_kept(file: ProjectFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "verify", lambda path: (["row 3 missing from index"], 1))
    with pytest.raises(WriteError, match="row 3 missing"):
        write_snapshot(file.folder)
    assert list((file.folder / "snapshots").iterdir()) == []


def taken(*hours_ago: float, keep_as: str = "") -> list[Snapshot]:
    return [
        Snapshot(Path(f"{h}"), NOON - timedelta(hours=h), 1000 - int(h), keep_as) for h in hours_ago
    ]


def test_which_snapshots_stay() -> None:
    many = taken(*range(24 * 20))
    gone = {s.path for s in superfluous(many, NOON)}
    kept = [s for s in many if s.path not in gone]
    assert [s.path.name for s in kept[:10]] == [str(n) for n in range(10)]
    days = [f"{s.at:%m-%d %H}" for s in kept[10:]]
    assert days == [f"05-{day:02} 23" for day in range(19, 6, -1)]
    assert superfluous(taken(1000, keep_as="format-0"), NOON) == []
    assert superfluous([], NOON) == []


def test_old_snapshots_are_removed(file: ProjectFile) -> None:
    for number in range(14):
        write_snapshot(file.folder, at=NOON + timedelta(minutes=number))
    write_snapshot(file.folder, keep_as="before", at=NOON)
    kept = snapshots(file.folder)
    assert len([s for s in kept if not s.keep_as]) == 10
    assert len([s for s in kept if s.keep_as]) == 1


def test_when_one_is_due(file: ProjectFile) -> None:
    assert is_due(file.folder, 1)
    write_snapshot(file.folder, at=NOON)
    assert not is_due(file.folder, 1, NOON + timedelta(days=3))
    assert not is_due(file.folder, 2, NOON + timedelta(minutes=59))
    assert is_due(file.folder, 2, NOON + timedelta(minutes=61))
    assert is_due(file.folder, 201, NOON + timedelta(minutes=1))


def test_other_programs_get_a_copy_that_is_made_anew_only_when_needed(file: ProjectFile) -> None:
    first = snapshot_for_readers(file.folder)
    assert snapshot_for_readers(file.folder) == first
    file.commit("edit", adding("B"), None)
    second = snapshot_for_readers(file.folder)
    assert second != first
    assert not first.exists()
    with closing(sqlite3.connect(second)) as db:
        assert db.execute("SELECT count(*) FROM outfalls").fetchone() == (2,)


def test_a_working_copy_of_an_open_project(file: ProjectFile, tmp_path: Path) -> None:
    (file.folder / "data" / "r.csv").write_text("x", "utf-8")
    file.commit("edit", adding("B"), None)
    target = working_copy(file.folder, tmp_path / "mine")
    copy = ProjectFile.open(target)
    assert content(copy.load()) == content(file.load())
    copy.commit("edit", adding("C"), None)
    copy.close()
    assert (target / "data" / "r.csv").read_text("utf-8") == "x"
    with pytest.raises(ProjectError, match="not empty"):
        working_copy(file.folder, target)
