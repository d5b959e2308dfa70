"""A spill going down a river: when it arrives, how high it gets, when it is past.

Times and unit peaks by Jobson (1996), see `velocity`. Knows nothing of maps, files or windows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .network import Floats, RiverNetwork
from .velocity import leading_edge_h, peak_concentration_mg_l, tail_h
from .ways import Way

HOURS_A_DAY = 24.0


@dataclass(frozen=True, slots=True)
class Release:
    """What is let out: all at once, or evenly over some hours."""

    mass_kg: float
    hours: float = 0.0
    decay_per_day: float = 0.0
    flow_ratio: float = 1.0  # flow of the day by mean flow


@dataclass(frozen=True, slots=True)
class Pulse:
    """A spill as it passes a place; hours since the release began, mg/L above what was there.

    earliest_h: of the leading edge at the highest probable velocity.
    added_mg_l: None where the flow is not known.
    """

    earliest_h: float
    first_h: float
    peak_h: float
    last_h: float  # fallen to a tenth of the peak
    added_mg_l: float | None


def pulse_at(
    release: Release, peak_h: float, fastest_h: float, flow_m3s: float | None, share: float = 1.0
) -> Pulse:
    """The pulse where its peak arrives after `peak_h` hours (`fastest_h` at the highest probable
    velocity), in a flow of the day; `share` of the mass comes this way.

    A release over some hours is a row of small ones: its peak is no higher than if all were let
    out at once, and no higher than its mass spread evenly over these hours; the lower is taken.
    Its highest water passes half of these hours later, its tail all of them.
    """
    ratio = release.flow_ratio
    first, earliest = float(leading_edge_h(peak_h)), float(leading_edge_h(fastest_h))
    last = float(tail_h(peak_h, ratio)) if peak_h > 0 else 0.0
    added = None
    if flow_m3s is not None and flow_m3s > 0:
        mass = release.mass_kg * share
        at_once = (
            float(peak_concentration_mg_l(mass, flow_m3s, peak_h, ratio)) if peak_h > 0 else np.inf
        )
        seconds = 3600 * release.hours
        evenly = 1000 * mass / seconds / flow_m3s if seconds > 0 else np.inf
        remaining = np.exp(-release.decay_per_day * peak_h / HOURS_A_DAY)
        highest = min(at_once, evenly)
        added = float(highest * remaining) if np.isfinite(highest) else None
    return Pulse(earliest, first, peak_h + release.hours / 2, last + release.hours, added)


def shares_on(
    way: Way,
    network: RiverNetwork,
    discharge_m3s: Floats | None,
    flow_share: Floats | None = None,
) -> Mapping[int, float]:
    """Of each reach of a way down (DM or DD), how much of the mass comes through it, 0-1.

    Where a river parts, mass goes as the water does: by the shares the data gives (flow_share, of
    each reach, NaN: not given), else by the discharge of the branches; where one of them is not
    known, each is taken to carry everything: too much rather than too little.
    Branches that meet again add up, to no more than all. `discharge_m3s`: of each given reach.
    """
    inside = set(way.reaches.tolist())
    branches = {reach: _branches(network, reach) for reach in inside}
    waiting = dict.fromkeys(inside, 0)
    for reach in inside:
        for below in branches[reach]:
            if below in inside:
                waiting[below] += 1
    share = dict.fromkeys(inside, 0.0)
    share[way.start.reach] = 1.0
    ready = [reach for reach, above in waiting.items() if not above]
    while ready:
        reach = ready.pop()
        parts = _parts(branches[reach], discharge_m3s, flow_share)
        for below, part in zip(branches[reach], parts, strict=True):
            if below not in inside:
                continue
            share[below] = min(1.0, share[below] + share[reach] * part)
            waiting[below] -= 1
            if not waiting[below]:
                ready.append(below)
    return share


def _branches(network: RiverNetwork, reach: int) -> list[int]:
    """The reaches that leave its lower end, the main way first."""
    p = int(network.position[reach])
    down = int(network.down[p])
    minor = network.minor_to[network.minor_from == p] if len(network.minor_from) else ()
    return [int(network.order[q]) for q in ([down] if down >= 0 else []) + list(minor)]


def _parts(
    branches: list[int], discharge_m3s: Floats | None, flow_share: Floats | None
) -> list[float]:
    if len(branches) < 2:
        return [1.0] * len(branches)
    for given in (flow_share, discharge_m3s):
        parts = np.array([]) if given is None else given[branches]
        if len(parts) and np.isfinite(parts).all() and (parts >= 0).all() and parts.sum() > 0:
            return [float(part) for part in parts / parts.sum()]
    return [1.0] * len(branches)
