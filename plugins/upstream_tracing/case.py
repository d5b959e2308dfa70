"""Cases of rankings: opened as they were, ranked again, compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import shapely

from gisapp.api import (
    GEOMETRY,
    FeatureId,
    FeatureSet,
    FeatureTable,
    Progress,
    Row,
    algorithm,
    tr,
)

from .case_changes import changes
from .case_file import Case, case_of, read_case
from .case_values import plain
from .placements import FIELDS, SYSTEM
from .rank import rank_sources
from .rank_answer import SourceRanking
from .rank_evidence import PutThere, stayed_as_usual


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
    placements: FeatureSet | None = None,
    records: str = "",
    pipes: FeatureSet | None = None,
    source_records: str = "",
    *,
    progress: Progress,
) -> SourceRanking:
    """The same question asked of the layers as they are now, with the case's assumptions.

    placements: where features were put on the rivers by hand; without it those of the case count.
    records: the file of station records as it is now; without it the case's records are kept, and
    with them what they say of the stations.
    """
    kept = read_case(Path(case))
    evidence = kept.question.evidence
    values: dict[str, Any] = {"rivers": rivers, "sources": sources, **kept.question.given}
    said = placements if placements is not None else placements_of(evidence.placed)
    for name, features in (
        ("stations", stations), ("repairs", repairs), ("placements", said), ("pipes", pipes),
    ):  # fmt: skip
        if features is not None:
            values[name] = features
    if source_records:
        values["source_records"] = source_records
    if records:
        values["records"] = records
    elif stations is not None and values.get("clean_by_records", True):
        clean = [one.station for one in stayed_as_usual(evidence.records)]
        for name, more in (("clean_stations", clean), ("dirty_stations", evidence.exceeded)):
            values[name] = ", ".join(filter(None, (values[name], *more)))
    found = rank_sources.run(values, progress)
    if not records and evidence.records:
        found = _with_records(found, kept)
    decay = None if kept.decay_per_day == kept.question.event.decay_per_day else kept.decay_per_day
    again = found.again(plain(kept.weights), kept.velocity, decay)
    lines = changes(kept, case_of(again, kept.kept_on)).lines
    return replace(again, changes=lines, compared_with=Path(case).stem)


@algorithm("compare-cases", "Compare two cases")
def compare_cases(case: str, other: str, *, progress: Progress) -> SourceRanking:
    """The second case as it was kept, with what is different from the first. Raises ReadError."""
    progress.report(0.0, tr("Reading the case"))
    before, now = read_case(Path(case)), read_case(Path(other))
    return replace(now.ranking(), changes=changes(before, now).lines, compared_with=Path(case).stem)


def placements_of(placed: Sequence[PutThere]) -> FeatureTable | None:
    """The list of what was put there by hand, as a layer; None where nothing was."""
    rows: dict[FeatureId, Row] = {
        FeatureId(str(n)): {
            "role": one.role,
            "feature": one.feature,
            "reach": one.reach,
            "measure_m": one.measure_m,
            "side": one.side or None,
            "offset_m": one.offset_m,
            "locked": True,
            GEOMETRY: None if one.at is None else shapely.Point(one.at),
        }
        for n, one in enumerate(placed, 1)
        if one.locked
    }
    return FeatureTable.from_rows("placements", SYSTEM, FIELDS, rows) if rows else None


def _with_records(found: SourceRanking, kept: Case) -> SourceRanking:
    """The series of the case, and which stations were named, not read from records."""
    old = kept.question
    evidence = replace(
        found.question.evidence,
        records=old.evidence.records,
        inflows=old.evidence.inflows,
        records_from=old.evidence.records_from,
        exceeded=old.evidence.exceeded,
    )
    named = {n: old.given.get(n, "") for n in ("clean_stations", "dirty_stations")}
    given = {**found.question.given, **named}
    question = replace(found.question, evidence=evidence, given=given)
    return replace(found, question=question)
