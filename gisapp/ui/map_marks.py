"""What is marked on the map: rings around the selection, a card at a resting pointer."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QObject, QTimer

from gisapp.app.exact_geometry import Taken, each_once
from gisapp.app.feature_words import feature_note
from gisapp.app.identify import Hit, is_features
from gisapp.app.jobs import Job
from gisapp.app.tool_desk import ToolDesk
from gisapp.app.tools import MapState, Pointer
from gisapp.model.crs import Coordinates, transform
from gisapp.model.feature_ids import TextIds
from gisapp.model.features import FeatureId, FeatureSet, Shapes, point_shapes
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.render.canvas import Image
from gisapp.ui.map_overlay import ACCENT
from gisapp.ui.map_screen import MapScreen
from gisapp.ui.marked_picture import marked_pixels

HOVER = 220  # ms the pointer rests before it is asked what is there
REDRAW = 60  # ms between two pictures of very many selected features while the map moves
ONE_BY_ONE = 1000  # features of a table looked up singly; more are searched together
MANY_TEXTS = 50_000  # ids that are texts, of which a list must be made first
MOST_ONE_BY_ONE = 400  # parts drawn with each paint of the map; of more a picture is made
MOST_VERTICES = 20_000


def selected_shapes(state: MapState, crs: str) -> Shapes | None:
    """The geometry of what is selected, in `crs`; None where nothing of it is shown."""
    layer, data = _chosen(state)
    if layer is None or data is None:
        return None
    chosen = state.selection.features
    if isinstance(data, FeatureTable) and len(chosen) <= ONE_BY_ONE:
        rows = (data.row(fid) for fid in chosen)
        places = [row[GEOMETRY] for row in rows if row is not None and row[GEOMETRY] is not None]
        xy = np.array([(place.x, place.y) for place in places]).reshape(-1, 2)
        return point_shapes(transform(xy, data.crs, crs))
    return shapes_of(data, chosen, crs)


def shapes_of(data: FeatureSet, chosen: Collection[FeatureId], crs: str) -> Shapes:
    """The geometry of some features, in `crs`."""
    numbers = data.numbers_of(chosen)
    shapes = data.shapes_in(crs)
    taken = Taken.of(shapes, shapes.parts_of(each_once(numbers[numbers >= 0])))
    return Shapes(shapes.kind, taken.coords, taken.starts, taken.owner)


def selection_marks(state: MapState, crs: str) -> tuple[Coordinates, list[Coordinates]]:
    """Places of the selected points (n x 2) and the selected lines and rings, in `crs`."""
    return _marks(selected_shapes(state, crs))


def _marks(shapes: Shapes | None) -> tuple[Coordinates, list[Coordinates]]:
    if shapes is None:
        return np.empty((0, 2)), []
    if shapes.kind == "point":
        return shapes.coords, []
    starts = shapes.starts.tolist()
    return np.empty((0, 2)), [shapes.coords[a:b] for a, b in pairwise(starts)]


def _chosen(state: MapState) -> tuple[Layer | None, FeatureSet | None]:
    """The layer with the selection and its features; None where there is nothing to mark."""
    selection = state.selection
    layer = next((la for la in state.project.layers if la.id == selection.layer), None)
    data = state.seen_of(layer) if layer else None
    if layer is None or not layer.visible or not is_features(data) or not selection.features:
        return None, None
    return layer, data


def _is_quick(state: MapState) -> bool:
    """Whether few are selected, and their places can be looked up while the hand waits."""
    _, data = _chosen(state)
    if data is None:
        return True
    if isinstance(data, FeatureTable):
        return len(state.selection.features) <= ONE_BY_ONE
    texts = isinstance(getattr(data, "feature_ids", None), TextIds)
    return len(state.selection.features) <= ONE_BY_ONE and (not texts or len(data) <= MANY_TEXTS)


class MapMarks(QObject):
    """Keeps the overlay's selection right and asks for the card under a resting pointer."""

    def __init__(self, screen: MapScreen, desk: ToolDesk) -> None:
        super().__init__(screen)
        self._screen, self._desk = screen, desk
        self._crs = screen.camera.crs
        workspace = desk.workspace
        self._leave = [
            workspace.selection_changed.subscribe(lambda selection: self.mark()),
            workspace.store.changed.subscribe(lambda change: self.mark()),
        ]
        self._at: Pointer | None = None
        self._asked: object = None
        self._many: Shapes | None = None  # very many selected features, in the map's system
        self._again = QTimer(self, singleShot=True, interval=REDRAW)
        self._again.timeout.connect(self._draw_many)
        self._still = QTimer(self, singleShot=True, interval=HOVER)
        self._still.timeout.connect(self._ask)
        screen.camera_changed.connect(self._camera_changed)
        self.mark()

    def close(self) -> None:
        self._still.stop()
        self._again.stop()
        self._at = self._many = None
        for leave in self._leave:
            leave()

    def mark(self) -> None:
        """The selection or the project changed."""
        state, crs = self._desk.look(), self._screen.camera.crs
        asked = self._asked = object()
        if _is_quick(state):
            self._marked(selected_shapes(state, crs))
            return

        def work(progress: Progress) -> Shapes | None:
            return selected_shapes(state, crs)

        def done(shapes: Shapes | None) -> None:
            if self._asked is asked:
                self._marked(shapes)

        job = Job(tr("Drawing"), work, quiet=True)
        job.done.subscribe(done)
        self._desk.jobs.start(job, instead_of="selected features")

    def _marked(self, shapes: Shapes | None) -> None:
        """A few are drawn one by one with each paint, many become a picture."""
        overlay = self._screen.overlay
        many = shapes is not None and (
            len(shapes.owner) > MOST_ONE_BY_ONE or len(shapes.coords) > MOST_VERTICES
        )
        self._many = shapes if many else None
        overlay.rings, overlay.outlines = _marks(None if many else shapes)
        if many:
            self._draw_many()
        else:
            overlay.marked_picture.clear()
        self._screen.update()

    def _draw_many(self) -> None:
        shapes, camera = self._many, self._screen.goal
        if shapes is None:
            return

        def work(progress: Progress) -> Image:
            return marked_pixels(shapes, camera, ACCENT, progress)

        def done(pixels: Image) -> None:
            if self._many is shapes:
                self._screen.overlay.marked_picture.show(camera, pixels)
                self._screen.update()

        job = Job(tr("Drawing"), work, quiet=True)
        job.done.subscribe(done)
        self._desk.jobs.start(job, instead_of="selection picture")

    def _camera_changed(self, camera: Camera) -> None:
        if camera.crs != self._crs:
            self._crs = camera.crs
            self.mark()
        elif self._many is not None and not self._again.isActive():
            self._again.start()

    def pointer_moved(self, pointer: Pointer | None) -> None:
        """On the map to there; None: away from it, or busy with something else."""
        self._at = pointer
        overlay = self._screen.overlay
        if self._screen.hover_note or len(overlay.hovered) or overlay.hovered_outlines:
            self._screen.hover_note = ""
            overlay.hovered, overlay.hovered_outlines = _marks(None)
            self._screen.update()
        tool = self._desk.tool
        if pointer is not None and not tool.draws and not tool.speaks:
            self._still.start()
        else:
            self._still.stop()

    def _ask(self) -> None:
        pointer = self._at
        if pointer is None:
            return

        def answer(hits: list[Hit]) -> None:
            still = self._at is pointer and pointer.camera == self._screen.camera
            if still and hits:
                self._show(hits[0])

        self._desk.identify(pointer, answer, purpose="hover card", grids=False)

    def _show(self, hit: Hit) -> None:
        state = self._desk.look()
        layer = next((la for la in state.project.layers if la.id == hit.layer), None)
        data = state.data_of(layer) if layer else None
        if layer is not None and hit.feature is not None and is_features(data):
            shapes = shapes_of(data, [hit.feature], self._screen.camera.crs)
            # The ground of the map is everywhere: no card for it, and no line around the view.
            if hit.rank != 2:
                self._screen.hover_note = feature_note(layer, data, hit.feature)
            elif not _is_within(shapes, self._screen.camera):
                return
            if len(shapes.coords) <= MOST_VERTICES:
                overlay = self._screen.overlay
                overlay.hovered, overlay.hovered_outlines = _marks(shapes)
            self._screen.update()


def _is_within(shapes: Shapes, camera: Camera) -> bool:
    extent, view = shapes.extent, camera.extent
    return extent is not None and (
        view.left <= extent.left
        and extent.right <= view.right
        and view.bottom <= extent.bottom
        and extent.top <= view.top
    )
