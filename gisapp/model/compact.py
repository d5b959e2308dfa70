"""Arrays of Python objects, as readers and plugins hand them over, as compact columns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gisapp.model.columns import AT_ONCE, Coded, Column, Columns, Numbers, Plain, Stored, Texts
from gisapp.model.feature_ids import FeatureIds, NumberIds, TextIds

LARGEST = 2**63
SAMPLE = 20_000  # values looked at to see whether texts come again and again
AGAIN = 0.5  # share of different texts below which they are kept once each


@dataclass(frozen=True, eq=False)
class AsJson:
    """Values of several kinds in one column, each as JSON."""

    texts: Texts

    def __len__(self) -> int:
        return len(self.texts)

    def values(self) -> Column:
        return self.at(np.arange(len(self)))

    def at(self, numbers: Numbers) -> Column:
        out = np.empty(len(numbers), object)
        for place, number in enumerate(numbers.tolist()):
            out[place] = self.value(number)
        return out

    def value(self, number: int) -> Any:
        text = self.texts.value(number)
        return None if text is None else json.loads(text)


def compact(values: Column) -> Stored:
    """The same values; looked through in pieces, so that other threads get their turn."""
    if values.dtype != object:
        return Texts.of(values.tolist()) if values.dtype.kind == "U" else Plain(values)
    kinds: set[type] = set()
    for first in range(0, len(values), AT_ONCE):
        kinds |= set(map(type, values[first : first + AT_ONCE].tolist()))
    kinds.discard(type(None))
    if kinds <= {str}:
        return _texts(values.tolist())
    for kind, dtype in ((bool, np.bool_), (int, np.int64), (float, np.float64)):
        if kinds == {kind}:
            plain = _numbers(values, dtype)
            if plain is not None:
                return plain
    return AsJson(Texts.of([None if value is None else _json(value) for value in values.tolist()]))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plainest)


def _plainest(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)


def _numbers(values: Column, dtype: Any) -> Plain | None:
    missing = np.array([value is None for value in values.tolist()], np.bool_)
    listed = [0 if value is None else value for value in values.tolist()]
    if dtype is np.int64 and any(not -LARGEST <= value < LARGEST for value in listed):
        return None
    return Plain(np.array(listed, dtype), missing if missing.any() else None)


def _texts(values: list[str | None]) -> Texts | Coded:
    sample = values[:SAMPLE]
    if len(set(sample)) > AGAIN * len(sample):
        return Texts.of(values)
    numbers: dict[str, int] = {}
    codes = np.fromiter(
        (-1 if v is None else numbers.setdefault(v, len(numbers)) for v in values), np.int32
    )
    return Coded(codes, Texts.of(list(numbers)))


def compact_columns(columns: Mapping[str, Column]) -> Mapping[str, Stored]:
    if isinstance(columns, Columns):
        return columns.stored
    return {name: compact(values) for name, values in columns.items()}


def compact_ids(ids: FeatureIds) -> NumberIds | Texts:
    """Ids that are texts of whole numbers are kept as those."""
    if isinstance(ids, NumberIds):
        return ids
    texts = ids.stored if isinstance(ids, TextIds) else ids.at(np.arange(len(ids)))
    if isinstance(texts, Texts):
        return texts
    listed = [str(text) for text in texts.tolist()]
    numbers = NumberIds.from_texts(listed)
    return Texts.of(list(listed)) if numbers is None else numbers
