"""The zones of the Chinese national grid by width and number, with what the choice means."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from gisapp.model.geometry import Extent
from gisapp.model.text import tr
from gisapp.model.zones import Zone, all_zones, zone_at, zone_for, zone_of_crs
from gisapp.ui.card import button, label
from gisapp.ui.wheel import wheel_goes_on

WIDTHS = (3, 6)


class ZonePicker(QWidget):
    """Which zone, how wide, and whether its number stands in front of eastings."""

    chosen = Signal(str)  # EPSG name

    def __init__(self, near: Extent | None, parent: QWidget | None = None) -> None:
        """`near`: where the places of the project are, in degrees."""
        super().__init__(parent)
        self.setProperty("kind", "plain")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.proposed: Zone | None = None
        self.why = label("", "dim", wrap=True)
        self.take = button("", "link")
        self.take.clicked.connect(self._take)
        if near is not None:
            self.proposed, words = zone_for(near.left, near.right)
            self.why.setText(words)
        if self.proposed is not None:
            self.take.setText(tr("Choose zone {number}").format(number=self.proposed.number))
        self.why.setVisible(near is not None)
        self.take.setVisible(self.proposed is not None)
        self.width_box = wheel_goes_on(QComboBox())
        self.width_box.setAccessibleName(tr("Width of the zones"))
        for width in WIDTHS:
            self.width_box.addItem(tr("{width}° zones").format(width=width), width)
        self.zone_box = wheel_goes_on(QComboBox())
        self.zone_box.setAccessibleName(tr("Zone"))
        self.zone_box.setMinimumContentsLength(14)
        self.numbered = QCheckBox(tr("Zone number in front of eastings"))
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self.width_box)
        line.addWidget(self.zone_box, 1)
        first = QHBoxLayout()
        first.setSpacing(6)
        first.addWidget(self.why, 1)
        first.addWidget(self.take)
        column.addLayout(first)
        column.addLayout(line)
        column.addWidget(self.numbered)
        self._fill(self.proposed or Zone(38))
        self.width_box.activated.connect(lambda index: self._other_width())
        self.zone_box.activated.connect(lambda index: self._tell())
        self.numbered.clicked.connect(lambda on: self._tell())

    @property
    def zone(self) -> Zone:
        return Zone(int(self.zone_box.currentData()), self.numbered.isChecked())

    def show_crs(self, crs: str) -> None:
        """Follow a choice made elsewhere; another system than a zone leaves it as it is."""
        zone = zone_of_crs(crs)
        if zone is not None:
            self._fill(zone)

    def _fill(self, zone: Zone) -> None:
        self.width_box.setCurrentIndex(WIDTHS.index(zone.width))
        self.zone_box.clear()
        for one in all_zones(zone.width, False):
            words = tr("{number}: {meridian}°E ({west} to {east}°)")
            self.zone_box.addItem(
                words.format(
                    number=one.number,
                    meridian=one.central_meridian,
                    west=f"{one.west:g}",
                    east=f"{one.east:g}",
                ),
                one.number,
            )
        self.zone_box.setCurrentIndex(self.zone_box.findData(zone.number))
        self.numbered.setChecked(zone.numbered)

    def _other_width(self) -> None:
        """The zone of the other width in which the middle of this one lies."""
        width = int(self.width_box.currentData())
        old = self.zone
        if width != old.width:
            new = zone_at(old.central_meridian, width, old.numbered)
            if new is None:  # 3-degree zones begin a little farther west
                new = all_zones(width, old.numbered)[0]
            self._fill(new)
            self._tell()

    def _take(self) -> None:
        if self.proposed is not None:
            self._fill(self.proposed.with_number(self.numbered.isChecked()))
            self._tell()

    def _tell(self) -> None:
        self.chosen.emit(self.zone.crs)
