"""The answer of a ranking: what was asked, what was found, and how to ask it again.

It keeps all that the scores are made of, so other weights, rivers that flow faster and another
decay are answered at once, without the layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b
from typing import Any

import numpy as np

from gisapp.api import FeatureId, FeatureSet, Point, tr

from .rank_evidence import Evidence, stayed_as_usual
from .rank_rows import ShownRow, rows_of
from .ranking import UNKNOWN, Candidate, Event, Ranked, Ranking, Weights, faster, rank
from .trace import Start


@dataclass(frozen=True, slots=True)
class RankedSource:
    """A row of the list. Hours are before the measurement; distances along the river."""

    source: FeatureId
    distance_m: float
    travel_h: float
    row: Ranked


@dataclass(frozen=True, slots=True)
class BandReach:
    """A reach that the stations leave possible; metres from the start to its lower end."""

    feature: FeatureId
    distance_m: float


@dataclass(frozen=True, slots=True)
class NotReached:
    """A source that is not in the list. `why` is empty for one that is not upstream."""

    id: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class DataUsed:
    """A layer the answer rests on. The fingerprint changes with any place or value in it."""

    name: str
    features: int
    crs: str
    fingerprint: str


@dataclass(frozen=True)
class Question:
    """Everything the scores are made of. `given` are the arguments as they were given."""

    start: Start
    parameter: str
    time: str
    event: Event
    candidates: tuple[Candidate, ...]
    features: Mapping[str, FeatureId]  # of each candidate
    band: tuple[BandReach, ...]
    not_reached: tuple[NotReached, ...]
    rests_on: tuple[str, ...]
    given: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[str, Point] = field(default_factory=dict)  # of candidates, as the rivers lie
    data: tuple[DataUsed, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)


@dataclass(frozen=True)
class SourceRanking:
    """Candidates for an exceedance, the best fitting first, with everything they rest on."""

    question: Question
    ranking: Ranking
    sources: tuple[RankedSource, ...]  # in the order of the ranking, without the unknown
    velocity: float = 1.0  # rivers that flow so many times as fast as in the question
    changes: tuple[str, ...] = ()  # against a case, in words
    compared_with: str = ""  # its name

    @property
    def start(self) -> Start:
        return self.question.start

    @property
    def parameter(self) -> str:
        return self.question.parameter

    @property
    def time(self) -> str:
        return self.question.time

    @property
    def event(self) -> Event:
        return self.ranking.event

    @property
    def decay_per_day(self) -> float:
        return self.event.decay_per_day

    @property
    def not_upstream(self) -> int:
        return sum(not one.why for one in self.question.not_reached)

    @property
    def left_out(self) -> int:
        return sum(bool(one.why) for one in self.question.not_reached)

    @property
    def rests_on(self) -> tuple[str, ...]:
        shares = self.ranking.weights.shares()
        weights = ", ".join(f"{name} {share:g}" for name, share in shares.items())
        more = [tr("weights: {weights}").format(weights=weights)]
        more.append(tr("decay: {k} a day").format(k=f"{self.decay_per_day:g}"))
        if self.velocity != 1.0:
            more.append(tr("velocity: {times} times as fast").format(times=f"{self.velocity:g}"))
        return (*self.question.rests_on, *more)

    @property
    def weights(self) -> dict[str, float]:
        return asdict(self.ranking.weights)

    @property
    def reaches(self) -> tuple[BandReach, ...]:
        """The band of river that is still possible."""
        return self.question.band

    @property
    def rows(self) -> tuple[ShownRow, ...]:
        """As people read them, the best fitting first."""
        by_id = {source.row.id: source for source in self.sources}
        places = ((row, by_id.get(row.id)) for row in self.ranking.rows)
        return rows_of(
            [(row, s.source, s.distance_m, s.travel_h) if s else (row, None, None, None)
             for row, s in places],
            self.ranking.weights,
        )  # fmt: skip

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd or missing in the rivers and data."""
        return self.question.evidence.warnings

    @property
    def clean_words(self) -> str:
        """Which stations above count as clean, or exceeded too: as said, or by their records."""
        given, evidence = self.question.given, self.question.evidence
        by_records = bool(given.get("clean_by_records", True))
        clean = [one.station for one in stayed_as_usual(evidence.records) if by_records]
        exceeded = [*(evidence.exceeded if by_records else ())]
        said = []
        if usual := _with(given.get("clean_stations", ""), clean):
            words = tr("As usual at {stations}: what lies behind counts a tenth")
            said.append(words.format(stations=usual))
        if above := _with(given.get("dirty_stations", ""), exceeded):
            words = tr("Exceeded too at {stations}: what is not above counts a tenth")
            said.append(words.format(stations=above))
        return "\n".join(said)

    @property
    def stations_above(self) -> tuple[str, ...]:
        """Of which somebody may say that they were clean, or exceeded too."""
        return self.question.evidence.above

    @property
    def velocity_seen(self) -> float | None:
        """How many times as fast as assumed the peak went between stations; None: not known."""
        return self.question.evidence.velocity_seen

    @property
    def velocity_words(self) -> str:
        """What the times of other stations say of the velocity; empty: nothing."""
        seen = self.question.evidence.velocity_seen
        if seen is None:
            return ""
        return tr("Between the stations the peak went {times} times as fast as assumed").format(
            times=f"{seen:.2f}"
        )

    @property
    def headline(self) -> str:
        return tr("{parameter} at {start}: {value} mg/L, usually {usual} mg/L").format(
            parameter=self.parameter_title,
            start=self.start.title,
            value=f"{self.event.concentration_mg_l:g}",
            usual=f"{self.event.baseline_mg_l:.3g}",
        )

    @property
    def need(self) -> str:
        if not self.event.flow_m3s > 0:
            return tr("Load needed to explain it: not known, nobody says how much water flows")
        return tr("Load needed to explain it: {load} g/s at {flow} m³/s").format(
            load=f"{self.event.needed_load_g_s:.3g}", flow=f"{self.event.flow_m3s:.3g}"
        )

    @property
    def parameter_title(self) -> str:
        return parameter_titles().get(self.parameter, self.parameter)

    @property
    def note(self) -> str:
        return tr("A candidate, not a verdict: what would decide it is listed with each.")

    def again(
        self,
        weights: Mapping[str, float] | None = None,
        velocity: float | None = None,
        decay_per_day: float | None = None,
    ) -> SourceRanking:
        """The same question with other assumptions. Raises ValueError for impossible weights."""
        return answer(
            self.question,
            self.ranking.weights if weights is None else Weights(**weights),
            self.velocity if velocity is None else velocity,
            self.decay_per_day if decay_per_day is None else decay_per_day,
        )

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        yield self.headline
        yield self.need
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
        yield from filter(None, (self.clean_words, self.velocity_words))
        yield tr("Rests on: {data}").format(data="; ".join(self.rests_on))
        yield self.note


def answer(
    question: Question, weights: Weights, velocity: float = 1.0, decay_per_day: float | None = None
) -> SourceRanking:
    """Score the candidates of a question. Raises ValueError for impossible weights."""
    event = question.event
    if decay_per_day is not None:
        event = replace(event, decay_per_day=decay_per_day)
    moved = {c.id: faster(c, velocity) for c in question.candidates}
    ranking = rank(event, list(moved.values()), weights)
    found = tuple(
        RankedSource(question.features[row.id], moved[row.id].distance_m, moved[row.id].peak_h, row)
        for row in ranking.rows
        if row.id != UNKNOWN
    )
    return SourceRanking(question, ranking, found, velocity)


def _with(said: str, more: Sequence[str]) -> str:
    names = filter(None, (name.strip() for name in said.replace("，", ",").split(",")))
    return ", ".join(dict.fromkeys([*names, *more]))


def data_used(name: str, features: FeatureSet) -> DataUsed:
    """What tells one state of a layer from another, whatever file it came from."""
    digest = blake2b(digest_size=16)
    shapes = features.shapes_in(features.crs)
    for part in (shapes.coords, shapes.starts, shapes.owner):
        digest.update(np.ascontiguousarray(part).tobytes())
    for column in sorted(f.name for f in features.fields):
        values = np.asarray(features.column(column))
        digest.update(column.encode())
        if values.dtype.kind in "OUS":
            digest.update("\x1f".join(map(str, values.tolist())).encode())
        else:
            digest.update(np.ascontiguousarray(values).tobytes())
    return DataUsed(name, len(features.ids), features.crs, digest.hexdigest())


def parameter_titles() -> dict[str, str]:
    """Names of the parameters that sources have loads of."""
    return {
        "nh3n": tr("Ammonia nitrogen"),
        "cod": tr("COD"),
        "codmn": tr("Permanganate index"),
        "tp": tr("Total phosphorus"),
        "tn": tr("Total nitrogen"),
    }
