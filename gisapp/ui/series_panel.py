"""A station's year of records in a chart, and the way from a peak to what lies upstream."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QWidget

from gisapp.analysis.exceedance import Period
from gisapp.app.identify import Hit
from gisapp.app.jobs import Job
from gisapp.app.station_chart import Station, StationChart, is_station_layer, read_chart, station_of
from gisapp.app.time_range import DAY, TimeRange
from gisapp.app.tools import MapState, Pointer, StartTrace
from gisapp.model.errors import GisError
from gisapp.model.features import FeatureId
from gisapp.model.layer import LayerId
from gisapp.model.progress import Progress
from gisapp.model.text import tr
from gisapp.model.water_quality import class_title
from gisapp.ui.card import Card, button, label
from gisapp.ui.context import WindowContext
from gisapp.ui.layer_facts import data_of
from gisapp.ui.series_plot import SeriesPlot
from gisapp.ui.theme import Tokens
from gisapp.ui.wheel import wheel_goes_on


class SeriesPanel(Card):
    """Empty until a station is clicked; then its records, read in a job."""

    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(tr("Records"), parent=parent)
        self._context = context
        self.station: Station | None = None
        self.chart: StationChart | None = None
        self._plot: SeriesPlot | None = None  # made with the first chart: its library is slow
        self.quantity_box = wheel_goes_on(QComboBox())
        self.quantity_box.setAccessibleName(tr("Quantity"))
        self.quantity_box.activated.connect(self._other_quantity)
        self.readout = label("", "dim")
        self.readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.peak_button = button(tr("Trace from this peak"))
        self.peak_button.clicked.connect(self._trace_peak)
        self.sample_button = button(tr("Seen here too"))
        self.sample_button.setToolTip(
            tr("This station's peak narrows the window of the ranked candidates")
        )
        self.sample_button.clicked.connect(self._add_sample)
        self.sample_button.hide()
        self._ranked_for = ""  # the station of the ranking that is shown
        self.trace_button = button(tr("Trace upstream"))
        self.trace_button.clicked.connect(self._trace)
        self.controls = QWidget()
        self.controls.setProperty("kind", "plain")
        line = QHBoxLayout(self.controls)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self.quantity_box)
        line.addWidget(self.readout, 1)
        line.addWidget(self.sample_button)
        line.addWidget(self.peak_button)
        line.addWidget(self.trace_button)
        self.words = label(tr("Click a station on the map to see its records."), "dim", wrap=True)
        self.add(self.controls)
        self.add(self.words)
        self.body.addStretch(0)
        self.controls.hide()
        self._leave = [
            context.station_wanted.subscribe(lambda wanted: self.show_station(*wanted)),
            context.theme.changed.subscribe(self.dress),
        ]
        self._leave.append(context.workspace.time_changed.subscribe(self._look_at_time))
        if context.tool_desk is not None:
            self._leave.append(context.tool_desk.identified.subscribe(self._identified))

    @property
    def plot(self) -> SeriesPlot | None:
        return self._plot

    def close_subscriptions(self) -> None:
        for leave in self._leave:
            leave()

    def dress(self, tokens: Tokens) -> None:
        if self._plot is not None:
            self._plot.dress(tokens)

    def show_station(self, layer: LayerId, feature: FeatureId) -> None:
        """Read its records in the background, then draw them."""
        project = self._context.workspace.store.project
        data = {la.id: found for la in project.layers if (found := data_of(self._context, la))}
        station = station_of(MapState(project, data), layer, feature, self._path_of)
        if station is not None:
            self._read(station, self.quantity_box.currentData() or "")

    def _path_of(self, name: str) -> Path:
        path = Path(name)
        folder = self._context.folder
        return path if path.is_absolute() or folder is None else folder / path

    def _identified(self, told: tuple[Pointer, list[Hit]]) -> None:
        _, hits = told
        layers = {layer.id: layer for layer in self._context.workspace.store.project.layers}
        for hit in hits[:1]:
            if hit.feature is not None and is_station_layer(layers[hit.layer]):
                self._context.station_wanted((hit.layer, hit.feature))  # the panel is shown too

    def _read(self, station: Station, parameter: str) -> None:
        same = self.station is not None and self.station.id == station.id
        self.station = station
        self.set_title(station.title)
        self.note.setText(tr("Reading records"))

        def work(progress: Progress) -> StationChart:
            return read_chart(station, parameter, progress)

        title = tr("Records of {station}").format(station=station.title)
        job = Job(title, work, quiet=True)
        job.done.subscribe(lambda chart: self._show(chart, same))
        job.changed.subscribe(lambda job: self._failed(station, job.error) if job.error else None)
        self._context.jobs.start(job, instead_of="station records")

    def _failed(self, station: Station, error: Exception) -> None:
        if station is not self.station or not isinstance(error, GisError):
            return
        self.chart = None
        self.note.setText("")
        self.words.setText(f"{error.message}\n{error.hint}".strip())
        self.words.show()
        self.controls.hide()
        if self._plot is not None:
            self._plot.hide()

    def _show(self, chart: StationChart, same_station: bool) -> None:
        if self.station is not chart.station:
            return
        self.chart = chart
        self._fill_quantities(chart)
        self.set_title(f"{chart.station.title} · {chart.series.quantity.caption}")
        self.note.setText(self._summary(chart))
        some = len(chart.series) > 0
        self.words.setVisible(not some)
        if not some:
            self.words.setText(
                tr("There are no records for {station}").format(station=chart.station.title)
            )
        plot = self._plot_made()
        plot.setVisible(some)
        plot.show_chart(chart, keep_view=same_station)
        self._look_at_time(self._context.workspace.time)
        self.controls.show()
        self.trace_button.setEnabled(True)

    def _look_at_time(self, time: TimeRange | None) -> None:
        """The chart shows the stretch of time that the map shows."""
        if self._plot is not None and self.chart is not None and time is not None:
            self._plot.show_days(time.first, time.last + DAY)

    def show_window(self, time: str, hours: tuple[float, float] | None) -> None:
        """When the chosen source must have let out what was measured at that time."""
        if self._plot is None:
            return
        at = np.datetime64(time) if time and hours else None
        if at is None or hours is None:
            self._plot.show_window(None)
        else:
            first, last = (at + np.timedelta64(round(h * 3600), "s") for h in hours)
            self._plot.show_window((first, last))
            self._plot.look_closer(min(first, at), max(last, at))

    def _plot_made(self) -> SeriesPlot:
        if self._plot is None:
            self._plot = SeriesPlot(self._context.theme.tokens)
            self._plot.pointed.connect(self.readout.setText)
            self._plot.peak_changed.connect(self._peak_changed)
            self.body.insertWidget(2, self._plot, 1)
        return self._plot

    def _fill_quantities(self, chart: StationChart) -> None:
        self.quantity_box.clear()
        for quantity in chart.quantities:
            words = f"{quantity.caption} ({quantity.unit})" if quantity.unit else quantity.caption
            self.quantity_box.addItem(words, quantity.name)
        names = [quantity.name for quantity in chart.quantities]
        self.quantity_box.setCurrentIndex(names.index(chart.series.quantity.name))

    def _summary(self, chart: StationChart) -> str:
        """`class IV now, target III · gap = no data · 98.1 % valid`."""
        parts = []
        if chart.class_now and chart.station.target:
            parts.append(
                tr("class {now} now, target {target}").format(
                    now=class_title(chart.class_now), target=class_title(chart.station.target)
                )
            )
        elif chart.class_now:
            parts.append(tr("class {now} now").format(now=class_title(chart.class_now)))
        if chart.limit is None:
            parts.append(tr("no limit for this quantity"))
        parts.append(tr("gap = no data"))
        parts.append(tr("{share} % valid").format(share=f"{chart.valid * 100:.1f}"))
        return " · ".join(parts)

    def _peak_changed(self, peak: Period | None) -> None:
        self.peak_button.setEnabled(peak is not None)
        self._show_sample_button()

    def show_ranked(self, feature: str) -> None:
        """The station that candidates are ranked for now; empty: none."""
        self._ranked_for = feature
        self._show_sample_button()

    def _show_sample_button(self) -> None:
        station, peak = self.station, self._plot.peak if self._plot else None
        other = station is not None and str(station.feature) != self._ranked_for
        self.sample_button.setVisible(bool(self._ranked_for) and other and peak is not None)

    def _add_sample(self) -> None:
        station, peak = self.station, self._plot.peak if self._plot else None
        if station is not None and peak is not None:
            at = str(peak.worst_at.astype("datetime64[m]"))
            asked = StartTrace(station.layer, station.feature, station.id, at, purpose="sample")
            self._ask(asked)

    def _other_quantity(self) -> None:
        if self.station is not None:
            self._read(self.station, self.quantity_box.currentData())

    def _trace(self) -> None:
        if self.station is not None:
            self._ask(StartTrace(self.station.layer, self.station.feature))

    def _trace_peak(self) -> None:
        station, chart = self.station, self.chart
        peak = self._plot.peak if self._plot else None
        if station is not None and chart is not None and peak is not None:
            at = str(peak.worst_at.astype("datetime64[s]"))
            name = chart.series.quantity.name
            self._ask(StartTrace(station.layer, station.feature, name, at))

    def _ask(self, wanted: StartTrace) -> None:
        if self._context.tool_desk is not None:
            self._context.tool_desk.carry_out((wanted,))
