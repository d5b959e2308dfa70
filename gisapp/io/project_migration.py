"""Formats of the project file: which one it has, and how an older one is brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from gisapp.io.project_database import (
    PROJECT_FILE,
    connect_to_read,
    connect_to_write,
    damaged,
    transaction,
)
from gisapp.io.project_log import LOG_GUARDS, LOG_TABLES, link, read_edit
from gisapp.io.snapshots import write_snapshot
from gisapp.model.errors import ProjectError
from gisapp.model.text import tr

FORMAT = 1

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


STEPS: dict[int, Callable[[sqlite3.Connection], None]] = {0: _from_0}
