"""Turning the map: with the mouse around the middle of the view, and with two fingers."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QWidget

from gisapp.model.geometry import Pixel
from gisapp.render.camera import Camera
from gisapp.ui.map_motion import TURN_DEAD_ZONE, near_north, zoomed

INNER = 20.0  # logical pixels around the middle where the hand has no direction


class TurningHand:
    """The map follows the direction in which the pointer lies from the middle of the view."""

    def __init__(self, at: QPointF, camera: Camera) -> None:
        self._last = _direction(at, camera)
        self.has_moved = False

    def move(self, at: QPointF, camera: Camera) -> Camera:
        """`at` in logical pixels of the widget."""
        now = _direction(at, camera)
        if now is None:
            return camera
        last, self._last = self._last, now
        if last is None:
            return camera
        self.has_moved = True
        return camera.turned(camera.rotation + math.degrees(now - last))


def _direction(at: QPointF, camera: Camera) -> float | None:
    """Clockwise, in radians; None too near to the middle."""
    x = at.x() - camera.size.width / camera.pixel_ratio / 2
    y = at.y() - camera.size.height / camera.pixel_ratio / 2
    return math.atan2(y, x) if math.hypot(x, y) > INNER else None


class Fingers:
    """Two fingers on a touchpad or a screen: pinch, turn and drag at once.

    The map turns only after the fingers have clearly turned, so that a pinch does not tilt it;
    a map that is let go of nearly north up becomes so.
    """

    def __init__(
        self,
        widget: QWidget,
        camera: Callable[[], Camera],
        moved: Callable[[Camera], None],
        let_go: Callable[[], None],
    ) -> None:
        """`moved` shows a camera at once; `let_go` is called when the fingers are lifted."""
        self._widget, self._camera, self._moved, self._let_go = widget, camera, moved, let_go
        self.busy = False
        self._turned = 0.0  # degrees the fingers have turned in this gesture
        self._told: tuple[float, float, QPointF] | None = None

    def take(self, event: QEvent) -> bool:
        """Whether the event was theirs."""
        if isinstance(event, QNativeGestureEvent):
            return self._touchpad(event)
        if isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                self._pinch(pinch)
                return True
        return False

    def _touchpad(self, event: QNativeGestureEvent) -> bool:
        kind, kinds = event.gestureType(), Qt.NativeGestureType
        at = event.position()
        if kind == kinds.BeginNativeGesture:
            self._begin()
        elif kind == kinds.EndNativeGesture:
            self._end()
        elif kind == kinds.ZoomNativeGesture:
            self._move(QPointF(), 1 + event.value(), 0.0, at)
        elif kind == kinds.RotateNativeGesture:  # clockwise is positive
            self._move(QPointF(), 1.0, event.value(), at)
        elif kind == kinds.PanNativeGesture:
            self._move(event.delta(), 1.0, 0.0, at)
        elif kind == kinds.SmartZoomNativeGesture:
            self._move(QPointF(), 2.0, 0.0, at)
        else:
            return False
        return True

    def _pinch(self, pinch: QPinchGesture) -> None:
        state = pinch.state()
        if state == Qt.GestureState.GestureStarted:
            self._begin()
        told = (pinch.scaleFactor(), pinch.rotationAngle(), pinch.centerPoint())
        if told == self._told and state == Qt.GestureState.GestureUpdated:
            return  # Qt tells some movements twice
        self._told = told
        middle = QPointF(self._widget.mapFromGlobal(pinch.centerPoint()))
        way = pinch.centerPoint() - pinch.lastCenterPoint()
        turn = pinch.rotationAngle() - pinch.lastRotationAngle()
        turn = (turn + 180) % 360 - 180  # over the jump from 360 to 0
        if state in (Qt.GestureState.GestureFinished, Qt.GestureState.GestureCanceled):
            self._end()
        else:
            self._move(way, pinch.scaleFactor(), turn, middle)

    def _begin(self) -> None:
        self.busy, self._turned = True, 0.0

    def _move(self, way: QPointF, factor: float, turn: float, at: QPointF) -> None:
        """All in logical pixels; the place between the fingers stays there."""
        camera = self._camera()
        ratio = camera.pixel_ratio
        around = Pixel(at.x() * ratio, at.y() * ratio)
        camera = camera.panned(way.x() * ratio, way.y() * ratio)
        if factor > 0 and factor != 1:
            camera = zoomed(camera, factor, around)
        turn = self._beyond_dead_zone(turn)
        if turn:
            camera = camera.turned(camera.rotation + turn, around)
        self._moved(camera)

    def _beyond_dead_zone(self, turn: float) -> float:
        """The part of this turn with which the fingers are out of the dead zone."""
        before, self._turned = self._turned, self._turned + turn
        return _beyond(self._turned) - _beyond(before)

    def _end(self) -> None:
        self.busy = False
        self._let_go()


def _beyond(turned: float) -> float:
    return math.copysign(max(abs(turned) - TURN_DEAD_ZONE, 0.0), turned)


def falls_north(camera: Camera) -> bool:
    """Whether a map that is let go of should be north up."""
    return bool(camera.rotation) and near_north(camera.rotation)
