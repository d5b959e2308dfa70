"""Templates of outfalls in the window, by keyboard; everything is made up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from gisapp.app.outfall_templates import TEMPLATES, templates_of
from gisapp.app.project_session import make_survey_project, open_project
from gisapp.app.workspace import Selection
from gisapp.model.edit import add_features
from gisapp.model.features import FeatureId
from gisapp.model.outfall_record import full_row
from gisapp.model.survey import OUTFALL_TABLE
from gisapp.model.table import GEOMETRY
from gisapp.ui import page_commands
from gisapp.ui.context import WindowContext
from gisapp.ui.main_window import MainWindow
from gisapp.ui.place_panel import PlacePanel
from gisapp.ui.template_card import TemplateCard
from tests.ui.window_setting import fresh_state, said, window_context

LON, LAT = 114.0, 23.0
CTRL, ALT, SHIFT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
PIPE = {"kind": "outfall", "category": "城镇生活污水散排口", "outlet_mode": "管道",
        "drainage": "间歇", "diameter_mm": 300.0, "bank": "左岸", "remark": "below the bridge",
        "team": "A",
        "county": "East", "landmark": "bridge"}  # fmt: skip


@pytest.fixture
def context(tmp_path: Path) -> Iterator[WindowContext]:
    make_survey_project(tmp_path / "survey", "Survey")
    with open_project(tmp_path / "survey") as session:
        table = session.store.project.tables[OUTFALL_TABLE]
        first = {"code_local": "W-1", "name": "one", "state": "suspected", "photos": "[]",
                 GEOMETRY: shapely.Point(LON, LAT), **PIPE}  # fmt: skip
        session.store.apply(add_features("Add", table, {FeatureId("W-1"): full_row(table, first)}))
        with window_context(session=session) as made:
            yield made


@pytest.fixture
def window(qtbot, context, tmp_path) -> MainWindow:
    window = MainWindow(context, fresh_state(tmp_path))
    qtbot.addWidget(window)
    window.resize(1440, 900)
    window.page.map_area.map.motion.wanted = False
    with qtbot.waitExposed(window):
        window.show()
    idle(qtbot, context)
    return window


def idle(qtbot, context) -> None:
    qtbot.waitUntil(lambda: not context.jobs.unfinished, timeout=10_000)


def choose(context, fid: str) -> None:
    layer = context.workspace.store.project.layer_of_role("outfalls")
    context.workspace.select(Selection(layer.id, frozenset([FeatureId(fid)])))


def saved(qtbot, window, context, name: str) -> TemplateCard:
    """A template of W-1, made as a person would."""
    choose(context, "W-1")
    QTest.keyClick(window, Qt.Key.Key_T, CTRL | SHIFT)
    card = window.page.side.card
    assert isinstance(card, TemplateCard)
    QTest.keyClicks(card.name, name)
    QTest.keyClick(card.name, Qt.Key.Key_Return)
    names = lambda: [one.name for one in templates_of(context.workspace.store.project)]  # noqa: E731
    qtbot.waitUntil(lambda: " ".join(name.split()) in names())
    return card


def test_made_of_a_record_renamed_deleted_and_brought_back(qtbot, window, context):
    card = saved(qtbot, window, context, "village  pipe ")
    store = context.workspace.store
    [one] = templates_of(store.project)
    assert one.name == "village pipe"
    assert one.values == {n: v for n, v in PIPE.items() if n not in ("bank", "remark", "landmark")}
    assert card.list.currentItem().text() == "village pipe"
    # renamed in its place
    QTest.keyClick(card.list, Qt.Key.Key_F2)
    editor = card.list.findChild(QLineEdit)
    editor.selectAll()
    QTest.keyClicks(editor, "pipe of a village")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: templates_of(store.project)[0].name == "pipe of a village")
    # of the same name, with a field less: replaced
    for row in range(card.fields.count()):
        item = card.fields.item(row)
        if item.data(Qt.ItemDataRole.UserRole) == "diameter_mm":
            item.setCheckState(Qt.CheckState.Unchecked)
    QTest.keyClicks(card.name, "Pipe of a village")
    QTest.keyClick(card.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "diameter_mm" not in templates_of(store.project)[0].values)
    assert len(store.project.tables[TEMPLATES]) == 1
    QTest.keyClick(card.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: templates_of(store.project) == [])
    assert len(store.project.tables[OUTFALL_TABLE]) == 1  # the selected outfall is still there
    store.undo()
    assert [t.name for t in templates_of(store.project)] == ["Pipe of a village"]
    idle(qtbot, context)


def test_refusals_are_said(qtbot, window, context):
    card = saved(qtbot, window, context, "a")
    told = said(context)
    for row in range(card.fields.count()):
        card.fields.item(row).setCheckState(Qt.CheckState.Unchecked)
    QTest.keyClicks(card.name, "b")
    QTest.keyClick(card.name, Qt.Key.Key_Return)
    assert any("needs a field" in message.text for message in told)
    assert len(templates_of(context.workspace.store.project)) == 1
    idle(qtbot, context)


def test_an_outfall_with_its_photo_by_keyboard_alone_in_four_gestures(
    qtbot, window, context, tmp_path, monkeypatch
):
    """With a template in hand: the place, what it is, its photo; each is on the disk at once."""
    card = saved(qtbot, window, context, "village pipe")
    QTest.keyClick(card.list, Qt.Key.Key_Return)  # in hand, for all that follow
    assert window.page.side.card is None
    store = context.workspace.store
    photo = tmp_path / "a.jpg"
    image = QImage(48, 32, QImage.Format.Format_RGB32)
    image.fill(QColor("#3f6fb4"))
    assert image.save(str(photo), "JPG")
    monkeypatch.setattr(page_commands, "choose_photos", lambda parent, take: take([photo]))
    before = set(store.project.tables[OUTFALL_TABLE].ids)

    QTest.keyClick(window, Qt.Key.Key_A, CTRL | SHIFT)  # 1
    qtbot.waitUntil(lambda: isinstance(window.focusWidget(), QLineEdit))
    QTest.keyClicks(window.focusWidget(), "114.01 23.01")  # 2
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(store.project.tables[OUTFALL_TABLE]) == len(before) + 1)
    [fid] = set(store.project.tables[OUTFALL_TABLE].ids) - before
    form = window.page.feature
    qtbot.waitUntil(lambda: form.feature == fid and isinstance(window.focusWidget(), QLineEdit))
    QTest.keyClicks(window.focusWidget(), "South pipe")  # 3
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
    QTest.keyClick(window, Qt.Key.Key_P, CTRL | ALT)  # 4
    row = lambda: store.project.tables[OUTFALL_TABLE].row(fid)  # noqa: E731
    qtbot.waitUntil(lambda: ".jpg" in (row()["photos"] or ""), timeout=10_000)

    assert "South pipe" in row().values()
    assert (row()[GEOMETRY].x, row()[GEOMETRY].y) == pytest.approx((114.01, 23.01), abs=1e-7)
    begun = {n: row()[n] for n in ("kind", "category", "outlet_mode", "drainage", "diameter_mm")}
    assert begun == {n: PIPE[n] for n in begun}
    assert (row()["state"], row()["bank"], row()["landmark"]) == ("suspected", None, None)
    assert (row()["team"], row()["county"]) == ("A", "East")
    with open_project(context.folder, read_only=True) as other:  # as another program sees it
        assert other.store.project.tables[OUTFALL_TABLE].row(fid)["photos"] == row()["photos"]
    # put down again: only what is carried from the last record stays
    context.workspace.use_template(None)
    window.actions_list.run("survey.at_coordinate")
    qtbot.waitUntil(lambda: isinstance(window.page.side.card, PlacePanel))
    QTest.keyClicks(window.page.side.card.text, "114.02 23.02")
    QTest.keyClick(window.page.side.card.text, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(store.project.tables[OUTFALL_TABLE]) == len(before) + 2)
    last = store.project.tables[OUTFALL_TABLE].row(store.project.tables[OUTFALL_TABLE].ids[-1])
    assert (last["category"], last["team"], last["county"]) == (None, "A", "East")
    idle(qtbot, context)
