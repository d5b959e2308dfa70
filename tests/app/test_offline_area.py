"""An area of a base map taken along: estimated, cancelled, gone on with, whole or not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gisapp.app.base_map_reading import open_mbtiles
from gisapp.app.base_maps import address_layer, file_layer, preset_layer, with_shift
from gisapp.app.offline_area import OfflineArea, count_tiles, estimate, take_along, tiles_of
from gisapp.io.mbtiles import MbTiles
from gisapp.io.tile_desk import TileDesk
from gisapp.model.base_map_presets import preset
from gisapp.model.errors import GisError, ParameterError
from gisapp.model.geometry import Extent
from gisapp.model.layer import Layer
from gisapp.model.progress import Cancelled, Silent
from tests.io.test_tile_raster import away, grid_at
from tests.tile_server import Reply, TileServer, expected, tile_desk, tile_server

AREA = OfflineArea(Extent(113.28, 23.08, 113.33, 23.12), "EPSG:4490", 11, 14)


@pytest.fixture
def server() -> Iterator[TileServer]:
    with tile_server() as made:
        yield made


@pytest.fixture
def shared(tmp_path: Path, server: TileServer) -> Iterator[TileDesk]:
    with tile_desk(tmp_path) as made:
        made.hosts.allow([server.host])
        yield made


@pytest.fixture
def layer(server: TileServer) -> Layer:
    return address_layer("Made-up map", server.xyz, attribution="© us")[0]


class StopAfter:
    def __init__(self, fraction: float) -> None:
        self.fraction, self.words = fraction, ""

    def report(self, fraction: float, message: str = "") -> None:
        self.words = message
        if fraction >= self.fraction:
            raise Cancelled


def test_an_area_is_counted_and_estimated_before_it_is_taken(shared, server, layer, tmp_path):
    tiles = tiles_of(layer, AREA)
    assert count_tiles(layer, AREA) == len(tiles)
    assert {t.level for t in tiles} == {11, 12, 13, 14}
    said = estimate(layer, AREA, Silent())
    assert said.tiles == len(tiles)
    assert 0 < said.sampled <= 12
    assert len(server.asked) == said.sampled
    taken = take_along(layer, AREA, tmp_path / "a.mbtiles", Silent())
    assert taken.tiles == len(tiles)
    assert 0.5 < said.bytes / taken.bytes < 2


def test_the_file_is_valid_and_becomes_a_layer(shared, layer, tmp_path):
    path = tmp_path / "a.mbtiles"
    take_along(layer, AREA, path, Silent())
    tiles = MbTiles(path)
    assert tiles.metadata["format"] == "png"
    assert tiles.metadata["bounds"] == "113.2800000,23.0800000,113.3300000,23.1200000"
    assert (tiles.metadata["minzoom"], tiles.metadata["maxzoom"]) == ("11", "14")
    assert tiles.attribution == "© us"
    assert "begun" not in tiles.metadata
    tiles.close()
    raster = open_mbtiles(path, dict(file_layer(path).source.options), Silent())
    grid = grid_at(113.29, 23.11)
    assert away(raster.colours(grid, Silent()), expected(grid)).max() < 1
    raster.close()


def test_cancelled_and_gone_on_with(shared, server, layer, tmp_path):
    path = tmp_path / "a.mbtiles"
    with pytest.raises(Cancelled):
        take_along(layer, AREA, path, StopAfter(0.5))
    assert not path.exists()
    many, asked = len(tiles_of(layer, AREA)), len(server.asked)
    taken = take_along(layer, AREA, path, Silent())
    assert taken.tiles == many
    assert len(server.asked) <= asked + many
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("a.")] == ["a.mbtiles"]


def test_what_was_written_before_a_stop_is_not_asked_for_again(
    shared, server, layer, tmp_path, monkeypatch
):
    monkeypatch.setattr("gisapp.app.offline_area.WRITTEN_EVERY", 1)
    path = tmp_path / "a.mbtiles"
    with pytest.raises(Cancelled):
        take_along(layer, AREA, path, StopAfter(0.5))
    first = set(server.paths)
    asked = len(server.paths)
    take_along(layer, AREA, path, Silent())
    again = [p for p in server.paths[asked:] if p in first]
    assert len(again) <= 8  # only those that were on their way


def test_a_server_that_stops_leaves_nothing_half_made(shared, server, layer, tmp_path, monkeypatch):
    monkeypatch.setattr("gisapp.app.offline_area.WAIT", 0.01)
    server.answer = lambda asked: Reply(503) if "/14/" in asked.path else None
    with pytest.raises(GisError):
        take_along(layer, AREA, tmp_path / "a.mbtiles", Silent())
    assert not (tmp_path / "a.mbtiles").exists()


def test_tiles_that_are_not_there_are_counted(shared, server, layer, tmp_path):
    server.answer = lambda asked: Reply(404) if "/14/" in asked.path else None
    taken = take_along(layer, AREA, tmp_path / "a.mbtiles", Silent())
    assert taken.missing == count_tiles(layer, OfflineArea(AREA.extent, AREA.crs, 14, 14))
    server.answer = lambda asked: Reply(404)
    with pytest.raises(GisError, match="no tile"):
        take_along(layer, AREA, tmp_path / "b.mbtiles", Silent())
    assert not (tmp_path / "b.mbtiles").exists()


@pytest.mark.parametrize("name", ["openstreetmap", "tianditu_img"])
def test_terms_that_forbid_it_are_kept(shared, tmp_path, name):
    layer = preset_layer(preset(name))
    with pytest.raises(ParameterError) as caught:
        take_along(layer, AREA, tmp_path / "a.mbtiles", Silent())
    assert caught.value.hint == preset(name).service.why_not
    assert not (tmp_path / "a.mbtiles").exists()


def test_too_large_an_area_and_none(shared, layer):
    with pytest.raises(ParameterError, match="more than"):
        tiles_of(layer, OfflineArea(Extent(100, 20, 120, 40), "EPSG:4490", 0, 18))
    with pytest.raises(ParameterError, match="no tiles"):
        tiles_of(layer, OfflineArea(AREA.extent, AREA.crs, 21, 22))
    degrees, _ = address_layer("Map", "https://example.org/{z}/{x}/{y}", crs="EPSG:4490")
    with pytest.raises(ParameterError):
        count_tiles(degrees, AREA)


def test_a_shifted_map_stays_shifted_in_its_file(shared, layer, tmp_path):
    shifted = with_shift(layer, "gcj02")
    area = OfflineArea(Extent(113.29, 23.09, 113.30, 23.10), "EPSG:4490", 14, 14)
    path = tmp_path / "a.mbtiles"
    take_along(shifted, area, path, Silent())
    raster = open_mbtiles(path, {}, Silent())
    assert raster.shift == "gcj02"
    picture = raster.colours(grid_at(113.292, 23.098, side=60), Silent())
    assert (picture[..., 3] == 255).all()
    assert np.isfinite(picture).all()
    raster.close()
