"""What another way of working would do to the records that are there, said before it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gisapp.app.rules import check_survey, counts
from gisapp.model.edit import Edit, FeatureEdit, Steps, add_features
from gisapp.model.errors import ParameterError, ProjectError
from gisapp.model.features import FeatureId, FeatureSet, Row
from gisapp.model.outfall_codes import code_problem
from gisapp.model.outfall_record import full_row
from gisapp.model.progress import Part, Progress, Silent
from gisapp.model.project import Project
from gisapp.model.rules import rule_kinds
from gisapp.model.survey import HISTORY, OUTFALL_ID, OUTFALL_TABLE, new_feature_id
from gisapp.model.survey_change import scheme_edits
from gisapp.model.survey_scheme import Need, SurveyScheme, usual_scheme
from gisapp.model.table import FeatureTable
from gisapp.model.text import tr
from gisapp.model.workflow import counted, scheme_of

NAMED = 20  # records of a kind that are named one by one
CODES = ("code_national", "code_local")


@dataclass(frozen=True, slots=True)
class Affected:
    """Records that would no longer be in order. `names`: the first of them."""

    kind: str  # state, needs, code_national, code_local or findings
    words: str
    count: int
    names: tuple[str, ...] = ()
    state: str = ""  # the state that is no more


@dataclass(frozen=True, slots=True)
class SchemeEffects:
    """`findings`: of the checks that find more or fewer than now, the counts before and after."""

    affected: tuple[Affected, ...] = ()
    findings: tuple[tuple[str, int, int], ...] = ()

    @property
    def homeless(self) -> tuple[Affected, ...]:
        """States that are no more and still have outfalls."""
        return tuple(one for one in self.affected if one.kind == "state")


def effects_of(
    project: Project,
    scheme: SurveyScheme,
    layers: Mapping[str, FeatureSet] | None = None,
    today: str = "",
    progress: Progress | None = None,
) -> SchemeEffects:
    """What would be out of order that is not now. With `today` the checks run as well, before and
    after. For a job: it looks at every record. Raises Cancelled."""
    progress = progress or Silent()
    table = project.tables.get(OUTFALL_TABLE)
    if table is None or all(field.name != "state" for field in table.fields):
        return SchemeEffects()
    before = scheme_of(project)
    after = replace(project, scheme=scheme)
    found = [*_states(table, before, scheme), *_needs(project, after, table, progress)]
    found += _codes(table, before, scheme)
    progress.report(0.3)
    findings: tuple[tuple[str, int, int], ...] = ()
    rules = ("rules", "rule_values", *CODES)
    if today and any(getattr(before, name) != getattr(scheme, name) for name in rules):
        findings = _findings(project, after, layers or {}, today, Part(progress, 0.3, 1.0))
    progress.report(1.0)
    return SchemeEffects(tuple(found), findings)


def _states(table: FeatureTable, before: SurveyScheme, scheme: SurveyScheme) -> Iterable[Affected]:
    kept = {state.id for state in scheme.states}
    held: dict[str, list[FeatureId]] = {}
    column = table.column("state").tolist()
    for state, count in Counter(column).items():
        if state and state not in kept and before.state(state) is not None:
            held[state] = []
            ids = table.ids.tolist()
            for fid, one in zip(ids, column, strict=True):
                if one == state:
                    held[state].append(fid)
                    if len(held[state]) >= NAMED:
                        break
            old = before.state(state)
            words = tr("{n} outfalls are {state}, which would be no state any more")
            yield Affected(
                "state",
                words.format(n=f"{count:,}", state=old.caption if old else state),
                count,
                _names(table, held[state]),
                str(state),
            )


def _needs(
    project: Project, after: Project, table: FeatureTable, progress: Progress
) -> Iterable[Affected]:
    """Outfalls that would stand in their state without its evidence, and do not now."""
    old, new = scheme_of(project), scheme_of(after)
    column = table.column("state").tolist()
    ids = table.ids.tolist()
    for state in new.states:
        was = old.state(state.id)
        asked = set(state.needs) - (set(was.needs) if was is not None else set())
        if not asked:
            continue
        here = [n for n, one in enumerate(column) if one == state.id]
        short: set[int] = set()
        for need in asked:
            progress.report(0.3)
            short |= _short_of(project, table, need, here)
        lacking = [ids[n] for n in sorted(short)]
        if lacking:
            words = tr("{n} outfalls are {state} without what it would need")
            yield Affected(
                "needs",
                words.format(n=f"{len(lacking):,}", state=state.caption),
                len(lacking),
                _names(table, lacking[:NAMED]),
                state.id,
            )


def _short_of(project: Project, table: FeatureTable, need: Need, rows: list[int]) -> set[int]:
    """Those of the rows that lack what a need asks for; by column, as `missing` says by row."""
    if not need.table:
        if all(field.name != need.field for field in table.fields):
            return set()
        values = table.column(need.field)[rows].tolist()
        found = zip(rows, values, strict=True)
        return {n for n, value in found if counted(value) < need.count}
    kept = project.tables.get(need.table)
    if kept is None or (need.field and all(f.name != need.field for f in kept.fields)):
        return set()
    there: dict[Any, int] = Counter()
    owners = kept.column(OUTFALL_ID).tolist()
    if not need.field:
        there.update(Counter(owners))
    else:
        for owner, value in zip(owners, kept.column(need.field).tolist(), strict=True):
            there[owner] = max(there.get(owner, 0), counted(value))
    ids = table.ids[rows].tolist()
    return {n for n, fid in zip(rows, ids, strict=True) if there.get(fid, 0) < need.count}


def _codes(table: FeatureTable, before: SurveyScheme, scheme: SurveyScheme) -> Iterable[Affected]:
    for name in CODES:
        pattern = getattr(scheme, name)
        if pattern == getattr(before, name) or not pattern:
            continue
        field = next((f for f in table.fields if f.name == name), None)
        if field is None:
            continue
        wrong = [
            (fid, code)
            for fid, code in zip(table.ids.tolist(), table.column(name).tolist(), strict=True)
            if code and code_problem(pattern, str(code))
        ]
        if wrong:
            words = tr("{field}: {n} codes would not fit")
            yield Affected(
                name,
                words.format(field=field.caption, n=f"{len(wrong):,}"),
                len(wrong),
                tuple(str(code) for _, code in wrong[:NAMED]),
            )


def _findings(
    project: Project,
    after: Project,
    layers: Mapping[str, FeatureSet],
    today: str,
    progress: Progress,
) -> tuple[tuple[str, int, int], ...]:
    try:
        old = counts(check_survey(project, layers, today, Part(progress, 0.0, 0.5)))
        new = counts(check_survey(after, layers, today, Part(progress, 0.5, 1.0)))
    except ProjectError:
        return ()
    return tuple(
        (kind.id, old.get(kind.id, 0), new.get(kind.id, 0))
        for kind in rule_kinds().values()
        if old.get(kind.id, 0) != new.get(kind.id, 0)
    )


def _names(table: FeatureTable, ids: Iterable[FeatureId]) -> tuple[str, ...]:
    found = []
    for fid in ids:
        row = table.row(fid) or {}
        found.append(str(row.get("code_local") or row.get("name") or fid[:8]))
    return tuple(found)


def change_scheme(
    label: str,
    project: Project,
    scheme: SurveyScheme,
    moves: Mapping[str, str] | None = None,
    *,
    who: str = "",
    at: str = "",
) -> Steps:
    """The edit for another scheme, in one step. `moves`: states that are no more, and what their
    outfalls become instead; a row of their history says so.

    Raises ParameterError when the scheme is not whole or a move leads to no state.
    """
    step = scheme_edits(label, project, scheme)
    wanted = dict(moves or {})
    for target in wanted.values():
        if scheme.state(target) is None:
            raise ParameterError(tr("The survey has no state {state}").format(state=target))
    table = project.tables.get(OUTFALL_TABLE)
    if not wanted or table is None:
        return step
    at = at or datetime.now().astimezone().isoformat(timespec="seconds")
    before: dict[FeatureId, Row | None] = {}
    after: dict[FeatureId, Row | None] = {}
    history: dict[FeatureId, Row] = {}
    column = table.column("state").tolist()
    kept = project.tables.get(HISTORY)
    for fid, state in zip(table.ids.tolist(), column, strict=True):
        if state in wanted:
            before[fid], after[fid] = {"state": state}, {"state": wanted[state]}
            if kept is not None:
                history[new_feature_id()] = full_row(
                    kept,
                    {
                        OUTFALL_ID: fid,
                        "from_state": state,
                        "to_state": wanted[state],
                        "at": at,
                        "who": who or None,
                        "reason": tr("The state is no more"),
                    },
                )
    if not after:
        return step
    parts: list[Edit] = [FeatureEdit(label, OUTFALL_TABLE, before, after)]
    if kept is not None:
        parts.append(add_features(label, kept, history))
    return Steps(label, (*step.parts, *parts))


def imported(scheme: SurveyScheme, project: Project) -> SurveyScheme:
    """A scheme of a file for a project; deliveries of the project stay when it brings none."""
    own = scheme_of(project).deliveries
    return scheme if scheme.deliveries or not own else replace(scheme, deliveries=own)


def is_own(project: Project) -> bool:
    """Whether a project works in another way than the program's own, deliveries aside."""
    return replace(scheme_of(project), deliveries=()) != usual_scheme()
