"""Tiles in files: MBTiles and PMTiles, whole, damaged and hostile."""

from __future__ import annotations

import gzip
import itertools
import random
import sqlite3
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.io.mbtiles import MbTiles, MbTilesWriter
from gisapp.io.pmtiles import PmTiles, read_directory, tile_number
from gisapp.io.tile_raster import TileRaster
from gisapp.model.errors import ReadError, WriteError
from gisapp.model.geometry import PixelGrid, Size
from gisapp.model.progress import Silent
from gisapp.model.tile_grid import Tile, web_grid
from tests.io.tile_files import directory, small_vector_tile, write_mbtiles, write_pmtiles
from tests.tile_server import png, tile_picture

AREA = (14, 13345, 7115)
TILES = {
    (z, x, y): png(tile_picture(z, x, y))
    for z, x, y in [(13, 6672, 3557), AREA, (14, 13346, 7115), (14, 13345, 7116)]
}
BOUNDS = "113.2,22.9,113.4,23.2"


def shown(tiles: MbTiles | PmTiles, zxy: tuple[int, int, int] = AREA) -> np.ndarray:
    z, x, y = zxy
    extent = web_grid(0, 19).levels[z].extent_of(x, y)
    grid = PixelGrid.of(extent, Size(256, 256), "EPSG:3857")
    return TileRaster(tiles).colours(grid, Silent())


def test_mbtiles_are_shown(tmp_path):
    path = write_mbtiles(
        tmp_path / "a.mbtiles", TILES, name="Made up", format="png", bounds=BOUNDS, attribution="us"
    )
    tiles = MbTiles(path)
    assert (tiles.name, tiles.attribution, tiles.zooms) == ("Made up", "us", (13, 14))
    assert np.array_equal(shown(tiles), tile_picture(*AREA))
    assert not TileRaster(tiles).is_endless
    below = shown(tiles, (14, 13344, 7114))  # from the tile above
    assert below.any()
    tiles.close()


def test_pixels_of_512_are_noticed(tmp_path):
    big = {(0, 0, 0): png(tile_picture(0, 0, 0, 512))}
    tiles = MbTiles(write_mbtiles(tmp_path / "a.mbtiles", big))
    assert tiles.grid.levels[0].tile == (512, 512)
    tiles.close()


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + b"\xff" * 3000])
def test_what_is_no_mbtiles_is_said(tmp_path, content):
    path = tmp_path / "a.mbtiles"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=r"a\.mbtiles"):
        MbTiles(path)


def test_mbtiles_without_tiles_or_with_nonsense(tmp_path):
    with pytest.raises(ReadError, match="no tiles"):
        MbTiles(write_mbtiles(tmp_path / "a.mbtiles", {}))
    tiles = MbTiles(write_mbtiles(tmp_path / "b.mbtiles", {(1, 0, 0): b"no picture"}))
    assert tiles.look(Tile(0, 0, 0)) is None
    tiles.close()


def test_a_question_that_never_ends_is_stopped(tmp_path):
    file = sqlite3.connect(tmp_path / "a.mbtiles")
    file.execute("CREATE TABLE metadata (name TEXT, value TEXT)")
    file.execute(
        "CREATE VIEW tiles AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
        " SELECT i AS zoom_level, i AS tile_column, i AS tile_row, x'00' AS tile_data FROM n"
    )
    file.close()
    with pytest.raises(ReadError):
        MbTiles(tmp_path / "a.mbtiles")


def test_writing_mbtiles_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.mbtiles"
    writer = MbTilesWriter(path)
    writer.begin("one")
    writer.add([(*zxy, body) for zxy, body in list(TILES.items())[:2]])
    writer.close()
    assert not path.exists()
    again = MbTilesWriter(path)
    again.begin("one")
    assert again.stored() == set(list(TILES)[:2])
    again.add([(*zxy, body) for zxy, body in TILES.items()])
    again.finish({"name": "A", "format": "png", "bounds": BOUNDS})
    assert [one.name for one in tmp_path.iterdir()] == ["a.mbtiles"]
    tiles = MbTiles(path)
    assert np.array_equal(shown(tiles), tile_picture(*AREA))
    tiles.close()


def test_what_was_begun_for_something_else_is_not_mixed_in(tmp_path):
    writer = MbTilesWriter(tmp_path / "a.mbtiles")
    writer.begin("one")
    writer.add([(1, 0, 0, b"x")])
    writer.close()
    other = MbTilesWriter(tmp_path / "a.mbtiles")
    other.begin("two")
    assert other.stored() == set()
    other.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(WriteError):
        MbTilesWriter(tmp_path / "none" / "a.mbtiles")


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("leaves", [0, 2])
def test_pmtiles_are_shown(tmp_path, packed, leaves):
    path = write_pmtiles(
        tmp_path / "a.pmtiles",
        TILES,
        packed=packed,
        leaves=leaves,
        bounds=(113.2, 22.9, 113.4, 23.2),
    )
    tiles = PmTiles(path)
    assert tiles.attribution == "Made up"
    for zxy in TILES:
        assert np.array_equal(shown(tiles, zxy), tile_picture(*zxy))
    assert tiles.tile(14, 0, 0) is None
    tiles.close()


def test_numbers_of_tiles():
    """As the specification has them."""
    assert [tile_number(*t) for t in [(0, 0, 0), (1, 0, 0), (1, 0, 1), (1, 1, 1), (1, 1, 0)]] == [
        0, 1, 2, 3, 4,
    ]  # fmt: skip
    assert tile_number(2, 0, 0) == 5
    assert tile_number(12, 3423, 1763) == 19078479


@given(st.integers(1, 7))
def test_each_tile_of_a_zoom_has_a_number_of_its_own_beside_its_neighbour(zoom):
    side = 2**zoom
    found = sorted((tile_number(zoom, x, y), x, y) for x in range(side) for y in range(side))
    first = sum(4**z for z in range(zoom))
    assert [n for n, _, _ in found] == list(range(first, first + side * side))
    steps = itertools.pairwise(found)
    assert all(abs(a[1] - b[1]) + abs(a[2] - b[2]) == 1 for a, b in steps)


@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(0, 10**6), st.integers(1, 99)),
        max_size=50,
    )
)
def test_a_directory_and_back(rows):
    first, entries = 0, []
    for step, run, offset, length in rows:
        first += step
        entries.append((first, run, offset, length))
    assert [tuple(e) for e in read_directory(directory(entries))] == entries


@settings(max_examples=40)
@given(st.integers(0, 10**9))
def test_a_damaged_pmtiles_is_said_or_shows_less(tmp_path_factory, seed):
    folder = tmp_path_factory.mktemp("damaged")
    path = write_pmtiles(folder / "a.pmtiles", {AREA: TILES[AREA]}, packed=False)
    body = bytearray(path.read_bytes())
    numbers = random.Random(seed)
    for _ in range(3):
        body[numbers.randrange(8, 200)] = numbers.randrange(256)
    path.write_bytes(bytes(body[: numbers.choice([len(body), 150, 60])]))
    try:
        tiles = PmTiles(path)
    except ReadError:
        return
    shown(tiles)
    tiles.close()


def test_a_directory_of_a_billion_entries_is_not_made(tmp_path):
    with pytest.raises(ValueError, match="count"):
        read_directory(b"\xff\xff\xff\xff\x7f" + b"\0" * 100)
    path = write_pmtiles(tmp_path / "a.pmtiles", {AREA: TILES[AREA]})
    body = path.read_bytes()
    bomb = gzip.compress(b"\0" * 30_000_000)
    head = bytearray(body[:127])
    struct.pack_into("<2Q", head, 8, len(body), len(bomb))
    path.write_bytes(bytes(head) + body[127:] + bomb)
    with pytest.raises(ReadError, match=r"a\.pmtiles"):
        PmTiles(path)


def test_vector_tiles_need_somebody_who_draws_them(tmp_path):
    one = {(0, 0, 0): small_vector_tile()}
    with pytest.raises(ReadError, match="vector"):
        MbTiles(write_mbtiles(tmp_path / "a.mbtiles", one, format="pbf"))
    with pytest.raises(ReadError, match="vector"):
        PmTiles(write_pmtiles(tmp_path / "a.pmtiles", one, kind=1))


def test_a_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(ReadError, match="not there"):
        MbTiles(tmp_path / "none.mbtiles")


def test_a_view_that_makes_up_large_tiles_costs_no_memory(tmp_path):
    path = tmp_path / "a.mbtiles"
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE metadata (name TEXT, value TEXT)")
        file.execute(
            "CREATE VIEW tiles AS SELECT 0 AS zoom_level, 0 AS tile_column, 0 AS tile_row,"
            " randomblob(900000000) AS tile_data"
        )
    file.close()
    with pytest.raises(ReadError):
        MbTiles(path)


def test_what_a_download_left_damaged_is_begun_anew(tmp_path):
    path = tmp_path / "a.mbtiles"
    writer = MbTilesWriter(path)
    writer.begin("x")
    writer.add([(14, number, 0, bytes(500)) for number in range(200)])
    writer.close()
    whole = writer.beside.read_bytes()
    for start in (100, 4096, len(whole) // 2):
        broken = bytearray(whole)
        broken[start : start + 4000] = b"\xff" * 4000
        writer.beside.write_bytes(broken)
        again = MbTilesWriter(path)
        again.begin("x")
        assert again.stored() == set()
        again.add([(0, 0, 0, b"tile")])
        assert again.stored() == {(0, 0, 0)}
        again.close()
