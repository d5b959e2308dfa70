"""Evidence for a ranking, gathered from the network and from a file of station records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np

from gisapp.api import (
    FeatureId,
    FeatureSet,
    Part,
    Point,
    Progress,
    ReadError,
    limit,
    list_parameters,
    read_series,
    tr,
    transform_point,
)

from .network import Floats, RiverNetwork
from .placements import SYSTEM, placements_from
from .placing import Place
from .points import Placed
from .rank_band import behind
from .rank_evidence import (
    Bound,
    Inflow,
    PutThere,
    Record,
    RiverLine,
    StemMark,
    Tributary,
    state_of,
    usual_of,
    value_near,
)
from .ranking import Event
from .river_profile import profile_of, side_of
from .rivers import Rivers
from .ways import Way, distances_on, place_in_hours, way_from

ABOVE, BELOW = 8, 3  # stations whose records are kept, the nearest
LONGEST_H = 45 * 24.0  # of travel; nothing is said of what is farther
AROUND_H = (60.0, 36.0)  # of a record, before and after the event, beside the travel time
OTHER_VELOCITY = 3.0  # so many times slower or faster can be asked for
MOST_VALUES = 1500  # of a record
BEYOND = 1.08  # of the farthest candidate: so far the river is drawn
SLOWEST, FASTEST = 2.5, 0.4  # times the travel time, where the peak of a pulse is looked for
CLEAR = 2.0  # times the usual that a pulse must rise above it
FOOT = 0.1  # of its height: where a pulse begins and ends
NEAR_H = 2.0  # of the moment at which an inflow is taken
CONCENTRATION = "_mg_l"


@dataclass(frozen=True, slots=True)
class StationOnWay:
    """A station above (or, negative, below) that of the event."""

    station: Placed
    place: Place
    distance_m: float
    travel_h: float


@dataclass(frozen=True, slots=True)
class _OnTheWay:
    role: str
    feature: FeatureId
    id: str
    title: str
    distance_m: float
    reach: str


def stations_on_way(
    net: Rivers, start: Place, stations: Sequence[Placed], timed: RiverNetwork
) -> tuple[StationOnWay, ...]:
    """The nearest above and below, in the order of the water. The event's own is not among them."""
    places = [one.place for one in stations]
    inside = [None if p is None else place_in_hours(p, net.network, timed) for p in places]
    begin = place_in_hours(start, net.network, timed)
    found = []
    for direction, sign, most in (("UT", 1.0, ABOVE), ("DM", -1.0, BELOW)):
        far = distances_on(way_from(net.network, start, direction), net.network, places)  # type: ignore[arg-type]
        hours = distances_on(way_from(timed, begin, direction), timed, inside)  # type: ignore[arg-type]
        there = np.flatnonzero((far > 0) & (hours <= LONGEST_H))
        for n in there[np.argsort(hours[there], kind="stable")][:most].tolist():
            place = places[n]
            assert place is not None
            found.append(
                StationOnWay(stations[n], place, sign * float(far[n]), sign * float(hours[n]))
            )
    return tuple(sorted(found, key=lambda one: -one.travel_h))


def records_of(
    path: Path,
    parameter: str,
    at: datetime,
    event: Event,
    start: Placed | None,
    stations: Sequence[StationOnWay],
    progress: Progress,
) -> tuple[Record, ...]:
    """What the file holds of the event's station and of those above and below it, in the order of
    the water. Empty where the file has no column for the parameter. Raises ReadError."""
    name = parameter + CONCENTRATION
    if name not in {quantity.name for quantity in list_parameters(path)}:
        return ()
    everyone = [*stations]
    if start is not None and start.place is not None:
        everyone.append(StationOnWay(start, start.place, 0.0, 0.0))
    found = []
    for number, one in enumerate(sorted(everyone, key=lambda s: -s.travel_h)):
        part = Part(progress, number / len(everyone), (number + 1) / len(everyone))
        part.report(0.0, tr("Reading records"))
        found.append(_record(path, name, at, event, one))
    return tuple(one for one in found if one.hours)


def _record(path: Path, name: str, at: datetime, event: Event, one: StationOnWay) -> Record:
    series = read_series(path, one.station.id, name)
    moment = np.datetime64(at, "s")
    hours = (series.times - moment) / np.timedelta64(3600, "s")
    values = np.asarray(series.values, np.float64)
    slow, fast = one.travel_h * OTHER_VELOCITY, one.travel_h / OTHER_VELOCITY
    first = -AROUND_H[0] - max(slow, fast)
    last = AROUND_H[1] - min(slow, fast)
    passed = -one.travel_h
    usual = usual_of(hours, values, min(passed, 0.0))
    state = state_of(
        hours, values, one.travel_h, usual, event.concentration_mg_l - event.baseline_mg_l
    )
    shown = np.flatnonzero((hours >= first) & (hours <= last))
    shown = shown[:: max(1, -(-len(shown) // MOST_VALUES))]
    return Record(
        one.station.id,
        one.station.title,
        one.distance_m,
        one.travel_h,
        tuple(round(h, 4) for h in hours[shown].tolist()),
        tuple(v if np.isfinite(v) else None for v in values[shown].tolist()),
        usual,
        state if one.travel_h > 0 else "",
    )


def seen_in_a_row(
    net: Rivers, stations: Sequence[StationOnWay], records: Sequence[Record]
) -> tuple[str, ...]:
    """Stations above whose records saw the pulse, if each lies above the next: then its source lies
    above all of them. On different rivers they may have seen different ones: none."""
    saw = {one.station for one in records if one.travel_h > 0 and one.state == "seen"}
    chain = [one for one in stations if one.station.id in saw]  # the uppermost first
    for upper, lower in pairwise(chain):
        if not behind(net, lower.place, [upper.place])[0]:
            return ()
    return tuple(one.station.id for one in chain)


def velocity_seen(
    stations: Sequence[StationOnWay], records: Sequence[Record], times: Mapping[str, float]
) -> float | None:
    """How many times as fast as assumed the pulse went between the event's station and others.

    By the middle of the pulse in the records of both, which a sample every four hours still gives
    well; else by the times that were said. times: hours from the event, by id of the station.
    None: nothing to go by.
    """
    own = next((one for one in records if not one.travel_h), None)
    began = None if own is None else pulse_middle_h(own)
    by_records = {
        one.station: middle - began
        for one in records
        if began is not None and one.travel_h and (middle := pulse_middle_h(one)) is not None
    }
    known = by_records or times
    pairs = [(one.travel_h, -known[one.station.id]) for one in stations if one.station.id in known]
    agree = [(assumed, took) for assumed, took in pairs if assumed * took > 0]
    took = sum(abs(hours) for _, hours in agree)
    return sum(abs(hours) for hours, _ in agree) / took if took > 0 else None


def pulse_middle_h(record: Record) -> float | None:
    """The middle (by what is above the usual) of the pulse that passed when it could have been the
    event's; None where it is not clear of the usual, or its record has a gap in it."""
    hours = np.asarray(record.hours, np.float64)
    values = np.array([np.nan if v is None else v for v in record.values], np.float64)
    ends = sorted(-record.travel_h * times for times in (SLOWEST, FASTEST))
    inside = (hours >= ends[0] - NEAR_H) & (hours <= ends[1] + NEAR_H) & np.isfinite(values)
    if not inside.any() or record.usual is None:
        return None
    over = values - record.usual
    top = int(np.flatnonzero(inside)[np.argmax(over[inside])])
    if not over[top] >= CLEAR * max(record.usual, 1e-9):
        return None
    first = last = top
    while first > 0 and over[first - 1] > FOOT * over[top]:
        first -= 1
    while last < len(over) - 1 and over[last + 1] > FOOT * over[top]:
        last += 1
    edges = over[max(first - 1, 0) : last + 2]
    if not np.isfinite(edges).all():
        return None
    part = slice(first, last + 1)
    return float((hours[part] * over[part]).sum() / over[part].sum())


def inflows_of(
    net: Rivers, stations: Sequence[StationOnWay], records: Sequence[Record], flow_ratio: float
) -> Iterator[Inflow]:
    """What the nearest stations above bring at the time; one above another brings nothing new."""
    by_id = {one.station: one for one in records}
    above = [one for one in stations if one.travel_h > 0]
    for one in above:
        others = [other.place for other in above if other is not one]
        below = _downstream_of(net, one, others)
        record, flow = by_id.get(one.station.id), net.discharge_m3s(one.place.reach)
        if any(below) or record is None or flow is None:
            continue
        hours, values = record.shifted()
        value = value_near(hours, values, 0.0, NEAR_H)
        if value is not None:
            yield Inflow(one.station.id, one.station.title, one.travel_h, value, flow * flow_ratio)


def _downstream_of(net: Rivers, one: StationOnWay, others: Sequence[Place]) -> list[bool]:
    """Of each other place, whether it lies below the station (and above the event's)."""
    way = way_from(net.network, one.place, "DD")
    return [bool(f) for f in np.isfinite(distances_on(way, net.network, list(others)))]


def river_line(
    net: Rivers,
    way: Way,
    timed: RiverNetwork,
    placed: Sequence[tuple[Placed, float]],
    through: int | None = None,
) -> RiverLine | None:
    """The main stem as far as the farthest candidate, or the way over a reach (an index) that the
    pulse is known to have come through. placed: with metres along the river.

    None where the data knows neither drained areas nor flows.
    """
    found = [
        _OnTheWay(p.role, p.feature, p.id or str(p.feature), p.title, far, net.key(p.place.reach))
        for p, far in placed
        if p.place is not None
    ]
    profile = profile_of(net, way, timed, found, through)
    if profile is None or not len(profile.nearer_m):
        return None
    farthest = BEYOND * max((far for _, far in placed), default=np.inf)
    kept = max(1, int(np.searchsorted(profile.nearer_m, farthest)))
    most = float(profile.farther_m[kept - 1])
    return RiverLine(
        profile.unit,
        _plain(profile.nearer_m[:kept], 1),
        _plain(profile.farther_m[:kept], 1),
        _plain(profile.hours[:kept], 3),
        tuple(v if np.isfinite(v) else None for v in profile.value[:kept].tolist()),
        tuple(
            Tributary(t.distance_m, t.title, t.step)
            for t in profile.tributaries
            if t.distance_m < most
        ),
        tuple(
            StemMark(m.distance_m, m.role, one.id, one.title, m.on_stem)
            for m in profile.found
            if m.distance_m <= most
            for one in (next(o for o in found if (o.role, o.feature) == (m.role, m.feature)),)
        ),
    )


def _plain(values: Floats, digits: int) -> tuple[float, ...]:
    return tuple(round(v, digits) for v in values.tolist())


def put_there(
    net: Rivers, placed: Sequence[Placed], placements: FeatureSet | None
) -> tuple[PutThere, ...]:
    """Where each was, and whether somebody had said so."""
    said = placements_from(placements)
    found = []
    for one in placed:
        if one.place is None:
            continue
        chosen = said.get((one.role, str(one.feature)))
        at = net.lines.point_at(one.place.reach, one.place.measure_m)
        where = None if at is None else transform_point(Point(*at), net.features.crs, SYSTEM)
        found.append(
            PutThere(
                one.role,
                str(one.feature),
                one.id or str(one.feature),
                net.key(one.place.reach),
                round(one.place.measure_m, 2),
                chosen.side if chosen and chosen.side else side_of(net, one.place, one.at),
                round(one.place.offset_m, 2),
                chosen is not None and chosen.locked,
                where,
            )
        )
    return tuple(found)


def bound_of(parameter: str, water_class: str) -> Bound | None:
    """The limit of a class, with its standard; None where the standard has none."""
    found = limit(parameter, water_class) if water_class else None
    if found is None or found.high is None:
        return None
    return Bound(found.high, found.text)


def known_file(records: str) -> Path | None:
    """Raises ReadError for one that was named and is not there."""
    if not records.strip():
        return None
    path = Path(records.strip())
    if not path.is_file():
        raise ReadError(
            tr("There is no file of records {file}").format(file=path.name),
            hint=tr("Name a Parquet or CSV file with station_id and time, or leave it out."),
        )
    return path
