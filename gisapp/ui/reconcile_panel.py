"""Another ledger beside this project: pairs with their scores, values side by side, taken over by
field."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QTreeWidgetItem,
    QWidget,
)

from gisapp.app.jobs import Job
from gisapp.app.reconciling import (
    LedgerSide,
    Pair,
    Reconciled,
    accept_edit,
    add_edit,
    caption_of,
    reconcile,
    shown,
    side_of_file,
    side_of_project,
    write_differences,
)
from gisapp.app.store import Change
from gisapp.app.workspace import Selection
from gisapp.io.import_sheets import FILES
from gisapp.model.crs import CGCS2000, transform_point
from gisapp.model.edit import Edit
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Point
from gisapp.model.layer import LayerId
from gisapp.model.progress import Part, Progress
from gisapp.model.survey import OUTFALL_TABLE
from gisapp.model.text import tr
from gisapp.ui.card import button, label, restyle
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.file_choice import choose_new_file
from gisapp.ui.findings_tree import FINDING, FindingsTree
from gisapp.ui.output_panel import say_saved
from gisapp.ui.side_panel import TaskCard

LISTED = 300  # pairs
FIELD = Qt.ItemDataRole.UserRole


class ReconcilePanel(TaskCard):
    """Compared in the background; taking over is one step each time."""

    wide = True

    def __init__(
        self,
        context: WindowContext,
        show: Callable[[Point | None], None],
        parent: QWidget | None = None,
    ) -> None:
        """`show`: go to a place in the map's system and mark it; None takes the mark away."""
        super().__init__(tr("Compare ledgers"), context.theme.tokens, parent)
        self._context, self._show = context, show
        self.other: LedgerSide | None = None
        self.answer: Reconciled | None = None
        self.choose = button(tr("Choose the other ledger…"), "primary")
        self.choose.clicked.connect(self.choose_file)
        self.words = label(
            tr("An official list, last year's ledger or a survey: XLSX, CSV, Shapefile, KML …"),
            "dim",
            wrap=True,
        )
        self.tree = FindingsTree(context.theme.tokens.dim)
        self.tree.setAccessibleName(tr("Pairs"))
        self.tree.currentItemChanged.connect(lambda item, before: self._chosen(item))
        self.table = QTableWidget(0, 3)
        self.table.setAccessibleName(tr("Side by side"))
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.setWordWrap(False)
        self.table.setMinimumHeight(150)
        self.take = button(tr("Take over"), "primary")
        self.take_field = button(tr("This field in all pairs"))
        self.add_rows = button(tr("Add what is only there"))
        self.save = button(tr("Save the differences"))
        self.take.clicked.connect(self.take_over)
        self.take_field.clicked.connect(self.take_over_field)
        self.add_rows.clicked.connect(self.add_missing)
        self.save.clicked.connect(self.save_differences)
        self.add(self.choose)
        self.add(self.words)
        self.add(self.tree, 2)
        self.add(self.table, 1)
        for pair in ((self.take, self.take_field), (self.add_rows, self.save)):
            line = QHBoxLayout()
            line.setSpacing(6)
            for made in pair:
                line.addWidget(made, 1)
            self.add(line)
        self.body.addStretch(0)
        self.setFocusProxy(self.choose)
        self.leave.append(context.workspace.store.changed.subscribe(self._project_changed))
        self.leave.append(lambda: show(None))
        self._dress()

    # ---- comparing

    def choose_file(self) -> None:
        endings = " ".join(f"*{ending}" for ending in FILES)
        title, kinds = tr("Choose the other ledger"), f"{tr('Ledgers')} ({endings})"
        path, _ = QFileDialog.getOpenFileName(self, title, str(self._context.folder or ""), kinds)
        if path:
            self.compare_with(Path(path))

    def compare_with(self, path: Path) -> None:
        """Read a ledger and compare it with the project."""
        project = self._context.workspace.store.project

        def work(progress: Progress) -> tuple[LedgerSide, Reconciled] | GisError:
            try:
                other = side_of_file(path, Part(progress, 0.0, 0.4))
                one = side_of_project(project)
                return other, reconcile(one, other, Part(progress, 0.4, 1.0))
            except GisError as error:
                return error

        job = Job(tr("Comparing with {file}").format(file=path.name), work)
        job.done.subscribe(self._compared)
        self.leave.append(job.cancel)
        self._context.jobs.start(job, instead_of="compare ledgers")

    def compare_again(self) -> None:
        """With the project as it is now."""
        project, other = self._context.workspace.store.project, self.other
        if other is None:
            return

        def work(progress: Progress) -> tuple[LedgerSide, Reconciled] | GisError:
            return other, reconcile(side_of_project(project), other, progress)

        job = Job(tr("Comparing ledgers"), work, quiet=True)
        job.done.subscribe(self._compared)
        self.leave.append(job.cancel)
        self._context.jobs.start(job, instead_of="compare ledgers")

    def _compared(self, found: tuple[LedgerSide, Reconciled] | GisError) -> None:
        if isinstance(found, GisError):
            self._context.say(Message(found.message, "error", hint=found.hint, key="reconcile"))
            return
        self.other, self.answer = found
        answer = self.answer
        before = self.pair
        kept = answer.one.labels[before.one] if before and before.one < len(answer.one) else ""
        first = not self.tree.topLevelItemCount()
        opened = self.tree.opened()
        self.tree.blockSignals(True)
        self.tree.clear()
        different = answer.different
        pairs = [(self._line(p), _score(p), _parts(p), p) for p in different[:LISTED]]
        here = [(answer.one.title(n), "", "", ("one", n)) for n in answer.only_one[:LISTED]]
        there = [
            (answer.other.title(n), answer.other.labels[n], "", ("other", n))
            for n in answer.only_other[:LISTED]
        ]
        groups: tuple[tuple[str, list[tuple[str, str, str, Any]], int], ...] = (
            (tr("Different"), list(pairs), len(different)),
            (tr("Only here"), list(here), len(answer.only_one)),
            (tr("Only there"), list(there), len(answer.only_other)),
        )
        for words, lines, count in groups:
            if not count:
                continue
            group = self.tree.add_kind(words, count)
            self.tree.add_findings(group, lines, count - len(lines))
            group.setExpanded(words in opened or (first and words == tr("Different")))
            for n in range(group.childCount()):
                made_of = group.child(n).data(0, FINDING)
                if isinstance(made_of, Pair) and answer.one.labels[made_of.one] == kept:
                    self.tree.setCurrentItem(group.child(n))
        self.tree.blockSignals(False)
        same = len(answer.pairs) - len(different)
        words = tr("{file}: {pairs} pairs, {same} of them the same").format(
            file=answer.other.name, pairs=f"{len(answer.pairs):,}", same=f"{same:,}"
        )
        self.words.setText(words)
        self.choose.setText(tr("Another ledger…"))
        restyle(self.choose, "kind", "")
        self.note.setText(f"{len(different):,}")
        self._dress()
        self._fill(self.pair)

    def _line(self, pair: Pair) -> str:
        assert self.answer is not None
        fields = ", ".join(caption_of(d.field) for d in pair.differences)
        return f"{self.answer.one.title(pair.one)} · {fields}"

    # ---- one pair

    @property
    def pair(self) -> Pair | None:
        made_of = self.tree.finding
        return made_of if isinstance(made_of, Pair) else None

    def _chosen(self, item: QTreeWidgetItem | None) -> None:
        self._fill(self.pair)
        self._dress()
        made_of = item.data(0, FINDING) if item is not None else None
        if self.answer is None or made_of is None:
            return
        side, row = (
            (self.answer.one, made_of.one)
            if isinstance(made_of, Pair)
            else (self.answer.one if made_of[0] == "one" else self.answer.other, made_of[1])
        )
        workspace = self._context.workspace
        layer = workspace.store.project.layer_of_role("outfalls")
        if side is self.answer.one and layer is not None:
            workspace.select(Selection(layer.id, frozenset([FeatureId(side.labels[row])])))
        x, y = side.degrees[row].tolist()
        if x == x and y == y:
            self._show(transform_point(Point(x, y), CGCS2000, workspace.store.project.crs))

    def _fill(self, pair: Pair | None) -> None:
        differences = pair.differences if pair is not None else ()
        there = self.answer.other.name if self.answer is not None else ""
        self.table.setHorizontalHeaderLabels([tr("Field"), tr("Here"), there or tr("There")])
        self.table.setRowCount(len(differences))
        for row, one in enumerate(differences):
            texts = (caption_of(one.field), shown(one.field, one.one), shown(one.field, one.other))
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text or "–")
                item.setToolTip(text)
                if column == 0:
                    item.setData(FIELD, one.field)
                    item.setCheckState(Qt.CheckState.Checked)
                self.table.setItem(row, column, item)
        if differences:
            self.table.selectRow(0)

    def checked(self) -> list[str]:
        """Fields of the pair that are to be taken over."""
        items = (self.table.item(row, 0) for row in range(self.table.rowCount()))
        return [str(i.data(FIELD)) for i in items if i and i.checkState() == Qt.CheckState.Checked]

    def _dress(self) -> None:
        answer, editable = self.answer, not self._context.workspace.store.read_only
        there = answer is not None
        for part in (self.tree, self.take, self.take_field, self.add_rows, self.save):
            part.setVisible(there)
        pair = self.pair is not None
        self.table.setVisible(pair)  # of what is only in one ledger there is nothing to compare
        self.take.setEnabled(pair and editable)
        self.take_field.setEnabled(pair and editable)
        self.add_rows.setEnabled(there and editable and bool(answer and answer.only_other))

    # ---- taking over

    def take_over(self) -> None:
        """The checked fields of the pair."""
        pair, answer = self.pair, self.answer
        if pair is not None and answer is not None:
            project = self._context.workspace.store.project
            self._apply(accept_edit(project, answer, [(pair, self.checked())]))

    def take_over_field(self) -> None:
        """The chosen field wherever it differs; worked out in the background."""
        item, answer = self.table.item(max(0, self.table.currentRow()), 0), self.answer
        if item is None or answer is None:
            return
        name, project = str(item.data(FIELD)), self._context.workspace.store.project

        def work(progress: Progress) -> Edit | None:
            return accept_edit(project, answer, [(p, [name]) for p in answer.pairs], progress)

        job = Job(tr("Take over"), work)
        job.done.subscribe(self._apply)
        self._context.jobs.start(job, instead_of="take over")

    def add_missing(self) -> None:
        """Rows of the other ledger that the project does not have."""
        answer, project = self.answer, self._context.workspace.store.project
        if answer is not None:
            self._apply(add_edit(project, answer, answer.only_other))

    def save_differences(self) -> None:
        """As a workbook."""
        folder = self._context.folder or Path.home()
        choose_new_file(self, folder / f"{tr('Differences')}.xlsx", self.write_to)

    def write_to(self, path: Path) -> None:
        """Write the sheet of differences in the background."""
        answer = self.answer
        if answer is None:
            return
        job = Job(
            tr("Saving {file}").format(file=path.name),
            lambda progress: write_differences(path, answer, progress),
        )
        job.done.subscribe(lambda nothing: say_saved(self._context, path))
        self._context.jobs.start(job)

    def _apply(self, edit: Edit | None) -> None:
        if edit is None:
            self._context.say(Message(tr("Nothing is left to do here"), key="reconcile"))
            return
        try:
            self._context.workspace.store.apply(edit)
        except GisError as error:
            self._context.say(Message(error.message, "error", hint=error.hint))

    def takes(self, layer: LayerId | None, features: frozenset[FeatureId]) -> bool:
        """The list stays where it is while outfalls are chosen on the map."""
        return True

    def _project_changed(self, change: Change) -> None:
        before, after = change.before.tables, change.after.tables
        if before.get(OUTFALL_TABLE) is not after.get(OUTFALL_TABLE):
            self.compare_again()


def _score(pair: Pair) -> str:
    return f"{100 * pair.score:.0f} %"


def _parts(pair: Pair) -> str:
    """Of what a score is made."""
    words = {"code": tr("Code"), "name": tr("Name"), "place": tr("Place")}
    told = [f"{words[name]} {100 * part:.0f} %" for name, part in pair.parts.items()]
    if pair.metres is not None:
        told.append(tr("{metres:,.0f} m apart").format(metres=pair.metres))
    return " · ".join(told)
