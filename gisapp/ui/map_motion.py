"""How the camera gets from one view to the next: short, and only where it explains."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEasingCurve, QObject, QVariantAnimation
from PySide6.QtWidgets import QApplication, QStyle

from gisapp.model.crs import metres_per_unit
from gisapp.model.geometry import Pixel, Point
from gisapp.render.camera import Camera

DURATION = 140  # ms
NOTCH = 1.5  # times closer for one notch of a wheel
TOUCHPAD = 300.0  # pixels of two-finger scrolling that double the scale
NEAREST, FARTHEST = 0.0005, 200_000.0  # metres on the ground for a pixel
MOST_VIEWS = 200


def limited(camera: Camera) -> Camera:
    """Neither closer than half a millimetre a pixel nor farther than the whole earth."""
    metres = metres_per_unit(camera.crs, camera.center)
    resolution = min(max(camera.resolution, NEAREST / metres), FARTHEST / metres)
    return replace(camera, resolution=resolution)


def zoomed(camera: Camera, factor: float, around: Pixel) -> Camera:
    """As `Camera.zoomed`, within the limits."""
    metres = metres_per_unit(camera.crs, camera.center)
    wanted = camera.resolution / factor
    kept = min(max(wanted, NEAREST / metres), FARTHEST / metres)
    return camera.zoomed(camera.resolution / kept, around)


def wheel_factor(angle: float, pixels: float) -> float:
    """How much closer: `angle` in eighths of a degree, `pixels` from a touchpad (0: none)."""
    return 2 ** (pixels / TOUCHPAD) if pixels else NOTCH ** (angle / 120)


def between(start: Camera, end: Camera, t: float) -> Camera:
    """Part of the way (0 to 1). What both cameras see at one pixel stays there on the way."""
    resolution = math.exp((1 - t) * math.log(start.resolution) + t * math.log(end.resolution))
    change = end.resolution - start.resolution
    if abs(change) > 1e-9 * end.resolution:
        t = (resolution - start.resolution) / change
    x = start.center.x + t * (end.center.x - start.center.x)
    y = start.center.y + t * (end.center.y - start.center.y)
    return replace(end, center=Point(x, y), resolution=resolution)


def motion_wanted() -> bool:
    """Whether the system shows movement at all."""
    hint = QStyle.StyleHint.SH_Widget_Animation_Duration
    return bool(QApplication.style().styleHint(hint) > 0)


class Motion(QObject):
    """Moves a camera to its goal within 140 ms, or at once where movement is not wanted."""

    def __init__(self, moved: Callable[[Camera], None], parent: QObject) -> None:
        super().__init__(parent)
        self.wanted = motion_wanted()
        self._moved = moved
        self._start: Camera | None = None
        self.goal: Camera | None = None  # while it moves
        self._clock = QVariantAnimation(self)
        self._clock.setStartValue(0.0)
        self._clock.setEndValue(1.0)
        self._clock.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._clock.setDuration(DURATION)
        self._clock.valueChanged.connect(self._step)
        self._clock.finished.connect(self._arrived)

    def go(self, start: Camera, goal: Camera) -> None:
        self._clock.stop()
        if not self.wanted or start.size != goal.size or start.crs != goal.crs:
            self.goal = None
            self._moved(goal)
            return
        self._start, self.goal = start, goal
        self._clock.start()

    def stop(self) -> None:
        self._clock.stop()
        self.goal = None

    def _step(self, t: float) -> None:
        if self._start is not None and self.goal is not None:
            self._moved(between(self._start, self.goal, float(t)))

    def _arrived(self) -> None:
        goal, self.goal = self.goal, None
        if goal is not None:
            self._moved(goal)


class Views:
    """Where the user has been, for back and forward."""

    def __init__(self) -> None:
        self._seen: list[Camera] = []
        self._now = -1

    def rest(self, camera: Camera) -> None:
        """The map has come to rest here."""
        if self._now >= 0:
            last = self._seen[self._now]
            if (last.center, last.resolution) == (camera.center, camera.resolution):
                return
        del self._seen[self._now + 1 :]
        self._seen = [*self._seen, camera][-MOST_VIEWS:]
        self._now = len(self._seen) - 1

    def step(self, by: int) -> Camera | None:
        """The view before (-1) or after (1), or None."""
        if not 0 <= self._now + by < len(self._seen):
            return None
        self._now += by
        return self._seen[self._now]

    @property
    def can_go_back(self) -> bool:
        return self._now > 0

    @property
    def can_go_forward(self) -> bool:
        return self._now < len(self._seen) - 1
