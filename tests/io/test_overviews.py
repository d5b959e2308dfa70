"""Overviews in the cache: what they hold, and what happens when making them goes wrong."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gisapp.io import overview_levels, overviews, raster, raster_recipe
from gisapp.io.overview_levels import Preview, Recipe, halved
from gisapp.io.overviews import build_overview, open_overview, overview_folder
from gisapp.io.raster import GridFile, open_raster
from gisapp.io.raster_handles import Handles
from gisapp.io.raster_kernels import load
from gisapp.model.errors import ReadError, WriteError
from gisapp.model.geometry import Extent, PixelGrid, Size
from gisapp.model.progress import Cancelled, Progress, Silent
from tests.io.test_raster import write

SILENT = Silent()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of some hundred cells are large enough to want overviews."""
    monkeypatch.setattr(raster, "MANY", 10_000)
    monkeypatch.setattr(raster, "COARSE", 128)
    monkeypatch.setattr(raster, "AFFORDABLE", 50_000)
    monkeypatch.setattr(raster_recipe, "AT_ONCE", 60_000)
    monkeypatch.setattr(overview_levels, "SMALLEST", 32)
    monkeypatch.setattr(overview_levels, "PREVIEW", 128)


def waves(rows: int = 700, columns: int = 900) -> np.ndarray:
    y, x = np.mgrid[:rows, :columns]
    return (20 + 5 * np.sin(x / 60) + 3 * np.cos(y / 45)).astype(np.float32)


def view(grid: GridFile, width: int, height: int) -> PixelGrid:
    return PixelGrid.of(grid.extent, Size(width, height), grid.crs)


def factors(grid: GridFile) -> list[float]:
    assert grid._overview is not None
    return [level.scale[0] for level in grid._overview.levels]


LAYOUTS = [{}, {"tiled": True, "blockxsize": 64, "blockysize": 64}, {"blockysize": 37}]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("first", [2, 4])
def test_the_levels_are_averages_of_what_is_there(
    tmp_path: Path, small: None, layout: dict[str, object], first: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(raster_recipe, "first_factor", lambda size: first)
    cells = waves()
    cells[100:300, 200:401] = -9999
    grid = open_raster(write(tmp_path / "a.tif", cells, nodata=-9999.0, **layout))
    assert grid.needs_overview
    assert not grid.find_overview(tmp_path / "cache")
    grid.build_overview(tmp_path / "cache", SILENT)
    assert not grid.needs_overview
    assert factors(grid) == [float(first * 2**n) for n in range(5 if first == 2 else 4)]
    cells[100:300, 200:401] = np.nan
    known = cells[: 700 // 4 * 4].reshape(175, 4, 225, 4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of means of nothing
        halves = np.nanmean(cells.reshape(350, 2, 450, 2), axis=(1, 3))
        expected = np.nanmean(halves.reshape(175, 2, 225, 2), axis=(1, 3))
    found = grid.values(view(grid, 225, 175), SILENT)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert np.isnan(found).sum() == np.isnan(known).all(axis=(1, 3)).sum()


def test_an_overview_is_found_again_until_the_file_is_another(tmp_path: Path, small: None) -> None:
    path, cache = write(tmp_path / "a.tif", waves()), tmp_path / "cache"
    open_raster(path).build_overview(cache, SILENT)
    assert open_raster(path).find_overview(cache)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.tif", "cache"]
    assert not open_raster(path, band=1).find_overview(cache)
    write(path, waves() + 1)
    grid = open_raster(path)
    assert not grid.find_overview(cache)
    grid.build_overview(cache, SILENT)
    assert len(list((cache / "overviews").iterdir())) == 1, "the older one is removed"
    found = grid.values(view(grid, 90, 70), SILENT)
    assert found.mean() == pytest.approx(float(waves().mean()) + 1, abs=0.1)


def test_pictures_with_masks_and_palettes(tmp_path: Path, small: None) -> None:
    rng = np.random.default_rng(3)
    cells = rng.integers(0, 256, (3, 512, 512), dtype=np.uint8)
    mask = np.full((512, 512), 255, np.uint8)
    mask[:256] = 0
    grid = open_raster(write(tmp_path / "a.tif", cells, photometric="RGB", mask=mask))
    grid.build_overview(tmp_path / "cache", SILENT)
    found = grid.colours(view(grid, 64, 64), SILENT)
    assert not found[:32].any()
    assert (found[32:, :, 3] == 255).all()
    mean = cells[:, 256:].reshape(3, 32, 8, 64, 8).mean(axis=(2, 4))
    np.testing.assert_allclose(np.moveaxis(found[32:, :, :3], -1, 0), mean, atol=2.5)

    table = {0: (10, 0, 0, 255), 1: (0, 200, 0, 255), 2: (0, 0, 90, 255)}
    classes = rng.integers(0, 3, (512, 512), dtype=np.uint8)
    grid = open_raster(write(tmp_path / "b.tif", classes, colours=table))
    grid.build_overview(tmp_path / "cache", SILENT)
    found = grid.colours(view(grid, 64, 64), SILENT)
    assert {tuple(c) for c in found.reshape(-1, 4)} == set(table.values()), "no mixed colours"


def test_class_numbers_are_not_averaged(tmp_path: Path, small: None) -> None:
    path = write(
        tmp_path / "a.tif", np.random.default_rng(4).integers(1, 4, (512, 512)).astype("u1")
    )
    with rasterio.open(path, "r+") as target:
        target.update_tags(1, LAYER_TYPE="thematic")
    grid = open_raster(path)
    grid.build_overview(tmp_path / "cache", SILENT)
    assert set(np.unique(grid.values(view(grid, 64, 64), SILENT))) == {1.0, 2.0, 3.0}


def test_while_it_is_made_the_picture_fills_and_the_map_is_told(
    tmp_path: Path, small: None
) -> None:
    grid = open_raster(write(tmp_path / "a.tif", waves(), tiled=True, blockxsize=64, blockysize=64))
    told: list[Extent] = []
    shares = []

    def arrived(extent: Extent, crs: str) -> None:
        assert crs == grid.crs
        told.append(extent)
        shares.append(float(np.isfinite(grid.values(view(grid, 90, 70), SILENT)).mean()))

    grid.arrived.append(arrived)
    grid.build_overview(tmp_path / "cache", SILENT)
    assert len(told) > 4
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.5
    assert shares[-1] == 1.0
    assert told[-1] == grid.extent


class StopAt:
    def __init__(self, fraction: float) -> None:
        self.fraction = fraction

    def report(self, fraction: float, message: str = "") -> None:
        if fraction >= self.fraction:
            raise Cancelled


def left_in(cache: Path) -> list[Path]:
    return [p for p in cache.rglob("*") if p.name != "overviews"]


def test_stopping_leaves_nothing_and_it_can_be_begun_again(tmp_path: Path, small: None) -> None:
    grid, cache = open_raster(write(tmp_path / "a.tif", waves())), tmp_path / "cache"
    with pytest.raises(Cancelled):
        grid.build_overview(cache, StopAt(0.5))
    assert left_in(cache) == []
    assert np.isfinite(grid.values(view(grid, 90, 70), SILENT)).all()
    grid.build_overview(cache, SILENT)
    assert not grid.needs_overview


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """As on a full disk: writing more fails in the middle of the file."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fills_up_is_said_and_leaves_nothing(tmp_path: Path, small: None) -> None:
    noise = np.random.default_rng(5).normal(size=(800, 900)).astype(np.float32)
    grid, cache = open_raster(write(tmp_path / "a.tif", noise)), tmp_path / "cache"
    with no_file_larger_than(100_000), pytest.raises(WriteError) as caught:
        grid.build_overview(cache, SILENT)
    assert caught.value.hint
    assert left_in(cache) == []
    assert np.isfinite(grid.values(view(grid, 90, 70), SILENT)).all()


def test_too_little_room_is_said_before_anything_is_written(
    tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Disk:
        free = 1000

    monkeypatch.setattr(overviews.shutil, "disk_usage", lambda place: Disk)
    grid = open_raster(write(tmp_path / "a.tif", waves()))
    with pytest.raises(WriteError, match="0 MB are free"):
        grid.build_overview(tmp_path / "cache", SILENT)
    assert left_in(tmp_path / "cache") == []


def test_a_file_where_the_cache_should_be_is_an_error(tmp_path: Path, small: None) -> None:
    (tmp_path / "cache").write_text("not a folder")
    grid = open_raster(write(tmp_path / "a.tif", waves()))
    with pytest.raises(WriteError):
        grid.build_overview(tmp_path / "cache", SILENT)


@pytest.mark.parametrize("damage", ["shorter", "garbage", "facts", "missing"])
def test_a_damaged_cache_is_made_again(tmp_path: Path, small: None, damage: str) -> None:
    path, cache = write(tmp_path / "a.tif", waves()), tmp_path / "cache"
    first = open_raster(path)
    first.build_overview(cache, SILENT)
    before = first.values(view(first, 90, 70), SILENT)
    first.close()
    (folder,) = (cache / "overviews").iterdir()
    level = folder / "8.tif"
    if damage == "shorter":
        level.write_bytes(level.read_bytes()[:-100])
    elif damage == "garbage":
        with rasterio.open(level) as source:
            at = int(source.get_tag_item("BLOCK_OFFSET_0_0", "TIFF", 1))
        content = level.read_bytes()
        level.write_bytes(content[:at] + b"\xa5" * 100 + content[at + 100 :])
    elif damage == "facts":
        (folder / "overview.json").write_text('{"levels": [[2')
    else:
        level.unlink()
    grid = open_raster(path)
    grid.find_overview(cache)
    assert np.isfinite(grid.values(view(grid, 90, 70), SILENT)).all(), "from the file itself"
    assert grid.needs_overview
    grid.build_overview(cache, SILENT)
    np.testing.assert_array_equal(grid.values(view(grid, 90, 70), SILENT), before)


def test_a_file_that_cannot_be_read_stops_the_build(tmp_path: Path, small: None) -> None:
    path = write(tmp_path / "a.tif", waves())
    grid, cache = open_raster(path), tmp_path / "cache"

    class Remove:
        def report(self, fraction: float, message: str = "") -> None:
            if fraction > 0.5:
                path.unlink(missing_ok=True)

    with pytest.raises(ReadError, match=r"a\.tif is not there"):
        grid.build_overview(cache, Remove())
    assert left_in(cache) == []


def test_files_that_have_overviews_or_are_small_need_none(tmp_path: Path, small: None) -> None:
    assert not open_raster(write(tmp_path / "a.tif", waves(90, 100))).needs_overview
    cog = write(tmp_path / "b.tif", waves(), driver="COG", blocksize=128)
    assert not open_raster(cog).needs_overview
    assert open_raster(cog).find_overview(tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


@settings(max_examples=25, deadline=None)
@given(
    arrays(
        np.float32,
        st.tuples(st.integers(1, 7), st.integers(1, 7)),
        elements=st.one_of(st.just(np.float32(np.nan)), st.floats(-100, 100, width=32)),
    )
)
def test_halves_are_the_same_compiled_and_not(cells: np.ndarray) -> None:
    load()
    compiled = halved(cells, True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overview_levels, "loops", lambda: None)
        plain = halved(cells, True)
    np.testing.assert_allclose(compiled, plain, rtol=1e-5, atol=1e-4)
    again = np.nanmean(cells) if np.isfinite(cells).any() and max(cells.shape) <= 2 else None
    if again is not None:
        assert plain[0, 0] == pytest.approx(float(again), abs=1e-3)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 700), st.integers(1, 700), st.integers(1, 97))
def test_every_row_arrives_at_every_level(
    tmp_path_factory: pytest.TempPathFactory, width: int, height: int, at_once: int
) -> None:
    """Whatever the sizes and however the rows come: each level is the half of the one before."""
    rng = np.random.default_rng(width * 1000 + height)
    base = rng.normal(size=(-(-height // 2), -(-width // 2))).astype(np.float32)

    def rows(first: int, count: int, progress: Progress) -> np.ndarray:
        return base[first : first + count]

    place = tmp_path_factory.mktemp("levels")
    folder = overview_folder(place, (("a.tif", 1, 2),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overview_levels, "SMALLEST", 8)
        patch.setattr(overview_levels, "TILE", 16)
        recipe = Recipe(Size(width, height), 2, False, True, rows, at_once)
        preview = Preview(recipe)
        build_overview(folder, recipe, SILENT, preview)
    found = open_overview(folder, Handles())
    assert found is not None
    expected = base
    for level in found.levels:
        cells = level.read((0, 0, *level.size), 1, SILENT)
        np.testing.assert_allclose(cells, expected, atol=1e-5)
        if level.size == preview.size:
            np.testing.assert_allclose(preview.cells, expected, atol=1e-5)
        expected = halved(expected, True)
    found.close()
