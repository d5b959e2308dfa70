"""One state of a survey as a form: names, colour, days, what it counts as, needs and ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from gisapp.model.project import Project
from gisapp.model.scheme_problems import LONGEST_TITLE, MOST_DAYS, SchemeProblem, unit_words
from gisapp.model.survey_scheme import Need, State, SurveyScheme, Transition, usual_scheme
from gisapp.model.text import tr
from gisapp.model.workflow import need_words
from gisapp.ui.card import button, label
from gisapp.ui.form import ColorButton, QuietCombo
from gisapp.ui.scheme_fields import FieldLines, heading
from gisapp.ui.scheme_needs import NeedList
from gisapp.ui.scheme_ways import WayTable
from gisapp.ui.theme import Tokens
from gisapp.ui.wheel import wheel_goes_on

TASKS = ("check", "monitor", "trace", "plan", "rectify", "close")


def task_words(task: str) -> str:
    return {
        "check": tr("Find"),
        "monitor": tr("Monitor"),
        "trace": tr("Trace"),
        "plan": tr("Plan"),
        "rectify": tr("Rectify"),
        "close": tr("Case closed"),
    }[task]


class StateForm(QWidget):
    """Tells `changed` with the state as it is filled in, and `ways_changed` with all ways."""

    def __init__(
        self,
        tokens: Tokens,
        project: Project,
        changed: Callable[[State], None],
        ways_changed: Callable[[tuple[Transition, ...]], None],
    ) -> None:
        super().__init__()
        self.setProperty("kind", "plain")
        self._tokens, self._project = tokens, project
        self._changed, self._ways_changed = changed, ways_changed
        self._filling = False
        self.state: State | None = None
        self._scheme = usual_scheme()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.as_standard = button(tr("As the standard"), "link")
        self.as_standard.clicked.connect(self._take_standard)
        column.addWidget(heading(tr("The chosen state"), self.as_standard))
        self.lines = FieldLines()
        column.addLayout(self.lines)
        self._make_fields()
        self.differs = label("", "dim", wrap=True)
        column.addWidget(self.differs)
        column.addWidget(heading(tr("Evidence it needs")))
        self.needs = NeedList(tokens, project, self._needs_changed)
        column.addWidget(self.needs)
        column.addWidget(heading(tr("What it may become")))
        self.ways = WayTable(self._ways_edited)
        column.addWidget(self.ways)

    def _make_fields(self) -> None:
        self.title, self.title_zh, self.key = QLineEdit(), QLineEdit(), QLineEdit()
        for edit in (self.title, self.title_zh, self.key):
            edit.setMaxLength(2 * LONGEST_TITLE)
        self.key.setToolTip(tr("Stands in the file and never changes while outfalls have it"))
        self.color = ColorButton("#808080")
        self.counts = QuietCombo(
            [
                ("open", tr("Not known yet")),
                ("yes", tr("An outfall")),
                ("exempt", tr("An outfall that needs nothing")),
                ("no", tr("No outfall")),
            ]
        )
        self.days = wheel_goes_on(QSpinBox())
        self.days.setRange(0, MOST_DAYS)
        self.days.setSpecialValueText(tr("no limit"))
        self.days.setSuffix(f" {unit_words('d')}")
        self.days.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.days.setKeyboardTracking(False)
        tasks = QWidget()
        tasks.setProperty("kind", "plain")
        grid = QGridLayout(tasks)
        grid.setContentsMargins(0, 0, 0, 0)
        self.done = {task: QCheckBox(task_words(task)) for task in TASKS}
        for number, box in enumerate(self.done.values()):
            grid.addWidget(box, number // 3, number % 3)
            box.clicked.connect(lambda on: self._edited())
        for name, words, field in (
            ("title_zh_CN", tr("Name, Chinese"), self.title_zh),
            ("title", tr("Name, English"), self.title),
            ("id", tr("Key"), self.key),
        ):
            self.lines.line(name, words, field)
            field.textEdited.connect(lambda text: self._edited())
        self.lines.line("color", tr("Colour"), self.color, self.color.code)
        self.lines.line("outfall", tr("Counts as"), self.counts)
        self.lines.line("days", tr("Deadline"), self.days)
        self.lines.line("done", tr("Behind it"), tasks)
        self.color.changed.connect(self._edited)
        self.counts.activated.connect(lambda index: self._edited())
        self.days.valueChanged.connect(lambda value: self._edited())

    # ---- showing

    def show_state(self, state: State | None, scheme: SurveyScheme, *, new: bool) -> None:
        """`new`: the project does not have it, so its key can still be chosen."""
        self._filling = True
        self.state, self._scheme = state, scheme
        self.setEnabled(state is not None)
        if state is not None:
            for edit, text in (
                (self.title, state.title),
                (self.title_zh, state.title_zh_CN),
                (self.key, state.id),
            ):
                if edit.text() != text:
                    edit.setText(text)
            self.key.setEnabled(new)
            self.color.set_value(state.color)
            self.counts.setCurrentIndex(max(0, self.counts.findData(state.outfall)))
            self.days.setValue(state.days)
            for task, box in self.done.items():
                box.setChecked(task in state.done)
            self.needs.show_needs(state.needs)
            self.ways.show_ways(state, scheme)
        self._filling = False
        self._compare()

    def show_problems(self, problems: Iterable[SchemeProblem]) -> None:
        """Those of this state, each at its field."""
        own = {p.at[2]: p for p in problems if self.state and p.at[:2] == ("state", self.state.id)}
        for name in self.lines.names:
            found = own.get(name)
            kind = "warn" if found is not None and found.advice else "bad"
            self.lines.say(name, found.words if found is not None else "", kind)
        for name, part in (("needs", self.needs), ("ways", self.ways)):
            part.setToolTip(own[name].words if name in own else "")

    def _compare(self) -> None:
        """What the standard has instead."""
        usual = usual_scheme().state(self.state.id) if self.state is not None else None
        self.as_standard.setVisible(usual is not None)
        if self.state is None or usual is None:
            self.differs.setText(tr("Not a state of the standard"))
            return
        same_ways = _ways_of(self._scheme, usual.id) == _ways_of(usual_scheme(), usual.id)
        parts = []
        if (usual.title, usual.title_zh_CN) != (self.state.title, self.state.title_zh_CN):
            parts.append(f"{usual.title_zh_CN} · {usual.title}")
        if usual.color.lower() != self.state.color.lower():
            parts.append(usual.color)
        if usual.days != self.state.days:
            days = f"{usual.days} {unit_words('d')}" if usual.days else tr("no limit")
            parts.append(days)
        if usual.outfall != self.state.outfall:
            parts.append(self.counts.itemText(self.counts.findData(usual.outfall)))
        if usual.done != self.state.done:
            parts.append(", ".join(task_words(task) for task in usual.done) or "–")
        if usual.needs != self.state.needs:
            needs = ", ".join(need_words(self._project, need) for need in usual.needs)
            parts.append(tr("needs {what}").format(what=needs or "–"))
        if not same_ways:
            parts.append(tr("other ways"))
        words = tr("Standard: {values}").format(values=" · ".join(parts)) if parts else ""
        self.differs.setText(words or tr("Same as the standard"))
        self.as_standard.setEnabled(bool(parts))

    # ---- what was edited

    def _edited(self) -> None:
        if self._filling or self.state is None:
            return
        done = tuple(task for task in TASKS if self.done[task].isChecked())
        self.state = replace(
            self.state,
            id=self.key.text().strip() if self.key.isEnabled() else self.state.id,
            title=self.title.text(),
            title_zh_CN=self.title_zh.text(),
            color=self.color.value(),
            outfall=self.counts.currentData(),
            days=self.days.value(),
            done=done,  # type: ignore[arg-type]
        )
        self._changed(self.state)
        self._compare()

    def _needs_changed(self, needs: tuple[Need, ...]) -> None:
        if self.state is not None and not self._filling:
            self.state = replace(self.state, needs=needs)
            self._changed(self.state)
            self._compare()

    def _ways_edited(self) -> None:
        if self.state is None or self._filling:
            return
        others = [way for way in self._scheme.transitions if way.before != self.state.id]
        ways = (*others, *self.ways.ways(self.state.id))
        self._scheme = replace(self._scheme, transitions=ways)
        self._ways_changed(ways)
        self._compare()

    def _take_standard(self) -> None:
        """The state as the program has it, with its ways to states that are there."""
        usual = usual_scheme().state(self.state.id) if self.state is not None else None
        if usual is None:
            return
        there = {state.id for state in self._scheme.states}
        own = [way for way in _ways_of(usual_scheme(), usual.id) if way.after in there]
        others = [way for way in self._scheme.transitions if way.before != usual.id]
        self._scheme = replace(self._scheme, transitions=(*others, *own))
        self._ways_changed(self._scheme.transitions)
        self._changed(usual)
        states = tuple(usual if s.id == usual.id else s for s in self._scheme.states)
        self.show_state(usual, replace(self._scheme, states=states), new=False)


def _ways_of(scheme: SurveyScheme, state: str) -> list[Transition]:
    return sorted((w for w in scheme.transitions if w.before == state), key=lambda w: w.after)
