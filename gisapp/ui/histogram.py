"""How often each value is there, with two handles for the lowest and the highest colour."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QWidget

from gisapp.model.text import tr
from gisapp.ui.theme import LIGHT, Tokens

GRAB = 8  # pixels around a handle
AXIS = 20  # pixels for the numbers below
Handle = Literal["low", "high", "both"]


class Histogram(QWidget):
    """Drag a line to move it, the space between them to move both; arrow keys move the last."""

    dragged = Signal(float, float)  # low, high on the way
    chosen = Signal(float, float)  # low, high at the end

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tokens: Tokens = LIGHT
        self._counts: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self._range = (0.0, 1.0)
        self._colours: Sequence[str] = ()
        self.low, self.high = 0.0, 1.0
        self._held: Handle | None = None
        self._last: Handle = "low"
        self._grip = 0.0
        self._by_key = False  # reached with the keyboard: a frame shows it
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Values of the layer and the limits of its colours"))
        self.setMinimumHeight(86)

    def sizeHint(self) -> QSize:
        return QSize(240, 96)

    def show_counts(
        self, counts: npt.NDArray[np.int64], start: float, end: float, colours: Sequence[str]
    ) -> None:
        """Bins of equal width from `start` to `end`."""
        self._counts, self._colours = counts, colours
        self._range = (start, end) if end > start else (start - 0.5, start + 0.5)
        self.update()

    def show_limits(self, low: float, high: float) -> None:
        self.low, self.high = low, high
        self.setAccessibleDescription(f"{low:g} – {high:g}")
        self.update()

    @property
    def is_held(self) -> bool:
        return self._held is not None

    @property
    def axis(self) -> tuple[float, float]:
        """What the width shows: all values and both limits, with a little room."""
        low, high = min(self._range[0], self.low), max(self._range[1], self.high)
        room = 0.04 * (high - low)
        return low - room, high + room

    def x_of(self, value: float) -> float:
        low, high = self.axis
        return (value - low) / (high - low) * self.width()

    def value_of(self, x: float) -> float:
        low, high = self.axis
        return low + x / max(self.width(), 1) * (high - low)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bottom = self.height() - AXIS
        low, high = self.x_of(self.low), self.x_of(self.high)
        ground = QColor(self.tokens.accent)
        ground.setAlpha(38)
        painter.fillRect(QRectF(low, 0, high - low, bottom), ground)
        self._paint_bins(painter, bottom, low, high)
        painter.setPen(QPen(QColor(self.tokens.line), 1))
        painter.drawLine(QPointF(0, bottom), QPointF(self.width(), bottom))
        painter.setPen(QPen(QColor(self.tokens.accent), 2))
        for x in (low, high):
            painter.drawLine(QPointF(x, 0), QPointF(x, bottom))
        painter.setBrush(QColor(self.tokens.accent))
        for x in (low, high):
            painter.drawRoundedRect(QRectF(x - 3, bottom / 2 - 8, 6, 16), 2, 2)
        self._paint_axis(painter, bottom)
        if self._by_key:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self.tokens.accent), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.end()

    def _paint_bins(self, painter: QPainter, bottom: float, low: float, high: float) -> None:
        if not len(self._counts) or not self._counts.max():
            return
        tall = np.sqrt(self._counts / self._counts.max()) * (bottom - 4)  # small peaks show too
        edges = np.linspace(*self._range, len(tall) + 1)
        outline = [QPointF(self.x_of(edges[0]), bottom)]
        for number, height in enumerate(tall):
            for edge in edges[number : number + 2]:
                outline.append(QPointF(self.x_of(float(edge)), bottom - float(height)))
        outline.append(QPointF(self.x_of(edges[-1]), bottom))
        gradient = QLinearGradient(QPointF(low, 0), QPointF(max(high, low + 1), 0))
        for number, colour in enumerate(self._colours):
            gradient.setColorAt(number / max(len(self._colours) - 1, 1), QColor(colour))
        painter.setBrush(gradient if self._colours else QColor(self.tokens.dim))
        painter.setPen(QPen(QColor(self.tokens.dim), 0.8))
        painter.drawPolygon(QPolygonF(outline))

    def _paint_axis(self, painter: QPainter, bottom: float) -> None:
        low, high = self.axis
        rough = (high - low) / 5
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(s * power for s in (1, 2, 5, 10) if s * power >= rough)
        metrics = QFontMetricsF(self.font())
        painter.setPen(QColor(self.tokens.dim))
        value = math.ceil(low / step) * step
        while value <= high:
            text = f"{round(value, 10):g}"
            wide = metrics.horizontalAdvance(text)
            x = min(max(self.x_of(value) - wide / 2, 0), self.width() - wide)
            painter.drawText(QPointF(x, bottom + metrics.ascent() + 4), text)
            value += step

    def _handle_at(self, x: float) -> Handle | None:
        to_low, to_high = abs(x - self.x_of(self.low)), abs(x - self.x_of(self.high))
        if min(to_low, to_high) <= GRAB:
            return "low" if to_low < to_high else "high"
        return "both" if self.x_of(self.low) < x < self.x_of(self.high) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = self._handle_at(event.position().x())
            self._last = self._held or self._last
            self._grip = self.value_of(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if self._held is None:
            shape = {
                "low": Qt.CursorShape.SplitHCursor,
                "high": Qt.CursorShape.SplitHCursor,
                "both": Qt.CursorShape.OpenHandCursor,
            }.get(self._handle_at(x) or "", Qt.CursorShape.ArrowCursor)
            self.setCursor(shape)
            return
        value = self.value_of(min(max(x, 0), self.width()))
        self._move(self._held, value - self._grip)
        self._grip = value
        self.dragged.emit(self.low, self.high)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._held is not None and event.button() == Qt.MouseButton.LeftButton:
            self._held = None
            self.chosen.emit(self.low, self.high)

    def focusInEvent(self, event: QFocusEvent) -> None:
        reasons = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self._by_key = event.reason() in reasons
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._by_key = False
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -0.1, Qt.Key.Key_Right: 0.1}
        if event.key() in steps:
            factor = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            self._move(self._last, steps[Qt.Key(event.key())] * factor)
            self.chosen.emit(self.low, self.high)
        else:
            super().keyPressEvent(event)

    def _move(self, handle: Handle, by: float) -> None:
        least = (self._range[1] - self._range[0]) / 1000
        low, high = self.low, self.high
        if handle in ("low", "both"):
            low += by
        if handle in ("high", "both"):
            high += by
        if high - low >= least:
            self.show_limits(low, high)
