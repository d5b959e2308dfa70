"""Edits are written first and shown then; undo, redo, failures, and many at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from shapely import Point

from gisapp.app.jobs import WriterThread
from gisapp.app.store import Change, NoJournal, Step, Store
from gisapp.model.column_rows import ColumnRows
from gisapp.model.edit import (
    LARGE,
    Committed,
    Edit,
    FeatureEdit,
    Steps,
    change_feature,
    delete_features,
    rebased,
)
from gisapp.model.errors import WriteError
from gisapp.model.progress import Cancelled, Progress
from gisapp.model.project import Project
from gisapp.model.table import GEOMETRY


class LaterWriter:
    """The writer's thread, one stroke at a time: first the work, later its answer."""

    def __init__(self) -> None:
        self.work: list[tuple[Callable[[], Any], Callable[..., Any], Callable[..., Any]]] = []
        self.answers: list[Callable[[], Any]] = []

    def __call__(self, work: Any, done: Any, failed: Any) -> None:
        self.work.append((work, done, failed))

    def write(self) -> None:
        work, done, failed = self.work.pop(0)
        try:
            result = work()
        except Exception as caught:  # noqa: BLE001  (handed on, as by the thread)
            error = caught
            self.answers.append(lambda: failed(error))
        else:
            self.answers.append(lambda: done(result))

    def answer(self) -> None:
        self.answers.pop(0)()

    def finish(self) -> None:
        while self.work or self.answers:
            if self.work:
                self.write()
            if self.answers:
                self.answer()


class Disk(NoJournal):
    """A journal whose disk can fill up."""

    def __init__(self) -> None:
        super().__init__()
        self.full = False
        self.written: list[tuple[str, str, int | None]] = []

    def commit(
        self, kind: Any, edit: Edit, of: int | None, progress: Progress | None = None
    ) -> Committed:
        if self.full:
            raise WriteError("The disk is full")
        if progress is not None:
            progress.report(0.0)
        self.written.append((kind, edit.label, of))
        return super().commit(kind, edit, of, progress)


def flow(value: float, label: str = "") -> FeatureEdit:
    return FeatureEdit(
        label or f"flow {value}", "outfalls", {"A1": {"flow": 1.5}}, {"A1": {"flow": value}}
    )


def flow_of(store: Store) -> float:
    return store.project.tables["outfalls"].row("A1")["flow"]


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def writer() -> LaterWriter:
    return LaterWriter()


@pytest.fixture
def store(project: Project, disk: Disk, writer: LaterWriter) -> Store:
    return Store(project, disk, writer)


@pytest.fixture
def refused(store: Store) -> list[Exception]:
    heard: list[Exception] = []
    store.refused.subscribe(heard.append)
    return heard


def test_nothing_is_shown_before_it_is_written(store: Store, writer: LaterWriter) -> None:
    changes: list[Change] = []
    store.changed.subscribe(changes.append)
    before = store.project
    store.apply(flow(9.0))
    writer.write()
    assert (store.project, changes, store.unwritten) == (before, [], 1)
    writer.answer()
    assert flow_of(store) == 9.0
    assert [(c.before, c.after, c.committed.number) for c in changes] == [
        (before, store.project, 1)
    ]
    assert store.unwritten == 0


def test_edits_queue_up_in_order(store: Store, disk: Disk, writer: LaterWriter) -> None:
    for value in (1.0, 2.0, 3.0):
        store.apply(flow(value))
    store.undo()
    writer.finish()
    assert flow_of(store) == 2.0
    assert [w[0] for w in disk.written] == ["edit", "edit", "edit", "undo"]
    assert (store.undo_label, store.redo_label) == ("flow 2.0", "flow 3.0")


def test_only_the_step_that_is_meant_is_taken_back(store: Store, writer: LaterWriter) -> None:
    store.apply(flow(2.0))
    meant = store.newest
    store.apply(flow(3.0))
    assert not store.undo_only(meant)
    writer.finish()
    assert flow_of(store) == 3.0
    store.undo()
    assert store.undo_only(meant)
    writer.finish()
    assert flow_of(store) == 1.5
    assert not store.undo_only(None)


def test_undo_names_its_change_even_when_that_is_not_answered_yet(
    store: Store, disk: Disk, writer: LaterWriter
) -> None:
    store.apply(flow(2.0))
    store.undo()
    writer.write()
    writer.write()
    assert disk.written == [("edit", "flow 2.0", None), ("undo", "flow 2.0", 1)]
    writer.answer()
    writer.answer()
    assert flow_of(store) == 1.5


def test_a_failed_write_changes_nothing_and_can_be_tried_again(
    store: Store, disk: Disk, writer: LaterWriter, refused: list[Exception]
) -> None:
    disk.full = True
    store.apply(flow(2.0))
    writer.finish()
    assert [str(e) for e in refused] == ["The disk is full"]
    assert (flow_of(store), store.undo_label, store.unwritten) == (1.5, None, 0)
    disk.full = False
    store.apply(flow(2.0))
    writer.finish()
    assert (flow_of(store), store.undo_label) == (2.0, "flow 2.0")


def test_what_queued_behind_a_failure_is_not_written(
    store: Store, disk: Disk, writer: LaterWriter, refused: list[Exception]
) -> None:
    store.apply(flow(1.0))
    store.apply(flow(2.0))
    store.apply(flow(3.0))
    writer.write()
    disk.full = True
    writer.write()  # fails on the writer's thread; the main thread has not heard of it
    disk.full = False
    writer.write()
    assert [w[1] for w in disk.written] == ["flow 1.0"]
    writer.finish()
    assert len(refused) == 1
    assert (flow_of(store), store.undo_label, store.unwritten) == (1.0, "flow 1.0", 0)
    store.undo()
    writer.finish()
    assert flow_of(store) == 1.5


def test_an_edit_of_a_missing_table_is_refused_alone(
    store: Store, writer: LaterWriter, refused: list[Exception]
) -> None:
    store.apply(flow(2.0))
    store.apply(FeatureEdit("Nowhere", "wells", {"W": None}, {"W": {}}))
    store.apply(flow(3.0))
    writer.finish()
    assert [type(e) for e in refused] == [KeyError]
    assert (flow_of(store), store.undo_label) == (3.0, "flow 3.0")


def test_undo_of_an_older_edit_is_read_first_and_keeps_its_turn(
    project: Project, disk: Disk, writer: LaterWriter
) -> None:
    disk.commit("edit", flow(1.5, "old"), None)
    store = Store(project, disk, writer, done=[Step("old", 1)])
    store.undo()
    store.apply(flow(7.0, "new"))
    assert store.unwritten == 2
    writer.finish()
    assert [(w[0], w[1]) for w in disk.written[1:]] == [("undo", "old"), ("edit", "new")]
    assert (flow_of(store), store.undo_label, store.redo_label) == (7.0, "new", None)


def many(count: int = 5000, label: str = "many") -> FeatureEdit:
    rows = {f"N{n}": {"flow": float(n), GEOMETRY: Point(n, 0)} for n in range(count)}
    return FeatureEdit(label, "outfalls", dict.fromkeys(rows), rows)


@dataclass(frozen=True)
class Watched(FeatureEdit):
    """Notes on which thread it is worked out."""

    threads: list[str] = field(default_factory=list)

    def apply(self, project: Project) -> Project:
        self.threads.append(threading.current_thread().name)
        return FeatureEdit.apply(self, project)


def test_a_large_edit_is_worked_out_on_the_writers_thread(project: Project, mailbox: Any) -> None:
    writer = WriterThread(mailbox)
    store = Store(project, write=writer)
    rows = many().after
    large = Watched("large", "outfalls", dict.fromkeys(rows), rows)
    small = Watched("small", "outfalls", {"A1": {"flow": 1.5}}, {"A1": {"flow": 2.5}})
    store.apply(small)
    store.apply(large)
    writer.close()
    mailbox.drain()
    [here] = small.threads
    [there] = large.threads
    assert here == threading.current_thread().name
    assert there.startswith("gisapp-writer")
    assert len(store.project.tables["outfalls"]) == 2 + 5000


def test_what_comes_after_a_large_edit_builds_on_it(
    store: Store, disk: Disk, writer: LaterWriter
) -> None:
    store.apply(flow(2.0, "before"))
    store.apply(many())
    store.apply(FeatureEdit("after", "outfalls", {"N7": {"flow": 7.0}}, {"N7": {"flow": 70.0}}))
    store.undo()
    store.redo()
    assert (store.undo_label, store.redo_label, store.unwritten) == ("after", None, 5)
    writer.finish()
    written = [(kind, label) for kind, label, _ in disk.written]
    assert written == [
        ("edit", "before"),
        ("edit", "many"),
        ("edit", "after"),
        ("undo", "after"),
        ("redo", "after"),
    ]
    assert store.project.tables["outfalls"].row("N7")["flow"] == 70.0
    assert store.unwritten == 0
    for _ in range(3):
        store.undo()
    store.apply(flow(4.0))
    writer.finish()
    assert len(store.project.tables["outfalls"]) == 2
    assert flow_of(store) == 4.0
    assert (store.undo_label, store.redo_label) == ("flow 4.0", None)


def test_nothing_asked_after_a_large_edit_that_failed_is_done(
    store: Store, disk: Disk, writer: LaterWriter, refused: list[Exception]
) -> None:
    store.apply(flow(2.0))
    writer.finish()
    disk.full = True
    store.apply(many())
    store.apply(flow(3.0))
    store.undo()
    writer.write()
    disk.full = False
    writer.finish()
    assert [str(error) for error in refused] == ["The disk is full"]
    assert (flow_of(store), store.undo_label, store.unwritten) == (2.0, "flow 2.0", 0)
    store.apply(flow(5.0))
    writer.finish()
    assert flow_of(store) == 5.0
    assert [label for _, label, _ in disk.written] == ["flow 2.0", "flow 5.0"]


def test_what_was_asked_between_a_failure_and_its_end_is_done(
    store: Store, disk: Disk, writer: LaterWriter, refused: list[Exception]
) -> None:
    disk.full = True
    store.apply(many())
    store.apply(flow(3.0))
    writer.write()
    disk.full = False
    writer.answer()  # the failure is known, the edit behind it is still in the queue
    store.apply(flow(6.0))
    writer.finish()
    assert len(refused) == 1
    assert [label for _, label, _ in disk.written] == ["flow 6.0"]
    assert (flow_of(store), store.undo_label) == (6.0, "flow 6.0")


def test_closing_writes_what_waits_behind_a_large_edit(project: Project, mailbox: Any) -> None:
    """Nobody hears the answers any more, but it is on the disk."""
    disk = Disk()
    writer = WriterThread(mailbox)
    store = Store(project, disk, writer)
    store.apply(many())
    store.apply(flow(3.0))
    store.undo()
    store.apply(flow(4.0))
    writer.close()
    assert [w[:2] for w in disk.written] == [
        ("edit", "many"),
        ("edit", "flow 3.0"),
        ("undo", "flow 3.0"),
        ("edit", "flow 4.0"),
    ]


def test_a_large_edit_that_cannot_be_worked_out_is_refused(
    store: Store, disk: Disk, writer: LaterWriter, refused: list[Exception]
) -> None:
    rows = many().after
    store.apply(FeatureEdit("gone", "nowhere", dict.fromkeys(rows), rows))
    writer.finish()
    assert len(refused) == 1
    assert (disk.written, store.undo_label, store.unwritten) == ([], None, 0)


def test_many_steps_back_and_forth_beyond_what_is_at_hand(project: Project) -> None:
    store = Store(project)
    for value in range(60):
        store.apply(flow(float(value)))
    for _ in range(61):
        store.undo()
    assert (flow_of(store), store.undo_label) == (1.5, None)
    for _ in range(61):
        store.redo()
    assert (flow_of(store), store.redo_label) == (59.0, None)


def test_read_only(project: Project) -> None:
    store = Store(project, read_only=True)
    heard: list[Exception] = []
    store.refused.subscribe(heard.append)
    store.apply(flow(2.0))
    assert [str(e) for e in heard] == ["The project is open for reading only"]
    assert flow_of(store) == 1.5


def test_on_a_real_thread(project: Project, mailbox: Any) -> None:
    writer = WriterThread(mailbox)
    store = Store(project, write=writer)
    for value in range(50):
        store.apply(flow(float(value)))
        if value % 3 == 2:
            store.undo()
    writer.close()
    mailbox.drain()
    assert flow_of(store) == 49.0
    assert store.unwritten == 0


class Stopping:
    """Somebody who stops the work when it has come so far."""

    def __init__(self, at: float) -> None:
        self.at = at

    def report(self, fraction: float, message: str = "") -> None:
        if fraction >= self.at:
            raise Cancelled


def test_a_stopped_edit_changes_nothing_and_what_was_asked_meanwhile_is_done(
    store: Store, disk: Disk, writer: LaterWriter, refused: list[Exception]
) -> None:
    stopped: list[str] = []
    store.stopped.subscribe(stopped.append)
    store.apply(flow(1.5, "first"))
    store.undo()
    writer.finish()
    before = store.project
    assert store.redo_label == "first"
    store.apply(many(label="import"), Stopping(0.0))
    writer.finish()
    assert store.project is before
    assert (stopped, refused) == (["import"], [])
    assert (store.undo_label, store.redo_label, store.unwritten) == (None, "first", 0)
    store.apply(many(label="import"), Stopping(0.0))
    store.undo()  # of the import, which is not there by then
    store.apply(flow(2.5, "meanwhile"))
    writer.finish()
    assert (refused, stopped) == ([], ["import", "import"])
    assert flow_of(store) == 2.5
    assert [step.label for step in store.history[0]] == ["meanwhile"]
    assert store.history[1] == ()
    assert [label for _, label, _ in disk.written[2:]] == ["meanwhile"]
    store.undo()
    writer.finish()
    assert len(store.project.tables["outfalls"]) == 2


def test_an_edit_nobody_stops_is_done_however_it_is_watched(
    store: Store, writer: LaterWriter
) -> None:
    store.apply(flow(3.5, "watched"), Stopping(2.0))
    writer.finish()
    assert (flow_of(store), store.undo_label) == (3.5, "watched")


def test_two_quick_edits_of_a_cell_are_undone_one_after_the_other(
    store: Store, disk: Disk, writer: LaterWriter
) -> None:
    cells = [
        change_feature(label, store.project.tables["outfalls"], "A1", {"flow": value})
        for label, value in (("one", 2.0), ("two", 3.0), ("three", 4.0))
    ]
    steps = Steps("both", (cells[1], FeatureEdit("", "outfalls", {"A1": {"flow": 3.0}},
                                                 {"A1": {"flow": 3.5}})))  # fmt: skip
    told: list[Edit] = []
    store.changed.subscribe(lambda change: told.append(change.edit))
    store.apply(cells[0])
    store.apply(steps)  # the window still shows what was before the first
    store.apply(cells[2], Stopping(2.0))
    writer.finish()
    assert flow_of(store) == 4.0
    assert all(a is b for a, b in zip(told, (cells[0], steps, cells[2]), strict=True))
    logged = [disk.read_edit(n) for n in (1, 2, 3)]
    assert [part.before["A1"]["flow"] for part in (logged[0], *logged[1].parts, logged[2])] == [
        1.5, 2.0, 3.0, 3.5]  # fmt: skip
    for before in (3.5, 2.0, 1.5):
        store.undo()
        writer.finish()
        assert flow_of(store) == before


def test_very_many_rows_written_by_hand_are_kept_and_logged_as_columns(
    store: Store, disk: Disk, writer: LaterWriter
) -> None:
    rows = {f"N{n}": {"flow": float(n), GEOMETRY: Point(n, 1)} for n in range(LARGE + 1)}
    added = Steps("add", (FeatureEdit("add", "outfalls", dict.fromkeys(rows), rows),))
    twice = FeatureEdit("twice", "outfalls", rows, {k: {"flow": 7.0} for k in rows})
    again = FeatureEdit("again", "outfalls", rows, {k: {"flow": 8.0} for k in rows})
    told: list[Edit] = []
    store.changed.subscribe(lambda change: told.append(change.edit))
    for edit in (added, twice, again):
        store.apply(edit)
    writer.finish()
    assert all(a is b for a, b in zip(told, (added, twice, again), strict=True))
    logged = [disk.read_edit(n) for n in (1, 2, 3)]
    assert isinstance(logged[0], Steps)
    first, second, third = logged[0].parts[0], logged[1], logged[2]
    assert isinstance(first, FeatureEdit)
    assert isinstance(second, FeatureEdit)
    assert isinstance(third, FeatureEdit)
    for part in (first, second, third):
        assert isinstance(part.after, ColumnRows)
    assert first.after == rows
    assert third.before == {k: row | {"flow": 7.0} for k, row in rows.items()}
    for value in (7.0, 3.0):
        store.undo()
        writer.finish()
        assert store.project.tables["outfalls"].row("N3")["flow"] == value  # type: ignore[index]


def test_a_row_that_went_meanwhile_does_not_come_back_in_part(
    store: Store, writer: LaterWriter
) -> None:
    table = store.project.tables["outfalls"]
    late = change_feature("late", table, "A1", {"flow": 2.0})
    gone = delete_features("gone", table, ("A1",)).apply(store.project)
    assert rebased(late, store.project, gone) is late
    assert rebased(late, store.project, store.project) is late
