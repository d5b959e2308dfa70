"""The ways out of a state as a table with two ticks in each line."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from gisapp.model.survey_scheme import State, SurveyScheme, Transition
from gisapp.model.text import tr

ROW = 26  # px of a way


class WayTable(QTableWidget):
    """The other states: whether this one may become them, and whether a reason is asked for."""

    def __init__(self, edited: Callable[[], None]) -> None:
        super().__init__(0, 2)
        self._edited = edited
        self.setHorizontalHeaderLabels([tr("May become"), tr("Asks why")])
        self.setAccessibleName(tr("What it may become"))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemChanged.connect(self._item_changed)

    def show_ways(self, state: State, scheme: SurveyScheme) -> None:
        self.blockSignals(True)
        others = [one for one in scheme.states if one.id != state.id]
        known = {w.after: w for w in scheme.transitions if w.before == state.id}
        self.setRowCount(len(others))
        for row, other in enumerate(others):
            way = known.get(other.id)
            first = QTableWidgetItem(other.caption or other.id)
            first.setData(Qt.ItemDataRole.UserRole, other.id)
            first.setCheckState(_check(way is not None))
            why = QTableWidgetItem()
            why.setCheckState(_check(way is not None and way.why))
            if way is None:
                why.setFlags(why.flags() & ~Qt.ItemFlag.ItemIsEnabled)
            self.setItem(row, 0, first)
            self.setItem(row, 1, why)
        self.setFixedHeight(ROW * len(others) + self.horizontalHeader().sizeHint().height() + 4)
        self.blockSignals(False)

    def _item_changed(self, item: QTableWidgetItem) -> None:
        why = self.item(item.row(), 1)
        if item.column() == 0 and why is not None:
            on = item.checkState() == Qt.CheckState.Checked
            self.blockSignals(True)
            flags = why.flags()
            enabled = Qt.ItemFlag.ItemIsEnabled
            why.setFlags(flags | enabled if on else flags & ~enabled)
            if not on:
                why.setCheckState(Qt.CheckState.Unchecked)
            self.blockSignals(False)
        self._edited()

    def ways(self, before: str) -> list[Transition]:
        found = []
        for row in range(self.rowCount()):
            first, why = self.item(row, 0), self.item(row, 1)
            if first and why and first.checkState() == Qt.CheckState.Checked:
                after = str(first.data(Qt.ItemDataRole.UserRole))
                found.append(Transition(before, after, why.checkState() == Qt.CheckState.Checked))
        return found


def _check(on: bool) -> Qt.CheckState:
    return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
