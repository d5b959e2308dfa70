"""The slider of time: hands, keys, running, and what the map shows of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from gisapp.app.time_range import TimeRange
from gisapp.app.tools import Pointer
from gisapp.app.workspace import Selection
from gisapp.model.edit import FeatureEdit
from gisapp.model.geometry import Pixel, Point
from gisapp.ui.context import WindowContext
from gisapp.ui.main_window import MainWindow
from gisapp.ui.theme import LIGHT
from gisapp.ui.time_slider import TimeSlider
from tests.ui.window_setting import (
    MIDDLE,
    OUTFALLS,
    fresh_state,
    made_up_project,
    outfall_table,
    said,
    window_context,
)

LEFT, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier
DAY = np.timedelta64(1, "D")
FIRST = np.datetime64("2025-03-01", "D")
WHOLE = TimeRange(FIRST, FIRST + 99 * DAY)


@pytest.fixture
def slider(qtbot) -> TimeSlider:
    made = TimeSlider(WHOLE, LIGHT)
    qtbot.addWidget(made, before_close_func=TimeSlider.stop)
    made.resize(520, 40)
    made.show()
    return made


def test_ends_and_middle_are_dragged(slider):
    line = slider.line
    y = line.height() // 2

    def drag(start: float, end: float) -> None:
        QTest.mousePress(line, LEFT, pos=QPoint(round(start), y))
        QTest.mouseMove(line, QPoint(round(end), y))
        QTest.mouseRelease(line, LEFT, pos=QPoint(round(end), y))

    drag(line.x_of(WHOLE.last, after=True), line.x_of(FIRST + 19 * DAY) + 1)
    assert line.range == TimeRange(FIRST, FIRST + 19 * DAY)
    drag(line.x_of(FIRST), line.x_of(FIRST + 10 * DAY) + 1)
    assert line.range == TimeRange(FIRST + 10 * DAY, FIRST + 19 * DAY)
    middle = line.x_of(FIRST + 15 * DAY)
    drag(middle, middle + line.x_of(FIRST + 30 * DAY) - line.x_of(FIRST))
    assert line.range.days == 10
    assert abs(int((line.range.first - FIRST) / DAY) - 40) <= 1
    assert slider.words.text() == str(line.range)


def test_keys_move_it_by_a_step(slider):
    line = slider.line
    line.use(TimeRange(FIRST, FIRST + 6 * DAY))
    QTest.keyClick(line, Qt.Key.Key_Right)
    assert line.range == TimeRange(FIRST + 7 * DAY, FIRST + 13 * DAY)
    QTest.keyClick(line, Qt.Key.Key_Right, SHIFT)
    assert line.range.days == 14
    QTest.keyClick(line, Qt.Key.Key_End)
    assert line.range.last == WHOLE.last
    QTest.keyClick(line, Qt.Key.Key_Home)
    assert line.range.first == FIRST


def test_it_runs_by_a_step_and_begins_again(slider, qtbot):
    slider._clock.setInterval(5)
    QTest.mouseClick(slider.play, LEFT)
    assert slider.line.range == TimeRange(FIRST, FIRST + 6 * DAY)
    seen = []
    slider.changed.connect(lambda range_: seen.append(range_.first))
    qtbot.waitUntil(lambda: len(seen) > 16)
    assert seen[0] == FIRST + 7 * DAY
    assert FIRST in seen[1:]
    QTest.mouseClick(slider.play, LEFT)
    assert not slider._clock.isActive()


@pytest.fixture
def context() -> Iterator[WindowContext]:
    """Made-up outfalls, three of them with a day of monitoring."""
    table = outfall_table()
    days = {"f0": "2025-03-01", "f1": "2025-03-20", "f2": "2025-06-08"}
    table = table.with_rows({fid: {"monitored_at": day} for fid, day in days.items()})
    project = replace(made_up_project(), tables=MappingProxyType({"outfalls": table}))
    with window_context(project) as made:
        yield made


def test_the_map_shows_what_has_a_date_in_the_range(context, qtbot, tmp_path):
    window = MainWindow(context, fresh_state(tmp_path))
    qtbot.addWidget(window)
    window.show()
    view, looking = context.map_view, window.page.looking

    def shown() -> set[str]:
        data = next(data for layer, data in view.shown() if layer.name == "Outfalls")
        return {str(fid) for fid in data.ids}

    assert len(shown()) == 5
    assert window.actions_list.run("view.time")
    line = looking.time.line
    assert line.whole == TimeRange(np.datetime64("2025-03-01"), np.datetime64("2025-06-08"))
    line.use(TimeRange(np.datetime64("2025-03-01"), np.datetime64("2025-03-31")))
    assert shown() == {"f0", "f1"}
    assert context.workspace.time == line.range
    before, after = {"monitored_at": "2025-06-08"}, {"monitored_at": "2025-03-05"}
    context.workspace.store.apply(FeatureEdit("Date", "outfalls", {"f2": before}, {"f2": after}))
    assert shown() == {"f0", "f1", "f2"}
    assert window.actions_list.run("view.split")
    assert len(looking.split.view.shown()[-1][1]) == 3
    QTest.mouseClick(looking.time.close_button, LEFT)
    assert looking.time is None
    assert context.workspace.time is None
    assert len(shown()) == 5
    assert len(looking.split.view.shown()[-1][1]) == 5


def test_what_the_slider_hides_cannot_be_pointed_at(context, qtbot, tmp_path):
    window = MainWindow(context, fresh_state(tmp_path))
    qtbot.addWidget(window)
    window.show()
    screen, desk = window.page.map_area.map, window.page.map_area.desk
    workspace = context.workspace
    screen.show_camera(replace(screen.camera, center=MIDDLE, resolution=0.5))

    def at(number: int) -> Pixel:
        return screen.camera.to_screen(Point(MIDDLE.x + 20 * number, MIDDLE.y))

    def click(number: int) -> None:
        ratio = screen.camera.pixel_ratio
        place = QPoint(*(round(side / ratio) for side in at(number)))
        QTest.mouseClick(screen, LEFT, pos=place)

    def identified(number: int) -> list[str]:
        pointer, hits = Pointer(at(number), screen.camera), []
        desk.identify(pointer, lambda found: hits.append([str(hit.feature) for hit in found]))
        qtbot.waitUntil(lambda: bool(hits))
        return hits[0]

    workspace.select(Selection(OUTFALLS, frozenset({"f0", "f2"})))
    assert len(screen.overlay.rings) == 2
    window.actions_list.run("view.time")
    line = window.page.looking.time.line
    line.use(TimeRange(np.datetime64("2025-03-01"), np.datetime64("2025-03-31")))
    assert len(screen.overlay.rings) == 1  # f2 is of June
    assert identified(1) == ["f1"]
    assert identified(2) == []
    assert identified(3) == []  # without a date
    desk.take("select")
    click(2)
    assert workspace.selection.features == frozenset()
    click(1)
    assert workspace.selection.features == {"f1"}
    workspace.select(Selection(OUTFALLS, frozenset({"f1", "f2", "f3"})))
    desk.key("delete")
    left = {str(fid) for fid in workspace.store.project.tables["outfalls"].ids}
    assert left == {"f0", "f2", "f3", "f4"}  # nothing is deleted that nobody sees
    QTest.mouseClick(window.page.looking.time.close_button, LEFT)
    assert identified(2) == ["f2"]


def test_without_dates_it_says_so(qtbot, tmp_path):
    with window_context() as context:
        window = MainWindow(context, fresh_state(tmp_path))
        qtbot.addWidget(window)
        messages = said(context)
        window.actions_list.run("view.time")
        assert "dates" in messages[-1].text
        assert window.page.looking.time is None
        window.close()
