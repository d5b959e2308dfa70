"""The watchers of all tests really bark, and name the line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

CULPRITS = """
import logging, threading, warnings
import pytest

KEPT = []
STOP = threading.Event()

def test_thread():
    threading.Thread(target=STOP.wait, name="culprit", daemon=True).start()  # thread line

def test_pool():
    from concurrent.futures import ThreadPoolExecutor
    KEPT.append(ThreadPoolExecutor(1))
    KEPT[-1].submit(int).result()  # pool line

def test_qt_thread(qapp):
    from PySide6.QtCore import QThread
    KEPT.append(QThread())
    KEPT[-1].start()  # qthread line

def test_timer(qapp):
    from PySide6.QtCore import QTimer
    KEPT.append(QTimer())
    KEPT[-1].start(60000)  # timer line

def test_widget(qapp):
    from PySide6.QtWidgets import QLabel
    KEPT.append(QLabel("left behind", objectName="culprit"))  # widget line

def test_own_widget(qapp):
    from PySide6.QtWidgets import QWidget
    class Panel(QWidget):
        def __init__(self):
            super().__init__()  # panel line
    KEPT.append(Panel())

def test_log():
    logging.getLogger("culprit").warning("water in the cellar")  # log line

def test_warning():
    warnings.warn("old way", DeprecationWarning)

def test_qt_warning(qapp):
    from PySide6.QtCore import qWarning
    qWarning("Qt is not amused")

def test_innocent(qapp, qtbot, caplog):
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QLabel
    label = QLabel("closed")
    qtbot.addWidget(label)
    cycle = QLabel("only in a cycle")
    cycle.itself = cycle
    timer = QTimer()
    timer.start(60000)
    timer.stop()
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    logging.getLogger("culprit").warning("expected")
    assert "expected" in caplog.text

def test_end(qapp):
    STOP.set()
    for kept in KEPT:
        getattr(kept, "shutdown", getattr(kept, "quit", int))()
        getattr(kept, "wait", int)()
        getattr(kept, "stop", int)()
"""


@pytest.fixture(scope="module")
def barks(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The output of pytest over the culprits, run once, in a process of its own."""
    import subprocess
    import sys

    folder = tmp_path_factory.mktemp("culprits")
    (folder / "test_culprits.py").write_text(CULPRITS)
    (folder / "pytest.ini").write_text(
        "[pytest]\nfilterwarnings = error\nqt_api = pyside6\nqt_log_level_fail = WARNING\n"
    )
    plugins = ["-p", "tests.leaks", "-p", "tests.log_watch", "-p", "no:cacheprovider"]
    # On a build server pytest says every complaint twice.
    environment = {k: v for k, v in os.environ.items() if k not in ("CI", "BUILD_NUMBER")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rA", *plugins, str(folder)],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return done.stdout + done.stderr


def line_of(words: str) -> int:
    return next(n for n, text in enumerate(CULPRITS.splitlines(), 1) if words in text)


@pytest.mark.parametrize(
    ("test", "complaint", "line"),
    [
        ("thread", "thread 'culprit' started at", "# thread line"),
        ("pool", "thread 'ThreadPoolExecutor", "# pool line"),
        ("qt_thread", "QThread still running, started at", "# qthread line"),
        ("timer", "QTimer still running, started at", "# timer line"),
        ("widget", "QLabel 'culprit' made at", "# widget line"),
        ("own_widget", "Panel '' made at", "# panel line"),
        ("log", "WARNING culprit: water in the cellar", "# log line"),
    ],
)
def test_what_is_left_behind_fails_the_test_and_names_the_line(
    barks: str, test: str, complaint: str, line: str
) -> None:
    [said] = [text for text in barks.splitlines() if complaint in text and "::" not in text]
    assert f"test_culprits.py:{line_of(line)}" in said
    assert f"ERROR test_culprits.py::test_{test} " in barks


@pytest.mark.parametrize("test", ["warning", "qt_warning"])
def test_warnings_of_python_and_qt_are_errors(barks: str, test: str) -> None:
    assert f"FAILED test_culprits.py::test_{test}" in barks


def test_the_innocent_pass(barks: str) -> None:
    assert "PASSED test_culprits.py::test_innocent" in barks
    assert "ERROR test_culprits.py::test_innocent" not in barks
