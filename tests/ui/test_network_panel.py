"""Findings of a river network in the window: to the place, fixed, taken back."""

from __future__ import annotations

import numpy as np
import pytest
from gisapp_plugins.upstream_tracing.doctor_check import check_rivers
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gisapp.model.edit import LayersEdit
from gisapp.model.features import Features, Shapes
from gisapp.model.layer import Layer, Source
from gisapp.model.project import Project
from gisapp.model.style import PointStyle
from gisapp.ui.network_panel import NetworkPanel, is_network_answer
from tests.ui.window_setting import said, window_context

CRS = "EPSG:4547"
LEFT = Qt.MouseButton.LeftButton
# made up: two springs, the second drawn against the flow
LINES = [
    [(0, 0), (0, -1000)],
    [(0, -1000), (0, -2000)],
    [(0, -1000), (800, -200)],
    [(0, -2000), (0, -3000)],
    [(0, -3000), (0, -4000)],
]


def lines() -> Features:
    coords = np.array(LINES, float).reshape(-1, 2) + np.array([500_000.0, 2_560_000.0])
    ids = np.array(["a", "b", "c", "d", "e"], object)
    return Features(CRS, (), ids, {}, Shapes("line", coords, np.arange(0, 11, 2), np.arange(5)))


@pytest.fixture
def context(qtbot):
    with window_context(Project("Made up", CRS)) as made:
        yield made


@pytest.fixture
def panel(context, qtbot):
    rivers = lines()
    answer = check_rivers.run({"rivers": rivers})
    made = NetworkPanel(context, answer, rivers, check_rivers, lambda place: shown.append(place))
    shown: list[object] = []
    made.shown = shown
    qtbot.addWidget(made)
    made.show()
    yield made
    for leave in made.leave:
        leave()


def group(panel: NetworkPanel, title: str):
    tree = panel.tree
    items = [tree.topLevelItem(n) for n in range(tree.topLevelItemCount())]
    return next((item for item in items if item.text(0) == title), None)


def click(panel: NetworkPanel, item) -> None:
    item.parent().setExpanded(True)
    panel.tree.scrollToItem(item)
    place = panel.tree.visualItemRect(item).center()
    QTest.mouseClick(panel.tree.viewport(), LEFT, pos=place)


def test_a_check_is_a_network_answer_and_a_text_is_not():
    assert is_network_answer(check_rivers.run({"rivers": lines()}))
    assert not is_network_answer("3 reaches")


def test_a_click_on_a_finding_goes_there_and_says_why(panel):
    assert not panel.fix_button.isEnabled()
    flipped = group(panel, "Drawn against the flow")
    assert flipped.text(1) == "1"
    click(panel, flipped.child(0))
    assert panel.shown[-1] == pytest.approx((500_000.0, 2_559_000.0))
    assert "shorter from its first end" in panel.words.text()
    assert "Reaches: c" in panel.words.text()
    assert panel.fix_button.isEnabled()
    click(panel, group(panel, "Springs").child(0))
    assert not panel.fix_button.isEnabled()  # nothing to be done about a spring


def test_a_fix_is_a_step_that_undo_takes_back_and_redo_does_again(panel, context, qtbot):
    store = context.workspace.store
    title = "Drawn against the flow"
    click(panel, group(panel, title).child(0))
    QTest.mouseClick(panel.fix_button, LEFT)
    qtbot.waitUntil(lambda: group(panel, title) is None)
    [layer] = store.project.layers
    assert layer.role == "repairs"
    assert store.undo_label == "Turn the line of c"
    assert panel.answer.repairs == 1
    store.undo()
    qtbot.waitUntil(lambda: group(panel, title) is not None)
    assert store.project.layers == ()
    store.redo()
    qtbot.waitUntil(lambda: group(panel, title) is None)


def test_after_a_fix_the_next_one_is_gone_to(panel, qtbot):
    turned = lines()
    coords = turned.shapes.coords.copy()
    coords[0:2] = coords[1::-1].copy()
    shapes = Shapes("line", coords, turned.shapes.starts, turned.shapes.owner)
    panel._rivers = Features(CRS, (), turned.ids, {}, shapes)
    panel.check_again()
    title = "Drawn against the flow"
    qtbot.waitUntil(lambda: group(panel, title).childCount() == 2)
    click(panel, group(panel, title).child(0))
    assert panel.finding.reaches == ("a",)
    QTest.mouseClick(panel.fix_button, LEFT)
    qtbot.waitUntil(lambda: group(panel, title).childCount() == 1)
    assert panel.finding.reaches == ("c",)
    assert panel.fix_button.isEnabled()


def test_a_fix_that_cannot_be_kept_is_said(panel, context):
    file = Layer("Old list", Source("geopackage", "list.gpkg"), PointStyle(), role="repairs")
    context.workspace.store.apply(LayersEdit("Add", (), (file,)))
    messages = said(context)
    click(panel, group(panel, "Drawn against the flow").child(0))
    QTest.mouseClick(panel.fix_button, LEFT)
    assert "Old list is a file" in messages[-1].text
    assert messages[-1].hint
    assert group(panel, "Drawn against the flow") is not None


def test_a_project_that_may_not_be_changed_offers_no_fix(qtbot):
    with window_context(Project("Made up", CRS), read_only=True) as context:
        rivers = lines()
        answer = check_rivers.run({"rivers": rivers})
        panel = NetworkPanel(context, answer, rivers, check_rivers, lambda place: None)
        qtbot.addWidget(panel)
        panel.show()
        click(panel, group(panel, "Drawn against the flow").child(0))
        assert not panel.fix_button.isEnabled()
        for leave in panel.leave:
            leave()
