"""A layer's correction: typed, or fitted to readings that are picked on the map."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gisapp.analysis.thermal_correction import Fit, Kind
from gisapp.app.identify import is_raster
from gisapp.app.jobs import Job
from gisapp.app.thermal_readings import Reading, fit_readings, station_near, value_around
from gisapp.app.thermal_tools import ThermalSpot
from gisapp.app.tool_desk import ToolDesk
from gisapp.app.tools import MeasureValues
from gisapp.model.errors import ParameterError
from gisapp.model.geometry import Point
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.style import AS_MEASURED, Correction
from gisapp.model.text import tr
from gisapp.render.thermal_colours import correction_words
from gisapp.ui.card import button, label, restyle
from gisapp.ui.context import WindowContext
from gisapp.ui.form import PlainSpinBox
from gisapp.ui.layer_facts import data_of
from gisapp.ui.thermal_fields import plain_row
from gisapp.ui.thermal_stations import StationFields

PICK = "thermal_reading"
NAME, MEASURED, READING, LEFT = range(4)


class ThermalReading(ThermalSpot):
    """A click where the water was measured."""

    name = PICK


class CorrectionFields(QWidget):
    """`chosen` tells of a new correction of the layer."""

    chosen = Signal(object)  # Correction

    def __init__(self, context: WindowContext, desk: ToolDesk) -> None:
        super().__init__()
        self.setProperty("kind", "plain")
        self._context, self._desk = context, desk
        self._layer: Layer | None = None
        self._unit = "°C"
        self.readings: list[Reading] = []
        desk.tools[PICK] = ThermalReading
        self.gain = _number(tr("Gain"), 0.01, 100.0, 0.01)
        self.offset = _number(tr("Offset"), -1000.0, 1000.0, 0.1)
        self.reset_button = button(tr("As measured"))
        self.words = label("", "dim", wrap=True)
        self.pick_button = button(tr("Pick readings on the map"))
        self.pick_button.setCheckable(True)
        self.stations = StationFields(context)
        self.stations.found.connect(self._add)
        self.table = QTableWidget(0, 4)
        self.table.setAccessibleName(tr("Readings in the water"))
        heads = [tr("Place"), tr("Layer"), tr("Reading"), tr("Left over")]
        self.table.setHorizontalHeaderLabels(heads)
        self.table.verticalHeader().hide()
        head = self.table.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        self.table.setMinimumHeight(120)
        self.offset_button = button(tr("Fit an offset"))
        self.gain_button = button(tr("Fit gain and offset"))
        self.remove_button = button(tr("Remove"))
        self.verdict = label("", "dim", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for part in (
            plain_row(label("T ="), self.gain, label("× T +"), self.offset, self.reset_button),
            self.words,
            self.pick_button,
            self.stations,
            self.table,
            plain_row(self.offset_button, self.gain_button, self.remove_button),
            self.verdict,
        ):
            column.addWidget(part)
        self.gain.editingFinished.connect(self._typed)
        self.offset.editingFinished.connect(self._typed)
        self.reset_button.clicked.connect(lambda: self.chosen.emit(AS_MEASURED))
        self.pick_button.clicked.connect(self._pick)
        self.offset_button.clicked.connect(lambda: self.fit("offset"))
        self.gain_button.clicked.connect(lambda: self.fit("gain"))
        self.remove_button.clicked.connect(self._remove)
        self.table.itemChanged.connect(self._cell_typed)
        self.leave: list[Callable[[], None]] = [
            desk.measure_wanted.subscribe(self._picked),
            desk.tool_changed.subscribe(lambda name: self.pick_button.setChecked(name == PICK)),
        ]
        self._fill()

    def close_subscriptions(self) -> None:
        """Hear nothing more, also not of readings that are still under way."""
        self.stations.close_subscriptions()
        for leave in self.leave:
            leave()
        self.leave.clear()

    def show_layer(self, layer: Layer, correction: Correction, unit: str) -> None:
        self._layer, self._unit = layer, unit
        self.stations.show_layer(layer)
        for box, value in ((self.gain, correction.gain), (self.offset, correction.offset)):
            box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(False)
        self.offset.setSuffix(f" {unit}" if unit else "")
        words = correction_words(correction, unit)
        self.words.setText(words or tr("The values are as the file has them."))
        self.reset_button.setEnabled(bool(words))

    def add_reading(self, place: Point) -> None:
        """A place in the map's system: the layer is read there, and a station near it is named."""
        layer = self._layer
        data: Any = None if layer is None else data_of(self._context, layer)
        if layer is None or not is_raster(data):
            return
        project = self._context.workspace.store.project
        loaded = {one.id: data_of(self._context, one) for one in project.layers}
        near = station_near(project, loaded, place)
        name, at, water = near or (tr("Reading {n}").format(n=len(self.readings) + 1), place, 0.0)
        reading = water if near else math.nan

        def work(progress: Progress) -> float:
            return value_around(data, at, project.crs, progress)

        def done(measured: float) -> None:
            self.readings.append(Reading(name, at, measured, reading))
            self._fill()
            said = "" if math.isfinite(measured) else tr("The layer has no value there.")
            self._say(said, "warn")

        job = Job(tr("Values of {layer}").format(layer=layer.name), work, quiet=True)
        self.leave.append(job.done.subscribe(done))
        self._context.jobs.start(job)

    def _add(self, readings: tuple[Reading, ...]) -> None:
        """Those of stations, each once: what was read before gives way."""
        names = {one.name for one in readings}
        self.readings = [one for one in self.readings if one.name not in names] + list(readings)
        self._fill()

    def fit(self, kind: Kind) -> None:
        try:
            found = fit_readings(self.readings, kind)
        except ParameterError as error:
            self._say(f"{error.message}. {error.hint}", "warn")
            return
        self._show_left_over(found)
        correction = found.correction
        words = tr(
            "{n} readings: RMSE {after:.2f} K, {before:.2f} K without the correction"
        ).format(n=correction.readings, after=found.rmse, before=found.rmse_before)
        if found.left_out:
            words += " · " + tr("{n} left out").format(n=found.left_out)
        self._say(words, "ok")
        self.chosen.emit(
            replace(correction, gain=round(correction.gain, 6), offset=round(correction.offset, 4))
        )

    def _typed(self) -> None:
        gain, offset = self.gain.value(), self.offset.value()
        now = self._layer.style.correction if self._layer is not None else AS_MEASURED  # type: ignore[attr-defined]
        if (gain, offset) != (now.gain, now.offset):
            self.chosen.emit(Correction(gain, offset))

    def _pick(self, on: bool) -> None:
        self._desk.take(PICK if on else "identify")

    def _picked(self, wanted: MeasureValues) -> None:
        if self._desk.tool.name == PICK:
            self.add_reading(wanted.places[0])

    def _remove(self) -> None:
        rows = {index.row() for index in self.table.selectedIndexes()}
        self.readings = [one for n, one in enumerate(self.readings) if n not in rows]
        self._fill()

    def _cell_typed(self, item: QTableWidgetItem) -> None:
        number, column = item.row(), item.column()
        one = self.readings[number]
        if column == NAME:
            self.readings[number] = replace(one, name=item.text())
        elif column == READING:
            try:
                value = float(item.text().replace(",", ".").removesuffix("°C").strip())
            except ValueError:
                value = math.nan
            self.readings[number] = one.read(value)
            self._fill()

    def _fill(self) -> None:
        self.table.blockSignals(True)
        self.table.setRowCount(len(self.readings))
        for number, one in enumerate(self.readings):
            texts = (one.name, _shown(one.measured), _shown(one.reading), "")
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(one.note)
                if column in (MEASURED, LEFT):
                    item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEditable)
                if column != NAME:
                    item.setTextAlignment(
                        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    )
                self.table.setItem(number, column, item)
        self.table.blockSignals(False)
        there = bool(self.readings)
        for part in (self.table, self.offset_button, self.gain_button, self.remove_button):
            part.setVisible(there)
        if not there:
            self._say(tr("Click where a logger or a station was, then type what it read."), "dim")

    def _show_left_over(self, found: Fit) -> None:
        self.table.blockSignals(True)
        for number, (off, used) in enumerate(zip(found.residuals, found.used, strict=True)):
            words = f"{off:+.2f}".replace("-", "−") if math.isfinite(off) else ""
            item = self.table.item(number, LEFT)
            if item is not None:
                item.setText(words if used else f"({words})")
        self.table.blockSignals(False)

    def _say(self, words: str, kind: str) -> None:
        self.verdict.setText(words)
        restyle(self.verdict, "kind", kind)


def _number(name: str, low: float, high: float, step: float) -> PlainSpinBox:
    made = PlainSpinBox()
    made.setDecimals(6)
    made.setRange(low, high)
    made.setSingleStep(step)
    made.setKeyboardTracking(False)
    made.setButtonSymbols(PlainSpinBox.ButtonSymbols.NoButtons)
    made.setAccessibleName(name)
    made.setToolTip(name)
    return made


def _shown(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else ""
