"""A gesture until its picture is there, as in the window: written on its own thread, then drawn."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QGuiApplication

from gisapp.app.jobs import JobRunner
from gisapp.app.map_view import MapView
from gisapp.app.plugins import find_plugins
from gisapp.app.project_session import ProjectSession, load_project
from gisapp.model.edit import Edit, LayersEdit
from gisapp.model.geometry import Size
from gisapp.model.layer import TABLE, Layer, Source
from gisapp.model.survey import OUTFALL_STYLE
from gisapp.render.camera import Camera
from gisapp.render.qt_canvas import QtPress, warm_up
from gisapp.render.tiles import Frame
from gisapp.ui.main_thread import MainThread

SIZE = Size(1440, 900)
PATIENCE = 60_000  # ms

Make = Callable[[ProjectSession, int], Edit]


def gestures(folder: Path, makers: dict[str, Make], rounds: int) -> Iterator[tuple[str, float]]:
    """Name and seconds of every gesture, all features in view; then of every undo."""
    app = QGuiApplication.instance() or QGuiApplication([])
    warm_up()
    deliver = MainThread(app)
    jobs = JobRunner(deliver)
    session = ProjectSession(load_project(folder), deliver)
    loop = QEventLoop()
    guard = QTimer(singleShot=True, interval=PATIENCE)
    guard.timeout.connect(lambda: loop.exit(1))

    def until_drawn(act: Callable[[], None]) -> float:
        guard.start()
        start = perf_counter()
        act()
        if code := loop.exec():
            raise TimeoutError("no picture came" if code == 1 else "the picture is empty")
        return perf_counter() - start

    try:
        store = session.store
        extent = store.project.tables["outfalls"].shapes_in("EPSG:4547").extent
        assert extent is not None
        camera = Camera.fit(extent, SIZE, "EPSG:4547")
        view = MapView(
            store, jobs, find_plugins().painters(), lambda layer: None, QtPress(), camera
        )

        def ready(frame: Frame) -> None:
            loop.exit(2 if frame.is_empty else 0)  # an empty picture is no picture

        view.layers_ready.subscribe(ready)
        layer = Layer("Outfalls", Source(TABLE, "outfalls"), OUTFALL_STYLE)
        edit = LayersEdit("Layer", store.project.layers, (layer,))
        yield "first picture", until_drawn(lambda: store.apply(edit))
        for name, make in makers.items():
            for number in range(rounds):
                made = make(session, number)
                yield name, until_drawn(lambda made=made: store.apply(made))
        for _ in range(rounds):
            yield "undo", until_drawn(store.undo)
        view.close()
    finally:
        jobs.close()
        session.close()
