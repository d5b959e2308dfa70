"""A ranking kept as a case: what it was made from, how, and what came out. Data only, no code.

A case holds the evidence itself, so it is opened without the layers; the fingerprints of the
layers tell whether they are still what they were when it is ranked again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gisapp.api import (
    MAKER,
    FeatureSet,
    Progress,
    ReadError,
    Silent,
    WriteError,
    algorithm,
    tr,
    write_file,
)

from .case_values import _WrongValueError, plain, read
from .rank import rank_sources
from .rank_answer import DataUsed, Question, SourceRanking, answer
from .ranking import UNKNOWN, Weights

FORMAT = 1
KIND = "gisapp ranking case"
LARGEST = 64_000_000  # bytes
NOTABLE = 0.05  # points of 100 that count as a change of a score
SHOWN = 12  # changes of places that are listed


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A result as it was. The unknown has no id."""

    id: str
    score: float
    ranks: tuple[int, int]


@dataclass(frozen=True)
class Case:
    program: str
    kept_on: str
    question: Question
    weights: Weights
    velocity: float
    decay_per_day: float
    results: tuple[KeptRow, ...]

    def ranking(self) -> SourceRanking:
        """Scored from the evidence by this program."""
        return answer(self.question, self.weights, self.velocity, self.decay_per_day)


@dataclass(frozen=True)
class Changes:
    """What is different between a case and a newer ranking, in words; empty: nothing."""

    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines) or tr("Nothing changed.")


def case_of(found: SourceRanking, kept_on: str = "") -> Case:
    return Case(
        MAKER,
        kept_on,
        found.question,
        found.ranking.weights,
        found.velocity,
        found.decay_per_day,
        tuple(KeptRow(row.id, row.score, row.ranks) for row in found.ranking.rows),
    )


def write_case(
    found: SourceRanking,
    path: Path,
    *,
    rivers: FeatureSet | None = None,
    date: str = "",
    press: object = None,
    progress: Progress | None = None,
) -> None:
    """The file is whole or not there; the same bytes for the same ranking and date.

    Raises WriteError.
    """
    progress = progress or Silent()
    progress.report(0.0, tr("Writing the case"))
    content = {"kind": KIND, "format": FORMAT, "case": plain(case_of(found, date))}
    try:
        text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise WriteError(
            tr("{file} cannot be written: a value of the ranking is no number").format(
                file=path.name
            )
        ) from error
    write_file(path, (text + "\n").encode("utf-8"))
    progress.report(1.0)


def read_case(path: Path) -> Case:
    """Raises ReadError for a file that is damaged, too large, newer or something else."""
    hint = tr("Take a copy of the file from before, or rank again.")
    try:
        if path.stat().st_size > LARGEST:
            raise ReadError(tr("{file} is too large for a case").format(file=path.name), hint=hint)
        data = json.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise ReadError(
            tr("{file} cannot be read: {reason}").format(file=path.name, reason=error), hint=hint
        ) from error
    if not isinstance(data, dict) or data.get("kind") != KIND:
        raise ReadError(
            tr("{file} is not a case of a ranking").format(file=path.name),
            hint=tr("Cases are kept in the folder cases of a project."),
        )
    if data.get("format") != FORMAT:
        raise ReadError(
            tr("{file} was kept by a newer program").format(file=path.name),
            hint=tr("Install the newest version to open it."),
        )
    try:
        case: Case = read(Case, data.get("case"), "case")
        case.weights.shares()
        if not 0 < case.velocity <= 100 or not 0 <= case.decay_per_day <= 100:
            raise _WrongValueError("case/velocity")
        _check(case)
    except _WrongValueError as error:
        raise ReadError(
            tr("{file} is damaged at {place}").format(file=path.name, place=error.where), hint=hint
        ) from error
    except ValueError as error:
        raise ReadError(
            tr("{file} is damaged at {place}").format(file=path.name, place="case/weights"),
            hint=hint,
        ) from error
    return case


def _check(case: Case) -> None:
    """What types alone do not say."""
    ids = [c.id for c in case.question.candidates]
    if len(set(ids)) != len(ids) or set(ids) - case.question.features.keys():
        raise _WrongValueError("case/question/candidates")
    if set(ids) | {UNKNOWN} != {row.id for row in case.results}:
        raise _WrongValueError("case/results")
    for number, c in enumerate(case.question.candidates):
        if c.peak_h < 0 or c.fastest_h < 0 or c.distance_m < 0 or c.beside_river_m < 0:
            raise _WrongValueError(f"case/question/candidates/{number}")
        if min(c.violations, c.inspections) < 0 or (c.flow_ratio is not None and c.flow_ratio <= 0):
            raise _WrongValueError(f"case/question/candidates/{number}")


@algorithm("open-case", "Open a case")
def open_case(case: str, *, progress: Progress) -> SourceRanking:
    """The ranking as it was kept, from the evidence in the file. Raises ReadError."""
    progress.report(0.0, tr("Reading the case"))
    return read_case(Path(case)).ranking()


@algorithm("rerun-case", "Rank a case again")
def rerun_case(
    case: str,
    rivers: FeatureSet,
    sources: FeatureSet,
    stations: FeatureSet | None = None,
    repairs: FeatureSet | None = None,
    *,
    progress: Progress,
) -> SourceRanking:
    """The same question asked of the layers as they are now, with the case's assumptions."""
    kept = read_case(Path(case))
    values: dict[str, Any] = {"rivers": rivers, "sources": sources, **kept.question.given}
    for name, features in (("stations", stations), ("repairs", repairs)):
        if features is not None:
            values[name] = features
    found = rank_sources.run(values, progress)
    decay = None if kept.decay_per_day == kept.question.event.decay_per_day else kept.decay_per_day
    return found.again(plain(kept.weights), kept.velocity, decay)


def changes(before: Case, now: Case) -> Changes:
    """What differs: data, assumptions, and then the results."""
    return Changes(tuple(_changes(before, now)))


def _changes(before: Case, now: Case) -> Iterator[str]:
    if before.program != now.program:
        yield tr("Program: {before}, now {now}").format(before=before.program, now=now.program)
    yield from _data_changes(before.question.data, now.question.data)
    old, new = before.question.given, now.question.given
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield _was(name, old.get(name), new.get(name))
    for name, was in plain(before.weights).items():
        yield from _number(tr("weight of {name}").format(name=name), was, plain(now.weights)[name])
    yield from _number(tr("velocity"), before.velocity, now.velocity)
    yield from _number(tr("decay a day"), before.decay_per_day, now.decay_per_day)
    yield from _result_changes(before.results, now.results)


def _data_changes(old: tuple[DataUsed, ...], new: tuple[DataUsed, ...]) -> Iterator[str]:
    now = {one.name: one for one in new}
    for one in old:
        other = now.pop(one.name, None)
        if other is None:
            yield tr("{name}: not used any more").format(name=one.name)
        elif other.features != one.features:
            yield _was(tr("{name}: features").format(name=one.name), one.features, other.features)
        elif other.crs != one.crs:
            yield tr("{name}: in another reference system").format(name=one.name)
        elif other.fingerprint != one.fingerprint:
            yield tr("{name}: as many features, but changed").format(name=one.name)
    for name in now:
        yield tr("{name}: not used before").format(name=name)


def _result_changes(old: tuple[KeptRow, ...], new: tuple[KeptRow, ...]) -> Iterator[str]:
    place = {row.id: n for n, row in enumerate(old, 1)}
    score = {row.id: row.score for row in old}
    moved = 0
    for n, row in enumerate(new, 1):
        name = row.id or tr("unknown or diffuse source")
        if row.id not in place:
            words = tr("{name}: new, place {n}").format(name=name, n=n)
        elif place[row.id] != n or abs(score[row.id] - row.score) > NOTABLE:
            words = tr("{name}: place {before}, now {now}; score {was}, now {score}").format(
                name=name, before=place[row.id], now=n, was=f"{score[row.id]:.1f}",
                score=f"{row.score:.1f}",
            )  # fmt: skip
        else:
            continue
        moved += 1
        if moved <= SHOWN:
            yield words
    if moved > SHOWN:
        yield tr("and {n} more").format(n=moved - SHOWN)
    there = {row.id for row in new}
    for row in old:
        if row.id not in there:
            yield tr("{name}: not in the list any more").format(name=row.id)


def _number(name: str, before: float, now: float) -> Iterator[str]:
    if before != now:
        yield _was(name, f"{before:g}", f"{now:g}")


def _was(name: str, before: object, now: object) -> str:
    return tr("{name}: {before}, now {now}").format(name=name, before=before, now=now)
