"""Edits are facts that can be read backwards."""

from __future__ import annotations

import shapely

from gisapp.model.edit import (
    FeatureEdit,
    LayersEdit,
    PagesEdit,
    ProjectEdit,
    Steps,
    TableEdit,
    TableSchema,
    add_features,
    change_feature,
    delete_features,
)
from gisapp.model.features import FeatureId
from gisapp.model.field import Field
from gisapp.model.layer import TABLE, Layer, Source
from gisapp.model.page import Page
from gisapp.model.project import Project
from gisapp.model.style import PointStyle
from gisapp.model.table import GEOMETRY

SCHEMA = TableSchema("outfalls", "EPSG:4490", (Field("name"), Field("flow", "real")))
LAYER = Layer("Outfalls", Source(TABLE, "outfalls"), PointStyle(), role="outfalls")
A, B = FeatureId("A"), FeatureId("B")


def project() -> Project:
    made = Steps(
        "Import",
        (
            TableEdit("Table", None, SCHEMA),
            LayersEdit("Layer", (), (LAYER,)),
            FeatureEdit(
                "Rows",
                "outfalls",
                {A: None},
                {A: {"name": "a", "flow": 1.0, GEOMETRY: shapely.Point(114, 23)}},
            ),
        ),
    )
    return made.apply(Project())


def rows(of: Project):
    table = of.tables["outfalls"]
    return {fid: table.row(fid) for fid in table.ids}


def test_each_edit_undone_gives_back_what_was():
    start = project()
    table = start.tables["outfalls"]
    edits = [
        change_feature("Change", table, A, {"flow": 2.0}),
        add_features("Add", table, {B: {"name": "b", "flow": None, GEOMETRY: None}}),
        delete_features("Delete", table, (A,)),
        LayersEdit("Remove", start.layers, ()),
        PagesEdit("Page", (), (Page("Map"),)),
        ProjectEdit("CRS", ("", start.crs), ("River", "EPSG:4547")),
        TableEdit(
            "Columns",
            SCHEMA,
            TableSchema("outfalls", "EPSG:4490", (*SCHEMA.fields, Field("remark"))),
        ),
    ]
    for edit in edits:
        changed = edit.apply(start)
        assert (rows(changed), changed.layers, changed.pages, changed.crs) != (
            rows(start), start.layers, start.pages, start.crs,
        ), edit.label  # fmt: skip
        back = edit.reversed().apply(changed)
        assert rows(back) == rows(start), edit.label
        assert (back.layers, back.pages, back.crs, back.title) == (
            start.layers, start.pages, start.crs, start.title,
        )  # fmt: skip


def test_steps_are_undone_from_the_last_to_the_first():
    start = project()
    table = start.tables["outfalls"]
    twice = Steps(
        "Twice",
        (
            change_feature("1", table, A, {"name": "one"}),
            FeatureEdit("2", "outfalls", {A: {"name": "one"}}, {A: {"name": "two"}}),
        ),
    )
    changed = twice.apply(start)
    assert rows(changed)[A]["name"] == "two"
    assert rows(twice.reversed().apply(changed)) == rows(start)


def test_an_import_undone_leaves_no_table():
    made = Steps("Import", (TableEdit("Table", None, SCHEMA), LayersEdit("Layer", (), (LAYER,))))
    empty = made.reversed().apply(made.apply(Project()))
    assert dict(empty.tables) == {}
    assert empty.layers == ()
