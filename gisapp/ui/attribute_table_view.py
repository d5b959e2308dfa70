"""The grid of an attribute table: cells as in a spreadsheet, the first columns stay in sight."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QTableView,
    QWidget,
)

from gisapp.model.field import Field
from gisapp.model.table_look import TableLook
from gisapp.ui.attribute_table_cells import ROW_HEIGHT, CellDelegate
from gisapp.ui.attribute_table_header import AttributeHeader, RowHeader
from gisapp.ui.attribute_table_model import AttributeModel
from gisapp.ui.theme import Tokens

Index = QModelIndex | QPersistentModelIndex
_ALT, _CONTROL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


class Grid(QTableView):
    """What the table and its frozen columns have in common."""

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.head = AttributeHeader(tokens, self)
        self.setHorizontalHeader(self.head)
        self.setVerticalHeader(RowHeader(self))
        self.setItemDelegate(CellDelegate(tokens, self))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        rows.setMinimumSectionSize(ROW_HEIGHT)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        trigger = QAbstractItemView.EditTrigger
        self.setEditTriggers(trigger.DoubleClicked | trigger.EditKeyPressed | trigger.AnyKeyPressed)
        self.setTabKeyNavigation(False)

    def go_down(self) -> None:
        below = self.currentIndex().siblingAtRow(self.currentIndex().row() + 1)
        if below.isValid():
            self.setCurrentIndex(below)

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        """Enter goes on to the row below."""
        super().closeEditor(editor, hint)
        if hint == QAbstractItemDelegate.EndEditHint.SubmitModelCache:
            self.go_down()


class FrozenColumns(Grid):
    """The first columns once more, over the table."""

    def __init__(self, tokens: Tokens, over: QTableView) -> None:
        super().__init__(tokens, over)
        self._line = tokens.line
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setStyleSheet(
            f"QTableView {{ border: none; border-radius: 0; background: {tokens.panel}; }}"
        )
        self.verticalHeader().hide()
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFocusProxy(over)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        painter.setPen(QColor(self._line))
        right = self.viewport().width() - 1
        painter.drawLine(right, 0, right, self.viewport().height())
        painter.end()


class AttributeView(Grid):
    copy_wanted = Signal(bool)  # with headings
    paste_wanted = Signal()
    clear_wanted = Signal()
    fill_wanted = Signal()  # the first of the selected cells for those below it
    delete_wanted = Signal()
    order_changed = Signal(tuple)  # names of the fields
    filter_wanted = Signal(int)
    _frozen_count = 0  # known before Qt's own constructor asks

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        super().__init__(tokens, parent)
        self._dressing = False
        self.frozen = FrozenColumns(tokens, self)
        numbers = self.verticalHeader()
        self.head.sectionMoved.connect(self._moved)
        self.head.sectionResized.connect(self._resized)
        self.frozen.head.sectionResized.connect(self._frozen_resized)
        self.frozen.head.setSectionsMovable(False)
        self.verticalScrollBar().valueChanged.connect(self.frozen.verticalScrollBar().setValue)
        self.frozen.verticalScrollBar().valueChanged.connect(self.verticalScrollBar().setValue)
        self.head.geometriesChanged.connect(self._lay_frozen)
        numbers.geometriesChanged.connect(self._lay_frozen)

    def use(self, model: AttributeModel) -> None:
        self.setModel(model)
        self.frozen.setModel(model)
        self.frozen.setSelectionModel(self.selectionModel())

    def table(self) -> AttributeModel:
        model = self.model()
        assert isinstance(model, AttributeModel)
        return model

    # ---- columns

    def dress(self, look: TableLook) -> None:
        """Order, hidden and frozen columns."""
        names = tuple(field.name for field in self.table().fields)
        order = look.ordered(names)
        place = {name: n for n, name in enumerate(names)}
        seen = [name for name in order if name not in look.hidden]
        ahead = set(seen[: look.frozen])
        self._frozen_count = len(ahead)
        self._dressing = True
        for grid in (self, self.frozen):
            for visual, name in enumerate(order):
                at = grid.head.visualIndex(place[name])
                if at != visual:
                    grid.head.moveSection(at, visual)
        for name in names:
            column = place[name]
            self.setColumnHidden(column, name in look.hidden)
            self.frozen.setColumnHidden(column, name not in ahead)
            self.frozen.setColumnWidth(column, self.columnWidth(column))
        self._dressing = False
        self._lay_frozen()

    def visible_columns(self) -> list[int]:
        """In the order they are seen."""
        found = (self.head.logicalIndex(visual) for visual in range(self.head.count()))
        return [column for column in found if not self.isColumnHidden(column)]

    def use_widths(self, kept: str) -> None:
        """As `widths` wrote them; others as usual."""
        pairs = (part.partition(":") for part in kept.split(";") if part)
        known = {name: int(width) for name, _, width in pairs if width.isdigit()}
        for column, field in enumerate(self.table().fields):
            self.setColumnWidth(column, known.get(field.name, _usual_width(field)))

    def widths(self) -> str:
        """Those that are not as usual."""
        fields = enumerate(self.table().fields)
        now = ((field, self.columnWidth(column)) for column, field in fields)
        return ";".join(f"{f.name}:{w}" for f, w in now if w and w != _usual_width(f))

    def _moved(self, logical: int, old: int, new: int) -> None:
        if not self._dressing:
            fields = self.table().fields
            order = (self.head.logicalIndex(visual) for visual in range(self.head.count()))
            self.order_changed.emit(tuple(fields[column].name for column in order))

    def _resized(self, column: int, old: int, new: int) -> None:
        if not self._dressing and not self.frozen.isColumnHidden(column):
            self.frozen.setColumnWidth(column, new)
            self._lay_frozen()

    def _frozen_resized(self, column: int, old: int, new: int) -> None:
        if not self._dressing and new and not self.frozen.isColumnHidden(column):
            self.setColumnWidth(column, new)
            self._lay_frozen()

    def _frozen_width(self) -> int:
        model = self.model()
        if not isinstance(model, AttributeModel):
            return 0
        columns = range(len(model.fields))
        return sum(self.columnWidth(n) for n in columns if not self.frozen.isColumnHidden(n))

    def _lay_frozen(self) -> None:
        width = min(self._frozen_width(), self.viewport().width() - 80) if self._frozen_count else 0
        left = self.verticalHeader().width() + self.frameWidth()
        height = self.viewport().height() + self.head.height()
        place = QRect(left, self.frameWidth(), max(width, 0), height)
        if self.frozen.geometry() != place:
            self.frozen.setGeometry(place)
        if self.frozen.isHidden() is (width > 0):
            self.frozen.setVisible(width > 0)
            self.frozen.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_frozen()

    def scrollTo(
        self,
        index: Index,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Not below the frozen columns."""
        super().scrollTo(index, hint)
        if not self._frozen_count:
            return
        hidden = self._frozen_width() - self.visualRect(index).left()
        if self.frozen.isVisible() and hidden > 0 and self.frozen.isColumnHidden(index.column()):
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - hidden)

    # ---- what is selected

    def _ranges(self) -> list[QItemSelectionRange]:
        found: list[QItemSelectionRange] = self.selectionModel().selection().toList()
        return found

    def rows_selected(self) -> npt.NDArray[np.int64]:
        """Rows with a selected cell, ascending."""
        mask = np.zeros(len(self.table().numbers), bool)
        for part in self._ranges():
            mask[part.top() : part.bottom() + 1] = True
        return np.flatnonzero(mask)

    def columns_selected(self) -> list[int]:
        """Visible columns with a selected cell, as they are seen."""
        chosen: set[int] = set()
        for part in self._ranges():
            chosen.update(range(part.left(), part.right() + 1))
        return [column for column in self.visible_columns() if column in chosen]

    def cells_selected(self) -> Iterator[tuple[int, int]]:
        """Rows and columns of visible selected cells."""
        seen = set(self.visible_columns())
        for part in self._ranges():
            for row in range(part.top(), part.bottom() + 1):
                for column in range(part.left(), part.right() + 1):
                    if column in seen:
                        yield row, column

    def go_to_row(self, row: int) -> None:
        """Make a row the current one, in the column that is current."""
        column = self.currentIndex().column()
        if column < 0:
            column = next(iter(self.visible_columns()), 0)
        index = self.table().index(row, column)
        flag = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flag.ClearAndSelect)
        self.scrollTo(index)

    # ---- keys

    def event(self, event: QEvent) -> bool:
        """What is typed here is for the cells, whatever it does elsewhere in the window."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            typing = bool(event.text()) and not event.modifiers() & (_CONTROL | _ALT)
            if (typing and event.key() != Qt.Key.Key_Escape) or self._command(event):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        command = self._command(event)
        if command is not None:
            command()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.hasFocus():
                self.go_down()
            return  # an editor passes its own on
        super().keyPressEvent(event)

    def _command(self, event: QKeyEvent) -> Callable[[], None] | None:
        standard, key = QKeySequence.StandardKey, event.key()
        held = event.modifiers()
        if event.matches(standard.Copy):
            return partial(self.copy_wanted.emit, True)
        if event.matches(standard.Paste):
            return self.paste_wanted.emit
        if key == Qt.Key.Key_Delete and held == Qt.KeyboardModifier.NoModifier:
            return self.clear_wanted.emit
        if held & _CONTROL and key == Qt.Key.Key_D:
            return self.fill_wanted.emit
        if held & _CONTROL and key == Qt.Key.Key_Minus:
            return self.delete_wanted.emit
        if held & _ALT and key == Qt.Key.Key_Down and self.currentIndex().isValid():
            return partial(self.filter_wanted.emit, self.currentIndex().column())
        return None

    def edit_cell(self) -> None:
        """Open the current cell for typing, also below the frozen columns."""
        index = self.currentIndex()
        if index.isValid():
            self.edit(index)

    def edit(self, index: Index, trigger: Any = None, event: Any = None) -> Any:
        """A cell of a frozen column is typed in where it is seen."""
        given = () if trigger is None else (trigger, event)
        if self.frozen.isVisible() and not self.frozen.isColumnHidden(index.column()):
            return self.frozen.edit(index, *given)
        return super().edit(index, *given)


def _usual_width(field: Field) -> int:
    return 150 if field.kind == "text" else 118
