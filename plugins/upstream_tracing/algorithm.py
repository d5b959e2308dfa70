"""Tracing as an algorithm: a form, a command and a Python function."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from gisapp.api import (
    FeatureId,
    FeatureSet,
    Limits,
    Part,
    Point,
    Progress,
    algorithm,
    tr,
)

from .doctor_repairs import repairs_from
from .network import Ints, RiverNetwork
from .pipes import with_pipes
from .placements import placements_from
from .placing import METRES_PER_DEGREE, Place
from .points import Placed, placed_features
from .rivers import Rivers, prepare
from .start import find_start
from .trace import Found, LeftOut, ReachUpstream, Role, Start, Trace
from .tracing import Upstream, distances_to, upstream_of

Layers = tuple[tuple[Role, FeatureSet | None], ...]
Placements = dict[str, tuple[Placed, ...]]

SHOWN = 5  # examples in a warning
AROUND_M = 2_000.0  # around the upstream reaches, for what could not be placed


@algorithm("trace-upstream", "Trace upstream")
def trace_upstream(
    rivers: FeatureSet,
    start: str,
    stations: FeatureSet | None = None,
    outfalls: FeatureSet | None = None,
    sources: FeatureSet | None = None,
    repairs: FeatureSet | None = None,
    placements: FeatureSet | None = None,
    measure_m: Annotated[float, Limits(0, 1e7, "m")] = 0.0,
    max_distance_m: Annotated[float, Limits(0, 1e8, "m")] = 0.0,
    snap_within_m: Annotated[float, Limits(1, 20_000, "m")] = 500.0,
    id_column: str = "",
    next_down_column: str = "",
    length_column: str = "",
    bridge_gaps_m: Annotated[float, Limits(0, 5_000, "m")] = 0.0,
    pipes: FeatureSet | None = None,
    *,
    progress: Progress,
) -> Trace:
    """Reaches, stations, outfalls and sources upstream of a place, by distance along the river.

    rivers: lines with an id and the id of the next reach down, or nodes at both ends; where they
    have neither, the lines are joined at their ends and turned towards an outlet.
    start: a reach's id, a station's id or name, or x,y; see `start.find_start`.
    repairs: a list of repairs, see `doctor_repairs`. placements: see `placements`.
    measure_m: where on a start reach, metres above its lower end (a station knows its own).
    max_distance_m: how far to look along the river; 0: to the springs.
    snap_within_m: how far beside a river a point may lie.
    id_column, next_down_column, length_column (metres): empty means told by their names.
    bridge_gaps_m: gaps between lines up to this are closed, where nothing says what flows where.
    pipes: culverts and sewers, joined to the rivers at their ends.
    Raises ParameterError for a start that is not there and columns that connect nothing.
    """
    progress.report(0.0, tr("Reading the network"))
    net = prepare(
        rivers,
        bridge_gaps_m,
        repairs_from(repairs, rivers.crs),
        id=id_column,
        next_down=next_down_column,
        length_m=length_column,
    )
    net = with_pipes(net, pipes)
    layers: Layers = (("stations", stations), ("outfalls", outfalls), ("sources", sources))
    placed = place_layers(layers, net, snap_within_m, Part(progress, 0.3, 0.9), placements)
    place, title = find_start(start, net, placed, measure_m, snap_within_m)
    limit = max_distance_m or np.inf
    upstream = upstream_of(net.network, place, limit)
    progress.report(0.95, tr("Listing"))
    found = {role: _found(placed[role], upstream, net, place) for role, _ in layers}
    return Trace(
        start_of(net, place, title),
        _reaches(net, upstream),
        upstream.length_m,
        max_distance_m or None,
        found["stations"],
        found["outfalls"],
        found["sources"],
        left_out(placed, net, upstream.reaches),
        tuple(network_warnings(net, upstream)),
        tuple(_rests_on(net, layers, snap_within_m)),
        net.drained_km2(place.reach),
        bool(net.missing_share(place.reach)),
    )


def place_layers(
    layers: Layers,
    net: Rivers,
    within_m: float,
    progress: Progress,
    placements: FeatureSet | None = None,
) -> Placements:
    """Every feature of the layers on the rivers; a layer that is not there has none."""
    placed: Placements = {}
    said = placements_from(placements)
    for number, (role, features) in enumerate(layers):
        part = Part(progress, number / len(layers), (number + 1) / len(layers))
        placed[role] = (
            () if features is None else placed_features(features, role, net, within_m, part, said)
        )
    return placed


def start_of(net: Rivers, place: Place, title: str) -> Start:
    at = net.lines.point_at(place.reach, place.measure_m)
    point = None if at is None else Point(*at)
    return Start(title, net.key(place.reach), place.measure_m, point, net.features.crs)


def _reaches(net: Rivers, upstream: Upstream) -> tuple[ReachUpstream, ...]:
    found = upstream.reaches
    return tuple(
        ReachUpstream(FeatureId(net.whole.get(str(fid), str(fid))), key, name, distance, length)
        for fid, key, name, distance, length in zip(
            net.features.ids[found].tolist(),
            net.keys_of(found),
            net.names_of(found),
            upstream.distance_m.tolist(),
            net.network.length_m[found].tolist(),
            strict=True,
        )
    )


def _found(
    placed: tuple[Placed, ...], upstream: Upstream, net: Rivers, start: Place
) -> tuple[Found, ...]:
    distances = distances_to(upstream, [p.place for p in placed])
    out = []
    for n in np.flatnonzero(np.isfinite(distances)).tolist():
        p = placed[n]
        assert p.place is not None
        if p.place == start:  # the start itself
            continue
        where, distance = p.place, float(distances[n])
        out.append(
            Found(
                p.role,
                p.feature,
                p.id,
                p.title,
                distance,
                net.key(where.reach),
                where.measure_m,
                where.offset_m,
                p.reason,
                p.named(net),
            )
        )
    return tuple(sorted(out, key=lambda f: (f.distance_m, f.id)))


def left_out(placed: Placements, net: Rivers, reaches: Ints) -> tuple[LeftOut, ...]:
    """What could not be placed and may lie upstream: without coordinates, or in the basin's box."""
    lines = net.lines
    boxes = net.features.shapes_in(net.features.crs).boxes[np.isin(lines.owner, reaches)]
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    margin = AROUND_M / (METRES_PER_DEGREE if lines.degrees else lines.unit_m)

    def matters(at: tuple[float, float]) -> bool:
        x, y = at
        if x != x or y != y or (abs(x) < 1e-9 and abs(y) < 1e-9):
            return True
        inside = low - margin <= at, at <= high + margin
        return bool(np.all(inside))

    lost = (p for each in placed.values() for p in each if p.place is None)
    return tuple(p.left_out() for p in lost if matters(p.at)) if len(boxes) else ()


def network_warnings(net: Rivers, upstream: Upstream) -> list[str]:
    """What of the network's oddities touches this trace."""
    said, odd = [], net.network.oddities
    inside = set(upstream.reaches.tolist())
    cycles = [c for c in odd.cycles if inside.intersection(c)]
    if cycles:
        said.append(
            tr("{n} cycles in the network were cut, below: {ids}").format(
                n=len(cycles), ids=_examples(net, [c[0] for c in cycles])
            )
        )
    missing = net.missing_share(upstream.start.reach)
    if missing:
        said.append(
            tr(
                "The data holds only {share} % of the area published above this place: "
                "what lies farther up is missing from the list"
            ).format(share=f"{100 * (1 - missing):.0f}")
        )
    if double := [r for r in odd.duplicates if net.keys.get(net.key(r)) in inside]:
        said.append(
            tr("Reaches with an id that was there before were left out: {ids}").format(
                ids=_examples(net, double)
            )
        )
    if short := [r for r in odd.no_length if r in inside]:
        said.append(
            tr("Reaches without a length count as 0 m: {ids}").format(ids=_examples(net, short))
        )
    if net.network.oddities.unknown_next and upstream.start.reach in odd.unknown_next:
        said.append(tr("The next reach below the start is not in the data"))
    said += either_way_note(net, upstream.reaches)
    said += _joined(net, upstream)
    if net.computed_lengths:
        said.append(tr("Lengths were measured on the lines, the data has none"))
    return said


def either_way_note(net: Rivers, reaches: Ints) -> list[str]:
    """That the way of some of the reaches is not determined."""
    turning = reaches[net.either_way[reaches]] if net.either_way.any() else reaches[:0]
    if not len(turning):
        return []
    said = tr("Water of {n} reaches may flow either way (direction not determined): {ids}")
    return [said.format(n=len(turning), ids=_examples(net, turning.tolist()))]


def _joined(net: Rivers, upstream: Upstream) -> list[str]:
    """What was done to the lines of this trace, where nothing but the lines was known."""
    made = net.topology
    if made is None:
        return []
    said, inside = [], upstream.reaches
    if len(turned := inside[made.flipped[inside]]):
        said.append(
            tr("{n} reaches are drawn against the flow and were turned: {ids}").format(
                n=len(turned), ids=_examples(net, turned.tolist())
            )
        )
    bridged = np.isin(made.bridges.reach, inside)
    if bridged.any():
        said.append(
            tr("{n} gaps of up to {m} m were closed, at: {ids}").format(
                n=int(bridged.sum()),
                m=f"{made.bridges.gap_m[bridged].max():.1f}",
                ids=_examples(net, made.bridges.reach[bridged].tolist()),
            )
        )
    if len(lost := np.intersect1d(made.unreached, inside)):
        said.append(
            tr("No outlet can be reached from {n} reaches: {ids}").format(
                n=len(lost), ids=_examples(net, lost.tolist())
            )
        )
    return said


def _examples(net: Rivers, reaches: list[int]) -> str:
    shown = ", ".join(net.key(r) for r in reaches[:SHOWN])
    return shown + (" …" if len(reaches) > SHOWN else "")


def _rests_on(net: Rivers, layers: Layers, within_m: float) -> list[str]:
    columns, network = net.columns, net.network
    if net.topology is not None:
        link = tr("the ends of the lines, within {m} m").format(m=f"{net.topology.tolerance_m:.2f}")
    elif net.sewers is not None and not columns.connected:
        link = tr("the ends of the lines and of the pipes")
    elif not len(network.minor_to) and columns.next_down:
        link = f"{columns.id} → {columns.next_down}"
    else:
        link = f"{columns.from_node} → {columns.to_node}"
    length = columns.length_m or columns.length_km or tr("the lines")
    said = [
        tr("rivers: {n} reaches, linked by {link}, lengths from {length}").format(
            n=len(network), link=link, length=length
        )
    ]
    titles = {
        "stations": tr("stations"),
        "outfalls": tr("outfalls"),
        "sources": tr("sources"),
        "candidates": tr("thermal candidates"),
        "zones": tr("zones"),
    }
    for role, features in layers:
        if features is not None:
            said.append(
                tr("{layer}: {n}, placed on reaches within {m} m").format(
                    layer=titles[role], n=len(features), m=f"{within_m:g}"
                )
            )
    return said


def network_of(rivers: FeatureSet) -> RiverNetwork:
    """The index behind the trace, for measurements."""
    return prepare(rivers).network
