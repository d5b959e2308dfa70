"""The record of an outfall: one row of its table and the rows of the related tables.

The outfall's own row keeps what maps, lists and figures need at once: the values of the newest
monitoring, the primary source, the latest rectification. Edits made here keep both in step, in
one edit: one undo, one entry of the change log, one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gisapp.model.edit import Edit, FeatureEdit, Steps, add_features, delete_features
from gisapp.model.features import FeatureId, Row
from gisapp.model.project import Project
from gisapp.model.survey import (
    HISTORY,
    MONITORING,
    OUTFALL_ID,
    OUTFALL_TABLE,
    PHOTOS,
    RECTIFICATION,
    SOURCES,
    TASKS,
    VISITS,
    new_feature_id,
)
from gisapp.model.table import GEOMETRY, FeatureTable

# The field that says when; the newest row comes first
DATES: Mapping[str, str] = {
    VISITS: "visited_at",
    MONITORING: "monitored_at",
    SOURCES: "traced_at",
    RECTIFICATION: "deadline",
    PHOTOS: "taken_at",
    TASKS: "due_at",
    HISTORY: "at",
}
# Fields of the related row that decides, as the outfall's own row repeats them
SUMMARIES: Mapping[str, tuple[str, ...]] = {
    VISITS: ("discharging",),
    MONITORING: (
        "flow_value",
        "flow_unit",
        "water_temp_c",
        "ph",
        "conductivity_us_cm",
        "cod_mg_l",
        "nh3n_mg_l",
        "tp_mg_l",
        "tn_mg_l",
        "monitored_at",
    ),
    SOURCES: ("responsible_party", "permit_no"),
    RECTIFICATION: ("deadline", "responsible_body"),
}
# Of these one at least must be there before a row decides: a date alone measures nothing
DECIDING: Mapping[str, tuple[str, ...]] = {
    **SUMMARIES,
    MONITORING: tuple(n for n in SUMMARIES[MONITORING] if n not in ("monitored_at", "flow_unit")),
}
_OF_TABLE = {name: table for table, names in SUMMARIES.items() for name in names}


def related(project: Project, table: str, outfall: FeatureId) -> list[tuple[FeatureId, Row]]:
    """The rows of a related table that belong to an outfall, the newest first.

    Costs what is found, not what the table holds. Empty when the project has no such table.
    """
    found = project.tables.get(table)
    if found is None:
        return []
    rows = [(fid, found.row(fid) or {}) for fid in found.matching(OUTFALL_ID, outfall)]
    date = DATES.get(table, "")
    rows.reverse()  # of rows of one date, what was added last
    return sorted(rows, key=lambda entry: str(entry[1].get(date) or ""), reverse=True)


def related_counts(project: Project, outfall: FeatureId) -> dict[str, int]:
    """How many rows an outfall has in each related table of the project."""
    tables = project.tables
    return {t: len(tables[t].matching(OUTFALL_ID, outfall)) for t in DATES if t in tables}


def has_related(project: Project, table: str) -> bool:
    """Whether the outfall's fields of this part are kept in a related table."""
    return table in project.tables


def summarised(project: Project) -> frozenset[str]:
    """Fields of the outfall that only repeat a related row, in this project."""
    return frozenset(name for name, table in _OF_TABLE.items() if table in project.tables)


def add_related(
    label: str, project: Project, table: str, outfall: FeatureId, values: Row
) -> tuple[Edit, FeatureId]:
    """An edit that adds a row for an outfall, and the row's id."""
    fid = new_feature_id()
    whole = full_row(project.tables[table], {**values, OUTFALL_ID: outfall})
    edit = add_features(label, project.tables[table], {fid: whole})
    return _with_summary(label, project, edit, (outfall,)), fid


def change_related(
    label: str, project: Project, table: str, fid: FeatureId, changes: Row
) -> Edit | None:
    """An edit that changes fields of a related row; None when they are so already."""
    row = project.tables[table].row(fid)
    if row is None:
        return None
    changes = {name: value for name, value in changes.items() if row.get(name) != value}
    if not changes:
        return None
    before = {name: row.get(name) for name in changes}
    edit = FeatureEdit(label, table, {fid: before}, {fid: changes})
    outfalls = {row.get(OUTFALL_ID), changes.get(OUTFALL_ID, row.get(OUTFALL_ID))}
    return _with_summary(label, project, edit, (f for f in outfalls if f))


def delete_related(label: str, project: Project, table: str, fids: Iterable[FeatureId]) -> Edit:
    """An edit that takes rows away."""
    there = tuple(fid for fid in fids if fid in project.tables[table])
    edit = delete_features(label, project.tables[table], there)
    owners = {(row or {}).get(OUTFALL_ID) for row in edit.before.values()}
    return _with_summary(label, project, edit, (owner for owner in owners if owner))


def change_outfall(
    label: str, project: Project, outfall: FeatureId, changes: Row, table: str = OUTFALL_TABLE
) -> Edit | None:
    """An edit of an outfall's fields; what repeats a related row is changed there as well.

    None when nothing changes. Where there is no related row yet, one is made to hold it.
    """
    row = project.tables[table].row(outfall)
    if row is None:
        return None
    changes = {name: value for name, value in changes.items() if row.get(name) != value}
    if not changes:
        return None
    before = {name: row.get(name) for name in changes}
    parts: list[Edit] = [FeatureEdit(label, table, {outfall: before}, {outfall: changes})]
    for name, group in _by_related_table(project, changes).items():
        rows = related(project, name, outfall)
        deciding = deciding_row(project, name, outfall) or next(iter(rows), None)
        kept = project.tables[name]
        if deciding is None:
            values = {**{key: row.get(key) for key in SUMMARIES[name]}, **group}
            whole = full_row(kept, {**values, OUTFALL_ID: outfall})
            if any(value is not None for value in values.values()):
                parts.append(add_features(label, kept, {new_feature_id(): whole}))
        else:
            fid, old = deciding
            was = {key: old.get(key) for key in group}
            if was != group:
                parts.append(FeatureEdit(label, name, {fid: was}, {fid: group}))
                after = Steps(label, tuple(parts)).apply(project)
                parts += _summary(label, after, name, (outfall,))
    return parts[0] if len(parts) == 1 else Steps(label, tuple(parts))


def delete_outfalls(
    label: str, project: Project, outfalls: Iterable[FeatureId], table: str = OUTFALL_TABLE
) -> Edit:
    """An edit that takes outfalls away with everything that belongs to them."""
    there = tuple(fid for fid in outfalls if fid in project.tables[table])
    parts: list[Edit] = []
    for name in DATES:
        kept = project.tables.get(name)
        if kept is not None:
            fids = tuple(fid for owner in there for fid in kept.matching(OUTFALL_ID, owner))
            if fids:
                parts.append(delete_features(label, kept, fids))
    parts.append(delete_features(label, project.tables[table], there))
    return parts[0] if len(parts) == 1 else Steps(label, tuple(parts))


def deciding_row(project: Project, table: str, outfall: FeatureId) -> tuple[FeatureId, Row] | None:
    """The row whose values the outfall repeats: the newest that says anything, of sources the
    primary one."""
    names = DECIDING.get(table, ())
    rows = [
        entry
        for entry in related(project, table, outfall)
        if any(entry[1].get(name) not in (None, "") for name in names)
    ]
    if table == SOURCES:
        rows = sorted(rows, key=lambda entry: entry[1].get("role") != "主要")
    return rows[0] if rows else None


def full_row(table: FeatureTable, values: Row) -> Row:
    """A whole row of a table; what is not given is None."""
    row: dict[str, Any] = {field.name: values.get(field.name) for field in table.fields}
    row[GEOMETRY] = values.get(GEOMETRY)
    return row


def _by_related_table(project: Project, changes: Row) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, value in changes.items():
        table = _OF_TABLE.get(name)
        if table is not None and table in project.tables:
            found.setdefault(table, {})[name] = value
    return found


def _with_summary(
    label: str, project: Project, edit: FeatureEdit, outfalls: Iterable[FeatureId]
) -> Edit:
    """The edit, and what the outfalls' own rows then have to say."""
    more = _summary(label, edit.apply(project), edit.table, outfalls)
    return Steps(label, (edit, *more)) if more else edit


def _summary(
    label: str, after: Project, table: str, outfalls: Iterable[FeatureId]
) -> tuple[FeatureEdit, ...]:
    """What the own rows of outfalls have to say when a related table is as it is `after`."""
    names = SUMMARIES.get(table, ())
    own = after.tables.get(OUTFALL_TABLE)
    if own is None or not names:
        return ()
    olds: dict[FeatureId, Row] = {}
    news: dict[FeatureId, Row] = {}
    for outfall in outfalls:
        row = own.row(outfall)
        if row is None:
            continue
        deciding = deciding_row(after, table, outfall)
        if deciding is None and table == VISITS:
            continue  # nobody looked: what was known of it stays
        values = {name: deciding[1].get(name) if deciding else None for name in names}
        changed = {n: v for n, v in values.items() if n in row and row[n] != v}
        if changed:
            olds[outfall] = {name: row[name] for name in changed}
            news[outfall] = changed
    return (FeatureEdit(label, OUTFALL_TABLE, olds, news),) if news else ()
