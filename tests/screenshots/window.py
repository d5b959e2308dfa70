"""The picture in the README: `python -m tests.screenshots.window FILE.png`.

The real window on the sample project, at the station that saw the event of truth.json, its ammonia
chart open and everything upstream traced. Nothing of the user's own settings is read or changed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import numpy as np
from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtGui import QImage

from gisapp.app.settings import Settings, WindowSettings
from gisapp.app.workspace import Selection
from gisapp.model.layer import TABLE
from gisapp.render import compiled
from gisapp.render.qt_canvas import warm_up
from gisapp.ui.program import Program
from gisapp.ui.series_plot import warm_up_charts
from gisapp.ui.start import application
from tests.samples import ROOT

WIDTH, HEIGHT = 1440, 900
PATIENCE = 60.0  # seconds for each thing that is waited for


def wait_for(what: str, there: Callable[[], bool]) -> None:
    """Let the program run until it is so. Raises TimeoutError."""
    loop, until = QEventLoop(), monotonic() + PATIENCE

    def look() -> None:
        if there() or monotonic() > until:
            loop.quit()

    timer = QTimer(interval=20)
    timer.timeout.connect(look)
    timer.start()
    loop.exec()
    timer.stop()
    if not there():
        raise TimeoutError(f"no {what} after {PATIENCE:g} s")


def still(seconds: float) -> None:
    """Let movements come to rest."""
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()


def small(picture: QImage) -> QImage:
    """The same to the eye, with 64 steps for each colour: a file a fifth smaller."""
    picture = picture.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(picture.constBits(), np.uint8)
    steps = np.where(rows > 251, 255, np.minimum(rows, 253) + 2 & 0xFC).astype(np.uint8)
    line = picture.bytesPerLine()
    return QImage(steps.tobytes(), picture.width(), picture.height(), line, picture.format()).copy()


def take(file: Path, place: Path, *, language: str = "en", theme: str = "light") -> None:
    event = json.loads((ROOT / "sample_data" / "truth.json").read_text("utf-8"))["event"]
    application()
    warm_up()
    warm_up_charts()
    compiled.load()
    settings = Settings(language=language, window=WindowSettings(theme=theme))
    state = QSettings(str(place / "window.ini"), QSettings.Format.IniFormat)
    program = Program(settings, lambda changed: None, state)
    try:
        window = program.window
        window.resize(WIDTH, HEIGHT)
        window.show()
        program.open_sample(place / "Sample basin")
        wait_for("project", lambda: program.session is not None)
        context, page = window.context, window.project_page
        layers = {layer.role: layer for layer in context.workspace.store.project.layers}
        data = context.layer_data
        assert data is not None
        for role in ("stations", "rivers", "outfalls", "sources"):
            layer = layers[role]
            wait_for(role, lambda la=layer: la.source.format == TABLE or data.get(la) is not None)
        stations = data.get(layers["stations"])
        ids = dict(zip(stations.column("station_id"), stations.ids, strict=True))
        station = ids[event["station"]]
        context.workspace.select(Selection(layers["stations"].id, frozenset([station])))
        wait_for("records", lambda: page.records.chart is not None)
        box = page.records.quantity_box
        box.setCurrentIndex(box.findData(event["parameter"]))
        box.activated.emit(box.currentIndex())
        wait_for("ammonia", lambda: page.records.chart.series.quantity.name == event["parameter"])
        page.records.trace_button.click()
        wait_for("trace", lambda: page.trace.answer is not None)
        still(3.0)
        wait_for("end of all work", lambda: not context.jobs.unfinished)
        still(0.5)
        small(window.screen().grabWindow(window.winId()).toImage()).save(str(file), quality=0)
        window.close()
    finally:
        program.close()


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        take(Path(sys.argv[1]).absolute(), Path(folder))
