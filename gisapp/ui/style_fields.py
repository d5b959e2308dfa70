"""Fields of the style panel that show what they choose: symbols, dashes, sizes under the hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import get_args

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QSlider,
    QToolButton,
    QWidget,
)

from gisapp.model.parameters import Limits
from gisapp.model.style import Shape
from gisapp.model.text import tr
from gisapp.render.markers import marker_titles
from gisapp.ui.captions import choice_words
from gisapp.ui.card import button
from gisapp.ui.form import PlainSpinBox, QuietCombo
from gisapp.ui.symbol import color_of, paint_line, paint_mark
from gisapp.ui.wheel import wheel_goes_on

DASHES: tuple[tuple[float, ...], ...] = (
    (),
    (8.0, 4.0),
    (4.0, 3.0),
    (1.0, 3.0),
    (10.0, 3.0, 1.0, 3.0),
    (16.0, 6.0),
)
COLUMNS, BUTTON, MARK = 6, 36, 22  # of the symbols; px
MARKER_SIZE = 20.0  # px; smaller markers say nothing
SLIDER = 60.0  # px at the end of the slider; more can be typed


class SymbolPicker(QWidget):
    """A button for each shape and marker, in the colour of the layer."""

    chosen = Signal()

    def __init__(self, color: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(2)
        self._group = QButtonGroup(self)
        self._color = color
        self._value = ("circle", "")
        self.buttons: dict[tuple[str, str], QToolButton] = {}
        entries = [((shape, ""), choice_words(shape)) for shape in get_args(Shape)]
        entries += [(("circle", name), words) for name, words in marker_titles().items()]
        for number, (value, words) in enumerate(entries):
            made = QToolButton()
            made.setCheckable(True)
            made.setFixedSize(BUTTON, BUTTON)
            made.setIconSize(QSize(MARK + 6, MARK + 6))
            made.setToolTip(words)
            made.setAccessibleName(words)
            made.setProperty("kind", "pick")
            made.clicked.connect(lambda _=False, value=value: self._clicked(value))
            self._group.addButton(made)
            self.buttons[value] = made
            grid.addWidget(made, number // COLUMNS, number % COLUMNS)
        self.own_button = button("", "", tr("A drawing of your own (SVG)"))
        self.own_button.setText("SVG…")
        self.own_button.setToolTip(tr("A drawing of your own (SVG)"))
        grid.addWidget(self.own_button, len(entries) // COLUMNS, len(entries) % COLUMNS, 1, 2)
        grid.setColumnStretch(COLUMNS, 1)
        self.show_color(color)

    def value(self) -> tuple[str, str]:
        """Shape and marker; a marker stands instead of the shape."""
        return self._value

    def set_value(self, value: tuple[str, str]) -> None:
        shape, marker = value
        self._value = value
        made = self.buttons.get(("circle", marker) if marker else (shape, ""))
        self._group.setExclusive(False)
        for other in self.buttons.values():
            other.setChecked(other is made)
        self._group.setExclusive(True)
        own = marker if marker and made is None else ""
        self.own_button.setIcon(mark_icon(own, self._color, self._edge()) if own else QIcon())
        self.own_button.setText("" if own else "SVG…")

    def show_color(self, color: str) -> None:
        self._color = color
        for (shape, marker), made in self.buttons.items():
            made.setIcon(mark_icon(marker or shape, color, self._edge()))
        self.set_value(self._value)

    def _edge(self) -> str:
        return self.palette().color(QPalette.ColorRole.Base).name()

    def _clicked(self, value: tuple[str, str]) -> None:
        if value != self._value:
            self._value = value
            self.chosen.emit()


def mark_icon(symbol: str, color: str, edge: str) -> QIcon:
    """A shape or marker as large as a button shows it, sharp on every screen."""

    def draw(painter: QPainter, side: float) -> None:
        size = MARK if symbol not in get_args(Shape) else MARK * 0.62
        paint_mark(painter, QPointF(side / 2, side / 2), symbol, color, size, edge)

    return _icon(QSize(MARK + 6, MARK + 6), lambda painter: draw(painter, MARK + 6))


def dash_icon(dash: tuple[float, ...], color: str) -> QIcon:
    return _icon(
        QSize(84, 14),
        lambda painter: paint_line(painter, QRectF(0, 0, 84, 14), color_of(color), 2.4, dash),
    )


def _icon(size: QSize, draw: Callable[[QPainter], None]) -> QIcon:
    made = QIcon()
    for ratio in (1, 2, 3):
        pixmap = QPixmap(size * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw(painter)
        painter.end()
        made.addPixmap(pixmap)
    return made


def dash_words(dash: tuple[float, ...]) -> str:
    known = {
        DASHES[0]: tr("Whole line"),
        DASHES[1]: tr("Dashes"),
        DASHES[2]: tr("Short dashes"),
        DASHES[3]: tr("Dots"),
        DASHES[4]: tr("Dash and dot"),
        DASHES[5]: tr("Long dashes"),
    }
    return known.get(dash) or " ".join(f"{part:g}" for part in dash)


class DashPicker(QuietCombo):
    """A list of lines; one that is not among them is shown as it is."""

    def __init__(self, color: str, parent: QWidget | None = None) -> None:
        super().__init__((), parent)
        self.setIconSize(QSize(84, 14))
        for dash in DASHES:
            self._add(dash, color)
        self._color = color

    def value(self) -> tuple[float, ...]:
        return DASHES[self.currentIndex()] if self.currentIndex() < len(DASHES) else self._own

    def set_value(self, dash: tuple[float, ...]) -> None:
        while self.count() > len(DASHES):
            self.removeItem(self.count() - 1)
        if dash not in DASHES:
            self._own = dash
            self._add(dash, self._color)
        self.setCurrentIndex(DASHES.index(dash) if dash in DASHES else len(DASHES))

    def show_color(self, color: str) -> None:
        self._color = color
        for number in range(self.count()):
            dash = DASHES[number] if number < len(DASHES) else self._own
            self.setItemIcon(number, dash_icon(dash, color))

    def _add(self, dash: tuple[float, ...], color: str) -> None:
        self.addItem(dash_icon(dash, color), "")
        words = dash_words(dash)
        self.setItemData(self.count() - 1, words, Qt.ItemDataRole.ToolTipRole)
        self.setItemData(self.count() - 1, words, Qt.ItemDataRole.AccessibleTextRole)


class SizeField(QWidget):
    """A slider and a number. `tried` follows the hand, `chosen` comes once it lets go."""

    tried = Signal(float)
    chosen = Signal()

    def __init__(self, limits: Limits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._top = min(limits.high, SLIDER)
        self._low = limits.low
        self.slider = wheel_goes_on(QSlider(Qt.Orientation.Horizontal))
        self.slider.setRange(0, 200)
        self.number = PlainSpinBox()
        self.number.setDecimals(2)
        self.number.setRange(limits.low, limits.high)
        self.number.setSingleStep(0.5)
        self.number.setKeyboardTracking(False)
        self.number.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if limits.unit:
            self.number.setSuffix(f" {limits.unit}")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.slider, 1)
        row.addWidget(self.number)
        self._value = limits.low
        self.setFocusProxy(self.number)
        self.slider.valueChanged.connect(self._moved)
        self.slider.sliderReleased.connect(self._left)
        self.number.valueChanged.connect(self._typed)

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.slider.setAccessibleName(name)
        self.number.setAccessibleName(name)

    def value(self) -> float:
        return self._value

    def set_value(self, value: float) -> None:
        self._value = value
        for part, shown in ((self.number, value), (self.slider, self._place(value))):
            before = part.blockSignals(True)
            part.setValue(shown)  # type: ignore[arg-type]
            part.blockSignals(before)

    def _place(self, value: float) -> int:
        """Along the slider; its first half has the fine steps of thin lines and small symbols."""
        share = max(0.0, (value - self._low) / (self._top - self._low))
        return min(200, round(200 * math.sqrt(share)))

    def _moved(self, place: int) -> None:
        value = self._low + (self._top - self._low) * (place / 200) ** 2
        value = round(value, 1) if value < 10 else round(value * 2) / 2
        value = max(self._low, value)
        before = self.number.blockSignals(True)
        self.number.setValue(value)
        self.number.blockSignals(before)
        self._value = value
        if self.slider.isSliderDown():
            self.tried.emit(value)
        else:
            self.chosen.emit()

    def _left(self) -> None:
        self.chosen.emit()

    def _typed(self, value: float) -> None:
        self.set_value(value)
        self.chosen.emit()
