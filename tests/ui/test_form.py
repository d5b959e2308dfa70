"""One form for algorithms, styles and settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, get_args, get_origin

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QVBoxLayout, QWidget

import gisapp.ui
from gisapp.app.plugins import find_plugins
from gisapp.model.parameters import Limits, parameters_of
from gisapp.ui.captions import FORM_WORDS, caption, choice_words, says_unit
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


def test_a_unit_stands_once_in_the_caption_or_in_the_field(qtbot):
    @dataclass(frozen=True)
    class Asked:
        near_m: Annotated[float, Limits(0, 5_000, "m")] = 2.0
        snap_within_m: Annotated[float, Limits(0, 5_000, "m")] = 2.0

    form = Form(parameters_of(Asked))
    qtbot.addWidget(form)
    assert caption("near_m") == "Snap distance (m)"
    assert form.field("near_m").text() == "2"
    assert form.field("near_m").accessibleName() == caption("near_m")
    assert form.field("snap_within_m").text() == "2 m"
    assert says_unit("吸附距离（m，0 为自动）", "m")
    assert not says_unit("How far along the river (0: all)", "m")


# asked by the window itself, not in a form that somebody reads
HIDDEN = ("rivers-at-hand", "open-case", "charts-of-ranking", "compare-cases")


def test_every_parameter_of_our_plugins_has_words_of_its_own():
    plugins = find_plugins([Path(gisapp.ui.__file__).parents[2] / "plugins"])
    seen = 0
    for one in plugins.contributions("algorithm"):
        loaded = plugins.load(one)
        first = (loaded.function.__doc__ or "").partition("\n")[0]
        assert first in FORM_WORDS or one.name in HIDDEN
        for p in loaded.parameters:
            seen += 1
            left = p.name.replace("_", " ").capitalize()  # what a name is made into else
            plain = left in ("Rivers", "Stations", "Outfalls", "Reach", "Water", "Counties", "Case")
            assert plain or left in ("Direction", "Time", "Ranking") or caption(p.name) != left
            if get_origin(p.type) is Literal and p.name != "limit_class":
                assert all(choice_words(v) != v for v in get_args(p.type))
    assert seen > 50


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
