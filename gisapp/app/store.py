"""The one thing that changes: holds the current project and the way back.

An edit is first written durably by the journal, on the writer's thread, and only then does
the window hear of it: what is on the screen is on the disk. Edits made while another is
still being written queue up behind it in order. A large edit is also worked out on that
thread, and until it is, so is everything asked after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from gisapp.app.events import Event
from gisapp.model.edit import ChangeKind, Committed, Edit, in_columns, is_large, rebased
from gisapp.model.errors import ProjectError
from gisapp.model.progress import Cancelled, Progress
from gisapp.model.project import Project
from gisapp.model.text import tr

EDITS_AT_HAND = 20  # steps whose edits are kept; older ones are read from the log when undone
Kind = ChangeKind


class Journal(Protocol):
    """The durable side. Called on the writer's thread only."""

    def commit(
        self, kind: Kind, edit: Edit, of: int | None, progress: Progress | None = None
    ) -> Committed:
        """Write the edit's rows and one row of the change log in one durable transaction.

        `of` is the number of the change that is undone or redone. Raises WriteError, or
        Cancelled from `progress`, and leaves everything as it was.
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
    stopped: bool = False  # on the way to the disk, by whoever asked for it


class Change(NamedTuple):
    """Compare the two projects with `is` to see what you must redraw."""

    before: Project
    after: Project
    edit: Edit  # as applied: for an undo, the reversed edit
    committed: Committed
    kind: Kind = "edit"


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

    def commit(
        self, kind: Kind, edit: Edit, of: int | None, progress: Progress | None = None
    ) -> Committed:
        if progress is not None:
            progress.report(0.0, edit.label)
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
        self.stopped: Event[str] = Event()  # label of an edit that was cancelled: nothing changed
        self.unwritten = 0  # edits handed over and not yet safe
        self._journal = journal or NoJournal()
        self._write = write
        self._latest = self.project  # with the edits still being written
        self._done: list[Step] = done or []
        self._undone: list[Step] = undone or []
        self._safe_done, self._safe_undone = list(self._done), list(self._undone)  # as on the disk
        self._written = self.project  # as the writer's thread left it; only that thread sets it
        self._later = 0  # edits the writer works out; what is asked meanwhile is left to it too
        self._round = 0  # a failed write ends the round; what was queued in it is dropped
        self._broken = -1  # the last round that failed, as the writer's thread knows it

    def apply(self, edit: Edit, progress: Progress | None = None) -> None:
        """Do it: written, then shown. A failure comes through `refused`, nothing is changed.

        With `progress`, which is called on the writer's thread, it can be stopped until it is
        on the disk; then `stopped` says so, and what was asked for meanwhile is done.
        """
        self._ask("edit", edit, progress)

    def undo(self) -> None:
        self._ask("undo")

    def redo(self) -> None:
        self._ask("redo")

    @property
    def newest(self) -> Step | None:
        """The step that `undo` takes back."""
        return self._done[-1] if self._done else None

    def undo_only(self, step: Step | None) -> bool:
        """Take this step back if nothing was done since; whether that was so."""
        if step is None or step is not self.newest:
            return False
        self.undo()
        return True

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

    def _ask(self, kind: Kind, edit: Edit | None = None, progress: Progress | None = None) -> None:
        if self.read_only:
            hint = tr("Open it for editing, or make a working copy.")
            self.refused(ProjectError(tr("The project is open for reading only"), hint=hint))
        else:
            self._begin(kind, edit, progress)

    def _begin(self, kind: Kind, edit: Edit | None, progress: Progress | None) -> None:
        if edit is not None:
            step = Step(edit.label, edit=edit)
        else:
            source = self._done if kind == "undo" else self._undone
            if not source:
                return
            step = source[-1]
        watched = progress is not None
        if self._later or watched or step.edit is None or is_large(step.edit, self._latest):
            self._submit_later(kind, step, progress)
        else:
            self._submit(kind, step.edit, step)

    def _submit(self, kind: Kind, made: Edit, step: Step) -> None:
        """What is worked out quickly is worked out here: the next gesture builds on it."""
        edit = made.reversed() if kind == "undo" else made
        try:
            if kind == "edit" and self._latest is not self.project:
                edit = step.edit = rebased(edit, self.project, self._latest)
            after = edit.apply(self._latest)
        except Exception as error:  # noqa: BLE001  (an edit of a table that is gone)
            self.refused(error)
            return
        self._latest = after
        told = made if kind == "edit" else edit  # whoever asked knows it again
        self._hand_over(kind, step, lambda: (edit, after, told))

    def _submit_later(self, kind: Kind, step: Step, progress: Progress | None) -> None:
        """A large edit, one of the log, and what comes after them: worked out by the writer."""
        self._later += 1
        made_on = self.project

        def worked_out() -> tuple[Edit, Project, Edit]:
            made = step.edit
            if made is None:
                assert step.number is not None
                made = step.edit = self._journal.read_edit(step.number)
            lean = step.edit = in_columns(made)
            edit = lean.reversed() if kind == "undo" else lean
            if kind == "edit" and self._written is not made_on:
                edit = step.edit = rebased(edit, made_on, self._written)
            return edit, edit.apply(self._written), made if kind == "edit" else edit

        def answered(after: Project | None) -> None:
            self._later -= 1
            if after is not None and not self._later:
                self._latest = after

        self._hand_over(kind, step, worked_out, answered, progress)

    def _hand_over(
        self,
        kind: Kind,
        step: Step,
        worked_out: Callable[[], tuple[Edit, Project, Edit]],
        answered: Callable[[Project | None], None] = lambda after: None,
        progress: Progress | None = None,
    ) -> None:
        self._move(kind, step, self._done, self._undone)
        current = self._round
        self.unwritten += 1

        def work() -> tuple[Edit, Project, Committed]:
            if self._broken >= current or step.stopped:
                raise _Superseded
            try:
                edit, after, told = worked_out()
                of = step.number if kind != "edit" else None
                watched = () if progress is None else (progress,)
                committed = self._journal.commit(kind, edit, of, *watched)
            except Cancelled:
                step.stopped = True  # an undo of it may already be next in the queue
                raise
            except BaseException:
                self._broken = current  # before the next piece of work looks
                raise
            self._written = after
            if kind == "edit":
                step.number = committed.number  # an undo may already be next in the queue
            return told, after, committed

        def done(result: tuple[Edit, Project, Committed]) -> None:
            edit, after, committed = result
            self.unwritten -= 1
            answered(after)
            before, self.project = self.project, after
            self._move(kind, step, self._safe_done, self._safe_undone)
            if len(self._safe_done) > EDITS_AT_HAND:
                self._safe_done[-EDITS_AT_HAND - 1].edit = None
            self.changed(Change(before, after, edit, committed, kind))

        def failed(error: Exception) -> None:
            self.unwritten -= 1
            answered(None)
            if isinstance(error, _Superseded):
                return
            if isinstance(error, Cancelled):
                self._forget(step)
                self.stopped(step.label)
                return
            self._round += 1
            self._latest = self.project
            self._done[:], self._undone[:] = self._safe_done, self._safe_undone
            self.refused(error)

        self._write(work, done, failed)

    def _forget(self, stopped: Step) -> None:
        """A step that was never done; what is still being written keeps its turn."""
        if not self.unwritten:
            self._done[:], self._undone[:] = self._safe_done, self._safe_undone
        for steps in (self._done, self._undone):
            steps[:] = [step for step in steps if step is not stopped]

    def _move(self, kind: Kind, step: Step, done: list[Step], undone: list[Step]) -> None:
        if kind == "edit":
            done.append(step)
            undone.clear()
        elif kind == "undo":
            undone.append(done.pop())
        else:
            done.append(undone.pop())
