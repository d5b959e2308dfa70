"""From one state of the working chain to another: what is allowed, needed and written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from gisapp.model.edit import Edit, FeatureEdit, Steps, add_features
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureId, Row
from gisapp.model.field import Field
from gisapp.model.outfall_record import change_outfall, full_row, related
from gisapp.model.project import Project
from gisapp.model.survey import (
    HISTORY,
    OUTFALL_ID,
    OUTFALL_TABLE,
    UNKNOWN_CLASS,
    new_feature_id,
    table_title,
)
from gisapp.model.survey_scheme import Need, State, SurveyScheme, Transition, usual_scheme
from gisapp.model.text import tr


class StateRefused(GisError):  # noqa: N818  (it is what happened, not a fault)
    """An outfall cannot go into a state. `missing`: the evidence that is not there."""

    def __init__(self, message: str, *, hint: str = "", missing: tuple[Need, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.missing = missing


def scheme_of(project: Project) -> SurveyScheme:
    """How the survey of this project works."""
    return project.scheme or usual_scheme()


def missing(
    project: Project, outfall: FeatureId, state: State, table: str = OUTFALL_TABLE
) -> tuple[Need, ...]:
    """What a state needs and the outfall does not have, in the order of the scheme.

    Needs of tables and fields that the project does not have are not asked.
    """
    own = project.tables.get(table)
    row = own.row(outfall) if own is not None else None
    if own is None or row is None:
        return state.needs
    return tuple(need for need in state.needs if not _is_met(project, outfall, row, need))


def _is_met(project: Project, outfall: FeatureId, row: Row, need: Need) -> bool:
    if not need.table:
        return need.field not in row or counted(row.get(need.field)) >= need.count
    there = project.tables.get(need.table)
    if there is None or (need.field and all(f.name != need.field for f in there.fields)):
        return True
    rows = related(project, need.table, outfall)
    if not need.field:
        return len(rows) >= need.count
    return any(counted(found.get(need.field)) >= need.count for _, found in rows)


def counted(value: Any) -> int:
    """How much evidence a value is: photos of a list count one by one, "cannot tell" does not."""
    if value is None or value in ("", UNKNOWN_CLASS) or value != value:
        return 0
    if isinstance(value, str) and value.startswith("["):
        try:
            return len(json.loads(value))
        except ValueError:
            return 1
    if isinstance(value, list | tuple):
        return len(value)
    return 1


def need_words(project: Project, need: Need, table: str = OUTFALL_TABLE) -> str:
    """Such as `Monitoring`, `Rectification: Finished on` or `4 × Photos`."""
    words = table_title(need.table) if need.table else ""
    field = _field(project, need.table or table, need.field)
    if field is not None:
        words = f"{words}: {field.caption}" if words else field.caption
    elif need.field:
        words = f"{words} {need.field}".strip()
    return f"{need.count} × {words}" if need.count > 1 else words


def _field(project: Project, table: str, name: str) -> Field | None:
    there = project.tables.get(table)
    return None if there is None else next((f for f in there.fields if f.name == name), None)


def ways(
    project: Project, outfall: FeatureId, table: str = OUTFALL_TABLE
) -> list[tuple[Transition, State, tuple[Need, ...]]]:
    """Where an outfall may go from its state, and what is missing for each."""
    scheme = scheme_of(project)
    row = project.tables[table].row(outfall) or {}
    found = []
    for way in scheme.ways_from(row.get("state")):
        state = scheme.state(way.after)
        if state is not None:
            found.append((way, state, missing(project, outfall, state, table)))
    return found


def next_needs(
    project: Project, outfall: FeatureId, table: str = OUTFALL_TABLE
) -> tuple[Need, ...]:
    """What is missing for the state that usually follows: what a person should fill in next."""
    own = project.tables.get(table)
    row = own.row(outfall) if own is not None else None
    scheme = scheme_of(project)
    if row is None or not any(f.name == "state" for f in project.tables[table].fields):
        return ()
    here = scheme.state(row.get("state"))
    now = missing(project, outfall, here, table) if here else ()
    if now:
        return now
    order = {state.id: number for number, state in enumerate(scheme.states)}
    usual = [w for w in ways(project, outfall, table) if not w[0].why and w[1].outfall == "yes"]
    later = [way for way in usual if order[way[1].id] > order.get(str(row.get("state")), -1)]
    return min(later, key=lambda way: order[way[1].id])[2] if later else ()


def set_state(
    project: Project,
    outfalls: Sequence[FeatureId],
    to: str,
    *,
    who: str,
    at: str,
    why: str = "",
    responsible_body: str = "",
    deadline: str = "",
    table: str = OUTFALL_TABLE,
) -> Steps:
    """The edit that brings outfalls into a state and writes a row of their history, in one step.

    `at` is ISO 8601 with offset, `deadline` a date; without one the days of the state count.
    Raises StateRefused when the way is not allowed, a reason or evidence is missing.
    """
    scheme = scheme_of(project)
    state = scheme.state(to)
    if state is None:
        raise StateRefused(tr("The survey has no state {state}").format(state=to))
    own = project.tables[table]
    names = {field.name for field in own.fields}
    before: dict[FeatureId, Row] = {}
    after: dict[FeatureId, Row] = {}
    history: dict[FeatureId, Row] = {}
    parts: list[Edit] = []
    if not deadline and state.days:
        deadline = (date.fromisoformat(at[:10]) + timedelta(days=state.days)).isoformat()
    for outfall in outfalls:
        row = own.row(outfall)
        if row is None:
            continue
        trial = {**row}
        changes: dict[str, Any] = {"state": state.id}
        if state.outfall in ("yes", "exempt"):
            changes["kind"] = "outfall"
        trial.update(changes)
        if responsible_body:
            trial["responsible_body"] = responsible_body
            change = {"responsible_body": responsible_body}
            body = change_outfall("", project, outfall, change, table)
            parts += [body] if body and "responsible_body" in names else []
        _check(project, outfall, row, trial, state, why, table)
        changes = {n: v for n, v in changes.items() if n in names and row.get(n) != v}
        before[outfall] = {name: row.get(name) for name in changes}
        after[outfall] = changes
        history[new_feature_id()] = {
            OUTFALL_ID: outfall,
            "from_state": row.get("state"),
            "to_state": state.id,
            "at": at,
            "who": who,
            "reason": why.strip() or None,
            "responsible_body": responsible_body or row.get("responsible_body"),
            "deadline": deadline or None,
        }
    label = _label(project, tuple(after), state, table)
    parts.append(FeatureEdit(label, table, before, after))
    kept = project.tables.get(HISTORY)
    if kept is not None:
        rows = {fid: full_row(kept, row) for fid, row in history.items()}
        parts.append(add_features(label, kept, rows))
    return Steps(label, tuple(parts))


def _label(project: Project, outfalls: tuple[FeatureId, ...], state: State, table: str) -> str:
    if len(outfalls) == 1:
        row = project.tables[table].row(outfalls[0]) or {}
        name = row.get("code_local") or row.get("name") or outfalls[0][:8]
        return tr("{outfall} becomes {state}").format(outfall=name, state=state.caption)
    return tr("{n} outfalls become {state}").format(n=len(outfalls), state=state.caption)


def _check(
    project: Project,
    outfall: FeatureId,
    row: Row,
    trial: Row,
    state: State,
    why: str,
    table: str,
) -> None:
    scheme = scheme_of(project)
    here = scheme.state(row.get("state"))
    name = row.get("code_local") or row.get("name") or outfall[:8]
    allowed = scheme.ways_from(row.get("state"))
    way = next((one for one in allowed if one.after == state.id), None)
    from_words = here.caption if here else str(row.get("state") or tr("no state"))
    if way is None and here is not None:
        reachable = (scheme.state(one.after) for one in allowed)
        listed = " · ".join(one.caption for one in reachable if one)
        raise StateRefused(
            tr("{outfall} cannot go from {before} to {after}").format(
                outfall=name, before=from_words, after=state.caption
            ),
            hint=tr("From here it may become: {states}").format(states=listed or "–"),
        )
    if way is not None and way.why and not why.strip():
        raise StateRefused(
            tr("{outfall}: {after} needs a reason").format(outfall=name, after=state.caption),
            hint=tr("Write why; it stands in the history."),
        )
    lacking = tuple(
        need
        for need in missing(project, outfall, state, table)
        if need.table or counted(trial.get(need.field)) < need.count
    )
    if lacking:
        words = " · ".join(need_words(project, need, table) for need in lacking)
        raise StateRefused(
            tr("{outfall} cannot become {after} yet: {missing}").format(
                outfall=name, after=state.caption, missing=words
            ),
            hint=tr("Fill in what is missing, then try again."),
            missing=lacking,
        )


def blocked(
    project: Project, outfalls: Iterable[FeatureId], table: str = OUTFALL_TABLE
) -> dict[FeatureId, tuple[Need, ...]]:
    """Outfalls that stand in a state without its evidence, and what is missing."""
    scheme = scheme_of(project)
    found = {}
    for outfall in outfalls:
        row = project.tables[table].row(outfall) or {}
        state = scheme.state(row.get("state"))
        lacking = missing(project, outfall, state, table) if state else ()
        if lacking:
            found[outfall] = lacking
    return found
