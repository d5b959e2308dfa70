"""The status line: coordinates to read and to type, scale, system, jobs, what is saved."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event as Flag

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gisapp.app.jobs import Job
from gisapp.app.store import Store
from gisapp.model.edit import ProjectEdit
from gisapp.model.geometry import Point
from gisapp.ui.context import Pointed, WindowContext
from gisapp.ui.status_bar import StatusBar, job_text
from tests.ui.window_setting import CRS, MIDDLE, window_context


@pytest.fixture
def context() -> Iterator[WindowContext]:
    with window_context() as made:
        yield made


@pytest.fixture
def bar(qtbot, context) -> StatusBar:
    made = StatusBar(context, "dms")
    qtbot.addWidget(made, before_close_func=StatusBar.close_subscriptions)
    made.resize(1200, 30)
    with qtbot.waitExposed(made):
        made.show()
    return made


def click(widget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def test_a_click_goes_through_the_forms_of_a_coordinate(bar, context):
    context.pointed(Pointed(MIDDLE))
    forms = []
    bar.form_changed.connect(forms.append)
    assert bar.place.text().startswith("114°00′00.0″E 23°08′")
    click(bar.place)
    assert bar.place.text().startswith("114.000000°, 23.1")
    click(bar.place)
    assert bar.place.text() == "500000.00, 2560000.00"
    click(bar.place)
    assert bar.place.text().startswith("114°")
    assert forms == ["decimal", "metres", "dms"]


def test_typed_coordinates_move_the_map(bar, qtbot):
    went = []
    bar.went_to.connect(went.append)
    click(bar.go_button)
    assert bar.edit.isVisible()
    bar.edit.clear()
    QTest.keyClicks(bar.edit, "500100, 2560200")
    QTest.keyClick(bar.edit, Qt.Key.Key_Return)
    assert went == [Point(500_100.0, 2_560_200.0)]
    assert bar.place.isVisible()


def test_what_is_no_coordinate_is_marked_and_explained(bar):
    went = []
    bar.went_to.connect(went.append)
    bar.type_place()
    bar.edit.setText("the old bridge")
    QTest.keyClick(bar.edit, Qt.Key.Key_Return)
    assert went == []
    assert bar.edit.property("state") == "wrong"
    assert "113" in bar.edit.toolTip()


@pytest.mark.parametrize(("typed", "scale"), [("1:5000", 5000), ("25,000", 25000), ("1：800", 800)])
def test_the_scale_can_be_typed(bar, context, typed, scale):
    wanted = []
    bar.scale_wanted.connect(wanted.append)
    bar.scale.setText(typed)
    QTest.keyClick(bar.scale, Qt.Key.Key_Return)
    assert wanted == [scale]


@pytest.mark.parametrize("typed", ["", "large", "0", "-5"])
def test_what_is_no_scale_is_marked(bar, typed):
    wanted = []
    bar.scale_wanted.connect(wanted.append)
    bar.scale.setText(typed)
    QTest.keyClick(bar.scale, Qt.Key.Key_Return)
    assert wanted == []
    assert bar.scale.property("state") == "wrong"


def test_the_scale_follows_the_map(bar, context):
    bar.show_camera(context.map_view.camera.at_scale(12_345))
    assert bar.scale.text() == "1:12,300"
    bar.show_camera(context.map_view.camera.at_scale(500))
    assert bar.scale.text() == "1:500"


def test_the_temperature_under_the_pointer(bar, context):
    context.pointed(Pointed(MIDDLE, 17.43, "°C"))
    assert bar.value.text() == "17.4 °C here"
    context.pointed(None)
    assert bar.value.text() == ""


def test_the_system_is_named_and_follows_the_project(bar, context):
    assert bar.crs.text() == "CGCS2000 / 3-degree Gauss-Kruger CM 114E (EPSG:4547)"
    project = context.workspace.store.project
    edit = ProjectEdit("Map", (project.title, CRS), (project.title, "EPSG:4490"))
    context.workspace.store.apply(edit)
    assert "EPSG:4490" in bar.crs.text()


def test_each_edit_is_said_to_be_saved(bar, context):
    assert bar.saved.text() == "every edit saved"
    project = context.workspace.store.project
    context.workspace.store.apply(
        ProjectEdit("Title", (project.title, CRS), ("Another title", CRS))
    )
    assert bar.saved.text().startswith("every edit saved")


def test_the_time_of_the_last_edit_is_shown(bar, context):
    from gisapp.app.store import Change, Committed

    project = context.workspace.store.project
    edit = ProjectEdit("Title", (project.title, CRS), ("Another", CRS))
    safe = Committed(1, "2026-01-17T20:41:07.120+08:00")
    context.workspace.store.changed(Change(project, project, edit, safe))
    assert bar.saved.text() == "every edit saved · 20:41:07"


def test_read_only_is_said(qtbot):
    with window_context(read_only=True) as context:
        bar = StatusBar(context, "dms")
        qtbot.addWidget(bar, before_close_func=StatusBar.close_subscriptions)
        assert bar.saved.text() == "read-only"


def test_writing_is_said_until_it_is_done(qtbot):
    waiting = []

    def later(work, done, failed):
        waiting.append((work, done))

    with window_context() as context:
        project = context.workspace.store.project
        context.workspace.store = Store(project, write=later)
        bar = StatusBar(context, "dms")
        qtbot.addWidget(bar, before_close_func=StatusBar.close_subscriptions)
        edit = ProjectEdit("Title", (project.title, CRS), ("Another", CRS))
        context.workspace.store.apply(edit)
        bar.show_saved()
        assert bar.saved.text() == "writing…"
        work, done = waiting.pop()
        done(work())
        assert bar.saved.text().startswith("every edit saved")


def test_work_is_shown_with_a_way_to_stop_it(bar, context, qtbot):
    go, reported = Flag(), Flag()

    def work(progress):
        progress.report(0.25)
        reported.set()
        while not go.wait(0.01):
            progress.report(0.25)

    job = context.jobs.start(Job("Normalising flight 3", work))
    qtbot.waitUntil(bar.job.isVisible)
    qtbot.waitUntil(lambda: "25 %" in bar.job.words.text())
    click(bar.job.stop)
    qtbot.waitUntil(lambda: not bar.job.isVisible())
    assert job not in context.jobs.unfinished
    go.set()


def test_quiet_work_is_not_announced(bar, context, qtbot):
    context.jobs.start(Job("Drawing", lambda progress: None, quiet=True))
    qtbot.waitUntil(lambda: not context.jobs.unfinished)
    assert not bar.job.isVisible()
    assert bar.job._jobs == []


@pytest.mark.parametrize(
    ("fraction", "elapsed", "text"),
    [
        (0.0, 9.0, "Flight 3"),
        (0.5, 2.0, "Flight 3: 50 %"),
        (0.5, 40.0, "Flight 3: 50 %, 40 s left"),
        (0.1, 60.0, "Flight 3: 10 %, 9 min left"),
    ],
)
def test_the_time_left_is_said_once_it_means_something(fraction, elapsed, text):
    assert job_text("Flight 3", fraction, elapsed) == text
