"""One form for algorithms, styles and settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from gisapp.model.parameters import Limits, parameters_of
from gisapp.ui.form import Form, QuietCombo


@dataclass(frozen=True)
class Wanted:
    name: str = "mosaic"
    steps: Annotated[int, Limits(1, 9)] = 3
    width: Annotated[float, Limits(0.2, 30, "px")] = 1.6
    shape: Literal["circle", "square"] = "square"
    exact: bool = False
    color: str = "#0b6e99"
    place: Path = Path("out")
    codes: tuple[str, ...] = ()


@pytest.fixture
def form(qtbot) -> Form:
    made = Form(parameters_of(Wanted))
    qtbot.addWidget(made)
    made.show()
    return made


def test_the_form_begins_with_the_defaults(form):
    values = form.values()
    assert "codes" not in values  # a form cannot ask for a list
    assert Wanted(**values) == Wanted()


def test_given_values_stand_instead_of_defaults(qtbot):
    form = Form(parameters_of(Wanted), values={"steps": 5, "exact": True})
    qtbot.addWidget(form)
    assert form.values()["steps"] == 5
    assert form.values()["exact"] is True


def test_limits_and_units_are_kept(form):
    box = form.field("steps")
    box.setValue(99)
    assert form.values()["steps"] == 9
    assert form.field("width").text() == "1.6 px"


def test_each_change_is_told_once(form, qtbot):
    told = []
    form.edited.connect(told.append)
    form.field("steps").setValue(4)
    QTest.keyClick(form.field("exact"), Qt.Key.Key_Space)
    name = form.field("name")
    name.setFocus()
    name.selectAll()
    QTest.keyClicks(name, "levels")
    assert told == ["steps", "exact"]  # not while typing
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert told == ["steps", "exact", "name"]
    assert form.values()["name"] == "levels"


def test_showing_other_values_tells_nothing(form):
    told = []
    form.edited.connect(told.append)
    form.show_values({"steps": 7, "shape": "circle", "name": "x", "color": "#ffffff"})
    assert told == []
    assert form.values()["steps"] == 7
    assert form.values()["shape"] == "circle"


def test_colours_are_typed_as_codes(form):
    told = []
    form.edited.connect(told.append)
    field = form.field("color")
    field.code.setText("b91c1c")
    field.code.editingFinished.emit()
    assert form.values()["color"] == "#b91c1c"
    field.code.setText("reddish")
    field.code.editingFinished.emit()
    assert form.values()["color"] == "#b91c1c"
    assert told == ["color"]


def test_a_list_of_choices_can_stand_for_free_text(qtbot):
    form = Form(parameters_of(Wanted), choices={"name": [("a", "First"), ("b", "Second")]})
    qtbot.addWidget(form)
    box = form.field("name")
    assert isinstance(box, QComboBox)
    assert [box.itemText(n) for n in range(box.count())] == ["First", "Second"]
    assert form.values()["name"] == "a"


def test_every_field_has_a_name_to_be_read_aloud(form):
    for name in form.values():
        assert form.field(name).accessibleName()


def test_a_long_value_ends_with_an_ellipsis(qtbot):
    combo = QuietCombo([("a", "a value of many words"), ("b", "b")])
    qtbot.addWidget(combo)
    combo.resize(90, 30)
    combo.show()
    assert combo.shown().startswith("a v")
    assert combo.shown().endswith("…")
    combo.resize(400, 30)
    assert combo.shown() == "a value of many words"
    assert not combo.grab().isNull()


def test_fields_of_several_forms_begin_at_one_line(qtbot):
    holder = QWidget()
    qtbot.addWidget(holder)
    column = QVBoxLayout(holder)
    other = QFormLayout()
    other.addRow(QLabel("Id"), box := QuietCombo([("a", "A")]))
    column.addLayout(other)
    made = Form(parameters_of(Wanted))
    column.addWidget(made)
    made.align(other)
    holder.resize(420, 600)
    with qtbot.waitExposed(holder):
        holder.show()
    left = {made.field(name).mapTo(holder, QPoint(0, 0)).x() for name in ("name", "steps", "shape")}
    assert left == {box.mapTo(holder, QPoint(0, 0)).x()}
