"""Findings that follow from the lines, where nothing but the lines says what flows into what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.api import Progress, tr

from .crossings import crossing_places
from .doctor_finding import Found, NetworkFinding, Pen
from .doctor_repairs import BRIDGE, DROP, SPLIT, Repair
from .network import Floats, Ints
from .topology import Topology

NEAR = 6.0  # times the tolerance: ends so near each other may have been meant to meet
SHORT = 0.05  # of the usual reach: a dead end so short is a slip of the pen


def line_checks(pen: Pen, most: int, near_m: float, progress: Progress) -> Iterator[Found]:
    """near_m: gaps up to this are told; 0: NEAR times the tolerance."""
    made = pen.net.topology
    if made is None or not len(made):
        return
    near = near_m or NEAR * made.tolerance_m
    loose = _loose_outlets(pen, made)
    gaps = _gaps(pen, made, loose, near)
    yield _gap_findings(pen, gaps, most)
    yield _bridged(pen, made, most)
    progress.report(0.3)
    yield _end_to_line(pen, made, loose, {int(g[0]) for g in gaps}, near, most)
    progress.report(0.5)
    yield _crossing(pen, made, most, progress)
    yield from _odd_lines(pen, made, most)


def _loose_outlets(pen: Pen, made: Topology) -> dict[int, int]:
    """Nodes at which a piece ends with one line, and that reach."""
    count = len(made.places)
    degree = np.bincount(made.from_node, minlength=count) + np.bincount(
        made.to_node, minlength=count
    )
    ends = np.flatnonzero((degree[made.to_node] == 1) & np.isfinite(pen.lower).all(axis=1))
    return dict(zip(made.to_node[ends].tolist(), ends.tolist(), strict=True))


def _gaps(pen: Pen, made: Topology, loose: dict[int, int], near: float) -> list[Any]:
    """reach at a loose lower end, reach at the nearest node of another piece, metres, doubt."""
    from scipy.spatial import cKDTree

    count = len(made.places)
    piece = np.full(count, -1)
    piece[made.from_node] = piece[made.to_node] = made.component
    usable = np.flatnonzero(np.isfinite(made.places).all(axis=1) & (piece >= 0))
    nodes = np.array(sorted(loose), np.int64)
    if not len(nodes) or not len(usable) or near <= 0:
        return []
    tree = cKDTree(made.places[usable], balanced_tree=False, compact_nodes=False)
    at = np.full(count, -1)
    at[made.to_node], at[made.from_node] = np.arange(len(made)), np.arange(len(made))
    pairs = tree.query_ball_point(made.places[nodes], near, return_sorted=False)
    found, seen = [], set()
    for node, around in zip(nodes.tolist(), pairs, strict=True):
        others = usable[np.array(around, np.int64)]
        others = others[piece[others] != piece[node]]
        if not len(others):
            continue
        far = np.linalg.norm(made.places[others] - made.places[node], axis=1)
        other = int(others[far.argmin()])
        pair = frozenset((node, other))
        if pair in seen:
            continue
        seen.add(pair)
        found.append((loose[node], int(at[other]), float(far.min()), other in loose))
    return sorted(found, key=lambda gap: gap[2])


def _gap_findings(pen: Pen, gaps: list[Any], most: int) -> Found:
    def make() -> Iterator[NetworkFinding]:
        for reach, other, far, both in gaps[:most]:
            words = tr("{m} m between the lower end of {id} and {other}").format(
                m=f"{far:.2f}", id=pen.net.key(reach), other=pen.net.key(other)
            )
            repairs: tuple[Repair, ...] = (pen.repair(BRIDGE, reach, other, why=words),)
            sure = 0.8
            if both:  # joined, one of them would run uphill
                words += "; " + tr("both end there: perhaps in the same lake or sea")
                repairs, sure = (), 0.4
            yield pen.finding("gap", [reach, other], words, sure, repairs=repairs)

    return Found("gap", len(gaps), make)


def _bridged(pen: Pen, made: Topology, most: int) -> Found:
    """Gaps that the network closed itself; kept for good by a repair."""
    bridges = made.bridges
    order = np.argsort(-bridges.gap_m, kind="stable")

    def make() -> Iterator[NetworkFinding]:
        for n in order[:most].tolist():
            reach, far = int(bridges.reach[n]), float(bridges.gap_m[n])
            words = tr("{m} m were closed at {id}").format(m=f"{far:.2f}", id=pen.net.key(reach))
            other, end = _partner(pen, made, reach)
            repairs = () if other < 0 else (pen.repair(BRIDGE, reach, other, end, words),)
            sure = float(made.confidence[reach])
            yield pen.finding("bridged", [reach], words, sure, at=end, repairs=repairs)

    return Found("bridged", len(bridges), make)


def _partner(pen: Pen, made: Topology, reach: int) -> tuple[int, Floats]:
    """The reach that a bridge leads to, and the end of this one that it starts from."""
    best: tuple[float, int, Floats] | None = None
    for node, end in ((made.to_node[reach], pen.lower), (made.from_node[reach], pen.upper)):
        others = np.flatnonzero((made.from_node == node) | (made.to_node == node))
        for other in others[others != reach].tolist():
            ends = np.vstack([pen.first[other], pen.last[other]])
            far = float((_metres(pen, ends - end[reach], end[reach])).min())
            if far > made.tolerance_m and (best is None or far < best[0]):
                best = far, other, end[reach]
    return (-1, pen.lower[reach]) if best is None else (best[1], best[2])


def _metres(pen: Pen, steps: Floats, at: Floats) -> Floats:
    scale = pen.net.lines.scale(np.array([at[1]]))
    return np.asarray(np.hypot(*(steps * scale).T))


def _end_to_line(
    pen: Pen, made: Topology, loose: dict[int, int], joined: set[int], near: float, most: int
) -> Found:
    """Loose lower ends that lie at another piece's line, away from its ends."""
    lines, net = pen.net.lines, pen.net
    reaches = np.array(sorted(set(loose.values()) - joined), np.int64)
    found: list[tuple[int, int, float, Floats]] = []
    if len(reaches) and near > 0:
        ends = pen.lower[reaches]
        candidates = _beside(pen, ends, near)
        number, other = candidates
        apart = made.component[reaches[number]] != made.component[other]
        number, other = number[apart], other[apart]
        places = lines.place_on(ends[number], other)
        best: dict[int, tuple[float, int, float]] = {}
        for n, onto, place in zip(number.tolist(), other.tolist(), places, strict=True):
            if place is None or place.offset_m > near:
                continue
            length = float(net.network.length_m[onto])
            if min(place.measure_m, length - place.measure_m) <= made.tolerance_m:
                continue
            if n not in best or place.offset_m < best[n][0]:
                best[n] = place.offset_m, onto, place.measure_m
        for n, (offset, onto, _) in best.items():
            found.append((int(reaches[n]), onto, offset, ends[n]))
    found.sort(key=lambda one: one[2])

    def make() -> Iterator[NetworkFinding]:
        for reach, onto, offset, end in found[:most]:
            words = tr("{id} ends {m} m beside {other}, between its ends").format(
                id=net.key(reach), m=f"{offset:.2f}", other=net.key(onto)
            )
            sure = 0.9 if offset <= made.tolerance_m else 0.6
            repairs = (pen.repair(SPLIT, reach, onto, end, words),)
            yield pen.finding("end-to-line", [reach, onto], words, sure, repairs=repairs)

    return Found("end-to-line", len(found), make)


def _beside(pen: Pen, points: Floats, near: float) -> tuple[Ints, Ints]:
    """Pairs of a point's number and a reach whose box is near it."""
    lines = pen.net.lines
    scale = lines.scale(points[:, 1])
    dx, dy = near / scale[:, 0], near / scale[:, 1]
    x, y = points.T
    number, part = lines.tree.query(shapely.box(x - dx, y - dy, x + dx, y + dy))
    pairs = np.unique(np.column_stack([number, lines.owner[part]]), axis=0)
    return pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64)


def _crossing(pen: Pen, made: Topology, most: int, progress: Progress) -> Found:
    """Lines that cross and share no node."""
    lines = pen.net.lines
    pairs = pen.net.crossings.found(lines, made, progress)

    def make() -> Iterator[NetworkFinding]:
        shown = pairs[:most]
        where = crossing_places(lines, shown)
        for (one, other), at in zip(lines.owner[shown].tolist(), where, strict=True):
            words = tr("{id} and {other} cross and share no node").format(
                id=pen.net.key(one), other=pen.net.key(other)
            )
            repairs = _at_crossing(pen, made, one, other, at, words)
            yield pen.finding("crossing", [one, other], words, 0.5, at=at, repairs=repairs)

    return Found("crossing", len(pairs), make)


def _at_crossing(
    pen: Pen, made: Topology, one: int, other: int, at: Floats, words: str
) -> tuple[Repair, ...]:
    """Both lines are split; where one ends just behind the other, its end is led there."""
    for reach, onto in ((one, other), (other, one)):
        ends = np.vstack([pen.first[reach], pen.last[reach]])
        if _metres(pen, ends - at, at).min() <= made.tolerance_m:
            return (pen.repair(SPLIT, reach, onto, at, words),)
    return tuple(
        replace(pen.repair(SPLIT, reach, reach, at, words), reach="") for reach in (one, other)
    )


def _odd_lines(pen: Pen, made: Topology, most: int) -> Iterator[Found]:
    net, lines = pen.net, pen.net.lines
    closed = np.flatnonzero((made.from_node == made.to_node) & np.isfinite(pen.first).all(axis=1))
    twice = _twice(pen)
    copies = {again for _, again in twice}
    low, high = np.minimum(made.from_node, made.to_node), np.maximum(made.from_node, made.to_node)
    order = _of_same_pair(low, high)
    order = order[np.lexsort((-net.network.length_m[order], high[order], low[order]))]
    same = (low[order][1:] == low[order][:-1]) & (high[order][1:] == high[order][:-1])
    same &= low[order][1:] != high[order][1:]
    pairs = np.column_stack([order[:-1][same], order[1:][same]]).tolist()
    pairs = [(a, b) for a, b in pairs if a not in copies and b not in copies]
    count = len(made.places)
    starts = np.bincount(made.from_node, minlength=count)
    ends = np.bincount(made.to_node, minlength=count)
    drawn = np.bincount(lines.owner, lines.part_m, len(made))
    usual = float(np.median(drawn)) if len(drawn) else 0.0
    dead = (starts + ends)[made.from_node] == 1
    dead &= (starts + ends)[made.to_node] > 2
    dangles = np.flatnonzero(dead & (drawn < SHORT * usual))

    def drop(kind: str, reach: int, others: list[int], words: str, sure: float) -> NetworkFinding:
        repairs = (pen.repair(DROP, reach, why=words),)
        return pen.finding(kind, [reach, *others], words, sure, repairs=repairs)

    def closed_ones() -> Iterator[NetworkFinding]:
        for reach in closed[:most].tolist():
            words = tr("{id} begins and ends at the same node").format(id=net.key(reach))
            yield drop("closed", reach, [], words, 0.8)

    def doubles() -> Iterator[NetworkFinding]:
        for first, again in twice[:most]:
            words = tr("{id} is the same line as {other}").format(
                id=net.key(again), other=net.key(first)
            )
            yield drop("duplicate-line", again, [first], words, 1.0)

    def parallels() -> Iterator[NetworkFinding]:
        for main, side in pairs[:most]:
            words = tr("{id} and {other} join the same two nodes").format(
                id=net.key(side), other=net.key(main)
            )
            yield drop("parallel", side, [main], words, 0.3)

    def shorts() -> Iterator[NetworkFinding]:
        for reach in dangles[:most].tolist():
            words = tr("{id} is a dead end of {m} m").format(
                id=net.key(reach), m=f"{drawn[reach]:.2f}"
            )
            yield drop("dangle", reach, [], words, 0.5)

    yield Found("closed", len(closed), closed_ones)
    yield Found("duplicate-line", len(twice), doubles)
    yield Found("parallel", len(pairs), parallels)
    yield Found("dangle", len(dangles), shorts)


def _twice(pen: Pen) -> list[tuple[int, int]]:
    """Parts with the same places, in whichever order: the reach before and the one again."""
    lines = pen.net.lines
    counts = np.diff(lines.starts)
    if not len(counts):
        return []
    first, last = lines.coords[lines.starts[:-1]], lines.coords[lines.starts[1:] - 1]
    corner, far = np.minimum(first, last), np.maximum(first, last)
    order, fresh = _alike(np.column_stack([counts, corner, far]))
    size = np.diff(np.append(np.flatnonzero(fresh), len(order)))
    several = np.sort(order[np.repeat(size > 1, size)])
    found: list[tuple[int, int]] = []
    seen: dict[bytes, int] = {}
    for part in several.tolist():
        line = lines.coords[lines.starts[part] : lines.starts[part + 1]]
        one = min(line.tobytes(), np.ascontiguousarray(line[::-1]).tobytes())
        reach = int(lines.owner[part])
        if one in seen and seen[one] != reach:
            found.append((seen[one], reach))
        seen.setdefault(one, reach)
    return found


def _of_same_pair(low: Ints, high: Ints) -> Ints:
    """Those that share both numbers with another."""
    pair = low * (int(high.max(initial=0)) + 1) + high
    order = np.argsort(pair, kind="stable")
    same = np.zeros(len(order) + 1, bool)
    same[1:-1] = pair[order][1:] == pair[order][:-1]
    return np.sort(order[same[1:] | same[:-1]])


def _alike(rows: Floats) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Rows in an order in which equal ones are neighbours (so may be others, seldom), and which of
    them begin a group. By one number of each: sorting whole rows takes ten times as long."""
    bits = np.ascontiguousarray(rows + 0.0, np.float64).view(np.uint64)
    mixed = np.zeros(len(rows), np.uint64)
    for column in bits.T:
        mixed = (mixed ^ column) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    order = np.argsort(mixed, kind="stable")
    fresh = np.ones(len(rows), bool)
    fresh[1:] = mixed[order][1:] != mixed[order][:-1]
    return order, fresh
