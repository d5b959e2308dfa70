"""A map sheet: what is on it, and into which file it goes. The sheet is kept in the project."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from gisapp.app.exports import export_ledger, export_map
from gisapp.app.jobs import Job
from gisapp.app.store import Change
from gisapp.model.edit import PagesEdit
from gisapp.model.layer import LayerId
from gisapp.model.page import Page
from gisapp.model.parameters import Parameter, parameters_of
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.render.qt_canvas import QtPress
from gisapp.render.request import Data
from gisapp.ui.card import Card, button, label
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.file_choice import choose_new_file
from gisapp.ui.form import Form

ASKED = (
    "title",
    "paper",
    "landscape",
    "legend",
    "scale_bar",
    "north_arrow",
    "grid",
    "date",
    "note",
)
RESOLUTIONS = (150, 300, 600)  # dots an inch


@dataclass(frozen=True)
class View:
    """What the map shows now: taken when the button is pressed."""

    camera: Camera
    data: Mapping[LayerId, Data]


def safe_name(title: str) -> str:
    """A title as the name of a file."""
    plain = "".join("_" if letter in '\\/:*?"<>|' else letter for letter in title)
    return plain.strip(". ") or tr("map")


class OutputPanel(Card):
    def __init__(
        self, context: WindowContext, view: Callable[[], View], parent: QWidget | None = None
    ) -> None:
        super().__init__(tr("Map sheet"), parent=parent)
        self._context, self._view = context, view
        self.add(label(tr("The sheet shows what the map shows now."), "dim", wrap=True))
        asked = [p for p in parameters_of(Page) if p.name in ASKED]
        asked.append(Parameter("dots", int, 300))
        choices = {"dots": [(dots, f"{dots} dpi") for dots in RESOLUTIONS]}
        self.form = Form(asked, values=self._values(), choices=choices, captions=_captions())
        self.form.edited.connect(self._edited)
        for name in ASKED:
            self.form.field(name).setEnabled(not context.read_only)
        if isinstance(field := self.form.field("date"), QLineEdit):
            field.setPlaceholderText(tr("of the last change"))
        self.add(self.form)
        self.pdf = button(tr("Save as PDF"), "primary")
        self.png = button(tr("Save as PNG"))
        self.pdf.clicked.connect(lambda: self.ask(".pdf"))
        self.png.clicked.connect(lambda: self.ask(".png"))
        last = QHBoxLayout()
        last.addWidget(self.pdf, 1)
        last.addWidget(self.png, 1)
        self.add(last)
        self.body.addStretch(1)
        self._leave = [context.workspace.store.changed.subscribe(self._project_changed)]

    def close_subscriptions(self) -> None:
        for leave in self._leave:
            leave()

    def page(self) -> Page:
        """The project's first sheet, or a new one with today's date."""
        project = self._context.workspace.store.project
        if project.pages:
            return project.pages[0]
        return Page(title=project.title, date=date.today().isoformat())

    def _values(self) -> dict[str, Any]:
        page = self.page()
        return {f.name: getattr(page, f.name) for f in fields(page)}

    def _edited(self, name: str) -> None:
        if name == "dots":
            return
        store = self._context.workspace.store
        before = store.project.pages
        new = replace(self.page(), **{name: self.form.values()[name]})
        store.apply(PagesEdit(tr("Map sheet"), before, (new, *before[1:])))

    def _project_changed(self, change: Change) -> None:
        if change.before.pages is not change.after.pages:
            self.form.show_values(self._values())

    def ask(self, ending: str) -> None:
        """Where to, with a name made of the title."""
        folder = self._context.folder or Path.home()
        suggested = folder / (safe_name(self.page().title) + ending)
        choose_new_file(self, suggested, lambda path: self.save(path, ending))

    def save(self, path: Path, ending: str = ".pdf") -> None:
        """Write the sheet in the background and say where it is."""
        if path.suffix.lower() != ending:
            path = path.with_name(path.name + ending)
        project, page, view = self._context.workspace.store.project, self.page(), self._view()
        session = self._context.session
        plugins, dots = self._context.plugins, float(self.form.values()["dots"])
        painters = plugins.painters() if plugins is not None else {}

        def work(progress: Progress) -> tuple[str, ...]:
            newest = session.file.entries(newest=1) if session is not None else ()
            made_on = page.date or (newest[-1].at[:10] if newest else "")
            return export_map(
                project,
                replace(page, extent=None, date=made_on),
                path,
                camera=view.camera,
                data=view.data,
                painters=painters,
                press=QtPress(),
                dots_per_inch=dots,
                progress=progress,
            )

        def done(left_out: tuple[str, ...]) -> None:
            hint = ""
            if left_out:
                hint = tr("Without {layers}: not loaded").format(layers=", ".join(left_out))
            say_saved(self._context, path, hint)

        job = Job(tr("Saving {file}").format(file=path.name), work)
        job.done.subscribe(done)
        self._context.jobs.start(job)


def save_ledger(context: WindowContext, path: Path) -> None:
    """The ledger of outfalls as a workbook, in the background."""
    if path.suffix.lower() != ".xlsx":
        path = path.with_name(path.name + ".xlsx")
    project, today = context.workspace.store.project, date.today().isoformat()

    def work(progress: Progress) -> int:
        return export_ledger(project, path, made_on=today, progress=progress)

    def done(rows: int) -> None:
        say_saved(context, path, tr("{n} rows").format(n=f"{rows:,}"))

    job = Job(tr("Saving {file}").format(file=path.name), work)
    job.done.subscribe(done)
    context.jobs.start(job)


def say_saved(context: WindowContext, path: Path, hint: str = "") -> None:
    def show() -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

    words = tr("Saved {file}").format(file=path.name)
    context.say(Message(words, "ok", tr("Open"), show, hint=hint, key="saved"))


def _captions() -> dict[str, str]:
    return {
        "title": tr("Title"),
        "paper": tr("Paper"),
        "landscape": tr("Landscape"),
        "legend": tr("Legend"),
        "scale_bar": tr("Scale bar"),
        "north_arrow": tr("North arrow"),
        "grid": tr("Grid"),
        "date": tr("Date"),
        "note": tr("Note"),
        "dots": tr("Resolution"),
    }
