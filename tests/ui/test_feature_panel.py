"""One feature: fields make edits, edits are undone, hits are listed, photos are shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QScrollArea

from gisapp.app.identify import Hit
from gisapp.app.project_session import create_project
from gisapp.app.tool_desk import ToolDesk
from gisapp.app.typed_values import typed_value
from gisapp.app.workspace import Selection
from gisapp.io.project_log import FeatureChange
from gisapp.model.edit import LayersEdit, TableEdit, TableSchema, add_features
from gisapp.model.features import FeatureId
from gisapp.model.field import Field
from gisapp.model.layer import TABLE, Layer, Source
from gisapp.model.survey import OUTFALL_FIELDS, OUTFALL_STYLE
from gisapp.ui.context import WindowContext
from gisapp.ui.feature_form import FeatureForm
from gisapp.ui.feature_history import FeatureHistory, change_words
from gisapp.ui.feature_panel import EMPTY, FEATURE, HITS, FeaturePanel
from gisapp.ui.photo_strip import photo_names
from gisapp.ui.photo_view import PhotoView
from tests.ui.window_setting import (
    CRS,
    OUTFALLS,
    RIVERS,
    outfall_table,
    said,
    window_context,
)


@pytest.fixture
def context() -> Iterator[WindowContext]:
    with window_context() as made:
        made.tool_desk = ToolDesk(made.workspace, made.jobs, lambda: {})
        yield made
        made.tool_desk.close()


def made_panel(qtbot, context: WindowContext) -> FeaturePanel:
    made = FeaturePanel(context)
    qtbot.addWidget(made, before_close_func=FeaturePanel.close_subscriptions)
    made.resize(300, 700)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.fixture
def panel(qtbot, context) -> FeaturePanel:
    return made_panel(qtbot, context)


def select(context: WindowContext, *features: str, layer=OUTFALLS) -> None:
    chosen = frozenset(FeatureId(f) for f in features)
    context.workspace.select(Selection(layer, chosen))


def value(context: WindowContext, feature: str, name: str):
    return context.workspace.store.project.tables["outfalls"].row(FeatureId(feature))[name]


def type_into(widget: QLineEdit, text: str) -> None:
    widget.setFocus()
    widget.selectAll()
    QTest.keyClicks(widget, text)
    QTest.keyClick(widget, Qt.Key.Key_Return)


def test_nothing_selected_says_what_to_do(panel):
    assert panel.pages.currentIndex() == EMPTY
    words = " ".join(label.text() for label in panel.pages.currentWidget().findChildren(QLabel))
    assert "Click something on the map" in words


def test_a_selected_feature_is_shown_with_its_number(panel, context):
    select(context, "f2")
    assert panel.pages.currentIndex() == FEATURE
    assert panel.title.text() == "W-002"
    assert panel.note.text() == "3 of 5"


def test_leaving_a_changed_field_makes_one_edit(panel, context):
    select(context, "f1")
    edit = panel._form.widgets["name"]
    type_into(edit, "South pipe")
    assert value(context, "f1", "name") == "South pipe"
    store = context.workspace.store
    assert store.undo_label == "Name of W-001"
    store.undo()
    assert value(context, "f1", "name") == "Made-up outfall 1"
    assert edit.text() == "Made-up outfall 1"


def test_leaving_a_field_as_it_was_makes_no_edit(panel, context):
    select(context, "f1")
    edit = panel._form.widgets["name"]
    edit.setFocus()
    QTest.keyClick(edit, Qt.Key.Key_Return)
    panel._form.widgets["ph"].setFocus()
    assert context.workspace.store.undo_label is None


def test_a_number_that_is_none_is_refused_in_place(panel, context):
    select(context, "f1")
    edit = panel._form.widgets["ph"]
    type_into(edit, "acid")
    assert edit.property("state") == "wrong"
    assert "number" in edit.toolTip()
    assert value(context, "f1", "ph") == 7.1
    QTest.keyClick(edit, Qt.Key.Key_Escape)
    assert edit.text() == "7.1"
    type_into(edit, "6.5")
    assert value(context, "f1", "ph") == 6.5


def test_emptying_a_field_makes_it_nothing(panel, context):
    select(context, "f1")
    type_into(panel._form.widgets["ph"], " ")
    assert value(context, "f1", "ph") is None


def test_a_choice_is_an_edit_in_the_words_of_the_language(panel, context):
    select(context, "f1")
    box = panel._form.widgets["state"]
    assert box.currentText() == "Verified"
    box.setFocus()
    box.setCurrentIndex(box.findText("Traced"))
    box.activated.emit(box.currentIndex())
    assert value(context, "f1", "state") == "traced"


def test_a_value_the_code_list_does_not_know_is_kept(panel, context):
    select(context, "f1")
    panel._form.forget()
    panel._form.show_row({"state": "of another survey"})
    assert panel._form.widgets["state"].currentText() == "of another survey"


def test_the_wheel_does_not_change_a_choice_in_passing(qtbot, panel, context):
    select(context, "f1")
    box: QComboBox = panel._form.widgets["state"]
    assert box.focusPolicy() == Qt.FocusPolicy.StrongFocus  # not WheelFocus


def test_the_next_and_the_one_before(panel, context):
    select(context, "f1")
    panel.step(1)
    assert panel.title.text() == "W-002"
    panel.step(-1)
    panel.step(-1)
    panel.step(-1)
    assert panel.title.text() == "W-004"  # round the end


def test_stepping_brings_the_place_into_view(panel, context):
    places = []
    context.bring_into_view.subscribe(places.append)
    select(context, "f1")
    panel.step(1)
    assert places[0].x == pytest.approx(500_040)


def test_delete_is_at_once_with_a_way_back(panel, context):
    messages = said(context)
    select(context, "f1")
    QTest.mouseClick(panel.delete, Qt.MouseButton.LeftButton)
    table = context.workspace.store.project.tables["outfalls"]
    assert FeatureId("f1") not in table
    assert panel.pages.currentIndex() == EMPTY  # a second click deletes nothing else
    assert messages[-1].action == "Undo"
    messages[-1].run()
    assert FeatureId("f1") in context.workspace.store.project.tables["outfalls"]


def test_several_selected_are_listed_and_deleted_in_one_step(panel, context):
    select(context, "f1", "f2", "f3")
    assert panel.pages.currentIndex() == HITS
    assert panel.title.text() == "3 selected"
    panel.delete_selected()
    assert len(context.workspace.store.project.tables["outfalls"]) == 2
    context.workspace.store.undo()
    assert len(context.workspace.store.project.tables["outfalls"]) == 5


def test_a_click_on_several_things_lists_them_with_the_raster_value(panel, context):
    hits = [
        Hit(OUTFALLS, FeatureId("f1"), 3.0),
        Hit(RIVERS, None, 0.0, 4, value=17.4, unit="°C"),
    ]
    context.tool_desk.identified((None, hits))
    assert [panel.hits.item(n).text() for n in range(2)] == [
        "W-001  ·  Outfalls",
        "17.4 °C  ·  Rivers",
    ]
    panel.hits.setCurrentRow(0)
    QTest.keyClick(panel.hits, Qt.Key.Key_Return)
    assert panel.title.text() == "W-001"
    assert panel.back.isVisible()
    QTest.mouseClick(panel.back, Qt.MouseButton.LeftButton)
    assert panel.pages.currentIndex() == HITS


def test_a_click_on_a_symbol_opens_it_and_keeps_what_lies_below(panel, context):
    hits = [Hit(OUTFALLS, FeatureId("f1"), 0.0), Hit(RIVERS, FeatureId("r1"), 0.0, 1)]
    context.tool_desk.identified((None, hits))
    assert panel.title.text() == "W-001"
    QTest.mouseClick(panel.back, Qt.MouseButton.LeftButton)
    assert panel.hits.count() == 2


def test_one_hit_is_opened_at_once(panel, context):
    context.tool_desk.identified((None, [Hit(OUTFALLS, FeatureId("f3"), 0.0)]))
    assert panel.title.text() == "W-003"


def test_a_locked_layer_can_only_be_read(panel, context):
    store = context.workspace.store
    from dataclasses import replace

    before = store.project.layers
    after = tuple(replace(layer, locked=True) for layer in before)
    store.apply(LayersEdit("Lock", before, after))
    select(context, "f1")
    assert isinstance(panel._form.widgets["name"], QLabel)
    assert panel._form.widgets["name"].text() == "Made-up outfall 1"
    assert not panel.delete.isVisible()


def test_units_and_clauses_are_said(panel, context):
    select(context, "f1")
    words = [label.text() for label in panel._form.findChildren(QLabel)]
    assert "HJ 1312-2023" in words
    assert "mg/L" in words


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", "1,284", 1284),
        ("real", " 3.5 ", 3.5),
        ("date", "2026/1/17".replace("/1/", "/01/"), "2026-01-17"),
        ("text", " pipe ", "pipe"),
        ("real", "", None),
    ],
)
def test_what_is_typed_becomes_a_value(kind, text, value):
    assert typed_value(Field("f", kind), text) == (value, "")


@pytest.mark.parametrize(
    ("kind", "text"), [("integer", "3.5"), ("real", "nan"), ("date", "yesterday")]
)
def test_what_cannot_be_a_value_is_said(kind, text):
    with pytest.raises(ValueError, match="belongs here"):
        typed_value(Field("f", kind), text)


def test_what_is_not_taken_is_said_below_its_field_and_the_record_stays(qtbot):
    fields = (
        Field("name", required=True), Field("flow_value", "real"),
        Field("flow_unit", "choice", choices=("m³/d", "m³/s")),
    )  # fmt: skip
    form = FeatureForm(fields, editable=True, units={"flow_value": "flow_unit"})
    qtbot.addWidget(form)
    with qtbot.waitExposed(form):
        form.show()
    form.show_row({"name": "a", "flow_value": 3.0, "flow_unit": "m³/d"})
    edited = []
    form.edited.connect(lambda field, value: edited.append((field.name, value)))
    form.edited_together.connect(lambda field, value, more: edited.append((value, more)))
    words = lambda: [w.text() for w in form.findChildren(QLabel) if w.isVisible()]  # noqa: E731
    flow = form.widgets["flow_value"]
    type_into(flow, "12,5")
    assert any("with a point, such as 12.5" in text for text in words())
    assert edited == []
    QTest.keyClick(flow, Qt.Key.Key_Escape)
    assert flow.text() == "3"
    assert not any("point" in text for text in words())
    type_into(flow, "0.5 m3/s")
    assert edited == [(0.5, {"flow_unit": "m³/s"})]  # at once, never with another unit
    assert flow.text() == "0.5"
    assert form.widgets["flow_unit"].currentData() == "m³/s"
    form.widgets["name"].clear()
    QTest.keyClick(form.widgets["name"], Qt.Key.Key_Return)
    assert any("must be filled in" in text for text in words())
    assert len(edited) == 1
    form.forget()
    form.show_row({"name": "b", "flow_value": None, "flow_unit": None})  # another feature
    assert not any("must be filled in" in text for text in words())


def test_a_field_that_is_jumped_to_is_scrolled_to(qtbot):
    form = FeatureForm(tuple(Field(f"f{n}") for n in range(40)), editable=True)
    area = QScrollArea()
    qtbot.addWidget(area)
    area.setWidget(form)
    area.resize(300, 300)
    with qtbot.waitExposed(area):
        area.show()
    for name in ("f39", "f0"):
        assert form.focus_on(name)
        seen = area.viewport().rect()
        place = lambda name=name: form.widgets[name].mapTo(area.viewport(), QPoint(0, 0))  # noqa: E731
        qtbot.waitUntil(lambda place=place, seen=seen: seen.contains(place()))


def test_a_field_being_typed_in_is_left_alone(qtbot):
    form = FeatureForm((Field("name"), Field("river")), editable=True)
    qtbot.addWidget(form)
    form.show_row({"name": "a", "river": "b"})
    form.widgets["name"].setText("half typ")
    form.show_row({"name": "a", "river": "c"})
    assert form.widgets["name"].text() == "half typ"
    assert form.widgets["river"].text() == "c"


def test_names_of_photos_from_json_or_a_list():
    assert photo_names('["a.jpg", "b.jpg"]') == ["a.jpg", "b.jpg"]
    assert photo_names(["a.jpg"]) == ["a.jpg"]
    assert photo_names(None) == []
    assert photo_names("") == []


@pytest.fixture
def survey(qtbot, tmp_path: Path) -> Iterator[WindowContext]:
    """A project on the disk with the made-up outfalls."""
    table = outfall_table()
    rows = {FeatureId(str(fid)): table.row(fid) for fid in table.ids}
    layer = Layer("Outfalls", Source(TABLE, "outfalls"), OUTFALL_STYLE, id=OUTFALLS)
    content = (
        TableEdit("New", None, TableSchema("outfalls", CRS, OUTFALL_FIELDS)),
        LayersEdit("New", (), (layer,)),
    )
    with create_project(tmp_path / "survey", "Made-up survey", CRS, content) as session:
        store = session.store
        store.apply(add_features("Add", store.project.tables["outfalls"], rows))
        with window_context(session=session) as context:
            yield context


def history_words(panel: FeaturePanel) -> list[str]:
    return [label.text() for label in panel.history.findChildren(QLabel)]


def test_the_history_tells_what_happened_and_restores(qtbot, survey):
    panel = made_panel(qtbot, survey)
    select(survey, "f1")
    type_into(panel._form.widgets["name"], "South pipe")
    QTest.mouseClick(panel.history_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: any("South pipe" in words for words in history_words(panel)))
    assert any("Name: Made-up outfall 1 → South pipe" in w for w in history_words(panel))
    from PySide6.QtWidgets import QPushButton

    restore = panel.history.findChildren(QPushButton)[-1]
    assert restore.accessibleName().startswith("Restore the state of")
    QTest.mouseClick(restore, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: value(survey, "f1", "name") == "Made-up outfall 1")
    survey.workspace.store.undo()
    assert value(survey, "f1", "name") == "South pipe"
    qtbot.waitUntil(lambda: not survey.jobs.unfinished)


def test_photos_are_copied_listed_and_shown(qtbot, survey, tmp_path):
    picture = QImage(200, 120, QImage.Format.Format_RGB32)
    picture.fill(QColor("#3f6fb4"))
    path = tmp_path / "bank.png"
    assert picture.save(str(path))
    panel = made_panel(qtbot, survey)
    select(survey, "f1")
    assert not panel.photos.isVisible()
    panel.add_photos([path])
    qtbot.waitUntil(lambda: len(panel.photos.names) == 1)
    name = panel.photos.names[0]
    assert photo_names(value(survey, "f1", "photos")) == [name]
    qtbot.waitUntil(lambda: not panel.photos._buttons[0].icon().isNull())
    shown = PhotoView(survey, [name], 0)
    qtbot.addWidget(shown)
    qtbot.waitUntil(lambda: not shown.picture.image.isNull())
    survey.workspace.store.undo()
    assert panel.photos.names == []
    qtbot.waitUntil(lambda: not survey.jobs.unfinished)


def test_a_photo_that_is_gone_is_said_to_be(qtbot, survey):
    panel = made_panel(qtbot, survey)
    panel.photos.show_photos(["0" * 64 + ".jpg"])
    qtbot.waitUntil(lambda: panel.photos._buttons[0].text() == "Missing")


def test_the_history_says_how_many_photos_and_stays_as_narrow_as_the_panel(qtbot, context):
    at, fields = "2026-01-17T10:00:00.000+00:00", (Field("photos", "list", "Photos"), Field("name"))
    long = "a" * 64 + ".jpg"
    after = {"photos": f'["{long}"]', "name": long}
    change = FeatureChange(1, at, "somebody", "Photos", "edit", {"photos": "[]"}, after)
    assert change_words(change, fields) == f"Photos: – → 1\nname: – → {long}"
    history = FeatureHistory(context)
    qtbot.addWidget(history)
    entry = history._entry(change, fields, newest=False)
    qtbot.addWidget(entry)
    assert entry.minimumSizeHint().width() < 250  # else "Restore" would lie outside
