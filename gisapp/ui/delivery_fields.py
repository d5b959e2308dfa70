"""The fields of a delivery: which go out, in their order, and what each is called there."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gisapp.model.field import Field
from gisapp.model.saved_delivery import DeliveryColumn
from gisapp.model.text import tr
from gisapp.ui.card import button

ROWS, ROW = 7, 26
NAME = Qt.ItemDataRole.UserRole


class DeliveryFields(QWidget):
    """A tick and a name for each field. All of them by their own names is no choice at all."""

    def __init__(self, fields: Iterable[Field], changed: Callable[[], None]) -> None:
        super().__init__()
        self.setProperty("kind", "plain")
        self._fields, self._changed = tuple(fields), changed
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.table = QTableWidget(len(self._fields), 2)
        self.table.setAccessibleName(tr("Fields"))
        self.table.setHorizontalHeaderLabels([tr("Field"), tr("Called in the file")])
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(ROW)
        self.table.setEditTriggers(
            QAbstractItemView.EditTrigger.AllEditTriggers
            ^ QAbstractItemView.EditTrigger.CurrentChanged
        )
        self.table.setWordWrap(False)
        self.table.setFixedHeight(ROWS * ROW + 30)
        self.all = button(tr("All"), "link")
        self.none = button(tr("None"), "link")
        self.chinese = button(tr("Titles as names"), "link")
        self.chinese.setToolTip(tr("Names as people read them, instead of those of the program"))
        self.own = button(tr("Own names"), "link")
        line = QHBoxLayout()
        line.setSpacing(2)
        for made in (self.all, self.none, self.chinese, self.own):
            line.addWidget(made)
        line.addStretch(1)
        column.addWidget(self.table)
        column.addLayout(line)
        self.all.clicked.connect(lambda: self._tick(True))
        self.none.clicked.connect(lambda: self._tick(False))
        self.chinese.clicked.connect(lambda: self._name(lambda field: field.caption))
        self.own.clicked.connect(lambda: self._name(lambda field: field.name))
        self.show_columns(())
        self.table.itemChanged.connect(lambda item: self._changed())

    def show_columns(self, columns: tuple[DeliveryColumn, ...]) -> None:
        """None: every field by its own name. Chosen ones stand first, in their order."""
        known = {field.name: field for field in self._fields}
        names = {c.field: c.name for c in columns}
        order = [c.field for c in columns if c.field in known]
        order += [name for name in known if name not in names]
        self.table.blockSignals(True)
        for row, name in enumerate(order):
            field = known[name]
            first = QTableWidgetItem(field.caption)
            first.setData(NAME, name)
            first.setFlags(first.flags() & ~Qt.ItemFlag.ItemIsEditable)
            on = not columns or name in names
            first.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
            first.setToolTip(f"{field.caption} · {name}")
            self.table.setItem(row, 0, first)
            self.table.setItem(row, 1, QTableWidgetItem(names.get(name) or name))
        self.table.blockSignals(False)

    @property
    def columns(self) -> tuple[DeliveryColumn, ...]:
        """As a delivery keeps them."""
        found, whole = [], True
        for row in range(self.table.rowCount()):
            first, second = self.table.item(row, 0), self.table.item(row, 1)
            if first is None or second is None:
                continue
            field, name = str(first.data(NAME)), second.text().strip()
            on = first.checkState() == Qt.CheckState.Checked
            name = "" if name == field else name
            whole = whole and on and not name
            if on:
                found.append(DeliveryColumn(field, name))
        return () if whole else tuple(found)

    @property
    def none_ticked(self) -> bool:
        items = (self.table.item(row, 0) for row in range(self.table.rowCount()))
        return not any(one and one.checkState() == Qt.CheckState.Checked for one in items)

    def _tick(self, on: bool) -> None:
        self.table.blockSignals(True)
        for row in range(self.table.rowCount()):
            if (item := self.table.item(row, 0)) is not None:
                item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self.table.blockSignals(False)
        self._changed()

    def _name(self, words: Callable[[Field], str]) -> None:
        known = {field.name: field for field in self._fields}
        self.table.blockSignals(True)
        for row in range(self.table.rowCount()):
            first, second = self.table.item(row, 0), self.table.item(row, 1)
            if first is not None and second is not None:
                second.setText(words(known[str(first.data(NAME))]))
        self.table.blockSignals(False)
        self._changed()
