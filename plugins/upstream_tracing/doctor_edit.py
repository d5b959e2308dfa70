"""Repairs as an ordinary edit of a project: undone, redone and listed in the history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import shapely

from gisapp.api import (
    GEOMETRY,
    Edit,
    FeatureId,
    FeatureTable,
    Point,
    PointStyle,
    Project,
    Row,
    add_features,
    new_feature_id,
    tr,
    transform_point,
)

from .doctor_repairs import FIELDS, Repair
from .project_list import ProjectList, list_edit

REPAIRS = ProjectList("repairs", "river_repairs", FIELDS, PointStyle(color="#b45309", size=7.0))


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

    def add(table: FeatureTable) -> Edit:
        rows: dict[FeatureId, Row] = {}
        for repair in repairs:
            row = {name: value for name, value in asdict(repair).items() if name != "at"}
            at = None if repair.at is None else transform_point(Point(*repair.at), crs, table.crs)
            rows[new_feature_id()] = {**row, GEOMETRY: None if at is None else shapely.Point(at)}
        return add_features(label, table, rows)

    titles = tr("River repairs"), tr("The layer of repairs {layer} is a file")
    return list_edit(project, REPAIRS, label, titles, add)
