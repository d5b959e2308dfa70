"""What a spill reaches on its way down, in the order of arrival: a form, a command, a function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Literal

import numpy as np

from gisapp.api import (
    FeatureId,
    FeatureSet,
    Limits,
    ParameterError,
    Part,
    Progress,
    algorithm,
    limit,
    tr,
)

from .algorithm import Layers, either_way_note, place_layers, start_of
from .doctor_repairs import repairs_from
from .network import key_of
from .pipes import with_pipes
from .placing import Place
from .rivers import Rivers, numbers, prepare
from .spill import Pulse, Release, pulse_at, shares_on
from .start import find_start
from .trace import Start
from .travel import Velocities, velocities_of
from .ways import Way, distances_on, place_in_hours, way_from
from .zones import Zone, zones_on

TARGET_COLUMNS = ("target_class", "水质目标", "目标水质")


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the spill reaches: a station or a protected zone.

    added_mg_l: highest concentration above what was there; None where the flow is not known.
    limit: in words, with the standard; exceeds: the added and the usual together are above it.
    """

    role: str
    feature: FeatureId
    id: str
    title: str
    reach: str
    distance_m: float
    pulse: Pulse
    share: float
    highest_mg_l: float | None
    limit: str
    exceeds: bool | None


@dataclass(frozen=True, slots=True)
class SpillAnswer:
    """Arrivals, the first to be reached first."""

    start: Start
    parameter: str
    release: Release
    begins: datetime | None
    arrivals: tuple[Arrival, ...] = field(repr=False)
    warnings: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def when(self, hours: float) -> str:
        """Hours since the release, or the time of day where the release's is known."""
        if self.begins is None:
            return f"{hours:.1f} h"
        return (self.begins + timedelta(hours=hours)).strftime("%m-%d %H:%M")

    def lines(self) -> Iterator[str]:
        said = tr("{mass} kg of {parameter} let out at {start}, within {hours} h").format(
            mass=f"{self.release.mass_kg:g}",
            parameter=self.parameter,
            start=self.start.title,
            hours=f"{self.release.hours:g}",
        )
        yield said
        if not self.arrivals:
            yield tr("Nothing that is known lies on the way")
        for one in self.arrivals:
            pulse = one.pulse
            high = "?" if one.highest_mg_l is None else f"{one.highest_mg_l:.3g} mg/L"
            yield tr(
                "{km} km  {title}: first {first} (at the earliest {earliest}), peak {peak}, "
                "past {last}; up to {high}, limit {limit}{mark}"
            ).format(
                km=f"{one.distance_m / 1000:.2f}",
                title=f"{one.id} {one.title}".strip(),
                first=self.when(pulse.first_h),
                earliest=self.when(pulse.earliest_h),
                peak=self.when(pulse.peak_h),
                last=self.when(pulse.last_h),
                high=high,
                limit=one.limit or tr("unknown"),
                mark=" — " + tr("exceeds the limit") if one.exceeds else "",
            )
        yield from (tr("Note: {text}").format(text=text) for text in self.warnings)
        yield tr("Rests on: {data}").format(data="; ".join(self.rests_on))


@algorithm("spill-downstream", "What a spill reaches downstream")
def spill_downstream(
    rivers: FeatureSet,
    start: str,
    mass_kg: Annotated[float, Limits(0, 1e9, "kg")],
    parameter: str = "nh3n",
    release_hours: Annotated[float, Limits(0, 10_000, "h")] = 0.0,
    time: str = "",
    direction: Literal["DM", "DD"] = "DD",
    stations: FeatureSet | None = None,
    outfalls: FeatureSet | None = None,
    sources: FeatureSet | None = None,
    zones: FeatureSet | None = None,
    usual_mg_l: Annotated[float, Limits(0, 1e6, "mg/L")] = 0.0,
    limit_class: Literal["I", "II", "III", "IV", "V"] = "III",
    flow_ratio: Annotated[float, Limits(0.01, 100, "")] = 1.0,
    decay_per_day: Annotated[float, Limits(0, 50, "1/d")] = 0.0,
    velocity_factor: Annotated[float, Limits(0.05, 20, "")] = 1.0,
    km: Annotated[float, Limits(0, 1e5, "km")] = 0.0,
    measure_m: Annotated[float, Limits(0, 1e7, "m")] = 0.0,
    snap_within_m: Annotated[float, Limits(1, 20_000, "m")] = 500.0,
    repairs: FeatureSet | None = None,
    placements: FeatureSet | None = None,
    pipes: FeatureSet | None = None,
    *,
    progress: Progress,
) -> SpillAnswer:
    """Stations and protected zones that a spill reaches, with when and how high.

    start: as in `trace_network`; outfalls and sources are there to be started from.
    release_hours: 0 if all at once. time: when it began (ISO 8601).
    zones: areas where water is taken; each counts from where the river enters it. usual_mg_l: what
    is in the water anyway. limit_class: where a station does not say its target class. flow_ratio:
    flow of the day by mean flow. Raises ParameterError for a start or a time that is none.
    """
    progress.report(0.0, tr("Reading the network"))
    net = with_pipes(prepare(rivers, repairs=repairs_from(repairs, rivers.crs)), pipes)
    layers: Layers = (("stations", stations), ("outfalls", outfalls), ("sources", sources))
    placed = place_layers(layers, net, snap_within_m, Part(progress, 0.3, 0.7), placements)
    place, title = find_start(start, net, placed, measure_m, snap_within_m)
    release = Release(mass_kg, release_hours, decay_per_day, flow_ratio)
    way = way_from(net.network, place, direction, 1000 * km or np.inf)
    progress.report(0.7, tr("Listing"))
    entered = zones_on(zones, net, way) if zones is not None else ()
    stops = [
        _Stop(role, p.feature, p.id, p.title, p.place, _target(layer, p.feature))
        for role, layer in layers[:1]  # the others are only places to start from
        for p in placed[role]
        if p.place is not None and p.place != way.start
    ] + [_zone_stop(zone) for zone in entered]
    usual = velocities_of(net, velocity_factor, flow_ratio=flow_ratio)
    fast = velocities_of(net, velocity_factor, fastest=True, flow_ratio=flow_ratio)
    discharge = numbers(net.features, net.columns.discharge_m3s)
    arrivals = _arrivals(
        net, way, stops, release, _timed(net, way, stops, usual), _timed(net, way, stops, fast),
        discharge, _Judging(parameter, usual_mg_l, limit_class),
    )  # fmt: skip
    progress.report(1.0)
    return SpillAnswer(
        start_of(net, place, title),
        parameter,
        release,
        _time(time),
        tuple(sorted(arrivals, key=lambda a: (a.pulse.first_h, a.distance_m, a.id))),
        tuple(_notes(net, way, arrivals)),
        (
            tr("rivers: {n} reaches").format(n=len(net.network)),
            usual.said(way.reaches),
            tr("spreading by Jobson (1996), whole mixing across the river"),
            tr("flow of the day: mean discharge of the data times {ratio}").format(
                ratio=f"{flow_ratio:g}"
            ),
            tr("decay {k} 1/d").format(k=f"{decay_per_day:g}"),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Stop:
    role: str
    feature: FeatureId
    id: str
    title: str
    place: Place
    target: str = ""


@dataclass(frozen=True, slots=True)
class _Judging:
    parameter: str
    usual_mg_l: float
    limit_class: str


def _zone_stop(zone: Zone) -> _Stop:
    return _Stop("zones", zone.feature, "", zone.title, zone.place)


def _target(layer: FeatureSet | None, feature: FeatureId) -> str:
    row = None if layer is None else layer.row(feature)
    return next((key_of(row[name]) for name in TARGET_COLUMNS if row and row.get(name)), "")


def _timed(
    net: Rivers, way: Way, stops: Sequence[_Stop], velocities: Velocities
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Hours from the start to each stop; NaN off the way."""
    timed = velocities.timed(net.network)
    by_time = way_from(timed, place_in_hours(way.start, net.network, timed), way.direction)
    inside = [place_in_hours(stop.place, net.network, timed) for stop in stops]
    return distances_on(by_time, timed, inside)


def _arrivals(
    net: Rivers, way: Way, stops: Sequence[_Stop], release: Release,
    peak_h: np.ndarray[tuple[int], np.dtype[np.float64]],
    fastest_h: np.ndarray[tuple[int], np.dtype[np.float64]],
    discharge: np.ndarray[tuple[int], np.dtype[np.float64]] | None,
    judging: _Judging,
) -> list[Arrival]:  # fmt: skip
    distance = distances_on(way, net.network, [stop.place for stop in stops])
    share = shares_on(way, net.network, discharge, numbers(net.features, net.columns.flow_share))
    found = []
    for n in np.flatnonzero(np.isfinite(distance) & np.isfinite(peak_h)).tolist():
        stop, reach = stops[n], stops[n].place.reach
        flow = None if discharge is None else float(discharge[reach]) * release.flow_ratio
        known = flow is not None and flow > 0
        part = share.get(reach, 1.0)
        pulse = pulse_at(
            release, float(peak_h[n]), float(fastest_h[n]), flow if known else None, part
        )
        added = pulse.added_mg_l
        highest = None if added is None else added + judging.usual_mg_l
        bound = limit(judging.parameter, stop.target or judging.limit_class)
        exceeds = None if bound is None or highest is None else not bound.keeps(highest)
        found.append(
            Arrival(
                stop.role, stop.feature, stop.id, stop.title, net.key(reach), float(distance[n]),
                pulse, part, highest, "" if bound is None else bound.text, exceeds,
            )
        )  # fmt: skip
    return found


def _notes(net: Rivers, way: Way, arrivals: Sequence[Arrival]) -> Iterator[str]:
    yield tr(
        "Spreading is Jobson's of 1996, from dye in rivers of the United States: "
        "not for lakes, canals and tides; expect hours of difference"
    )
    if any(a.highest_mg_l is None for a in arrivals):
        yield tr("Where the rivers do not say how much water flows, no concentration is worked out")
    yield from either_way_note(net, way.reaches)
    if any(a.share < 1 for a in arrivals):
        yield tr("Where the river parts, mass goes as the water does")
    if net.network.oddities.unknown_next and way.reaches[-1] in net.network.oddities.unknown_next:
        yield tr("The way ends where the data does: what lies below is not in the list")


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
