"""How far the survey is: each figure with its numbers, by county, river or team."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QProgressBar, QWidget

from gisapp.analysis.coverage import BY, By, Coverage, coverage, figures
from gisapp.app.jobs import Job
from gisapp.app.store import Change
from gisapp.model.errors import GisError
from gisapp.model.progress import Progress
from gisapp.model.survey import standard
from gisapp.model.text import tr
from gisapp.ui.card import label
from gisapp.ui.context import WindowContext
from gisapp.ui.form import QuietCombo
from gisapp.ui.side_panel import TaskCard

MOST = 60  # groups that are shown; the largest

Answer = tuple[Coverage, list[Coverage]]


class CoveragePanel(TaskCard):
    """Counted in the background, and again when outfalls are changed."""

    wide = True

    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(tr("Progress of the survey"), context.theme.tokens, parent)
        self._context = context
        self.answer: Answer | None = None
        self.by = QuietCombo([(by, _by_words(by)) for by in BY])
        self.by.setAccessibleName(tr("Groups"))
        self.by.currentIndexChanged.connect(lambda index: self.count())
        self.add(self.by)
        self.setFocusProxy(self.by)
        column = self.scrolled()
        holder = QWidget()
        holder.setProperty("kind", "plain")
        self._grid = QGridLayout(holder)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        column.addWidget(holder)
        about = standard("outfall_coverage")["standard"]
        words = tr("Definitions of {version}, not confirmed against a standard; hold the pointer"
                   " over a figure to read its own.")  # fmt: skip
        column.addWidget(label(words.format(version=about["version"]), "dim", wrap=True))
        column.addStretch(1)
        self.leave.append(context.workspace.store.changed.subscribe(self._changed))
        self.count()

    def count(self) -> None:
        """Anew, in the background."""
        project = self._context.workspace.store.project
        by: By = self.by.currentData()
        today = date.today().isoformat()

        def work(progress: Progress) -> Answer | str:
            try:
                return coverage(project, by, today)
            except GisError as error:
                return f"{error.message}\n{error.hint}"

        job = Job(tr("Progress of the survey"), work, quiet=True)
        job.done.subscribe(self._show)
        self._context.jobs.start(job, instead_of="coverage")

    def _changed(self, change: Change) -> None:
        if change.before.tables is not change.after.tables or (
            change.before.scheme is not change.after.scheme
        ):
            self.count()

    def _show(self, answer: Answer | str) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        if isinstance(answer, str):
            self.answer = None
            self._grid.addWidget(label(answer, "warn", wrap=True), 0, 0, 1, 3)
            return
        self.answer = answer
        whole, groups = answer
        row = self._group(0, tr("All"), whole)
        for group in groups[:MOST]:
            row = self._group(row, group.name or tr("Not given"), group)
        if len(groups) > MOST:
            words = tr("and {n} more").format(n=len(groups) - MOST)
            self._grid.addWidget(label(words, "dim"), row, 0, 1, 3)

    def _group(self, row: int, name: str, found: Coverage) -> int:
        facts = tr("{n} points").format(n=f"{found.points:,}")
        head = label(name, "group")
        self._grid.addWidget(head, row, 0, 1, 2)
        self._grid.addWidget(label(facts, "dim"), row, 2, Qt.AlignmentFlag.AlignRight)
        for figure in figures():
            row += 1
            share = found.shares[figure.id]
            caption = label(figure.caption, "dim")
            caption.setToolTip(figure.explanation)
            bar = QProgressBar()
            bar.setRange(0, max(share.of, 1))
            bar.setValue(share.done)
            bar.setTextVisible(False)
            bar.setFixedHeight(8)
            bar.setToolTip(figure.explanation)
            rate = "–" if share.rate is None else f"{share.rate:.0%}"
            numbers = label(f"{rate}  {share.done:,}/{share.of:,}", "dim")
            bar.setAccessibleName(f"{name} {figure.caption} {numbers.text()}")
            self._grid.addWidget(caption, row, 0)
            self._grid.addWidget(bar, row, 1, Qt.AlignmentFlag.AlignVCenter)
            self._grid.addWidget(numbers, row, 2, Qt.AlignmentFlag.AlignRight)
        if found.overdue:
            row += 1
            words = tr("{n} overdue").format(n=f"{found.overdue:,}")
            self._grid.addWidget(label(words, "warn"), row, 0, 1, 3)
        return row + 1


def _by_words(by: By) -> str:
    return {"county": tr("By county"), "river": tr("By river"), "team": tr("By team")}[by]
