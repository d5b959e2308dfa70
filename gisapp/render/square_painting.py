"""Squares with few features: all of a layer in one call of a compiled loop.

What comes out is what gisapp.render.sheet_painting draws step by step; these functions answer None
where they leave a square to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from gisapp.model.detail import Detail, Level
from gisapp.model.features import FeatureSet
from gisapp.model.style import AreaStyle, LineStyle, PointStyle
from gisapp.model.table import FeatureTable
from gisapp.render.camera import Camera
from gisapp.render.canvas import StampMaker
from gisapp.render.compiled import Kernels
from gisapp.render.compiled_areas import sums_for
from gisapp.render.compiled_lines import words_for
from gisapp.render.compiled_squares import TOO_MANY
from gisapp.render.drawing_memory import clean_room, room
from gisapp.render.looks import area_fills, point_looks
from gisapp.render.parts import affine_around
from gisapp.render.rims import rim
from gisapp.render.sheet_painting import NEAR, on_curve
from gisapp.render.square_memory import Pixels
from gisapp.render.stamps import atlas_of
from gisapp.render.states import States

POINTS, VERTICES, PARTS = 32_768, 131_072, 32_768  # that are drawn in one call

_crowded: WeakKeyDictionary[Detail, float] = WeakKeyDictionary()  # map units a pixel that had more


class Square(NamedTuple):
    """What is drawn on, and how it sees the map."""

    pixels: Pixels
    states: States  # of its pieces, before and after
    camera: Camera
    stamps: StampMaker
    ink: Callable[[str], int]  # a colour as one pixel


def points_square(
    loops: Kernels, square: Square, style: PointStyle, data: FeatureSet
) -> int | None:
    """EMPTY (then nothing was written), SOME or OPAQUE; None: it is not for this."""
    camera = square.camera
    detail = data.detail_in(camera.crs)
    if detail is None or isinstance(data, FeatureTable) or not _fits(detail, camera):
        return None
    size = round(style.size * camera.pixel_ratio, 2)
    looks = point_looks(style, data)
    atlas = atlas_of(square.stamps, looks.looks, size, rim(data, size, camera))
    level = detail.level(0.0)
    return _answer(
        loops.points_square(
            *(square.pixels, square.states, *_search(detail, level, camera, size + 2)),
            *(level.coords, on_curve(looks.number, detail), affine_around(camera)),
            *(*_sorting(POINTS), *atlas),
        ),
        *(detail, camera),
    )


def lines_square(loops: Kernels, square: Square, style: LineStyle, data: FeatureSet) -> int | None:
    """As `points_square`; lines whose width follows a field are not for this."""
    camera = square.camera
    detail, width = data.detail_in(camera.crs), style.width * camera.pixel_ratio
    if detail is None or style.width_by or not _fits(detail, camera):
        return None
    level = detail.level(camera.resolution)
    dash = np.array(style.dash, np.float64) * camera.pixel_ratio
    return _answer(
        loops.lines_square(
            *(
                level.coords,
                square.pixels,
                square.states,
                *_search(detail, level, camera, width + 1),
            ),
            *(*_placing(level, camera), width, dash, square.ink(style.color)),
            words_for((0, 0, *camera.size), clean_room),
        ),
        *(detail, camera),
    )


def areas_square(loops: Kernels, square: Square, style: AreaStyle, data: FeatureSet) -> int | None:
    """As `points_square`."""
    camera = square.camera
    detail, width = data.detail_in(camera.crs), style.width * camera.pixel_ratio
    code, fills = area_fills(style, data)
    if detail is None or not all(fills) or not _fits(detail, camera):
        return None
    level = detail.level(camera.resolution)
    box = (0, 0, *camera.size)
    inks = np.array([square.ink(fill) for fill in fills], np.uint32)
    outlined = width if style.outline else 0.0
    return _answer(
        loops.areas_square(
            *(
                level.coords,
                square.pixels,
                square.states,
                *_search(detail, level, camera, width + 1),
            ),
            *(*_placing(level, camera), outlined, square.ink(style.outline or fills[0])),
            *(words_for(box, clean_room), *_sorting(PARTS)),
            *(code, inks, room("colours", PARTS, np.uint32), *sums_for(box, clean_room)),
        ),
        *(detail, camera),
    )


def _search(detail: Detail, level: Level, camera: Camera, margin: float) -> tuple[Any, ...]:
    """What the loops need to find what touches the view grown by some pixels."""
    arrays = detail.arrays
    curve = detail.regions, arrays["blocks"], arrays["boxes"], arrays["order"]
    placed = detail.facts.get("placed", len(detail))
    view = camera.extent.grown(margin * camera.resolution)
    chosen, sizes = room("chosen", len(level.kept), np.int64), np.empty(2, np.int64)
    of_level = level.firsts, level.kept, level.parts, level.starts
    return *curve, placed, *of_level, *view, chosen, sizes


def _placing(level: Level, camera: Camera) -> tuple[Any, ...]:
    """What the loops need to place what they found: how, and the room for it."""
    affine = affine_around(camera, level.origin)
    xy = room("places", 2 * VERTICES, np.float64)[: 2 * VERTICES].reshape(-1, 2)
    starts = room("starts", PARTS + 1, np.int64)
    firsts = room("firsts", PARTS + 1, np.int64)
    widths: npt.NDArray[np.float64] = room("widths", PARTS + 1, np.float64)
    return level.quantum, affine, 0.0 if level.pixel else NEAR, xy, starts, firsts, widths


def _sorting(count: int) -> tuple[Any, Any]:
    """Room for so many keys, and again while they are sorted."""
    return room("keys", count, np.uint64), room("spare", count, np.uint64)


def _fits(detail: Detail, camera: Camera) -> bool:
    """Whether a square may hold little enough: not when one of this scale held too much, and not of
    a layer that was edited."""
    return "beside" not in detail.arrays and camera.resolution < _crowded.get(detail, np.inf)


def _answer(ink: int, detail: Detail, camera: Camera) -> int | None:
    if ink != TOO_MANY:
        return ink
    _crowded[detail] = camera.resolution
    return None
