"""Which sources upstream could have caused an exceedance: a score made of terms anyone can check.

A score says how well a source fits what was measured. It is no proof, and the weights are a
proposal that no data have calibrated: they are kept with every result, and can be changed.

Knows nothing of maps, files or windows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

from .velocity import LEADING_EDGE, tail_h

UNKNOWN = ""  # id of the row for what no listed source explains
NO_LOG = 0.5  # timing of a source whose discharge log nobody has
NO_BALANCE = 0.5  # of what is unexplained where nobody knows how much water flows
VELOCITY_RANGE = (0.7, 1.0, 1.4)
DECAY_RANGE = (0.5, 1.0, 2.0)
SNAP_M = 500.0  # so far beside the river trust in the placement falls to 1/e
NEAR_H = 24.0  # so many hours away proximity falls to 1/e

Decides = Literal["discharge log", "sample at the outfall", "sample upstream of it", "its place"]


@dataclass(frozen=True)
class Event:
    """What a station measured. Concentrations in mg/L, flow in m³/s at the station."""

    concentration_mg_l: float
    baseline_mg_l: float
    flow_m3s: float
    decay_per_day: float = 0.0
    excess: Mapping[str, float] = field(default_factory=dict)  # parameter: times its limit

    @property
    def needed_load_g_s(self) -> float:
        """What must arrive in addition to the usual (mg/L times m³/s is g/s)."""
        return max(0.0, (self.concentration_mg_l - self.baseline_mg_l) * self.flow_m3s)


@dataclass(frozen=True)
class Sighting:
    """The same pulse measured elsewhere: hours from the event, travel time from a candidate."""

    at_h: float
    peak_h: float
    fastest_h: float


@dataclass(frozen=True)
class Candidate:
    """A source upstream of the station, and what is known of it. Hours count from the event."""

    id: str
    title: str
    distance_m: float  # along the river
    peak_h: float  # travel time of the peak of a pulse
    fastest_h: float  # travel time at the highest probable velocity
    load_g_s: float | None = None  # what it lets out, None: unknown
    discharged_h: tuple[tuple[float, float], ...] | None = None  # from, to; None: no log
    profile: Mapping[str, float] = field(default_factory=dict)  # of its industry
    violations: int = 0
    inspections: int = 0
    clean_between: float = 1.0  # 1: no; 0.1: a station between was clean at the time
    beside_river_m: float = 0.0
    flow_ratio: float | None = None  # flow of the day by mean flow, on the way
    sightings: tuple[Sighting, ...] = ()  # at other stations it could have passed


@dataclass(frozen=True)
class Weights:
    """Shares of the terms; they are divided by their sum."""

    timing: float = 0.30
    load: float = 0.30
    signature: float = 0.20
    history: float = 0.10
    proximity: float = 0.10

    def shares(self) -> dict[str, float]:
        values = asdict(self)
        total = sum(values.values())
        if not total > 0 or min(values.values()) < 0:
            raise ValueError("Weights must not be negative, and one must be more than nothing.")
        return {name: value / total for name, value in values.items()}


@dataclass(frozen=True)
class Terms:
    """Each between 0 (speaks against) and 1 (speaks for)."""

    timing: float
    load: float
    signature: float
    history: float
    proximity: float


@dataclass(frozen=True)
class Gates:
    """What a score is multiplied with."""

    clean_between: float
    placement: float
    alibi: float
    agreement: float = 1.0  # of several measurements: whether one release fits all

    @property
    def product(self) -> float:
        return self.clean_between * self.placement * self.alibi * self.agreement


@dataclass(frozen=True)
class Ranked:
    """One source, or the row of what is unknown (`id` is UNKNOWN, no terms)."""

    id: str
    title: str
    score: float  # 0 to 100
    window_h: tuple[float, float] | None = None  # when it must have let out, to be measured
    terms: Terms | None = None
    gates: Gates | None = None
    arriving_g_s: float | None = None
    added_mg_l: float | None = None
    ranks: tuple[int, int] = (0, 0)  # best and worst over the uncertainty
    decides: tuple[Decides, ...] = ()  # what would settle it, the most telling first


@dataclass(frozen=True)
class Ranking:
    """Candidates, the best fitting first; the unknown stands where its score puts it."""

    rows: tuple[Ranked, ...]
    needed_load_g_s: float
    explained_g_s: float
    weights: Weights
    event: Event
    velocity_range: tuple[float, ...] = VELOCITY_RANGE
    decay_range: tuple[float, ...] = DECAY_RANGE


def rank(event: Event, candidates: Sequence[Candidate], weights: Weights | None = None) -> Ranking:
    """Score every candidate, and again for slower and faster rivers and other decay."""
    weights = weights or Weights()
    rows, explained = _scored(event, candidates, weights)
    ranks: dict[str, list[int]] = {row.id: [] for row in rows}
    for speed in VELOCITY_RANGE:
        for decay in DECAY_RANGE:
            other = replace(event, decay_per_day=event.decay_per_day * decay)
            moved = [faster(c, speed) for c in candidates]
            for place, row in enumerate(_scored(other, moved, weights)[0], 1):
                ranks[row.id].append(place)
    return Ranking(
        tuple(replace(row, ranks=(min(ranks[row.id]), max(ranks[row.id]))) for row in rows),
        event.needed_load_g_s,
        explained,
        weights,
        event,
    )


def faster(candidate: Candidate, times: float) -> Candidate:
    """As if rivers flowed so many times as fast."""
    return replace(
        candidate,
        peak_h=candidate.peak_h / times,
        fastest_h=candidate.fastest_h / times,
        sightings=tuple(
            replace(s, peak_h=s.peak_h / times, fastest_h=s.fastest_h / times)
            for s in candidate.sightings
        ),
    )


def release_window(candidate: Candidate) -> tuple[float, float]:
    """Hours (before the event: negative) in which it must have let out to be measured then, and
    at every other sighting; by the event alone where no time fits all of them."""
    own = _window(candidate, 0.0, candidate.peak_h, candidate.fastest_h)
    first, last = _common(candidate, own)
    return (first, last) if first <= last else own


def agreement(candidate: Candidate) -> float:
    """1 where one release fits all sightings; less the farther apart the times are.

    Times at several stations measure the velocity too, so what counts is the velocity of the range
    at which they agree best.
    """
    if not candidate.sightings:
        return 1.0
    return max(_agreement(faster(candidate, speed)) for speed in VELOCITY_RANGE)


def _agreement(candidate: Candidate) -> float:
    own = _window(candidate, 0.0, candidate.peak_h, candidate.fastest_h)
    first, last = _common(candidate, own)
    apart = max(0.0, first - last)
    return math.exp(-apart / max(0.1 * candidate.peak_h, 0.5))


def _window(
    candidate: Candidate, at_h: float, peak_h: float, fastest_h: float
) -> tuple[float, float]:
    tail = float(tail_h(peak_h, candidate.flow_ratio)) if peak_h else 0.0
    return at_h - tail, at_h - LEADING_EDGE * fastest_h


def _common(candidate: Candidate, own: tuple[float, float]) -> tuple[float, float]:
    windows = [own] + [
        _window(candidate, s.at_h, s.peak_h, s.fastest_h) for s in candidate.sightings
    ]
    return max(first for first, _ in windows), min(last for _, last in windows)


def _scored(
    event: Event, candidates: Sequence[Candidate], weights: Weights
) -> tuple[list[Ranked], float]:
    shares = weights.shares()
    rows = [_row(event, candidate, shares) for candidate in candidates]
    needed = event.needed_load_g_s
    explained = sum((r.arriving_g_s or 0.0) * r.gates.product for r in rows if r.gates)
    left = max(0.0, 1 - explained / needed) if needed > 0 else 0.0
    if event.flow_m3s <= 0:
        left = NO_BALANCE
    missing = left * needed if event.flow_m3s > 0 else None
    rows.append(Ranked(UNKNOWN, "", 100 * left, arriving_g_s=missing))
    rows.sort(key=lambda row: (-row.score, row.id == UNKNOWN, row.id))
    return rows, min(explained, needed)


def _row(event: Event, candidate: Candidate, shares: Mapping[str, float]) -> Ranked:
    window = release_window(candidate)
    timing = _timing(candidate, window)
    arriving = None
    load = 0.0
    if candidate.load_g_s is not None:
        arriving = candidate.load_g_s * math.exp(-event.decay_per_day * candidate.peak_h / 24)
        needed = event.needed_load_g_s
        load = min(1.0, arriving / needed) if needed > 0 else 0.0
    terms = Terms(
        timing,
        load,
        _cosine(event.excess, candidate.profile),
        min(1.0, (candidate.violations + 1) / (candidate.inspections + 2)),
        math.exp(-candidate.peak_h / NEAR_H),
    )
    gates = Gates(
        candidate.clean_between,
        math.exp(-candidate.beside_river_m / SNAP_M),
        1.0 if candidate.discharged_h is None else 0.2 + 0.8 * timing,
        agreement(candidate),
    )
    fit = sum(share * getattr(terms, name) for name, share in shares.items())
    return Ranked(
        candidate.id,
        candidate.title,
        100 * gates.product * fit,
        window,
        terms,
        gates,
        arriving,
        None if arriving is None or event.flow_m3s <= 0 else arriving / event.flow_m3s,
        decides=_decides(candidate),
    )


def _timing(candidate: Candidate, window: tuple[float, float]) -> float:
    """How much of a discharge falls into the window, by the shorter of both; the best of all."""
    if candidate.discharged_h is None:
        return NO_LOG
    best = 0.0
    for first, last in candidate.discharged_h:
        shorter = min(last - first, window[1] - window[0])
        common = min(last, window[1]) - max(first, window[0])
        if common > 0 or (common == 0 and shorter <= 0):
            best = max(best, min(1.0, common / shorter) if shorter > 0 else 1.0)
        else:  # common is minus the hours between
            best = max(best, math.exp(common / max(0.1 * candidate.peak_h, 0.5)))
    return best


def _cosine(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    """How alike two patterns of parameters are; 0 where one is not known."""
    common = sum(value * second.get(name, 0.0) for name, value in first.items())
    lengths = math.hypot(*first.values()) * math.hypot(*second.values())
    return max(0.0, common / lengths) if lengths > 0 else 0.0


def _decides(candidate: Candidate) -> tuple[Decides, ...]:
    wanted: list[Decides] = []
    if candidate.discharged_h is None:
        wanted.append("discharge log")
    if candidate.load_g_s is None or not candidate.profile:
        wanted.append("sample at the outfall")
    if candidate.beside_river_m > SNAP_M / 5:
        wanted.append("its place")
    wanted.append("sample upstream of it")
    return tuple(wanted)
