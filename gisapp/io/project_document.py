"""Layers, pages, title and map system in the project file, and the project as a whole."""

from __future__ import annotations

import json
import sqlite3

from gisapp.io.project_json import from_data, to_data, to_text
from gisapp.io.project_table_reading import read_table
from gisapp.io.project_tables import schemas
from gisapp.model.bookmark import Bookmark
from gisapp.model.crs import CGCS2000
from gisapp.model.edit import (
    BookmarksEdit,
    Edit,
    LayersEdit,
    PagesEdit,
    ProjectEdit,
    SchemeEdit,
)
from gisapp.model.layer import Layer
from gisapp.model.page import Page
from gisapp.model.project import Project
from gisapp.model.survey import OUTFALL_TABLE
from gisapp.model.survey_scheme import SurveyScheme


def write_document(db: sqlite3.Connection, edit: Edit) -> None:
    """Layers, pages, title and map system as the edit leaves them."""
    match edit:
        case LayersEdit():
            db.execute("DELETE FROM gisapp_layers")
            db.executemany(
                "INSERT INTO gisapp_layers VALUES (?, ?, ?, ?)",
                [(n, x.id, x.name, to_text(to_data(x))) for n, x in enumerate(edit.after)],
            )
        case PagesEdit():
            db.execute("DELETE FROM gisapp_pages")
            db.executemany(
                "INSERT INTO gisapp_pages VALUES (?, ?, ?, ?)",
                [(n, x.id, x.title, to_text(to_data(x))) for n, x in enumerate(edit.after)],
            )
        case BookmarksEdit():
            db.execute(
                "INSERT OR REPLACE INTO gisapp_project VALUES ('bookmarks', ?)",
                (to_text(to_data(edit.after)),),
            )
        case SchemeEdit():
            db.execute(
                "INSERT OR REPLACE INTO gisapp_project VALUES ('scheme', ?)",
                (to_text(to_data(edit.after)),),
            )
        case ProjectEdit():
            db.executemany(
                "INSERT OR REPLACE INTO gisapp_project VALUES (?, ?)",
                zip(("title", "crs"), edit.after, strict=True),
            )
        case _:
            raise TypeError(f"{type(edit).__name__} cannot be written to a project")


def read_document(db: sqlite3.Connection) -> Project:
    """The project without its features."""
    keys = dict(db.execute("SELECT key, value FROM gisapp_project"))
    layers = db.execute("SELECT layer FROM gisapp_layers ORDER BY position")
    pages = db.execute("SELECT page FROM gisapp_pages ORDER BY position")
    return Project(
        title=keys.get("title", ""),
        crs=keys.get("crs", CGCS2000),
        layers=tuple(from_data(Layer, json.loads(text)) for (text,) in layers),
        pages=tuple(from_data(Page, json.loads(text)) for (text,) in pages),
        bookmarks=bookmarks_from(keys.get("bookmarks", "[]")),
        scheme=scheme_from(keys.get("scheme", "null")),
    )


def bookmarks_from(text: str) -> tuple[Bookmark, ...]:
    return tuple(from_data(Bookmark, part) for part in json.loads(text))


def scheme_from(text: str) -> SurveyScheme | None:
    data = json.loads(text)
    return None if data is None else from_data(SurveyScheme, data)


def read_project(db: sqlite3.Connection) -> Project:
    """The whole project as one moment of the file holds it."""
    db.execute("BEGIN")
    try:
        project = read_document(db)
        known: dict[str, str] = {}
        for schema in schemas(db).values():
            table = read_table(db, schema, known)
            if schema.name == OUTFALL_TABLE:
                known = {fid: fid for fid in table.ids.tolist()}
            project = project.with_table(table)
        return project
    finally:
        db.execute("ROLLBACK")
