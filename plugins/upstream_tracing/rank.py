"""Ranking the sources above a station that exceeded its limit: a form, a command, a function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
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
    tr,
)

from .algorithm import SHOWN, Layers, network_warnings, place_layers, start_of
from .doctor_repairs import repairs_from
from .network import Ints
from .pipes import with_pipes
from .placing import Place
from .points import Placed
from .rank_answer import BandReach, NotReached, Question, SourceRanking, answer, data_used
from .rank_band import likely_places, possible_reaches, sightings
from .rank_candidates import (
    LOG_EXAMPLE,
    candidate_of,
    compared_by,
    is_recorded,
    log_is_readable,
    number_or_none,
)
from .rank_evidence import Evidence, Record, stayed_as_usual
from .rank_records import (
    bound_of,
    inflows_of,
    known_file,
    put_there,
    records_of,
    river_line,
    seen_in_a_row,
    stations_on_way,
    velocity_seen,
)
from .ranking import Event, Sighting, Weights
from .rivers import Rivers, prepare
from .source_records import SourceRecords
from .start import find_start
from .tracing import upstream_of
from .travel import velocities_of
from .ways import Way, distances_on, place_in_hours, way_from

CLEAN = 0.1  # what remains of a score behind a station that was clean


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
    records: str = "",
    clean_by_records: bool = True,
    repairs: FeatureSet | None = None,
    placements: FeatureSet | None = None,
    pipes: FeatureSet | None = None,
    source_records: str = "",
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
    "timing=0.3, load=0.3". records: a file of station records (Parquet, CSV): stations above that
    stayed as usual while the pulse would have passed count as clean, those that saw it as
    exceeded too where each lies above the next (clean_by_records: whether they do), and the report
    shows all series shifted by the travel time. Where neither flow_m3s nor the data say how much
    water flows, loads are not compared.
    pipes: culverts and sewers, joined to the rivers. source_records: a file of what sources let
    out, of the same form (see `source_records`); where it covers the time it counts, not the log.
    Raises ParameterError for values it cannot use.
    """
    progress.report(0.0, tr("Reading the network"))
    file = known_file(records)
    net = with_pipes(prepare(rivers, repairs=repairs_from(repairs, rivers.crs)), pipes)
    layers: Layers = (("stations", stations), ("outfalls", None), ("sources", sources))
    placed = place_layers(layers, net, snap_within_m, Part(progress, 0.2, 0.6), placements)
    place, title = find_start(start, net, placed, 0.0, snap_within_m)
    at = _time(time)
    flow = flow_m3s or (net.discharge_m3s(place.reach) or 0.0) * flow_ratio
    event = Event(value_mg_l, baseline_mg_l, flow, decay_per_day, _pairs(excess, "excess"))
    reach = way_from(net.network, place, "UT", 1000 * max_distance_km or np.inf)
    velocities = velocities_of(net, flow_ratio=flow_ratio)
    timed = velocities.timed(net.network)
    near = stations_on_way(net, place, placed["stations"], timed)
    own = next((p for p in placed["stations"] if p.place == place), None)
    kept: tuple[Record, ...] = ()
    if file is not None and at is not None:
        part = Part(progress, 0.6, 0.75)
        kept = records_of(file, parameter, at, event, own, near, part)
    own_records = SourceRecords.of(known_file(source_records), parameter)
    progress.report(0.75, tr("Listing"))
    proved = stayed_as_usual(kept) if clean_by_records else ()
    exceeded = seen_in_a_row(net, near, kept) if clean_by_records else ()
    clean = _joined(clean_stations, [one.station for one in proved])
    each = placed["sources"]
    places = [p.place for p in each]
    distance = distances_on(reach, net.network, places)
    travel, fastest = _travel(net, place, places, flow_ratio)
    seen = sightings(samples, net, placed["stations"], at)
    dirty = _joined(dirty_stations, [*(one.station for one in seen), *exceeded])
    band = possible_reaches(net, placed["stations"], place, clean, dirty)
    likely = likely_places(net, placed["stations"], place, clean, dirty, places)
    passed = [(one.at_h, *_travel(net, one.place, places, flow_ratio)) for one in seen]
    upstream = np.flatnonzero(np.isfinite(distance) & np.isfinite(travel)).tolist()
    columns = {f.name: sources.column(f.name) for f in sources.fields}
    row_of = {str(fid): n for n, fid in enumerate(sources.ids.tolist())}
    candidates, unread, measured = [], [], 0
    for n in upstream:
        row = {name: values[row_of[str(each[n].feature)]] for name, values in columns.items()}
        if not log_is_readable(row):
            unread.append(each[n].id or str(each[n].feature))
        candidate = candidate_of(
            each[n], row, float(distance[n]), float(travel[n]), float(fastest[n]),
            parameter, at, flow_ratio, 1.0 if likely[n] else CLEAN,
            is_recorded(row, each[n], net),
            tuple(
                Sighting(hours, float(peak[n]), float(fast[n]))
                for hours, peak, fast in passed
                if np.isfinite(peak[n])
            ),
        )  # fmt: skip
        if own_records is not None and at is not None:
            told = own_records.released(row, candidate.id, at, candidate.peak_h,
                                        candidate.fastest_h)  # fmt: skip
            candidate = candidate if told is None else told.told_of(candidate)
            measured += told is not None
        candidates.append(candidate)
    progress.report(0.9)
    known = {
        candidate.id: each[n].feature for candidate, n in zip(candidates, upstream, strict=True)
    }
    given = {
        "start": start, "value_mg_l": value_mg_l, "baseline_mg_l": baseline_mg_l, "time": time,
        "parameter": parameter, "flow_m3s": flow_m3s, "flow_ratio": flow_ratio,
        "decay_per_day": decay_per_day, "excess": excess, "clean_stations": clean_stations,
        "dirty_stations": dirty_stations, "samples": samples, "velocity_factor": velocity_factor,
        "max_distance_km": max_distance_km, "snap_within_m": snap_within_m, "weights": weights,
        "clean_by_records": clean_by_records,
    }  # fmt: skip
    layers_used = {"rivers": rivers, "sources": sources, "stations": stations, "repairs": repairs,
                   "pipes": pipes}  # fmt: skip
    data = {name: features for name, features in layers_used.items() if features is not None}
    on_way = [(p, float(d)) for p, d in zip(each, distance, strict=True) if np.isfinite(d)]
    above = [(one.station, one.distance_m) for one in near if one.distance_m > 0]
    came = [one for one in near if one.distance_m > 0 and one.station.id in dirty.split(", ")]
    through = came[0].place.reach if came else None
    evidence = Evidence(
        river_line(net, reach, timed, [*on_way, *above], through),
        kept,
        tuple(inflows_of(net, near, kept, flow_ratio)),
        put_there(net, [*([own] if own else []), *(s.station for s in near),
                        *(p for p, _ in on_way)], placements),
        bound_of(parameter, _target(stations, own)),
        (*network_warnings(net, upstream_of(net.network, place, reach.limit_m)),
         *_unread(unread)),
        file.name if file is not None and kept else "",
        exceeded,
        velocity_seen(near, kept, {one.station: one.at_h for one in seen}),
        tuple(one.station.id for one in near if one.distance_m > 0),
    )  # fmt: skip
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
            flow_said(flow_m3s, flow_ratio, known=flow > 0),
            compared_by(),
            *_measured(measured, source_records),
        ),
        given,
        _points(net, [each[n] for n in upstream]),
        tuple(data_used(name, features) for name, features in data.items()),
        evidence,
    )
    return answer(question, Weights(**_pairs(weights, "weights", Weights)), velocity_factor)


def _joined(said: str, more: Sequence[str]) -> str:
    """Names as they were given, and others, each once."""
    names = dict.fromkeys(filter(None, (n.strip() for n in said.replace("，", ",").split(","))))
    return ", ".join([*names, *(one for one in more if one not in names)])


def _measured(count: int, file: str) -> Iterator[str]:
    if count:
        yield tr("discharges of {n} sources as their own records show them ({file})").format(
            n=count, file=Path(file).name
        )


def _unread(sources: Sequence[str]) -> Iterator[str]:
    if sources:
        shown = ", ".join(sources[:SHOWN]) + (" …" if len(sources) > SHOWN else "")
        yield tr(
            "Discharge logs that cannot be read count as not known: {ids}. "
            "A log is a list like {example}"
        ).format(ids=shown, example=LOG_EXAMPLE)


def _target(stations: FeatureSet | None, own: Placed | None) -> str:
    """The class of water the station must keep; empty where the layer does not say."""
    if stations is None or own is None or "target_class" not in {f.name for f in stations.fields}:
        return ""
    row = stations.row(own.feature) or {}
    return str(row.get("target_class") or "")


def _points(net: Rivers, placed: Sequence[Placed]) -> dict[str, Point]:
    """Where each lets out, on the river."""
    found = {}
    for one in placed:
        assert one.place is not None
        at = net.lines.point_at(one.place.reach, one.place.measure_m)
        if at is not None:
            found[one.id or str(one.feature)] = Point(float(at[0]), float(at[1]))
    return found


def flow_said(flow_m3s: float, flow_ratio: float, *, known: bool = True) -> str:
    if not known:
        return tr("flow at the station not known: loads are not compared")
    if flow_m3s:
        return tr("flow at the station as given")
    return tr("flow at the station: mean discharge of the data times {ratio}").format(
        ratio=f"{flow_ratio:g}"
    )


def _reaches(net: Rivers, band: Ints, way: Way) -> tuple[BandReach, ...]:
    """The band, nearest first."""
    inside = np.isin(way.reaches, band) & ~net.is_pipe(way.reaches)
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


def _pairs(text: str, what: str, known: Any = None) -> dict[str, float]:
    """ "a=1, b=2" as numbers by name."""
    found: dict[str, float] = {}
    for part in filter(None, (p.strip() for p in text.replace("，", ",").split(","))):
        name, mark, value = (p.strip() for p in part.partition("="))
        number = number_or_none(value)
        wrong = known is not None and name not in known.__dataclass_fields__
        if not mark or number is None or number < 0 or wrong:
            raise ParameterError(
                tr("{what}: {part} cannot be used").format(what=what, part=part),
                hint=tr("Write name=number, with commas between."),
            )
        found[name] = number
    return found
