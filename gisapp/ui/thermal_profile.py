"""The temperatures along a line as a chart: metres across, values up, gaps where there are none."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, Signal
from PySide6.QtWidgets import QWidget

from gisapp.analysis.thermal_measure import Profile
from gisapp.model.text import tr
from gisapp.ui.plain_chart import dress_chart, plain_chart
from gisapp.ui.theme import Tokens

EMPTY = Profile(np.zeros(0), np.zeros(0))


class ProfilePlot(QWidget):
    """`pointed`: what is under the pointer, and which share of the line that is (0 to 1)."""

    pointed = Signal(str, float)
    left = Signal()

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        import pyqtgraph as pg

        super().__init__(parent)
        self._pg: Any = pg
        self.profile, self.unit = EMPTY, "°C"
        self.plot = plain_chart(self, tr("Temperatures along the line"), 0.04)
        self._line = self.plot.plot([], [], connect="finite", antialias=True)
        self._cursor = pg.InfiniteLine(angle=90)
        self._dot = pg.ScatterPlotItem(symbol="o", size=7, pxMode=True)
        for item in (self._cursor, self._dot):
            self.plot.addItem(item, ignoreBounds=True)
            item.hide()
        self.plot.scene().sigMouseMoved.connect(self._hover)
        self.setMinimumHeight(150)
        self.dress(tokens)

    def dress(self, tokens: Tokens) -> None:
        pg = self._pg
        dress_chart(self.plot, tokens, self.font())
        self._line.setPen(pg.mkPen(tokens.accent, width=1.5))
        self._cursor.setPen(pg.mkPen(tokens.dim, width=1))
        self._dot.setPen(pg.mkPen(tokens.panel, width=1))
        self._dot.setBrush(pg.mkBrush(tokens.accent))

    def show_profile(self, profile: Profile, unit: str) -> None:
        self.profile, self.unit = profile, unit
        self._line.setData(profile.distance, profile.values)
        self.plot.setLabel("left", unit)
        self.plot.setLabel("bottom", tr("Metres along the line"))
        self.plot.getViewBox().autoRange()
        self._cursor.hide()
        self._dot.hide()

    def _hover(self, at: QPointF) -> None:
        box, (far, values) = self.plot.getViewBox(), (self.profile.distance, self.profile.values)
        if not len(far) or not box.sceneBoundingRect().contains(at):
            self._end()
            return
        metres = float(np.clip(box.mapSceneToView(at).x(), far[0], far[-1]))
        number = int(np.argmin(np.abs(far - metres)))
        value = float(values[number])
        self._cursor.setPos(float(far[number]))
        self._cursor.show()
        self._dot.setVisible(bool(np.isfinite(value)))
        if np.isfinite(value):
            self._dot.setData([float(far[number])], [value])
        said = f"{value:.2f} {self.unit}" if np.isfinite(value) else tr("no data")
        words = tr("{metres:.1f} m: {value}").format(metres=float(far[number]), value=said)
        self.pointed.emit(words, float(far[number] / (far[-1] or 1.0)))

    def _end(self) -> None:
        self._cursor.hide()
        self._dot.hide()
        self.left.emit()

    def leaveEvent(self, event: Any) -> None:
        self._end()
        super().leaveEvent(event)
