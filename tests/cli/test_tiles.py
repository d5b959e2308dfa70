"""gisapp tiles: an area of a base map as a file, and never a key where it can be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gisapp.io.mbtiles import MbTiles
from gisapp.io.tile_desk import TileDesk
from tests.tile_server import GOOD_KEY, TileServer, tile_desk, tile_server

AREA = "--area=113.28,23.08,113.33,23.12"


@pytest.fixture
def server() -> Iterator[TileServer]:
    with tile_server() as made:
        yield made


@pytest.fixture
def shared(tmp_path: Path, server: TileServer) -> Iterator[TileDesk]:
    with tile_desk(tmp_path / "own") as made:
        yield made


def test_an_area_is_estimated_and_written(gisapp, server, shared, tmp_path):
    path = tmp_path / "a.mbtiles"
    ran = gisapp("tiles", server.xyz, path, AREA, "--zooms", "11-13", "--estimate", "--json")
    assert ran.code == 0
    assert ran.json["tiles"] > 2
    assert not path.exists()


def test_the_file_is_written(gisapp, server, shared, tmp_path):
    path = tmp_path / "a.mbtiles"
    ran = gisapp("tiles", server.xyz, path, AREA, "--zooms", "12", "--source", "© us", "--json")
    assert ran.code == 0, ran.err
    tiles = MbTiles(path)
    assert (tiles.zooms, tiles.attribution) == ((12, 12), "© us")
    tiles.close()


def test_a_key_in_the_address_is_used_and_not_said(gisapp, server, shared, tmp_path):
    url = f"{server.url}/keyed/{{z}}/{{x}}/{{y}}?tk={GOOD_KEY}"
    ran = gisapp("tiles", url, tmp_path / "a.mbtiles", AREA, "--zooms", "12")
    assert ran.code == 0, ran.err
    assert GOOD_KEY not in ran.out + ran.err


def test_a_bug_report_does_not_hold_the_key(gisapp, server, shared, tmp_path, monkeypatch):
    def fail(*args, **more):
        raise ZeroDivisionError

    monkeypatch.setattr("gisapp.cli.tiles.estimate", fail)
    url = f"{server.url}/keyed/{{z}}/{{x}}/{{y}}?tk={GOOD_KEY}"
    ran = gisapp("tiles", url, tmp_path / "a.mbtiles", AREA, "--zooms", "12")
    assert ran.code == 70
    assert "ZeroDivisionError" in ran.err
    assert GOOD_KEY not in ran.err


def test_what_the_terms_forbid_is_refused(gisapp, shared, tmp_path):
    osm = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
    ran = gisapp("tiles", osm, tmp_path / "a.mbtiles", AREA)
    assert ran.code == 1
    assert "does not allow" in ran.err


@pytest.mark.parametrize("wrong", ["--area=1,2,3", "--area=3,2,1,4", "--zooms=9-3"])
def test_wrong_words_are_usage(gisapp, shared, tmp_path, wrong):
    words = ["https://a.example.org/{z}/{x}/{y}", tmp_path / "a.mbtiles"]
    assert gisapp("tiles", *words, AREA, wrong).code == 2
