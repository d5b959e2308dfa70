"""Deliveries by name: kept in the project, made again, their rows, names and places."""

from __future__ import annotations

import csv
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.app.delivery_choice import (
    chosen_rows,
    deliver_by,
    deliveries_of,
    delivery_named,
    delivery_problems,
    file_of,
    forget_edit,
    keep_edit,
    kept_filters,
)
from gisapp.app.table_view import ColumnFilter
from gisapp.io.delivery import NAME_BYTES, short_names
from gisapp.io.delivery_place import unused_path
from gisapp.io.project_json import edit_from_data, edit_to_data
from gisapp.io.vector import read_source
from gisapp.model.errors import ParameterError
from gisapp.model.progress import Silent
from gisapp.model.project import Project
from gisapp.model.saved_delivery import DeliveryColumn, SavedDelivery
from tests.survey_project import survey_project

COLUMNS = (
    DeliveryColumn("name", "排污口名称"),
    DeliveryColumn("code_local", "编码"),
    DeliveryColumn("conductivity_us_cm"),
    DeliveryColumn("discharging", "正在排放"),
)


def project() -> Project:
    rows = {
        "a": {"name": "甲排口", "code_local": "001", "state": "closed", "county": "东县",
              "conductivity_us_cm": 1.5, "discharging": True},
        "b": {"name": "乙排口", "code_local": "002", "state": "suspected", "county": "西县"},
        "c": {"name": "丙𠮷排口", "code_local": "=1", "state": "closed", "county": "西县"},
    }  # fmt: skip
    return survey_project(rows)


def test_a_delivery_is_kept_changed_and_forgotten_by_its_name():
    one = project()
    first = SavedDelivery(" 省厅月报 ", kind=".shp")
    edit = keep_edit(one, first)
    assert edit_from_data(edit_to_data(edit)) == edit
    kept = edit.apply(one)
    assert [d.name for d in deliveries_of(kept)] == ["省厅月报"]
    again = keep_edit(kept, replace(first, name="省厅月报", encoding="gbk")).apply(kept)
    assert [d.encoding for d in deliveries_of(again)] == ["gbk"]
    assert delivery_named(again, "省厅月报").kind == ".shp"
    gone = forget_edit(again, "省厅月报").apply(again)
    assert gone.scheme is None
    assert edit.reversed().apply(kept).scheme is None
    with pytest.raises(ParameterError, match="no delivery"):
        delivery_named(gone, "省厅月报")


@pytest.mark.parametrize("name", ["", "  ", "x" * 61])
def test_a_delivery_needs_a_name(name):
    with pytest.raises(ParameterError):
        keep_edit(project(), SavedDelivery(name))


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"kind": ".doc"}, "kind"),
        ({"encoding": "big5"}, "encoding"),
        ({"crs": "EPSG:999999"}, "crs"),
        ({"crs": "EPSG:4544", "notation": "dms", "kind": ".csv"}, "notation"),
        ({"template": "lost"}, "template"),
        ({"columns": (DeliveryColumn("gone"),)}, "columns"),
        ({"columns": (DeliveryColumn("name", "x"), DeliveryColumn("code_local", "X"))}, "columns"),
        ({"columns": (DeliveryColumn("name", "feature_id"),)}, "columns"),
        ({"rows": "states"}, "states"),
        ({"rows": "states", "states": ("lost",)}, "states"),
        ({"file": "a/b?.shp"}, "file"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_written(tmp_path, changes, part):
    one = replace(SavedDelivery("x"), **changes)
    assert [found[0] for found in delivery_problems(project(), one)] == [part]
    with pytest.raises(ParameterError):
        deliver_by(project(), one, tmp_path / f"x{one.kind}")
    assert list(tmp_path.iterdir()) == []


def test_a_system_in_metres_is_no_fault_where_places_are_always_degrees():
    one = SavedDelivery("x", kind=".kmz", crs="EPSG:999999", notation="dms")
    assert delivery_problems(project(), one) == []


def test_rows_by_state_by_selection_and_as_filtered():
    one = project()
    states = SavedDelivery("x", rows="states", states=("closed",))
    assert chosen_rows(one, states) == (frozenset("ac"), "State: Closed")
    selected = SavedDelivery("x", rows="selected")
    assert chosen_rows(one, selected, ["b", "lost"])[0] == frozenset("b")
    asked = (
        ("county", ColumnFilter(values=frozenset(["西县"]))),
        ("state", ColumnFilter("is", "Closed")),
    )
    filtered = SavedDelivery("x", rows="filtered", filters=kept_filters(asked))
    assert chosen_rows(one, filtered)[0] == frozenset("c")
    assert chosen_rows(one, SavedDelivery("x"))[0] is None


def test_without_rows_nothing_is_written(tmp_path):
    with pytest.raises(ParameterError, match="No outfall"):
        deliver_by(project(), SavedDelivery("x", rows="selected"), tmp_path / "x.xlsx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("encoding", "cut"), [("gbk", "排污口名称"), ("utf-8", "排污口")])
def test_a_shapefile_has_chinese_names_as_far_as_they_go(tmp_path, encoding, cut):
    one = SavedDelivery("x", kind=".shp", encoding=encoding, columns=COLUMNS, crs="EPSG:4544",
                        notation="metres", rows="states", states=("closed",))  # fmt: skip
    path = tmp_path / "new" / "x.shp"
    done = deliver_by(project(), one, path)
    assert (done.rows, done.crs) == (2, "EPSG:4544")
    assert {p.suffix for p in done.files} == {".shp", ".shx", ".dbf", ".prj", ".cpg", ".csv"}
    assert all(p.exists() for p in done.files)
    found = read_source(path, {}, Silent())
    names = [f.name for f in found.fields]
    assert names == [
        "feature_id",
        cut,
        "编码",
        "conductivi",
        "正在排放" if encoding == "gbk" else "正在排",
    ]
    assert found.column("编码").tolist() == ["001", "=1"]
    assert found.crs == "EPSG:4544"
    assert np.all(found.shapes.coords > 100_000)
    assert any("→" in note for note in done.notes)
    assert any("Yes and no" in note for note in done.notes)
    assert ["GBK" in w for w in done.warnings] == ([True] if encoding == "gbk" else [])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=14), max_size=12, unique=True), st.sampled_from(["GBK", "UTF-8"]))
def test_short_names_are_short_and_each_once(names, encoding):
    short = list(short_names(names, encoding).values())
    assert len({one.upper() for one in short}) == len(names)
    for one in short:
        assert 0 < len(one.encode(encoding)) <= NAME_BYTES


def test_chosen_fields_in_sheets_and_maps(tmp_path):
    one = SavedDelivery("x", kind=".csv", columns=COLUMNS[:2], notation="dms")
    deliver_by(project(), one, tmp_path / "x.csv")
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["feature_id", "Longitude", "Latitude", "排污口名称", "编码"]
    assert "°" in rows[1][1]
    assert rows[3][4] == "'=1"
    deliver_by(project(), replace(one, kind=".xlsx", notation="decimal"), tmp_path / "x.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx").worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    assert heads[1:3] == ["排污口名称", "编码"]
    assert len(heads) == 5
    deliver_by(project(), replace(one, kind=".kmz"), tmp_path / "x.kmz")
    with zipfile.ZipFile(tmp_path / "x.kmz") as package:
        text = package.read("doc.kml").decode()
    assert '<SimpleData name="排污口名称">甲排口</SimpleData>' in text
    deliver_by(project(), replace(one, kind=".geojson"), tmp_path / "x.geojson")
    first = json.loads((tmp_path / "x.geojson").read_text("utf-8"))["features"][0]
    assert first["properties"] == {"feature_id": "a", "排污口名称": "甲排口", "编码": "001"}


def test_the_file_says_the_day_and_nothing_is_written_over(tmp_path):
    one = SavedDelivery("x", kind=".shp", file="out/报送_{month}")
    path = file_of(one, tmp_path, "2026-11-22")
    assert path == tmp_path / "out" / "报送_2026-11.shp"
    assert unused_path(path) == path
    path.parent.mkdir()
    path.touch()
    assert unused_path(path).name == "报送_2026-11 (2).shp"
    assert (
        file_of(replace(one, file="a_{date}.shp"), tmp_path, "2026-11-22").name
        == "a_2026-11-22.shp"
    )
    with pytest.raises(ParameterError, match="does not say where"):
        file_of(SavedDelivery("x"), tmp_path, "2026-11-22")


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    from gisapp.model.errors import WriteError

    (tmp_path / "file").touch()
    with pytest.raises(WriteError):
        deliver_by(project(), SavedDelivery("x"), tmp_path / "file" / "x.xlsx")


def test_a_file_of_the_name_is_found_by_path(tmp_path):
    away = SavedDelivery("x", kind=".csv", file=str(Path(tmp_path) / "y.csv"))
    assert file_of(away, None, "2026-11-22") == tmp_path / "y.csv"
