"""Survey tables in the project file: made, changed, filled and read.

A table whose system is empty holds rows without a place: an attribute table of the GeoPackage.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any

import numpy as np

from gisapp.io.geopackage import (
    SQL_TYPES,
    place_blobs,
    point_blobs,
    points_xy,
    quoted,
    srs_id,
    stored_column,
)
from gisapp.io.project_json import from_data, to_data, to_text
from gisapp.model.column_rows import ColumnRows
from gisapp.model.edit import FeatureEdit, TableSchema
from gisapp.model.errors import WriteError
from gisapp.model.features import FeatureId, Row
from gisapp.model.field import Field
from gisapp.model.progress import Progress, Silent
from gisapp.model.table import GEOMETRY
from gisapp.model.text import tr

OWN_COLUMNS = ("fid", "uuid", "geom")
OWN_TABLES = ("gpkg_", "gisapp_", "sqlite_", "rtree_", "photos")
CHUNK = 5000  # rows written together

GISAPP_TABLES = {
    "gisapp_project": "CREATE TABLE gisapp_project (key TEXT NOT NULL PRIMARY KEY, value TEXT)",
    "gisapp_tables": """CREATE TABLE gisapp_tables (
        position INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, crs TEXT NOT NULL)""",
    "gisapp_fields": """CREATE TABLE gisapp_fields (
        table_name TEXT NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL,
        field TEXT NOT NULL, PRIMARY KEY (table_name, name))""",
    "gisapp_layers": """CREATE TABLE gisapp_layers (
        position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT, layer TEXT NOT NULL)""",
    "gisapp_pages": """CREATE TABLE gisapp_pages (
        position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT, page TEXT NOT NULL)""",
}


def schemas(db: sqlite3.Connection) -> dict[str, TableSchema]:
    """The survey tables in their order."""
    found = {}
    for name, crs in db.execute("SELECT name, crs FROM gisapp_tables ORDER BY position"):
        rows = db.execute(
            "SELECT field FROM gisapp_fields WHERE table_name = ? ORDER BY position", (name,)
        )
        fields = tuple(from_data(Field, json.loads(text)) for (text,) in rows)
        found[name] = TableSchema(name, crs, fields)
    return found


def change_table(
    db: sqlite3.Connection, before: TableSchema | None, after: TableSchema | None
) -> None:
    """Make a table, drop it or change its columns."""
    if after is None:
        assert before is not None
        _drop(db, before.name)
        return
    _check_names(after)
    if before is None:
        _make(db, after)
    else:
        _change_columns(db, before, after)
    _write_fields(db, after)


def _check_names(schema: TableSchema) -> None:
    names = [f.name.lower() for f in schema.fields]
    taken = [n for n in names if n in (*OWN_COLUMNS, GEOMETRY) or names.count(n) > 1]
    if taken or schema.name.lower().startswith(OWN_TABLES):
        raise WriteError(
            tr("The name {name} is already taken").format(name=taken[0] if taken else schema.name),
            hint=tr("Choose another name."),
        )


def _make(db: sqlite3.Connection, schema: TableSchema) -> None:
    name, place = schema.name, " geom POINT," if schema.crs else ""
    columns = "".join(f", {quoted(f.name)} {SQL_TYPES[f.kind]}" for f in schema.fields)
    db.execute(
        f"CREATE TABLE {quoted(name)} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,"
        f"{place} uuid TEXT NOT NULL UNIQUE"
        f" DEFAULT (lower(hex(randomblob(16)))){columns})"
    )
    register_table(db, schema)
    db.execute("INSERT INTO gisapp_tables (name, crs) VALUES (?, ?)", (name, schema.crs))


def register_table(db: sqlite3.Connection, schema: TableSchema) -> None:
    """Tell other programs of the table, and of its geometry if it has one."""
    srs = srs_id(db, schema.crs) if schema.crs else None
    db.execute(
        "INSERT OR REPLACE INTO gpkg_contents (table_name, data_type, identifier, srs_id)"
        " VALUES (?, ?, ?, ?)",
        (schema.name, "attributes" if srs is None else "features", schema.name, srs),
    )
    if srs is not None:
        db.execute(
            "INSERT OR REPLACE INTO gpkg_geometry_columns VALUES (?, 'geom', 'POINT', ?, 0, 0)",
            (schema.name, srs),
        )


def _drop(db: sqlite3.Connection, name: str) -> None:
    (left,) = db.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()
    if left:
        raise WriteError(tr("The table {name} is not empty").format(name=name))
    db.execute(f"DROP TABLE {quoted(name)}")
    for register in ("gpkg_geometry_columns", "gpkg_contents", "gisapp_fields"):
        db.execute(f"DELETE FROM {register} WHERE table_name = ?", (name,))
    db.execute("DELETE FROM gisapp_tables WHERE name = ?", (name,))


def _change_columns(db: sqlite3.Connection, before: TableSchema, after: TableSchema) -> None:
    old = {f.name: SQL_TYPES[f.kind] for f in before.fields}
    new = {f.name: SQL_TYPES[f.kind] for f in after.fields}
    for name in new.keys() & old.keys():
        if new[name] != old[name]:
            raise WriteError(
                tr("The field {name} cannot become another kind").format(name=name),
                hint=tr("Add a new field and copy the values."),
            )
    for name in old.keys() - new.keys():
        db.execute(f"ALTER TABLE {quoted(after.name)} DROP COLUMN {quoted(name)}")
    for name, kind in new.items():
        if name not in old:
            db.execute(f"ALTER TABLE {quoted(after.name)} ADD COLUMN {quoted(name)} {kind}")


def _write_fields(db: sqlite3.Connection, schema: TableSchema) -> None:
    db.execute("DELETE FROM gisapp_fields WHERE table_name = ?", (schema.name,))
    db.executemany(
        "INSERT INTO gisapp_fields VALUES (?, ?, ?, ?)",
        [(schema.name, n, f.name, to_text(to_data(f))) for n, f in enumerate(schema.fields)],
    )


# Rows


def change_rows(
    db: sqlite3.Connection,
    edit: FeatureEdit,
    schema: TableSchema,
    srs: int,
    progress: Progress | None = None,
) -> None:
    """Write the rows of an edit. Raises WriteError when they are not as the edit found them."""
    columns = {f.name: f for f in schema.fields}
    writing = _Writing(db, edit, progress or Silent())
    table = quoted(schema.name)
    if not isinstance(edit.after, ColumnRows):
        gone = [(fid,) for fid, row in edit.after.items() if row is None]
        sql = f"DELETE FROM {table} WHERE uuid = ?"
        parts = (gone[start : start + CHUNK] for start in range(0, len(gone), CHUNK))
        _exactly(writing.run(sql, parts), gone, schema)
    for new, keys, rows in _alike(edit):
        if not schema.crs:
            keys -= {GEOMETRY}
        unknown = keys - columns.keys() - {GEOMETRY}
        if unknown:
            raise WriteError(
                tr("The table {table} has no field {name}").format(
                    table=schema.name, name=min(unknown)
                )
            )
        order = [k for k in (GEOMETRY, *columns) if k in keys]
        names = ["geom" if k == GEOMETRY else k for k in order]
        fields = [(k, columns.get(k)) for k in order]
        values = (
            _columns_for_sqlite(rows, fields, srs)
            if isinstance(rows, ColumnRows)
            else _for_sqlite(rows, fields, srs)
        )
        if new:
            listed = ", ".join(quoted(n) for n in (*names, "uuid"))
            marks = ", ".join("?" * (len(names) + 1))
            sql = f"INSERT INTO {table} ({listed}) VALUES ({marks})"
        else:
            listed = ", ".join(f"{quoted(n)} = ?" for n in names) or "uuid = uuid"
            sql = f"UPDATE {table} SET {listed} WHERE uuid = ?"
        _exactly(writing.run(sql, values), rows, schema)


class _Writing:
    """Runs a statement for many rows, some at a time, and says how far the edit is."""

    def __init__(self, db: sqlite3.Connection, edit: FeatureEdit, progress: Progress) -> None:
        self._db, self._progress, self._label = db, progress, edit.label
        self._total, self._done = max(len(edit.after), 1), 0

    def run(self, sql: str, chunks: Iterable[Iterable[tuple[Any, ...]]]) -> int:
        """How many rows of the table it met."""
        met = 0
        for chunk in chunks:
            self._progress.report(min(self._done / self._total, 1.0), self._label)
            met += self._db.executemany(sql, chunk).rowcount
            self._done += CHUNK
        return met


def _for_sqlite(
    rows: list[tuple[FeatureId, Row]], order: list[tuple[str, Field | None]], srs: int
) -> Iterator[Iterable[tuple[Any, ...]]]:
    """The values of each row in the given order, then its id; worked out column by column."""
    for start in range(0, len(rows), CHUNK):
        ids, chunk = zip(*rows[start : start + CHUNK], strict=True)
        values = [
            point_blobs([row[key] for row in chunk], srs)
            if field is None
            else stored_column(field, [row[key] for row in chunk])
            for key, field in order
        ]
        yield zip(*values, ids, strict=True)


def _columns_for_sqlite(
    rows: ColumnRows, order: list[tuple[str, Field | None]], srs: int
) -> Iterator[Iterable[tuple[Any, ...]]]:
    """The same of rows that are columns already."""
    for start in range(0, len(rows), CHUNK):
        part = slice(start, start + CHUNK)
        values: list[Sequence[Any]] = []
        for key, field in order:
            if field is not None:
                values.append(stored_column(field, list(rows.columns[key][part])))
            elif rows.xy is not None:
                values.append(place_blobs(rows.xy[part], srs))
        yield zip(*values, rows.ids[part], strict=True)


def _alike(
    edit: FeatureEdit,
) -> Iterable[tuple[bool, frozenset[str], list[tuple[FeatureId, Row]] | ColumnRows]]:
    """Rows in order, in runs that one statement can write: new or not, and the same fields."""
    if isinstance(edit.after, ColumnRows):
        news = _news(edit)
        if len(news) == 1:
            place = () if edit.after.xy is None else (GEOMETRY,)
            yield news.pop(), frozenset((*edit.after.columns, *place)), edit.after
            return
    new, keys = False, frozenset[str]()
    run: list[tuple[FeatureId, Row]] = []
    for fid, row in edit.after.items():
        if row is None:
            continue
        is_new = edit.before.get(fid) is None
        if run and (is_new != new or row.keys() != keys):
            yield new, keys, run
            run = []
        if not run:
            new, keys = is_new, frozenset(row)
        run.append((fid, row))
    if run:
        yield new, keys, run


def _news(edit: FeatureEdit) -> set[bool]:
    """Whether the rows were not there before; one answer where all are alike."""
    before = edit.before
    if isinstance(before, ColumnRows):
        if before.keys() >= edit.after.keys():
            return {False}
    elif not any(row is not None for row in before.values()):
        return {True}
    return {before.get(fid) is None for fid in edit.after}


def _exactly(met: int, rows: Sized, schema: TableSchema) -> None:
    if met != len(rows):
        raise WriteError(
            tr("A feature of {table} is not there any more").format(table=schema.name),
            hint=tr("Look at the feature again: it was removed meanwhile."),
        )


def write_extents(db: sqlite3.Connection, names: Iterable[str]) -> None:
    """The rectangle of each table of places, as other programs expect to find it."""
    placed = {n for (n,) in db.execute("SELECT name FROM gisapp_tables WHERE crs <> ''")}
    for name in placed.intersection(names):
        blobs = [blob for (blob,) in db.execute(f"SELECT geom FROM {quoted(name)}")]
        xy = points_xy(blobs)
        xy = xy[~np.isnan(xy).any(axis=1)]
        box = (None,) * 4 if not len(xy) else (*xy.min(axis=0).tolist(), *xy.max(axis=0).tolist())
        db.execute(
            "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?"
            " WHERE table_name = ?",
            (*box, name),
        )


def touch(db: sqlite3.Connection, names: Iterable[str]) -> None:
    db.executemany(
        "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ','now')"
        " WHERE table_name = ?",
        [(name,) for name in names],
    )
