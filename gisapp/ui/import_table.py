"""The rows of a file before they are imported: a virtual table, coloured by problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from gisapp.app.import_doctor import LEVELS, Understanding
from gisapp.app.import_doctor_columns import fields_of, target_words
from gisapp.model.project import Project
from gisapp.model.text import tr
from gisapp.ui.theme import Tokens

Index = QModelIndex | QPersistentModelIndex
NOTHING = QModelIndex()
FADED = 44  # alpha of the colour behind a cell


@dataclass(frozen=True, eq=False)
class PreviewRows:
    """`level` of each record (0: nothing, 1 error, 2 warning, 3 note); `cells` by column."""

    level: npt.NDArray[np.int8]
    cells: dict[str, npt.NDArray[np.int8]]
    order: npt.NDArray[np.int64]  # records with problems first
    troubled: int


def preview_rows(understood: Understanding) -> PreviewRows:
    """Computed by a worker."""
    count = len(understood)
    level = np.full(count, 9, np.int8)
    cells: dict[str, npt.NDArray[np.int8]] = {}
    place = [column for column in understood.place.columns if column]
    for problem in understood.problems:
        number = LEVELS.index(problem.level) + 1
        level[problem.rows] = np.minimum(level[problem.rows], number)
        for column in problem.column.split(", ") if problem.column else place:
            if column in understood.texts and len(problem.rows):
                marks = cells.setdefault(column, np.full(count, 9, np.int8))
                marks[problem.rows] = np.minimum(marks[problem.rows], number)
    level[level == 9] = 0
    for marks in cells.values():
        marks[marks == 9] = 0
    bad = (level == 1) | (level == 2)
    order = np.concatenate([np.flatnonzero(bad), np.flatnonzero(~bad)]).astype(np.int64)
    return PreviewRows(level, cells, order, int(bad.sum()))


class ImportTable(QAbstractTableModel):
    """Rows of the file, those with problems first when wanted; nothing is copied."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self._tokens = tokens
        self._found: Understanding | None = None
        self._rows: PreviewRows | None = None
        self._headings: list[str] = []
        self._columns: list[npt.NDArray[Any]] = []
        self._names: list[str] = []
        self._troubled_first = True

    def show_rows(self, found: Understanding, rows: PreviewRows, project: Project) -> None:
        fields = fields_of(project)
        self.beginResetModel()
        self._found, self._rows = found, rows
        self._names = list(found.layout.names)
        place = set(found.place.columns)
        self._headings = []
        for name in self._names:
            target = found.targets.get(name, "")
            said = target_words(target, fields) if target else tr("place") if name in place else "–"
            self._headings.append(f"{name}\n{said}")
        self._columns = [found.texts[name] for name in self._names]
        self.endResetModel()

    def rowCount(self, parent: Index = NOTHING) -> int:
        return 0 if parent.isValid() or self._found is None else len(self._found)

    def columnCount(self, parent: Index = NOTHING) -> int:
        return 0 if parent.isValid() else len(self._names)

    def record(self, row: int) -> int:
        """The record that a row of the table shows."""
        assert self._rows is not None
        return int(self._rows.order[row])

    def row_of(self, record: int) -> int:
        if self._rows is None:
            return -1
        found = np.flatnonzero(self._rows.order == record)
        return int(found[0]) if len(found) else -1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._found is None or self._rows is None:
            return None
        record = self.record(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return str(self._columns[index.column()][record])
        if role == Qt.ItemDataRole.BackgroundRole:
            marks = self._rows.cells.get(self._names[index.column()])
            return self._colour(int(marks[record])) if marks is not None else None
        if role == Qt.ItemDataRole.ForegroundRole and self._found.skip[record]:
            return QColor(self._tokens.dim)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(self.words(record)) or None
        return None

    def words(self, record: int) -> list[str]:
        """What is said about one record."""
        if self._found is None:
            return []
        said = []
        for problem in self._found.problems:
            at = int(np.searchsorted(problem.rows, record))
            if at < len(problem.rows) and problem.rows[at] == record:
                said.append(problem.words(at))
        if self._found.skip[record]:
            said.append(tr("is left out"))
        return said

    def _colour(self, level: int) -> QColor | None:
        if level in (1, 2):
            colour = QColor(self._tokens.bad if level == 1 else self._tokens.warn)
            colour.setAlpha(FADED)
            return colour
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or self._found is None:
            return None
        if orientation == Qt.Orientation.Horizontal:
            return self._headings[section]
        return str(self._found.row_numbers[self.record(section)])
