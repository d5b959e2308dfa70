"""The record of an outfall in the window: related rows, states, what is asked next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from gisapp.app.project_session import create_project
from gisapp.app.workspace import Selection
from gisapp.io.project_check import check
from gisapp.model.edit import Edit, LayersEdit, TableEdit, TableSchema, add_features
from gisapp.model.features import FeatureId
from gisapp.model.field import Field
from gisapp.model.layer import TABLE, Layer, Source
from gisapp.model.outfall_record import add_related, related
from gisapp.model.project import Project
from gisapp.model.survey import (
    HISTORY,
    MONITORING,
    OUTFALL_STYLE,
    PHOTOS,
    RECTIFICATION,
    SOURCES,
    VISITS,
)
from gisapp.ui.context import WindowContext
from gisapp.ui.feature_panel import FeaturePanel
from gisapp.ui.record_lists import row_words
from tests.survey_project import survey_project
from tests.ui.window_setting import OUTFALLS, said, window_context

A = FeatureId("a")
LAYER = Layer("Outfalls", Source(TABLE, "outfalls"), OUTFALL_STYLE, role="outfalls", id=OUTFALLS)
ROWS = {
    "a": {"code_local": "W-1", "name": "A", "kind": "suspected", "state": "suspected",
          "river": "河", "photos": "[]"},
    "b": {"code_local": "W-2", "name": "B", "kind": "outfall", "state": "traced",
          "category": "其他排污口"},
}  # fmt: skip


def made_project(**related_rows) -> Project:
    return replace(survey_project(ROWS, **related_rows), crs="EPSG:4490", layers=(LAYER,))


def content() -> list[Edit]:
    """The same, for a project on the disk."""
    tables = made_project().tables
    made = (TableEdit("New", None, TableSchema(t.name, t.crs, t.fields)) for t in tables.values())
    own = tables["outfalls"]
    rows = {fid: own.row(fid) for fid in own.ids}
    return [*made, LayersEdit("New", (), (LAYER,)), add_features("New", own, rows)]


@pytest.fixture
def context() -> Iterator[WindowContext]:
    with window_context(made_project()) as made:
        yield made


def shown(qtbot, context: WindowContext, fid: str = "a") -> FeaturePanel:
    panel = FeaturePanel(context)
    qtbot.addWidget(panel, before_close_func=FeaturePanel.close_subscriptions)
    panel.resize(320, 900)
    with qtbot.waitExposed(panel):
        panel.show()
    context.workspace.select(Selection(OUTFALLS, frozenset([FeatureId(fid)])))
    return panel


def press(widget: QWidget, key: Qt.Key = Qt.Key.Key_Space) -> None:
    widget.setFocus()
    QTest.keyClick(widget, key)


def type_into(widget: QWidget, text: str) -> None:
    assert isinstance(widget, QLineEdit)
    widget.setFocus()
    widget.selectAll()
    QTest.keyClicks(widget, text)
    QTest.keyClick(widget, Qt.Key.Key_Return)


def project(context: WindowContext) -> Project:
    return context.workspace.store.project


def own(context: WindowContext, fid: str = "a"):
    return project(context).tables["outfalls"].row(FeatureId(fid))


def test_a_related_row_is_added_filled_in_and_deleted_by_keyboard(qtbot, context):
    panel = shown(qtbot, context)
    tested = panel.record.lists[MONITORING]
    assert tested.title.text() == "Monitoring"
    press(tested.add)
    [(fid, row)] = related(project(context), MONITORING, A)
    assert row["monitored_at"]
    assert tested.open == fid
    assert tested.form is not None
    assert tested.form.widgets["status"].hasFocus()  # the first that is empty
    type_into(tested.form.widgets["ph"], "6.5")
    type_into(tested.form.widgets["flow_value"], "12")
    [(_, row)] = related(project(context), MONITORING, A)
    assert (row["ph"], row["flow_value"], row["flow_unit"]) == (6.5, 12.0, "m³/d")
    assert own(context)["ph"] == 6.5
    assert context.workspace.store.undo_label == "Flow of W-1"
    assert "12 m³/d" in tested.buttons[fid].toolTip()
    messages = said(context)
    delete = tested.findChildren(QPushButton)[-1]
    assert delete.text() == "Delete this entry"
    press(delete)
    assert related(project(context), MONITORING, A) == []
    assert own(context)["ph"] is None
    messages[-1].run()
    assert own(context)["ph"] == 6.5


def test_a_field_that_has_no_use_here_is_not_asked(qtbot, context):
    panel = shown(qtbot, context)
    visits = panel.record.lists[VISITS]
    press(visits.add)
    assert visits.form is not None
    assert visits.form.widgets["colour"].isHidden()
    box = visits.form.widgets["discharging"]
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    box.activated.emit(box.currentIndex())
    assert not visits.form.widgets["colour"].isHidden()
    assert own(context)["discharging"] is True


def test_only_allowed_states_are_offered_and_what_is_missing_leads_there(qtbot, context):
    panel = shown(qtbot, context)
    bar = panel.record.state
    assert bar.words.text() == "Suspected"
    press(bar.next)
    offered = [bar.states.itemData(n) for n in range(bar.states.count())]
    assert offered == ["to_verify", "verified", "difficult", "not_outfall"]
    bar.states.setCurrentIndex(bar.states.findData("verified"))
    assert not bar.go.isEnabled()

    def missing() -> list[QPushButton]:
        made = bar.sheet.findChildren(QPushButton)
        return [link for link in made if link.isVisible() and link is not bar.go]

    qtbot.waitUntil(lambda: [one.text() for one in missing()] == ["Site visits", "Photos"])
    press(missing()[0])
    assert len(related(project(context), VISITS, A)) == 1
    asked = []
    panel.photo_wanted.connect(lambda: asked.append(True))
    qtbot.waitUntil(lambda: [one.text() for one in missing()] == ["Photos"])
    press(missing()[0])
    assert asked == [True]


def test_a_state_with_nothing_missing_is_one_step_with_its_history(qtbot, context):
    panel = shown(qtbot, context)
    bar = panel.record.state
    press(bar.next)
    bar.states.setCurrentIndex(bar.states.findData("to_verify"))
    type_into(bar.deadline, "soon")
    assert bar.deadline.property("state") == "wrong"
    assert bar.wrong.isVisible()
    assert bar.wrong.text()
    assert own(context)["state"] == "suspected"
    type_into(bar.deadline, "2026-12-01")
    assert own(context)["state"] == "to_verify"
    [(_, row)] = related(project(context), HISTORY, A)
    assert (row["from_state"], row["deadline"]) == ("suspected", "2026-12-01")
    assert "until 2026-12-01" in bar.since.text()
    assert bar.wrong.isHidden()
    # The line is as narrow as the fields: else all of them are cut at the right.
    assert bar.minimumSizeHint().width() <= panel.record.form.minimumSizeHint().width()
    assert bar.sheet.isHidden()
    context.workspace.store.undo()
    assert own(context)["state"] == "suspected"
    assert related(project(context), HISTORY, A) == []
    assert bar.words.text() == "Suspected"


def test_a_reason_is_asked_for_in_place(qtbot, context):
    panel = shown(qtbot, context, "b")
    bar = panel.record.state
    press(bar.next)
    bar.states.setCurrentIndex(bar.states.findData("no_action"))
    messages = said(context)
    press(bar.go)
    assert messages[-1].text == "W-2: No action needed needs a reason"
    assert bar.why.hasFocus()
    type_into(bar.why, "rain only")
    assert own(context, "b")["state"] == "no_action"
    assert bar.isVisible()
    press(bar.next)
    QTest.keyClick(bar.states, Qt.Key.Key_Escape)
    assert bar.sheet.isHidden()


def test_the_form_opens_at_what_matters_next(qtbot, context):
    panel = shown(qtbot, context, "b")
    panel.start_typing()  # it is said to be traced, and by what nobody has written
    sources = panel.record.lists[SOURCES]
    assert sources.add.hasFocus()
    press(sources.add)
    type_into(sources.form.widgets["responsible_party"], "Works")
    panel.start_typing()
    assert sources.form.widgets["settled"].hasFocus()
    sources.form.edited.emit(Field("settled"), "责任主体明确")
    panel.start_typing()
    assert panel.record.lists[RECTIFICATION].add.hasFocus()


def test_fields_nobody_needs_at_once_wait_behind_a_link(qtbot, context):
    panel = shown(qtbot, context)
    form = panel._form
    assert form is not None
    assert "state" not in form.widgets
    assert "ph" not in form.widgets
    assert form.widgets["river_chief"].isHidden()
    assert not form.widgets["river"].isHidden()
    press(form.more)
    assert not form.widgets["river_chief"].isHidden()
    type_into(form.widgets["river_chief"], "X")
    press(form.more)
    assert not form.widgets["river_chief"].isHidden()  # it holds a value now


def test_a_permit_number_that_cannot_be_is_said_and_kept(qtbot, context):
    panel = shown(qtbot, context)
    sources = panel.record.lists[SOURCES]
    press(sources.add)
    assert sources.form is not None
    type_into(sources.form.widgets["permit_no"], "91130200699229617X001")
    assert related(project(context), SOURCES, A)[0][1]["permit_no"] == "91130200699229617X001"
    told = sources.form._problems["permit_no"]
    assert not told.isHidden()
    assert "22 characters" in told.text()
    type_into(sources.form.widgets["permit_no"], "91130200699229617X001P")
    assert told.isHidden()


def test_a_name_is_suggested_and_taken_back(qtbot, context):
    panel = shown(qtbot, context)
    suggest = next(b for b in panel._form.findChildren(QPushButton) if "Suggest" in b.text())
    press(suggest)
    assert own(context)["name"] == "河疑似排口"
    context.workspace.store.undo()
    assert own(context)["name"] == "A"


def test_a_unit_behind_a_flow_is_written_with_it_in_one_step(qtbot, tmp_path: Path):
    with (
        create_project(tmp_path / "survey", "Survey", "EPSG:4490", content()) as session,
        window_context(session=session) as context,
    ):
        store = context.workspace.store
        edit, fid = add_related(
            "Add", store.project, MONITORING, FeatureId("a"),
            {"status": "是", "flow_status": "现场测定", "monitored_at": "2026-05-01"},
        )  # fmt: skip
        store.apply(edit)
        qtbot.waitUntil(lambda: fid in store.project.tables[MONITORING])
        panel = shown(qtbot, context)
        listed = panel.record.lists[MONITORING]
        listed.open_entry(fid)
        row = lambda: store.project.tables[MONITORING].row(fid)  # noqa: E731
        steps = len(store.history[0])
        type_into(listed.form.widgets["flow_value"], "0.5 m3/s")
        qtbot.waitUntil(lambda: row()["flow_value"] == 0.5)
        assert row()["flow_unit"] == "m³/s"
        assert len(store.history[0]) == steps + 1
        type_into(listed.form.widgets["flow_value"], "0.7")  # the unit stays
        qtbot.waitUntil(lambda: row()["flow_value"] == 0.7)
        assert (row()["flow_unit"], own(context)["flow_unit"]) == ("m³/s", "m³/s")
        qtbot.waitUntil(lambda: not context.jobs.unfinished)


def test_the_history_takes_the_place_of_the_record(qtbot, tmp_path: Path):
    with (
        create_project(tmp_path / "survey", "Survey", "EPSG:4490", content()) as session,
        window_context(session=session) as context,
    ):
        panel = shown(qtbot, context)
        QTest.mouseClick(panel.history_button, Qt.MouseButton.LeftButton)
        context.workspace.select(Selection(OUTFALLS, frozenset([FeatureId("b")])))
        assert panel.record.isHidden()
        assert panel.record.state.isHidden()
        QTest.mouseClick(panel.history_button, Qt.MouseButton.LeftButton)
        assert not panel.record.isHidden()
        assert not panel.record.state.isHidden()
        qtbot.waitUntil(lambda: not context.jobs.unfinished)


def test_what_is_read_only_offers_nothing(qtbot):
    rows = {"m": {"outfall_id": "a", "monitored_at": "2026-01-01", "ph": 7.0}}
    with window_context(made_project(monitoring=rows), read_only=True) as context:
        panel = shown(qtbot, context)
        assert not panel.record.state.next.isVisible()
        tested = panel.record.lists[MONITORING]
        assert not tested.add.isVisible()
        press(tested.buttons[FeatureId("m")])
        assert tested.form is not None
        assert not tested.form.editable


def test_a_line_of_a_list_says_what_matters():
    fields = {f.name: f for f in survey_project({}).tables[MONITORING].fields}
    row = {"monitored_at": "2026-05-01", "flow_value": 12.0, "flow_unit": "m³/d", "cod_mg_l": 30.0}
    assert row_words(MONITORING, fields, row) == "2026-05-01 · 12 m³/d · COD 30 mg/L"
    assert row_words(MONITORING, fields, {"flow_unit": "m³/d"}) == "Empty entry"


def test_photos_and_deletion_keep_the_record_whole(qtbot, tmp_path: Path):
    picture = QImage(20, 12, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.red)
    path = tmp_path / "bank.png"
    assert picture.save(str(path))
    with (
        create_project(tmp_path / "survey", "Survey", "EPSG:4490", content()) as session,
        window_context(session=session) as context,
    ):
        panel = shown(qtbot, context)
        panel.add_photos([path])
        qtbot.waitUntil(lambda: bool(related(project(context), PHOTOS, A)))
        [(_, photo)] = related(project(context), PHOTOS, A)
        assert (photo["original_name"], photo["accepted"]) == ("bank.png", True)
        assert photo["file"] in own(context)["photos"]
        assert context.workspace.store.undo_label == "Photos of W-1"
        panel.delete_feature()
        assert related(project(context), PHOTOS, A) == []
        context.workspace.store.undo()
        assert len(related(project(context), PHOTOS, A)) == 1
        qtbot.waitUntil(lambda: not context.jobs.unfinished)
    assert [r for r in check(tmp_path / "survey") if not r.ok] == []
