"""The river from a start along its stem as a drawing: what it drains, and what lies on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from gisapp.model.geometry import Point
from gisapp.model.text import tr
from gisapp.ui.theme import Theme
from gisapp.ui.traced_bands import round_limits

HEIGHT, FONT = 128, 11
NEAR = 7.0  # pixels beside a mark


class Profile(Protocol):
    """What a tracing plugin answers. Metres from the start; nearest first."""

    title: str
    unit: str
    nearer_m: Any
    farther_m: Any
    hours: Any
    value: Any
    tributaries: Sequence[Any]  # distance_m, title, step
    found: Sequence[Any]  # distance_m, role, feature, title, on_stem
    is_upstream: bool

    def place_at(self, distance_m: float, crs: str) -> Point | None: ...
    def distance_at(self, position: int) -> float | None: ...


class RiverProfile(QWidget):
    """Downstream is at the right, as water runs. The pointer says what is where."""

    pointed = Signal(object)  # metres from the start, or None
    opened = Signal(str, object)  # role and feature of a mark that was clicked

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.profile: Profile | None = None
        self.at_m: float | None = None  # where the cursor stands
        self.setMouseTracking(True)
        self.setMinimumHeight(110)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()

    def sizeHint(self) -> QSize:
        return QSize(240, HEIGHT)

    def show_profile(self, profile: Profile | None) -> None:
        self.profile, self.at_m = profile, None
        usable = profile is not None and len(profile.value) > 0 and self.most_m > 0
        self.setVisible(usable)
        if profile is not None:
            self.setAccessibleName(tr("{value} along the river").format(value=profile.title))
        self.update()

    @property
    def most_m(self) -> float:
        return 0.0 if self.profile is None else float(self.profile.farther_m[-1])

    def show_place(self, distance_m: float | None) -> None:
        """The cursor, from the map; nothing is told."""
        if distance_m != self.at_m:
            self.at_m = distance_m
            self.update()

    def _box(self) -> QRectF:
        wide = QFontMetricsF(self._font()).horizontalAdvance("0,000 ")
        return QRectF(wide, 20, max(20.0, self.width() - wide - 6), self.height() - 42)

    def _font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(FONT)
        return font

    def x_of(self, distance_m: float) -> float:
        box = self._box()
        share = distance_m / self.most_m if self.most_m else 0.0
        assert self.profile is not None
        return box.left() + box.width() * (1 - share if self.profile.is_upstream else share)

    def _distance_at(self, x: float) -> float | None:
        box = self._box()
        if self.profile is None or not box.left() - 2 <= x <= box.right() + 2:
            return None
        share = min(max((x - box.left()) / box.width(), 0.0), 1.0)
        return self.most_m * (1 - share if self.profile.is_upstream else share)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.at_m = self._distance_at(event.position().x())
        mark = self._mark_at(event.position())
        self.setCursor(
            Qt.CursorShape.ArrowCursor if mark is None else Qt.CursorShape.PointingHandCursor
        )
        self.pointed.emit(self.at_m)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        mark = self._mark_at(event.position())
        if mark is not None and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(mark.role, mark.feature)

    def leaveEvent(self, event: QEvent) -> None:
        self.at_m = None
        self.pointed.emit(None)
        self.update()

    def _mark_at(self, at: QPointF) -> Any:
        if self.profile is None:
            return None
        near = [
            (abs(self.x_of(m.distance_m) - at.x()), n) for n, m in enumerate(self.profile.found)
        ]
        far, number = min(near, default=(NEAR + 1, -1))
        return self.profile.found[number] if far <= NEAR else None

    def paintEvent(self, event: QPaintEvent) -> None:
        profile = self.profile
        if profile is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font())
        box = self._box()
        values = np.nan_to_num(np.asarray(profile.value, float))
        top = float(values.max()) or 1.0
        self._axes(painter, box, top)
        self._line(painter, box, values, top)
        self._marks(painter, box)
        self._cursor(painter, box, values, top)
        painter.end()

    def _axes(self, painter: QPainter, box: QRectF, top: float) -> None:
        assert self.profile is not None
        tokens = self._theme.tokens
        painter.setPen(QColor(tokens.dim))
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value in round_limits(top)[::2]:
            y = box.bottom() - box.height() * value / (1.06 * top)
            painter.setPen(QColor(tokens.line))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.setPen(QColor(tokens.dim))
            painter.drawText(QRectF(0, y - 8, box.left() - 4, 16), side, f"{value:,.4g}")
        painter.setPen(QColor(tokens.line))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        painter.setPen(QColor(tokens.dim))
        center = Qt.AlignmentFlag.AlignCenter
        for km in (0.0, *round_limits(self.most_m / 1000)):
            x = min(max(self.x_of(km * 1000), 20.0), self.width() - 20.0)
            words = f"{km:g} km" if km == 0 else f"{km:g}"
            painter.drawText(QRectF(x - 24, box.bottom() + 5, 48, 15), center, words)

    def _line(self, painter: QPainter, box: QRectF, values: Any, top: float) -> None:
        assert self.profile is not None
        tokens = self._theme.tokens
        high = box.height() / (1.06 * top)
        path = QPainterPath()
        step = max(1, len(values) // 4000)  # a pixel holds no more
        for n in range(0, len(values), step):
            y = box.bottom() - float(values[n]) * high
            x0, x1 = (
                self.x_of(float(m[n])) for m in (self.profile.nearer_m, self.profile.farther_m)
            )
            if n == 0:
                path.moveTo(x0, y)
            path.lineTo(x0, y)
            path.lineTo(x1, y)
        area = QPainterPath(path)
        area.lineTo(path.currentPosition().x(), box.bottom())
        area.lineTo(self.x_of(0.0), box.bottom())
        area.closeSubpath()
        shade = QColor(tokens.accent)
        shade.setAlpha(36)
        painter.fillPath(area, shade)
        painter.setPen(QPen(QColor(tokens.accent), 1.6))
        painter.drawPath(path)
        metrics = QFontMetricsF(painter.font())
        taken: list[QRectF] = []
        for one in sorted(self.profile.tributaries, key=lambda t: -t.step):
            x = self.x_of(one.distance_m)
            n = min(int(np.searchsorted(self.profile.farther_m, one.distance_m)), len(values) - 1)
            y = box.bottom() - float(values[n]) * high
            painter.setPen(QPen(QColor(tokens.accent), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, y), QPointF(x, box.bottom()))
            wide = metrics.horizontalAdvance(one.title) + 4
            place = QRectF(min(max(x - wide / 2, 0), self.width() - wide), max(2, y - 17), wide, 15)
            if not any(place.intersects(other) for other in taken):
                taken.append(place)
                painter.setPen(QColor(tokens.text))
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, one.title)

    def _marks(self, painter: QPainter, box: QRectF) -> None:
        """On the base line, by kind; hollow: on a tributary that comes in there."""
        assert self.profile is not None
        tokens = self._theme.tokens
        shapes = {"stations": (tokens.accent, "square"), "sources": (tokens.bad, "triangle")}
        for one in self.profile.found:
            color, kind = shapes.get(one.role, (tokens.warn, "circle"))
            at = QPointF(self.x_of(one.distance_m), box.bottom())
            painter.setPen(QPen(QColor(color), 1.4))
            painter.setBrush(QColor(color if one.on_stem else tokens.panel))
            if kind == "square":
                painter.drawRect(QRectF(at.x() - 3.5, at.y() - 3.5, 7, 7))
            elif kind == "triangle":
                painter.drawPolygon(
                    [at + QPointF(-4, 3.5), at + QPointF(4, 3.5), at + QPointF(0, -4)]
                )
            else:
                painter.drawEllipse(at, 3.2, 3.2)

    def words_at(self, distance_m: float) -> str:
        """What the cursor says: distance, hours, value, and what stands there."""
        profile = self.profile
        assert profile is not None
        n = min(int(np.searchsorted(profile.farther_m, distance_m)), len(profile.value) - 1)
        lines = [
            f"{distance_m / 1000:,.1f} km",
            f"{float(profile.hours[n]):,.1f} h",
            f"{float(profile.value[n]):,.4g} {profile.unit}",
        ]
        near = [
            o for o in profile.found if abs(self.x_of(o.distance_m) - self.x_of(distance_m)) < 4
        ]
        return " · ".join([*lines, *(one.title for one in near[:1])])

    def _cursor(self, painter: QPainter, box: QRectF, values: Any, top: float) -> None:
        assert self.profile is not None
        tokens = self._theme.tokens
        words, color = f"{self.profile.title}, {self.profile.unit}", tokens.dim
        if self.at_m is not None:
            x = self.x_of(self.at_m)
            painter.setPen(QPen(QColor(tokens.text), 1))
            painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
            words, color = self.words_at(self.at_m), tokens.text
        painter.setPen(QColor(color))
        room = QRectF(0, 0, self.width(), 17)
        elide = Qt.TextElideMode.ElideRight
        words = QFontMetricsF(painter.font()).elidedText(words, elide, room.width())
        painter.fillRect(room, QColor(tokens.panel))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
