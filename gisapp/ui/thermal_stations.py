"""Readings for a correction from the records of monitoring stations at the time of the flight."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QDateTime, Qt, Signal
from PySide6.QtWidgets import QDateTimeEdit, QVBoxLayout, QWidget

from gisapp.app.identify import is_raster
from gisapp.app.jobs import Job
from gisapp.app.station_chart import is_station_layer
from gisapp.app.station_temperatures import (
    USUAL,
    WINDOWS,
    StationReadings,
    Taken,
    station_readings,
    taken,
)
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.ui.card import button, label, restyle
from gisapp.ui.context import WindowContext
from gisapp.ui.form import QuietCombo
from gisapp.ui.layer_facts import data_of
from gisapp.ui.thermal_fields import plain_row
from gisapp.ui.wheel import wheel_goes_on

SHOWN = 3  # stations whose silence is explained; the rest in the tooltip
_FORMAT = "yyyy-MM-dd HH:mm"


class StationFields(QWidget):
    """`found` hands over readings; `said` is what there was to say about the others."""

    found = Signal(object)  # tuple[Reading, ...]

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self.setProperty("kind", "plain")
        self._context = context
        self._layer: Layer | None = None
        self._taken = Taken()
        self.button = button(tr("Take what stations recorded"))
        self.room = QuietCombo([(str(n), tr("± {n} min").format(n=n)) for n in WINDOWS])
        self.room.setCurrentIndex(WINDOWS.index(USUAL))
        words = tr("How far in time a record may be from the flight")
        self.room.setAccessibleName(words)
        self.room.setToolTip(words)
        self.moment = wheel_goes_on(QDateTimeEdit())
        self.moment.setDisplayFormat(_FORMAT)
        self.moment.setButtonSymbols(QDateTimeEdit.ButtonSymbols.NoButtons)
        self.moment.setAccessibleName(tr("When the layer was taken"))
        self.moment.setToolTip(tr("In the time of the records, usually local time"))
        self.said = label("", "dim", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        taken_row = plain_row(label(tr("Taken"), "dim"), self.moment, self.room)
        taken_row.layout().setStretch(1, 1)  # type: ignore[union-attr]
        for part in (taken_row, self.button, self.said):
            column.addWidget(part)
        self.moment.dateTimeChanged.connect(self._typed)
        self.button.clicked.connect(self.read)
        self.said.hide()
        self._jobs: list[Job[Any]] = []

    def close_subscriptions(self) -> None:
        for job in self._jobs:
            job.cancel()

    def show_layer(self, layer: Layer) -> None:
        project = self._context.workspace.store.project
        self.setVisible(any(is_station_layer(one) for one in project.layers))
        if self._layer is not None and self._layer.source.path == layer.source.path:
            self._layer = layer
            return
        self._layer = layer
        self._use(Taken())
        path = self._path_of(layer.source.path)

        def work(progress: Progress) -> Taken:
            return taken(path)

        job = Job(tr("When was {layer} taken?").format(layer=layer.name), work, quiet=True)
        job.done.subscribe(self._use)
        self._start(job)

    def read(self) -> None:
        """The stations on the layer, each at its moment."""
        layer = self._layer
        data: Any = None if layer is None else data_of(self._context, layer)
        if layer is None or not is_raster(data):
            return
        project = self._context.workspace.store.project
        loaded = {one.id: data_of(self._context, one) for one in project.layers}
        when, minutes = self._taken, float(self.room.currentData())

        def work(progress: Progress) -> StationReadings:
            return station_readings(project, loaded, self._path_of, data, when, minutes, progress)

        job = Job(tr("Reading the records of stations"), work)
        job.done.subscribe(self._done)
        self._start(job)

    def _done(self, found: StationReadings) -> None:
        if found.readings:
            words = tr("{n} stations had records of the water then.").format(n=len(found.readings))
        elif found.silent:
            words = tr("No station on this layer recorded the water then.")
        elif found.stations:
            words = tr("None of the {n} stations lies on this layer.").format(n=found.stations)
        else:
            words = tr("There are no stations in this project.")
        reasons = [f"{name}: {why}" for name, why in found.silent]
        self.said.setText("\n".join([words, *reasons[:SHOWN]]))
        self.said.setToolTip("\n".join(reasons))
        self.said.show()
        restyle(self.said, "kind", "ok" if found.readings else "warn")
        self.found.emit(found.readings)

    def _use(self, found: Taken) -> None:
        self._taken = found
        self.moment.blockSignals(True)
        if found.moment is not None:
            self.moment.setDateTime(QDateTime.fromString(f"{found.moment:%Y-%m-%d %H:%M}", _FORMAT))
        self.moment.blockSignals(False)

    def _typed(self, typed: QDateTime) -> None:
        """What a person says holds for the whole layer."""
        self._taken = Taken(_python(typed))

    def _path_of(self, name: str) -> Path:
        path, folder = Path(name), self._context.folder
        return path if path.is_absolute() or folder is None else folder / path

    def _start(self, job: Job[Any]) -> None:
        self._jobs = [one for one in self._jobs if one in self._context.jobs.unfinished]
        self._jobs.append(job)
        self._context.jobs.start(job)


def _python(moment: QDateTime) -> datetime:
    return datetime.fromisoformat(moment.toString(Qt.DateFormat.ISODate)).replace(tzinfo=None)
