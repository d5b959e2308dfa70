"""Rows of a related table that belong to an outfall: listed, opened, added, taken away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from gisapp.app.survey_record import row_defaults
from gisapp.model.features import FeatureId, Row
from gisapp.model.field import Field
from gisapp.model.outfall_record import DATES, related
from gisapp.model.survey import OUTFALL_ID, table_title
from gisapp.model.text import tr
from gisapp.model.workflow import scheme_of
from gisapp.ui.card import button, label
from gisapp.ui.context import WindowContext
from gisapp.ui.feature_form import FeatureForm
from gisapp.ui.record_edits import add_row, change_row, delete_row

# What one line of a list says, besides the date
FACTS: Mapping[str, tuple[str, ...]] = {
    "site_visits": ("result", "team", "discharging", "issues"),
    "monitoring": ("flow_value", "flow_unit", "cod_mg_l", "nh3n_mg_l", "ph", "status"),
    "tracing_sources": ("responsible_party", "role", "settled"),
    "rectification": ("type", "measures", "finished_at"),
    "tasks": ("title", "assigned_to", "state"),
}


ROOM_BESIDE = 26  # pixels of a line's button that hold no words


def row_words(table: str, fields: Mapping[str, Field], row: Row) -> str:
    """A related row in one line, such as `2026-05-01 · 12 m³/d · COD 30 mg/L`."""
    parts = [str(row.get(DATES.get(table, "")) or "")[:10]]
    for name in FACTS.get(table, ()):
        field, value = fields.get(name), row.get(name)
        if field is None or value in (None, ""):
            continue
        if field.kind == "boolean":
            parts.append(field.caption if value else "")
        elif name == "flow_unit":
            parts[-1] = f"{parts[-1]} {value}" if row.get("flow_value") is not None else ""
        elif field.kind == "real" and name != "flow_value":
            parts.append(f"{field.caption} {field.shown(value)} {field.unit}".strip())
        else:
            parts.append(field.shown(value))
    shown = [part for part in parts if part][:4]
    return " · ".join(shown) or tr("Empty entry")


class RowButton(QPushButton):
    """One line; what does not fit ends with an ellipsis and stands in its tip."""

    def __init__(self) -> None:
        super().__init__()
        self._words = ""
        self.setProperty("kind", "row")
        self.setStyleSheet("text-align: left;")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def say(self, words: str) -> None:
        self._words = words
        self.setToolTip(words)
        self.setAccessibleName(words)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - ROOM_BESIDE
        elide = Qt.TextElideMode.ElideRight
        fitting = self.fontMetrics().elidedText(self._words, elide, room) if room > 0 else ""
        self.setText(fitting or self._words)


class RelatedList(QWidget):
    """One related table of one outfall."""

    def __init__(self, context: WindowContext, table: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.table = table
        self._outfall: FeatureId | None = None
        self._editable = False
        self.open: FeatureId | None = None  # the row that is shown as a form
        self._coming: FeatureId | None = None  # a row that is being written
        self.form: FeatureForm | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(2)
        head = QHBoxLayout()
        self.title = label("", "group")
        self.add = button(tr("Add"), "link")
        self.add.clicked.connect(self.add_entry)
        head.addWidget(self.title, 1)
        head.addWidget(self.add, 0, Qt.AlignmentFlag.AlignBottom)
        column.addLayout(head)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(1)
        column.addLayout(self._rows)
        self.buttons: dict[FeatureId, RowButton] = {}

    def show_outfall(self, outfall: FeatureId, *, editable: bool) -> None:
        """List its rows; an opened form stays open while its outfall is shown."""
        if outfall != self._outfall or editable != self._editable:
            self.open = None
        self._outfall, self._editable = outfall, editable
        project = self._context.workspace.store.project
        rows = related(project, self.table, outfall)
        words = table_title(self.table)
        self.title.setText(f"{words} · {len(rows)}" if rows else words)
        self.add.setVisible(editable)
        self.add.setAccessibleName(tr("Add to {table}").format(table=words))
        arrived = any(fid == self._coming for fid, _ in rows)
        if arrived:
            self.open, self._coming = self._coming, None
        if self.open is not None and all(fid != self.open for fid, _ in rows):
            self.open = None
        fields = {f.name: f for f in project.tables[self.table].fields}
        same = (
            not arrived
            and list(self.buttons) == [fid for fid, _ in rows]
            and (self.form is None) == (self.open is None)
        )
        if not same:
            self._build([fid for fid, _ in rows])
        for fid, row in rows:
            self.buttons[fid].say(row_words(self.table, fields, row))
            if fid == self.open and self.form is not None:
                self.form.show_row(row)
        if arrived:
            self.focus_entry()

    def add_entry(self) -> None:
        """A new row, opened, with the hand in the first field that is empty."""
        if self._outfall is None or not self._editable:
            return
        project = self._context.workspace.store.project
        today = date.today().isoformat()
        values = row_defaults(project, self.table, self._outfall, today)
        self._coming = add_row(self._context, self.table, self._outfall, values)
        self.show_outfall(self._outfall, editable=self._editable)

    def open_entry(self, fid: FeatureId | None) -> None:
        """Show a row as a form; again: close it."""
        self.open = None if fid == self.open else fid
        if self._outfall is not None:
            self._build(list(self.buttons))
            self.show_outfall(self._outfall, editable=self._editable)

    def focus_entry(self, name: str = "") -> None:
        """Put the hand into a field of the open row: the named one, else the first empty one."""
        if self.form is None or self.open is None:
            return
        row = self._context.workspace.store.project.tables[self.table].row(self.open) or {}
        empty = [one for one in self.form.widgets if row.get(one) in (None, "")]
        for one in (name, *empty, *self.form.widgets):
            if one in self.form.widgets and self.form.focus_on(one):
                return

    def _build(self, fids: list[FeatureId]) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self.buttons, self.form = {}, None
        for fid in fids:
            made = RowButton()
            made.clicked.connect(lambda checked=False, fid=fid: self.open_entry(fid))
            self.buttons[fid] = made
            self._rows.addWidget(made)
            if fid == self.open:
                self._rows.addWidget(self._sheet(fid))

    def _sheet(self, fid: FeatureId) -> QWidget:
        project = self._context.workspace.store.project
        scheme = scheme_of(project)
        fields = tuple(f for f in project.tables[self.table].fields if f.name != OUTFALL_ID)
        holder = QWidget()
        holder.setProperty("kind", "plain")
        column = QVBoxLayout(holder)
        column.setContentsMargins(8, 2, 0, 6)
        column.setSpacing(4)

        def asked(name: str, row: Mapping[str, Any]) -> bool:
            return scheme.is_asked(self.table, name, row)

        self.form = FeatureForm(fields, self._editable, asked=asked, units=scheme.unit_fields)
        self.form.edited.connect(
            lambda field, value: change_row(self._context, self.table, fid, field, value)
        )
        self.form.edited_together.connect(
            lambda field, value, others: change_row(
                self._context, self.table, fid, field, value, others
            )
        )
        column.addWidget(self.form)
        if self._editable:
            delete = button(tr("Delete this entry"), "link")
            delete.clicked.connect(lambda: delete_row(self._context, self.table, fid))
            column.addWidget(delete, 0, Qt.AlignmentFlag.AlignLeft)
        return holder
