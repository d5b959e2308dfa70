from __future__ import annotations

from dataclasses import replace
from time import monotonic, sleep
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from shapely import Point as Place

from gisapp.app.jobs import JobRunner
from gisapp.app.map_view import MapView
from gisapp.app.store import Store
from gisapp.model.edit import LayersEdit, ProjectEdit, add_features, change_feature, delete_features
from gisapp.model.errors import ProjectError
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Extent, Pixel, Point, Size
from gisapp.model.layer import TABLE, Layer, Source
from gisapp.model.project import Project
from gisapp.model.style import AreaStyle, PointStyle
from gisapp.model.survey import OUTFALL_FIELDS, OUTFALL_STYLE
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.render import compiled
from gisapp.render.camera import Camera
from gisapp.render.canvas import Image
from gisapp.render.qt_canvas import QtPress, warm_up
from gisapp.render.tiles import Frame
from tests.own import OWN
from tests.render.scenes import CRS, EXTENT, outfalls, zones

CAMERA = Camera.fit(EXTENT, Size(320, 240), CRS)
ZONES = Layer("Zones", Source("made-up", "zones"), AreaStyle(), id="zones")  # type: ignore[arg-type]
POINTS = Layer("Outfalls", Source(TABLE, "outfalls"), OUTFALL_STYLE, id="points")  # type: ignore[arg-type]


class Counted:
    """Painters that remember for which layer and how large a picture they were called."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Size]] = []

    def painters(self) -> Any:
        def counted(painter: Any) -> Any:
            def paint(layer: Any, data: Any, camera: Camera, *rest: Any) -> None:
                self.calls.append((layer.name, camera.size))
                painter(layer, data, camera, *rest)

            return paint

        return {style: counted(painter) for style, painter in OWN.painters().items()}


@pytest.fixture(scope="module")
def press(qapp) -> QtPress:
    warm_up()
    compiled.load()
    return QtPress()


def table(count: int) -> FeatureTable:
    made = outfalls(count)
    columns = {field.name: np.full(count, None, object) for field in OUTFALL_FIELDS}
    columns |= {f.name: np.full(count, np.nan) for f in OUTFALL_FIELDS if f.kind == "real"}
    columns |= made.columns
    return FeatureTable.from_arrays(
        "outfalls", CRS, OUTFALL_FIELDS, made.ids, columns, made.shapes.coords
    )


class Setting:
    def __init__(self, press: QtPress, jobs: JobRunner, count: int) -> None:
        tables = MappingProxyType({"outfalls": table(count)})
        self.store = Store(Project("", CRS, (ZONES, POINTS), tables))
        jobs.failed.subscribe(_raise)
        self.counted, self.zones = Counted(), zones()
        self.pictures: list[tuple[Camera, Image]] = []
        self.view = MapView(self.store, jobs, self.counted.painters(), self.open, press, CAMERA)
        self.view.picture_ready.subscribe(self.keep)

    def keep(self, frame: Frame) -> None:
        self.pictures.append((frame.camera, frame.picture(labels=False)))
        self.view.look_around()  # as the screen does when it has shown it

    def open(self, layer: Layer) -> Any:
        return self.zones if layer.source.path == "zones" else None

    @property
    def table(self) -> FeatureTable:
        return self.store.project.tables["outfalls"]

    def style(self, style: Any) -> None:
        layers = self.store.project.layers
        changed = tuple(replace(la, style=style) if la.id == POINTS.id else la for la in layers)
        self.store.apply(LayersEdit("Style", layers, changed))

    def whole(self, press: QtPress) -> Image:
        """The present state painted from nothing."""
        fresh: list[Frame] = []
        view = MapView(
            self.store, self.view._jobs, OWN.painters(), self.open, press, self.view.camera
        )
        view.picture_ready.subscribe(fresh.append)
        view.refresh()
        view.close()
        return fresh[-1].picture(labels=False)


def _raise(job: Any) -> None:
    raise job.error


def until_complete(view: MapView, mailbox: Any, patience: float = 20.0) -> None:
    end = monotonic() + patience
    while not view.complete:
        assert monotonic() < end
        mailbox.drain()
        sleep(0)


@pytest.fixture
def many(press: QtPress, inline_jobs: JobRunner) -> Setting:
    """2000 points: no labels, and an edit is mended in place."""
    setting = Setting(press, inline_jobs, 2000)
    named = replace(ZONES, style=AreaStyle(label="name"))
    setting.store.apply(LayersEdit("Style", setting.store.project.layers, (named, POINTS)))
    setting.view.refresh()
    setting.counted.calls.clear()
    return setting


@pytest.fixture
def few(press: QtPress, inline_jobs: JobRunner) -> Setting:
    setting = Setting(press, inline_jobs, 30)
    setting.view.refresh()
    setting.counted.calls.clear()
    return setting


def test_a_new_camera_is_a_new_picture(few: Setting) -> None:
    before = len(few.pictures)
    few.view.camera = CAMERA.panned(30, 20)
    assert len(few.pictures) == before + 1
    camera, image = few.pictures[-1]
    assert camera == few.view.camera
    assert image.shape == (240, 320, 4)
    assert image.any()


def test_the_same_camera_is_no_new_picture(few: Setting) -> None:
    before = len(few.pictures)
    few.view.camera = replace(few.view.camera)
    assert len(few.pictures) == before


def test_a_camera_of_no_numbers_is_not_gone_to(few: Setting) -> None:
    before, made = few.view.camera, len(few.pictures)
    for wrong in (float("nan"), float("inf"), 1e300):
        few.view.camera = replace(before, center=Point(wrong, 0.0))
        few.view.camera = replace(before, resolution=wrong)
    assert few.view.camera == before
    few.view.refresh()
    assert len(few.pictures) == made + 1


def test_the_drawing_nobody_waits_for_is_dropped(press, jobs, mailbox) -> None:
    setting = Setting(press, jobs, 30)
    for step in range(5):
        setting.view.camera = CAMERA.panned(step + 1, 0)
    until_complete(setting.view, mailbox)
    assert [camera for camera, _ in setting.pictures] == [setting.view.camera]


def test_a_style_paints_its_layer_only(few: Setting, press: QtPress) -> None:
    few.style(PointStyle(color="#ff0000", size=20))
    assert {name for name, _ in few.counted.calls} == {"Outfalls"}
    assert (few.pictures[-1][1] == few.whole(press)).all()


def test_hiding_and_opacity_paint_nothing_anew(few: Setting, press: QtPress) -> None:
    layers = few.store.project.layers
    few.store.apply(LayersEdit("Fade", layers, (replace(ZONES, opacity=0.4), POINTS)))
    few.store.apply(
        LayersEdit("Hide", few.store.project.layers, (replace(ZONES, visible=False), POINTS))
    )
    assert few.counted.calls == []
    assert (few.pictures[-1][1] == few.whole(press)).all()


def test_a_name_or_a_title_draws_nothing(few: Setting) -> None:
    before = len(few.pictures)
    layers = few.store.project.layers
    few.store.apply(LayersEdit("Name", layers, (replace(ZONES, name="Other"), POINTS)))
    few.store.apply(ProjectEdit("Title", ("", CRS), ("New", CRS)))
    assert len(few.pictures) == before


EDITS = {
    "state": lambda t: change_feature("State", t, FeatureId("id7"), {"state": "closed"}),
    "move": lambda t: change_feature(
        "Move", t, FeatureId("id9"), {GEOMETRY: Place(500_500, 2_560_500)}
    ),
    "move out": lambda t: change_feature("Move", t, FeatureId("id9"), {GEOMETRY: Place(0, 0)}),
    "lose place": lambda t: change_feature("Move", t, FeatureId("id9"), {GEOMETRY: None}),
    "add": lambda t: add_features(
        "Add", t, {FeatureId("new"): {"kind": "outfall", GEOMETRY: Place(500_400, 2_560_300)}}
    ),
    "delete": lambda t: delete_features("Delete", t, (FeatureId("id3"), FeatureId("id4"))),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_among_many_is_mended_in_place(many: Setting, press, name: str) -> None:
    many.store.apply(EDITS[name](many.table))
    assert many.counted.calls
    assert all(size.width < 60 and size.height < 60 for _, size in many.counted.calls)
    assert (many.pictures[-1][1] == many.whole(press)).all()
    many.store.undo()
    assert (many.pictures[-1][1] == many.whole(press)).all()


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_in_the_picture(few: Setting, press, name) -> None:
    few.store.apply(EDITS[name](few.table))
    assert {call[0] for call in few.counted.calls} == {"Outfalls"}
    assert (few.pictures[-1][1] == few.whole(press)).all()


def test_an_edit_while_the_camera_moves_is_in_the_next_picture(many: Setting, press) -> None:
    many.view.camera = CAMERA.zoomed(2, CAMERA.to_screen(CAMERA.center))
    many.store.apply(EDITS["state"](many.table))
    many.view.camera = CAMERA
    assert (many.pictures[-1][1] == many.whole(press)).all()


def test_a_layer_that_cannot_be_painted_is_said_and_left_out(few: Setting) -> None:
    failed: list[Any] = []
    few.view.layer_failed.subscribe(failed.append)
    few.style(AreaStyle())  # points drawn as areas is possible, a raster style is not
    few.zones = object()  # type: ignore[assignment]
    few.view.refresh()
    assert [(layer.name, type(error)) for layer, error in failed] == [("Zones", ProjectError)]
    assert len(few.pictures) >= 2


def test_what_is_shown_is_what_can_be_clicked(few: Setting) -> None:
    assert [layer.name for layer, _ in few.view.shown()] == ["Zones", "Outfalls"]
    few.zones = None  # type: ignore[assignment]
    assert [layer.name for layer, _ in few.view.shown()] == ["Outfalls"]


def test_an_empty_table_is_no_reason_to_ask_for_a_file(press, inline_jobs) -> None:
    setting = Setting(press, inline_jobs, 1)
    setting.store.apply(delete_features("Delete", setting.table, (FeatureId("id0"),)))
    assert len(setting.table) == 0
    assert ("Outfalls", 0) in [(la.name, len(d)) for la, d in setting.view.shown() if la == POINTS]


def test_far_away_nothing_is_drawn(few: Setting) -> None:
    few.view.camera = Camera.fit(Extent(0, 0, 10, 10), Size(50, 50), CRS)
    assert not few.pictures[-1][1].any()


def test_beside_the_view_nothing_is_painted_before_the_picture_is_shown(few: Setting) -> None:
    view = few.view.another()
    view.camera = CAMERA.zoomed(1.7, Pixel(0, 0))
    seen = set(view.frame.grid.places(view.camera))
    assert view.complete
    assert set(view.frame.tiles) == seen
    view.look_around()
    assert set(view.frame.tiles) == set(view.frame.grid.places(view.camera, 1))
    view.close()
