"""The card below a column's head: sort, conditions, a list of values to tick, colours."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from gisapp.app.table_view import LISTED, NUMERIC, ColumnFilter
from gisapp.model.field import Field
from gisapp.model.table_look import RULE_COLORS, ColorRule, RuleColor
from gisapp.model.text import tr
from gisapp.ui.attribute_table_model import rule_color
from gisapp.ui.card import button, icon_button, label
from gisapp.ui.form import QuietCombo
from gisapp.ui.theme import Tokens, style_image

WIDTH = 292
WAIT = 150  # ms after the last key before values are searched again
WORD = Qt.ItemDataRole.UserRole


def rule_color_title(color: RuleColor) -> str:
    return {
        "red": tr("Red"),
        "orange": tr("Orange"),
        "green": tr("Green"),
        "blue": tr("Blue"),
        "grey": tr("Grey"),
    }[color]


class ColumnFilterCard(QFrame):
    """Enter applies, Esc closes. Values come later: connect `values_wanted`, give `show_values`."""

    sort_wanted = Signal(bool)  # falling
    filtered = Signal(object)  # ColumnFilter
    rule_wanted = Signal(object)  # ColorRule
    rules_cleared = Signal()
    values_wanted = Signal(str)  # what is searched

    def __init__(
        self, field: Field, now: ColumnFilter, tokens: Tokens, parent: QWidget, *, coloured: bool
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("kind", "card")
        self.setAccessibleName(tr("Filter of {column}").format(column=field.caption))
        self._field, self._now, self._tokens = field, now, tokens
        self.setFixedWidth(WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(8)
        head = QHBoxLayout()
        title = label(field.caption, "title")
        title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        head.addWidget(title, 1)
        head.addWidget(label(field.unit, "dim"))
        column.addLayout(head)
        column.addLayout(self._sorting())
        column.addLayout(self._conditions())
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search values"))
        self.search.setAccessibleName(tr("Search values"))
        self.search.setClearButtonEnabled(True)
        self._soon = QTimer(self, singleShot=True, interval=WAIT)
        self._soon.timeout.connect(self._ask_values)
        self.search.textEdited.connect(self._soon.start)
        column.addWidget(self.search)
        self.values = QListWidget()
        self.values.setAccessibleName(tr("Values"))
        self.values.setFixedHeight(196)
        self.values.setUniformItemSizes(True)
        self.values.setStyleSheet(
            f"QListView::indicator {{ width: 14px; height: 14px; border: 1px solid {tokens.dim};"
            f" border-radius: 4px; background: {tokens.panel}; }}"
            f"QListView::indicator:checked {{ background: {tokens.accent};"
            f' border-color: {tokens.accent}; image: url("{style_image("tick", tokens)}"); }}'
            f"QListView::indicator:indeterminate {{ background: {tokens.line}; }}"
        )
        self.values.itemChanged.connect(self._ticked)
        column.addWidget(self.values)
        self.told = label("", "dim", wrap=True)
        column.addWidget(self.told)
        column.addLayout(self._colours(coloured=coloured))
        foot = QHBoxLayout()
        self.clear_button = button(tr("Clear filter"))
        self.clear_button.setEnabled(bool(now))
        self.clear_button.clicked.connect(self._clear)
        self.apply_button = button(tr("Apply"), "primary")
        self.apply_button.clicked.connect(self._apply)
        foot.addWidget(self.clear_button)
        foot.addStretch(1)
        foot.addWidget(self.apply_button)
        column.addLayout(foot)
        self._filling = False
        self._all: QListWidgetItem | None = None

    def open_at(self, at: QPoint) -> None:
        """On the screen, its left upper corner here or as near as there is room."""
        self.adjustSize()
        room = self.screen().availableGeometry()
        left = max(room.left(), min(at.x(), room.right() - self.width()))
        top = max(room.top(), min(at.y(), room.bottom() - self.height()))
        self.move(left, top)
        self.show()
        self.search.setFocus()
        self.values_wanted.emit("")

    # ---- parts

    def _sorting(self) -> QHBoxLayout:
        if self._field.kind in NUMERIC:
            words = (tr("Smallest first"), tr("Largest first"))
        elif self._field.kind == "date":
            words = (tr("Oldest first"), tr("Newest first"))
        else:
            words = (tr("A to Z"), tr("Z to A"))
        line = QHBoxLayout()
        line.setSpacing(6)
        for text, run in zip(words, (self._sort_up, self._sort_down), strict=True):
            made = button(text)
            made.clicked.connect(run)
            line.addWidget(made, 1)
        return line

    def _sort_up(self) -> None:
        self.sort_wanted.emit(False)
        self.close()

    def _sort_down(self) -> None:
        self.sort_wanted.emit(True)
        self.close()

    def _ask_values(self) -> None:
        self.values_wanted.emit(self.search.text())

    def _clear(self) -> None:
        self._leave(ColumnFilter())

    def _apply(self) -> None:
        self._leave(self.wanted())

    def _conditions(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(6)
        self.sign = QuietCombo(
            [
                ("contains", tr("contains")),
                ("begins", tr("begins with")),
                ("is", tr("is")),
                ("is not", tr("is not")),
            ],
            self,
        )
        self.text, self.low, self.high = QLineEdit(self), QLineEdit(self), QLineEdit(self)
        self.empty = QuietCombo(
            [(None, tr("Empty or not")), (True, tr("Only empty")), (False, tr("Only filled"))]
        )
        if self._field.kind in (*NUMERIC, "date"):
            day = self._field.kind == "date"
            for edit, words in ((self.low, tr("From")), (self.high, tr("To"))):
                edit.setAccessibleName(words)
                edit.setPlaceholderText(f"{words} 2026-01-17" if day else words)
            grid.addWidget(self.low, 0, 0)
            grid.addWidget(self.high, 0, 1)
            self.text.hide()
            self.sign.hide()
        else:
            self.sign.setCurrentIndex(max(self.sign.findData(self._now.sign), 0))
            self.sign.setAccessibleName(tr("Condition"))
            self.text.setAccessibleName(tr("Text"))
            grid.addWidget(self.sign, 0, 0)
            grid.addWidget(self.text, 0, 1)
            self.low.hide()
            self.high.hide()
        self.empty.setAccessibleName(tr("Empty or not"))
        self.empty.setCurrentIndex(max(self.empty.findData(self._now.empty), 0))
        grid.addWidget(self.empty, 1, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self.text.setText(self._now.text)
        self.low.setText(self._now.low)
        self.high.setText(self._now.high)
        return grid

    def _colours(self, *, coloured: bool) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(label(tr("Colour"), "dim"), 1)
        choice = QButtonGroup(self)
        choice.idClicked.connect(self._colour)
        for number, color in enumerate(RULE_COLORS):
            words = tr("Colour these cells: {color}").format(color=rule_color_title(color).lower())
            made = icon_button("point", words, self._tokens, "pick")
            picture = QPixmap(14, 14)
            picture.fill(rule_color(color, self._tokens))
            made.setIcon(picture)
            choice.addButton(made, number)
            line.addWidget(made)
        clear = icon_button("close", tr("No colours in this column"), self._tokens, "pick")
        clear.setEnabled(coloured)
        clear.clicked.connect(self._uncolour)
        line.addWidget(clear)
        return line

    def _uncolour(self) -> None:
        self.rules_cleared.emit()
        self.close()

    def _colour(self, number: int) -> None:
        rules = rules_of(self._field, self.wanted(), RULE_COLORS[number])
        if not rules:
            self.told.setText(tr("First say which: a condition, or some values."))
            return
        for rule in rules:
            self.rule_wanted.emit(rule)
        self.close()

    # ---- values

    def show_values(self, found: Sequence[tuple[str, int]], different: int) -> None:
        """Words and how many rows have them. What was ticked before stays as it was."""
        self._filling = True
        self.values.clear()
        chosen = self._now.values
        self._all = self._item(tr("(all)"), None, chosen is None)
        for word, count in found:
            ticked = chosen is None or word in chosen
            self._item(f"{word or tr('(empty)')}   {count:,}", word, ticked)
        self._filling = False
        self._ticked(None)
        more = different > LISTED
        told = tr("{n} different values; search to see others").format(n=f"{different:,}")
        self.told.setText(told if more else "")
        self.told.setVisible(more)

    def _item(self, words: str, value: str | None, ticked: bool) -> QListWidgetItem:
        item = QListWidgetItem(words)
        item.setData(WORD, value)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        self.values.addItem(item)
        return item

    def _ticked(self, item: QListWidgetItem | None) -> None:
        if self._filling or self._all is None:
            return
        self._filling = True
        others = [self.values.item(n) for n in range(1, self.values.count())]
        if item is self._all:
            for one in others:
                one.setCheckState(self._all.checkState())
        else:
            states = {one.checkState() for one in others}
            mixed = Qt.CheckState.PartiallyChecked
            self._all.setCheckState(states.pop() if len(states) == 1 else mixed)
        self._filling = False

    def _ticks(self) -> frozenset[str] | None:
        """The words chosen; None where all are."""
        if self._all is None:
            return self._now.values
        everything = self._all.checkState() == Qt.CheckState.Checked
        if everything and not self.search.text():
            return None
        others = [self.values.item(n) for n in range(1, self.values.count())]
        if not others:
            return self._now.values
        ticked = (one for one in others if one.checkState() == Qt.CheckState.Checked)
        return frozenset(str(one.data(WORD)) for one in ticked)

    def wanted(self) -> ColumnFilter:
        """What is asked for now."""
        return ColumnFilter(
            self.sign.currentData(),
            self.text.text().strip(),
            self._ticks(),
            self.low.text().strip().replace("/", "-"),
            self.high.text().strip().replace("/", "-"),
            self.empty.currentData(),
        )

    def _leave(self, wanted: ColumnFilter) -> None:
        plain = wanted if wanted.text else ColumnFilter(
            values=wanted.values, low=wanted.low, high=wanted.high, empty=wanted.empty
        )  # fmt: skip
        self.filtered.emit(plain)
        self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._leave(self.wanted())
        else:
            super().keyPressEvent(event)


def rules_of(field: Field, wanted: ColumnFilter, color: RuleColor) -> list[ColorRule]:
    """Rules that colour what a filter would let pass; none when it says nothing."""
    rules = []
    if wanted.text:
        rules.append(ColorRule(field.name, wanted.sign, wanted.text, color))
    if wanted.low and not wanted.high:
        rules.append(ColorRule(field.name, "at least", wanted.low, color))
    if wanted.high and not wanted.low:
        rules.append(ColorRule(field.name, "at most", wanted.high, color))
    if wanted.empty is not None:
        rules.append(ColorRule(field.name, "empty" if wanted.empty else "filled", "", color))
    if not rules and wanted.values is not None:
        for word in sorted(wanted.values)[:12]:
            rules.append(
                ColorRule(field.name, "is", word, color)
                if word
                else ColorRule(field.name, "empty", "", color)
            )
    return rules
