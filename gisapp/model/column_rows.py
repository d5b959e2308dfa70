"""Very many rows with the same fields, kept column by column: what large imports are made of.

A row is made when somebody asks for it; applying, writing and logging such rows never does.
"""

from __future__ import annotations

from collections.abc import ItemsView as AnyItems
from collections.abc import Iterator, Mapping, Sequence, ValuesView
from hashlib import sha1
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.model.features import FeatureId, Row, Rows

GEOMETRY = "geometry"  # the key of a row's place
AT_ONCE = 2000  # rows made together
MANY = 1000  # rows; more are kept column by column


class ColumnRows(Mapping[FeatureId, Row]):
    """Rows by id, in order. Equal to the dict of the same rows.

    `columns`: field → one value a row (None: nothing). `xy`: n x 2 in the system of the table,
    NaN where a row has no place (one that is not finite is none); None when the rows say nothing
    of their places. Nobody may change the lists afterwards.
    """

    __slots__ = ("_numbers", "columns", "ids", "xy")

    def __init__(
        self,
        ids: Sequence[FeatureId],
        columns: Mapping[str, Sequence[Any]],
        xy: npt.NDArray[np.float64] | None = None,
    ) -> None:
        if any(len(column) != len(ids) for column in columns.values()):
            raise ValueError("every column has one value a row")
        if xy is not None and xy.shape != (len(ids), 2):
            raise ValueError("every row has one place")
        if xy is not None:
            nowhere: npt.NDArray[np.bool_] = ~np.asarray(np.isfinite(xy).all(axis=1))
            if not np.isnan(xy[nowhere]).all():
                xy = np.where(nowhere[:, None], np.nan, xy)
        self.ids, self.columns, self.xy = ids, columns, xy
        self._numbers: dict[FeatureId, int] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[FeatureId]:
        return iter(self.ids)

    def __eq__(self, other: object) -> bool:
        """As two dicts of the rows; without making any where both are columns in one order."""
        if not isinstance(other, ColumnRows) or list(self.ids) != list(other.ids):
            return Mapping.__eq__(self, other)
        names = self.columns.keys()
        if names != other.columns.keys() or (self.xy is None) is not (other.xy is None):
            return not len(self)
        if any(list(self.columns[name]) != list(other.columns[name]) for name in names):
            return False
        here, there = self.xy, other.xy
        return here is None or there is None or np.array_equal(here, there, equal_nan=True)

    def __contains__(self, fid: object) -> bool:
        return fid in self._places()

    def __getitem__(self, fid: FeatureId) -> Row:
        number = self._places()[fid]
        row = {name: column[number] for name, column in self.columns.items()}
        if self.xy is not None:
            x, y = self.xy[number].tolist()
            row[GEOMETRY] = None if x != x or y != y else shapely.Point(x, y)
        return row

    def items(self) -> AnyItems[FeatureId, Row]:
        return _Items(self)

    def values(self) -> ValuesView[Row]:
        return _Values(self)

    def rows(self) -> Iterator[Row]:
        """In order; some at a time, so that a place costs little."""
        names = (*self.columns, *(() if self.xy is None else (GEOMETRY,)))
        for start in range(0, len(self.ids), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            columns: list[Sequence[Any]] = [column[part] for column in self.columns.values()]
            if self.xy is not None:
                columns.append(points_of(self.xy[part]))
            if not columns:
                yield from ({} for _ in self.ids[part])
            for values in zip(*columns, strict=True):
                yield dict(zip(names, values, strict=True))

    def _places(self) -> dict[FeatureId, int]:
        if self._numbers is None:
            self._numbers = {fid: number for number, fid in enumerate(self.ids)}
        return self._numbers


class _Items(AnyItems[FeatureId, Row]):
    _mapping: ColumnRows

    def __iter__(self) -> Iterator[tuple[FeatureId, Row]]:
        return zip(self._mapping.ids, self._mapping.rows(), strict=True)


class _Values(ValuesView[Row]):
    _mapping: ColumnRows

    def __iter__(self) -> Iterator[Row]:
        return self._mapping.rows()


def points_of(xy: npt.NDArray[np.float64]) -> list[Any]:
    """A shapely Point for each place, None for NaN."""
    points = shapely.points(xy)
    points[~np.isfinite(xy).all(axis=1)] = None
    made: list[Any] = points.tolist()
    return made


def as_columns(rows: Rows) -> Rows:
    """The same rows column by column where they are very many with the same fields; else as given.

    Rows that are points with fields, as somebody would write them by hand, take several times as
    long to apply, write and log one by one.
    """
    if isinstance(rows, ColumnRows) or len(rows) <= MANY:
        return rows
    listed = [row for row in rows.values() if isinstance(row, dict)]
    if len(listed) != len(rows) or set(map(len, listed)) != {len(listed[0])}:
        return rows
    try:
        columns = {name: [row[name] for row in listed] for name in listed[0]}
    except KeyError:
        return rows
    places, xy = columns.pop(GEOMETRY, None), None
    if places is not None:
        if not set(map(type, places)) <= {shapely.Point, type(None)}:
            return rows
        xy = np.empty((len(places), 2))
        for start in range(0, len(places), AT_ONCE):
            part = np.array(places[start : start + AT_ONCE], object)
            part[shapely.is_empty(part)] = None
            xy[start : start + AT_ONCE, 0] = shapely.get_x(part)
            xy[start : start + AT_ONCE, 1] = shapely.get_y(part)
    return ColumnRows(list(rows), columns, xy)


def without_empty(columns: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """Only the columns in which something stands: the others need not be written or logged."""
    return {
        name: values
        for name, values in columns.items()
        if any(value is not None for value in values)
    }


def named_ids(space: UUID, names: Sequence[str]) -> list[FeatureId]:
    """`str(uuid5(space, name))` of each name (RFC 9562, version 5), several times as fast."""
    start, found = sha1(space.bytes, usedforsecurity=False), []
    for name in names:
        made = start.copy()
        made.update(name.encode())
        h = made.hexdigest()
        variant = "89ab"[int(h[16], 16) & 3]
        found.append(FeatureId(f"{h[:8]}-{h[8:12]}-5{h[13:16]}-{variant}{h[17:20]}-{h[20:32]}"))
    return found
