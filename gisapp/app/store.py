"""The one thing that changes: holds the current project and the way back.

An edit is first written durably by the journal, on the writer's thread, and only then does
the window hear of it: what is on the screen is on the disk. Edits made while another is
still being written queue up behind it in order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from gisapp.app.events import Event
from gisapp.model.edit import Edit
from gisapp.model.project import Project

Kind = Literal["edit", "undo", "redo"]


class Committed(NamedTuple):
    """What the journal says of a change that is safe on the disk."""

    number: int  # of its row in the change log
    at: str  # ISO 8601 with offset


class Journal(Protocol):
    """The durable side. Called on the writer's thread only."""

    def commit(self, kind: Kind, edit: Edit, of: int | None) -> Committed:
        """Write the edit's rows and one row of the change log in one durable transaction.

        `of` is the number of the change that is undone or redone. Raises WriteError and
        leaves everything as it was.
        """

    def read_edit(self, number: int) -> Edit:
        """An edit of the change log, as it was made."""


class Write(Protocol):
    """Runs `work` on the writer's thread, in order, then one of the two on the main thread."""

    def __call__(
        self,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> None: ...


@dataclass(slots=True)
class Step:
    """One entry of the undo list. `number` is known once it is written, `edit` while it is new."""

    label: str
    number: int | None = None
    edit: Edit | None = None


class Change(NamedTuple):
    """Compare the two projects with `is` to see what you must redraw."""

    before: Project
    after: Project
    edit: Edit  # as applied: for an undo, the reversed edit
    committed: Committed


class _Superseded(Exception):  # noqa: N818
    """An edit queued behind one that failed: it was made on what is not there."""


def write_at_once(
    work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[Exception], None]
) -> None:
    """For the command line and tests: no thread."""
    try:
        result = work()
    except Exception as error:  # noqa: BLE001  (handed on, as from the writer's thread)
        failed(error)
    else:
        done(result)


class NoJournal:
    """For a project that is not on the disk: numbers the changes and keeps the edits."""

    def __init__(self) -> None:
        self._edits: list[Edit] = []

    def commit(self, kind: Kind, edit: Edit, of: int | None) -> Committed:
        self._edits.append(edit)
        return Committed(len(self._edits), "")

    def read_edit(self, number: int) -> Edit:
        return self._edits[number - 1]


class Store:
    """Use only on the main thread. Workers get `store.project`, which never changes."""

    def __init__(
        self,
        project: Project | None = None,
        journal: Journal | None = None,
        write: Write = write_at_once,
        done: list[Step] | None = None,
        undone: list[Step] | None = None,
        read_only: bool = False,
    ) -> None:
        self.project = project or Project()
        self.read_only = read_only
        self.changed: Event[Change] = Event()
        self.refused: Event[Exception] = Event()  # an edit could not be written or applied
        self._journal = journal or NoJournal()
        self._write = write
        self._latest = self.project  # with the edits still being written
        self._done: list[Step] = done or []
        self._undone: list[Step] = undone or []
        self._safe = (list(self._done), list(self._undone))
        self._round = 0  # a failed write ends the round; what was queued in it is dropped
        self.unwritten = 0

    def apply(self, edit: Edit) -> None:
        """Do it: written, then shown. A failure comes through `refused`, nothing is changed."""
        if self._locked():
            return
        step = Step(edit.label, edit=edit)
        if self._submit("edit", edit, step):
            self._done.append(step)
            self._undone.clear()

    def undo(self) -> None:
        self._walk(self._done, self._undone, "undo")

    def redo(self) -> None:
        self._walk(self._undone, self._done, "redo")

    @property
    def undo_label(self) -> str | None:
        return self._done[-1].label if self._done else None

    @property
    def redo_label(self) -> str | None:
        return self._undone[-1].label if self._undone else None

    @property
    def history(self) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
        """Steps done, oldest first, and steps undone, the next to redo last."""
        return tuple(self._done), tuple(self._undone)

    def _locked(self) -> bool:
        if self.read_only:
            self.refused(PermissionError("read-only"))
        return self.read_only

    def _walk(self, source: list[Step], target: list[Step], kind: Kind) -> None:
        if not source or self._locked():
            return
        step = source.pop()
        target.append(step)
        if step.edit is not None:
            self._submit(kind, step.edit, step)
            return
        number = step.number
        assert number is not None

        def read(edit: Any) -> None:
            step.edit = edit
            self._submit(kind, edit, step)

        self._write(lambda: self._journal.read_edit(number), read, self._failed)

    def _submit(self, kind: Kind, made: Edit, step: Step) -> bool:
        edit = made.reversed() if kind == "undo" else made
        try:
            after = edit.apply(self._latest)
        except Exception as error:  # noqa: BLE001  (an edit of a feature that is gone)
            self._failed(error)
            return False
        self._latest = after
        current = self._round
        self.unwritten += 1

        def work() -> Committed:
            if self._round != current:
                raise _Superseded
            return self._journal.commit(kind, edit, step.number if kind != "edit" else None)

        def done(committed: Committed) -> None:
            self.unwritten -= 1
            if kind == "edit":
                step.number = committed.number
            before, self.project = self.project, after
            if not self.unwritten:
                self._safe = (list(self._done), list(self._undone))
            self.changed(Change(before, after, edit, committed))

        def failed(error: Exception) -> None:
            self.unwritten -= 1
            if not isinstance(error, _Superseded):
                self._failed(error)

        self._write(work, done, failed)
        return True

    def _failed(self, error: Exception) -> None:
        self._round += 1
        self._latest = self.project
        self._done[:], self._undone[:] = self._safe
        self.refused(error)
