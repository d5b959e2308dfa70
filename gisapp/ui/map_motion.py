"""How the camera gets from one view to the next: short, and only where it explains."""

from __future__ import annotations

import cmath
import math
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from PySide6.QtCore import QEasingCurve, QObject, QPointF, QVariantAnimation
from PySide6.QtWidgets import QApplication, QStyle

from gisapp.model.crs import metres_per_unit
from gisapp.model.geometry import Extent, Pixel, Point
from gisapp.render.camera import Camera

DURATION = 140  # ms
NOTCH = 1.5  # times closer for one notch of a wheel
TOUCHPAD = 300.0  # pixels of two-finger scrolling that double the scale
NEAREST, FARTHEST = 0.0005, 200_000.0  # metres on the ground for a pixel
MOST_VIEWS = 200
GLIDE = 600  # ms until a map that was let go of while moving has come to rest
THROWN = 0.09  # seconds before the release in which the hand's speed is taken
SHORTEST = 0.015  # seconds of a throw; less is no movement of a hand
SLOWEST = 120.0  # logical pixels a second; a slower hand lays the map down
FASTEST = 6000.0
TURN_STEP = 15.0  # degrees for a key
NORTH_CATCHES = 4.0  # degrees beside north from which the map falls back to it
TURN_DEAD_ZONE = 10.0  # degrees two fingers turn before the map does


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
    """Part of the way (0 to 1). What both cameras see at one pixel stays there on the way.

    A camera takes the pixel offset w from the middle (right positive, up imaginary) to the place
    c + a w, where |a| is the resolution and its angle the rotation. a goes from one to the other
    as a spiral; c follows so that the w with c0 + a0 w = c1 + a1 w is fixed.
    """
    turn = math.radians((end.rotation - start.rotation + 180) % 360 - 180)
    way = complex(math.log(end.resolution / start.resolution), turn)
    share = (cmath.exp(t * way) - 1) / (cmath.exp(way) - 1) if abs(way) > 1e-9 else complex(t)
    moved = share * complex(end.center.x - start.center.x, end.center.y - start.center.y)
    return replace(
        end,
        center=Point(start.center.x + moved.real, start.center.y + moved.imag),
        resolution=start.resolution * math.exp(t * way.real),
        rotation=(start.rotation + math.degrees(t * turn)) % 360,
    )


def fitting(extent: Extent, like: Camera) -> Camera:
    """Sees the whole extent in the size, the system and the turn of another camera."""
    upright = Camera.fit(extent, like.size, like.crs, pixel_ratio=like.pixel_ratio)
    if not like.rotation:
        return upright
    turned = replace(upright, rotation=like.rotation)
    cos, sin = (abs(f(math.radians(like.rotation))) for f in (math.cos, math.sin))
    width = extent.width * cos + extent.height * sin
    height = extent.width * sin + extent.height * cos
    box = Extent(0.0, 0.0, width, height)
    if not width and not height:
        return turned
    fit = Camera.fit(box, like.size, like.crs, pixel_ratio=like.pixel_ratio)
    return replace(turned, resolution=fit.resolution)


def near_north(rotation: float) -> bool:
    """Whether a turn is so small that no one wants it."""
    return min(rotation % 360, -rotation % 360) < NORTH_CATCHES


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

    def glide(self, start: Camera, speed: QPointF) -> None:
        """Let go of while moving so fast (device pixels a second): slows down, then rests.

        The way is such that a cubic easing begins with just that speed.
        """
        if self.wanted:
            way = speed * (GLIDE / 1000 / 3)
            self.go(start, start.panned(way.x(), way.y()), GLIDE)

    def go(self, start: Camera, goal: Camera, duration: int = DURATION) -> None:
        self._clock.stop()
        self._clock.setDuration(duration)
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


class Throw:
    """How fast the hand moves the map just before it lets go."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._seen: deque[tuple[float, QPointF]] = deque(maxlen=32)

    def start(self, at: QPointF) -> None:
        self._seen.clear()
        self.move(at)

    def move(self, at: QPointF) -> None:
        self._seen.append((self._now(), QPointF(at)))

    def speed(self) -> QPointF:
        """Logical pixels a second; zero when the hand had stopped, or hardly moved."""
        now = self._now()
        seen = [one for one in self._seen if now - one[0] <= THROWN]
        if len(seen) < 2 or seen[-1][0] - seen[0][0] < SHORTEST:
            return QPointF()
        way = seen[-1][1] - seen[0][1]
        speed = way * (1 / (now - seen[0][0]))
        length = math.hypot(speed.x(), speed.y())
        if length < SLOWEST:
            return QPointF()
        return speed * min(1.0, FASTEST / length)


class Views:
    """Where the user has been, for back and forward."""

    def __init__(self) -> None:
        self._seen: list[Camera] = []
        self._now = -1

    def rest(self, camera: Camera) -> None:
        """The map has come to rest here."""
        if self._now >= 0:
            last = self._seen[self._now]
            if _place(last) == _place(camera):
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


def _place(camera: Camera) -> tuple[Point, float, float]:
    return camera.center, camera.resolution, camera.rotation
