"""One photo as large as the window allows; the keys go to the next one, turn it, come closer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from gisapp.app.jobs import Job
from gisapp.io.photos import read_photo
from gisapp.model.errors import ReadError
from gisapp.model.features import Row
from gisapp.model.progress import Progress
from gisapp.model.project import Project
from gisapp.model.survey import PHOTOS
from gisapp.model.text import tr
from gisapp.ui.card import icon_button, label
from gisapp.ui.context import WindowContext
from gisapp.ui.photo_picture import STEP, PhotoPicture, upright


class PhotoView(QDialog):
    def __init__(
        self,
        context: WindowContext,
        names: Sequence[str],
        number: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(960, 720)
        self._context, self._names = context, list(names)
        self.number = number
        self.picture = PhotoPicture()
        self.words = label("", "dim", wrap=True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.addWidget(self.picture, 1)
        row = QHBoxLayout()
        row.addWidget(self.words, 1)
        tokens = context.theme.tokens
        self._keys: dict[Qt.Key, Callable[[], None]] = {
            Qt.Key.Key_Left: lambda: self.step(-1),
            Qt.Key.Key_Right: lambda: self.step(1),
            Qt.Key.Key_PageUp: lambda: self.step(-1),
            Qt.Key.Key_PageDown: lambda: self.step(1),
            Qt.Key.Key_K: lambda: self.step(-1),
            Qt.Key.Key_J: lambda: self.step(1),
            Qt.Key.Key_Home: lambda: self.show_photo(0),
            Qt.Key.Key_End: lambda: self.show_photo(len(self._names) - 1),
            Qt.Key.Key_R: lambda: self.picture.turn(90),
            Qt.Key.Key_L: lambda: self.picture.turn(-90),
            Qt.Key.Key_Plus: lambda: self.picture.zoom(STEP),
            Qt.Key.Key_Equal: lambda: self.picture.zoom(STEP),
            Qt.Key.Key_Minus: lambda: self.picture.zoom(1 / STEP),
            Qt.Key.Key_0: self.picture.fit,
            Qt.Key.Key_F: self._whole_screen,
        }
        for name, words, key in (
            ("chevron_left", tr("Previous photo") + "  ←", Qt.Key.Key_Left),
            ("chevron_right", tr("Next photo") + "  →", Qt.Key.Key_Right),
            ("undo", tr("Turn left") + "  L", Qt.Key.Key_L),
            ("redo", tr("Turn right") + "  R", Qt.Key.Key_R),
            ("zoom_out", tr("Farther") + "  -", Qt.Key.Key_Minus),
            ("zoom_in", tr("Closer") + "  +", Qt.Key.Key_Plus),
        ):
            made = icon_button(name, words, tokens)
            made.clicked.connect(lambda checked=False, key=key: self._keys[key]())
            row.addWidget(made)
        column.addLayout(row)
        self.show_photo(number)

    def step(self, by: int) -> None:
        self.show_photo(self.number + by)

    def show_photo(self, number: int) -> None:
        folder = self._context.folder
        if folder is None or not 0 <= number < len(self._names):
            return
        self.number, name = number, self._names[number]
        title = tr("Photo {n} of {total}").format(n=number + 1, total=len(self._names))
        row = row_of_photo(self._context.workspace.store.project, name)
        self.setWindowTitle(title)
        facts = " · ".join((title, *photo_facts(row)))
        self.words.setText(facts)
        self.picture.setAccessibleName(facts)

        def work(progress: Progress) -> QImage:
            try:
                return upright(read_photo(folder, name))
            except ReadError:
                return QImage()

        def loaded(image: QImage) -> None:
            if isValid(self) and name == self._names[self.number]:
                self.picture.show_image(image)
                if image.isNull():
                    words = tr("This photo is missing or cannot be shown")
                    self.words.setText(f"{facts} · {words}")

        job = Job(tr("Loading photos"), work, quiet=True)
        job.done.subscribe(loaded)
        self._context.jobs.start(job, instead_of="photo")

    def _whole_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        run = self._keys.get(Qt.Key(event.key()))
        if run is None:
            super().keyPressEvent(event)
        else:
            run()


def row_of_photo(project: Project, file: str) -> Row:
    """What the record says of a file; empty when it says nothing."""
    table = project.tables.get(PHOTOS)
    found = table.matching("file", file) if table is not None else ()
    return (table.row(found[0]) if table is not None and found else None) or {}


def photo_facts(row: Row) -> list[str]:
    """Name, time, direction and what was odd, for people."""
    facts = [str(row[name]) for name in ("original_name", "taken_at", "camera") if row.get(name)]
    facts = [fact.replace("T", " ") if fact == row.get("taken_at") else fact for fact in facts]
    if row.get("heading") is not None:
        facts.append(tr("looks to {n}°").format(n=round(row["heading"])))
    if row.get("verdict"):
        facts.append(str(row["verdict"]))
    return facts
