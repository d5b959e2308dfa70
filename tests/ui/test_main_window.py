"""The whole window: menus, keys, workspaces, language, what fits and what is read aloud."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from gisapp.app.jobs import Job
from gisapp.app.project_session import ProjectInUse
from gisapp.app.workspace import Selection
from gisapp.io.project_lock import Holder
from gisapp.model.errors import ReadError
from gisapp.model.features import FeatureId
from gisapp.ui.context import WindowContext
from gisapp.ui.help_panels import KeySheet
from gisapp.ui.main_window import MainWindow
from gisapp.ui.style_panel import StylePanel
from tests.ui.window_setting import OUTFALLS, RIVERS, fresh_state, window_context


def opened(qtbot, context: WindowContext, folder: Path) -> MainWindow:
    window = MainWindow(context, fresh_state(folder))
    qtbot.addWidget(window)
    window.resize(1440, 900)
    if window.page is not None:
        window.page.map_area.map.motion.wanted = False
    with qtbot.waitExposed(window):
        window.show()
    qtbot.waitUntil(lambda: not context.jobs.unfinished, timeout=10_000)
    return window


@pytest.fixture
def context() -> Iterator[WindowContext]:
    with window_context() as made:
        yield made


@pytest.fixture
def window(qtbot, context, tmp_path) -> MainWindow:
    return opened(qtbot, context, tmp_path)


def menu_titles(window: MainWindow) -> list[str]:
    return [action.text() for action in window.menuBar().actions()]


def key(window: MainWindow, name: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
    held = Qt.KeyboardModifier.NoModifier
    for one in modifiers:
        held |= one
    QTest.keyClick(window.page.map_area.map if window.page else window, name, held)


CTRL = Qt.KeyboardModifier.ControlModifier


def test_menus_stand_in_the_order_people_expect(window):
    assert menu_titles(window) == [
        "Project", "Edit", "View", "Layer", "Survey", "Thermal", "Stations", "Trace", "Output",
        "Plugins", "Help",
    ]  # fmt: skip


def test_the_title_says_which_project_it_is(window):
    assert window.windowTitle() == "Made-up survey – gisapp"


def test_every_action_of_the_list_has_an_entry(window):
    assert {a.id for a in window.actions_list} == set(window.menus.entries)


def test_undo_by_key_and_its_words_in_the_menu(window, context, qtbot):
    window.page.layers.rows.change(RIVERS, "Hide Rivers", visible=False)
    qtbot.waitUntil(lambda: window.menus.entries["edit.undo"].isEnabled())
    assert window.menus.entries["edit.undo"].text() == "Undo Hide Rivers"
    assert window.top.undo.isEnabled() if hasattr(window, "top") else True
    key(window, Qt.Key.Key_Z, CTRL)
    assert context.workspace.store.project.layer(RIVERS).visible
    key(window, Qt.Key.Key_Y, CTRL)
    assert not context.workspace.store.project.layer(RIVERS).visible


def test_undo_and_redo_buttons_follow(window, context):
    top = window.page.top
    assert not top.undo.isEnabled()
    window.page.layers.rows.change(RIVERS, "Hide Rivers", visible=False)
    assert top.undo.isEnabled()
    QTest.mouseClick(top.undo, Qt.MouseButton.LeftButton)
    assert context.workspace.store.project.layer(RIVERS).visible
    assert top.redo.isEnabled()


def test_number_keys_take_up_tools(window):
    key(window, Qt.Key.Key_3)
    assert window.page.map_area.desk.tool.name == "select"
    assert window.page.map_area.strip.tool == "select"
    key(window, Qt.Key.Key_1)
    assert window.page.map_area.desk.tool.name == "pan"


def test_number_keys_typed_into_a_field_are_text(window, context):
    context.workspace.select(Selection(OUTFALLS, frozenset([FeatureId("f1")])))
    edit = window.page.feature._form.widgets["name"]
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, "13 J")
    assert edit.text() == "13 J"
    assert window.page.map_area.desk.tool.name == "identify"


def test_j_and_k_go_through_the_features(window, context):
    context.workspace.select(Selection(OUTFALLS, frozenset([FeatureId("f1")])))
    key(window, Qt.Key.Key_J)
    assert window.page.feature.title.text() == "W-002"
    key(window, Qt.Key.Key_K)
    assert window.page.feature.title.text() == "W-001"


def test_delete_in_the_layer_list_takes_the_layer_not_the_feature(window, context):
    context.workspace.select(Selection(OUTFALLS, frozenset([FeatureId("f1")])))
    tree = window.page.layers.tree
    tree.setFocus()
    tree.setCurrentIndex(window.page.layers.rows.index_of(RIVERS))
    QTest.keyClick(tree, Qt.Key.Key_Delete)
    project = context.workspace.store.project
    assert [layer.name for layer in project.layers] == ["Stations", "Outfalls"]
    assert FeatureId("f1") in project.tables["outfalls"]


def test_delete_on_the_map_takes_the_selected_feature(window, context):
    context.workspace.select(Selection(OUTFALLS, frozenset([FeatureId("f1")])))
    key(window, Qt.Key.Key_Delete)
    assert FeatureId("f1") not in context.workspace.store.project.tables["outfalls"]


def test_ctrl_k_searches_and_enter_opens(window, context, qtbot):
    key(window, Qt.Key.Key_K, CTRL)
    assert QApplication.focusWidget() is window.search
    QTest.keyClicks(window.search, "W-003")
    qtbot.waitUntil(lambda: window.search.results.count() == 1, timeout=5000)
    qtbot.waitUntil(lambda: window.search.results.item(0).text() == "W-003", timeout=5000)
    QTest.keyClick(window.search, Qt.Key.Key_Return)
    assert window.page.feature.title.text() == "W-003"
    assert not window.search.results.isVisible()


def test_the_search_box_runs_commands(window, qtbot):
    window.search.start()
    QTest.keyClicks(window.search, "steps")
    assert window.search.results.item(0).text() == "Steps"
    QTest.keyClick(window.search, Qt.Key.Key_Return)
    assert window.page.side.card.title.text() == "Steps"


def test_the_search_box_goes_to_coordinates(window, qtbot):
    window.search.start()
    QTest.keyClicks(window.search, "500300, 2560200")
    QTest.keyClick(window.search, Qt.Key.Key_Return)
    assert window.page.map_area.map.camera.center.x == pytest.approx(500_300)


def test_escape_leaves_the_search_box(window):
    window.search.start()
    QTest.keyClicks(window.search, "steps")
    QTest.keyClick(window.search, Qt.Key.Key_Escape)
    assert window.search.text() == ""
    assert not window.search.results.isVisible()


def test_each_workspace_shows_its_panels_and_keeps_what_was_changed(window):
    arrangement = window.page.arrangement
    window.commands.use_workspace("trace")
    assert arrangement.is_shown("trace")
    assert not arrangement.is_shown("scale")
    window.commands.toggle_panel("layers")
    window.commands.use_workspace("survey")
    assert arrangement.is_shown("layers")
    window.commands.use_workspace("trace")
    assert not arrangement.is_shown("layers")
    window.commands.reset_layout()
    assert arrangement.is_shown("layers")


def test_the_workspace_is_kept_for_the_next_start(qtbot, tmp_path):
    with window_context() as context:
        first = opened(qtbot, context, tmp_path)
        first.commands.use_workspace("analyse")
        first.close()
    with window_context() as context:
        again = opened(qtbot, context, tmp_path)
        assert again.page.arrangement.workspace == "analyse"
        assert again.page.arrangement.is_shown("output")


def test_a_station_that_is_chosen_opens_its_records(window, context):
    from dataclasses import replace

    from gisapp.model.edit import LayersEdit
    from tests.ui.window_setting import STATIONS

    store = context.workspace.store
    before = store.project.layers
    after = tuple(
        replace(layer, role="stations", visible=True) if layer.id == STATIONS else layer
        for layer in before
    )
    store.apply(LayersEdit("Stations", before, after))
    context.layer_data.get(store.project.layer(STATIONS))
    assert not window.page.arrangement.is_shown("records")
    context.workspace.select(Selection(STATIONS, frozenset([FeatureId("s1")])))
    assert window.page.arrangement.is_shown("records")


def test_the_trace_and_the_sheet_take_turns_where_there_is_no_room_for_both(window):
    arrangement = window.page.arrangement
    window.resize(1440, 900)
    arrangement.show_panel("output")
    assert arrangement.is_shown("output")
    arrangement.show_panel("trace")
    assert arrangement.is_shown("trace")
    assert arrangement.is_shown("side")
    assert not arrangement.is_shown("output")
    arrangement.show_panel("output")
    assert arrangement.is_shown("output")
    assert not arrangement.is_shown("trace")


def test_style_is_a_panel_and_each_change_an_edit(window, context):
    window.commands.show_style(RIVERS)
    card = window.page.side.card
    assert isinstance(card, StylePanel)
    card.form.field("width").number.setValue(4.0)
    assert context.workspace.store.project.layer(RIVERS).style.width == 4.0
    context.workspace.store.undo()
    assert card.form.field("width").number.value() == pytest.approx(1.6)
    QTest.keyClick(card, Qt.Key.Key_Escape)
    assert window.page.side.card is None


def test_removing_the_layer_closes_its_style(window, context):
    window.commands.show_style(RIVERS)
    window.page.layers.rows.remove(RIVERS)
    assert window.page.side.card is None


def test_steps_go_back_and_forth(window, context):
    rows = window.page.layers.rows
    rows.change(RIVERS, "One", visible=False)
    rows.change(RIVERS, "Two", visible=True)
    window.commands.show_steps()
    card = window.page.side.card
    assert [card.list.item(n).text() for n in range(card.list.count())][1:] == ["One", "Two"]
    card.list.itemActivated.emit(card.list.item(0))
    assert context.workspace.store.undo_label is None
    card.list.itemActivated.emit(card.list.item(2))
    assert context.workspace.store.undo_label == "Two"


def test_dropped_files_become_layers_and_a_project_is_opened(window, context, tmp_path):
    def drop(*paths: Path) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        event = QDropEvent(
            QPointF(5, 5),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        window.dropEvent(event)

    drop(tmp_path / "a.tif", tmp_path / "b.gpkg")
    drop(tmp_path / "survey" / "project.gpkg")
    assert context.program.calls == [
        ("add_files", [tmp_path / "a.tif", tmp_path / "b.gpkg"]),
        ("open", tmp_path / "survey"),
    ]


def test_a_dropped_workbook_is_a_ledger_to_import(window, context, tmp_path):
    taken: list[Path] = []
    window.commands.import_points = taken.append
    one, other = tmp_path / "ledger.XLSX", tmp_path / "b.csv"
    window.take_files([one])
    assert taken == [one]
    window.take_files([one, other])  # several are layers
    window.take_files([other])
    assert taken == [one]
    assert context.program.calls == [("add_files", [one, other]), ("add_files", [other])]


def test_a_project_that_is_open_elsewhere_has_two_ways_in(window, context, tmp_path):
    holder = Holder("a colleague", "field laptop", 7, "2026-01-17T20:41:07+08:00")
    job = Job("Opening", lambda progress: None)
    job.error = ProjectInUse(tmp_path / "survey", holder, certain=True)
    context.jobs.failed(job)
    bar = window.message_bar
    assert "a colleague" in bar.message.text
    assert bar.other.text() == "Make a working copy"
    QTest.mouseClick(bar.action, Qt.MouseButton.LeftButton)
    assert context.program.calls == [("open", tmp_path / "survey", ("read_only", True))]


def test_an_error_people_can_act_on_is_a_message_and_a_bug_is_a_report(window, context, qtbot):
    job = Job("Reading", lambda progress: None)
    job.error = ReadError("b.gpkg is damaged", hint="Copy it again.")
    context.jobs.failed(job)
    assert window.message_bar.message.text == "b.gpkg is damaged"
    assert window.message_bar.message.hint == "Copy it again."
    job.error = ZeroDivisionError("a bug")
    context.jobs.failed(job)
    report = window.reports._shown
    assert "ZeroDivisionError: a bug" in report.text.toPlainText()
    QTest.mouseClick(report.copy, Qt.MouseButton.LeftButton)
    assert "ZeroDivisionError" in QApplication.clipboard().text()
    QTest.mouseClick(report.go_on, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.reports._shown is None)


def test_the_language_and_the_theme_are_asked_of_the_program(window, context, qtbot):
    window.actions_list.run("view.language_zh_CN")
    window.actions_list.run("view.theme_dark")
    qtbot.waitUntil(lambda: len(context.program.calls) == 2)
    assert context.program.calls == [("use_language", "zh_CN"), ("use_theme", "dark")]


def test_the_window_is_rebuilt_around_the_same_project(window, context):
    page = window.page
    window.use(context)
    assert window.page is not page
    assert window.page.layers.rows.rowCount() == 3
    window.page.layers.rows.change(RIVERS, "Hide", visible=False)
    assert window.menus.entries["edit.undo"].text()


def test_closing_the_project_leads_to_the_welcome_page(window, context):
    with window_context(welcome=True) as empty:
        window.use(empty)
        assert window.page is None
        assert window.welcome is not None
        assert menu_titles(window) == ["Project", "View", "Help"]
        window.use(context)


def test_all_keys_are_on_the_sheet(window, qtbot):
    sheet = KeySheet(window.actions_list, window)
    words = {label.text() for label in sheet.findChildren(QLabel)}
    for action in window.actions_list.with_keys():
        assert "  ".join(action.keys) in words
        assert action.title in words
    sheet.deleteLater()


def test_full_screen(window, qtbot):
    key(window, Qt.Key.Key_F11)
    assert window.isFullScreen()
    key(window, Qt.Key.Key_F11)
    assert not window.isFullScreen()


def shown_widgets(window: QWidget) -> Iterator[QWidget]:
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and widget.visibleRegion().boundingRect().isValid():
            yield widget


def test_every_button_and_field_has_a_name_to_be_read_aloud(window, context):
    context.workspace.select(Selection(OUTFALLS, frozenset([FeatureId("f1")])))
    for name in ("survey", "trace", "analyse"):
        window.commands.use_workspace(name)
        nameless = [
            f"{type(w).__name__} {w.objectName()}"
            for w in shown_widgets(window)
            if isinstance(w, QAbstractButton | QLineEdit)
            and not w.objectName().startswith("qt_")
            and not (
                w.accessibleName() or w.toolTip() or (w.parent() and w.parent().accessibleName())
            )
        ]
        assert nameless == []


def test_everything_can_be_reached_by_tab(window, context):
    context.workspace.select(Selection(OUTFALLS, frozenset([FeatureId("f1")])))
    window.activateWindow()
    window.search.setFocus()
    seen: set[QWidget] = set()
    for _ in range(300):
        focus = QApplication.focusWidget()
        if focus in seen:
            break
        seen.add(focus)
        focus.focusNextChild()
    page = window.page
    wanted = [
        window.search,
        page.top.export,
        page.layers.tree,
        page.layers.add_button,
        page.map_area.map,
        page.feature.zoom,
        page.feature.next,
        page.feature._form.widgets["name"],
        page.status.scale,
        page.status.crs,
    ]
    assert [w.accessibleName() for w in wanted if w not in seen] == []


def texts_that_do_not_fit(window: QWidget, longer: float) -> list[str]:
    """Words in buttons and one-line labels that would be cut if they were so much longer."""
    cut = []
    for widget in shown_widgets(window):
        if isinstance(widget, QAbstractButton) and widget.text():
            words = widget.fontMetrics().horizontalAdvance(widget.text())
            spare = widget.width() - widget.sizeHint().width()
            if spare + 0.5 < 0 and words * (longer - 1) >= 0:
                cut.append(widget.text())
        elif isinstance(widget, QLabel) and widget.text() and not widget.wordWrap():
            ignored = widget.sizePolicy().horizontalPolicy() == widget.sizePolicy().Policy.Ignored
            if not ignored and widget.width() < widget.sizeHint().width():
                cut.append(widget.text())
    return cut


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_no_words_are_cut(qtbot, tmp_path, language):
    with window_context(language=language) as context:
        window = opened(qtbot, context, tmp_path)
        context.workspace.select(Selection(OUTFALLS, frozenset([FeatureId("f1")])))
        for name in ("survey", "trace", "analyse"):
            window.commands.use_workspace(name)
            QApplication.processEvents()
            assert texts_that_do_not_fit(window, 1.0) == []


def test_no_words_are_cut_when_they_are_a_quarter_longer(qtbot, tmp_path, monkeypatch):
    """A translation may be longer: every sentence is, in this test."""
    import gisapp.model.text as text

    class Longer(dict):
        def get(self, message, default=None):
            return message + "m" * max(1, len(message) // 4)

    with window_context() as context:
        monkeypatch.setattr(text, "_current", Longer())
        window = opened(qtbot, context, tmp_path)
        context.workspace.select(Selection(OUTFALLS, frozenset([FeatureId("f1")])))
        for name in ("survey", "trace", "analyse"):
            window.commands.use_workspace(name)
            QApplication.processEvents()
            assert texts_that_do_not_fit(window, 1.25) == []
        monkeypatch.undo()


def test_menu_entries_show_an_ampersand_as_it_is(window, context):
    window.page.layers.rows.change(RIVERS, "Rename A & B", name="A & B")
    window.menus.refresh_now()
    entry: QAction = window.menus.entries["edit.undo"]
    assert entry.text() == "Undo Rename A && B"


def test_the_map_has_round_corners_above_everything(window):
    area = window.page.map_area
    corner = area.map.grab().toImage().pixelColor(QPoint(0, 0))
    assert corner.name() == area._context.theme.tokens.bg


def test_tools_that_change_rest_while_a_project_is_only_read(qtbot, tmp_path):
    with window_context(read_only=True) as context:
        window = opened(qtbot, context, tmp_path)
        buttons = window.page.map_area.strip.findChildren(QAbstractButton)
        buttons = [button for button in buttons if button.isCheckable()]  # the tools
        resting = {button.objectName() for button in buttons if not button.isEnabled()}
        assert resting == {"add", "move", "delete"}
