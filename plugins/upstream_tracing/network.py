"""A river network in which everything upstream of a reach is one slice of an array.

Reaches are renumbered so that each is followed by all that flows into it, the heaviest tributary
first (heavy-path-first pre-order). Upstream of v is then `order[p : p + size[p]]`, its main stem
the beginning of that slice, and the way down a few runs of neighbouring positions. The numbering
is found by pointer doubling: as many rounds of whole-array work as the depth has binary digits.

Knows nothing of maps, files or windows.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .compiled_order import FROM, compiled

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MOST_GAPS = 8  # numbers for each id up to which a table is faster than bisection


@dataclass(frozen=True)
class Oddities:
    """What is wrong with the input; indices are positions in the arrays that were given."""

    cycles: tuple[tuple[int, ...], ...] = ()  # each cut below its first member
    unknown_next: tuple[int, ...] = ()  # the next reach is not in the data: taken as an outlet
    duplicates: tuple[int, ...] = ()  # an id seen before: the later reach is left out
    no_length: tuple[int, ...] = ()  # taken as 0 m


@dataclass(frozen=True, eq=False)
class RiverNetwork:
    """All arrays but `position` and `length_m` are in position order.

    position: of each given reach, -1 for one left out. order: the way back.
    size: reaches upstream of a position, itself included. down: position of the next reach or -1.
    head: the lowest position of the main stem a position lies on.
    to_outlet_m: along the river from the lower end of a reach to the outlet of its basin, metres.
    minor_from, minor_to: positions of side branches (a divergence's smaller way), by minor_to.
    """

    position: Ints
    order: Ints
    size: Ints
    down: Ints
    head: Ints
    to_outlet_m: Floats
    length_m: Floats  # of each given reach
    minor_from: Ints
    minor_to: Ints
    oddities: Oddities

    def __len__(self) -> int:
        return len(self.order)

    def upstream(self, reach: int) -> Ints:
        """The given reaches whose water passes `reach`, itself first: one slice of `order`."""
        p = int(self.position[reach])
        if not len(self.minor_to):
            return self.order[p : p + int(self.size[p])]
        positions, _ = self.upstream_distances(p)
        return self.order[positions]

    def main_stem(self, reach: int) -> Ints:
        """The largest way up from a reach to its spring, itself first."""
        p = int(self.position[reach])
        heads = np.flatnonzero(self.head[p + 1 : p + int(self.size[p])] > p)
        end = p + 1 + int(heads[0]) if len(heads) else p + int(self.size[p])
        return self.order[p:end]

    def downstream(self, reach: int) -> Ints:
        """The way down to the outlet, the reach itself first."""
        runs, p = [], int(self.position[reach])
        while p >= 0:
            top = int(self.head[p])
            runs.append(self.order[top : p + 1][::-1])
            p = int(self.down[top])
        return np.concatenate(runs)

    def upstream_distances(self, position: int) -> tuple[Ints, Floats]:
        """Positions upstream and the shortest way from each reach's lower end to this one's.

        Exact over side branches: a shortest way is made of runs of the tree and minor branches.
        """
        p, end = position, position + int(self.size[position])
        if not len(self.minor_to):
            return np.arange(p, end), self.to_outlet_m[p:end] - self.to_outlet_m[p]
        length = self.length_m[self.order]
        best = np.full(len(self.order), np.inf)
        waiting: list[tuple[float, int]] = [(0.0, p)]
        while waiting:
            way, q = heapq.heappop(waiting)
            if way >= best[q]:
                continue
            part = slice(q, q + int(self.size[q]))
            there = way + (self.to_outlet_m[part] - self.to_outlet_m[q])
            best[part] = np.minimum(best[part], there)
            first, last = np.searchsorted(self.minor_to, (part.start, part.stop))
            for branch in range(int(first), int(last)):
                foot, top = int(self.minor_to[branch]), int(self.minor_from[branch])
                heapq.heappush(waiting, (float(best[foot] + length[foot]), top))
        positions = np.flatnonzero(np.isfinite(best))
        return positions, best[positions]


def build_network(
    ids: Sequence[Any] | npt.NDArray[Any],
    next_down: Sequence[Any] | npt.NDArray[Any],
    length_m: npt.NDArray[Any] | None = None,
    *,
    weight: npt.NDArray[Any] | None = None,
    minor: Sequence[tuple[Any, Any]] = (),
) -> RiverNetwork:
    """The network of reaches with the id of the next reach down; n reaches of n arrays.

    An empty, zero, NaN or unknown `next_down` is an outlet (an unknown one is told in `oddities`).
    weight: what makes a tributary the main one (upstream area or discharge at the lower end);
    by default the length of river above. minor: (from id, to id) of side branches.
    """
    keys = _keys(ids)
    down, unknown, duplicates = _next_numbers(keys, _keys(next_down))
    n = len(keys)
    given = np.zeros(n) if length_m is None else np.array(length_m, np.float64)
    bad = ~np.isfinite(given) | (given < 0)
    lengths = np.where(bad, 0.0, given)
    left_out = np.zeros(n, bool)
    left_out[duplicates] = True
    down[left_out] = -1
    cycles: tuple[tuple[int, ...], ...] = ()
    ordered = _compiled_order(down, lengths, weight, left_out) if n >= FROM else None
    if ordered is None:
        cycles = _cut_cycles(down)
        ordered = _order(down, lengths, weight, left_out)
    size, position, way = ordered

    order = np.empty(n - len(duplicates), np.int64)
    kept = position >= 0
    order[position[kept]] = np.flatnonzero(kept)
    below = down[order]
    pdown = np.where(below >= 0, position[below], -1)
    numbers = np.arange(len(order))
    is_head = pdown != numbers - 1
    is_head[:1] = True
    head = np.maximum.accumulate(np.where(is_head, numbers, 0)) if len(order) else numbers
    minor_from, minor_to = _minor_positions(keys, minor, position)
    return RiverNetwork(
        position,
        order,
        size[order],
        pdown,
        head,
        way[order],
        lengths,
        minor_from,
        minor_to,
        Oddities(
            cycles,
            tuple(np.flatnonzero(unknown & ~left_out).tolist()),
            tuple(duplicates.tolist()),
            tuple(np.flatnonzero(bad).tolist()) if length_m is not None else (),
        ),
    )


def _order(down: Ints, lengths: Floats, weight: Any, left_out: Any) -> tuple[Ints, Ints, Floats]:
    """Size and position of each reach and the way below it to the outlet: whole-array work."""
    size = np.rint(_upstream_sums(down, np.ones(len(down)))).astype(np.int64)
    above = weight
    if weight is None:
        above = _upstream_sums(down, np.where(lengths > 0, lengths, 1.0))
    position = _positions(down, size, np.asarray(above, np.float64), left_out)
    return size, position, path_sums(down, lengths) - lengths


def _compiled_order(
    down: Ints, lengths: Floats, weight: Any, left_out: Any
) -> tuple[Ints, Ints, Floats] | None:
    """The same, compiled; None where there is a cycle to be cut first."""
    n = len(down)
    weighed = np.where(lengths > 0, lengths, 1.0) if weight is None else weight
    size, position = np.empty(n, np.int64), np.empty(n, np.int64)
    above, way = np.empty(n), np.empty(n)
    weighed = np.ascontiguousarray(weighed, np.float64)
    sums = weight is None
    if compiled()(down, lengths, weighed, sums, left_out, size, position, above, way):
        return size, position, way
    return None


def key_of(value: Any) -> str:
    """How an id is compared: 12, 12.0 and "12" are the same reach; nothing is an empty text."""
    if value is None or value != value:
        return ""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def _keys(values: Sequence[Any] | npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Whole numbers where all are numbers (fast), texts otherwise; -1 or "" for nothing."""
    array = np.asarray(values)
    if array.dtype.kind in "iu":
        return array.astype(np.int64)
    if array.dtype.kind == "f" or (array.dtype == object and _all_numbers(array)):
        numbers = array.astype(np.float64)
        whole = np.where(np.isfinite(numbers), numbers, -1)
        if np.array_equal(whole, np.rint(whole)):
            return whole.astype(np.int64)
    return np.array([key_of(v) for v in array.tolist()], dtype=np.str_)


def _all_numbers(array: npt.NDArray[Any]) -> bool:
    return all(
        v is None or (isinstance(v, (int, float)) and not isinstance(v, bool)) for v in array
    )


def _next_numbers(
    keys: npt.NDArray[Any], following: npt.NDArray[Any]
) -> tuple[Ints, npt.NDArray[np.bool_], Ints]:
    """Index of the next reach (-1: none), which of them are unknown, and repeated ids."""
    if keys.dtype.kind != following.dtype.kind:
        keys = np.array([key_of(v) for v in keys.tolist()], dtype=np.str_)
        following = np.array([key_of(v) for v in following.tolist()], dtype=np.str_)
    if not len(keys):
        return np.empty(0, np.int64), np.empty(0, bool), np.empty(0, np.int64)
    if keys.dtype.kind == "i" and keys.min() >= 0 and keys.max() < MOST_GAPS * len(keys):
        numbers = np.full(int(keys.max()) + 1, -1)
        numbers[keys[::-1]] = np.arange(len(keys))[::-1]  # of equal ids the first
        inside = (following >= 0) & (following < len(numbers))
        number = np.where(inside, numbers[np.where(inside, following, 0)], -1)
        own = np.arange(len(keys))
        return number, (number < 0) & (following > 0), own[numbers[keys] != own]
    by_key = np.argsort(keys, kind="stable")
    known = keys[by_key]
    repeated = np.flatnonzero(known[1:] == known[:-1]) + 1
    place = np.minimum(np.searchsorted(known, following), len(known) - 1)
    found = known[place] == following
    number = np.where(found, by_key[place], -1)
    nothing = following <= 0 if following.dtype.kind == "i" else np.isin(following, ["", "0", "-1"])
    return number, ~found & ~nothing, np.sort(by_key[repeated])


def _cut_cycles(down: Ints) -> tuple[tuple[int, ...], ...]:
    """Find the cycles and cut each below its first member, in place."""
    n = len(down)
    jump = _jumps(down)
    for _ in range(max(n, 1).bit_length()):
        if (jump == n).all():
            return ()
        jump = jump[jump]
    cycles = []
    left = set(np.unique(jump[jump < n]).tolist())
    while left:
        first = min(left)
        members, at = [first], int(down[first])
        while at != first:
            members.append(at)
            at = int(down[at])
        left.difference_update(members)
        down[first] = -1
        cycles.append(tuple(members))
    return tuple(cycles)


def _jumps(down: Ints) -> Ints:
    """The next reach, with n for "past the outlet", which leads to itself."""
    n = len(down)
    return np.append(np.where(down >= 0, down, n), n)


def _upstream_sums(down: Ints, values: Floats) -> Floats:
    """Of each reach, the sum of the values of all reaches above it and its own."""
    n = len(down)
    jump = _jumps(down)
    sums = np.append(values, 0.0)
    while not (jump == n).all():
        sums += np.bincount(jump, sums, n + 1)
        sums[n] = 0.0
        jump = jump[jump]
    return sums[:n]


def path_sums(down: Ints, values: Floats) -> Floats:
    """Of each reach, the sum of its value and those of all reaches below it."""
    n = len(down)
    jump = _jumps(down)
    sums = np.append(values, 0.0)
    while not (jump == n).all():
        sums = sums + sums[jump]
        jump = jump[jump]
    return sums[:n]


def _positions(down: Ints, size: Ints, weight: Floats, left_out: npt.NDArray[np.bool_]) -> Ints:
    """Where each reach goes: after the reach it flows into and that one's heavier tributaries."""
    n = len(down)
    parent = np.where(down >= 0, down, n)
    brothers = np.lexsort((np.arange(n), -weight, parent))
    brothers = brothers[~left_out[brothers]]
    parents = parent[brothers]
    before = np.cumsum(size[brothers]) - size[brothers]
    first = np.ones(len(brothers), bool)
    first[1:] = parents[1:] != parents[:-1]
    start = np.maximum.accumulate(np.where(first, np.arange(len(brothers)), 0))
    step = np.zeros(n)
    step[brothers] = before - before[start] + (parents < n)
    position = np.rint(path_sums(down, step)).astype(np.int64)
    position[left_out] = -1
    return position


def _minor_positions(
    keys: npt.NDArray[Any], minor: Sequence[tuple[Any, Any]], position: Ints
) -> tuple[Ints, Ints]:
    if not len(minor):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    number = {key_of(k): i for i, k in reversed(list(enumerate(keys.tolist())))}
    pairs = [(number.get(key_of(a)), number.get(key_of(b))) for a, b in minor]
    known = np.array([p for p in pairs if None not in p], np.int64).reshape(-1, 2)
    tops, feet = position[known[:, 0]], position[known[:, 1]]
    by_foot = np.lexsort((tops, feet))
    return tops[by_foot], feet[by_foot]
