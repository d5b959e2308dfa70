"""A recorded session of a hand on the map, played again with Qt's own events.

A session is a JSON list. Places are parts of the map's width and height, distances logical pixels,
times milliseconds:

    {"do": "drag", "from": [0.5, 0.5], "by": [-240, 60], "over": 400, "hold": 120}
    {"do": "wheel", "at": [0.6, 0.4], "notches": [1, 1, -1], "every": 60}
    {"do": "touchpad", "at": [0.5, 0.5], "pixels": [20, 20, -10], "every": 16}
    {"do": "keys", "keys": ["Left", "Plus"], "every": 150}
    {"do": "rest", "over": 300}

A drag is one of the middle button, which pans in any tool; `hold` is how long the hand rests before
it lets go, so that the map is not flung. Events go to the window, as the system's do.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from gisapp.model.geometry import Pixel
from gisapp.render.camera import Camera
from gisapp.ui.map_motion import wheel_factor, zoomed

SESSION = Path(__file__).with_name("pan_and_zoom.json")
MOVE_EVERY = 8  # ms between two places of a mouse

Gesture = Mapping[str, Any]
Step = tuple[float, Callable[[], None]]  # ms after the start, what then happens


def session(name: str) -> list[Gesture]:
    """The gestures recorded under a name."""
    found: list[Gesture] = json.loads(SESSION.read_text("utf-8"))[name]
    return found


def goal_of(camera: Camera, gestures: Sequence[Gesture]) -> Camera:
    """Where drags and the wheel lead, calculated without a window. Raises ValueError for others."""
    ratio = camera.pixel_ratio
    for gesture in gestures:
        if gesture["do"] == "drag":
            across, down = gesture["by"]
            camera = camera.panned(across * ratio, down * ratio)
        elif gesture["do"] == "wheel":
            at = Pixel(
                *(part * side for part, side in zip(gesture["at"], camera.size, strict=True))
            )
            for notch in gesture["notches"]:
                camera = zoomed(camera, wheel_factor(notch * 120, 0), at)
        elif gesture["do"] != "rest":
            raise ValueError(f"where {gesture['do']} leads is for the map to say")
    return camera


def _END() -> None:  # noqa: N802  (a mark between gestures)
    """One gesture has ended."""


class Replay(QObject):
    """Plays a session on the map of a window that is shown. `finished` when the last event is in.

    Each event is posted when it was recorded, or as soon after it as the window answers. With
    `patient` the pauses between them are at least the recorded ones, and a gesture begins when
    `patient()` says that the one before has come to an end: a busy machine changes nothing.
    """

    finished = Signal()

    def __init__(
        self,
        screen: QWidget,
        gestures: Sequence[Gesture],
        patient: Callable[[], bool] | None = None,
    ) -> None:
        super().__init__(screen)
        self._patient = patient
        self._screen = screen
        self._window = screen.window().windowHandle()
        assert self._window is not None, "show the window first"
        self._steps = list(self._plan(gestures))
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._next)
        self._start = 0.0

    @property
    def duration(self) -> float:
        """Milliseconds, when nothing is late."""
        return self._steps[-1][0] if self._steps else 0.0

    def start(self) -> None:
        self._start = perf_counter()
        self._next()

    def _next(self) -> None:
        now = (perf_counter() - self._start) * 1000
        if self._patient is not None:
            now = self._one_step(now, self._patient)
        while self._patient is None and self._steps and self._steps[0][0] <= now:
            self._steps.pop(0)[1]()
        if self._steps:
            self._timer.start(max(1, int(self._steps[0][0] - now)))
        else:
            self.finished.emit()

    def _one_step(self, now: float, at_rest: Callable[[], bool]) -> float:
        """Where on the plan we are: what is late moves everything after it."""
        due, act = self._steps[0]
        if due > now or (act is _END and not at_rest()):
            return now if due > now else due - 5
        act()
        self._steps.pop(0)
        self._start = perf_counter() - due / 1000
        return due

    def _plan(self, gestures: Sequence[Gesture]) -> Iterator[Step]:
        at = 0.0
        for gesture in gestures:
            every = gesture.get("every", MOVE_EVERY)
            if gesture["do"] == "drag":
                yield from self._drag(gesture, at)
                at += gesture["over"] + gesture.get("hold", 0)
            elif gesture["do"] == "wheel":
                for notch in gesture["notches"]:
                    yield at, self._wheel(gesture["at"], notch * 120, 0)
                    at += every
            elif gesture["do"] == "touchpad":
                for pixels in gesture["pixels"]:
                    yield at, self._wheel(gesture["at"], pixels * 4, pixels)
                    at += every
            elif gesture["do"] == "keys":
                for key in gesture["keys"]:
                    yield at, self._key(key)
                    at += every
            else:
                at += gesture["over"]
            yield at, _END

    def _place(self, part: Sequence[float]) -> QPointF:
        return QPointF(part[0] * self._screen.width(), part[1] * self._screen.height())

    def _drag(self, gesture: Gesture, start: float) -> Iterator[Step]:
        begin, by = self._place(gesture["from"]), QPointF(*gesture["by"])
        button = Qt.MouseButton.MiddleButton
        yield start, self._mouse(QEvent.Type.MouseButtonPress, begin, button, button)
        moves = max(1, int(gesture["over"] / MOVE_EVERY))
        for move in range(1, moves + 1):
            place = begin + by * (move / moves)
            yield (
                start + move * MOVE_EVERY,
                self._mouse(QEvent.Type.MouseMove, place, Qt.MouseButton.NoButton, button),
            )
        end = start + gesture["over"] + gesture.get("hold", 0)
        none = Qt.MouseButton.NoButton
        yield end, self._mouse(QEvent.Type.MouseButtonRelease, begin + by, button, none)

    def _mouse(
        self,
        kind: QEvent.Type,
        place: QPointF,
        button: Qt.MouseButton,
        held: Qt.MouseButton,
    ) -> Callable[[], None]:
        def post() -> None:
            inside, outside = self._both(place)
            event = QMouseEvent(kind, inside, outside, button, held, Qt.KeyboardModifier.NoModifier)
            QApplication.postEvent(self._window, event)

        return post

    def _wheel(self, part: Sequence[float], angle: int, pixels: int) -> Callable[[], None]:
        def post() -> None:
            inside, outside = self._both(self._place(part))
            phase = Qt.ScrollPhase.ScrollUpdate if pixels else Qt.ScrollPhase.NoScrollPhase
            event = QWheelEvent(
                inside,
                outside,
                QPoint(0, pixels),
                QPoint(0, angle),
                Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier,
                phase,
                False,
            )
            QApplication.postEvent(self._window, event)

        return post

    def _key(self, name: str) -> Callable[[], None]:
        key = getattr(Qt.Key, f"Key_{name}")

        def post() -> None:
            self._screen.setFocus()
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier)
                QApplication.postEvent(self._window, event)

        return post

    def _both(self, place: QPointF) -> tuple[QPointF, QPointF]:
        """A place of the map in its window and on the screen."""
        window = self._screen.window()
        return self._screen.mapTo(window, place), self._screen.mapToGlobal(place)
