"""A ranking kept as a case: what it was made from, how, and what came out. Data only, no code.

A case holds the evidence itself, so it is opened without the layers; the fingerprints of the
layers tell whether they are still what they were when it is ranked again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from gisapp.api import (
    MAKER,
    FeatureSet,
    Progress,
    ReadError,
    Silent,
    WriteError,
    tr,
    write_file,
)

from .case_values import _WrongValueError, plain, read
from .rank_answer import Question, SourceRanking, answer
from .ranking import UNKNOWN, Weights

FORMAT = 2  # 1 had no evidence
KIND = "gisapp ranking case"
LARGEST = 64_000_000  # bytes


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
    if data.get("format") not in range(1, FORMAT + 1):
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
