"""Layers drawn by the compiled loops, straight into the memory of a picture.

From the layer's `Detail` where it has one: what is in view is found at once, and thinned lines
are drawn where nobody could tell. Otherwise from its shapes. Equal pictures come out, also in
pieces: how a pixel is coloured does not depend on where the picture begins.
"""

from __future__ import annotations

from threading import Lock
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from gisapp.model.detail import Detail
from gisapp.model.features import FeatureSet, Shapes
from gisapp.model.progress import Progress
from gisapp.model.style import AreaStyle, LineStyle, PointStyle
from gisapp.model.table import FeatureTable
from gisapp.render.camera import Camera
from gisapp.render.canvas import Sheet
from gisapp.render.columns import kept_with
from gisapp.render.compiled import Kernels
from gisapp.render.compiled_areas import sums_for
from gisapp.render.compiled_lines import words_for
from gisapp.render.drawing_memory import clean_room, room
from gisapp.render.looks import area_fills, looks_at, point_looks
from gisapp.render.parts import affine_around, in_view
from gisapp.render.rims import rim
from gisapp.render.stamps import Places, atlas_of, stamp_places
from gisapp.render.states import UNKNOWN
from gisapp.render.thinning import shown_widths

FEW = 2000  # points of a table whose looks are found without those of all others
NEAR = 0.25  # px; of vertices closer than this to the one before, nobody misses any
Numbers = npt.NDArray[np.int64]
Sizes = tuple[int, int]
_laying = Lock()


class Pieces(NamedTuple):
    """Parts of features in pixels of the sheet: feature i (its number in the layer is
    numbers[i]) has the parts firsts[i] to firsts[i + 1]."""

    xy: npt.NDArray[np.float64]
    starts: Numbers
    firsts: Numbers
    numbers: npt.NDArray[Any]

    def by_part(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Something of each feature for each of its parts."""
        return np.repeat(values, np.diff(self.firsts))


def points_on_sheet(
    loops: Kernels,
    sheet: Sheet,
    style: PointStyle,
    data: FeatureSet,
    camera: Camera,
    progress: Progress,
) -> bool:
    """Symbols; see `stamp_places` for which lies on top. False: none can be seen."""
    size = round(style.size * camera.pixel_ratio, 2)
    view = camera.extent.grown((size + 2) * camera.resolution)
    detail = data.detail_in(camera.crs)
    if detail is None:
        shapes = data.shapes_in(camera.crs)
        parts = in_view(shapes, camera, size + 2)
        rows, coords = shapes.owner[parts], shapes.coords[parts]
    else:
        chosen, _ = _chosen(loops, detail, camera, size + 2, 0.0)
        rows = beside = detail.beside_in(view)
        coords = data.shapes_in(camera.crs).coords[beside] if len(beside) else np.empty((0, 2))
        if isinstance(data, FeatureTable) and len(chosen) <= FEW:
            order = detail.arrays["order"][chosen]
            chosen, order = chosen[order >= 0], order[order >= 0]
            rows = np.concatenate([order, beside])
            # with one place for each of them
            coords = np.concatenate([detail.arrays["boxes"][chosen, :2], coords])
            detail = None
    if not len(rows) and (detail is None or not len(chosen)):
        return False
    progress.report(0.3)
    if isinstance(data, FeatureTable) and detail is None and len(rows) <= 2 * FEW:
        looks = looks_at(style, data, np.asarray(rows, np.int64))
        places = [Places.simple(coords, looks.number)]
    else:
        looks = point_looks(style, data)
        places = [Places.simple(coords, looks.number[rows])] if len(rows) else []
    if detail is not None:
        level = detail.level(0.0)
        places.append(Places(level.coords, level.parts, chosen, on_curve(looks.number, detail)))
    atlas = atlas_of(sheet.stamps, looks.looks, size, rim(data, size, camera))
    progress.report(0.5)
    affine = affine_around(camera, shift=sheet.origin)
    stamp_places(loops, sheet, places, affine, atlas)
    return True


def on_curve(looks: npt.NDArray[np.int16], detail: Detail) -> npt.NDArray[np.int16]:
    """The looks of the features in the order of the curve; -1 for those that are gone. The same
    array for the same looks and curve."""

    def make() -> npt.NDArray[np.int16]:
        order = detail.arrays["order"]
        return np.where(order < 0, np.int16(-1), looks[order])

    by_detail = kept_with(looks, "on curves", WeakKeyDictionary)
    with _laying:  # once, also for threads that need it at the same moment
        found: npt.NDArray[np.int16] | None = by_detail.get(detail)
        if found is None:
            found = by_detail[detail] = make()
    return found


def lines_on_sheet(
    loops: Kernels,
    sheet: Sheet,
    style: LineStyle,
    data: FeatureSet,
    camera: Camera,
    progress: Progress,
) -> bool:
    """All lines of the layer as one coat of colour. False: none can be seen."""
    full = style.width * camera.pixel_ratio
    pieces = _pieces(loops, data, camera, sheet, full + 1)
    if not len(pieces.numbers):
        return False
    progress.report(0.4)
    shares = shown_widths(style, data, camera, pieces.numbers)
    if shares is None:
        widths = np.full(len(pieces.starts) - 1, full)
    else:
        widths = pieces.by_part(shares * full)
    dash = np.array(style.dash, np.float64) * camera.pixel_ratio
    ink = np.uint32(sheet.ink(style.color))
    xy, starts = pieces.xy, pieces.starts
    noting = words_for(sheet.clip, clean_room), UNKNOWN
    loops.lines(sheet.pixels, xy, starts, widths, dash, False, ink, *noting, *sheet.clip)
    return True


def areas_on_sheet(
    loops: Kernels,
    sheet: Sheet,
    style: AreaStyle,
    data: FeatureSet,
    camera: Camera,
    progress: Progress,
) -> bool:
    """Fills in the order of the layer, then all outlines as one coat of colour. False: none can
    be seen."""
    width = style.width * camera.pixel_ratio
    pieces = _pieces(loops, data, camera, sheet, width + 1, ordered=True)
    if not len(pieces.numbers):
        return False
    progress.report(0.4)
    code, fills = area_fills(style, data)
    inks = np.array([sheet.ink(fill) if fill else 0 for fill in fills], np.uint32)
    xy, starts, firsts = pieces.xy, pieces.starts, pieces.firsts
    if inks.any():
        colours, sums = inks[code[pieces.numbers]], sums_for(sheet.clip, clean_room)
        loops.areas(sheet.pixels, xy, starts, firsts, colours, *sums, *sheet.clip)
    progress.report(0.7)
    if style.outline and width > 0:
        widths, ink = np.full(len(starts) - 1, width), np.uint32(sheet.ink(style.outline))
        noting = words_for(sheet.clip, clean_room), UNKNOWN
        loops.lines(sheet.pixels, xy, starts, widths, np.empty(0), True, ink, *noting, *sheet.clip)
    return True


def _pieces(
    loops: Kernels,
    data: FeatureSet,
    camera: Camera,
    sheet: Sheet,
    margin: float,
    *,
    ordered: bool = False,
) -> Pieces:
    """What touches the view grown by some pixels; `ordered`: as it stands in the layer."""
    detail = data.detail_in(camera.crs)
    if detail is None:
        shapes = data.shapes_in(camera.crs)
        near = _different(shapes.owner[in_view(shapes, camera, margin)])
        parts = _parts_of(shapes)
        source = (np.ascontiguousarray(shapes.coords), np.ascontiguousarray(shapes.starts), parts)
        affine = affine_around(camera, shift=sheet.origin)
        first, last = parts[near], parts[near + 1]
        sizes = int((last - first).sum()), int((source[1][last] - source[1][first]).sum())
        return _placed(loops, source, near, near, (1.0, affine, NEAR), sizes)
    level = detail.level(camera.resolution)
    chosen, sizes = _chosen(loops, detail, camera, margin, camera.resolution)
    numbers = detail.arrays["order"][level.kept[chosen]]
    if ordered:
        order = np.argsort(numbers)
        chosen, numbers = chosen[order], numbers[order]
    affine = affine_around(camera, level.origin, sheet.origin)
    source = (level.coords, level.starts, level.parts)
    near_enough = 0.0 if level.pixel else NEAR
    return _placed(loops, source, chosen, numbers, (level.quantum, affine, near_enough), sizes)


def _chosen(
    loops: Kernels, detail: Detail, camera: Camera, margin: float, resolution: float
) -> tuple[Numbers, Sizes]:
    """Which of the features of a level touch the view grown by some pixels; for this thread, until
    it is asked for others."""
    view, level = camera.extent.grown(margin * camera.resolution), detail.level(resolution)
    out, sizes = room("chosen", len(level.kept), np.int64), np.empty(2, np.int64)
    placed = detail.facts.get("placed", len(detail))
    blocks, boxes, order = (detail.arrays[name] for name in ("blocks", "boxes", "order"))
    curve = detail.regions, blocks, boxes, order, placed
    of_level = level.firsts, level.kept, level.parts, level.starts
    count = loops.choose(*curve, *of_level, *view, out, sizes)
    return out[:count], (int(sizes[0]), int(sizes[1]))


def _different(ascending: Numbers) -> Numbers:
    """Each number once. `np.unique` sorts them first, and keeps the interpreter's lock for it."""
    first = np.ones(len(ascending), bool)
    np.not_equal(ascending[1:], ascending[:-1], out=first[1:])
    return ascending[first]


def _placed(
    loops: Kernels,
    source: tuple[npt.NDArray[np.float64], Numbers, Numbers],
    chosen: Numbers,
    numbers: npt.NDArray[Any],
    how: tuple[float, npt.NDArray[np.float64], float],
    sizes: Sizes,
) -> Pieces:
    """sizes: parts and vertices of the chosen features. For this thread, until it places others."""
    xy = room("places", 2 * sizes[1], np.float64).reshape(-1, 2)
    starts = room("starts", sizes[0] + 1, np.int64)
    firsts = room("firsts", len(chosen) + 1, np.int64)
    count = loops.place(*source, chosen, *how, xy, starts, firsts)
    return Pieces(xy[:count], starts, firsts, numbers)


def _parts_of(shapes: Shapes) -> Numbers:
    """The first part of each feature, and one more."""
    n = int(shapes.owner[-1]) + 1 if len(shapes.owner) else 0
    return np.searchsorted(shapes.owner, np.arange(n + 1)).astype(np.int64)
