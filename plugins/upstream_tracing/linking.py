"""What flows into what: told by columns or found from the lines, of all reaches or of some."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.api import FeatureSet

from .columns import RiverColumns
from .network import Floats, Ints, RiverNetwork, build_network, key_of
from .placing import RiverLines
from .reversible import may_turn, numbered, turned_branches
from .topology import Ends, Flags, Topology, build_topology, ends_at, next_reaches


@dataclass(frozen=True, eq=False)
class Reaches:
    """Some reaches of a layer (indices, ascending), or all of them (None)."""

    features: FeatureSet
    columns: RiverColumns
    rows: Ints | None = None

    def __len__(self) -> int:
        return len(self.features) if self.rows is None else len(self.rows)

    def column(self, name: str) -> npt.NDArray[Any]:
        values = self.features.column(name)
        return values if self.rows is None else values[self.rows]

    def numbers(self, name: str) -> Floats | None:
        """A column as numbers, NaN for what is none; None when there is no such column."""
        return as_numbers(self.column(name)) if name else None

    @property
    def lengths(self) -> Floats | None:
        """Metres as the layer says them."""
        metres = self.numbers(self.columns.length_m)
        if metres is None and (km := self.numbers(self.columns.length_km)) is not None:
            return km * 1000.0
        return metres

    @property
    def weight(self) -> Floats | None:
        """What makes a tributary the main one; None: the length of river above."""
        weight = self.numbers(self.columns.area_km2)
        if weight is None:
            weight = self.numbers(self.columns.discharge_m3s)
        return None if weight is None else np.nan_to_num(weight)

    @property
    def either_way(self) -> Flags | None:
        """Which reaches may flow either way; None where none does."""
        if not self.columns.either_way:
            return None
        either = may_turn(self.column(self.columns.either_way))
        return either if either.any() else None

    @property
    def linked_by_nodes(self) -> bool:
        """Whether nodes, not ids, say what flows into what. The same for any part of a layer."""
        columns = self.columns
        by_nodes = columns.from_node and columns.to_node
        whole = Reaches(self.features, columns)
        told_by_nodes = columns.divergence or whole.either_way is not None
        return not (columns.id and columns.next_down) or bool(by_nodes and told_by_nodes)


def network_from_columns(reaches: Reaches, lengths: Floats, weight: Floats | None) -> RiverNetwork:
    """As ids of the next reach, or the nodes at both ends, say."""
    columns = reaches.columns
    if not reaches.linked_by_nodes:
        ids, following = reaches.column(columns.id), reaches.column(columns.next_down)
        return build_network(ids, following, lengths, weight=weight)
    leaving = np.array([key_of(v) for v in reaches.column(columns.from_node).tolist()], np.str_)
    arriving = np.array([key_of(v) for v in reaches.column(columns.to_node).tolist()], np.str_)
    divergence, either = reaches.numbers(columns.divergence), reaches.either_way
    following, minor = _from_nodes(leaving, arriving, divergence, weight)
    if either is not None:
        begins, ends = numbered(leaving, arriving)
        turned = turned_branches(begins, ends, either) + 1
        minor += [(int(a), int(b)) for a, b in turned.tolist()]
    numbers = np.arange(1, len(reaches) + 1)
    return build_network(numbers, following, lengths, weight=weight, minor=minor)


def _from_nodes(
    leaving: npt.NDArray[Any],
    arriving: npt.NDArray[Any],
    divergence: Floats | None,
    weight: Floats | None,
) -> tuple[Ints, list[tuple[int, int]]]:
    """Next reaches and side branches (numbers from 1) from the nodes at both ends.

    Of the reaches that leave a node the main one is told by `divergence` (2: a smaller way, as in
    NHDPlus), then by weight.
    """
    smaller = np.zeros(len(leaving)) if divergence is None else (divergence == 2).astype(float)
    heavy = np.zeros(len(leaving)) if weight is None else weight
    order = np.lexsort((np.arange(len(leaving)), -heavy, smaller, leaving))
    nodes = leaving[order]
    first = np.searchsorted(nodes, arriving)
    count = np.searchsorted(nodes, arriving, "right") - first
    count[arriving == ""] = 0
    following = np.where(count > 0, order[np.minimum(first, len(order) - 1)] + 1, 0)
    minor = [
        (int(reach) + 1, int(order[first[reach] + branch]) + 1)
        for reach in np.flatnonzero(count > 1)
        for branch in range(1, int(count[reach]))
    ]
    return following, minor


@dataclass(frozen=True)
class Joining:
    """How lines are joined. tolerance_m: None for the usual one of the layer."""

    bridge_m: float = 0.0
    tolerance_m: float | None = None


def network_from_lines(
    reaches: Reaches,
    lines: RiverLines,
    lengths: Floats,
    weight: Floats | None,
    joining: Joining,
    said: tuple[Flags, Flags] | None = None,
) -> tuple[Topology, RiverNetwork]:
    """Joined at their ends. A reach of several parts begins with its first and ends with its last.

    Where a river parts, the larger branch (by area or discharge, else the longer) is the main one.
    said: which run as they are drawn, and which flow no farther, because somebody said so.
    """
    n = len(reaches)
    length = np.where(np.isfinite(lengths) & (lengths > 0), lengths, 0.0)
    begin, end = ends_of_reaches(reaches, lines)
    given, cut = said if said is not None else (np.zeros(n, bool), np.zeros(n, bool))
    topology = build_topology(
        Ends(begin, end, length),
        tolerance_m=joining.tolerance_m,
        bridge_m=joining.bridge_m,
        given=given if given.any() else None,
    )
    main, side = next_reaches(topology, length if weight is None else weight)
    main = np.where(cut, -1, main)
    side = side[~cut[side[:, 0]]]
    either = reaches.either_way
    if either is not None:
        turned = turned_branches(topology.from_node, topology.to_node, either)
        side = np.vstack([side, turned])
    network = build_network(
        np.arange(1, n + 1),
        np.where(main >= 0, main + 1, 0),
        lengths,
        weight=weight,
        minor=[(int(a) + 1, int(b) + 1) for a, b in side.tolist()],
    )
    return topology, network


def ends_of_reaches(reaches: Reaches, lines: RiverLines) -> tuple[Floats, Floats]:
    """First and last places in the space of topology; NaN for a reach without a line."""
    rows = np.arange(len(reaches)) if reaches.rows is None else reaches.rows
    first = np.searchsorted(lines.owner, rows)
    last = np.searchsorted(lines.owner, rows, "right") - 1
    empty = last < first
    most = max(len(lines.owner) - 1, 0)
    begin = lines.coords[lines.starts[np.minimum(first, most)]].astype(np.float64)
    end = lines.coords[lines.starts[np.clip(last, 0, most) + 1] - 1].astype(np.float64)
    begin[empty], end[empty] = np.nan, np.nan
    space: Callable[[Floats], Floats] = lambda at: ends_at(at, lines.degrees, lines.unit_m)  # noqa: E731
    return space(begin), space(end)


def as_numbers(values: npt.NDArray[Any]) -> Floats:
    """Of any column; NaN for what is no number."""
    if values.dtype.kind in "fiu":
        return values.astype(np.float64)
    return np.array([_number(v) for v in values.tolist()], np.float64)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")
