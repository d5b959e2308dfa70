"""The labels of a view: placed and written as one picture that lies over all layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from gisapp.app.layer_changes import State
from gisapp.app.tile_pictures import Stack
from gisapp.model.features import FeatureId
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.style import PointStyle
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.render.canvas import Canvas, Press
from gisapp.render.columns import as_text
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
        return Labels(request, stack, self.labels, self.sheet)

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
) -> Labels:
    """On any thread. `kept` are those before: they stay where they are if they can."""
    camera = grown(grid.aligned(request.camera), MARGIN)
    wide = replace(request, camera=camera)
    found: tuple[Label, ...] = ()

    def draw(canvas: Canvas) -> None:
        nonlocal found
        found = place_labels(wide, measure_of(canvas), kept, progress)
        progress.report(0.9)
        write_labels(canvas, found, camera)

    image = press.picture(camera.size, draw)
    return Labels(request, stack, found, Sheet.of(camera, image))
