"""The list of ranked candidates: score bars made of their terms; the chosen row says why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QResizeEvent,
)
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gisapp.model.text import tr
from gisapp.ui.theme import SMALL, Theme, Tokens

ROW = Qt.ItemDataRole.UserRole
PAD, GAP, BAR = 8, 3, 6
SHADES = (255, 205, 160, 118, 80)  # of the accent, a term each
WRAP = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
Index = QModelIndex | QPersistentModelIndex


class RankingList(QListView):
    """Up, down, J and K go through it; Ctrl+C copies it, ready for a sheet."""

    stepped = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Ranked candidates"))
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMouseTracking(True)
        self.setMinimumHeight(120)
        self.setItemDelegate(_RowPainter(self, theme))

    def measure_again(self) -> None:
        self.scheduleDelayedItemsLayout()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.measure_again()

    def event(self, event: QEvent) -> bool:
        """J and K are this list's while it has the focus."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in (Qt.Key.Key_J, Qt.Key.Key_K)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText("\n".join(self._lines()))
        elif event.key() in (Qt.Key.Key_J, Qt.Key.Key_Down):
            self.stepped.emit(1)
        elif event.key() in (Qt.Key.Key_K, Qt.Key.Key_Up):
            self.stepped.emit(-1)
        else:
            super().keyPressEvent(event)

    def _lines(self) -> Iterator[str]:
        for number in range(self.model().rowCount()):
            row = self.model().index(number, 0).data(ROW)
            parts = [f"{part.value:.3f}" for part in row.parts]
            yield "\t".join([str(row.place), row.name, f"{row.score:.1f}", *parts, row.way_words])


class _RowPainter(QStyledItemDelegate):
    def __init__(self, view: RankingList, theme: Theme) -> None:
        super().__init__(view)
        self._view, self._theme = view, theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        width = self._view.viewport().width()
        row = index.data(ROW)
        lines = _Lines(self._view.font(), width)
        high = lines.height(row)
        if index.row() == self._view.currentIndex().row():
            high += lines.details_height(row)
        return QSize(width, high)

    def paint(self, painter: QPainter, option: Any, index: Index) -> None:
        tokens, row = self._theme.tokens, index.data(ROW)
        chosen = index.row() == self._view.currentIndex().row()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if chosen or hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.hover))
            painter.drawRoundedRect(QRectF(option.rect).adjusted(0, 1, 0, -1), 6, 6)
        lines = _Lines(self._view.font(), option.rect.width())
        top = lines.paint(painter, row, option.rect, tokens)
        if chosen:
            lines.paint_details(painter, row, option.rect.left(), top, tokens)
        painter.restore()


class _Lines:
    """Where the words and bars of a row are, for a width."""

    def __init__(self, font: QFont, width: int) -> None:
        self.font, self.bold, self.small = QFont(font), QFont(font), QFont(font)
        self.bold.setWeight(QFont.Weight.DemiBold)
        self.small.setPixelSize(SMALL)
        self.metrics, self.small_metrics = QFontMetrics(self.bold), QFontMetrics(self.small)
        self.width = max(80, width - 2 * PAD)

    def height(self, row: Any) -> int:
        words = _under(row)
        return 2 * PAD - 4 + self.metrics.height() + GAP + BAR + GAP + self._high(words)

    def _high(self, words: str) -> int:
        if not words:
            return 0
        room = QRect(0, 0, self.width, 10_000)
        return self.small_metrics.boundingRect(room, WRAP, words).height()

    def details_height(self, row: Any) -> int:
        high = sum(self.small_metrics.height() + GAP for _ in row.parts)
        return high + GAP + sum(self._high(words) + GAP for words in _details(row))

    def paint(self, painter: QPainter, row: Any, box: QRect, tokens: Tokens) -> int:
        left, top = box.left() + PAD, box.top() + PAD - 2
        high = self.metrics.height()
        painter.setFont(self.bold)
        painter.setPen(QColor(tokens.text))
        score = f"{row.score:.0f}"
        room = self.metrics.horizontalAdvance("100 ")
        side = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(
            QRect(left + self.width - room, top, room, high),
            Qt.AlignmentFlag.AlignRight | side,
            score,
        )
        if row.feature is None:
            painter.setFont(self.font)
        name = QFontMetrics(painter.font()).elidedText(
            f"{row.place}  {row.name}", Qt.TextElideMode.ElideRight, self.width - room
        )
        painter.drawText(QRect(left, top, self.width - room, high), side, name)
        top += high + GAP
        self._paint_bar(painter, row, QRectF(left, top, self.width, BAR), tokens)
        top += BAR + GAP
        return self._wrapped(painter, _under(row), left, top, tokens.dim)

    def _paint_bar(self, painter: QPainter, row: Any, box: QRectF, tokens: Tokens) -> None:
        """The score of 100; its segments are the terms after the gates."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.line))
        painter.drawRect(box)
        points = sum(part.points for part in row.parts)
        if not row.parts:
            painter.setBrush(QColor(tokens.dim))
            painter.drawRect(QRectF(box.left(), box.top(), box.width() * row.score / 100, BAR))
        at = box.left()
        for part, shade in zip(row.parts, SHADES, strict=False):
            wide = box.width() * row.score / 100 * (part.points / points if points > 0 else 0)
            painter.setBrush(_shade(tokens.accent, shade))
            painter.drawRect(QRectF(at, box.top(), max(0.0, wide - 1), BAR))
            at += wide

    def paint_details(
        self, painter: QPainter, row: Any, left: int, top: int, tokens: Tokens
    ) -> None:
        left, top = left + PAD, top + GAP
        high = self.small_metrics.height()
        side = Qt.AlignmentFlag.AlignVCenter
        wide = max((self.small_metrics.horizontalAdvance(p.title) for p in row.parts), default=0)
        sums = self.small_metrics.horizontalAdvance("0.00 × 0.00 = 00.0")
        painter.setFont(self.small)
        for part, shade in zip(row.parts, SHADES, strict=False):
            painter.setPen(QColor(tokens.text))
            painter.drawText(QRect(left, top, wide, high), side, part.title)
            painter.setPen(QColor(tokens.dim))
            painter.drawText(
                QRect(left + self.width - sums, top, sums, high),
                Qt.AlignmentFlag.AlignRight | side,
                f"{part.value:.2f} × {part.share:.2f} = {part.points:.1f}",
            )
            room = self.width - wide - sums - 18
            bar = QRectF(left + wide + 9, top + high / 2 - 2, max(0, room), 4)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.line))
            painter.drawRect(bar)
            bar.setWidth(bar.width() * part.value)
            painter.setBrush(_shade(tokens.accent, shade))
            painter.drawRect(bar)
            top += high + GAP
        for words in _details(row):
            top = self._wrapped(painter, words, left, top, tokens.text) + GAP

    def _wrapped(self, painter: QPainter, words: str, left: int, top: int, color: str) -> int:
        painter.setFont(self.small)
        painter.setPen(QColor(color))
        high = self._high(words)
        painter.drawText(QRect(left, top, self.width, high), WRAP, words)
        return top + high


def _under(row: Any) -> str:
    return str(row.way_words or row.load)


def _details(row: Any) -> list[str]:
    """Gates, load, ranks and what would decide, as lines."""
    lines = []
    if row.gates:
        gates = " · ".join(f"{title} × {value:.2f}" for title, value in row.gates)
        lines.append(gates)
        lines.append(f"{row.load} · {row.rank_words}")
    else:
        lines.append(row.rank_words)
    if row.decides:
        lines.append(tr("What would decide it: {what}").format(what=", ".join(row.decides)))
    return lines


def _shade(color: str, alpha: int) -> QColor:
    made = QColor(color)
    made.setAlpha(alpha)
    return made
