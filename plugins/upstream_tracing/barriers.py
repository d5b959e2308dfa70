"""A way that ends at barriers: dams, sluices, gates, or wherever somebody says so.

Knows nothing of maps, files or windows.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from .network import RiverNetwork
from .placing import Place
from .ways import Direction, Way, way_from


def stopped_way(
    network: RiverNetwork,
    start: Place,
    direction: Direction,
    barriers: Iterable[Place],
    limit_m: float = np.inf,
) -> Way:
    """As `way_from`, but nothing beyond a barrier that cannot be reached another way.

    A barrier on the start's own reach counts if it lies ahead. What of a barrier's reach lies
    before it is still on the way.
    """
    up = direction in ("UM", "UT")
    stops = _nearest_of_each(network, start, barriers, up=up)
    if not stops:
        return way_from(network, start, direction, limit_m)
    whole = way_from(network, start, direction)
    length = network.length_m
    ahead: dict[int, list[int]] = {}
    for before, after in _pairs(network, whole):
        ahead.setdefault(before, []).append(after)
    measure = min(start.measure_m, float(length[start.reach]))
    own = -measure if up else measure - float(length[start.reach])
    best: dict[int, float] = {}
    waiting = [(own, start.reach)]
    while waiting:
        way, reach = heapq.heappop(waiting)
        if reach in best:
            continue
        best[reach] = way
        if reach in stops:
            continue
        for after in ahead.get(reach, ()):
            heapq.heappush(waiting, (way + float(length[reach]), after))
    reaches = np.array(list(best), np.int64)
    distance = np.array(list(best.values()))
    distance[reaches == start.reach] = 0.0
    kept = distance <= limit_m
    for reach, at in stops.items():  # stopped at its very beginning: nothing of it is on the way
        if reach != start.reach and (at <= 0 if up else at >= length[reach]):
            kept &= reaches != reach
    reaches, distance = reaches[kept], distance[kept]
    order = np.lexsort((reaches, distance, reaches != start.reach))
    reaches, distance = reaches[order], distance[order]
    open_m = length[reaches].copy()
    for n in np.flatnonzero(np.isin(reaches, list(stops))).tolist():
        at = stops[int(reaches[n])]
        open_m[n] = at if up else length[reaches[n]] - at
    open_m[reaches == start.reach] += own if not up else -measure
    counted = np.minimum(np.maximum(open_m, 0.0), limit_m - distance)
    return replace(
        whole, reaches=reaches, distance_m=distance, length_m=float(counted.sum()),
        limit_m=limit_m, stops=stops, open_m=np.maximum(open_m, 0.0),
    )  # fmt: skip


def _nearest_of_each(
    network: RiverNetwork, start: Place, barriers: Iterable[Place], *, up: bool
) -> dict[int, float]:
    """Of each reach with barriers the measure of the first that is met."""
    stops: dict[int, float] = {}
    for barrier in barriers:
        if barrier.reach == start.reach and (
            barrier.measure_m < start.measure_m if up else barrier.measure_m > start.measure_m
        ):
            continue
        known = stops.get(barrier.reach, barrier.measure_m)
        at = min(known, barrier.measure_m) if up else max(known, barrier.measure_m)
        stops[barrier.reach] = min(max(at, 0.0), float(network.length_m[barrier.reach]))
    return stops


def _pairs(network: RiverNetwork, whole: Way) -> Iterator[tuple[int, int]]:
    """Which reach of the way leads to which, going away from the start."""
    reaches = whole.reaches
    inside = np.zeros(len(network.position), bool)
    inside[reaches] = True
    p = network.position[reaches]
    below = network.down[p]
    known = below >= 0
    tops, feet = reaches[known], network.order[below[known]]
    if whole.direction in ("UT", "DD") and len(network.minor_to):
        tops = np.append(tops, network.order[network.minor_from])
        feet = np.append(feet, network.order[network.minor_to])
    both = inside[tops] & inside[feet]
    first, last = (feet, tops) if whole.is_upstream else (tops, feet)
    yield from zip(first[both].tolist(), last[both].tolist(), strict=True)
