"""The tables of the record for a project, and what its single table already knows put into them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from gisapp.model.edit import Edit, FeatureEdit, TableEdit
from gisapp.model.features import FeatureId, Row
from gisapp.model.outfall_record import SUMMARIES
from gisapp.model.project import Project
from gisapp.model.survey import (
    MONITORING,
    OUTFALL_FIELDS,
    OUTFALL_ID,
    OUTFALL_TABLE,
    RECTIFICATION,
    RELATED_TABLES,
    SOURCES,
    state_field,
    survey_schemas,
)
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.model.table_schema import TableSchema
from gisapp.model.workflow import scheme_of

NEEDED = ("name", "kind", "state")  # fields by which a table is known as one of outfalls
CARRIED = (MONITORING, SOURCES, RECTIFICATION)  # tables that take over values of the single table


def is_outfall_table(fields: Iterable[Any]) -> bool:
    """Whether a table of this shape is one of outfalls, whoever made it."""
    names = {field.name: field.kind for field in fields}
    return all(name in names for name in NEEDED)


def related_table_edits(label: str, project: Project) -> tuple[Edit, ...]:
    """The tables of the record that the project does not have, empty.

    A name that is taken, in whatever letters, is left to the table that has it.
    """
    taken = {name.lower() for name in project.tables}
    return tuple(
        TableEdit(label, None, survey_schemas()[name])
        for name in RELATED_TABLES
        if name not in taken
    )


def upgrade_edits(label: str, project: Project) -> tuple[Edit, ...]:
    """What makes the record of an older project complete: tables, fields, carried values.

    Every value stays where it was, and is in the related table as well. Empty when the project
    has no table of outfalls or has everything.
    """
    table = project.tables.get(OUTFALL_TABLE)
    if table is None or not is_outfall_table(table.fields):
        return ()
    parts = list(related_table_edits(label, project))
    fields = completed_fields(project, table)
    if fields != table.fields:
        before = TableSchema(table.name, table.crs, table.fields)
        parts.append(TableEdit(label, before, TableSchema(table.name, table.crs, fields)))
    made = {edit.after.name for edit in parts if isinstance(edit, TableEdit) and edit.after}
    for name in CARRIED:
        if name in made:
            rows = carried_rows(name, _rows(table))
            if rows:
                parts.append(FeatureEdit(label, name, dict.fromkeys(rows), rows))
    return tuple(parts)


def completed_fields(project: Project, table: FeatureTable) -> tuple[Any, ...]:
    """The table's fields, the states and classes of today in them, and behind them the new ones."""
    names = {field.name.lower() for field in table.fields}
    states = tuple(state.category for state in scheme_of(project).states)
    ours = {field.name: field for field in OUTFALL_FIELDS}
    kept = tuple(
        state_field(field, states)
        if field.name == "state" and field.kind == "choice" and _is_shorter(field, ours["state"])
        else field
        for field in table.fields
    )
    return kept + tuple(field for field in OUTFALL_FIELDS if field.name.lower() not in names)


def _is_shorter(field: Any, ours: Any) -> bool:
    """Whether it is our own older list of states; one that people changed stays as it is."""
    return bool(field.choices == ours.choices[: len(field.choices)])


def carried_rows(table: str, outfalls: Mapping[FeatureId, Row]) -> dict[FeatureId, Row]:
    """Rows of a related table made of what the outfalls' own rows say, where they say anything."""
    fields = survey_schemas()[table].fields
    names = SUMMARIES[table]
    found: dict[FeatureId, Row] = {}
    for outfall, row in outfalls.items():
        values = {name: row.get(name) for name in names}
        if all(value is None or value != value for value in values.values()):
            continue
        made: dict[str, Any] = {field.name: values.get(field.name) for field in fields}
        made[OUTFALL_ID] = outfall
        made[GEOMETRY] = None
        found[FeatureId(str(uuid5(NAMESPACE_OID, f"{table}/{outfall}")))] = made
    return found


def _rows(table: FeatureTable) -> dict[FeatureId, Row]:
    names = [name for group in SUMMARIES.values() for name in group]
    there = [f.name for f in table.fields if f.name in names]
    columns = [table.column(name).tolist() for name in there]
    if not columns:
        return {}
    return {
        FeatureId(str(fid)): {
            name: None if value != value else value
            for name, value in zip(there, values, strict=True)
        }
        for fid, values in zip(table.ids.tolist(), zip(*columns, strict=True), strict=True)
    }
