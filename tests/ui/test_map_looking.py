"""Ways of looking at the map in the real window: north, grid, overview, swipe, split, bookmarks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gisapp.model.edit import LayersEdit
from gisapp.model.geometry import Pixel, Point
from gisapp.model.layer import Layer, Source
from gisapp.model.style import PictureStyle
from gisapp.ui.context import WindowContext
from gisapp.ui.main_window import MainWindow
from tests.ui.window_setting import MIDDLE, OUTFALLS, RIVERS, fresh_state, said, window_context

LEFT = Qt.MouseButton.LeftButton
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def context() -> Iterator[WindowContext]:
    with window_context() as made:
        yield made


def opened(qtbot, context: WindowContext, tmp_path) -> MainWindow:
    window = MainWindow(context, fresh_state(tmp_path))
    qtbot.addWidget(window)
    window.resize(1300, 800)
    window.map_area.map.motion.wanted = False
    with qtbot.waitExposed(window):
        window.show()
    with qtbot.waitActive(window):
        window.activateWindow()
    window.map_area.map.setFocus()
    return window


@pytest.fixture
def window(qtbot, context, tmp_path) -> MainWindow:
    return opened(qtbot, context, tmp_path)


def run(window: MainWindow, action: str) -> None:
    assert window.actions_list.run(action), f"{action} cannot be done now"


def move(widget, at: QPoint, buttons=LEFT) -> None:
    place, none = QPointF(at), Qt.MouseButton.NoButton
    keys = Qt.KeyboardModifier.NoModifier
    kind = QMouseEvent.Type.MouseMove
    event = QMouseEvent(kind, place, widget.mapToGlobal(place), none, buttons, keys)
    QApplication.sendEvent(widget, event)


def complete(qtbot, window: MainWindow) -> None:
    view = window.context.map_view
    qtbot.waitUntil(lambda: len(view.shown()) >= 2)
    view.refresh()
    qtbot.waitUntil(lambda: view.complete)


# ---- north


def test_the_compass_is_there_only_while_the_map_is_turned(window):
    screen, north = window.map_area.map, window.page.looking.north
    assert north.isHidden()
    QTest.keyClick(screen, Qt.Key.Key_BracketRight)
    assert screen.camera.rotation == pytest.approx(15)
    assert not north.isHidden()
    assert "15" in north.toolTip()
    QTest.mouseClick(north, LEFT)
    assert screen.camera.rotation == 0
    assert north.isHidden()
    QTest.keyClick(screen, Qt.Key.Key_BracketLeft)
    assert screen.camera.rotation == pytest.approx(345)
    QTest.keyClick(screen, Qt.Key.Key_N)
    assert screen.camera.rotation == 0


def test_the_needle_points_north(window):
    """Red where north is on the screen: to the right when the map is turned by 90°."""
    screen, north = window.map_area.map, window.page.looking.north
    for turn, at in ((90.0, QPoint(30, 20)), (180.0, QPoint(20, 30)), (270.0, QPoint(10, 20))):
        screen.show_camera(screen.camera.turned(turn))
        color = north.grab().toImage().pixelColor(at)
        assert color.red() > 150 > color.green()
        up = screen.camera.to_screen(Point(MIDDLE.x, MIDDLE.y + 10))
        here = screen.camera.to_screen(MIDDLE)
        way = QPointF(up.x - here.x, up.y - here.y)
        assert QPointF.dotProduct(way, QPointF(at) - QPointF(20, 20)) > 0


def test_the_turn_survives_a_new_language(window, context, qtbot):
    screen = window.map_area.map
    screen.show_camera(screen.camera.turned(30))
    qtbot.waitUntil(lambda: context.map_view.camera == screen.camera)
    window.use(context)
    assert window.map_area.map.camera.rotation == pytest.approx(30)


# ---- back and forward


def test_back_and_forward_can_be_done_when_there_is_somewhere_to_go(window, qtbot):
    screen, looking = window.map_area.map, window.page.looking
    qtbot.waitUntil(lambda: screen.at_rest)
    assert not looking.back_button.isEnabled()
    assert not window.menus.entries["view.back"].isEnabled()
    before = screen.camera
    screen.zoom(2.0)
    with qtbot.waitSignal(screen.rested):
        pass
    assert looking.back_button.isEnabled()
    assert window.menus.entries["view.back"].isEnabled()
    assert not looking.forward_button.isEnabled()
    QTest.mouseClick(looking.back_button, LEFT)
    assert screen.camera.resolution == pytest.approx(before.resolution)
    with qtbot.waitSignal(screen.rested):
        pass
    assert looking.forward_button.isEnabled()


# ---- grid


def test_the_grid_is_drawn_and_kept_for_the_next_time(window, context, qtbot, tmp_path):
    screen = window.map_area.map
    complete(qtbot, window)
    plain = screen.grab().toImage()
    run(window, "view.grid_plane")
    assert screen.grid_lines.curves(screen.camera)
    assert screen.grab().toImage() != plain
    run(window, "view.grid_none")
    assert screen.grab().toImage() == plain
    run(window, "view.grid_degrees")
    assert "°" in screen.grid_lines.curves(screen.camera)[0].text
    window.use(context)
    assert window.page.looking.grid == "degrees"
    assert window.menus.entries["view.grid_degrees"].isChecked()


# ---- everything


def test_a_base_map_is_not_everything(window, context):
    """Show all goes to what was surveyed, not around the earth."""
    screen = window.map_area.map
    before = window.map_area.full_extent()
    layers = context.workspace.store.project.layers
    source = Source("xyz", "", (("url", "http://127.0.0.1:9/{z}/{x}/{y}.png"),))
    base = Layer("Base", source, PictureStyle())
    context.workspace.store.apply(LayersEdit("Add", layers, (base, *layers)))
    screen.show_all()
    assert window.map_area.full_extent() == before
    assert screen.camera.extent.width < 10_000


def test_everything_lies_beside_the_tools(window):
    """Half of it was below them, with the names of the first stations."""
    screen = window.map_area.map
    screen.show_all()
    strip = window.map_area.strip.geometry()
    extent = window.map_area.full_extent()
    middle = screen.camera.to_screen(extent.center)
    assert strip.height() > screen.height() / 2
    assert middle.x / screen.devicePixelRatioF() == pytest.approx(
        (strip.right() + 1 + screen.width()) / 2, abs=1
    )


# ---- from afar


def test_the_overview_shows_the_view_and_moves_it(window, qtbot):
    screen, looking = window.map_area.map, window.page.looking
    assert looking.overview.isHidden()
    QTest.keyClick(screen, Qt.Key.Key_O)
    overview = looking.overview
    qtbot.waitUntil(lambda: overview.camera is not None)
    frame = overview.frame().boundingRect()
    inside = (frame.center() - QPointF(6, 6)) * overview.camera.pixel_ratio
    seen = overview.camera.to_map(Pixel(inside.x(), inside.y()))
    assert seen == pytest.approx(screen.camera.center, abs=overview.camera.resolution * 2)
    at = frame.center().toPoint()
    QTest.mousePress(overview, LEFT, pos=at)
    move(overview, at + QPoint(20, 10))
    QTest.mouseRelease(overview, LEFT, pos=at + QPoint(20, 10))
    step = overview.camera.resolution * overview.camera.pixel_ratio
    expected = (MIDDLE.x + 20 * step, MIDDLE.y - 10 * step)
    assert screen.camera.center == pytest.approx(expected, abs=2 * step)
    after = overview.frame().boundingRect().center()
    assert after.x() - frame.center().x() == pytest.approx(20, abs=2)
    overview.setFocus()
    x = screen.camera.center.x
    QTest.keyClick(overview, Qt.Key.Key_Right)
    assert screen.camera.center.x > x


def test_the_overview_is_folded_and_kept_so(window, context, qtbot):
    run(window, "view.overview")
    overview = window.page.looking.overview
    wide = overview.width()
    QTest.mouseClick(overview.fold_button, LEFT)
    assert overview.width() < wide / 3
    window.use(context)
    again = window.page.looking.overview
    assert again.folded
    assert not again.isHidden()
    QTest.mouseClick(again.fold_button, LEFT)
    assert again.width() == wide


# ---- swipe


def test_swipe_shows_the_map_without_the_layer_right_of_the_line(window, context, qtbot):
    screen, looking = window.map_area.map, window.page.looking
    complete(qtbot, window)
    before = screen.grab().toImage()
    context.workspace.activate(RIVERS)
    run(window, "layer.swipe")
    swipe = looking.swipe
    assert [chip.text() for chip in swipe.names] == ["Rivers", "Without Rivers"]
    qtbot.waitUntil(lambda: swipe.other.complete)
    y = round(screen.camera.to_screen(Point(MIDDLE.x, MIDDLE.y - 100)).y)
    river, empty = before.pixelColor(200, y), QColor(screen.background)
    assert river != empty
    width = screen.width()
    shown = screen.grab().toImage()
    assert shown.pixelColor(width // 2 - 40, y) == river
    assert shown.pixelColor(width // 2 + 40, y) == empty
    handle = swipe.handle
    QTest.mousePress(handle, LEFT, pos=QPoint(13, 400))
    move(handle, QPoint(13 + 100, 400))
    QTest.mouseRelease(handle, LEFT, pos=QPoint(13, 400))
    assert swipe.x == pytest.approx(width // 2 + 100, abs=1)
    assert screen.grab().toImage().pixelColor(width // 2 + 40, y) == river
    handle.setFocus()
    for _ in range(20):
        QTest.keyClick(handle, Qt.Key.Key_Right, SHIFT)
    assert swipe.x == width - 24
    QTest.keyClick(handle, Qt.Key.Key_Escape)
    assert looking.swipe is None
    assert screen.grab().toImage() == before


def test_swipe_ends_with_its_layer(window, context):
    context.workspace.activate(OUTFALLS)
    run(window, "layer.swipe")
    window.page.layers.rows.change(OUTFALLS, "Rename", name="Pipes")
    assert window.page.looking.swipe.names[0].text() == "Pipes"
    window.page.layers.rows.change(OUTFALLS, "Hide", visible=False)
    assert window.page.looking.swipe is None
    run(window, "edit.undo")
    run(window, "edit.undo")
    assert context.workspace.store.project.layer(OUTFALLS).name != "Pipes"


def test_a_layer_that_comes_later_comes_to_all_views(window, context, qtbot):
    complete(qtbot, window)
    run(window, "view.split")
    split = window.page.looking.split
    layer = context.workspace.store.project.layer(RIVERS)
    asked = []
    split.view.refresh = lambda: asked.append(1)
    context.layer_data.reload(layer)
    qtbot.waitUntil(lambda: bool(asked))
    del split.view.refresh


def test_swipe_follows_the_camera(window, context, qtbot):
    context.workspace.activate(RIVERS)
    run(window, "layer.swipe")
    other = window.page.looking.swipe.other
    screen = window.map_area.map
    screen.show_camera(screen.camera.panned(40, 30).turned(20))
    qtbot.waitUntil(lambda: other.camera == screen.camera)
    window.resize(1200, 760)
    qtbot.waitUntil(lambda: other.camera.size == screen.camera.size)


# ---- split


def test_two_maps_have_one_camera_and_one_cursor(window, context, qtbot):
    first = window.map_area.map
    run(window, "view.split")
    second = window.page.looking.split.map
    qtbot.waitUntil(lambda: second.width() > 200 and abs(second.width() - first.width()) < 40)
    for one, other in ((first, second), (second, first)):
        one.show_camera(one.camera.panned(37, -12).turned(one.camera.rotation + 10))
        assert other.camera.center == pytest.approx(one.camera.center)
        assert other.camera.rotation == pytest.approx(one.camera.rotation)
        assert other.camera.scale == pytest.approx(one.camera.scale)
        move(one, QPoint(60, 70), Qt.MouseButton.NoButton)
        assert other.cross == pytest.approx(one.camera.to_map(Pixel(60, 70)))
    QTest.keyClick(second, Qt.Key.Key_Plus)
    assert first.camera.resolution == pytest.approx(second.camera.resolution)


def test_each_map_shows_layers_of_its_own(window, context, qtbot):
    run(window, "view.split")
    split = window.page.looking.split
    split.show_layer(0, RIVERS, False)
    split.show_layer(1, OUTFALLS, False)
    names = [{layer.name for layer, _ in view.shown()} for view in (context.map_view, split.view)]
    qtbot.waitUntil(lambda: "Rivers" in {layer.name for layer, _ in split.view.shown()})
    assert "Rivers" not in names[0]
    assert "Outfalls" not in names[1]
    assert split.choosers[0].text() == "1 of 2 layers"
    QTest.mouseClick(split.close_button, LEFT)
    assert window.page.looking.split is None
    assert {"Rivers", "Outfalls"} <= {layer.name for layer, _ in context.map_view.shown()}
    assert window.map_area.map.parent() is window.map_area
    assert window.map_area.map.cross is None
    assert context.workspace.store.undo_label is None


def test_split_and_swipe_come_and_go_many_times(window, context, qtbot):
    listeners = len(context.map_view.camera_changed._listeners)
    context.workspace.activate(RIVERS)
    for _ in range(5):
        run(window, "view.split")
        run(window, "layer.swipe")
        assert window.page.looking.split is None
        run(window, "view.split")
        assert window.page.looking.swipe is None
        run(window, "view.split")
    assert len(context.map_view.camera_changed._listeners) == listeners


def test_a_project_that_is_closed_takes_its_second_map_with_it(window, context):
    run(window, "view.split")
    window.use(context)
    assert window.page.looking.split is None


# ---- a picture for the clipboard


def test_the_map_is_copied_without_what_the_hand_makes(window, context, qtbot):
    messages = said(context)
    screen, area = window.map_area.map, window.map_area
    context.workspace.select(type(context.workspace.selection)(OUTFALLS, frozenset({"f1"})))
    screen.hover_note = "a card at the pointer"
    complete(qtbot, window)
    with_rings = screen.grab().toImage()
    QTest.keyClick(screen, Qt.Key.Key_C, CONTROL | SHIFT)
    qtbot.waitUntil(lambda: bool(messages))
    image = QGuiApplication.clipboard().image()
    assert image.size() == screen.size() * screen.devicePixelRatioF()
    assert f"{image.width()} × {image.height()}" in messages[-1].text
    ring = screen.camera.to_screen(Point(MIDDLE.x + 20, MIDDLE.y))
    at = QPoint(round(ring.x), round(ring.y - 13))
    assert image.pixelColor(at) != with_rings.pixelColor(at)
    bar = QRect(area.scale_bar.mapTo(screen, QPoint(0, 0)), area.scale_bar.size())
    line = bar.topLeft() + QPoint(40, bar.height() // 2)
    assert image.pixelColor(line) == with_rings.pixelColor(line)
    assert image.pixelColor(line) != QColor(screen.background)
    tools = area.strip.geometry().center()
    assert image.pixelColor(tools).lightness() > 0
    QGuiApplication.clipboard().clear()
