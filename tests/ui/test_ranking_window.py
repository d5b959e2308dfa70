"""From a peak in a window to a case: candidates, other stations, kept, ranked again, compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gisapp.app.plugins import find_plugins
from gisapp.app.station_chart import RECORDS
from gisapp.io.case_files import case_files
from gisapp.io.vector import read_features
from gisapp.model.features import FeatureId
from gisapp.model.layer import Layer, LayerId, Source
from gisapp.model.project import Project
from gisapp.model.style import LineStyle, PointStyle
from gisapp.ui.main_window import MainWindow
from tests.ui import window_setting
from tests.ui.window_setting import fresh_state, said, window_context

NAMES = ("rivers", "stations", "sources")
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="module")
def data(sample_files):
    """Read once: what is worked out of the same rivers is then worked out once too."""
    return {name: read_features(sample_files / f"{name}.gpkg") for name in NAMES}


@pytest.fixture
def context(sample_files, data, monkeypatch, tmp_path):
    monkeypatch.setattr(
        window_setting, "read_made_up", lambda path, options, progress: data[Path(path).stem]
    )
    records = ((RECORDS, str(sample_files / "station_records.parquet")),)
    layers = tuple(
        Layer(n, Source("geopackage", f"{n}.gpkg", records if n == "stations" else ()),
              LineStyle() if n == "rivers" else PointStyle(), role=n, visible=n == "rivers",
              id=LayerId(n))  # 300 points in a picture cost more than what is tested
        for n in NAMES
    )  # fmt: skip
    with window_context(Project("Sample", data["rivers"].crs, layers)) as made:
        made.workspace.folder = tmp_path
        made.plugins = find_plugins()
        made.toolbox = made.plugins.toolbox()
        yield made


@pytest.fixture
def window(qtbot, context, tmp_path):
    made = MainWindow(context, fresh_state(tmp_path))
    qtbot.addWidget(made)
    made.resize(1400, 900)
    made.map_area.map.motion.wanted = False  # each frame of a flight paints the whole trace
    with qtbot.waitExposed(made):
        made.show()
    layers = context.workspace.store.project.layers
    qtbot.waitUntil(
        lambda: all(context.layer_data.get(la) is not None for la in layers), timeout=20_000
    )
    yield made
    qtbot.waitUntil(lambda: not context.jobs.unfinished, timeout=20_000)


def look_at(qtbot, window, station):
    """Its records, and the days of the event in them."""
    context, records = window.context, window.page.records
    layer = context.workspace.store.project.layer_of_role("stations")
    stations = context.layer_data.get(layer)
    number = stations.column("station_id").tolist().index(station)
    context.station_wanted((layer.id, FeatureId(str(stations.ids[number]))))
    qtbot.waitUntil(
        lambda: records.chart is not None and records.chart.station.id == station, timeout=20_000
    )
    records.plot.show_days(np.datetime64("2025-03-17"), np.datetime64("2025-03-23"))
    qtbot.waitUntil(lambda: records.plot.peak is not None)
    return records


def press(button):
    QTest.mouseClick(button, LEFT)


@pytest.fixture(scope="module")
def made():
    """The ranking of the first test that asked for it, its trace and what was asked."""
    return {}


@pytest.fixture
def ranked(qtbot, window, made):
    card, tracing = window.page.trace, window.commands.tracing
    desk = tracing.rankings
    if made:  # shown as it came; the way to it was tested where it was made
        desk.ranked = made["wanted"]
        tracing.show(made["trace"], tracing._of_role("rivers"))
        tracing.show(made["ranking"], tracing._of_role("rivers"))
        desk.shown_for(str(desk.ranked.feature))
        return card.ranking
    records = look_at(qtbot, window, "ST09")
    press(records.peak_button)
    qtbot.waitUntil(lambda: card.ranking.answer is not None, timeout=20_000)
    made.update(ranking=card.ranking.answer, trace=card.answer, wanted=desk.ranked)
    return card.ranking


def test_stations_and_samples_narrow_together_and_are_dropped_again(qtbot, ranked, window):
    assert ranked.current.id == "P291"
    assert "ST01" in ranked.clean.text()
    assert any(not row.id for row in ranked.answer.rows)  # the unknown is always there
    band = {str(one.feature) for one in ranked.answer.reaches}
    overlay = window.page.map_area.map.overlay
    assert band
    assert overlay.traced_bands is not None or overlay.traced is not None
    assert ranked.case.isHidden()
    before = len(ranked.answer.reaches)
    press(ranked.drop_clean)
    qtbot.waitUntil(lambda: len(ranked.answer.reaches) > before, timeout=20_000)
    assert ranked.clean.isHidden()
    rankings = window.commands.tracing.rankings
    assert ranked.stations.isVisibleTo(ranked)
    menu = rankings.station_menu()
    said = {action.text(): action for action in menu.actions()}
    whole = len(ranked.answer.reaches)
    said["ST01 was as usual"].trigger()
    qtbot.waitUntil(lambda: "ST01" in ranked.clean.text(), timeout=20_000)
    assert len(ranked.answer.reaches) == before < whole
    assert ranked.answer.question.given["clean_stations"] == "ST01"
    again = {action.text(): action for action in rankings.station_menu().actions()}
    assert again["ST01 was as usual"].isChecked()
    assert not again["ST01 exceeded too"].isChecked()
    again["ST01 was as usual"].trigger()  # taken back
    qtbot.waitUntil(lambda: ranked.clean.isHidden(), timeout=20_000)
    alone = ranked.answer.rows[0].window_h
    records = look_at(qtbot, window, "ST11")
    assert records.sample_button.isVisibleTo(records)
    press(records.sample_button)
    qtbot.waitUntil(lambda: "ST11" in ranked.samples.text(), timeout=20_000)
    assert "times as fast" in ranked.pace.text()
    with qtbot.waitSignal(ranked.reranked, timeout=20_000):
        press(ranked.take_pace)
    assert ranked.answer.velocity == pytest.approx(ranked.answer.velocity_seen)
    assert ranked.answer.rows[0].id == "P291"
    press(ranked.reset)
    both = next(row for row in ranked.answer.rows if row.id == "P291")
    assert "samples" in ranked.answer.question.given
    assert both.gates[-1][1] <= 1.0
    assert both.window_h[1] - both.window_h[0] <= alone[1] - alone[0]
    press(ranked.drop_samples)
    qtbot.waitUntil(lambda: ranked.samples.isHidden(), timeout=20_000)
    assert ranked.answer.rows[0].window_h == alone


def test_a_case_is_kept_opened_ranked_again_and_compared(qtbot, ranked, window, tmp_path):
    desk, card = window.commands.tracing.rankings, window.page.trace
    press(card.keep_button)
    qtbot.waitUntil(lambda: len(desk.cases) == 1, timeout=20_000)
    ranked.assumptions.sliders["velocity"].setValue(20)
    with qtbot.waitSignal(ranked.reranked):
        pass
    press(card.keep_button)
    qtbot.waitUntil(lambda: len(desk.cases) == 2, timeout=20_000)
    assert set(case_files(tmp_path)) == set(desk.cases)
    first = min(desk.cases, key=lambda path: len(path.stem))
    desk.open_case(first)
    qtbot.waitUntil(lambda: desk.case == first, timeout=20_000)
    assert first.stem in ranked.case.name.text()
    assert ranked.answer.velocity == 1.0
    press(ranked.rerun)
    qtbot.waitUntil(lambda: bool(ranked.answer.compared_with), timeout=20_000)
    assert "Nothing changed." in ranked.case.words.text()
    other = next(path for path in desk.cases if path != first)
    desk.compare_with(other)
    qtbot.waitUntil(lambda: ranked.answer.compared_with == other.stem, timeout=20_000)
    words = ranked.case.words.text()
    assert "velocity: 0.5" in words
    assert "P291" in words
    charts_follow(qtbot, ranked, window)


def charts_follow(qtbot, ranked, window):
    """Profile and series stand beside the map, and go with the ranking."""
    desk = window.commands.tracing.rankings
    press(ranked.charts)
    qtbot.waitUntil(lambda: desk.charts is not None and len(desk.charts._pictures) == 2)
    shown, _ = desk.charts._pictures[0]
    assert shown.accessibleName() == "Profile of the river"
    wide = shown.pixmap().deviceIndependentSize().width()
    desk.charts.resize(500, 600)
    qtbot.waitUntil(lambda: shown.pixmap().deviceIndependentSize().width() < wide)
    window.page.trace.clear()
    assert not desk.charts.isVisible()


def test_without_sources_nothing_is_ranked_again_and_why_is_said(qtbot, window, tmp_path):
    desk = window.commands.tracing.rankings
    desk.case = tmp_path / "one.json"
    desk._of_role = lambda role: None
    messages = said(window.context)
    desk.rerun()
    assert "sources" in messages[0].text
    assert messages[0].hint
