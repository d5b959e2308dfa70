"""The photos of a feature: small pictures loaded in the background, one click makes them large."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QToolButton, QWidget

from gisapp.app.jobs import Job
from gisapp.io.photos import read_photo
from gisapp.model.errors import ReadError
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.ui.context import WindowContext
from gisapp.ui.photo_picture import upright

THUMB = QSize(108, 76)


def photo_names(value: Any) -> list[str]:
    """Names in a field of kind list: a list, or its JSON text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = [value] if value else []
    return [str(name) for name in value] if isinstance(value, list | tuple) else []


def load_thumbs(folder: Path, names: list[str], edge: int, progress: Progress) -> list[QImage]:
    """In a worker; a photo that cannot be read gives an empty image."""
    made = []
    for number, name in enumerate(names):
        progress.report(number / len(names))
        try:
            image = upright(read_photo(folder, name), edge)
        except ReadError:
            image = QImage()
        if not image.isNull():
            image = cropped(image, edge)
        made.append(image)
    return made


def cropped(image: QImage, height: int) -> QImage:
    """Filling a small picture of the strip's proportions."""
    size = QSize(round(height * THUMB.width() / THUMB.height()), height)
    expanding = Qt.AspectRatioMode.KeepAspectRatioByExpanding
    large = image.scaled(size, expanding, Qt.TransformationMode.SmoothTransformation)
    x, y = (large.width() - size.width()) // 2, (large.height() - size.height()) // 2
    return large.copy(QRect(QPoint(x, y), size))


class PhotoStrip(QScrollArea):
    wanted = Signal(int)  # number of the photo clicked

    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.names: list[str] = []
        self._buttons: list[QToolButton] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(THUMB.height() + 10)
        self.setAccessibleName(tr("Photos"))
        self._line = QWidget()
        self._row = QHBoxLayout(self._line)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self._row.addStretch(1)
        self.setWidget(self._line)
        self.hide()

    def show_photos(self, names: list[str]) -> None:
        if names == self.names:
            return
        self.names = names
        for made in self._buttons:
            made.deleteLater()
        self._buttons = [self._button(number) for number in range(len(names))]
        folder = self._context.folder
        self.setVisible(bool(names) and folder is not None)
        if not names or folder is None:
            return
        edge = round(THUMB.height() * self.devicePixelRatioF())
        job = Job(
            tr("Loading photos"),
            lambda progress: load_thumbs(folder, names, edge, progress),
            quiet=True,
        )
        job.done.subscribe(lambda images: self._loaded(names, images))
        self._context.jobs.start(job, instead_of="photos")

    def _button(self, number: int) -> QToolButton:
        made = QToolButton()
        made.setFixedSize(THUMB)
        made.setProperty("kind", "photo")
        made.setText("…")
        words = tr("Photo {n} of {total}").format(n=number + 1, total=len(self.names))
        made.setAccessibleName(words)
        made.setToolTip(words)
        made.clicked.connect(lambda: self.wanted.emit(number))
        self._row.insertWidget(number, made)
        return made

    def _loaded(self, names: list[str], images: list[QImage]) -> None:
        if names != self.names:
            return
        for made, image, name in zip(self._buttons, images, names, strict=True):
            if image.isNull():
                made.setText(tr("Missing"))
                words = tr("{photo} is not in the project folder").format(photo=name)
                hint = tr("Survey, Find missing photos brings it back from where it is now.")
                made.setToolTip(f"{words}\n{hint}")
                continue
            pixmap = QPixmap.fromImage(image)
            pixmap.setDevicePixelRatio(self.devicePixelRatioF())
            made.setText("")
            made.setIcon(QIcon(pixmap))
            made.setIconSize(THUMB - QSize(2, 2))
