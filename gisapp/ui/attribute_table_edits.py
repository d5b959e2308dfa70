"""What people do to the cells of an attribute table: each gesture one step of undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from gisapp.app.jobs import Job
from gisapp.app.table_view_cells import copied, from_tsv, to_tsv
from gisapp.app.table_view_edits import (
    Changes,
    Paste,
    change_cells,
    delete_rows,
    heading,
    read_paste,
)
from gisapp.model.edit import Edit
from gisapp.model.features import FeatureId
from gisapp.model.field import Field
from gisapp.model.progress import Progress, Silent
from gisapp.model.project import Project
from gisapp.model.text import tr
from gisapp.ui.attribute_table_model import AttributeModel
from gisapp.ui.attribute_table_view import AttributeView
from gisapp.ui.context import Message, WindowContext

AT_ONCE_IN_HAND = 10  # rows worked out without a job
AT_ONCE = 100  # and rows whose job is not listed
MOST_COPIED = 2_000_000  # cells on the clipboard; more is a file
Answer = tuple[Edit | None, tuple[tuple[FeatureId, str], ...]]


class TableEditing:
    """Of the table whose name is set; empty: a layer that is only read."""

    def __init__(self, context: WindowContext, view: AttributeView) -> None:
        self._context, self._view = context, view
        self.table = ""
        self.show_paste: Callable[[Paste, dict[FeatureId, int]], None] = lambda paste, rows: None

    @property
    def _model(self) -> AttributeModel:
        return self._view.table()

    def can_edit(self) -> bool:
        return self._model.editable

    # ---- typing

    def typed(self, row: int, column: int, value: Any, everywhere: bool) -> None:
        """A cell was typed in; with Ctrl+Enter all selected rows of its column."""
        rows = self._view.rows_selected()
        if everywhere and len(rows) > 1:
            self.set_rows(self._model.fields[column], value)
            return
        fid, field = self._model.fid(row), self._model.fields[column]
        self.apply({fid: {field.name: value}}, self._label(field, 1))

    def set_rows(self, field: Field, value: Any) -> None:
        """One value for a column of all selected rows."""
        fids = self._model.fids(self._view.rows_selected())
        self.apply({fid: {field.name: value} for fid in fids}, self._label(field, len(fids)))

    def fill_down(self) -> None:
        """The uppermost of the selected cells of each column for those below it."""
        rows = self._view.rows_selected()
        if len(rows) < 2 or not self.can_edit():
            return
        columns = [n for n in self._view.columns_selected() if self._may_type(n)]
        first = {self._model.fields[n].name: self._model.value(int(rows[0]), n) for n in columns}
        fids = self._model.fids(rows[1:])
        words = tr("Fill {n} rows").format(n=f"{len(fids):,}")
        self.apply(dict.fromkeys(fids, first), words)

    def clear(self) -> None:
        """Nothing in the selected cells, where that is allowed."""
        if not self.can_edit():
            return
        cells: dict[int, dict[str, Any]] = {}
        kept = 0
        for row, column in self._view.cells_selected():
            field = self._model.fields[column]
            if field.required or not self._may_type(column):
                kept += 1
            else:
                cells.setdefault(row, {})[field.name] = None
        count = sum(len(row) for row in cells.values())
        if count:
            words = tr("Clear {n} cells").format(n=f"{count:,}")
            self.apply({self._model.fid(row): row_ for row, row_ in cells.items()}, words)
        if kept:
            self._context.say(
                Message(tr("{n} cells cannot be empty").format(n=f"{kept:,}"), key="table")
            )

    def delete_rows(self) -> None:
        """The rows with a selected cell, with what belongs to them; undo brings them back."""
        rows = self._view.rows_selected()
        if not len(rows) or not self.can_edit():
            return
        fids = self._model.fids(rows)
        words = tr("Delete {n} rows").format(n=f"{len(fids):,}")
        table = self.table

        def work(project: Project, progress: Progress) -> Answer:
            return delete_rows(words, project, table, fids), ()

        self._do(work, words, len(fids))

    def _may_type(self, column: int) -> bool:
        return self.can_edit() and self._model.fields[column].kind != "list"

    def _label(self, field: Field, rows: int) -> str:
        words = tr("{field} of {n} rows") if rows > 1 else tr("{field} in the table")
        return words.format(field=field.caption, n=f"{rows:,}")

    # ---- the clipboard

    def copy(self, headings: bool) -> None:
        """Selected rows and columns as a spreadsheet takes them; one cell without its heading."""
        rows, columns = self._view.rows_selected(), self._view.columns_selected()
        if not len(rows) or not columns:
            return
        if len(rows) * len(columns) > MOST_COPIED:
            words = tr("{n} cells are too many for the clipboard")
            hint = tr("Export the layer as a file.")
            words = words.format(n=f"{len(rows) * len(columns):,}")
            self._context.say(Message(words, "warning", hint=hint, key="table"))
            return
        data, numbers = self._model.data_shown, self._model.numbers[rows]
        fields = [self._model.fields[column] for column in columns]
        headings = headings and len(rows) * len(columns) > 1
        assert data is not None
        shown = data

        def work(progress: Progress) -> str:
            texts = []
            for done, field in enumerate(fields):
                progress.report(done / len(fields))
                values = shown.values_at(field.name, numbers).tolist()
                texts.append([copied(field, value) for value in values])
            lines = list(zip(*texts, strict=True))
            return to_tsv([[heading(field) for field in fields], *lines] if headings else lines)

        job = Job(tr("Copying"), work, quiet=len(rows) < AT_ONCE)
        job.done.subscribe(lambda text: self._copied(text, len(rows), len(columns)))
        self._context.jobs.start(job, instead_of="table copy")

    def _copied(self, text: str, rows: int, columns: int) -> None:
        QGuiApplication.clipboard().setText(text)
        words = tr("Copied: {rows} × {columns}").format(rows=f"{rows:,}", columns=columns)
        self._context.say(Message(words, key="table"))

    def paste(self) -> None:
        """Lay the clipboard over the table from the current cell, and show what would change."""
        if not self.can_edit():
            return
        text = QGuiApplication.clipboard().text()
        current = self._view.currentIndex()
        if not text or not current.isValid():
            return
        model, view = self._model, self._view
        columns = view.visible_columns()
        columns = columns[columns.index(current.column()) :]
        rows, wide = view.rows_selected(), view.columns_selected()
        grid = from_tsv(text)
        first = current.row()
        if len(rows):
            first = int(rows[0])
            if wide:
                columns = view.visible_columns()
                columns = columns[columns.index(wide[0]) :]
        if len(grid) == 1 and len(rows) > 1:  # one line for all selected rows
            if len(grid[0]) == 1:
                grid = [grid[0] * max(len(wide), 1)]
            grid = grid * len(rows)
            fids = model.fids(rows)
        else:
            last = min(first + len(grid), len(model.numbers))
            fids = model.fids(np.arange(first, max(first, last)))
        if any(model.fields[n].kind == "list" for n in columns):
            columns = [n for n in columns if model.fields[n].kind != "list"]
        fields = [model.fields[n] for n in columns]
        data = model.data_shown
        assert data is not None
        shown = data
        places = {fid: first + n + 1 for n, fid in enumerate(fids)}

        def work(progress: Progress) -> Paste:
            return read_paste(grid, shown, fids, fields, progress)

        job = Job(tr("Reading what is pasted"), work, quiet=len(grid) < AT_ONCE)
        job.done.subscribe(lambda paste: self.show_paste(paste, places))
        self._context.jobs.start(job, instead_of="table paste")

    def menu(self, zoom: Callable[[], None]) -> QMenu:
        """What can be done with the selected cells."""
        menu = QMenu(self._view)
        menu.addAction(tr("Copy"), lambda: self.copy(True))
        menu.addAction(tr("Copy without headings"), lambda: self.copy(False))
        actions = [
            menu.addAction(tr("Paste"), self.paste),
            menu.addAction(tr("Fill down"), self.fill_down),
            menu.addAction(tr("Clear cells"), self.clear),
        ]
        menu.addSeparator()
        menu.addAction(tr("Zoom to the selected rows"), zoom)
        actions.append(menu.addAction(tr("Delete the selected rows"), self.delete_rows))
        for action in actions:
            action.setEnabled(self.can_edit())
        return menu

    # ---- one edit

    def apply(self, changes: Changes, label: str) -> None:
        """One step for all of it; what the workflow refuses is said."""
        table = self.table

        def work(project: Project, progress: Progress) -> Answer:
            return change_cells(label, project, table, changes, progress)

        if self.can_edit() and changes:
            self._do(work, label, len(changes))

    def _do(self, work: Callable[[Project, Progress], Answer], label: str, rows: int) -> None:
        store = self._context.workspace.store
        project = store.project

        def run(progress: Progress) -> Answer:
            return work(project, progress)

        def done(answer: Answer) -> None:
            if store.project.tables is not project.tables:  # something else came in between
                self._do(work, label, rows)
                return
            edit, refused = answer
            if edit is not None:
                store.apply(edit)
                if rows > 1:
                    self._context.say_done(label, "table")
            self._say_refused(refused)

        if rows <= AT_ONCE_IN_HAND:
            done(work(project, Silent()))
            return
        job: Job[Answer] = Job(label, run, quiet=rows < AT_ONCE)
        job.done.subscribe(done)
        self._context.jobs.start(job)

    def _say_refused(self, refused: Sequence[tuple[FeatureId, str]]) -> None:
        if refused:
            reasons = sorted({reason for _, reason in refused})[:3]
            words = tr("{n} rows stay as they are").format(n=f"{len(refused):,}")
            self._context.say(
                Message(words, "warning", hint="\n".join(reasons), key="table refused")
            )
