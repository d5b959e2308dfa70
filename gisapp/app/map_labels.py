"""The labels of a view: placed and written as one picture that lies over all layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import numpy.typing as npt

from gisapp.app.layer_changes import State
from gisapp.app.tile_pictures import Stack
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Pixel
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.style import PointStyle
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.render.camera import Camera
from gisapp.render.canvas import Canvas, Press
from gisapp.render.columns import as_text
from gisapp.render.label_room import EDGE
from gisapp.render.label_words import Place, box_of
from gisapp.render.labels import Label, can_be_labelled, measure_of, place_labels, write_labels
from gisapp.render.request import RenderRequest
from gisapp.render.tiles import Sheet, TileGrid, grown, sees_all_of

CROWDED = 300  # with so many labels hardly another one finds a place
MARGIN = 128  # pixels beside the view, so that labels are there when it moves


@dataclass(frozen=True, eq=False)
class Labels:
    """Those of one view, with what is needed to know whether they still are right."""

    request: RenderRequest
    stack: Stack
    labels: tuple[Label, ...]
    sheet: Sheet
    boxes: npt.NDArray[np.float64]  # n x 4: left, top, right, bottom on the sheet
    rested: bool = False  # placed for a view at rest

    def cut_by(self, camera: Camera, covered: Sequence[Place] = ()) -> bool:
        """Whether the edge of a view of this scale runs through any of them, or a card hides it."""
        if (self.rested and camera == self.request.camera) or not len(self.boxes):
            return False
        corner = self.sheet.camera.to_screen(camera.to_map(Pixel(0, 0)))
        low, high = np.array(corner), np.add(corner, camera.size)
        inset = EDGE * camera.pixel_ratio
        near = (self.boxes[:, :2] < high).all(axis=1) & (self.boxes[:, 2:] > low).all(axis=1)
        within = (self.boxes[:, :2] >= low + inset).all(axis=1)
        within &= (self.boxes[:, 2:] <= high - inset).all(axis=1)
        wrong = near & ~within
        for place in covered:
            left, top, right, bottom = np.add(place, (*corner, *corner))
            over = (self.boxes[:, 0] < right) & (self.boxes[:, 2] > left)
            wrong |= over & (self.boxes[:, 1] < bottom) & (self.boxes[:, 3] > top)
        return bool(wrong.any())

    def suit(self, request: RenderRequest, stack: Stack) -> bool:
        return (
            self.stack is stack
            and self.request.selected == request.selected
            and sees_all_of(self.sheet.camera, request.camera)
        )

    def after_edit(self, request: RenderRequest, stack: Stack) -> Labels | None:
        """The same labels for the view as it is now, if all that happened since is that one point
        got other values and its label says what it said; else they are placed anew."""
        layers, before = stack.layers, self.stack
        if layers != before.layers or not replace(self, stack=stack).suit(request, stack):
            return None
        for layer, old, new in zip(layers, before.states, stack.states, strict=True):
            if new is not old and not self._says_the_same(layer, old, new):
                return None
        rested = self.rested and request.camera == self.request.camera
        return replace(self, request=request, stack=stack, rested=rested)

    def _says_the_same(self, layer: Layer, old: State, new: State) -> bool:
        style, table = layer.style, new.data
        boxes = new.boxes_since(old.version, self.request.camera.crs)
        if not isinstance(style, PointStyle) or style.cluster or boxes is None or len(boxes) != 1:
            return False
        if not isinstance(table, FeatureTable) or len(table) != len(cast(FeatureTable, old.data)):
            return False
        place, found = tuple(boxes[0].tolist()), False
        for label in self.labels:
            if label.key[0] == layer.id and (*label.anchor, *label.anchor) == place:
                row, found = table.row(FeatureId(label.key[1])), True
                if row is None or row[GEOMETRY] is None or row[GEOMETRY].is_empty:
                    return False
                if as_text(row.get(style.label)) != label.text:
                    return False
        return found or len(self.labels) >= CROWDED  # else it may be new, and there is room


def has_labels(layers: Sequence[Layer]) -> bool:
    """Whether any of the layers can have some: pictures and grids have none."""
    return any(can_be_labelled(layer.style) for layer in layers)


def labels_of(
    request: RenderRequest,
    stack: Stack,
    grid: TileGrid,
    kept: Sequence[Label],
    press: Press,
    progress: Progress,
    rests: bool = False,
    covered: Sequence[Place] = (),
) -> Labels:
    """On any thread. `kept` are those before: they stay where they are if they can.

    `rests`: the map does, so none of them may be cut by its edge or lie under what is `covered`
    (pixels of the view).
    """
    camera = grown(grid.aligned(request.camera), MARGIN)
    wide = replace(request, camera=camera)
    width, height = camera.size
    seen = (float(MARGIN), float(MARGIN), float(width - MARGIN), float(height - MARGIN))
    hidden = [(a + MARGIN, b + MARGIN, c + MARGIN, d + MARGIN) for a, b, c, d in covered]
    found: tuple[Label, ...] = ()
    boxes: list[Place] = []

    def draw(canvas: Canvas) -> None:
        nonlocal found, boxes
        measure = measure_of(canvas)
        found = place_labels(wide, measure, kept, progress, seen, hidden, moving=not rests)
        boxes = [box_of(label, camera, measure) for label in found]
        progress.report(0.9)
        write_labels(canvas, found, camera, dark=press.dark)

    image = press.picture(camera.size, draw)
    sheet = Sheet.of(camera, image)
    return Labels(request, stack, found, sheet, np.array(boxes).reshape(-1, 4), rests)
