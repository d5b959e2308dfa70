"""One place seen in several frames: what is still there is fused, what is not says so."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median

from .candidate import Candidate, distance

FEW = 1 / 3  # of the frames that looked there


def fused(
    sightings: Sequence[tuple[int, Candidate]],
    looked: Callable[[float, float], int],
    placement_m: float,
    unit_m: float = 1.0,
) -> list[Candidate]:
    """Sightings (frame, candidate) that lie within the placement error of each other are one.

    looked: how many frames saw a place. placement_m: how far the frames disagree about a place;
    unit_m: metres in one unit of the candidates' system. A fused candidate has the medians, the
    outline of its clearest sighting, and the reasons that most of its sightings have.
    """
    order = sorted(range(len(sightings)), key=lambda i: -sightings[i][1].z)
    groups: list[list[int]] = []
    for i in order:
        frame, one = sightings[i]
        best, away = None, math.inf
        for group in groups:
            clearest = sightings[group[0]][1]
            apart = distance(one, clearest) * unit_m
            if (
                apart < away
                and clearest.kind == one.kind
                and apart <= _reach(one, clearest, placement_m)
                and all(sightings[k][0] != frame for k in group)
            ):
                best, away = group, apart
        if best is None:
            groups.append([i])
        else:
            best.append(i)
    return [_one([sightings[i] for i in group], looked) for group in groups]


def _reach(one: Candidate, other: Candidate, placement_m: float) -> float:
    """The hottest block of a wide plume is not always the same one."""
    return max(placement_m, 0.5 * min(one.length_m, other.length_m))


def _one(group: Sequence[tuple[int, Candidate]], looked: Callable[[float, float], int]
         ) -> Candidate:  # fmt: skip
    clearest = group[0][1]
    members = [candidate for _, candidate in group]
    seen_by = max(len(members), looked(clearest.x, clearest.y))
    counted = Counter(reason for member in members for reason in member.reasons)
    reasons = [reason for reason, count in counted.items() if count > len(members) / 2]
    if not reasons and counted and all(member.reasons for member in members):
        reasons = [counted.most_common(1)[0][0]]
    if len(members) == 1:
        reasons.append("one_frame" if seen_by > 1 else "unconfirmed")
    elif len(members) < FEW * seen_by:
        reasons.append("few_frames")
    return replace(
        clearest,
        status="rejected" if reasons else "candidate",
        x=median(m.x for m in members),
        y=median(m.y for m in members),
        delta_t_c=median(m.delta_t_c for m in members),
        area_m2=median(m.area_m2 for m in members),
        sigma_m2c=median(m.sigma_m2c for m in members),
        length_m=median(m.length_m for m in members),
        z=median(m.z for m in members),
        reasons=tuple(reasons),
        frames=len(members),
    )
