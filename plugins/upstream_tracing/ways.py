"""Ways along a network: up its main stem or all its branches, down its main way or all of them.

UM, UT, DM and DD are the names the National Hydrography Dataset's tools made usual.
Knows nothing of maps, files or windows.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from .network import Floats, Ints, RiverNetwork, path_sums
from .placing import Place

Direction = Literal["UM", "UT", "DM", "DD"]


@dataclass(frozen=True, eq=False)
class Way:
    """Reaches (indices), nearest first, with the distance from the start to their nearer end.

    The start's own reach comes first, at 0. length_m counts of it, and of reaches that the limit
    cuts, only the part that is in reach. stops: of reaches with a barrier (an index) its measure;
    then open_m is what of each reach on the way lies before it.
    """

    start: Place
    direction: Direction
    reaches: Ints
    distance_m: Floats
    length_m: float
    limit_m: float
    stops: Mapping[int, float] = field(default_factory=dict)
    open_m: Floats | None = None

    @property
    def is_upstream(self) -> bool:
        return self.direction in ("UM", "UT")


def way_from(
    network: RiverNetwork, start: Place, direction: Direction, limit_m: float = np.inf
) -> Way:
    """Everything that the direction leads to, as far as the limit along the river."""
    if direction in ("UM", "UT"):
        reaches, distance = _up(network, start, direction)
    else:
        reaches, distance = _down(network, start, direction)
    own = reaches == start.reach
    distance[own] = 0.0
    near = distance <= limit_m
    reaches, distance, own = reaches[near], distance[near], own[near]
    lengths = network.length_m[reaches].copy()
    measure = min(start.measure_m, float(network.length_m[start.reach]))
    lengths[own] = lengths[own] - measure if direction in ("UM", "UT") else measure
    length = float(np.minimum(np.maximum(lengths, 0.0), limit_m - distance).sum())
    order = np.lexsort((reaches, distance, ~own))
    return Way(start, direction, reaches[order], distance[order], length, limit_m)


def _up(network: RiverNetwork, start: Place, direction: Direction) -> tuple[Ints, Floats]:
    position = int(network.position[start.reach])
    if direction == "UM":
        reaches = network.main_stem(start.reach)
        ways = network.to_outlet_m[network.position[reaches]] - network.to_outlet_m[position]
    else:
        positions, ways = network.upstream_distances(position)
        reaches = network.order[positions]
    return reaches, ways - start.measure_m


def _down(network: RiverNetwork, start: Place, direction: Direction) -> tuple[Ints, Floats]:
    """Distances to the upper ends; a shortest way is made of main ways and side branches."""
    leaving, by_foot = np.sort(network.minor_from), np.argsort(network.minor_from, kind="stable")
    best: dict[int, float] = {}
    own = float(network.length_m[start.reach]) - start.measure_m  # from its upper end to the start
    waiting = [(-own, start.reach)]
    while waiting:
        way, top = heapq.heappop(waiting)
        if way >= best.get(top, np.inf):
            continue
        for reach in network.downstream(top).tolist():
            if way >= best.get(reach, np.inf):
                break  # from here on a shorter way was found before
            best[reach] = way
            way += float(network.length_m[reach])
            if direction == "DD":
                p = int(network.position[reach])
                first, last = np.searchsorted(leaving, [p, p + 1])
                for branch in by_foot[first:last].tolist():
                    heapq.heappush(waiting, (way, int(network.order[network.minor_to[branch]])))
    return np.array(list(best), np.int64), np.array(list(best.values()))


def distances_on(way: Way, network: RiverNetwork, places: Sequence[Place | None]) -> Floats:
    """Metres along the river from the start to each place; NaN for those not on the way."""
    out = np.full(len(places), np.nan)
    number = {reach: n for n, reach in enumerate(way.reaches.tolist())}
    for n, place in enumerate(places):
        at = None if place is None else number.get(place.reach)
        if place is None or at is None:
            continue
        length = float(network.length_m[place.reach])
        if place.reach == way.start.reach:
            beyond = place.measure_m - way.start.measure_m
            distance = beyond if way.is_upstream else -beyond
        elif way.is_upstream:
            distance = float(way.distance_m[at]) + place.measure_m
        else:
            distance = float(way.distance_m[at]) + length - place.measure_m
        stop = way.stops.get(place.reach)
        if stop is not None and (stop - place.measure_m) * (1 if way.is_upstream else -1) < 0:
            continue
        if 0 <= distance <= way.limit_m:
            out[n] = distance
    return out


def in_hours(
    network: RiverNetwork, velocity_m_s: Floats, staying_h: Floats | None = None
) -> RiverNetwork:
    """The same network measured in hours of travel instead of metres.

    velocity_m_s: of each given reach; where it is not known (NaN or 0) the reach takes no time.
    staying_h: what water stays longer in a lake that a reach leads through.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        hours = network.length_m / velocity_m_s / 3600
    hours = np.where(np.isfinite(hours), hours, 0.0)
    if staying_h is not None:
        hours = hours + staying_h
    own = hours[network.order]
    return replace(network, length_m=hours, to_outlet_m=path_sums(network.down, own) - own)


def place_in_hours(place: Place, network: RiverNetwork, timed: RiverNetwork) -> Place:
    """The place with its measure in hours."""
    length = float(network.length_m[place.reach])
    share = place.measure_m / length if length > 0 else 0.0
    return replace(place, measure_m=share * float(timed.length_m[place.reach]))
