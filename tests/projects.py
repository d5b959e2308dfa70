"""Small made-up projects on the disk, for tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from shapely import Point

from gisapp.app.project_session import ProjectSession, create_project
from gisapp.model.edit import Edit, FeatureEdit, LayersEdit, TableEdit, TableSchema
from gisapp.model.field import Field
from gisapp.model.layer import TABLE, Layer, LayerId, Source
from gisapp.model.project import Project
from gisapp.model.style import PointStyle
from gisapp.model.table import GEOMETRY

CRS = "EPSG:4547"
FIELDS = (
    Field("name"),
    Field("flow", "real"),
    Field("reach", "integer"),
    Field("discharging", "boolean"),
    Field("monitored_at", "date"),
    Field("state", "choice", choices=("suspected", "closed")),
    Field("photos", "list"),
)
SCHEMA = TableSchema("outfalls", CRS, FIELDS)
LAYER = Layer("Outfalls", Source(TABLE, "outfalls"), PointStyle(), id=LayerId("outfalls"))
CONTENT: tuple[Edit, ...] = (
    TableEdit("New table", None, SCHEMA),
    LayersEdit("New layer", (), (LAYER,)),
)


def full_row(number: int = 0) -> dict[str, Any]:
    """A value of every kind."""
    return {
        "name": f"北岸 {number}",
        "flow": number + 0.1,
        "reach": number,
        "discharging": number % 2 == 0,
        "monitored_at": f"2026-05-{number % 28 + 1:02}",
        "state": "suspected",
        "photos": "[]",
        GEOMETRY: Point(500_000.25 + number, 3_300_000.5),
    }


def adding(*fids: str, label: str = "Add") -> FeatureEdit:
    rows = {fid: full_row(number) for number, fid in enumerate(fids)}
    return FeatureEdit(label, "outfalls", dict.fromkeys(rows), rows)


def changing(project: Project, fid: str, **values: Any) -> FeatureEdit:
    row = project.tables["outfalls"].row(fid)
    return FeatureEdit("Change", "outfalls", {fid: {k: row[k] for k in values}}, {fid: values})


def deleting(project: Project, *fids: str) -> FeatureEdit:
    rows = {fid: project.tables["outfalls"].row(fid) for fid in fids}
    return FeatureEdit("Delete", "outfalls", rows, dict.fromkeys(rows))


def new_project(folder: Path, *fids: str, deliver: Callable[..., None] | None = None) -> Any:
    """An open project with one layer of outfalls; what is refused fails the test."""
    session: ProjectSession = create_project(
        folder, "Survey", CRS, (*CONTENT, adding(*fids)), deliver=deliver
    )
    session.store.refused.subscribe(_fail)
    return session


def _fail(error: Exception) -> None:
    raise AssertionError(f"refused: {error}") from error


def content(project: Project) -> dict[str, Any]:
    """Everything in a project, to be compared; the order of features does not count."""
    return {
        "document": (project.title, project.crs, project.layers, project.pages),
        "tables": {
            name: (table.crs, table.fields, {fid: table.row(fid) for fid in table.ids})
            for name, table in project.tables.items()
        },
    }
