"""Snapshots: what was handed out never changes, whatever is edited later."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.model import table as table_module
from gisapp.model.features import FeatureId
from gisapp.model.field import Field
from gisapp.model.table import GEOMETRY, FeatureTable

FIELDS = (Field("name"), Field("flow", "real"), Field("open", "boolean"))


def made(n: int = 3) -> FeatureTable:
    rows = {
        FeatureId(f"A{i}"): {
            "name": f"n{i}",
            "flow": float(i),
            "open": bool(i % 2),
            GEOMETRY: shapely.Point(114 + i, 23),
        }
        for i in range(n)
    }
    return FeatureTable.from_rows("outfalls", "EPSG:4490", FIELDS, rows)


def listed(table: FeatureTable) -> dict[str, dict[str, Any]]:
    """Rows by what the arrays say, not by `row`."""
    xy = table.shapes_in(table.crs).coords
    columns = {f.name: table.column(f.name) for f in table.fields}
    found = {}
    for number, fid in enumerate(table.ids):
        row: dict[str, Any] = {name: values[number] for name, values in columns.items()}
        row = {k: None if v != v else v for k, v in row.items()}
        row["xy"] = None if np.isnan(xy[number]).any() else tuple(xy[number])
        found[fid] = row
    return found


def test_a_changed_field_leaves_the_older_snapshot_alone():
    old = made()
    new = old.with_rows({FeatureId("A1"): {"flow": 9.5}})
    assert old.row(FeatureId("A1"))["flow"] == 1.0
    assert new.row(FeatureId("A1"))["flow"] == 9.5
    assert list(old.column("flow")) == [0.0, 1.0, 2.0]
    assert list(new.column("flow")) == [0.0, 9.5, 2.0]


def test_partial_rows_keep_the_other_fields_and_the_place():
    new = made().with_rows({FeatureId("A2"): {"name": "other"}})
    row = new.row(FeatureId("A2"))
    assert (row["name"], row["flow"], row[GEOMETRY].x) == ("other", 2.0, 116)


def test_an_added_row_comes_last_and_a_deleted_one_is_gone():
    table = made().with_rows(
        {FeatureId("A0"): None, FeatureId("B"): {"name": "new", GEOMETRY: shapely.Point(1, 2)}}
    )
    assert list(table.ids) == ["A1", "A2", "B"]
    assert table.row(FeatureId("A0")) is None
    assert FeatureId("A0") not in table
    assert FeatureId("B") in table
    assert listed(table)["B"]["xy"] == (1.0, 2.0)


def test_a_feature_without_a_place_is_kept_and_drawn_nowhere():
    table = made().with_rows({FeatureId("A1"): {GEOMETRY: None}})
    assert len(table) == 3
    assert listed(table)["A1"]["xy"] is None
    moved = table.shapes_in("EPSG:4547")
    assert np.isnan(moved.coords[1]).all()
    assert 1 not in moved.parts_in(moved.extent)


def test_only_what_changed_is_transformed_again():
    table = made()
    first = table.shapes_in("EPSG:4547").coords
    moved = table.with_rows({FeatureId("A1"): {GEOMETRY: shapely.Point(114.5, 23.5)}})
    second = moved.shapes_in("EPSG:4547").coords
    assert (first[[0, 2]] == second[[0, 2]]).all()
    exact = FeatureTable.from_rows(
        "t", "EPSG:4490", (), {FeatureId("x"): {GEOMETRY: shapely.Point(114.5, 23.5)}}
    )
    assert np.allclose(second[1], exact.shapes_in("EPSG:4547").coords[0])


def test_new_columns_are_empty_and_old_ones_kept():
    table = made().with_rows({FeatureId("A1"): {"flow": 7.0}})
    wider = table.with_fields((*FIELDS, Field("remark")))
    assert wider.row(FeatureId("A1")) == {**table.row(FeatureId("A1")), "remark": None}


def test_the_frame_says_the_same():
    frame = made().with_rows({FeatureId("A1"): {"flow": None}}).frame
    assert frame.crs.to_epsg() == 4490
    assert list(frame.index) == ["A0", "A1", "A2"]
    assert np.isnan(frame.loc["A1", "flow"])
    assert frame.loc["A2", "geometry"].x == 116


IDS = st.sampled_from([FeatureId(f"A{i}") for i in range(6)])
ROWS = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {},
        optional={
            "name": st.sampled_from(["x", "y", None]),
            "flow": st.one_of(st.none(), st.floats(-5, 5)),
            GEOMETRY: st.one_of(
                st.none(), st.builds(shapely.Point, st.floats(0, 9), st.floats(0, 9))
            ),
        },
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.dictionaries(IDS, ROWS, min_size=1, max_size=4), max_size=8), st.booleans())
def test_any_history_gives_what_a_plain_dictionary_gives(history, compact):
    """Against the simplest model of a table there is; also when every step is laid in."""
    table, plain = made(4), {f"A{i}": made(4).row(FeatureId(f"A{i}")) for i in range(4)}
    before = table_module.COMPACT_AFTER
    table_module.COMPACT_AFTER = 0 if compact else before
    try:
        for rows in history:
            table = table.with_rows(rows)
            for fid, row in rows.items():
                if row is None:
                    plain.pop(fid, None)
                else:
                    nothing = dict.fromkeys(["name", "flow", "open", GEOMETRY])
                    plain[fid] = {**plain.get(fid, nothing), **row}
    finally:
        table_module.COMPACT_AFTER = before
    assert {fid: table.row(fid) for fid in table.ids} == plain
    assert listed(table) == {
        fid: {
            **{k: v for k, v in row.items() if k != GEOMETRY},
            "xy": None if row[GEOMETRY] is None else (row[GEOMETRY].x, row[GEOMETRY].y),
        }
        for fid, row in plain.items()
    }
