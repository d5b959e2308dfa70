"""Survey tables read from the project file."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.io.geopackage import points_xy, quoted
from gisapp.model.collecting import nothing_collected
from gisapp.model.edit import TableSchema
from gisapp.model.features import Column
from gisapp.model.field import Field
from gisapp.model.survey import OUTFALL_ID
from gisapp.model.table import FeatureTable

FIRST = 1000  # rows that tell which fields are filled
FETCHED = 1000  # rows read together: more would not stay in the processor's memory


def read_table(
    db: sqlite3.Connection, schema: TableSchema, known: Mapping[str, str] | None = None
) -> FeatureTable:
    """All rows of a survey table, in the order they were added.

    `known`: ids of outfalls, so that rows that belong to them share them.
    """
    table = quoted(schema.name)
    count, filled = _filled(db, schema)
    fields = [f for f in schema.fields if f.name in filled]
    names = "".join(f", {quoted(f.name)}" for f in fields)
    ids = np.empty(count, object)
    xy = np.full((count, 2), np.nan)
    # Columns in which nothing stands, often most of them, are one array and are not read
    empty = {True: np.full(count, np.nan), False: np.full(count, None, object)}
    columns: dict[str, Column] = {f.name: empty[f.kind == "real"] for f in schema.fields}
    for f in fields:
        columns[f.name] = np.empty(count, np.float64 if f.kind == "real" else object)
    place = "geom" if schema.crs else "NULL"
    rows = db.execute(f"SELECT uuid, {place}{names} FROM {table} ORDER BY fid")
    start = 0
    same: dict[str, dict[Any, Any]] = {}  # by field: one copy of each word that comes again
    with nothing_collected():
        while chunk := rows.fetchmany(FETCHED):
            uuids, blobs, *values = zip(*chunk, strict=True)
            part = slice(start, start + len(chunk))
            ids[part] = uuids
            if schema.crs:
                xy[part] = points_xy(list(blobs))
            for field, column in zip(fields, values, strict=True):
                if start == 0 and _comes_again(field, column):
                    same[field.name] = {}
                if known is not None and field.name == OUTFALL_ID:
                    columns[field.name][part] = list(map(known.get, column, column))
                else:
                    columns[field.name][part] = _loaded(field, column, same.get(field.name))
            start += len(chunk)
    return FeatureTable.from_arrays(schema.name, schema.crs, schema.fields, ids, columns, xy)


def _filled(db: sqlite3.Connection, schema: TableSchema) -> tuple[int, set[str]]:
    """How many rows there are, and the fields in which something stands.

    The first rows tell of most fields; only the others are looked for in every row.
    """
    table, found = quoted(schema.name), set[str]()
    for source in (f"(SELECT * FROM {table} ORDER BY fid LIMIT {FIRST})", table):
        names = [f.name for f in schema.fields if f.name not in found]
        counted = "".join(f", count({quoted(name)})" for name in names)
        count, *filled = db.execute(f"SELECT count(*){counted} FROM {source}").fetchone()
        found.update(name for name, n in zip(names, filled, strict=True) if n)
    return count, found


def _comes_again(field: Field, values: tuple[Any, ...]) -> bool:
    """Whether the first values say that most words of a field are written more than once."""
    if field.kind in ("choice", "date"):
        return True
    return field.kind in ("text", "list") and 2 * len(set(values)) < len(values)


_BOOLEANS = {0: False, 1: True}
_DATES = {str, type(None)}


def _loaded(
    field: Field, values: tuple[Any, ...], same: dict[Any, Any] | None
) -> tuple[Any, ...] | list[Any] | npt.NDArray[np.float64]:
    if field.kind == "real":
        return np.array(values, np.float64)
    if field.kind == "boolean":
        return list(map(_BOOLEANS.get, values))
    if field.kind == "date" and not set(map(type, values)) <= _DATES:
        # another program wrote a number
        values = tuple(None if value is None else str(value) for value in values)
    return values if same is None else list(map(same.setdefault, values, values))
