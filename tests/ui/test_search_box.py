"""What the list below the search box has no room for."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from gisapp.app.search import SearchResult
from gisapp.ui.search_box import Results
from gisapp.ui.theme import LIGHT

SAME = "Made-up chemical works of the northern industrial park, workshop for dyes and fibres, "
LONG = [SearchResult("feature", f"{SAME} outlet {n}", "Pollution sources") for n in (1, 2)]


@pytest.fixture
def results(qtbot) -> Results:
    window = QWidget()
    window.resize(700, 400)
    qtbot.addWidget(window)
    made = Results(LIGHT, window)
    made.show_results([*LONG, SearchResult("feature", "W-001", "Outfalls")], searching=False)
    made.setGeometry(20, 20, 430, made.height())
    made.window_of_test = window
    with qtbot.waitExposed(window):
        window.show()
    return made


def shown(results: Results, row: int) -> str:
    item = results.item(row)
    width = results.visualItemRect(item).width()
    title, _ = results.itemDelegate().shown(results.indexFromItem(item), results.font(), width)
    return title


def point_at(results: Results, row: int) -> None:
    """The pointer rests on a row: Qt asks for what is to be told."""
    at = results.visualItemRect(results.item(row)).center()
    viewport = results.viewport()
    event = QHelpEvent(QHelpEvent.Type.ToolTip, at, viewport.mapToGlobal(at))
    QApplication.sendEvent(viewport, event)


def test_names_that_end_differently_are_told_apart(results):
    first, second = shown(results, 0), shown(results, 1)
    assert first != second
    assert first.startswith("Made-up")
    assert "…" in first
    assert first.endswith("outlet 1")
    assert shown(results, 2) == "W-001"


@pytest.mark.qt_log_ignore("This plugin does not support raise")
def test_the_whole_name_is_told_where_it_did_not_fit(qtbot, results):
    point_at(results, 0)
    qtbot.waitUntil(lambda: QToolTip.isVisible())
    assert QToolTip.text() == f"{SAME} outlet 1\nPollution sources"
    point_at(results, 2)  # nothing more is to be said of it
    qtbot.waitUntil(lambda: not QToolTip.text())
    QToolTip.hideText()
