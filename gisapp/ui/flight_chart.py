"""The offset of each frame of a flight as a chart: where the camera drifted and jumped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtWidgets import QWidget

from gisapp.model.text import tr
from gisapp.ui.plain_chart import dress_chart, plain_chart
from gisapp.ui.theme import Tokens


class OffsetChart(QWidget):
    """Frames in the order of time; `pointed` tells which one is under the pointer (-1: none),
    `chosen` which one was clicked."""

    pointed = Signal(int)
    chosen = Signal(int)

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        import pyqtgraph as pg

        super().__init__(parent)
        self._pg: Any = pg
        self.offsets = np.zeros(0)
        self._at = -1
        self.plot = plain_chart(self, tr("Offset of each frame"), 0.05)
        self._zero = pg.InfiniteLine(pos=0.0, angle=0)
        self._steps = self.plot.plot([], [], stepMode="center", antialias=False)
        self._dot = pg.ScatterPlotItem(symbol="o", size=8, pxMode=True)
        for item in (self._zero, self._dot):
            self.plot.addItem(item, ignoreBounds=True)
        self._dot.hide()
        self.plot.scene().sigMouseMoved.connect(self._hover)
        self.plot.scene().sigMouseClicked.connect(self._click)
        self.setFixedHeight(150)
        self.dress(tokens)

    def dress(self, tokens: Tokens) -> None:
        pg = self._pg
        dress_chart(self.plot, tokens, self.font())
        self._zero.setPen(pg.mkPen(tokens.line, width=1, style=Qt.PenStyle.DashLine))
        self._steps.setPen(pg.mkPen(tokens.accent, width=1.5))
        self._dot.setPen(pg.mkPen(tokens.panel, width=1))
        self._dot.setBrush(pg.mkBrush(tokens.accent))

    def show_offsets(self, offsets: Sequence[float]) -> None:
        """°C that is added to each frame."""
        self.offsets = np.asarray(offsets, float)
        count = len(self.offsets)
        self._steps.setData(np.arange(count + 1) + 0.5, self.offsets)
        self.plot.setLabel("left", tr("offset, °C"))
        self.plot.setLabel("bottom", tr("frame, in the order of time"))
        box = self.plot.getViewBox()
        box.enableAutoRange(axis="y")
        box.setXRange(0.5, count + 0.5, padding=0.02)
        self._dot.hide()
        self._at = -1

    def show_frame(self, number: int) -> None:
        """Mark a frame that is pointed at elsewhere."""
        there = 0 <= number < len(self.offsets)
        self._dot.setVisible(there)
        if there:
            self._dot.setData([number + 1.0], [float(self.offsets[number])])

    def frame_at(self, at: QPointF) -> int:
        """The frame at a place of the scene; -1 beside the chart."""
        box = self.plot.getViewBox()
        if not len(self.offsets) or not box.sceneBoundingRect().contains(at):
            return -1
        return int(np.clip(round(box.mapSceneToView(at).x()) - 1, 0, len(self.offsets) - 1))

    def _hover(self, at: QPointF) -> None:
        number = self.frame_at(at)
        if number != self._at:
            self._at = number
            self.show_frame(number)
            self.pointed.emit(number)

    def _click(self, event: Any) -> None:
        number = self.frame_at(event.scenePos())
        if number >= 0:
            self.chosen.emit(number)

    def leaveEvent(self, event: Any) -> None:
        self._at = -1
        self.show_frame(-1)
        self.pointed.emit(-1)
        super().leaveEvent(event)
