"""Outfalls at typed coordinates, and the progress of the survey."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from gisapp.model.coordinates import format_place
from gisapp.model.crs import transform_point
from gisapp.model.edit import change_feature
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Extent, Point
from gisapp.model.table import GEOMETRY
from gisapp.ui.context import WindowContext
from gisapp.ui.coverage_panel import CoveragePanel
from gisapp.ui.place_panel import PlacePanel
from tests.ui.window_setting import CRS, MIDDLE, made_up_project, window_context

NEAR = Extent(113.5, 22.5, 114.5, 23.5)


@pytest.fixture
def context() -> Iterator[WindowContext]:
    with window_context() as made:
        yield made


def made_panel(qtbot, context, opened=None) -> PlacePanel:
    panel = PlacePanel(context, NEAR, opened)
    qtbot.addWidget(panel)
    with qtbot.waitExposed(panel):
        panel.show()
    panel.text.setFocus()
    return panel


def newest(context):
    table = context.workspace.store.project.tables["outfalls"]
    return table.row(FeatureId(str(table.ids[-1])))


@pytest.mark.parametrize("notation", ["dms", "decimal", "metres"])
def test_a_typed_place_is_understood_and_put(qtbot, context, notation):
    opened = []
    panel = made_panel(qtbot, context, lambda: opened.append(True))
    store = context.workspace.store
    store.apply(
        change_feature(
            "x", store.project.tables["outfalls"], FeatureId("f4"), {"county": "C", "team": "T"}
        )
    )
    panel.text.setText(format_place(MIDDLE, CRS, notation))
    assert panel.place is not None
    assert "°" in panel.understood.text()
    QTest.keyClick(panel.text, Qt.Key.Key_Return)
    row = newest(context)
    assert abs(row[GEOMETRY].x - MIDDLE.x) < 3.1  # the words of a place have 0.1 seconds
    assert abs(row[GEOMETRY].y - MIDDLE.y) < 3.1
    assert (row["state"], row["county"], row["team"]) == ("suspected", "C", "T")
    assert opened == [True]
    assert context.workspace.selection.features
    assert panel.text.text() == ""
    store.undo()
    assert newest(context)["name"] == "Made-up outfall 4"


def test_metres_of_another_zone(qtbot, context):
    panel = made_panel(qtbot, context)
    panel.text.setText("400000, 2560000")
    of_map = panel.place
    panel.zone_button.setChecked(True)
    zones = panel.zones.zone_box
    zones.setCurrentIndex(zones.findData(39))
    zones.activated.emit(zones.currentIndex())
    assert panel.place is not None
    expected = transform_point(Point(400000, 2560000), "EPSG:4548", CRS)
    assert abs(panel.place.x - expected.x) < 0.01
    assert panel.place != of_map
    panel.text.setText("39400000, 2560000")  # a number in front says the zone whatever is chosen
    assert abs(panel.place.x - expected.x) < 0.01


def test_what_is_no_place_is_said_and_puts_nothing(qtbot, context):
    panel = made_panel(qtbot, context)
    panel.text.setText("near the bridge")
    assert panel.place is None
    assert panel.understood.text()
    assert not panel.put.isEnabled()
    QTest.keyClick(panel.text, Qt.Key.Key_Return)
    assert len(context.workspace.store.project.tables["outfalls"]) == 5


def test_nothing_is_put_into_a_project_that_is_only_read(qtbot):
    with window_context(made_up_project(), read_only=True) as context:
        panel = made_panel(qtbot, context)
        panel.text.setText(format_place(MIDDLE, CRS))
        QTest.keyClick(panel.text, Qt.Key.Key_Return)
        assert "can be changed" in panel.understood.text()


def test_progress_is_counted_and_counted_again_after_an_edit(qtbot, context):
    panel = CoveragePanel(context)
    qtbot.addWidget(panel, before_close_func=lambda p: [leave() for leave in p.leave])
    qtbot.waitUntil(lambda: panel.answer is not None)
    whole, groups = panel.answer
    assert (whole.points, whole.shares["checked"].done) == (5, 4)
    assert [group.name for group in groups] == [""]
    shown = [one.text() for one in panel.findChildren(QLabel)]
    assert any("80%  4/5" in text for text in shown)
    store = context.workspace.store
    table = store.project.tables["outfalls"]
    store.apply(change_feature("x", table, FeatureId("f0"), {"state": "verified", "team": "T"}))
    qtbot.waitUntil(lambda: panel.answer[0].shares["checked"].done == 5)
    panel.by.setCurrentIndex(panel.by.findData("team"))
    qtbot.waitUntil(lambda: {group.name for group in panel.answer[1]} == {"", "T"})
