"""A map that is thrown, turned and pinched."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gisapp.model.geometry import Extent, Pixel, Point, Size
from gisapp.render.camera import Camera
from gisapp.ui.map_motion import Throw, Views, between, fitting, near_north
from tests.ui.map_setting import MIDDLE, MapSetting
from tests.ui.test_map_widget import drag, move, shown

CAMERA = Camera(Point(500_000, 2_560_000), 1.0, Size(400, 300), "EPSG:4547")
CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
MIDDLE_PIXEL = QPointF(200, 150)
turns = st.floats(-360, 360)


@pytest.fixture
def setting(qtbot) -> Iterator[MapSetting]:
    yield from shown(qtbot, 5)


def gesture(widget, kind: Qt.NativeGestureType, value: float = 0.0, at=MIDDLE_PIXEL) -> None:
    device = QPointingDevice.primaryPointingDevice()
    event = QNativeGestureEvent(
        kind, device, 2, at, at, widget.mapToGlobal(at), value, QPointF(), 1
    )
    QApplication.sendEvent(widget, event)


# ---- the way from one view to the next


@settings(deadline=None)
@given(st.floats(0.05, 20), turns, st.floats(0, 1), st.integers(0, 400), st.integers(0, 300))
def test_on_the_way_of_a_turn_the_place_under_the_fingers_stays(factor, turn, t, x, y):
    pixel = Pixel(x, y)
    end = CAMERA.zoomed(factor, pixel).turned(turn, pixel)
    way = between(CAMERA, end, t)
    assert way.to_map(pixel) == pytest.approx(CAMERA.to_map(pixel), abs=2e-2)


@settings(deadline=None)
@given(turns, turns)
def test_the_map_turns_the_short_way(first, last):
    start, end = CAMERA.turned(first), CAMERA.turned(last)
    half = between(start, end, 0.5).rotation
    way = abs((last - first + 180) % 360 - 180)
    assert abs((half - first + 180) % 360 - 180) == pytest.approx(way / 2, abs=1e-6)


@settings(deadline=None)
@given(turns, st.floats(10, 1e5), st.floats(10, 1e5))
def test_a_whole_extent_is_seen_on_a_turned_map(turn, width, height):
    extent = Extent(-width / 2, -height / 2, width / 2, height / 2)
    seen = fitting(extent, CAMERA.turned(turn))
    assert seen.rotation == pytest.approx(turn % 360)
    for x, y in ((extent.left, extent.top), (extent.right, extent.bottom)):
        pixel = seen.to_screen(Point(x, y))
        assert -1e-6 <= pixel.x <= 400 + 1e-6
        assert -1e-6 <= pixel.y <= 300 + 1e-6


def test_nearly_north_is_north_on_both_sides():
    assert near_north(2)
    assert near_north(358)
    assert near_north(360)
    assert not near_north(5)
    assert not near_north(180)


def test_views_remember_how_the_map_was_turned():
    views = Views()
    views.rest(CAMERA)
    views.rest(CAMERA.turned(30))
    back = views.step(-1)
    assert back is not None
    assert back.rotation == 0


# ---- throwing


def test_the_speed_of_a_hand_that_stops_is_nothing():
    now = [0.0]
    throw = Throw(lambda: now[0])
    throw.start(QPointF(0, 0))
    for step in range(1, 6):
        now[0] = step * 0.01
        throw.move(QPointF(10 * step, 0))
    assert throw.speed().x() == pytest.approx(1000)
    now[0] += 0.2  # held still before it is let go of
    assert throw.speed().isNull()


def thrown(setting: MapSetting, qtbot) -> Point:
    """Throw the map to the right; where it was when it was let go of."""
    widget = setting.widget
    middle = Qt.MouseButton.MiddleButton
    QTest.mousePress(widget, middle, pos=QPoint(100, 100))
    for step in range(1, 7):
        QTest.qWait(8)
        move(widget, QPoint(100 + 20 * step, 100), middle)
    left = widget.camera.center
    QTest.mouseRelease(widget, middle, pos=QPoint(220, 100))
    return left


def test_a_thrown_map_glides_on_and_rests(setting, qtbot):
    setting.widget.motion.wanted = True
    left = thrown(setting, qtbot)
    assert setting.widget.motion.goal is not None
    qtbot.waitUntil(lambda: setting.widget.motion.goal is None, timeout=3000)
    assert setting.widget.camera.center.x < left.x - 20
    assert setting.widget.camera.center.y == pytest.approx(left.y)


def test_a_gliding_map_stops_at_a_touch(setting, qtbot):
    setting.widget.motion.wanted = True
    thrown(setting, qtbot)
    goal = setting.widget.motion.goal
    assert goal is not None
    QTest.mousePress(setting.widget, Qt.MouseButton.MiddleButton, pos=QPoint(100, 100))
    stopped = setting.widget.camera.center
    QTest.qWait(60)
    assert setting.widget.camera.center == stopped
    assert stopped.x > goal.center.x
    QTest.mouseRelease(setting.widget, Qt.MouseButton.MiddleButton, pos=QPoint(100, 100))


def test_nothing_glides_where_no_motion_is_wanted(setting, qtbot):
    assert not setting.widget.motion.wanted
    left = thrown(setting, qtbot)
    QTest.qWait(30)
    assert setting.widget.camera.center == left


# ---- turning


def test_ctrl_and_the_right_button_turn_the_map_around_its_middle(setting):
    asked = []
    setting.widget.menu_wanted.connect(lambda *told: asked.append(told))
    right = Qt.MouseButton.RightButton
    drag(setting.widget, QPoint(300, 150), QPoint(200, 250), right, CONTROL)
    assert setting.widget.camera.rotation == pytest.approx(90)
    assert setting.widget.camera.center == pytest.approx(MIDDLE)
    assert asked == []
    QTest.mouseClick(setting.widget, right, pos=QPoint(200, 100))
    assert len(asked) == 1


def test_alt_turns_only_where_the_tool_has_no_use_for_it(setting):
    left = Qt.MouseButton.LeftButton
    setting.desk.take("select")
    drag(setting.widget, QPoint(300, 150), QPoint(200, 250), left, ALT)
    assert setting.widget.camera.rotation == pytest.approx(90)
    setting.desk.take("move")
    drag(setting.widget, QPoint(300, 150), QPoint(200, 250), left, ALT)
    assert setting.widget.camera.rotation == pytest.approx(90)


def test_a_map_left_nearly_north_up_becomes_so(setting):
    right = Qt.MouseButton.RightButton
    drag(setting.widget, QPoint(300, 150), QPoint(299, 155), right, CONTROL)
    assert setting.widget.camera.rotation == 0


def test_keys_turn_the_map(setting):
    shift = Qt.KeyboardModifier.ShiftModifier
    for _ in range(2):
        QTest.keyClick(setting.widget, Qt.Key.Key_Right, shift)
    assert setting.widget.camera.rotation == pytest.approx(30)
    setting.widget.north_up()
    assert setting.widget.camera.rotation == 0


def test_arrows_move_a_turned_map_along_the_screen(setting):
    widget = setting.widget
    widget.show_camera(widget.camera.turned(90))
    fixed = widget.camera.to_map(Pixel(200, 150))
    QTest.keyClick(widget, Qt.Key.Key_Left)
    assert widget.camera.to_screen(fixed) == pytest.approx((300, 150))


def test_two_fingers_pinch_without_tilting_and_turn_when_they_mean_it(setting):
    widget, kinds = setting.widget, Qt.NativeGestureType
    at = QPointF(120, 80)
    fixed = widget.camera.to_map(Pixel(120, 80))
    gesture(widget, kinds.BeginNativeGesture)
    for _ in range(4):
        gesture(widget, kinds.ZoomNativeGesture, 0.1, at)
        gesture(widget, kinds.RotateNativeGesture, 2.0, at)
    assert widget.camera.rotation == 0
    assert widget.camera.resolution == pytest.approx(1 / 1.1**4)
    for _ in range(6):
        gesture(widget, kinds.RotateNativeGesture, 5.0, at)
    assert widget.camera.rotation == pytest.approx(4 * 2 + 6 * 5 - 10)
    assert widget.camera.to_map(Pixel(120, 80)) == pytest.approx(fixed, abs=1e-3)
    gesture(widget, kinds.EndNativeGesture)
    assert widget.camera.rotation == pytest.approx(28)
    assert not widget.hand_is_busy


def test_two_fingers_on_a_screen_drag_pinch_and_turn(setting):
    widget = setting.widget
    screen = QTest.createTouchDevice()
    middle, half = QPointF(200, 150), 60.0

    def fingers(angle: float, spread: float, way: float) -> list[QPoint]:
        reach = QPointF(math.cos(angle), math.sin(angle)) * half * spread
        at = middle + QPointF(way, 0)
        return [(at - reach).toPoint(), (at + reach).toPoint()]

    first, second = fingers(0, 1, 0)
    QTest.touchEvent(widget, screen, False).press(0, first, widget).press(
        1, second, widget
    ).commit()
    for step in range(1, 13):
        first, second = fingers(math.radians(5 * step), 1 + step / 12, 2 * step)
        QTest.touchEvent(widget, screen, False).move(0, first, widget).move(
            1, second, widget
        ).commit()
    QTest.touchEvent(widget, screen, False).release(0, first, widget).release(
        1, second, widget
    ).commit()
    camera = widget.camera
    assert camera.resolution == pytest.approx(0.5, rel=0.1)
    assert camera.rotation == pytest.approx(50, abs=8)
    assert camera.to_screen(MIDDLE) == pytest.approx((224, 150), abs=12)
    assert setting.workspace.selection.layer is None


def test_leaving_the_window_does_not_keep_the_map_in_the_hand(setting):
    QTest.mousePress(setting.widget, Qt.MouseButton.MiddleButton, pos=QPoint(100, 100))
    QTest.mouseRelease(setting.widget, Qt.MouseButton.MiddleButton, pos=QPoint(100, 100))
    QApplication.sendEvent(setting.widget, QEvent(QEvent.Type.Leave))
    assert not setting.widget.hand_is_busy
