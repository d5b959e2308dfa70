"""The evidence a state asks for: a list, and what may be added to it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from gisapp.model.project import Project
from gisapp.model.scheme_problems import MOST_ROWS
from gisapp.model.survey import (
    HISTORY,
    OUTFALL_TABLE,
    RELATED_TABLES,
    survey_schemas,
    table_title,
)
from gisapp.model.survey_scheme import Need
from gisapp.model.text import tr
from gisapp.model.workflow import need_words
from gisapp.ui.card import button, icon_button, label
from gisapp.ui.form import QuietCombo
from gisapp.ui.theme import Tokens
from gisapp.ui.wheel import wheel_goes_on

ANY = ""  # record of a table


class NeedList(QWidget):
    """What is asked for, each with a cross; below it what may be added."""

    def __init__(
        self, tokens: Tokens, project: Project, changed: Callable[[tuple[Need, ...]], None]
    ) -> None:
        super().__init__()
        self.setProperty("kind", "plain")
        self._tokens, self._project, self._changed = tokens, project, changed
        self.needs: tuple[Need, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        column.addLayout(self._rows)
        tables = [OUTFALL_TABLE, *(name for name in RELATED_TABLES if name != HISTORY)]
        self.table = QuietCombo([(name, table_title(name)) for name in tables])
        self.table.setAccessibleName(tr("Table"))
        self.field = QuietCombo()
        self.field.setAccessibleName(tr("Field"))
        self.count = wheel_goes_on(QSpinBox())
        self.count.setRange(1, MOST_ROWS)
        self.count.setSuffix(" ×")
        self.count.setFixedWidth(54)
        self.count.setAccessibleName(tr("How many"))
        self.more = button(tr("Add"))
        line = QHBoxLayout()
        line.setSpacing(6)
        for part, stretch in ((self.table, 2), (self.field, 3), (self.count, 0), (self.more, 0)):
            line.addWidget(part, stretch)
        column.addLayout(line)
        self.table.currentIndexChanged.connect(lambda index: self._fill_fields())
        self.field.currentIndexChanged.connect(lambda index: self._dress())
        self.more.clicked.connect(self.add_one)
        self._fill_fields()

    def _fill_fields(self) -> None:
        table = self.table.currentData()
        own = self._project.tables.get(table)
        fields = own.fields if own is not None else survey_schemas()[table].fields
        self.field.clear()
        if table != OUTFALL_TABLE:
            self.field.addItem(tr("any record"), ANY)
        for field in fields:
            if field.name not in ("outfall_id", "state"):
                self.field.addItem(field.caption, field.name)
        self._dress()

    def _dress(self) -> None:
        field = self.field.currentData()
        own = self._project.tables.get(self.table.currentData())
        kind = next((f.kind for f in own.fields if f.name == field), "") if own else ""
        self.count.setVisible(field in (ANY, "photos") or kind == "list")
        if self.count.isHidden():
            self.count.setValue(1)

    def show_needs(self, needs: tuple[Need, ...]) -> None:
        self.needs = needs
        while (item := self._rows.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for need in needs:
            row = QWidget()
            row.setProperty("kind", "plain")
            line = QHBoxLayout(row)
            line.setContentsMargins(0, 0, 0, 0)
            words = need_words(self._project, need)
            line.addWidget(label(words, wrap=True), 1)
            away = tr("Do not ask for {what}").format(what=words)
            cross = icon_button("close", away, self._tokens)
            cross.setFixedSize(22, 22)
            cross.clicked.connect(lambda _=False, need=need: self._without(need))
            line.addWidget(cross)
            self._rows.addWidget(row)
        if not needs:
            self._rows.addWidget(label(tr("Nothing"), "dim"))

    def add_one(self) -> None:
        table, field = self.table.currentData(), self.field.currentData() or ""
        made = Need("" if table == OUTFALL_TABLE else table, field, self.count.value())
        others = tuple(n for n in self.needs if (n.table, n.field) != (made.table, made.field))
        self._take((*others, made))

    def _without(self, need: Need) -> None:
        self._take(tuple(one for one in self.needs if one != need))

    def _take(self, needs: tuple[Need, ...]) -> None:
        self.show_needs(needs)
        self._changed(needs)
