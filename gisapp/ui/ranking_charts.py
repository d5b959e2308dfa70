"""Profile of the river and shifted series of a ranking, beside the map, as the report has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QDialog, QLabel, QScrollArea, QVBoxLayout, QWidget

from gisapp.app.jobs import Job
from gisapp.app.traces import CHARTS_ALGORITHM
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.render.qt_canvas import QtPress
from gisapp.ui.card import label
from gisapp.ui.context import WindowContext

WIDTH, HEIGHT = 820, 760
SHARPEST = 2.0  # device pixels a pixel


class RankingCharts(QDialog):
    """Drawn on a worker, on white as on paper; as wide as the window lets them be."""

    def __init__(self, context: WindowContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self.setWindowTitle(tr("Profile and series"))
        self.resize(WIDTH, HEIGHT)
        self._pictures: list[tuple[QLabel, QPixmap]] = []
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QScrollArea.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.area)

    def show_answer(self, answer: Any) -> None:
        """Of the plugin that ranks: title, picture and note of each."""
        plugins = self._context.plugins
        if plugins is None:
            return
        algorithm, pixels = plugins.algorithm(CHARTS_ALGORITHM), WIDTH * SHARPEST

        def work(progress: Progress) -> Sequence[tuple[str, bytes, str]]:
            charts: Any = algorithm.run({"ranking": answer}, progress)
            found: Sequence[tuple[str, bytes, str]] = charts.pictures(QtPress(), pixels)
            return found

        job = Job(tr("Drawing"), work, quiet=True)
        job.done.subscribe(self._fill)
        self._context.jobs.start(job, instead_of="charts of the ranking")

    def _fill(self, pictures: Sequence[tuple[str, bytes, str]]) -> None:
        holder = QWidget()
        holder.setProperty("kind", "plain")
        column = QVBoxLayout(holder)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(6)
        self._pictures = []
        for title, png, note in pictures:
            pixmap = QPixmap()
            pixmap.loadFromData(png)
            shown = QLabel()
            shown.setAccessibleName(title)
            column.addWidget(label(title, "title"))
            column.addWidget(shown)
            column.addWidget(label(note, "dim", wrap=True))
            column.addSpacing(10)
            self._pictures.append((shown, pixmap))
        if not pictures:
            column.addWidget(
                label(tr("Neither drained areas nor records are known here."), "dim", wrap=True)
            )
        column.addStretch(1)
        self.area.setWidget(holder)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        ratio = self.devicePixelRatioF()
        room = max(200, self.area.viewport().width() - 36)
        for shown, pixmap in self._pictures:
            wide = min(round(room * ratio), pixmap.width())
            fitted = pixmap.scaledToWidth(wide, Qt.TransformationMode.SmoothTransformation)
            fitted.setDevicePixelRatio(ratio)
            shown.setPixmap(fitted)
