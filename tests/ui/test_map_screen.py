"""Squares on the screen: sharp where they are there, the last picture where they are not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QRect
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QToolButton

from gisapp.model.geometry import Extent, Pixel, Size
from gisapp.render.camera import Camera
from gisapp.render.tiles import Frame, TileGrid
from gisapp.ui.context import WindowContext
from gisapp.ui.map_area import MapArea
from gisapp.ui.map_picture import LastPicture, Marks, ViewPicture
from gisapp.ui.map_screen import MapScreen
from tests.ui.map_setting import (
    MIDDLE,
    OUTFALLS,
    RIVERS,
    MapSetting,
    make_setting,
    project_with,
    rivers,
    runner,
    scattered,
    table_of,
)
from tests.ui.window_setting import made_up_project, window_context

POINT = QColor("#0b6e99")
GROUND = QColor("#ffffff")


@pytest.fixture
def setting(qtbot) -> Iterator[MapSetting]:
    """One point in the middle of 400 x 300 pixels, a river 100 below it."""
    main, jobs = runner()
    made = make_setting(jobs, project_with(table_of(scattered(1))), {RIVERS: rivers()})
    made.widget.close_map()  # it would look from where it lies
    made.view.refresh()
    qtbot.waitUntil(lambda: made.view.complete)
    yield made
    made.view.close()
    made.desk.close()
    jobs.close()
    QApplication.processEvents()
    made.widget.deleteLater()
    main.deleteLater()


def painted(picture: Any, camera: Camera, clip: QRect | None = None) -> QImage:
    """As a widget with the camera's pixel ratio shows it."""
    image = QImage(*camera.size, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(camera.pixel_ratio)
    image.fill(GROUND)
    painter = QPainter(image)
    if clip is None:
        picture.paint(painter, camera)
    else:
        picture.paint(painter, camera, clip)
    painter.end()
    return image


def pixels(image: QImage) -> np.ndarray:
    flat = np.frombuffer(image.constBits(), np.uint8)
    return flat.reshape(image.height(), -1, 4)[:, : image.width(), 2::-1].copy()


def on_ground(frame: Frame) -> np.ndarray:
    made = frame.picture().astype(int)
    return made[:, :, :3] + (255 - made[:, :, 3:])


def test_what_is_shown_is_the_picture_pixel_by_pixel(setting: MapSetting) -> None:
    picture = ViewPicture(setting.view)
    shown = pixels(painted(picture, setting.view.camera)).astype(int)
    assert np.abs(shown - on_ground(setting.view.frame)).max() <= 1
    assert picture.is_sharp(setting.view.camera)
    picture.close()


@pytest.mark.parametrize("rotation", [0.0, 30.0])
def test_on_a_fine_screen_nothing_is_scaled(qtbot, setting: MapSetting, rotation: float) -> None:
    view = setting.view
    camera = view.camera.resized(Size(800, 600), 2.0).turned(rotation)
    view.camera = camera
    qtbot.waitUntil(lambda: view.complete)
    picture = ViewPicture(view)
    shown = pixels(painted(picture, camera)).astype(int)
    assert np.abs(shown - on_ground(view.frame)).max() <= 1
    picture.close()


def test_a_moved_map_is_shown_at_once_and_only_in_its_part(setting: MapSetting) -> None:
    picture = ViewPicture(setting.view)
    moved = setting.view.camera.panned(40, -20)
    assert painted(picture, moved).pixelColor(240, 130) == POINT
    half = painted(picture, moved, QRect(0, 0, 200, 300))
    assert half.pixelColor(240, 130) == GROUND
    assert half.pixelColor(60, 230) == painted(picture, moved).pixelColor(60, 230)
    picture.close()


def test_nearer_and_turned_the_last_picture_is_stretched(setting: MapSetting) -> None:
    picture = ViewPicture(setting.view)
    camera = setting.view.camera
    near = camera.zoomed(4, Pixel(200, 150))
    shown = painted(picture, near)
    assert not picture.is_sharp(near)
    assert all(shown.pixelColor(x, 150) == POINT for x in (192, 200, 208))  # four times as wide
    east = camera.panned(-100, 0).turned(90)  # the point is 100 west of the middle, so above it
    assert painted(picture, east).pixelColor(200, 50) == POINT
    far = camera.zoomed(0.5, Pixel(200, 150))
    assert painted(picture, far).pixelColor(200, 150).blue() > POINT.red() + 60
    picture.close()


def test_sharp_squares_take_the_place_of_the_stretched_picture(qtbot, setting: MapSetting) -> None:
    picture = ViewPicture(setting.view)
    near = setting.view.camera.zoomed(4, Pixel(200, 150))
    assert painted(picture, near).pixelColor(208, 150) == POINT
    setting.view.camera = near
    qtbot.waitUntil(lambda: setting.view.complete)
    shown = painted(picture, near)
    assert picture.is_sharp(near)
    assert shown.pixelColor(208, 150) == GROUND
    assert shown.pixelColor(200, 150) == POINT
    picture.close()


def test_a_slow_view_is_seen_coarsely_until_its_squares_come(qtbot, setting: MapSetting) -> None:
    picture = ViewPicture(setting.view)
    setting.view._pace = 60.0  # seconds for a square
    near = setting.view.camera.zoomed(2, Pixel(200, 150))
    setting.view.camera = near
    qtbot.waitUntil(lambda: setting.view.complete)
    frame = setting.view.frame
    assert frame.coarse is not None
    frame.tiles.clear()  # as if none had come yet
    frame.labels = None
    shown = painted(picture, near)
    assert not picture.is_sharp(near)
    middle = shown.pixelColor(200, 150)
    assert max(abs(middle.red() - POINT.red()), abs(middle.blue() - POINT.blue())) < 60
    assert shown.pixelColor(20, 20) == GROUND
    picture.close()


def test_the_picture_says_when_there_is_more(qtbot, setting: MapSetting) -> None:
    picture = ViewPicture(setting.view)
    told: list[None] = []
    picture.changed.subscribe(told.append)
    setting.view.camera = setting.view.camera.zoomed(2, Pixel(0, 0))
    qtbot.waitUntil(lambda: setting.view.complete)
    assert told
    picture.close()
    told.clear()
    setting.view.camera = setting.view.camera.panned(10, 0)
    assert told == []


def test_before_the_first_picture_there_is_the_ground(setting: MapSetting) -> None:
    other = setting.view.another()
    picture = ViewPicture(other)
    assert picture.camera is None
    image = painted(picture, other.camera)
    assert image.pixelColor(200, 150) == GROUND
    picture.close()
    other.close()


def test_a_screen_may_show_its_layers_otherwise(qtbot, setting: MapSetting) -> None:
    class Halved(MapScreen):
        def paint_layers(self, painter: QPainter, marks: Marks | None = None) -> None:
            painter.fillRect(self.rect(), self.background)
            self._picture.paint(painter, self._camera, QRect(0, 0, 210, 300))

    screen = Halved(setting.view)
    qtbot.addWidget(screen, before_close_func=MapScreen.close_map)
    screen.motion.wanted = False
    screen.set_background("#ffffff")
    screen.resize(400, 300)
    with qtbot.waitExposed(screen):
        screen.show()
    qtbot.waitUntil(lambda: setting.view.complete and setting.view.camera == screen.camera)
    image = screen.grab().toImage()
    assert image.pixelColor(200, 150) == POINT
    river = [image.pixelColor(x, 250) for x in (150, 350)]
    assert river[0] != GROUND
    assert river[1] == screen.background == GROUND


def test_a_picture_of_another_system_is_not_shown(setting: MapSetting) -> None:
    last = LastPicture()
    camera = setting.view.camera
    last.show(camera, np.full((300, 400, 4), 255, np.uint8))
    black = QImage(400, 300, QImage.Format.Format_RGB32)
    black.fill(0)
    painter = QPainter(black)
    last.paint(painter, replace(camera, crs="EPSG:4490"))
    painter.end()
    assert not pixels(black).any()
    last.clear()
    assert last.camera is None


def test_the_squares_are_those_of_the_first_view(setting: MapSetting) -> None:
    frame = setting.view.frame
    assert frame.grid == TileGrid.around(setting.view.camera)
    assert len(frame.grid.places(frame.camera)) == 1
    assert frame.camera.center == MIDDLE


def test_data_that_arrive_reach_the_map(qtbot) -> None:
    """Network tiles come when they come: their place is painted again."""

    with window_context(made_up_project(2)) as context:
        assert context.map_view is not None
        assert context.layer_data is not None
        area = MapArea(context)
        qtbot.addWidget(area, before_close_func=MapArea.close_subscriptions)
        asked: list[Any] = []
        context.map_view.repaint = lambda *what: asked.append(what)  # type: ignore[method-assign]
        context.layer_data.arrived((OUTFALLS, Extent(0, 0, 1, 1), "EPSG:4547"))
        assert asked == [(OUTFALLS, Extent(0, 0, 1, 1), "EPSG:4547")]


def test_words_about_the_place_come_at_once_and_then_seldom(qtbot, setting: MapSetting) -> None:
    told: list[Camera] = []
    setting.widget.camera_told.connect(told.append)
    first = setting.widget.camera
    moves = [first.panned(10.0 * n, 0) for n in range(1, 6)]

    for camera in moves:
        setting.widget._moved(camera)
    qtbot.waitUntil(lambda: told[-1:] == moves[-1:])

    assert told[0] == moves[0]
    assert len(told) < len(moves)


def test_cards_are_not_painted_again_whenever_the_map_moves(qtbot) -> None:
    with window_context(made_up_project(2)) as context:
        see_what_is_painted(qtbot, context)


def see_what_is_painted(qtbot, context: WindowContext) -> None:
    area = MapArea(context)
    qtbot.addWidget(area)
    area.resize(900, 700)
    area.show()
    qtbot.waitExposed(area)
    qtbot.waitUntil(lambda: area.map.view.complete and area.map.at_rest)
    painted: list[str] = []
    watch = Painted(painted)
    button = next(one for one in area.strip.findChildren(QToolButton) if one.isVisible())
    for widget, name in ((area.map, "map"), (button, "button"), (area.scale_bar, "scale")):
        widget.installEventFilter(watch)
        watch.names[widget] = name
    area.map.show_camera(area.map.camera.panned(30, 20))
    qtbot.waitUntil(lambda: "map" in painted)
    assert "scale" in painted
    assert "button" not in painted
    button.update()
    qtbot.waitUntil(lambda: "button" in painted)
    seen = area.map.grab().toImage()
    assert seen.pixelColor(button.mapTo(area.map, button.rect().center())).alpha() == 255
    area.close_subscriptions()


class Painted(QObject):
    def __init__(self, painted: list[str]) -> None:
        super().__init__()
        self.names: dict[QObject, str] = {}
        self._painted = painted

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Paint:
            self._painted.append(self.names[watched])
        return False
