"""The layer list under real mouse and key events: each gesture one edit, each edit undone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QSlider, QWidgetAction

from gisapp.model.edit import LayersEdit
from gisapp.ui.context import WindowContext
from gisapp.ui.layer_panel import LayerPanel
from gisapp.ui.layer_row import box_of
from tests.ui.window_setting import OUTFALLS, RIVERS, STATIONS, said, window_context


@pytest.fixture
def context() -> Iterator[WindowContext]:
    with window_context() as made:
        yield made


@pytest.fixture
def panel(qtbot, context) -> LayerPanel:
    made = LayerPanel(context)
    qtbot.addWidget(made, before_close_func=LayerPanel.close_subscriptions)
    made.resize(292, 500)
    with qtbot.waitExposed(made):
        made.show()
    made.tree.setFocus()
    qtbot.waitUntil(lambda: not context.jobs.unfinished)
    return made


def names(context: WindowContext) -> list[str]:
    """As the panel shows them: the topmost first."""
    return [layer.name for layer in reversed(context.workspace.store.project.layers)]


def visible(context: WindowContext) -> dict[str, bool]:
    return {layer.name: layer.visible for layer in context.workspace.store.project.layers}


def choose(panel: LayerPanel, layer) -> QModelIndex:
    index = panel.rows.index_of(layer)
    panel.tree.setCurrentIndex(index)
    return index


def test_the_topmost_layer_is_listed_first_with_its_count(panel):
    first = panel.rows.index(0)
    assert first.data() == "Outfalls"
    assert panel.rows.facts_at(0).note == "5"
    assert panel.rows.facts_of(RIVERS).note == "2"


def test_a_click_on_the_box_hides_the_layer_and_undo_shows_it(panel, context):
    row = panel.tree.visualRect(panel.rows.index_of(OUTFALLS))
    QTest.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, pos=box_of(row).center())
    assert not visible(context)["Outfalls"]
    assert context.workspace.store.undo_label == "Hide Outfalls"
    context.workspace.store.undo()
    assert visible(context)["Outfalls"]
    assert panel.rows.index_of(OUTFALLS).data(Qt.ItemDataRole.CheckStateRole) == (
        Qt.CheckState.Checked
    )


def test_a_click_on_the_name_chooses_the_active_layer(panel, context):
    row = panel.tree.visualRect(panel.rows.index_of(RIVERS))
    QTest.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, pos=row.center())
    assert context.workspace.active_layer.id == RIVERS
    assert visible(context)["Rivers"]


def test_dropping_a_row_elsewhere_is_one_edit(panel, context):
    before = names(context)
    data = panel.rows.mimeData([panel.rows.index_of(RIVERS)])
    taken = panel.rows.dropMimeData(data, Qt.DropAction.MoveAction, 0, 0, QModelIndex())
    assert not taken  # the edit has moved it: the view must not remove the row as well
    assert names(context) == ["Rivers", "Outfalls", "Stations"]
    edits = context.workspace.store.history[0]
    assert [step.label for step in edits] == ["Move Rivers"]
    assert isinstance(edits[0].edit, LayersEdit)
    context.workspace.store.undo()
    assert names(context) == before


def test_dropping_below_the_last_row_puts_it_at_the_bottom(panel, context):
    data = panel.rows.mimeData([panel.rows.index_of(OUTFALLS)])
    panel.rows.dropMimeData(data, Qt.DropAction.MoveAction, -1, -1, QModelIndex())
    assert names(context) == ["Stations", "Rivers", "Outfalls"]


@pytest.mark.parametrize(
    ("key", "order"),
    [
        (Qt.Key.Key_Up, ["Stations", "Outfalls", "Rivers"]),
        (Qt.Key.Key_Down, ["Outfalls", "Rivers", "Stations"]),
    ],
)
def test_alt_and_arrows_move_a_layer(panel, context, key, order):
    choose(panel, STATIONS)
    QTest.keyClick(panel.tree, key, Qt.KeyboardModifier.AltModifier)
    assert names(context) == order
    assert panel.tree.layer().id == STATIONS  # still in the hand for the next press


def test_space_shows_and_hides(panel, context):
    choose(panel, STATIONS)
    QTest.keyClick(panel.tree, Qt.Key.Key_Space)
    assert visible(context)["Stations"]
    QTest.keyClick(panel.tree, Qt.Key.Key_Space)
    assert not visible(context)["Stations"]


def test_delete_removes_at_once_and_undo_brings_it_back(panel, context):
    choose(panel, RIVERS)
    QTest.keyClick(panel.tree, Qt.Key.Key_Delete)
    assert "Rivers" not in names(context)
    context.workspace.store.undo()
    assert names(context) == ["Outfalls", "Stations", "Rivers"]


def test_f2_renames(panel, context, qtbot):
    choose(panel, RIVERS)
    QTest.keyClick(panel.tree, Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: panel.tree.findChild(QLineEdit) is not None)
    editor = panel.tree.findChild(QLineEdit)
    editor.selectAll()
    QTest.keyClicks(editor, "Main rivers")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "Main rivers" in names(context))
    context.workspace.store.undo()
    assert "Rivers" in names(context)


def test_an_empty_name_is_no_name(panel, context):
    assert not panel.rows.setData(panel.rows.index_of(RIVERS), "  ")
    assert context.workspace.store.undo_label is None


def test_the_menu_says_what_can_be_done(panel, context):
    menu = panel.menu_of(context.workspace.store.project.layer(RIVERS))
    said = [a.text().partition("\t")[0] for a in menu.actions() if a.text()]
    assert said[:4] == [
        "Zoom to layer", "Attribute table", "Swipe this layer", "Show only this layer",
    ]  # fmt: skip
    swiped = []
    panel.swipe_wanted.connect(swiped.append)
    next(a for a in menu.actions() if a.text().startswith("Swipe this layer")).trigger()
    assert swiped == [RIVERS]
    only = next(a for a in menu.actions() if a.text() == "Show only this layer")
    only.trigger()
    assert visible(context) == {"Rivers": True, "Stations": False, "Outfalls": False}
    menu.deleteLater()


def test_the_opacity_slider_makes_one_edit_when_it_is_let_go(panel, context):
    menu = panel.menu_of(context.workspace.store.project.layer(RIVERS))
    action = next(a for a in menu.actions() if isinstance(a, QWidgetAction))
    slider = action.defaultWidget().findChild(QSlider)
    slider.setSliderDown(True)
    for value in (80, 60, 40):
        slider.setValue(value)
    assert context.workspace.store.undo_label is None  # the hand is still on it
    slider.setSliderDown(False)
    assert context.workspace.store.project.layer(RIVERS).opacity == pytest.approx(0.4)
    assert len(context.workspace.store.history[0]) == 1
    menu.deleteLater()


def test_a_missing_file_has_a_badge_and_a_way_back(qtbot, context, panel, monkeypatch):
    data = context.layer_data
    from gisapp.app.layer_data import LoadState
    from gisapp.model.errors import ReadError

    monkeypatch.setattr(data, "state", lambda layer: LoadState.MISSING)
    monkeypatch.setattr(data, "error", lambda layer: ReadError("rivers.gpkg is gone"))
    panel.follow()
    assert panel.rows.facts_of(RIVERS).badge == "missing"
    assert "rivers.gpkg is gone" in panel.rows.index_of(RIVERS).data(Qt.ItemDataRole.ToolTipRole)
    menu = panel.menu_of(context.workspace.store.project.layer(RIVERS))
    assert "Find the file again" in [a.text() for a in menu.actions()]
    menu.deleteLater()


def test_locked_layers_say_so(panel, context):
    panel.rows.change(RIVERS, "Lock", locked=True)
    assert panel.rows.facts_of(RIVERS).badge == "locked"


def test_the_legend_is_below_its_layer(panel, context):
    outfalls = panel.rows.index_of(OUTFALLS)
    count = panel.rows.rowCount(outfalls)
    assert count == len(context.workspace.store.project.layer(OUTFALLS).style.categories)
    panel.tree.expand(outfalls)
    assert panel.rows.index(0, 0, outfalls).data() == "Suspected"
    panel.rows.change(RIVERS, "Hide", visible=False)
    assert panel.tree.isExpanded(panel.rows.index_of(OUTFALLS))


def test_nothing_can_be_changed_in_a_read_only_project(qtbot):
    with window_context(read_only=True) as context:
        panel = LayerPanel(context)
        qtbot.addWidget(panel, before_close_func=LayerPanel.close_subscriptions)
        choose(panel, RIVERS)
        QTest.keyClick(panel.tree, Qt.Key.Key_Delete)
        assert "Rivers" in names(context)
        menu = panel.menu_of(context.workspace.store.project.layer(RIVERS))
        said = [a.text().partition("\t")[0] for a in menu.actions() if a.text()]
        assert said == ["Zoom to layer", "Swipe this layer"]
        menu.deleteLater()
        assert not panel.add_button.isEnabled()
        QApplication.processEvents()


def test_what_is_removed_is_said_with_a_way_back(panel, context):
    messages = said(context)
    before = context.workspace.store.project.layers
    panel.rows.remove(RIVERS)
    assert len(context.workspace.store.project.layers) == len(before) - 1
    assert (messages[-1].text, messages[-1].action) == ("Rivers was removed", "Undo")
    messages[-1].run()
    assert context.workspace.store.project.layers == before
