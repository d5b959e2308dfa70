"""Warping against rasterio's own warper, compiled and not; tiles that fit together."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.enums import Resampling as Theirs
from rasterio.transform import from_origin
from rasterio.warp import reproject

from gisapp.io import raster_warp
from gisapp.io.raster import GridFile, open_raster
from gisapp.io.raster_kernels import load, loops
from gisapp.io.raster_warp import RESAMPLINGS, Resampling
from gisapp.model.crs import transform, transform_extent
from gisapp.model.geometry import Extent, PixelGrid, Point, Size
from gisapp.model.progress import Silent
from tests.io.test_raster import write

SILENT = Silent()
MIDDLE = Point(500_250, 2_549_750)  # of a file of 1000 x 1000 cells of half a metre
FAR = 0.004  # of the range of values: what positions wrong by a hundredth of a cell may cost


@pytest.fixture(params=["compiled", "plain"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    load()
    assert loops() is not None
    if request.param == "plain":
        monkeypatch.setattr(raster_warp, "loops", lambda: None)


@pytest.fixture(scope="module")
def hills(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Smooth enough that a position wrong by little is a value wrong by little."""
    y, x = np.mgrid[:1000, :1000]
    cells = np.sin(x / 7) * np.cos(y / 9) + x / 500
    return write(tmp_path_factory.mktemp("hills") / "a.tif", cells.astype(np.float32), tiled=True)


def grid_at(crs: str, degrees: float, pixel: float, size: Size, shift: tuple[float, float]):
    """A picture around the middle of the file, turned, with pixels of so many metres."""
    at = transform(np.array([MIDDLE]) + shift, "EPSG:4547", crs)[0]
    east, north = transform(np.array([MIDDLE]) + shift + [(1, 0), (0, 1)], "EPSG:4547", crs) - at
    turn = math.radians(degrees)
    across = (east * math.cos(turn) + north * math.sin(turn)) * pixel
    down = (east * math.sin(turn) - north * math.cos(turn)) * pixel
    origin = at - across * size.width / 2 - down * size.height / 2
    return PixelGrid(Point(*origin), tuple(across), tuple(down), size, crs)


def by_rasterio(path: Path, grid: PixelGrid, how: Theirs) -> np.ndarray:
    out = np.full((grid.size.height, grid.size.width), np.nan, np.float32)
    (a, d), (b, e) = grid.across, grid.down
    with rasterio.open(path) as source:
        reproject(
            rasterio.band(source, 1),
            out,
            dst_transform=Affine(a, b, grid.origin.x, d, e, grid.origin.y),
            dst_crs=grid.crs,
            dst_nodata=np.nan,
            resampling=how,
            tolerance=0.0005,
        )
    return out


systems = st.sampled_from(["EPSG:4547", "EPSG:3857", "EPSG:4490", "EPSG:32650"])


@settings(max_examples=16, deadline=None)
@given(
    systems,
    st.sampled_from([how for how in RESAMPLINGS if how != "crisp"]),  # one of the others by scale
    st.floats(-180, 180),
    st.floats(0.05, 0.49),
    st.tuples(st.floats(-60, 60), st.floats(-60, 60)),
    st.booleans(),
)
def test_magnified_as_rasterio_does_it(
    hills: Path,
    crs: str,
    how: Resampling,
    degrees: float,
    pixel: float,
    shift: tuple[float, float],
    compiled: bool,
) -> None:
    grid = grid_at(crs, degrees, pixel, Size(150, 110), shift)
    file = open_raster(hills, options={"resampling": how})
    with pytest.MonkeyPatch.context() as patch:
        if not compiled:
            patch.setattr(raster_warp, "loops", lambda: None)
        ours = file.values(grid, SILENT)
    file.close()
    theirs = by_rasterio(hills, grid, Theirs[how])
    assert np.isfinite(ours).all()
    if how == "nearest":
        assert (ours == theirs).mean() > 0.99
    else:
        assert np.abs(ours - theirs).max() < FAR * 4


@settings(max_examples=8, deadline=None)
@given(systems, st.floats(-180, 180), st.floats(0.6, 0.95))
def test_a_little_smaller_than_the_file_as_rasterio_does_it(
    hills: Path, crs: str, degrees: float, pixel: float
) -> None:
    # Beside the lines between cells: on them, either of two is right.
    grid = grid_at(crs, degrees, pixel + 0.0123, Size(200, 150), (0.11, 0.07))
    file = open_raster(hills)
    assert (file.values(grid, SILENT) == by_rasterio(hills, grid, Theirs.nearest)).mean() > 0.99
    file.close()


@pytest.mark.parametrize("how", RESAMPLINGS)
@pytest.mark.parametrize("degrees", [0.0, 33.0])
def test_compiled_and_plain_give_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, degrees: float
) -> None:
    load()
    rng = np.random.default_rng(6)
    cells = rng.normal(size=(200, 200)).astype(np.float32)
    cells[rng.random((200, 200)) < 0.05] = np.nan
    colours = rng.integers(0, 256, (4, 200, 200), dtype=np.uint8)
    values = write(tmp_path / "a.tif", cells)
    picture = write(tmp_path / "b.tif", colours, photometric="RGB", alpha="yes")
    found = []
    for compiled in (True, False):
        if not compiled:
            monkeypatch.setattr(raster_warp, "loops", lambda: None)
        a = open_raster(values, options={"resampling": how})
        b = open_raster(picture, options={"resampling": how})
        middle = a.extent.center
        turn = math.radians(degrees)
        across = (0.3 * math.cos(turn), -0.3 * math.sin(turn))
        down = (-0.3 * math.sin(turn), -0.3 * math.cos(turn))
        origin = Point(
            middle.x - 200 * across[0] - 200 * down[0], middle.y - 200 * (across[1] + down[1])
        )
        grid = PixelGrid(origin, across, down, Size(400, 400), a.crs)
        found.append((a.values(grid, SILENT), b.colours(grid, SILENT)))
    (one, red), (two, blue) = found
    assert 0.2 < np.isfinite(one).mean() < 0.9
    np.testing.assert_array_equal(np.isnan(one), np.isnan(two))
    np.testing.assert_allclose(one, two, atol=1e-4)
    assert np.abs(red.astype(int) - blue).max() <= 1
    assert (red[..., :3] <= red[..., 3:]).all(), "colours stay multiplied by their alpha"


def test_beside_missing_cells(tmp_path: Path, either: None) -> None:
    """Edges stay where they are, and what is known weighs alone."""
    cells = np.array([[0, 10, np.nan], [0, 10, np.nan]], np.float32)
    for how in ("bilinear", "cubic"):
        grid = open_raster(write(tmp_path / "a.tif", cells), options={"resampling": how})
        found = grid.values(PixelGrid.of(grid.extent, Size(12, 8), grid.crs), SILENT)[4]
        np.testing.assert_array_equal(found[6:], [10, 10] + [np.nan] * 4)
        np.testing.assert_allclose(found[2:6], [1.25, 3.75, 6.25, 8.75], atol=1e-4)


def tiles_of(
    file: GridFile, origin: Point, pixel: float, degrees: float, across: int, down: int, crs: str
) -> tuple[np.ndarray, np.ndarray]:
    """A picture in one piece, and laid together from tiles of 128 pixels."""
    turn = math.radians(degrees)
    a = (pixel * math.cos(turn), -pixel * math.sin(turn))
    d = (-pixel * math.sin(turn), -pixel * math.cos(turn))

    def grid(column: int, row: int, size: Size) -> PixelGrid:
        at = Point(
            origin.x + column * a[0] + row * d[0],
            origin.y + column * a[1] + row * d[1],
        )
        return PixelGrid(at, a, d, size, crs)

    ask = file.colours if file.is_picture else file.values
    whole = ask(grid(0, 0, Size(across * 128, down * 128)), SILENT)
    rows = [
        np.concatenate(
            [ask(grid(c * 128, r * 128, Size(128, 128)), SILENT) for c in range(across)], 1
        )
        for r in range(down)
    ]
    return whole, np.concatenate(rows)


@pytest.mark.parametrize("how", RESAMPLINGS)
@pytest.mark.parametrize("crs", ["EPSG:4547", "EPSG:3857"])
@pytest.mark.parametrize(("pixel", "degrees"), [(0.25, 0.0), (1.0, 0.0), (3.3, 0.0), (2.7, 21.0)])
def test_tiles_are_parts_of_the_whole_pixel_by_pixel(
    tmp_path: Path, how: str, crs: str, pixel: float, degrees: float
) -> None:
    noise = np.random.default_rng(7).normal(size=(1500, 1500)).astype(np.float32)
    path = write(tmp_path / "a.tif", noise, tiled=True, blockxsize=128, blockysize=128)
    if pixel < 3:
        with rasterio.open(path, "r+") as target:
            target.build_overviews([2, 4, 8], Theirs.average)
    file = open_raster(path, options={"resampling": how})
    left, _, _, top = transform_extent(file.extent, file.crs, crs)
    whole, tiles = tiles_of(file, Point(left - 40, top + 40), pixel, degrees, 4, 3, crs)
    assert np.isfinite(whole).mean() > 0.2
    np.testing.assert_array_equal(np.isnan(whole), np.isnan(tiles))
    if how == "nearest":
        np.testing.assert_array_equal(whole, tiles)
    else:
        np.testing.assert_allclose(whole, tiles, atol=1e-5)


def test_a_picture_of_more_than_the_earth_is_no_error(tmp_path: Path, either: None) -> None:
    cells = np.arange(180 * 360, dtype=np.float32).reshape(180, 360)
    path = write(tmp_path / "a.tif", cells, crs="EPSG:4326", transform=from_origin(-180, 90, 1, 1))
    file = open_raster(path)
    world = Extent(-3e7, -3e7, 3e7, 3e7)
    found = file.values(PixelGrid.of(world, Size(200, 200), "EPSG:3857"), SILENT)
    assert found[100, 100] == 91 * 360 + 181, "a degree east and south of the middle"
    assert np.isfinite(found).any()
    zone = file.values(PixelGrid.of(world, Size(200, 200), "EPSG:4547"), SILENT)
    assert np.isfinite(zone).any()
