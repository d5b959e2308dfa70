"""What else there is to a layer of temperatures: isotherms, limits, comparison, correction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from gisapp.app.colour_scales import scale_edit
from gisapp.app.jobs import Job
from gisapp.app.layer_import import with_option
from gisapp.app.thermal_difference import FORMATS, difference_layer
from gisapp.app.thermal_layers import correction_of, provenance_of, unit_of
from gisapp.app.thermal_measures import correct_edit
from gisapp.app.tool_desk import ToolDesk
from gisapp.model.edit import LayersEdit
from gisapp.model.errors import GisError
from gisapp.model.layer import Layer, LayerId
from gisapp.model.parameters import Limits
from gisapp.model.progress import Progress
from gisapp.model.style import Correction, ThermalStyle
from gisapp.model.text import tr
from gisapp.model.thermal_measure import Provenance
from gisapp.ui.card import button, label
from gisapp.ui.context import WindowContext
from gisapp.ui.form import PlainSpinBox, QuietCombo
from gisapp.ui.layer_facts import data_of
from gisapp.ui.messages import of_error
from gisapp.ui.side_panel import TaskCard
from gisapp.ui.style_fields import SizeField
from gisapp.ui.thermal_correction import CorrectionFields
from gisapp.ui.thermal_fields import plain_row
from gisapp.ui.thermal_isotherms import Isotherms
from gisapp.ui.thermal_scale import ThermalScale
from gisapp.ui.thermal_words import source_words

SMOOTH = (
    "nearest",
    "crisp",
    "bilinear",
)  # how cells are shown; see the readers' option `resampling`


class ThermalCard(TaskCard):
    """Of one layer; the scale itself stays in its own panel."""

    swipe_wanted = Signal(str)  # LayerId
    split_wanted = Signal()
    wide = True

    def __init__(
        self,
        context: WindowContext,
        layer: LayerId,
        desk: ToolDesk,
        scale: ThermalScale,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", context.theme.tokens, parent)
        self._context, self._id, self._scale = context, layer, scale
        self._column = self.scrolled()
        self._fields()
        self.isotherms = Isotherms(context.theme.tokens)
        self.correction = CorrectionFields(context, desk)
        for title, *parts in (
            (tr("Isotherms"), self.isotherms),
            (tr("Limits from what the map shows"), self.limits),
            (tr("Picture"), self.picture, self.opaque),
            (tr("Compare"), self.compare, self.subtract),
            (tr("Correction"), self.correction),
            (tr("Where the values are from"), self.source),
        ):
            self._column.addWidget(label(title, "group"))
            for part in parts:
                self._column.addWidget(part)
        self._column.addStretch(1)
        self.isotherms.chosen.connect(lambda bands: self._change(isotherms=bands))
        self.correction.chosen.connect(self._correct)
        store = context.workspace.store
        self.leave += [
            store.changed.subscribe(lambda change: self._show()),
            self.correction.close_subscriptions,
            lambda: desk.take("identify") if desk.tool.name == "thermal_reading" else None,
        ]
        if context.layer_data is not None:
            self.leave.append(context.layer_data.changed.subscribe(lambda one: self._show()))
        self._asked: object = None
        self._show()

    def _fields(self) -> None:
        self.lowest, self.highest = _percent(2.0), _percent(98.0)
        self.fit_button = button(tr("Set the limits"))
        self.fit_button.clicked.connect(
            lambda: self._scale.fit_to_view(self.lowest.value(), self.highest.value())
        )
        self.limits = plain_row(
            label(tr("From")), self.lowest, label(tr("to")), self.highest, self.fit_button
        )
        self.pixels = QuietCombo(
            [
                ("nearest", tr("Cells as they are")),
                ("crisp", tr("Smooth, cells when zoomed in")),
                ("bilinear", tr("Smooth between the cells")),
            ]
        )
        self.pixels.setAccessibleName(tr("How cells are shown"))
        self.pixels.activated.connect(self._use_pixels)
        self.picture = plain_row(label(tr("Shown"), "dim"), self.pixels)
        self.opacity = SizeField(Limits(0, 100, "%"))
        self.opacity.setAccessibleName(tr("Opacity"))
        self.opacity.setToolTip(tr("Opacity"))
        self.opacity.tried.connect(self._try_opacity)
        self.opacity.chosen.connect(self._use_opacity)
        self.opaque = plain_row(label(tr("Opacity"), "dim"), self.opacity)
        self.swipe_button = button(tr("Swipe"))
        self.split_button = button(tr("Side by side"))
        self.swipe_button.clicked.connect(lambda: self.swipe_wanted.emit(str(self._id)))
        self.split_button.clicked.connect(self.split_wanted)
        self.compare = plain_row(self.swipe_button, self.split_button)
        self.other = QuietCombo()
        self.other.setAccessibleName(tr("Layer to subtract"))
        self.subtract_button = button(tr("Make the difference"))
        self.subtract_button.clicked.connect(self._subtract)
        self.subtract = plain_row(label(tr("Minus"), "dim"), self.other, self.subtract_button)
        self.source = label("", "dim", wrap=True)

    @property
    def layer(self) -> Layer | None:
        layers = self._context.workspace.store.project.layers
        return next((layer for layer in layers if layer.id == self._id), None)

    def _show(self) -> None:
        layer = self.layer
        if layer is None or not isinstance(layer.style, ThermalStyle):
            self.closed.emit()
            return
        data = data_of(self._context, layer)
        unit = unit_of(layer, data)
        self.set_title(layer.name)
        self.isotherms.show_style(layer.style, unit)
        self.correction.show_layer(layer, correction_of(layer), unit)
        self.opacity.set_value(round(100 * layer.opacity))
        how = layer.source.option("resampling", "nearest")
        self.pixels.setCurrentIndex(self.pixels.findData(how if how in SMOOTH else "nearest"))
        self._fill_others(layer)
        editable = not self._context.read_only
        for part in (self.isotherms, self.limits, self.picture, self.opaque, self.correction):
            part.setEnabled(editable)
        self.subtract.setEnabled(editable and self.other.count() > 0)
        self._ask_source(layer, data)

    def _fill_others(self, layer: Layer) -> None:
        project, now = self._context.workspace.store.project, self.other.currentData()
        self.other.clear()
        possible = project.layers[::-1] if layer.source.format in FORMATS else ()
        for one in possible:
            fits = isinstance(one.style, ThermalStyle) and one.source.format in FORMATS
            if fits and one.role == layer.role and one.id != layer.id:
                self.other.addItem(one.name, str(one.id))
        self.other.setCurrentIndex(max(0, self.other.findData(now)))

    def _ask_source(self, layer: Layer, data: object) -> None:
        """Decoder and parameters are in the file: read on a worker."""
        if data is None or data is self._asked:
            return
        self._asked = data

        def work(progress: Progress) -> Provenance:
            return provenance_of(data)

        def done(found: Provenance) -> None:
            if self._asked is data:
                self.source.setText("\n".join(source_words(found, unit_of(layer, data))))

        job = Job(tr("Values of {layer}").format(layer=layer.name), work, quiet=True)
        self.leave.append(job.done.subscribe(done))
        self._context.jobs.start(job)

    def _change(self, **values: Any) -> None:
        store = self._context.workspace.store
        edit = scale_edit(tr("Change the temperature scale"), store.project, self._id, **values)
        if edit is not None:
            store.apply(edit)

    def _replace(self, words: str, new: Layer) -> None:
        store = self._context.workspace.store
        before = store.project.layers
        after = tuple(new if layer.id == new.id else layer for layer in before)
        if after != before:
            store.apply(LayersEdit(words, before, after))

    def _use_pixels(self) -> None:
        layer = self.layer
        if layer is not None:
            words = tr("Picture of {layer}").format(layer=layer.name)
            self._replace(words, with_option(layer, resampling=self.pixels.currentData()))

    def _try_opacity(self, percent: float) -> None:
        layer, view = self.layer, self._context.map_view
        if layer is not None and view is not None:
            view.try_out(replace(layer, opacity=percent / 100))

    def _use_opacity(self) -> None:
        layer, view = self.layer, self._context.map_view
        if layer is not None:
            words = tr("Opacity of {layer}").format(layer=layer.name)
            self._replace(words, replace(layer, opacity=self.opacity.value() / 100))
        if view is not None:
            view.try_out(None)

    def _correct(self, correction: Correction) -> None:
        store = self._context.workspace.store
        try:
            edit = correct_edit(store.project, self._id, correction)
        except GisError as error:
            self._fail(error)
            return
        if edit is not None:
            store.apply(edit)
        self._show()

    def _subtract(self) -> None:
        store, layer = self._context.workspace.store, self.layer
        chosen = self.other.currentData()
        if layer is None or chosen is None:
            return
        try:
            other = store.project.layer(LayerId(chosen))
            made = difference_layer(layer, other, self._context.folder)
        except GisError as error:
            self._fail(error)
            return
        before = store.project.layers
        at = max(before.index(layer), before.index(other)) + 1
        label_ = tr("Add {layer}").format(layer=made.name)
        store.apply(LayersEdit(label_, before, (*before[:at], made, *before[at:])))

    def _fail(self, error: GisError) -> None:
        message = of_error(error)
        if message is not None:
            self._context.say(message)


def _percent(value: float) -> PlainSpinBox:
    made = PlainSpinBox()
    made.setDecimals(1)
    made.setRange(0, 100)
    made.setValue(value)
    made.setSuffix(" %")
    made.setButtonSymbols(PlainSpinBox.ButtonSymbols.NoButtons)
    made.setAccessibleName(tr("Percentile"))
    return made
