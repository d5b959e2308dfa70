"""A new project file: made whole under another name, then given its own."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from gisapp.io import project_log, project_tables
from gisapp.io.geopackage import create_required, srs_id
from gisapp.io.project_database import PROJECT_FILE, sync_folder, transaction
from gisapp.io.project_document import write_document
from gisapp.io.project_migration import FORMAT, PHOTO_TABLES
from gisapp.io.project_tables import schemas
from gisapp.model.edit import Edit, FeatureEdit, TableEdit

NEW_FILE = PROJECT_FILE + ".new"


def write_new(folder: Path, first: Edit) -> None:
    """The whole file under another name, then its own: there is never half a project."""
    path = folder / NEW_FILE
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = FULL")
        with transaction(db):
            create_required(db)
            for sql in (
                *project_tables.GISAPP_TABLES.values(),
                *project_log.LOG_TABLES.values(),
                *project_log.LOG_GUARDS,
                *PHOTO_TABLES,
            ):
                db.execute(sql)
            db.execute("INSERT INTO gisapp_project VALUES ('format', ?)", (str(FORMAT),))
            made = {}
            for part in project_log.parts_of(first):
                if isinstance(part, TableEdit):
                    project_tables.change_table(db, part.before, part.after)
                    made = schemas(db)
                elif isinstance(part, FeatureEdit):
                    schema = made[part.table]
                    srs = srs_id(db, schema.crs) if schema.crs else 0
                    project_tables.change_rows(db, part, schema, srs)
                else:
                    write_document(db, part)
            project_tables.write_extents(db, made)
            project_log.append(db, "create", first, None)
    os.replace(path, folder / PROJECT_FILE)
    sync_folder(folder)
