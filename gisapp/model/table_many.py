"""Very many rows laid into the arrays of a table at once, column by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.model.column_rows import GEOMETRY, ColumnRows
from gisapp.model.features import Column, FeatureId, Row, Rows
from gisapp.model.field import Field
from gisapp.model.table_block import Block, array_of, texts, xy_of


def with_many(block: Block, fields: tuple[Field, ...], rows: Rows) -> Block:
    """Whole rows of very many features would take long to make: only what is given is laid in."""
    if isinstance(rows, ColumnRows):
        return _with_columns(block, fields, rows)
    numbers: list[int] = []
    changed: list[Row] = []
    gone: list[int] = []
    new: dict[FeatureId, Row] = {}
    for fid, row in rows.items():
        number = block.positions.get(fid)
        if number is None:
            if row is not None:
                new[fid] = row
        elif row is None:
            gone.append(number)
        else:
            numbers.append(number)
            changed.append(row)
    names = {name for row in changed for name in row}
    keep = np.ones(len(block.ids), bool)
    keep[gone] = False
    given = {name for row in new.values() for name in row}

    def laid(base: npt.NDArray[Any], key: str) -> npt.NDArray[Any]:
        if key in names:
            base = base.copy()
            there = [n for n, row in zip(numbers, changed, strict=True) if key in row]
            values = [row[key] for row in changed if key in row]
            if key == GEOMETRY:
                base[there] = np.array([xy_of(place) for place in values]).reshape(-1, 2)
            else:
                base[there] = array_like(base, values)
        return base[keep] if gone else base

    columns, tail = {}, len(new)
    for field in fields:
        name = field.name
        columns[name] = laid(block.columns[name], name)
        if tail:
            more = (row.get(name) for row in new.values())
            added = array_of(field, more, tail) if name in given else nothing(field, tail)
            columns[name] = np.concatenate([columns[name], added])
    xy, ids = laid(block.xy, GEOMETRY), laid(block.ids, "")
    if tail:
        places = [xy_of(row.get(GEOMETRY)) for row in new.values()]
        xy = np.concatenate([xy, np.array(places, np.float64).reshape(-1, 2)])
        ids = np.concatenate([ids, texts(new)])
    return Block(ids, columns, xy).looked_up_like(block)


def _with_columns(block: Block, fields: tuple[Field, ...], rows: ColumnRows) -> Block:
    positions = block.positions
    numbers = np.array([positions.get(fid, -1) for fid in rows.ids], np.int64)
    there = numbers >= 0
    places, tail = numbers[there], int((~there).sum())
    kept, new = there.tolist(), (~there).tolist()

    def part(values: Sequence[Any], which: list[bool]) -> Sequence[Any]:
        return values if all(which) else list(compress(values, which))

    columns: dict[str, Column] = {}
    for field in fields:
        name = field.name
        base, given = block.columns[name], rows.columns.get(name)
        if given is not None and len(places):
            base = base.copy()
            base[places] = array_like(base, part(given, kept))
        if tail:
            more = nothing(field, tail) if given is None else array_like(base, part(given, new))
            base = np.concatenate([base, more])
        columns[name] = base
    xy, ids = block.xy, block.ids
    if rows.xy is not None and len(places):
        xy = xy.copy()
        xy[places] = rows.xy[there]
    if tail:
        added = np.full((tail, 2), np.nan) if rows.xy is None else rows.xy[~there]
        xy = np.concatenate([xy, added])
        ids = np.concatenate([ids, texts(part(rows.ids, new))])
    return Block(ids, columns, xy).looked_up_like(block)


def array_like(base: npt.NDArray[Any], values: Sequence[Any]) -> npt.NDArray[Any]:
    """Values of rows as the array holds them; None is NaN among numbers."""
    if base.dtype == object:
        return np.fromiter(values, object, len(values))
    return np.array(values, base.dtype)


def nothing(field: Field, n: int) -> Column:
    """A column in which nothing stands."""
    made: Column = np.full(n, np.nan) if field.kind == "real" else np.full(n, None, object)
    return made


def rows_of(
    ids: Sequence[FeatureId],
    columns: Mapping[str, npt.NDArray[Any]],
    xy: npt.NDArray[np.float64],
) -> ColumnRows:
    """Whole rows out of arrays, as `FeatureTable.row` gives one: NaN among numbers is None."""
    listed: dict[str, Sequence[Any]] = {}
    for name, column in columns.items():
        if column.dtype == np.float64 and np.isnan(column).any():
            listed[name] = [None if v != v else v for v in column.tolist()]
        else:
            listed[name] = column.tolist()
    return ColumnRows(ids, listed, xy)
