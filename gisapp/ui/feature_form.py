"""The fields of one feature in their groups. Leaving a field that was changed makes one edit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gisapp.app.feature_words import group_title
from gisapp.app.typed_values import typed_value
from gisapp.model.field import Field
from gisapp.model.outfall_codes import CHECKED, field_problem
from gisapp.model.text import tr
from gisapp.ui.card import button, label, restyle
from gisapp.ui.form import QuietCombo

CAPTION_WIDTH = 92
SETTLED = 80  # milliseconds after which a form that was just opened is laid out
ROOM_AROUND = 70  # pixels shown above and below a field that is jumped to


class FieldEdit(QLineEdit):
    """One typed value. `left` comes with a value that differs from the one before, `unit_left`
    with a value and the unit written behind it, `refused` with why what stands there is not
    taken (empty: it is)."""

    left = Signal(object)
    unit_left = Signal(object, str)
    refused = Signal(str)

    def __init__(self, field: Field, units: Sequence[str] = ()) -> None:
        super().__init__()
        self._field, self._units = field, units
        self._shown = self.problem = ""
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
            value, unit = typed_value(self._field, self.text(), self._units)
        except ValueError as error:
            self._say(str(error))
            return
        self._say("")
        self._shown = self.text().strip()
        if unit:
            self.unit_left.emit(value, unit)
        else:
            self.left.emit(value)

    def _say(self, problem: str) -> None:
        restyle(self, "state", "wrong" if problem else "")
        self.setToolTip(problem or self._shown)
        if problem != self.problem:
            self.problem = problem
            self.refused.emit(problem)

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
    edited_together = Signal(object, object, object)  # Field, value, values of other fields

    def __init__(
        self,
        fields: tuple[Field, ...],
        editable: bool,
        parent: QWidget | None = None,
        *,
        asked: Callable[[str, Mapping[str, Any]], bool] = lambda name, row: True,
        first: Collection[str] | None = None,
        units: Mapping[str, str] | None = None,
    ) -> None:
        """`asked` says which fields a row has a use for; of those only `first` and what holds a
        value are shown before somebody wants all (None: all are shown). `units`: the field that
        holds the unit of a value, by the value's."""
        super().__init__(parent)
        self._units = units or {}
        self.fields, self.editable = fields, editable
        self._asked, self._first = asked, first
        self._all = False
        self._wanted: frozenset[str] = frozenset()
        self.widgets: dict[str, QWidget] = {}
        self._below: dict[str, QVBoxLayout] = {}
        self._parts: dict[str, list[QWidget]] = {}
        self._captions: dict[str, QLabel] = {}
        self._problems: dict[str, QLabel] = {}
        self._told: dict[str, QLabel] = {}
        self._refused: dict[str, QLabel] = {}
        self._heads: list[tuple[QLabel, list[str]]] = []
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
                head = label(group_title(group), "group")
                self._heads.append((head, [field.name for field in members]))
                column.addWidget(head)
            column.addLayout(self._grid(members))
        self.more = button("", "link")
        self.more.clicked.connect(self._more_wanted)
        self.more.setVisible(False)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)

    def show_row(self, row: Mapping[str, Any]) -> None:
        """Fill in what differs from what is shown; a field being typed in is left alone."""
        for name, write in self._write.items():
            value = row.get(name)
            if name not in self._values or self._values[name] != value:
                self._values[name] = value
                write(value)
                self._say_problem(name, value)
        self._show_asked()

    def forget(self) -> None:
        """The next row is another feature: everything is filled in anew."""
        self._values.clear()

    def want(self, names: Collection[str]) -> None:
        """Fields that matter next: shown, and marked."""
        self._wanted = frozenset(names)
        for name, caption in self._captions.items():
            restyle(caption, "kind", "warn" if name in self._wanted else "dim")
        self._show_asked()

    def tell(self, messages: Mapping[str, str]) -> tuple[str, ...]:
        """What checks say, below the fields; the messages of fields that are not here."""
        for told in self._told.values():
            told.setText("")
            told.hide()
        for name in messages:
            if name in self._below and name not in self._told:
                made = self._told[name] = label("", "warn", wrap=True)
                self._below[name].addWidget(made)
        elsewhere = []
        for name, words in messages.items():
            told_here = self._told.get(name)
            problem = self._problems.get(name)
            if told_here is None:
                elsewhere.append(words)
            elif problem is None or not problem.text():
                told_here.setText(words)
                told_here.setVisible(not self.widgets[name].isHidden())
        return tuple(elsewhere)

    def focus_on(self, name: str) -> bool:
        """Put the hand into a field; False when it cannot be typed in."""
        widget = self.widgets.get(name)
        if widget is None or widget.focusPolicy() == Qt.FocusPolicy.NoFocus:
            return False
        if widget.isHidden():
            self._more_wanted()
        widget.setFocus()
        for wait in (0, SETTLED):  # once it has its place: what was opened for it is laid out later
            QTimer.singleShot(wait, widget, lambda: bring_into_view(widget))
        return True

    def add_below(self, name: str, widget: QWidget) -> None:
        """Something to do about a field, below it."""
        place = self._below.get(name)
        if place is not None:
            place.addWidget(widget, 0, Qt.AlignmentFlag.AlignLeft)
            self._parts[name].append(widget)

    def _more_wanted(self) -> None:
        self._all = not self._all
        self._show_asked()

    def _show_asked(self) -> None:
        """Hide what the row has no use for, and what nobody needs at once."""
        left = 0
        shown = set()
        for name, parts in self._parts.items():
            asked = self._asked(name, self._values)
            filled = self._values.get(name) not in (None, "")
            first = self._first is None or name in self._first or name in self._wanted
            now = filled or (asked and (first or self._all))
            left += asked and not filled and not first
            shown |= {name} if now else set()
            for part in parts:
                part.setVisible(now and (part is not self._problems.get(name) or bool(part.text())))
        for head, names in self._heads:
            head.setVisible(not shown.isdisjoint(names))
        words = tr("Fewer fields") if self._all else tr("{n} more fields").format(n=left)
        self.more.setText(words)
        self.more.setVisible(bool(left))

    def _say_problem(self, name: str, value: Any) -> None:
        told = self._problems.get(name)
        if told is not None:
            told.setText(field_problem(name, value))

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
            parts = self._parts[field.name] = [caption, widget]
            self._captions[field.name] = caption
            self._below[field.name] = across
            if field.clause:
                clause = label(field.clause, "clause")
                across.addWidget(clause)
                parts.append(clause)
            if field.name in CHECKED:
                problem = self._problems[field.name] = label("", "warn", wrap=True)
                across.addWidget(problem)
                parts.append(problem)
            grid.addWidget(caption, row, 0, Qt.AlignmentFlag.AlignTop)
            if self.editable:
                caption.setMinimumHeight(28)
            if field.unit:
                line = QHBoxLayout()
                line.setSpacing(6)
                line.addLayout(across, 1 if self.editable else 0)
                unit = label(field.unit, "dim")
                if self.editable:
                    unit.setMinimumHeight(28)
                line.addWidget(unit, 0, Qt.AlignmentFlag.AlignTop)
                parts.append(unit)
                line.addStretch(0 if self.editable else 1)
                grid.addLayout(line, row, 1)
            else:
                grid.addLayout(across, row, 1)
        return grid

    def _reader(self, field: Field) -> QWidget:
        shown = label("", wrap=True)
        shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._write[field.name] = lambda value: shown.setText(shown_words(field, value))
        return shown

    def _editor(self, field: Field) -> QWidget:
        if field.kind == "choice":
            values = [(value, field.shown(value)) for value in field.choices]
            return self._choice(field, values)
        if field.kind == "boolean":
            return self._choice(field, [(True, tr("Yes")), (False, tr("No"))])
        unit_field = self._unit_field(field.name)
        edit = FieldEdit(field, unit_field.choices if unit_field is not None else ())
        if unit_field is not None:
            edit.unit_left.connect(
                lambda value, unit: self._with_unit(field, value, unit_field, unit)
            )
        edit.left.connect(lambda value: self._edited(field, value))
        edit.refused.connect(lambda words: self._refuse(field.name, words))
        self._write[field.name] = edit.show_value
        return edit

    def _unit_field(self, name: str) -> Field | None:
        """The field that holds the unit of another one's value."""
        wanted = self._units.get(name)
        return next((field for field in self.fields if field.name == wanted), None)

    def _with_unit(self, field: Field, value: Any, unit_field: Field, unit: str) -> None:
        """Both at once: a value is never in the record with another unit for a moment."""
        self._values |= {field.name: value, unit_field.name: unit}
        self._write[field.name](value)
        self._write[unit_field.name](unit)
        self._show_asked()
        self.edited_together.emit(field, value, {unit_field.name: unit})

    def _refuse(self, name: str, words: str) -> None:
        """Why what was typed is not taken, in words below the field; the record stays."""
        told = self._refused.get(name)
        if told is None and words:
            told = self._refused[name] = label("", "bad", wrap=True)
            self._below[name].addWidget(told)
        if told is not None:
            told.setText(f"{words} · {tr('Esc: as it was')}" if words else "")
            told.setVisible(bool(words))

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
            self._say_problem(field.name, value)
            self._show_asked()
            self.edited.emit(field, value)


def bring_into_view(widget: QWidget) -> None:
    """Scroll to a field that has the hand: Qt does so for the Tab key only."""
    above = widget.parentWidget()
    while above is not None and not isinstance(above, QScrollArea):
        above = above.parentWidget()
    if above is not None and widget.isVisible() and widget.hasFocus():
        above.ensureWidgetVisible(widget, 0, ROOM_AROUND)


def shown_words(field: Field, value: Any) -> str:
    """A value as a form that is only read shows it."""
    if value is None or value == "":
        return "–"
    if field.kind == "boolean":
        return tr("Yes") if value else tr("No")
    return field.shown(value)
