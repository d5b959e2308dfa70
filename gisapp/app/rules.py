"""Checks of a survey as people use them: what is open, mended, made a task or left as it is.

A finding that is left as it is, or made a task, becomes a row of the tasks whose origin names the
rule: an edit like any other, so it has a history and can be taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gisapp.analysis.survey_check import Found, SurveyToCheck, Words
from gisapp.analysis.survey_rules import CheckedSurvey, check
from gisapp.app.identify import is_features
from gisapp.app.plugins import PluginList
from gisapp.model.edit import Edit, FeatureEdit, Steps, add_features
from gisapp.model.errors import GisError, ProjectError
from gisapp.model.features import FeatureId, FeatureSet, Row
from gisapp.model.layer import LayerId
from gisapp.model.outfall_record import change_outfall, full_row, summarised
from gisapp.model.progress import Progress, Silent
from gisapp.model.project import Project
from gisapp.model.rules import (
    Finding,
    Proposal,
    RuleKind,
    Severity,
    kind_in,
    rule_kinds,
    values_of,
)
from gisapp.model.survey import OUTFALL_ID, OUTFALL_TABLE, TASKS, new_feature_id
from gisapp.model.table import GEOMETRY
from gisapp.model.text import tr
from gisapp.render.request import Data

ROLES = ("rivers", "counties", "zones", "water")  # layers that checks look at
ORIGIN = "rule:"  # of a task: then the id of the rule


@dataclass(frozen=True, eq=False)
class RuleAnswer:
    """What is open. `left`: findings that somebody chose to leave, by kind."""

    found: tuple[Found, ...]
    checked: int
    unchecked: Mapping[str, str]
    left: Mapping[str, int]
    failed: tuple[GisError, ...] = ()

    @property
    def total(self) -> int:
        return sum(len(some) for some in self.found)


def ground_layers(project: Project, data: Mapping[LayerId, Data]) -> dict[str, FeatureSet]:
    """The layers around the outfalls that are loaded, by role."""
    found: dict[str, FeatureSet] = {}
    for layer in project.layers:
        one = data.get(layer.id)
        if layer.role in ROLES and one is not None and is_features(one):
            found[layer.role] = one
    return found


def check_survey(
    project: Project,
    layers: Mapping[str, FeatureSet],
    today: str,
    progress: Progress | None = None,
    *,
    only: Iterable[FeatureId] | None = None,
    plugins: PluginList | None = None,
    values: Mapping[str, float] | None = None,
) -> RuleAnswer:
    """Check all outfalls, or `only` some. `today` is ISO 8601; `values` take the place of the
    project's numbers. Raises ProjectError without outfalls, Cancelled."""
    table = project.tables.get(OUTFALL_TABLE)
    if table is None or all(field.name != "state" for field in table.fields):
        raise ProjectError(
            tr("The project has no survey of outfalls in {table}").format(table=OUTFALL_TABLE),
            hint=tr("Open a survey project, or import outfalls first."),
        )
    chosen = None if only is None else tuple(fid for fid in only if fid in table)
    numbers = {**values_of(project.scheme), **(values or {})}
    survey = SurveyToCheck(project, table, layers, numbers, today, chosen)
    checked = check(survey, progress or Silent())
    failed: list[GisError] = []
    more = _of_plugins(plugins, survey, failed) if plugins is not None else ()
    return _open_ones(project, checked, more, tuple(failed))


def _of_plugins(plugins: PluginList, survey: SurveyToCheck, failed: list[GisError]) -> list[Found]:
    """Findings of rules that plugins bring; one that fails costs itself alone."""
    listed = []
    for contribution, rule in plugins.load_all("rule"):
        try:
            findings = list(rule(survey.table))
        except Exception as error:  # noqa: BLE001  (a plugin's code may raise anything)
            words = tr("The rule {rule} failed: {reason}")
            reason = f"{type(error).__name__}: {error}"
            failed.append(GisError(words.format(rule=contribution.caption, reason=reason)))
            continue
        if survey.only is not None:
            findings = [one for one in findings if one.feature in survey.only]
        if findings:
            kind = RuleKind(contribution.name, contribution.title, contribution.title_zh_CN,
                            findings[0].severity)  # fmt: skip
            listed.append(_found(kind, findings))
    return listed


def _found(kind: RuleKind, findings: Sequence[Finding]) -> Found:
    features = np.array([one.feature for one in findings], object)

    def word(n: int) -> Words:
        one = findings[n]
        proposal = one.proposal
        if proposal is None and one.fix is not None:
            edit = one.fix
            proposal = Proposal(edit.label, make=lambda project: edit)
        return Words(one.message, one.field, proposal, one.others)

    return Found(kind, features, word)


def _open_ones(
    project: Project, checked: CheckedSurvey, more: Sequence[Found], failed: tuple[GisError, ...]
) -> RuleAnswer:
    left = left_ones(project)
    found: list[Found] = []
    counts: dict[str, int] = {}
    for some in (*checked.found, *more):
        kind = kind_in(project.scheme, some.kind)
        if kind is None:
            continue
        some = some if kind is some.kind else replace(some, kind=kind)
        gone = left.get(some.kind.id)
        if gone:
            marks = np.fromiter((f not in gone for f in some.features.tolist()), bool, len(some))
            counts[some.kind.id] = counts.get(some.kind.id, 0) + int((~marks).sum())
            some = some.where(marks)
        if len(some):
            found.append(some)
    kinds = rule_kinds()
    unchecked = {
        name: role
        for name, role in checked.unchecked.items()
        if kind_in(project.scheme, kinds[name]) is not None
    }
    return RuleAnswer(tuple(found), checked.checked, unchecked, counts, failed)


def left_ones(project: Project, state: str = "dropped") -> dict[str, set[FeatureId]]:
    """Outfalls whose findings of a rule somebody left as they are (or, "open", made a task)."""
    tasks = project.tables.get(TASKS)
    found: dict[str, set[FeatureId]] = {}
    if tasks is None or not len(tasks):
        return found
    columns = (tasks.column(name).tolist() for name in ("origin", "state", OUTFALL_ID))
    for origin, one, outfall in zip(*columns, strict=True):
        if one == state and outfall and str(origin or "").startswith(ORIGIN):
            found.setdefault(str(origin).removeprefix(ORIGIN), set()).add(outfall)
    return found


def fix_edit(project: Project, findings: Iterable[Finding], progress: Progress | None = None) -> (
    Edit | None
):  # fmt: skip
    """What mends the findings, as one step; None when nothing is left to mend.

    Plain changes of outfalls are gathered, so that mending very many costs one pass.
    """
    listed = [one for one in findings if one.proposal is not None or one.fix is not None]
    if not listed:
        return None
    progress = progress or Silent()
    label = _label(listed)
    own = summarised(project)
    table = project.tables[OUTFALL_TABLE]
    changes: dict[FeatureId, dict[str, Any]] = {}
    parts: list[Edit] = []
    step = project
    for done, one in enumerate(listed):
        if done % 256 == 0:
            progress.report(done / len(listed))
        proposal = one.proposal
        if proposal is not None and proposal.changes is not None and proposal.row is not None:
            plain = proposal.table == OUTFALL_TABLE and not own & proposal.changes.keys()
            if plain:
                changes.setdefault(proposal.row, {}).update(proposal.changes)
                continue
            edit = change_outfall(label, step, proposal.row, proposal.changes, proposal.table)
        else:
            edit = proposal.make(step) if proposal and proposal.make else one.fix
        if edit is not None:
            parts.append(edit)
            step = edit.apply(step)
    before: dict[FeatureId, Row | None] = {}
    after: dict[FeatureId, Row | None] = {}
    table = step.tables[OUTFALL_TABLE]
    for fid, wanted in changes.items():
        row = table.row(fid)
        if row is not None:
            new = {name: value for name, value in wanted.items() if row.get(name) != value}
            if new:
                before[fid] = {name: row.get(name) for name in new}
                after[fid] = new
    if after:
        parts.append(FeatureEdit(label, OUTFALL_TABLE, before, after))
    if not parts:
        return None
    return replace(parts[0], label=label) if len(parts) == 1 else Steps(label, tuple(parts))  # type: ignore[type-var]


def _label(findings: Sequence[Finding]) -> str:
    if len(findings) == 1:
        proposal = findings[0].proposal
        return proposal.words if proposal is not None else tr("Fix a finding")
    kinds = {one.rule for one in findings}
    kind = rule_kinds().get(findings[0].rule)
    if len(kinds) == 1 and kind is not None:
        return tr("Fix {n} findings: {kind}").format(n=len(findings), kind=kind.caption)
    return tr("Fix {n} findings").format(n=len(findings))


def task_edit(
    project: Project, findings: Iterable[Finding], *, leave: bool, why: str = "", today: str = ""
) -> Edit | None:
    """Findings as tasks: to be done by somebody, or left as they are for a reason.

    None when the project has no tasks or all of it is on record already.
    """
    tasks = project.tables.get(TASKS)
    if tasks is None:
        return None
    state = "dropped" if leave else "open"
    known = left_ones(project, state)
    rows: dict[FeatureId, Row] = {}
    for one in findings:
        if one.feature in known.setdefault(one.rule, set()):
            continue
        known[one.rule].add(one.feature)
        kind = rule_kinds().get(one.rule)
        values: dict[str, Any] = {
            OUTFALL_ID: one.feature,
            "title": kind.caption if kind else one.rule,
            "details": one.message,
            "state": state,
            "origin": ORIGIN + one.rule,
            "result": why or None,
        }
        if leave and today:
            values["done_at"] = today
        rows[new_feature_id()] = full_row(tasks, values)
    if not rows:
        return None
    words = tr("Leave {n} findings as they are") if leave else tr("Make tasks of {n} findings")
    return add_features(words.format(n=len(rows)), tasks, rows)


def place_of(project: Project, finding: Finding) -> Any:
    """Where a finding is, in the system of the outfalls; None without a place."""
    row = project.tables[OUTFALL_TABLE].row(finding.feature) or {}
    return row.get(GEOMETRY)


def counts(answer: RuleAnswer) -> dict[str, int]:
    """Open findings by kind, in their order."""
    found: dict[str, int] = {}
    for some in answer.found:
        found[some.kind.id] = found.get(some.kind.id, 0) + len(some)
    return found


def errors_in(answer: RuleAnswer) -> int:
    return sum(len(some) for some in answer.found if some.kind.severity is Severity.ERROR)
