"""A station's records under the hand: chart, limit, gaps, exceedance, trace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gisapp.app.events import Event
from gisapp.app.identify import Hit
from gisapp.app.settings import Settings
from gisapp.app.store import Store
from gisapp.app.tool_desk import ToolDesk
from gisapp.app.tools import StartTrace
from gisapp.app.workspace import Workspace
from gisapp.model.features import FeatureId, Features, point_shapes
from gisapp.model.field import Field
from gisapp.model.layer import Layer, LayerId, Source
from gisapp.model.project import Project
from gisapp.model.style import PointStyle
from gisapp.ui.context import WindowContext
from gisapp.ui.series_panel import SeriesPanel
from gisapp.ui.series_plot import moment_words, warm_up_charts
from gisapp.ui.theme import DARK, Theme
from tests.app.map_state import at
from tests.own import OWN
from tests.ui.map_setting import CRS, MIDDLE, runner
from tests.ui.stalls import longest_stall

LEFT = Qt.MouseButton.LeftButton
STATIONS = LayerId("stations")
PEAK_HOUR = 5000  # of the year


def records(folder: Path) -> None:
    """A made-up year: a night of too much ammonia nitrogen, a week without records, faults."""
    hours = 8760
    times = pd.Timestamp("2025-01-01") + pd.to_timedelta(np.arange(hours), "h")
    ammonia = 0.4 + 0.1 * np.sin(np.arange(hours) / 12)
    ammonia[PEAK_HOUR - 3 : PEAK_HOUR + 4] = [1.2, 1.6, 2.0, 2.2, 1.9, 1.5, 1.1]
    flags = np.full(hours, "N", object)
    flags[1000:1010] = "M"
    frame = pd.DataFrame(
        {
            "station_id": "S1",
            "time": times,
            "ph": 7.2,
            "do_mg_l": 8.0,
            "nh3n_mg_l": ammonia,
            "conductivity_us_cm": 310.0,
            "flag": flags,
        }
    ).drop(index=range(2000, 2168))
    (folder / "data").mkdir()
    frame.to_parquet(folder / "data" / "station_records.parquet")


def stations() -> Features:
    columns = {
        "station_id": np.array(["S1", "S2"], object),
        "name": np.array(["Made-up bridge", "Nowhere"], object),
        "target_class": np.array(["Ⅲ", "Ⅱ"], object),
    }
    fields = tuple(Field(name) for name in columns)
    xy = np.array([MIDDLE, (MIDDLE.x + 50, MIDDLE.y)])
    return Features(CRS, fields, np.array(["s1", "s2"], object), columns, point_shapes(xy))


class MadeUpData:
    def __init__(self) -> None:
        self.changed: Event[LayerId] = Event()
        self._stations = stations()

    def get(self, layer: Layer) -> Features:
        return self._stations


@pytest.fixture(scope="module", autouse=True)
def _library() -> None:
    warm_up_charts()


@pytest.fixture
def panel(qtbot, tmp_path) -> Iterator[SeriesPanel]:
    records(tmp_path)
    main, jobs = runner()
    jobs.failed._listeners.clear()  # errors are shown in the panel
    source = Source("geopackage", "data/stations.gpkg")
    layer = Layer("Stations", source, PointStyle(), role="stations", id=STATIONS)
    workspace = Workspace(Store(Project(crs=CRS, layers=(layer,))), tmp_path)
    data = MadeUpData()
    desk = ToolDesk(workspace, jobs, lambda: {STATIONS: stations()}, OWN.toolbox().makers)
    context = WindowContext(
        workspace=workspace,
        jobs=jobs,
        deliver=main,
        settings=Settings(),
        theme=Theme("light"),
        layer_data=data,  # type: ignore[arg-type]
        tool_desk=desk,
    )
    made = SeriesPanel(context)
    qtbot.addWidget(made)
    made.resize(900, 240)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.close_subscriptions()
    desk.close()
    jobs.close()
    QApplication.processEvents()
    main.deleteLater()


@pytest.fixture
def shown(panel, qtbot) -> SeriesPanel:
    panel.show_station(STATIONS, FeatureId("s1"))
    qtbot.waitUntil(lambda: panel.chart is not None)
    return panel


def test_empty_panel_says_what_belongs_here(panel):
    assert "Click a station" in panel.words.text()
    assert not panel.controls.isVisible()


def test_a_click_on_a_station_shows_its_year(panel, qtbot):
    panel._context.tool_desk.identified((at(200, 150), [Hit(STATIONS, FeatureId("s1"), 0.0)]))
    qtbot.waitUntil(lambda: panel.chart is not None)
    assert panel.title.text() == "Made-up bridge · Ammonia nitrogen"
    assert panel.note.text() == "class II now, target III · gap = no data · 98.0 % valid"
    first, last = panel.plot.seen
    assert str(first)[:7] <= "2025-01"
    assert str(last)[:7] >= "2025-12"


def test_gaps_are_gaps_and_flagged_values_are_not_drawn(shown):
    times, values = shown.chart.line
    assert np.isnan(values).sum() == 2  # the week without records and the maintenance
    drawn = times[np.isfinite(values)]
    maintained = shown.chart.series.times[shown.chart.series.flags == "M"]
    assert len(maintained) == 10
    assert not np.isin(maintained, drawn).any()
    assert len(shown.plot._invalid.data) == 10
    number = int(np.flatnonzero(shown.chart.series.flags == "M")[0])
    assert moment_words(shown.chart, number) == "2025-02-11 16:00   Maintenance, not counted"


def test_limit_and_exceedance_are_there(shown):
    assert shown.plot._words.toPlainText() == "III limit ≤ 1 mg/L · GB 3838-2002"
    [period] = shown.chart.periods
    assert (period.count, period.worst) == (7, pytest.approx(2.2))
    shade = shown.plot._shade.path().boundingRect()
    assert shade.width() == pytest.approx(7 * 3600)


def test_other_quantities_keep_the_time_in_view(shown, qtbot):
    start = np.datetime64("2025-07-01T00:00:00")
    shown.plot.show_days(start, start + np.timedelta64(10, "D"))
    names = [shown.quantity_box.itemText(n) for n in range(shown.quantity_box.count())]
    assert names == [
        "pH",
        "Dissolved oxygen (mg/L)",
        "Ammonia nitrogen (mg/L)",
        "Conductivity (µS/cm)",
    ]
    shown.quantity_box.setCurrentIndex(3)
    shown.quantity_box.activated.emit(3)
    qtbot.waitUntil(lambda: shown.chart.series.quantity.name == "conductivity_us_cm")
    assert shown.plot.seen[0] == start
    assert "no limit for this quantity" in shown.note.text()


def test_hover_tells_time_value_and_unit(shown):
    peak = shown.chart.periods[0].worst_at
    day = np.timedelta64(1, "D")
    shown.plot.show_days(peak - day, peak + day)
    QApplication.processEvents()
    box = shown.plot.plot.getViewBox()
    second = float(peak.astype("datetime64[s]").astype(np.int64))
    place = box.mapViewToScene(QPointF(second, 1.0))
    QTest.mouseMove(shown.plot.plot.viewport(), shown.plot.plot.mapFromScene(place))
    shown.plot._hover(place)
    assert shown.readout.text() == "2025-07-28 08:00   2.2 mg/L"


def test_trace_from_this_peak_and_upstream(shown):
    asked: list[StartTrace] = []
    shown._context.tool_desk.trace_wanted.subscribe(asked.append)
    QTest.mouseClick(shown.peak_button, LEFT)
    QTest.mouseClick(shown.trace_button, LEFT)
    station = FeatureId("s1")
    assert asked == [
        StartTrace(STATIONS, station, "nh3n_mg_l", "2025-07-28T08:00:00"),
        StartTrace(STATIONS, station),
    ]


def test_the_peak_is_that_of_what_is_seen(shown):
    start = np.datetime64("2025-03-01T00:00:00")
    shown.plot.show_days(start, start + np.timedelta64(5, "D"))
    assert shown.plot.peak.worst < 0.6
    assert start <= shown.plot.peak.worst_at <= start + np.timedelta64(5, "D")


def test_a_station_without_records_says_so(panel, qtbot):
    panel.show_station(STATIONS, FeatureId("s2"))
    qtbot.waitUntil(lambda: panel.chart is not None)
    assert panel.words.text() == "There are no records for Nowhere"
    assert panel.words.isVisible()


def test_without_a_file_of_records_it_says_where_to_put_one(panel, qtbot, tmp_path):
    (tmp_path / "data" / "station_records.parquet").unlink()
    panel.show_station(STATIONS, FeatureId("s1"))
    qtbot.waitUntil(lambda: "station_records.parquet" in panel.words.text())
    assert panel.words.isVisible()


def test_dark_and_light(shown):
    shown.dress(DARK)
    color = shown.plot.grab().toImage().pixelColor(3, 3)
    assert color.name() == DARK.panel


def test_zooming_and_panning_a_year_does_not_stall(shown):
    view = shown.plot.plot.viewport()

    def turn(step: int) -> None:
        place = QPointF(400 + step, 80)
        event = QWheelEvent(
            place,
            view.mapToGlobal(place),
            QPoint(),
            QPoint(0, 120 if step % 4 else -240),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(view, event)

    assert longest_stall(turn, 30) < 0.05
    first, end = shown.plot.seen
    assert end - first < np.timedelta64(300, "D")
