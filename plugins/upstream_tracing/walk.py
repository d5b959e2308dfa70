"""Tracing any way along the network, by distance or by time of travel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np

from gisapp.api import FeatureId, FeatureSet, Limits, Part, Progress, algorithm, tr

from .algorithm import Layers, Placements, either_way_note, left_out, place_layers, start_of
from .barriers import stopped_way
from .doctor_repairs import repairs_from
from .network import Floats, Ints, RiverNetwork
from .pipes import WITHIN_M, named_joints, with_pipes
from .points import Placed
from .river_profile import Profile, profile_of, side_of
from .rivers import Rivers, prepare
from .sewer_way import SewerWay, sewer_notes, sewer_ways
from .start import barriers_at, find_start
from .trace import LeftOut, Start, caveat
from .travel import Velocities, velocities_of
from .ways import Direction, Way, distances_on, place_in_hours
from .zones import Zone, zones_on


@dataclass(frozen=True, slots=True)
class Passed:
    """A reach on the way: distance and time from the start to its nearer end."""

    feature: FeatureId
    id: str
    name: str
    distance_m: float
    hours: float
    length_m: float
    kind: str = "river"  # or pipe


@dataclass(frozen=True, slots=True)
class Met:
    """A station, outfall or source on the way."""

    role: str
    feature: FeatureId
    id: str
    title: str
    distance_m: float
    hours: float
    reach: str
    offset_m: float  # beside the river
    reason: str
    measure_m: float = 0.0  # above the lower end of the reach
    side: str = ""  # left, right (looking downstream) or empty


@dataclass(frozen=True, slots=True)
class NetworkTrace:
    """What lies along the network from a start, nearest first."""

    start: Start
    direction: Direction
    reaches: tuple[Passed, ...] = field(repr=False)
    length_km: float
    area_km2: float | None  # drained at the start; None where the data does not say
    truncated: bool  # part of what lies upstream is not in the data
    missing_share: float | None
    limit_km: float | None
    limit_hours: float | None
    found: tuple[Met, ...]
    warnings: tuple[str, ...]
    rests_on: tuple[str, ...]
    profile: Profile | None = field(default=None, repr=False, compare=False)
    left_out: tuple[LeftOut, ...] = ()
    sewers: tuple[SewerWay, ...] = ()
    layer: FeatureSet | None = field(default=None, repr=False, compare=False)  # with pipes

    @property
    def headline(self) -> str:
        return tr("{direction} of {start}: {n} reaches, {km} km of river").format(
            direction=direction_titles()[self.direction],
            start=self.start.title,
            n=len(self.reaches),
            km=f"{self.length_km:,.1f}",
        )

    @property
    def limit_m(self) -> float | None:
        return None if self.limit_km is None else 1000 * self.limit_km

    @property
    def lists(self) -> tuple[tuple[str, tuple[Met, ...]], ...]:
        """What was found, by what it is."""
        titles = role_titles()
        return tuple(
            (title, tuple(f for f in self.found if f.role == role))
            for role, title in titles.items()
            if role in LISTED or any(f.role == role for f in self.found)
        )

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        yield self.headline
        if self.area_km2 is not None:
            yield tr("Drained at the start: {km2} km²").format(km2=f"{self.area_km2:,.2f}")
        for f in self.found:
            yield f"  {f.distance_m / 1000:9.3f} km  {f.hours:8.2f} h  {f.id}  {f.title}"
        yield from (tr("Note: {text}").format(text=text) for text in self.warnings)
        yield tr("Rests on: {data}").format(data="; ".join(self.rests_on))
        if self.direction in ("UM", "UT"):
            yield caveat()


def direction_titles() -> dict[str, str]:
    return {
        "UM": tr("Up the main stem"),
        "UT": tr("Up all tributaries"),
        "DM": tr("Down the main way"),
        "DD": tr("Down all ways"),
    }


LISTED = ("stations", "outfalls", "sources")  # also when there are none


def role_titles() -> dict[str, str]:
    return {
        "stations": tr("Stations"),
        "outfalls": tr("Outfalls"),
        "sources": tr("Sources"),
        "candidates": tr("Thermal candidates"),
        "zones": tr("Protected zones"),
    }


@algorithm("trace-network", "Trace up or down the network")
def trace_network(
    rivers: FeatureSet,
    start: str,
    direction: Literal["UM", "UT", "DM", "DD"] = "UT",
    stations: FeatureSet | None = None,
    outfalls: FeatureSet | None = None,
    sources: FeatureSet | None = None,
    candidates: FeatureSet | None = None,
    zones: FeatureSet | None = None,
    km: Annotated[float, Limits(0, 1e5, "km")] = 0.0,
    hours: Annotated[float, Limits(0, 1e5, "h")] = 0.0,
    velocity_factor: Annotated[float, Limits(0.05, 20, "")] = 1.0,
    measure_m: Annotated[float, Limits(0, 1e7, "m")] = 0.0,
    snap_within_m: Annotated[float, Limits(1, 20_000, "m")] = 500.0,
    bridge_gaps_m: Annotated[float, Limits(0, 5_000, "m")] = 0.0,
    repairs: FeatureSet | None = None,
    placements: FeatureSet | None = None,
    barriers: str = "",
    pipes: FeatureSet | None = None,
    pipes_within_m: Annotated[float, Limits(0, 5_000, "m")] = WITHIN_M,
    *,
    progress: Progress,
) -> NetworkTrace:
    """What lies up (UM main stem, UT all tributaries) or down (DM main way, DD all) of a place.

    candidates: thermal candidates; zones: areas, each where the way first meets it.
    start: a reach's id, a station's id or name, or x,y (small numbers: longitude,latitude).
    km, hours: how far to look; 0: as far as the rivers go. velocity_factor: rivers that flow so
    many times as fast. barriers: where the way ends, written as starts are, parted by semicolons.
    pipes: culverts and sewers, joined to rivers that their ends lie within so many metres of.
    Raises ParameterError for a start that is not there.
    """
    progress.report(0.0, tr("Reading the network"))
    net = prepare(rivers, bridge_gaps_m, repairs_from(repairs, rivers.crs))
    net = with_pipes(net, pipes, pipes_within_m)
    layers: Layers = (
        ("stations", stations),
        ("outfalls", outfalls),
        ("sources", sources),
        ("candidates", candidates),
    )
    placed = place_layers(layers, net, snap_within_m, Part(progress, 0.3, 0.8), placements)
    place, title = find_start(start, net, placed, measure_m, snap_within_m)
    progress.report(0.8, tr("Listing"))
    velocities = velocities_of(net, velocity_factor)
    timed = velocities.timed(net.network)
    begin = place_in_hours(place, net.network, timed)
    walls = barriers_at(barriers, net, placed, snap_within_m, direction)
    in_time = [place_in_hours(wall, net.network, timed) for wall in walls]
    by_time = stopped_way(timed, begin, direction, in_time, hours or np.inf)
    way = stopped_way(net.network, place, direction, walls, 1000 * km or np.inf)
    crossed = () if zones is None else zones_on(zones, net, way)
    both = np.isin(way.reaches, by_time.reaches)
    shown, distance = way.reaches[both], way.distance_m[both]
    hour = _hours(by_time, shown)
    length = way.length_m if both.all() and not hours else _length(net, way, by_time, timed)
    missing = net.missing_share(place.reach)
    found = _met(placed, crossed, net, way, by_time, timed)
    joints = named_joints(net, outfalls, pipes_within_m)
    through = sewer_ways(net, joints, way, by_time, found)
    return NetworkTrace(
        start_of(net, place, title),
        direction,
        _passed(net, shown, distance, hour),
        length / 1000,
        net.drained_km2(place.reach),
        bool(missing) and direction in ("UM", "UT"),
        missing,
        km or None,
        hours or None,
        found,
        (
            *_notes(net, missing, direction),
            *_stopped(way),
            *either_way_note(net, way.reaches),
            *sewer_notes(net, through),
        ),
        tuple(_rests(net, velocities, shown)),
        profile_of(net, way, timed, found),
        left_out(placed, net, way.reaches),
        through,
        net.features if net.sewers is not None else None,
    )


def _stopped(way: Way) -> Iterator[str]:
    met = len(set(way.stops) & set(way.reaches.tolist()))
    if way.stops:
        yield tr("Nothing beyond {n} barriers is listed").format(n=max(met, len(way.stops)))


def _hours(way: Way, reaches: Ints) -> Floats:
    order = np.argsort(way.reaches)
    return np.asarray(way.distance_m[order][np.searchsorted(way.reaches[order], reaches)])


def _length(net: Rivers, way: Way, by_time: Way, timed: RiverNetwork) -> float:
    """Of the reaches both limits leave; one that a limit cuts counts by the part within both."""
    lengths = net.network.length_m
    within_m = dict(zip(way.reaches.tolist(), way.distance_m.tolist(), strict=True))
    within_h = dict(zip(by_time.reaches.tolist(), by_time.distance_m.tolist(), strict=True))
    spans: Floats = timed.length_m
    total, start = 0.0, way.start
    opened = {}
    if way.open_m is not None:
        opened = dict(zip(way.reaches.tolist(), way.open_m.tolist(), strict=True))
    for reach in within_m.keys() & within_h.keys():
        length, whole = float(lengths[reach]), float(spans[reach])
        part = length
        if reach == start.reach:
            part = length - start.measure_m if way.is_upstream else start.measure_m
        part = min(part, opened.get(reach, part))
        part = min(part, way.limit_m - within_m[reach])
        if whole > 0:
            part = min(part, (by_time.limit_m - within_h[reach]) / whole * length)
        total += max(part, 0.0)
    return total


def _passed(net: Rivers, reaches: Ints, distance: Floats, hours: Floats) -> tuple[Passed, ...]:
    return tuple(
        Passed(
            FeatureId(net.whole.get(str(fid), str(fid))),
            key,
            name,
            far,
            hour,
            length,
            "pipe" if pipe else "river",
        )
        for fid, key, name, far, hour, length, pipe in zip(
            net.features.ids[reaches].tolist(),
            net.keys_of(reaches),
            net.names_of(reaches),
            distance.tolist(),
            hours.tolist(),
            net.network.length_m[reaches].tolist(),
            net.is_pipe(reaches).tolist(),
            strict=True,
        )
    )


def _met(
    placed: Placements,
    zones: Sequence[Zone],
    net: Rivers,
    way: Way,
    by_time: Way,
    timed: RiverNetwork,
) -> tuple[Met, ...]:
    found = []
    reason = tr("where the river meets the zone")
    areas = [
        Placed("zones", z.feature, str(z.feature), z.title, (np.nan, np.nan), z.place, reason)
        for z in zones
    ]
    for role, each in {**placed, "zones": areas}.items():
        distance = distances_on(way, net.network, [p.place for p in each])
        in_time = [
            None if p.place is None else place_in_hours(p.place, net.network, timed) for p in each
        ]
        hours = distances_on(by_time, timed, in_time)
        for n in np.flatnonzero(np.isfinite(distance) & np.isfinite(hours)).tolist():
            p = each[n]
            assert p.place is not None
            if p.place == way.start:
                continue
            found.append(
                Met(role, p.feature, p.id, p.title, float(distance[n]), float(hours[n]),
                    net.key(p.place.reach), p.place.offset_m, p.reason, p.place.measure_m,
                    side_of(net, p.place, p.at))
            )  # fmt: skip
    return tuple(sorted(found, key=lambda f: (f.distance_m, f.id)))


def _notes(net: Rivers, missing: float | None, direction: Direction) -> Iterator[str]:
    if missing and direction in ("UM", "UT"):
        yield tr(
            "The data holds only {share} % of the area published above this place: "
            "what lies farther up is missing from the list"
        ).format(share=f"{100 * (1 - missing):.0f}")
    if net.computed_lengths:
        yield tr("Lengths were measured on the lines, the data has none")


def _rests(net: Rivers, velocities: Velocities, reaches: Ints) -> Iterator[str]:
    yield tr("rivers: {n} reaches").format(n=len(net.network))
    yield velocities.said(reaches)
