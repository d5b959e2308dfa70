"""The drawing of a station's records: line with gaps, limit, exceedances, peak, hover."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem, QVBoxLayout, QWidget

from gisapp.analysis.exceedance import Period, peak_between
from gisapp.app.station_chart import StationChart
from gisapp.model.station import FLAGS, VALID
from gisapp.model.text import language, tr
from gisapp.model.water_quality import class_title
from gisapp.ui.theme import Tokens
from gisapp.ui.time_axis import time_ticks

SPAN = 50.0  # shaded stretches reach so many heights of the data beyond it
MANY = 1500  # records in view
NEAR = 14.0  # pixels along the time axis for the hover readout
HAIRLINE = 30  # a stretch of less than this part of what is seen cannot be read
AROUND = np.timedelta64(36, "h")  # before and after a stretch that is looked at


def warm_up_charts() -> None:
    """Load the library of charts while nobody waits; on any thread, as it makes no widgets."""
    import pyqtgraph

    pyqtgraph.setConfigOptions(antialias=True)


class SeriesPlot(QWidget):
    """Wheel zooms in time, drag pans; heights follow what is seen."""

    pointed = Signal(str)  # what is under the pointer; empty: nothing
    peak_changed = Signal(object)  # Period | None: the highest moment of what is seen

    def __init__(self, tokens: Tokens, parent: QWidget | None = None) -> None:
        import pyqtgraph as pg

        super().__init__(parent)
        self._pg: Any = pg
        self._chart: StationChart | None = None
        self.peak: Period | None = None
        self._axis = pg.AxisItem("bottom")  # its ticks are ours: times as they are written
        axes = {"bottom": self._axis}
        self.plot: Any = pg.PlotWidget(axisItems=axes, background=None, enableMenu=False)
        self.plot.getPlotItem().ctrlMenu.setParent(self)  # never shown; it would outlive us
        self.plot.setFrameShape(self.plot.Shape.NoFrame)
        self.plot.hideButtons()
        self.plot.setMouseEnabled(x=True, y=False)
        self.plot.setAccessibleName(tr("Chart of the station's records"))
        box = self.plot.getViewBox()
        box.setAutoVisible(y=True)
        box.enableAutoRange(y=True)
        box.setDefaultPadding(0.1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot)
        self._shade = QGraphicsPathItem()
        box.addItem(self._shade, ignoreBounds=True)
        self._window = pg.LinearRegionItem(movable=False)
        self._window.setZValue(-5)
        box.addItem(self._window, ignoreBounds=True)
        self._window.hide()
        self._line = self.plot.plot([], [], connect="finite", antialias=True)
        self._line.setDownsampling(auto=True, method="peak")
        self._line.setClipToView(True)
        self._invalid = pg.ScatterPlotItem(symbol="x", size=6, pxMode=True)
        box.addItem(self._invalid, ignoreBounds=True)
        self._limits = [pg.InfiniteLine(angle=0), pg.InfiniteLine(angle=0)]
        for item in self._limits:
            item.hide()
            self.plot.addItem(item, ignoreBounds=True)
        self._words = pg.TextItem(anchor=(0, 1))
        self._peak_mark = pg.ScatterPlotItem(symbol="o", size=9, pxMode=True)
        self._peak_words = pg.TextItem(anchor=(-0.12, 0.5))
        self._cursor = pg.InfiniteLine(angle=90)
        self._dot = pg.ScatterPlotItem(symbol="o", size=7, pxMode=True)
        for item in (self._words, self._peak_mark, self._peak_words, self._cursor, self._dot):
            self.plot.addItem(item, ignoreBounds=True)
            item.hide()
        self.plot.scene().sigMouseMoved.connect(self._hover)
        self.plot.sigRangeChanged.connect(self._range_changed)
        box.sigResized.connect(self._show_times)
        self.dress(tokens)

    def dress(self, tokens: Tokens) -> None:
        """In the colours of the theme."""
        pg = self._pg
        self.tokens = tokens
        self.plot.setBackground(tokens.panel)
        font = QFont(self.font())
        font.setPixelSize(11)
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setPen(pg.mkPen(tokens.line))
            axis.setTextPen(pg.mkPen(tokens.dim))
            axis.setTickFont(font)
            axis.enableAutoSIPrefix(False)  # "mg/L (x0.001)" is no unit of anybody
        self._line.setPen(pg.mkPen(tokens.accent, width=1.4))
        self._invalid.setPen(pg.mkPen(tokens.dim, width=1))
        shade = QColor(tokens.warn)
        shade.setAlpha(46)
        self._shade.setPen(QPen(Qt.PenStyle.NoPen))
        self._shade.setBrush(shade)
        window = QColor(tokens.accent)
        window.setAlpha(56)
        self._window.setBrush(window)
        for edge in self._window.lines:
            edge.setPen(pg.mkPen(tokens.accent, width=1))
        for item in self._limits:
            item.setPen(pg.mkPen(tokens.bad, width=1, style=Qt.PenStyle.DashLine))
        ground = QColor(tokens.panel)
        ground.setAlpha(215)  # words are read, and what lies behind them is still seen
        for words, color in ((self._words, tokens.bad), (self._peak_words, tokens.text)):
            words.setFont(font)
            words.setColor(color)
            words.fill = pg.mkBrush(ground)
        self._peak_mark.setPen(pg.mkPen(tokens.warn, width=2))
        self._peak_mark.setBrush(pg.mkBrush(tokens.panel))
        self._cursor.setPen(pg.mkPen(tokens.dim, width=1))
        self._dot.setPen(pg.mkPen(tokens.panel, width=1))
        self._dot.setBrush(pg.mkBrush(tokens.accent))

    def clear(self) -> None:
        self._chart = None
        self._line.setData([], [])
        self._invalid.setData([], [])
        self._shade.setPath(QPainterPath())
        for item in (*self._limits, self._words, self._peak_mark, self._peak_words):
            item.hide()
        self._hide_cursor()

    def show_chart(self, chart: StationChart, *, keep_view: bool = False) -> None:
        """`keep_view`: another quantity of the same station, at the same time."""
        self._chart = chart
        times, values = chart.line
        seconds = _seconds(times)
        self._line.setData(seconds, values)
        known = values[np.isfinite(values)]
        bounds = [b for b in _bounds(chart) if b is not None]
        low = float(min([known.min(), *bounds])) if len(known) else 0.0
        high = float(max([known.max(), *bounds])) if len(known) else 1.0
        tall = (high - low) or 1.0
        self._show_shade(chart, low - SPAN * tall, high + SPAN * tall)
        self._show_invalid(chart, low)
        self._show_limits(chart)
        quantity = chart.series.quantity
        self.plot.setLabel("left", quantity.unit or quantity.caption)
        self.plot.getAxis("left").label.setDefaultTextColor(QColor(self.tokens.dim))
        box = self.plot.getViewBox()
        if len(seconds):
            first, last = float(seconds[0]), float(seconds[-1])
            room = max(last - first, 3600.0) * 0.02
            box.setLimits(xMin=first - room, xMax=last + room, minXRange=4 * 3600.0)
            if not keep_view:
                box.setXRange(first, last, padding=0.01)
        box.enableAutoRange(y=True)
        self._range_changed()

    def show_days(self, start: np.datetime64, end: np.datetime64) -> None:
        """Look at a stretch of time."""
        first, last = _seconds(np.array([start, end], "datetime64[s]"))
        self.plot.setXRange(float(first), float(last), padding=0.0)

    def show_window(self, window: tuple[np.datetime64, np.datetime64] | None) -> None:
        """A stretch of time marked over the records; None: none."""
        self._window.setVisible(window is not None)
        if window is not None:
            first, last = _seconds(np.array(window, "datetime64[s]"))
            self._window.setRegion((float(first), float(last)))

    def look_closer(self, first: np.datetime64, last: np.datetime64) -> None:
        """A stretch that would be a hairline in what is seen is looked at with days around it;
        one that can be seen already leaves the view as it is."""
        start, end = self.seen
        if (last - first) * HAIRLINE < end - start:
            self.show_days(first - AROUND, last + AROUND)

    @property
    def seen(self) -> tuple[np.datetime64, np.datetime64]:
        """First and last moment of what is seen."""
        first, last = self.plot.getViewBox().viewRange()[0]
        return np.datetime64(int(first), "s"), np.datetime64(int(last), "s")

    def _show_shade(self, chart: StationChart, low: float, high: float) -> None:
        path = QPainterPath()
        half = 1800.0
        for period in chart.periods:
            first, last = _seconds(np.array([period.start, period.end], "datetime64[s]"))
            path.addRect(QRectF(first - half, low, last - first + 2 * half, high - low))
        self._shade.setPath(path)

    def _show_invalid(self, chart: StationChart, low: float) -> None:
        """Marks in one row at the bottom: something was recorded, but does not count."""
        series = chart.series
        bad = np.array([flag not in ("", VALID) for flag in series.flags], np.bool_)
        self._invalid.setData(_seconds(series.times[bad]), np.full(int(bad.sum()), low))

    def _show_limits(self, chart: StationChart) -> None:
        for item, value in zip(self._limits, _bounds(chart), strict=True):
            item.setVisible(value is not None)
            if value is not None:
                item.setPos(value)
        bound = chart.limit
        self._words.setVisible(bound is not None)
        if bound is not None:
            self._words.setText(limit_words(chart))

    def _range_changed(self) -> None:
        chart = self._chart
        if chart is None:
            return
        (left, right), (bottom, top) = self.plot.getViewBox().viewRange()
        self._show_times()
        first, last = np.searchsorted(chart.series.times, self.seen)
        # Single segments draw a year in 8 instead of 21 ms, but their joints show close by.
        self._line.curve.setSegmentedLineMode("on" if last - first > MANY else "off")
        peak = peak_between(chart.series, *self.seen)
        second = float(_seconds(np.array([peak.worst_at]))[0]) if peak else left
        at_left = second > (left + right) / 2  # words of the limit keep away from the peak's
        bounds = [b for b in _bounds(chart) if b is not None]
        if bounds:
            at = bounds[-1]
            beyond = " ↑" if at > top else " ↓" if at < bottom else ""
            self._words.setText(limit_words(chart) + beyond)
            self._words.setPos(left if at_left else right, min(max(at, bottom), top))
            below = at > bottom + 0.85 * (top - bottom)
            self._words.setAnchor((0 if at_left else 1, 0 if below else 1))
        self._peak_mark.setVisible(peak is not None)
        self._peak_words.setVisible(peak is not None)
        if peak is not None:
            near_end = second > left + 0.85 * (right - left)
            self._peak_words.setAnchor((1.12 if near_end else -0.12, 0.5))
            self._peak_mark.setData([second], [peak.worst])
            unit = chart.series.quantity.unit
            self._peak_words.setText(f"{peak.worst:.4g} {unit}".strip())
            self._peak_words.setPos(second, peak.worst)
        if peak != self.peak:
            self.peak = peak
            self.peak_changed.emit(peak)

    def _show_times(self) -> None:
        box = self.plot.getViewBox()
        first, last = box.viewRange()[0]
        self._axis.setTicks([time_ticks(first, last, box.width())])

    def _hover(self, at: QPointF) -> None:
        chart = self._chart
        box = self.plot.getViewBox()
        if chart is None or not len(chart.series) or not box.sceneBoundingRect().contains(at):
            self._hide_cursor()
            return
        second = box.mapSceneToView(at).x()
        times = _seconds(chart.series.times)
        after = (
            int(np.clip(np.searchsorted(times, second), 1, len(times) - 1)) if len(times) > 1 else 0
        )
        number = after - 1 if after and second - times[after - 1] < times[after] - second else after
        pixel = box.viewPixelSize()[0]
        if abs(times[number] - second) > max(NEAR * pixel, 1800):
            self._hide_cursor(tr("no data"))
            return
        value = float(chart.series.values[number])
        self._cursor.setPos(float(times[number]))
        self._cursor.show()
        self._dot.setVisible(bool(np.isfinite(value)))
        if np.isfinite(value):
            self._dot.setData([float(times[number])], [value])
        self.pointed.emit(moment_words(chart, number))

    def _hide_cursor(self, words: str = "") -> None:
        self._cursor.hide()
        self._dot.hide()
        self.pointed.emit(words)

    def leaveEvent(self, event: Any) -> None:
        self._hide_cursor()
        super().leaveEvent(event)


def moment_words(chart: StationChart, number: int) -> str:
    """`2025-09-14 03:00  2.31 mg/L`, or why the value does not count."""
    series = chart.series
    time = str(series.times[number].astype("datetime64[m]")).replace("T", " ")
    value = float(series.values[number])
    unit = series.quantity.unit
    if np.isfinite(value):
        return f"{time}   {value:.4g} {unit}".rstrip()
    flag = str(series.flags[number])
    titles = FLAGS.get(flag)
    if titles is None:
        return f"{time}   {tr('no data')}"
    why = titles[1] if language() == "zh_CN" else titles[0]
    return tr("{time}   {why}, not counted").format(time=time, why=why)


def limit_words(chart: StationChart) -> str:
    """`III limit ≤ 1 mg/L · GB 3838-2002`."""
    bound = chart.limit
    if bound is None:
        return ""
    numbers = (
        f"{bound.low:g}–{bound.high:g}"
        if bound.low is not None and bound.high is not None
        else f"{bound.comparator} {bound.high if bound.low is None else bound.low:g}"
    )
    return tr("{water_class} limit {value} · {standard}").format(
        water_class=class_title(bound.water_class),
        value=f"{numbers} {bound.unit}".strip(),
        standard=bound.standard,
    )


def _bounds(chart: StationChart) -> tuple[float | None, float | None]:
    return (chart.limit.low, chart.limit.high) if chart.limit else (None, None)


def _seconds(times: npt.NDArray[np.datetime64]) -> npt.NDArray[np.float64]:
    return times.astype("datetime64[s]").astype(np.int64).astype(np.float64)
