"""The picture of very many selected features marks each that is in view, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from gisapp.app.tools import Pointer
from gisapp.app.workspace import Selection
from gisapp.model.features import FeatureId, Shapes, point_shapes
from gisapp.model.geometry import Pixel, Point, Size
from gisapp.model.progress import Cancelled, Silent
from gisapp.render.camera import Camera
from gisapp.ui.map_marks import MapMarks
from gisapp.ui.map_overlay import ACCENT
from gisapp.ui.map_widget import MapWidget
from gisapp.ui.marked_picture import RADIUS, marked_pixels
from tests.ui.map_setting import (
    OUTFALLS,
    RIVERS,
    make_setting,
    project_with,
    rivers,
    runner,
    scattered,
    table_of,
)

CAMERA = Camera(Point(500_000, 2_500_000), 2.0, Size(120, 80), "EPSG:4547")
INK = tuple(bytes.fromhex(ACCENT[1:]))
cameras = pytest.mark.parametrize(
    "camera", [CAMERA, replace(CAMERA, rotation=40.0), CAMERA.resized(Size(240, 160), 2.0)]
)


def at(camera: Camera, *pixels: tuple[float, float]) -> np.ndarray:
    return np.array([camera.to_map(Pixel(*pixel)) for pixel in pixels])


def lines(camera: Camera, *parts: list[tuple[float, float]], kind: str = "line") -> Shapes:
    starts = np.cumsum([0, *map(len, parts)])
    coords = np.vstack([at(camera, *part) for part in parts])
    return Shapes(kind, coords, starts, np.arange(len(parts)))


def inked(pixels: np.ndarray) -> set[tuple[int, int]]:
    rows, columns = np.nonzero((pixels[:, :, :3] == INK).all(axis=2))
    return set(zip(columns.tolist(), rows.tolist(), strict=True))


@cameras
def test_each_point_has_a_ring_around_it(camera):
    places = at(camera, (30.5, 40.5), (1.5, 1.5), (-500, 20), (np.nan, 5))
    pixels = marked_pixels(point_shapes(places), camera, ACCENT, Silent())
    assert pixels.shape == (*camera.size[::-1], 4)
    radius = RADIUS * round(camera.pixel_ratio)
    ink = inked(pixels)
    assert {(30 + radius, 40), (30, 40 - radius), (1 + radius, 1)} <= ink
    assert (30, 40) not in ink  # what is marked is still seen
    assert all(min(np.hypot(x - 30, y - 40), np.hypot(x - 1, y - 1)) < radius + 3 for x, y in ink)
    assert not pixels[60:, :, 3].any()


@cameras
def test_lines_are_followed_and_cut_at_the_edge_of_the_picture(camera):
    shapes = lines(camera, [(10.5, 10.5), (60.5, 10.5)], [(60.5, -90_000), (60.5, 90_000)])
    ink = inked(marked_pixels(shapes, camera, ACCENT, Silent()))
    assert {(x, 10) for x in range(10, 61)} <= ink
    assert {(60, y) for y in range(camera.size.height)} <= ink
    assert (30, 30) not in ink
    assert max(x for x, _ in ink) < 66


def test_an_area_is_marked_by_its_outline():
    ring = [(20.5, 20.5), (60.5, 20.5), (60.5, 60.5), (20.5, 60.5), (20.5, 20.5)]
    ink = inked(marked_pixels(lines(CAMERA, ring, kind="area"), CAMERA, ACCENT, Silent()))
    assert {(20, 40), (60, 40), (40, 20), (40, 60)} <= ink
    assert (40, 40) not in ink


def test_it_can_be_stopped():
    class Stop:
        def report(self, fraction: float, message: str = "") -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        marked_pixels(point_shapes(at(CAMERA, (5, 5))), CAMERA, ACCENT, Stop())


@pytest.fixture
def setting(qtbot):
    main, jobs = runner()
    made = make_setting(jobs, project_with(table_of(scattered(3000))), {RIVERS: rivers()})
    qtbot.addWidget(made.widget, before_close_func=MapWidget.close_map)
    made.widget.resize(400, 300)
    with qtbot.waitExposed(made.widget):
        made.widget.show()
    yield made
    made.desk.close()
    jobs.close()
    QApplication.processEvents()
    main.deleteLater()


def test_many_selected_features_become_a_picture_that_follows_the_map(setting, qtbot):
    marks = MapMarks(setting.widget, setting.desk)
    overlay = setting.widget.overlay
    everything = frozenset(FeatureId(str(n)) for n in range(3000))
    setting.workspace.select(Selection(OUTFALLS, everything))
    qtbot.waitUntil(lambda: overlay.marked_picture.camera == setting.widget.camera)
    assert len(overlay.rings) == 0
    setting.widget.show_camera(setting.widget.camera.panned(50, 20))
    qtbot.waitUntil(lambda: overlay.marked_picture.camera == setting.widget.camera)
    setting.workspace.select(Selection(OUTFALLS, frozenset(["0"])))
    assert overlay.marked_picture.camera is None
    assert len(overlay.rings) == 1
    marks.close()


def test_what_lies_under_a_resting_pointer_is_outlined(setting, qtbot):
    marks = MapMarks(setting.widget, setting.desk)
    overlay = setting.widget.overlay
    marks.pointer_moved(Pointer(Pixel(100, 250), setting.widget.camera))
    qtbot.waitUntil(lambda: bool(setting.widget.hover_note))
    assert len(overlay.hovered) + len(overlay.hovered_outlines) == 1
    marks.pointer_moved(None)
    assert (len(overlay.hovered), len(overlay.hovered_outlines)) == (0, 0)
    marks.close()
