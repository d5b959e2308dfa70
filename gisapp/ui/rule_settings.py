"""The checks of a survey: which run, how bad what they find is, and the numbers they use."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QWidget,
)

from gisapp.model.rules import RuleKind, RuleValue, Severity, rule_kinds, rule_values, values_of
from gisapp.model.scheme_problems import SchemeProblem, number_problem, unit_words
from gisapp.model.survey_scheme import RuleSetting, SurveyScheme
from gisapp.model.text import tr
from gisapp.ui.card import button, icon_button, label, restyle
from gisapp.ui.context import WindowContext
from gisapp.ui.form import QuietCombo
from gisapp.ui.scheme_card import Reopen, SchemeCard
from gisapp.ui.scheme_fields import heading, plain_grid

NUMBER_WIDTH = 76  # px
_WIDE = {ord("０") + n: str(n) for n in range(10)} | {ord("．"): ".", ord("－"): "-"}


def number_of(text: str) -> float | None:
    """A number as people type it, with full-width digits too; None for words."""
    try:
        value = float(text.translate(_WIDE).strip())
    except ValueError:
        return None
    return value if math.isfinite(value) else None


class RuleSettingsPanel(SchemeCard):
    """Numbers first, then each check with a tick and its weight."""

    def __init__(
        self,
        context: WindowContext,
        draft: SurveyScheme | None = None,
        reopen: Reopen | None = None,
        parent: QWidget | None = None,
    ) -> None:
        title, step = tr("Checks and their numbers"), tr("Change the checks of the survey")
        super().__init__(title, step, "outfall_rules", context, draft, reopen, parent)
        self.texts: dict[str, str] = {}  # what is typed and is no number yet
        self._make_numbers()
        self._make_checks()
        self.begin(next(iter(self.numbers.values())), self._numbers, self._checks)

    def _make_numbers(self) -> None:
        self.content.addWidget(heading(tr("Numbers")))
        self._numbers, grid = plain_grid()
        self.numbers: dict[str, QLineEdit] = {}
        self.backs: dict[str, QPushButton] = {}
        self._wrong: dict[str, QLabel] = {}
        for row, value in enumerate(rule_values().values()):
            edit = QLineEdit()
            edit.setFixedWidth(NUMBER_WIDTH)
            edit.setAlignment(Qt.AlignmentFlag.AlignRight)
            edit.setAccessibleName(value.caption)
            edit.textEdited.connect(lambda text, name=value.id: self._number_edited(name, text))
            caption = label(value.caption, wrap=True)
            caption.setBuddy(edit)
            wrong = label("", "bad", wrap=True)
            back = button(_standard_words(value), "link")
            back.setProperty("side", "left")
            back.setToolTip(tr("Back to the standard's value"))
            back.clicked.connect(lambda on, name=value.id: self._number_back(name))
            grid.addWidget(caption, 4 * row, 0)
            grid.addWidget(edit, 4 * row, 1)
            grid.addWidget(label(unit_words(value.unit), "dim"), 4 * row, 2)
            grid.addWidget(wrong, 4 * row + 1, 0, 1, 3)
            grid.addWidget(label(value.from_words, "dim", wrap=True), 4 * row + 2, 0, 1, 3)
            grid.addWidget(back, 4 * row + 3, 0, 1, 3, Qt.AlignmentFlag.AlignLeft)
            self.numbers[value.id], self.backs[value.id] = edit, back
            self._wrong[value.id] = wrong
        self.content.addWidget(self._numbers)

    def _make_checks(self) -> None:
        self.content.addWidget(heading(tr("Checks")))
        self._checks, grid = plain_grid()
        self.on: dict[str, QCheckBox] = {}
        self.weights: dict[str, QuietCombo] = {}
        self.check_backs: dict[str, QToolButton] = {}
        severities = ((Severity.ERROR, tr("Error")), (Severity.WARNING, tr("Warning")))
        for row, kind in enumerate(self.kinds()):
            box = QCheckBox(kind.caption)
            if kind.needs:
                roles = ", ".join(kind.needs)
                box.setToolTip(tr("Needs a layer with the role {role}").format(role=roles))
            weight = QuietCombo([(s.value, words) for s, words in severities])
            weight.setAccessibleName(tr("How bad: {kind}").format(kind=kind.caption))
            usual = dict(severities)[kind.severity]
            back = icon_button("undo", "", self._context.theme.tokens)
            back.setIconSize(QSize(14, 14))
            back.setToolTip(tr("Back to the standard: on, {severity}").format(severity=usual))
            back.setAccessibleName(back.toolTip())
            back.setFixedSize(24, 24)
            keep = back.sizePolicy()
            keep.setRetainSizeWhenHidden(True)
            back.setSizePolicy(keep)
            back.clicked.connect(lambda on, kind=kind: self._check_back(kind))
            weight.setFixedWidth(92)
            box.clicked.connect(lambda on, kind=kind: self._check_edited(kind))
            weight.activated.connect(lambda index, kind=kind: self._check_edited(kind))
            grid.addWidget(box, row, 0)
            grid.addWidget(weight, row, 1)
            grid.addWidget(back, row, 2)
            self.on[kind.id], self.weights[kind.id] = box, weight
            self.check_backs[kind.id] = back
        self.content.addWidget(self._checks)

    def kinds(self) -> list[RuleKind]:
        """The program's checks, then those of plugins."""
        found = list(rule_kinds().values())
        plugins = self._context.plugins
        for one in plugins.contributions("rule") if plugins is not None else ():
            found.append(RuleKind(one.name, one.title, one.title_zh_CN, Severity.WARNING))
        return found

    # ---- showing

    def usual(self) -> SurveyScheme:
        return replace(self.draft, rule_values=(), rules=())

    def show_draft(self) -> None:
        self.texts.clear()
        numbers = values_of(self.draft)
        for name, edit in self.numbers.items():
            edit.setText(f"{numbers[name]:.10g}")
        own = {rule.id: rule for rule in self.draft.rules}
        for kind in self.kinds():
            rule = own.get(kind.id, RuleSetting(kind.id))
            self.on[kind.id].setChecked(rule.on)
            weight = self.weights[kind.id]
            weight.setCurrentIndex(weight.findData(rule.severity or kind.severity.value))
            weight.setEnabled(rule.on)
            self.check_backs[kind.id].setVisible(kind.id in own)

    def problems(self) -> list[SchemeProblem]:
        wrong = tr("This is no number")
        typed = [SchemeProblem(("rule", name), wrong) for name in self.texts]
        return [*typed, *super().problems()]

    def show_problems(self, problems: list[SchemeProblem]) -> None:
        wrong = {p.at[1]: p.words for p in problems if p.at[:1] == ("rule",)}
        now = values_of(self.draft)
        for name, value in rule_values().items():
            problem = wrong.get(name, "")
            if problem and name not in self.texts:
                problem = number_problem(name, now[name])
            self._wrong[name].setText(problem)
            self._wrong[name].setVisible(bool(problem))
            restyle(self.numbers[name], "state", "wrong" if problem else "")
            other = bool(problem) or now[name] != value.value
            self.backs[name].setVisible(other)

    # ---- editing

    def _number_edited(self, name: str, text: str) -> None:
        value = number_of(text)
        if value is None:
            self.texts[name] = text
            self.judge_soon()
            return
        self.texts.pop(name, None)
        self._set_number(name, value)

    def _number_back(self, name: str) -> None:
        self.texts.pop(name, None)
        value = rule_values()[name].value
        self.numbers[name].setText(f"{value:.10g}")
        self._set_number(name, value)
        self.numbers[name].setFocus()

    def _set_number(self, name: str, value: float) -> None:
        """Only what differs from the program's numbers is kept."""
        own = {**dict(self.draft.rule_values), name: value}
        usual = rule_values()
        kept = tuple((n, v) for n, v in sorted(own.items())
                     if n not in usual or v != usual[n].value)  # fmt: skip
        self.edit(replace(self.draft, rule_values=kept))

    def _check_back(self, kind: RuleKind) -> None:
        rules = tuple(rule for rule in self.draft.rules if rule.id != kind.id)
        self.edit(replace(self.draft, rules=rules), anew=True)

    def _check_edited(self, kind: RuleKind) -> None:
        on, weight = self.on[kind.id].isChecked(), self.weights[kind.id].currentData()
        self.weights[kind.id].setEnabled(on)
        severity: Literal["", "error", "warning"] = "" if weight == kind.severity.value else weight
        made = RuleSetting(kind.id, on, severity)
        others = tuple(rule for rule in self.draft.rules if rule.id != kind.id)
        rules = others if made == RuleSetting(kind.id) else (*others, made)
        self.check_backs[kind.id].setVisible(len(rules) > len(others))
        rules = tuple(sorted(rules, key=lambda rule: rule.id))
        self.edit(replace(self.draft, rules=rules))


def _standard_words(value: RuleValue) -> str:
    words = tr("Standard: {value} {unit}")
    return words.format(value=f"{value.value:.10g}", unit=unit_words(value.unit))
