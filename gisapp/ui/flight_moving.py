"""One frame of a flight is moved and turned on the map: what it shows, where that belongs."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from gisapp.app.flight_dragging import dragged
from gisapp.app.flight_frames import celsius_of
from gisapp.app.flight_import import OpenFlight
from gisapp.app.flight_layers import mosaic_layer
from gisapp.app.flight_tools import MOVE, POINT
from gisapp.app.jobs import Job
from gisapp.app.tool_desk import ToolDesk
from gisapp.model.crs import transform
from gisapp.model.flight import Corner, Flight, FlightFrame
from gisapp.model.geometry import Point
from gisapp.model.progress import Progress
from gisapp.model.style import ThermalStyle
from gisapp.model.text import tr
from gisapp.model.thermal_image import ThermalParameters
from gisapp.render.ramps import coloured_by
from gisapp.render.thermal_colours import lookup_of
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.flight_desk import FlightDesk
from gisapp.ui.flight_overlay import SEEN_THROUGH, ShownFrame
from gisapp.ui.flight_sightings import image_of


class FlightMoving:
    """A first pair of clicks moves the frame, each further pair turns it about the first place."""

    def __init__(self, context: WindowContext, desk: FlightDesk, tools: ToolDesk) -> None:
        self._context, self._desk, self._tools = context, desk, tools
        self.number: int | None = None
        self._anchor: Corner | None = None
        self._image: QImage | None = None
        self._leave = [
            desk.changed.subscribe(lambda nothing: self._follow()),
            tools.tool_changed.subscribe(self._tool_changed),
        ]

    def close(self) -> None:
        self.stop()
        for leave in self._leave:
            leave()

    @property
    def is_choosing(self) -> bool:
        """The next click chooses the frame."""
        return self._tools.tool.name == POINT and self._wants_choice

    _wants_choice = False

    def begin(self) -> None:
        self._wants_choice = True
        self._tools.take(POINT)
        self._say(tr("Click the frame to move, near its middle."))

    def lift(self, number: int) -> None:
        """Show a frame over the map and take the tool that moves it."""
        opened = self._desk.opened
        if opened is None:
            return
        self._wants_choice = False
        self.number, self._anchor = number, None
        self._tools.take(MOVE)
        frame = opened.flight.frames[number]
        project = self._context.workspace.store.project
        layer = mosaic_layer(project, opened, self._desk.folder)
        style = layer.style if layer is not None else ThermalStyle()
        assert isinstance(style, ThermalStyle)

        def work(progress: Progress) -> QImage:
            said = ThermalParameters(**frame.parameters) if frame.parameters else None
            celsius = celsius_of(str(opened.path_of(frame)), said) + np.float32(frame.offset_c)
            return image_of(coloured_by(celsius, lookup_of(style)))

        def done(image: QImage) -> None:
            if self.number == number:
                self._image = image
                self._follow()
                self._say(tr("Click a thing in the frame, then where it belongs."))

        job = Job(tr("Reading {file}").format(file=frame.name), work, quiet=True)
        job.done.subscribe(done)
        self._context.jobs.start(job, instead_of="lifted frame")

    def stop(self) -> None:
        self.number, self._anchor, self._image = None, None, None
        self._wants_choice = False
        self._desk.overlay.lift(None)

    def pair(self, seen: Point, wanted: Point, crs: str) -> None:
        """Two places of the map: what the frame shows there now, and where that belongs."""
        opened, number = self._desk.opened, self.number
        if opened is None or number is None:
            return
        places = np.array([seen, wanted], float)
        (sx, sy), (wx, wy) = transform(places, crs, opened.flight.crs).tolist()
        anchor = self._anchor
        first, second = (sx, sy), (wx, wy)
        frame = opened.flight.frames[number]

        def work(progress: Progress) -> Flight:
            pairs = (first, first) if anchor is None else (anchor, first)
            there = (second, second) if anchor is None else (anchor, second)
            return dragged(opened.flight, opened.folder, frame.file, pairs, there)

        def done(flight: Flight) -> None:
            if self._desk.opened is not opened and self._desk.opened is not None:
                return  # changed meanwhile
            if anchor is None:
                self._anchor = second
            self._desk.changes.make(flight, tr("Move {file}").format(file=frame.name))
            words = (
                tr("{file} was moved; a second pair of clicks turns it.")
                if anchor is None
                else tr("{file} was turned.")
            )
            self._context.say(
                Message(
                    words.format(file=frame.name), "info", tr("Undo"), self._undo, key="flight move"
                )
            )

        job = Job(tr("Move {file}").format(file=frame.name), work, quiet=True)
        job.done.subscribe(done)
        self._context.jobs.start(job, instead_of="drag frame")

    def _undo(self) -> None:
        self._anchor = None
        self._desk.changes.undo()

    def _follow(self) -> None:
        """The lifted picture lies where the frame lies."""
        opened, number = self._desk.opened, self.number
        if opened is None or number is None or self._image is None:
            return
        corners = corners_in(opened, opened.flight.frames[number], self._map_crs)
        self._desk.overlay.lift(ShownFrame(self._image, corners, SEEN_THROUGH))

    @property
    def _map_crs(self) -> str:
        return self._context.workspace.store.project.crs

    def _tool_changed(self, name: str) -> None:
        if name != MOVE and self.number is not None:
            self.stop()

    def _say(self, words: str) -> None:
        self._context.say(Message(words, "info", key="flight move"))


def corners_in(
    opened: OpenFlight, frame: FlightFrame, crs: str
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Of a frame on the ground, 4 x 2 in another system."""
    return transform(np.array(frame.corners), opened.flight.crs, crs)
