"""Rows kept column by column are the same rows: read, applied, logged, undone."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point

from gisapp.io.project_json import rows_from_data, rows_to_data
from gisapp.model import table as tables
from gisapp.model.column_rows import ColumnRows, as_columns, named_ids, without_empty
from gisapp.model.edit import delete_features
from gisapp.model.field import Field
from gisapp.model.table import GEOMETRY, FeatureTable

FIELDS = (Field("name"), Field("flow", "real"), Field("count", "integer"))
VALUES = {
    "name": st.none() | st.sampled_from(["甲", "乙", ""]),
    "flow": st.none() | st.floats(-9, 9),
    "count": st.none() | st.integers(0, 9),
}


@st.composite
def column_rows(draw: Any, ids: tuple[str, ...] = ("A", "B", "C", "D", "E")) -> ColumnRows:
    chosen = draw(st.lists(st.sampled_from(ids), unique=True))
    names = draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True))
    n = len(chosen)
    columns = {k: draw(st.lists(VALUES[k], min_size=n, max_size=n)) for k in names}
    xy = None
    if draw(st.booleans()):
        number = st.floats(-9, 9) | st.just(float("nan"))
        place = st.tuples(number, number)
        places = draw(st.lists(place, min_size=n, max_size=n))
        xy = np.array(places, np.float64).reshape(-1, 2)
    return ColumnRows(chosen, columns, xy)


def start() -> FeatureTable:
    rows = {k: {"name": k, "flow": None, "count": 1, GEOMETRY: Point(1, 2)} for k in "ABX"}
    return FeatureTable.from_rows("t", "EPSG:4490", FIELDS, rows)


def content(table: FeatureTable) -> list[tuple[str, Any]]:
    return [(fid, table.row(fid)) for fid in table.ids]


@given(column_rows())
def test_they_are_equal_to_the_dict_of_the_same_rows(rows: ColumnRows) -> None:
    plain = dict(rows.items())
    assert rows == plain
    assert plain == rows
    assert (list(rows), list(rows.values())) == (list(plain), list(plain.values()))
    assert all(rows[fid] == row and fid in rows for fid, row in plain.items())
    assert "nobody" not in rows
    assert rows.get("nobody") is None


@given(rows=column_rows())
def test_applying_them_is_applying_the_dict(rows: ColumnRows) -> None:
    with pytest.MonkeyPatch.context() as patched:
        one_by_one = start().with_rows(dict(rows.items()))
        patched.setattr(tables, "COMPACT_AFTER", -1)
        by_column = start().with_rows(rows)
        many = start().with_rows(dict(rows.items()))
        assert content(by_column) == content(many) == content(one_by_one)
        gone = delete_features("Delete", by_column, tuple(by_column.ids))
    assert isinstance(gone.before, ColumnRows)
    assert dict(gone.before) == dict(content(by_column))


@given(column_rows())
def test_the_log_brings_them_back(rows: ColumnRows) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("gisapp.io.project_json.MANY", -1)
        found = rows_from_data(rows_to_data(rows))
        if rows:
            assert isinstance(found, ColumnRows)
        assert found == rows
    assert rows_from_data(rows_to_data(rows)) == rows


@given(column_rows(), column_rows())
def test_two_are_equal_where_their_rows_are(rows: ColumnRows, others: ColumnRows) -> None:
    assert (rows == others) is (dict(rows.items()) == dict(others.items()))
    same = ColumnRows(list(rows), dict(rows.columns), None if rows.xy is None else rows.xy.copy())
    assert rows == same


@given(column_rows())
def test_rows_written_by_hand_become_columns(rows: ColumnRows) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("gisapp.model.column_rows.MANY", 0)
        plain = dict(rows.items())
        found = as_columns(plain)
        assert isinstance(found, ColumnRows) is bool(plain)
        assert found == plain
        assert as_columns(rows) is rows
        for odd in (None, {"other": 1}, {**next(iter(plain.values()), {}), "more": 1}):
            mixed = {**plain, "Y": odd, "Z": {"third": 1, "fourth": 2, "fifth": 3}}
            assert as_columns(mixed) is mixed


def test_places_that_are_no_points_stay_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gisapp.model.column_rows.MANY", 0)
    line = {"A": {GEOMETRY: LineString([(0, 0), (1, 1)])}}
    assert as_columns(line) is line
    none = as_columns({"A": {GEOMETRY: None}, "B": {GEOMETRY: Point()}})
    assert dict(none) == {"A": {GEOMETRY: None}, "B": {GEOMETRY: None}}


def test_columns_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one value a row"):
        ColumnRows(["A"], {"name": []})
    with pytest.raises(ValueError, match="one place"):
        ColumnRows(["A"], {}, np.zeros((2, 2)))


def test_empty_columns_are_left_out() -> None:
    given_columns = {"a": [None, None], "b": [None, ""], "c": [0, None]}
    assert without_empty(given_columns) == {"b": [None, ""], "c": [0, None]}


@given(st.uuids(), st.lists(st.text(max_size=9)))
def test_named_ids_are_those_of_the_standard(space: UUID, names: list[str]) -> None:
    assert named_ids(space, names) == [str(uuid5(space, name)) for name in names]
