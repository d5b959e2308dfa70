"""The compass of a turned map: shows where north is; a click turns north up."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QWidget

from gisapp.model.text import tr
from gisapp.render.camera import Camera
from gisapp.ui.theme import LIGHT, Tokens

SIDE = 40
NEEDLE = 13.0  # logical pixels from the middle to the tip


class NorthButton(QAbstractButton):
    """Not there while north is up."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tokens: Tokens = LIGHT
        self.rotation = 0.0
        self.setFixedSize(SIDE, SIDE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(tr("North up"))
        self.hide()

    def dress(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.update()

    def show_camera(self, camera: Camera) -> None:
        if camera.rotation != self.rotation:
            self.rotation = camera.rotation
            degrees = round((self.rotation + 180) % 360 - 180)
            words = tr("The map is turned by {degrees}°. Click for north up.")
            self.setToolTip(words.format(degrees=degrees) + "  N")
            self.update()
        self.setVisible(bool(camera.rotation))

    def sizeHint(self) -> QSize:
        return QSize(SIDE, SIDE)

    def paintEvent(self, event: QPaintEvent) -> None:
        t = self.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(t.hover if self.underMouse() or self.isDown() else t.panel)
        ground.setAlpha(240)
        edge = t.accent if self.hasFocus() else t.line
        painter.setPen(QPen(QColor(edge), 1))
        painter.setBrush(ground)
        painter.drawEllipse(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.translate(QPointF(SIDE / 2, SIDE / 2))
        painter.rotate(self.rotation)
        painter.setPen(Qt.PenStyle.NoPen)
        for color, tip in ((t.bad, -NEEDLE), (t.dim, NEEDLE)):
            painter.setBrush(QColor(color))
            half = QPolygonF([QPointF(0, tip), QPointF(4.6, 0), QPointF(-4.6, 0)])
            painter.drawPolygon(half)
        painter.end()
