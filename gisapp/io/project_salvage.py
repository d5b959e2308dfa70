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
from gisapp.model.text import tr

MOST_ROWS = 1 << 24  # looked through when a table cannot even say how many rows it has

MOST_TRIES = 20_000  # of reading ever smaller pieces of one table


def salvage(path: Path, fresh: Path, good: Path | None, done: list[str], lost: list[str]) -> None:
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
        for schema in project_tables.schemas(new).values():
            bare = "DELETE FROM gisapp_tables WHERE name = ?"
            position = "SELECT position FROM gisapp_tables WHERE name = ?"
            (place,) = new.execute(position, (schema.name,)).fetchone()
            new.execute(bare, (schema.name,))
            project_tables.change_table(new, None, schema)
            new.execute(
                "UPDATE gisapp_tables SET position = ? WHERE name = ?", (place, schema.name)
            )
        for name in ("gisapp_layers", "gisapp_pages", "photos", "gisapp_changes"):
            _fill(new, name, [old, kept], done, lost)
        for name in project_tables.schemas(new):
            _fill(new, name, [old, kept], done, lost)
    done.append(tr("readable rows were copied into a new file"))


def _fill(
    new: sqlite3.Connection,
    table: str,
    sources: list[sqlite3.Connection],
    done: list[str],
    lost: list[str],
) -> None:
    """Copy every row that can be read; what cannot comes from the snapshot, by its row number."""
    columns = [row[1] for row in new.execute(f"PRAGMA table_info({quoted(table)})")]
    listed = ", ".join(map(quoted, columns))
    marks = ", ".join("?" * (len(columns) + 1))
    insert = f"INSERT OR IGNORE INTO {quoted(table)} (rowid, {listed}) VALUES ({marks})"
    damaged, backup = sources
    gaps: list[tuple[int, int]] = []
    rows = _readable(damaged, table, listed, gaps)
    read = sum(max(new.execute(insert, row).rowcount, 0) for row in rows)
    if not gaps:
        return
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
    lost.append(
        tr("{table}: rows {places} could not be read ({read} could)").format(
            table=table, places=places, read=read
        )
    )


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
    waiting = deque([(1, max(top, 1))])  # the widest first, so that the most is read early
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
    for schema in project_tables.schemas(db).values():
        if schema.name not in _tables(db):
            continue
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
