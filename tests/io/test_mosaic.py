"""A folder of rasters as one layer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from rasterio.warp import Resampling, calculate_default_transform, reproject

from gisapp.io import mosaic, overview_levels
from gisapp.io.file_kinds import MANY, sniff, sniff_all
from gisapp.io.gathered import MissingCrsError
from gisapp.io.import_checks import check_source
from gisapp.io.mosaic import MosaicFile, open_source
from gisapp.model.crs import transform_extent
from gisapp.model.errors import ReadError
from gisapp.model.geometry import Extent, PixelGrid, Point, Size
from gisapp.model.progress import Cancelled, Silent
from tests.io.test_raster import write

SILENT = Silent()
SIDE = 100  # cells of half a metre


def part(folder: Path, name: str, column: int, row: int, value: float, **more: Any) -> Path:
    """A square of one value; columns and rows are 50 m apart."""
    cells = np.full((SIDE, SIDE), value, np.float32)
    place = from_origin(500_000 + 50 * column, 2_550_000 - 50 * row, 0.5, 0.5)
    return write(folder / name, cells, transform=place, **more)


def opened(folder: Path, **options: str) -> MosaicFile:
    return open_source(folder, options, SILENT)


def view(grid: MosaicFile, width: int, height: int) -> PixelGrid:
    return PixelGrid.of(grid.extent, Size(width, height), grid.crs)


@pytest.fixture
def four(tmp_path: Path) -> Path:
    """Two by two squares that touch each other: 1 2 / 3 4."""
    folder = tmp_path / "flight"
    folder.mkdir()
    for n in range(4):
        part(folder, f"{n}.tif", n % 2, n // 2, n + 1.0)
    return folder


def test_neighbours_touch_without_a_seam(four: Path) -> None:
    grid = opened(four)
    assert grid.extent == Extent(500_000, 2_549_900, 500_100, 2_550_000)
    assert (grid.size, grid.crs, grid.is_picture) == (Size(200, 200), "EPSG:4547", False)
    assert grid.warnings == ()
    for width in (200, 333, 64):
        found = grid.values(view(grid, width, width), SILENT)
        assert np.isfinite(found).all()
        half = width // 2
        assert (found[: half - 1, : half - 1] == 1).all()
        assert (found[half + 1 :, half + 1 :] == 4).all()


def test_views_beyond_all_numbers_show_nothing(four: Path) -> None:
    grid = opened(four)
    for extent in (Extent(-1e300, -1e300, 1e300, 1e300), Extent(1e8, 1e8, 2e8, 2e8)):
        seen = grid.values(PixelGrid.of(extent, Size(8, 8), grid.crs), SILENT)
        assert np.isnan(seen).all()


def test_later_names_lie_on_top_or_newer_files(tmp_path: Path) -> None:
    old, new = part(tmp_path, "b.tif", 0, 0, 2.0), part(tmp_path, "a.tif", 0, 0, 1.0)
    os.utime(old, (1e9, 1e9))
    os.utime(new, (2e9, 2e9))
    for options, expected in (({}, 2.0), ({"order": "newest"}, 1.0)):
        grid = opened(tmp_path, **options)
        assert (grid.values(view(grid, 50, 50), SILENT) == expected).all()
        assert grid.value_at(grid.extent.center, grid.crs) == expected


def test_holes_let_through_what_lies_below(tmp_path: Path) -> None:
    part(tmp_path, "a.tif", 0, 0, 1.0)
    cells = np.full((SIDE, SIDE), 2.0, np.float32)
    cells[:, :50] = -9999
    write(tmp_path / "b.tif", cells, nodata=-9999.0)
    grid = opened(tmp_path)
    found = grid.values(view(grid, 100, 100), SILENT)
    assert (found[:, :50] == 1).all()
    assert (found[:, 50:] == 2).all()
    assert grid.value_at(Point(500_010, 2_549_990), grid.crs) == 1.0
    assert grid.value_at(Point(0, 0), grid.crs) is None


def test_systems_and_sizes_may_differ(four: Path) -> None:
    """One of the squares in UTM with cells of another size covers the same ground."""
    with rasterio.open(four / "3.tif") as source:
        place, width, height = calculate_default_transform(
            source.crs, "EPSG:32649", source.width, source.height, *source.bounds, resolution=0.3
        )
        cells = np.full((height, width), np.nan, np.float32)
        reproject(
            rasterio.band(source, 1), cells, dst_transform=place, dst_crs="EPSG:32649",
            dst_nodata=np.nan, resampling=Resampling.nearest,
        )  # fmt: skip
    (four / "3.tif").unlink()
    write(four / "3.tif", cells, crs="EPSG:32649", transform=place)
    grid = opened(four)
    assert grid.crs == "EPSG:4547"
    for crs in ("EPSG:4547", "EPSG:3857", "EPSG:32649"):
        extent = transform_extent(Extent(500_005, 2_549_905, 500_095, 2_549_995), grid.crs, crs)
        found = grid.values(PixelGrid.of(extent, Size(90, 90), crs), SILENT)
        assert np.isfinite(found).mean() > 0.97
        corners = found[15, 15], found[15, 75], found[75, 15], found[75, 75]
        assert [float(c) for c in corners] == [1, 2, 3, 4]


def test_turned_pictures_are_composed_as_upright_ones(four: Path) -> None:
    grid = opened(four)
    center = grid.extent.center
    across, down = (0.0, -0.5), (-0.5, 0.0)  # the top of the picture is east
    origin = Point(center.x + 50, center.y + 50)
    found = grid.values(PixelGrid(origin, across, down, Size(200, 200), grid.crs), SILENT)
    upright = grid.values(view(grid, 200, 200), SILENT)
    np.testing.assert_array_equal(found, np.rot90(upright))


def test_pictures_are_laid_over_each_other(tmp_path: Path) -> None:
    rgba = np.zeros((4, SIDE, SIDE), np.uint8)
    rgba[0], rgba[3] = 200, 255
    write(tmp_path / "a.tif", rgba, photometric="RGB", alpha="yes")
    rgba[0], rgba[1] = 0, 100
    rgba[3, :, :50], rgba[3, :, 50:75] = 0, 128
    write(tmp_path / "b.tif", rgba, photometric="RGB", alpha="yes")
    grid = opened(tmp_path)
    assert grid.is_picture
    found = grid.colours(view(grid, 100, 100), SILENT)
    assert found[5, 5].tolist() == [200, 0, 0, 255]
    assert found[5, 90].tolist() == [0, 100, 0, 255]
    np.testing.assert_allclose(found[5, 60], [100, 50, 0, 255], atol=2)


def test_what_does_not_fit_is_left_out_and_named(four: Path) -> None:
    rgb = np.zeros((3, SIDE, SIDE), np.uint8)
    write(four / "picture.tif", rgb, photometric="RGB")
    (four / "broken.tif").write_bytes(b"II*\0" + b"\0" * 50)
    part(four, "kelvin.tif", 5, 5, 290.0, units=("K",))
    (four / "notes.txt").write_text("no raster")
    grid = opened(four)
    assert len(grid.members) == 4
    said = " ".join(grid.warnings)
    for name in ("picture.tif", "broken.tif", "kelvin.tif"):
        assert name in said


def test_a_file_that_goes_is_left_out_and_comes_back(four: Path) -> None:
    grid = opened(four)
    away = (four / "3.tif").rename(four / "3.old")
    found = grid.values(view(grid, 100, 100), SILENT)
    assert np.isnan(found[60:, 60:]).all()
    assert (found[:40, :40] == 1).all()
    assert any("3.tif" in words for words in grid.warnings)
    away.rename(four / "3.tif")
    again = opened(four)
    assert np.isfinite(again.values(view(again, 100, 100), SILENT)).all()


def test_only_files_in_view_are_opened(tmp_path: Path) -> None:
    for n in range(60):
        part(tmp_path, f"{n:02}.tif", n % 10, n // 10, float(n))
    grid = opened(tmp_path)
    asked: list[str] = []
    for member in grid.members:
        name, values = member.grid.path.stem, member.grid.values
        member.grid.values = lambda *a, n=name, v=values: asked.append(n) or v(*a)  # type: ignore[method-assign]
    near = Extent(500_055, 2_549_905, 500_095, 2_549_945)  # inside the square 1, 1
    found = grid.values(PixelGrid.of(near, Size(64, 64), grid.crs), SILENT)
    assert (found == 11).all()
    assert asked == ["11"]
    grid.values(view(grid, 200, 120), SILENT)
    assert max(m.grid._handles.count for m in grid.members) <= 40


@pytest.fixture
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mosaic, "OVERVIEW", 256)
    monkeypatch.setattr(overview_levels, "SMALLEST", 32)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    folder = tmp_path / "many"
    folder.mkdir()
    for n in range(36):
        part(folder, f"{n:02}.tif", n % 6, n // 6, float(n))
    return folder


def test_an_overview_of_the_whole_is_made_and_found_again(
    many: Path, tmp_path: Path, coarse: None
) -> None:
    grid, cache = opened(many), tmp_path / "cache"
    before = grid.values(view(grid, 120, 120), SILENT)
    assert grid.needs_overview
    assert not grid.find_overview(cache)
    told: list[Extent] = []
    grid.arrived.append(lambda extent, crs: told.append(extent))
    grid.build_overview(cache, SILENT)
    assert told[-1] == grid.extent
    again = opened(many)
    assert again.find_overview(cache)
    for member in again.members:
        member.grid.values = None  # type: ignore[method-assign,assignment]
    np.testing.assert_array_equal(again.values(view(again, 120, 120), SILENT), before)
    part(many, "36.tif", 0, 6, 36.0)
    assert not opened(many).find_overview(cache), "there is one file more"


def test_a_stopped_overview_leaves_nothing(many: Path, tmp_path: Path, coarse: None) -> None:
    class Stop:
        def report(self, fraction: float, message: str = "") -> None:
            if fraction > 0.4:
                raise Cancelled

    grid, cache = opened(many), tmp_path / "cache"
    with pytest.raises(Cancelled):
        grid.build_overview(cache, Stop())
    assert not list((cache / "overviews").iterdir())
    assert np.isfinite(grid.values(view(grid, 120, 120), SILENT)).all()


def test_statistics_are_of_several_files(many: Path) -> None:
    found = opened(many).statistics(SILENT)
    assert found is not None
    assert (found.low, found.high) == (0.0, 35.0)


def test_folders_and_many_files_are_one_layer(many: Path) -> None:
    (one,) = sniff(many)
    assert (one.source.format, one.kind, one.count) == ("mosaic", "values", 36)
    files = sorted(many.iterdir())
    assert sniff_all(files) == ([one], [])
    (some,), wrong = sniff_all(files[:MANY])
    assert not wrong
    assert some.source.format == "mosaic"
    assert len(open_source(many, dict(some.source.options), SILENT).members) == MANY
    each, _ = sniff_all(files[: MANY - 1])
    assert [f.source.format for f in each] == ["geotiff"] * (MANY - 1)
    assert check_source(one.source, many, SILENT) == ()


def test_files_without_a_system_take_the_one_that_is_said(tmp_path: Path) -> None:
    for n in range(3):
        part(tmp_path, f"{n}.tif", n, 0, 1.0, crs=None)
    with pytest.raises(MissingCrsError):
        opened(tmp_path)
    assert opened(tmp_path, crs="EPSG:4547").crs == "EPSG:4547"
    (one,) = sniff(tmp_path)
    assert one.crs == ""


def test_what_is_no_folder_of_rasters_is_said(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="holds 0 GeoTIFFs"):
        opened(tmp_path)
    for path in (tmp_path / "none", Path("/vsizip/a.zip")):
        with pytest.raises(ReadError, match="not a folder"):
            opened(path)
    (tmp_path / "a.tif").write_bytes(b"II*\0" + b"\0" * 50)
    (tmp_path / "b.tif").write_bytes(b"text")
    with pytest.raises(ReadError, match="None of the 2 files"):
        opened(tmp_path)


@pytest.mark.real_data
def test_real_mosaics_of_one_flight(shared_data: Path, tmp_path: Path) -> None:
    for name in ("raw", "normalised"):
        file = f"guangzhou_river_mosaic_{name}_degC_f32_cog.tif"
        (tmp_path / file).symlink_to(shared_data / "thermal/geotiff" / file)
    grid = opened(tmp_path)
    assert (grid.unit, len(grid.members)) == ("°C", 2)
    found = grid.values(view(grid, 300, 200), SILENT)
    top = grid.members[-1].grid
    alone = top.values(view(grid, 300, 200), SILENT)
    assert "raw" in top.path.name
    seen = np.isfinite(alone)
    assert seen.mean() > 0.1
    assert (found[seen] == alone[seen]).mean() > 0.999
