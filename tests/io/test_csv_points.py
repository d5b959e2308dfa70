"""Points from delimited text, as written by people and machines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gisapp.io.csv_points import columns_of_place
from gisapp.io.gathered import MissingCrsError
from gisapp.io.vector import list_layers, read_features
from gisapp.model.errors import ReadError


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("names", "place"),
    [
        (["id", "lon", "lat"], ("lon", "lat")),
        (["纬度", "经度", "名称"], ("经度", "纬度")),
        (["排口经度(°)", "排口纬度(°)"], ("排口经度(°)", "排口纬度(°)")),
        (["LONGITUDE", "Latitude"], ("LONGITUDE", "Latitude")),
        (["lon_wgs", "lat_wgs"], ("lon_wgs", "lat_wgs")),
        (["X", "Y"], ("X", "Y")),
        (["横坐标", "纵坐标"], ("横坐标", "纵坐标")),
        (["名称", "经纬度"], ("经纬度",)),
        (["name", "value"], None),
        (["year", "max"], None),
    ],
)
def test_columns_with_the_place_are_recognised(
    names: list[str], place: tuple[str, ...] | None
) -> None:
    assert columns_of_place(names) == place


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_encoding_and_delimiter_are_found(tmp_path: Path, encoding: str, mark: str) -> None:
    rows = [["编码", "名称", "经度", "纬度"], ["007", "排口", "113.5", "23.1"]]
    text = "\r\n".join(mark.join(row) for row in rows)
    found = read_features(write(tmp_path / "a.csv", text, encoding))
    assert found.crs == "EPSG:4490"
    assert found.row(found.ids[0]) == {"编码": "007", "名称": "排口", "经度": 113.5, "纬度": 23.1}
    assert found.shapes.coords.tolist() == [[113.5, 23.1]]


def test_codes_stay_text_and_numbers_become_numbers(tmp_path: Path) -> None:
    text = (
        "lon,lat,code,credit,count,flow,below\n"
        "1,2,0012,913100001322077774,3,1.5,0.01L\n"
        "1,2,0450,913100001322077775,,--,0.2\n"
    )
    found = read_features(write(tmp_path / "a.csv", text))
    assert list(found.column("code")) == ["0012", "0450"]
    assert list(found.column("credit")) == ["913100001322077774", "913100001322077775"]
    assert list(found.column("count")) == [3, None]
    np.testing.assert_equal(found.column("flow"), [1.5, np.nan])
    assert list(found.column("below")) == ["0.01L", "0.2"]


def test_degrees_minutes_and_seconds(tmp_path: Path) -> None:
    text = "经度,纬度\n113°30′00″E,23°06′00″N\n113度30分0秒,２３.１\n,\nabc,23\n"
    found = read_features(write(tmp_path / "a.csv", text))
    np.testing.assert_allclose(found.shapes.coords, [[113.5, 23.1], [113.5, 23.1]])
    assert found.shapes.owner.tolist() == [0, 1]
    assert "Lines with coordinates that cannot be read: 5" in found.warnings
    assert "1 features have no place" in found.warnings


def test_degrees_minutes_and_seconds_in_columns_of_their_own(tmp_path: Path) -> None:
    text = "名称,经度度,经度分,经度秒,纬度度,纬度分,纬度秒\n甲,113,30,0,23,6,0\n"
    found = read_features(write(tmp_path / "a.csv", text), options={"x": "经度度", "y": "纬度度"})
    np.testing.assert_allclose(found.shapes.coords, [[113.5, 23.1]])


def test_both_coordinates_in_one_cell(tmp_path: Path) -> None:
    text = '名称,坐标\n甲,"113.5,23.1"\n乙,N23.2 E113.6\n'
    found = read_features(write(tmp_path / "a.csv", text))
    np.testing.assert_allclose(found.shapes.coords, [[113.5, 23.1], [113.6, 23.2]])


def test_titles_above_the_header_are_skipped(tmp_path: Path) -> None:
    text = "某流域排口台账,,\n单位：个,,\n名称,经度,纬度\n甲,113.5,23.1\n"
    found = read_features(write(tmp_path / "a.csv", text))
    assert [f.name for f in found.fields] == ["名称", "经度", "纬度"]
    assert len(found) == 1


def test_decimal_commas(tmp_path: Path) -> None:
    found = read_features(write(tmp_path / "a.csv", "lon;lat;v\n10,5;50,25;1,5\n"))
    assert found.shapes.coords.tolist() == [[10.5, 50.25]]
    assert list(found.column("v")) == [1.5]


def test_metres_ask_for_their_system(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "x,y\n433000,2556000\n")
    with pytest.raises(MissingCrsError):
        read_features(path)
    assert read_features(path, crs="EPSG:4547").shapes.coords.tolist() == [[433000.0, 2556000.0]]


def test_well_known_text(tmp_path: Path) -> None:
    text = 'name;WKT\na;"LINESTRING (0 0, 1 1)"\nb;\n'
    found = read_features(write(tmp_path / "a.csv", text), crs="EPSG:4326")
    assert (found.shapes.kind, len(found)) == ("line", 2)


def test_uneven_lines_are_named(tmp_path: Path) -> None:
    found = read_features(write(tmp_path / "a.csv", "lon,lat,v\n1,2,3\n1,2\n1,2,3,4\n1,2,3,\n"))
    assert len(found) == 4
    assert "Lines with another number of values: 3, 4" in found.warnings


def test_without_coordinates_the_hint_lists_the_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "name,value\na,1\n")
    with pytest.raises(ReadError, match="no columns with coordinates") as caught:
        read_features(path)
    assert "name, value" in caught.value.hint
    with pytest.raises(ReadError, match="no column east"):
        read_features(path, options={"x": "east", "y": "value"})
    assert list_layers(path)[0].name == "a"


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"lon,lat\n\xff\xff\xff,1\n")
    with pytest.raises(ReadError, match="neither UTF-8 nor GB18030"):
        read_features(tmp_path / "a.csv")


@pytest.mark.real_data
def test_the_stations_of_taihu(shared_data: Path) -> None:
    found = read_features(
        shared_data / "rivers/taihu/stations_snapped_subset.csv", options={"id": "station_id"}
    )
    row = found.row(found.ids[0])
    assert row is not None
    assert (len(found), row["name"]) == (30, "太浦河桥")
