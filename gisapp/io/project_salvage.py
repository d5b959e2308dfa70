"""What can still be read of a damaged project file, row by row into a new one."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from gisapp.io import project_log, project_tables
from gisapp.io.geopackage import REQUIRED_TABLES, SQL_TYPES, create_required, quoted
from gisapp.io.project_database import transaction
from gisapp.io.project_migration import FORMAT, PHOTO_TABLES
from gisapp.model.edit import TableSchema
from gisapp.model.errors import GisError
from gisapp.model.text import tr

MOST_ROWS = 1 << 24  # looked through when a table cannot even say how many rows it has

MOST_TRIES = 20_000  # of reading ever smaller pieces of one table


def salvage(path: Path, fresh: Path, good: Path | None, done: list[str], lost: list[str]) -> bool:
    """Copy what can be read; whether the change log came over whole."""
    whole = True
    with (
        closing(sqlite3.connect(path)) as old,
        closing(sqlite3.connect(good or ":memory:")) as kept,
        closing(sqlite3.connect(fresh, isolation_level=None)) as new,
        transaction(new),
    ):
        old.execute("SELECT count(*) FROM sqlite_master").fetchone()  # else nothing can be read
        old.text_factory = kept.text_factory = lambda raw: raw.decode("utf-8", "replace")
        complete(new, [])
        for name in ("gisapp_project", "gisapp_tables", "gisapp_fields", "gpkg_spatial_ref_sys"):
            _fill(new, name, [old, kept], done, lost)
        for schema in known_schemas(new):
            remake(new, schema)
        for name in ("gisapp_layers", "gisapp_pages", "photos"):
            _fill(new, name, [old, kept], done, lost)
        whole = _fill(new, "gisapp_changes", [old, kept], done, lost)
        with suppress(sqlite3.DatabaseError):  # as far as it goes; it is made anew later
            new.executemany(
                "INSERT OR IGNORE INTO gisapp_change_features VALUES (?, ?, ?)",
                old.execute("SELECT table_name, uuid, number FROM gisapp_change_features"),
            )
        for name in project_tables.schemas(new):
            _fill(new, name, [old, kept], done, lost)
    done.append(tr("readable rows were copied into a new file"))
    return whole


def known_schemas(db: sqlite3.Connection) -> list[TableSchema]:
    """The survey tables as far as they are described; unreadable descriptions come later."""
    try:
        return list(project_tables.schemas(db).values())
    except (sqlite3.DatabaseError, GisError, ValueError):
        return []


def remake(db: sqlite3.Connection, schema: TableSchema) -> None:
    """The empty table of a schema that is noted already, in its place among the tables."""
    position = "SELECT position FROM gisapp_tables WHERE name = ?"
    (place,) = db.execute(position, (schema.name,)).fetchone()
    for register in ("gpkg_geometry_columns", "gpkg_contents"):
        db.execute(f"DELETE FROM {register} WHERE table_name = ?", (schema.name,))
    db.execute("DELETE FROM gisapp_tables WHERE name = ?", (schema.name,))
    project_tables.change_table(db, None, schema)
    db.execute("UPDATE gisapp_tables SET position = ? WHERE name = ?", (place, schema.name))


def _fill(
    new: sqlite3.Connection,
    table: str,
    sources: list[sqlite3.Connection],
    done: list[str],
    lost: list[str],
) -> bool:
    """Copy every row that can be read; what cannot comes from the snapshot, by its row number.

    Whether all of them could.
    """
    columns = [row[1] for row in new.execute(f"PRAGMA table_info({quoted(table)})")]
    listed = ", ".join(map(quoted, columns))
    marks = ", ".join("?" * (len(columns) + 1))
    insert = f"INSERT OR IGNORE INTO {quoted(table)} (rowid, {listed}) VALUES ({marks})"
    damaged, backup = sources
    gaps: list[tuple[int, int]] = []
    taken = {n for (n,) in new.execute(f"SELECT rowid FROM {quoted(table)}")}
    read = 0
    for row in _readable(damaged, table, listed, gaps):
        if new.execute(insert, row).rowcount > 0:
            read += 1
        elif row[0] not in taken:  # without what every row has: torn off
            gaps.append((0, MOST_ROWS))
    if not gaps:
        return True
    gaps = sorted(set(gaps))
    again = 0  # gaps are known once every row was asked for
    with suppress(sqlite3.DatabaseError):
        for low, high in gaps:
            for row in backup.execute(
                f"SELECT rowid, {listed} FROM {quoted(table)} WHERE rowid BETWEEN ? AND ?",
                (low, high),
            ):
                again += max(new.execute(insert, row).rowcount, 0)
    places = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in gaps[:20])
    if again:
        done.append(
            tr("{table}: {n} rows came from the newest snapshot").format(table=table, n=again)
        )
    text = tr("{table}: rows {places} could not be read ({read} could)")
    if gaps[-1][1] == MOST_ROWS:  # nobody knows how many there were
        text = tr("{table}: {read} rows could be read and others could not")
    lost.append(text.format(table=table, places=places, read=read))
    return False


def _readable(
    db: sqlite3.Connection, table: str, listed: str, gaps: list[tuple[int, int]]
) -> Iterator[tuple[Any, ...]]:
    """Rows in order of their number; intervals that cannot be read are halved until they can."""
    sql = f"SELECT rowid, {listed} FROM {quoted(table)} NOT INDEXED"
    try:
        yield from db.execute(sql).fetchall()
        return
    except sqlite3.DatabaseError:
        pass
    try:
        top = db.execute(f"SELECT max(rowid) FROM {quoted(table)} NOT INDEXED").fetchone()[0] or 0
    except sqlite3.DatabaseError:
        top = MOST_ROWS
    unread: list[tuple[int, int]] = []
    waiting = deque([(0, max(top, 1))])  # the widest first, so that the most is read early
    tries = MOST_TRIES
    while waiting:
        low, high = waiting.popleft()
        try:
            yield from db.execute(f"{sql} WHERE rowid BETWEEN ? AND ?", (low, high)).fetchall()
        except sqlite3.DatabaseError:
            tries -= 1
            if low < high and tries > 0:
                middle = (low + high) // 2
                waiting += [(low, middle), (middle + 1, high)]
            else:
                unread.append((low, high))
    for low, high in sorted(unread):
        if gaps and gaps[-1][1] == low - 1:
            gaps[-1] = (gaps[-1][0], high)
        else:
            gaps.append((low, high))


def complete(db: sqlite3.Connection, done: list[str]) -> None:
    """Every table and column a project needs, empty where it was missing."""
    if not _tables(db) & REQUIRED_TABLES.keys():
        create_required(db)
    needed = {**REQUIRED_TABLES, **project_tables.GISAPP_TABLES, **project_log.LOG_TABLES}
    for name in needed.keys() - _tables(db):
        db.execute(needed[name])
        done.append(tr("the table {name} was made anew").format(name=name))
    for sql in project_log.LOG_GUARDS:
        db.execute(sql)
    if "photos" not in _tables(db):
        for sql in PHOTO_TABLES:
            db.execute(sql)
        done.append(tr("the table {name} was made anew").format(name="photos"))
    db.execute("INSERT OR IGNORE INTO gisapp_project VALUES ('format', ?)", (str(FORMAT),))
    # what format 1 added is there now; what later ones add comes when the project is opened
    db.execute("UPDATE gisapp_project SET value = '1' WHERE key = 'format' AND value = '0'")
    for schema in known_schemas(db):
        if schema.name not in _tables(db):
            remake(db, schema)
            done.append(tr("the table {name} was made anew").format(name=schema.name))
        there = {row[1] for row in db.execute(f"PRAGMA table_info({quoted(schema.name)})")}
        for field in schema.fields:
            if field.name not in there:
                db.execute(
                    f"ALTER TABLE {quoted(schema.name)}"
                    f" ADD COLUMN {quoted(field.name)} {SQL_TYPES[field.kind]}"
                )
                done.append(
                    tr("{table}: the field {field} was made anew").format(
                        table=schema.name, field=field.name
                    )
                )


def _tables(db: sqlite3.Connection) -> set[str]:
    return {n for (n,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
