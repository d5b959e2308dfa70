"""Reading features from files as people bring them."""

from __future__ import annotations

import http.server
import json
import sqlite3
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gisapp.io.gathered import MissingCrsError
from gisapp.io.shapes import ShapeCollector
from gisapp.io.vector import list_layers, read_features
from gisapp.model.errors import ReadError
from gisapp.model.progress import Cancelled, Silent

NAMES = ["入河口", "排污口甲", None]
POINTS = [shapely.Point(113.5, 23.1), shapely.Point(113.6, 23.2), shapely.Point(113.7, 23.3)]


def frame(geometry: list | None = None, crs: str | None = "EPSG:4490") -> gpd.GeoDataFrame:
    columns = {
        "名称": NAMES,
        "code": ["007", "010", "x"],
        "flow": [1.5, np.nan, 2.0],
        "n": [1, 2, 3],
    }
    return gpd.GeoDataFrame(columns, geometry=geometry or POINTS, crs=crs)


@pytest.mark.parametrize(
    ("name", "driver"),
    [
        ("a.gpkg", "GPKG"),
        ("a.shp", "ESRI Shapefile"),
        ("a.geojson", "GeoJSON"),
        ("a.fgb", "FlatGeobuf"),
    ],
)
def test_the_same_features_from_every_format(tmp_path: Path, name: str, driver: str) -> None:
    options = {"SPATIAL_INDEX": "NO"} if driver == "FlatGeobuf" else {}
    crs = "EPSG:4326" if driver == "GeoJSON" else "EPSG:4490"
    frame(crs=crs).to_file(tmp_path / name, driver=driver, **options)
    found = read_features(tmp_path / name)
    assert found.crs == crs
    assert len(found) == 3
    assert found.shapes.kind == "point"
    assert found.shapes.coords.tolist() == [[113.5, 23.1], [113.6, 23.2], [113.7, 23.3]]
    row = found.row(found.ids[1])
    assert row == {"名称": "排污口甲", "code": "010", "flow": None, "n": 2}
    assert [f.kind for f in found.fields] == ["text", "text", "real", "integer"]


def test_geoparquet(tmp_path: Path) -> None:
    frame(crs="EPSG:4547").to_parquet(tmp_path / "a.parquet")
    found = read_features(tmp_path / "a.parquet")
    assert (found.crs, found.shapes.kind, list(found.column("code"))) == (
        "EPSG:4547",
        "point",
        ["007", "010", "x"],
    )
    frame().to_parquet(tmp_path / "native.parquet", geometry_encoding="geoarrow")
    native = read_features(tmp_path / "native.parquet")
    assert native.shapes.coords.tolist() == found.shapes.coords.tolist()


def test_kml_and_kmz(tmp_path: Path) -> None:
    text = """<?xml version="1.0" encoding="UTF-8"?>
    <kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>排口</name>
    <ExtendedData><Data name="code"><value>007</value></Data></ExtendedData>
    <Point><coordinates>113.5,23.1,0</coordinates></Point></Placemark></Document></kml>"""
    (tmp_path / "a.kml").write_text(text, "utf-8")
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.writestr("doc.kml", text)
    for name in ("a.kml", "a.kmz"):
        found = read_features(tmp_path / name)
        assert found.crs == "EPSG:4326"
        assert found.shapes.coords.tolist() == [[113.5, 23.1]]
        row = found.row(found.ids[0])
        assert row is not None
        assert (row["Name"], row["code"]) == ("排口", "007")


def test_lines_and_areas_keep_parts_and_holes(tmp_path: Path) -> None:
    outer = [(0, 0), (4, 0), (4, 4), (0, 4), (0, 0)]
    hole = [(1, 1), (2, 1), (2, 2), (1, 1)]
    area = shapely.MultiPolygon([(outer, [hole]), ([(6, 6), (7, 6), (7, 7), (6, 6)], [])])
    frame([area, shapely.Polygon(outer), None]).to_file(tmp_path / "a.gpkg")
    found = read_features(tmp_path / "a.gpkg")
    assert found.shapes.kind == "area"
    assert found.shapes.owner.tolist() == [0, 0, 0, 1]
    assert np.diff(found.shapes.starts).tolist() == [5, 4, 4, 5]
    assert len(found) == 3
    assert found.warnings == ("1 features have no place",)

    line = shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3), (4, 4)]])
    frame([line, shapely.LineString(), shapely.LineString([(5, 5), (6, 6)])]).to_file(
        tmp_path / "b.gpkg"
    )
    lines = read_features(tmp_path / "b.gpkg").shapes
    assert (lines.kind, lines.owner.tolist()) == ("line", [0, 0, 2])
    assert lines.coords[-1].tolist() == [6.0, 6.0]


@given(st.lists(st.sampled_from(range(10)), min_size=1, max_size=12))
def test_plain_geometry_is_read_as_shapely_reads_it(chosen: list[int]) -> None:
    ring = [(0, 0), (4, 0), (4, 4), (0, 0)]
    lines = [[(0, 0), (1, 1)], [(2, 2), (3, 3), (5, 4)]]
    every = [
        shapely.Point(1, 2),
        shapely.MultiPoint([(3, 4)]),
        shapely.LineString(lines[0]),
        shapely.LineString(lines[1]),
        shapely.MultiLineString(lines[1:]),
        shapely.MultiLineString(lines),
        shapely.Polygon(ring),
        shapely.MultiPolygon([(ring, [])]),
        shapely.Polygon([(0, 0), (9, 0), (9, 9), (0, 0)], [[(5, 1), (6, 1), (6, 2), (5, 1)]]),
        shapely.Point(1, 2, 3),
    ]
    geometry = np.array([every[n] for n in chosen], object)
    fast, slow = ShapeCollector(), ShapeCollector()
    wkb = pa.array([b"pad", *shapely.to_wkb(geometry, output_dimension=3)], pa.binary())
    fast.add(wkb.slice(1), Silent())
    slow.add_geometries(geometry)
    ours, theirs = fast.shapes(), slow.shapes()
    assert (ours.kind, fast.left_out, fast.empty) == (theirs.kind, slow.left_out, slow.empty)
    for name in ("coords", "starts", "owner"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))


def test_the_commonest_kind_is_kept_and_the_rest_counted(tmp_path: Path) -> None:
    mixed = [shapely.LineString([(0, 0), (1, 1)]), POINTS[0], POINTS[1]]
    frame(mixed).to_file(tmp_path / "a.geojson")
    found = read_features(tmp_path / "a.geojson")
    assert found.shapes.kind == "point"
    assert found.shapes.owner.tolist() == [1, 2]
    assert "1 features have another kind of geometry and are not drawn" in found.warnings
    collection = shapely.GeometryCollection([POINTS[0], mixed[0]])
    frame([collection, POINTS[0], POINTS[1]]).to_file(tmp_path / "b.gpkg")
    assert any("1 features have another" in w for w in read_features(tmp_path / "b.gpkg").warnings)


def test_heights_are_left_out(tmp_path: Path) -> None:
    frame([shapely.Point(1, 2, 3)] * 3).to_file(tmp_path / "a.gpkg")
    assert read_features(tmp_path / "a.gpkg").shapes.coords.tolist() == [[1.0, 2.0]] * 3


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
@pytest.mark.parametrize("language_byte", [0x00, 0x57])
def test_text_of_shapefiles(
    tmp_path: Path, encoding: str, declared: bool, language_byte: int
) -> None:
    frame().to_file(tmp_path / "a.shp", encoding=encoding)
    if not declared:
        (tmp_path / "a.cpg").unlink()
    raw = bytearray((tmp_path / "a.dbf").read_bytes())
    raw[29] = language_byte
    (tmp_path / "a.dbf").write_bytes(raw)
    found = read_features(tmp_path / "a.shp")
    assert found.fields[0].name == "名称"
    assert list(found.column("名称")) == NAMES
    assert found.warnings == ()


def test_a_wrong_cpg_file_is_noticed(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "a.shp", encoding="GBK")
    (tmp_path / "a.cpg").write_text("UTF-8")
    found = read_features(tmp_path / "a.shp")
    assert list(found.column("名称")) == NAMES
    assert "not utf-8 as the .cpg file says" in found.warnings[0]


def test_utf8_cut_off_by_the_width_of_the_field_stays_utf8(tmp_path: Path) -> None:
    names = ["排" * 30, "入河", "口"]
    data = frame().assign(名称=names)
    data.to_file(tmp_path / "a.shp", encoding="UTF-8")
    raw = (tmp_path / "a.dbf").read_bytes()
    whole, cut = ("排" * 30).encode(), ("排" * 30).encode()[:89] + b" "
    assert whole in raw
    (tmp_path / "a.dbf").write_bytes(raw.replace(whole, cut))
    (tmp_path / "a.cpg").unlink()
    assert str(read_features(tmp_path / "a.shp").column("名称")[1]) == "入河"


def test_an_encoding_given_by_the_user_wins(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "a.shp", encoding="GBK")
    found = read_features(tmp_path / "a.shp", options={"encoding": "ISO-8859-1"})
    assert found.fields[0].name == "名称".encode("gbk").decode("latin-1")


def test_ids_come_from_a_column_when_told(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "a.gpkg")
    assert list(read_features(tmp_path / "a.gpkg").ids) == ["1", "2", "3"]
    assert list(read_features(tmp_path / "a.gpkg", options={"id": "code"}).ids) == [
        "007",
        "010",
        "x",
    ]
    with pytest.raises(ReadError, match="row 3 has no 名称"):
        read_features(tmp_path / "a.gpkg", options={"id": "名称"})
    frame().assign(code="x").to_file(tmp_path / "b.gpkg")
    with pytest.raises(ReadError, match="rows 1 and 2 have the same code: x"):
        read_features(tmp_path / "b.gpkg", options={"id": "code"})
    with pytest.raises(ReadError, match="no column nothing"):
        read_features(tmp_path / "b.gpkg", options={"id": "nothing"})


def test_layers_of_a_geopackage(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "a.gpkg", layer="outfalls")
    river = gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (1, 1)])], crs="EPSG:4547")
    river.to_file(tmp_path / "a.gpkg", layer="rivers")
    infos = list_layers(tmp_path / "a.gpkg")
    assert [(i.name, i.kind, i.count, i.crs) for i in infos] == [
        ("outfalls", "point", 3, "EPSG:4490"),
        ("rivers", "line", 1, "EPSG:4547"),
    ]
    assert read_features(tmp_path / "a.gpkg", layer="rivers").shapes.kind == "line"
    with pytest.raises(ReadError, match="no layer lakes") as caught:
        read_features(tmp_path / "a.gpkg", layer="lakes")
    assert "outfalls, rivers" in caught.value.hint


def test_what_the_user_says_of_coordinates_is_applied(tmp_path: Path) -> None:
    place = [shapely.Point(2_556_000, 38_433_000)] * 3
    frame(place).to_file(tmp_path / "a.shp")
    (tmp_path / "a.prj").unlink()
    with pytest.raises(MissingCrsError):
        read_features(tmp_path / "a.shp")
    found = read_features(tmp_path / "a.shp", crs="EPSG:4526", options={"swap_axes": "yes"})
    assert found.crs == "EPSG:4526"
    assert found.shapes.coords[0].tolist() == [38_433_000.0, 2_556_000.0]
    both = {"swap_axes": "yes", "strip_zone": "yes", "crs": "EPSG:4547"}
    stripped = read_features(tmp_path / "a.shp", options=both)
    assert stripped.shapes.coords[0].tolist() == [433_000.0, 2_556_000.0]
    np.testing.assert_allclose(
        found.shapes_in("EPSG:4490").coords, stripped.shapes_in("EPSG:4490").coords, atol=1e-9
    )


def test_dates_missing_numbers_and_lists(tmp_path: Path) -> None:
    rows = [
        {"when": "2025-01-31T08:00:00", "n": 1, "tags": ["a", "口"], "ok": True},
        {"when": None, "n": None, "tags": None, "ok": None},
    ]
    features = [
        {"type": "Feature", "properties": p, "geometry": {"type": "Point", "coordinates": [1, 2]}}
        for p in rows
    ]
    (tmp_path / "a.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features})
    )
    found = read_features(tmp_path / "a.geojson")
    assert found.row(found.ids[0]) == {
        "when": "2025-01-31T08:00:00",
        "n": 1,
        "tags": '["a", "口"]',
        "ok": True,
    }
    assert found.row(found.ids[1]) == {"when": None, "n": None, "tags": None, "ok": None}


def test_stopping(tmp_path: Path) -> None:
    class Stop:
        def report(self, fraction: float, message: str = "") -> None:
            raise Cancelled

    frame().to_file(tmp_path / "a.gpkg")
    frame().to_parquet(tmp_path / "a.parquet")
    (tmp_path / "a.csv").write_text("lon,lat\n1,2\n")
    for name in ("a.gpkg", "a.parquet", "a.csv"):
        with pytest.raises(Cancelled):
            read_features(tmp_path / name, progress=Stop())


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.geojson", "a.fgb", "a.parquet", "a.kml"])
@pytest.mark.parametrize("content", [b"", b"just text, no map", b"\0" * 3000])
def test_nonsense_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ReadError, match=name.replace(".", r"\.")) as caught:
        read_features(tmp_path / name)
    assert caught.value.hint


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.geojson", "a.fgb", "a.parquet"])
def test_cut_off_files_are_named(tmp_path: Path, name: str) -> None:
    many = gpd.GeoDataFrame({"n": range(2000)}, geometry=[POINTS[0]] * 2000, crs="EPSG:4326")
    many.to_parquet(tmp_path / name) if name.endswith("parquet") else many.to_file(tmp_path / name)
    raw = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(raw[: len(raw) // 2])
    if name == "a.shp":  # GDAL reads what is there of the .shp; a missing table is a plain loss
        (tmp_path / "a.dbf").unlink()
    with pytest.raises(ReadError, match=name.replace(".", r"\.")):
        read_features(tmp_path / name)


def test_files_that_are_not_there() -> None:
    with pytest.raises(ReadError, match="is not there"):
        read_features("nowhere.gpkg")
    for address in ("/vsicurl/http://x/a.geojson", "https://x/a.geojson", "/vsizip/a.zip/a.shp"):
        with pytest.raises(ReadError, match="not a file on this computer"):
            read_features(address)


def test_a_live_project_is_refused_and_keeps_its_locks(tmp_path: Path) -> None:
    path = tmp_path / "project.gpkg"
    owner = sqlite3.connect(path, isolation_level=None)
    owner.execute("CREATE TABLE gisapp_project (x)")
    owner.execute("BEGIN IMMEDIATE")
    owner.execute("INSERT INTO gisapp_project VALUES (1)")
    for ask in (read_features, list_layers):
        with pytest.raises(ReadError, match="is a project of this program") as caught:
            ask(path)
        assert "as a project" in caught.value.hint
    other = (
        "import sqlite3, sys\n"
        f"db = sqlite3.connect({str(path)!r}, timeout=0)\n"
        "try: db.execute('BEGIN IMMEDIATE')\n"
        "except sqlite3.OperationalError: sys.exit(3)\n"
    )
    assert subprocess.run([sys.executable, "-c", other], check=False).returncode == 3
    owner.execute("COMMIT")
    owner.close()


def test_documents_that_reach_elsewhere_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    (tmp_path / "a.kml").write_text(
        f'<!DOCTYPE kml [<!ENTITY x SYSTEM "{secret.as_uri()}">]><kml><Placemark><name>&x;</name>'
        "<Point><coordinates>1,2</coordinates></Point></Placemark></kml>"
    )
    with pytest.raises(ReadError, match="document type"):
        read_features(tmp_path / "a.kml")
    (tmp_path / "b.kml").write_text(
        '<!DOCTYPE kml []><kml xmlns="http://www.opengis.net/kml/2.2"/>', "utf-16"
    )
    with pytest.raises(ReadError):
        read_features(tmp_path / "b.kml")
    (tmp_path / "c.geojson").write_text(
        '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>secret.csv</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )
    with pytest.raises(ReadError, match="not a file of features"):
        read_features(tmp_path / "c.geojson")


def test_archives_that_unpack_to_too_much_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.kmz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", b"<kml>" + b" " * 30_000_000)
    with pytest.raises(ReadError, match="unpack to 28 MB"):
        read_features(tmp_path / "a.kmz")


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A web server on this computer, and what it was asked for."""
    asked: list[str] = []

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/crs", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_nothing_is_fetched_while_a_file_is_opened(
    tmp_path: Path, listener: tuple[str, list[str]]
) -> None:
    address, asked = listener
    data = {
        "type": "FeatureCollection",
        "crs": {"type": "link", "properties": {"href": address, "type": "ogcwkt"}},
        "features": [
            {
                "type": "Feature",
                "properties": {},
                "geometry": {"type": "Point", "coordinates": [1, 2]},
            }
        ],
    }
    (tmp_path / "a.geojson").write_text(json.dumps(data))
    with suppress(ReadError):  # the system may be unknown then; what counts is the silence
        read_features(tmp_path / "a.geojson")
    assert asked == []


@pytest.mark.real_data
def test_the_rivers_of_taihu(shared_data: Path) -> None:
    found = read_features(
        shared_data / "rivers/taihu/hydrorivers_taihu_bbox.shp", options={"id": "HYRIV_ID"}
    )
    assert (len(found), found.shapes.kind, found.crs) == (2082, "line", "EPSG:4326")
    assert len(found.fields) == 14
    down = found.column("NEXT_DOWN")
    known = np.isin(down, found.column("HYRIV_ID")).sum()
    assert len(found) - known == 24 + 55  # ends, and reaches cut by the border of the extract


@pytest.mark.real_data
def test_the_storm_overflows_of_england(shared_data: Path) -> None:
    found = read_features(shared_data / "rivers/uk_cso/edm_outfalls_topofthepoops.geojson")
    assert (len(found), found.shapes.kind) == (1064, "point")


@pytest.mark.real_data
def test_all_reaches_of_iceland(shared_data: Path) -> None:
    found = read_features(
        shared_data / "rivers/iceland/iceland_streams_0p25km2.parquet", options={"id": "reach_id"}
    )
    assert (len(found), found.shapes.kind) == (192_899, "line")
    assert len(found.shapes.owner) == 192_899
    assert found.shapes.starts[-1] == len(found.shapes.coords)
