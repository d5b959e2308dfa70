"""Small parts that the cards of temperatures are made of."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QLinearGradient, QPainter, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QMenu,
    QToolButton,
    QWidget,
)

from gisapp.model.style import ThermalStyle
from gisapp.render.thermal_colours import stops_of
from gisapp.ui.card import icon_button
from gisapp.ui.style_fields import SizeField
from gisapp.ui.theme import Tokens
from gisapp.ui.wheel import wheel_goes_on

DIGITS = 2  # limits are rounded to hundredths of the unit


def value_box(name: str) -> QDoubleSpinBox:
    made = wheel_goes_on(QDoubleSpinBox())
    made.setRange(-273.15, 2000)
    made.setDecimals(DIGITS)
    made.setSingleStep(0.5)
    made.setKeyboardTracking(False)
    made.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
    made.setAccessibleName(name)
    made.setToolTip(name)
    return made


def swatch(name: str) -> QIcon:
    made = QPixmap(88, 24)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    gradient = QLinearGradient(0, 0, 88, 0)
    for number, colour in enumerate(stops_of(ThermalStyle(name))):
        gradient.setColorAt(number / 8, QColor(colour))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(gradient)
    painter.drawRoundedRect(0, 0, 88, 24, 4, 4)
    painter.end()
    return QIcon(made)


def popup_button(name: str, words: str, tokens: Tokens) -> QToolButton:
    made = icon_button(name, words, tokens)
    made.setMenu(QMenu(made))
    made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    return made


def plain_row(*parts: QWidget) -> QWidget:
    """A row; its fields share what the buttons leave."""
    row = QWidget()
    row.setProperty("kind", "plain")
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(4)
    for part in parts:
        grows = isinstance(part, QDoubleSpinBox | QComboBox | SizeField)
        line.addWidget(part, 1 if grows else 0)
    return row
