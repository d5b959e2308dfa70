"""Tiles: where they lie, which ones an extent needs, and as text of a project."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisapp.model.errors import ParameterError
from gisapp.model.geometry import Extent
from gisapp.model.tile_grid import (
    HALF_WORLD,
    Tile,
    degree_grid,
    doubling_grid,
    grid_from_text,
    grid_text,
    web_grid,
)


def test_the_web_map_begins_in_the_north_west():
    grid = web_grid(0, 3)
    assert grid.extent_of(Tile(0, 0, 0)) == pytest.approx(
        (-HALF_WORLD, -HALF_WORLD, HALF_WORLD, HALF_WORLD)
    )
    assert grid.extent_of(Tile(1, 1, 0)) == pytest.approx((0, 0, HALF_WORLD, HALF_WORLD))


def test_degrees_have_two_tiles_at_zoom_one():
    grid = degree_grid("EPSG:4490", 1, 3)
    assert grid.levels[0].name == "1"
    assert grid.extent_of(Tile(0, 1, 0)) == (0, -90, 180, 90)
    assert grid.levels[0].count_in(Extent(-180, -90, 180, 90)) == 2


@given(zoom=st.integers(1, 18), column=st.integers(0, 2**18), row=st.integers(0, 2**18))
def test_the_extent_of_a_tile_needs_this_tile_alone_and_its_parent_holds_it(zoom, column, row):
    grid = web_grid(0, 18)
    tile = Tile(zoom, column % 2**zoom, row % 2**zoom)
    assert list(grid.tiles(zoom, grid.extent_of(tile))) == [tile]
    above = grid.above(tile)
    assert above == Tile(zoom - 1, tile.column // 2, tile.row // 2)
    assert grid.above(Tile(0, 0, 0)) is None


@given(st.floats(0.15, 150_000))
def test_the_level_is_the_nearest_by_ratio(resolution):
    grid = web_grid(0, 20)
    ratio = grid.levels[grid.level_for(resolution)].resolution / resolution
    assert 2**-0.5 - 1e-9 <= ratio <= 2**0.5 + 1e-9


def test_within_an_extent():
    grid = web_grid(5, 8)
    corner = grid.extent_of(Tile(2, 100, 50))
    small = grid.within(corner)
    assert small.levels[2].columns == (100, 101)
    assert small.levels[3].rows == (100, 102)
    assert small.above(Tile(2, 100, 50)) == Tile(1, 50, 25)


def test_a_grid_for_any_rectangle_is_anchored_alike():
    here, there = Extent(400_000, 2_500_000, 500_000, 2_600_000), Extent(450_000, 2.5e6, 6e5, 2.6e6)
    a, b = (doubling_grid("EPSG:4547", e, 156_543.0, 20, 512) for e in (here, there))
    assert a.levels[-1].extent_of(3, 4) == b.levels[-1].extent_of(3, 4)


def test_text_and_back():
    grid = degree_grid("EPSG:4490", 1, 18)
    assert grid_from_text(grid_text(grid)) == grid


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"crs":"EPSG:3857","levels":[]}',
        '{"crs":"EPSG:3857","levels":[["0",0,0,0,256,256,0,1,0,1]]}',
        '{"crs":"EPSG:3857","levels":[["0",1e999,0,0,256,256,0,1,0,1]]}',
        '{"crs":"EPSG:3857","levels":[["0",1,0,0,99999,256,0,1,0,1]]}',
        "[" * 100_000,
    ],
)
def test_nonsense_is_refused(text):
    with pytest.raises(ParameterError):
        grid_from_text(text)
