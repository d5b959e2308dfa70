"""Below an attribute table: how many rows, the sum of what is selected, one value for many rows."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from gisapp.app.table_view import Totals
from gisapp.app.table_view_edits import heading
from gisapp.model.field import Field
from gisapp.model.text import tr
from gisapp.ui.attribute_table_cells import editor_for, say_wrong, value_of
from gisapp.ui.card import button, label


class TotalsBar(QWidget):
    set_wanted = Signal(object, object)  # Field, value
    again_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "plain")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        self.count = label("", "dim")
        self.again = button(tr("Apply filters again"), "link")
        self.again.clicked.connect(self.again_wanted)
        self.again.hide()
        self.sums = label("", "dim")
        self.sums.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._many = QHBoxLayout()
        self._many.setSpacing(6)
        line.addWidget(self.count)
        line.addWidget(self.again)
        line.addWidget(self.sums, 1)
        line.addLayout(self._many)
        self._field: Field | None = None
        self._rows = 0
        self._caption = label("", "dim")
        self._many.addWidget(self._caption)
        self._caption.hide()
        self.editor: QWidget | None = None
        self.set_button = button(tr("Set"))
        self.set_button.clicked.connect(self._set)
        self.set_button.hide()
        self._many.addWidget(self.set_button)

    def show_count(self, shown: int, whole: int, chosen: int) -> None:
        words = tr("{n} rows") if shown == whole else tr("{n} of {whole} rows")
        told = words.format(n=f"{shown:,}", whole=f"{whole:,}")
        if chosen:
            told += " · " + tr("{n} selected").format(n=f"{chosen:,}")
        self.count.setText(told)

    def show_totals(self, field: Field | None, totals: Totals | None) -> None:
        """Of the selected cells of one column; nothing for fewer than two."""
        if field is None or totals is None or totals.rows < 2:
            self.sums.setText("")
            return
        parts = [tr("{n} filled").format(n=f"{totals.filled:,}")]
        if totals.total is not None:
            parts += [
                tr("sum {n}").format(n=f"{totals.total:,.6g}"),
                tr("mean {n}").format(n=f"{totals.mean:,.6g}"),
                f"{totals.low:,.6g} – {totals.high:,.6g}",
            ]
        self.sums.setText(f"{heading(field)}: " + " · ".join(parts))
        self.sums.setToolTip(self.sums.text())

    def offer(self, field: Field | None, rows: int) -> None:
        """One value for a column of several selected rows; None: nothing to set."""
        wanted = field is not None and rows > 1
        if field is not self._field:
            if self.editor is not None:
                self._many.removeWidget(self.editor)
                self.editor.deleteLater()
                self.editor = None
            if field is not None:
                self.editor = editor_for(field, self)
                self.editor.setFixedWidth(150)
                self._many.insertWidget(1, self.editor)
            self._field = field
        self._rows = rows
        if field is not None:
            words = tr("{column} of {n} rows:")
            self._caption.setText(words.format(column=field.caption, n=f"{rows:,}"))
        for part in (self._caption, self.set_button, self.editor):
            if part is not None:
                part.setVisible(wanted)

    def _set(self) -> None:
        if self._field is None or self.editor is None:
            return
        try:
            value = value_of(self._field, self.editor)
        except ValueError as error:
            say_wrong(self.editor, str(error))
            return
        self.set_wanted.emit(self._field, value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.text() == "\r":
            self._set()
        else:
            super().keyPressEvent(event)
