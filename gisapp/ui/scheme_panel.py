"""The working chain of a survey: its states, the ways between them, patterns of codes."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QWidget

from gisapp.model.scheme_problems import SchemeProblem, unit_words
from gisapp.model.survey import standard
from gisapp.model.survey_scheme import (
    State,
    SurveyScheme,
    Transition,
    proposed_code_pattern,
    usual_scheme,
)
from gisapp.model.text import language, tr
from gisapp.ui.card import button, icon_button, label
from gisapp.ui.context import WindowContext
from gisapp.ui.scheme_card import Reopen, SchemeCard
from gisapp.ui.scheme_fields import FieldLines, heading
from gisapp.ui.scheme_state_form import StateForm
from gisapp.ui.symbol import color_of

NEW = "new_state"
NEW_COLOR = "#64748b"
LIST_ROWS, ROW = 8, 26
CODES = ("code_national", "code_local")


class SchemePanel(SchemeCard):
    """Above the list of states, below it the chosen one as a form."""

    def __init__(
        self,
        context: WindowContext,
        draft: SurveyScheme | None = None,
        reopen: Reopen | None = None,
        parent: QWidget | None = None,
    ) -> None:
        title, step = tr("Workflow of the survey"), tr("Change the workflow of the survey")
        super().__init__(title, step, "outfall_workflow", context, draft, reopen, parent)
        self._make_list()
        project = context.workspace.store.project
        self.form = StateForm(context.theme.tokens, project, self._state_changed, self._ways)
        self.content.addWidget(self.form)
        self._make_codes()
        self.begin(self.list, self.form, self.codes_part, self.buttons_part)

    def _make_list(self) -> None:
        self.list = QListWidget()
        self.list.setAccessibleName(tr("States"))
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFixedHeight(LIST_ROWS * ROW)
        self.list.currentRowChanged.connect(lambda row: self._show_state())
        self.content.addWidget(heading(tr("States")))
        self.content.addWidget(self.list)
        tokens = self._context.theme.tokens
        self.more = button(tr("New state"))
        self.up = button("↑", "", tr("Earlier"))
        self.down = button("↓", "", tr("Later"))
        self.away = icon_button("trash", tr("Take the state out"), tokens, "box")
        self.away.setIconSize(QSize(16, 16))
        for made in (self.up, self.down):
            made.setToolTip(made.accessibleName())
            made.setFixedWidth(34)
        self.more.clicked.connect(self.add_state)
        self.up.clicked.connect(lambda: self.shift(-1))
        self.down.clicked.connect(lambda: self.shift(1))
        self.away.clicked.connect(self.remove_state)
        self.buttons_part = QWidget()
        self.buttons_part.setProperty("kind", "plain")
        line = QHBoxLayout(self.buttons_part)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        line.addWidget(self.more)
        line.addStretch(1)
        for one in (self.up, self.down, self.away):
            line.addWidget(one)
        self.content.addWidget(self.buttons_part)

    def _make_codes(self) -> None:
        self.codes_part = QWidget()
        self.codes_part.setProperty("kind", "plain")
        self.code_lines = FieldLines()
        self.codes_part.setLayout(self.code_lines)
        self.patterns = {name: QLineEdit() for name in CODES}
        titles = (tr("National code"), tr("Local code"))
        for (name, edit), words in zip(self.patterns.items(), titles, strict=True):
            edit.setPlaceholderText(tr("no pattern: not checked"))
            edit.textEdited.connect(lambda text: self._codes_edited())
            self.code_lines.line(name, words, edit)
        pattern, source = proposed_code_pattern()
        if language() == "zh_CN":
            source = standard("outfall_workflow")["codes"].get("proposal_source_zh_CN", source)
        self.propose = button(tr("Use the proposed national pattern"), "link")
        self.propose.setToolTip(f"{pattern}\n{source}")
        self.propose.clicked.connect(lambda: self._use_pattern(pattern))
        words = tr("Regular expressions; a part named county is compared with the county.")
        self.content.addWidget(heading(tr("Patterns of codes")))
        self.content.addWidget(label(words, "dim", wrap=True))
        self.content.addWidget(self.codes_part)
        self.content.addWidget(self.propose, 0, Qt.AlignmentFlag.AlignLeft)
        self.content.addWidget(label(source, "dim", wrap=True))

    # ---- showing

    def usual(self) -> SurveyScheme:
        own, usual = self.draft, usual_scheme()
        return replace(usual, rule_values=own.rule_values, rules=own.rules,
                       deliveries=own.deliveries)  # fmt: skip

    def show_draft(self) -> None:
        row = max(0, self.list.currentRow())
        self._fill_list(min(row, len(self.draft.states) - 1))
        for name, edit in self.patterns.items():
            if edit.text() != getattr(self.draft, name):
                edit.setText(getattr(self.draft, name))
        self._show_state()

    def _fill_list(self, row: int) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        for state in self.draft.states:
            item = QListWidgetItem(_dot(state.color, self.devicePixelRatioF()), _line(state))
            item.setSizeHint(QSize(10, ROW))
            self.list.addItem(item)
        self.list.setCurrentRow(row)
        self.list.blockSignals(False)

    def _show_state(self) -> None:
        row = self.list.currentRow()
        there = 0 <= row < len(self.draft.states)
        state = self.draft.states[row] if there else None
        new = state is not None and self.base.state(state.id) is None
        self.form.show_state(state, self.draft, new=new)
        self.form.show_problems(self.problems())
        self.up.setEnabled(row > 0)
        self.down.setEnabled(there and row < len(self.draft.states) - 1)
        self.away.setEnabled(there and len(self.draft.states) > 1)

    def show_problems(self, problems: list[SchemeProblem]) -> None:
        self.form.show_problems(problems)
        wrong = {p.at[1]: p for p in reversed(problems) if p.at[:1] == ("state",)}
        tokens = self._context.theme.tokens
        for row, state in enumerate(self.draft.states):
            item, found = self.list.item(row), wrong.get(state.id)
            color = tokens.text if found is None else tokens.warn if found.advice else tokens.bad
            item.setForeground(QColor(color))
            item.setToolTip(found.words if found is not None else "")
        codes = {p.at[1]: p.words for p in problems if p.at[:1] == ("code",)}
        for name in CODES:
            self.code_lines.say(name, codes.get(name, ""))

    # ---- editing

    def _state_changed(self, state: State) -> None:
        row = self.list.currentRow()
        old = self.draft.states[row]
        states = tuple(state if n == row else one for n, one in enumerate(self.draft.states))
        ways = self.draft.transitions
        if state.id != old.id:  # a new state gets another key: its ways follow
            ways = tuple(
                replace(
                    way,
                    before=state.id if way.before == old.id else way.before,
                    after=state.id if way.after == old.id else way.after,
                )
                for way in ways
            )
        item = self.list.item(row)
        item.setText(_line(state))
        if state.color != old.color:
            item.setIcon(_dot(state.color, self.devicePixelRatioF()))
        self.edit(replace(self.draft, states=states, transitions=ways))

    def _ways(self, ways: tuple[Transition, ...]) -> None:
        self.edit(replace(self.draft, transitions=ways))

    def _codes_edited(self) -> None:
        self.edit(
            replace(
                self.draft,
                code_national=self.patterns["code_national"].text().strip(),
                code_local=self.patterns["code_local"].text().strip(),
            )
        )

    def _use_pattern(self, pattern: str) -> None:
        self.patterns["code_national"].setText(pattern)
        self._codes_edited()

    def add_state(self) -> None:
        """One behind the chosen, which may become it."""
        row, taken = self.list.currentRow(), {state.id for state in self.draft.states}
        name = next(k for n in range(1, 1000) if (k := f"{NEW}_{n}") not in taken)
        made = State(name, "", "", NEW_COLOR, "yes", ("check",))
        states = (*self.draft.states[: row + 1], made, *self.draft.states[row + 1 :])
        way = Transition(self.draft.states[row].id, name)
        self.draft = replace(self.draft, states=states, transitions=(*self.draft.transitions, way))
        self._fill_list(row + 1)
        self._show_state()
        self.judge_soon()
        self.form.title_zh.setFocus()

    def remove_state(self) -> None:
        """With its ways. What its outfalls become is asked below."""
        row = self.list.currentRow()
        gone = self.draft.states[row].id
        states = tuple(one for one in self.draft.states if one.id != gone)
        ways = tuple(w for w in self.draft.transitions if gone not in (w.before, w.after))
        self.draft = replace(self.draft, states=states, transitions=ways)
        self._fill_list(min(row, len(states) - 1))
        self._show_state()
        self.judge_soon()

    def shift(self, by: int) -> None:
        """The order of states is that of lists, legends and forms."""
        row = self.list.currentRow()
        to = row + by
        states = list(self.draft.states)
        if 0 <= to < len(states):
            states[row], states[to] = states[to], states[row]
            self.draft = replace(self.draft, states=tuple(states))
            self._fill_list(to)
            self._show_state()
            self.judge_soon()


def _line(state: State) -> str:
    words = state.caption or state.id
    if state.days:
        words = f"{words}  ·  {state.days} {unit_words('d')}"
    return words


def _dot(color: str, ratio: float) -> QIcon:
    side = 14
    made = QPixmap(round(side * ratio), round(side * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color_of(color))
    painter.drawEllipse(2, 2, side - 4, side - 4)
    painter.end()
    return QIcon(made)
