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
    def looked_up(self) -> dict[str, dict[Any, list[int]]]:
        return {}

    def numbers_by(self, name: str) -> dict[Any, list[int]]:
        """Row numbers by the value of a column; made when it is asked for the first time."""
        if name not in self.looked_up:
            found: dict[Any, list[int]] = {}
            for number, value in enumerate(self.columns[name].tolist()):
                found.setdefault(value, []).append(number)
            self.looked_up[name] = found
        return self.looked_up[name]

    def looked_up_like(self, other: Block) -> Block:
        """Ready for the same questions as the arrays it replaces, before anybody asks."""
        for name in other.looked_up.keys() & self.columns.keys():
            self.numbers_by(name)
        return self


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
