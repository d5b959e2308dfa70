"""What a person knows of a flight beside its files: the ground below it, and how high it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gisapp.app.flight_options import FlightOptions
from gisapp.io import raster
from gisapp.model.project import Project
from gisapp.model.style import ThermalStyle
from gisapp.model.text import tr
from gisapp.ui.card import label
from gisapp.ui.file_choice import choose_elevation
from gisapp.ui.form import PlainSpinBox, QuietCombo
from gisapp.ui.thermal_fields import plain_row

FLAT, OTHER = "", "…"


class FlightGround(QWidget):
    """`chosen`: something was changed; `options` puts it into those of a flight."""

    chosen = Signal()

    def __init__(self, folder: Path | None) -> None:
        """`folder`: of the project; layers name their files from there."""
        super().__init__()
        self.setProperty("kind", "plain")
        self._folder = folder or Path()
        self.ground = QuietCombo()
        self.ground.setAccessibleName(tr("Ground below the flight"))
        self.ground.setToolTip(
            tr("Slopes move what a frame shows, most of all where it looks to the side.")
        )
        self.above = PlainSpinBox()
        self.above.setRange(0, 9999)
        self.above.setDecimals(0)
        self.above.setSuffix(" m")
        self.above.setSpecialValueText(tr("as the files say"))
        self.above.setAccessibleName(tr("Height above ground"))
        self.above.setToolTip(
            tr("For all frames. Leave it where the files say it; hand-held cameras do not.")
        )
        self.above.setButtonSymbols(PlainSpinBox.ButtonSymbols.NoButtons)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.position = QuietCombo(
            [("xmp", tr("as the drone wrote (XMP)")), ("exif", tr("as in EXIF"))]
        )
        self.position.setAccessibleName(tr("Position"))
        self.position.setToolTip(
            tr(
                "Some cameras write two positions that lie metres apart. Try the other one where "
                "all frames are off the same way."
            )
        )
        names = [label(words, "dim") for words in (tr("Ground"), tr("Height"), tr("Position"))]
        wide = max(name.sizeHint().width() for name in names)
        for name, field in zip(names, (self.ground, self.above, self.position), strict=True):
            name.setMinimumWidth(wide)
            column.addWidget(plain_row(name, field))
        self._own: list[tuple[str, str]] = []  # files that are no layers
        self._layers: list[tuple[str, str]] = []
        self._before = 0
        self._fill([])
        self.ground.activated.connect(self._activated)
        self.above.editingFinished.connect(self.chosen)
        self.position.activated.connect(lambda number: self.chosen.emit())

    def show_project(self, project: Project) -> None:
        """Layers of heights to choose from."""
        found = [
            (layer.name, str(self._folder / layer.source.path))
            for layer in project.layers
            if layer.source.format in raster.DRIVERS
            and layer.role != "thermal"
            and isinstance(layer.style, ThermalStyle)
        ]
        self._fill(found)

    def show_options(self, options: FlightOptions) -> None:
        path = "" if options.elevation is None else str(options.elevation)
        if path and self.ground.findData(path) < 0:
            self._own.append((Path(path).name, path))
            self._fill(self._layers)
        self.ground.setCurrentIndex(self.ground.findData(path))
        self.above.setValue(options.height_m or 0)
        self.position.setCurrentIndex(self.position.findData(options.position))

    def options(self, before: FlightOptions) -> FlightOptions:
        path, height = str(self.ground.currentData() or ""), self.above.value()
        return replace(
            before,
            elevation=Path(path) if path not in (FLAT, OTHER) else None,
            height_m=height if height > 0 else None,
            position="exif" if self.position.currentData() == "exif" else "xmp",
        )

    def _fill(self, layers: list[tuple[str, str]]) -> None:
        entries = [
            (tr("flat"), FLAT),
            *layers,
            *self._own,
            (tr("Choose an elevation model…"), OTHER),
        ]
        listed = [
            (self.ground.itemText(n), self.ground.itemData(n)) for n in range(self.ground.count())
        ]
        self._layers = layers
        if listed == entries:
            return
        now = self.ground.currentData()
        self.ground.clear()
        for words, path in entries:
            self.ground.addItem(words, path)
        self._before = max(0, self.ground.findData(now))
        self.ground.setCurrentIndex(self._before)

    def _activated(self, number: int) -> None:
        if self.ground.itemData(number) != OTHER:
            self._before = number
            self.chosen.emit()
            return
        self.ground.setCurrentIndex(self._before)
        choose_elevation(self, self.use_file)

    def use_file(self, path: Path) -> None:
        """An elevation model that is no layer of the project."""
        if self.ground.findData(str(path)) < 0:
            self._own.append((path.name, str(path)))
            self._fill(self._layers)
        self._before = self.ground.findData(str(path))
        self.ground.setCurrentIndex(self._before)
        self.chosen.emit()
