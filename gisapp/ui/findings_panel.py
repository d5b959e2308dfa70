"""What is wrong in the survey: by kind, each on the map and one click from being mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLineEdit, QTreeWidgetItem, QWidget

from gisapp.analysis.survey_check import Found
from gisapp.app.jobs import Job
from gisapp.app.rules import (
    ROLES,
    RuleAnswer,
    check_survey,
    fix_edit,
    ground_layers,
    left_ones,
    place_of,
    task_edit,
)
from gisapp.app.store import Change
from gisapp.model.edit import Edit
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Point
from gisapp.model.layer import LayerId
from gisapp.model.progress import Progress
from gisapp.model.project import Project
from gisapp.model.rules import Finding, Severity, rule_kinds
from gisapp.model.survey import OUTFALL_TABLE, TASKS
from gisapp.model.text import tr
from gisapp.ui.card import button, label, restyle
from gisapp.ui.context import WindowContext
from gisapp.ui.findings_card import FindingsCard
from gisapp.ui.findings_tree import FINDING

LISTED = 100  # findings of a kind
WAIT_MS = 250  # after a key, before the list is made anew


@dataclass(frozen=True, eq=False)
class Listing:
    """What the panel shows, made in the background. `lines`: the first of each kind, with the
    name of its outfall."""

    answer: RuleAnswer
    kinds: tuple[tuple[Found, tuple[tuple[str, Finding], ...]], ...]
    tasks: frozenset[tuple[str, FeatureId]]
    shown: int


class FindingsPanel(FindingsCard):
    """Checked in the background, and again after each change. A click goes to the finding."""

    def __init__(
        self,
        context: WindowContext,
        show: Callable[[Point | None], None],
        parent: QWidget | None = None,
    ) -> None:
        """`show`: go to a place in the map's system and mark it; None takes the mark away."""
        super().__init__(tr("Findings"), context, show, "findings", parent)
        self.listing: Listing | None = None
        self.wanted = QLineEdit()
        self.wanted.setPlaceholderText(tr("Code, name or county"))
        self.wanted.setAccessibleName(tr("Only findings of"))
        self.wanted.setClearButtonEnabled(True)
        self.tree.currentItemChanged.connect(lambda item, before: self._chosen(item))
        self.nothing = label(tr("Nothing is open"), "headline")
        self.words = label("", "dim", wrap=True)
        self.aside = label("", "dim", wrap=True)
        self.fix_button = button(tr("Fix"), "primary")
        self.all_button = button(tr("Fix all of this kind"))
        self.task_button = button(tr("Make it a task"))
        self.leave_button = button(tr("Leave as it is"))
        self.open_button = button(tr("Open the record"), "link")
        self.fix_button.clicked.connect(self.fix)
        self.all_button.clicked.connect(self.fix_all)
        self.task_button.clicked.connect(lambda: self._on_record(leave=False))
        self.leave_button.clicked.connect(lambda: self._on_record(leave=True))
        self.open_button.clicked.connect(self.open_record)
        self.add(self.wanted)
        self.add(self.tree, 1)
        self.add(self.nothing)
        self.add(self.words)
        self.add_pairs((self.fix_button, self.all_button), (self.task_button, self.leave_button))
        self.add(self.open_button)
        self.add(self.aside)
        self.body.addStretch(0)
        self.setFocusProxy(self.wanted)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT_MS)
        self._timer.timeout.connect(self.list_again)
        self.wanted.textChanged.connect(lambda text: self._timer.start())
        self.leave.append(context.workspace.store.changed.subscribe(self._project_changed))
        if context.layer_data is not None:
            self.leave.append(context.layer_data.changed.subscribe(self._layer_changed))
        self._dress(None)
        self._chosen(None)  # nothing can be done before something was found
        self.check()

    # ---- checking and listing, in the background

    def check(self) -> None:
        """Everything anew."""
        project = self._context.workspace.store.project
        plugins, wanted = self._context.plugins, self.wanted.text()
        data = self._context.layer_data
        around = {}
        if data is not None:
            ground = [layer for layer in project.layers if layer.role in ROLES]
            loaded = {layer.id: data.get(layer) for layer in ground}
            around = ground_layers(project, {k: d for k, d in loaded.items() if d is not None})
        today = date.today().isoformat()

        def work(progress: Progress) -> Listing | str:
            try:
                answer = check_survey(project, around, today, progress, plugins=plugins)
            except GisError as error:
                return f"{error.message}\n{error.hint}"
            return listing_of(project, answer, wanted)

        self._start(Job(tr("Checking the survey"), work))

    def list_again(self) -> None:
        """What was found, for other words in the filter."""
        if self.listing is None:
            return
        project, answer = self._context.workspace.store.project, self.listing.answer
        wanted = self.wanted.text()
        job = Job(tr("Findings"), lambda progress: listing_of(project, answer, wanted), quiet=True)
        self._start(job)

    def _start(self, job: Job[Any]) -> None:
        job.done.subscribe(self._checked)
        self.leave.append(job.cancel)
        self._context.jobs.start(job, instead_of="check the survey")

    def _checked(self, found: Listing | str) -> None:
        if isinstance(found, str):
            self.listing = None
            self.tree.clear()
            self._chosen(None)
            self.words.setText(found)
            self.words.show()
            return
        before, kinds = self.tree.finding, self.tree.kinds()
        at = max(0, self.tree.currentIndex().row())
        tokens = self._context.theme.tokens
        self.listing = found
        self.tree.blockSignals(True)
        self.tree.clear()
        for some, listed in found.kinds:
            color = tokens.bad if some.kind.severity is Severity.ERROR else tokens.warn
            group = self.tree.add_kind(some.kind.caption, len(some), color)
            lines = ((_line(name, one), self._note(one), one.message, one) for name, one in listed)
            self.tree.add_findings(group, lines, len(some) - len(listed))
            if before is not None and before.rule == some.kind.id and not self.tree.currentItem():
                same = (n for n, (_, one) in enumerate(listed) if _same(one, before))
                self.tree.setCurrentItem(group.child(next(same, min(at, len(listed) - 1))))
        self.tree.open_kinds(kinds)
        self.tree.blockSignals(False)
        self.note.setText(f"{found.shown:,}" if found.answer.checked else "")
        self._dress(found)
        self._chosen(self.tree.currentItem(), go=False)

    def _note(self, one: Finding) -> str:
        assert self.listing is not None
        return tr("task") if (one.rule, one.feature) in self.listing.tasks else ""

    def _dress(self, found: Listing | None) -> None:
        clean = found is not None and not found.shown
        total = found.answer.total if found is not None else 0
        wanted = tr("No finding fits “{words}”").format(words=self.wanted.text().strip())
        none = tr("No outfall is recorded yet") if found and not found.answer.checked else ""
        self.nothing.setText(wanted if total else none or tr("Nothing is open"))
        restyle(self.nothing, "kind", "dim" if total else "headline")
        self.tree.setVisible(not clean)
        self.nothing.setVisible(clean)
        if found is None:
            self.words.setText(tr("Checking the survey"))
            return
        parts = [tr("{n} outfalls checked").format(n=f"{found.answer.checked:,}")]
        left = sum(found.answer.left.values())
        if left:
            parts.append(tr("{n} left as they are").format(n=f"{left:,}"))
        kinds = rule_kinds()
        without = [kinds[kind].caption for kind in found.answer.unchecked]
        if without:
            words = tr("not checked for want of a layer: {kinds}")
            parts.append(words.format(kinds=", ".join(without)))
        parts += [error.message for error in found.answer.failed]
        self.aside.setText(" · ".join(parts))

    # ---- what one can do

    @property
    def finding(self) -> Finding | None:
        found: Finding | None = self.tree.finding
        return found

    def fix(self) -> None:
        """What the finding proposes, as one step."""
        finding, project = self.finding, self._context.workspace.store.project
        if finding is not None:
            self._apply(fix_edit(project, [finding]))

    def fix_all(self) -> None:
        """All of this kind that can be mended, in one step; gathered in the background."""
        kind = self._kind()
        if kind is None:
            return
        project = self._context.workspace.store.project

        def work(progress: Progress) -> Edit | None:
            return fix_edit(project, kind, progress)

        job = Job(tr("Fix all of this kind"), work)
        job.done.subscribe(self._apply)
        self._context.jobs.start(job, instead_of="fix findings")

    def _on_record(self, *, leave: bool) -> None:
        finding, project = self.finding, self._context.workspace.store.project
        findings = [finding] if finding is not None else list(self._kind() or ())
        today = date.today().isoformat()
        self._apply(task_edit(project, findings, leave=leave, today=today))

    def _apply(self, edit: Edit | None) -> None:
        if self.apply(edit):
            self.fix_button.setEnabled(False)
        elif edit is None:
            self.check()

    def open_record(self) -> None:
        """The record of the outfall in the place of this list."""
        finding = self.finding
        if finding is not None:
            self.select((finding.feature, *finding.others))
            self.closed.emit()

    # ---- what is chosen

    def _kind(self) -> Found | None:
        item = self.tree.currentItem()
        if item is None or self.listing is None:
            return None
        group = item.parent() or item
        number = self.tree.indexOfTopLevelItem(group)
        return self.listing.kinds[number][0] if 0 <= number < len(self.listing.kinds) else None

    def _chosen(self, item: QTreeWidgetItem | None, *, go: bool = True) -> None:
        finding: Finding | None = item.data(0, FINDING) if item is not None else None
        kind = self._kind()
        editable = not self._context.workspace.store.read_only
        proposal = finding.proposal if finding is not None else None
        self.fix_button.setText(proposal.words if proposal is not None else tr("Fix"))
        self.fix_button.setToolTip(self.fix_button.text())
        self.fix_button.setVisible(finding is not None)
        self.fix_button.setEnabled(proposal is not None and editable)
        some = kind is not None and len(kind) > 0
        mendable = some and kind is not None and any(one.proposal for one in kind[:20])
        self.all_button.setVisible(some)
        number = len(kind) if kind is not None else 0
        all_words = tr("Fix all of this kind")
        self.all_button.setText(f"{all_words} ({number:,})" if mendable else all_words)
        self.all_button.setEnabled(mendable and editable)
        tasks = TASKS in self._context.workspace.store.project.tables
        for made in (self.task_button, self.leave_button):
            made.setVisible(some)
            made.setEnabled(tasks and editable)
        self.open_button.setVisible(finding is not None)
        if self.listing is not None:
            usual = "" if not self.listing.shown else tr("Choose a finding: the map goes there.")
            self.words.setText(finding.message if finding is not None else usual)
        self.words.setVisible(bool(self.words.text()))
        if finding is not None and go:
            self._go_to(finding)

    def _go_to(self, finding: Finding) -> None:
        project = self._context.workspace.store.project
        place = place_of(project, finding)
        self.select((finding.feature, *finding.others))
        if place is not None:
            self.go_to(Point(place.x, place.y), project.tables[OUTFALL_TABLE].crs)

    def _project_changed(self, change: Change) -> None:
        if change.before.tables is not change.after.tables or (
            change.before.scheme is not change.after.scheme
        ):
            self.check()

    def _layer_changed(self, layer: LayerId) -> None:
        layers = self._context.workspace.store.project.layers
        if any(one.id == layer and one.role in ROLES for one in layers):
            self.check()


def listing_of(project: Project, answer: RuleAnswer, wanted: str) -> Listing:
    """The first findings of each kind, of outfalls whose code, name or county holds the words."""
    table = project.tables[OUTFALL_TABLE]
    names = [name for name in ("code_local", "code_national", "name", "county")
             if any(f.name == name for f in table.fields)]  # fmt: skip
    words = wanted.strip().lower()
    kinds = []
    for some in answer.found:
        if words:
            marks = np.zeros(len(some), bool)
            for n, fid in enumerate(some.features.tolist()):
                row = table.row(fid) or {}
                marks[n] = any(words in str(row.get(name) or "").lower() for name in names)
            some = some.where(marks)
        if len(some):
            lines = []
            for one in some[:LISTED]:
                row = table.row(one.feature) or {}
                name = row.get("code_local") or row.get("name") or one.feature[:8]
                lines.append((str(name), one))
            kinds.append((some, tuple(lines)))
    tasks = left_ones(project, "open")
    known = frozenset((rule, fid) for rule, fids in tasks.items() for fid in fids)
    return Listing(answer, tuple(kinds), known, sum(len(some) for some, _ in kinds))


def _line(name: str, one: Finding) -> str:
    return one.message if name in one.message else f"{name} · {one.message}"


def _same(one: Finding, other: Finding) -> bool:
    return (one.feature, one.field) == (other.feature, other.field)
