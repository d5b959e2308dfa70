"""The way under the pointer, while the tool of tracing is in the hand.

The window only looks up which reach is under the pointer; rivers are read, reaches drawn and ways
highlighted on workers. One highlight is made at a time, always for the newest place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from gisapp.app.identify import is_features
from gisapp.app.jobs import Job, JobState
from gisapp.app.store import Change
from gisapp.app.tools import Preview
from gisapp.app.traces import HAND_ALGORITHM
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureSet, Shapes
from gisapp.model.geometry import Point
from gisapp.model.layer import LayerId
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.ui.context import WindowContext
from gisapp.ui.layer_facts import data_of
from gisapp.ui.map_area import MapArea
from gisapp.ui.map_overlay import TRACED
from gisapp.ui.traced_cells import LinesAtHand, Lit, ReachCells, drawing_camera, reach_cells

TOOL = "trace"
NEAR = 14  # pixels
COLOR = (int(TRACED[1:3], 16), int(TRACED[3:5], 16), int(TRACED[5:7], 16))


class RiversAtHand(Protocol):
    """What a tracing plugin answers for a pointer; positions number the reaches."""

    shapes: Shapes
    position_of: Any
    smallest_first: Any

    def runs(self, position: int, direction: Any) -> list[tuple[int, int]]: ...
    def words(self, position: int) -> str: ...
    def near(self, at: Point, within_m: float) -> tuple[Any, ...]: ...
    def keep(self, project: Any, role: str, feature: Any, choice: Any) -> Any: ...


class LiveTrace(QObject):
    """Belongs to the page. `direction` is asked at each move."""

    def __init__(self, context: WindowContext, area: MapArea, direction: Callable[[], str]) -> None:
        super().__init__(area)
        self._context, self._map, self._desk = context, area.map, area.desk
        self._direction = direction
        self.hand: RiversAtHand | None = None
        self.cells: ReachCells | None = None
        self.pointed: Callable[[int | None], None] = lambda position: None
        self._lines: LinesAtHand | None = None
        self._of: tuple[Any, Any, str] | None = None  # what `hand` was made from
        self._place: Point | None = None
        self._wanted: tuple[int, str] | None = None
        self._shown: tuple[int, str] | None = None
        self._busy = False
        self._quiet = -1  # the reach that was clicked: its trace is on the map now
        self._map.cursor_moved.connect(self._moved)
        self._map.rested.connect(lambda camera: self._look())
        self._leave = [
            self._desk.tool_changed.subscribe(lambda name: self._tool_changed()),
            context.workspace.store.changed.subscribe(self._project_changed),
        ]
        if context.layer_data is not None:
            self._leave.append(context.layer_data.changed.subscribe(self._data_came))

    def close(self) -> None:
        for leave in self._leave:
            leave()
        self._leave.clear()

    @property
    def active(self) -> bool:
        return self._desk.tool.name == TOOL

    def _tool_changed(self) -> None:
        if self.active:
            self._prepare()
        else:
            self._forget()

    def _project_changed(self, change: Change) -> None:
        if self.active:
            self._prepare()

    def _data_came(self, layer: LayerId) -> None:
        if self.active:
            self._prepare()

    def _layers(self) -> tuple[FeatureSet | None, dict[str, FeatureSet], str]:
        project = self._context.workspace.store.project
        found: dict[str, FeatureSet] = {}
        for role in ("rivers", "repairs", "pipes"):
            layer = project.layer_of_role(role)
            data = data_of(self._context, layer) if layer is not None else None
            if is_features(data):
                found[role] = data
        return found.pop("rivers", None), found, project.crs

    def _prepare(self) -> None:
        """The rivers ready for the pointer: once for the rivers and their repairs."""
        plugins = self._context.plugins
        rivers, more, crs = self._layers()
        if plugins is None or rivers is None or self._of == (rivers, more, crs):
            return
        try:
            algorithm = plugins.algorithm(HAND_ALGORITHM)
        except GisError:
            return
        self._of = of = (rivers, more, crs)
        values = {"rivers": rivers, "crs": crs, **more}

        def work(progress: Progress) -> tuple[RiversAtHand, LinesAtHand]:
            hand = cast("RiversAtHand", algorithm.run(values, progress))
            return hand, LinesAtHand.of(hand.shapes, hand.position_of, hand.smallest_first)

        def done(made: tuple[RiversAtHand, LinesAtHand]) -> None:
            if self._of == of:
                self.hand, self._lines = made
                self.cells = None
                self._look()

        job = Job(tr("Reading the network"), work, quiet=True)
        job.done.subscribe(done)
        self._context.jobs.start(job, instead_of="rivers at hand")

    def _look(self) -> None:
        """Which reach is where in the view that the map has come to rest at."""
        lines = self._lines
        camera = drawing_camera(self._map.goal)
        if not self.active or lines is None or (self.cells and self.cells.camera == camera):
            return

        def work(progress: Progress) -> ReachCells:
            return reach_cells(lines, camera, progress)

        def done(cells: ReachCells) -> None:
            self.cells, self._shown = cells, None
            if self._place is not None:
                self._moved(self._place)

        job = Job(tr("Drawing"), work, quiet=True)
        job.done.subscribe(done)
        self._context.jobs.start(job, instead_of="reaches in view")

    def position_at(self, place: Point) -> int | None:
        """The reach at a place of the map, as far as it is known by now."""
        if self.cells is None or self.cells.camera.crs != self._map.camera.crs:
            return None
        scale = self._map.camera.resolution * self._map.camera.pixel_ratio
        within = max(1, round(NEAR * scale / self.cells.camera.resolution))
        found = self.cells.at(place, min(within, 4 * NEAR))
        return None if found < 0 else found

    def _moved(self, place: Point | None) -> None:
        self._place = place
        if not self.active or self.hand is None:
            return
        position = None if place is None else self.position_at(place)
        self.pointed(position)
        if position != self._quiet:
            self._quiet = -1
        if position is None or position == self._quiet:
            if self._shown is not None or self._wanted is not None:
                self._hide()
            return
        wanted = (position, self._direction())
        self._say(position, place)
        if wanted == self._wanted or wanted == self._shown:
            return
        self._wanted = wanted
        if not self._busy:
            self._next()

    def _say(self, position: int, place: Point | None) -> None:
        if self.hand is not None and place is not None and not self._desk.tool.is_drawing:
            said = self.hand.words(position) if self._said_of != position else self._said
            self._said_of, self._said = position, said
            self._desk.carry_out((Preview(label=said, label_at=place),))

    _said_of, _said = -1, ""
    _lit: Lit | None = None

    def _next(self) -> None:
        wanted, cells, hand = self._wanted, self.cells, self.hand
        if wanted is None or cells is None or hand is None:
            return
        self._busy = True

        def work(progress: Progress) -> Lit:
            return cells.lit(hand.runs(*wanted), COLOR)

        def done(lit: Lit) -> None:
            if self._wanted is not None and cells is self.cells:
                self._shown = wanted
                self._map.overlay.followed.show_image(lit.camera, picture(lit))
                self._lit = lit  # the picture is painted from its memory
                self._map.update()

        def changed(job: Job[Any]) -> None:
            if job.state in (JobState.DONE, JobState.CANCELLED, JobState.FAILED):
                self._busy = False
                if self._wanted is not None and self._wanted != wanted:
                    self._next()

        job = Job(tr("Drawing"), work, quiet=True)
        job.done.subscribe(done)
        job.changed.subscribe(changed)
        self._context.jobs.start(job)

    def rest(self) -> None:
        """Something was clicked: no preview until the pointer is on another reach."""
        if self._wanted is not None:
            self._quiet = self._wanted[0]
            self._hide()

    def _hide(self) -> None:
        self._wanted = self._shown = None
        self._said_of = -1
        self._map.overlay.followed.clear()
        self._desk.carry_out((Preview(),))
        self._map.update()

    def _forget(self) -> None:
        """The tool was put down: memory goes with it, the network itself is kept by the plugin."""
        if self._wanted is not None or self._shown is not None:
            self._hide()
        self.hand = self._lines = self.cells = self._of = self._place = None


def picture(lit: Lit) -> QImage:
    """The way as a picture, in the memory of `lit`, which has to outlive it."""
    height, width = lit.pixels.shape
    if not height:
        return QImage()
    kind = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(lit.pixels.data, width, height, width * 4, kind)
