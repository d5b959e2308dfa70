"""What is loaded after the window is shown, and how."""

from __future__ import annotations

import json
import subprocess
import sys

from PySide6.QtCore import Qt

from gisapp.ui import later

WATCHED = """
import gc, json, sys
from importlib import import_module
gc.disable()
taken = import_module("gisapp.ui.plain_imports").import_plainly()
later = import_module("gisapp.ui.later")
before = set(sys.modules)
steps = 0
for _ in later.parts_in_steps():
    steps += 1
print(json.dumps({
    "taken": taken,
    "steps": steps,
    "page before": "gisapp.ui.project_page" in before,
    "page": "gisapp.ui.project_page" in sys.modules,
    "charts": "pyqtgraph" in sys.modules,
    "again": len(list(later.parts_in_steps())),
    "collecting": gc.isenabled(),
    "rarely": gc.get_threshold()[2],
    "left alone": gc.get_freeze_count(),
    "sources read": sum(name.endswith("project_page.py") for name in sys.modules["linecache"].cache)
}))
"""


def test_the_page_is_loaded_in_steps_and_its_modules_are_no_garbage() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED], capture_output=True, text=True, check=True, timeout=120
    )
    told = json.loads(done.stdout)
    assert told["taken"]
    assert told["steps"] > 10
    assert not told["page before"]
    assert told["page"]
    assert not told["charts"]
    assert told["again"] == 0
    assert told["collecting"]
    assert told["left alone"] > 10_000
    assert told["rarely"] >= 100
    assert told["sources read"] == 0


PLAIN = """
from importlib import import_module
import_module("gisapp.ui.plain_imports").import_plainly()
from PySide6.QtCore import QObject
from __feature__ import snake_case
print(QObject().object_name() == "")
"""


def test_a_plugin_may_still_ask_for_other_names_of_methods() -> None:
    done = subprocess.run([sys.executable, "-c", PLAIN], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "True", done.stderr


def test_garbage_is_looked_for_when_the_window_is_left_and_not_each_time(qapp, monkeypatch) -> None:
    searched: list[float] = []
    now = [0.0]
    monkeypatch.setattr(later, "monotonic", lambda: now[0])
    monkeypatch.setattr(later.gc, "collect", lambda: searched.append(now[0]))
    search = later.GarbageSearch(qapp)
    for at, state in (
        (1.0, Qt.ApplicationState.ApplicationInactive),
        (400.0, Qt.ApplicationState.ApplicationActive),
        (401.0, Qt.ApplicationState.ApplicationInactive),
        (500.0, Qt.ApplicationState.ApplicationInactive),
        (900.0, Qt.ApplicationState.ApplicationHidden),
    ):
        now[0] = at
        qapp.applicationStateChanged.emit(state)
    assert searched == [401.0, 900.0]
    qapp.applicationStateChanged.disconnect(search._state_changed)
    search.deleteLater()
