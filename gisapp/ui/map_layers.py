"""The pictures on the map: of one view, or of two with a line between them; the grid over both."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from gisapp.app.map_view import MapView
from gisapp.model.geometry import Extent, Point, Size
from gisapp.render.camera import Camera
from gisapp.render.label_words import Place
from gisapp.ui.map_grid import MapGrid, Shown
from gisapp.ui.map_motion import fitting
from gisapp.ui.map_picture import Marks
from gisapp.ui.map_screen import MapScreen

CROSS = 9.0  # logical pixels from the middle of the linked cursor to its ends


class Beside(Protocol):
    """What is shown to the right of a line on the map: gisapp.ui.map_swipe."""

    @property
    def x(self) -> int:
        """Of the line, in logical pixels."""

    def paint(
        self, painter: QPainter, camera: Camera, clip: QRect, marks: Marks | None
    ) -> None: ...


class MapLayers(MapScreen):
    """What lies below the tools and their marks, and what is asked of the camera by others."""

    def __init__(self, view: MapView, parent: QWidget | None = None) -> None:
        super().__init__(view, parent)
        self.beside: Beside | None = None
        self.cross: Point | None = None  # where the pointer is on a linked map
        self.grid_lines = MapGrid()

    @property
    def background(self) -> QColor:
        return self._background

    def show_grid(self, kind: Shown) -> None:
        self.grid_lines.kind = kind
        self.update()

    def show_cross(self, place: Point | None) -> None:
        if place != self.cross:
            self.cross = place
            self.update()

    def show_extent(self, extent: Extent) -> None:
        """See the whole extent (map units of the map's system); the map stays turned.

        It lies beside the tools on the left of the map, where they leave room enough.
        """
        goal = self.goal
        hidden = round(self._hidden_left() * goal.pixel_ratio)
        width, height = goal.size
        seen = fitting(extent, replace(goal, size=Size(width - hidden, height)))
        self.move_to(replace(seen, size=goal.size).panned(hidden / 2, 0.0))

    def _hidden_left(self) -> float:
        """Logical pixels from the left side to the end of a high card that lies there."""
        return max(
            (
                card.right()
                for card in self._cards()
                if card.height() > self.height() / 2 and card.right() < self.width() / 3
            ),
            default=0.0,
        )

    def turn(self, degrees: float) -> None:
        """Clockwise from where it is going, around the middle."""
        self.move_to(self.goal.turned(self.goal.rotation + degrees))

    def north_up(self) -> None:
        if self.goal.rotation:
            self.move_to(self.goal.turned(0.0))

    def _cards(self) -> list[QRectF]:
        """What lies on the map and hides a part of it."""
        found = self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        small = [card for card in found if card.isVisible() and card.width() < self.width() / 2]
        return [QRectF(card.geometry()) for card in small]

    def covered(self) -> tuple[Place, ...]:
        ratio = self.devicePixelRatioF()
        sides = ((card.left(), card.top(), card.right(), card.bottom()) for card in self._cards())
        return tuple((a * ratio, b * ratio, c * ratio, d * ratio) for a, b, c, d in sides)

    def paint_layers(
        self, painter: QPainter, marks: Marks | None = None, *, hand: bool = True
    ) -> None:
        """Without `hand`, not what follows the pointer: for a picture to be kept."""
        camera, beside = self._camera, self.beside
        if beside is None:
            super().paint_layers(painter, marks)
        else:
            x, width, height = beside.x, self.width(), self.height()
            self._picture.paint(painter, camera, QRect(0, 0, x, height), marks)
            beside.paint(painter, camera, QRect(x, 0, width - x, height), marks)
        if self.grid_lines.kind:
            self.grid_lines.dark = self._background.lightness() < 128
            self.grid_lines.paint(painter, camera, self._cards())
        if hand and self.cross is not None:
            _paint_cross(painter, camera, self.cross)


def _paint_cross(painter: QPainter, camera: Camera, place: Point) -> None:
    pixel = camera.to_screen(place)
    at = QPointF(pixel.x / camera.pixel_ratio, pixel.y / camera.pixel_ratio)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for color, width in (("#e6ffffff", 4.0), ("#1d2329", 1.6)):
        pen = QPen(QColor(color), width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        for way in (QPointF(CROSS, 0), QPointF(0, CROSS)):
            painter.drawLine(at - way, at - way * 0.35)
            painter.drawLine(at + way * 0.35, at + way)
    painter.restore()
