"""The arrays behind the snapshots of an editable table, and what is worked out from them once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.model.detail import Detail
from gisapp.model.features import Column, FeatureId
from gisapp.model.field import Field


@dataclass(frozen=True, eq=False)
class Block:
    """Arrays nobody changes, shared by all snapshots that came from them."""

    ids: npt.NDArray[Any]
    columns: Mapping[str, Column]
    xy: npt.NDArray[np.float64]  # n x 2, NaN where a feature has no place
    moved: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)
    details: dict[str, tuple[Detail, npt.NDArray[np.int32]]] = field(default_factory=dict)

    @cached_property
    def positions(self) -> dict[FeatureId, int]:
        return {fid: number for number, fid in enumerate(self.ids)}

    @cached_property
    def looked_up(self) -> dict[str, RowNumbers]:
        return {}

    def numbers_by(self, name: str) -> RowNumbers:
        """Row numbers by the value of a column; made when it is asked for the first time."""
        if name not in self.looked_up:
            self.looked_up[name] = RowNumbers(self.columns[name].tolist())
        return self.looked_up[name]

    def looked_up_like(self, other: Block) -> Block:
        """Ready for the same questions as the arrays it replaces, before anybody asks."""
        assert len(self.positions) == len(self.ids), "an id stands for one row"
        for name in other.looked_up.keys() & self.columns.keys():
            self.numbers_by(name)
        return self


class RowNumbers:
    """Which rows of a column hold a value, ascending."""

    def __init__(self, values: list[Any]) -> None:
        self._last = dict(zip(values, range(len(values)), strict=True))
        self._order: npt.NDArray[np.int64] | None = None
        if len(self._last) < len(values):  # some come again: all rows, beside those of their value
            last = np.fromiter(map(self._last.__getitem__, values), np.int64, len(values))
            self._order = np.argsort(last, kind="stable")
            self._sorted = last[self._order]

    def of(self, value: Any) -> list[int]:
        """Row numbers; none for a value that is nowhere."""
        last = self._last.get(value)
        if last is None or self._order is None:
            return [] if last is None else [last]
        start, stop = np.searchsorted(self._sorted, [last, last + 1])
        found: list[int] = self._order[start:stop].tolist()
        return found


def array_of(kind: Field, values: Iterable[Any], n: int) -> Column:
    out: Column = np.empty(n, np.float64 if kind.kind == "real" else object)
    for number, value in enumerate(values):
        out[number] = value
    return out


def texts(ids: Iterable[str]) -> npt.NDArray[Any]:
    listed = list(ids)
    out = np.empty(len(listed), object)
    out[:] = listed
    return out


def xy_of(place: Any) -> tuple[float, float]:
    return (np.nan, np.nan) if place is None or place.is_empty else (place.x, place.y)
