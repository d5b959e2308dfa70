"""What is drawn over the map is where it should be, and quick for very many reaches."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from gisapp.app.tools import Preview
from gisapp.model.features import Shapes
from gisapp.model.geometry import Extent, Point, Size
from gisapp.render.camera import Camera
from gisapp.ui.map_overlay import ACCENT, RING, TRACED, Overlay, paint_overlay
from gisapp.ui.map_widget import MapWidget
from gisapp.ui.traced_reaches import traced_pixels
from tests.ui.map_setting import (
    MIDDLE,
    make_setting,
    project_with,
    runner,
    scattered,
    table_of,
)

CAMERA = Camera(Point(0, 0), 1.0, Size(200, 200), "EPSG:4547")
GROUND = QColor("#808080")


def painted(overlay: Overlay, camera: Camera = CAMERA) -> QImage:
    image = QImage(*camera.size, QImage.Format.Format_RGB32)
    image.fill(GROUND)
    image.setDevicePixelRatio(camera.pixel_ratio)
    painter = QPainter(image)
    paint_overlay(painter, camera, overlay)
    painter.end()
    return image


def lines(*parts: list[tuple[float, float]]) -> Shapes:
    coords = np.array([place for part in parts for place in part], float)
    starts = np.cumsum([0, *map(len, parts)])
    return Shapes("line", coords, starts, np.arange(len(parts)))


@pytest.mark.usefixtures("qapp")
class TestOverlay:
    def test_ring_around_a_selected_point(self):
        image = painted(Overlay(rings=np.array([[0.0, 0.0]])))
        assert image.pixelColor(100, 100) == GROUND
        assert image.pixelColor(100 + int(RING), 100) == QColor(ACCENT)

    def test_ring_has_the_same_size_on_a_sharp_screen(self):
        sharp = CAMERA.resized(Size(400, 400), 2.0)
        image = painted(Overlay(rings=np.array([[0.0, 0.0]])), sharp)
        assert image.pixelColor(200 + 2 * int(RING), 200) == QColor(ACCENT)

    def test_traced_reaches(self):
        image = painted(Overlay(traced=lines([(-90, 0), (90, 0)])))
        seen, full = image.pixelColor(150, 100), QColor(TRACED)
        assert seen.red() > seen.green() + 60  # in its colour
        assert seen != full  # and points below it are seen through it

    def test_joints_of_traced_reaches_are_no_darker(self):
        image = painted(Overlay(traced=lines([(-90, 0), (0, 0)], [(0, 0), (90, 0)])))
        assert image.pixelColor(100, 100) == image.pixelColor(150, 100)

    def test_places_that_cannot_be_shown_are_left_out(self):
        nowhere = np.array([[np.nan, np.nan], [0.0, 0.0]])
        image = painted(Overlay(rings=nowhere, outlines=[nowhere]))
        assert image.pixelColor(100 + int(RING), 100) == QColor(ACCENT)

    def test_box_line_marker_and_words_of_a_preview(self):
        empty = painted(Overlay())
        for preview in (
            Preview(box=Extent(-50, -50, 50, 50)),
            Preview(line=(Point(-50, 0), Point(50, 0))),
            Preview(line=(Point(-50, 0), Point(50, 0), Point(0, 60)), closed=True),
            Preview(snapped=Point(0, 0)),
            Preview(label="100.0 m\n99.9 m", label_at=Point(0, 0)),
        ):
            assert painted(Overlay(preview=preview)) != empty

    def test_words_stay_on_the_map(self):
        corner = Preview(label="1,234.5 m on the ellipsoid", label_at=Point(99, -99))
        image = painted(Overlay(preview=corner))
        assert image.pixelColor(199, 199) == GROUND  # nothing is cut off at the edge
        assert image.pixelColor(100, 170) != GROUND


def test_very_many_traced_reaches_are_pixels_at_their_places():
    pixels = traced_pixels(lines([(-90, 0), (0, 40), (90, 0)], [(500, 500), (600, 600)]), CAMERA)
    assert pixels.shape == (200, 200, 4)
    red, green, blue, alpha = pixels[100, 150]
    assert (f"#{red:02x}{green:02x}{blue:02x}", alpha) == (TRACED, 255)
    assert not pixels[:95].any()


def test_no_traced_reach_in_view():
    assert not traced_pixels(lines([(500, 500), (600, 600)]), CAMERA).any()


def test_a_picture_of_many_traced_reaches_follows_the_map(qtbot, crowded):
    """Made on a worker, then shown moved until the next one is there."""
    widget, _ = crowded
    color = QColor(TRACED)
    qtbot.waitUntil(lambda: widget.grab().toImage().pixelColor(200, 100) == color)
    widget.view.picture_ready._listeners.clear()
    widget.show_camera(widget.camera.panned(0, 40))
    assert widget.grab().toImage().pixelColor(200, 140) == color
    widget.show_traced(None)
    assert widget.grab().toImage().pixelColor(200, 140) != color


@pytest.fixture
def crowded(qtbot):
    """3000 short reaches in a row 50 m north of the middle."""
    main, jobs = runner()
    made = make_setting(jobs, project_with(table_of(scattered(1))), {})
    qtbot.addWidget(made.widget, before_close_func=MapWidget.close_map)
    made.widget.motion.wanted = False
    made.widget.resize(400, 300)
    with qtbot.waitExposed(made.widget):
        made.widget.show()
    x = np.linspace(MIDDLE.x - 150, MIDDLE.x + 150, 3001)
    y = np.full(3001, MIDDLE.y + 50)
    ends = np.column_stack([x, y])
    coords = np.stack([ends[:-1], ends[1:]], axis=1).reshape(-1, 2)
    made.widget.show_traced(Shapes("line", coords, np.arange(3001) * 2, np.arange(3000)))
    yield made.widget, jobs
    made.desk.close()
    jobs.close()
    QApplication.processEvents()
    main.deleteLater()
