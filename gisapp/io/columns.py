"""Columns of a file (Arrow) to the arrays and fields of a layer."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.model.columns import Coded, Plain, Stored, Texts
from gisapp.model.compact import AGAIN, SAMPLE
from gisapp.model.feature_ids import NumberIds
from gisapp.model.field import Field, FieldKind
from gisapp.model.known_columns import known_field


def read_column(name: str, values: Any) -> tuple[Field, Stored] | None:
    """A pyarrow ChunkedArray as field and compact column; None for a kind that cannot be shown.

    real: float64 with NaN. integer and boolean: int64 and bool, with what is missing. date:
    ISO 8601 text, UTC marked with Z. Others: text, None where missing. No Python objects are made
    here, so that other threads are not stopped.
    """
    import pyarrow as pa
    import pyarrow.types as kinds

    kind = values.type
    if kinds.is_dictionary(kind):
        values = values.cast(kind.value_type)
        kind = values.type
    if kinds.is_integer(kind):
        return known_field(name, "integer"), _plain(values.cast(pa.int64()), 0, np.int64)
    if kinds.is_boolean(kind):
        return known_field(name, "boolean"), _plain(values.cast(pa.uint8()), 0, np.bool_)
    if kinds.is_floating(kind) or kinds.is_decimal(kind):
        reals = values.cast(pa.float64()).to_numpy()
        return known_field(name, "real"), Plain(np.array(reals, np.float64))
    if kinds.is_timestamp(kind) or kinds.is_date(kind):
        return known_field(name, "date"), _times(values)
    if kinds.is_string(kind) or kinds.is_large_string(kind):
        return known_field(name, "text"), _texts(values)
    if kinds.is_time(kind) or kinds.is_null(kind):
        return known_field(name, "text"), _texts(values.cast(pa.string()))
    if kinds.is_list(kind) or kinds.is_large_list(kind) or kinds.is_struct(kind):
        field_kind: FieldKind = "text" if kinds.is_struct(kind) else "list"
        return known_field(name, field_kind), Texts.of(
            [None if v is None else json.dumps(v, ensure_ascii=False, default=str)
             for v in values.to_pylist()]
        )  # fmt: skip
    return None


def fids_of(batches: list[Any], name: str, count: int) -> NumberIds:
    """The file's own numbers of its features; 0, 1, ... if it has none."""
    if batches and batches[0].schema.get_field_index(name) >= 0:
        return NumberIds.of(np.concatenate([b.column(name).to_numpy() for b in batches]))
    return NumberIds(count)


def _plain(values: Any, fill: int, dtype: Any) -> Plain:
    missing = values.is_null().to_numpy() if values.null_count else None
    numbers = values.fill_null(fill) if missing is not None else values
    return Plain(numbers.to_numpy().astype(dtype), missing)


def _texts(values: Any) -> Texts | Coded:
    """Bytes as they are; of a character that was cut off by the width of a field, a mark remains
    when it is decoded."""
    sample = values.slice(0, SAMPLE)
    if len(sample) and len(sample.unique()) <= AGAIN * len(sample):
        coded = values.dictionary_encode().combine_chunks()
        chunks = getattr(coded, "chunks", [coded])
        if len(chunks) == 1:
            codes = chunks[0].indices.fill_null(-1).to_numpy().astype(np.int32)
            return Coded(codes, _blob(chunks[0].dictionary))
    return _blob(values)


def _blob(values: Any) -> Texts:
    """The buffers of an Arrow array of texts, without copying them more than once."""
    import pyarrow as pa

    values = values.cast(pa.large_binary())
    if isinstance(values, pa.ChunkedArray):
        values = pa.concat_arrays(values.chunks) if values.num_chunks else pa.array([], values.type)
    missing = values.is_null().to_numpy(zero_copy_only=False) if values.null_count else None
    _, offsets, data = values.buffers()
    if offsets is None or data is None or not len(values):
        ends = np.zeros(len(values) + 1, np.int64)
        return Texts(np.empty(0, np.uint8), ends, missing)
    ends = np.frombuffer(offsets, np.int64)[values.offset : values.offset + len(values) + 1]
    raw = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]
    return Texts(raw, ends - ends[0], missing)


def whole_numbers(values: Any, dtype: Any = np.int64) -> npt.NDArray[Any]:
    """An Arrow array of integers or booleans; objects and None when some are missing."""
    if values.null_count:
        return _objects(values.to_pylist())
    return np.array(values.to_numpy(zero_copy_only=False)).astype(dtype, copy=False)


def _times(values: Any) -> Coded:
    """As text, each moment once."""
    import pyarrow as pa
    import pyarrow.types as kinds

    if kinds.is_date(values.type):
        suffix, unit = "", "D"
        moments = values.cast(pa.date32()).to_numpy().astype("datetime64[D]")
    else:
        suffix, unit = "Z" if values.type.tz else "", "s"
        exact = values.cast(pa.timestamp("ms", values.type.tz), safe=False)
        moments = exact.to_numpy().astype("datetime64[s]")
    different, places = np.unique(moments.view(np.int64), return_inverse=True)
    words = np.datetime_as_string(different.view(f"datetime64[{unit}]"))
    codes: npt.NDArray[np.int32] = places.astype(np.int32)
    codes[np.isnat(moments)] = -1
    return Coded(codes, Texts.of([str(word) + suffix for word in words.tolist()]))


def _objects(values: Any) -> npt.NDArray[Any]:
    out = np.empty(len(values), object)
    out[:] = values
    return out
