"""The wheel over a field scrolls what the field lies in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDateTimeEdit,
    QLineEdit,
    QScrollArea,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

import gisapp.ui
from gisapp.ui.form import PlainSpinBox, QuietCombo
from gisapp.ui.wheel import wheel_goes_on

FIELDS = ("QComboBox", "QSpinBox", "QDoubleSpinBox", "QSlider", "QDateTimeEdit", "QDateEdit")


def turn(field: QWidget, notches: int = -1) -> None:
    """The wheel over the middle of a field, as the system tells the window of it."""
    window = field.window()
    at = QPointF(field.mapTo(window, field.rect().center()))
    QTest.wheelEvent(window.windowHandle(), at, QPoint(0, 120 * notches))
    QApplication.processEvents()


@pytest.fixture
def form(qtbot) -> QScrollArea:
    """Fields at the top of a form that is higher than its area."""
    combo, slider = wheel_goes_on(QComboBox()), wheel_goes_on(QSlider(Qt.Orientation.Horizontal))
    combo.addItems(["a", "b", "c"])
    quiet = QuietCombo([(name, name) for name in "abc"])
    fields = [combo, quiet, wheel_goes_on(QSpinBox()), PlainSpinBox(), slider]
    holder = QWidget()
    column = QVBoxLayout(holder)
    for field in (*fields, wheel_goes_on(QDateTimeEdit())):
        column.addWidget(field)
    column.addSpacing(1200)
    column.addWidget(QLineEdit())
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(holder)
    area.resize(300, 400)
    area.fields = fields
    qtbot.addWidget(area)
    with qtbot.waitExposed(area):
        area.show()
    area.setFocus()
    return area


def value(field: QWidget) -> float:
    return field.currentIndex() if isinstance(field, QComboBox) else field.value()


@pytest.mark.parametrize("number", range(5))
def test_a_field_without_the_focus_lets_the_wheel_through(form, number):
    field, bar = form.fields[number], form.verticalScrollBar()
    before = value(field)
    turn(field)
    assert value(field) == before
    assert bar.value() > 0
    assert not field.hasFocus()


@pytest.mark.parametrize("number", range(4))
def test_with_the_focus_the_wheel_is_the_fields(form, number):
    field, bar = form.fields[number], form.verticalScrollBar()
    field.setFocus(Qt.FocusReason.MouseFocusReason)
    assert field.hasFocus()
    before = value(field)
    turn(field, -1 if isinstance(field, QComboBox) else 1)
    assert value(field) == before + 1
    assert bar.value() == 0


def test_a_slider_that_was_dragged_still_lets_the_wheel_through(form):
    slider = form.fields[4]
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton)
    slider.setFocus()
    before = slider.value()
    turn(slider)
    assert slider.value() == before
    assert form.verticalScrollBar().value() > 0


def test_every_field_of_the_window_lets_the_wheel_through():
    """Where a plain field of Qt is made, it is made to."""
    made = re.compile(rf"(?<!wheel_goes_on\()\b(?:{'|'.join(FIELDS)})\(")
    declared = re.compile(r"^\s*class .*")
    root = Path(gisapp.ui.__file__).parent
    files = [*root.glob("*.py"), *root.parents[1].joinpath("plugins").glob("*/*.py")]
    plain = [
        f"{file.name}: {line.strip()}"
        for file in files
        for line in file.read_text("utf-8").splitlines()
        if made.search(line) and not declared.match(line)
    ]
    assert len(files) > 100
    assert plain == []
