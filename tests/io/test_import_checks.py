"""Notices about coordinates: each fault people bring, and the proposal that cures it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from gisapp.io.import_checks import ImportNotice, check_coordinates, check_source
from gisapp.io.vector import read_features
from gisapp.model.crs import CGCS2000, transform
from gisapp.model.layer import TABLE, Source
from gisapp.model.progress import Silent

HERE = np.array([[113.35, 23.11], [113.36, 23.12], [113.4, 23.2]])
BARE, NUMBERED, OTHER = "EPSG:4547", "EPSG:4526", "EPSG:4525"
METRES = transform(HERE, CGCS2000, BARE)
LONG = transform(HERE, CGCS2000, NUMBERED)


def kinds(notices: tuple[ImportNotice, ...]) -> list[str]:
    return [notice.kind for notice in notices]


@pytest.mark.parametrize(
    ("coords", "crs"),
    [
        (HERE, CGCS2000),
        (HERE, "EPSG:4326"),
        (METRES, BARE),
        (LONG, NUMBERED),
        (np.array([[-3.0, 54.0], [0.1, 51.5]]), "EPSG:4326"),
        (np.array([[-18.0, 65.0]]), "EPSG:4326"),
        (transform(HERE, CGCS2000, "EPSG:3857"), "EPSG:3857"),
        (transform(HERE, CGCS2000, "EPSG:32649"), "EPSG:32649"),
        (np.empty((0, 2)), CGCS2000),
    ],
)
def test_nothing_is_said_of_what_is_right(coords: np.ndarray, crs: str) -> None:
    assert check_coordinates(coords, crs) == ()


@pytest.mark.parametrize(
    ("coords", "crs", "kind", "options"),
    [
        (HERE[:, ::-1], CGCS2000, "axes_swapped", (("swap_axes", "yes"),)),
        (METRES[:, ::-1], BARE, "axes_swapped", (("swap_axes", "yes"),)),
        (LONG, BARE, "zone_prefix", (("crs", NUMBERED),)),
        (LONG, OTHER, "zone_prefix", (("crs", NUMBERED),)),
        (METRES, NUMBERED, "zone_prefix_missing", (("crs", BARE),)),
        (LONG, CGCS2000, "not_degrees", (("crs", NUMBERED),)),
        (HERE, BARE, "not_metres", (("crs", CGCS2000),)),
        (HERE, "", "crs_missing", (("crs", CGCS2000),)),
        (HERE[:, ::-1], "", "crs_missing", (("crs", CGCS2000), ("swap_axes", "yes"))),
        (LONG, "", "crs_missing", (("crs", NUMBERED),)),
        (LONG[:, ::-1], "", "crs_missing", (("crs", NUMBERED), ("swap_axes", "yes"))),
        (METRES[:, ::-1], CGCS2000, "not_degrees", (("crs", BARE), ("swap_axes", "yes"))),
    ],
)
def test_each_fault_and_its_first_proposal(
    coords: np.ndarray, crs: str, kind: str, options: tuple[tuple[str, str], ...]
) -> None:
    found = check_coordinates(coords, crs, near=BARE)
    assert kinds(found) == [kind]
    assert found[0].proposals[0].options == options


def test_six_degree_numbers_are_told_from_three_degree_ones() -> None:
    six = transform(HERE, CGCS2000, "EPSG:4497")  # zone 19, 6 degrees, with number
    found = check_coordinates(six, NUMBERED)
    assert found[0].proposals[0].options == (("crs", "EPSG:4497"),)
    assert "19 (6° zones)" in found[0].message


def test_the_number_can_be_taken_off_or_the_system_changed() -> None:
    found = check_coordinates(LONG, BARE)
    assert [p.options for p in found[0].proposals] == [
        (("crs", NUMBERED),),
        (("strip_zone", "yes"),),
    ]


def test_metres_without_system_offer_the_maps_zone_and_its_neighbours_first() -> None:
    found = check_coordinates(METRES, "", near="EPSG:4545")
    offered = [dict(p.options)["crs"] for p in found[0].proposals]
    assert offered[0] == "EPSG:4545"
    assert set(offered[1:3]) == {"EPSG:4544", "EPSG:4546"}
    assert BARE in offered
    assert "114°E" in found[0].proposals[offered.index(BARE)].title


def test_places_far_from_the_middle_of_the_zone() -> None:
    far = METRES + np.array([400_000, 0])
    assert kinds(check_coordinates(far, BARE)) == ["outside_zone"]


def test_places_at_zero_are_counted_and_do_not_confuse() -> None:
    some = np.vstack([HERE, np.zeros((2, 2)), [[np.nan, np.nan]]])
    found = check_coordinates(some, CGCS2000)
    assert kinds(found) == ["at_zero"]
    assert found[0].message.startswith("2 places")
    assert kinds(check_coordinates(np.zeros((3, 2)), "")) == ["at_zero", "crs_missing"]


def test_the_choice_lives_in_the_source_and_the_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    points = [shapely.Point(y, x) for x, y in LONG]
    gpd.GeoDataFrame({"n": [1, 2, 3]}, geometry=points, crs=BARE).to_file(path)
    before = path.read_bytes()
    source = Source("geopackage", str(path))
    while notices := check_source(source, path, Silent(), BARE):
        source = notices[0].proposals[0].applied(source)
    assert dict(source.options) == {"swap_axes": "yes", "crs": NUMBERED}
    found = read_features(path, options=dict(source.options))
    np.testing.assert_allclose(found.shapes_in(CGCS2000).coords, HERE, atol=1e-8)
    assert path.read_bytes() == before


def test_rasters_are_looked_at_by_their_corners(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    profile = {"driver": "GTiff", "count": 1, "height": 4, "width": 4, "dtype": "uint8"}
    place = Affine(1, 0, 38_433_000, 0, -1, 2_556_000)
    for crs, kind in ((BARE, "zone_prefix"), (None, "crs_missing")):
        with rasterio.open(path, "w", crs=crs, transform=place, **profile) as target:
            target.write(np.ones((1, 4, 4), np.uint8))
        source = Source("geotiff", str(path))
        found = check_source(source, path, Silent())
        assert kinds(found) == [kind]
        assert [p.options for p in found[0].proposals] == [(("crs", NUMBERED),)]
        assert check_source(found[0].proposals[0].applied(source), path, Silent()) == ()


def test_tables_are_not_looked_at(tmp_path: Path) -> None:
    assert check_source(Source(TABLE, "outfalls"), tmp_path, Silent()) == ()


@pytest.mark.real_data
def test_stations_that_were_never_located(shared_data: Path) -> None:
    path = shared_data / "rivers/taihu/stations_snapped_subset.csv"
    found = check_source(Source("csv", str(path)), path, Silent())
    assert kinds(found) == ["at_zero"]
