"""Frames moved by hand and other parameters of a flight: on the map at once, one step of undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gisapp.app.events import Event
from gisapp.app.flight_import import FLIGHTS, OpenFlight, change_flight, open_flight
from gisapp.app.flight_layers import follow_edit, sources_of
from gisapp.app.flight_states import return_to, went_back
from gisapp.app.jobs import Job
from gisapp.app.store import Change, Step
from gisapp.model.flight import Flight
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.ui.context import Message, WindowContext

if TYPE_CHECKING:
    from gisapp.ui.flight_desk import FlightDesk

JOB = "flight change"


class FlightChanges:
    """A change is shown at once; its files and its mosaic follow in the background, and only then
    it is a step of the project. Until then `undo` and `redo` answer here; afterwards the project's
    own steps lead the flight back and forth."""

    def __init__(self, context: WindowContext, desk: FlightDesk) -> None:
        self._context, self._desk = context, desk
        self._pending: list[tuple[Flight, str]] = []  # as it was before each, and its words
        self._taken: list[tuple[Flight, str]] = []  # taken back before it was written
        self._step: Step | None = None
        self.labels_changed: Event[None] = Event()
        self._job: Job[Any] | None = None
        self._leave = context.workspace.store.changed.subscribe(self._project_changed)

    def close(self) -> None:
        self._leave()

    def forget(self) -> None:
        """Another flight, or it was levelled anew."""
        self._pending.clear()
        self._taken.clear()
        self._step = None

    @property
    def undo_label(self) -> str | None:
        """What `undo` takes back that is no step of the project yet."""
        return self._pending[-1][1] if self._pending else None

    @property
    def redo_label(self) -> str | None:
        return self._taken[-1][1] if self._taken else None

    @property
    def can_undo(self) -> bool:
        newest = self._context.workspace.store.newest
        return bool(self._pending) or (self._step is not None and newest is self._step)

    def make(self, flight: Flight, words: str) -> None:
        """Show a changed flight and write it."""
        opened = self._desk.opened
        if opened is None or self._desk.refused(while_changing=True):
            return
        self._taken.clear()
        self._pending.append((opened.flight, words))
        self._write(flight, words)

    def undo(self) -> None:
        """Take the last change back, wherever it is by now."""
        desk, store = self._desk, self._context.workspace.store
        if not self._pending:
            if not store.undo_only(self._step):
                words = tr("Something else was done since; undo goes back step by step.")
                self._context.say(Message(words, "warning", key="flight"))
            return
        assert desk.opened is not None
        flight, words = self._pending.pop()
        self._taken.append((desk.opened.flight, words))
        self._write(flight, self._pending[-1][1] if self._pending else words)

    def redo(self) -> None:
        if self._taken and self._desk.opened is not None:
            flight, words = self._taken.pop()
            self._pending.append((self._desk.opened.flight, words))
            self._write(flight, words)

    def _write(self, flight: Flight, words: str) -> None:
        desk = self._desk
        assert desk.on_disk is not None
        folder, options = desk.on_disk.folder, desk.options
        desk.show_flight(flight)
        self.labels_changed(None)

        def work(progress: Progress) -> tuple[OpenFlight, bool]:
            now = open_flight(folder)
            if flight == now.flight:
                return now, False  # taken back before anything was written
            return change_flight(now, flight, options, progress), True

        def written(found: tuple[OpenFlight, bool]) -> None:
            done, changed = found
            desk.opened = desk.on_disk = done
            desk.show()
            if changed:
                self._as_step(words)
                desk.read_again(done)

        self._job = desk.start(words, work, written, instead_of=JOB)

    def _as_step(self, words: str) -> None:
        """What was written is a step of the project, if the project shows any of it."""
        desk, store = self._desk, self._context.workspace.store
        opened = desk.opened
        assert opened is not None
        made = desk.show_mosaic((0.0, 30.0), words)
        if not made and (edit := follow_edit(store.project, opened, desk.folder, words)):
            store.apply(edit)
            made = True
        if made:
            self._pending.clear()
            self._taken.clear()
            self._step = store.newest
        self.labels_changed(None)

    def _project_changed(self, change: Change) -> None:
        if change.kind == "edit":
            self._taken.clear()
            return
        found = list(went_back(change.before, change.after, FLIGHTS))
        job = self._desk.job
        if found and (job is None or job is self._job):  # a flight that is levelled makes its own
            self._pending.clear()
            self._taken.clear()
            for folder, mosaic in found:
                self._return(folder, mosaic)

    def _return(self, place: str, mosaic: str) -> None:
        """The project shows an earlier or later mosaic: the flight lies as it did then."""
        desk, options = self._desk, self._desk.options
        folder = desk.folder / place

        def work(progress: Progress) -> tuple[OpenFlight, bool]:
            remade = return_to(folder, mosaic, options, progress)
            return open_flight(folder), remade

        def returned(found: tuple[OpenFlight, bool]) -> None:
            opened, remade = found
            if desk.opened is not None and desk.opened.folder == folder:
                desk.opened = desk.on_disk = opened
                desk.show()
            desk.read_again(opened)
            data, project = self._context.layer_data, self._context.workspace.store.project
            for layer in sources_of(project.layers, opened, desk.folder):
                if remade and data is not None and layer.source.path.endswith(f"/{mosaic}"):
                    data.reload(layer)

        self._job = desk.start(
            tr("Putting {flight} back").format(flight=folder.name), work, returned, JOB
        )
