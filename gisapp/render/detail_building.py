"""Making a `Detail` of shapes: their order on a curve, boxes, and what is drawn at each scale."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.model.detail import BLOCK, Detail
from gisapp.model.features import Shapes
from gisapp.model.progress import Part, Progress
from gisapp.render.compiled import Kernels, kernels
from gisapp.render.line_lengths import line_lengths

TOLERANCE = 0.45  # of a level's pixel; with the rounding below it stays under half of it
STEPS = 32  # quanta in a level's pixel
COARSEST = 256  # pixels of the coarsest level across the whole layer
STEP = math.sqrt(2)  # from one level to the next
WORTH = 0.85  # a level with more of the vertices of the one before is not worth its room
AT_ONCE = 20_000  # features between two looks at the progress
Array = npt.NDArray[Any]


def build_detail(shapes: Shapes, crs: str, progress: Progress) -> Detail:
    """The detail of shapes whose coordinates are in `crs`.

    A part with a coordinate that is not a number is left out, and so is one without vertices;
    a feature of which nothing is left is nowhere (NaN box, last on the curve). Coordinates of a
    level are less than half a pixel of that level away from the line they stand for. The loops
    must have been loaded (RuntimeError). Takes about 0.4 µs a vertex; can be cancelled.
    """
    loops = kernels()
    if loops is None:
        raise RuntimeError("The compiled loops are not loaded.")
    coords = np.ascontiguousarray(shapes.coords, np.float64)
    starts = np.ascontiguousarray(shapes.starts, np.int64)
    owner = np.ascontiguousarray(shapes.owner, np.int64)
    n = int(owner[-1]) + 1 if len(owner) else 0
    good, boxes = _measured(loops, coords, starts, owner, n, Part(progress, 0, 0.12))
    keys, left, bottom, side = _curve(loops, boxes)
    progress.report(0.12)
    order = (keys & np.uint64(0xFFFFFFFF)).astype(np.int32)
    placed = int(np.count_nonzero(boxes[:, 0] == boxes[:, 0]))
    boxes = boxes[order]
    arrays: dict[str, Array] = {"order": order, "boxes": boxes, "blocks": _blocks(boxes)}
    if shapes.kind == "line":
        arrays["lengths"] = line_lengths(shapes, n, Part(progress, 0.12, 0.2))
    first_parts = np.searchsorted(owner, np.arange(n + 1))
    source = (coords, starts, first_parts, good, order)
    arrays |= _gathered(loops, source, placed, Part(progress, 0.2, 0.35))
    arrays["kept"] = np.arange(placed, dtype=np.int32)
    arrays["firsts"] = np.minimum(np.arange(len(arrays["blocks"]) + 1) * BLOCK, placed)
    facts: dict[str, Any] = {"placed": placed, "pixels": [], "quanta": [], "origin": [left, bottom]}
    if shapes.kind != "point" and placed:
        closed = shapes.kind == "area"
        levels = _levels(loops, arrays, keys, closed, (left, bottom, side), Part(progress, 0.35, 1))
        for number, (pixel, made) in enumerate(levels, 1):
            facts["pixels"].append(pixel)
            facts["quanta"].append(pixel / STEPS)
            arrays |= {f"{name}{number}": array for name, array in made.items()}
    progress.report(1.0)
    return Detail(shapes.kind, crs, arrays, facts)


def _measured(
    loops: Kernels, coords: Array, starts: Array, owner: Array, n: int, progress: Progress
) -> tuple[Array, Array]:
    parts = len(owner)
    good, boxes = np.zeros(parts, np.bool_), np.full((n, 4), np.nan)
    for first in range(0, parts, AT_ONCE):
        progress.report(first / parts)
        loops.measure(coords, starts, owner, first, min(parts, first + AT_ONCE), good, boxes)
    return good, boxes


def _curve(loops: Kernels, boxes: Array) -> tuple[Array, float, float, float]:
    """Sorted keys, and the square they cover: left, bottom, side."""
    placed = boxes[boxes[:, 0] == boxes[:, 0]]
    left, bottom, side = 0.0, 0.0, 1.0
    if len(placed):
        left, bottom = float(placed[:, 0].min()), float(placed[:, 1].min())
        side = max(float(placed[:, 2].max()) - left, float(placed[:, 3].max()) - bottom)
        side = side or 1.0
    keys = np.empty(len(boxes), np.uint64)
    loops.curve(boxes, left, bottom, 65535 / side, keys)
    keys.sort()
    return keys, left, bottom, side


def _blocks(boxes: Array) -> Array:
    if not len(boxes):
        return np.empty((0, 4))
    at = np.arange(0, len(boxes), BLOCK)
    low = np.fmin.reduceat(boxes[:, :2], at, axis=0)
    return np.hstack([low, np.fmax.reduceat(boxes[:, 2:], at, axis=0)])


def _gathered(
    loops: Kernels, source: tuple[Array, ...], placed: int, progress: Progress
) -> dict[str, Array]:
    """The good parts as they are, in the order of the curve."""
    parts, starts, coords = np.zeros(placed + 1, np.int64), np.zeros(1, np.int64), np.empty((0, 2))
    count, total = 0, 0
    for first in range(0, placed, AT_ONCE):
        progress.report(0.3 * first / placed)
        last = min(placed, first + AT_ONCE)
        count, some = loops.gather(*source, first, last, parts, coords, starts)
        total += some
    starts, coords = np.zeros(count + 1, np.int64), np.empty((total, 2))
    for first in range(0, placed, AT_ONCE):
        progress.report(0.3 + 0.7 * first / placed)
        loops.gather(*source, first, min(placed, first + AT_ONCE), parts, coords, starts)
    return {"parts": parts, "starts": starts, "coords": coords}


def _levels(
    loops: Kernels,
    arrays: dict[str, Array],
    keys: Array,
    closed: bool,
    square: tuple[float, float, float],
    progress: Progress,
) -> list[tuple[float, dict[str, Array]]]:
    """Pixel size and arrays of each level that is worth keeping, finest first."""
    coords, starts, parts = arrays["coords"], arrays["starts"], arrays["parts"]
    weights, widths = np.empty(len(coords), np.float32), np.empty(len(starts) - 1)
    for first in range(0, len(widths), AT_ONCE):
        progress.report(0.4 * first / len(widths))
        last = min(len(widths), first + AT_ONCE)
        loops.weigh(coords, starts, first, last, closed, weights, widths)
    left, bottom, side = square
    origin = np.array([left, bottom])
    pixel = max(_spacing(coords, starts), side / 2**25)
    levels: list[tuple[float, dict[str, Array]]] = []
    before = len(coords) + len(parts)
    total = max(1, math.ceil(2 * math.log2(max(2.0, side / COARSEST / pixel))))
    done = 0
    while pixel < side / COARSEST:
        fine = math.ceil(math.log2(2 * side / pixel))  # a cell of the curve is half a pixel
        shift = 32 + 2 * (16 - fine) if fine <= 16 else -1
        source = (coords, starts, parts, weights, widths, keys, closed)
        asked = (*source, pixel, TOLERANCE * pixel, shift, origin, pixel / STEPS)
        step = Part(progress, 0.4 + 0.6 * done / total, 0.4 + 0.6 * min(1, (done + 1) / total))
        made = _level(loops, asked, len(parts) - 1, WORTH * before, step)
        if made is not None:
            made["firsts"] = np.searchsorted(
                made["kept"], np.arange(len(arrays["blocks"]) + 1) * BLOCK
            )
            levels.append((pixel, made))
            before = len(made["coords"]) + len(made["parts"])
        pixel *= STEP
        done += 1
    return levels


def _level(
    loops: Kernels, asked: tuple[Any, ...], n: int, worth: float, progress: Progress
) -> dict[str, Array] | None:
    counts = np.array([0, 0, 0, -1])
    kept, parts, starts = np.empty(0, np.int32), np.zeros(1, np.int64), np.zeros(1, np.int64)
    coords = np.empty((0, 2), np.int32)
    for first in range(0, n, AT_ONCE):
        progress.report(first / n / 2)
        last = min(n, first + AT_ONCE)
        loops.thin_level(*asked, first, last, counts, kept, parts, starts, coords)
    if counts[2] + counts[0] > worth:
        return None
    kept, parts = np.empty(counts[0], np.int32), np.zeros(counts[0] + 1, np.int64)
    starts, coords = np.zeros(counts[1] + 1, np.int64), np.empty((counts[2], 2), np.int32)
    counts[:] = 0, 0, 0, -1
    for first in range(0, n, AT_ONCE):
        progress.report(0.5 + first / n / 2)
        last = min(n, first + AT_ONCE)
        loops.thin_level(*asked, first, last, counts, kept, parts, starts, coords)
    return {"kept": kept, "parts": parts, "starts": starts, "coords": coords}


def _spacing(coords: Array, starts: Array) -> float:
    """The usual distance between two vertices that follow each other."""
    if len(coords) < 2:
        return 1.0
    some = np.unique(np.linspace(0, len(coords) - 2, 20_000).astype(np.int64))
    joined = np.searchsorted(starts, some, "right") == np.searchsorted(starts, some + 1, "right")
    some = some[joined]
    if not len(some):
        return 1.0
    steps = np.hypot(*(coords[some + 1] - coords[some]).T)
    steps = steps[steps > 0]
    return float(np.median(steps)) if len(steps) else 1.0
