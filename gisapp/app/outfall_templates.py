"""Templates of outfalls: values that many new ones begin with, under a name, kept in the project.

A template is a row of a table without places, so it is undone, logged and proved like any record.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from gisapp.model.edit import (
    Edit,
    FeatureEdit,
    Steps,
    TableEdit,
    add_features,
    change_feature,
    delete_features,
)
from gisapp.model.errors import ParameterError
from gisapp.model.features import FeatureId, plain
from gisapp.model.field import Field
from gisapp.model.outfall_record import summarised
from gisapp.model.project import Project
from gisapp.model.survey import OUTFALL_TABLE, new_feature_id, survey_schemas
from gisapp.model.table import FeatureTable
from gisapp.model.text import tr

TEMPLATES = "outfall_templates"
LONGEST = 60  # letters of a name
# Of one outfall only, or said by its place, its state or its files
OWN = frozenset({"code_local", "code_national", "name", "state", "photos", "receiving_reach",
                 "distance_to_mouth_m", "section_below", "section_distance_km", "landmark",
                 "in_national_platform", "code_source", "deadline"})  # fmt: skip
OFFERED_LAST = frozenset({"bank", "remark", "legacy_type"})  # not taken unless asked for


@dataclass(frozen=True)
class OutfallTemplate:
    """`values` by field; only fields that the outfalls of the project have."""

    id: FeatureId
    name: str
    values: Mapping[str, Any]


def templates_of(project: Project) -> list[OutfallTemplate]:
    """By their names. A row that holds no values is an empty template, never an error."""
    table, outfalls = project.tables.get(TEMPLATES), project.tables.get(OUTFALL_TABLE)
    if table is None or outfalls is None:
        return []
    known = {field.name for field in outfalls.fields}
    found = []
    for fid in table.ids:
        row = table.row(fid) or {}
        values = {k: v for k, v in _values(row.get("template")).items() if k in known - OWN}
        found.append(OutfallTemplate(FeatureId(str(fid)), str(row.get("name") or ""), values))
    return sorted(found, key=lambda one: (one.name.casefold(), one.id))


def template_values(project: Project, template: FeatureId | None) -> Mapping[str, Any]:
    """What new outfalls begin with; nothing when there is no such template any more."""
    if template is None:
        return {}
    return next((one.values for one in templates_of(project) if one.id == template), {})


def offered_fields(project: Project, outfall: FeatureId) -> list[tuple[Field, Any, bool]]:
    """What of a record may go into a template: field, value, and whether it usually does."""
    table = project.tables[OUTFALL_TABLE]
    row, elsewhere = table.row(outfall) or {}, summarised(project)
    return [
        (field, row[field.name], field.name not in OFFERED_LAST)
        for field in table.fields
        if field.name not in OWN | elsewhere
        and field.kind != "list"
        and row.get(field.name) not in (None, "")
    ]


def save_edit(
    project: Project, outfall: FeatureId, name: str, fields: Collection[str]
) -> tuple[Edit, FeatureId]:
    """These fields of a record under a name, and the template's id; one of that name is replaced.

    Raises ParameterError without a name or without a field.
    """
    name = _checked(name)
    row = {field.name: value for field, value, _ in offered_fields(project, outfall)}
    values = {key: plain(value) for key, value in row.items() if key in fields}
    if not values:
        raise ParameterError(
            tr("A template needs a field that is filled in"),
            hint=tr("Choose one of the fields of the record."),
        )
    label = tr("Template {name}").format(name=name)
    text = json.dumps(values, ensure_ascii=False, sort_keys=True)
    same = _named(project, name)
    table = project.tables.get(TEMPLATES)
    if table is not None and same is not None:
        return change_feature(label, table, same.id, {"name": name, "template": text}), same.id
    fid, parts = new_feature_id(), list[Edit]()
    if table is None:
        schema = survey_schemas()[TEMPLATES]
        parts.append(TableEdit(label, None, schema))
        table = FeatureTable.from_rows(schema.name, schema.crs, schema.fields, {})
    parts.append(add_features(label, table, {fid: {"name": name, "template": text}}))
    return (parts[0] if len(parts) == 1 else Steps(label, tuple(parts))), fid


def rename_edit(project: Project, template: FeatureId, name: str) -> FeatureEdit | None:
    """None when it is called so. Raises ParameterError for no name or one that is taken."""
    name = _checked(name)
    table = project.tables[TEMPLATES]
    if (table.row(template) or {}).get("name") == name:
        return None
    same = _named(project, name)
    if same is not None and same.id != template:
        raise ParameterError(
            tr("There is a template {name} already").format(name=same.name),
            hint=tr("Choose another name."),
        )
    return change_feature(tr("Rename template"), table, template, {"name": name})


def delete_edit(project: Project, template: FeatureId) -> FeatureEdit:
    """Outfalls that began with it keep what they have."""
    return delete_features(tr("Delete template"), project.tables[TEMPLATES], (template,))


def _named(project: Project, name: str) -> OutfallTemplate | None:
    wanted = name.casefold()
    return next((one for one in templates_of(project) if one.name.casefold() == wanted), None)


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST:
        raise ParameterError(
            tr("A template needs a name of at most {n} letters").format(n=LONGEST),
            hint=tr("Such as: pipe of a village"),
        )
    return name


def _values(text: Any) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
