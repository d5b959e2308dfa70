"""The labels of a view: placed and written as one picture that lies over all layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gisapp.app.tile_pictures import Stack
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.render.canvas import Canvas, Press
from gisapp.render.labels import Label, measure_of, place_labels, write_labels
from gisapp.render.request import RenderRequest
from gisapp.render.tiles import Sheet, TileGrid, grown, sees_all_of

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


def has_labels(layers: Sequence[Layer]) -> bool:
    """Whether any of the layers can have some; what a style does not say, it may have."""
    return any(getattr(layer.style, "label", True) for layer in layers)


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
