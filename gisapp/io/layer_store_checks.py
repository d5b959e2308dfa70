"""Whether the arrays of a prepared layer fit together, looked at before anything follows them.

Compiled loops do not look where they read, and a file may have come with somebody else's project
or from a disk that flips bits. Only what points into another array is read here: some milliseconds
for a million features. Each function raises ValueError.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.model.columns import Coded, Plain, Stored, Texts
from gisapp.model.compact import AsJson
from gisapp.model.detail import BLOCK, Detail
from gisapp.model.feature_ids import FeatureIds, NumberIds, TextIds
from gisapp.model.features import Shapes

Array = npt.NDArray[Any]
KINDS = ("point", "line", "area")
MOST_LEVELS = 64


def check_ids(ids: FeatureIds) -> None:
    if isinstance(ids, TextIds) and isinstance(ids.stored, Texts):
        _check_texts(ids.stored)
    elif isinstance(ids, NumberIds):
        _sure(ids.listed is None or (_is(ids.listed, "i", 1) and len(ids.listed) == ids.count))
        _sure(isinstance(ids.count, int) and isinstance(ids.first, int) and ids.count >= 0)
        _sure(ids.count < 2**31 and abs(ids.first) < 2**62)


def check_column(stored: Stored, features: int) -> None:
    if isinstance(stored, Texts):
        _check_texts(stored)
    elif isinstance(stored, AsJson):
        _check_texts(stored.texts)
    elif isinstance(stored, Coded):
        _check_texts(stored.words)
        _sure(_is(stored.codes, "i", 1) and _within(stored.codes, -1, len(stored.words)))
    elif isinstance(stored, Plain):
        _sure(stored.numbers.ndim == 1 and stored.numbers.dtype.kind in "biufM")
        _check_missing(stored.missing, len(stored))
    _sure(len(stored) == features)


def check_shapes(shapes: Shapes, features: int) -> None:
    _sure(shapes.kind in KINDS)
    _sure(_is_table(shapes.coords, "f", 2) and shapes.coords.dtype == np.float64)
    _check_steps(shapes.starts, len(shapes.owner), len(shapes.coords))
    _sure(_is(shapes.owner, "i", 1) and _within(shapes.owner, 0, features))
    _sure(bool((shapes.owner[1:] >= shapes.owner[:-1]).all()))
    boxes = shapes.known_boxes
    if boxes is not None:
        _sure(_is_table(boxes, "f", 4) and boxes.dtype == np.float64)
        _sure(len(boxes) == len(shapes.owner))


def check_detail(detail: Detail, features: int) -> None:
    arrays, facts = detail.arrays, detail.facts
    order, boxes, blocks = arrays["order"], arrays["boxes"], arrays["blocks"]
    _sure(detail.kind in KINDS and isinstance(detail.crs, str))
    _sure(order.dtype == np.int32 and order.ndim == 1 and _within(order, 0, features))
    for array, count in ((boxes, len(order)), (blocks, -(-len(order) // BLOCK))):
        _sure(_is_table(array, "f", 4) and array.dtype == np.float64 and len(array) == count)
    if (lengths := arrays.get("lengths")) is not None:
        _sure(lengths.dtype == np.float64 and lengths.shape == order.shape)
    _check_facts(facts, len(order))
    for number in range(len(facts["pixels"]) + 1):
        _check_level(arrays, str(number or ""), len(order), len(blocks))


def _check_facts(facts: Mapping[str, Any], count: int) -> None:
    pixels, quanta = facts["pixels"], facts["quanta"]
    _sure(isinstance(facts["placed"], int) and 0 <= facts["placed"] <= count)
    _sure(len(pixels) == len(quanta) <= MOST_LEVELS and len(facts["origin"]) == 2)
    for number in (*pixels, *quanta, *facts["origin"]):
        _sure(isinstance(number, int | float) and math.isfinite(number))


def _check_level(arrays: Mapping[str, Array], end: str, features: int, blocks: int) -> None:
    kept, firsts, parts, starts, coords = (
        arrays[name + end] for name in ("kept", "firsts", "parts", "starts", "coords")
    )
    _sure(kept.dtype == np.int32 and kept.ndim == 1 and _within(kept, 0, features))
    _check_steps(firsts, blocks, len(kept))
    _check_steps(parts, len(kept), len(starts) - 1)
    _check_steps(starts, len(starts) - 1, len(coords))
    _sure(bool((starts[1:] > starts[:-1]).all()))  # no part without vertices
    _sure(_is_table(coords, "i" if end else "f", 2))
    _sure(coords.dtype == (np.int32 if end else np.float64))


def _check_texts(texts: Texts) -> None:
    _sure(texts.data.dtype == np.uint8 and texts.data.ndim == 1)
    _check_steps(texts.ends, len(texts), len(texts.data))
    _check_missing(texts.missing, len(texts))


def _check_missing(missing: Array | None, count: int) -> None:
    _sure(missing is None or (missing.dtype == np.bool_ and missing.shape == (count,)))


def _check_steps(steps: Array, count: int, end: int) -> None:
    """`count` pieces, one behind the other, of an array of `end` entries."""
    _sure(_is(steps, "i", 1) and len(steps) == count + 1 and count >= 0)
    _sure(bool(steps[0] >= 0) and bool(steps[-1] <= end))
    _sure(bool((steps[1:] >= steps[:-1]).all()))


def _within(numbers: Array, low: int, end: int) -> bool:
    return not len(numbers) or bool(numbers.min() >= low and numbers.max() < end)


def _is(array: Array, kind: str, dimensions: int) -> bool:
    return array.dtype.kind == kind and array.dtype.isnative and array.ndim == dimensions


def _is_table(array: Array, kind: str, columns: int) -> bool:
    return _is(array, kind, 2) and array.shape[1] == columns


def _sure(good: bool) -> None:
    if not good:
        raise ValueError("A prepared layer whose parts do not fit together.")
