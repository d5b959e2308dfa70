"""A network after a change in a few basins, made from the one before it.

Only the basins that were touched are ordered anew; the others are copied as they are, run by run,
to where they lie now. The result is the same as that of building all again (basins that are
equally heavy but for rounding may change places).
Knows nothing of maps, files or windows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from .network import Floats, Ints, Oddities, RiverNetwork

Runs = list[tuple[int, int, int]]  # first position, after the last, and how far it moves


@dataclass(frozen=True, eq=False)
class Change:
    """Part of a network as it is now.

    touched: positions in the old network of the first reach of each basin that is no more.
    rows: indices (ascending) of the reaches of `part`, a network of them alone.
    new_of_old: index of each old reach, -1 for one that is gone; None: as it was.
    count: reaches that there are now.
    """

    touched: Ints
    rows: Ints
    part: RiverNetwork
    new_of_old: Ints | None
    count: int


@dataclass(frozen=True, eq=False)
class Basins:
    """The basins of a network by position. weight: of each, by which they are ordered."""

    network: RiverNetwork
    weight_of: Floats | None  # of each given reach; None: the length of river

    @cached_property
    def starts(self) -> Ints:
        return np.flatnonzero(self.network.down < 0)

    @cached_property
    def weight(self) -> Floats:
        network = self.network
        if not len(self.starts):
            return np.empty(0)
        if self.weight_of is not None:
            return self.weight_of[network.order[self.starts]]
        own = network.length_m[network.order]
        return np.add.reduceat(np.where(own > 0, own, 1.0), self.starts)

    def closed(self, reaches: Iterable[int]) -> Ints:
        """Numbers of the basins of these reaches and of all that side branches join to them."""
        network = self.network
        at = network.position[np.array(sorted(reaches), np.int64)]
        found = self._of(at[at >= 0])
        if not len(network.minor_to):
            return found
        one, other = self._of_each(network.minor_from), self._of_each(network.minor_to)
        while True:
            inside = np.zeros(len(self.starts), bool)
            inside[found] = True
            either = inside[one] | inside[other]
            inside[one[either]], inside[other[either]] = True, True
            more = np.flatnonzero(inside)
            if len(more) == len(found):
                return found
            found = more

    def reaches(self, basins: Ints) -> Ints:
        """The given reaches of these basins, ascending."""
        first = self.starts[basins]
        runs = [
            self.network.order[p : p + int(size)]
            for p, size in zip(first.tolist(), self.network.size[first].tolist(), strict=True)
        ]
        return np.sort(np.concatenate(runs)) if runs else np.empty(0, np.int64)

    def _of_each(self, positions: Ints) -> Ints:
        return np.searchsorted(self.starts, positions, "right") - 1

    def _of(self, positions: Ints) -> Ints:
        return np.unique(self._of_each(positions))


def renumbered(before: Basins, change: Change, part_weight: Floats | None) -> RiverNetwork:
    """The whole network. part_weight: of the reaches of the part, as `weight_of` of `before`."""
    old, part, rows = before.network, change.part, change.rows
    after = Basins(part, part_weight)
    kept = np.ones(len(before.starts), bool)
    kept[np.searchsorted(before.starts, change.touched)] = False
    same = change.new_of_old
    heads = old.order[before.starts[kept]]
    outlets = np.append(heads if same is None else same[heads], rows[part.order[after.starts]])
    weight = np.append(before.weight[kept], after.weight)
    size = np.append(old.size[before.starts[kept]], part.size[after.starts]).astype(np.int64)
    came = np.append(before.starts[kept], after.starts)
    is_new = np.arange(len(came)) >= int(kept.sum())
    order = np.lexsort((outlets, -weight))
    starts = np.empty(len(order), np.int64)
    starts[order] = np.cumsum(size[order]) - size[order]
    stay, put = (_runs(came, starts, size, order, is_new, value) for value in (False, True))

    count = int(size.sum())
    made = {name: np.empty(count, getattr(old, name).dtype) for name in _BY_POSITION}
    for network, runs, index in ((old, stay, same), (part, put, rows)):
        for first, last, by in runs:
            there = slice(first + by, last + by)
            reaches = network.order[first:last]
            made["order"][there] = reaches if index is None else index[reaches]
            made["size"][there] = network.size[first:last]
            made["to_outlet_m"][there] = network.to_outlet_m[first:last]
            made["head"][there] = network.head[first:last] + by
            down = network.down[first:last]
            made["down"][there] = down if not by else np.where(down >= 0, down + by, -1)
    minor = _minor(old, stay, part, put)
    return RiverNetwork(
        _position(old, change, stay, put, made["order"]),
        made["order"], made["size"], made["down"], made["head"], made["to_outlet_m"],
        _by_reach(old.length_m, change, part.length_m),
        *minor,
        _oddities(old.oddities, change),
    )  # fmt: skip


_BY_POSITION = ("order", "size", "down", "head", "to_outlet_m")


def _runs(
    came: Ints, starts: Ints, size: Ints, order: Ints, is_new: npt.NDArray[np.bool_], value: bool
) -> Runs:
    """Neighbours that move together, as one."""
    chosen = order[is_new[order] == value]
    if not len(chosen):
        return []
    by = starts[chosen] - came[chosen]
    fresh = np.ones(len(chosen), bool)
    fresh[1:] = (by[1:] != by[:-1]) | (came[chosen][1:] != (came + size)[chosen][:-1])
    first = np.flatnonzero(fresh)
    last = np.append(first[1:], len(chosen)) - 1
    begins, ends = came[chosen][first], (came + size)[chosen][last]
    return list(zip(begins.tolist(), ends.tolist(), by[first].tolist(), strict=True))


def _position(old: RiverNetwork, change: Change, stay: Runs, put: Runs, order: Ints) -> Ints:
    whole = change.new_of_old is not None
    position = np.full(change.count, -1, old.position.dtype)
    if not whole:
        position[: len(old.position)] = old.position
        position[change.rows] = -1
    for first, last, by in (*stay, *put):
        there = slice(first + by, last + by)
        if whole or by or (first, last, by) in put:
            position[order[there]] = np.arange(there.start, there.stop)
    return position


def _by_reach(old: Floats, change: Change, part: Floats) -> Floats:
    values = np.empty(change.count, np.float64)
    index = change.new_of_old
    if index is None:
        values[: len(old)] = old
    else:
        values[index[index >= 0]] = old[index >= 0]
    values[change.rows] = part
    return values


def _minor(old: RiverNetwork, stay: Runs, part: RiverNetwork, put: Runs) -> tuple[Ints, Ints]:
    """Side branches lie within basins that are all kept or all new."""
    tops: list[Ints] = []
    feet: list[Ints] = []
    for network, runs in ((old, stay), (part, put)):
        if not len(network.minor_to) or not runs:
            continue
        ordered = np.array(sorted(runs), np.int64)
        for values, found in ((network.minor_from, tops), (network.minor_to, feet)):
            run = np.searchsorted(ordered[:, 0], values, "right") - 1
            inside = (run >= 0) & (values < ordered[run, 1])
            found.append(values[inside] + ordered[run, 2][inside])
    if not tops:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    top, foot = np.concatenate(tops), np.concatenate(feet)
    order = np.lexsort((top, foot))
    return top[order], foot[order]


def _oddities(old: Oddities, change: Change) -> Oddities:
    """Of kept reaches as they were, of the others as they are."""
    rows, index, part = change.rows, change.new_of_old, change.part.oddities
    renewed = set(rows.tolist())

    def kept(reach: int) -> int:
        now = reach if index is None else int(index[reach])
        return -1 if now in renewed else now

    def both(before: Iterable[int], after: Iterable[int]) -> tuple[int, ...]:
        stayed = (now for reach in before if (now := kept(reach)) >= 0)
        return tuple(sorted([*stayed, *(int(rows[reach]) for reach in after)]))

    cycles = [tuple(kept(reach) for reach in cycle) for cycle in old.cycles]
    cycles = [cycle for cycle in cycles if min(cycle) >= 0]
    cycles += [tuple(int(rows[reach]) for reach in cycle) for cycle in part.cycles]
    return Oddities(
        tuple(sorted(cycles)),
        both(old.unknown_next, part.unknown_next),
        both(old.duplicates, part.duplicates),
        both(old.no_length, part.no_length),
    )
