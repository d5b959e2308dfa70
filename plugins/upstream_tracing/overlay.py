"""A repaired layer made ready from the state before it: only what was touched is looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.api import FeatureSet

from .columns import RiverColumns
from .crossings import Crossings, other_nodes
from .linking import Joining, Reaches, ends_of_reaches, network_from_columns, network_from_lines
from .network import Floats, Ints, RiverNetwork, key_of
from .placing import RiverLines
from .renumbering import Basins, Change, renumbered
from .repair_steps import Step
from .topology import Topology

MOST_ENDS = 16  # looked for among all without a tree
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Whole:
    """A state of the layer. ends: places of the ends of its lines, where lines are joined."""

    features: FeatureSet
    columns: RiverColumns
    network: RiverNetwork
    lines: RiverLines
    topology: Topology | None
    basins: Basins
    ends: tuple[Floats, Floats] | None
    crossings: Crossings


@dataclass(frozen=True, eq=False)
class Overlaid:
    network: RiverNetwork
    lines: RiverLines
    topology: Topology | None
    crossings: Crossings


def can_be_overlaid(network: RiverNetwork, topology: Topology | None) -> bool:
    """Nothing is kept of a layer in which an id is there twice (which one counts may change), or
    whose gaps were closed (others may be closed then). Asked of the layer without repairs."""
    if network.oddities.duplicates or not len(network):
        return False
    return topology is None or not len(topology.bridges)


def overlaid(whole: Whole, step: Step) -> Overlaid:
    """The same as making all of it ready anew."""
    basins = _touched(whole, step)
    before = whole.basins.reaches(basins)
    now = before if step.new_of_old is None else step.new_of_old[before]
    rows = np.sort(np.concatenate([now[now >= 0], step.added]))
    reaches = Reaches(step.features, whole.columns, rows)
    shapes = step.features.shapes_in(step.features.crs)
    n, old = len(step.features), whole.lines
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
        said = step.given[rows], step.cut[rows]
        made, part = network_from_lines(reaches, drawn, lengths, reaches.weight, joining, said)
        topology = _topology(whole.topology, made, before, rows, step)
    else:
        part = network_from_columns(reaches, lengths, reaches.weight)
    change = Change(whole.basins.starts[basins], rows, part, step.new_of_old, n)
    network = renumbered(whole.basins, change, reaches.weight)
    lines, parts = _lines(old, drawn, part_lines, network, part, rows, step)
    return Overlaid(network, lines, topology, _crossings(whole, topology, before, step, parts, n))


def _crossings(
    whole: Whole, topology: Topology | None, before: Ints, step: Step, parts: Ints, count: int
) -> Crossings:
    if topology is None or whole.topology is None:
        return Crossings()
    now = before if step.new_of_old is None else step.new_of_old[before]
    stays = (now >= 0) & ~np.isin(before, step.touched)
    again = np.zeros(count, bool)
    again[other_nodes(whole.topology, topology, before[stays], now[stays])] = True
    again[step.touched_now] = True
    again[step.added] = True
    return whole.crossings.moved(parts, step.taken_over, again)


def _touched(whole: Whole, step: Step) -> Ints:
    """Numbers of the basins that a step may change."""
    touched = step.touched
    if whole.topology is None:
        met = _by_nodes if Reaches(whole.features, whole.columns).linked_by_nodes else _by_ids
        return whole.basins.closed(np.union1d(touched, met(whole, step)).tolist())
    pieces = set(whole.topology.component[touched].tolist())
    pieces.update(whole.topology.component[_met(whole, step)].tolist())
    reaches = np.flatnonzero(np.isin(whole.topology.component, list(pieces)))
    return whole.basins.closed(reaches.tolist())


def _by_nodes(whole: Whole, step: Step) -> Ints:
    """Old reaches at the nodes of those that changed or came."""
    named, said = Reaches(whole.features, whole.columns), whole.columns
    rows = np.concatenate([step.touched_now, step.added])
    now = Reaches(step.features, said, rows)
    nodes = np.append(now.column(said.to_node).astype(str), now.column(said.from_node).astype(str))
    nodes = np.unique(nodes[nodes != ""])
    ends = [named.column(name).astype(str) for name in (said.from_node, said.to_node)]
    return np.flatnonzero(np.isin(ends[0], nodes) | np.isin(ends[1], nodes))


def _by_ids(whole: Whole, step: Step) -> Ints:
    """Old reaches that those that changed or came flow into, or that flow into those that came."""
    named, said = Reaches(whole.features, whole.columns), whole.columns
    rows = np.concatenate([step.touched_now, step.added])
    into = Reaches(step.features, said, rows).column(said.next_down)
    met = [np.flatnonzero(_is_one_of(named.column(said.id), into))]
    if len(step.added):
        came = Reaches(step.features, said, step.added).column(said.id)
        met.append(np.flatnonzero(_is_one_of(named.column(said.next_down), came)))
    return np.concatenate(met)


def _is_one_of(values: npt.NDArray[Any], wanted: npt.NDArray[Any]) -> Flags:
    if values.dtype.kind in "iuf" and wanted.dtype.kind in "iuf":
        return np.asarray(np.isin(values, wanted))
    names = {key_of(value) for value in wanted.tolist()}
    return np.array([key_of(value) in names for value in values.tolist()], bool)


def _met(whole: Whole, step: Step) -> Ints:
    """Reaches whose ends lie within the tolerance of an end that was made or moved."""
    from scipy.spatial import cKDTree

    assert whole.topology is not None
    assert whole.ends is not None
    rows = np.concatenate([step.touched_now, step.added])
    shapes = step.features.shapes_in(step.features.crs)
    old = whole.lines
    drawn = replace(old, coords=shapes.coords, starts=shapes.starts, owner=shapes.owner)
    ends = np.vstack(ends_of_reaches(Reaches(step.features, whole.columns, rows), drawn))
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


def _topology(old: Topology, made: Topology, before: Ints, rows: Ints, step: Step) -> Topology:
    """New nodes take the numbers of those that are gone, then higher ones; new pieces higher."""
    pieces = int(old.component.max(initial=-1)) + 1
    gone = np.unique(np.concatenate([old.from_node[before], old.to_node[before]]))
    more = max(0, len(made.places) - len(gone))
    number = np.append(gone, np.arange(len(old.places), len(old.places) + more))
    number = number[: len(made.places)]
    places = np.vstack([old.places, np.full((more, old.places.shape[1]), np.nan)])
    places[gone] = np.nan
    places[number] = made.places

    def each(known: Any, part: Any) -> Any:
        values = step.taken_over(known.astype(np.promote_types(known.dtype, part.dtype)), 0)
        values[rows] = part
        return values

    outlets = np.append(np.setdiff1d(old.outlets, gone), number[made.outlets])
    lost = np.setdiff1d(old.unreached, before)
    lost = lost if step.new_of_old is None else step.new_of_old[lost]
    return Topology(
        each(old.from_node, number[made.from_node]),
        each(old.to_node, number[made.to_node]),
        places,
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
    step: Step,
) -> tuple[RiverLines, Ints]:
    """What was worked out of lines that are as they were is taken over; and the new number of each
    old part, -1 for those that are no more or otherwise."""
    n = len(step.features)

    def each(known: Any, values: Any, none: Any) -> Any:
        made = step.taken_over(known, none)
        made[rows] = values
        return made

    known = old.down
    if step.new_of_old is not None:
        known = np.where(old.down >= 0, step.new_of_old[old.down], -1)
    below = np.where(part.position >= 0, part.down[part.position], -1)
    into = np.where(below >= 0, rows[part.order[below]], -1)
    lines = replace(drawn, length_m=network.length_m, down=each(known, into, -1))
    if "reversed" in old.__dict__:
        own = np.where(below >= 0, part.order[below], -1)
        turned = replace(part_lines, down=own).reversed
        lines.__dict__["reversed"] = each(old.reversed, turned, False)
    changed = np.zeros(n, bool)
    changed[step.touched_now] = True
    changed[step.added] = True
    stayed = np.ones(len(old.length_m), bool)
    stayed[step.touched] = False
    # parts of what stayed, in the order of the new layer (which is that of the old but for
    # features that came back)
    old_parts = np.flatnonzero(stayed[old.owner])
    if step.new_of_old is not None:
        owner = step.new_of_old[old.owner[old_parts]]
        old_parts = old_parts[np.argsort(owner, kind="stable")]
    new_parts = np.flatnonzero(~changed[drawn.owner])
    made_parts = np.flatnonzero(changed[drawn.owner])
    index = np.full(len(old.owner), -1)
    index[old_parts] = new_parts
    if "part_m" in old.__dict__:
        part_m = np.empty(len(drawn.owner))
        part_m[new_parts] = old.part_m[old_parts]
        some = np.flatnonzero(changed[rows])
        part_m[made_parts] = part_lines.part_m[np.isin(part_lines.owner, some)]
        lines.__dict__["part_m"] = part_m
    if "tree" in old.__dict__:
        lines.__dict__["tree"] = PatchedTree.over(old.tree, index, lines)
    return lines, index


class PatchedTree:
    """A tree of lines some of which were changed since: asked as `shapely.STRtree` is."""

    def __init__(self, tree: Any, index: Ints, lines: RiverLines) -> None:
        """index: the number now of each part in the tree, -1 for one that is no more."""
        other = np.ones(len(lines.owner), bool)
        other[index[index >= 0]] = False
        self._tree, self._index, self._made = tree, index, np.flatnonzero(other)
        self._more = shapely.STRtree(lines.drawn(self._made))
        self._count = len(lines.owner)

    @classmethod
    def over(cls, tree: Any, index: Ints, lines: RiverLines) -> PatchedTree:
        """Over another one too: the first tree is asked, however many changes there were."""
        if isinstance(tree, PatchedTree):
            known = tree._index
            return cls(tree._tree, np.where(known >= 0, index[known], -1), lines)
        return cls(tree, index, lines)

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
