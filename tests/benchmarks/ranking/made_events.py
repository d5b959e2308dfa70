"""Events with hidden culprits on a real network: what a ranking is worth, against simpler ones.

The events are made up and say so. What happens in the river follows other rules than the ranking
assumes: velocities and decay differ from the assumed ones, loads differ from the declared ones,
many logs are missing, some are false. A ranking sees only what an inspector would see.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from gisapp_plugins.upstream_tracing.ranking import UNKNOWN, Candidate, Event, Weights, rank

LOGGED = 0.4  # of the sources have a discharge log
HONEST = 0.85  # of the culprits' logs show the discharge that did it
GAPS, MISSED, OTHERS = 0.15, 0.03, 0.05  # of records: missing, a pulse not seen, another's pulse
CLEAN = 0.1  # what remains of a score behind a station that stayed as usual
SPREAD_VELOCITY, SPREAD_DECAY, SPREAD_LOAD = 0.25, 0.4, 0.6  # of logarithms
DECAY = 0.2  # a day, as assumed


@dataclass(frozen=True)
class MadeEvent:
    """What was measured, what is known of the sources, and who did it."""

    event: Event
    candidates: tuple[Candidate, ...]
    culprit: str


@dataclass(frozen=True)
class Rates:
    """Shares of events whose culprit comes first, and among the first three."""

    top1: float
    top3: float


def made_events(
    candidates: Sequence[Candidate], flow_m3s: float, count: int, seed: int, logged: float = LOGGED
) -> Iterator[MadeEvent]:
    """Each with a culprit by chance, among the sources upstream with a load of the parameter.

    candidates: as the ranking makes them for the station, without logs of the event.
    """
    chance = np.random.default_rng(seed)
    able = [n for n, c in enumerate(candidates) if c.load_g_s]
    for _ in range(count):
        number = int(chance.choice(able))
        yield _event(candidates, number, flow_m3s, chance, logged)


def _event(
    candidates: Sequence[Candidate],
    number: int,
    flow: float,
    chance: np.random.Generator,
    logged: float,
) -> MadeEvent:
    culprit = candidates[number]
    speed = math.exp(chance.normal(0, SPREAD_VELOCITY))
    decay = DECAY * math.exp(chance.normal(0, SPREAD_DECAY))
    travel = culprit.peak_h / speed
    burst = float(chance.uniform(4, 30))  # times the mean load while it lets out
    assert culprit.load_g_s
    arriving = culprit.load_g_s * burst * math.exp(-decay * travel / 24)
    arriving *= math.exp(chance.normal(0, SPREAD_LOAD))
    hours = float(chance.uniform(2, 8))
    usual = float(chance.uniform(0.2, 0.5))
    value = usual + arriving / flow
    excess = {
        name: part * math.exp(chance.normal(0, 0.3)) for name, part in culprit.profile.items()
    }
    middle = -travel
    did = (middle - hours / 2, min(middle + hours / 2, 0.0))
    known = tuple(
        _known(c, did if n == number else None, burst, chance, logged)
        for n, c in enumerate(candidates)
    )
    return MadeEvent(Event(value, usual, flow, DECAY, excess), known, culprit.id)


def _known(
    candidate: Candidate,
    did: tuple[float, float] | None,
    burst: float,
    chance: np.random.Generator,
    share: float,
) -> Candidate:
    """With a log or without; the load of a source with a log is what it says while it lets out."""
    logged, honest = chance.random() < share, chance.random() < HONEST
    start = float(chance.uniform(-96, -4))
    other = (start, start + float(chance.uniform(2, 10)))
    if not logged or candidate.load_g_s is None:
        return replace(candidate, discharged_h=None)
    shown = did if did is not None and honest else other
    declared = burst if did is not None and honest else float(chance.uniform(1, 12))
    return replace(candidate, discharged_h=(shown,), load_g_s=candidate.load_g_s * declared)


def with_records(
    event: MadeEvent, behind: Mapping[str, frozenset[str]], chance: np.random.Generator
) -> MadeEvent:
    """The same event where stations above keep records. behind: candidates above each station.

    A station that the culprit lies behind saw the pulse, the others did not; records have gaps, a
    pulse can be missed between two samples, and another one can pass at the time.
    """
    cleared: set[str] = set()
    for inside in behind.values():
        gap, missed, other = chance.random(3) < (GAPS, MISSED, OTHERS)
        saw = event.culprit in inside and not missed
        if not gap and not saw and not other:
            cleared |= inside
    known = tuple(
        replace(c, clean_between=CLEAN) if c.id in cleared else c for c in event.candidates
    )
    return replace(event, candidates=known)


def compare(events: Sequence[MadeEvent], seed: int = 0) -> Mapping[str, Rates]:
    """The ranking, nearest upstream first, largest load first, and by chance."""
    chance = np.random.default_rng(seed)
    places: dict[str, list[int]] = {"ranking": [], "nearest": [], "largest load": [], "random": []}
    for one in events:
        found = rank(one.event, one.candidates, Weights())
        orders = {
            "ranking": [row.id for row in found.rows if row.id != UNKNOWN],
            "nearest": _sorted(one.candidates, [c.distance_m for c in one.candidates]),
            "largest load": _sorted(one.candidates, [-(c.load_g_s or 0) for c in one.candidates]),
            "random": _sorted(one.candidates, chance.random(len(one.candidates)).tolist()),
        }
        for name, order in orders.items():
            places[name].append(order.index(one.culprit) + 1)
    return {
        name: Rates(float(np.mean(np.array(found) == 1)), float(np.mean(np.array(found) <= 3)))
        for name, found in places.items()
    }


def _sorted(candidates: Sequence[Candidate], keys: Sequence[float]) -> list[str]:
    return [
        c.id for _, c in sorted(zip(keys, candidates, strict=True), key=lambda p: (p[0], p[1].id))
    ]
