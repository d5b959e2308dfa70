"""Rivers and sewers as one network, joined at outfalls.

A reach into which a pipe flows is split there, so that upstream of a station above the outfall
leaves the pipe out; the pieces are still that reach for whoever looks. Pipes never make a main
stem.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
from shapely import LineString
from shapely.ops import substring

from gisapp.api import Features, FeatureSet, Field, ParameterError, Shapes, tr

from .doctor_repairs import Repair
from .network import Floats, Ints, build_network
from .pipe_lines import PipeLines, read_pipes
from .placing import RiverLines
from .points import places_of
from .rivers import Rivers, prepare

WITHIN_M = 50.0  # from the end of a pipe to the river it flows into
LEAST_PIECE = 0.5  # metres; a pipe nearer to the end of a reach joins it there
PIPE = "pipe "  # before the key of a pipe
KIND = "kind"


@dataclass(frozen=True, slots=True)
class Joint:
    """Where a pipe flows into a river: reaches are indices, metres on the river's whole reach."""

    pipe: int
    reach: int
    of_reach: str
    measure_m: float
    offset_m: float
    outfall: str  # id or name of the outfall there, or nothing


@dataclass(frozen=True, eq=False)
class Apart:
    """Rivers and pipes before they were joined; within_m: how near the ends had to be."""

    rivers: Rivers
    pipes: FeatureSet
    within_m: float

    def joined_after(self, repairs: Sequence[Repair]) -> Rivers:
        """The rivers with repairs, and the pipes joined to them again."""
        rivers = prepare(self.rivers.features, 0.0, repairs)
        return with_pipes(rivers, self.pipes, self.within_m)


@dataclass(frozen=True, eq=False)
class Sewers:
    """What of a network is no river. loose: keys of pipes that end nowhere near a river.

    apart: None of a network from an older file.
    """

    is_pipe: npt.NDArray[np.bool_]
    m_s: Floats  # of pipes
    joints: tuple[Joint, ...]
    loose: tuple[str, ...]
    known_by: dict[str, int]  # how many pipes' direction is known how
    pieces: dict[int, tuple[tuple[float, int], ...]]  # of a reach: from which metre, which piece
    apart: Apart | None = None


_joined: WeakKeyDictionary[FeatureSet, dict[tuple[Any, ...], Rivers]] = WeakKeyDictionary()


def with_pipes(rivers: Rivers, pipes: FeatureSet | None, within_m: float = WITHIN_M) -> Rivers:
    """The rivers with the pipes; kept as long as the layer of pipes is. Raises ParameterError."""
    if pipes is None or not len(pipes):
        return rivers
    if rivers.sewers is not None:
        raise ParameterError(
            tr("This network has its pipes already"),
            hint=tr("Leave the pipes out, or build it again from the river lines."),
        )
    kept = _joined.setdefault(pipes, {})
    key = (rivers, within_m)
    if key not in kept:
        kept.clear()
        kept[key] = join_pipes(rivers, pipes, within_m)
    return kept[key]


def join_pipes(rivers: Rivers, pipes: FeatureSet, within_m: float) -> Rivers:
    """The union. Raises ParameterError for a layer that holds no lines."""
    shapes = pipes.shapes_in(rivers.features.crs)
    if shapes.kind != "line":
        raise ParameterError(
            tr("The pipes are not lines"), hint=tr("Choose a layer of pipes or culverts.")
        )
    old = rivers.lines
    drains = read_pipes(pipes, rivers.features.crs, degrees=old.degrees, unit_m=old.unit_m)
    n, count = len(rivers.features), len(drains.keys)
    lows = np.flatnonzero(drains.main < 0)
    lows = lows[[len(drains.lines[low]) > 0 for low in lows]] if len(lows) else lows
    ends = np.array([drains.lines[low][-1] for low in lows]).reshape(-1, 2)
    placed = old.place(ends, within_m)
    met = {int(low): some[0] for low, some in zip(lows.tolist(), placed, strict=True) if some}
    cuts = _cuts(rivers, {low: (p.reach, p.measure_m) for low, p in met.items()})
    extra = [(reach, number) for reach, at in cuts.items() for number in range(1, len(at) + 1)]
    piece = {(reach, number): n + k for k, (reach, number) in enumerate(extra)}
    first_pipe = n + len(extra)

    def lowest(reach: int) -> int:
        return piece.get((reach, len(cuts.get(reach, ()))), reach)

    main = np.full(first_pipe + count, -1)
    main[:n] = old.down
    for reach, at in cuts.items():
        row = [reach, *(piece[reach, number] for number in range(1, len(at) + 1))]
        main[row[-1]] = old.down[reach]
        main[row[:-1]] = row[1:]
    main[first_pipe:] = np.where(drains.main >= 0, drains.main + first_pipe, -1)
    where = {}
    for low, place in met.items():
        number = int(np.sum(np.array(cuts.get(place.reach, ())) >= place.measure_m - LEAST_PIECE))
        into = piece.get((place.reach, number), place.reach)
        ends_below = place.measure_m <= LEAST_PIECE and number == 0
        if ends_below and old.down[place.reach] >= 0:
            into = int(old.down[place.reach])
        main[first_pipe + low] = where[low] = into
    network = rivers.network
    tops, feet = network.order[network.minor_from], network.order[network.minor_to]
    minor = [(lowest(a) + 1, b + 1) for a, b in zip(tops.tolist(), feet.tolist(), strict=True)]
    minor += [(first_pipe + a + 1, first_pipe + b + 1) for a, b in drains.side.tolist()]
    spans = _spans(network.length_m, cuts, extra)
    length = np.concatenate([spans, drains.length_m])
    made = build_network(
        np.arange(1, len(main) + 1), main + 1, length, weight=_weights(rivers, extra, drains),
        minor=minor,
    )  # fmt: skip
    features, whole = _features(rivers, drains, cuts, extra, first_pipe)
    drawn = features.shapes_in(features.crs)
    below = np.where(made.position >= 0, made.down[made.position], -1)
    lines = RiverLines(
        drawn.coords, drawn.starts, drawn.owner, old.degrees, old.unit_m, made.length_m,
        np.where(below >= 0, made.order[below], -1),
    )  # fmt: skip
    is_pipe = np.arange(len(main)) >= first_pipe
    joints = tuple(
        Joint(first_pipe + low, where[low], rivers.key(p.reach), p.measure_m, p.offset_m, "")
        for low, p in met.items()
    )
    ways, times = np.unique(drains.known_by, return_counts=True)
    pieces = {
        reach: tuple(
            (at[number] if number < len(at) else 0.0, piece.get((reach, number), reach))
            for number in range(len(at) + 1)
        )
        for reach, at in cuts.items()
    }
    sewers = Sewers(
        is_pipe,
        np.concatenate([np.full(first_pipe, np.nan), drains.m_s]),
        joints,
        tuple(drains.keys[low] for low in lows.tolist() if low not in met),
        dict(zip(ways.tolist(), times.tolist(), strict=True)),
        pieces,
        Apart(rivers, pipes, within_m),
    )
    return Rivers(
        features, rivers.columns, made, lines, rivers.computed_lengths, None,
        {**rivers.whole, **whole}, rivers.not_applied, sewers,
    )  # fmt: skip


def _cuts(rivers: Rivers, joints: dict[int, tuple[int, float]]) -> dict[int, list[float]]:
    """Of each reach the metres at which it is split, from its upper end down."""
    found: dict[int, list[float]] = {}
    owner = rivers.lines.owner
    for reach, measure in joints.values():
        parts = np.searchsorted(owner, [reach, reach + 1])
        length = float(rivers.network.length_m[reach])
        if parts[1] - parts[0] != 1 or not LEAST_PIECE < measure < length - LEAST_PIECE:
            continue
        at = found.setdefault(reach, [])
        if all(abs(measure - other) >= LEAST_PIECE for other in at):
            at.append(measure)
    return {reach: sorted(at, reverse=True) for reach, at in found.items()}


def _spans(length_m: Floats, cuts: dict[int, list[float]], extra: list[tuple[int, int]]) -> Floats:
    """Lengths of the reaches, those that are split without what was split off, and of the rest."""
    spans = np.append(length_m, np.zeros(len(extra)))
    for reach, at in cuts.items():
        spans[reach] = length_m[reach] - at[0]
    for k, (reach, number) in enumerate(extra, len(length_m)):
        at = [*cuts[reach], 0.0]
        spans[k] = at[number - 1] - at[number]
    return spans


def _weights(rivers: Rivers, extra: list[tuple[int, int]], drains: PipeLines) -> Floats:
    """As among the rivers alone; every pipe below them, the longer way up first."""
    network = rivers.network
    weight = rivers.whole_layer.basins.weight_of
    if weight is None:
        own = network.length_m[network.order]
        total = np.append(0.0, np.cumsum(np.where(own > 0, own, 1.0)))
        p = np.maximum(network.position, 0)
        weight = total[p + network.size[p]] - total[p]
    split = weight[np.array([reach for reach, _ in extra], np.int64)]
    above = drains.length_m.copy()
    alone = build_network(
        np.arange(1, len(above) + 1), drains.main + 1, np.where(above > 0, above, 1.0)
    )
    own = alone.length_m[alone.order]
    total = np.append(0.0, np.cumsum(own))
    p = np.maximum(alone.position, 0)
    above = total[p + alone.size[p]] - total[p]
    return np.concatenate([weight, split, -1.0 / (1.0 + above)])


def _features(
    rivers: Rivers,
    drains: PipeLines,
    cuts: dict[int, list[float]],
    extra: list[tuple[int, int]],
    first_pipe: int,
) -> tuple[Features, dict[str, str]]:
    """One layer of all, and of pieces the feature they are of."""
    features, old = rivers.features, rivers.features.shapes_in(rivers.features.crs)
    n, count = len(features), len(drains.keys)
    pieces = {reach: _pieces(rivers, reach, at) for reach, at in cuts.items()}
    lines, owner = [], []
    at = 0
    counts: list[npt.NDArray[Any]] = []
    for reach in [*sorted(cuts), n]:
        first, last = np.searchsorted(old.owner, (reach, reach + 1)).tolist()
        lines.append(old.coords[int(old.starts[at]) : int(old.starts[first])])
        counts.append(np.diff(old.starts[at : first + 1]))
        owner.append(old.owner[at:first])
        at = last
        if reach < n:
            lines.append(pieces[reach][0])
            counts.append(np.array([len(pieces[reach][0])]))
            owner.append(np.array([reach]))
    more = [pieces[reach][number] for reach, number in extra]
    numbered = [*enumerate(more, n), *enumerate(drains.lines, first_pipe)]
    for number, line in numbered:
        if len(line):
            lines.append(line)
            counts.append(np.array([len(line)]))
            owner.append(np.array([number]))
    starts = np.concatenate([[0], np.cumsum(np.concatenate(counts))]).astype(np.int64)
    shapes = Shapes("line", np.vstack(lines), starts, np.concatenate(owner).astype(np.int64))
    of = np.array([reach for reach, _ in extra], np.int64)
    ids = features.ids
    added = [f"{ids[reach]}/{number + 1}" for reach, number in extra]
    named = [f"{PIPE}{key}" for key in drains.keys]
    all_ids = np.concatenate([ids, np.array([*added, *named], object)])
    columns: dict[str, Any] = {}
    said = rivers.columns
    for field in features.fields:
        values = features.column(field.name)
        columns[field.name] = _longer(values, of, count)
    if said.id:
        keys = [*features.column(said.id).tolist(), *([""] * (len(added) + count))]
        wide = np.array(keys, object)
        for k, (reach, number) in enumerate(extra, n):
            wide[k] = f"{rivers.key(reach)}/{number + 1}"
        wide[first_pipe:] = named
        columns[said.id] = wide
    if said.name:
        columns[said.name][first_pipe:] = drains.names
    columns[KIND] = np.array(["river"] * first_pipe + ["pipe"] * count, object)
    fields = (*(f for f in features.fields if f.name != KIND), Field(KIND))
    whole = {name: str(ids[reach]) for name, (reach, _) in zip(added, extra, strict=True)}
    return Features(features.crs, fields, all_ids, columns, shapes), whole


def _longer(values: npt.NDArray[Any], of: Ints, count: int) -> npt.NDArray[Any]:
    """Pieces say what their reach does, pipes nothing."""
    if values.dtype.kind in "fiu":
        some = np.append(values, values[of]).astype(np.float64)
        return np.append(some, np.full(count, np.nan))
    kept = np.append(np.asarray(values, object), np.asarray(values[of], object))
    return np.append(kept, np.full(count, "", object))


def _pieces(rivers: Rivers, reach: int, at: list[float]) -> list[Floats]:
    """The line of a reach in pieces, the uppermost first, each as the whole was drawn."""
    lines = rivers.lines
    [part] = range(*np.searchsorted(lines.owner, [reach, reach + 1]))
    line = LineString(lines.coords[lines.starts[part] : lines.starts[part + 1]])
    length = float(lines.length_m[reach])
    shares = [1.0, *(measure / length for measure in at), 0.0]  # from the lower end
    found = []
    for upper, lower in pairwise(shares):
        ends = (lower, upper) if lines.reversed[reach] else (1 - upper, 1 - lower)
        found.append(np.array(substring(line, *ends, normalized=True).coords))
    return found


def named_joints(net: Rivers, outfalls: FeatureSet | None, within_m: float) -> tuple[Joint, ...]:
    """The joints with the id or name of the nearest outfall within the distance of each."""
    joints = net.sewers.joints if net.sewers is not None else ()
    if outfalls is None or not len(outfalls) or not joints:
        return joints
    lines = net.lines
    parts = np.searchsorted(lines.owner, [j.pipe for j in joints], "right") - 1
    ends = lines.coords[lines.starts[parts + 1] - 1]
    names = {f.name.lower(): f.name for f in outfalls.fields}
    words = ("code_local", "code_national", "排污口编码", "name", "uniqueid", "id")
    columns = [outfalls.column(names[w]).tolist() for w in words if w in names]
    columns.append(outfalls.ids.tolist())
    at = places_of(outfalls, net.features.crs)
    found = []
    for joint, end, scale in zip(joints, ends, lines.scale(ends[:, 1]), strict=True):
        far = np.hypot(*((at - end) * scale).T)
        far[~np.isfinite(far)] = np.inf
        nearest = int(far.argmin())
        if far[nearest] <= within_m:
            values = (str(column[nearest] or "").strip() for column in columns)
            joint = replace(joint, outfall=next((text for text in values if text), ""))
        found.append(joint)
    return tuple(found)


def kept_sewers(rivers: Rivers) -> dict[str, Any]:
    """For a file: everything but arrays."""
    sewers = rivers.sewers
    assert sewers is not None
    joints = [[j.pipe, j.reach, j.of_reach, j.measure_m, j.offset_m, j.outfall]
              for j in sewers.joints]  # fmt: skip
    pieces = [[reach, [list(one) for one in some]] for reach, some in sewers.pieces.items()]
    return {
        "joints": joints, "loose": list(sewers.loose), "known_by": sewers.known_by,
        "pieces": pieces, "whole": rivers.whole,
    }  # fmt: skip


def sewers_from(facts: dict[str, Any], m_s: Floats, apart: Apart | None) -> Sewers:
    """As `kept_sewers` kept it."""
    return Sewers(
        np.isfinite(m_s),
        np.asarray(m_s, np.float64),
        tuple(Joint(*joint) for joint in facts["joints"]),
        tuple(facts["loose"]),
        dict(facts["known_by"]),
        {int(reach): tuple((float(a), int(b)) for a, b in some) for reach, some in facts["pieces"]},
        apart,
    )
