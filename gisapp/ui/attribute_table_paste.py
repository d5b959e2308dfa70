"""What pasting would change, before it does."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gisapp.app.table_view import shown
from gisapp.app.table_view_edits import Cell, Paste, heading
from gisapp.model.features import FeatureId
from gisapp.model.text import tr
from gisapp.ui.card import button, label
from gisapp.ui.theme import Tokens

LISTED = 400  # cells a person looks through; the rest are counted


class PastePreview(QWidget):
    """Nothing is changed before the button is pressed. Esc leaves."""

    accepted = Signal()
    left = Signal()

    def __init__(
        self, paste: Paste, row_numbers: dict[FeatureId, int], tokens: Tokens, *, editable: bool
    ) -> None:
        super().__init__()
        self.paste = paste
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        line = QHBoxLayout()
        line.addWidget(label(tr("Paste"), "group"))
        for words, kind, count in (
            (tr("{n} cells change"), "ok", len(paste.changed)),
            (tr("{n} cells cannot be read"), "bad", len(paste.unread)),
            (tr("{n} cells are the same"), "dim", paste.same),
            (tr("{n} cells lie beyond the table"), "warn", paste.beyond),
        ):
            if count:
                line.addWidget(label(words.format(n=f"{count:,}"), kind))
        line.addStretch(1)
        cancel = button(tr("Cancel"))
        cancel.clicked.connect(self.left)
        words = tr("Change {n} cells").format(n=f"{len(paste.changed):,}")
        self.apply_button = button(words, "primary")
        self.apply_button.setEnabled(editable and bool(paste.changed))
        self.apply_button.clicked.connect(self.accepted)
        line.addWidget(cancel)
        line.addWidget(self.apply_button)
        column.addLayout(line)
        column.addWidget(self._list(row_numbers, tokens), 1)
        whole = len(paste.unread) + len(paste.changed)
        if whole > LISTED:
            told = tr("The first {n} of {whole} cells are listed")
            column.addWidget(label(told.format(n=LISTED, whole=f"{whole:,}"), "dim"))

    def _list(self, row_numbers: dict[FeatureId, int], tokens: Tokens) -> QTableWidget:
        cells = [*self.paste.unread, *self.paste.changed][:LISTED]
        table = QTableWidget(len(cells), 5)
        table.setAccessibleName(tr("Cells that would change"))
        heads = [tr("Row"), tr("Column"), tr("Now"), tr("Pasted"), ""]
        table.setHorizontalHeaderLabels(heads)
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for number, cell in enumerate(cells):
            for column, words in enumerate(_words(cell, row_numbers)):
                item = QTableWidgetItem(words)
                if column in (3, 4):
                    item.setForeground(QColor(tokens.bad if cell.problem else tokens.ok))
                table.setItem(number, column, item)
        head = table.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        head.setStretchLastSection(True)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in enumerate((60, 170, 200, 200)):
            table.setColumnWidth(column, width)
        return table

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.apply_button.isEnabled():
            self.accepted.emit()
        else:
            super().keyPressEvent(event)


def _words(cell: Cell, row_numbers: dict[FeatureId, int]) -> tuple[str, str, str, str, str]:
    after = cell.text if cell.problem else shown(cell.field, cell.after)
    return (
        f"{row_numbers.get(cell.fid, 0):,}",
        heading(cell.field),
        shown(cell.field, cell.before) or "–",
        after or "–",
        cell.problem,
    )
