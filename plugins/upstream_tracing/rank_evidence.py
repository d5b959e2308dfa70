"""What a ranking rests on beside the scores: records of stations, the river, who was put where.

Plain values: they lie in a case as they are, so profile and series are drawn without the layers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gisapp.api import Point, tr

from .network import Floats
from .ranking import VELOCITY_RANGE

State = Literal["", "as usual", "seen"]

USUAL, SEEN = 0.2, 0.5  # of the excess at the station of the event
BESIDE_H = 2.0  # before and after the hours in which a pulse would have passed
LARGEST_GAP_H = 6.0  # without a valid value nothing is said of a station
STATE_SLOWEST, STATE_FASTEST = min(VELOCITY_RANGE), max(VELOCITY_RANGE)


@dataclass(frozen=True, slots=True)
class Tributary:
    """A river that comes in: where, its name or id, and by how much the value steps."""

    distance_m: float
    title: str
    step: float


@dataclass(frozen=True, slots=True)
class StemMark:
    """A source or station. On a tributary it stands where that one comes in."""

    distance_m: float
    role: str
    id: str
    title: str
    on_stem: bool


@dataclass(frozen=True, slots=True)
class RiverLine:
    """The main stem above the station, nearest first: metres from it to both ends of each reach,
    hours of travel to the nearer, and what it drains (km²) or carries (m³/s; None: not known)."""

    unit: str
    nearer_m: tuple[float, ...]
    farther_m: tuple[float, ...]
    hours: tuple[float, ...]
    value: tuple[float | None, ...]
    tributaries: tuple[Tributary, ...]
    marks: tuple[StemMark, ...]

    @property
    def title(self) -> str:
        return tr("Drained area") if self.unit == "km²" else tr("Mean flow")


@dataclass(frozen=True, slots=True)
class Record:
    """What a station measured around the event. Hours count from the event as they were recorded;
    None: no valid value. travel_h: from it down to the station of the event; negative below."""

    station: str
    title: str
    distance_m: float  # negative: below the station of the event
    travel_h: float
    hours: tuple[float, ...]
    values: tuple[float | None, ...]  # mg/L
    usual: float | None = None  # median of the days before
    state: State = ""

    def shifted(self, velocity: float = 1.0) -> tuple[Floats, Floats]:
        """Hours at which what was measured reaches (or left) the event's station, and mg/L with
        NaN in gaps. velocity: rivers that flow so many times as fast."""
        values = np.array([math.nan if v is None else v for v in self.values], np.float64)
        return np.asarray(self.hours, np.float64) + self.travel_h / velocity, values


@dataclass(frozen=True, slots=True)
class Inflow:
    """What a station above brings at the time: one part of a balance of loads."""

    station: str
    title: str
    travel_h: float
    concentration_mg_l: float
    flow_m3s: float

    def arriving_g_s(self, decay_per_day: float, velocity: float = 1.0) -> float:
        kept = math.exp(-decay_per_day * self.travel_h / velocity / 24)
        return self.concentration_mg_l * self.flow_m3s * kept


@dataclass(frozen=True, slots=True)
class PutThere:
    """Where a station or source was on the rivers; locked: somebody had said so by hand."""

    role: str
    feature: str
    id: str
    reach: str
    measure_m: float
    side: str
    offset_m: float
    locked: bool
    at: Point | None = None  # longitude and latitude


@dataclass(frozen=True, slots=True)
class Bound:
    """The limit that the event exceeded, with the words of its standard."""

    high_mg_l: float
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of it. `records` stand in the order of the water: the uppermost first."""

    river: RiverLine | None = None
    records: tuple[Record, ...] = ()
    inflows: tuple[Inflow, ...] = ()
    placed: tuple[PutThere, ...] = ()
    bound: Bound | None = None
    warnings: tuple[str, ...] = ()  # what is missing or odd in the rivers above
    records_from: str = ""  # name of the file
    exceeded: tuple[str, ...] = ()  # stations above that saw it by their records, one above another
    velocity_seen: float | None = None  # by the times of other stations: so many times as fast
    above: tuple[str, ...] = ()  # stations that water passes on its way here, the uppermost first


def usual_of(hours: Floats, values: Floats, at_h: float) -> float | None:
    """The median of the week before, without the last day: a pulse may have begun in it."""
    known = np.isfinite(values) & (hours <= at_h - 24)
    week = known & (hours >= at_h - 7 * 24)
    chosen = values[week] if week.any() else values[known]
    return float(np.median(chosen)) if len(chosen) else None


def state_of(
    hours: Floats, values: Floats, travel_h: float, usual: float | None, excess_mg_l: float
) -> State:
    """Whether a station above saw the pulse pass. hours from the event, values with NaN in gaps.

    On its way down a pulse is only diluted and decays: had it come through here, it was at least as
    high as at the station of the event. Nothing is said where values are missing.
    """
    first = -travel_h / STATE_SLOWEST - BESIDE_H
    last = -travel_h / STATE_FASTEST + BESIDE_H
    known = np.isfinite(values) & (hours >= first - LARGEST_GAP_H) & (hours <= last + LARGEST_GAP_H)
    times, there = hours[known], values[known]
    inside = (times >= first) & (times <= last)
    if usual is None or excess_mg_l <= 0 or not inside.any():
        return ""
    over = float(there[inside].max()) - usual
    if over >= SEEN * excess_mg_l:
        return "seen"
    ends = [first] if times[0] > first else [], [last] if times[-1] < last else []
    gaps = np.diff(np.concatenate([ends[0], times, ends[1]]))
    if gaps.max(initial=0.0) > LARGEST_GAP_H or over > USUAL * excess_mg_l:
        return ""
    return "as usual"


def value_near(hours: Floats, values: Floats, at_h: float, within_h: float) -> float | None:
    """The mean of the valid values so near in time."""
    near = np.isfinite(values) & (np.abs(hours - at_h) <= within_h)
    return float(values[near].mean()) if near.any() else None


def stayed_as_usual(records: Sequence[Record]) -> tuple[Record, ...]:
    """Stations above that stayed as usual while the pulse would have passed."""
    return tuple(one for one in records if one.travel_h > 0 and one.state == "as usual")
