"""Views by name in the real window: kept, renamed, gone to, deleted, found by the search box."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from gisapp.app.workspace import Selection
from gisapp.model.features import FeatureId
from gisapp.ui.context import WindowContext
from gisapp.ui.main_window import MainWindow
from tests.ui.test_map_looking import opened, run
from tests.ui.window_setting import window_context

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def context() -> Iterator[WindowContext]:
    with window_context() as made:
        yield made


@pytest.fixture
def window(qtbot, context, tmp_path) -> MainWindow:
    return opened(qtbot, context, tmp_path)


def test_a_view_is_kept_named_gone_to_and_deleted(window, context, qtbot):
    screen, store = window.map_area.map, context.workspace.store
    kept = screen.camera
    QTest.keyClick(screen, Qt.Key.Key_B, CONTROL)
    panel = window.page.side.card
    editor = panel.list.findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    QTest.keyClicks(editor, "Bridge")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [one.name for one in store.project.bookmarks] == ["Bridge"])
    screen.show_camera(kept.panned(200, 100).turned(40))
    panel.list.setCurrentRow(0)
    panel.list.setFocus()
    QTest.keyClick(panel.list, Qt.Key.Key_Return)
    assert screen.camera.center == pytest.approx(kept.center)
    assert screen.camera.rotation == 0
    QTest.keyClick(panel.list, Qt.Key.Key_Delete)
    assert store.project.bookmarks == ()
    assert not panel.empty.isHidden()
    store.undo()
    assert panel.list.count() == 1


def test_del_in_the_list_leaves_what_is_selected_on_the_map(window, context, qtbot):
    store = context.workspace.store
    screen, before = window.map_area.map, store.project.tables["outfalls"]
    QTest.keyClick(screen, Qt.Key.Key_B, CONTROL)
    panel = window.page.side.card
    QTest.keyClick(panel.list.findChild(QLineEdit), Qt.Key.Key_Escape)
    layer = store.project.layer_of_role("outfalls")
    panel.takes = lambda layer, features: True
    context.workspace.select(Selection(layer.id, frozenset([FeatureId("f1")])))
    panel.list.setCurrentRow(0)
    panel.list.setFocus()
    QTest.keyClick(panel.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: store.project.bookmarks == ())
    assert store.project.tables["outfalls"] is before


def test_a_view_by_name_is_found_by_the_search_box(window, context, qtbot):
    screen = window.map_area.map
    QTest.keyClick(screen, Qt.Key.Key_B, CONTROL)
    name = context.workspace.store.project.bookmarks[0].name
    place = screen.camera.center
    screen.show_camera(screen.camera.panned(300, 0))
    window.search.start()
    QTest.keyClicks(window.search, name.lower())
    qtbot.waitUntil(lambda: window.search.results is not None)
    qtbot.waitUntil(lambda: window.search.results.count() > 0)
    QTest.keyClick(window.search, Qt.Key.Key_Return)
    assert screen.camera.center == pytest.approx(place)


def test_a_project_for_reading_keeps_no_views(qtbot, tmp_path):
    with window_context(read_only=True) as context:
        window = opened(qtbot, context, tmp_path)
        assert not window.actions_list["view.keep"].enabled()
        run(window, "view.bookmarks")
        assert not window.page.side.card.keep.isEnabled()
        window.close()
