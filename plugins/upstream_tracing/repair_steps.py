"""From one state of a repaired layer to the next: which reaches stay, which changed, which came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.api import FeatureSet

from .doctor_repairs import Repair, Repaired
from .network import Ints


@dataclass(frozen=True, eq=False)
class Step:
    """features: the layer after it. given, cut: see `Repaired`. Old and new reaches are indices.

    new_of_old: -1 for one that is gone; None: as they were, none came. touched: old reaches that
    are gone, or have another line or another next one. added: new reaches that no old one is.
    """

    features: FeatureSet
    given: npt.NDArray[np.bool_]
    cut: npt.NDArray[np.bool_]
    new_of_old: Ints | None
    touched: Ints
    added: Ints

    @property
    def touched_now(self) -> Ints:
        """The new indices of those that were touched and are still there."""
        now = self.touched if self.new_of_old is None else self.new_of_old[self.touched]
        return now[now >= 0]

    def taken_over(self, values: Any, none: Any) -> Any:
        """What is known of each old reach, of the new ones; `none` for those that came."""
        made = np.full((len(self.features), *values.shape[1:]), none, values.dtype)
        if self.new_of_old is None:
            made[: len(values)] = values
        else:
            stays = self.new_of_old >= 0
            made[self.new_of_old[stays]] = values[stays]
        return made


def first_step(count: int, repaired: Repaired) -> Step:
    """From the layer of `count` reaches without repairs."""
    index = None
    if repaired.kept != count:
        index = np.full(count, -1)
        index[repaired.origin[: repaired.kept]] = np.arange(repaired.kept)
    added = np.arange(repaired.kept, len(repaired.features))
    return Step(repaired.features, repaired.given, repaired.cut, index, repaired.touched, added)


def next_step(count: int, before: Repaired, now: Repaired, changed: Ints) -> Step:
    """From one list of repairs to another; changed: what both do otherwise to the layer."""
    index = np.full(count, -1)
    index[now.origin[: now.kept]] = np.arange(now.kept)
    other = np.zeros(count, bool)
    other[changed] = True
    new_of_old = index[before.origin]
    names = now.features.ids[now.kept :].tolist()
    rows = {name: row for row, name in enumerate(names, now.kept)}
    for row in range(before.kept, len(before.origin)):
        name = before.features.ids[row]
        new_of_old[row] = -1 if other[before.origin[row]] else rows[name]
    came = np.ones(len(now.features), bool)
    came[new_of_old[new_of_old >= 0]] = False
    touched = np.flatnonzero(other[before.origin])
    same = len(new_of_old) == len(came) and np.array_equal(new_of_old, np.arange(len(came)))
    return Step(
        now.features, now.given, now.cut, None if same else new_of_old, touched,
        np.flatnonzero(came),
    )  # fmt: skip


def difference(
    features: FeatureSet, before: Sequence[Repair], now: Sequence[Repair]
) -> Ints | None:
    """Features of the layer to which two lists do something else; None where that is not plain.

    A repair that shares a feature with one that came or went may do something else now.
    """
    old, new = set(before), set(now)
    if len(old) != len(before) or len(new) != len(now):
        return None
    if [r for r in before if r in new] != [r for r in now if r in old]:
        return None
    every = [*dict.fromkeys([*before, *now])]
    numbers = features.numbers_of([name for r in every for name in (r.reach, r.other)])  # type: ignore[misc]
    named = [{n for n in pair if n >= 0} for pair in numbers.reshape(-1, 2).tolist()]
    changed: set[int] = set()
    for repair, some in zip(every, named, strict=True):
        if (repair in old) != (repair in new):
            changed |= some
    grown = True
    while grown:
        grown = False
        for some in named:
            if some & changed and not some <= changed:
                changed |= some
                grown = True
    return np.array(sorted(changed), np.int64)
