"""The head of an attribute table: caption, unit, sorting and the button of the column's filter."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QHeaderView, QWidget

from gisapp.ui.attribute_table_model import AttributeModel
from gisapp.ui.theme import SMALL, Tokens

HEIGHT = 40
BUTTON = 20  # the filter's, at the right
EDGE = 4  # of a section, where its width is dragged
ROOM = 7  # beside the number of a row


class AttributeHeader(QHeaderView):
    """A click sorts (with Shift: also by this column), the funnel filters, dragging moves."""

    sort_wanted = Signal(int, bool)  # column, besides the others
    filter_wanted = Signal(int)
    menu_wanted = Signal(int, QPoint)

    def __init__(self, tokens: Tokens, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._t = tokens
        self.sorts: dict[int, tuple[int, bool]] = {}  # column: rank from 1, falling
        self.filtered: frozenset[int] = frozenset()
        self.setSectionsMovable(True)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(56)
        self.setDefaultSectionSize(118)
        self._pressed: QPoint | None = None

    def sizeHint(self) -> QSize:
        """Qt's own asks every column for its words; only the height is ever used."""
        return QSize(self.defaultSectionSize(), HEIGHT)

    def button_rect(self, column: int) -> QRect:
        """Where the funnel of a column is."""
        right = self.sectionViewportPosition(column) + self.sectionSize(column)
        return QRect(right - BUTTON - EDGE, 0, BUTTON, HEIGHT)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = None
        at = event.position().toPoint()
        column = self.logicalIndexAt(at)
        if event.button() == Qt.MouseButton.LeftButton and column >= 0:
            if self.button_rect(column).contains(at):
                self.filter_wanted.emit(column)
                return
            left = self.sectionViewportPosition(column)
            inside = left + EDGE < at.x() < left + self.sectionSize(column) - EDGE
            self._pressed = at if inside else None
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        at, pressed = event.position().toPoint(), self._pressed
        self._pressed = None
        if pressed is not None and (at - pressed).manhattanLength() < 6:
            more = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.sort_wanted.emit(self.logicalIndexAt(at), more)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        column = self.logicalIndexAt(event.pos())
        if column >= 0:
            self.menu_wanted.emit(column, event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()  # keys belong to the table

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:  # noqa: N803
        model = self.model()
        if not rect.isValid() or not isinstance(model, AttributeModel):
            return
        if logicalIndex >= len(model.fields):
            return
        field, t = model.fields[logicalIndex], self._t
        painter.save()
        painter.fillRect(rect, QColor(t.panel))
        painter.setPen(QColor(t.line))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.drawLine(rect.right(), rect.top() + 10, rect.right(), rect.bottom() - 9)
        room = rect.adjusted(8, 4, -BUTTON - EDGE - 2, -4)
        sorted_by = self.sorts.get(logicalIndex)
        if sorted_by is not None:
            room.setRight(room.right() - 14)
            self._arrow(painter, QPointF(room.right() + 8, rect.center().y() + 0.5), sorted_by)
        font = QFont(self.font())
        font.setPixelSize(SMALL)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(t.text))
        low = room.height() // 2 if field.unit else room.height()
        first = QRect(room.left(), room.top(), room.width(), low)
        words = painter.fontMetrics().elidedText(
            field.caption, Qt.TextElideMode.ElideRight, room.width()
        )
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(first, left, words)
        if field.unit:
            font.setWeight(QFont.Weight.Normal)
            font.setPixelSize(SMALL - 1)
            painter.setFont(font)
            painter.setPen(QColor(t.dim))
            second = QRect(room.left(), first.bottom() + 1, room.width(), room.height() - low)
            painter.drawText(second, left, field.unit)
        self._funnel(painter, rect, active=logicalIndex in self.filtered)
        painter.restore()

    def _arrow(self, painter: QPainter, at: QPointF, sorted_by: tuple[int, bool]) -> None:
        rank, falling = sorted_by
        down = 3.0 if falling else -3.0
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._t.accent))
        painter.drawPolygon(
            QPolygonF([at + QPointF(-4, -down), at + QPointF(4, -down), at + QPointF(0, down)])
        )
        if len(self.sorts) > 1:
            font = QFont(self.font())
            font.setPixelSize(9)
            painter.setFont(font)
            painter.setPen(QColor(self._t.accent))
            painter.drawText(at + QPointF(-2.5, 14), str(rank))
        painter.restore()

    def _funnel(self, painter: QPainter, rect: QRect, *, active: bool) -> None:
        center = QPointF(rect.right() - EDGE - BUTTON / 2 + 0.5, rect.center().y() + 0.5)
        shape = [(-5, -4.5), (5, -4.5), (1.2, 0.5), (1.2, 4.5), (-1.2, 3.2), (-1.2, 0.5)]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = QColor(self._t.accent if active else self._t.dim)
        painter.setPen(QPen(color, 1.1))
        painter.setBrush(color if active else QColor(Qt.GlobalColor.transparent))
        painter.drawPolygon(QPolygonF([center + QPointF(x, y) for x, y in shape]))


class RowHeader(QHeaderView):
    """The numbers of the rows. Qt's own asks hundreds of rows for the widest; it is the last."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setStyleSheet(
            f"QHeaderView::section {{ padding: 0 {ROOM}px; font-size: {SMALL - 1}px; }}"
        )

    def sizeHint(self) -> QSize:
        model = self.model()
        font = QFont(self.font())
        font.setPixelSize(SMALL - 1)
        words = f"{max(model.rowCount() if model is not None else 0, 1):,}"
        wide = QFontMetrics(font).horizontalAdvance("8" * len(words))
        return QSize(wide + 2 * ROOM + 2 * EDGE, self.defaultSectionSize())
