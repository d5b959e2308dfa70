"""Isotherms of a scale: everything above, below or between values in one colour."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gisapp.model.style import Isotherm, ThermalStyle
from gisapp.model.text import tr
from gisapp.ui.card import button, icon_button
from gisapp.ui.form import ColorButton, QuietCombo
from gisapp.ui.theme import Tokens
from gisapp.ui.thermal_fields import value_box

FIRST = "#00d084"  # is in none of the palettes


class IsothermRow(QWidget):
    """One band. `changed` when it was changed and left, `removed` by its cross."""

    changed = Signal()
    removed = Signal()

    def __init__(self, band: Isotherm, unit: str, tokens: Tokens) -> None:
        super().__init__()
        self.setProperty("kind", "plain")
        self.kind = QuietCombo(
            [("above", tr("Above")), ("below", tr("Below")), ("between", tr("Between"))]
        )
        self.kind.setAccessibleName(tr("Isotherm"))
        self.kind.setSizeAdjustPolicy(QuietCombo.SizeAdjustPolicy.AdjustToContents)
        self.start = value_box(tr("From"))
        self.stop = value_box(tr("To"))
        for box in (self.start, self.stop):
            box.setDecimals(1)
            box.setSuffix(f" {unit}" if unit else "")
            box.editingFinished.connect(self._edited)
        self.color = ColorButton(band.color)
        self.color.code.hide()
        self.color.show_button.setAccessibleName(tr("Colour of the isotherm"))
        self.color.changed.connect(self.changed)
        self.remove_button = icon_button("close", tr("Remove the isotherm"), tokens)
        self.remove_button.clicked.connect(self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.kind)
        row.addWidget(self.start, 1)
        row.addWidget(self.stop, 1)
        row.addWidget(self.color)
        row.addWidget(self.remove_button)
        self.kind.activated.connect(self._kind_chosen)
        self._show(band)

    def value(self) -> Isotherm:
        kind, low, high = self.kind.currentData(), self.start.value(), self.stop.value()
        start = None if kind == "below" else low
        stop = None if kind == "above" else high
        if start is not None and stop is not None:
            start, stop = min(low, high), max(low, high)
        return Isotherm(start, stop, self.color.value())

    def _show(self, band: Isotherm) -> None:
        kind = "below" if band.start is None else "above" if band.stop is None else "between"
        self.kind.setCurrentIndex(self.kind.findData(kind))
        low = band.start if band.start is not None else band.stop
        high = band.stop if band.stop is not None else band.start
        self.start.setValue(low or 0.0)
        self.stop.setValue(high or 0.0)
        self._shown = self.value()
        self.start.setVisible(kind != "below")
        self.stop.setVisible(kind != "above")

    def _kind_chosen(self) -> None:
        kind = self.kind.currentData()
        if kind == "between" and self.stop.value() <= self.start.value():
            self.stop.setValue(self.start.value() + 1)
        self.start.setVisible(kind != "below")
        self.stop.setVisible(kind != "above")
        self._edited()

    def _edited(self) -> None:
        if self.value() != self._shown:
            self._shown = self.value()
            self.changed.emit()


class Isotherms(QWidget):
    """All of a style. `chosen` tells of the new ones."""

    chosen = Signal(object)  # tuple[Isotherm, ...]

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self.setProperty("kind", "plain")
        self._tokens, self._unit = tokens, "°C"
        self._style = ThermalStyle()
        self.rows: list[IsothermRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.add_button = button(tr("Add an isotherm"), "link")
        self.add_button.clicked.connect(self._add)
        self._column.addWidget(self.add_button)

    def show_style(self, style: ThermalStyle, unit: str) -> None:
        self._style = style
        if unit == self._unit and [row.value() for row in self.rows] == list(style.isotherms):
            return
        self._unit = unit
        for row in self.rows:
            row.hide()
            self._column.removeWidget(row)
            row.deleteLater()
        self.rows = [IsothermRow(band, unit, self._tokens) for band in style.isotherms]
        for number, row in enumerate(self.rows):
            self._column.insertWidget(number, row)
            row.changed.connect(self._tell)
            row.removed.connect(self._without(number))

    def _add(self) -> None:
        style = self._style
        at = round(style.low + 0.75 * (style.high - style.low), 1)
        self.chosen.emit((*style.isotherms, Isotherm(at, None, FIRST)))

    def _tell(self) -> None:
        self.chosen.emit(tuple(row.value() for row in self.rows))

    def _without(self, number: int) -> Callable[[], None]:
        def remove() -> None:
            left = [row.value() for n, row in enumerate(self.rows) if n != number]
            self.chosen.emit(tuple(left))

        return remove
