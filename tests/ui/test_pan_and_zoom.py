"""A recorded session of a hand on the map: where it ends, and what is then on the screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from gisapp.app.map_view import MapView
from gisapp.render.camera import Camera
from gisapp.render.qt_canvas import QtPress
from gisapp.ui.map_widget import MapWidget
from tests.own import OWN
from tests.ui.gestures import Gesture, Replay, goal_of, session
from tests.ui.map_setting import (
    RIVERS,
    MapSetting,
    make_setting,
    project_with,
    rivers,
    runner,
    scattered,
    table_of,
)

MEMORY = 24_000_000  # bytes: less than the session would like to keep
POINTS = 3000


@pytest.fixture
def setting(qtbot) -> Iterator[MapSetting]:
    main, jobs = runner()
    made = make_setting(jobs, project_with(table_of(scattered(POINTS))), {RIVERS: rivers()})
    made.view.keep_at_most(MEMORY)
    qtbot.addWidget(made.widget, before_close_func=MapWidget.close_map)
    made.widget.resize(640, 480)
    with qtbot.waitExposed(made.widget):
        made.widget.show()
    made.jobs = jobs  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: made.view.complete)
    yield made
    made.desk.close()
    made.view.close()
    jobs.close()
    QApplication.processEvents()
    main.deleteLater()


def play(qtbot, widget: MapWidget, gestures: Sequence[Gesture]) -> None:
    replay = Replay(widget, gestures, patient=lambda: widget.motion.goal is None)
    with qtbot.waitSignal(replay.finished, timeout=60_000):
        replay.start()
    QApplication.sendPostedEvents()  # the last of the hand
    qtbot.waitUntil(lambda: widget.motion.goal is None and widget.view.camera == widget.camera)
    qtbot.waitUntil(lambda: widget.view.complete, timeout=20_000)


def pixels_of(widget: MapWidget) -> np.ndarray:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    flat = np.frombuffer(image.constBits(), np.uint32)
    return flat.reshape(image.height(), -1)[:, : image.width()].copy()


def fresh_pixels(qtbot, setting: MapSetting, camera: Camera) -> np.ndarray:
    """The same view, shown by a widget that has seen nothing before."""
    data = {RIVERS: rivers()}
    jobs = setting.jobs  # type: ignore[attr-defined]
    view = MapView(
        setting.store, jobs, OWN.painters(), lambda layer: data.get(layer.id), QtPress(), camera
    )
    widget = MapWidget(view, setting.desk)
    qtbot.addWidget(widget, before_close_func=MapWidget.close_map)
    widget.resize(setting.widget.size())
    with qtbot.waitExposed(widget):
        widget.show()
    widget.show_camera(camera)
    qtbot.waitUntil(lambda: view.complete and view.camera == camera)
    try:
        return pixels_of(widget)
    finally:
        view.close()


def test_the_map_ends_where_the_gestures_lead(qtbot, setting):
    start = setting.widget.camera

    play(qtbot, setting.widget, session("around"))

    goal, end = goal_of(start, session("around")), setting.widget.camera
    assert end.resolution == pytest.approx(goal.resolution)
    assert end.to_screen(goal.center) == pytest.approx(
        (end.size.width / 2, end.size.height / 2), abs=0.01
    )


@pytest.mark.parametrize("name", ["around", "every way"])
def test_what_is_shown_in_the_end_is_what_a_fresh_map_shows(qtbot, setting, name):
    before = pixels_of(setting.widget)

    play(qtbot, setting.widget, session(name))

    shown = pixels_of(setting.widget)
    assert (shown != before).any()
    whole_pixels = setting.view.frame.grid.aligned(setting.widget.camera)
    assert (shown == fresh_pixels(qtbot, setting, whole_pixels)).all()


def test_a_thrown_map_does_not_fall_back_and_comes_to_rest(qtbot, setting):
    start = setting.widget.camera
    (drag,) = (gesture for gesture in session("every way") if gesture["do"] == "drag")

    play(qtbot, setting.widget, [drag])

    moved = start.center.x - goal_of(start, [drag]).center.x
    assert (start.center.x - setting.widget.camera.center.x) / moved >= 1 - 1e-6


def test_memory_for_pictures_stays_below_its_limit_all_the_way(qtbot, setting):
    used = []
    setting.view.tiles_changed.subscribe(lambda _: used.append(setting.view._pictures.memory.used))

    play(qtbot, setting.widget, session("around"))

    assert max(used) > MEMORY / 4  # something was kept
    assert max(used) <= MEMORY
