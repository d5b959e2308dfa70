"""Emissivity, air and distance of a frame: the picture on the map follows each slider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from gisapp.app.flight_pictures import colours_of_counts, frame_colours
from gisapp.app.jobs import Job
from gisapp.io.thermal_image import open_thermal_image
from gisapp.model.crs import Coordinates
from gisapp.model.errors import ParameterError
from gisapp.model.progress import Progress
from gisapp.model.style import ThermalStyle
from gisapp.model.text import tr
from gisapp.model.thermal_image import Sky, ThermalImage, ThermalParameters, off_nadir_note
from gisapp.render.thermal_colours import lookup_of
from gisapp.ui.card import button, label, restyle
from gisapp.ui.context import WindowContext
from gisapp.ui.flight_overlay import FlightOverlay, ShownFrame
from gisapp.ui.flight_sightings import image_of
from gisapp.ui.form import PlainSpinBox, QuietCombo
from gisapp.ui.side_panel import TaskCard
from gisapp.ui.thermal_fields import plain_row
from gisapp.ui.wheel import wheel_goes_on

_STEPS = 400  # of a slider


@dataclass(frozen=True)
class Subject:
    """The frame that is looked at. `parameters` None: those of its file. `corners` 4 x 2 in the
    map's system, `off_nadir` in degrees."""

    path: Path
    corners: Coordinates
    offset: float
    parameters: ThermalParameters | None
    style: ThermalStyle
    off_nadir: float = 0.0


class ParameterField(QWidget):
    """A slider and a number. `tried` follows the hand, `chosen` comes once it lets go."""

    tried = Signal()
    chosen = Signal()

    def __init__(self, name: str, low: float, high: float, digits: int, unit: str) -> None:
        super().__init__()
        self._low, self._high = low, high
        self.slider = wheel_goes_on(QSlider(Qt.Orientation.Horizontal))
        self.slider.setRange(0, _STEPS)
        self.number = PlainSpinBox()
        self.number.setDecimals(digits)
        self.number.setRange(*_typed_range(low, high, unit))
        self.number.setSingleStep(10.0**-digits)
        self.number.setKeyboardTracking(False)
        self.number.setFixedWidth(92)
        if unit:
            self.number.setSuffix(f" {unit}")
        for part in (self, self.slider, self.number):
            part.setAccessibleName(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.slider, 1)
        row.addWidget(self.number)
        self.setFocusProxy(self.number)
        self.slider.valueChanged.connect(self._moved)
        self.slider.sliderReleased.connect(self.chosen)
        self.number.valueChanged.connect(self._typed)

    def value(self) -> float:
        return self.number.value()

    def set_value(self, value: float) -> None:
        share = (value - self._low) / (self._high - self._low)
        for part, shown in ((self.number, value), (self.slider, round(_STEPS * share))):
            before = part.blockSignals(True)
            part.setValue(shown)  # type: ignore[arg-type]
            part.blockSignals(before)

    def _moved(self, place: int) -> None:
        before = self.number.blockSignals(True)
        self.number.setValue(self._low + (self._high - self._low) * place / _STEPS)
        self.number.blockSignals(before)
        self.tried.emit()
        if not self.slider.isSliderDown():
            self.chosen.emit()

    def _typed(self, value: float) -> None:
        self.set_value(value)
        self.tried.emit()
        self.chosen.emit()


def _typed_range(low: float, high: float, unit: str) -> tuple[float, float]:
    """What may be typed reaches beyond the slider, where that can be."""
    wide = {"°C": (-150.0, 1000.0), "m": (0.0, 10_000.0), "%": (0.0, 100.0)}
    return wide.get(unit, (0.01, 1.0))


class ParametersCard(TaskCard):
    """`use` keeps the parameters for the frame's layer, `use_for_all` for its whole flight; what
    cannot be is None."""

    wide = True

    def __init__(
        self,
        context: WindowContext,
        overlay: FlightOverlay,
        subject: Subject,
        use: Callable[[ThermalParameters], None] | None,
        use_for_all: Callable[[ThermalParameters], None] | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(tr("Emissivity and air"), context.theme.tokens, parent)
        self._overlay, self.subject, self._use = overlay, subject, use
        self._use_for_all = use_for_all
        self._lookup = lookup_of(subject.style)
        self.image: ThermalImage | None = None
        self.repaint_ms = 0.0  # of the latest repaint, from the slider to the picture
        self._fields_of(context)
        self._enable(on=False)
        path = subject.path

        def work(progress: Progress) -> ThermalImage:
            return open_thermal_image(path)

        job = Job(tr("Reading {file}").format(file=path.name), work)
        self.leave += [
            job.done.subscribe(self._opened),
            job.changed.subscribe(lambda one: self._told(one.error)),
            lambda: overlay.lift(None),
        ]
        context.jobs.start(job)

    def _fields_of(self, context: WindowContext) -> None:
        self.emissivity = ParameterField(tr("Emissivity"), 0.8, 1.0, 3, "")
        self.reflected = ParameterField(tr("Reflected temperature"), -60.0, 60.0, 1, "°C")
        self.air = ParameterField(tr("Temperature of the air"), -30.0, 50.0, 1, "°C")
        self.humidity = ParameterField(tr("Humidity"), 0.0, 100.0, 0, "%")
        self.distance = ParameterField(tr("Distance"), 0.0, 200.0, 1, "m")
        self.fields = {
            "emissivity": self.emissivity,
            "reflected_c": self.reflected,
            "air_c": self.air,
            "humidity": self.humidity,
            "distance_m": self.distance,
        }
        self.sky = QuietCombo(
            [
                ("clear", tr("Water, clear sky (0.98, −25 °C)")),
                ("scattered", tr("Water, some clouds (0.98, −10 °C)")),
                ("overcast", tr("Water, overcast (0.98, as the air)")),
            ]
        )
        self.sky.setAccessibleName(tr("Preset"))
        self.preset = button(tr("Use"), name=tr("Use the preset"))
        self.preset.clicked.connect(self._use_preset)
        self.own = button(tr("As in the file"))
        self.own.clicked.connect(self._as_in_file)
        self.what = label(self.subject.path.name, "title", wrap=True)
        self.decoder = label("", "dim", wrap=True)
        self.warning = label("", "warn", wrap=True)
        self.warning.hide()
        self.use = button(tr("Use for this frame"), "primary")
        self.use_all = button(tr("Use for the flight"))
        self.use.clicked.connect(lambda: self._use and self._use(self.parameters()))
        self.use_all.clicked.connect(
            lambda: self._use_for_all and self._use_for_all(self.parameters())
        )
        self.use.setVisible(self._use is not None)
        self.use_all.setVisible(self._use_for_all is not None)
        if self._use is None:
            restyle(self.use_all, "kind", "primary")
        column = self.scrolled()
        column.addWidget(self.what)
        column.addWidget(plain_row(self.sky, self.preset))
        for field in self.fields.values():
            column.addWidget(label(field.accessibleName(), "dim"))
            column.addWidget(field)
            field.tried.connect(self._repaint)
            field.chosen.connect(self._say_decoding)
        column.addWidget(self.own, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.warning)
        column.addWidget(self.decoder)
        buttons = plain_row(self.use, self.use_all)
        buttons.layout().addStretch(1)  # type: ignore[union-attr]
        column.addWidget(buttons)
        column.addWidget(label(tr("The files of the camera stay as they are."), "dim", wrap=True))
        column.addStretch(1)

    def parameters(self) -> ThermalParameters:
        """As they are set now."""
        said = {name: field.value() for name, field in self.fields.items()}
        return ThermalParameters(**{**said, "humidity": said["humidity"] / 100})

    def show_parameters(self, parameters: ThermalParameters) -> None:
        for name, value in asdict(parameters).items():
            self.fields[name].set_value(100 * value if name == "humidity" else value)
        self._repaint()
        self._say_decoding()

    def _enable(self, *, on: bool) -> None:
        parts = (*self.fields.values(), self.sky, self.preset, self.own, self.use, self.use_all)
        for part in parts:
            part.setEnabled(on)

    def _opened(self, image: ThermalImage) -> None:
        self.image = image
        relative = image.decoding.is_relative
        self._enable(on=not relative)
        self.show_parameters(self.subject.parameters or image.parameters)

    def _told(self, error: Exception | None) -> None:
        if error is not None:
            self.decoder.setText(str(error))

    def _use_preset(self) -> None:
        skies: dict[str, Sky] = {"clear": "clear", "scattered": "scattered", "overcast": "overcast"}
        sky = skies[str(self.sky.currentData())]
        self.show_parameters(self.parameters().over_water(sky))

    def _as_in_file(self) -> None:
        if self.image is not None:
            self.show_parameters(self.image.parameters)

    def _repaint(self) -> None:
        """One table of 65,536 colours and one look-up for each pixel."""
        if self.image is None:
            return
        begin = perf_counter()
        try:
            table = colours_of_counts(
                self.image, self.parameters(), self.subject.offset, self._lookup
            )
        except ParameterError as error:
            self._warn(error.message)
            return
        pixels = frame_colours(self.image, table)
        self._overlay.lift(ShownFrame(image_of(pixels), self.subject.corners, 1.0))
        self.repaint_ms = 1000 * (perf_counter() - begin)
        self._warn(off_nadir_note(self.subject.off_nadir))

    def _warn(self, words: str) -> None:
        self.warning.setText(words)
        self.warning.setVisible(bool(words))

    def _say_decoding(self) -> None:
        image = self.image
        if image is None:
            return
        try:
            decoding = image.decoding_at(self.parameters())
        except ParameterError:
            return
        if decoding.accuracy_c is None:
            accuracy = tr("relative temperatures only: differences count, the zero is not known")
        else:
            accuracy = tr("± {accuracy:g} °C").format(accuracy=round(decoding.accuracy_c, 2))
        middle = np.nanmean(image.table(self.parameters())[image.raw[::8, ::8]])
        mean = tr("mean of the frame {mean:.2f} °C").format(
            mean=float(middle) + self.subject.offset
        )
        lines = [f"{image.camera} · {decoding.decoder}", f"{accuracy} · {mean}", *decoding.notes]
        self.decoder.setText("\n".join(lines))
