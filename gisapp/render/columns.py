"""Columns as painters need them: numbers of categories, texts, largest values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import RLock
from typing import Any
from weakref import ref

import numpy as np
import numpy.typing as npt

from gisapp.model.features import Column, FeatureSet, plain

Numbers = npt.NDArray[np.int64]
AT_ONCE = 20_000  # values looked up in one call, which stops the other threads while it runs

_lock = RLock()  # the collector may forget within a lock
_kept: dict[tuple[int, Any], tuple[ref[Any], Any]] = {}
_makers: dict[tuple[int, Any], RLock] = {}  # what is being made


def codes(data: FeatureSet, name: str, values: Sequence[str], rows: Numbers) -> Numbers:
    """For each of the rows, which of the values its column holds; -1: none of them."""
    column = column_of(data, name)
    if column is None:
        return np.full(len(rows), -1, np.int64)
    if len(rows) * 4 < len(column):
        return _look_up(column[rows], values)
    known = _remembered(column, ("codes", tuple(values)))
    if known is None:
        known = _remember(column, ("codes", tuple(values)), _look_up(column, values))
    found: Numbers = known[rows]
    return found


def codes_at(
    data: FeatureSet, name: str, values: Sequence[str], rows: Numbers
) -> npt.NDArray[np.int16] | None:
    """As `codes`, of a few rows and without making the whole column; None if there is none."""
    if not name or not values or not any(field.name == name for field in data.fields):
        return None
    return _look_up(np.asarray(data.values_at(name, rows)), values).astype(np.int16)


def texts(data: FeatureSet, name: str, rows: Numbers) -> list[str]:
    """What the column says, as short text; empty for nothing."""
    column = column_of(data, name)
    if column is None:
        return [""] * len(rows)
    return [value if type(value) is str else as_text(value) for value in column[rows]]


def reals(data: FeatureSet, name: str) -> npt.NDArray[np.float64] | None:
    """A column as numbers, NaN where it holds none; None if there is no such column."""
    column = column_of(data, name)
    if column is None:
        return None
    if column.dtype != object:
        return column.astype(np.float64) if column.dtype.kind in "iufb" else None
    known = _remembered(column, "reals")
    if known is None:
        numbers = [value if isinstance(value, int | float) else np.nan for value in column]
        known = _remember(column, "reals", np.array(numbers, np.float64))
    found: npt.NDArray[np.float64] = known
    return found


def column_of(data: FeatureSet, name: str) -> Column | None:
    return data.column(name) if any(field.name == name for field in data.fields) else None


def as_text(value: Any) -> str:
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


def kept_with(owner: Any, what: Any, make: Callable[[], Any]) -> Any:
    """What was made of something before, kept for as long as that itself lives.

    A second thread that needs the same waits for it; one that needs something else does not.
    """
    known = _remembered(owner, what)
    if known is not None:
        return known
    key = (id(owner), what)
    with _lock:
        making = _makers.setdefault(key, RLock())
    try:
        with making:
            known = _remembered(owner, what)
            return _remember(owner, what, make()) if known is None else known
    finally:
        with _lock:
            _makers.pop(key, None)


def _look_up(column: Column, values: Sequence[str]) -> Numbers:
    index: dict[Any, int] = {value: number for number, value in enumerate(values)}
    if column.dtype != object:
        listed = column.tolist()
        index = {item: index.get(as_text(item), -1) for item in set(listed)}
        column = np.array(listed, object) if listed else np.empty(0, object)
    elif not all(isinstance(value, str) for value in column[:50]):
        index |= {int(v): n for n, v in enumerate(values) if v.lstrip("-").isdigit()}
    out = np.empty(len(column), np.int64)
    for first in range(0, len(column), AT_ONCE):
        some = column[first : first + AT_ONCE].tolist()
        out[first : first + AT_ONCE] = [index.get(value, -1) for value in some]
    return out


def _remembered(column: Any, what: Any) -> Any:
    with _lock:
        entry = _kept.get((id(column), what))
    return entry[1] if entry is not None and entry[0]() is column else None


def _remember(column: Any, what: Any, result: Any) -> Any:
    key = (id(column), what)

    def forget(_: Any) -> None:
        with _lock:
            _kept.pop(key, None)

    with _lock:
        _kept[key] = (ref(column, forget), result)
    return result
