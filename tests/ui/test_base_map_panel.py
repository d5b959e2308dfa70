"""Base maps in the window: added, refused, tested, taken along, moved back and named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gisapp.app.base_map_reading import key_name, open_mbtiles, open_wms, open_wmts, open_xyz
from gisapp.app.base_maps import add_base_maps, address_layer, is_base_map
from gisapp.app.layer_data import LayerData, LoadState
from gisapp.io.tile_desk import TileDesk
from gisapp.model import base_map_presets
from gisapp.model.edit import LayersEdit
from gisapp.model.features import Features, Shapes, point_shapes
from gisapp.model.layer import Layer, LayerId, Source
from gisapp.model.project import Project
from gisapp.model.shifted import to_gcj02
from gisapp.model.style import LineStyle, PointStyle
from gisapp.ui.attribution import AttributionLabel, attributions
from gisapp.ui.base_map_notices import BaseMapNotices
from gisapp.ui.base_map_pages import KnownPage
from gisapp.ui.base_map_panel import BaseMapPanel
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.layer_notices import LayerNotices
from gisapp.ui.offline_panel import OfflinePanel
from gisapp.ui.shift_panel import ShiftPanel
from tests.io.tile_files import write_mbtiles
from tests.tile_server import GOOD_KEY, Reply, TileServer, png, tile_desk, tile_picture, tile_server
from tests.ui.window_setting import said, window_context

READERS = {"xyz": open_xyz, "wmts": open_wmts, "wms": open_wms, "mbtiles": open_mbtiles}
WGS84 = "EPSG:4326"


@pytest.fixture
def server() -> Iterator[TileServer]:
    with tile_server() as made:
        yield made


@pytest.fixture
def shared(tmp_path: Path, server: TileServer) -> Iterator[TileDesk]:
    with tile_desk(tmp_path) as made:
        yield made
        server.gate.set()


@pytest.fixture
def context(qtbot, shared) -> Iterator[WindowContext]:
    with window_context(project=Project("Made-up", "EPSG:4547")) as made:
        made.layer_data = LayerData(made.jobs, None, READERS, "EPSG:4547")
        yield made


def layers_of(context: WindowContext) -> tuple[Layer, ...]:
    return context.workspace.store.project.layers


def panel_of(qtbot, context: WindowContext, service: str = "") -> BaseMapPanel:
    panel = BaseMapPanel(context, service)
    qtbot.addWidget(panel)
    return panel


def leave(panel) -> None:
    for one in panel.leave:
        one()


@pytest.fixture
def tianditu(monkeypatch, server):
    """The known service, as if it were on this computer."""

    def local(spoken: str):
        found = kept(spoken)
        url = f"{server.url}/keyed/{{z}}/{{x}}/{{y}}?tk={{key}}"
        return tuple(
            replace(one, url=url, url_degrees=url) if one.needs_key else one for one in found
        )

    kept = base_map_presets._presets
    monkeypatch.setattr(base_map_presets, "_presets", local)


def test_a_known_service_with_a_key(qtbot, context, server, shared, tianditu):
    messages = said(context)
    panel = panel_of(qtbot, context, "tianditu")
    page = panel.page
    assert isinstance(page, KnownPage)
    assert not panel.use.isEnabled()
    page.key.setText("wrong")
    page.test.click()
    qtbot.waitUntil(lambda: "does not know" in page.outcome.text())
    assert page.outcome.property("kind") == "bad"
    page.key.setText(f" {GOOD_KEY}\n")
    page.test.click()
    qtbot.waitUntil(lambda: page.outcome.property("kind") == "ok")
    panel.use.click()
    qtbot.waitUntil(lambda: len(layers_of(context)) == 2)
    map_, names = layers_of(context)
    assert names.name.endswith("Names on the map")
    assert is_base_map(map_)
    assert GOOD_KEY not in repr(context.workspace.store.project)
    assert any("keyring" in one.text for one in messages)
    assert not shared.keys.get("tianditu")  # the server here is not the service's own
    assert shared.keys.get(key_name(map_)) == GOOD_KEY
    context.layer_data.get(map_)
    qtbot.waitUntil(lambda: context.layer_data.state(map_) is LoadState.READY)
    leave(panel)


def test_the_key_is_nowhere_on_the_disk(qtbot, context, server, shared, tianditu, tmp_path):
    panel = panel_of(qtbot, context, "tianditu")
    panel.page.key.setText(GOOD_KEY)
    panel.use.click()
    qtbot.waitUntil(lambda: len(layers_of(context)) == 2)
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or GOOD_KEY.encode() not in path.read_bytes()
    leave(panel)


def test_tiles_by_address_are_tried_before_they_are_added(qtbot, context, server):
    panel = panel_of(qtbot, context)
    panel.kind.setCurrentIndex(2)
    page = panel.address
    assert panel.page is page
    page.url.setText("https://example.org/map.png")
    page.test.click()
    assert "{z}" in page.outcome.text()
    assert not panel.use.isEnabled()
    page.url.setText(server.xyz)
    page.credit.setText("© made up")
    page.test.click()
    qtbot.waitUntil(lambda: page.outcome.property("kind") == "ok")
    assert not page.preview.pixmap().isNull()
    assert panel.use.isEnabled()
    panel.use.click()
    qtbot.waitUntil(lambda: len(layers_of(context)) == 1)
    assert layers_of(context)[0].name == server.host
    assert attributions(context) == ("© made up",)
    leave(panel)


def test_a_key_that_was_pasted_with_the_address_moves_to_its_field(qtbot, context):
    panel = panel_of(qtbot, context)
    panel.address.url.setText(f"https://maps.example.org/{{z}}/{{x}}/{{y}}?key={GOOD_KEY}")
    assert GOOD_KEY not in panel.address.url.text()
    assert panel.address.key.text() == GOOD_KEY
    assert panel.address.key.isVisibleTo(panel.address)
    leave(panel)


def test_what_a_service_offers_is_chosen_from_a_list(qtbot, context, server):
    panel = panel_of(qtbot, context)
    panel.kind.setCurrentIndex(3)
    page = panel.services
    page.url.setText(f"{server.url}/nothing")
    page.go.click()
    qtbot.waitUntil(lambda: page.outcome.property("kind") == "bad")
    assert not panel.use.isEnabled()
    page.url.setText(f"{server.url}/wmts")
    page.go.click()
    qtbot.waitUntil(lambda: page.list.count() == 3)
    page.list.setCurrentRow(1)
    assert "4490" in page.list.currentItem().text()
    panel.use.click()
    qtbot.waitUntil(lambda: len(layers_of(context)) == 1)
    assert layers_of(context)[0].source.format == "wmts"
    leave(panel)


def test_a_file_of_tiles(qtbot, context, tmp_path):
    tiles = {(1, 1, 0): png(tile_picture(1, 1, 0))}
    path = write_mbtiles(tmp_path / "a.mbtiles", tiles, name="Made up", attribution="© us")
    panel = panel_of(qtbot, context)
    panel.kind.setCurrentIndex(4)
    (tmp_path / "b.mbtiles").write_bytes(b"no tiles")
    panel.file.look_at(tmp_path / "b.mbtiles")
    qtbot.waitUntil(lambda: panel.file.outcome.property("kind") == "bad")
    assert not panel.use.isEnabled()
    panel.file.look_at(path)
    qtbot.waitUntil(lambda: panel.file.is_ready())
    panel.use.click()
    qtbot.waitUntil(lambda: len(layers_of(context)) == 1)
    assert layers_of(context)[0].name == "Made up"
    leave(panel)


def add(context: WindowContext, layer: Layer) -> Layer:
    store = context.workspace.store
    store.apply(add_base_maps(store.project, (layer,)))
    return layer


def test_a_server_nobody_allowed_is_asked_for_once(qtbot, context, server):
    messages = said(context)
    data = context.layer_data
    plain = LayerNotices(context, data, lambda one: None, lambda one: None)
    notices = BaseMapNotices(context, data, lambda key: None)
    layer = add(context, address_layer("Map", server.xyz)[0])
    data.get(layer)
    qtbot.waitUntil(lambda: any(one.action == "Allow" for one in messages))
    message = next(one for one in messages if one.action == "Allow")
    assert server.host in message.text
    assert not server.asked
    same = [one for one in messages if one.key == message.key]
    assert same[-1] is message  # it took the place of the plain words
    message.run()
    qtbot.waitUntil(lambda: data.state(layer) is LoadState.READY)
    plain.leave()
    notices.leave()


def test_a_missing_key_leads_to_where_it_is_entered(qtbot, context, server, shared):
    messages, asked = said(context), []
    notices = BaseMapNotices(context, context.layer_data, asked.append)
    shared.hosts.allow([server.host])
    url = f"{server.url}/keyed/{{z}}/{{x}}/{{y}}?tk={{key}}"
    layer = add(context, address_layer("Map", url)[0])
    context.layer_data.get(layer)
    qtbot.waitUntil(lambda: any(one.action == "Enter the key" for one in messages))
    messages[-1].run()
    assert asked == [server.host]
    panel = BaseMapPanel(context, key_of=server.host)
    qtbot.addWidget(panel)
    assert not panel.use.isEnabled()
    panel.page.key.setText(GOOD_KEY)
    panel.use.click()
    qtbot.waitUntil(lambda: context.layer_data.state(layer) is LoadState.READY)
    assert len(layers_of(context)) == 1
    leave(panel)
    notices.leave()


def test_trouble_is_said_once_whatever_the_number_of_tiles(qtbot, context, server, shared):
    messages = said(context)
    refreshed: list[int] = []
    notices = BaseMapNotices(
        context, context.layer_data, lambda key: None, lambda: refreshed.append(1)
    )
    shared.hosts.allow([server.host])
    server.answer = lambda asked: Reply(403, b"Forbidden", "text/plain")
    layer = add(context, address_layer("Map", server.xyz)[0])
    context.layer_data.get(layer)
    qtbot.waitUntil(lambda: context.layer_data.state(layer) is LoadState.READY)
    raster = context.layer_data.get(layer)
    for number in range(3):
        raster._tiles.want(list(raster.tile_grid.tiles(3 + number, raster.extent))[:5])
    qtbot.waitUntil(lambda: bool(refreshed))
    qtbot.waitUntil(lambda: shared.fetcher.waiting == 0)
    qtbot.waitUntil(lambda: len([m for m in messages if m.key == "base map"]) == 1)
    assert "refuses" in messages[-1].text
    notices.leave()


def test_the_sources_of_the_maps_in_view_are_named(qtbot, context):
    label = AttributionLabel(context)
    qtbot.addWidget(label)
    assert label.isHidden()
    first = address_layer("A", "https://a.example.org/{z}/{x}/{y}", attribution="© A")[0]
    second = address_layer("B", "https://b.example.org/{z}/{x}/{y}", attribution="© B")[0]
    add(context, first)
    add(context, second)
    assert label.text == "© B  ·  © A"
    assert not label.isHidden()
    store = context.workspace.store
    before = store.project.layers
    after = tuple(replace(one, visible=one.name != "B") for one in before)
    store.apply(LayersEdit("hide", before, after))
    assert label.text == "© A"
    assert label.width() < 200
    label.grab()
    label.close_subscriptions()


def test_an_area_is_taken_along_and_becomes_a_layer(qtbot, context, server, shared, tmp_path):
    shared.hosts.allow([server.host])
    add(context, address_layer("Map", server.xyz)[0])
    panel = OfflinePanel(context)
    qtbot.addWidget(panel)
    panel.first.setValue(12)
    panel.last.setValue(15)
    qtbot.waitUntil(lambda: "tiles" in panel.outcome.text())
    panel.estimate.click()
    qtbot.waitUntil(lambda: "about" in panel.outcome.text())
    messages: list[Message] = said(context)
    panel.download(tmp_path / "area.mbtiles")
    qtbot.waitUntil(lambda: bool(messages))
    assert (tmp_path / "area.mbtiles").is_file()
    messages[-1].run()
    assert [one.source.format for one in layers_of(context)] == ["xyz", "mbtiles"]
    leave(panel)


def test_a_download_can_be_stopped(qtbot, context, server, shared, tmp_path):
    shared.hosts.allow([server.host])
    add(context, address_layer("Map", server.xyz)[0])
    panel = OfflinePanel(context)
    qtbot.addWidget(panel)
    server.gate.clear()
    panel.download(tmp_path / "area.mbtiles")
    assert panel.stop.isVisibleTo(panel)
    panel.stop.click()
    server.gate.set()
    qtbot.waitUntil(lambda: "Stopped" in panel.outcome.text())
    assert not (tmp_path / "area.mbtiles").exists()
    assert panel.take.isEnabled()
    leave(panel)


def test_what_the_terms_forbid_is_said_and_not_offered(qtbot, context):
    add(context, address_layer("OSM", "https://tile.openstreetmap.org/{z}/{x}/{y}.png")[0])
    panel = OfflinePanel(context)
    qtbot.addWidget(panel)
    assert not panel.take.isEnabled()
    assert not panel.estimate.isEnabled()
    assert "OpenStreetMap" in panel.outcome.text()
    leave(panel)


RIVER, SURVEY = LayerId("river"), LayerId("survey")


def shift_context(context: WindowContext, moved: bool) -> None:
    """A crooked river, and points along it that are right or in GCJ-02."""
    numbers = np.random.default_rng(5)
    x = np.linspace(113.2, 113.6, 200)
    y = 23.1 + 0.02 * np.sin(x * 90) + numbers.normal(0, 5e-4, len(x))
    line = np.column_stack([x, y])
    river = Shapes("line", line, np.array([0, len(x)]), np.array([0]))
    places = line[::3]
    points = point_shapes(to_gcj02(places) if moved else places)
    known = {
        "river": Features(WGS84, (), np.array(["r"], object), {}, river),
        "survey": Features(
            WGS84, (), np.array([str(n) for n in range(len(places))], object), {}, points
        ),
    }
    readers = {**READERS, "made": lambda path, options, progress: known[path.name]}
    context.layer_data = LayerData(context.jobs, None, readers, "EPSG:4547")
    store = context.workspace.store
    layers = (
        Layer("River", Source("made", "river"), LineStyle(), role="rivers", id=RIVER),
        Layer("Survey", Source("made", "survey"), PointStyle(), id=SURVEY),
    )
    store.apply(LayersEdit("add", store.project.layers, layers))


def loaded(qtbot, context: WindowContext) -> None:
    def ready() -> bool:
        return all(context.layer_data.get(one) is not None for one in layers_of(context))

    qtbot.waitUntil(ready)


@pytest.mark.parametrize(("moved", "words"), [(True, "GCJ-02: it lies"), (False, "in place")])
def test_a_data_layer_is_only_told_what_it_is(qtbot, context, moved, words):
    shift_context(context, moved)
    loaded(qtbot, context)
    panel = ShiftPanel(context, SURVEY)
    qtbot.addWidget(panel)
    panel.known.setCurrentIndex(panel.known.findData(RIVER))
    panel.compare.click()
    qtbot.waitUntil(lambda: panel.found is not None)
    assert words in panel.outcome.text()
    assert not panel.correct.isVisibleTo(panel)
    before = context.workspace.store.project
    panel.apply()
    assert context.workspace.store.project is before
    leave(panel)


def test_a_base_map_is_moved_back_after_one_pair(qtbot, context):
    layer = add(context, address_layer("Map", "https://a.example.org/{z}/{x}/{y}")[0])
    panel = ShiftPanel(context, layer.id)
    qtbot.addWidget(panel)
    lon, lat = to_gcj02(np.array([[113.27, 23.13]]))[0]
    panel.true.setText("113.27, 23.13")
    panel.shown.setText(f"{lon:.6f}, {lat:.6f}")
    panel.compare_place.click()
    assert panel.found.verdict == "gcj02"
    assert panel.correct.isVisibleTo(panel)
    panel.correct.click()
    assert layers_of(context)[0].source.option("shift") == "gcj02"
    panel.shown.setText("nonsense")
    panel.compare_place.click()
    assert panel.outcome.property("kind") == "bad"
    leave(panel)
