"""When a source let out more than usual, by its own continuous records.

A file of the same form as that of stations: a column with the id of the source (or its monitor's
number, MN), the time, and concentrations or the flow. A record that covers the hours in question
and shows nothing unusual is an alibi, as a discharge log is; one with gaps says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from gisapp.api import list_parameters, read_series

from .network import Floats, key_of
from .rank_evidence import LARGEST_GAP_H, STATE_FASTEST, STATE_SLOWEST, usual_of
from .ranking import Candidate
from .velocity import LEADING_EDGE, tail_h

CLEAR = 2.0  # times its usual that a source must let out to be told from its every day
BEFORE_H = 10 * 24.0  # of records that say what is usual
FLOW = "flow_l_s"
CONCENTRATION = "_mg_l"


@dataclass(frozen=True, slots=True)
class Released:
    """periods_h: from, to in hours from the event, in which it let out more than usual.

    load_g_s: mean of what it let out in them; None where flow and concentration are not both known,
    or there are none.
    """

    periods_h: tuple[tuple[float, float], ...]
    load_g_s: float | None

    def told_of(self, candidate: Candidate) -> Candidate:
        """What was measured counts, not what a log says."""
        load = candidate.load_g_s if self.load_g_s is None else self.load_g_s
        return replace(candidate, discharged_h=self.periods_h, load_g_s=load)


@dataclass(frozen=True, slots=True)
class SourceRecords:
    """The file, and which of its columns tell of the parameter."""

    path: Path
    concentration: str  # empty: none
    flow: str

    @classmethod
    def of(cls, path: Path | None, parameter: str) -> SourceRecords | None:
        """None where the file says nothing of the parameter and no flow. Raises ReadError."""
        if path is None:
            return None
        names = {quantity.name for quantity in list_parameters(path)}
        told = parameter + CONCENTRATION
        found = cls(path, told if told in names else "", FLOW if FLOW in names else "")
        return found if found.concentration or found.flow else None

    def released(
        self, row: Mapping[str, Any], name: str, at: datetime, peak_h: float, fastest_h: float
    ) -> Released | None:
        """None: no record of it, or one with gaps where it matters. Raises ReadError.

        peak_h, fastest_h: travel times from the source down to the station.
        """
        slow = max(peak_h, 1e-6) / STATE_SLOWEST
        first = -float(tail_h(slow, None)) if peak_h else -1.0
        last = -LEADING_EDGE * fastest_h / STATE_FASTEST
        for key in dict.fromkeys(
            filter(None, (name, key_of(row.get("mn")), key_of(row.get("MN"))))
        ):
            hours, concentration, flow = self._series(key, at, first)
            if len(hours):
                return _released(hours, concentration, flow, first, last)
        return None

    def _series(
        self, name: str, at: datetime, first: float
    ) -> tuple[Floats, Floats | None, Floats | None]:
        found: list[Floats | None] = []
        hours = np.empty(0)
        begin, end = at + timedelta(hours=first - BEFORE_H), at + timedelta(hours=1)
        for column in (self.concentration, self.flow):
            if not column:
                found.append(None)
                continue
            series = read_series(self.path, name, column, begin, end)
            hours = (series.times - np.datetime64(at, "s")) / np.timedelta64(3600, "s")
            found.append(np.asarray(series.values, np.float64))
        return np.asarray(hours, np.float64), found[0], found[1]


def _released(
    hours: Floats, concentration: Floats | None, flow: Floats | None, first: float, last: float
) -> Released | None:
    measured = [values for values in (concentration, flow) if values is not None]
    amount = np.prod(measured, axis=0)
    usual = usual_of(hours, amount, first)
    known = np.isfinite(amount)
    near = known & (hours >= first - LARGEST_GAP_H) & (hours <= last + LARGEST_GAP_H)
    if usual is None or not near.any():
        return None
    times = np.concatenate([[first], np.clip(hours[near], first, last), [last]])
    if np.diff(times).max() > LARGEST_GAP_H:
        return None
    over = known & (amount > CLEAR * max(usual, 0.0)) & (amount > 0)
    periods = _periods(hours, over, known)
    inside = over & (hours >= first) & (hours <= last)
    load = None
    if len(measured) == 2 and inside.any():  # mg/L times L/s is mg/s
        load = float(amount[inside].mean()) / 1000
    return Released(periods, load)


def _periods(hours: Floats, over: Any, known: Any) -> tuple[tuple[float, float], ...]:
    """Runs of valid values over the usual; a value counts until the next one."""
    times, high = hours[known], over[known]
    if not high.any():
        return ()
    step = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], high.astype(int), [0]])))
    return tuple(
        (float(times[a]), float(times[b - 1]) + step)
        for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    )
