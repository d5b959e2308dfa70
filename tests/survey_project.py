"""A made-up survey in memory, with the related tables of the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import shapely

from gisapp.model.features import FeatureId
from gisapp.model.project import Project
from gisapp.model.survey import OUTFALL_TABLE, survey_schemas
from gisapp.model.table import GEOMETRY, FeatureTable


def survey_project(
    outfalls: Mapping[str, Mapping[str, Any]], **related: Mapping[str, Mapping[str, Any]]
) -> Project:
    """Outfalls by id, and rows of related tables by the table's name and their ids."""
    given = {OUTFALL_TABLE: outfalls, **related}
    project = Project("Made-up survey")
    for name, schema in survey_schemas().items():
        rows = {
            FeatureId(fid): {f.name: row.get(f.name) for f in schema.fields}
            | {GEOMETRY: shapely.Point(105 + n / 1000, 30) if schema.crs else None}
            for n, (fid, row) in enumerate(given.get(name, {}).items())
        }
        project = project.with_table(FeatureTable.from_rows(name, schema.crs, schema.fields, rows))
    return project
