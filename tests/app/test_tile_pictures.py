"""What is painted anew, what is only laid together, and how much is kept."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gisapp.app.jobs import JobRunner
from gisapp.app.map_view import MapView
from gisapp.app.store import Store
from gisapp.model.edit import LayersEdit
from gisapp.model.errors import ReadError
from gisapp.model.geometry import Extent, Pixel, PixelGrid, Size
from gisapp.model.layer import Layer, LayerId, Source
from gisapp.model.progress import Progress, Silent
from gisapp.model.project import Project
from gisapp.model.style import AreaStyle, LineStyle, ThermalStyle
from gisapp.render import compiled
from gisapp.render.camera import Camera
from gisapp.render.qt_canvas import QtPress, warm_up
from gisapp.render.request import RenderRequest
from gisapp.render.tiles import TILE
from tests.own import OWN
from tests.render.scenes import CRS, EXTENT, Warm, rivers, zones

CAMERA = Camera.fit(EXTENT, Size(700, 400), CRS)
WARM = Layer("Warm", Source("made-up", "warm"), ThermalStyle(), id=LayerId("warm"))
ZONES = Layer("Zones", Source("made-up", "zones"), AreaStyle(), id=LayerId("zones"))
RIVERS = Layer("Rivers", Source("made-up", "rivers"), LineStyle(), id=LayerId("rivers"))


class Asked(Warm):
    """Writes down for which grids it was asked; `gone` where its file cannot be read."""

    def __init__(self) -> None:
        super().__init__()
        self.grids: list[PixelGrid] = []
        self.gone = False

    def values(self, grid: PixelGrid, progress: Progress) -> np.ndarray:
        if self.gone:
            raise ReadError("warm.tif is gone")
        self.grids.append(grid)
        return super().values(grid, progress)


class Setting:
    def __init__(self, jobs: JobRunner, memory: int = 200_000_000) -> None:
        layers = (WARM, ZONES, RIVERS)
        self.store = Store(Project("", CRS, layers, MappingProxyType({})))
        self.warm = Asked()
        self.data: dict[str, Any] = {"warm": self.warm, "zones": zones(), "rivers": rivers(40)}
        self.painted: list[str] = []
        jobs.failed.subscribe(_raise)
        self.view = MapView(
            self.store, jobs, self.painters(), self.open, QtPress(), CAMERA, memory=memory
        )
        self.pictures = self.view._pictures
        self.view.refresh()
        self.view.look_around()

    def painters(self) -> Any:
        def counted(painter: Any) -> Any:
            def paint(layer: Layer, *rest: Any) -> None:
                self.painted.append(layer.name)
                painter(layer, *rest)

            return paint

        return {style: counted(painter) for style, painter in OWN.painters().items()}

    def open(self, layer: Layer) -> Any:
        return self.data[layer.source.path]

    def change(self, layer: Layer, **changes: Any) -> None:
        self.painted.clear()
        before = self.store.project.layers
        after = tuple(replace(la, **changes) if la.id == layer.id else la for la in before)
        self.store.apply(LayersEdit("Change", before, after))

    def right(self) -> bool:
        """Whether the picture is that of the layers painted in one go, but for rounding."""
        frame = self.view.frame
        assert frame.complete
        wanted = replace(self.view.request(), painters=OWN.painters())
        wanted = replace(wanted, camera=frame.grid.aligned(frame.camera))
        whole, made = picture_of(wanted).astype(int), frame.picture(labels=False).astype(int)
        return bool((np.abs(whole - made).max(axis=2) > 2).mean() < 0.0005)


def picture_of(request: RenderRequest) -> Any:
    size = request.camera.size
    return QtPress().picture(size, lambda canvas: request.paint_layers(canvas, Silent()))


def _raise(job: Any) -> None:
    raise job.error


@pytest.fixture(scope="module", autouse=True)
def warm(qapp) -> None:
    warm_up()
    compiled.load()


@pytest.fixture
def setting(inline_jobs: JobRunner) -> Setting:
    made = Setting(inline_jobs)
    made.painted.clear()
    made.warm.grids.clear()
    return made


def test_the_layers_lie_on_each_other(setting: Setting) -> None:
    assert setting.right()
    setting.change(ZONES, opacity=0.4)
    assert setting.right()


def test_a_turned_and_a_fine_picture_are_right_too(setting: Setting) -> None:
    setting.view.camera = CAMERA.turned(25)
    assert setting.right()
    setting.view.camera = replace(CAMERA, pixel_ratio=2.0, resolution=CAMERA.resolution / 2)
    assert setting.right()


def test_a_style_paints_its_layer_only(setting: Setting) -> None:
    setting.change(RIVERS, style=LineStyle(color="#ff0000", width=3))
    assert set(setting.painted) == {"Rivers"}
    assert setting.right()


def test_opacity_order_and_hiding_paint_nothing(setting: Setting) -> None:
    setting.change(ZONES, opacity=0.3)
    setting.change(RIVERS, visible=False)
    setting.change(RIVERS, visible=True)
    before = setting.store.project.layers
    setting.store.apply(LayersEdit("Order", before, before[::-1]))
    assert setting.painted == []
    assert setting.right()


def test_on_a_ground_a_layer_is_painted_as_the_lowest_and_as_another(setting: Setting) -> None:
    setting.view.lie_on(0xFFFFFFFF)
    setting.change(WARM, visible=False)
    assert set(setting.painted) == {"Zones"}  # the lowest now
    tiles = [tile for tile in setting.view.frame.tiles.values() if tile is not None]
    assert tiles
    assert any(tile.is_opaque for tile in tiles)
    setting.change(WARM, visible=True)
    assert setting.painted == []
    setting.change(WARM, visible=False)  # as one does who compares
    assert setting.painted == []


def test_other_colours_for_known_values_read_nothing(setting: Setting) -> None:
    setting.change(WARM, style=ThermalStyle("viridis", 10.0, 20.0))
    assert set(setting.painted) == {"Warm"}
    assert setting.warm.grids == []
    assert setting.right()


def test_what_is_tried_out_is_shown_and_forgotten(setting: Setting) -> None:
    known = setting.view.frame.picture(labels=False)
    setting.view.try_out(replace(WARM, style=ThermalStyle("gray")))
    assert set(setting.painted) == {"Warm"}
    assert (setting.view.frame.picture(labels=False) != known).any()
    setting.view.try_out(None)
    assert (setting.view.frame.picture(labels=False) == known).all()
    assert setting.warm.grids == []


def test_panning_paints_only_what_comes_into_view(setting: Setting) -> None:
    known = len(setting.pictures.memory._entries)
    frame, before = setting.view.frame, set(setting.view.frame.tiles)
    setting.view.camera = CAMERA.panned(90, 50)
    assert set(frame.grid.places(frame.camera)) < before  # the ring around the view was there
    assert setting.right()
    setting.painted.clear()
    setting.view.camera = CAMERA
    assert setting.painted == []
    setting.view.camera = CAMERA.panned(TILE, 0)
    assert setting.painted
    assert len(setting.pictures.memory._entries) > known


def test_there_and_back_paints_nothing(setting: Setting) -> None:
    there = CAMERA.zoomed(1.5, Pixel(100, 80))
    setting.view.camera = there
    setting.painted.clear()
    setting.view.camera = there.zoomed(1 / 1.5, Pixel(100, 80))
    assert setting.painted == []
    assert setting.right()


def test_data_that_arrive_are_painted_where_they_are(setting: Setting) -> None:
    grid = setting.view.frame.grid
    place = grid.places(CAMERA)[0]
    center = grid.camera(place).center
    setting.view.repaint(WARM.id, Extent(*center, *center).grown(1), CRS)
    assert setting.painted == ["Warm"]
    assert [asked.extent for asked in setting.warm.grids] == [grid.camera(place).extent]
    assert setting.right()


def test_other_data_of_a_layer_are_painted(setting: Setting) -> None:
    setting.data["rivers"] = rivers(10, seed=9)
    setting.view.refresh()
    assert set(setting.painted) == {"Rivers"}
    assert setting.right()


def test_a_second_view_paints_nothing_that_is_there(setting: Setting) -> None:
    other = setting.view.another(lambda layer: layer.id != ZONES.id)
    done: list[Any] = []
    other.picture_ready.subscribe(done.append)
    other.refresh()
    assert setting.painted == []
    assert len(done) == 1
    assert [layer.name for layer, _ in other.shown()] == ["Warm", "Rivers"]
    assert (other.frame.picture() != setting.view.frame.picture()).any()
    other.show_layers(None)
    assert (other.frame.picture(labels=False) == setting.view.frame.picture(labels=False)).all()
    assert setting.painted == []
    other.close()
    setting.change(WARM, style=ThermalStyle("gray"))
    assert setting.right()


def test_a_file_that_is_gone_is_said_once_and_the_rest_is_there(setting: Setting) -> None:
    failed: list[Any] = []
    setting.view.layer_failed.subscribe(failed.append)
    setting.warm.gone = True
    setting.view.camera = CAMERA.zoomed(2, Pixel(0, 0))
    assert [(layer.name, str(error)) for layer, error in failed] == [("Warm", "warm.tif is gone")]
    assert setting.view.frame.picture().any()
    setting.warm.gone = False
    setting.view.repaint(WARM.id, EXTENT, CRS)
    assert setting.right()


def test_a_slow_view_is_seen_coarsely_first(setting: Setting) -> None:
    coarse = []
    setting.view.tiles_changed.subscribe(
        lambda nothing: coarse.append((setting.view.frame.coarse, len(setting.view.frame.tiles)))
    )
    setting.view.camera = CAMERA.zoomed(2, Pixel(0, 0))
    assert all(there is None for there, _ in coarse)  # quick squares need none
    coarse.clear()
    setting.view._pace = 10.0  # seconds for a square
    setting.view.camera = CAMERA.zoomed(3, Pixel(0, 0))
    first, squares = next(both for both in coarse if both[0] is not None)
    assert first is not None
    assert squares == 0
    assert first.camera.size == Size(175, 100)
    assert first.camera.extent == pytest.approx(setting.view.camera.extent)
    image = first.tile.image
    sharp = setting.view.frame.picture(labels=False)[::4, ::4]
    assert np.abs(image.astype(int) - sharp).mean() < 12
    assert setting.right()


def test_all_views_hear_of_data_that_arrive(setting: Setting) -> None:
    other = setting.view.another(lambda layer: layer.id == WARM.id)
    other.refresh()
    setting.painted.clear()
    told: list[Any] = []
    other.picture_ready.subscribe(told.append)
    grid = setting.view.frame.grid
    center = grid.camera(grid.places(CAMERA)[0]).center
    setting.view.repaint(WARM.id, Extent(*center, *center).grown(1), CRS)
    assert len(told) == 1
    assert setting.painted == ["Warm"]
    other.close()


def test_where_nothing_is_nothing_is_kept_but_that(setting: Setting) -> None:
    used = setting.pictures.memory.used
    setting.view.camera = replace(CAMERA, center=CAMERA.center._replace(y=3_000_000.0))
    assert setting.view.frame.is_empty
    assert all(tile is None for tile in setting.view.frame.tiles.values())
    assert setting.pictures.memory.used - used < 100_000


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("pan"), st.integers(-900, 900), st.integers(-900, 900)),
        st.tuples(st.just("zoom"), st.sampled_from([0.5, 1.5, 2.0]), st.integers(0, 400)),
        st.tuples(st.just("style"), st.integers(1, 5), st.just(0)),
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(MOVES)
def test_memory_stays_below_its_bound_and_the_picture_right(inline_jobs: Any, moves: Any) -> None:
    limit = 20_000_000
    setting = Setting(inline_jobs, limit)
    memory = setting.pictures.memory
    for what, a, b in moves:
        if what == "pan":
            setting.view.camera = setting.view.camera.panned(a, b)
        elif what == "zoom":
            setting.view.camera = setting.view.camera.zoomed(a, Pixel(b, b / 2))
        else:
            setting.change(RIVERS, style=LineStyle(width=float(a)))
        assert memory.used <= limit
        assert memory.used == sum(size for _, size in memory._entries.values())
    assert setting.right()
    setting.view.close()
