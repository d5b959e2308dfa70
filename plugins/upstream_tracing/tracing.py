"""What lies upstream of a place on a river, and how far along the river.

Knows nothing of maps, files or windows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .network import Floats, Ints, RiverNetwork
from .placing import Place


@dataclass(frozen=True, eq=False)
class Upstream:
    """Reaches (indices) nearest first; `distance_m` from the start to the lower end of each.

    The start's own reach comes first with distance 0. length_m: of river upstream, of the start's
    reach only what lies above the start.
    """

    start: Place
    reaches: Ints
    distance_m: Floats
    length_m: float
    limit_m: float


def upstream_of(network: RiverNetwork, start: Place, limit_m: float = np.inf) -> Upstream:
    """Everything above the start, as far as the limit along the river."""
    position = int(network.position[start.reach])
    positions, ways = network.upstream_distances(position)
    reaches = network.order[positions]
    distance = ways - start.measure_m
    own = reaches == start.reach
    distance[own] = 0.0
    near = distance <= limit_m
    reaches, distance, own = reaches[near], distance[near], own[near]
    lengths = network.length_m[reaches]
    lengths[own] = np.maximum(lengths[own] - start.measure_m, 0.0)
    length = float(np.minimum(lengths, limit_m - distance).sum())
    order = np.lexsort((reaches, distance, ~own))
    return Upstream(start, reaches[order], distance[order], length, limit_m)


def distances_to(upstream: Upstream, places: Sequence[Place | None]) -> npt.NDArray[np.float64]:
    """Metres along the river from the start up to each place; NaN for those not upstream."""
    out = np.full(len(places), np.nan)
    there = np.array([n for n, place in enumerate(places) if place is not None], np.int64)
    if not len(there):
        return out
    reach = np.array([p.reach for p in places if p is not None], np.int64)
    measure = np.array([p.measure_m for p in places if p is not None])
    by_reach = np.argsort(upstream.reaches)
    known = upstream.reaches[by_reach]
    at = np.minimum(np.searchsorted(known, reach), len(known) - 1)
    distance = upstream.distance_m[by_reach][at] + measure
    own = reach == upstream.start.reach
    distance[own] = measure[own] - upstream.start.measure_m
    inside = (known[at] == reach) & (distance >= 0) & (distance <= upstream.limit_m)
    out[there[inside]] = distance[inside]
    return out
