"""How a cell of an attribute table is painted and typed in."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from gisapp.app.table_view_cells import read_cell
from gisapp.model.field import Field
from gisapp.model.text import tr
from gisapp.ui.attribute_table_model import AttributeModel
from gisapp.ui.card import restyle
from gisapp.ui.form import QuietCombo
from gisapp.ui.theme import Tokens

ROW_HEIGHT = 26
ENDS_AT_HAND = 4096
_SELECTED = QStyle.StateFlag.State_Selected.value
_FOCUS = QStyle.StateFlag.State_HasFocus.value
Index = QModelIndex | QPersistentModelIndex


def editor_for(field: Field, parent: QWidget | None = None) -> QLineEdit | QuietCombo:
    """What a value of the field is typed or chosen with."""
    if field.kind in ("choice", "boolean"):
        if field.kind == "choice":
            values: list[tuple[Any, str]] = [(one, field.shown(one)) for one in field.choices]
        else:
            values = [(True, tr("Yes")), (False, tr("No"))]
        box = QuietCombo([(None, ""), *values], parent)
        box.setAccessibleName(field.caption)
        return box
    edit = QLineEdit(parent)
    edit.setAccessibleName(field.caption)
    if field.kind == "date":
        edit.setPlaceholderText("2026-01-17")
    edit.textEdited.connect(lambda: restyle(edit, "state", ""))
    return edit


def value_of(field: Field, editor: QWidget) -> Any:
    """What was typed. ValueError says what is wrong."""
    if isinstance(editor, QuietCombo):
        value = editor.currentData()
    else:
        assert isinstance(editor, QLineEdit)
        value = read_cell(field, editor.text())
    if value is None and field.required:
        raise ValueError(tr("This cannot be empty"))
    return value


def say_wrong(editor: QWidget, words: str) -> None:
    """In place: the field turns red and says why."""
    restyle(editor, "state", "wrong")
    editor.setToolTip(words)
    QToolTip.showText(editor.mapToGlobal(QPoint(0, editor.height())), words, editor)


class CellDelegate(QStyledItemDelegate):
    typed = Signal(int, int, object, bool)  # row, column, value, for all selected cells
    refused = Signal(str)

    def __init__(self, tokens: Tokens, parent: QAbstractItemView) -> None:
        super().__init__(parent)
        self._panel, self._hover = QColor(tokens.panel), QColor(tokens.hover)
        self._line, self._text = QColor(tokens.line), QColor(tokens.text)
        self._accent, self._selected = QColor(tokens.accent), QColor(tokens.accent)
        self._selected.setAlphaF(0.20)
        self._everywhere = False
        self._widths: dict[str, int] = {}  # of plain letters, rounded up
        self._widest = 0
        self._ends: dict[tuple[str, int], str] = {}  # what fits of a text into a width

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(118, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, AttributeModel)
        rect = option.rect  # type: ignore[attr-defined]
        state = option.state.value  # type: ignore[attr-defined]
        row = index.row()
        cell = model.cell(row, index.column())
        painter.fillRect(rect, self._hover if model.is_chosen(row) else self._panel)
        if cell.tint is not None:
            painter.fillRect(rect, cell.tint)
        if state & _SELECTED:
            painter.fillRect(rect, self._selected)
        painter.setPen(self._line)
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        left = 8
        if cell.dot:
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(cell.dot))
            painter.drawEllipse(QRectF(rect.left() + left, rect.center().y() - 3.5, 8, 8))
            painter.restore()
            left += 14
        if cell.words:
            room = rect.adjusted(left, 0, -8, 0)
            painter.setPen(self._text)
            painter.drawText(room, cell.side, self._fitted(cell.words, room.width(), painter))
        if state & _FOCUS:
            painter.setPen(QPen(self._accent, 2))
            painter.drawRect(rect.adjusted(1, 1, -1, -1))

    def _fitted(self, words: str, width: int, painter: QPainter) -> str:
        """With … where there is no room for all. Laying out a text to know its width takes as long
        as painting it, so that is done once, and only for what may be too long."""
        known = self._ends.get((words, width))
        if known is None:
            metrics = painter.fontMetrics()
            if not self._widths:
                self._widths = {
                    c: metrics.horizontalAdvance(c) + 1 for c in map(chr, range(32, 127))
                }
                self._widest = metrics.height()  # no letter is wider than high
            widest = self._widest
            known = words
            if sum(self._widths.get(letter, widest) for letter in words) > width:
                known = metrics.elidedText(words, Qt.TextElideMode.ElideRight, width)
            if len(self._ends) >= ENDS_AT_HAND:
                self._ends.clear()
            self._ends[words, width] = known
        return known

    # ---- typing

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        model = index.model()
        assert isinstance(model, AttributeModel)
        editor = editor_for(model.fields[index.column()], parent)
        self._everywhere = False
        if isinstance(editor, QuietCombo):
            editor.activated.connect(lambda: self._finished(editor))
            QTimer.singleShot(0, editor, editor.showPopup)
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        model = index.model()
        assert isinstance(model, AttributeModel)
        if isinstance(editor, QuietCombo):
            value = model.value(index.row(), index.column())
            at = next((n for n in range(editor.count()) if editor.itemData(n) == value), -1)
            if at < 0:  # a value the code list does not know is kept
                editor.addItem(str(value), value)
                at = editor.count() - 1
            editor.setCurrentIndex(at)
        elif isinstance(editor, QLineEdit):
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole) or ""))
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        assert isinstance(model, AttributeModel)
        try:
            value = value_of(model.fields[index.column()], editor)
        except ValueError as error:
            self.refused.emit(str(error))
            return
        self.typed.emit(index.row(), index.column(), value, self._everywhere)

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        editor.setGeometry(option.rect)  # type: ignore[attr-defined]

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        """Enter with something that cannot be read keeps the cell open and says why."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if (enter or event.key() == Qt.Key.Key_Tab) and isinstance(editor, QLineEdit):
                problem = self._problem(editor)
                if problem:
                    say_wrong(editor, problem)
                    return True
            if enter and isinstance(editor, QWidget):
                control = Qt.KeyboardModifier.ControlModifier
                self._everywhere = bool(event.modifiers() & control)
                if self._everywhere:
                    self._finished(editor)
                    return True
        return super().eventFilter(editor, event)

    def _problem(self, editor: QLineEdit) -> str:
        view = self.parent()
        assert isinstance(view, QAbstractItemView)
        model, index = view.model(), view.currentIndex()
        if not isinstance(model, AttributeModel) or not index.isValid():
            return ""
        try:
            value_of(model.fields[index.column()], editor)
        except ValueError as error:
            return str(error)
        return ""

    def _finished(self, editor: QWidget) -> None:
        self.commitData.emit(editor)
        self.closeEditor.emit(editor, QStyledItemDelegate.EndEditHint.NoHint)
