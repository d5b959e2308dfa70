"""A flight over the map: frames as they are found, footprints and track, the frame pointed at, and
one frame's picture while it is moved. It lies over the map's picture and follows its camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QWidget

from gisapp.model.crs import Coordinates, transform
from gisapp.render.camera import Camera
from gisapp.ui.map_overlay import ACCENT, paint_preview
from gisapp.ui.map_screen import MapScreen

THIN = "8c"  # alpha of outlines: temperatures are seen through them
BEFORE = "#b45309"  # where frames were as their files say
MOST_OUTLINES = 400  # in view; of more only the places are drawn
SEEN_THROUGH = 0.72


@dataclass(frozen=True)
class ShownFrame:
    """A frame's picture laid between its four corners (map's system) while it is moved."""

    image: QImage
    corners: Coordinates
    opacity: float = SEEN_THROUGH


class FlightOverlay(QWidget):
    def __init__(self, screen: MapScreen) -> None:
        super().__init__(screen)
        self._screen = screen
        self.crs = ""
        self._rings: list[Coordinates] = []  # 4 x 2 each, in the flight's system
        self._before: list[Coordinates] = []
        self._places: Coordinates = np.empty((0, 2))
        self._own: tuple[str, Coordinates, Coordinates, Coordinates] | None = None
        self.marked: int | None = None  # the frame under the pointer
        self.shows_before = False
        self.shows_rings = self.shows_places = True
        self.lifted: ShownFrame | None = None
        self.cross: Coordinates | None = None  # 1 x 2, in the map's system
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        screen.installEventFilter(self)
        screen.camera_changed.connect(self._moved)
        self.resize(screen.size())
        self.lower()
        self.show()

    def _moved(self, camera: Camera) -> None:
        """A map that paints itself when it moves paints what lies on it too."""
        if self._screen.painted_by is not None:
            self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.resize(self._screen.size())
        return False

    def show_places(self, places: Coordinates, crs: str) -> None:
        """Frames that were found so far, n x 2; before anything is known of their footprints."""
        self.crs, self._places, self._own = crs, places, None
        self._rings, self._before = [], []
        self.update()

    def show_flight(
        self,
        crs: str,
        places: Coordinates,
        rings: Sequence[Coordinates],
        before: Sequence[Coordinates],
    ) -> None:
        """Track n x 2 and footprints 4 x 2; `before`: footprints as the files say."""
        self.crs, self._places, self._own = crs, places, None
        self._rings, self._before = list(rings), list(before)
        self.marked = None
        self.update()

    def clear(self) -> None:
        self.show_flight("", np.empty((0, 2)), (), ())
        self.lifted = self.cross = None

    def mark(self, number: int | None) -> None:
        if number != self.marked:
            self.marked = number
            self.update()

    def lift(self, frame: ShownFrame | None) -> None:
        """Show a frame's picture over the map, or no longer."""
        self.lifted = frame
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        camera = self._screen.camera
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.crs:
            self._paint_flight(painter, camera)
        if self.lifted is not None:
            self._paint_lifted(painter, camera, self.lifted)
            # What the hand draws would be hidden by the picture.
            paint_preview(painter, camera, self._screen.overlay.preview)
        if self.cross is not None and np.isfinite(self.cross).all():
            (x, y) = _on_screen(camera, self.cross)[0]
            for color, width in (("#d9ffffff", 4.0), (ACCENT, 2.0)):
                painter.setPen(QPen(QColor(color), width))
                painter.drawLine(QPointF(x - 11, y), QPointF(x + 11, y))
                painter.drawLine(QPointF(x, y - 11), QPointF(x, y + 11))
        painter.end()

    def _paint_flight(self, painter: QPainter, camera: Camera) -> None:
        places, rings, before = self._in_map(camera.crs)
        if self.shows_rings and len(rings) <= MOST_OUTLINES * 4:
            shown = before if self.shows_before else rings
            color = BEFORE if self.shows_before else ACCENT
            pen = QPen(QColor(color), 1.0)
            pen.setColor(QColor(f"#{THIN}{color[1:]}"))
            for ring in shown.reshape(-1, 4, 2):
                _outline(painter, camera, ring, pen)
        if len(places) and self.shows_places:
            at = _on_screen(camera, places)
            near = np.isfinite(at).all(axis=1) & (np.abs(at) < 30_000).all(axis=1)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(BEFORE if self.shows_before else ACCENT))
            for x, y in at[near]:
                painter.drawEllipse(QPointF(x, y), 2.2, 2.2)
        number = self.marked
        chosen = before if self.shows_before and len(before) == len(rings) else rings
        if number is not None and 0 <= number < len(chosen) // 4:
            ring = chosen[4 * number : 4 * number + 4]
            _outline(painter, camera, ring, QPen(QColor("#e6ffffff"), 5.0))
            _outline(painter, camera, ring, QPen(QColor(ACCENT), 2.6), QColor("#330b8fc4"))

    def _in_map(self, crs: str) -> tuple[Coordinates, Coordinates, Coordinates]:
        """Places and corners in the map's system; worked out once for a system."""
        if self._own is None or self._own[0] != crs:
            none = np.empty((0, 2))
            now, before = np.vstack([none, *self._rings]), np.vstack([none, *self._before])
            places, rings, was = (
                transform(part, self.crs, crs) for part in (self._places, now, before)
            )
            self._own = (crs, places, rings, was)
        return self._own[1:]

    def _paint_lifted(self, painter: QPainter, camera: Camera, frame: ShownFrame) -> None:
        at = _on_screen(camera, frame.corners)
        if not np.isfinite(at).all() or (np.abs(at) > 30_000).any():
            return
        target = QPolygonF([QPointF(float(x), float(y)) for x, y in at])
        box = QRectF(frame.image.rect())
        corners = [box.topLeft(), box.topRight(), box.bottomRight(), box.bottomLeft()]
        found = QTransform.quadToQuad(QPolygonF(corners), target)
        if not isinstance(found, QTransform):
            return
        painter.save()
        painter.setOpacity(frame.opacity)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setTransform(found, True)
        painter.drawImage(0, 0, frame.image)
        painter.restore()
        _outline(painter, camera, frame.corners, QPen(QColor(ACCENT), 2.2))


def _on_screen(camera: Camera, places: Coordinates) -> Coordinates:
    return np.asarray(camera.to_pixels(places) / camera.pixel_ratio)


def _outline(
    painter: QPainter, camera: Camera, ring: Coordinates, pen: QPen, fill: QColor | None = None
) -> None:
    at = _on_screen(camera, ring)
    if not np.isfinite(at).all():
        return
    painter.setPen(pen)
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    clipped = np.clip(at, -32_000, 32_000)
    painter.drawPolygon(QPolygonF([QPointF(float(x), float(y)) for x, y in clipped]))
