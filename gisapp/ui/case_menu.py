"""The menu of kept rankings: one is opened, renamed or deleted, each on a worker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMenu, QPushButton, QWidget

from gisapp.app.jobs import Job
from gisapp.io.case_files import delete_case, rename_case, restore_case
from gisapp.model.text import tr
from gisapp.ui.context import Message, WindowContext

T = TypeVar("T")
Take = Callable[[Path], None]


class CaseMenu:
    """`moved` hears of a file and of its new name, None when it was deleted."""

    def __init__(
        self, context: WindowContext, parent: QWidget, moved: Callable[[Path, Path | None], None]
    ) -> None:
        self._context, self._parent, self._moved = context, parent, moved

    def choices(self, files: Sequence[Path], take: Take) -> QMenu:
        """Cases by name; one is taken."""
        menu = QMenu(self._parent)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        _fill(menu, files, take)
        return menu

    def cases(self, files: Sequence[Path], take: Take) -> QMenu:
        """Also what can be done with each where the project can be written."""
        menu = self.choices(files, take)
        if not self._context.read_only:
            menu.addSeparator()
            for words, act in ((tr("Rename"), self.ask_name), (tr("Delete"), self.ask_delete)):
                below = QMenu(words, menu)
                _fill(below, files, act)
                menu.addMenu(below)
        return menu

    def ask_name(self, path: Path) -> None:
        """A window with the name to be changed; it does not stop the others."""
        dialog = QInputDialog(self._parent)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(tr("Rename the case"))
        dialog.setLabelText(tr("Name of the case"))
        dialog.setTextValue(path.stem)
        for line in dialog.findChildren(QLineEdit):
            line.setAccessibleName(tr("Name of the case"))
            line.setMinimumWidth(300)
        for made in dialog.findChildren(QPushButton):
            made.setIcon(QIcon())  # words, as on all other buttons
        dialog.textValueSelected.connect(lambda name: self.rename(path, name.strip()))
        dialog.open()

    def rename(self, path: Path, name: str) -> None:
        if name and name != path.stem:
            self._do(
                tr("Renaming the case"),
                lambda: rename_case(path, name),
                lambda new: self._moved(path, new),
            )

    def ask_delete(self, path: Path) -> None:
        words = tr("Delete the case {name}?").format(name=path.stem)
        hint = tr("Its file is deleted. Right afterwards that can still be undone.")
        self._context.say(
            Message(words, "warning", tr("Delete"), lambda: self.delete(path), hint, key="case")
        )

    def delete(self, path: Path) -> None:
        def deleted(held: bytes) -> None:
            self._moved(path, None)
            words = tr("The case {name} is deleted").format(name=path.stem)
            self._context.say(
                Message(words, "info", tr("Undo"), lambda: self._restore(path, held), key="case")
            )

        self._do(tr("Deleting the case"), lambda: delete_case(path), deleted)

    def _restore(self, path: Path, held: bytes) -> None:
        def restored(new: Path) -> None:
            self._moved(new, new)
            words = tr("The case {name} is there again").format(name=new.stem)
            self._context.say(Message(words, "ok", key="case"))

        self._do(tr("Restoring the case"), lambda: restore_case(path, held), restored)

    def _do(self, title: str, work: Callable[[], T], done: Callable[[T], None]) -> None:
        job: Job[T] = Job(title, lambda progress: work(), quiet=True)
        job.done.subscribe(done)
        self._context.jobs.start(job)


def _fill(menu: QMenu, files: Sequence[Path], take: Take) -> None:
    for path in files:
        menu.addAction(path.stem.replace("&", "&&"), lambda path=path: take(path))
