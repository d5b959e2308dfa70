"""Blocks kept in memory: bounded, shared by threads, never those of another file."""

from __future__ import annotations

import gc
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.io import raster, raster_blocks, raster_cells
from gisapp.io.raster import open_raster
from gisapp.io.raster_blocks import BLOCKS, BlockCache, Blocks
from gisapp.model.errors import ReadError
from gisapp.model.geometry import PixelGrid, Point, Size
from gisapp.model.progress import Cancelled, Silent
from tests.io.test_raster import write

SILENT = Silent()
SIZE = Size(1000, 700)
CELLS = np.arange(SIZE.width * SIZE.height, dtype=np.float32).reshape(SIZE.height, SIZE.width)


class File:
    """Cells in memory that count how often they are read."""

    def __init__(self, cells: Any = CELLS, *, lasting: bool = True) -> None:
        self.cells, self.lasting = cells, lasting
        self.read: list[tuple[int, int, int, int]] = []

    def __call__(self, window: tuple[int, int, int, int], progress: Any) -> Any:
        self.read.append(window)
        left, top, width, height = window
        return self.cells[top : top + height, left : left + width], self.lasting


def part(cells: Any, window: tuple[int, int, int, int]) -> Any:
    left, top, width, height = window
    return cells[top : top + height, left : left + width]


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
    st.lists(
        st.tuples(
            st.integers(0, 999), st.integers(0, 699), st.integers(1, 999), st.integers(1, 699)
        ),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 3_000_000),
    st.booleans(),
)
def test_windows_are_as_the_file_has_them(
    block: tuple[int, int], asked: list[tuple[int, int, int, int]], most: int, colours: bool
) -> None:
    cells = CELLS.view(np.uint8).reshape(*CELLS.shape, 4) if colours else CELLS
    cache, file = BlockCache(most), File(cells)
    blocks = Blocks(("a", 0), SIZE, block, cache)
    for left, top, width, height in asked:
        window = (left, top, min(width, 1000 - left), min(height, 700 - top))
        np.testing.assert_array_equal(blocks.cells(window, file, SILENT), part(cells, window))
        assert cache.bytes <= most


def test_a_block_is_read_once_as_long_as_there_is_room() -> None:
    block = 256 * 256 * 4
    cache, file = BlockCache(2 * block), File()
    blocks = Blocks(("a", 0), SIZE, (256, 256), cache)
    first, second, third = ((256 * n + 3, 5, 9, 7) for n in range(3))
    for window in (first, second, first, third, first):
        blocks.cells(window, file, SILENT)
    assert len(file.read) == 3
    blocks.cells(second, file, SILENT)  # the one not used for longest had to go
    assert len(file.read) == 4
    assert cache.bytes == 2 * block


def test_with_less_memory_blocks_go_at_once() -> None:
    block = 256 * 256 * 4
    cache, file = BlockCache(9 * block), File()
    blocks = Blocks(("a", 0), SIZE, (256, 256), cache)
    blocks.cells((0, 0, 700, 500), file, SILENT)
    assert cache.bytes == 6 * block
    cache.keep_at_most(2 * block)
    assert cache.bytes == 2 * block


def test_what_one_owner_has_is_forgotten_and_nothing_else() -> None:
    cache, file, other = BlockCache(), File(), File(CELLS + 1)
    window = (0, 0, 10, 10)
    mine, others = (Blocks((name, 0), SIZE, (256, 256), cache) for name in "ab")
    mine.cells(window, file, SILENT)
    others.cells(window, other, SILENT)
    cache.forget("a")
    assert cache.bytes == 256 * 256 * 4
    mine.cells(window, file, SILENT)
    others.cells(window, other, SILENT)
    assert (len(file.read), len(other.read)) == (2, 1)


def test_what_could_not_be_read_is_tried_again() -> None:
    cache, file = BlockCache(), File(lasting=False)
    blocks = Blocks(("a", 0), SIZE, (256, 256), cache)
    window = (250, 0, 12, 10)
    for _ in range(2):
        np.testing.assert_array_equal(blocks.cells(window, file, SILENT), part(CELLS, window))
    assert (len(file.read), cache.bytes) == (4, 0)

    def broken(window: Any, progress: Any) -> Any:
        raise ReadError("no")

    for _ in range(2):  # nobody waits for a block that never came
        with pytest.raises(ReadError, match="no"):
            blocks.cells(window, broken, SILENT)


def test_two_threads_read_a_block_once_and_who_waits_can_be_stopped() -> None:
    cache, file = BlockCache(), File()
    blocks = Blocks(("a", 0), SIZE, (256, 256), cache)
    began, go = threading.Event(), threading.Event()
    window = (300, 300, 100, 100)
    found: list[Any] = []

    def slow(window: Any, progress: Any) -> Any:
        began.set()
        assert go.wait(30)
        return file(window, progress)

    class Stopped(Silent):
        def report(self, fraction: float, message: str = "") -> None:
            raise Cancelled

    first = threading.Thread(target=lambda: found.append(blocks.cells(window, slow, SILENT).copy()))
    first.start()
    assert began.wait(30)
    with pytest.raises(Cancelled):
        blocks.cells(window, file, Stopped())
    second = threading.Thread(
        target=lambda: found.append(blocks.cells(window, file, SILENT).copy())
    )
    second.start()
    go.set()
    for thread in (first, second):
        thread.join(30)
    assert len(file.read) == 1
    for cells in found:
        np.testing.assert_array_equal(cells, part(CELLS, window))
    assert len(found) == 2


def test_large_windows_and_long_strips_are_read_as_they_are() -> None:
    assert Blocks(("a", 0), SIZE, (256, 256)).suit((0, 0, 1000, 700))
    assert not Blocks(("a", 0), SIZE, (1, 20_000)).suit((0, 0, 10, 10))
    assert not Blocks(("a", 0), Size(9000, 9000), (256, 256)).suit((0, 0, 9000, 9000))


def kept_of(grid: Any) -> int:
    return len(BLOCKS._owners.get(grid.cells._owner, ()))


def grid_at(grid: Any, left: float, top: float) -> PixelGrid:
    """512 x 512 pixels of a third of a metre."""
    origin = Point(grid.extent.left + left, grid.extent.top - top)
    return PixelGrid(origin, (1 / 3, 0.0), (0.0, -1 / 3), Size(512, 512), grid.crs)


def test_squares_of_a_map_decode_a_block_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.tif", CELLS, tiled=True, blockxsize=256, blockysize=256)
    grid = open_raster(path)
    asked: list[Any] = []
    theirs = raster_cells.FileCells._values

    def counted(self: Any, level: int, window: Any, *rest: Any) -> Any:
        asked.append((level, window))
        return theirs(self, level, window, *rest)

    monkeypatch.setattr(raster_cells.FileCells, "_values", counted)
    for left in (0, 100, 200):
        for top in (0, 90, 180):
            grid.values(grid_at(grid, left, top), SILENT)
    assert len(asked) == len(set(asked)) == kept_of(grid)
    grid.close()
    assert kept_of(grid) == 0


def test_a_file_that_changes_while_it_is_open_is_never_shown_from_memory(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", CELLS, tiled=True, blockxsize=256, blockysize=256)
    grid = open_raster(path)
    old = grid.values(grid_at(grid, 0, 0), SILENT)
    assert kept_of(grid)
    write(tmp_path / "b.tif", CELLS + 7, tiled=True, blockxsize=256, blockysize=256).replace(path)
    with pytest.raises(ReadError, match="changed"):
        grid.values(grid_at(grid, 1, 0), SILENT)
    grid.close()
    np.testing.assert_array_equal(grid.values(grid_at(grid, 0, 0), SILENT), old + 7)
    grid.close()


def test_blocks_go_with_their_raster(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", CELLS, tiled=True, blockxsize=256, blockysize=256)
    grid = open_raster(path)
    grid.values(grid_at(grid, 0, 0), SILENT)
    owner = grid.cells._owner
    assert owner in BLOCKS._owners
    del grid
    gc.collect()
    assert owner not in BLOCKS._owners


def test_the_grid_of_the_file_gives_its_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.tif", CELLS, tiled=True, blockxsize=256, blockysize=256)
    for most in (raster_blocks.MOST_CELLS, 100):
        monkeypatch.setattr(raster_blocks, "MOST_CELLS", most)
        grid = open_raster(path)
        whole = PixelGrid.of(grid.extent, grid.size, grid.crs)
        np.testing.assert_array_equal(grid.values(whole, SILENT), CELLS)
        assert bool(kept_of(grid)) is (most > 100)
        grid.close()


def test_blocks_of_an_overview_are_kept_until_it_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raster, "MANY", 10_000)
    monkeypatch.setattr(raster, "COARSE", 128)
    grid = open_raster(write(tmp_path / "a.tif", CELLS))
    grid.build_overview(tmp_path / "cache", SILENT)
    overview = grid._overview
    assert overview is not None
    view = PixelGrid.of(grid.extent, Size(500, 350), grid.crs)
    found = grid.values(view, SILENT)
    owner = overview._owner
    assert owner in BLOCKS._owners
    grid._latest.clear()
    np.testing.assert_array_equal(grid.values(view, SILENT), found)
    grid.close()
    assert owner not in BLOCKS._owners
