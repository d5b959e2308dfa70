"""Repairs as an ordinary edit of a project: undone, redone and listed in the history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import shapely

from gisapp.api import (
    GEOMETRY,
    TABLE,
    Edit,
    FeatureId,
    FeatureTable,
    Layer,
    LayersEdit,
    ParameterError,
    Point,
    PointStyle,
    Project,
    Row,
    Source,
    Steps,
    TableEdit,
    TableSchema,
    add_features,
    new_feature_id,
    tr,
    transform_point,
)

from .doctor_repairs import FIELDS, Repair

ROLE = "repairs"
LIST = "river_repairs"  # the table
SYSTEM = "EPSG:4490"
STYLE = PointStyle(color="#b45309", size=7.0)


def repairs_edit(repairs: Sequence[Repair], project: Project, crs: str) -> Edit:
    """Rows added to the project's list of repairs, which is made when there is none.

    crs: of the places. Raises ParameterError when the list cannot be written.
    """
    words = {
        "flip": tr("Turn the line of {id}"),
        "bridge": tr("Join {id} to another reach"),
        "split": tr("Split {id}"),
        "cut": tr("Cut below {id}"),
        "drop": tr("Leave out {id}"),
    }
    first = repairs[0]
    label = words[first.kind].format(id=first.id or first.reach)
    layer = project.layer_of_role(ROLE)
    table = project.table_of(layer) if layer is not None else project.tables.get(LIST)
    if layer is not None and table is None:
        raise ParameterError(
            tr("The layer of repairs {layer} is a file").format(layer=layer.name),
            hint=tr("Take the role of repairs from it; then a list of its own is made."),
        )
    parts: list[Edit] = []
    if table is None:
        table = FeatureTable.from_rows(LIST, SYSTEM, FIELDS, {})
        parts.append(TableEdit(label, None, TableSchema(LIST, SYSTEM, FIELDS)))
    rows: dict[FeatureId, Row] = {}
    for repair in repairs:
        row = {name: value for name, value in asdict(repair).items() if name != "at"}
        place = None if repair.at is None else transform_point(Point(*repair.at), crs, table.crs)
        rows[new_feature_id()] = {**row, GEOMETRY: None if place is None else shapely.Point(place)}
    parts.append(add_features(label, table, rows))
    if layer is None:
        made = Layer(tr("River repairs"), Source(TABLE, table.name), STYLE, role=ROLE)
        parts.append(LayersEdit(label, project.layers, (*project.layers, made)))
    return Steps(label, tuple(parts)) if len(parts) > 1 else parts[0]
