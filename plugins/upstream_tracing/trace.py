"""The answer of a trace, in the words of the data it was made from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from gisapp.api import FeatureId, Point, tr

Role = Literal["stations", "outfalls", "sources", "candidates", "zones"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reach a point may lie on: metres above its lower end, and metres beside it."""

    reach: str
    measure_m: float
    offset_m: float


@dataclass(frozen=True, slots=True)
class Found:
    """A station, outfall or source upstream of the start. A candidate, with the reason why."""

    role: Role
    feature: FeatureId
    id: str
    title: str
    distance_m: float  # along the river
    reach: str
    measure_m: float
    offset_m: float  # beside the river
    reason: str
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A feature that could not be placed on a river, and why."""

    role: Role
    feature: FeatureId
    id: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class ReachUpstream:
    feature: FeatureId
    id: str
    name: str
    distance_m: float  # from the start to its lower end
    length_m: float


@dataclass(frozen=True, slots=True)
class Start:
    """Where the trace starts: metres above the lower end of a reach, and the place on the map."""

    title: str
    reach: str
    measure_m: float
    place: Point | None
    crs: str


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything upstream of the start, nearest first."""

    start: Start
    reaches: tuple[ReachUpstream, ...] = field(repr=False)
    length_m: float
    limit_m: float | None
    stations: tuple[Found, ...]
    outfalls: tuple[Found, ...]
    sources: tuple[Found, ...]
    left_out: tuple[LeftOut, ...]
    warnings: tuple[str, ...]
    rests_on: tuple[str, ...]  # the data
    area_km2: float | None = None  # drained at the start; None where the data does not say
    truncated: bool = False  # part of what lies upstream is not in the data

    @property
    def length_km(self) -> float:
        return self.length_m / 1000

    @property
    def found(self) -> tuple[Found, ...]:
        """Stations, outfalls and sources together, nearest first."""
        everything = (*self.stations, *self.outfalls, *self.sources)
        return tuple(sorted(everything, key=lambda f: f.distance_m))

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        """The answer as text."""
        yield self.headline
        for title, found in self.lists:
            yield f"{title}: {len(found)}"
            for f in found:
                yield f"  {f.distance_m / 1000:9.3f} km  {f.id}  {f.title}  ({f.reason})"
        if self.left_out:
            yield tr("Not placed: {n}").format(n=len(self.left_out))
            yield from (f"  {o.id}  {o.title}: {o.why}" for o in self.left_out)
        yield from (tr("Note: {text}").format(text=text) for text in self.warnings)
        yield tr("Rests on: {data}").format(data="; ".join(self.rests_on))
        yield caveat()

    @property
    def headline(self) -> str:
        return tr("Upstream of {start}: {n} reaches, {km} km of river").format(
            start=self.start.title, n=len(self.reaches), km=f"{self.length_m / 1000:,.1f}"
        )

    @property
    def lists(self) -> tuple[tuple[str, tuple[Found, ...]], ...]:
        return (
            (tr("Stations upstream"), self.stations),
            (tr("Outfalls upstream"), self.outfalls),
            (tr("Sources upstream"), self.sources),
        )


def caveat() -> str:
    """What every list of candidates must say."""
    return tr("Being upstream makes a candidate, not a culprit.")
