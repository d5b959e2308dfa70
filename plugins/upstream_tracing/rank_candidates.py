"""A row of the layer of sources as a candidate: its load, its log, its pattern, its past."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gisapp.api import limit, tr

from .network import key_of
from .points import REACH_COLUMNS, Placed
from .ranking import Candidate, Sighting
from .rivers import Rivers

SECONDS = 86_400.0
LOG_EXAMPLE = '[{"start": "2025-03-19T21:00", "end": "2025-03-20T03:00"}]'
COMPARED_BY = "III"  # class whose limits make loads of different parameters comparable
SIGNATURES = ("nh3n", "cod", "codmn", "tp", "tn")  # columns NAME_kg_d of a source


def candidate_of(
    placed: Placed, row: Mapping[str, Any], distance: float, peak_h: float, fastest_h: float,
    parameter: str, at: datetime | None, flow_ratio: float, clean: float, recorded: bool,
    seen: tuple[Sighting, ...],
) -> Candidate:  # fmt: skip
    assert placed.place is not None
    load = number_or_none(row.get(f"{parameter}_kg_d"))
    loads = {name: number_or_none(row.get(f"{name}_kg_d")) for name in SIGNATURES}
    profile = {name: value for name, value in loads.items() if value is not None}
    log = _log(row.get("discharge_log"), at)
    return Candidate(
        placed.id or str(placed.feature),
        placed.title,
        distance,
        peak_h,
        fastest_h,
        None if load is None else load * 1000 / SECONDS * _times_the_mean(log),
        log,
        _by_limit(profile),
        int(number_or_none(row.get("violations")) or 0),
        int(number_or_none(row.get("inspections")) or 0),
        clean,
        0.0 if recorded else placed.place.offset_m,
        flow_ratio,
        seen,
    )


def compared_by() -> str:
    bound = limit("nh3n", COMPARED_BY)
    return tr(
        "loads of parameters compared by the limits of class {water_class}, {standard}"
    ).format(water_class=COMPARED_BY, standard="" if bound is None else bound.standard)


def _by_limit(loads: Mapping[str, float]) -> dict[str, float]:
    """In times of the limit, so that parameters compare; those without one in the standard are
    left out."""
    found = {}
    for name, value in loads.items():
        bound = limit(name, COMPARED_BY)
        if bound is not None and bound.high:
            found[name] = value / bound.high
    return found


def _log(text: Any, at: datetime | None) -> tuple[tuple[float, float], ...] | None:
    """Discharges as hours from the event, of the days before it; None without a log that can be
    read, or without a time."""
    times = _entries(text)
    if at is None or times is None:
        return None
    return tuple(
        ((a - at).total_seconds() / 3600, (b - at).total_seconds() / 3600) for a, b in times
    )


def log_is_readable(row: Mapping[str, Any]) -> bool:
    """Also where there is none."""
    text = row.get("discharge_log")
    return not isinstance(text, str) or not text.strip() or _entries(text) is not None


def _entries(text: Any) -> tuple[tuple[datetime, datetime], ...] | None:
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        return tuple(
            (datetime.fromisoformat(e["start"]).replace(tzinfo=None),
             datetime.fromisoformat(e["end"]).replace(tzinfo=None))
            for e in json.loads(text)
        )  # fmt: skip
    except (ValueError, TypeError, KeyError):
        return None


def is_recorded(row: Mapping[str, Any], placed: Placed, net: Rivers) -> bool:
    """Whether the data itself says where it lets out: then where it stands is no matter."""
    reach = "" if placed.place is None else net.key(placed.place.reach)
    return any(key_of(row.get(name)) == reach for name in REACH_COLUMNS if name in row)


def _times_the_mean(log: tuple[tuple[float, float], ...] | None) -> float:
    """How much more a source lets out while it does than on average over the time of its log."""
    if not log:
        return 1.0
    hours = sum(last - first for first, last in log)
    span = max(24.0, max(last for _, last in log) - min(first for first, _ in log))
    return span / hours if hours > 0 else 1.0


def number_or_none(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
