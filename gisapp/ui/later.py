"""What the window needs only for an open project, loaded when the window is there to be seen.

The page of a project is two thirds of all modules. `load_in_steps` brings them in between turns of
the event loop, while a project is still being read; whoever needs them sooner gets them at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from PySide6.QtCore import QObject, QTimer

PARTS = "gisapp.ui.page_parts"
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
    "gisapp.ui.thermal_commands",
    "gisapp.ui.flight_commands",
    "gisapp.ui.candidate_commands",
    "gisapp.ui.photo_commands",
    "gisapp.ui.record_actions",
    "gisapp.ui.feature_panel",
    "gisapp.ui.algorithm_panel",
    "gisapp.ui.style_panel",
    "gisapp.ui.project_page",
)


def page_parts() -> Any:
    """The module `gisapp/ui/page_parts.py`. On the main thread: Qt makes classes meanwhile."""
    return import_module(PARTS)  # by name: the window must not wait for it


def load_in_steps(owner: QObject) -> None:
    """Load them while `owner` lives, one after the other; the library of charts, which takes half
    a second in one piece, when the first map is there."""
    _load_next(owner, iter((*STEPS, PARTS)))
    QTimer.singleShot(CHARTS_AFTER, owner, lambda: page_parts().warm_up_charts())


def _load_next(owner: QObject, names: Iterator[str]) -> None:
    def step() -> None:
        name = next(names, "")
        if name:
            import_module(name)
            _load_next(owner, names)

    # Not 0: what is posted while posted events are sent is sent at once, before all input.
    QTimer.singleShot(1, owner, step)
