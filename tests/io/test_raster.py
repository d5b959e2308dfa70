"""Reading rasters and warping them to the map, against rasterio's own answers."""

from __future__ import annotations

import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.enums import ColorInterp, Resampling
from rasterio.transform import from_bounds, from_origin
from rasterio.vrt import WarpedVRT

from gisapp.io.gathered import MissingCrsError
from gisapp.io.grid_warp import placement
from gisapp.io.raster import GridFile, open_raster
from gisapp.io.raster_statistics import statistics_of
from gisapp.io.raster_warp import _strip
from gisapp.model.crs import transform, transform_extent
from gisapp.model.errors import ReadError
from gisapp.model.geometry import Extent, PixelGrid, Point, Size
from gisapp.model.progress import Cancelled, Silent

SILENT = Silent()
MAP = "EPSG:3857"


def write(path: Path, cells: np.ndarray, **more: Any) -> Path:
    """A raster of 0.5 m cells near 114°E; the first axis of `cells` is the band."""
    cells = cells if cells.ndim == 3 else cells[None]
    profile = {
        "driver": "GTiff",
        "count": cells.shape[0],
        "height": cells.shape[1],
        "width": cells.shape[2],
        "dtype": cells.dtype,
        "crs": "EPSG:4547",
        "transform": from_origin(500_000, 2_550_000, 0.5, 0.5),
    }
    scales, units = more.pop("scales", None), more.pop("units", None)
    tags, colours = more.pop("tags", {}), more.pop("colours", None)
    mask = more.pop("mask", None)
    with rasterio.open(path, "w", **profile | more) as target:
        target.write(cells)
        target.update_tags(**tags)
        if scales:
            target.scales, target.offsets = scales
        if units:
            target.units = units
        if colours:
            target.write_colormap(1, colours)
        if mask is not None:
            target.write_mask(mask)
    return path


def slope(rows: int = 60, columns: int = 80) -> np.ndarray:
    y, x = np.mgrid[:rows, :columns]
    return (x + 100 * y).astype(np.float32)


def whole(grid: GridFile, crs: str, width: int = 640, height: int = 400) -> tuple[Extent, Size]:
    return transform_extent(grid.extent, grid.crs, crs), Size(width, height)


def by_rasterio(path: Path, crs: str, extent: Extent, size: Size, band: int = 1) -> np.ndarray:
    with (
        rasterio.open(path) as source,
        WarpedVRT(
            source,
            crs=crs,
            transform=from_bounds(*extent, *size),
            width=size.width,
            height=size.height,
            resampling=Resampling.nearest,
            tolerance=0.001,
        ) as warped,
    ):
        return np.ma.filled(warped.read(band, masked=True).astype(np.float32), np.nan)


def same(a: np.ndarray, b: np.ndarray) -> float:
    return float(((a == b) | (np.isnan(a) & np.isnan(b))).mean())


def test_cells_come_out_as_they_are(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", slope())
    grid = open_raster(path)
    assert (grid.crs, grid.is_picture) == ("EPSG:4547", False)
    assert grid.extent == Extent(500_000, 2_549_970, 500_040, 2_550_000)
    np.testing.assert_array_equal(
        grid.values(PixelGrid.of(grid.extent, Size(80, 60), grid.crs), SILENT), slope()
    )
    magnified = grid.values(PixelGrid.of(grid.extent, Size(240, 180), grid.crs), SILENT)
    np.testing.assert_array_equal(magnified, slope().repeat(3, 0).repeat(3, 1))


def test_outside_there_is_nothing(tmp_path: Path) -> None:
    grid = open_raster(write(tmp_path / "a.tif", slope()))
    wide = grid.values(PixelGrid.of(grid.extent.grown(40.0), Size(240, 220), grid.crs), SILENT)
    inside = np.isfinite(wide)
    assert inside[80:140, 80:160].all()
    assert inside.sum() == 60 * 80
    away = grid.extent._replace(left=600_000, right=600_100)
    assert np.isnan(grid.values(PixelGrid.of(away, Size(10, 10), grid.crs), SILENT)).all()
    far = Extent(-179, -80, -170, -70)
    assert np.isnan(grid.values(PixelGrid.of(far, Size(32, 32), "EPSG:4326"), SILENT)).all()


@pytest.mark.parametrize("crs", [MAP, "EPSG:4490", "EPSG:32650"])
def test_warped_as_rasterio_does(tmp_path: Path, crs: str) -> None:
    path = write(tmp_path / "a.tif", slope(300, 400), nodata=7.0)
    grid = open_raster(path)
    extent, size = whole(grid, crs)
    ours = grid.values(PixelGrid.of(extent, size, crs), SILENT)
    assert same(ours, by_rasterio(path, crs, extent, size)) > 0.995


def test_turned_rasters(tmp_path: Path) -> None:
    turned = Affine.translation(500_000, 2_550_000) * Affine.rotation(30) * Affine.scale(0.5, -0.5)
    path = write(tmp_path / "a.tif", slope(), transform=turned, nodata=-1.0)
    grid = open_raster(path)
    size = Size(300, 300)
    ours = grid.values(PixelGrid.of(grid.extent, size, grid.crs), SILENT)
    assert same(ours, by_rasterio(path, grid.crs, grid.extent, size)) > 0.995
    x, y = turned * (10.5, 20.5)
    assert grid.value_at(Point(x, y), grid.crs) == 2010.0


def positions(grid: PixelGrid, to_file: Affine, crs: str) -> tuple[np.ndarray, np.ndarray]:
    """Columns and rows of the file under each pixel: as they are used, and exactly."""
    place = placement(grid, to_file, crs)
    found = _strip(place.columns, place.rows, place, 0, grid.size.height)
    used = np.broadcast_arrays(*found)
    c, r = np.meshgrid(np.arange(grid.size.width) + 0.5, np.arange(grid.size.height) + 0.5)
    x = grid.origin.x + c * grid.across[0] + r * grid.down[0]
    y = grid.origin.y + c * grid.across[1] + r * grid.down[1]
    exact = to_file * transform(np.column_stack([x.ravel(), y.ravel()]), grid.crs, crs).T
    return np.stack(used), np.stack(exact).reshape(2, *c.shape)


def test_positions_between_the_nodes_are_exact_to_a_hundredth_of_a_cell() -> None:
    to_file = ~from_origin(500_000, 2_550_000, 0.5, 0.5)
    extent = transform_extent(Extent(499_000, 2_549_000, 501_000, 2_551_000), "EPSG:4547", MAP)
    used, exact = positions(PixelGrid.of(extent, Size(500, 333), MAP), to_file, "EPSG:4547")
    assert np.abs(used - exact).max() < 0.01


@pytest.mark.parametrize(
    ("file_crs", "to_file", "map_crs", "extent"),
    [  # degrees of China in a zone; half the world in Mercator; a zone seen from far away
        ("EPSG:4490", ~from_origin(70, 55, 0.001, 0.001), "EPSG:4547", (-1e6, 2e6, 2.5e6, 5.5e6)),
        ("EPSG:4326", ~from_origin(-180, 90, 0.01, 0.01), MAP, (-9e6, -1.5e7, 9e6, 1.5e7)),
        ("EPSG:4547", ~from_origin(4e5, 3e6, 5, 5), "EPSG:4490", (90, 15, 130, 50)),
    ],
)
def test_nodes_move_closer_until_a_tenth_of_a_pixel_is_kept(
    file_crs: str, to_file: Affine, map_crs: str, extent: tuple[float, float, float, float]
) -> None:
    grid = PixelGrid.of(Extent(*extent), Size(256, 256), map_crs)
    used, exact = positions(grid, to_file, file_crs)
    pixel = np.nanmedian(np.hypot(*np.diff(exact, axis=1)))
    away = np.hypot(*(used - exact))
    finite = np.isfinite(exact).all(axis=0)
    assert finite.mean() > 0.5
    assert away[finite].max() < 0.1 * pixel


def test_small_scales_read_overviews(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", slope(1024, 1024), tiled=True)
    with rasterio.open(path, "r+") as target:
        target.build_overviews([2, 4, 8], Resampling.average)
    grid = open_raster(path)
    small = grid.values(PixelGrid.of(grid.extent, Size(64, 64), grid.crs), SILENT)
    y, x = np.mgrid[:64, :64] * 16.0 + 7.5
    assert np.abs(small - (x + 100 * y)).max() <= 8 * 101


@pytest.mark.parametrize("tiled", [True, False])
@pytest.mark.parametrize("size", [Size(100, 70), Size(333, 200), Size(37, 41)])
def test_without_overviews_cells_stay_within_one_of_the_picture(
    tmp_path: Path, tiled: bool, size: Size
) -> None:
    layout = {"tiled": True, "blockxsize": 64, "blockysize": 64} if tiled else {}
    grid = open_raster(write(tmp_path / "a.tif", slope(700, 1000), **layout))
    found = grid.values(PixelGrid.of(grid.extent, size, grid.crs), SILENT)
    y, x = np.mgrid[: size.height, : size.width]
    cell_x, cell_y = 1000 / size.width, 700 / size.height
    ideal = (x + 0.5) * cell_x + 100 * (y + 0.5) * cell_y
    assert np.abs(found - ideal).max() <= cell_x + 100 * cell_y


def test_no_data_masks_and_alpha(tmp_path: Path) -> None:
    cells = slope()
    cells[5, 6] = -9999
    grid = open_raster(write(tmp_path / "a.tif", cells, nodata=-9999.0))
    found = grid.values(PixelGrid.of(grid.extent, Size(80, 60), grid.crs), SILENT)
    assert np.isnan(found[5, 6])
    assert np.isfinite(found).sum() == 60 * 80 - 1

    cells[5, 6] = np.nan
    grid = open_raster(write(tmp_path / "b.tif", cells, nodata=np.nan))
    assert np.isnan(grid.values(PixelGrid.of(grid.extent, Size(80, 60), grid.crs), SILENT)[5, 6])

    mask = np.full(cells.shape, 255, np.uint8)
    mask[5, 6] = 0
    grid = open_raster(write(tmp_path / "c.tif", slope(), mask=mask))
    found = grid.values(PixelGrid.of(grid.extent, Size(80, 60), grid.crs), SILENT)
    assert np.isnan(found[5, 6])
    assert np.isfinite(found).sum() == 60 * 80 - 1

    two = np.stack([slope().astype(np.uint16), mask.astype(np.uint16)])
    grid = open_raster(write(tmp_path / "d.tif", two, alpha="yes"))
    found = grid.values(PixelGrid.of(grid.extent, Size(80, 60), grid.crs), SILENT)
    assert np.isnan(found[5, 6])
    assert found[5, 7] == 507

    tiny = np.float32(-3.4028234663852886e38)
    cells[5, 6] = tiny
    grid = open_raster(write(tmp_path / "e.tif", cells, nodata=float(tiny)))
    assert np.isnan(grid.values(PixelGrid.of(grid.extent, Size(80, 60), grid.crs), SILENT)[5, 6])


def test_scale_offset_and_unit(tmp_path: Path) -> None:
    cells = np.array([[2731, 2831]], np.int16)
    path = write(tmp_path / "a.tif", cells, scales=((0.1,), (-273.15,)), units=("celsius",))
    grid = open_raster(path)
    assert grid.unit == "°C"
    found = grid.values(PixelGrid.of(grid.extent, Size(2, 1), grid.crs), SILENT)
    np.testing.assert_allclose(found, [[-0.05, 9.95]], atol=1e-4)
    assert grid.value_at(Point(500_000.75, 2_549_999.75), grid.crs) == pytest.approx(9.95, abs=1e-4)
    assert open_raster(write(tmp_path / "b.tif", cells, tags={"UNIT": "degC"})).unit == "°C"
    assert open_raster(path, options={"unit": "K"}).unit == "K"


def test_the_value_under_a_place(tmp_path: Path) -> None:
    cells = slope()
    cells[3, 4] = -1
    grid = open_raster(write(tmp_path / "a.tif", cells, nodata=-1.0))
    inside = Point(500_000 + 0.5 * 10.2, 2_550_000 - 0.5 * 20.9)
    assert grid.value_at(inside, grid.crs) == 2010.0
    degrees = transform(np.array([inside]), grid.crs, "EPSG:4490")[0]
    assert grid.value_at(Point(*degrees), "EPSG:4490") == 2010.0
    assert grid.value_at(Point(500_002.2, 2_549_998.2), grid.crs) is None
    for outside in (Point(499_999.9, 2_549_990), Point(500_040, 2_549_990), Point(0, 0)):
        assert grid.value_at(outside, grid.crs) is None
    assert grid.value_at(Point(0, 90), "EPSG:4326") is None


def test_pictures(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    cells = rng.integers(0, 256, (4, 60, 80), dtype=np.uint8)
    cells[3] = 255
    cells[3, 0, 0], cells[3, 0, 1] = 0, 128
    path = write(tmp_path / "a.tif", cells, photometric="RGB", alpha="yes")
    grid = open_raster(path)
    assert grid.is_picture
    found = grid.colours(PixelGrid.of(grid.extent, Size(80, 60), grid.crs), SILENT)
    np.testing.assert_array_equal(found[1:, :, :3], np.moveaxis(cells[:3], 0, -1)[1:])
    assert found[0, 0].tolist() == [0, 0, 0, 0]
    assert found[0, 1, 3] == 128
    np.testing.assert_allclose(found[0, 1, :3], cells[:3, 0, 1] * (128 / 255), atol=1)
    outside = grid.colours(PixelGrid.of(grid.extent.grown(20), Size(160, 140), grid.crs), SILENT)
    assert outside[0, 0].tolist() == [0, 0, 0, 0]


def test_the_order_of_colours_is_the_files(tmp_path: Path) -> None:
    cells = np.zeros((3, 4, 4), np.uint8)
    cells[0], cells[2] = 10, 30
    path = write(tmp_path / "a.tif", cells)
    with rasterio.open(path, "r+") as target:
        target.colorinterp = (ColorInterp.blue, ColorInterp.green, ColorInterp.red)
    grid = open_raster(path)
    assert grid.colours(PixelGrid.of(grid.extent, Size(4, 4), grid.crs), SILENT)[1, 1].tolist() == [
        30,
        0,
        10,
        255,
    ]


def test_colour_tables_and_no_data_in_pictures(tmp_path: Path) -> None:
    colours = {0: (1, 2, 3, 255), 1: (200, 100, 50, 255)}
    path = write(tmp_path / "a.tif", np.array([[0, 1]], np.uint8), colours=colours)
    grid = open_raster(path)
    assert grid.is_picture
    found = grid.colours(PixelGrid.of(grid.extent, Size(2, 1), grid.crs), SILENT)
    assert found.tolist() == [[[1, 2, 3, 255], [200, 100, 50, 255]]]
    black = np.zeros((3, 2, 2), np.uint8)
    black[:, 0, 0], black[0, 1, 1] = 9, 5
    grid = open_raster(write(tmp_path / "b.tif", black, photometric="RGB", nodata=0))
    found = grid.colours(PixelGrid.of(grid.extent, Size(2, 2), grid.crs), SILENT)
    assert found[..., 3].tolist() == [[255, 0], [0, 255]]


def test_colour_of_16_bits_uses_what_is_there(tmp_path: Path) -> None:
    ramp = np.linspace(100, 3000, 64 * 64).reshape(64, 64).astype(np.uint16)
    path = write(tmp_path / "a.tif", np.stack([ramp] * 3), photometric="RGB")
    found = open_raster(path)
    picture = found.colours(PixelGrid.of(found.extent, Size(64, 64), found.crs), SILENT)
    assert picture[..., 0].min() == 0
    assert picture[..., 0].max() == 255


def test_bands_can_be_chosen(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", np.stack([slope(), slope() + 5]))
    grid = open_raster(path, band=2)
    assert grid.values(PixelGrid.of(grid.extent, Size(80, 60), grid.crs), SILENT)[0, 0] == 5
    with pytest.raises(ReadError, match="no band 3"):
        open_raster(path, band=3)


def test_smooth_between_cells_only_where_there_are_cells(tmp_path: Path) -> None:
    cells = np.array([[0, 10, np.nan], [0, 10, np.nan]], np.float32)
    path = write(tmp_path / "a.tif", cells, nodata=np.nan)
    grid = open_raster(path, options={"resampling": "bilinear"})
    found = grid.values(PixelGrid.of(grid.extent, Size(12, 8), grid.crs), SILENT)[4]
    np.testing.assert_allclose(found[:6], [0, 0, 1.25, 3.75, 6.25, 8.75], atol=1e-4)
    np.testing.assert_array_equal(found[6:], [10, 10] + [np.nan] * 4)


def test_statistics_are_of_the_whole_file(tmp_path: Path) -> None:
    cells = slope(1500, 1500)
    cells[:10] = -1
    found = open_raster(write(tmp_path / "a.tif", cells, nodata=-1.0)).statistics(SILENT)
    assert found is not None
    assert found.low == pytest.approx(1000, abs=200)
    assert found.high == pytest.approx(cells.max(), rel=0.01)
    assert found.p2 == pytest.approx(np.percentile(cells[10:], 2), rel=0.02)
    assert found.p98 == pytest.approx(np.percentile(cells[10:], 98), rel=0.02)
    assert len(found.counts) == 256
    nothing = write(tmp_path / "b.tif", np.full((4, 4), -1, np.float32), nodata=-1.0)
    assert open_raster(nothing).statistics(SILENT) is None


@pytest.mark.parametrize("cell", [float("nan"), float("inf"), 0.0])
def test_a_place_that_is_no_number_is_no_place(tmp_path: Path, cell: float) -> None:
    place = Affine(cell, 0, 500_000, 0, -cell, 2_500_000)
    path = write(tmp_path / "a.tif", np.ones((4, 4), np.float32), transform=place)
    with pytest.raises(ReadError, match="where on the map"):
        open_raster(path)


def test_statistics_of_the_largest_numbers_there_are() -> None:
    most = np.finfo(np.float32).max
    found = statistics_of(np.array([-most, most, np.nan, np.inf, 0], np.float32))
    assert (found.low, found.high, found.counts.sum()) == (-most, most, 3)
    assert statistics_of(np.array([np.nan], np.float32)) is None


def test_asking_again_reads_nothing(tmp_path: Path) -> None:
    class Watch:
        reports = 0

        def report(self, fraction: float, message: str = "") -> None:
            self.reports += 1

    grid = open_raster(write(tmp_path / "a.tif", slope()))
    first, again = Watch(), Watch()
    a = grid.values(PixelGrid.of(grid.extent, Size(80, 60), grid.crs), first)
    assert grid.values(PixelGrid.of(grid.extent, Size(80, 60), grid.crs), again) is a
    assert first.reports > 0
    assert again.reports == 0


def test_stopping(tmp_path: Path) -> None:
    class Stop:
        def report(self, fraction: float, message: str = "") -> None:
            if fraction > 0.3:
                raise Cancelled

    grid = open_raster(write(tmp_path / "a.tif", slope(1200, 300)))
    with pytest.raises(Cancelled):
        grid.values(PixelGrid.of(grid.extent, Size(300, 1200), grid.crs), Stop())
    assert np.isfinite(
        grid.values(PixelGrid.of(grid.extent, Size(300, 1200), grid.crs), SILENT)
    ).all()


def test_many_threads_read_the_same(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", slope(600, 600), tiled=True, compress="deflate")
    grid, start = open_raster(path), threading.Barrier(4)
    parts = [
        Extent(500_000 + dx, 2_549_750 + dy, 500_050 + dx, 2_549_800 + dy)
        for dx in range(0, 250, 50)
        for dy in range(0, 200, 50)
    ]

    def read(turn: int) -> list[np.ndarray]:
        start.wait(timeout=30)
        order = parts[turn:] + parts[:turn]
        found = {p: grid.values(PixelGrid.of(p, Size(100, 100), grid.crs), SILENT) for p in order}
        return [found[p] for p in parts]

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(read, range(4)))
    cells = slope(600, 600)
    for part, *found in zip(parts, *results, strict=True):
        left, top = round((part.left - 500_000) * 2), round((2_550_000 - part.top) * 2)
        for each in found:
            np.testing.assert_array_equal(each, cells[top : top + 100, left : left + 100])
    grid.close()


def test_a_closed_file_can_be_replaced_and_read_again(tmp_path: Path) -> None:
    grid = open_raster(write(tmp_path / "a.tif", slope()))
    grid.values(PixelGrid.of(grid.extent, Size(80, 60), grid.crs), SILENT)
    grid.close()
    write(tmp_path / "a.tif", slope() + 1)
    assert grid.values(PixelGrid.of(grid.extent, Size(80, 60), grid.crs), SILENT)[0, 0] == 1


def test_without_a_system_the_user_says_it(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", slope(), crs=None)
    with pytest.raises(MissingCrsError) as caught:
        open_raster(path)
    assert "EPSG:4490" in caught.value.hint
    assert open_raster(path, options={"crs": "EPSG:4547"}).crs == "EPSG:4547"


def test_without_a_position_it_is_no_map(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = write(tmp_path / "a.tif", slope(), crs=None, transform=Affine.identity())
    with pytest.raises(ReadError, match="where on the map"):
        open_raster(path, options={"crs": "EPSG:4547"})


@pytest.mark.parametrize("content", [b"", b"text, not a picture", b"II*\0" + b"\0" * 100])
def test_nonsense_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.tif").write_bytes(content)
    with pytest.raises(ReadError, match=r"a\.tif") as caught:
        open_raster(tmp_path / "a.tif")
    assert caught.value.hint


def test_of_cut_off_files_the_rest_is_shown_and_said(tmp_path: Path) -> None:
    more = {"driver": "COG", "blocksize": 128, "compress": "none", "overviews": "none"}
    path = write(tmp_path / "a.tif", slope(600, 600), **more)
    assert open_raster(path).warnings == ()
    path.write_bytes(path.read_bytes()[:800_000])
    grid = open_raster(path)
    assert "a.tif is incomplete" in grid.warnings[0]
    found = grid.values(PixelGrid.of(grid.extent, Size(600, 600), grid.crs), SILENT)
    np.testing.assert_array_equal(found[:256], slope(600, 600)[:256])
    assert np.isnan(found[520:]).all()


def test_overviews_of_cut_off_files_are_said_to_be_all_there_is(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", slope(600, 600), driver="COG", blocksize=128, compress="none")
    path.write_bytes(path.read_bytes()[:600_000])
    grid = open_raster(path)
    assert "a.tif is incomplete" in grid.warnings[0]
    coarse = grid.values(PixelGrid.of(grid.extent, Size(100, 100), grid.crs), SILENT)
    assert np.isfinite(coarse).all()


def test_damaged_cells_in_the_middle_are_left_out(tmp_path: Path) -> None:
    noise = np.random.default_rng(2).normal(size=(512, 512)).astype(np.float32)
    path = write(tmp_path / "a.tif", noise, tiled=True, blockxsize=64, blockysize=64,
                 compress="deflate")  # fmt: skip
    with rasterio.open(path) as source:
        at, many = (
            int(source.get_tag_item(f"BLOCK_{w}_2_3", "TIFF", 1)) for w in ("OFFSET", "SIZE")
        )
    content = bytearray(path.read_bytes())
    content[at : at + many] = b"\xff" * many
    path.write_bytes(content)
    grid = open_raster(path)
    assert grid.warnings == ()
    found = grid.values(PixelGrid.of(grid.extent, Size(512, 512), grid.crs), SILENT)
    assert np.isnan(found[192:256, 128:192]).all()
    assert np.isnan(found).sum() == 64 * 64
    assert "a.tif is damaged" in grid.warnings[0]


def test_a_file_that_changes_or_goes_while_it_is_shown_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", slope(300, 300))
    grid = open_raster(path)
    view = PixelGrid.of(grid.extent, Size(300, 300), grid.crs)
    part = PixelGrid.of(grid.extent._replace(right=500_010.0), Size(20, 300), grid.crs)
    grid.values(view, SILENT)
    write(tmp_path / "b.tif", slope(200, 300)).replace(path)
    with pytest.raises(ReadError, match=r"a\.tif was changed") as caught:
        grid.values(part, SILENT)
    assert caught.value.hint
    assert open_raster(path).size == Size(300, 200)
    path.unlink()
    with pytest.raises(ReadError, match=r"a\.tif is not there"):
        grid.values(part, SILENT)
    write(path, slope(300, 300))
    grid.close()
    np.testing.assert_array_equal(grid.values(part, SILENT), slope(300, 300)[:, :20])


def test_huge_declared_sizes_cost_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    profile = {"driver": "GTiff", "count": 1, "dtype": "uint8", "crs": "EPSG:4547"}
    profile |= {"transform": from_origin(0, 9_000_000, 1, 1), "SPARSE_OK": True, "BIGTIFF": "YES"}
    with rasterio.open(
        path, "w", width=900_000, height=900_000, tiled=True, blockxsize=4096, blockysize=4096,
        **profile,
    ):  # fmt: skip
        pass
    grid = open_raster(path)
    part = Extent(1000, 8_998_900, 1100, 8_999_000)
    assert (grid.values(PixelGrid.of(part, Size(100, 100), grid.crs), SILENT) == 0).all()
    with rasterio.open(
        path, "w", width=900_000, height=1000, blockysize=1000, compress="deflate", **profile
    ):
        pass
    with pytest.raises(ReadError, match="pieces too large"):
        open_raster(path)


def test_other_drivers_are_not_tried(tmp_path: Path) -> None:
    write(tmp_path / "real.tif", slope())
    (tmp_path / "a.tif").write_text(
        '<VRTDataset rasterXSize="80" rasterYSize="60"><VRTRasterBand dataType="Float32" band="1">'
        "<SimpleSource><SourceFilename>real.tif</SourceFilename></SimpleSource></VRTRasterBand>"
        "</VRTDataset>"
    )
    with pytest.raises(ReadError, match="not a GeoTIFF"):
        open_raster(tmp_path / "a.tif")


@pytest.mark.real_data
@pytest.mark.parametrize("kind", ["raw", "normalised"])
def test_a_real_thermal_mosaic(shared_data: Path, kind: str) -> None:
    path = shared_data / f"thermal/geotiff/guangzhou_river_mosaic_{kind}_degC_f32_cog.tif"
    grid = open_raster(path)
    assert (grid.crs, grid.unit, grid.is_picture) == ("EPSG:32649", "°C", False)
    extent, size = whole(grid, "EPSG:4490", 1920, 1080)
    ours = grid.values(PixelGrid.of(extent, size, "EPSG:4490"), SILENT)
    assert same(ours, by_rasterio(path, "EPSG:4490", extent, size)) > 0.999
    found = grid.statistics(SILENT)
    assert found is not None
    assert -10 < found.p2 < found.p98 < 60


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "band"),
    [
        ("riotiler_cog_nodata_nan", 1),
        ("rasterio_float_raster_with_nodata", 1),
        ("rasterio_alpha", 1),
        ("riotiler_pix4d_alpha_nodata", 2),
    ],
)
def test_real_files_of_many_makers(shared_data: Path, name: str, band: int) -> None:
    path = shared_data / f"thermal/geotiff/{name}.tif"
    grid = open_raster(path)
    extent, size = whole(grid, MAP)
    theirs = by_rasterio(path, MAP, extent, size, band)
    if not grid.is_picture:
        assert same(grid.values(PixelGrid.of(extent, size, MAP), SILENT), theirs) > 0.99
        return
    ours = grid.colours(PixelGrid.of(extent, size, MAP), SILENT)
    seen = (ours[..., 3] == 255) & np.isfinite(theirs)
    assert seen.mean() > 0.01
    assert (ours[..., band - 1][seen] == theirs[seen]).mean() > 0.99


def test_a_raster_that_says_it_is_larger_than_anybody_can_wait_for(tmp_path: Path) -> None:
    """A file of 1 MB may declare 4 million million cells and hold none."""
    path = tmp_path / "huge.tif"
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=2_000_000,
        height=2_000_000,
        count=1,
        dtype="uint8",
        crs="EPSG:4547",
        transform=from_origin(400_000, 3_000_000, 0.1, 0.1),
        SPARSE_OK=True,
        BIGTIFF="YES",
        tiled=True,
        blockxsize=4096,
        blockysize=4096,
    ):
        pass
    grid = open_raster(path)
    close_by = Extent(400_000, 2_999_990, 400_010, 3_000_000)
    assert (grid.values(PixelGrid.of(close_by, Size(100, 100), grid.crs), SILENT) == 0).all()
    with pytest.raises(ReadError, match="no overviews"):
        grid.values(PixelGrid.of(grid.extent, Size(100, 100), grid.crs), SILENT)
    grid.close()
