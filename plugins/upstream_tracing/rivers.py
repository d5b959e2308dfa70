"""A layer of rivers made ready for tracing: once for each layer, kept as long as the layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from gisapp.api import FeatureSet, ParameterError, is_geographic, metres_per_unit, tr

from .columns import RiverColumns, guess_columns
from .doctor_repairs import Repair, Repaired, apply_repairs
from .network import Floats, Ints, RiverNetwork, build_network, key_of
from .placing import RiverLines
from .reversible import may_turn, numbered, turned_branches
from .topology import Ends, Topology, build_topology, ends_of, next_reaches

MOST_KEPT = 4  # layers that are ready, the newest
TRUNCATED = 1.05  # a published upstream area so many times the sum in the data is too large


@dataclass(frozen=True, eq=False)
class Rivers:
    """Network and lines of one layer; reaches are indices in the layer's order.

    topology: how the lines were joined and turned, where no column says what flows into what.
    whole: of parts that a repair split off, the number of the layer's feature.
    not_applied: repairs of what is not in the layer.
    """

    features: FeatureSet
    columns: RiverColumns
    network: RiverNetwork
    lines: RiverLines
    computed_lengths: bool
    topology: Topology | None = None
    whole: dict[str, str] = field(default_factory=dict)
    not_applied: tuple[Repair, ...] = ()

    @cached_property
    def keys(self) -> dict[str, int]:
        """The index of a reach by its id as text; of equal ids the first."""
        values = self.features.column(self.columns.id) if self.columns.id else self.features.ids
        return {key_of(v): i for i, v in reversed(list(enumerate(values.tolist())))}

    @cached_property
    def positions(self) -> dict[str, int]:
        """The index of a reach by the layer's feature id."""
        return {str(fid): i for i, fid in enumerate(self.features.ids.tolist())}

    def key(self, reach: int) -> str:
        """The id of a reach, as in the data."""
        column = self.features.column(self.columns.id) if self.columns.id else self.features.ids
        return key_of(column[reach])

    def keys_of(self, reaches: Ints) -> list[str]:
        """The ids of many reaches."""
        column = self.features.column(self.columns.id) if self.columns.id else self.features.ids
        return [key_of(value) for value in column[reaches].tolist()]

    def names_of(self, reaches: Ints) -> list[str]:
        """The rivers' names of many reaches."""
        if not self.columns.name:
            return [""] * len(reaches)
        return [key_of(v) for v in self.features.column(self.columns.name)[reaches].tolist()]

    def name(self, reach: int) -> str:
        """The river's name, or nothing."""
        return key_of(self.features.column(self.columns.name)[reach]) if self.columns.name else ""

    def missing_share(self, reach: int) -> float | None:
        """How much of the upstream area published for a reach is not in the data; None: unknown."""
        upland, own = self._areas
        if upland is None or own is None:
            return None
        published = float(upland[reach])
        if not published > 0:
            return None
        inside = float(np.nansum(own[self.network.upstream(reach)]))
        return max(0.0, 1 - inside / published) if published > TRUNCATED * inside else 0.0

    def discharge_m3s(self, reach: int) -> float | None:
        """Mean discharge of a reach; None where the data does not say."""
        values = numbers(self.features, self.columns.discharge_m3s)
        known = values is not None and values[reach] > 0
        return float(values[reach]) if values is not None and known else None

    def drained_km2(self, reach: int) -> float | None:
        """As published for the reach, else the sum of what each reach above drains itself."""
        upland, own = self._areas
        if upland is not None and upland[reach] > 0:
            return float(upland[reach])
        return None if own is None else float(np.nansum(own[self.network.upstream(reach)]))

    @cached_property
    def either_way(self) -> npt.NDArray[np.bool_]:
        """Of each reach, whether its water may flow either way."""
        either = _either_way(self.features, self.columns)
        return np.zeros(len(self.features), bool) if either is None else either

    @cached_property
    def _areas(self) -> tuple[Floats | None, Floats | None]:
        return (
            numbers(self.features, self.columns.area_km2),
            numbers(self.features, self.columns.own_area_km2),
        )


Key = tuple[RiverColumns, float, tuple[Repair, ...]]
_prepared: WeakKeyDictionary[FeatureSet, dict[Key, Rivers]] = WeakKeyDictionary()


def prepare(
    features: FeatureSet, bridge_m: float = 0.0, repairs: Sequence[Repair] = (), **said: str
) -> Rivers:
    """The layer ready for tracing. `said` names columns by role (see `columns.KNOWN`).

    Where no columns say what flows into what, it is found from the lines; gaps up to `bridge_m`
    are closed then. `repairs` are applied to a copy (see `doctor_repairs`); the whole network is
    numbered again for a new list of them, and the last list's is kept.
    Raises ParameterError when columns that were named connect nothing.
    """
    names = [f.name for f in features.fields]
    for name in said.values():
        if name and name not in names:
            raise ParameterError(
                tr("The rivers have no column {name}").format(name=name),
                hint=tr("They have: {names}").format(names=", ".join(names)),
            )
    columns = guess_columns(names, **said)
    if not columns.connected and (said.get("id") or said.get("next_down")):
        raise ParameterError(
            tr("Nothing in the rivers says which reach flows into which"),
            hint=tr(
                "Say which columns hold the id of a reach and of the next reach down. "
                "The layer has: {names}"
            ).format(names=", ".join(names)),
        )
    kept = _prepared.setdefault(features, {})
    key = columns, 0.0 if columns.connected else bridge_m, tuple(repairs)
    if key not in kept:
        for old in [old for old in kept if old[2] and repairs]:
            kept.pop(old, None)
        kept[key] = _prepare_repaired(features, *key)
        _forget_the_oldest()
    if said.get("next_down") and _leads_nowhere(kept[key].network):
        raise ParameterError(
            tr("No value of the column {name} is the id of a reach").format(name=columns.next_down),
            hint=tr("They have: {names}").format(names=", ".join(names)),
        )
    return kept[key]


def keep_prepared(rivers: Rivers) -> None:
    """From now on its layer is traced with it."""
    key = rivers.columns, 0.0, ()
    _prepared.setdefault(rivers.features, {})[key] = rivers


def _forget_the_oldest() -> None:
    """What is kept knows its layer, so it does not go with the layer by itself."""
    for old in list(_prepared)[:-MOST_KEPT]:
        _prepared.pop(old, None)


def _leads_nowhere(network: RiverNetwork) -> bool:
    return bool(network.oddities.unknown_next) and not (network.down >= 0).any()


def _prepare_repaired(
    features: FeatureSet, columns: RiverColumns, bridge_m: float, repairs: tuple[Repair, ...]
) -> Rivers:
    if not repairs:
        return _prepare(features, columns, bridge_m)
    repaired = apply_repairs(features, columns, repairs)
    return _prepare(repaired.features, columns, bridge_m, repaired)


def _prepare(
    features: FeatureSet, columns: RiverColumns, bridge_m: float, repaired: Repaired | None = None
) -> Rivers:
    shapes = features.shapes_in(features.crs)
    if shapes.kind != "line":
        raise ParameterError(
            tr("The rivers are not lines"),
            hint=tr("Choose a layer of river lines."),
        )
    degrees = is_geographic(features.crs)
    extent = shapes.extent
    unit = 1.0 if degrees or extent is None else metres_per_unit(features.crs, extent.center)
    none = np.full(len(features), -1)
    lines = RiverLines(
        shapes.coords, shapes.starts, shapes.owner, degrees, unit, np.zeros(len(features)), none
    )
    lengths = numbers(features, columns.length_m)
    if lengths is None and (km := numbers(features, columns.length_km)) is not None:
        lengths = km * 1000.0
    if lengths is not None and len(lengths) and not np.isfinite(lengths).any():
        raise ParameterError(
            tr("The column {name} holds no numbers").format(
                name=columns.length_m or columns.length_km
            ),
            hint=tr("Name the column of lengths, or leave it out: then the lines are measured."),
        )
    computed = lengths is None
    if lengths is None:
        lengths = np.bincount(lines.owner, lines.part_m, len(features)).astype(np.float64)
    weight = numbers(features, columns.area_km2)
    if weight is None:
        weight = numbers(features, columns.discharge_m3s)
    weight = None if weight is None else np.nan_to_num(weight)
    topology = None
    if columns.connected:
        network = _network(features, columns, lengths, weight)
    else:
        either = _either_way(features, columns)
        topology, network = _from_lines(lines, lengths, weight, bridge_m, repaired, either)
    p = network.position
    below = np.where(p >= 0, network.down[p], -1)
    down = np.where(below >= 0, network.order[below], -1)
    lines = RiverLines(
        shapes.coords, shapes.starts, shapes.owner, degrees, unit, network.length_m, down
    )
    if repaired is None:
        return Rivers(features, columns, network, lines, computed, topology)
    kept = repaired.whole, repaired.not_applied
    return Rivers(features, columns, network, lines, computed, topology, *kept)


def _from_lines(
    lines: RiverLines,
    lengths: Floats,
    weight: Floats | None,
    bridge_m: float,
    repaired: Repaired | None,
    either: npt.NDArray[np.bool_] | None,
) -> tuple[Topology, RiverNetwork]:
    """Joined at their ends. A reach of several parts begins with its first and ends with its last.

    Where a river parts, the larger branch (by area or discharge, else the longer) is the main one.
    """
    n = len(lengths)
    first = np.minimum(np.searchsorted(lines.owner, np.arange(n)), max(len(lines.owner) - 1, 0))
    last = np.searchsorted(lines.owner, np.arange(n), "right") - 1
    empty = last < first
    ends = ends_of(
        lines.coords, lines.starts, lines.part_m, degrees=lines.degrees, unit_m=lines.unit_m
    )
    begin, end = ends.first[first].copy(), ends.last[np.maximum(last, 0)].copy()
    begin[empty], end[empty] = np.nan, np.nan
    length = np.where(np.isfinite(lengths) & (lengths > 0), lengths, 0.0)
    given = repaired.given if repaired is not None and repaired.given.any() else None
    topology = build_topology(Ends(begin, end, length), bridge_m=bridge_m, given=given)
    main, side = next_reaches(topology, length if weight is None else weight)
    if repaired is not None:
        main = np.where(repaired.cut, -1, main)
        side = side[~repaired.cut[side[:, 0]]]
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


def _network(
    features: FeatureSet, columns: RiverColumns, lengths: Floats, weight: Floats | None
) -> RiverNetwork:
    by_nodes = columns.from_node and columns.to_node
    told_by_nodes = columns.divergence or _either_way(features, columns) is not None
    if columns.id and columns.next_down and not (by_nodes and told_by_nodes):
        ids, following = features.column(columns.id), features.column(columns.next_down)
        return build_network(ids, following, lengths, weight=weight)
    following, minor = _from_nodes(features, columns, weight)
    return build_network(
        np.arange(1, len(features) + 1), following, lengths, weight=weight, minor=minor
    )


def _from_nodes(
    features: FeatureSet, columns: RiverColumns, weight: Floats | None
) -> tuple[Ints, list[tuple[int, int]]]:
    """Next reaches and side branches (numbers from 1) from the nodes at both ends.

    Of the reaches that leave a node the main one is told by `divergence` (2: a smaller way, as in
    NHDPlus), then by weight.
    """
    leaving = np.array([key_of(v) for v in features.column(columns.from_node).tolist()])
    arriving = np.array([key_of(v) for v in features.column(columns.to_node).tolist()])
    smaller = np.zeros(len(leaving))
    if (divergence := numbers(features, columns.divergence)) is not None:
        smaller = (divergence == 2).astype(float)
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
    either = _either_way(features, columns)
    if either is not None:
        begins, ends = numbered(leaving, arriving)
        turned = turned_branches(begins, ends, either) + 1
        minor += [(int(a), int(b)) for a, b in turned.tolist()]
    return following, minor


def _either_way(features: FeatureSet, columns: RiverColumns) -> npt.NDArray[np.bool_] | None:
    """Which reaches may flow either way; None where none does."""
    if not columns.either_way:
        return None
    either = may_turn(features.column(columns.either_way))
    return either if either.any() else None


def numbers(features: FeatureSet, column: str) -> Floats | None:
    """A column as numbers, NaN for what is none; None when there is no such column."""
    if not column:
        return None
    values: npt.NDArray[Any] = features.column(column)
    if values.dtype.kind in "fiu":
        return values.astype(np.float64)
    return np.array([_number(v) for v in values.tolist()], np.float64)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")
