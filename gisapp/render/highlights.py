"""What is selected, under the pointer or traced: drawn over the map, never instead of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gisapp.model.features import FeatureId, FeatureSet, Shapes
from gisapp.render.camera import Camera
from gisapp.render.canvas import Canvas
from gisapp.render.parts import as_pixels, in_view

ACCENT = "#0b6e99"
CASING = "#ffffff"

Numbers = npt.NDArray[np.int64]


def numbers_of(data: FeatureSet, ids: frozenset[FeatureId]) -> Numbers:
    """The rows of some features; ids that are not there are left out."""
    positions = getattr(data, "positions", None)
    if positions is not None:
        found = sorted(positions[fid] for fid in ids if fid in positions)
    else:
        found = [number for number, fid in enumerate(data.ids.tolist()) if fid in ids]
    return np.array(found, np.int64)


def paint_selected(
    shapes: Shapes,
    rows: Numbers,
    camera: Camera,
    canvas: Canvas,
    *,
    size: float = 12.0,
    color: str = ACCENT,
) -> None:
    """One accent ring around points (`size` is that of their symbol, px), a cased outline on
    lines and areas. `shapes` in the camera's system, `rows` numbers of features."""
    _paint(shapes, rows, camera, canvas, size * 2.1, color, 2.4, 3.0)


def paint_hovered(
    shapes: Shapes, rows: Numbers, camera: Camera, canvas: Canvas, *, size: float = 12.0
) -> None:
    """A thinner ring: this is what a click would choose."""
    _paint(shapes, rows, camera, canvas, size * 1.7, ACCENT, 1.4, 2.0)


def paint_traced(
    shapes: Shapes,
    rows: Numbers,
    camera: Camera,
    canvas: Canvas,
    *,
    width: float = 5.0,
    color: str = ACCENT,
) -> None:
    """Reaches found by a trace: a thick accent line with a white casing."""
    _paint(shapes, rows, camera, canvas, width * 3, color, 2.4, width)


def _paint(
    shapes: Shapes,
    rows: Numbers,
    camera: Camera,
    canvas: Canvas,
    ring: float,
    color: str,
    ring_width: float,
    line_width: float,
) -> None:
    ratio = camera.pixel_ratio
    near = in_view(shapes, camera, (ring + 4) * ratio)
    parts = near[np.isin(shapes.owner[near], rows)]
    if not len(parts):
        return
    if shapes.kind == "point":
        at = camera.to_pixels(shapes.coords[parts])
        canvas.rings(at, CASING + "cc", ring * ratio, (ring_width + 2) * ratio)
        canvas.rings(at, color, ring * ratio, ring_width * ratio)
        return
    lines = as_pixels(shapes, parts, camera)
    canvas.lines(lines, CASING + "e6", (line_width + 3) * ratio)
    canvas.lines(lines, color, line_width * ratio)
