"""A chart without controls: axes, one kind of letters, the colours of the theme."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gisapp.ui.theme import Tokens

LETTERS = 11  # pixels


def plain_chart(parent: QWidget, name: str, padding: float) -> Any:
    """A pyqtgraph PlotWidget that fills `parent`; `padding` is the share of room around what is
    drawn. The mouse neither drags nor zooms it. Colour it with `dress_chart`."""
    import pyqtgraph as pg

    plot: Any = pg.PlotWidget(background=None, enableMenu=False)
    plot.getPlotItem().ctrlMenu.setParent(parent)  # never shown; it would outlive the chart
    plot.setFrameShape(plot.Shape.NoFrame)
    plot.hideButtons()
    plot.setMouseEnabled(x=False, y=False)
    plot.setAccessibleName(name)
    plot.getViewBox().setDefaultPadding(padding)
    layout = QVBoxLayout(parent)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(plot)
    return plot


def dress_chart(plot: Any, tokens: Tokens, font: QFont) -> None:
    """Ground and axes in the colours of the theme, ticks in small letters of `font`."""
    import pyqtgraph as pg

    plot.setBackground(tokens.panel)
    small = QFont(font)
    small.setPixelSize(LETTERS)
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setPen(pg.mkPen(tokens.line))
        axis.setTextPen(pg.mkPen(tokens.dim))
        axis.setTickFont(small)
        axis.enableAutoSIPrefix(False)
        axis.label.setDefaultTextColor(QColor(tokens.dim))
