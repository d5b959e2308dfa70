"""Taking an area of a base map along: where, how fine, how much it will be, then as a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QFormLayout, QProgressBar, QSpinBox, QWidget

from gisapp.app.base_map_formats import WEB_FORMATS
from gisapp.app.base_maps import add_base_maps, file_layer, is_base_map, may_download
from gisapp.app.jobs import Job, JobState
from gisapp.app.offline_area import (
    MOST_TILES,
    Estimate,
    OfflineArea,
    Taken,
    count_tiles,
    estimate,
    take_along,
)
from gisapp.model.crs import transform_extent
from gisapp.model.errors import GisError
from gisapp.model.geometry import Extent
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.ui.base_map_page import Outcome, outcome_of
from gisapp.ui.card import button, label
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.file_choice import choose_new_file
from gisapp.ui.output_panel import safe_name
from gisapp.ui.side_panel import TaskCard
from gisapp.ui.wheel import wheel_goes_on

AGAIN = 300  # ms after the last change until the tiles are counted
WGS84 = "EPSG:4326"
T = TypeVar("T")


def megabytes(count: int) -> str:
    if count < 1_000_000:
        return tr("{n} kB").format(n=f"{max(1, round(count / 1000)):,}")
    return tr("{n} MB").format(n=f"{count / 1e6:,.1f}")


class OfflinePanel(TaskCard):
    """The area is what the map shows when a button is pressed, or the extent of a layer."""

    wide = True

    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(tr("Take a base map along"), context.theme.tokens, parent)
        self._context = context
        self._job: Job[Any] | None = None
        words = tr("The tiles of an area are written to a file, which needs no network later.")
        self.add(label(words, "dim", wrap=True))
        self.map = wheel_goes_on(QComboBox())
        self.map.setAccessibleName(tr("Base map"))
        for layer in reversed(context.workspace.store.project.layers):
            if is_base_map(layer) and layer.source.format in WEB_FORMATS:
                self.map.addItem(layer.name, layer)
        self.first, self.last = wheel_goes_on(QSpinBox()), wheel_goes_on(QSpinBox())
        for box, value, name in (
            (self.first, 8, tr("Coarsest zoom")),
            (self.last, 15, tr("Finest zoom")),
        ):
            box.setRange(0, 22)
            box.setValue(value)
            box.setAccessibleName(name)
            box.valueChanged.connect(lambda value: self._changed())
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow(tr("Base map"), self.map)
        form.addRow(tr("Coarsest zoom"), self.first)
        form.addRow(tr("Finest zoom"), self.last)
        self.add(form)
        self.area = label("", "dim", wrap=True)
        self.add(self.area)
        self.use_view = button(tr("Take the area in view"))
        self.use_view.clicked.connect(self.take_view)
        self.add(self.use_view)
        self.outcome = Outcome()
        self.add(self.outcome)
        self.estimate = button(tr("Estimate the size"))
        self.estimate.clicked.connect(self.start_estimate)
        self.add(self.estimate)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName(tr("How far the download is"))
        self.bar.hide()
        self.add(self.bar)
        self.body.addStretch(1)
        self.stop = button(tr("Stop"))
        self.stop.hide()
        self.stop.clicked.connect(self.cancel)
        self.add(self.stop)
        self.take = button(tr("Download …"), "primary")
        self.take.clicked.connect(self._choose_file)
        self.add(self.take)
        self._soon = QTimer(self, singleShot=True, interval=AGAIN)
        self._soon.timeout.connect(self.count)
        self.map.currentIndexChanged.connect(lambda number: self._changed())
        self.leave.append(self._close)
        self.extent = Extent(0, 0, 1, 1)
        self.crs = WGS84
        self.take_view()

    @property
    def layer(self) -> Layer | None:
        found = self.map.currentData()
        return found if isinstance(found, Layer) else None

    @property
    def wanted(self) -> OfflineArea:
        first = min(self.first.value(), self.last.value())
        return OfflineArea(self.extent, self.crs, first, max(first, self.last.value()))

    def take_view(self) -> None:
        view = self._context.map_view
        if view is None:
            return
        camera = view.camera
        shown = outcome_of(lambda: transform_extent(camera.extent, camera.crs, WGS84))
        if isinstance(shown, GisError):
            self.outcome.tell(shown.message, "bad")
            return
        self.extent, self.crs = camera.extent, camera.crs
        words = tr("Area: {west}° to {east}° E, {south}° to {north}° N")
        numbers = (f"{value:.4f}" for value in shown)
        west, south, east, north = numbers
        self.area.setText(words.format(west=west, east=east, south=south, north=north))
        self._changed()

    def _changed(self) -> None:
        self.outcome.tell("")
        self._soon.start()
        self._refresh()

    def _refresh(self) -> None:
        layer, busy = self.layer, self._job is not None
        why = may_download(layer) if layer is not None else ""
        for part in (self.estimate, self.take, self.use_view, self.map, self.first, self.last):
            part.setEnabled(not busy)
        self.stop.setVisible(busy)
        self.bar.setVisible(busy)
        if layer is None:
            self.outcome.tell(tr("There is no base map of a server in this project yet."), "warn")
        elif why:
            self.outcome.tell(why, "warn")
        if layer is None or why:
            self.estimate.setEnabled(False)
            self.take.setEnabled(False)

    def count(self) -> None:
        layer = self.layer
        if layer is None or may_download(layer) or self._job is not None:
            return
        chosen, area = layer, self.wanted
        found = outcome_of(lambda: count_tiles(chosen, area))
        fits = not isinstance(found, GisError) and found <= MOST_TILES
        self.estimate.setEnabled(fits)
        self.take.setEnabled(fits)
        if isinstance(found, GisError):
            self.outcome.tell(f"{found.message}\n{found.hint}".strip(), "bad")
        elif not fits:
            told = tr(
                "{n} tiles, at most {most} are taken along. Choose a smaller area or fewer zooms."
            )
            self.outcome.tell(told.format(n=f"{found:,}", most=f"{MOST_TILES:,}"), "warn")
        else:
            self.outcome.tell(tr("{n} tiles").format(n=f"{found:,}"))

    def start_estimate(self) -> None:
        layer, area = self.layer, self.wanted
        if layer is None:
            return

        def done(found: Estimate | GisError) -> None:
            if isinstance(found, GisError):
                self.outcome.tell(f"{found.message}\n{found.hint}".strip(), "bad")
                return
            words = tr("{n} tiles, about {size}; {m} of them were looked at")
            size = megabytes(found.bytes)
            told = words.format(n=f"{found.tiles:,}", size=size, m=found.sampled)
            self.outcome.tell(told, "ok")

        self._start(
            tr("Estimate the size"),
            lambda progress: outcome_of(lambda: estimate(layer, area, progress)),
            done,
        )

    def _choose_file(self) -> None:
        layer = self.layer
        if layer is None:
            return
        folder = self._context.folder
        place = (folder / "data" if folder is not None else Path.home()) / "map.mbtiles"
        name = safe_name(layer.name) or "map"
        if folder is not None and not place.parent.is_dir():
            place = folder / place.name
        choose_new_file(self, place.with_name(f"{name}.mbtiles"), self.download)

    def download(self, path: Path) -> None:
        layer, area, context = self.layer, self.wanted, self._context
        if layer is None:
            return

        def work(progress: Progress) -> tuple[Taken, Layer] | GisError:
            def take() -> tuple[Taken, Layer]:
                taken = take_along(layer, area, path, progress)
                return taken, file_layer(path, context.folder)

            return outcome_of(take)

        def done(found: tuple[Taken, Layer] | GisError) -> None:
            if isinstance(found, GisError):
                self.outcome.tell(f"{found.message}\n{found.hint}".strip(), "bad")
                return
            taken, made = found
            words = tr("Written: {file}, {n} tiles, {size}").format(
                file=taken.path.name, n=f"{taken.tiles:,}", size=megabytes(taken.bytes)
            )
            if taken.missing:
                words += "\n" + tr("{n} tiles are not there on the server").format(n=taken.missing)
            self.outcome.tell(words, "ok")

            def add() -> None:
                store = context.workspace.store
                store.apply(add_base_maps(store.project, (made,)))

            action = "" if context.read_only else tr("Add as a layer")
            context.say(Message(words, "ok", action, add, key="offline map"))

        self._start(tr("Taking {layer} along").format(layer=layer.name), work, done, quiet=False)

    def _start(
        self,
        words: str,
        work: Callable[[Progress], T],
        done: Callable[[T], None],
        *,
        quiet: bool = True,
    ) -> None:
        job: Job[T] = Job(words, work, quiet=quiet)
        self._job = job
        self.bar.setValue(0)

        def changed(job: Job[T]) -> None:
            self.bar.setValue(round(job.fraction * 1000))
            if job.state is JobState.RUNNING and job.message:
                self.outcome.tell(job.message)
            if job.state in (JobState.CANCELLED, JobState.FAILED):
                self._job = None
                self._refresh()
                stopped = job.state is JobState.CANCELLED
                told = tr("Stopped. What is there already is kept for the next time.")
                self.outcome.tell(told if stopped else str(job.error), "warn")

        def finished(result: T) -> None:
            self._job = None
            self._refresh()
            done(result)

        job.changed.subscribe(changed)
        job.done.subscribe(finished)
        self._refresh()
        self._context.jobs.start(job)

    def cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _close(self) -> None:
        self._soon.stop()
        self.cancel()
