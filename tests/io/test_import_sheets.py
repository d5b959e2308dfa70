"""Files of survey teams as sheets of text."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pytest

from gisapp.io.import_maps import description_values
from gisapp.io.import_sheets import read_sheet
from gisapp.io.recipe import Recipe, read_recipe, write_recipe
from gisapp.model.errors import ReadError
from gisapp.model.progress import Silent
from tests.app.survey_files import write_book, write_csv


def test_cells_of_a_workbook_are_what_was_typed(tmp_path: Path) -> None:
    day = datetime.date(2026, 5, 1)
    rows = [
        ["编码", "日期", "值"],
        ["001", day, 12.5],
        [7, day, 3],
        [123456789012345678, None, None],
    ]
    _, sheet = read_sheet(write_book(tmp_path / "a.xlsx", {"台账": rows}), Silent())
    code, date, value = sheet.columns
    assert code.tolist() == ["编码", "001", "7", "123456789012345677"] or code[3].startswith(
        "12345"
    )
    assert date.tolist()[1:3] == ["2026-05-01", "2026-05-01"]
    assert value.tolist()[1:3] == ["12.5", "3"]
    assert sheet.numeric[0].tolist() == [False, False, True, True]
    assert sheet.numbers.tolist() == [1, 2, 3, 4]


def test_rows_keep_the_numbers_of_the_file(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active["B4"], book.active["C4"], book.active["B5"] = "编码", "名称", "A1"
    book.active.merge_cells("B6:C6")
    book.save(tmp_path / "a.xlsx")
    _, sheet = read_sheet(tmp_path / "a.xlsx", Silent())
    at = [n for n in range(len(sheet)) if "A1" in [c[n] for c in sheet.columns]]
    assert [int(sheet.numbers[n]) for n in at] == [5]
    [(top, left, _, right)] = sheet.merged
    assert int(sheet.numbers[0]) + top == 6
    assert right - left == 1


def test_the_fullest_sheet_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    sheets = {"说明": [["填表说明"]], "台账": [["编码", "名称"], ["1", "2"], ["3", "4"]]}
    facts, sheet = read_sheet(write_book(tmp_path / "a.xlsx", sheets), Silent())
    assert sheet.name == "台账"
    assert facts.sheets == ("说明", "台账")
    with pytest.raises(ReadError, match="no sheet"):
        read_sheet(tmp_path / "a.xlsx", Silent(), "别的")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    path = write_csv(tmp_path / "a.csv", [["编码", "名称"], ["001", "白果坪排口"]], encoding)
    _, sheet = read_sheet(path, Silent())
    assert sheet.head(2) == [["编码", "名称"], ["001", "白果坪排口"]]


def test_long_text_keeps_the_lines_of_the_file(tmp_path: Path) -> None:
    rows = [["台账"], [], ["编码", "名称"], *[[f"{n:05}", f"排口{n}"] for n in range(500)]]
    _, sheet = read_sheet(write_csv(tmp_path / "a.csv", rows), Silent())
    at = sheet.columns[0].tolist().index("00400")
    assert int(sheet.numbers[at]) == 404
    assert sheet.columns[1][at] == "排口400"


def test_uneven_text_and_breaks_in_cells(tmp_path: Path) -> None:
    rows = [["编码", "名称"], *[[str(n), f"a\nb{n}"] for n in range(100)], ["x"], ["y", "z", "w"]]
    _, sheet = read_sheet(write_csv(tmp_path / "a.csv", rows), Silent())
    assert sheet.columns[0].tolist()[-2:] == ["x", "y"]
    assert sheet.columns[2].tolist()[-1] == "w"
    assert sheet.columns[1].tolist()[1] == "a\nb0"


def test_waypoints_of_gpx(tmp_path: Path) -> None:
    path = tmp_path / "a.gpx"
    path.write_text(
        '<gpx xmlns="http://www.topografix.com/GPX/1/1"><wpt lat="30.5" lon="104.5"><name>P1</name>'
        "<time>2026-05-01T08:00:00Z</time></wpt></gpx>",
        "utf-8",
    )
    _, sheet = read_sheet(path, Silent())
    assert sheet.places is not None
    assert sheet.places.tolist() == [[104.5, 30.5]]
    assert sheet.names == ("name", "time")
    path.write_text("<gpx></gpx>", "utf-8")
    with pytest.raises(ReadError):
        read_sheet(path, Silent())


def test_an_entity_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gpx"
    path.write_text('<!DOCTYPE gpx [<!ENTITY a "b">]><gpx><wpt lat="1" lon="2">&a;</wpt></gpx>')
    with pytest.raises(ReadError):
        read_sheet(path, Silent())


def test_tables_in_descriptions_of_kml_are_columns(tmp_path: Path) -> None:
    table = "<table><tr><td>编码</td><td>001</td></tr><tr><td>名称</td><td>北排口</td></tr></table>"
    path = tmp_path / "a.kml"
    path.write_text(
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>P</name>'
        f"<description><![CDATA[{table}]]></description>"
        "<Point><coordinates>104.5,30.5</coordinates></Point></Placemark></Document></kml>",
        "utf-8",
    )
    _, sheet = read_sheet(path, Silent())
    said = dict(zip(sheet.names, (c[0] for c in sheet.columns), strict=True))
    assert said["编码"] == "001"
    assert said["名称"] == "北排口"
    assert np.allclose(sheet.places, [[104.5, 30.5]])


def test_descriptions_as_lines() -> None:
    assert description_values("编码：001<br>名称: 北排口") == {"编码": "001", "名称": "北排口"}


@pytest.mark.parametrize(("encoding", "cpg"), [("gbk", False), ("utf-8", False), ("gbk", True)])
def test_a_shapefile_without_cpg(tmp_path: Path, encoding: str, cpg: bool) -> None:
    import geopandas as gpd

    frame = gpd.GeoDataFrame(
        {"名称": ["白果坪排口"]}, geometry=gpd.points_from_xy([104.5], [30.5]), crs=4490
    )
    path = tmp_path / "a.shp"
    frame.to_file(path, encoding=encoding, engine="pyogrio")
    if not cpg:
        path.with_suffix(".cpg").unlink()
    _, sheet = read_sheet(path, Silent())
    assert sheet.names == ("名称",)
    assert sheet.columns[0].tolist() == ["白果坪排口"]


def test_a_locked_or_broken_workbook_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK\x03\x04 not a workbook")
    with pytest.raises(ReadError, match=r"a\.xlsx"):
        read_sheet(path, Silent())


def test_a_recipe_is_read_as_it_was_written(tmp_path: Path) -> None:
    recipe = Recipe({"column.编码": "code_local", "row.4": "skip"}, ("编码",), "月报")
    kept = recipe.for_next_time(("编码", "名称"))
    write_recipe(tmp_path / "a.json", kept)
    assert read_recipe(tmp_path / "a.json") == kept
    assert "row.4" not in kept.answers


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"gisapp_import_recipe": 9, "answers": {}}',
     '{"gisapp_import_recipe": 1, "answers": {"a": 1}}'],
)  # fmt: skip
def test_what_is_no_recipe_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(ReadError, match=r"a\.json"):
        read_recipe(path)
