"""Edits from an attribute table: many cells, one step of undo.

Cells of outfalls also change what repeats them in the related tables, and a state is changed as
the workflow allows, with its row of the history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gisapp.app.survey_record import now_and_who
from gisapp.app.table_view_cells import read_cell
from gisapp.model.edit import Edit, FeatureEdit, Steps, delete_features
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureId, FeatureSet, Row
from gisapp.model.field import Field
from gisapp.model.outfall_record import (
    SUMMARIES,
    change_outfall,
    change_related,
    delete_outfalls,
    delete_related,
    summarised,
)
from gisapp.model.progress import Progress, Silent
from gisapp.model.project import Project
from gisapp.model.survey import OUTFALL_TABLE, RELATED_TABLES
from gisapp.model.survey_scheme import SurveyScheme
from gisapp.model.table import FeatureTable
from gisapp.model.text import tr
from gisapp.model.workflow import scheme_of, set_state

Changes = Mapping[FeatureId, Mapping[str, Any]]
STATE = "state"
EVERY = 200  # rows between two looks whether the work is still wanted


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of what is pasted. `problem`: why it cannot be taken over."""

    fid: FeatureId
    field: Field
    before: Any
    after: Any
    text: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Paste:
    """What pasting would do: cells that change, cells that cannot be read, the rest counted."""

    changed: tuple[Cell, ...]
    unread: tuple[Cell, ...]
    same: int
    beyond: int  # cells right of the last column or below the last row

    @property
    def changes(self) -> dict[FeatureId, dict[str, Any]]:
        found: dict[FeatureId, dict[str, Any]] = {}
        for cell in self.changed:
            found.setdefault(cell.fid, {})[cell.field.name] = cell.after
        return found


def read_paste(
    grid: Sequence[Sequence[str]],
    data: FeatureSet,
    fids: Sequence[FeatureId],
    fields: Sequence[Field],
    progress: Progress | None = None,
) -> Paste:
    """Lay rows of text over rows and columns of a table, the first over the first.

    A first row that only repeats the headings is left out.
    """
    progress = progress or Silent()
    changed, unread, same, beyond = [], [], 0, 0
    if len(grid) > 1 and _is_heading(grid[0], fields):
        grid = grid[1:]
    for number, texts in enumerate(grid):
        if number % EVERY == 0:
            progress.report(number / len(grid))
        if number >= len(fids):
            beyond += len(texts)
            continue
        fid = fids[number]
        row = data.row(fid) or {}
        beyond += max(0, len(texts) - len(fields))
        for field, text in zip(fields, texts, strict=False):
            before = row.get(field.name)
            try:
                after = read_cell(field, text)
                if after is None and field.required and before not in (None, ""):
                    raise ValueError(tr("This cannot be empty"))
            except ValueError as error:
                unread.append(Cell(fid, field, before, None, text, str(error)))
                continue
            if after == before or (after is None and before == ""):
                same += 1
            else:
                changed.append(Cell(fid, field, before, after, text))
    return Paste(tuple(changed), tuple(unread), same, beyond)


def _is_heading(texts: Sequence[str], fields: Sequence[Field]) -> bool:
    pairs = list(zip(texts, fields, strict=False))
    return bool(pairs) and all(text.strip() in (heading(f), f.caption, f.name) for text, f in pairs)


def heading(field: Field) -> str:
    """Caption and unit in one line."""
    return f"{field.caption} ({field.unit})" if field.unit else field.caption


def change_cells(
    label: str, project: Project, table: str, changes: Changes, progress: Progress | None = None
) -> tuple[Edit | None, tuple[tuple[FeatureId, str], ...]]:
    """One edit for all cells, None when nothing changes; and rows left as they are, with why."""
    progress = progress or Silent()
    kept = project.tables[table]
    scheme = scheme_of(project) if table in (OUTFALL_TABLE, *RELATED_TABLES) else None
    wanted = {fid: _differing(kept, scheme, fid, row) for fid, row in changes.items()}
    wanted = {fid: row for fid, row in wanted.items() if row}
    if not _is_linked(project, table, {name for row in wanted.values() for name in row}):
        if not wanted:
            return None, ()
        befores = {fid: _values(kept, fid, row) for fid, row in wanted.items()}
        return FeatureEdit(label, table, befores, dict(wanted)), ()
    parts: list[Edit] = []
    refused: list[tuple[FeatureId, str]] = []
    at, who = now_and_who()
    for number, (fid, row) in enumerate(wanted.items()):
        if number % EVERY == 0:
            progress.report(number / len(wanted))
        try:
            parts += _of_one(label, project, table, fid, row, at, who)
        except GisError as error:
            refused.append((fid, error.message))
    return merged(label, parts), tuple(refused)


def _differing(
    table: FeatureTable, scheme: SurveyScheme | None, fid: FeatureId, row: Mapping[str, Any]
) -> dict[str, Any]:
    """What the row does not hold yet, with the units that values of the survey come with."""
    old = table.row(fid)
    if old is None:
        return {}
    if scheme is not None:
        row = scheme.with_units(old, row)
    return {name: value for name, value in row.items() if old.get(name) != value}


def _values(table: FeatureTable, fid: FeatureId, row: Mapping[str, Any]) -> Row:
    old = table.row(fid) or {}
    return {name: old.get(name) for name in row}


def _is_linked(project: Project, table: str, names: set[str]) -> bool:
    """Whether other tables change with these fields."""
    if table == OUTFALL_TABLE:
        return STATE in names or not names.isdisjoint(summarised(project))
    return table in RELATED_TABLES and table in SUMMARIES


def _of_one(
    label: str,
    project: Project,
    table: str,
    fid: FeatureId,
    row: Mapping[str, Any],
    at: str,
    who: str,
) -> list[Edit]:
    if table != OUTFALL_TABLE:
        edit = change_related(label, project, table, fid, dict(row))
        return [edit] if edit else []
    parts: list[Edit] = []
    rest = {name: value for name, value in row.items() if name != STATE}
    if rest:
        edit = change_outfall(label, project, fid, rest)
        parts += [edit] if edit else []
    if row.get(STATE):
        after = merged(label, parts)
        changed = after.apply(project) if after is not None else project
        parts.append(set_state(changed, [fid], str(row[STATE]), who=who, at=at))
    return parts


def merged(label: str, edits: Sequence[Edit]) -> Edit | None:
    """Edits of features, done one after the other, as one edit of each table."""
    befores: dict[str, dict[FeatureId, Row | None]] = {}
    afters: dict[str, dict[FeatureId, Row | None]] = {}
    for edit in _flat(edits):
        before, after = befores.setdefault(edit.table, {}), afters.setdefault(edit.table, {})
        for fid, row in edit.after.items():
            old = edit.before.get(fid)
            if fid not in after:
                before[fid], after[fid] = old, row
            elif row is None:
                after[fid] = None
            else:
                first, latest = before[fid], after[fid]
                if first is not None and old is not None:
                    before[fid] = {**old, **first}
                after[fid] = {**(latest or {}), **row}
    parts = tuple(
        FeatureEdit(label, table, befores[table], after) for table, after in afters.items()
    )
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else Steps(label, parts)


def _flat(edits: Sequence[Edit]) -> list[FeatureEdit]:
    found: list[FeatureEdit] = []
    for edit in edits:
        if isinstance(edit, Steps):
            found += _flat(edit.parts)
        elif isinstance(edit, FeatureEdit):
            found.append(edit)
        else:
            raise TypeError(type(edit).__name__)
    return found


def delete_rows(label: str, project: Project, table: str, fids: Sequence[FeatureId]) -> Edit:
    """One edit that takes rows away, with what belongs to them."""
    if table == OUTFALL_TABLE:
        return delete_outfalls(label, project, fids)
    if table in RELATED_TABLES:
        return delete_related(label, project, table, fids)
    there = tuple(fid for fid in fids if fid in project.tables[table])
    return delete_features(label, project.tables[table], there)


def fields_changed(edit: Edit, table: str) -> set[str] | None:
    """Fields of rows that were there before and after; None when rows came, went or more."""
    if isinstance(edit, Steps):
        found: set[str] = set()
        for part in edit.parts:
            some = fields_changed(part, table)
            if some is None:
                return None
            found |= some
        return found
    if not isinstance(edit, FeatureEdit):
        return None
    if edit.table != table:
        return set()
    if any(edit.before.get(fid) is None or row is None for fid, row in edit.after.items()):
        return None
    return {name for row in edit.after.values() if row is not None for name in row}
