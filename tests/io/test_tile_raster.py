"""Base maps from a server on this computer: right to a pixel, patient, and not in the way."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gisapp.io.tile_desk import TileDesk
from gisapp.io.tile_raster import TileRaster
from gisapp.io.web_tiles import Address, WebTiles
from gisapp.model.crs import transform
from gisapp.model.geometry import Extent, PixelGrid, Point, Size
from gisapp.model.progress import Silent
from gisapp.model.shifted import to_gcj02
from gisapp.model.tile_grid import TileGrid, degree_grid, web_grid
from tests.tile_server import (
    PERIOD,
    Asked,
    Reply,
    TileServer,
    colours_at,
    expected,
    places,
    png,
    tile_desk,
    tile_picture,
    tile_server,
    until,
)

ZONE = "EPSG:4547"  # CGCS2000, 3 degrees, 114 E
SIDE = 200
RESOLUTION = 8.78  # metres on the ground; about zoom 14 here
PIXEL = RESOLUTION / 102_500 / PERIOD * 510  # what one pixel to the east changes red by


@pytest.fixture
def server() -> Iterator[TileServer]:
    with tile_server() as made:
        yield made


@pytest.fixture
def shared(tmp_path: Path, server: TileServer) -> Iterator[TileDesk]:
    with tile_desk(tmp_path) as made:
        made.hosts.allow([server.host])
        yield made
        server.gate.set()


def grid_at(lon: float = 113.3, lat: float = 23.1, turned: float = 0.0, crs: str = ZONE,
            resolution: float = RESOLUTION, side: int = SIDE) -> PixelGrid:  # fmt: skip
    x, y = transform(np.array([[lon, lat]]), "EPSG:4326", crs)[0]
    angle = math.radians(turned)
    across = (resolution * math.cos(angle), -resolution * math.sin(angle))
    down = (-resolution * math.sin(angle), -resolution * math.cos(angle))
    return PixelGrid(Point(x, y), across, down, Size(side, side), crs)


def raster_of(shared: TileDesk, url: str, grid: TileGrid | None = None, **more: str) -> TileRaster:
    address = Address(url, grid or web_grid(0, 19))
    return TileRaster(WebTiles(address, shared.cache, shared.fetcher), **more)  # type: ignore[arg-type]


def painted(raster: TileRaster, grid: PixelGrid) -> np.ndarray:
    """When everything is there."""
    assert raster.fetch(grid, Silent(), 20)
    return raster.colours(grid, Silent())


def away(picture: np.ndarray, right: np.ndarray) -> np.ndarray:
    """How far red and green are from what they should be, as pixels of the map."""
    return np.abs(picture[..., :2].astype(float) - right[..., :2]) / PIXEL


@pytest.mark.parametrize("turned", [0.0, 33.0])
def test_tiles_lie_in_a_plane_zone_where_pyproj_says(server, shared, turned):
    grid = grid_at(turned=turned)
    picture = painted(raster_of(shared, server.xyz), grid)
    assert (picture[..., 3] == 255).all()
    error = away(picture, expected(grid))
    assert error.max() < 1.0
    assert error.mean() < 0.1


def test_tiles_of_degrees(server, shared):
    url = server.xyz.replace("xyz", "degrees")
    grid = grid_at()
    picture = painted(raster_of(shared, url, degree_grid("EPSG:4490", 1, 18)), grid)
    assert away(picture, expected(grid)).max() < 1.0


def test_rows_from_below(server, shared):
    url = server.xyz.replace("xyz", "tms").replace("{y}", "{-y}")
    grid = grid_at()
    assert away(painted(raster_of(shared, url), grid), expected(grid)).max() < 1.0


def test_in_its_own_system_pixels_are_copied(server, shared):
    level = web_grid(0, 19).levels[14]
    extent = level.extent_of(13345, 7115)
    grid = PixelGrid.of(extent, Size(256, 256), "EPSG:3857")
    assert np.array_equal(
        painted(raster_of(shared, server.xyz), grid), tile_picture(14, 13345, 7115)
    )


@pytest.mark.parametrize("turned", [0.0, 20.0])
def test_a_shifted_service_is_moved_back_to_where_things_are(server, shared, turned):
    """The map on the server is true; told that it is shifted, what is shown at a place is what
    the service has where it would draw that place."""
    grid = grid_at(turned=turned)
    picture = painted(raster_of(shared, server.xyz, shift="gcj02"), grid)
    lon, lat = places(grid)
    moved = to_gcj02(np.column_stack([lon.ravel(), lat.ravel()]))
    right = colours_at(moved[:, 0].reshape(lon.shape), moved[:, 1].reshape(lon.shape))
    assert away(picture, right).max() < 1.0
    assert away(picture, expected(grid)).mean() > 5


def test_painting_never_waits_and_tells_when_tiles_came(server, shared):
    server.gate.clear()
    raster = raster_of(shared, server.xyz)
    told: list[tuple[Extent, str]] = []
    raster.arrived.append(lambda extent, crs: told.append((extent, crs)))
    grid = grid_at()
    assert not raster.colours(grid, Silent()).any()
    assert not told
    server.gate.set()
    assert until(lambda: bool(told) and shared.fetcher.waiting == 0)
    assert until(lambda: raster.colours(grid, Silent())[..., 3].all())
    assert {crs for _, crs in told} == {"EPSG:3857"}
    assert 1 <= len(told) <= 4  # together, not one by one


def test_coarser_tiles_are_shown_until_the_others_come(server, shared):
    raster = raster_of(shared, server.xyz)
    coarse, fine = grid_at(resolution=4 * RESOLUTION), grid_at()
    painted(raster, coarse)
    server.gate.clear()
    picture = raster.colours(fine, Silent())
    assert (picture[..., 3] == 255).all()
    assert 0.2 < away(picture, expected(fine)).mean() < 8


def test_what_was_stored_is_shown_without_a_connection(server, shared, tmp_path):
    grid = grid_at()
    before = painted(raster_of(shared, server.xyz), grid)
    asked = len(server.asked)
    again = raster_of(shared, server.xyz)
    assert np.array_equal(again.colours(grid, Silent()), before)
    assert len(server.asked) == asked
    gone = "http://127.0.0.1:9/xyz/{z}/{x}/{y}.png"
    shared.hosts.allow(["127.0.0.1:9"])
    offline = raster_of(shared, gone)
    offline.colours(grid, Silent())
    assert until(lambda: offline.trouble is not None)
    assert "127.0.0.1:9" in offline.trouble.message


def test_a_tile_that_is_not_there_is_asked_for_once_and_shown_from_above(server, shared):
    def answer(asked: Asked) -> Reply | None:
        return Reply(404) if asked.path.startswith("/xyz/14/") else None

    server.answer = answer
    raster, grid = raster_of(shared, server.xyz), grid_at()
    raster.colours(grid, Silent())
    assert until(lambda: raster.colours(grid, Silent())[..., 3].all())
    assert any(path.startswith("/xyz/13/") for path in server.paths)
    assert raster.trouble is None
    assert until(lambda: shared.fetcher.waiting == 0)
    asked = len(server.asked)
    again = raster_of(shared, server.xyz)
    again.colours(grid, Silent())
    assert len([p for p in server.paths[asked:] if p.startswith("/xyz/14/")]) == 0


def test_a_busy_server_is_left_alone_and_asked_again(server, shared, monkeypatch):
    monkeypatch.setattr("gisapp.io.tile_fetch.FIRST_PAUSE", 0.05)
    refused = [0]

    def answer(asked: Asked) -> Reply | None:
        if refused[0] < 3:
            refused[0] += 1
            return Reply(429, b"", "text/plain")
        return None

    server.answer = answer
    raster, grid = raster_of(shared, server.xyz), grid_at()
    assert not raster.colours(grid, Silent()).any()
    assert until(lambda: raster.colours(grid, Silent())[..., 3].all())
    assert raster.trouble is None


def test_a_refusal_is_said_and_no_more_is_asked(server, shared):
    server.answer = lambda asked: Reply(403, "Key权限类型为:浏览器端".encode(), "text/plain")
    raster, grid = raster_of(shared, server.xyz), grid_at()
    raster.colours(grid, Silent())
    assert until(lambda: raster.trouble is not None)
    assert "server" in raster.trouble.message
    assert until(lambda: shared.fetcher.waiting == 0)
    asked = len(server.asked)
    raster.colours(grid_at(lon=113.5), Silent())
    assert len(server.asked) == asked


def test_few_at_a_time_for_one_server(server, shared):
    painted(raster_of(shared, server.xyz), grid_at(side=600))
    assert len(server.asked) > 8
    assert server.most_at_once <= 4


def test_the_program_says_who_it_is(server, shared):
    painted(raster_of(shared, server.xyz), grid_at(side=20))
    assert server.asked[0].headers["user-agent"].startswith("gisapp/")


def test_places_that_left_the_view_are_not_asked_for(server, shared):
    server.gate.clear()
    raster = raster_of(shared, server.xyz)
    told: list[Extent] = []
    raster.arrived.append(lambda extent, crs: told.append(extent))
    raster.colours(grid_at(lon=100.0, side=2000), Silent())
    waiting = shared.fetcher.waiting
    assert waiting > 20
    there = grid_at(lon=113.3)
    raster.looking_at(there.extent, ZONE)
    assert shared.fetcher.waiting <= 6
    assert len(told) >= waiting - 6  # so that nobody keeps their empty places


def test_the_newest_wish_comes_first(server, shared):
    server.gate.clear()
    raster = raster_of(shared, server.xyz)
    raster.colours(grid_at(lon=113.3, side=800), Silent())
    raster.colours(grid_at(lon=114.3, side=100), Silent())
    server.gate.set()
    assert until(lambda: shared.fetcher.waiting == 0)
    columns = [int(path.split("/")[3]) for path in server.paths]
    new = [n for n, column in enumerate(columns) if column > 13380]
    assert new
    assert max(new) < 4 + 4 + len(new)  # behind those that were on their way already


def test_what_is_no_picture_is_neither_kept_nor_asked_for_without_end(server, shared, monkeypatch):
    monkeypatch.setattr("gisapp.io.tile_fetch.FIRST_PAUSE", 0.01)
    server.answer = lambda asked: Reply(200, b"<html>sign in</html>", "text/html")
    raster, grid = raster_of(shared, server.xyz), grid_at(side=20)
    raster.colours(grid, Silent())
    assert until(lambda: raster.trouble is not None and shared.fetcher.waiting == 0)
    assert shared.cache.size == 0
    assert len(server.asked) <= 3 * 4


def test_a_tile_that_got_old_is_shown_and_asked_for_anew(server, shared):
    server.answer = lambda asked: Reply(
        body=png(np.full((256, 256, 4), 255, np.uint8)),
        headers={"Cache-Control": "max-age=0", "ETag": '"one"'},
    )
    grid = grid_at(side=20)
    painted(raster_of(shared, server.xyz), grid)
    server.answer = lambda asked: Reply(304) if "if-none-match" in asked.headers else Reply(500)
    asked = len(server.asked)
    assert raster_of(shared, server.xyz).colours(grid, Silent()).all()
    assert until(lambda: len(server.asked) > asked and shared.fetcher.waiting == 0)
    assert server.asked[-1].headers["if-none-match"] == '"one"'


def test_a_damaged_entry_of_the_cache_is_dropped_and_fetched_again(server, shared):
    grid = grid_at(side=20)
    painted(raster_of(shared, server.xyz), grid)
    shared.cache.close()
    with sqlite3.connect(shared.cache.path) as file:
        file.execute("UPDATE tiles SET body = substr(body, 1, 50)")
    file.close()
    assert (painted(raster_of(shared, server.xyz), grid)[..., 3] == 255).all()


def test_a_world_that_cannot_be_shown_is_nothing(server, shared):
    grid = PixelGrid.of(Extent(1e9, 1e9, 2e9, 2e9), Size(50, 50), ZONE)
    assert not raster_of(shared, server.xyz).colours(grid, Silent()).any()
    assert not server.asked


def test_a_picture_has_no_values(server, shared):
    raster = raster_of(shared, server.xyz)
    assert np.isnan(raster.values(grid_at(side=3), Silent())).all()
    assert raster.value_at(Point(0, 0), ZONE) is None
    assert raster.is_endless


def test_what_is_here_already_is_shown_and_nobody_is_asked(server, shared):
    raster, grid = raster_of(shared, server.xyz), grid_at(side=64)
    picture, whole = raster.here(grid, Silent())
    assert not picture.any()
    assert not whole
    assert server.asked == []
    wanted = painted(raster, grid)
    asked = len(server.asked)
    picture, whole = raster.here(grid, Silent())
    assert whole
    assert np.array_equal(picture, wanted)
    near = grid_at(side=64, resolution=RESOLUTION / 2)
    coarser, whole = raster.here(near, Silent())
    assert (coarser[..., 3].any(), whole) == (True, False)  # one level coarser is shown
    far = grid_at(side=64, resolution=RESOLUTION / 32)
    assert not raster.here(far, Silent())[0].any()  # five are not
    assert len(server.asked) == asked
