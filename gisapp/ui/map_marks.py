"""What is marked on the map: rings around the selection, a card at a resting pointer."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QTimer

from gisapp.app.feature_words import feature_note
from gisapp.app.identify import Hit, is_features
from gisapp.app.tool_desk import ToolDesk
from gisapp.app.tools import MapState, Pointer
from gisapp.model.crs import Coordinates, transform
from gisapp.model.features import FeatureId, FeatureSet
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.render.camera import Camera
from gisapp.ui.map_screen import MapScreen

HOVER = 220  # ms the pointer rests before it is asked what is there
ONE_BY_ONE = 1000  # features of a table looked up singly; more are searched together
MOST_OUTLINES = 2000


def selection_marks(state: MapState, crs: str) -> tuple[Coordinates, list[Coordinates]]:
    """Places of the selected points (n x 2) and the selected lines and rings, in `crs`."""
    chosen = state.selection
    nothing: tuple[Coordinates, list[Coordinates]] = (np.empty((0, 2)), [])
    layer = next((la for la in state.project.layers if la.id == chosen.layer), None)
    data = state.data_of(layer) if layer else None
    if layer is None or not layer.visible or not is_features(data) or not chosen.features:
        return nothing
    if isinstance(data, FeatureTable) and len(chosen.features) <= ONE_BY_ONE:
        rows = (data.row(fid) for fid in chosen.features)
        places = [row[GEOMETRY] for row in rows if row is not None and row[GEOMETRY] is not None]
        xy = np.array([(place.x, place.y) for place in places]).reshape(-1, 2)
        return transform(xy, data.crs, crs), []
    owners = _numbers(data, chosen.features)
    shapes = data.shapes_in(crs)
    parts = np.flatnonzero(np.isin(shapes.owner, owners))
    if shapes.kind == "point":
        return shapes.coords[shapes.starts[parts]], []
    return nothing[0], [
        shapes.coords[shapes.starts[part] : shapes.starts[part + 1]]
        for part in parts[:MOST_OUTLINES]
    ]


def _numbers(data: FeatureSet, features: frozenset[FeatureId]) -> list[int]:
    return [number for number, fid in enumerate(data.ids) if fid in features]


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
        self._still = QTimer(self, singleShot=True, interval=HOVER)
        self._still.timeout.connect(self._ask)
        screen.camera_changed.connect(self._camera_changed)
        self.mark()

    def close(self) -> None:
        self._still.stop()
        self._at = None
        for leave in self._leave:
            leave()

    def mark(self) -> None:
        """The selection or the project changed."""
        overlay = self._screen.overlay
        overlay.rings, overlay.outlines = selection_marks(
            self._desk.look(), self._screen.camera.crs
        )
        self._screen.update()

    def _camera_changed(self, camera: Camera) -> None:
        if camera.crs != self._crs:
            self._crs = camera.crs
            self.mark()

    def pointer_moved(self, pointer: Pointer | None) -> None:
        """On the map to there; None: away from it, or busy with something else."""
        self._at = pointer
        if self._screen.hover_note:
            self._screen.hover_note = ""
            self._screen.update()
        if pointer is not None and not self._desk.tool.draws:
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
            if hit.rank == 2:  # the ground of the map is everywhere: no card for it
                return
            self._screen.hover_note = feature_note(layer, data, hit.feature)
            self._screen.update()
