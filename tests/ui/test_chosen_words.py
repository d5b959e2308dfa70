"""A box over several layers says in which it has chosen, and the others are a click away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from gisapp.app.layer_data import LoadState
from gisapp.ui.context import WindowContext
from gisapp.ui.main_window import MainWindow
from tests.ui.window_setting import (
    MIDDLE,
    OUTFALLS,
    RIVERS,
    fresh_state,
    said,
    window_context,
)

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def context() -> Iterator[WindowContext]:
    with window_context() as made:
        yield made


@pytest.fixture
def window(qtbot, context, tmp_path) -> MainWindow:
    made = MainWindow(context, fresh_state(tmp_path))
    qtbot.addWidget(made)
    made.show()
    rivers = context.workspace.store.project.layer(RIVERS)
    qtbot.waitUntil(lambda: context.layer_data.state(rivers) is LoadState.READY)
    return made


def drag(window: MainWindow, west: float, south: float, east: float, north: float) -> None:
    """A box around these metres from the middle."""
    screen = window.page.map_area.map
    screen.show_camera(replace(screen.camera, center=MIDDLE, resolution=1.0))
    ratio = screen.camera.pixel_ratio

    def at(x: float, y: float) -> QPoint:
        pixel = screen.camera.to_screen(MIDDLE._replace(x=MIDDLE.x + x, y=MIDDLE.y + y))
        return QPoint(round(pixel.x / ratio), round(pixel.y / ratio))

    window.page.map_area.desk.take("select")
    QTest.mousePress(screen, LEFT, pos=at(west, north))
    QTest.mouseMove(screen, at((west + east) / 2, 0))
    QTest.mouseMove(screen, at(east, south))
    QTest.mouseRelease(screen, LEFT, pos=at(east, south))


def test_the_layer_is_said_and_another_can_be_taken_instead(window, context, qtbot):
    messages = said(context)
    drag(window, -10, -120, 50, 20)
    workspace = context.workspace
    assert workspace.selection.layer == OUTFALLS
    message = messages[-1]
    assert message.text == "3 chosen in Outfalls"
    assert "Rivers (" in message.hint
    assert message.action == "Choose in Rivers"
    message.run()
    qtbot.waitUntil(lambda: workspace.selection.layer == RIVERS)
    assert messages[-1].text.endswith("chosen in Rivers")
    assert messages[-1].action == "Choose in Outfalls"


def test_the_active_layer_comes_first(window, context):
    messages = said(context)
    context.workspace.activate(RIVERS)
    drag(window, -10, -120, 50, 20)
    assert context.workspace.selection.layer == RIVERS
    assert "Outfalls (3)" in messages[-1].hint


def test_where_nothing_else_is_nothing_else_is_said(window, context):
    messages = said(context)
    drag(window, -10, -20, 50, 20)
    assert messages[-1].text == "3 chosen in Outfalls"
    assert not messages[-1].action
    assert not messages[-1].hint
