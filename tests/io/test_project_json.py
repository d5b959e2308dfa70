"""Values written as JSON come back the same; what is unknown is kept, not guessed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from shapely import Point

from gisapp.io.json_pieces import text_pieces
from gisapp.io.project_json import (
    edit_from_data,
    edit_to_data,
    from_data,
    from_text,
    register_style,
    style_from_data,
    style_to_data,
    to_data,
    to_text,
)
from gisapp.model.bookmark import Bookmark
from gisapp.model.edit import (
    BookmarksEdit,
    FeatureEdit,
    LayersEdit,
    PagesEdit,
    ProjectEdit,
    Steps,
    TableEdit,
    TableSchema,
)
from gisapp.model.errors import ReadError
from gisapp.model.geometry import Extent
from gisapp.model.geometry import Point as Place
from gisapp.model.layer import Layer, Source
from gisapp.model.page import Page
from gisapp.model.style import (
    AreaStyle,
    Category,
    LineStyle,
    PictureStyle,
    PointStyle,
    Style,
    ThermalStyle,
    UnknownStyle,
)
from gisapp.model.survey import OUTFALL_FIELDS, OUTFALL_STYLE


def through_text(data: Any) -> Any:
    return json.loads(to_text(data))


@pytest.mark.parametrize(
    "style",
    [
        OUTFALL_STYLE,
        PointStyle(),
        LineStyle("#123456", 2, "discharge", "name"),
        AreaStyle(by="class", categories=(Category("I", "One", "一", "#fff", "square"),)),
        ThermalStyle("magma", -5, 30.5),
        PictureStyle(),
    ],
)
def test_styles(style: Style) -> None:
    again = style_from_data(through_text(style_to_data(style)))
    assert (type(again), again) == (type(style), style)


def test_an_unknown_style_is_written_back_unchanged() -> None:
    data = {"style": "rings.RingStyle", "values": {"rings": 3, "colors": ["#fff", {"a": None}]}}
    style = style_from_data(data)
    assert isinstance(style, UnknownStyle)
    assert through_text(style_to_data(style)) == data


@pytest.mark.parametrize("values", [{"ramp": 5}, {"low": "x"}, {"newer": 1}, {"low": True}])
def test_a_style_with_other_values_is_kept_as_data(values: dict[str, Any]) -> None:
    style = style_from_data({"style": "ThermalStyle", "values": values})
    assert isinstance(style, UnknownStyle)
    assert style_to_data(style) == {"style": "ThermalStyle", "values": values}


def test_plugins_register_their_styles() -> None:
    @dataclass(frozen=True)
    class RingStyle(Style):
        rings: int = 2

    with pytest.raises(TypeError, match="register_style"):
        style_to_data(RingStyle())
    register_style(RingStyle, "rings.RingStyle")
    assert style_to_data(RingStyle(5)) == {"style": "rings.RingStyle", "values": {"rings": 5}}
    assert style_from_data({"style": "rings.RingStyle", "values": {"rings": 5}}) == RingStyle(5)


ROW = {"name": "北", "flow": 0.1, "n": 3, "b": True, "none": None, "geometry": Point(1.1, 2.2)}


@pytest.mark.parametrize(
    "edit",
    [
        FeatureEdit("加", "t", {"A": None, "B": None}, {"A": ROW, "B": {**ROW, "geometry": None}}),
        FeatureEdit(
            "Change", "t", {"A": {"n": 1}, "B": {"name": ""}}, {"A": {"n": 2}, "B": {"name": "x"}}
        ),
        FeatureEdit("Mixed", "t", {"A": ROW, "B": None}, {"A": None, "B": ROW}),
        FeatureEdit("Nothing", "t", {}, {}),
        FeatureEdit("No values", "t", {"A": {}}, {"A": {}}),
        LayersEdit(
            "L", (), (Layer("R", Source("gpkg", "r.gpkg", (("layer", "a"),)), LineStyle()),)
        ),
        PagesEdit("P", (Page(),), (Page("x", "A3", False, Extent(1, 2, 3, 4)),)),
        BookmarksEdit("B", (), (Bookmark("桥", Place(113.5, 23.1), 5000.0, 30.0, "EPSG:4490"),)),
        ProjectEdit("T", ("", "EPSG:4490"), ("题", "EPSG:4547")),
        TableEdit("New", None, TableSchema("t", "EPSG:4490", OUTFALL_FIELDS)),
        TableEdit("Drop", TableSchema("t", "EPSG:4490", ()), None),
    ],
)
def test_edits(edit: Any) -> None:
    assert edit_from_data(through_text(edit_to_data(edit))) == edit
    assert json.loads("".join(text_pieces(edit_to_data(edit)))) == edit_to_data(edit)
    steps = Steps("All", (edit, edit.reversed()))
    assert edit_from_data(through_text(edit_to_data(steps))) == steps


def test_nothing_has_one_spelling() -> None:
    import numpy as np

    rows = {"A": {"x": np.float64("nan"), "y": np.int64(3), "geometry": Point()}}
    edit = edit_from_data(through_text(edit_to_data(FeatureEdit("", "t", {"A": None}, rows))))
    assert edit.after == {"A": {"x": None, "y": 3, "geometry": None}}


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"edit": "features", "label": "", "before": {}, "after": {}},
        {"edit": "layers", "label": "", "before": [], "after": [{"name": 3}]},
        {"edit": "dance", "label": "", "before": 1, "after": 2},
        {"edit": "project", "label": "", "before": ["a"], "after": ["a", "b"]},
    ],
)
def test_what_is_no_edit_is_said_so(data: Any) -> None:
    with pytest.raises(ReadError):
        edit_from_data(data)


def test_a_page_or_layer_that_does_not_fit() -> None:
    for kind, data in (
        (Page, {"paper": "A7"}),
        (Page, {"extent": [1, 2, 3]}),
        (Page, []),
        (Layer, {"name": "x"}),
        (Layer, {"name": "x", "source": {"format": "a", "path": "b"}, "style": 3}),
    ):
        with pytest.raises(ReadError, match="The project file holds"):
            from_data(kind, data)
    assert from_data(Page, {**to_data(Page("x", id="p")), "newer": 1}) == Page("x", id="p")


def test_an_edit_of_another_kind_is_a_bug() -> None:
    with pytest.raises(TypeError):
        edit_to_data(object())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data",
    [
        {},
        [],
        "text",
        None,
        3.5,
        {"a": {}},
        {"a": {"b": {"c": [1, {"d": "}"}]}}, "e": '{"', "f": {}},
        {"one": {}, "two": {"three": '"}{,:[]'}},
        {"before": {"none": ["a", "b"]}, "after": {"ids": [], "columns": {}}},
    ],
)
def test_text_is_read_as_it_was_written_in_pieces_or_at_once(data: Any) -> None:
    assert from_text(to_text(data)) == data
    assert from_text("".join(text_pieces(data))) == data
    assert from_text(json.dumps(data, indent=1)) == data


@pytest.mark.parametrize("text", ["", "{", '{"a"', '{"a":', '{"a":1', '{"a":1,}', '{"a":1}}', "x"])
def test_text_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_text(text)


def test_no_piece_of_several_large_edits_is_large() -> None:
    ids = [f"id {n}" for n in range(12_000)]
    part = {"edit": "features", "before": {"none": ids}, "after": {"ids": ids, "columns": {}}}
    pieces = list(text_pieces({"edit": "steps", "parts": [part, part]}))
    assert max(map(len, pieces)) < 6000 * len('"id 12000",')
    assert from_text("".join(pieces)) == {"edit": "steps", "parts": [part, part]}


@pytest.mark.parametrize("text", ['[{"a":1}', '[{"a":1}}', '[{"a":1},', '[{"a":1}, {"b":2}]', "[{"])
def test_lists_of_objects_are_read_as_json_reads_them(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(ValueError, match="line 1"):
            from_text(text)
    else:
        assert from_text(text) == expected
