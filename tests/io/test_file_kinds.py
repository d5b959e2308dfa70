"""What dropped files are taken for."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from gisapp.io.file_kinds import sniff, sniff_all
from gisapp.model.errors import ReadError

POINTS = [shapely.Point(113.5, 23.1)]


def frame(crs: str = "EPSG:4490") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"n": [1]}, geometry=POINTS, crs=crs)


def test_every_layer_of_a_file_is_found(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "a.gpkg", layer="one")
    frame("EPSG:4547").to_file(tmp_path / "a.gpkg", layer="two")
    found = sniff(tmp_path / "a.gpkg")
    assert [(f.name, f.kind, f.crs, f.count) for f in found] == [
        ("one", "point", "EPSG:4490", 1),
        ("two", "point", "EPSG:4547", 1),
    ]
    assert [f.source.options for f in found] == [(("layer", "one"),), (("layer", "two"),)]


def test_a_shapefile_dropped_with_all_its_parts_is_one_layer(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "a.shp")
    found, wrong = sniff_all(sorted(tmp_path.iterdir()))
    assert wrong == []
    assert [(f.source.format, f.name) for f in found] == [("shapefile", "a")]


def test_what_is_wrong_does_not_stop_the_rest(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "a.fgb", SPATIAL_INDEX="NO")
    (tmp_path / "b.txt").write_bytes(b"\0\1\2")
    found, wrong = sniff_all([tmp_path / "b.txt", tmp_path / "a.fgb", tmp_path / "c.tif"])
    assert [f.source.format for f in found] == ["flatgeobuf"]
    assert ["b.txt" in str(wrong[0]), "c.tif" in str(wrong[1])] == [True, True]


def test_tables_and_points_in_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("经度,纬度\n113,23\n")
    (tmp_path / "b.csv").write_text("name,value\na,1\n")
    assert [sniff(tmp_path / n)[0].kind for n in ("a.csv", "b.csv")] == ["point", "table"]


def test_unknown_files_say_what_is_known(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(ReadError) as caught:
        sniff(tmp_path / "a.doc")
    assert "GeoTIFF" in caught.value.hint


def test_the_sample_files(sample_files: Path) -> None:
    kinds = {
        "rivers.gpkg": "line",
        "outfalls.gpkg": "point",
        "river_polygon.gpkg": "area",
        "thermal.tif": "values",
        "terrain.tif": "values",
        "station_records.parquet": "table",
    }
    for name, kind in kinds.items():
        found = sniff(sample_files / name)
        assert [f.kind for f in found] == [kind]
        assert found[0].crs == ("" if kind == "table" else "EPSG:4547")


@pytest.mark.real_data
def test_real_pictures_and_values(shared_data: Path) -> None:
    folder = shared_data / "thermal/geotiff"
    assert sniff(folder / "rasterio_cogeo.tif")[0].kind == "picture"
    assert sniff(folder / "rasterio_rotated.tif")[0].crs == ""
    assert sniff(folder / "riotiler_cog_scale.tif")[0].kind == "values"
