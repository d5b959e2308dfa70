"""The rows of a table for Qt: only the cells that are seen are made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from gisapp.app.table_view import NUMERIC, Numbers, matches, shown
from gisapp.app.table_view_cells import typed
from gisapp.model.features import FeatureId, FeatureSet, Row
from gisapp.model.field import Field
from gisapp.model.style import AreaStyle, PointStyle, Style
from gisapp.model.table_look import ColorRule
from gisapp.model.text import tr
from gisapp.ui.theme import Tokens

ROWS_AT_HAND = 2048  # rows kept as they were read
DOT = Qt.ItemDataRole.UserRole  # colour of the category a cell names
CHOSEN = Qt.ItemDataRole.UserRole + 1  # whether the row's feature is selected
Index = QModelIndex | QPersistentModelIndex
_TINTS = {"red": 0.26, "orange": 0.26, "green": 0.22, "blue": 0.22, "grey": 0.22}


class Cell(NamedTuple):
    """What is painted of one cell."""

    words: str
    side: Qt.AlignmentFlag
    tint: QColor | None
    dot: str | None  # colour of the category it names


class AttributeModel(QAbstractTableModel):
    """One column a field, in the order of the fields. Use `show` for other data."""

    def __init__(self, tokens: Tokens, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tokens = tokens
        self.data_shown: FeatureSet | None = None
        self.numbers: Numbers = np.empty(0, np.int64)
        self.fields: tuple[Field, ...] = ()
        self.editable = False
        self._rows: dict[int, Row] = {}
        self._cells: dict[tuple[int, int], Cell] = {}
        self._chosen: npt.NDArray[np.bool_] = np.empty(0, bool)  # by number of the feature
        self._rules: dict[str, list[ColorRule]] = {}
        self._dots: tuple[str, dict[Any, str]] = ("", {})

    def show(self, data: FeatureSet, numbers: Numbers, *, editable: bool) -> None:
        """Other rows, or the same in another order."""
        self.beginResetModel()
        self.data_shown, self.numbers, self.fields = data, numbers, data.fields
        self.editable = editable
        self._forget()
        if len(self._chosen) != len(data):
            self._chosen = np.zeros(len(data), bool)
        self.endResetModel()

    def follow(self, data: FeatureSet) -> None:
        """A snapshot with the same features, of which cells were changed."""
        self.data_shown = data
        self._forget()
        self.repaint_all()

    def dress(self, style: Style | None, rules: Sequence[ColorRule]) -> None:
        """Colours: of the categories the layer is drawn by, and those of rules."""
        self._rules = {}
        for rule in rules:
            self._rules.setdefault(rule.field, []).append(rule)
        self._dots = ("", {})
        if isinstance(style, PointStyle | AreaStyle) and style.by:
            self._dots = (style.by, {one.value: one.color for one in style.categories})
        self._cells.clear()
        self.repaint_all()

    def choose(self, fids: frozenset[FeatureId]) -> None:
        """Rows that are marked as selected."""
        if self.data_shown is None:
            return
        chosen = np.zeros(len(self.data_shown), bool)
        there = self.data_shown.numbers_of(fids)
        chosen[there[there >= 0]] = True
        self._chosen = chosen
        self.repaint_all()

    def repaint_all(self) -> None:
        if len(self.numbers) and self.fields:
            last = self.index(len(self.numbers) - 1, len(self.fields) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
            self.headerDataChanged.emit(Qt.Orientation.Vertical, 0, len(self.numbers) - 1)

    def _forget(self) -> None:
        self._rows.clear()
        self._cells.clear()

    # ---- what is where

    @property
    def chosen_numbers(self) -> Numbers:
        return np.flatnonzero(self._chosen)

    def fid(self, row: int) -> FeatureId:
        assert self.data_shown is not None
        return FeatureId(str(self.data_shown.ids_at(self.numbers[row : row + 1])[0]))

    def fids(self, rows: npt.NDArray[np.int64]) -> list[FeatureId]:
        assert self.data_shown is not None
        return [FeatureId(str(fid)) for fid in self.data_shown.ids_at(self.numbers[rows])]

    def row_of(self, fid: FeatureId) -> int:
        """Where a feature is seen; -1 when it is not."""
        if self.data_shown is None:
            return -1
        number = int(self.data_shown.numbers_of([fid])[0])
        found = np.flatnonzero(self.numbers == number)
        return int(found[0]) if number >= 0 and len(found) else -1

    def first_chosen(self) -> int:
        """The first row that is marked; -1 when none is seen."""
        if not self._chosen.any():
            return -1
        found = np.flatnonzero(self._chosen[self.numbers])
        return int(found[0]) if len(found) else -1

    def value(self, row: int, column: int) -> Any:
        return self._row(row).get(self.fields[column].name)

    def _row(self, row: int) -> Row:
        known = self._rows.get(row)
        if known is None:
            assert self.data_shown is not None
            if len(self._rows) >= ROWS_AT_HAND:
                self._forget()
            known = self._rows[row] = self.data_shown.row(self.fid(row)) or {}
        return known

    def is_chosen(self, row: int) -> bool:
        """Whether the row's feature is selected."""
        return bool(self._chosen[self.numbers[row]])

    def cell(self, row: int, column: int) -> Cell:
        """All of a cell at once: asking for each role through Qt costs more than painting it."""
        known = self._cells.get((row, column))
        if known is None:
            field = self.fields[column]
            value = self._row(row).get(field.name)
            by, colors = self._dots
            known = self._cells[row, column] = Cell(
                shown(field, value).replace("\n", " "),
                _RIGHT if field.kind in NUMERIC else _LEFT,
                self._tint(field, value),
                colors.get(value) if field.name == by else None,
            )
        return known

    def _tint(self, field: Field, value: Any) -> QColor | None:
        for rule in self._rules.get(field.name, ()):
            if matches(rule, field, value):
                return tint(rule.color, self._tokens)
        return None

    # ---- what Qt asks

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.numbers)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.fields)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.editable and index.isValid() and self.fields[index.column()].kind != "list":
            return _TYPED
        return _SELECTED

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, field = index.row(), self.fields[index.column()]
        if role == CHOSEN:
            return self.is_chosen(row)
        if role not in _SEEN:
            return None
        if role == Qt.ItemDataRole.EditRole:
            return typed(field, self._row(row).get(field.name))
        if role == Qt.ItemDataRole.ToolTipRole:
            words = shown(field, self._row(row).get(field.name))
            return words if len(words) > 16 else None
        return self.cell(row, index.column())[_SEEN[role]]

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return f"{section + 1:,}" if role == Qt.ItemDataRole.DisplayRole else None
        if section >= len(self.fields):
            return None
        field = self.fields[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return field.caption
        if role == Qt.ItemDataRole.ToolTipRole:
            parts = [field.caption, field.name]
            parts += [tr("Unit: {unit}").format(unit=field.unit)] if field.unit else []
            return "\n".join([*parts, field.clause] if field.clause else parts)
        return None


_SEEN: dict[Any, int] = {
    Qt.ItemDataRole.DisplayRole: 0,  # places in Cell
    Qt.ItemDataRole.TextAlignmentRole: 1,
    Qt.ItemDataRole.BackgroundRole: 2,
    DOT: 3,
    Qt.ItemDataRole.ToolTipRole: -1,
    Qt.ItemDataRole.EditRole: -1,
}
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_SELECTED = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_TYPED = _SELECTED | Qt.ItemFlag.ItemIsEditable


def rule_color(name: str, tokens: Tokens) -> QColor:
    """A named colour of a rule, in full."""
    return QColor(
        {
            "red": tokens.bad,
            "orange": tokens.warn,
            "green": tokens.ok,
            "blue": tokens.accent,
            "grey": tokens.dim,
        }[name]
    )


def tint(name: str, tokens: Tokens) -> QColor:
    """The same as a background that leaves the text readable."""
    color = rule_color(name, tokens)
    color.setAlphaF(_TINTS[name])
    return color
