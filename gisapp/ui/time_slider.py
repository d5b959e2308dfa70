"""A stretch of time on a line: drag its ends or all of it, or let it run."""

from __future__ import annotations

from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QSizePolicy, QWidget

from gisapp.app.time_range import DAY, TimeRange
from gisapp.model.text import tr
from gisapp.ui.card import icon_button, label
from gisapp.ui.icons import icon
from gisapp.ui.theme import Tokens
from gisapp.ui.wheel import wheel_goes_on

GRIP = 7.0  # radius of an end, logical pixels
TICK = 500  # ms between two steps while it runs
STEPS = (1, 7, 30)  # days
Held = Literal["", "first", "last", "all"]


class TimeLine(QWidget):
    """Arrows move the stretch by a step, with Shift its end; Home and End go to the ends."""

    changed = Signal(object)  # TimeRange

    def __init__(self, whole: TimeRange, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.whole, self.range, self.step = whole, whole, 7
        self._tokens = tokens
        self._held: Held = ""
        self._grip = 0  # days from the first day to where the hand took it
        self.setMinimumWidth(150)
        self.setFixedHeight(26)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Stretch of time"))

    def sizeHint(self) -> QSize:
        return QSize(220, 26)

    def use(self, range_: TimeRange) -> None:
        if range_ != self.range:
            self.range = range_
            self.setAccessibleDescription(str(range_))
            self.update()
            self.changed.emit(range_)

    def run_on(self) -> None:
        """A step later; from the end back to the beginning."""
        later = self.range.moved(self.step, self.whole)
        self.use(self.range.moved(-self.whole.days, self.whole) if later == self.range else later)

    def x_of(self, day: np.datetime64, *, after: bool = False) -> float:
        """Of the beginning of a day (of its end), in logical pixels."""
        number = int((day - self.whole.first) / DAY) + (1 if after else 0)
        return GRIP + (self.width() - 2 * GRIP) * number / self.whole.days

    def _day_at(self, x: float) -> int:
        """Days after the first of the whole."""
        share = (x - GRIP) / max(self.width() - 2 * GRIP, 1)
        return min(max(int(np.floor(share * self.whole.days)), 0), self.whole.days - 1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        first, last = self.x_of(self.range.first), self.x_of(self.range.last, after=True)
        inside = min(GRIP + 2, (last - first) / 3)  # of a short stretch the middle can be taken too
        if -inside <= x - last <= GRIP + 2:
            self._held = "last"
        elif -GRIP - 2 <= x - first <= inside:
            self._held = "first"
        else:
            self._held = "all"
            if not first < x < last:
                self._carry(self._day_at(x) - self.range.days // 2)
            self._grip = self._day_at(x) - int((self.range.first - self.whole.first) / DAY)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        day = self._day_at(event.position().x())
        at = self.whole.first + np.timedelta64(day, "D")
        if self._held == "first":
            self.use(TimeRange(min(at, self.range.last), self.range.last))
        elif self._held == "last":
            self.use(TimeRange(self.range.first, max(at, self.range.first)))
        elif self._held == "all":
            self._carry(day - self._grip)

    def _carry(self, day: int) -> None:
        """The stretch begins so many days after the whole, as far as it can."""
        now = int((self.range.first - self.whole.first) / DAY)
        self.use(self.range.moved(day - now, self.whole))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ways = {Qt.Key.Key_Left: -self.step, Qt.Key.Key_Right: self.step}
        key = Qt.Key(event.key())
        if key in ways and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            last = self.range.last + np.timedelta64(ways[key], "D")
            self.use(TimeRange(self.range.first, min(max(last, self.range.first), self.whole.last)))
        elif key in ways:
            self.use(self.range.moved(ways[key], self.whole))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            sign = -1 if key == Qt.Key.Key_Home else 1
            self.use(self.range.moved(sign * self.whole.days, self.whole))
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        t = self._tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(t.line))
        painter.drawRoundedRect(QRectF(GRIP, middle - 2, self.width() - 2 * GRIP, 4), 2, 2)
        first, last = self.x_of(self.range.first), self.x_of(self.range.last, after=True)
        painter.setBrush(QColor(t.accent))
        painter.drawRoundedRect(QRectF(first, middle - 2.5, max(last - first, 2), 5), 2, 2)
        painter.setPen(QPen(QColor(t.text if self.hasFocus() else t.panel), 1.5))
        for x in (first, last):
            painter.drawEllipse(QPointF(x, middle), GRIP - 1, GRIP - 1)
        painter.end()


class TimeSlider(QFrame):
    """The card with the line, its words and what lets it run."""

    changed = Signal(object)  # TimeRange
    closed = Signal()

    def __init__(self, whole: TimeRange, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self.setAccessibleName(tr("Time slider"))
        self._tokens = tokens
        self.line = TimeLine(whole, tokens)
        self.line.changed.connect(self._changed)
        self.words = label(str(whole), "dim")
        self.words.setMinimumWidth(self.words.sizeHint().width())
        self.play = icon_button("play", tr("Let it run"), tokens)
        self.play.setCheckable(True)
        self.play.toggled.connect(self._play)
        self.steps = wheel_goes_on(QComboBox())
        self.steps.setAccessibleName(tr("Step"))
        for days, words in zip(STEPS, (tr("by day"), tr("by week"), tr("by month")), strict=True):
            self.steps.addItem(words, days)
        self.steps.setCurrentIndex(1)
        self.steps.activated.connect(lambda index: self._use_step())
        self.close_button = icon_button("close", tr("Close the time slider"), tokens)
        self.close_button.setIconSize(QSize(13, 13))
        self.close_button.clicked.connect(self.closed)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 6, 4)
        row.setSpacing(6)
        for part in (self.play, self.line, self.words, self.steps, self.close_button):
            row.addWidget(part, 1 if part is self.line else 0)
        self._clock = QTimer(self, interval=TICK)
        self._clock.timeout.connect(self.line.run_on)
        self.setFocusProxy(self.line)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def stop(self) -> None:
        self._clock.stop()

    def _changed(self, range_: TimeRange) -> None:
        self.words.setText(str(range_))
        self.changed.emit(range_)

    def _use_step(self) -> None:
        self.line.step = int(self.steps.currentData())

    def _play(self, on: bool) -> None:
        """A stretch that is everything has nowhere to go: it becomes a step long."""
        if not on:
            self._clock.stop()
        else:
            whole = self.line.whole
            if self.line.range == whole and whole.days > self.line.step:
                last = whole.first + np.timedelta64(self.line.step - 1, "D")
                self.line.use(TimeRange(whole.first, last))
            self._clock.start()
        words = tr("Stop") if on else tr("Let it run")
        self.play.setIcon(icon("stop" if on else "play", self._tokens))
        self.play.setToolTip(words)
        self.play.setAccessibleName(words)
