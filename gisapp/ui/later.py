"""What the window needs only for an open project, loaded when the window is there to be seen.

The page of a project is two thirds of all modules. `load_in_steps` brings them in between turns of
the event loop, while a project is still being read; whoever needs them sooner gets them at once,
or goes through `parts_in_steps` too.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from importlib import import_module
from time import monotonic
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

from gisapp.app.jobs import Job, JobRunner
from gisapp.model.text import tr

PARTS = "gisapp.ui.page_parts"
RARELY = 200  # searches for garbage until one looks at everything, which stops the window
LEFT_FOR = 300.0  # seconds at least between two searches while nobody looks at the window
CHARTS_AFTER = 4000  # ms; whoever opens one sooner waits for it

# Those with the most behind them, so that each step is a short one
STEPS = (
    "gisapp.io.web_fetch",
    "gisapp.app.base_map_reading",
    "gisapp.app.import_doctor",
    "gisapp.app.exports",
    "gisapp.app.rules",
    "gisapp.app.photo_import",
    "gisapp.app.flight_alignment",
    "gisapp.app.flight_import",
    "gisapp.ui.attribute_table",
    "gisapp.ui.series_panel",
    "gisapp.ui.import_panel",
    "gisapp.ui.map_area",
    "gisapp.ui.feature_panel",
    "gisapp.ui.trace_panel",
    "gisapp.ui.map_looking",
    "gisapp.ui.thermal_scale",
    "gisapp.ui.project_page",
    "gisapp.ui.thermal_commands",
    "gisapp.ui.flight_commands",
    "gisapp.ui.candidate_commands",
    "gisapp.ui.photo_commands",
    "gisapp.ui.record_actions",
    "gisapp.ui.algorithm_panel",
    "gisapp.ui.style_panel",
)


def page_parts() -> Any:
    """The module `gisapp/ui/page_parts.py`. On the main thread: Qt makes classes meanwhile."""
    return import_module(PARTS)  # by name: the window must not wait for it


def parts_in_steps() -> Iterator[None]:
    """Load what is not loaded yet, one module after the other, with pauses between them.

    What modules are made of is never garbage: the collector does not look at it any more.
    """
    for name in (*STEPS, PARTS):
        if name not in sys.modules:
            import_module(name)
            yield
    if not gc.isenabled():  # see gisapp/main.py
        gc.freeze()
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, RARELY)
        gc.enable()


def load_in_steps(owner: QObject, jobs: JobRunner) -> None:
    """Load them while `owner` lives; the library of charts, which takes a third of a second in one
    piece, on a worker when the first map is there."""

    def charts() -> None:
        if jobs.unfinished or jobs.drawing.at_work:
            QTimer.singleShot(CHARTS_AFTER, owner, charts)
            return
        load = page_parts().warm_up_charts
        title = tr("Getting ready to draw faster")
        jobs.start(Job(title, lambda progress: load(), quiet=True))

    _load_next(owner, parts_in_steps())
    QTimer.singleShot(CHARTS_AFTER, owner, charts)


class GarbageSearch(QObject):
    """Looks for garbage everywhere when the user turns to another window: it takes up to a tenth of
    a second, which nobody notices then."""

    def __init__(self, app: QGuiApplication) -> None:
        super().__init__(app)
        self._last = monotonic()
        app.applicationStateChanged.connect(self._state_changed)

    def _state_changed(self, state: Qt.ApplicationState) -> None:
        left = state != Qt.ApplicationState.ApplicationActive
        if left and gc.isenabled() and monotonic() - self._last > LEFT_FOR:
            self._last = monotonic()
            gc.collect()


def _load_next(owner: QObject, steps: Iterator[None]) -> None:
    def step() -> None:
        for _ in steps:
            _load_next(owner, steps)
            return

    # Not 0: what is posted while posted events are sent is sent at once, before all input.
    QTimer.singleShot(1, owner, step)
