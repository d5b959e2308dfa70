"""The problems of a file as a list: what, in which rows, and one click for what can be done."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gisapp.app.import_doctor import Understanding
from gisapp.app.import_doctor_problems import Answers, Problem
from gisapp.model.text import tr
from gisapp.ui.card import EndedButton, button, label

MOST_ROWS = 8  # of one problem that are shown at once
MOST_FIXES = 8
SHORT = 24  # letters of a fix that has another beside it
KINDS = {"error": "bad", "warning": "warn", "note": "dim"}


class ImportProblems(QScrollArea):
    """`answered`: a fix was chosen; `row_wanted`: show this record."""

    answered = Signal(object)
    row_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.more: set[str] = set()  # problems of which more rows are shown

    def show_problems(self, found: Understanding) -> None:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 4, 8, 4)
        column.setSpacing(4)
        if not found.problems:
            column.addWidget(label(tr("Nothing to ask: every row is understood."), "ok", wrap=True))
        for problem in found.problems:
            self._add(column, problem, found)
        column.addStretch(1)
        at, bar = self.verticalScrollBar().value(), self.verticalScrollBar()
        focus = QApplication.focusWidget()
        if focus is not None and self.isAncestorOf(focus):
            self.setFocus()  # the button that was pressed goes: the hand stays here
        old = self.takeWidget()
        self.setWidget(holder)
        holder.adjustSize()
        bar.setValue(min(at, bar.maximum()))
        if old is not None:
            old.deleteLater()

    def _add(self, column: QVBoxLayout, problem: Problem, found: Understanding) -> None:
        count = len(problem.rows)
        words = problem.message
        if count and not words.endswith(f"({count:,})"):
            words = f"{words} ({count:,})"
        column.addWidget(label(words, KINDS[problem.level], wrap=True))
        if problem.hint:
            column.addWidget(label(problem.hint, "dim", wrap=True))
        key = f"{problem.kind} {problem.column}"
        shown = MOST_ROWS * 5 if key in self.more else min(MOST_ROWS, 3)
        numbers = found.row_numbers
        for n, record in enumerate(problem.rows[:shown].tolist()):
            text = tr("row {row}: {what}").format(row=numbers[record], what=problem.words(n))
            row = EndedButton(text, "link")
            row.clicked.connect(self._going_to(record))
            column.addWidget(row)
        if count > shown and key not in self.more:
            more = button(tr("Show more rows"), "link")
            more.clicked.connect(lambda: self._show_more(key, found))
            column.addWidget(more, 0, Qt.AlignmentFlag.AlignLeft)
        line: QHBoxLayout | None = None
        for fix in problem.fixes[:MOST_FIXES]:
            if line is None or line.count() == 2 or _wide(fix.title) > SHORT:
                line = QHBoxLayout()
                line.setSpacing(6)
                column.addLayout(line)
            made = EndedButton(fix.title)
            made.clicked.connect(self._answering(fix.answers))
            line.addWidget(made, 1)
            if _wide(fix.title) > SHORT:
                line = None
        column.addSpacing(8)

    def _show_more(self, key: str, found: Understanding) -> None:
        self.more.add(key)
        self.show_problems(found)

    def _going_to(self, record: int) -> Callable[[], None]:
        return lambda: self.row_wanted.emit(record)

    def _answering(self, answers: Answers) -> Callable[[], None]:
        return lambda: self.answered.emit(answers)


def _wide(text: str) -> int:
    """In letters; a Chinese one is as wide as two others."""
    return sum(2 if letter > "\u2e7f" else 1 for letter in text)
