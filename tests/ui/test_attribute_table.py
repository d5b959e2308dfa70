"""The attribute table with real keys and clicks, around a small made-up project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTableView

from gisapp.app.workspace import Selection
from gisapp.model.project import Project
from gisapp.model.survey import MONITORING, survey_schemas
from gisapp.model.table import FeatureTable
from gisapp.ui.attribute_table import AttributeTable
from gisapp.ui.attribute_table_cells import CellDelegate
from gisapp.ui.context import WindowContext
from gisapp.ui.form import QuietCombo
from gisapp.ui.project_page import ProjectPage
from gisapp.ui.search_box import SearchBox
from gisapp.ui.theme import LIGHT
from gisapp.ui.top_bar import TopBar
from tests.ui.window_setting import OUTFALLS, fresh_state, made_up_project, said, window_context

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # popups without a screen
NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def survey() -> Project:
    """Twelve outfalls and two monitorings of the first."""
    project = made_up_project(12)
    schema = survey_schemas()[MONITORING]
    rows = {
        "m1": {"outfall_id": "f0", "monitored_at": "2026-01-10", "ph": 6.5},
        "m2": {"outfall_id": "f0", "monitored_at": "2026-02-10", "ph": 7.1},
    }
    made = FeatureTable.from_rows(MONITORING, "", schema.fields, rows)  # type: ignore[arg-type]
    return replace(project, tables=MappingProxyType({**project.tables, MONITORING: made}))


@pytest.fixture
def context() -> Iterator[WindowContext]:
    with window_context(survey()) as made:
        yield made


@pytest.fixture
def table(qtbot, context, tmp_path) -> Iterator[AttributeTable]:
    page = ProjectPage(
        context,
        fresh_state(tmp_path),
        TopBar(SearchBox(context), context.theme.tokens),
    )
    qtbot.addWidget(page)
    page.resize(1400, 900)
    page.show()
    page.open_table(OUTFALLS)
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 12)
    yield page.table
    page.close_subscriptions()


def column(table: AttributeTable, name: str) -> int:
    return [field.name for field in table.model.fields].index(name)


def go(table: AttributeTable, row: int, name: str) -> None:
    table.view.setCurrentIndex(table.model.index(row, column(table, name)))


def codes(table: AttributeTable) -> list[str]:
    where = column(table, "code_local")
    return [table.model.value(n, where) for n in range(table.model.rowCount())]


def values(context: WindowContext, name: str) -> list[object]:
    return context.workspace.store.project.tables["outfalls"].column(name).tolist()


def test_a_click_on_the_head_sorts_and_shift_sorts_by_more(qtbot, table):
    head = table.view.frozen.head
    where = column(table, "code_local")
    at = QPoint(head.sectionViewportPosition(where) + 20, 20)
    for expected in ("W-000", "W-011"):
        QTest.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, NONE, at)
        qtbot.waitUntil(lambda first=expected: codes(table)[:1] == [first])
    table.questions.sort(column(table, "state"), False)
    table.questions.sort(where, True)
    assert [name for name, _ in table.questions.query.sort] == ["state", "code_local"]


def test_values_are_ticked_in_the_filter_of_a_column(qtbot, table):
    head = table.view.head
    where = column(table, "name")
    QTest.mouseClick(
        head.viewport(), Qt.MouseButton.LeftButton, NONE, head.button_rect(where).center()
    )
    card = table.questions.card
    qtbot.waitUntil(lambda: card.values.count() == 13)
    QTest.keyClicks(card.text, "outfall 1")
    QTest.keyClick(card.text, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: codes(table) == ["W-001", "W-010", "W-011"])
    assert table.bar.count.text() == "3 of 12 rows"
    table.bars.clear_filters.click()
    qtbot.waitUntil(lambda: table.model.rowCount() == 12)


def test_a_cell_is_typed_in_and_is_one_step_of_undo(qtbot, context, table):
    go(table, 2, "name")
    QTest.keyClicks(table.view, "Q")
    editor = table.view.focusWidget()
    QTest.keyClicks(QGuiApplication.focusObject() or editor, "uay 5")
    QTest.keyClick(QGuiApplication.focusObject(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: values(context, "name")[2] == "Quay 5")
    assert table.view.currentIndex().row() == 3
    context.workspace.store.undo()
    assert values(context, "name")[2] == "Made-up outfall 2"


def test_what_cannot_be_read_stays_open_and_says_why(qtbot, context, table):
    go(table, 1, "ph")
    table.view.edit_cell()
    editor = QGuiApplication.focusObject()
    editor.setText("seven")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert editor.property("state") == "wrong"
    assert editor.toolTip() == "A number belongs here"
    assert values(context, "ph")[1] == 7.1
    editor.setText("６.８")  # full-width digits
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: values(context, "ph")[1] == 6.8)


def test_one_value_for_many_rows_is_one_step(context, table):
    where = column(table, "team")
    go(table, 0, "team")
    for _ in range(4):
        QTest.keyClick(table.view, Qt.Key.Key_Down, SHIFT)
    assert len(table.view.rows_selected()) == 5
    table._chosen_soon.timeout.emit()
    steps = len(context.workspace.store.history[0])
    table.bar.editor.setText("North")
    table.bar.set_button.click()
    assert values(context, "team")[:6] == ["North"] * 5 + [None]
    assert len(context.workspace.store.history[0]) == steps + 1
    assert table.model.value(4, where) == "North"


def test_choices_are_a_list_and_delete_clears_cells_not_features(context, table, monkeypatch):
    opened = []
    monkeypatch.setattr(QuietCombo, "showPopup", lambda self: opened.append(self))
    go(table, 3, "kind")
    table.view.edit_cell()
    box = table.view.findChild(QuietCombo)
    assert [box.itemData(n) for n in range(box.count())][1:] == list(
        table.model.fields[column(table, "kind")].choices
    )
    QTest.keyClick(box, Qt.Key.Key_Escape)
    go(table, 3, "ph")
    QTest.keyClick(table.view, Qt.Key.Key_Delete)
    assert values(context, "ph")[3] != values(context, "ph")[3]  # nothing
    assert len(values(context, "ph")) == 12


def test_copied_cells_have_headings_and_are_no_formulas(qtbot, context, table):
    context.workspace.store.apply(_edit(context, "f0", name='=HYPERLINK("http://x")'))
    go(table, 0, "name")
    QTest.keyClick(table.view, Qt.Key.Key_Down, SHIFT)
    QTest.keyClick(table.view, Qt.Key.Key_C, CONTROL)
    clipboard = QGuiApplication.clipboard()
    qtbot.waitUntil(lambda: "Made-up outfall 1" in clipboard.text())
    lines = clipboard.text().splitlines()
    assert lines[0] == "Name"
    assert lines[1].startswith("\"'=HYPERLINK")


def test_pasting_shows_what_changes_before_it_does(qtbot, context, table):
    go(table, 0, "ph")
    QGuiApplication.clipboard().setText("6.1\r\nseven\r\n7.1\r\n")
    QTest.keyClick(table.view, Qt.Key.Key_V, CONTROL)
    qtbot.waitUntil(lambda: table.preview is not None)
    paste = table.preview.paste
    assert [cell.after for cell in paste.changed] == [6.1]
    assert [cell.problem for cell in paste.unread] == ["A number belongs here"]
    assert paste.same == 1
    assert values(context, "ph")[0] == 7.1  # nothing yet
    table.preview.apply_button.click()
    assert values(context, "ph")[:3] == [6.1, 7.1, 7.1]
    newest = next(iter(context.workspace.store.project.tables[MONITORING].matching("ph", 6.1)), "")
    assert newest == "m2"  # the row of the record that says the same
    context.workspace.store.undo()
    assert values(context, "ph")[0] == 7.1


def test_rows_are_deleted_and_come_back(qtbot, context, table):
    go(table, 4, "name")
    QTest.keyClick(table.view, Qt.Key.Key_Minus, CONTROL)
    qtbot.waitUntil(lambda: table.model.rowCount() == 11)
    context.workspace.store.undo()
    qtbot.waitUntil(lambda: table.model.rowCount() == 12)


def test_selection_goes_to_the_map_and_comes_from_it(qtbot, context, table):
    go(table, 7, "name")
    qtbot.waitUntil(lambda: context.workspace.selection == Selection(OUTFALLS, frozenset({"f7"})))
    context.workspace.select(Selection(OUTFALLS, frozenset({"f2", "f9"})))
    assert table.model.chosen_numbers.tolist() == [2, 9]
    table.bars.only_selected.click()
    qtbot.waitUntil(lambda: codes(table) == ["W-002", "W-009"])
    context.workspace.select(Selection(OUTFALLS, frozenset({"f3"})))
    qtbot.waitUntil(lambda: codes(table) == ["W-003"])


def test_only_what_the_map_shows(qtbot, context, table):
    camera = table._camera()
    table._camera = lambda: replace(camera, resolution=0.1, size=replace_size(camera))
    table.bars.in_view.click()
    qtbot.waitUntil(lambda: 0 < table.model.rowCount() < 12)


def replace_size(camera):
    return type(camera.size)(600, 300)


def test_related_tables_are_tabs(qtbot, context, table):
    titles = [table.bars.tabs.tabText(n) for n in range(table.bars.tabs.count())]
    assert titles == ["Outfalls", "Monitoring"]
    context.workspace.select(Selection(OUTFALLS, frozenset({"f0"})))
    table.bars.tabs.setCurrentIndex(1)
    qtbot.waitUntil(lambda: table.model.rowCount() == 2)
    assert table.model.chosen_numbers.tolist() == [0, 1]
    table.view.setCurrentIndex(table.model.index(1, column(table, "ph")))
    table.view.edit_cell()
    editor = QGuiApplication.focusObject()
    editor.setText("8.2")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: values(context, "ph")[0] == 8.2)  # the newest speaks for the outfall


def test_columns_are_hidden_moved_and_coloured_with_the_layer(context, table):
    table.columns.hide("name")
    layer = next(x for x in context.workspace.store.project.layers if x.id == OUTFALLS)
    assert layer.table.hidden == ("name",)
    assert column(table, "name") not in table.view.visible_columns()
    table.view.head.moveSection(table.view.head.visualIndex(column(table, "ph")), 1)
    layer = next(x for x in context.workspace.store.project.layers if x.id == OUTFALLS)
    assert layer.table.order[1] == "ph"
    context.workspace.store.undo()
    context.workspace.store.undo()
    assert column(table, "name") in table.view.visible_columns()


def test_the_state_follows_the_workflow(context, table):
    messages = said(context)
    fid = table.model.fid(0)
    table.editing.apply({fid: {"state": "closed"}}, "State")
    assert values(context, "state")[0] == "suspected"
    assert [message.level for message in messages] == ["warning"]


def test_a_layer_that_is_gone_takes_its_table_along(qtbot, context, table):
    from gisapp.model.edit import LayersEdit

    store = context.workspace.store
    layers = store.project.layers
    left = tuple(layer for layer in layers if layer.id != OUTFALLS)
    with qtbot.waitSignal(table.closed):
        store.apply(LayersEdit("Remove", layers, left))


def _edit(context, fid, **changes):
    from gisapp.model.edit import change_feature

    table = context.workspace.store.project.tables["outfalls"]
    return change_feature("Change", table, fid, changes)


def test_what_is_painted_of_a_text_is_what_qt_would_shorten_it_to(qtbot):
    """Widths of letters decide which texts are laid out at all."""
    view = QTableView()
    qtbot.addWidget(view)
    cells = CellDelegate(LIGHT, view)
    picture = QImage(10, 10, QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    metrics = painter.fontMetrics()
    texts = [
        "W-001",
        "WWWWWWWWWW",
        "iiiiiiiiiiiiiiiiiiiii",
        "蔡家桥东侧120米",
        "㎡—…①",
        "AVAVAVAV To.",
    ]
    for text in texts:
        for width in range(10, 240, 7):
            wanted = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
            assert cells._fitted(text, width, painter) == wanted
            assert cells._fitted(text, width, painter) == wanted  # as it was kept
    painter.end()
