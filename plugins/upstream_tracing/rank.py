"""Ranking the sources above a station that exceeded its limit: a form, a command, a function."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import numpy as np

from gisapp.api import (
    FeatureId,
    FeatureSet,
    Limits,
    ParameterError,
    Part,
    Point,
    Progress,
    algorithm,
    limit,
    tr,
)

from .algorithm import Layers, place_layers, start_of
from .doctor_repairs import repairs_from
from .network import Ints, key_of
from .placing import Place
from .points import REACH_COLUMNS, Placed
from .rank_answer import BandReach, NotReached, Question, SourceRanking, answer, data_used
from .rank_band import likely_places, possible_reaches, sightings
from .ranking import Candidate, Event, Sighting, Weights
from .rivers import Rivers, prepare
from .start import find_start
from .travel import velocities_of
from .ways import Way, distances_on, place_in_hours, way_from

SECONDS = 86_400.0
LOG_EXAMPLE = '[{"start": "2025-03-19T21:00", "end": "2025-03-20T03:00"}]'
CLEAN = 0.1  # what remains of a score behind a station that was clean
COMPARED_BY = "III"  # class whose limits make loads of different parameters comparable
SIGNATURES = ("nh3n", "cod", "codmn", "tp", "tn")  # columns NAME_kg_d of a source


@algorithm("rank-sources", "Rank the sources of an exceedance")
def rank_sources(
    rivers: FeatureSet,
    sources: FeatureSet,
    start: str,
    value_mg_l: Annotated[float, Limits(0, 1e6, "mg/L")],
    baseline_mg_l: Annotated[float, Limits(0, 1e6, "mg/L")],
    time: str = "",
    parameter: str = "nh3n",
    stations: FeatureSet | None = None,
    flow_m3s: Annotated[float, Limits(0, 1e6, "m³/s")] = 0.0,
    flow_ratio: Annotated[float, Limits(0.01, 100, "")] = 1.0,
    decay_per_day: Annotated[float, Limits(0, 50, "1/d")] = 0.2,
    excess: str = "",
    clean_stations: str = "",
    dirty_stations: str = "",
    samples: str = "",
    velocity_factor: Annotated[float, Limits(0.05, 20, "")] = 1.0,
    max_distance_km: Annotated[float, Limits(0, 1e4, "km")] = 0.0,
    snap_within_m: Annotated[float, Limits(1, 20_000, "m")] = 500.0,
    weights: str = "",
    repairs: FeatureSet | None = None,
    placements: FeatureSet | None = None,
    *,
    progress: Progress,
) -> SourceRanking:
    """Which sources upstream could have caused an exceedance, with a score made of visible terms.

    start: the station (id or name), a reach or x,y. time: when it was measured (ISO 8601), for
    sources with a discharge log. parameter: names the load column `PARAMETER_kg_d` of the sources.
    flow_m3s: at the station; 0: the data's mean discharge times flow_ratio (flow of the day by
    mean flow). excess: how far above the usual each parameter was, in times of its limit, such as
    "nh3n=3.2, tp=1.4". clean_stations, dirty_stations: ids of stations that were as usual, or
    exceeded too, at the time; what lies behind a clean one or not above a dirty one counts a tenth.
    samples: when the pulse was measured at other stations, such as "ST11@2025-03-20T12:00": they
    exceeded too, and one release has to fit all times.
    velocity_factor: rivers that flow so many times as fast. weights: such as
    "timing=0.3, load=0.3". Raises ParameterError for values it cannot use.
    """
    progress.report(0.0, tr("Reading the network"))
    net = prepare(rivers, repairs=repairs_from(repairs, rivers.crs))
    layers: Layers = (("stations", stations), ("outfalls", None), ("sources", sources))
    placed = place_layers(layers, net, snap_within_m, Part(progress, 0.2, 0.7), placements)
    place, title = find_start(start, net, placed, 0.0, snap_within_m)
    at = _time(time)
    flow = flow_m3s or _flow(net, place) * flow_ratio
    event = Event(value_mg_l, baseline_mg_l, flow, decay_per_day, _pairs(excess, "excess"))
    progress.report(0.75, tr("Listing"))
    reach = way_from(net.network, place, "UT", 1000 * max_distance_km or np.inf)
    each = placed["sources"]
    places = [p.place for p in each]
    distance = distances_on(reach, net.network, places)
    travel, fastest = _travel(net, place, places, flow_ratio)
    seen = sightings(samples, net, placed["stations"], at)
    dirty = ", ".join(filter(None, (dirty_stations, *(one.station for one in seen))))
    band = possible_reaches(net, placed["stations"], place, clean_stations, dirty)
    likely = likely_places(net, placed["stations"], place, clean_stations, dirty, places)
    passed = [(one.at_h, *_travel(net, one.place, places, flow_ratio)) for one in seen]
    upstream = np.flatnonzero(np.isfinite(distance) & np.isfinite(travel)).tolist()
    columns = {f.name: sources.column(f.name) for f in sources.fields}
    row_of = {str(fid): n for n, fid in enumerate(sources.ids.tolist())}
    candidates = []
    for n in upstream:
        row = {name: values[row_of[str(each[n].feature)]] for name, values in columns.items()}
        candidates.append(
            _candidate(
                each[n], row, float(distance[n]), float(travel[n]), float(fastest[n]),
                parameter, at, flow_ratio, 1.0 if likely[n] else CLEAN,
                _is_recorded(row, each[n], net),
                tuple(
                    Sighting(hours, float(peak[n]), float(fast[n]))
                    for hours, peak, fast in passed
                    if np.isfinite(peak[n])
                ),
            )
        )  # fmt: skip
    progress.report(0.9)
    velocities = velocities_of(net, flow_ratio=flow_ratio)
    known = {
        candidate.id: each[n].feature for candidate, n in zip(candidates, upstream, strict=True)
    }
    given = {
        "start": start, "value_mg_l": value_mg_l, "baseline_mg_l": baseline_mg_l, "time": time,
        "parameter": parameter, "flow_m3s": flow_m3s, "flow_ratio": flow_ratio,
        "decay_per_day": decay_per_day, "excess": excess, "clean_stations": clean_stations,
        "dirty_stations": dirty_stations, "samples": samples, "velocity_factor": velocity_factor,
        "max_distance_km": max_distance_km, "snap_within_m": snap_within_m, "weights": weights,
    }  # fmt: skip
    layers_used = {"rivers": rivers, "sources": sources, "stations": stations, "repairs": repairs,
                   "placements": placements}  # fmt: skip
    data = {name: features for name, features in layers_used.items() if features is not None}
    question = Question(
        start_of(net, place, title),
        parameter,
        time,
        event,
        tuple(candidates),
        known,
        _reaches(net, band, reach),
        tuple(
            NotReached(p.id or str(p.feature), p.title, p.reason if p.place is None else "")
            for n, p in enumerate(each)
            if n not in set(upstream)
        ),
        (
            tr("rivers: {n} reaches").format(n=len(net.network)),
            velocities.said(reach.reaches),
            flow_said(flow_m3s, flow_ratio),
            _compared_by(),
        ),
        given,
        _points(net, [each[n] for n in upstream]),
        tuple(data_used(name, features) for name, features in data.items()),
    )
    return answer(question, Weights(**_pairs(weights, "weights", Weights)), velocity_factor)


def _points(net: Rivers, placed: Sequence[Placed]) -> dict[str, Point]:
    """Where each lets out, on the river."""
    found = {}
    for one in placed:
        assert one.place is not None
        at = net.lines.point_at(one.place.reach, one.place.measure_m)
        if at is not None:
            found[one.id or str(one.feature)] = Point(float(at[0]), float(at[1]))
    return found


def flow_said(flow_m3s: float, flow_ratio: float) -> str:
    if flow_m3s:
        return tr("flow at the station as given")
    return tr("flow at the station: mean discharge of the data times {ratio}").format(
        ratio=f"{flow_ratio:g}"
    )


def _reaches(net: Rivers, band: Ints, way: Way) -> tuple[BandReach, ...]:
    """The band, nearest first."""
    inside = np.isin(way.reaches, band)
    ids = net.features.ids
    return tuple(
        BandReach(FeatureId(net.whole.get(str(ids[reach]), str(ids[reach]))), far)
        for reach, far in zip(
            way.reaches[inside].tolist(), way.distance_m[inside].tolist(), strict=True
        )
    )


def _travel(
    net: Rivers, start: Place, places: list[Place | None], flow_ratio: float
) -> tuple[Any, Any]:
    """Hours from each place down to the start: at the most and at the highest probable velocity."""
    found = []
    for fast in (False, True):
        velocities = velocities_of(net, fastest=fast, flow_ratio=flow_ratio)
        timed = velocities.timed(net.network)
        way = way_from(timed, place_in_hours(start, net.network, timed), "UT")
        inside = [None if p is None else place_in_hours(p, net.network, timed) for p in places]
        found.append(distances_on(way, timed, inside))
    return found[0], found[1]


def _candidate(
    placed: Placed, row: Mapping[str, Any], distance: float, peak_h: float, fastest_h: float,
    parameter: str, at: datetime | None, flow_ratio: float, clean: float, recorded: bool,
    seen: tuple[Sighting, ...],
) -> Candidate:  # fmt: skip
    assert placed.place is not None
    load = _number(row.get(f"{parameter}_kg_d"))
    loads = {name: _number(row.get(f"{name}_kg_d")) for name in SIGNATURES}
    profile = {name: value for name, value in loads.items() if value is not None}
    log = _log(row.get("discharge_log"), at, placed.id)
    return Candidate(
        placed.id or str(placed.feature),
        placed.title,
        distance,
        peak_h,
        fastest_h,
        None if load is None else load * 1000 / SECONDS * _times_the_mean(log),
        log,
        _by_limit(profile),
        int(_number(row.get("violations")) or 0),
        int(_number(row.get("inspections")) or 0),
        clean,
        0.0 if recorded else placed.place.offset_m,
        flow_ratio,
        seen,
    )


def _compared_by() -> str:
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


def _flow(net: Rivers, place: Place) -> float:
    flow = net.discharge_m3s(place.reach)
    if flow is None:
        raise ParameterError(
            tr("The rivers do not say how much water flows at the station"),
            hint=tr("Give the flow in m³/s."),
        )
    return flow


def _time(text: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=None)
    except ValueError:
        raise ParameterError(
            tr("{text} is not a time").format(text=text),
            hint=tr("Write it like 2025-03-20T04:00."),
        ) from None


def _log(text: Any, at: datetime | None, source: str) -> tuple[tuple[float, float], ...] | None:
    """Discharges as hours from the event, of the days before it; None without a log or a time."""
    if at is None or not isinstance(text, str) or not text.strip():
        return None
    try:
        entries = json.loads(text)
        times = [
            (datetime.fromisoformat(e["start"]), datetime.fromisoformat(e["end"])) for e in entries
        ]
    except (ValueError, TypeError, KeyError):
        raise ParameterError(
            tr("The discharge log of {source} cannot be read").format(source=source),
            hint=tr("It is a list like {example}").format(example=LOG_EXAMPLE),
        ) from None
    return tuple(
        ((a.replace(tzinfo=None) - at).total_seconds() / 3600,
         (b.replace(tzinfo=None) - at).total_seconds() / 3600)
        for a, b in times
    )  # fmt: skip


def _is_recorded(row: Mapping[str, Any], placed: Placed, net: Rivers) -> bool:
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


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _pairs(text: str, what: str, known: Any = None) -> dict[str, float]:
    """ "a=1, b=2" as numbers by name."""
    found: dict[str, float] = {}
    for part in filter(None, (p.strip() for p in text.replace("，", ",").split(","))):
        name, mark, value = (p.strip() for p in part.partition("="))
        number = _number(value)
        wrong = known is not None and name not in known.__dataclass_fields__
        if not mark or number is None or number < 0 or wrong:
            raise ParameterError(
                tr("{what}: {part} cannot be used").format(what=what, part=part),
                hint=tr("Write name=number, with commas between."),
            )
        found[name] = number
    return found
