"""How one row of the layer list looks: box, symbol, name, count or unit, badge."""

from __future__ import annotations

from typing import get_args

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QIcon, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gisapp.model.layer import Layer
from gisapp.model.style import Shape
from gisapp.model.survey import layer_title
from gisapp.ui.icons import pixmap
from gisapp.ui.layer_facts import LayerFacts
from gisapp.ui.layer_list import FACTS_ROLE, LAYER_ROLE, LEGEND_ROLE
from gisapp.ui.symbol import color_of, paint_mark, paint_symbol
from gisapp.ui.theme import SMALL, Tokens

HEIGHT = 28
LEGEND_HEIGHT = 22
BOX = 14
SYMBOL_WIDTH = 26
Index = QModelIndex | QPersistentModelIndex


class LayerRow(QStyledItemDelegate):
    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._t = tokens
        self.turn = 0  # of the ring that says loading, degrees

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        legend = index.data(LEGEND_ROLE) is not None
        return QSize(120, LEGEND_HEIGHT if legend else HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        entry = index.data(LEGEND_ROLE)
        if entry is not None:
            self._paint_legend(painter, rect, entry)
        else:
            self._paint_layer(painter, rect, option, index)
        painter.restore()

    def _paint_layer(
        self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, index: Index
    ) -> None:
        t = self._t
        layer: Layer = index.data(LAYER_ROLE)
        facts: LayerFacts = index.data(FACTS_ROLE)
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(t.hover))
            painter.drawRoundedRect(QRectF(rect).adjusted(0, 1, 0, -1), 6, 6)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(t.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 1.5, -0.5, -1.5), 6, 6)
        self._paint_box(painter, box_of(rect), layer.visible)
        symbol = QRectF(rect.left() + 28, rect.center().y() - 8, SYMBOL_WIDTH, 17)
        painter.setOpacity(1.0 if layer.visible else 0.45)
        paint_symbol(painter, symbol, layer.style, t.panel)
        painter.setOpacity(1.0)

        right = rect.right() - 4
        if facts.badge:
            right -= 16
            self._paint_badge(painter, QRect(right, rect.center().y() - 7, 16, 16), facts.badge)
            right -= 6
        small = QFont(option.font)  # type: ignore[attr-defined]
        small.setPixelSize(SMALL)
        painter.setFont(small)
        painter.setPen(QColor(t.dim))
        width = painter.fontMetrics().horizontalAdvance(facts.note)
        side = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(QRect(right - width, rect.top(), width, rect.height()), side, facts.note)
        if width:
            right -= width + 8
        painter.setFont(option.font)  # type: ignore[attr-defined]
        painter.setPen(QColor(t.text if layer.visible else t.dim))
        left = int(symbol.right()) + 8
        room = QRect(left, rect.top(), right - left, rect.height())
        name = painter.fontMetrics().elidedText(
            layer_title(layer), Qt.TextElideMode.ElideMiddle, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, name)

    def _paint_box(self, painter: QPainter, box: QRect, on: bool) -> None:
        t = self._t
        painter.setPen(QPen(QColor(t.accent if on else t.dim), 1))
        painter.setBrush(QColor(t.accent if on else t.panel))
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        if on:
            pen = QPen(QColor(t.on_accent), 1.8)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            x, y = box.x(), box.y()
            painter.drawPolyline(
                [QPointF(x + 3.4, y + 7.3), QPointF(x + 6, y + 9.9), QPointF(x + 10.7, y + 4.4)]
            )

    def _paint_badge(self, painter: QPainter, box: QRect, badge: str) -> None:
        t = self._t
        if badge == "loading":
            painter.setPen(QPen(QColor(t.dim), 1.6))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawArc(QRectF(box).adjusted(2, 2, -2, -2), -self.turn * 16, 270 * 16)
            return
        color = t.dim if badge == "locked" else t.warn
        made = QIcon()
        for size in (16, 32, 48):
            made.addPixmap(pixmap(badge if badge != "locked" else "lock", color, size))
        made.paint(painter, box)

    def _paint_legend(self, painter: QPainter, rect: QRect, entry: tuple[str, str, str]) -> None:
        color, shape, words = entry
        middle = QPointF(rect.left() + 22, rect.center().y() + 0.5)
        if shape:
            size = 9 if shape in get_args(Shape) else 15
            paint_mark(painter, middle, shape, color, size, self._t.panel)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color_of(color))
            painter.drawRoundedRect(QRectF(middle.x() - 7, middle.y() - 5, 14, 10), 2, 2)
        font = painter.font()
        font.setPixelSize(SMALL)
        painter.setFont(font)
        painter.setPen(QColor(self._t.dim))
        painter.drawText(rect.adjusted(38, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """A click on the box; everything else selects."""
        if index.data(LEGEND_ROLE) is not None or not isinstance(event, QMouseEvent):
            return False
        rect: QRect = option.rect  # type: ignore[attr-defined]
        hit = box_of(rect).adjusted(-5, -5, 5, 5).contains(event.position().toPoint())
        able = bool(model.flags(index) & Qt.ItemFlag.ItemIsUserCheckable)
        if not (hit and able and event.button() == Qt.MouseButton.LeftButton):
            return False
        if event.type() == QEvent.Type.MouseButtonRelease:
            on = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
            state = Qt.CheckState.Unchecked if on else Qt.CheckState.Checked
            model.setData(index, state.value, Qt.ItemDataRole.CheckStateRole)
        return True

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        rect: QRect = option.rect  # type: ignore[attr-defined]
        editor.setGeometry(rect.adjusted(28 + SYMBOL_WIDTH + 2, 0, -2, 0))


def box_of(rect: QRect) -> QRect:
    """Where the check box of a row is."""
    return QRect(rect.left() + 6, rect.center().y() - BOX // 2 + 1, BOX, BOX)
