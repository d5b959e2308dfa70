"""The outfalls as a file for another office, kept by name so that next month is one click."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSize, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from gisapp.app.delivery import Delivered
from gisapp.app.delivery_choice import (
    chosen_rows,
    deliver_by,
    deliveries_of,
    delivery_problems,
    file_of,
    forget_edit,
    keep_edit,
    kept_filters,
    today_words,
)
from gisapp.app.jobs import Job
from gisapp.app.ledger import outfall_table
from gisapp.app.place_columns import Placing, system_of
from gisapp.app.store import Change
from gisapp.app.table_view import ColumnFilter
from gisapp.io.delivery_place import unused_path
from gisapp.model.crs import title
from gisapp.model.edit import SchemeEdit
from gisapp.model.errors import GisError
from gisapp.model.progress import Progress
from gisapp.model.saved_delivery import LONGEST_NAME, SavedDelivery
from gisapp.model.survey import VISITS
from gisapp.model.text import tr
from gisapp.ui.card import button, icon_button, label
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.delivery_form import DeliveryFacts, DeliveryForm
from gisapp.ui.file_choice import choose_new_file, inside
from gisapp.ui.form import QuietCombo
from gisapp.ui.output_panel import safe_name, say_saved
from gisapp.ui.scheme_fields import FieldLines
from gisapp.ui.side_panel import TaskCard

Filters = Callable[[], tuple[tuple[str, ColumnFilter], ...]]


class DeliveryPanel(TaskCard):
    """Above the deliveries of the project, then the form, at the bottom what was written."""

    wide = True

    def __init__(
        self,
        context: WindowContext,
        filters: Filters = tuple,
        parent: QWidget | None = None,
    ) -> None:
        """`filters`: what the attribute table of the outfalls is filtered by now."""
        super().__init__(tr("Deliver outfalls"), context.theme.tokens, parent)
        self._context, self._filters = context, filters
        self.done: Delivered | None = None
        self._make_head()
        column = self.scrolled()
        self.form = DeliveryForm(context, self._changed)
        column.addWidget(self.form)
        self._make_keeping(column)
        column.addStretch(1)
        self._make_foot()
        self.setFocusProxy(self.kept)
        self.leave += [
            context.workspace.store.changed.subscribe(self._project_changed),
            context.workspace.selection_changed.subscribe(
                lambda selection: self.form.selection_changed()
            ),
        ]
        template = "ledger" if VISITS in context.workspace.store.project.tables else ""
        self._new = SavedDelivery(template=template)
        self._list_kept("")
        self.take(self._new)
        self.count()

    def _make_head(self) -> None:
        self.kept = QuietCombo()
        self.kept.setAccessibleName(tr("Deliveries of the project"))
        self.kept.activated.connect(lambda index: self._choose())
        tokens = self._context.theme.tokens
        self.forget = icon_button("trash", tr("Delete this delivery"), tokens, "box")
        self.forget.setIconSize(QSize(16, 16))
        self.forget.clicked.connect(self._forget)
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self.kept, 1)
        line.addWidget(self.forget)
        self.add(line)

    def _make_keeping(self, column: QVBoxLayout) -> None:
        self.name, self.file = QLineEdit(), QLineEdit()
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setPlaceholderText(tr("Such as: monthly report to the province"))
        self.file.setPlaceholderText(tr("asked each time"))
        words = tr("In the project's folder, or a whole path. {month} and {date} stand for today.")
        self.file.setToolTip(words)
        for edit in (self.name, self.file):
            edit.textEdited.connect(lambda text: self._changed())
        self.name.returnPressed.connect(self.keep)
        self.choose = button("…", "", tr("Choose where it goes"))
        self.choose.setFixedWidth(34)
        self.choose.clicked.connect(lambda: self.ask(self._place_chosen))
        place = QWidget()
        place.setProperty("kind", "plain")
        line = QHBoxLayout(place)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        line.addWidget(self.file, 1)
        line.addWidget(self.choose)
        column.addWidget(label(tr("For the next time"), "group"))
        self.keeping = FieldLines()
        self.keeping.line("name", tr("Name"), self.name)
        self.keeping.line("file", tr("Goes to"), place, self.file)
        column.addLayout(self.keeping)
        column.addWidget(label(words, "dim", wrap=True))
        self.keep_button = button(tr("Keep in the project"))
        self.keep_button.clicked.connect(self.keep)
        column.addWidget(self.keep_button)

    def _make_foot(self) -> None:
        self.result = QVBoxLayout()
        self.result.setSpacing(2)
        self.add(self.result)
        self.where = label("", "dim", wrap=True)
        self.add(self.where)
        self.write = button(tr("Write the file"), "primary")
        self.write.clicked.connect(self.deliver)
        self.add(self.write)

    # ---- what is kept

    def _list_kept(self, name: str) -> None:
        self.kept.blockSignals(True)
        self.kept.clear()
        self.kept.addItem(tr("New delivery"), "")
        for one in deliveries_of(self._context.workspace.store.project):
            self.kept.addItem(one.name, one.name)
        self.kept.setCurrentIndex(max(0, self.kept.findData(name)))
        self.kept.blockSignals(False)

    def _chosen(self) -> SavedDelivery | None:
        name = self.kept.currentData()
        kept = deliveries_of(self._context.workspace.store.project)
        return next((one for one in kept if one.name == name), None)

    def _choose(self) -> None:
        self._show_result(())
        self.take(self._chosen() or self._new)

    def take(self, one: SavedDelivery) -> None:
        """Show a delivery."""
        self.name.setText(one.name)
        self.file.setText(one.file)
        self.form.show_delivery(one)
        self._changed()

    def delivery(self) -> SavedDelivery:
        """As it is filled in, with the filters of the table where it is filtered anew."""
        made = self.form.delivery()
        if made.rows == "filtered" and (now := kept_filters(self._filters())):
            made = replace(made, filters=now)
        return replace(made, name=self.name.text().strip(), file=self.file.text().strip())

    def keep(self) -> None:
        """In the project, by its name; one step."""
        if not self.keep_button.isEnabled():
            return
        project, made = self._context.workspace.store.project, self.delivery()
        self._apply(lambda: keep_edit(project, made))

    def _forget(self) -> None:
        project, one = self._context.workspace.store.project, self._chosen()
        if one is not None:
            self._apply(lambda: forget_edit(project, one.name))

    def _apply(self, make: Callable[[], SchemeEdit]) -> None:
        store = self._context.workspace.store
        try:
            edit = make()
            store.apply(edit)
        except GisError as error:
            self._context.say(Message(error.message, "error", hint=error.hint, key="delivery"))

    def _project_changed(self, change: Change) -> None:
        before, after = change.before, change.after
        if before.scheme is not after.scheme:
            own = deliveries_of(after)
            names = {one.name for one in own} - {one.name for one in deliveries_of(before)}
            chosen = self.kept.currentData() or ""
            self._list_kept(next(iter(names), chosen))
            if chosen and not self.kept.currentData():  # it was deleted
                self.take(self._new)
        if before.scheme is not after.scheme or before.tables is not after.tables:
            self.count()
        self._changed()

    # ---- counting, in the background

    def count(self) -> None:
        """Rows of each state and the zone of the outfalls."""
        project, filters = self._context.workspace.store.project, kept_filters(self._filters())
        filters = filters or self.form.shown.filters

        def work(progress: Progress) -> DeliveryFacts | None:
            try:
                table = outfall_table(project)
                zone = system_of(table, Placing("metres"))
                wanted = SavedDelivery(rows="filtered", filters=filters)
                found = chosen_rows(project, wanted, (), progress)[0] if filters else None
            except GisError:
                return None
            states = Counter(str(one) for one in table.column("state").tolist())
            count = None if found is None else len(found)
            return DeliveryFacts(zone, len(table), states, count)

        job = Job(tr("Deliver outfalls"), work, quiet=True)
        job.done.subscribe(self._counted)
        self.leave.append(job.cancel)
        self._context.jobs.start(job, instead_of="count a delivery")

    def _counted(self, facts: DeliveryFacts | None) -> None:
        if facts is not None:
            self.form.show_facts(facts)
            self._changed()

    # ---- what is shown

    def problems(self) -> list[tuple[str, str]]:
        try:
            return delivery_problems(self._context.workspace.store.project, self.delivery())
        except GisError as error:
            return [("", f"{error.message} {error.hint}".strip())]

    def _changed(self) -> None:
        made, chosen, problems = self.delivery(), self._chosen(), self.problems()
        self.form.say(problems)
        self.keeping.say("file", dict(problems).get("file", ""))
        none = self.form.fields.none_ticked and not self.form.fields.isHidden()
        good = not problems and not none
        editable = not self._context.read_only
        self.write.setEnabled(good)
        self.keep_button.setEnabled(good and editable and bool(made.name) and made != chosen)
        same = chosen is not None and chosen.name == made.name
        keep = tr("Keep the changes") if same else tr("Keep in the project")
        self.keep_button.setText(keep)
        self.forget.setEnabled(chosen is not None and editable)
        self.note.setText(tr("changed") if chosen is not None and made != chosen else "")
        self.where.setText(self._where(made) if good else "")
        self.where.setVisible(bool(self.where.text()))
        self.write.setText(tr("Write the file") if made.file else tr("Write the file…"))

    def _where(self, made: SavedDelivery) -> str:
        if not made.file:
            return ""
        try:
            path = file_of(made, self._context.folder, today_words())
        except GisError as error:
            return error.message
        return tr("to {path}").format(path=inside(path, self._context.folder))

    # ---- writing

    def deliver(self) -> None:
        """Where it always goes, else where it is asked."""
        made = self.delivery()
        if not made.file:
            self.ask(self.save)
            return
        try:
            path = file_of(made, self._context.folder, today_words())
        except GisError as error:
            self._context.say(Message(error.message, "error", hint=error.hint, key="saved"))
            return
        self._write(path, keep_old=True)

    def ask(self, take: Callable[[Path], None]) -> None:
        """Where to."""
        folder = self._context.folder or Path.home()
        name = safe_name(self.name.text().strip() or self._context.workspace.store.project.title)
        choose_new_file(self, folder / f"{name}{self.form.kind.currentData()}", take)

    def _place_chosen(self, path: Path) -> None:
        self.file.setText(inside(path.with_suffix(""), self._context.folder).replace("\\", "/"))
        self._changed()

    def save(self, path: Path) -> None:
        """Write to a path, over what lies there: the dialog asked."""
        ending = str(self.form.kind.currentData())
        if path.suffix.lower() != ending:
            path = path.with_name(path.name + ending)
        self._write(path, keep_old=False)

    def _write(self, path: Path, *, keep_old: bool) -> None:
        project, folder, made = (
            self._context.workspace.store.project, self._context.folder, self.delivery(),
        )  # fmt: skip
        selected = self._context.workspace.selection.features

        def work(progress: Progress) -> tuple[Path, Delivered] | GisError:
            try:
                target = unused_path(path) if keep_old else path
                done = deliver_by(
                    project, made, target, folder=folder, selected=selected, progress=progress
                )
                return target, done
            except GisError as error:
                return error

        self._show_result(())
        job = Job(tr("Saving {file}").format(file=path.name), work)
        job.done.subscribe(self._written)
        self._context.jobs.start(job, instead_of="write a delivery")

    def _written(self, found: tuple[Path, Delivered] | GisError) -> None:
        if isinstance(found, GisError):
            self._show_result((("bad", f"{found.message} {found.hint}".strip()),))
            return
        path, self.done = found
        done = self.done
        words = tr("{n} outfalls, {crs}").format(n=f"{done.rows:,}", crs=title(done.crs))
        files = ", ".join(one.name for one in done.files)
        self._show_result(
            (
                ("ok", tr("Written: {files}").format(files=files)),
                ("dim", words),
                *(("warn", one) for one in done.warnings),
                *(("dim", one) for one in done.notes),
            ),
            path,
        )
        say_saved(self._context, path, words)

    def _show_result(self, lines: tuple[tuple[str, str], ...], path: Path | None = None) -> None:
        while (item := self.result.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for kind, words in lines:
            self.result.addWidget(label(words, kind, wrap=True))
        if path is not None:
            show = button(tr("Show the folder"), "link")
            show.setProperty("side", "left")
            url = QUrl.fromLocalFile(str(path.parent))
            show.clicked.connect(lambda: QDesktopServices.openUrl(url))
            self.result.addWidget(show)
