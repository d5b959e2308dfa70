"""What is wrong in a river network: findings by kind, each on the map and one click from a fix."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeGuard

from PySide6.QtWidgets import QTreeWidgetItem, QWidget

from gisapp.analysis.algorithm import Algorithm
from gisapp.app.jobs import Job, JobState
from gisapp.app.store import Change
from gisapp.model.crs import transform_point
from gisapp.model.edit import Edit
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureSet
from gisapp.model.geometry import Point
from gisapp.model.progress import Progress
from gisapp.model.project import Project
from gisapp.model.text import tr
from gisapp.ui.card import button, label
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.findings_tree import FINDING, FindingsTree
from gisapp.ui.side_panel import TaskCard

ROLE = "repairs"
NETWORK_ALGORITHM = "check-rivers"


class FoundInNetwork(Protocol):
    kind: str
    severity: str
    reaches: Sequence[str]
    place: Point | None
    reason: str
    confidence: float
    advice: str
    repairs: Sequence[Any]


class NetworkAnswer(Protocol):
    """What a check of a network answers, as far as the window looks at it."""

    counts: Mapping[str, int]
    titles: Mapping[str, str]
    findings: Sequence[FoundInNetwork]
    crs: str
    asked: Mapping[str, Any]

    def fix(self, finding: Any, project: Project) -> Edit: ...


def is_network_answer(result: object) -> TypeGuard[NetworkAnswer]:
    names = ("counts", "titles", "findings", "crs", "asked", "fix")
    return all(hasattr(result, name) for name in names)


class NetworkPanel(TaskCard):
    """A click on a finding goes there; Fix adds its repairs to the project, which undo takes back.

    After every change of the repairs, undo and redo too, the network is checked again.
    """

    def __init__(
        self,
        context: WindowContext,
        answer: NetworkAnswer,
        rivers: FeatureSet,
        algorithm: Algorithm[..., Any],
        show: Callable[[Point | None], None],
        parent: QWidget | None = None,
    ) -> None:
        """`show`: go to a place in the map's system and mark it; None takes the mark away."""
        super().__init__(tr("River network"), context.theme.tokens, parent)
        self._context, self._rivers, self._algorithm = context, rivers, algorithm
        self._show, self.answer = show, answer
        self.tree = FindingsTree(context.theme.tokens.dim)
        self.tree.currentItemChanged.connect(lambda item, before: self._chosen(item))
        self.words = label("", "dim", wrap=True)
        self.fix_button = button(tr("Fix"), "primary")
        self.fix_button.clicked.connect(self.fix)
        for part in (self.tree, self.words, self.fix_button):
            self.add(part, 1 if part is self.tree else 0)
        store = context.workspace.store
        self.leave.append(store.changed.subscribe(self._project_changed))
        self.leave.append(lambda: show(None))
        self.show_answer(answer)

    @property
    def finding(self) -> FoundInNetwork | None:
        """The one that is chosen."""
        found: FoundInNetwork | None = self.tree.finding
        return found

    def show_answer(self, answer: NetworkAnswer) -> None:
        """Another state of the network. Kinds that were open stay open; the finding that was
        chosen stays so, and when it is gone the next one of its kind is gone to."""
        kinds = self.tree.kinds()
        before, at = self.finding, self.tree.currentIndex().row()
        self.answer = answer
        self.tree.blockSignals(True)
        self.tree.clear()
        by_kind: dict[str, list[FoundInNetwork]] = {}
        for finding in answer.findings:
            by_kind.setdefault(finding.kind, []).append(finding)
        for kind, found in by_kind.items():
            group = self.tree.add_kind(answer.titles[kind], answer.counts[kind])
            more = answer.counts[kind] - len(found)
            self.tree.add_findings(group, map(_line, found), more)
            if before is not None and kind == before.kind:
                same = (n for n, one in enumerate(found) if one.reaches == before.reaches)
                self.tree.setCurrentItem(group.child(next(same, min(at, len(found) - 1))))
        self.tree.open_kinds(kinds)
        self.tree.blockSignals(False)
        warnings = sum(
            answer.counts[kind] for kind, found in by_kind.items() if found[0].severity == "warning"
        )
        self.note.setText(f"{warnings:,}" if warnings else "")
        self._chosen(self.tree.currentItem())

    def fix(self) -> None:
        """What the finding proposes, as one step that undo takes back."""
        finding, store = self.finding, self._context.workspace.store
        if finding is None or not finding.repairs:
            return
        try:
            store.apply(self.answer.fix(finding, store.project))
        except GisError as error:
            self._context.say(Message(error.message, "error", hint=error.hint))
            return
        self.fix_button.setEnabled(False)

    def _chosen(self, item: QTreeWidgetItem | None) -> None:
        finding: FoundInNetwork | None = item.data(0, FINDING) if item is not None else None
        can = finding is not None and bool(finding.repairs)
        self.fix_button.setEnabled(can and not self._context.workspace.store.read_only)
        if finding is None:
            self.words.setText(
                tr("Choose a finding: the map goes there. The file of the rivers is never changed.")
            )
            return
        reaches = tr("Reaches: {ids}").format(ids=", ".join(finding.reaches))
        self.words.setText(f"{finding.reason}\n{reaches}\n{finding.advice}")
        if finding.place is not None:
            crs = self._context.workspace.store.project.crs
            self._show(transform_point(finding.place, self.answer.crs, crs))

    def _project_changed(self, change: Change) -> None:
        if _repairs(change.before) is not _repairs(change.after):
            self.check_again()

    def check_again(self) -> None:
        """With the repairs as they are now."""
        algorithm, rivers = self._algorithm, self._rivers
        repairs = _repairs(self._context.workspace.store.project)
        values = {**self.answer.asked, "rivers": rivers, "repairs": repairs}

        def work(progress: Progress) -> Any:
            return algorithm.run(values, progress)

        job = Job(tr("Checking the river network"), work)

        def changed(job: Job[Any]) -> None:
            if job.state in (JobState.FAILED, JobState.CANCELLED):
                self._chosen(self.tree.currentItem())

        job.done.subscribe(self.show_answer)
        job.changed.subscribe(changed)
        self.leave.append(job.cancel)
        self._context.jobs.start(job, instead_of="check the network")


def _line(finding: FoundInNetwork) -> tuple[str, str, str, FoundInNetwork]:
    words = finding.reason
    if finding.reaches[0] not in words:
        words = f"{finding.reaches[0]} · {words}"
    tip = f"{finding.reason}\n{', '.join(finding.reaches)}"
    return words, f"{100 * finding.confidence:.0f} %", tip, finding


def _repairs(project: Project) -> FeatureSet | None:
    layer = project.layer_of_role(ROLE)
    return project.table_of(layer) if layer is not None else None
