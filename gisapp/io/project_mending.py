"""Values that SQLite reads and the program cannot: bytes that are no text, words for numbers."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from gisapp.io.geopackage import quoted, srs_id
from gisapp.io.photo_files import hash_of, photo_files, photo_path
from gisapp.io.project_document import bookmarks_from, scheme_from
from gisapp.io.project_json import from_data
from gisapp.io.project_log import LOG_GUARDS
from gisapp.io.project_migration import FORMAT
from gisapp.io.project_tables import register_table, schemas
from gisapp.model.errors import GisError
from gisapp.model.field import Field, FieldKind
from gisapp.model.layer import Layer
from gisapp.model.page import Page
from gisapp.model.text import tr

DOCUMENTS: tuple[tuple[str, str, str, type[Any]], ...] = (
    ("gisapp_fields", "field", "name", Field),
    ("gisapp_layers", "layer", "name", Layer),
    ("gisapp_pages", "page", "title", Page),
)
LOG = "gisapp_changes"
TYPES: dict[FieldKind, tuple[str, ...]] = {  # SQLite's, that a field's column may hold
    "text": ("text",),
    "choice": ("text",),
    "list": ("text",),
    "date": ("text",),
    "integer": ("integer",),
    "boolean": ("integer",),
    "real": ("real", "integer"),
}


def mend(db: sqlite3.Connection, done: list[str]) -> list[str]:
    """Empty or take out what cannot be read, and name it. For a copy that nobody has open."""
    for sql in LOG_GUARDS:
        db.execute(f"DROP TRIGGER IF EXISTS {sql.split()[5]}")
    named: list[str] = []
    for table in (
        *(name for name, *_ in DOCUMENTS),
        "gisapp_project",
        "gisapp_tables",
        LOG,
        "photos",
    ):
        named += _decoded(db, table, _columns(db, table), keep=True)
    for table, column, name, kind in DOCUMENTS:
        named += _no_documents(db, table, column, name, partial(from_data, kind))
    named += _no_documents(db, LOG, "tables", "label", tuple, emptied="[]")
    for schema in schemas(db).values():
        named += _decoded(db, schema.name, ["uuid", *_columns(db, schema.name)], keep=False)
    named += _wrong_kinds(db)
    for sql in LOG_GUARDS:
        db.execute(sql)
    named += _unreadable_value(db, "bookmarks", bookmarks_from)
    named += _unreadable_value(db, "scheme", scheme_from)
    key = "SELECT value FROM gisapp_project WHERE key = 'format'"
    if not str((db.execute(key).fetchone() or ("",))[0]).isdecimal():
        db.execute("INSERT OR REPLACE INTO gisapp_project VALUES ('format', ?)", (str(FORMAT),))
        done.append(tr("the number of the format was set to {n}").format(n=FORMAT))
    return named


def _unreadable_value(
    db: sqlite3.Connection, key: str, read: Callable[[str], Any]
) -> Iterator[str]:
    """Views or states that cannot be read are taken out: the program has its own."""
    found = db.execute("SELECT value FROM gisapp_project WHERE key = ?", (key,)).fetchone()
    if found is None:
        return
    try:
        read(found[0])
    except (GisError, ValueError, TypeError):
        db.execute("DELETE FROM gisapp_project WHERE key = ?", (key,))
        yield _name("gisapp_project", key, "value")


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in db.execute(f"PRAGMA table_info({quoted(table)})")]


def _decoded(
    db: sqlite3.Connection, table: str, columns: list[str], *, keep: bool
) -> Iterator[str]:
    """Bytes that are no UTF-8: what of it is letters is kept, in fields of a survey nothing."""
    usual, db.text_factory = db.text_factory, bytes
    try:
        for column in dict.fromkeys(columns):
            sql = f"SELECT rowid, {quoted(column)} FROM {quoted(table)}"
            wrong = []
            for number, raw in db.execute(f"{sql} WHERE typeof({quoted(column)}) = 'text'"):
                try:
                    raw.decode()
                except UnicodeDecodeError:
                    wrong.append((number, raw.decode("utf-8", "replace")))
            for number, text in wrong:
                value = text if keep or column == "uuid" else None
                db.execute(
                    f"UPDATE OR IGNORE {quoted(table)} SET {quoted(column)} = ? WHERE rowid = ?",
                    (value, number),
                )
                whose = str(number) if keep else _uuid(db, table, number)
                yield _name(table, whose, column)
    finally:
        db.text_factory = usual


def _uuid(db: sqlite3.Connection, table: str, number: int) -> str:
    sql = f"SELECT uuid FROM {quoted(table)} WHERE rowid = ?"
    [found] = db.execute(sql, (number,)).fetchone()
    return found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found)


def _name(table: str, whose: str, column: str) -> str:
    return tr("{table}, {fid}, {field}: the value could not be read").format(
        table=table, fid=whose, field=column
    )


def _no_documents(
    db: sqlite3.Connection,
    table: str,
    column: str,
    name: str,
    read: Callable[[Any], Any],
    emptied: str | None = None,
) -> Iterator[str]:
    rows = db.execute(f"SELECT rowid, {quoted(name)}, {quoted(column)} FROM {table}").fetchall()
    for number, title, text in rows:
        try:
            read(json.loads(text))
        except (GisError, ValueError, TypeError, AttributeError):
            if emptied is None:
                db.execute(f"DELETE FROM {table} WHERE rowid = ?", (number,))
            else:
                sql = f"UPDATE {table} SET {quoted(column)} = ? WHERE rowid = ?"
                db.execute(sql, (emptied, number))
            yield _name(table, str(title), column)


def _wrong_kinds(db: sqlite3.Connection) -> Iterator[str]:
    for schema in schemas(db).values():
        table, there = quoted(schema.name), _columns(db, schema.name)
        for field in schema.fields:
            if field.name not in there:
                continue
            column = quoted(field.name)
            allowed = ", ".join(f"'{kind}'" for kind in ("null", *TYPES[field.kind]))
            wrong = f"SELECT uuid FROM {table} WHERE typeof({column}) NOT IN ({allowed})"
            fids = [fid for (fid,) in db.execute(wrong).fetchall()]
            if fids:
                db.execute(
                    f"UPDATE {table} SET {column} = NULL WHERE typeof({column}) NOT IN ({allowed})"
                )
            for fid in fids:
                yield _name(schema.name, str(fid), field.name)


def register_layers(db: sqlite3.Connection, done: list[str]) -> None:
    """Each survey table as other programs find it: listed, with its geometry and its system."""
    for schema in schemas(db).values():
        if not schema.crs:
            listed = "SELECT 1 FROM gpkg_contents WHERE table_name = ?"
            if db.execute(listed, (schema.name,)).fetchone() is None:
                register_table(db, schema)
                done.append(tr("{table} was registered as a layer again").format(table=schema.name))
            continue
        number = srs_id(db, schema.crs)
        wanted = (schema.name, number)
        listed = "SELECT table_name, srs_id FROM {} WHERE table_name = ?"
        for register in ("gpkg_contents", "gpkg_geometry_columns"):
            found = db.execute(listed.format(register), (schema.name,)).fetchone()
            if found == wanted:
                continue
            if found is not None:
                db.execute(f"UPDATE {register} SET srs_id = ? WHERE table_name = ?", wanted[::-1])
            elif register == "gpkg_contents":
                db.execute(
                    "INSERT OR REPLACE INTO gpkg_contents"
                    " (table_name, data_type, identifier, srs_id) VALUES (?, 'features', ?, ?)",
                    (schema.name, schema.name, number),
                )
            else:
                db.execute(
                    "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'POINT', ?, 0, 0)",
                    wanted,
                )
            done.append(tr("{table} was registered as a layer again").format(table=schema.name))


def photos_again(db: sqlite3.Connection, folder: Path, done: list[str], lost: list[str]) -> None:
    """Photos that lie in the folder under their own hash are registered; others are named."""
    known = {}
    for number, file, name, sha256 in db.execute(
        "SELECT rowid, file, name, sha256 FROM photos"
    ).fetchall():
        digest = ""
        try:
            path = photo_path(folder, file)
            known[file] = name
            digest = hash_of(path)
        except GisError:  # no name a photo can have; its file is found below
            db.execute("DELETE FROM photos WHERE rowid = ?", (number,))
        except OSError:
            pass
        if digest == file.partition(".")[0] != sha256:
            db.execute("UPDATE OR IGNORE photos SET sha256 = ? WHERE rowid = ?", (digest, number))
        elif digest != sha256:
            text = tr("the photo {name} ({file}) is missing or was changed")
            lost.append(text.format(name=name, file=file))
    added = 0
    for path in photo_files(folder):
        digest = path.name.partition(".")[0]
        try:
            own = path == photo_path(folder, path.name) and hash_of(path) == digest
        except (GisError, OSError):
            own = False
        if own and path.name not in known:
            db.execute(
                "INSERT OR IGNORE INTO photos (sha256, file, name, bytes, added_at)"
                " VALUES (?, ?, ?, ?, strftime('%Y-%m-%dT%H:%M:%fZ','now'))",
                (digest, path.name, path.name, path.stat().st_size),
            )
            added += 1
    if added:
        done.append(tr("{n} photos were registered again").format(n=added))
