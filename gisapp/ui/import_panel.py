"""Import survey points: what a file is understood to be, what is wrong in it, and one button."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QTableView,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from gisapp.app.identify import is_features
from gisapp.app.import_doctor import FileRead, Understanding, read_file, recipe_of, understand
from gisapp.app.import_doctor_columns import fields_of
from gisapp.app.import_doctor_edit import import_edit
from gisapp.app.import_doctor_problems import Answers
from gisapp.app.import_doctor_surroundings import surroundings
from gisapp.app.jobs import Job, JobState
from gisapp.app.package_photos import NamedPhotos, PackageImport, named_photos, package_edit
from gisapp.app.photo_import import PhotoVerdict
from gisapp.app.store import Change
from gisapp.app.watched_writing import write_watched
from gisapp.io.recipe import ROW, Recipe
from gisapp.io.survey_package import SurveyPackage, open_package
from gisapp.model.crs import CGCS2000, transform_point
from gisapp.model.edit import Edit
from gisapp.model.errors import GisError
from gisapp.model.geometry import Point
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.ui.card import button, label, restyle
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.form import QuietCombo
from gisapp.ui.import_columns import ImportColumns
from gisapp.ui.import_files import (
    close_in_background,
    photo_words,
    read_in_background,
    save_in_background,
    say_photos,
)
from gisapp.ui.import_looking import look_at_first
from gisapp.ui.import_map import ImportMap, preview_picture
from gisapp.ui.import_problems import ImportProblems
from gisapp.ui.import_table import ImportTable, PreviewRows, preview_rows
from gisapp.ui.layer_facts import data_of
from gisapp.ui.side_panel import TaskCard

JOB = "import survey points"


@dataclass(frozen=True, eq=False)
class Answer:
    """What a worker hands over."""

    found: Understanding
    rows: PreviewRows
    picture: QImage
    package: SurveyPackage
    named: NamedPhotos


class ImportPanel(TaskCard):
    """Nothing is written before the button; then it is one step of undo."""

    wide = True

    def __init__(
        self,
        context: WindowContext,
        path: Path,
        show: Callable[[Point | None], None],
        choose_recipe: Callable[[Callable[[Path], None]], None],
        choose_new_recipe: Callable[[str, Callable[[Path], None]], None],
        parent: QWidget | None = None,
    ) -> None:
        """`show`: go to a place in the map's system and mark it; None takes the mark away."""
        super().__init__(tr("Import survey points"), context.theme.tokens, parent)
        self._context, self.path, self._show = context, path, show
        self.recipe = Recipe()
        self.answer: Answer | None = None
        self._read: FileRead | None = None
        self._job: Job[Answer | GisError] | None = None
        self._edit: Edit | None = None
        self._open = ExitStack()  # holds what a package was unpacked to
        self._verdicts: tuple[PhotoVerdict, ...] = ()
        tokens = context.theme.tokens
        self.words = label(tr("Reading {file} …").format(file=path.name), "headline", wrap=True)
        self.facts = label("", "dim", wrap=True)
        self.sheet = QuietCombo([])
        self.sheet.setAccessibleName(tr("Sheet"))
        self.sheet.activated.connect(lambda n: self.take((("sheet", self.sheet.itemText(n)),)))
        self.sheet.hide()
        self.map = ImportMap(tokens)
        self.problems = ImportProblems()
        self.problems.answered.connect(self.take)
        self.problems.row_wanted.connect(self.show_record)
        self.columns = ImportColumns()
        self.columns.answered.connect(self.take)
        self.model = ImportTable(tokens)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName(tr("Rows of the file"))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.table.horizontalHeader().setDefaultSectionSize(104)
        self.table.verticalHeader().setDefaultSectionSize(24)
        self.table.selectionModel().currentRowChanged.connect(self._row_chosen)
        self.leave_out = button(tr("Leave this row out"))
        self.leave_out.clicked.connect(self.turn_row)
        self.leave_out.setEnabled(False)
        self.said = label("", "dim", wrap=True)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        rows = QWidget()
        self._fill(rows)
        for part, title in ((self.problems, tr("Problems")), (self.columns, tr("Columns")),
                            (rows, tr("Rows"))):  # fmt: skip
            self.tabs.addTab(part, title)
        self.load_button = button(tr("Use a recipe"))
        self.save_button = button(tr("Save the answers"))
        self.undo_button = button(tr("Take back"))
        self.undo_button.setToolTip(tr("Take back the last answer"))
        self.load_button.clicked.connect(lambda: choose_recipe(self.use_recipe))
        self.save_button.clicked.connect(lambda: choose_new_recipe(path.stem, self.save_recipe))
        self.undo_button.clicked.connect(self.take_back)
        self._before: list[Recipe] = []
        self.import_button = button(tr("Import"), "primary")
        self.import_button.clicked.connect(self.bring_in)
        self.add(self.words)
        self.add(self.facts)
        self.add(self.sheet)
        self.add(self.map)
        self.add(self.tabs, 1)
        line = QHBoxLayout()
        line.setSpacing(6)
        for made in (self.load_button, self.save_button, self.undo_button):
            line.addWidget(made, 1)
        self.add(line)
        self.add(self.import_button)
        self.leave += [
            context.workspace.store.changed.subscribe(self._changed),
            context.workspace.store.refused.subscribe(lambda error: self._refused()),
            context.workspace.store.stopped.subscribe(lambda label: self._stopped()),
            self._close,
        ]
        self._ready(False)
        self.start()

    def _fill(self, holder: QWidget) -> None:
        column = _column(holder)
        column.addWidget(self.table, 1)
        column.addWidget(self.said)
        column.addWidget(self.leave_out)

    # ---- understanding

    def start(self) -> None:
        """Understand the file under the answers of now, on a worker."""
        project = self._context.workspace.store.project
        loaded = {layer.id: data_of(self._context, layer) for layer in project.layers}
        path, recipe, read, before = self.path, self.recipe, self._read, self.answer
        tokens = self._context.theme.tokens

        def opened(progress: Progress) -> SurveyPackage:  # with photos in it or beside it
            return self._open.enter_context(open_package(path, progress))

        def work(progress: Progress) -> Answer | GisError:
            try:
                around = surroundings(
                    project,
                    lambda layer: data if is_features(data := loaded.get(layer.id)) else None,
                )
                package = before.package if before is not None else opened(progress)
                whole = read or read_file(package.table, recipe, progress)
                found = understand(whole, recipe, project, around, progress)
                rows = preview_rows(found)
                picture = preview_picture(found, rows, around, tokens)
                return Answer(found, rows, picture, package, named_photos(found, package))
            except GisError as error:
                return error

        job = Job(tr("Looking at {file}").format(file=path.name), work)
        job.done.subscribe(self._understood)
        job.changed.subscribe(self._watched)
        self._job = job
        self._context.jobs.start(job, instead_of=JOB)

    def _watched(self, job: Job[Answer | GisError]) -> None:
        if job.state is JobState.RUNNING and self.answer is None:
            self.facts.setText(f"{job.fraction:.0%} {job.message}".strip())
        elif job.state is JobState.CANCELLED and self.answer is None and job is self._job:
            self.words.setText(tr("Reading was stopped."))
        elif job.state is JobState.FAILED:
            self.words.setText(str(job.error))

    def _understood(self, answer: Answer | GisError) -> None:
        if isinstance(answer, GisError):
            restyle(self.words, "kind", "bad")
            self.words.setText(f"{answer.message}\n{answer.hint}".strip())
            self.facts.setText("")
            return
        restyle(self.words, "kind", "headline")
        self.answer, self._read = answer, answer.found.read
        found, counts = answer.found, answer.found.counts
        project = self._context.workspace.store.project
        self.words.setText(tr("{file}: {n} records").format(
            file=found.read.facts.name, n=f"{counts['rows']:,}"))  # fmt: skip
        facts = [tr("Read as {place}.").format(place=found.positions.words)]
        if found.layout.depth:
            first = int(found.read.sheet.numbers[found.layout.header])
            facts.append(tr("Headings in row {row}.").format(row=first))
        if counts["without_place"]:
            facts.append(tr("{n} without a place.").format(n=f"{counts['without_place']:,}"))
        if counts["left_out"]:
            facts.append(tr("{n} left out.").format(n=f"{counts['left_out']:,}"))
        facts += photo_words(answer.named)
        self.facts.setText(" ".join(facts))
        self.sheet.clear()
        self.sheet.addItems(list(found.read.facts.sheets))
        self.sheet.setCurrentText(found.read.sheet.name)
        self.sheet.setVisible(len(found.read.facts.sheets) > 1)
        self.map.show_picture(answer.picture)
        self.problems.show_problems(found)
        self.columns.show_columns(found, fields_of(project))
        self.model.show_rows(found, answer.rows, project)
        serious = sum(p.level != "note" for p in found.problems)
        self.tabs.setTabText(0, tr("Problems {n}").format(n=serious) if serious else tr("Problems"))
        self.tabs.setTabText(2, tr("Rows {n}").format(n=f"{answer.rows.troubled:,}")
                             if answer.rows.troubled else tr("Rows"))  # fmt: skip
        words = tr("Import: {n} new, {m} changed")
        self.import_button.setText(
            words.format(n=f"{counts['added']:,}", m=f"{counts['changed']:,}")
        )
        self.said.setText("")
        self.leave_out.setEnabled(False)
        self._ready(True)

    def _ready(self, ready: bool) -> None:
        self.save_button.setEnabled(ready)
        self.undo_button.setEnabled(bool(self._before))
        found = self.answer.found if self.answer is not None else None
        photos = self.answer is not None and bool(self.answer.named.found)
        new = found is not None and (found.can_import or photos)
        can = ready and new and not self._context.read_only
        blocked = found is not None and any(p.kind == "crs_missing" for p in found.problems)
        self.import_button.setEnabled(can and not blocked and self._edit is None)

    # ---- answers

    def take(self, answers: Answers) -> None:
        """One answer more: everything is understood anew with it."""
        self._use(self.recipe.with_answers(answers))

    def take_back(self) -> None:
        if self._before:
            self.recipe = self._before.pop()
            self._ready(False)
            self.start()

    def _use(self, recipe: Recipe) -> None:
        self._before.append(self.recipe)
        self.recipe = recipe
        self._ready(False)
        self.start()

    def turn_row(self) -> None:
        """Leave the chosen row out, or take it in again."""
        record = self._current()
        if record is None or self.answer is None:
            return
        row = int(self.answer.found.row_numbers[record])
        now = self.recipe.get(f"{ROW}{row}")
        self.take(((f"{ROW}{row}", "" if now == "skip" else "skip"),))

    def use_recipe(self, path: Path) -> None:
        read_in_background(self._context, path, self._use)

    def save_recipe(self, path: Path) -> None:
        if self.answer is not None:
            save_in_background(self._context, path, recipe_of(self.answer.found, path.name))

    # ---- rows

    def show_record(self, record: int) -> None:
        """Choose the row in the table and show its place on the map."""
        row = self.model.row_of(record)
        if row >= 0:
            self.tabs.setCurrentIndex(2)
            self.table.selectRow(row)
            self.table.scrollTo(self.model.index(row, 0))

    def _current(self) -> int | None:
        index = self.table.currentIndex()
        return self.model.record(index.row()) if index.isValid() and self.answer else None

    def _row_chosen(self, index: QModelIndex, before: QModelIndex) -> None:
        record = self._current()
        if record is None or self.answer is None:
            return
        found = self.answer.found
        self.said.setText("\n".join(self.model.words(record)))
        row = int(found.row_numbers[record])
        out = self.recipe.get(f"{ROW}{row}") == "skip"
        self.leave_out.setText(tr("Take this row in again") if out else tr("Leave this row out"))
        self.leave_out.setEnabled(True)
        x, y = found.positions.degrees[record].tolist()
        if x != x or y != y:
            self._show(None)
            return
        crs = self._context.workspace.store.project.crs
        place = transform_point(Point(x, y), CGCS2000, crs)
        self._show(place if place.x == place.x else None)

    # ---- import

    def bring_in(self) -> None:
        """All of it, as one step."""
        if self.answer is None or self._edit is not None:
            return
        found, project = self.answer.found, self._context.workspace.store.project
        package, session = self.answer.package, self._context.session
        with_photos = bool(self.answer.named.columns) and session is not None

        def work(progress: Progress) -> PackageImport | GisError:
            try:
                if with_photos and session is not None:
                    return package_edit(session.file, project, found, package, progress)
                return PackageImport(import_edit(project, found, progress), ())
            except GisError as error:
                return error

        def done(made: PackageImport | GisError) -> None:
            if isinstance(made, GisError):
                self._context.say(Message(made.message, "error", hint=made.hint))
                self._ready(True)
                return
            edit, self._verdicts = made.edit, made.verdicts
            if edit is None:
                say_photos(self._context, self._verdicts)
                self._ready(True)
                return
            if self._context.workspace.store.project is not project:
                self._ready(False)
                self.start()  # the project changed meanwhile: look again before writing
                return
            self._edit = edit
            self.import_button.setText(tr("Writing …"))
            write_watched(self._context.workspace.store, self._context.jobs, edit)

        self.import_button.setEnabled(False)
        job = Job(tr("Importing {file}").format(file=self.path.name), work)
        job.done.subscribe(done)
        self._context.jobs.start(job, instead_of=JOB)

    def _changed(self, change: Change) -> None:
        if self._edit is not None and change.edit is self._edit and self.answer is not None:
            self._context.say_done(self._edit.label, "import")
            say_photos(self._context, self._verdicts)
            look_at_first(self._context, self.answer.found, change.before)
            self.closed.emit()
        elif self.answer is not None and change.before.tables is not change.after.tables:
            self._ready(False)
            self.start()

    def _refused(self) -> None:
        self._edit = None
        self._ready(True)

    def _stopped(self) -> None:
        if self._edit is None or self.answer is None:
            return
        self._edit = None
        self._understood(self.answer)
        self.said.setText(tr("The import was stopped; nothing was written."))
        self._context.say(Message(tr("The import was stopped; nothing was written."), "info"))

    def _close(self) -> None:
        if self._job is not None:
            self._job.cancel()
        close_in_background(self._context, self._open)
        self._show(None)


def _column(holder: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 4, 0, 0)
    column.setSpacing(6)
    return column
