"""Formats of the project file: which one it has, and how an older one is brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

from gisapp.io.geopackage import srs_id
from gisapp.io.project_database import (
    PROJECT_FILE,
    connect_to_read,
    connect_to_write,
    damaged,
    transaction,
)
from gisapp.io.project_document import read_document
from gisapp.io.project_log import LOG_GUARDS, LOG_TABLES, append, link, read_edit
from gisapp.io.project_table_reading import read_table
from gisapp.io.project_tables import change_rows, change_table, schemas
from gisapp.io.snapshots import write_snapshot
from gisapp.model.edit import Edit, FeatureEdit, Steps, TableEdit
from gisapp.model.errors import ProjectError
from gisapp.model.features import FeatureId
from gisapp.model.outfall_record import full_row
from gisapp.model.project import Project
from gisapp.model.survey import OUTFALL_ID, OUTFALL_TABLE, PHOTOS, survey_schemas
from gisapp.model.survey_upgrade import upgrade_edits
from gisapp.model.table import FeatureTable
from gisapp.model.text import tr

FORMAT = 2

PHOTO_TABLES = (
    """CREATE TABLE photos (
        fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, sha256 TEXT NOT NULL UNIQUE,
        file TEXT NOT NULL, name TEXT NOT NULL, bytes INTEGER NOT NULL, added_at DATETIME NOT NULL,
        table_name TEXT, uuid TEXT)""",
    """INSERT OR IGNORE INTO gpkg_contents (table_name, data_type, identifier)
        VALUES ('photos', 'attributes', 'photos')""",
)


def format_of(db: sqlite3.Connection, path: Path) -> int:
    """The format of a project file. Raises ProjectError when it is no project of ours."""
    made = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'gisapp_project'").fetchone()
    if made is None:
        raise ProjectError(
            tr("{path} is a GeoPackage but no project").format(path=path),
            hint=tr("Make a new project and add the file as a layer."),
        )
    row = db.execute("SELECT value FROM gisapp_project WHERE key = 'format'").fetchone()
    if row is None or not str(row[0]).isdecimal():
        raise damaged(path, tr("it does not say its format"))
    return int(row[0])


def migrate(folder: Path) -> Path | None:
    """Bring an older project up to date, step by step, in one transaction.

    A verified backup comes first; its path is returned, or None when nothing was to do.
    """
    path = folder / PROJECT_FILE
    with closing(connect_to_read(path)) as db:
        found = format_of(db, path)
    if found >= FORMAT:
        return None
    backup = write_snapshot(folder, keep_as=f"format-{found}")
    with closing(connect_to_write(path)) as db, transaction(db):
        for number in range(found, FORMAT):
            STEPS[number](db)
        db.execute("UPDATE gisapp_project SET value = ? WHERE key = 'format'", (str(FORMAT),))
    return backup


def _from_0(db: sqlite3.Connection) -> None:
    """Format 1 finds the history of a feature by its own table and registers photos."""
    db.execute(LOG_TABLES["gisapp_change_features"])
    for (number,) in db.execute("SELECT number FROM gisapp_changes ORDER BY number").fetchall():
        link(db, number, read_edit(db, number))
    for sql in (*LOG_GUARDS, *PHOTO_TABLES):
        db.execute(sql)


def _from_1(db: sqlite3.Connection) -> None:
    """Format 2 keeps the record of an outfall in related tables; what is known is carried over.

    It is an entry of the change log like any other, but none to be undone by accident.
    """
    label = tr("Brought up to date")
    project: Project = read_document(db)
    for schema in schemas(db).values():
        project = project.with_table(read_table(db, schema))
    parts = list(upgrade_edits(label, project))
    if any(isinstance(p, TableEdit) and p.after and p.after.name == PHOTOS for p in parts):
        parts += _known_photos(db, label)
    if not parts:
        return
    for part in parts:
        if isinstance(part, TableEdit):
            change_table(db, part.before, part.after)
        elif isinstance(part, FeatureEdit):
            kept = schemas(db)[part.table]
            change_rows(db, part, kept, srs_id(db, kept.crs) if kept.crs else 0)
    append(db, "upgrade", Steps(label, tuple(parts)), None)


def _known_photos(db: sqlite3.Connection, label: str) -> list[Edit]:
    schema = survey_schemas()[PHOTOS]
    empty = FeatureTable.from_rows(schema.name, schema.crs, schema.fields, {})
    rows = {}
    for sha256, file, name, size, outfall in db.execute(
        "SELECT sha256, file, name, bytes, uuid FROM photos"
        " WHERE table_name = ? AND uuid IS NOT NULL ORDER BY fid",
        (OUTFALL_TABLE,),
    ):
        known = {"sha256": sha256, "file": file, "original_name": name, "bytes": size}
        values = {**known, OUTFALL_ID: outfall, "kind": "photo", "accepted": True}
        rows[FeatureId(str(uuid5(NAMESPACE_OID, f"{PHOTOS}/{sha256}")))] = full_row(empty, values)
    return [FeatureEdit(label, PHOTOS, dict.fromkeys(rows), rows)] if rows else []


STEPS: dict[int, Callable[[sqlite3.Connection], None]] = {0: _from_0, 1: _from_1}
