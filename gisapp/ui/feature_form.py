"""The fields of one feature in their groups. Leaving a field that was changed makes one edit."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from gisapp.model.field import Field
from gisapp.model.text import tr
from gisapp.ui.card import label, restyle
from gisapp.ui.form import QuietCombo

CAPTION_WIDTH = 92


def group_title(group: str) -> str:
    known = {
        "identity": tr("Identity"),
        "place": tr("Place"),
        "outlet": tr("Outlet"),
        "monitoring": tr("Monitoring"),
        "tracing": tr("Tracing"),
        "rectification": tr("Rectification"),
        "photos": tr("Photos"),
        "": tr("Fields"),
    }
    return known.get(group) or group.replace("_", " ").capitalize()


def read_value(field: Field, text: str) -> Any:
    """The value a person typed; None for nothing. Raises ValueError with what is wrong."""
    text = text.strip()
    if not text:
        return None
    if field.kind == "integer":
        try:
            return int(text.replace(",", ""))
        except ValueError:
            raise ValueError(tr("A whole number belongs here")) from None
    if field.kind == "real":
        try:
            value = float(text.replace(",", ""))
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise ValueError(tr("A number belongs here"))
        return value
    if field.kind == "date":
        try:
            return date.fromisoformat(text.replace("/", "-").replace(".", "-")).isoformat()
        except ValueError:
            raise ValueError(tr("A date belongs here, such as 2026-01-17")) from None
    return text


class FieldEdit(QLineEdit):
    """One typed value. `left` comes with a value that differs from the one before."""

    left = Signal(object)

    def __init__(self, field: Field) -> None:
        super().__init__()
        self._field = field
        self._shown = ""
        self.editingFinished.connect(self._finished)
        if field.kind == "date":
            self.setPlaceholderText("2026-01-17")

    def show_value(self, value: Any) -> None:
        self._shown = "" if value is None else self._field.shown(value)
        if self._field.kind == "real" and value is not None:
            self._shown = f"{value:.10g}"
        self.setText(self._shown)
        self.setCursorPosition(0)
        self._say("")

    def _finished(self) -> None:
        if self.text().strip() == self._shown:
            self._say("")
            return
        try:
            value = read_value(self._field, self.text())
        except ValueError as error:
            self._say(str(error))
            return
        self._say("")
        self._shown = self.text().strip()
        self.left.emit(value)

    def _say(self, problem: str) -> None:
        restyle(self, "state", "wrong" if problem else "")
        self.setToolTip(problem or self._shown)

    def give_up(self) -> None:
        """Esc: back to what it was."""
        self.setText(self._shown)
        self._say("")

    def keyPressEvent(self, event: Any) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text() != self._shown:
            self.give_up()
        else:
            super().keyPressEvent(event)


class FeatureForm(QWidget):
    """Made once for a set of fields, filled for each feature."""

    edited = Signal(object, object)  # Field, value

    def __init__(
        self, fields: tuple[Field, ...], editable: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.fields, self.editable = fields, editable
        self.widgets: dict[str, QWidget] = {}
        self._write: dict[str, Callable[[Any], None]] = {}
        self._values: dict[str, Any] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 6, 4)
        column.setSpacing(4)
        groups: dict[str, list[Field]] = {}
        for field in fields:
            if field.kind != "list":
                groups.setdefault(field.group, []).append(field)
        for group, members in groups.items():
            if len(groups) > 1:
                column.addWidget(label(group_title(group), "group"))
            column.addLayout(self._grid(members))
        column.addStretch(1)

    def show_row(self, row: Mapping[str, Any]) -> None:
        """Fill in what differs from what is shown; a field being typed in is left alone."""
        for name, write in self._write.items():
            value = row.get(name)
            if name not in self._values or self._values[name] != value:
                self._values[name] = value
                write(value)

    def forget(self) -> None:
        """The next row is another feature: everything is filled in anew."""
        self._values.clear()

    def _grid(self, fields: list[Field]) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 2)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6 if self.editable else 5)
        grid.setColumnMinimumWidth(0, CAPTION_WIDTH)
        grid.setColumnStretch(1, 1)
        for row, field in enumerate(fields):
            caption = label(field.caption, "dim", wrap=True)
            caption.setFixedWidth(CAPTION_WIDTH)
            widget = self._editor(field) if self.editable else self._reader(field)
            widget.setAccessibleName(field.caption)
            widget.setObjectName(field.name)
            caption.setBuddy(widget)
            self.widgets[field.name] = widget
            across = QVBoxLayout()
            across.setSpacing(1)
            across.addWidget(widget)
            if field.clause:
                clause = label(field.clause, "clause")
                across.addWidget(clause)
            grid.addWidget(caption, row, 0, Qt.AlignmentFlag.AlignTop)
            if self.editable:
                caption.setMinimumHeight(28)
            if field.unit:
                line = QHBoxLayout()
                line.setSpacing(6)
                line.addLayout(across, 1 if self.editable else 0)
                line.addWidget(label(field.unit, "dim"))
                line.addStretch(0 if self.editable else 1)
                grid.addLayout(line, row, 1)
            else:
                grid.addLayout(across, row, 1)
        return grid

    def _reader(self, field: Field) -> QWidget:
        shown = label("", wrap=True)
        shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._write[field.name] = lambda value: shown.setText(_words(field, value))
        return shown

    def _editor(self, field: Field) -> QWidget:
        if field.kind == "choice":
            values = [(value, field.shown(value)) for value in field.choices]
            return self._choice(field, values)
        if field.kind == "boolean":
            return self._choice(field, [(True, tr("Yes")), (False, tr("No"))])
        edit = FieldEdit(field)
        edit.left.connect(lambda value: self._edited(field, value))
        self._write[field.name] = edit.show_value
        return edit

    def _choice(self, field: Field, values: list[tuple[Any, str]]) -> QWidget:
        blank = [] if field.required else [(None, "")]
        box = QuietCombo([*blank, *values])

        def write(value: Any) -> None:
            at = next((n for n in range(box.count()) if box.itemData(n) == value), -1)
            if at < 0 and value is not None:  # a value the code list does not know is kept
                box.addItem(str(value), value)
                at = box.count() - 1
            box.setCurrentIndex(at)

        box.activated.connect(lambda: self._edited(field, box.currentData()))
        self._write[field.name] = write
        return box

    def _edited(self, field: Field, value: Any) -> None:
        if self._values.get(field.name) != value:
            self._values[field.name] = value
            self.edited.emit(field, value)


def _words(field: Field, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if field.kind == "boolean":
        return tr("Yes") if value else tr("No")
    return field.shown(value)
