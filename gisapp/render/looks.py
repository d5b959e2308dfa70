"""How each feature of a layer looks: worked out once for a style, for all pictures of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gisapp.model.columns import Coded, Columns, Plain
from gisapp.model.features import Features, FeatureSet
from gisapp.model.style import AreaStyle, LineStyle, PointStyle
from gisapp.render.columns import as_text, codes, codes_at, column_of, kept_with, reals

WIDTHS = 8  # steps from the thinnest to the thickest line
THINNEST = 0.25  # of the full width
CLOSE = 1000  # whole numbers no farther from each other are looked up in a table
Codes = npt.NDArray[np.int16]


class PointLooks(NamedTuple):
    """`number[f]` is which of the looks (shape or marker, colour) feature f has; the first of
    the looks lies on top."""

    number: Codes
    looks: tuple[tuple[str, str], ...]


def point_looks(style: PointStyle, data: FeatureSet) -> PointLooks:
    """The first category lies on top, in it the first kind; what is neither lies below."""
    state = category_codes(data, style.by, tuple(c.value for c in style.categories))
    kind = category_codes(data, style.shape_by, tuple(value for value, _ in style.shapes))
    if state is None and kind is None:
        return PointLooks(_alike(len(data)), ((style.marker or style.shape, style.color),))

    def make() -> PointLooks:
        return _both(style, state, kind, len(data))

    owner = state if state is not None else kind
    what = ("looks", style.categories, style.shapes, style.shape, style.marker, style.color)
    found: PointLooks = kept_with(owner, (*what, style.shape_by), make)
    return found


def looks_at(style: PointStyle, data: FeatureSet, rows: npt.NDArray[np.int64]) -> PointLooks:
    """Of a few features only (`number[i]` is that of rows[i]): what an edit changed."""
    state = codes_at(data, style.by, tuple(c.value for c in style.categories), rows)
    kind = codes_at(data, style.shape_by, tuple(value for value, _ in style.shapes), rows)
    return _both(style, state, kind, len(rows))


def _both(style: PointStyle, state: Codes | None, kind: Codes | None, n: int) -> PointLooks:
    states, kinds = len(style.categories), len(style.shapes)
    both = _or_last(state, states, n)
    if kinds:
        both *= kinds + 1
        both += _or_last(kind, kinds, n)
    seen = np.bincount(both, minlength=(states + 1) * (kinds + 1)) > 0
    there = np.flatnonzero(seen)
    number = np.zeros(len(seen), np.int16)
    number[there] = np.arange(len(there))
    looks = tuple(_point_look(style, *divmod(k, kinds + 1)) for k in there.tolist())
    return PointLooks(number[both], looks)


def _or_last(codes: Codes | None, last: int, n: int) -> npt.NDArray[np.intp]:
    """The codes as places in a table, `last` where they say -1. One's own."""
    if codes is None:
        return np.full(n, last, np.intp)
    places = codes.astype(np.intp)
    if len(places) and places.min() < 0:
        places[places < 0] = last
    return places


def _point_look(style: PointStyle, state: int, kind: int) -> tuple[str, str]:
    shape, color = style.marker or style.shape, style.color
    if state < len(style.categories):
        color = style.categories[state].color
        shape = style.categories[state].shape or shape
    if kind < len(style.shapes):
        shape = style.shapes[kind][1]
    return shape, color


def line_widths(style: LineStyle, data: FeatureSet) -> npt.NDArray[np.float64] | None:
    """The width of each feature as a share of the full one; None: all have that.

    It grows with the root of the value, as that of a river does with its discharge.
    """
    column = column_of(data, style.width_by) if style.width_by else None
    if column is None:
        return None

    def make() -> npt.NDArray[np.float64]:
        values = reals(data, style.width_by)
        if values is None or not np.isfinite(values).any():
            return np.ones(len(data))
        largest = max(float(np.nanmax(values)), 1e-300)
        if _is_close(column):
            low, high = int(column.min()), int(column.max())
            places = column.astype(np.intp, copy=False) - low
            return _shares(np.arange(low, high + 1.0), largest)[places]
        return _shares(values, largest)

    found: npt.NDArray[np.float64] = kept_with(column, "widths", make)
    return found


def _shares(values: npt.NDArray[np.float64], largest: float) -> npt.NDArray[np.float64]:
    share = np.sqrt(np.clip(np.nan_to_num(values) / largest, 0, 1))
    steps = np.round(share * (WIDTHS - 1)) / (WIDTHS - 1)
    shares: npt.NDArray[np.float64] = THINNEST + (1 - THINNEST) * steps
    return shares


def area_fills(style: AreaStyle, data: FeatureSet) -> tuple[Codes, tuple[str, ...]]:
    """By feature, which of the fills."""
    code = category_codes(data, style.by, tuple(c.value for c in style.categories))
    fills = (*(c.color for c in style.categories), style.fill)  # -1 is the last
    return (_alike(len(data)), (style.fill,)) if code is None else (code, fills)


def category_codes(data: FeatureSet, name: str, values: tuple[str, ...]) -> Codes | None:
    """For each feature, which of the values its column holds; -1: none of them.

    None if there is nothing to look at. Worked out once for a column and its values.
    """
    if not name or not values or not any(field.name == name for field in data.fields):
        return None
    stored: Any = None
    if isinstance(data, Features) and isinstance(data.columns, Columns):
        stored = data.columns.stored[name]
    owner = data.column(name) if stored is None else stored

    def make() -> Codes:
        if isinstance(stored, Coded):
            table = _table(stored.words.values().tolist(), values)
            return table[stored.codes]
        if isinstance(stored, Plain) and stored.missing is None and _is_close(stored.numbers):
            low, high = int(stored.numbers.min()), int(stored.numbers.max())
            table = _table([as_text(value) for value in range(low, high + 1)], values)
            found: Codes = table[stored.numbers.astype(np.intp, copy=False) - low]
            return found
        if isinstance(stored, Plain) and stored.missing is None:
            different, places = np.unique(stored.numbers, return_inverse=True)
            return _table([as_text(value) for value in different.tolist()], values)[places]
        return codes(data, name, values, np.arange(len(data))).astype(np.int16)

    kept: Codes = kept_with(owner, ("categories", values), make)
    return kept


def _is_close(numbers: npt.NDArray[Any]) -> bool:
    """Whether they are whole and lie close together, as numbers of classes do."""
    if numbers.dtype.kind not in "iu" or not len(numbers):
        return False
    return int(numbers.max()) - int(numbers.min()) < CLOSE


def _table(words: Sequence[str | None], values: tuple[str, ...]) -> Codes:
    """Which of the values each word is, and -1 behind the last."""
    index: dict[str | None, int] = {value: number for number, value in enumerate(values)}
    return np.array([*(index.get(word, -1) for word in words), -1], np.int16)


@lru_cache(maxsize=8)
def _alike(n: int) -> Codes:
    return np.zeros(n, np.int16)
