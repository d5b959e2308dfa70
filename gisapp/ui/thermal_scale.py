"""The temperature scale: which values have which colours, set with the hand or typed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Protocol

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QLinearGradient, QPainter, QPixmap
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QWidget

from gisapp.app.jobs import Job
from gisapp.model.edit import LayersEdit
from gisapp.model.errors import ParameterError
from gisapp.model.layer import Layer
from gisapp.model.parameters import parameters_of
from gisapp.model.progress import Progress
from gisapp.model.style import ThermalStyle
from gisapp.model.text import tr
from gisapp.render.ramps import RAMPS, ramp
from gisapp.ui.card import Card, button, label
from gisapp.ui.context import WindowContext
from gisapp.ui.histogram import Histogram
from gisapp.ui.layer_facts import data_of
from gisapp.ui.theme import Tokens

DIGITS = 2  # limits are rounded to hundredths of the unit


class Statistics(Protocol):
    """What a raster says of its values: see gisapp.io.raster.RasterStatistics."""

    low: float
    high: float
    p2: float
    p98: float
    counts: Any


def ramp_stops(name: str, steps: int = 9) -> list[str]:
    """#RRGGBB along a palette."""
    colours = ramp(name)
    last = len(colours) - 2  # the very last entry is "no data"
    picked = [colours[round(n * last / (steps - 1))] for n in range(steps)]
    return [f"#{int(r):02x}{int(g):02x}{int(b):02x}" for r, g, b, *_ in picked]


class ThermalScale(Card):
    """Of the topmost visible layer of values. The map follows the hand; the edit is one."""

    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(tr("Temperature scale"), parent=parent)
        self._context = context
        self.layer: Layer | None = None
        self._data: object | None = None
        self._statistics: Statistics | None = None
        self.histogram = Histogram()
        self.low, self.high = _box(tr("Lowest colour at")), _box(tr("Highest colour at"))
        self.palette_box = QComboBox()
        self.palette_box.setAccessibleName(tr("Palette"))
        self.palette_box.setIconSize(QSize(44, 12))
        for name in RAMPS:
            self.palette_box.addItem(_swatch(name), name)
        self.fit_button = button(tr("Fit"), name=tr("Fit to the values"))
        self.fit_button.setToolTip(tr("From the 2nd to the 98th of 100 values"))
        self.empty = label(
            tr("Show a layer of temperatures to set its colours here."), "dim", wrap=True
        )
        self.row = QWidget()
        self.row.setProperty("kind", "plain")
        line = QHBoxLayout(self.row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        for part in (self.low, self.high):
            line.addWidget(part, 1)
        line.addWidget(self.fit_button)
        self.add(self.histogram, 1)
        self.add(self.row)
        self.add(self.palette_box)
        self.add(self.empty)
        self.body.addStretch(0)
        self.histogram.dragged.connect(self._try_out)
        self.histogram.chosen.connect(self._set_limits)
        self.low.editingFinished.connect(partial(self._typed, self.low))
        self.high.editingFinished.connect(partial(self._typed, self.high))
        self.palette_box.activated.connect(self._set_palette)
        self.fit_button.clicked.connect(self._fit)
        self.dress(context.theme.tokens)
        store = context.workspace.store
        self._leave = [
            store.changed.subscribe(lambda change: self._changed()),
            store.refused.subscribe(self._refused),
            context.theme.changed.subscribe(self.dress),
        ]
        if context.layer_data is not None:
            self._leave.append(context.layer_data.changed.subscribe(lambda layer: self.refresh()))
        self.refresh()

    def close_subscriptions(self) -> None:
        for leave in self._leave:
            leave()

    def dress(self, tokens: Tokens) -> None:
        self.histogram.tokens = tokens
        self.histogram.update()

    def _changed(self) -> None:
        if not self.histogram.is_held:
            self._show_trial(None)
        self.refresh()

    def refresh(self) -> None:
        """The project or its data changed."""
        layers = self._context.workspace.store.project.layers
        self.layer = next(
            (la for la in reversed(layers) if la.visible and isinstance(la.style, ThermalStyle)),
            None,
        )
        for part in (self.histogram, self.row, self.palette_box):
            part.setVisible(self.layer is not None)
        self.empty.setVisible(self.layer is None)
        if self.layer is None:
            self.note.setText("")
            return
        self._load(self.layer)
        if not self.histogram.is_held:
            self._show()

    def _load(self, layer: Layer) -> None:
        data = data_of(self._context, layer)
        if data is self._data:
            return
        self._data, self._statistics = data, None
        ask = getattr(data, "statistics", None)
        if ask is None:
            return

        def work(progress: Progress) -> Statistics | None:
            found: Statistics | None = ask(progress)
            return found

        job = Job(tr("Values of {layer}").format(layer=layer.name), work, quiet=True)

        def arrived(found: Statistics | None) -> None:
            if self._data is data:
                self._statistics = found
                self._show()

        job.done.subscribe(arrived)
        self._context.jobs.start(job, instead_of="temperature scale")

    def _show(self) -> None:
        layer = self.layer
        if layer is None or not isinstance(layer.style, ThermalStyle):
            return
        style = layer.style
        unit = getattr(self._data, "unit", "") or ("°C" if layer.role == "thermal" else "")
        self.note.setText(layer.name)
        self.note.setToolTip(layer.name)
        found = self._statistics
        colours = ramp_stops(style.ramp)
        if found is not None:
            self.histogram.show_counts(found.counts, found.low, found.high, colours)
        else:
            none = np.zeros(0, np.int64)
            self.histogram.show_counts(none, style.low, style.high, colours)
        self.fit_button.setEnabled(found is not None and self._may_change)
        self._show_limits(style.low, style.high, unit)
        self.palette_box.setCurrentText(style.ramp)
        for part in (self.histogram, self.low, self.high, self.palette_box):
            part.setEnabled(self._may_change)

    @property
    def _may_change(self) -> bool:
        return not self._context.workspace.store.read_only

    def _show_limits(self, low: float, high: float, unit: str = "") -> None:
        self.histogram.show_limits(low, high)
        for box, value in ((self.low, low), (self.high, high)):
            box.blockSignals(True)
            box.setDecimals(1 if high - low >= 2 else DIGITS)
            if unit:
                box.setSuffix(f" {unit}")
            box.setValue(value)
            box.blockSignals(False)

    def _try_out(self, low: float, high: float) -> None:
        layer = self.layer
        if layer is not None and isinstance(layer.style, ThermalStyle):
            self._show_limits(low, high)
            style = replace(layer.style, low=low, high=high)
            self._show_trial(replace(layer, style=style))

    def _show_trial(self, layer: Layer | None) -> None:
        if self._context.map_view is not None:
            self._context.map_view.try_out(layer)

    def _refused(self, error: Exception) -> None:
        self._show_trial(None)
        self._show()

    def _set_limits(self, low: float, high: float) -> None:
        self._change(low=round(low, DIGITS), high=round(high, DIGITS))

    def _typed(self, box: QDoubleSpinBox) -> None:
        """The other limit keeps its exact value, or steps aside: what was typed counts."""
        layer = self.layer
        if layer is None or not isinstance(layer.style, ThermalStyle):
            return
        low, high, step = layer.style.low, layer.style.high, 10.0**-DIGITS
        shown = low if box is self.low else high
        if abs(box.value() - shown) < 0.5 * 10.0 ** -box.decimals():
            return
        if box is self.low:
            low, high = box.value(), max(high, box.value() + step)
        else:
            low, high = min(low, box.value() - step), box.value()
        self._set_limits(low, high)

    def _set_palette(self) -> None:
        self._change(ramp=self.palette_box.currentText())

    def _fit(self) -> None:
        if self._statistics is not None:
            self._set_limits(self._statistics.p2, self._statistics.p98)

    def _change(self, **values: Any) -> None:
        """One edit; the trial picture stays until the edit is safe."""
        layer, store = self.layer, self._context.workspace.store
        if layer is None or not isinstance(layer.style, ThermalStyle):
            return
        style = replace(layer.style, **values)
        if style == layer.style or not _acceptable(style):
            self._show_trial(None)
            self._show()
            return
        before = store.project.layers
        after = tuple(replace(la, style=style) if la.id == layer.id else la for la in before)
        store.apply(LayersEdit(tr("Change the temperature scale"), before, after))


def _acceptable(style: ThermalStyle) -> bool:
    try:
        for parameter in parameters_of(ThermalStyle):
            parameter.check(getattr(style, parameter.name))
    except ParameterError:
        return False
    return True


def _box(name: str) -> QDoubleSpinBox:
    made = QDoubleSpinBox()
    made.setRange(-273.15, 2000)
    made.setDecimals(DIGITS)
    made.setSingleStep(0.5)
    made.setKeyboardTracking(False)
    made.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
    made.setAccessibleName(name)
    made.setToolTip(name)
    return made


def _swatch(name: str) -> QIcon:
    made = QPixmap(88, 24)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    gradient = QLinearGradient(0, 0, 88, 0)
    for number, colour in enumerate(ramp_stops(name)):
        gradient.setColorAt(number / 8, QColor(colour))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(gradient)
    painter.drawRoundedRect(0, 0, 88, 24, 4, 4)
    painter.end()
    return QIcon(made)
