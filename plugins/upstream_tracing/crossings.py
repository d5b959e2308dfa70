"""Lines that cross and share no node: found once, then only where lines or nodes changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.api import Progress

from .network import Floats, Ints
from .placing import RiverLines
from .topology import Topology

AT_ONCE = 8_192  # lines in one query
Flags = npt.NDArray[np.bool_]


def _none() -> Ints:
    return np.empty((0, 2), np.int64)


@dataclass(eq=False)
class Crossings:
    """What is known of one state of a layer.

    pairs: k x 2 parts that cross, the smaller number first, ascending. again: of each reach whether
    its pairs are not known; None: nothing is known.
    """

    pairs: Ints = field(default_factory=_none)
    again: Flags | None = None

    def moved(
        self, part_now: Ints, taken_over: Callable[[Any, Any], Any], again: Flags
    ) -> Crossings:
        """For the next state. part_now: of each part its number then, -1 where it is another."""
        if self.again is None:
            return Crossings()
        pairs = part_now[self.pairs]
        unknown = again | taken_over(self.again, False)
        return Crossings(np.sort(pairs[(pairs >= 0).all(axis=1)], axis=1), unknown)

    def found(self, lines: RiverLines, made: Topology, progress: Progress) -> Ints:
        """All pairs as they are now."""
        if self.again is None:
            parts, known = np.arange(len(lines.owner)), _none()
        else:
            parts = np.flatnonzero(self.again[lines.owner])
            known = self.pairs[~self.again[lines.owner[self.pairs]].any(axis=1)]
        if len(parts):
            known = np.vstack([known, _crossing(lines, made, parts, progress)])
            known = np.unique(known, axis=0)
        self.pairs, self.again = known, np.zeros(len(made), bool)
        return known


def _crossing(lines: RiverLines, made: Topology, parts: Ints, progress: Progress) -> Ints:
    """Pairs of which one is among the parts."""
    tree = lines.tree
    shapes = np.asarray(tree.geometries)
    pairs = [_none()]
    for at in range(0, len(parts), AT_ONCE):
        some = parts[at : at + AT_ONCE]
        number, other = tree.query(shapes[some])  # by their boxes; relations are dear
        a, b = np.minimum(some[number], other), np.maximum(some[number], other)
        left, right = lines.owner[a], lines.owner[b]
        apart = left != right
        for mine in (made.from_node, made.to_node):
            for its in (made.from_node, made.to_node):
                apart &= mine[left] != its[right]
        near = np.unique(np.column_stack([a[apart], b[apart]]), axis=0)
        crosses = shapely.crosses(shapes[near[:, 0]], shapes[near[:, 1]])
        pairs.append(near[crosses])
        progress.report(0.5 + 0.4 * at / max(len(parts), 1))
    return np.vstack(pairs)


def crossing_places(lines: RiverLines, pairs: Ints) -> Floats:
    """A place of each pair at which it crosses."""
    one, other = lines.drawn(pairs[:, 0]), lines.drawn(pairs[:, 1])
    met = shapely.point_on_surface(shapely.intersection(one, other))
    return np.asarray(shapely.get_coordinates(met))


def other_nodes(old: Topology, new: Topology, before: Ints, now: Ints) -> Ints:
    """Of reaches that are drawn as they were, those (new indices) that end where others end now."""
    if not len(now):
        return now
    one: list[Ints] = []
    other: list[Ints] = []
    for topology, rows, ends in ((old, before, one), (new, now, other)):
        turned, begin, end = topology.flipped, topology.from_node, topology.to_node
        ends.append(np.where(turned[rows], end[rows], begin[rows]))
        ends.append(np.where(turned[rows], begin[rows], end[rows]))
    pairs = np.column_stack([np.concatenate(one), np.concatenate(other)])
    same = np.unique(pairs, axis=0)
    parted = np.zeros(int(pairs.max()) + 1, bool)
    joined = parted.copy()
    for flags, nodes in ((parted, same[:, 0]), (joined, same[:, 1])):
        names, count = np.unique(nodes, return_counts=True)
        flags[names[count > 1]] = True
    changed = parted[pairs[:, 0]] | joined[pairs[:, 1]]
    return np.unique(now[np.flatnonzero(changed) % len(now)])
