"""The guide opens at what it says of the panel that has the focus."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

import gisapp.ui
from gisapp.app.plugins import find_plugins
from gisapp.model.text import use_language
from gisapp.ui.guide_topics import TOPICS
from gisapp.ui.help_panels import GuidePanel
from gisapp.ui.theme import LIGHT
from tests.ui.test_main_window import opened
from tests.ui.window_setting import window_context


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    use_language("en")


@pytest.mark.parametrize("code", ["en", "zh_CN"])
def test_every_section_is_in_the_guide_of_each_language(qtbot, code):
    assert files("gisapp").joinpath("guide", f"{code}.md").is_file()
    use_language(code)
    panel = GuidePanel(LIGHT)
    qtbot.addWidget(panel)
    missing = {name for name, words in TOPICS.items() if panel.page.section(words[code]) is None}
    assert missing == set()
    assert panel.page.section("no such words") is None


def test_every_name_is_a_panel_or_an_algorithm():
    classes = {
        node.name
        for file in Path(gisapp.ui.__file__).parent.glob("*.py")
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef)
    }
    plugins = Path(gisapp.ui.__file__).parents[2] / "plugins"
    found = find_plugins([plugins]).contributions("algorithm")
    assert set(TOPICS) <= classes | {one.name for one in found}


def at_top(panel: GuidePanel) -> str:
    """What stands at the upper edge of the page."""
    cursor = panel.page.cursorForPosition(QPoint(20, 20))
    return cursor.block().text()


def test_f1_opens_the_section_of_the_panel_with_the_focus(qtbot, tmp_path):
    with window_context() as context:
        window = opened(qtbot, context, tmp_path)
        window.show_guide()
        guide = window.page.side.card
        assert guide.page.verticalScrollBar().value() == 0  # the map has the focus
        guide.closed.emit()
        window.page.layers.tree.setFocus()
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_F1)
        guide = window.page.side.card
        assert isinstance(guide, GuidePanel)
        qtbot.waitUntil(lambda: at_top(guide).startswith("Layers in"))
        window.resize(1100, 760)  # it stays there while the page gets another width
        qtbot.waitUntil(lambda: window.width() == 1100)
        QApplication.processEvents()
        assert at_top(guide).startswith("Layers in")
        QTest.keyClick(guide.page, Qt.Key.Key_PageDown)  # the reader goes on
        window.resize(1200, 780)
        QApplication.processEvents()
        assert not at_top(guide).startswith("Layers in")


def test_a_card_that_is_worked_in_stays_and_the_guide_is_a_window(qtbot, tmp_path):
    with window_context() as context:
        window = opened(qtbot, context, tmp_path)
        window.commands.choose_crs()
        card = window.page.side.card
        window.page.map_area.map.setFocus()  # the card is meant although the map has the focus
        for _ in range(2):
            QTest.keyClick(window.page.map_area.map, Qt.Key.Key_F1)
        guides = window.findChildren(GuidePanel)
        qtbot.waitUntil(lambda: len(window.findChildren(GuidePanel)) == 1)  # one window, not two
        guide = window.findChildren(GuidePanel)[0]
        assert guide in guides
        assert guide.window() is not window
        qtbot.waitUntil(lambda: at_top(guide).startswith("Zones."))
        assert window.page.side.card is card
        assert card.isVisible()
        QTest.keyClick(guide.page, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: not window.findChildren(GuidePanel))
        assert window.page.side.card is card
