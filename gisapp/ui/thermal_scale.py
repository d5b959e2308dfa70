"""The temperature scale: which values have which colours, set with the hand or typed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QWidget

from gisapp.app.colour_scales import (
    scale_edit,
    scale_names,
    share_all_edit,
    share_edit,
    sharing,
)
from gisapp.app.jobs import Job
from gisapp.app.thermal_layers import corrected_statistics, correction_of, view_limits
from gisapp.io.raster_statistics import RasterStatistics
from gisapp.model.errors import ParameterError
from gisapp.model.layer import Layer, LayerId
from gisapp.model.parameters import parameters_of
from gisapp.model.progress import Progress
from gisapp.model.style import ThermalStyle
from gisapp.model.text import tr
from gisapp.render.thermal_colours import PALETTES, palette_title, stops_of
from gisapp.ui.card import Card, button, icon_button, label
from gisapp.ui.context import Message, WindowContext
from gisapp.ui.histogram import Histogram
from gisapp.ui.layer_facts import data_of
from gisapp.ui.theme import Tokens
from gisapp.ui.thermal_fields import DIGITS, plain_row, popup_button, swatch, value_box
from gisapp.ui.wheel import wheel_goes_on

BESIDE_TITLE, LEAST = 96, 32  # pixels: buttons and margins; what a name needs to be of use


def chosen_layer(context: WindowContext) -> Layer | None:
    """The active layer if it is one of values, else the topmost visible one."""
    active = context.workspace.active_layer
    if active is not None and active.visible and isinstance(active.style, ThermalStyle):
        return active
    layers = reversed(context.workspace.store.project.layers)
    shown = (la for la in layers if la.visible and isinstance(la.style, ThermalStyle))
    return next(shown, None)


class ThermalScale(Card):
    """Of the active layer of values, or the topmost. The map follows the hand; the edit is one."""

    settings_wanted = Signal(str)  # LayerId: isotherms, comparison, correction
    measure_wanted = Signal()

    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(tr("Temperature scale"), parent=parent)
        self._context = context
        self.layer: Layer | None = None
        self._data: object | None = None
        self._statistics: RasterStatistics | None = None
        self.histogram = Histogram()
        self.low, self.high = value_box(tr("Lowest colour at")), value_box(tr("Highest colour at"))
        self.palette_box = wheel_goes_on(QComboBox())
        self.palette_box.setAccessibleName(tr("Palette"))
        self.palette_box.setIconSize(QSize(44, 12))
        for name in PALETTES:
            self.palette_box.addItem(swatch(name), palette_title(name), name)
        self.fit_button = button(tr("Fit"), name=tr("Fit to the values"))
        self.fit_button.setToolTip(tr("From the 2nd to the 98th of 100 values"))
        tokens = context.theme.tokens
        self.fit_menu = popup_button("chevron_down", tr("Fit to what the map shows"), tokens)
        self.invert_button = icon_button("theme", tr("Turn the palette round"), tokens)
        self.invert_button.setCheckable(True)
        self.share_button = popup_button("lock", tr("Share the scale with other layers"), tokens)
        self.share_button.setCheckable(True)
        self.measure_button = icon_button("target", tr("Measure temperatures"), tokens)
        words = tr("Isotherms, comparison, correction")
        self.more_button = icon_button("settings", words, tokens)
        self.empty = label(
            tr("Show a layer of temperatures to set its colours here."), "dim", wrap=True
        )
        self.row = plain_row(self.low, self.high, self.fit_button, self.fit_menu)
        self.second = plain_row(
            self.palette_box,
            self.invert_button,
            self.share_button,
        )
        for made in (self.measure_button, self.more_button):
            made.setFixedSize(24, 24)
            made.setIconSize(QSize(15, 15))
            self.head.addWidget(made)
        self.add(self.histogram, 1)
        self.add(self.row)
        self.add(self.second)
        self.add(self.empty)
        self.body.addStretch(0)
        self.invert_button.clicked.connect(lambda on: self._change(inverted=on))
        self.measure_button.clicked.connect(self.measure_wanted)
        self.more_button.clicked.connect(self._ask_settings)
        self._fill_fit_menu()
        menu = self.share_button.menu()
        assert menu is not None
        menu.aboutToShow.connect(self._fill_share_menu)
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
            context.workspace.active_layer_changed.subscribe(lambda layer: self.refresh()),
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
        self.layer = chosen_layer(self._context)
        for part in (self.histogram, self.row, self.second):
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

        def work(progress: Progress) -> RasterStatistics | None:
            found: RasterStatistics | None = ask(progress)
            return found

        job = Job(tr("Values of {layer}").format(layer=layer.name), work, quiet=True)

        def arrived(found: RasterStatistics | None) -> None:
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
        self._show_name(layer, style)
        found = self._shown_statistics(layer)
        colours = stops_of(style, 33, isotherms=True)
        if found is not None:
            self.histogram.show_counts(found.counts, found.low, found.high, colours)
        else:
            none = np.zeros(0, np.int64)
            self.histogram.show_counts(none, style.low, style.high, colours)
        self.fit_button.setEnabled(found is not None and self._may_change)
        self._show_limits(style.low, style.high, unit)
        self.palette_box.setCurrentIndex(self.palette_box.findData(style.ramp))
        self.invert_button.setChecked(style.inverted)
        self.share_button.setChecked(bool(style.scale))
        for part in (
            self.histogram,
            self.low,
            self.high,
            self.palette_box,
            self.invert_button,
            self.share_button,
            self.fit_menu,
        ):
            part.setEnabled(self._may_change)

    def _show_name(self, layer: Layer, style: ThermalStyle) -> None:
        """Of the layer, in the room that the title leaves: that is never cut for it."""
        together = sharing(self._context.workspace.store.project.layers, layer)
        names = ", ".join(one.name for one in together)
        shared = tr("shared by {n} layers").format(n=len(together))
        words = shared if len(together) > 1 else layer.name
        room = self.width() - self.title.sizeHint().width() - BESIDE_TITLE
        metrics, elide = self.note.fontMetrics(), Qt.TextElideMode.ElideRight
        if len(together) > 1 and metrics.horizontalAdvance(words) > room:
            words = tr("{n} layers").format(n=len(together))
        self.note.setText(metrics.elidedText(words, elide, room) if room >= LEAST else "")
        whole = f"{style.scale}: {names}" if style.scale else layer.name
        self.note.setToolTip(whole)
        self.title.setToolTip(whole)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.layer is not None and isinstance(self.layer.style, ThermalStyle):
            self._show_name(self.layer, self.layer.style)

    def _shown_statistics(self, layer: Layer) -> RasterStatistics | None:
        found = self._statistics
        return None if found is None else corrected_statistics(found, correction_of(layer))

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
            layers = self._context.workspace.store.project.layers
            together = [
                replace(one, style=replace(one.style, low=low, high=high))
                for one in sharing(layers, layer)
                if isinstance(one.style, ThermalStyle)
            ]
            self._show_trial(*together)

    def _show_trial(self, *layers: Layer | None) -> None:
        if self._context.map_view is not None:
            self._context.map_view.try_out(*layers)

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
        self._change(ramp=self.palette_box.currentData())

    def _fit(self) -> None:
        layer = self.layer
        found = None if layer is None else self._shown_statistics(layer)
        if found is not None:
            self._set_limits(found.p2, found.p98)

    def fit_to_view(self, lowest: float, highest: float) -> None:
        """Limits at percentiles (0 to 100) of the values the map shows now."""
        layer, view = self.layer, self._context.map_view
        data: Any = None if layer is None else data_of(self._context, layer)
        if layer is None or view is None or data is None:
            return
        grid = view.camera.grid

        def work(progress: Progress) -> tuple[float, float] | None:
            return view_limits(layer, data, grid, (lowest, highest), progress)

        def arrived(found: tuple[float, float] | None) -> None:
            if found is None:
                words = tr("The map shows no value of {layer}").format(layer=layer.name)
                self._context.say(Message(words, "warning", key="thermal fit"))
            elif self.layer is not None and self.layer.id == layer.id:
                low, high = found
                self._set_limits(low, max(high, low + 10.0**-DIGITS))

        job = Job(tr("Values of {layer}").format(layer=layer.name), work, quiet=True)
        self._leave.append(job.done.subscribe(arrived))
        self._context.jobs.start(job, instead_of="fit to view")

    def _fill_fit_menu(self) -> None:
        menu = self.fit_menu.menu()
        assert menu is not None
        for low, high in ((2.0, 98.0), (0.5, 99.5), (0.0, 100.0)):
            words = tr("Map: from {low:g} to {high:g} %").format(low=low, high=high)
            if (low, high) == (0.0, 100.0):
                words = tr("Map: all values")
            action = QAction(words, menu)
            action.triggered.connect(partial(self.fit_to_view, low, high))
            menu.addAction(action)

    def _fill_share_menu(self) -> None:
        menu, layer = self.share_button.menu(), self.layer
        if menu is None or layer is None or not isinstance(layer.style, ThermalStyle):
            return
        menu.clear()
        project, now = self._context.workspace.store.project, layer.style.scale
        thermal = [la.id for la in project.layers if _alike(la, layer)]
        if len(thermal) > 1:
            words = tr("One scale for all {n} layers of temperatures").format(n=len(thermal))
            menu.addAction(words, lambda: self._share_all(thermal))
            menu.addSeparator()
        for name in ("", *scale_names(project.layers)):
            action = QAction(name or tr("A scale of its own"), menu)
            action.setCheckable(True)
            action.setChecked(name == now)
            action.triggered.connect(partial(self._share, name))
            menu.addAction(action)

    def _share(self, name: str, checked: bool = True) -> None:
        store = self._context.workspace.store
        edit = None if self.layer is None else share_edit(store.project, self.layer.id, name)
        if edit is not None:
            store.apply(edit)
        self._show()

    def _share_all(self, layers: list[LayerId]) -> None:
        store = self._context.workspace.store
        edit = self.layer and share_all_edit(store.project, layers, self.layer.id)
        if edit:
            store.apply(edit)
        self._show()

    def _ask_settings(self) -> None:
        if self.layer is not None:
            self.settings_wanted.emit(str(self.layer.id))

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
        edit = scale_edit(tr("Change the temperature scale"), store.project, layer.id, **values)
        if edit is not None:
            store.apply(edit)


def _alike(one: Layer, other: Layer) -> bool:
    """Layers whose values mean the same: both of temperatures, or neither."""
    return isinstance(one.style, ThermalStyle) and one.role == other.role


def _acceptable(style: ThermalStyle) -> bool:
    try:
        for parameter in parameters_of(ThermalStyle):
            parameter.check(getattr(style, parameter.name))
    except ParameterError:
        return False
    return True
