"""Ranking the sources above a station that exceeded its limit: a form, a command, a function."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import numpy as np

from gisapp.api import FeatureId, FeatureSet, Limits, ParameterError, Part, Progress, algorithm, tr

from .algorithm import Layers, place_layers, start_of
from .network import key_of
from .placing import Place
from .points import REACH_COLUMNS, Placed
from .ranking import UNKNOWN, Candidate, Event, Ranked, Ranking, Weights, rank
from .rivers import Rivers, prepare
from .start import find_start
from .trace import Start
from .travel import velocities_of
from .ways import distances_on, in_hours, place_in_hours, way_from

SECONDS = 86_400.0
LOG_EXAMPLE = '[{"start": "2025-03-19T21:00", "end": "2025-03-20T03:00"}]'
CLEAN = 0.1  # what remains of a score behind a station that was clean
SIGNATURES = ("nh3n", "cod", "codmn", "tp", "tn")  # columns NAME_kg_d of a source


@dataclass(frozen=True, slots=True)
class RankedSource:
    """A row of the list. Hours are before the measurement; distances along the river."""

    source: FeatureId
    distance_m: float
    travel_h: float
    row: Ranked


@dataclass(frozen=True, slots=True)
class SourceRanking:
    """Candidates for an exceedance, the best fitting first, with everything they rest on."""

    start: Start
    parameter: str
    event: Event
    time: str
    ranking: Ranking
    sources: tuple[RankedSource, ...]  # in the order of the ranking, without the unknown
    not_upstream: int
    left_out: int
    rests_on: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        event = self.event
        yield tr("{parameter} at {start}: {value} mg/L, usually {usual} mg/L").format(
            parameter=self.parameter,
            start=self.start.title,
            value=f"{event.concentration_mg_l:g}",
            usual=f"{event.baseline_mg_l:g}",
        )
        yield tr("Load needed to explain it: {load} g/s at {flow} m³/s").format(
            load=f"{event.needed_load_g_s:.3g}", flow=f"{event.flow_m3s:.3g}"
        )
        by_id = {str(s.row.id): s for s in self.sources}
        for place, row in enumerate(self.ranking.rows, 1):
            if row.id == UNKNOWN:
                yield tr("{place}. {score}  unknown or diffuse source").format(
                    place=f"{place:>3}", score=f"{row.score:5.1f}"
                )
                continue
            source = by_id[row.id]
            first, last = row.window_h or (0.0, 0.0)
            yield tr(
                "{place}. {score}  {id} {title}: {km} km, {hours} h away; "
                "let out {first} to {last} h before; rank {best} to {worst}"
            ).format(
                place=f"{place:>3}",
                score=f"{row.score:5.1f}",
                id=row.id,
                title=row.title,
                km=f"{source.distance_m / 1000:.1f}",
                hours=f"{source.travel_h:.1f}",
                first=f"{-first:.1f}",
                last=f"{-last:.1f}",
                best=row.ranks[0],
                worst=row.ranks[1],
            )
        yield tr("Rests on: {data}").format(data="; ".join(self.rests_on))
        yield tr("A candidate, not a verdict: what would decide it is listed with each.")


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
    max_distance_km: Annotated[float, Limits(0, 1e4, "km")] = 0.0,
    snap_within_m: Annotated[float, Limits(1, 20_000, "m")] = 500.0,
    weights: str = "",
    *,
    progress: Progress,
) -> SourceRanking:
    """Which sources upstream could have caused an exceedance, with a score made of visible terms.

    start: the station (id or name), a reach or x,y. time: when it was measured (ISO 8601), for
    sources with a discharge log. parameter: names the load column `PARAMETER_kg_d` of the sources.
    flow_m3s: at the station; 0: the data's mean discharge times flow_ratio (flow of the day by
    mean flow). excess: how far above the usual each parameter was, in times of its limit, such as
    "nh3n=3.2, tp=1.4". clean_stations: ids of stations that were as usual at the time.
    weights: such as "timing=0.3, load=0.3". Raises ParameterError for values it cannot use.
    """
    progress.report(0.0, tr("Reading the network"))
    net = prepare(rivers)
    layers: Layers = (("stations", stations), ("outfalls", None), ("sources", sources))
    placed = place_layers(layers, net, snap_within_m, Part(progress, 0.2, 0.7))
    place, title = find_start(start, net, placed, 0.0, snap_within_m)
    at = _time(time)
    flow = flow_m3s or _flow(net, place) * flow_ratio
    event = Event(value_mg_l, baseline_mg_l, flow, decay_per_day, _pairs(excess, "excess"))
    progress.report(0.75, tr("Listing"))
    reach = way_from(net.network, place, "UT", 1000 * max_distance_km or np.inf)
    each = placed["sources"]
    distance = distances_on(reach, net.network, [p.place for p in each])
    travel, fastest = _travel(net, place, [p.place for p in each])
    clean = _behind_clean(net, placed["stations"], place, clean_stations, each)
    upstream = np.flatnonzero(np.isfinite(distance) & np.isfinite(travel)).tolist()
    columns = {f.name: sources.column(f.name) for f in sources.fields}
    row_of = {str(fid): n for n, fid in enumerate(sources.ids.tolist())}
    candidates = []
    for n in upstream:
        row = {name: values[row_of[str(each[n].feature)]] for name, values in columns.items()}
        candidates.append(
            _candidate(
                each[n], row, float(distance[n]), float(travel[n]), float(fastest[n]),
                parameter, at, flow_ratio, CLEAN if clean[n] else 1.0,
                _is_recorded(row, each[n], net),
            )
        )  # fmt: skip
    progress.report(0.9)
    ranking = rank(event, candidates, Weights(**_pairs(weights, "weights", Weights)))
    known = {each[n].id or str(each[n].feature): n for n in upstream}
    found = tuple(
        RankedSource(each[known[r.id]].feature, float(distance[known[r.id]]),
                     float(travel[known[r.id]]), r)
        for r in ranking.rows if r.id != UNKNOWN
    )  # fmt: skip
    velocities = velocities_of(net)
    return SourceRanking(
        start_of(net, place, title),
        parameter,
        event,
        time,
        ranking,
        found,
        sum(p.place is not None for p in each) - len(upstream),
        sum(p.place is None for p in each),
        (
            tr("rivers: {n} reaches").format(n=len(net.network)),
            velocities.said(reach.reaches),
            tr("weights: {weights}").format(
                weights=", ".join(f"{k} {v:g}" for k, v in ranking.weights.shares().items())
            ),
        ),
    )


def _travel(net: Rivers, start: Place, places: list[Place | None]) -> tuple[Any, Any]:
    """Hours from each place down to the start: at the most and at the highest probable velocity."""
    found = []
    for fast in (False, True):
        velocities = velocities_of(net, fastest=fast)
        timed = in_hours(net.network, velocities.m_s)
        way = way_from(timed, place_in_hours(start, net.network, timed), "UT")
        inside = [None if p is None else place_in_hours(p, net.network, timed) for p in places]
        found.append(distances_on(way, timed, inside))
    return found[0], found[1]


def _behind_clean(
    net: Rivers,
    stations: tuple[Placed, ...],
    start: Place,
    wanted: str,
    sources: tuple[Placed, ...],
) -> list[bool]:
    """Whether a station that was clean lies between each source and the start."""
    behind = [False] * len(sources)
    below = way_from(net.network, start, "UT")
    for name in filter(None, (text.strip() for text in wanted.replace("，", ",").split(","))):
        known = [p for p in stations if name.casefold() in (p.id.casefold(), p.title.casefold())]
        if not known or known[0].place is None:
            raise ParameterError(
                tr("There is no station {name} on the rivers").format(name=name),
                hint=tr("Give ids of stations that were clean, with commas between."),
            )
        place = known[0].place
        if not np.isfinite(distances_on(below, net.network, [place])[0]):
            continue  # not between anything and the start
        above = distances_on(
            way_from(net.network, place, "UT"), net.network, [p.place for p in sources]
        )
        behind = [was or bool(np.isfinite(far)) for was, far in zip(behind, above, strict=True)]
    return behind


def _candidate(
    placed: Placed, row: Mapping[str, Any], distance: float, peak_h: float, fastest_h: float,
    parameter: str, at: datetime | None, flow_ratio: float, clean: float, recorded: bool,
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
    )


# Limits of class III of GB 3838-2002, mg/L: loads of different parameters become comparable.
_LIMITS = {"nh3n": 1.0, "cod": 20.0, "codmn": 6.0, "tp": 0.2, "tn": 1.0}


def _by_limit(loads: Mapping[str, float]) -> dict[str, float]:
    return {name: value / _LIMITS[name] for name, value in loads.items()}


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
