"""What a window can do with flights: import, level, ask a place, set parameters, move a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from gisapp.app.actions import Action
from gisapp.app.flight_import import looks_like_flight
from gisapp.app.flight_layers import frame_edit, frame_layer, mosaic_layer, scale_of
from gisapp.app.flight_pictures import nearest_frame
from gisapp.app.flight_remaking import with_parameters
from gisapp.app.flight_tools import MOVE, POINT, TOOLS
from gisapp.app.jobs import Job
from gisapp.app.layer_import import with_option
from gisapp.app.thermal_difference import FRAME
from gisapp.app.tools import MeasureValues
from gisapp.io.oblique_frame import ObliqueFrame
from gisapp.io.thermal_frame import FrameRaster
from gisapp.model.crs import transform, transform_point
from gisapp.model.edit import LayersEdit
from gisapp.model.geometry import Point
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.style import ThermalStyle
from gisapp.model.text import tr
from gisapp.model.thermal_image import ThermalParameters
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.file_choice import choose_flight
from gisapp.ui.flight_card import FlightCard
from gisapp.ui.flight_desk import FlightDesk
from gisapp.ui.flight_moving import FlightMoving, corners_in
from gisapp.ui.flight_sightings import SightingsCard
from gisapp.ui.project_page import ProjectPage
from gisapp.ui.thermal_parameters import ParametersCard, Subject

SEARCHES = ("candidates.find", "algorithm.find-candidates")  # the first that there is


class FlightCommands:
    def __init__(
        self, context: WindowContext, page: ProjectPage, run: Callable[[str], bool]
    ) -> None:
        """`run` does an action of the window by its id, if there is one."""
        self._context, self._page, self._run = context, page, run
        self._tools = page.map_area.desk
        self._tools.tools.update(TOOLS)
        self.desk = FlightDesk(context, page.map_area.map)
        self.moving = FlightMoving(context, self.desk, self._tools)
        self._leave = [self._tools.measure_wanted.subscribe(self._clicked)]

    def close(self) -> None:
        for leave in self._leave:
            leave()
        self.moving.close()
        self.desk.close()

    def choose_folder(self) -> None:
        """Ask for the folder of a flight."""
        choose_flight(self._page, self.import_folder)

    def import_folder(self, folder: Path) -> None:
        self._show_card()
        self.desk.import_folder(folder)

    def take_folder(self, folder: Path, otherwise: Callable[[], None]) -> None:
        """A folder that was dropped: a flight if there are thermal frames in it."""

        def work(progress: Progress) -> bool:
            return looks_like_flight(folder)

        def done(found: bool) -> None:
            if found:
                self.import_folder(folder)
            else:
                otherwise()

        job = Job(tr("Looking at the files"), work)
        job.done.subscribe(done)
        self._context.jobs.start(job)

    def show(self) -> None:
        """The flight of the chosen layer, else the last one of the project."""
        desk = self.desk
        flights = desk.flights()
        self._show_card()
        if desk.is_busy or not flights:
            return
        active = self._context.workspace.active_layer
        home = None if active is None else (desk.folder / active.source.path).parent
        wanted = home if home in flights else None
        if wanted is None and desk.opened is None:
            wanted = flights[-1]
        if wanted is not None and (desk.opened is None or desk.opened.folder != wanted):
            desk.reopen(wanted)

    def _show_card(self) -> None:
        if isinstance(self._page.side.card, FlightCard):
            return
        card = FlightCard(self._context, self.desk)
        card.import_wanted.connect(self.choose_folder)
        card.search_wanted.connect(self.search)
        card.points_wanted.connect(self.ask_points)
        card.parameters_wanted.connect(self.show_parameters)
        card.move_wanted.connect(lambda number: self.moving.begin())
        card.frame_wanted.connect(self.show_frame)
        self._page.open_card(card)

    # ---- what comes next

    def search(self) -> None:
        """For suspected outfalls, in the mosaic of the flight."""
        opened, project = self.desk.opened, self._context.workspace.store.project
        layer = None if opened is None else mosaic_layer(project, opened, self.desk.folder)
        if layer is not None:
            self._context.workspace.activate(layer.id)
        if not any(self._run(one) for one in SEARCHES):
            words = tr("The plugin that finds suspected outfalls is not there")
            hint = tr("Switch it on in the list of plugins.")
            self._context.say(Message(words, "warning", hint=hint, key="flight"))

    def ask_points(self) -> None:
        """The next clicks ask which frames saw a place."""
        if self._nothing_open():
            return
        self.moving.stop()
        self._show_sightings()
        self._tools.take(POINT)

    def _show_sightings(self) -> SightingsCard:
        card = self._page.side.card
        if not isinstance(card, SightingsCard):
            card = SightingsCard(self._context, self.desk)
            card.frame_wanted.connect(self.show_frame)
            card.flight_wanted.connect(self._show_card)
            self._page.open_card(card)
        return card

    def _clicked(self, wanted: MeasureValues) -> None:
        tool, opened = self._tools.tool.name, self.desk.opened
        if opened is None or tool not in TOOLS:
            return
        if tool == MOVE:
            seen, belongs = wanted.places[:2]
            self.moving.pair(seen, belongs, wanted.crs)
            return
        x, y = transform_point(Point(*wanted.places[0]), wanted.crs, opened.flight.crs)
        if self.moving.is_choosing:
            number = nearest_frame(opened.flight, x, y)
            if number is not None:
                self.moving.lift(number)
            return
        self.desk.overlay.cross = np.array([wanted.places[0]])
        self.desk.overlay.update()
        self._show_sightings().ask(x, y)

    def show_frame(self, number: int) -> None:
        """As a layer, above all other temperatures."""
        opened, store = self.desk.opened, self._context.workspace.store
        if opened is None or store.read_only:
            return
        frame = opened.flight.frames[number]
        layer = frame_layer(opened, frame, store.project, self.desk.folder)
        if layer is None:
            words = tr("{file} shows the horizon: it cannot be laid on the map")
            hint = tr("Its temperatures are in the mosaic and in the list of frames.")
            text = words.format(file=frame.name)
            self._context.say(Message(text, "warning", hint=hint, key="flight"))
            return
        edit = frame_edit(store.project, layer)
        if edit is not None:
            store.apply(edit)

    # ---- parameters

    def show_parameters(self) -> None:
        """Of the chosen frame layer, else of the flight, tried on the frame in the middle."""
        layer = self._context.workspace.active_layer
        if layer is not None and layer.source.format == FRAME:
            self._frame_parameters(layer)
            return
        opened, project = self.desk.opened, self._context.workspace.store.project
        if self._nothing_open() or opened is None:
            return
        crs = opened.flight.crs
        middle = transform_point(self._page.map_area.map.goal.center, project.crs, crs)
        number = nearest_frame(opened.flight, *middle) or 0
        frame = opened.flight.frames[number]
        said = ThermalParameters(**frame.parameters) if frame.parameters else None
        found = mosaic_layer(project, opened, self.desk.folder)
        style = found.style if found is not None else scale_of(project, (8.0, 26.0))
        assert isinstance(style, ThermalStyle)
        subject = Subject(
            opened.path_of(frame),
            corners_in(opened, frame, project.crs),
            frame.offset_c,
            said,
            style,
            90.0 + frame.pose.pitch,
        )
        self._open_parameters(subject, None, self._use_for_all)

    def _frame_parameters(self, layer: Layer) -> None:
        project, store = self._context.workspace.store.project, self._context.workspace.store
        data = None if self._context.layer_data is None else self._context.layer_data.get(layer)
        if not isinstance(data, FrameRaster | ObliqueFrame):
            return
        if not isinstance(layer.style, ThermalStyle):
            return
        folder = self._context.folder or Path()
        subject = Subject(
            folder / layer.source.path,
            transform(data.corners, data.crs, project.crs),
            float(layer.source.option("offset_c", "0") or 0),
            data.parameters,
            layer.style,
        )

        def use(parameters: ThermalParameters) -> None:
            said = {
                "emissivity": f"{parameters.emissivity:g}",
                "reflected": f"{parameters.reflected_c:g}",
                "air": f"{parameters.air_c:g}",
                "humidity": f"{parameters.humidity:g}",
                "distance": f"{parameters.distance_m:g}",
            }
            before = store.project.layers
            after = tuple(with_option(one, **said) if one.id == layer.id else one for one in before)
            if after != before:
                words = tr("Parameters of {layer}").format(layer=layer.name)
                store.apply(LayersEdit(words, before, after))

        opened = self.desk.opened
        own = opened is not None and any(
            opened.path_of(frame).name == subject.path.name for frame in opened.flight.frames
        )
        can = None if store.read_only else use
        self._open_parameters(subject, can, self._use_for_all if own else None)

    def _open_parameters(
        self,
        subject: Subject,
        use: Callable[[ThermalParameters], None] | None,
        use_for_all: Callable[[ThermalParameters], None] | None,
    ) -> None:
        overlay = self.desk.overlay
        card = ParametersCard(self._context, overlay, subject, use, use_for_all)
        self._page.open_card(card)

    def _use_for_all(self, parameters: ThermalParameters) -> None:
        opened = self.desk.opened
        if opened is not None:
            changed = with_parameters(opened.flight, parameters)
            self._show_card()
            self.desk.changes.make(changed, tr("Parameters of {layer}").format(layer=opened.name))

    def _nothing_open(self) -> bool:
        if self.desk.opened is not None:
            return False
        self.show()
        if self.desk.flights():
            return True
        words = tr("No flight yet")
        hint = tr("Import the folder of its thermal frames first.")
        self._context.say(Message(words, "info", hint=hint, key="flight"))
        return True


def flight_actions(commands: FlightCommands) -> Iterator[Action]:
    """For the menu Thermal and the search."""
    entries = (
        ("import", tr("Import a thermal flight"), commands.choose_folder, "folder_plus"),
        ("flight", tr("Flights of this project"), commands.show, "thermometer"),
        ("sightings", tr("All frames of a place"), commands.ask_points, "target"),
        ("parameters", tr("Emissivity and air"), commands.show_parameters, "settings"),
        ("move_frame", tr("Move a frame of the flight"), commands.moving.begin, "move_point"),
    )
    for name, title, run, icon in entries:
        yield Action(f"thermal.{name}", title, "thermal", run, icon=icon, group="flight")
