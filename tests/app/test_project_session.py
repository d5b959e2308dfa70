"""Opening, editing on the writer's thread, restoring, snapshots, closing."""

from __future__ import annotations

import gc
import threading
from pathlib import Path
from typing import Any

import pytest

from gisapp.app.jobs import Job, JobRunner
from gisapp.app.project_session import (
    ProjectInUse,
    ProjectSession,
    load_project,
    open_project,
    restore_edit,
)
from gisapp.io.project_database import PROJECT_FILE
from gisapp.io.snapshots import snapshots
from gisapp.model.errors import ProjectError
from gisapp.model.progress import Cancelled
from tests.projects import adding, changing, content, deleting, full_row, new_project


def flow(session: ProjectSession, fid: str = "A") -> Any:
    return session.store.project.tables["outfalls"].row(fid)["flow"]


def test_made_edited_closed_opened(tmp_path: Path) -> None:
    with new_project(tmp_path / "p", "A") as session:
        assert session.workspace.store is session.store
        assert session.workspace.folder == tmp_path / "p"
        session.store.apply(changing(session.store.project, "A", flow=5.0))
        session.store.apply(changing(session.store.project, "A", flow=6.0))
        session.store.undo()
        last = content(session.store.project)
    with open_project(tmp_path / "p") as again:
        assert content(again.store.project) == last
        assert (again.store.undo_label, again.store.redo_label) == ("Change", "Change")
        again.store.redo()
        assert flow(again) == 6.0
        again.store.undo()
        again.store.undo()
        assert flow(again) == 0.1
        assert again.store.undo_label is None


def test_edits_are_written_on_another_thread(tmp_path: Path, mailbox: Any) -> None:
    session = new_project(tmp_path / "p", "A", deliver=mailbox)
    threads = []
    commit = session.file.commit
    session.file.commit = lambda *args: (threads.append(threading.current_thread()), commit(*args))[
        1
    ]
    for value in range(5):
        session.store.apply(changing(session.store.project, "A", flow=float(value)))
    session.close()  # waits until they are written; their answers come afterwards
    assert {t.name.partition("_")[0] for t in threads} == {"gisapp-writer"}
    mailbox.drain()
    assert flow(session) == 4.0
    assert {p.name for p in session.folder.iterdir() if p.is_file()} == {PROJECT_FILE}
    session.close()


def test_opened_in_the_background(tmp_path: Path, mailbox: Any, jobs: JobRunner) -> None:
    new_project(tmp_path / "p", "A").close()
    job = Job("Open", lambda progress: load_project(tmp_path / "p", progress=progress))
    sessions: list[ProjectSession] = []
    job.done.subscribe(lambda loaded: sessions.append(ProjectSession(loaded, mailbox)))
    jobs.start(job)
    while job in jobs.unfinished:
        mailbox.drain()
    (session,) = sessions
    session.store.apply(adding("B"))
    session.close()
    mailbox.drain()
    assert len(session.store.project.tables["outfalls"]) == 2


def test_cancelled_while_opening_lets_go_of_the_project(tmp_path: Path) -> None:
    new_project(tmp_path / "p", "A").close()

    class Stopped:
        def report(self, fraction: float, message: str = "") -> None:
            if fraction > 0.5:
                raise Cancelled

    with pytest.raises(Cancelled):
        load_project(tmp_path / "p", progress=Stopped())
    open_project(tmp_path / "p").close()


def test_opened_and_not_wanted_any_more(tmp_path: Path) -> None:
    new_project(tmp_path / "p", "A").close()
    load_project(tmp_path / "p")
    gc.collect()
    open_project(tmp_path / "p").close()


def test_a_second_window_gets_the_notice_and_can_look(tmp_path: Path) -> None:
    with new_project(tmp_path / "p", "A") as session:
        with pytest.raises(ProjectInUse):
            open_project(tmp_path / "p")
        with open_project(tmp_path / "p", read_only=True) as other:
            refused: list[Exception] = []
            other.store.refused.subscribe(refused.append)
            other.store.apply(adding("B"))
            assert other.read_only
            assert [type(e) for e in refused] == [ProjectError]
            assert not other.snapshot_is_due()
        session.store.apply(adding("B"))


def test_one_feature_is_restored(tmp_path: Path) -> None:
    with new_project(tmp_path / "p", "A") as session:
        store = session.store
        store.apply(changing(store.project, "A", flow=5.0, name="x"))
        assert session.restore("outfalls", "A", 2) is None
        edit = session.restore("outfalls", "A", 1)
        assert edit.after == {"A": {"flow": 0.1, "name": "北岸 0"}}
        store.apply(deleting(store.project, "A"))
        store.apply(session.restore("outfalls", "A", 1))
        assert store.project.tables["outfalls"].row("A") == full_row(0)
        store.undo()
        assert "A" not in store.project.tables["outfalls"]
        store.redo()
        store.apply(session.restore("outfalls", "A", 3))
        assert "A" not in store.project.tables["outfalls"]
        assert restore_edit(store.project.tables["outfalls"], "A", None) is None
        told = [c.label for c in session.file.history("outfalls", "A")]
        assert told[-4:] == ["Restore a feature"] * 4


def test_snapshots_are_taken_at_opening_and_by_a_job_when_due(
    tmp_path: Path, inline_jobs: JobRunner
) -> None:
    session = new_project(tmp_path / "p", "A")
    assert len(snapshots(session.folder)) == 1
    assert not session.snapshot_is_due()
    for number in range(200):
        session.store.apply(adding(f"N{number}"))
    assert session.snapshot_is_due()
    taken: list[Path | None] = []
    for _ in range(2):
        job = session.snapshot_job()
        job.done.subscribe(taken.append)
        inline_jobs.start(job)
    (_, snapshot) = snapshots(session.folder)
    assert snapshot.number == 201
    assert taken == [snapshot.path, None]
    session.close()


def test_the_snapshot_of_a_large_project_can_wait_until_it_is_seen(
    tmp_path: Path, inline_jobs: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_project(tmp_path / "p", "A").close()
    for old in snapshots(tmp_path / "p"):
        old.path.unlink()
    monkeypatch.setattr("gisapp.app.project_session.LARGE_FILE", 1)
    loaded = load_project(tmp_path / "p", large_snapshot=False)
    assert loaded.snapshot_waits
    assert snapshots(tmp_path / "p") == []
    with ProjectSession(loaded) as session:
        inline_jobs.start(session.snapshot_job())
    assert len(snapshots(tmp_path / "p")) == 1


def test_a_project_on_a_network_folder_is_warned_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_project(tmp_path / "p", "A").close()
    monkeypatch.setattr("gisapp.app.project_session.is_risky_folder", lambda path: True)
    with open_project(tmp_path / "p") as session:
        assert "network drive" in session.notices[0]
