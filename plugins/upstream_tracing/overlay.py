"""A repaired layer made ready from the one without repairs: only what they touch is looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.api import FeatureSet

from .columns import RiverColumns
from .doctor_repairs import Repaired
from .linking import Joining, Reaches, ends_of_reaches, network_from_columns, network_from_lines
from .network import Floats, Ints, RiverNetwork
from .placing import RiverLines
from .renumbering import Basins, Change, renumbered
from .topology import Topology

MOST_ENDS = 16  # looked for among all without a tree
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Whole:
    """The layer without repairs. ends: places of the ends of its lines, where lines are joined."""

    features: FeatureSet
    columns: RiverColumns
    network: RiverNetwork
    lines: RiverLines
    topology: Topology | None
    basins: Basins
    ends: tuple[Floats, Floats] | None


@dataclass(frozen=True, eq=False)
class Overlaid:
    network: RiverNetwork
    lines: RiverLines
    topology: Topology | None


def overlaid(whole: Whole, repaired: Repaired) -> Overlaid | None:
    """The same as making all of it ready anew; None where that has to be done.

    Nothing is kept of a layer in which an id is there twice (which one counts may change), or
    whose gaps were closed (others may be closed then).
    """
    if whole.network.oddities.duplicates or not len(whole.network):
        return None
    if whole.topology is not None and len(whole.topology.bridges):
        return None
    new_of_old = _new_of_old(len(whole.features), repaired)
    basins = _touched(whole, repaired, new_of_old)
    before = whole.basins.reaches(basins)
    now = before if new_of_old is None else new_of_old[before]
    added = np.arange(repaired.kept, len(repaired.features))
    rows = np.concatenate([now[now >= 0], added])
    reaches = Reaches(repaired.features, whole.columns, rows)
    shapes = repaired.features.shapes_in(repaired.features.crs)
    n, old = len(repaired.features), whole.lines
    none = np.full(n, -1)
    drawn = RiverLines(
        shapes.coords, shapes.starts, shapes.owner, old.degrees, old.unit_m, np.zeros(n), none
    )
    lengths = reaches.lengths
    part_lines = _part(drawn, rows)
    if lengths is None:
        lengths = np.bincount(part_lines.owner, part_lines.part_m, len(rows)).astype(np.float64)
    topology, part = None, None
    if whole.topology is not None:
        joining = Joining(tolerance_m=whole.topology.tolerance_m)
        said = repaired.given[rows], repaired.cut[rows]
        made, part = network_from_lines(reaches, drawn, lengths, reaches.weight, joining, said)
        topology = _topology(whole.topology, made, before, rows, new_of_old, n)
    else:
        part = network_from_columns(reaches, lengths, reaches.weight)
    change = Change(whole.basins.starts[basins], rows, part, new_of_old, n)
    network = renumbered(whole.basins, change, reaches.weight)
    lines = _lines(old, drawn, part_lines, network, part, rows, repaired, new_of_old)
    return Overlaid(network, lines, topology)


def _new_of_old(count: int, repaired: Repaired) -> Ints | None:
    if repaired.kept == count:
        return None
    index = np.full(count, -1)
    index[repaired.origin[: repaired.kept]] = np.arange(repaired.kept)
    return index


def _touched(whole: Whole, repaired: Repaired, new_of_old: Ints | None) -> Ints:
    """Numbers of the basins that a repair may change."""
    touched = repaired.touched
    if whole.topology is None:
        named = Reaches(whole.features, whole.columns)
        if named.linked_by_nodes:
            into = Reaches(repaired.features, whole.columns).column(whole.columns.to_node)
            now = touched if new_of_old is None else new_of_old[touched]
            met = np.unique(into[now[now >= 0]].astype(str))
            for column in (whole.columns.from_node, whole.columns.to_node):
                at = np.isin(named.column(column).astype(str), met[met != ""])
                touched = np.union1d(touched, np.flatnonzero(at))
        return whole.basins.closed(touched.tolist())
    pieces = set(whole.topology.component[touched].tolist())
    pieces.update(whole.topology.component[_met(whole, repaired, new_of_old)].tolist())
    reaches = np.flatnonzero(np.isin(whole.topology.component, list(pieces)))
    return whole.basins.closed(reaches.tolist())


def _met(whole: Whole, repaired: Repaired, new_of_old: Ints | None) -> Ints:
    """Reaches whose ends lie within the tolerance of an end that was made or moved."""
    from scipy.spatial import cKDTree

    assert whole.topology is not None
    assert whole.ends is not None
    now = repaired.touched if new_of_old is None else new_of_old[repaired.touched]
    rows = np.concatenate([now[now >= 0], np.arange(repaired.kept, len(repaired.features))])
    shapes = repaired.features.shapes_in(repaired.features.crs)
    old = whole.lines
    drawn = replace(old, coords=shapes.coords, starts=shapes.starts, owner=shapes.owner)
    ends = np.vstack(ends_of_reaches(Reaches(repaired.features, whole.columns, rows), drawn))
    ends = ends[np.isfinite(ends).all(axis=1)]
    within = max(whole.topology.tolerance_m, 1e-9)
    count = len(whole.ends[0])
    if len(ends) > MOST_ENDS:
        every = np.vstack(whole.ends)
        usable = np.flatnonzero(np.isfinite(every).all(axis=1))
        near = cKDTree(every[usable]).query_ball_point(ends, within)
        found = usable[np.array(sorted({n for some in near for n in some}), np.int64)]
        return found % count
    met = [np.empty(0, np.int64)]
    for end in ends:
        for places in whole.ends:
            close = np.flatnonzero(np.abs(places[:, 0] - end[0]) <= within)
            far = np.linalg.norm(places[close] - end, axis=1)
            met.append(close[far <= within])
    return np.concatenate(met)


def _topology(
    old: Topology, made: Topology, before: Ints, rows: Ints, new_of_old: Ints | None, count: int
) -> Topology:
    """New nodes and pieces are numbered after the old ones."""
    nodes, pieces = len(old.places), int(old.component.max(initial=-1)) + 1

    def each(known: Any, part: Any) -> Any:
        kind = np.promote_types(known.dtype, part.dtype)
        values = np.empty(count, kind)
        if new_of_old is None:
            values[: len(known)] = known
        else:
            values[new_of_old[new_of_old >= 0]] = known[new_of_old >= 0]
        values[rows] = part
        return values

    gone = np.unique(np.concatenate([old.from_node[before], old.to_node[before]]))
    outlets = np.append(np.setdiff1d(old.outlets, gone), made.outlets + nodes)
    lost = np.setdiff1d(old.unreached, before)
    lost = lost if new_of_old is None else new_of_old[lost]
    return Topology(
        each(old.from_node, made.from_node + nodes),
        each(old.to_node, made.to_node + nodes),
        np.vstack([old.places, made.places]) if len(made.places) else old.places,
        each(old.flipped, made.flipped),
        each(old.reason, made.reason),
        each(old.confidence, made.confidence),
        each(old.component, made.component + pieces),
        outlets,
        np.sort(np.append(lost, rows[made.unreached])),
        old.bridges,
        old.tolerance_m,
    )


def _part(drawn: RiverLines, rows: Ints) -> RiverLines:
    """The lines of some reaches alone, numbered as `rows`."""
    first, last = np.searchsorted(drawn.owner, rows), np.searchsorted(drawn.owner, rows, "right")
    count = last - first
    parts = np.repeat(first - (np.cumsum(count) - count), count) + np.arange(int(count.sum()))
    lengths = (drawn.starts[parts + 1] - drawn.starts[parts]).astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    at = np.repeat(drawn.starts[parts] - starts[:-1], lengths) + np.arange(int(starts[-1]))
    owner = np.repeat(np.arange(len(rows)), count)
    n = len(rows)
    return replace(
        drawn, coords=drawn.coords[at], starts=starts, owner=owner, length_m=np.zeros(n),
        down=np.full(n, -1),
    )  # fmt: skip


def _lines(
    old: RiverLines,
    drawn: RiverLines,
    part_lines: RiverLines,
    network: RiverNetwork,
    part: RiverNetwork,
    rows: Ints,
    repaired: Repaired,
    new_of_old: Ints | None,
) -> RiverLines:
    """What was worked out of lines that are as they were is taken over."""
    n = len(repaired.features)

    def each(known: Any, values: Any, none: Any) -> Any:
        made = np.full(n, none, known.dtype)
        if new_of_old is None:
            made[: len(known)] = known
        else:
            made[new_of_old[new_of_old >= 0]] = known[new_of_old >= 0]
        made[rows] = values
        return made

    known = old.down
    if new_of_old is not None:
        known = np.where(old.down >= 0, new_of_old[old.down], -1)
    below = np.where(part.position >= 0, part.down[part.position], -1)
    into = np.where(below >= 0, rows[part.order[below]], -1)
    lines = replace(drawn, length_m=network.length_m, down=each(known, into, -1))
    if "reversed" in old.__dict__:
        own = np.where(below >= 0, part.order[below], -1)
        turned = replace(part_lines, down=own).reversed
        lines.__dict__["reversed"] = each(old.reversed, turned, False)
    changed = np.zeros(n, bool)
    now = repaired.touched if new_of_old is None else new_of_old[repaired.touched]
    changed[now[now >= 0]] = True
    changed[repaired.kept :] = True
    stayed = np.ones(len(old.length_m), bool)
    stayed[repaired.touched] = False
    if new_of_old is not None:
        stayed &= new_of_old >= 0
    new_parts = np.flatnonzero(~changed[drawn.owner])
    old_parts = np.flatnonzero(stayed[old.owner])
    made_parts = np.flatnonzero(changed[drawn.owner])
    if "part_m" in old.__dict__:
        part_m = np.empty(len(drawn.owner))
        part_m[new_parts] = old.part_m[old_parts]
        some = np.flatnonzero(changed[rows])
        part_m[made_parts] = part_lines.part_m[np.isin(part_lines.owner, some)]
        lines.__dict__["part_m"] = part_m
    if "tree" in old.__dict__:
        index = np.full(len(old.owner), -1)
        index[old_parts] = new_parts
        lines.__dict__["tree"] = PatchedTree(old.tree, index, lines, made_parts)
    return lines


class PatchedTree:
    """A tree of lines some of which were changed since: asked as `shapely.STRtree` is."""

    def __init__(self, tree: Any, index: Ints, lines: RiverLines, made: Ints) -> None:
        self._tree, self._index, self._made = tree, index, made
        self._more = shapely.STRtree(lines.drawn(made))
        self._count = len(lines.owner)

    @cached_property
    def geometries(self) -> npt.NDArray[np.object_]:
        """The line of each part."""
        lines = np.empty(self._count, object)
        stayed = np.flatnonzero(self._index >= 0)
        lines[self._index[stayed]] = np.asarray(self._tree.geometries)[stayed]
        lines[self._made] = self._more.geometries
        return lines

    def query(self, boxes: Any) -> Any:
        """Numbers of boxes and of the parts that their boxes meet."""
        number, part = self._tree.query(boxes)
        part = self._index[part]
        more, which = self._more.query(boxes)
        number = np.concatenate([number[part >= 0], more])
        return number, np.concatenate([part[part >= 0], self._made[which]])

    def nearest(self, point: Any) -> int:
        """A part that is near, the nearest unless that is one that was changed away."""
        part = int(self._index[self._tree.nearest(point)])
        if not len(self._made):
            return max(part, 0)
        near = self._more.nearest(point)
        made = int(self._made[near])
        if part < 0:
            return made
        own = self._tree.geometries[self._tree.nearest(point)].distance(point)
        return made if self._more.geometries[near].distance(point) < own else part
