"""Another ledger beside this project: pairs with their scores, values side by side, taken over by
field."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
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
from gisapp.io.import_sheets import FILES
from gisapp.model.crs import CGCS2000
from gisapp.model.edit import Edit
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Point
from gisapp.model.progress import Part, Progress
from gisapp.model.survey import OUTFALL_TABLE
from gisapp.model.text import tr
from gisapp.ui.card import button, label, restyle
from gisapp.ui.context import WindowContext
from gisapp.ui.file_choice import choose_new_file
from gisapp.ui.findings_card import FindingsCard
from gisapp.ui.findings_tree import FINDING
from gisapp.ui.written_file import write_in_background

LISTED = 300  # pairs
FIELD = Qt.ItemDataRole.UserRole


class ReconcilePanel(FindingsCard):
    """Compared in the background; taking over is one step each time."""

    def __init__(
        self,
        context: WindowContext,
        show: Callable[[Point | None], None],
        parent: QWidget | None = None,
    ) -> None:
        """`show`: go to a place in the map's system and mark it; None takes the mark away."""
        super().__init__(tr("Compare ledgers"), context, show, "reconcile", parent)
        self.other: LedgerSide | None = None
        self.answer: Reconciled | None = None
        self.choose = button(tr("Choose the other ledger…"), "primary")
        self.choose.clicked.connect(self.choose_file)
        self.words = label(
            tr("An official list, last year's ledger or a survey: XLSX, CSV, Shapefile, KML …"),
            "dim",
            wrap=True,
        )
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
        self.add_pairs((self.take, self.take_field), (self.add_rows, self.save))
        self.body.addStretch(0)
        self.setFocusProxy(self.choose)
        self.leave.append(context.workspace.store.changed.subscribe(self._project_changed))
        self.table.itemChanged.connect(lambda item: self._dress())
        self.table.currentCellChanged.connect(lambda *cells: self._dress())
        self._dress()

    # ---- comparing

    def choose_file(self) -> None:
        endings = " ".join(f"*{ending}" for ending in FILES)
        title, kinds = tr("Choose the other ledger"), f"{tr('Ledgers')} ({endings})"
        dialog = QFileDialog(self, title, str(self._context.folder or ""), kinds)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda found: self.compare_with(Path(found)))
        dialog.open()

    def compare_with(self, path: Path) -> None:
        """Read a ledger and compare it with the project."""
        project = self._context.workspace.store.project
        self.words.setText(tr("Comparing with {file}").format(file=path.name))
        restyle(self.words, "kind", "dim")

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
            self._tell(f"{found.message}\n{found.hint}".strip(), "bad")
            return
        if problem := _problem(found[0]):
            self._tell(problem, "bad")
            return
        self.other, self.answer = found
        answer = self.answer
        before, place = self.pair, self.tree.currentIndex().row()
        kept = answer.one.labels[before.one] if before and before.one < len(answer.one) else ""
        kinds = self.tree.kinds()
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
            for n in range(group.childCount()):
                made_of = group.child(n).data(0, FINDING)
                if isinstance(made_of, Pair) and answer.one.labels[made_of.one] == kept:
                    self.tree.setCurrentItem(group.child(n))
        self.tree.open_kinds(kinds, usual=tr("Different"))
        self.tree.blockSignals(False)
        if before is not None and self.pair is None:
            self._choose_next(place)
        same = len(answer.pairs) - len(different)
        words = tr("{file}: {pairs} pairs, {same} of them the same").format(
            file=answer.other.name, pairs=f"{len(answer.pairs):,}", same=f"{same:,}"
        )
        self._tell(words)
        self.choose.setText(tr("Another ledger…"))
        restyle(self.choose, "kind", "")
        self.note.setText(f"{len(different):,}")
        self._dress()
        self._fill(self.pair)

    def _tell(self, words: str, kind: str = "dim") -> None:
        """What was compared, or why it cannot be; what was shown before stays."""
        self.words.setText(words)
        restyle(self.words, "kind", kind)

    def _choose_next(self, place: int) -> None:
        """After a pair was taken over: the one that stands in its place."""
        group = self.tree.topLevelItem(0)
        if group is not None and group.text(0) == tr("Different") and group.childCount():
            self.tree.setCurrentItem(group.child(min(place, group.childCount() - 1)))

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
        if side is self.answer.one:
            self.select([FeatureId(side.labels[row])])
        x, y = side.degrees[row].tolist()
        if x == x and y == y:
            self.go_to(Point(x, y), CGCS2000)

    def _fill(self, pair: Pair | None) -> None:
        differences = pair.differences if pair is not None else ()
        there = self.answer.other.name if self.answer is not None else ""
        self.table.blockSignals(True)
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
        self.table.blockSignals(False)

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
        ticked = len(self.checked()) if pair else 0
        words = tr("Take over")
        self.take.setText(f"{words} ({ticked})" if ticked > 1 else words)
        self.take.setEnabled(pair and editable and ticked > 0)
        self.take_field.setEnabled(pair and editable)
        rows, one = self._missing(), self._only_there() is not None
        alone = tr("Add this one")
        self.add_rows.setText(alone if one else f"{tr('Add what is only there')} ({len(rows):,})")
        self.add_rows.setEnabled(there and editable and bool(rows))

    def _only_there(self) -> int | None:
        """The chosen row of the other ledger that the project does not have."""
        made_of = self.tree.finding
        other = isinstance(made_of, tuple) and made_of[0] == "other"
        return int(made_of[1]) if other else None

    def _missing(self) -> tuple[int, ...]:
        """What adding would add: the chosen one, else all."""
        one = self._only_there()
        if one is not None:
            return (one,)
        return self.answer.only_other if self.answer is not None else ()

    # ---- taking over

    def take_over(self) -> None:
        """The checked fields of the pair."""
        pair, answer = self.pair, self.answer
        if pair is not None and answer is not None:
            project = self._context.workspace.store.project
            self.apply(accept_edit(project, answer, [(pair, self.checked())]))

    def take_over_field(self) -> None:
        """The chosen field wherever it differs; worked out in the background."""
        item, answer = self.table.item(max(0, self.table.currentRow()), 0), self.answer
        if item is None or answer is None:
            return
        name, project = str(item.data(FIELD)), self._context.workspace.store.project

        def work(progress: Progress) -> Edit | None:
            return accept_edit(project, answer, [(p, [name]) for p in answer.pairs], progress)

        job = Job(tr("Take over"), work)
        job.done.subscribe(self._made)
        self._context.jobs.start(job, instead_of="take over")

    def add_missing(self) -> None:
        """Rows of the other ledger that the project does not have; worked out in the background."""
        answer, project, rows = self.answer, self._context.workspace.store.project, self._missing()
        if answer is None:
            return

        def work(progress: Progress) -> Edit | None:
            return add_edit(project, answer, rows)

        job = Job(tr("Add what is only there"), work)
        job.done.subscribe(self._made)
        self._context.jobs.start(job, instead_of="take over")

    def _made(self, edit: Edit | None) -> None:
        self.apply(edit)

    def save_differences(self) -> None:
        """As a workbook."""
        folder = self._context.folder or Path.home()
        choose_new_file(self, folder / f"{tr('Differences')}.xlsx", self.write_to)

    def write_to(self, path: Path) -> None:
        """Write the sheet of differences in the background."""
        answer = self.answer
        if answer is None:
            return
        write_in_background(
            self._context, path, lambda progress: write_differences(path, answer, progress)
        )

    def _project_changed(self, change: Change) -> None:
        before, after = change.before.tables, change.after.tables
        if before.get(OUTFALL_TABLE) is not after.get(OUTFALL_TABLE):
            self.compare_again()


def _problem(side: LedgerSide) -> str:
    """Why a ledger cannot be compared; empty when it can."""
    if not len(side):
        return tr("{file} has no rows that could be compared").format(file=side.name)
    known = side.values.keys() & {"code_local", "code_national", "name"}
    if known or np.isfinite(side.degrees).all(axis=1).any():
        return ""
    words = tr(
        "{file}: no column is known as a code, a name or a place. Give its columns such headings, "
        "or import it, where columns are assigned by hand."
    )
    return words.format(file=side.name)


def _score(pair: Pair) -> str:
    return f"{100 * pair.score:.0f} %"


def _parts(pair: Pair) -> str:
    """Of what a score is made."""
    words = {"code": tr("Code"), "name": tr("Name"), "place": tr("Place")}
    told = [f"{words[name]} {100 * part:.0f} %" for name, part in pair.parts.items()]
    if pair.metres is not None:
        told.append(tr("{metres:,.0f} m apart").format(metres=pair.metres))
    return " · ".join(told)
