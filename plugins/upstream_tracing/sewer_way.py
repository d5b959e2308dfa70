"""What of a trace runs through pipes: by which outfall it came into them, and what it found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gisapp.api import tr

from .pipes import Joint
from .rivers import Rivers
from .ways import Way


@dataclass(frozen=True, slots=True)
class SewerWay:
    """One outfall by which the trace went on: distance and time from the start to it."""

    outfall: str  # id or name, or nothing where none is known
    reach: str  # of the river
    measure_m: float  # above its lower end
    distance_m: float
    hours: float
    pipes: tuple[str, ...]  # nearest first
    length_m: float
    found: tuple[str, ...]  # ids of what lies on these pipes


def sewer_ways(
    net: Rivers, joints: Sequence[Joint], way: Way, by_time: Way, found: Sequence[Any]
) -> tuple[SewerWay, ...]:
    """Of every joint on the way, nearest first. found: with `reach` (a key) and `id`."""
    if net.sewers is None or not way.is_upstream:
        return ()
    far = dict(zip(way.reaches.tolist(), way.distance_m.tolist(), strict=True))
    hours: Mapping[int, float] = dict(
        zip(by_time.reaches.tolist(), by_time.distance_m.tolist(), strict=True)
    )
    on_pipe: dict[str, list[str]] = {}
    for one in found:
        on_pipe.setdefault(one.reach, []).append(one.id)
    ways = []
    for joint in joints:
        if joint.pipe not in far or joint.pipe not in hours:
            continue
        above = net.network.upstream(joint.pipe)
        above = above[net.sewers.is_pipe[above]]
        above = above[[reach in far and reach in hours for reach in above.tolist()]]
        above = above[np.argsort([far[reach] for reach in above.tolist()], kind="stable")]
        keys = net.keys_of(above)
        ids = tuple(one for key in keys for one in on_pipe.get(key, ()))
        ways.append(
            SewerWay(
                joint.outfall, joint.of_reach, joint.measure_m, far[joint.pipe],
                hours[joint.pipe], tuple(keys), float(net.network.length_m[above].sum()), ids,
            )
        )  # fmt: skip
    return tuple(sorted(ways, key=lambda one: one.distance_m))


def sewer_notes(net: Rivers, ways: Sequence[SewerWay]) -> Iterator[str]:
    """What was found through outfalls, and what of the pipes is not joined."""
    for one in ways:
        name = one.outfall or tr("reach {id}").format(id=one.reach)
        said = tr("Through the outfall {name}, {km} km away: {n} pipes, {length} km").format(
            name=name, km=f"{one.distance_m / 1000:.2f}", n=len(one.pipes),
            length=f"{one.length_m / 1000:.2f}",
        )  # fmt: skip
        if one.found:
            said += "; " + tr("on them: {ids}").format(ids=", ".join(one.found))
        yield said
    if net.sewers is not None and net.sewers.loose:
        loose = net.sewers.loose
        yield tr("{n} ends of pipes lie near no river and are not joined: {ids}").format(
            n=len(loose), ids=", ".join(loose[:5]) + (" …" if len(loose) > 5 else "")
        )
