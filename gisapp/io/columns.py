"""Columns of a file (Arrow) to the arrays and fields of a layer."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.model.field import Field, FieldKind
from gisapp.model.known_columns import known_field


def read_column(name: str, values: Any) -> tuple[Field, npt.NDArray[Any]] | None:
    """A pyarrow ChunkedArray as field and array; None for a kind that cannot be shown.

    real: float64 with NaN. integer and boolean: int64 and bool, or objects when some are missing
    (None). date: ISO 8601 text, UTC marked with Z. Others: text, None where missing.
    """
    import pyarrow as pa
    import pyarrow.types as kinds

    kind = values.type
    if kinds.is_dictionary(kind):
        values = values.cast(kind.value_type)
        kind = values.type
    if kinds.is_integer(kind):
        return known_field(name, "integer"), whole_numbers(values)
    if kinds.is_boolean(kind):
        return known_field(name, "boolean"), whole_numbers(values, np.bool_)
    if kinds.is_floating(kind) or kinds.is_decimal(kind):
        reals = values.cast(pa.float64()).to_numpy()
        return known_field(name, "real"), np.array(reals, np.float64)
    if kinds.is_timestamp(kind) or kinds.is_date(kind):
        return known_field(name, "date"), _times(values)
    if kinds.is_string(kind) or kinds.is_large_string(kind):
        return known_field(name, "text"), _texts(values)
    if kinds.is_time(kind) or kinds.is_null(kind):
        return known_field(name, "text"), _objects(values.cast(pa.string()).to_numpy())
    if kinds.is_list(kind) or kinds.is_large_list(kind) or kinds.is_struct(kind):
        field_kind: FieldKind = "text" if kinds.is_struct(kind) else "list"
        return known_field(name, field_kind), _objects(
            [None if v is None else json.dumps(v, ensure_ascii=False, default=str)
             for v in values.to_pylist()]
        )  # fmt: skip
    return None


def texts_of(numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Whole numbers as text objects, for ids."""
    return _objects(list(map(str, numbers.tolist())))


def whole_numbers(values: Any, dtype: Any = np.int64) -> npt.NDArray[Any]:
    """An Arrow array of integers or booleans; objects and None when some are missing."""
    if values.null_count:
        return _objects(values.to_pylist())
    return np.array(values.to_numpy(zero_copy_only=False)).astype(dtype, copy=False)


def _texts(values: Any) -> npt.NDArray[Any]:
    """Text; of a character that was cut off by the width of a field, a mark remains."""
    import pyarrow as pa

    try:
        return _objects(values.to_numpy(zero_copy_only=False))
    except pa.ArrowException:
        raw = values.cast(pa.large_binary()).to_pylist()
        return _objects([None if v is None else v.decode("utf-8", "replace") for v in raw])


def _times(values: Any) -> npt.NDArray[Any]:
    import pyarrow as pa
    import pyarrow.types as kinds

    if kinds.is_date(values.type):
        suffix = ""
        moments = values.cast(pa.date32()).to_numpy().astype("datetime64[D]")
    else:
        suffix = "Z" if values.type.tz else ""
        exact = values.cast(pa.timestamp("ms", values.type.tz), safe=False)
        moments = exact.to_numpy().astype("datetime64[s]")
    texts = np.datetime_as_string(moments).astype(object) + suffix
    texts[np.isnat(moments)] = None
    return np.asarray(texts)


def _objects(values: Any) -> npt.NDArray[Any]:
    out = np.empty(len(values), object)
    out[:] = values
    return out
