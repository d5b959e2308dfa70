"""The state of an outfall and where it may go from here: only allowed ways, with what they need."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from gisapp.app.typed_values import typed_value
from gisapp.model.features import FeatureId
from gisapp.model.field import Field
from gisapp.model.outfall_record import related
from gisapp.model.survey import HISTORY, OUTFALL_TABLE
from gisapp.model.survey_scheme import Need, State, Transition
from gisapp.model.text import tr
from gisapp.model.workflow import need_words, scheme_of, ways
from gisapp.ui.card import button, label, restyle
from gisapp.ui.context import WindowContext
from gisapp.ui.feature_form import CAPTION_WIDTH
from gisapp.ui.form import QuietCombo
from gisapp.ui.record_edits import go_to_state
from gisapp.ui.symbol import color_of

_DATE = Field("deadline", "date")


class StateBar(QWidget):
    """One line with the state; below it, when asked, the way to the next one."""

    need_wanted = Signal(object)  # Need: take me to where it is filled in

    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._outfall: FeatureId | None = None
        self._ways: list[tuple[Transition, State, tuple[Need, ...]]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 6, 2)
        column.setSpacing(6)
        line = QHBoxLayout()
        line.setSpacing(6)
        self.light = label("", "light")
        self.light.setFixedSize(10, 10)
        self.words = label("", "title")
        self.since = label("", "dim", wrap=True)  # with a deadline it is too long for a line
        self.next = button("", "")
        self.next.clicked.connect(self.toggle)
        line.addWidget(self.light)
        line.addWidget(self.words)
        line.addWidget(self.since, 1)
        line.addWidget(self.next)
        column.addLayout(line)
        self.sheet = QWidget()
        self.sheet.setProperty("kind", "plain")
        grid = QGridLayout(self.sheet)
        grid.setContentsMargins(0, 0, 0, 4)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnMinimumWidth(0, CAPTION_WIDTH)
        grid.setColumnStretch(1, 1)
        self.states = QuietCombo()
        self.why, self.body, self.deadline = QLineEdit(), QLineEdit(), QLineEdit()
        self.deadline.setPlaceholderText("2026-01-17")
        self._captions = {}
        for row, (name, words, widget) in enumerate(
            (
                ("state", tr("Next state"), self.states),
                ("why", tr("Why"), self.why),
                ("body", tr("Responsible body"), self.body),
                ("deadline", tr("Deadline"), self.deadline),
            )
        ):
            caption = label(words, "dim", wrap=True)
            caption.setBuddy(widget)
            widget.setAccessibleName(words)
            self._captions[name] = caption
            grid.addWidget(caption, row, 0)
            grid.addWidget(widget, row, 1)
        self.wrong = label("", "bad", wrap=True)  # why the deadline is not taken
        self.wrong.hide()
        grid.addWidget(self.wrong, 4, 1)
        self._lacking = QVBoxLayout()
        self._lacking.setSpacing(0)
        grid.addLayout(self._lacking, 5, 1)
        self.go = button(tr("Change the state"), "primary")
        grid.addWidget(self.go, 6, 1)
        column.addWidget(self.sheet)
        self.sheet.hide()
        self.states.currentIndexChanged.connect(lambda index: self._show_way())
        self.go.clicked.connect(self._go)
        for edit in (self.why, self.body, self.deadline):
            edit.returnPressed.connect(self._go)
        self.deadline.textEdited.connect(lambda text: self._say_wrong(""))

    def show_outfall(self, outfall: FeatureId | None, *, editable: bool) -> None:
        """Its state now; None hides the bar."""
        other = outfall != self._outfall
        self._outfall = outfall
        self.setVisible(outfall is not None)
        if outfall is None:
            return
        project = self._context.workspace.store.project
        row = project.tables[OUTFALL_TABLE].row(outfall) or {}
        state = scheme_of(project).state(row.get("state"))
        color = color_of(state.color).name() if state else "#94a3b8"
        self.light.setStyleSheet(f"background: {color}; border-radius: 5px;")
        self.words.setText(state.caption if state else str(row.get("state") or tr("No state")))
        self.since.setText(self._since(outfall))
        self._ways = ways(project, outfall)
        self.next.setVisible(editable and bool(self._ways))
        if other or not editable or not self._ways:
            self._close()
        kept = self.states.currentData()
        self.states.blockSignals(True)
        self.states.clear()
        for _, to, lacking in self._ways:
            words = tr("{state} (incomplete)").format(state=to.caption) if lacking else to.caption
            self.states.addItem(words, to.id)
        found = self.states.findData(kept)
        self.states.setCurrentIndex(found if found >= 0 and not other else self._usual_way())
        self.states.blockSignals(False)
        self._show_way()
        self._name_button()

    def toggle(self) -> None:
        """Open the way to the next state, or close it."""
        self.sheet.setVisible(self.sheet.isHidden())
        self._name_button()
        if not self.sheet.isHidden():
            self.states.setFocus()

    def open_sheet(self) -> None:
        """With the hand in the list of states."""
        if self.sheet.isHidden():
            self.toggle()
        self.states.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not self.sheet.isHidden():
            self._close()
            self.next.setFocus()
        else:
            super().keyPressEvent(event)

    def _close(self) -> None:
        self.sheet.hide()
        for edit in (self.why, self.body, self.deadline):
            edit.clear()
            restyle(edit, "state", "")
        self._say_wrong("")
        self._name_button()

    def _say_wrong(self, words: str) -> None:
        """Below the deadline; nothing takes it away."""
        restyle(self.deadline, "state", "wrong" if words else "")
        self.wrong.setText(words)
        self.wrong.setVisible(bool(words))

    def _name_button(self) -> None:
        self.next.setText(tr("Change…") if self.sheet.isHidden() else tr("Leave it"))

    def _since(self, outfall: FeatureId) -> str:
        rows = related(self._context.workspace.store.project, HISTORY, outfall)
        if not rows:
            return ""
        newest = rows[0][1]
        words = tr("since {day}").format(day=str(newest.get("at") or "")[:10])
        due = newest.get("deadline")
        return f"{words}\n{tr('until {day}').format(day=due)}" if due else words

    def _usual_way(self) -> int:
        """The first way forward that needs no reason, and of those one that nothing is missing
        for."""
        order = [state.id for state in scheme_of(self._context.workspace.store.project).states]
        onward = [
            (bool(lacking), number)
            for number, (way, to, lacking) in enumerate(self._ways)
            if not way.why and way.before in order and order.index(to.id) > order.index(way.before)
        ]
        return min(onward)[1] if onward else 0

    def _way(self) -> tuple[Transition, State, tuple[Need, ...]] | None:
        at = self.states.currentIndex()
        return self._ways[at] if 0 <= at < len(self._ways) else None

    def _show_way(self) -> None:
        while (item := self._lacking.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        way = self._way()
        if way is None:
            return
        transition, _, lacking = way
        project = self._context.workspace.store.project
        if lacking:
            self._lacking.addWidget(label(tr("Still missing:"), "warn"))
        for need in lacking:
            link = button(need_words(project, need), "link")
            link.clicked.connect(lambda checked=False, need=need: self.need_wanted.emit(need))
            self._lacking.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)
        restyle(self._captions["why"], "kind", "warn" if transition.why else "dim")
        self.why.setPlaceholderText(tr("needed for this step") if transition.why else "")
        self.go.setEnabled(not lacking or self._body_is_all(lacking))

    def _body_is_all(self, lacking: tuple[Need, ...]) -> bool:
        """What is missing can be given right here."""
        return all(not need.table and need.field == "responsible_body" for need in lacking)

    def _go(self) -> None:
        way = self._way()
        if way is None or self._outfall is None or not self.go.isEnabled():
            return
        try:
            deadline: Any = typed_value(_DATE, self.deadline.text())[0] or ""
        except ValueError as error:
            self._say_wrong(str(error))
            self.deadline.setFocus()
            return
        given = {"why": self.why.text(), "responsible_body": self.body.text().strip()}
        if go_to_state(self._context, [self._outfall], way[1].id, deadline=deadline, **given):
            self._close()
            self.next.setFocus()
        elif way[0].why and not self.why.text().strip():
            self.why.setFocus()
