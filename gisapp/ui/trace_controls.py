"""Which way a trace goes, how far, and how fast the rivers flow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDoubleSpinBox,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from gisapp.model.text import tr
from gisapp.ui.card import button, label
from gisapp.ui.wheel import wheel_goes_on

FASTEST = 3.0  # times as fast or as slow at the ends of the slider
STEPS = 100
DEBOUNCE = 120  # ms after the last movement


@dataclass(frozen=True, slots=True)
class WayAsked:
    """UM, UT, DM or DD; 0: no limit; velocity as a factor."""

    direction: str = "UT"
    km: float = 0.0
    hours: float = 0.0
    velocity: float = 1.0

    @property
    def values(self) -> dict[str, Any]:
        """As the algorithm takes them."""
        return {
            "direction": self.direction,
            "km": self.km,
            "hours": self.hours,
            "velocity_factor": self.velocity,
        }


class TraceControls(QWidget):
    changed = Signal()  # another way is asked for, once the hand rests
    start_wanted = Signal(str)  # typed: a station, a reach or a coordinate

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "plain")
        self.start = QLineEdit()
        self.start.setPlaceholderText(tr("From: station, reach or coordinate"))
        self.start.setAccessibleName(tr("Where the trace starts"))
        self.start.returnPressed.connect(self._typed)
        self.ways = QButtonGroup(self)
        way_line = _line()
        for number, (name, (words, tip)) in enumerate(way_words().items()):
            one = button(words, "tab", tip)
            one.setToolTip(tip)
            one.setCheckable(True)
            one.setStyleSheet("padding: 4px 8px")
            one.setProperty("way", name)
            one.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
            self.ways.addButton(one, number)
            way_line.addWidget(one)
        way_line.addStretch(1)
        self.ways.buttons()[0].setChecked(True)
        self.km = _limit(tr("Limit in kilometres along the river"), "km", 10.0)
        self.hours = _limit(tr("Limit in hours of travel"), "h", 1.0)
        limits = _line()
        limits.addWidget(label(tr("Within"), "dim"))
        limits.addWidget(self.km, 1)
        limits.addWidget(self.hours, 1)
        self.velocity = _Slider()
        self.velocity.setAccessibleName(tr("Velocity"))
        self.velocity_words = label("× 1.00", "dim")
        speed = _line()
        speed.addWidget(label(tr("Velocity"), "dim"))
        speed.addWidget(self.velocity, 1)
        speed.addWidget(self.velocity_words)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.start)
        for line in (way_line, limits, speed):
            column.addLayout(line)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._timer = QTimer(self, singleShot=True, interval=DEBOUNCE)
        self._timer.timeout.connect(self.changed)
        self.ways.idClicked.connect(lambda number: self._timer.start())
        for box in (self.km, self.hours):
            box.valueChanged.connect(lambda value: self._timer.start())
        self.velocity.valueChanged.connect(self._moved)

    @property
    def asked(self) -> WayAsked:
        way = str(self.ways.checkedButton().property("way"))
        share = self.velocity.value() / STEPS
        speed = 1.0 if 2 * self.velocity.value() == STEPS else math.pow(FASTEST, 2 * share - 1)
        return WayAsked(way, self.km.value(), self.hours.value(), speed)

    def show_way(self, direction: str) -> None:
        """Without telling that it changed."""
        for one in self.ways.buttons():
            if one.property("way") == direction:
                one.setChecked(True)

    def _moved(self, at: int) -> None:
        self.velocity_words.setText(f"× {self.asked.velocity:.2f}")
        self._timer.start()

    def _typed(self) -> None:
        if text := self.start.text().strip():
            self.start_wanted.emit(text)


def way_words() -> dict[str, tuple[str, str]]:
    """The short words of each way and what they mean."""
    return {
        "UT": (tr("All ↑"), tr("Up all tributaries")),
        "UM": (tr("Main ↑"), tr("Up the main stem")),
        "DM": (tr("Main ↓"), tr("Down the main way")),
        "DD": (tr("All ↓"), tr("Down all ways")),
    }


class _Slider(QSlider):
    """A double click goes back to the middle."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setRange(0, STEPS)
        self.setPageStep(STEPS // 10)
        self.setValue(STEPS // 2)
        wheel_goes_on(self)

    def mouseDoubleClickEvent(self, event: Any) -> None:
        self.setValue(STEPS // 2)


def _limit(words: str, unit: str, step: float) -> QDoubleSpinBox:
    box = wheel_goes_on(QDoubleSpinBox())
    box.setRange(0.0, 100_000.0)
    box.setDecimals(1)
    box.setSingleStep(step)
    box.setSuffix(f" {unit}")
    box.setSpecialValueText(f"∞ {unit}")
    box.setKeyboardTracking(False)
    box.setAccessibleName(words)
    box.setToolTip(words)
    box.setMinimumWidth(70)
    return box


def _line() -> QHBoxLayout:
    line = QHBoxLayout()
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(4)
    return line


class ReachChoices(QWidget):
    """The nearest reaches of a start: one is taken, a click or its number takes another."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "plain")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self.chosen)
        self.hide()

    @property
    def count(self) -> int:
        return len(self._group.buttons())

    def show_choices(self, choices: Sequence[Any], taken: int) -> None:
        """Choices have name, id, offset_m, drained_km2."""
        for old in self._group.buttons():
            self._group.removeButton(old)
            old.deleteLater()
        for number, one in enumerate(choices):
            words = choice_words(number + 1, one)
            row = button(words, "tab")
            row.setCheckable(True)
            row.setStyleSheet("text-align: left; padding: 2px 6px")
            row.setChecked(number == taken)
            row.setToolTip(tr("Take this reach (key {number})").format(number=number + 1))
            row.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            self._group.addButton(row, number)
            self._column.addWidget(row)
        self.setVisible(len(choices) > 1)


def choice_words(number: int, one: Any) -> str:
    title = " · ".join(t for t in (one.name, one.id) if t)
    area = one.drained_km2
    drained = "" if area is None else f" · {area:,.4g} km²"
    return f"{number}   {title}   {one.offset_m:,.0f} m{drained}"
