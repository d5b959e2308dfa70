"""Fails a test that leaves a thread, a running timer or a window behind, and names the line.

Loaded as a pytest plugin. Python threads are noted when they are started, Qt's threads and
timers too, widgets when Python code makes them; a widget that Qt made itself has no such line,
then its type, name and referrers must do.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import pytest

GRACE = 2.0  # seconds for a thread that was told to stop
FAILED = pytest.StashKey[bool]()
OF_LIBRARIES = (str(Path(sys.prefix)), str(Path(sys.base_prefix) / "lib"), "<frozen")
KEPT_BY_QT = {"QTipLabel"}  # the one tool tip window that Qt hides and uses again

_made_at: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
_started: WeakSet[Any] = WeakSet()
_watched: set[str] = set()


def calling_line() -> str:
    """`file:line in function` of the nearest caller that is no library and not this file."""
    frame = sys._getframe(1)
    outermost = frame
    while frame is not None:
        name = frame.f_code.co_filename
        if name != __file__ and not name.startswith(OF_LIBRARIES):
            break
        outermost = frame
        frame = frame.f_back  # type: ignore[assignment]
    frame = frame or outermost
    return f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}"


def noting(method: Callable[..., Any], started: bool = True) -> Callable[..., Any]:
    """The same method, but the object remembers who called it."""

    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        where = calling_line()
        result = method(self, *args, **kwargs)
        _made_at[self] = where
        if started:
            _started.add(self)
        return result

    return wrapper


def watch_threads() -> None:
    if "threads" not in _watched:
        _watched.add("threads")
        threading.Thread.start = noting(threading.Thread.start)  # type: ignore[method-assign]


def watch_qt() -> None:
    """Once; takes 0.2 s, because Qt's classes are only made when they are looked at."""
    if "qt" in _watched:
        return
    _watched.add("qt")
    from PySide6 import QtCore, QtWidgets

    for cls in (QtCore.QThread, QtCore.QTimer):
        cls.start = noting(cls.start)  # type: ignore[method-assign]
    for name in dir(QtWidgets):
        cls = getattr(QtWidgets, name)
        if isinstance(cls, type) and issubclass(cls, QtWidgets.QWidget):
            cls.__init__ = noting(cls.__init__, started=False)  # type: ignore[misc]


def origin(thing: Any) -> str:
    return _made_at.get(thing, "an unknown line (made inside a library)")


def threads_left(before: set[threading.Thread]) -> list[str]:
    until = time.monotonic() + GRACE
    left = [t for t in threading.enumerate() if t not in before]
    for thread in left:
        thread.join(max(0.0, until - time.monotonic()))
    return [f"thread {t.name!r} started at {origin(t)}" for t in left if t.is_alive()]


def running() -> list[Any]:
    """Qt threads and timers that are on."""
    from shiboken6 import isValid

    def on(thing: Any) -> bool:
        return bool(thing.isActive() if hasattr(thing, "isActive") else thing.isRunning())

    qt = [t for t in list(_started) if not isinstance(t, threading.Thread)]
    return [t for t in qt if isValid(t) and on(t)]


def top_level_widgets() -> list[Any]:
    from PySide6.QtWidgets import QApplication

    return list(QApplication.topLevelWidgets()) if QApplication.instance() else []


def delete_later_now() -> None:
    from PySide6.QtCore import QCoreApplication, QEvent

    if QCoreApplication.instance():
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()


def holders(widget: Any) -> str:
    """Who still refers to it, for the message."""
    kinds = []
    for holder in gc.get_referrers(widget):
        if hasattr(holder, "f_code") or holder is sys._getframe(0):
            continue
        keys = ""
        if isinstance(holder, dict):
            keys = "[" + ", ".join(repr(k) for k, v in holder.items() if v is widget) + "]"
        kinds.append(type(holder).__name__ + keys)
    return ", ".join(kinds[:6]) or "nothing in Python"


def widgets_left(before: set[int]) -> list[str]:
    def left() -> list[Any]:
        return [
            w
            for w in top_level_widgets()
            if id(w) not in before and type(w).__name__ not in KEPT_BY_QT
        ]

    if not left():
        return []
    gc.collect()
    delete_later_now()
    return [
        f"{type(w).__name__} {w.objectName()!r} made at {origin(w)}; held by {holders(w)} "
        "(a lambda or partial with self, connected to a longer-lived signal, is a usual cause)"
        for w in left()
    ]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[Any]:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture(autouse=True)
def _nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    watch_threads()
    qt = "qapp" in request.fixturenames or "PySide6.QtWidgets" in sys.modules
    if qt:
        watch_qt()
    threads = set(threading.enumerate())
    # Kept alive until the end, so that no new widget is taken for an old one by its id.
    widgets = top_level_widgets() if qt else []
    timers = running() if qt else []
    known = {id(w) for w in widgets}
    yield
    if request.node.stash.get(FAILED, False):
        return  # its traceback holds on to whatever the test had
    left: list[str] = []
    if qt or "PySide6.QtWidgets" in sys.modules:
        delete_later_now()
        left += widgets_left(known)
        left += [
            f"{type(t).__name__} still running, started at {origin(t)}"
            for t in running()
            if not any(t is old for old in timers)
        ]
    left += threads_left(threads)
    if left:
        pytest.fail("left behind by this test:\n  " + "\n  ".join(left), pytrace=False)
