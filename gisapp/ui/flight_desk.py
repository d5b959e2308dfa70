"""What a window does with flights: imports, levels and changes them as jobs, tells its cards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer

from gisapp.app.events import Event
from gisapp.app.flight_import import (
    OpenFlight,
    flights_of,
    import_flight,
    level_flight,
    open_flight,
)
from gisapp.app.flight_layers import (
    compare_edit,
    levelled_edit,
    limits_of,
    placed_edit,
    shows_before,
    sources_of,
)
from gisapp.app.flight_options import FlightOptions
from gisapp.app.jobs import Job, JobState
from gisapp.model.crs import transform, transform_extent
from gisapp.model.errors import GisError
from gisapp.model.flight import Flight
from gisapp.model.frame import FrameFacts
from gisapp.model.geometry import Extent, Point
from gisapp.model.progress import Part, Progress
from gisapp.model.text import tr
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.flight_changes import FlightChanges
from gisapp.ui.flight_overlay import FlightOverlay
from gisapp.ui.map_screen import MapScreen
from gisapp.ui.messages import of_error

_LOOK = 120  # ms between two looks at what was found while files are read
WGS84 = "EPSG:4326"


class FlightDesk(QObject):
    """One for a window. `opened` is the flight that is shown, `job` what runs on it."""

    def __init__(self, context: WindowContext, screen: MapScreen) -> None:
        super().__init__(screen)
        self._context = context
        self.overlay = FlightOverlay(screen)
        self.opened: OpenFlight | None = None
        self.job: Job[Any] | None = None
        self.changed: Event[None] = Event()
        self.frame_marked: Event[int] = Event()  # -1: none
        self.options = FlightOptions()
        self.found = 0  # frames, while files are read
        self.frames_folder: Path | None = None  # the last one that was chosen
        self.problem: GisError | None = None  # why it is no flight
        self.on_disk: OpenFlight | None = None
        self.changes = FlightChanges(context, self)
        self._attended = False
        self._places: list[tuple[float, float]] = []
        self._looks = QTimer(self, interval=_LOOK)
        self._looks.timeout.connect(self._look)

    def close(self) -> None:
        self._looks.stop()
        self.changes.close()
        self.overlay.clear()

    @property
    def folder(self) -> Path:
        """Of the project."""
        assert self._context.folder is not None
        return self._context.folder

    @property
    def is_busy(self) -> bool:
        return self.job is not None

    @property
    def shows_before(self) -> bool:
        opened, project = self.opened, self._context.workspace.store.project
        return opened is not None and (
            shows_before(project, opened, self.folder) or self.overlay.shows_before
        )

    # ---- importing

    def import_folder(self, frames: Path) -> None:
        """Place the frames of a folder; they appear on the map while they are read."""
        if self.refused():
            return
        self.close_flight()
        self.frames_folder = frames
        places, folder, options = self._places, self.folder, self.options

        def seen(facts: FrameFacts) -> None:
            place = facts.position(options.position)
            if place is not None:
                places.append((place.longitude, place.latitude))

        def work(progress: Progress) -> OpenFlight:
            return import_flight(frames, folder, options, progress, seen)

        self._looks.start()
        self.start(
            tr("Importing the flight {folder}").format(folder=frames.name), work, self._placed
        )

    def _look(self) -> None:
        """The frames that were found since the last look."""
        if len(self._places) == self.found:
            return
        places = np.array(self._places[:])
        first, self.found = self.found == 0, len(places)
        self.overlay.show_places(places, WGS84)
        if first or self.found % 50 < 10:
            self._look_at(places, WGS84)
        self.changed(None)

    def _placed(self, opened: OpenFlight) -> None:
        self._looks.stop()
        self._look()
        self.use(opened)
        store = self._context.workspace.store
        edit = placed_edit(store.project, opened, self.folder)
        if edit is not None:
            store.apply(edit)
        corners = np.vstack([frame.corners for frame in opened.flight.frames])
        self._look_at(corners, opened.flight.crs)

    def reopen(self, folder: Path) -> None:
        """A flight of the project, from its folder."""
        if self.is_busy:
            self._say_busy()
            return

        def work(progress: Progress) -> OpenFlight:
            return open_flight(folder)

        self.start(tr("Opening the flight {name}").format(name=folder.name), work, self.use)

    def flights(self) -> tuple[Path, ...]:
        """Folders of the flights that the project shows."""
        if self._context.folder is None:
            return ()
        return flights_of(self._context.workspace.store.project.layers, self.folder)

    def bring_into_view(self, number: int) -> None:
        """Move the map as far as needed to see a frame's middle."""
        if self.opened is not None:
            corners = np.array(self.opened.flight.frames[number].corners)
            crs = self._context.workspace.store.project.crs
            x, y = transform(corners.mean(axis=0)[None, :], self.opened.flight.crs, crs)[0].tolist()
            self._context.bring_into_view(Point(x, y))

    # ---- aligning and levelling

    def level(self) -> None:
        """Align, even out, make the mosaic; goes on where it was stopped."""
        opened, options = self.on_disk, self.options
        if opened is None or self.refused():
            return

        def work(progress: Progress) -> tuple[OpenFlight, tuple[float, float]]:
            done = level_flight(opened, options, Part(progress, 0.0, 0.98))
            limits = (0.0, 30.0)
            if done.mosaic is not None:
                limits = limits_of(done.mosaic, Part(progress, 0.98, 1.0))
            return done, limits

        def levelled(found: tuple[OpenFlight, tuple[float, float]]) -> None:
            done, limits = found
            self.changes.forget()
            self.use(done)
            self.show_mosaic(limits)
            self.read_again(done)

        self.start(tr("Levelling {flight}").format(flight=opened.name), work, levelled)

    def cancel(self) -> None:
        if self.job is not None:
            self.job.cancel()

    def compare(self, *, before: bool) -> None:
        """Show the flight as it was flown, or levelled."""
        opened, store = self.opened, self._context.workspace.store
        if opened is None:
            return
        self.overlay.shows_before = before
        self._show_outlines()
        edit = compare_edit(store.project, opened, self.folder, before=before)
        if edit is not None and not store.read_only:
            store.apply(edit)
        self.changed(None)

    # ---- inside

    def close_flight(self) -> None:
        self.opened = self.on_disk = None
        self.changes.forget()
        self._places = []
        self.found = 0
        self.overlay.shows_before = False
        self.overlay.clear()
        self.changed(None)

    def use(self, opened: OpenFlight) -> None:
        self.opened = self.on_disk = opened
        self.overlay.shows_before = False
        self.show()

    def show_flight(self, flight: Flight) -> None:
        """As it will be once it is written."""
        if self.on_disk is not None:
            self.opened = replace(self.on_disk, flight=flight)
            self.show()

    def show(self) -> None:
        opened = self.opened
        if opened is None:
            return
        flight = opened.flight
        written = {frame.file: frame.corners for frame in opened.written.frames}
        places = np.array([(f.pose.x, f.pose.y) for f in flight.frames]).reshape(-1, 2)
        rings = [np.array(frame.corners) for frame in flight.frames]
        before = [np.array(written.get(f.file, f.corners)) for f in flight.frames]
        self.overlay.show_flight(flight.crs, places, rings, before)
        self._show_outlines()
        self.changed(None)

    def attend(self, attended: bool) -> None:
        """Whether the flight's panel is open: without it the layers show all there is."""
        self._attended = attended
        self._show_outlines()

    def _show_outlines(self) -> None:
        """A mosaic is not crossed out by its frames, unless they move or are compared."""
        plain = self.opened is None or self.opened.mosaic is None
        moving = self.overlay.shows_before or self.changes.undo_label is not None
        self.overlay.shows_rings = self._attended and (plain or moving)
        self.overlay.shows_places = self._attended
        self.overlay.update()

    def show_mosaic(self, limits: tuple[float, float], label: str = "") -> bool:
        """The mosaic as it is now, in one step of the project; whether there was one."""
        opened, store = self.opened, self._context.workspace.store
        if opened is None:
            return False
        edit = levelled_edit(store.project, opened, self.folder, limits, label)
        if edit is not None:
            store.apply(edit)
        return edit is not None

    def read_again(self, opened: OpenFlight) -> None:
        """Footprints and the like were written anew under their names."""
        data = self._context.layer_data
        if data is None:
            return
        for layer in sources_of(self._context.workspace.store.project.layers, opened, self.folder):
            if layer.source.format == "geopackage":
                data.reload(layer)

    def _look_at(self, places: np.ndarray[Any, Any], crs: str) -> None:
        known = places[np.isfinite(places).all(axis=1)]
        if not len(known):
            return
        extent = Extent(*known.min(axis=0).tolist(), *known.max(axis=0).tolist())
        project = self._context.workspace.store.project
        shown = transform_extent(extent, crs, project.crs)
        self._context.look_at(shown.grown(0.08 * max(shown.width, shown.height)))

    def start(
        self,
        title: str,
        work: Callable[[Progress], Any],
        done: Callable[[Any], None],
        instead_of: str = "",
    ) -> Job[Any]:
        job = self.job = Job(title, work)
        said = None if self.problem is None else of_error(self.problem)
        if said is not None:  # true no more
            self._context.say(Message("", key=said.key))
        self.problem = None

        def watched(one: Job[Any]) -> None:
            ended = one.state in (JobState.DONE, JobState.CANCELLED, JobState.FAILED)
            if ended and self.job is one:
                self.job = None
                self._looks.stop()
                self.problem = one.error if isinstance(one.error, GisError) else None
            self.changed(None)

        job.changed.subscribe(watched)
        job.done.subscribe(done)
        self._context.jobs.start(job, instead_of=instead_of)
        self.changed(None)
        return job

    def refused(self, *, while_changing: bool = False) -> bool:
        if self._context.read_only or self._context.folder is None:
            words = tr("The project is open for reading only")
            hint = tr("Open it for editing to import or level a flight.")
            self._context.say(Message(words, "warning", hint=hint, key="flight"))
            return True
        if self.is_busy and not while_changing:
            self._say_busy()
            return True
        return False

    def _say_busy(self) -> None:
        words = tr("Another flight is being worked on")
        hint = tr("Wait until it is done, or stop it.")
        self._context.say(Message(words, "warning", hint=hint, key="flight"))
