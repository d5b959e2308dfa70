"""What all ways to a base map share: asking in the background, telling what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from gisapp.app.jobs import Job, JobState
from gisapp.app.map_services import TileTrial
from gisapp.model.errors import GisError
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.ui.card import restyle
from gisapp.ui.context import WindowContext

T = TypeVar("T")
PREVIEW = 112  # pixels of a tile that is shown


class Outcome(QLabel):
    """What a try told: green, amber or red words."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setIndent(0)
        self.hide()

    def tell(self, words: str, kind: str = "dim") -> None:
        restyle(self, "kind", kind)
        self.setText(words)
        self.setVisible(bool(words))


class Page(QWidget):
    """One way to a base map. `changed`: whether it is ready to be added may be another now."""

    changed = Signal()
    key_name = ""  # of the key, where there is no layer that says it

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self.context = context
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(8)
        self.outcome = Outcome()
        self._jobs: list[Job[object]] = []
        self._left = False

    def is_ready(self) -> bool:
        return True

    def made(self) -> tuple[tuple[Layer, ...], str]:
        """The layers, the lowest first, and the key they want. Raises ParameterError."""
        raise NotImplementedError

    def leave(self) -> None:
        self._left = True
        for job in self._jobs:
            job.cancel()

    def ask(self, words: str, work: Callable[[Progress], T], done: Callable[[T], None]) -> None:
        """In the background; what goes wrong is told on the page."""
        self.outcome.tell(tr("Asking the server …"))
        job: Job[T] = Job(words, work, quiet=True)
        self._jobs.append(job)  # type: ignore[arg-type]

        def finished(result: T) -> None:
            if not self._left:
                done(result)

        def watched(job: Job[T]) -> None:
            if job.state is JobState.FAILED and not self._left:
                self.outcome.tell(str(job.error), "bad")

        job.done.subscribe(finished)
        job.changed.subscribe(watched)
        self.context.jobs.start(job)

    def row(self, *parts: QWidget) -> QHBoxLayout:
        across = QHBoxLayout()
        across.setSpacing(6)
        for part in parts:
            across.addWidget(part, 1 if isinstance(part, QLineEdit | QComboBox) else 0)
        across.addStretch(0)
        return across

    def show_trial(self, trial: TileTrial, preview: QLabel | None = None) -> None:
        words = trial.verdict.words
        if trial.verdict.hint:
            words = f"{words}\n{trial.verdict.hint}"
        self.outcome.tell(words, "ok" if trial.is_fine else "bad")
        if preview is not None:
            preview.setVisible(trial.picture is not None)
            if trial.picture is not None:
                height, width = trial.picture.shape[:2]
                form = QImage.Format.Format_RGBA8888_Premultiplied
                image = QImage(trial.picture.tobytes(), width, height, 4 * width, form)
                smooth = Qt.TransformationMode.SmoothTransformation
                keep = Qt.AspectRatioMode.KeepAspectRatio
                preview.setPixmap(QPixmap.fromImage(image.scaled(PREVIEW, PREVIEW, keep, smooth)))


def outcome_of(work: Callable[[], T]) -> T | GisError:
    """A worker's answer, or what a person can act on."""
    try:
        return work()
    except GisError as error:
        return error
