"""The system of the map: zones explained, search, favourites, and what cannot be shown."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gisapp.model.features import Features, point_shapes
from gisapp.ui.context import WindowContext
from gisapp.ui.crs_panel import CODE, CrsPanel, outside_words, project_places
from gisapp.ui.main_window import MainWindow
from tests.ui import window_setting
from tests.ui.test_main_window import opened
from tests.ui.window_setting import STATIONS, fresh_state, said, window_context

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def context() -> Iterator[WindowContext]:
    with window_context() as made:
        yield made


@pytest.fixture
def panel(context, qtbot, tmp_path) -> CrsPanel:
    made = CrsPanel(context, fresh_state(tmp_path))
    qtbot.addWidget(made)
    made.resize(430, 700)
    made.show()
    qtbot.waitUntil(lambda: made.chooser.list.count() > 0)
    return made


def listed(panel: CrsPanel) -> list[str]:
    rows = panel.chooser.list
    return [rows.item(n).data(CODE) for n in range(rows.count())]


def test_the_zone_of_the_places_is_proposed_and_why(panel, context):
    zones = panel.chooser.zones
    assert "zone 38" in zones.why.text()
    assert "114" in zones.why.text()
    zones.numbered.click()
    assert panel.chooser.crs == "EPSG:4526"
    QTest.mouseClick(zones.take, LEFT)
    assert panel.chooser.crs == "EPSG:4526"
    zones.numbered.click()
    assert panel.chooser.crs == "EPSG:4547"
    assert "6 digits" in panel.chooser.words.text()


def test_width_and_number_choose_the_zone(panel, context):
    zones, chooser = panel.chooser.zones, panel.chooser
    zones.width_box.setCurrentIndex(1)
    zones.width_box.activated.emit(1)
    assert zones.zone.width == 6
    assert chooser.crs == zones.zone.crs
    zones.zone_box.setCurrentIndex(zones.zone_box.findData(20))
    zones.zone_box.activated.emit(0)
    assert chooser.crs == "EPSG:4509"
    assert chooser.list.currentItem().data(CODE) == "EPSG:4509"
    assert "× 6 − 3" in chooser.words.text()
    QTest.mouseClick(panel.use, LEFT)
    assert context.workspace.store.project.crs == "EPSG:4509"
    context.workspace.store.undo()
    assert context.workspace.store.project.crs == "EPSG:4547"


@pytest.mark.parametrize(
    ("words", "code"), [("27700", "EPSG:27700"), ("Hong Kong 1980 grid", "EPSG:2326")]
)
def test_systems_are_found_by_number_name_and_place(panel, qtbot, words, code):
    QTest.keyClicks(panel.chooser.search, words)
    qtbot.waitUntil(lambda: code in listed(panel) and len(listed(panel)) < 50)


def test_what_is_not_found_is_said(panel, qtbot):
    assert not panel.chooser.nothing.isVisible()
    QTest.keyClicks(panel.chooser.search, "99999")
    qtbot.waitUntil(lambda: panel.chooser.nothing.isVisible())
    assert listed(panel) == []
    panel.chooser.search.selectAll()
    QTest.keyClicks(panel.chooser.search, "4547")
    qtbot.waitUntil(lambda: not panel.chooser.nothing.isVisible())


def test_the_list_and_the_zones_follow_each_other(panel, qtbot):
    QTest.keyClicks(panel.chooser.search, "4513")
    qtbot.waitUntil(lambda: listed(panel) == ["EPSG:4513"])
    assert panel.chooser.zones.zone.number == 25
    assert panel.chooser.zones.zone.numbered
    assert not panel.chooser.warning.isHidden()
    assert "outside" in panel.chooser.warning.text()


def test_favourites_and_what_was_used_lately_come_first(context, qtbot, tmp_path):
    state = fresh_state(tmp_path)
    first = CrsPanel(context, state)
    qtbot.addWidget(first)
    first.show()
    qtbot.waitUntil(lambda: first.chooser.list.count() > 0)
    first.chooser.choose("EPSG:32650")
    first.chooser.star.click()
    first.apply("EPSG:4549")
    again = CrsPanel(context, state)
    qtbot.addWidget(again)
    again.show()
    qtbot.waitUntil(lambda: again.chooser.list.count() > 0)
    assert listed(again)[:2] == ["EPSG:32650", "EPSG:4549"]
    assert again.chooser.list.item(0).text().startswith("★")
    again.chooser.choose("EPSG:32650")
    assert again.chooser.star.isChecked()
    again.chooser.star.click()
    assert listed(again)[0] == "EPSG:4549"


def test_a_panel_that_goes_before_the_systems_are_read_harms_nothing(context, tmp_path, qtbot):
    made = CrsPanel(context, fresh_state(tmp_path))
    made.show()
    made.deleteLater()
    QApplication.sendPostedEvents(made, QEvent.Type.DeferredDelete)
    qtbot.waitUntil(lambda: not context.jobs.unfinished)


def test_a_system_for_elsewhere_is_warned_of(context):
    places = project_places(context)
    assert places is not None
    assert places.left == pytest.approx(114, abs=0.1)
    assert outside_words("EPSG:4547", places) == ""
    assert "outside" in outside_words("EPSG:4534", places)
    assert "cannot show" in outside_words("EPSG:2227", places)
    assert outside_words("EPSG:4490", places) == ""


def read_world(path, options, progress) -> Features:
    """Made up: two places in China, one in America."""
    if path.name != "stations.gpkg":
        return window_setting.read_made_up(path, options, progress)
    places = np.array([[114.0, 23.1], [114.1, 23.2], [-74.0, 40.7]])
    return Features("EPSG:4490", (), np.array(["a", "b", "c"], object), {}, point_shapes(places))


def test_what_the_zone_cannot_show_is_said_with_a_way_to_mend_it(context, qtbot, tmp_path):
    context.layer_data._readers = {"geopackage": read_world}
    messages = said(context)
    window = MainWindow(context, fresh_state(tmp_path))
    qtbot.addWidget(window)
    window.show()
    window.map_area.map.motion.wanted = False
    rows = window.page.layers.rows
    rows.change(STATIONS, "Show", visible=True)
    qtbot.waitUntil(lambda: any("1 of 3 features" in one.text for one in messages))
    message = next(one for one in messages if "1 of 3 features" in one.text)
    assert rows.facts_of(STATIONS).badge == "warning"
    assert "1 of 3" in rows.facts_of(STATIONS).words
    window.map_area.map.show_all()
    assert window.map_area.map.camera.scale < 2_000_000  # America is not flown to
    message.run()
    assert context.workspace.store.project.crs == "EPSG:4490"
    qtbot.waitUntil(lambda: rows.facts_of(STATIONS).badge == "")
    qtbot.waitUntil(
        lambda: context.layer_data.get(context.workspace.store.project.layer(STATIONS)) is not None
    )
    window.map_area.map.show_all()
    assert window.map_area.map.camera.extent.left < -74


def test_nothing_lies_on_the_explanation_where_the_column_is_full(qtbot, tmp_path):
    """Beside the page settings, which keep their room in a window of usual size."""
    with window_context() as context:
        window = opened(qtbot, context, tmp_path)
        window.commands.use_workspace("analyse")
        window.commands.choose_crs()
        panel = window.page.side.card
        chooser = panel.chooser
        qtbot.waitUntil(lambda: chooser.list.count() > 0)
        QApplication.processEvents()
        assert window.height() == 900
        assert chooser.list.geometry().bottom() < chooser.words.geometry().top()
        assert chooser.words.height() >= chooser.words.heightForWidth(chooser.words.width())
        assert chooser.list.height() >= 168  # six systems; the rest of the card is scrolled to
        assert panel.use.isVisible()
        window.close()
