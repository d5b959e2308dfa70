"""A layer of rivers made ready for tracing: once for each layer, kept as long as the layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from gisapp.api import FeatureSet, ParameterError, is_geographic, metres_per_unit, tr

from .columns import RiverColumns, guess_columns
from .crossings import Crossings
from .doctor_repairs import Repair, Repaired, apply_repairs
from .linking import (
    Joining,
    Reaches,
    as_numbers,
    ends_of_reaches,
    network_from_columns,
    network_from_lines,
)
from .network import Floats, Ints, RiverNetwork, key_of
from .overlay import Whole, can_be_overlaid, overlaid
from .placing import RiverLines
from .renumbering import Basins
from .repair_steps import Step, difference, first_step, next_step
from .topology import Topology

if TYPE_CHECKING:
    from .pipes import Sewers

MOST_KEPT = 4  # layers that are ready, the newest
TRUNCATED = 1.05  # a published upstream area so many times the sum in the data is too large


@dataclass(frozen=True, eq=False)
class Rivers:
    """Network and lines of one layer; reaches are indices in the layer's order.

    topology: how the lines were joined and turned, where no column says what flows into what.
    whole: of parts that a repair split off, the number of the layer's feature.
    not_applied: repairs of what is not in the layer. sewers: what of it is no river (see `pipes`).
    repaired: how it came from the layer without repairs. crossings: of lines, as far as known.
    """

    features: FeatureSet
    columns: RiverColumns
    network: RiverNetwork
    lines: RiverLines
    computed_lengths: bool
    topology: Topology | None = None
    whole: dict[str, str] = field(default_factory=dict)
    not_applied: tuple[Repair, ...] = ()
    sewers: Sewers | None = None
    repaired: Repaired | None = None
    crossings: Crossings = field(default_factory=Crossings)

    def is_pipe(self, reaches: Ints) -> npt.NDArray[np.bool_]:
        """Which of the reaches are culverts or sewers."""
        if self.sewers is None:
            return np.zeros(len(reaches), bool)
        return self.sewers.is_pipe[reaches]

    def on_piece(self, reach: int, measure_m: float) -> tuple[int, float]:
        """Of a reach that pipes part the piece at a measure of the whole, and the measure on it."""
        for lower, piece in self.sewers.pieces.get(reach, ()) if self.sewers is not None else ():
            if measure_m >= lower:
                return piece, measure_m - lower
        return reach, measure_m

    def on_whole(self, reach: int, measure_m: float) -> tuple[int, float]:
        """The other way: of a piece its whole reach, and the measure on that."""
        of = self._wholes.get(reach)
        return (reach, measure_m) if of is None else (of[0], measure_m + of[1])

    @cached_property
    def _wholes(self) -> dict[int, tuple[int, float]]:
        known = {} if self.sewers is None else self.sewers.pieces
        return {piece: (whole, lower) for whole, some in known.items() for lower, piece in some}

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
    def whole_layer(self) -> Whole:
        """What repairs are laid over: the layer without any, or with those before."""
        reaches = Reaches(self.features, self.columns)
        ends = None if self.topology is None else ends_of_reaches(reaches, self.lines)
        basins = Basins(self.network, reaches.weight)
        return Whole(
            self.features, self.columns, self.network, self.lines, self.topology, basins, ends,
            self.crossings,
        )  # fmt: skip

    @cached_property
    def either_way(self) -> npt.NDArray[np.bool_]:
        """Of each reach, whether its water may flow either way."""
        either = Reaches(self.features, self.columns).either_way
        return np.zeros(len(self.features), bool) if either is None else either

    @cached_property
    def _areas(self) -> tuple[Floats | None, Floats | None]:
        return (
            numbers(self.features, self.columns.area_km2),
            numbers(self.features, self.columns.own_area_km2),
        )


Key = tuple[RiverColumns, float, tuple[Repair, ...]]
_prepared: WeakKeyDictionary[FeatureSet, dict[Key, Rivers]] = WeakKeyDictionary()
_ready: WeakKeyDictionary[FeatureSet, Rivers] = WeakKeyDictionary()  # that are networks themselves


def prepare(
    features: FeatureSet, bridge_m: float = 0.0, repairs: Sequence[Repair] = (), **said: str
) -> Rivers:
    """The layer ready for tracing. `said` names columns by role (see `columns.KNOWN`).

    Where no columns say what flows into what, it is found from the lines; gaps up to `bridge_m`
    are closed then. `repairs` are applied to a copy (see `doctor_repairs`); the last list's network
    is kept, and for a new list only the basins in which it differs are numbered again.
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
    if (ready := _ready.get(features)) is not None:
        if repairs:
            return _joined_after(ready, repairs)
        return ready
    kept = _prepared.setdefault(features, {})
    key = columns, 0.0 if columns.connected else bridge_m, tuple(repairs)
    if key not in kept:
        made = _prepare_repaired(features, *key)
        for old in [old for old in kept if old[2] and repairs]:
            kept.pop(old, None)
        kept[key] = made
        _forget_the_oldest()
    if said.get("next_down") and _leads_nowhere(kept[key].network):
        raise ParameterError(
            tr("No value of the column {name} is the id of a reach").format(name=columns.next_down),
            hint=tr("They have: {names}").format(names=", ".join(names)),
        )
    return kept[key]


def keep_prepared(rivers: Rivers) -> None:
    """From now on its layer is traced with it."""
    if rivers.sewers is not None:
        _ready[rivers.features] = rivers
        return
    key = rivers.columns, 0.0, ()
    _prepared.setdefault(rivers.features, {})[key] = rivers


def _joined_after(ready: Rivers, repairs: Sequence[Repair]) -> Rivers:
    """Repairs are of the rivers: they are joined with the pipes again."""
    apart = None if ready.sewers is None else ready.sewers.apart
    if apart is None:
        raise ParameterError(
            tr("This network was kept without its rivers and pipes apart: it takes no repairs"),
            hint=tr(
                "Build it again with gisapp network build LINES --pipes PIPES; then it takes them."
            ),
        )
    return apart.joined_after(repairs)


def _forget_the_oldest() -> None:
    """What is kept knows its layer, so it does not go with the layer by itself."""
    for old in list(_prepared)[:-MOST_KEPT]:
        _prepared.pop(old, None)
    for old in list(_ready)[:-MOST_KEPT]:
        _ready.pop(old, None)


def _leads_nowhere(network: RiverNetwork) -> bool:
    return bool(network.oddities.unknown_next) and not (network.down >= 0).any()


def _prepare_repaired(
    features: FeatureSet, columns: RiverColumns, bridge_m: float, repairs: tuple[Repair, ...]
) -> Rivers:
    """From the state before it, so that only the basins in which they differ are ordered anew."""
    if not repairs:
        return _prepare(features, columns, bridge_m)
    kept = _prepared.setdefault(features, {})
    key = columns, bridge_m, ()
    if key not in kept:
        kept[key] = _prepare(features, columns, bridge_m)
    given = kept[key]
    repaired = apply_repairs(features, columns, repairs)
    if not can_be_overlaid(given.network, given.topology):
        return _prepare(repaired.features, columns, bridge_m, repaired, given)
    before, step = _nearest_state(features, key, repaired, repairs)
    part = overlaid(before.whole_layer, step)
    return Rivers(
        repaired.features, columns, part.network, part.lines, given.computed_lengths,
        part.topology, repaired.whole, repaired.not_applied, None, repaired, part.crossings,
    )  # fmt: skip


def _nearest_state(
    features: FeatureSet, key: Key, repaired: Repaired, repairs: tuple[Repair, ...]
) -> tuple[Rivers, Step]:
    """The last state or the layer without repairs, whichever differs less, and the way from it."""
    kept = _prepared[features]
    for columns, bridge_m, earlier in kept:
        before = kept[columns, bridge_m, earlier]
        if not earlier or (columns, bridge_m) != key[:2] or before.repaired is None:
            continue
        changed = difference(features, earlier, repairs)
        if changed is not None and len(changed) < len(repaired.touched):
            return before, next_step(len(features), before.repaired, repaired, changed)
    return kept[key], first_step(len(features), repaired)


def _prepare(
    features: FeatureSet,
    columns: RiverColumns,
    bridge_m: float,
    repaired: Repaired | None = None,
    before: Rivers | None = None,
) -> Rivers:
    """before: the layer without repairs; what was told by all of it stays as it was."""
    shapes = features.shapes_in(features.crs)
    if shapes.kind != "line":
        raise ParameterError(
            tr("The rivers are not lines"),
            hint=tr("Choose a layer of river lines."),
        )
    degrees = is_geographic(features.crs)
    extent = shapes.extent
    unit = 1.0 if degrees or extent is None else metres_per_unit(features.crs, extent.center)
    tolerance_m = None
    if before is not None:
        unit = before.lines.unit_m
        tolerance_m = before.topology.tolerance_m if before.topology is not None else None
    none = np.full(len(features), -1)
    lines = RiverLines(
        shapes.coords, shapes.starts, shapes.owner, degrees, unit, np.zeros(len(features)), none
    )
    reaches = Reaches(features, columns)
    lengths, weight = reaches.lengths, reaches.weight
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
    topology = None
    if columns.connected:
        network = network_from_columns(reaches, lengths, weight)
    else:
        said = None if repaired is None else (repaired.given, repaired.cut)
        topology, network = network_from_lines(
            reaches, lines, lengths, weight, Joining(bridge_m, tolerance_m), said
        )
    p = network.position
    below = np.where(p >= 0, network.down[p], -1)
    down = np.where(below >= 0, network.order[below], -1)
    lines = replace(lines, length_m=network.length_m, down=down)
    if repaired is None:
        return Rivers(features, columns, network, lines, computed, topology)
    kept = repaired.whole, repaired.not_applied, None, repaired
    return Rivers(features, columns, network, lines, computed, topology, *kept)


def numbers(features: FeatureSet, column: str) -> Floats | None:
    """A column as numbers, NaN for what is none; None when there is no such column."""
    return as_numbers(features.column(column)) if column else None
