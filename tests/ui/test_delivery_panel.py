"""Deliveries in the window: what is asked, kept, written, and said of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from gisapp.app.delivery_choice import deliveries_of, today_words
from gisapp.app.table_view import ColumnFilter
from gisapp.app.workspace import Selection
from gisapp.model.layer import LayerId
from gisapp.ui.delivery_form import METRES, OTHER
from gisapp.ui.delivery_panel import DeliveryPanel
from tests.survey_project import survey_project
from tests.ui.window_setting import window_context

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def context(qapp, tmp_path):
    rows = {
        "a": {"name": "甲", "code_local": "W-1", "kind": "outfall", "state": "closed"},
        "b": {"name": "乙", "code_local": "W-2", "kind": "outfall", "state": "suspected"},
        "c": {"name": "丙", "code_local": "W-3", "kind": "outfall", "state": "closed"},
    }
    with window_context(survey_project(rows)) as made:
        made.workspace.folder = tmp_path
        yield made


def opened(qtbot, context, *more) -> DeliveryPanel:
    panel = DeliveryPanel(context, *more)
    qtbot.addWidget(panel, before_close_func=lambda p: [leave() for leave in p.leave])
    panel.resize(400, 900)
    panel.show()
    qtbot.waitUntil(lambda: panel.form.facts is not None, timeout=10_000)
    return panel


@pytest.fixture
def panel(qtbot, context):
    return opened(qtbot, context)


def pick(box, value) -> None:
    box.setCurrentIndex(box.findData(value))


def result(panel) -> str:
    parts = (panel.result.itemAt(n).widget() for n in range(panel.result.count()))
    return "\n".join(part.text() for part in parts if isinstance(part, QLabel))


def tick(panel, *names: str) -> None:
    QTest.mouseClick(panel.form.fields.none, LEFT)
    table = panel.form.fields.table
    for row in range(table.rowCount()):
        if table.item(row, 0).data(Qt.ItemDataRole.UserRole) in names:
            table.item(row, 0).setCheckState(Qt.CheckState.Checked)


def written(qtbot, panel) -> None:
    qtbot.waitUntil(lambda: "Written" in result(panel), timeout=20_000)


def test_only_what_a_kind_asks_for_is_shown(panel):
    form = panel.form
    assert not form.template.isHidden()
    assert form.encoding.isHidden()
    assert form.fields.isHidden()
    pick(form.template, "")
    assert not form.fields.isHidden()
    pick(form.kind, ".shp")
    assert form.template.isHidden()
    assert form.notation.isHidden()
    assert not form.encoding.isHidden()
    pick(form.kind, ".kmz")
    assert form.system.isHidden()
    assert "WGS 84" in form.about.text()
    pick(form.kind, ".csv")
    assert not form.notation.isHidden()
    pick(form.system, METRES)
    assert form.notation.isHidden()
    assert "zone number × 3" in form.about.text()  # zones are explained


def test_a_shapefile_in_metres_with_chosen_fields_by_other_names(panel, qtbot, tmp_path):
    form = panel.form
    pick(form.kind, ".shp")
    pick(form.encoding, "gbk")
    pick(form.system, METRES)
    tick(panel, "name", "conductivity_us_cm")
    table = form.fields.table
    for row in range(table.rowCount()):
        if table.item(row, 0).data(Qt.ItemDataRole.UserRole) == "name":
            table.item(row, 1).setText("排污口名称")
    panel.save(tmp_path / "out")
    written(qtbot, panel)
    assert (tmp_path / "out.cpg").read_text() == "GBK"
    assert "out.dbf" in result(panel)
    assert "3 outfalls, CGCS2000" in result(panel)
    assert "conductivity_us_cm → conductivi" in result(panel)
    assert "排污口名称".encode("gbk") in (tmp_path / "out.dbf").read_bytes()


def test_two_columns_of_one_name_are_said_while_one_types(panel):
    pick(panel.form.kind, ".csv")
    table = panel.form.fields.table
    table.item(0, 1).setText("same")
    table.item(1, 1).setText("Same")
    assert "Two columns are called same" in panel.form.fields_wrong.text()
    assert not panel.write.isEnabled()
    table.item(1, 1).setText("")
    assert panel.form.fields_wrong.text() == ""
    assert panel.write.isEnabled()
    QTest.mouseClick(panel.form.fields.none, LEFT)
    assert "No field" in panel.form.fields_wrong.text()
    assert not panel.write.isEnabled()


def test_titles_become_names(panel):
    pick(panel.form.kind, ".csv")
    QTest.mouseClick(panel.form.fields.chinese, LEFT)
    columns = {c.field: c.name for c in panel.delivery().columns}
    assert columns["code_local"] == "Local code"
    QTest.mouseClick(panel.form.fields.own, LEFT)
    assert panel.delivery().columns == ()


def test_rows_by_state_have_their_counts_and_one_is_needed(panel, qtbot, tmp_path):
    form = panel.form
    pick(form.kind, ".csv")
    pick(form.rows, "states")
    assert "Choose at least one state" in form.lines.said("states")
    assert not panel.write.isEnabled()
    for row in range(form.states.count()):
        item = form.states.item(row)
        if item.text() == "Closed  (2)":
            item.setCheckState(Qt.CheckState.Checked)
    assert panel.write.isEnabled()
    panel.save(tmp_path / "x.csv")
    written(qtbot, panel)
    assert panel.done.rows == 2


def test_the_selected_and_none_selected(panel, context, qtbot, tmp_path):
    pick(panel.form.kind, ".csv")
    pick(panel.form.rows, "selected")
    panel.save(tmp_path / "x.csv")
    qtbot.waitUntil(lambda: "No outfall is chosen" in result(panel))
    assert not (tmp_path / "x.csv").exists()
    context.workspace.select(Selection(LayerId("o"), frozenset("b")))
    assert panel.form.rows.currentText() == "Selected (1)"
    panel.save(tmp_path / "x.csv")
    written(qtbot, panel)
    assert panel.done.rows == 1


def test_kept_by_name_next_month_is_one_click(panel, context, qtbot, tmp_path):
    store = context.workspace.store
    pick(panel.form.kind, ".csv")
    pick(panel.form.notation, "dms")
    panel.name.setText("monthly")
    panel.file.setText("out/report_{date}")
    panel.name.textEdited.emit("monthly")
    assert today_words() in panel.where.text()
    QTest.mouseClick(panel.keep_button, LEFT)
    qtbot.waitUntil(lambda: panel.kept.currentData() == "monthly")
    assert not panel.keep_button.isEnabled()
    other = opened(qtbot, context)
    assert other.form.kind.currentData() == ".xlsx"
    pick(other.kept, "monthly")
    other.kept.activated.emit(other.kept.currentIndex())
    assert other.form.notation.currentData() == "dms"
    QTest.mouseClick(other.write, LEFT)
    path = tmp_path / "out" / f"report_{today_words()}.csv"
    qtbot.waitUntil(path.exists, timeout=10_000)
    written(qtbot, other)
    QTest.mouseClick(other.write, LEFT)
    qtbot.waitUntil(path.with_stem(f"{path.stem} (2)").exists, timeout=10_000)
    written(qtbot, other)
    pick(other.form.notation, "decimal")
    assert other.note.text() == "changed"
    QTest.mouseClick(other.keep_button, LEFT)
    qtbot.waitUntil(lambda: other.note.text() == "")
    assert deliveries_of(store.project)[0].notation == "decimal"
    QTest.mouseClick(other.forget, LEFT)
    qtbot.waitUntil(lambda: other.kept.count() == 1)
    assert store.project.scheme is None
    store.undo()
    qtbot.waitUntil(lambda: other.kept.count() == 2)


def test_a_filter_of_the_table_is_kept_with_the_delivery(qtbot, context, tmp_path):
    filters = [(("name", ColumnFilter("is", "乙")),)]
    panel = opened(qtbot, context, lambda: filters[0])
    pick(panel.form.kind, ".csv")
    assert "(1)" in panel.form.rows.itemText(panel.form.rows.findData("filtered"))
    pick(panel.form.rows, "filtered")
    panel.name.setText("one")
    panel.name.textEdited.emit("one")
    panel.keep()
    qtbot.waitUntil(lambda: panel.kept.currentData() == "one")
    filters[0] = ()
    other = opened(qtbot, context, lambda: ())
    pick(other.kept, "one")
    other.kept.activated.emit(other.kept.currentIndex())
    assert other.form.rows.currentData() == "filtered"
    other.save(tmp_path / "x.csv")
    written(qtbot, other)
    assert other.done.rows == 1


def test_any_system_by_the_chooser(panel, qtbot, tmp_path):
    form = panel.form
    pick(form.kind, ".gpkg")
    pick(form.system, OTHER)
    chooser = form.chooser
    assert not chooser.isHidden()
    qtbot.waitUntil(lambda: chooser.list.count() > 1, timeout=20_000)
    chooser.zones.width_box.setCurrentIndex(1)  # 6° zones
    chooser.zones.width_box.activated.emit(1)
    assert panel.delivery().crs.startswith("EPSG:45")
    assert panel.delivery().notation == "metres"
    chooser.choose("EPSG:3857")
    panel.save(tmp_path / "x.gpkg")
    written(qtbot, panel)
    assert panel.done.crs == "EPSG:3857"


@pytest.mark.parametrize("file", ["a/b?", "", "x{month"])
def test_odd_places_are_said_or_taken_as_they_are(panel, file):
    panel.file.setText(file)
    panel.file.textEdited.emit(file)
    assert bool(panel.keeping.said("file")) is (file == "a/b?")
    assert panel.write.isEnabled() is (file != "a/b?")


def test_a_project_that_is_only_read_is_delivered_and_keeps_nothing(qtbot, tmp_path):
    one = survey_project({"a": {"name": "甲", "state": "closed"}})
    with window_context(one, read_only=True) as context:
        panel = opened(qtbot, context)
        panel.name.setText("x")
        panel.name.textEdited.emit("x")
        assert not panel.keep_button.isEnabled()
        pick(panel.form.kind, ".csv")
        panel.save(Path(tmp_path) / "x.csv")
        written(qtbot, panel)
