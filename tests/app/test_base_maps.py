"""Base maps in a project: below all others, without a key, and silent until they are allowed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gisapp.app import exports
from gisapp.app.base_map_formats import state_of
from gisapp.app.base_map_reading import (
    key_name,
    open_mbtiles,
    open_pmtiles,
    open_wms,
    open_wmts,
    open_xyz,
    use_press,
)
from gisapp.app.base_maps import (
    add_base_maps,
    address_layer,
    file_layer,
    is_base_map,
    may_download,
    preset_layer,
    service_layer,
    with_shift,
)
from gisapp.app.layer_import import add_layers, look_at_files
from gisapp.app.map_services import allow, ask_capabilities, get_ready, try_preset, try_tile
from gisapp.io.tile_decoding import decode_picture
from gisapp.io.tile_desk import TileDesk
from gisapp.io.web_answers import judged
from gisapp.io.web_fetch import WebAnswer
from gisapp.io.web_hosts import HostNotAllowedError
from gisapp.io.web_keys import KeyMissingError
from gisapp.io.web_tiles import Address
from gisapp.model.base_map_presets import preset, presets
from gisapp.model.errors import ParameterError, ReadError
from gisapp.model.geometry import PixelGrid, Point, Size
from gisapp.model.layer import Layer, Source
from gisapp.model.page import Page
from gisapp.model.progress import Silent
from gisapp.model.project import Project
from gisapp.model.style import PictureStyle
from gisapp.model.text import use_language
from gisapp.model.tile_grid import Tile, web_grid
from gisapp.render.camera import Camera
from gisapp.render.qt_canvas import QtPress, warm_up
from tests.io.test_tile_raster import away, grid_at
from tests.io.tile_files import small_vector_tile, write_mbtiles, write_pmtiles
from tests.own import OWN
from tests.tile_server import GOOD_KEY, Reply, TileServer, expected, tile_desk, tile_server

READERS = {"xyz": open_xyz, "wmts": open_wmts, "wms": open_wms}


@pytest.fixture
def server() -> Iterator[TileServer]:
    with tile_server() as made:
        yield made


@pytest.fixture
def shared(tmp_path: Path, server: TileServer) -> Iterator[TileDesk]:
    with tile_desk(tmp_path) as made:
        yield made
        server.gate.set()


def opened(layer: Layer):
    return READERS[layer.source.format](Path(), dict(layer.source.options), Silent())


def error_of(layer: Layer, grid: PixelGrid) -> float:
    raster = opened(layer)
    assert raster.fetch(grid, Silent(), 20)
    return float(away(raster.colours(grid, Silent()), expected(grid)).max())


def test_a_project_of_somebody_else_contacts_nobody(server, shared):
    layer, _ = address_layer("Map", server.xyz)
    with pytest.raises(HostNotAllowedError) as caught:
        opened(layer)
    assert server.host in caught.value.message
    assert not server.asked
    shared.hosts.allow(caught.value.hosts)
    assert error_of(layer, grid_at()) < 1


@pytest.mark.parametrize("url", [
    "https://tiles.example.org/{z}/{x}/{y}?tk={key}",
    "https://{s}.example.org/{z}/{x}/{y}?tk={key}",
    "http://{s}.tianditu.gov.cn/{z}/{x}/{y}?tk={key}",
    "https://t0.tianditu.gov.cn.example.org/{z}/{x}/{y}?tk={key}",
])  # fmt: skip
def test_a_key_goes_to_nobody_but_its_service(shared, url):
    shared.keys.keep("tianditu", GOOD_KEY)
    options = {"url": url, "key": "tianditu", "servers": "t0,t1"}
    layer = Layer("x", Source("xyz", "", tuple(options.items())), PictureStyle())
    allow(layer)
    assert key_name(layer) != "tianditu"
    with pytest.raises(KeyMissingError) as caught:
        opened(layer)
    assert caught.value.key == key_name(layer)
    get_ready([layer], "a key of its own")
    assert opened(layer) is not None
    assert shared.keys.get("tianditu") == GOOD_KEY


def test_a_key_is_not_shared_with_a_server_that_is_named_beside(shared):
    shared.keys.keep("good.example.org", GOOD_KEY)
    options = {
        "url": "https://{s}/{z}/{x}/{y}?key={key}",
        "key": "good.example.org",
        "servers": "good.example.org,bad.example.com",
    }
    layer = Layer("x", Source("xyz", "", tuple(options.items())), PictureStyle())
    assert key_name(layer) == "good.example.org bad.example.com"


def test_presets_and_addresses_keep_their_keys():
    for one in presets():
        for crs in ("EPSG:3857", "EPSG:4490"):
            wanted = one.service.id if one.needs_key else ""
            assert key_name(preset_layer(one, crs)) == wanted
    layer, key = address_layer("", "https://{s}.example.org/{z}/{x}/{y}?key=abc")
    assert (key_name(layer), key) == ("a.example.org", "abc")


def test_an_address_of_tiles(server, shared):
    layer, key = address_layer("", f"{server.url}/keyed/{{z}}/{{x}}/{{y}}?tk={GOOD_KEY}")
    assert key == GOOD_KEY
    assert GOOD_KEY not in repr(layer)
    assert layer.name == server.host
    shared.hosts.allow([server.host])
    with pytest.raises(KeyMissingError) as caught:
        opened(layer)
    assert caught.value.key == server.host
    shared.keys.keep(server.host, key)
    assert error_of(layer, grid_at()) < 1
    assert GOOD_KEY.encode() not in shared.cache.path.read_bytes()


@pytest.mark.parametrize(
    "url",
    ["https://example.org/a.png", "file:///{z}/{x}/{y}", "nonsense {z}{x}{y}", ""],
)
def test_what_is_no_address_of_tiles_is_said(url):
    with pytest.raises(ParameterError):
        address_layer("Map", url)


def test_both_forms_of_a_wmts_are_shown_without_asking_again(server, shared):
    choices = ask_capabilities(f"{server.url}/wmts")
    asked = len([a for a in server.asked if a.query.get("request") == "GetCapabilities"])
    for choice in choices:
        layer = service_layer(choice)
        assert layer.source.format == "wmts"
        assert error_of(layer, grid_at()) < 1
    again = len([a for a in server.asked if a.query.get("request") == "GetCapabilities"])
    assert again == asked == 1


@pytest.mark.parametrize("path", ["wms", "wms/old"])
@pytest.mark.parametrize("crs", ["EPSG:4547", "EPSG:4326", "EPSG:4490"])
def test_a_wms_draws_in_the_system_of_the_map_when_it_can(server, shared, path, crs):
    (choice,) = ask_capabilities(f"{server.url}/{path}")
    layer = service_layer(choice)
    if crs == "EPSG:4547":
        grid = grid_at(crs=crs)
    else:
        step = 8.78 / 102_500
        grid = PixelGrid(Point(113.3, 23.1), (step, 0.0), (0.0, -step), Size(200, 200), crs)
    assert error_of(layer, grid) < 1
    drawn = {a.query.get("crs") or a.query.get("srs") for a in server.asked if "bbox" in a.query}
    assert drawn == {crs if crs != "EPSG:4490" else "EPSG:3857"}


def test_base_maps_go_below_everything_else(project: Project):
    first = preset_layer(preset("tianditu_vec"))
    second = preset_layer(preset("tianditu_cva"))
    edit = add_base_maps(project, (first, second))
    assert [layer.name for layer in edit.after[:2]] == [first.name, second.name]
    third, _ = address_layer("More", "https://example.org/{z}/{x}/{y}")
    after = add_base_maps(replace(project, layers=edit.after), (third,)).after
    assert [is_base_map(layer) for layer in after] == [True, True, True, False]
    assert after[2].name == "More"


def test_presets_speak_the_language_and_say_where_they_come_from():
    assert preset("tianditu_img").service.attribution.startswith("©")
    try:
        use_language("zh_CN")
        assert preset("tianditu_img").title == "影像地图"
    finally:
        use_language("en")
    for one in presets():
        assert one.title
        assert one.service.attribution
        assert one.service.may_download or one.service.why_not
        assert not one.over or preset(one.over)
        assert one.needs_key == (one.service.id == "tianditu")
        Address(one.url, web_grid(), one.servers).hosts  # noqa: B018  (raises)


def test_a_preset_in_degrees_is_cut_in_degrees():
    layer = preset_layer(preset("tianditu_vec"), "EPSG:4490")
    assert layer.source.option("crs") == "EPSG:4490"
    assert "vec_c" in layer.source.option("url")


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://tile.openstreetmap.org/{z}/{x}/{y}.png", False),
        ("https://a.tile.openstreetmap.org/{z}/{x}/{y}.png", False),
        ("https://t3.tianditu.gov.cn/vec_w/wmts?TILEMATRIX={z}&TILEROW={y}&TILECOL={x}", False),
        ("https://tiles.example.org/{z}/{x}/{y}.png", True),
    ],
)
def test_terms_hold_however_the_address_is_written(url, allowed):
    layer, _ = address_layer("Map", url)
    assert (may_download(layer) == "") is allowed


def test_only_base_maps_are_moved(project: Project):
    layer, _ = address_layer("Map", "https://example.org/{z}/{x}/{y}")
    moved = with_shift(layer, "gcj02")
    assert moved.source.option("shift") == "gcj02"
    assert with_shift(moved, "") == layer
    with pytest.raises(ParameterError, match="never moved"):
        with_shift(project.layers[0], "gcj02")


def trial(server: TileServer, reply: Reply | None = None, key: str = GOOD_KEY):
    server.answer = lambda asked: reply
    address = Address(f"{server.url}/keyed/{{z}}/{{x}}/{{y}}?tk={{key}}", web_grid())
    return try_tile(address, Tile(4, 12, 5), key).verdict


def json(text: str, status: int = 403) -> Reply:
    return Reply(status, text.encode(), "application/json")


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (None, "fine"),
        (json('{"msg":"非法Key","code":"1"}', 418), "wrong_key"),
        (json('{"code":301012,"msg":"Key权限类型为:浏览器端，请使用浏览器访问"}'), "key_kind"),
        (json('{"code":301007,"msg":"域名不在白名单"}'), "key_bound"),
        (json('{"msg":"今日调用次数超限"}'), "quota"),
        (json("", 429), "busy"),
        (json('{"error":"invalid API key"}', 401), "wrong_key"),
        (Reply(403, b"Forbidden", "text/plain"), "refused"),
        (Reply(404, b"", "text/plain"), "no_tile"),
        (Reply(500, b"", "text/plain"), "server"),
        (Reply(200, b"<html>sign in</html>", "text/html"), "no_picture"),
    ],
)
def test_the_tester_names_what_is_wrong(server, shared, reply, fault):
    verdict = trial(server, reply)
    assert verdict.fault == fault
    assert verdict.words
    assert GOOD_KEY not in verdict.words + verdict.hint


def test_a_clock_that_is_wrong_is_named():
    refused = WebAnswer(403, b"Forbidden", date=978_307_200.0)
    assert judged(refused, is_picture=False).fault == "clock"
    assert judged(replace(refused, date=time.time()), is_picture=False).fault == "refused"


def test_a_wrong_key_and_none(server, shared):
    assert trial(server, key="wrong").fault == "wrong_key"
    assert trial(server, key="").fault == "wrong_key"


def test_the_tester_without_a_connection(shared):
    address = Address("http://127.0.0.1:9/{z}/{x}/{y}?tk={key}", web_grid())
    verdict = try_tile(address, Tile(0, 0, 0), GOOD_KEY).verdict
    assert verdict.fault == "connection"
    assert "127.0.0.1:9" in verdict.words


def test_a_preset_is_tried_on_a_tile_of_china(server, shared):
    chosen = replace(preset("tianditu_vec"), url=f"{server.url}/keyed/{{z}}/{{x}}/{{y}}?tk={{key}}")
    found = try_preset(chosen, GOOD_KEY)
    assert found.is_fine
    assert found.picture.shape == (256, 256, 4)
    assert server.paths == ["/keyed/4/13/6"]


def test_an_address_that_is_no_service(server, shared):
    with pytest.raises(ReadError):
        ask_capabilities(f"{server.url}/nothing")


@pytest.mark.parametrize("write", [write_mbtiles, write_pmtiles])
def test_vector_tiles_are_drawn_plainly(tmp_path, write, qapp):
    warm_up()
    use_press(QtPress())
    suffix = write.__name__.removeprefix("write_")
    more = {"kind": 1, "tile_packed": 2} if suffix == "pmtiles" else {"format": "pbf"}
    path = write(tmp_path / f"a.{suffix}", {(0, 0, 0): small_vector_tile()}, **more)
    layer = file_layer(path, tmp_path)
    assert layer.source.path == f"a.{suffix}"
    reader = open_pmtiles if suffix == "pmtiles" else open_mbtiles
    raster = reader(path, dict(layer.source.options), Silent())
    grid = PixelGrid.of(raster.tile_grid.levels[0].extent_of(0, 0), Size(512, 512), "EPSG:3857")
    picture = raster.colours(grid, Silent())
    assert picture[400, 100].tolist() == [0xB5, 0xD3, 0xE7, 255]  # the lake
    assert picture[400, 400].tolist() == [0xF4, 0xF3, 0xEE, 255]  # land
    assert np.abs(picture[128, 300, :3].astype(int) - [0xF0, 0xC9, 0x87]).max() < 40  # the road
    name = picture[240:272, 230:282, :3].astype(int)
    assert (name.sum(axis=2) < 400).sum() > 20  # the town is written
    raster.close()


def test_all_formats_have_a_reader_of_gisapp_itself():
    assert {"xyz", "wmts", "wms", "mbtiles", "pmtiles"} <= set(OWN.readers())


def test_the_state_of_a_base_map(server, shared):
    layer, _ = address_layer("Map", "http://127.0.0.1:9/{z}/{x}/{y}")
    shared.hosts.allow(["127.0.0.1:9"])
    raster = opened(layer)
    assert state_of(raster).words == ""
    assert not raster.fetch(grid_at(side=20), Silent(), 5)
    assert "127.0.0.1:9" in state_of(raster).words
    assert state_of(None).words == ""


@pytest.mark.parametrize("write", [write_mbtiles, write_pmtiles])
def test_a_file_of_tiles_that_is_dropped_becomes_a_layer_below(tmp_path, project, write):
    suffix = write.__name__.removeprefix("write_")
    path = write(tmp_path / f"a.{suffix}", {(0, 0, 0): small_vector_tile()})
    proposal = look_at_files([path], project)
    assert proposal.wrong == ()
    edit = add_layers(project, proposal)
    assert edit.after[0].source.format == suffix
    assert edit.after[1:] == project.layers


def test_a_page_waits_for_its_tiles_and_names_who_made_them(server, shared, tmp_path, monkeypatch):
    warm_up()
    layer, _ = address_layer("Map", server.xyz, attribution="© us")
    shared.hosts.allow([server.host])
    said: list[str] = []
    drawn = exports.paint_page

    def paint_page(*args, **more):
        said.extend(more["sources"])
        drawn(*args, **more)

    monkeypatch.setattr(exports, "paint_page", paint_page)
    camera = Camera(grid_at().origin, 20.0, Size(200, 200), "EPSG:4547")
    path = tmp_path / "page.png"
    exports.export_map(
        Project("Made-up", "EPSG:4547", (layer,)),
        Page("A page"),
        path,
        camera=camera,
        data={layer.id: opened(layer)},
        painters=OWN.painters(),
        press=QtPress(),
        dots_per_inch=60,
    )
    assert said == ["© us"]
    picture = decode_picture(path.read_bytes())
    ours = (picture[..., 2] > 90) & (picture[..., 2] < 110) & (picture[..., 3] == 255)
    assert ours.mean() > 0.3  # blue is 100 everywhere on the made-up map
