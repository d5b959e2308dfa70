"""The map under real mouse, wheel and key events."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QEnterEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton

from gisapp.model.geometry import Pixel
from gisapp.ui.map_widget import MapWidget
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
from tests.ui.stalls import longest_stall

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


def shown(qtbot, count: int) -> Iterator[MapSetting]:
    main, jobs = runner()
    made = make_setting(jobs, project_with(table_of(scattered(count))), {RIVERS: rivers()})
    qtbot.addWidget(made.widget, before_close_func=MapWidget.close_map)
    made.widget.motion.wanted = False
    made.widget.resize(400, 300)
    with qtbot.waitExposed(made.widget):
        made.widget.show()
    qtbot.waitUntil(lambda: made.widget._picture.camera is not None)
    yield made
    made.desk.close()
    jobs.close()
    QApplication.processEvents()
    main.deleteLater()


@pytest.fixture
def setting(qtbot) -> Iterator[MapSetting]:
    yield from shown(qtbot, 5)


@pytest.fixture
def crowd(qtbot) -> Iterator[MapSetting]:
    yield from shown(qtbot, 200_000)


def drag(widget, start: QPoint, end: QPoint, button=LEFT, modifiers=NONE) -> None:
    QTest.mousePress(widget, button, modifiers, start)
    for step in (0.3, 0.6, 1.0):
        at = start + (end - start) * step
        move(widget, at, button, modifiers)
    QTest.mouseRelease(widget, button, modifiers, end)


def move(widget, at: QPoint, buttons=Qt.MouseButton.NoButton, modifiers=NONE) -> None:
    """QTest.mouseMove cannot hold a button or a key."""
    kind = QMouseEvent.Type.MouseMove
    place = QPointF(at)
    none = Qt.MouseButton.NoButton
    event = QMouseEvent(kind, place, widget.mapToGlobal(place), none, buttons, modifiers)
    QApplication.sendEvent(widget, event)


def turn_wheel(widget, at: QPoint, angle: int, pixels: int = 0, across: int = 0, keys=NONE) -> None:
    place = QPointF(at)
    phase = Qt.ScrollPhase.ScrollUpdate if pixels else Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(
        place,
        widget.mapToGlobal(place),
        QPoint(across, pixels),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        keys,
        phase,
        False,
    )
    QApplication.sendEvent(widget, event)


def test_wheel_keeps_the_place_under_the_pointer(setting):
    widget = setting.widget
    before = widget.camera.to_map(Pixel(50, 60))
    turn_wheel(widget, QPoint(50, 60), 120)
    assert widget.camera.resolution == pytest.approx(1 / 1.5)
    assert widget.camera.to_map(Pixel(50, 60)) == pytest.approx(before)


def test_small_steps_of_a_touchpad_add_up(setting):
    """Two fingers drag the map; with Ctrl they zoom, without a step of its own for each event."""
    for _ in range(30):
        turn_wheel(setting.widget, QPoint(200, 150), 10, pixels=10, across=-5)
    assert setting.widget.camera.center == pytest.approx((MIDDLE.x + 150, MIDDLE.y + 300))
    for _ in range(30):
        keys = Qt.KeyboardModifier.ControlModifier
        turn_wheel(setting.widget, QPoint(200, 150), 10, pixels=10, keys=keys)
    assert setting.widget.camera.resolution == pytest.approx(0.5)


def test_animated_wheel_ends_where_the_notches_say(setting, qtbot):
    widget = setting.widget
    widget.motion.wanted = True
    fixed = widget.camera.to_map(Pixel(50, 60))
    turn_wheel(widget, QPoint(50, 60), 120)
    turn_wheel(widget, QPoint(50, 60), 120)
    assert widget.camera.resolution > 1 / 2.25  # on the way
    qtbot.waitUntil(lambda: widget.motion.goal is None)
    assert widget.camera.resolution == pytest.approx(1 / 2.25)
    assert widget.camera.to_map(Pixel(50, 60)) == pytest.approx(fixed)


def test_middle_button_drags_the_map_in_any_tool(setting):
    drag(setting.widget, QPoint(100, 100), QPoint(140, 80), Qt.MouseButton.MiddleButton)
    assert setting.widget.camera.center == pytest.approx((MIDDLE.x - 40, MIDDLE.y - 20))


def test_space_and_left_button_drag_the_map(setting):
    setting.desk.take("select")
    QTest.keyPress(setting.widget, Qt.Key.Key_Space)
    drag(setting.widget, QPoint(100, 100), QPoint(140, 80))
    QTest.keyRelease(setting.widget, Qt.Key.Key_Space)
    assert setting.widget.camera.center == pytest.approx((MIDDLE.x - 40, MIDDLE.y - 20))
    assert setting.workspace.selection.layer is None


def test_space_is_the_hand_s_while_another_part_has_the_keys(setting, qtbot):
    button, field = QPushButton("Pressed before", setting.widget), QLineEdit(setting.widget)
    pressed = []
    button.clicked.connect(lambda: pressed.append(1))
    with qtbot.waitActive(setting.widget):
        setting.widget.activateWindow()
    for part in (button, field):
        part.show()
        part.setFocus()
        at = QPointF(100, 100)
        QApplication.sendEvent(setting.widget, QEnterEvent(at, at, at))
        QTest.keyPress(part, Qt.Key.Key_Space)
        drag(setting.widget, QPoint(100, 100), QPoint(140, 80))
        QTest.keyRelease(part, Qt.Key.Key_Space)
        QApplication.sendEvent(setting.widget, QEvent(QEvent.Type.Leave))
    assert pressed == []
    assert field.text() == " "  # where text is typed, it is a letter
    assert setting.widget.camera.center == pytest.approx((MIDDLE.x - 40, MIDDLE.y - 20))


def test_pan_tool_drags_with_the_left_button(setting):
    setting.desk.take("pan")
    drag(setting.widget, QPoint(100, 100), QPoint(140, 80))
    assert setting.widget.camera.center == pytest.approx((MIDDLE.x - 40, MIDDLE.y - 20))


def test_a_drag_with_identify_moves_the_map_and_a_click_still_asks(setting):
    asked = []
    setting.desk.identified.subscribe(asked.append)
    setting.desk.take("identify")
    drag(setting.widget, QPoint(100, 100), QPoint(140, 80))
    assert setting.widget.camera.center == pytest.approx((MIDDLE.x - 40, MIDDLE.y - 20))
    assert setting.desk.tool.moves_map
    drag(setting.widget, QPoint(100, 100), QPoint(102, 101))  # an unsteady hand
    assert not setting.desk.tool.moves_map
    assert setting.widget.camera.center == pytest.approx((MIDDLE.x - 40, MIDDLE.y - 20))


def test_shift_drag_zooms_to_the_box(setting):
    setting.desk.take("identify")
    drag(
        setting.widget,
        QPoint(200, 150),
        QPoint(300, 200),
        modifiers=Qt.KeyboardModifier.ShiftModifier,
    )
    camera = setting.widget.camera
    assert camera.center == pytest.approx((MIDDLE.x + 50, MIDDLE.y - 25))
    assert camera.resolution == pytest.approx(0.25)


def test_double_click_comes_closer(setting):
    QTest.mouseDClick(setting.widget, LEFT, NONE, QPoint(200, 150))
    assert setting.widget.camera.resolution == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("key", "center", "resolution"),
    [
        (Qt.Key.Key_Left, (MIDDLE.x - 100, MIDDLE.y), 1),
        (Qt.Key.Key_Up, (MIDDLE.x, MIDDLE.y + 75), 1),
        (Qt.Key.Key_Plus, MIDDLE, 0.5),
        (Qt.Key.Key_PageDown, MIDDLE, 2),
        (Qt.Key.Key_Home, MIDDLE, 1000 * 1.1 / 300),
    ],
)
def test_keys_move_the_map(setting, key, center, resolution):
    QTest.keyClick(setting.widget, key)
    assert setting.widget.camera.center == pytest.approx(center)
    assert setting.widget.camera.resolution == pytest.approx(resolution)


def test_back_and_forward(setting, qtbot):
    widget = setting.widget
    with qtbot.waitSignal(widget.rested):
        pass
    QTest.keyClick(widget, Qt.Key.Key_Plus)
    with qtbot.waitSignal(widget.rested):
        pass
    QTest.keyClick(widget, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert widget.camera.resolution == pytest.approx(1)
    QTest.keyClick(widget, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert widget.camera.resolution == pytest.approx(0.5)


def test_the_last_picture_moves_before_the_next_one_is_made(setting):
    """The middle point is drawn at once 40 pixels to the right, without a new picture."""
    widget = setting.widget
    setting.view.picture_ready._listeners.clear()  # no new picture from now on
    color = QColor("#0b6e99")
    assert widget.grab().toImage().pixelColor(200, 150) == color
    drag(widget, QPoint(100, 100), QPoint(140, 80), Qt.MouseButton.MiddleButton)
    assert widget.grab().toImage().pixelColor(240, 130) == color
    assert widget.grab().toImage().pixelColor(200, 150) != color


def test_a_view_moved_by_others_moves_the_widget(setting):
    setting.view.camera = setting.view.camera.panned(10, 0)
    assert setting.widget.camera.center == pytest.approx((MIDDLE.x - 10, MIDDLE.y))


def test_click_selects_and_shift_adds(setting):
    setting.desk.take("select")
    QTest.mouseClick(setting.widget, LEFT, NONE, QPoint(201, 149))
    assert setting.workspace.selection.features == {"0"}
    assert setting.workspace.selection.layer == OUTFALLS
    drag(
        setting.widget,
        QPoint(1, 1),
        QPoint(399, 299),
        modifiers=Qt.KeyboardModifier.ShiftModifier,
    )
    assert "0" in setting.workspace.selection.features


def test_cursor_is_told_in_map_coordinates(setting, qtbot):
    with qtbot.waitSignal(setting.widget.cursor_moved) as told:
        move(setting.widget, QPoint(210, 140))
    assert told.args[0] == pytest.approx((MIDDLE.x + 10, MIDDLE.y + 10))


def test_nothing_blocks_while_panning_over_200_000_points(crowd):
    """The window's thread answers within 50 ms all the time."""
    widget = crowd.widget

    def pan(step: int) -> None:
        move(widget, QPoint(100 + step, 100 + step // 2), Qt.MouseButton.MiddleButton)

    QTest.mousePress(widget, Qt.MouseButton.MiddleButton, NONE, QPoint(100, 100))
    assert longest_stall(pan, 50) < 0.05
    QTest.mouseRelease(widget, Qt.MouseButton.MiddleButton, NONE, QPoint(150, 125))
