"""The coordinate grid over the map: thin lines that read on any ground, labelled at the edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from gisapp.render.camera import Camera
from gisapp.render.grid import GridCurve, map_grid

Shown = Literal["", "plane", "degrees"]
SPACING = 130.0  # logical pixels
INK, HALO = QColor(20, 30, 40, 120), QColor(255, 255, 255, 110)
TEXT, TEXT_HALO = QColor("#1d2329"), QColor(255, 255, 255, 220)


class MapGrid:
    """Its lines are found once for each camera."""

    def __init__(self) -> None:
        self.kind: Shown = ""
        self._camera: Camera | None = None
        self._kind: Shown = ""
        self._curves: tuple[GridCurve, ...] = ()

    def curves(self, camera: Camera) -> tuple[GridCurve, ...]:
        if not self.kind:
            return ()
        if (camera, self.kind) != (self._camera, self._kind):
            self._curves = map_grid(camera, SPACING * camera.pixel_ratio, self.kind)
            self._camera, self._kind = camera, self.kind
        return self._curves

    def paint(self, painter: QPainter, camera: Camera) -> None:
        """`painter` in logical pixels of the widget that `camera` fills."""
        curves = self.curves(camera)
        if not curves:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        lines = [_polygon(curve, camera.pixel_ratio) for curve in curves]
        for color, width in ((HALO, 2.6), (INK, 1.0)):
            painter.setPen(QPen(color, width))
            for line in lines:
                painter.drawPolyline(line)
        self._write(painter, curves, camera)
        painter.restore()

    def _write(self, painter: QPainter, curves: Sequence[GridCurve], camera: Camera) -> None:
        """Where there is room: two labels never touch."""
        font = QFont(painter.font())
        font.setPixelSize(11)
        metrics = QFontMetricsF(font)
        ratio = camera.pixel_ratio
        room = QRectF(0, 0, camera.size.width / ratio, camera.size.height / ratio)
        taken: list[QRectF] = []
        for curve in curves:
            if curve.at is None:
                continue
            wide, high = metrics.horizontalAdvance(curve.text), metrics.height()
            x, y = curve.at[0] / ratio, curve.at[1] / ratio
            box = QRectF(x - wide / 2, y - high / 2, wide, high)
            if curve.edge in ("top", "bottom"):
                box.moveTop(4 if curve.edge == "top" else room.height() - high - 4)
            else:
                box.moveLeft(6 if curve.edge == "left" else room.width() - wide - 6)
            if not room.contains(box) or any(box.intersects(one) for one in taken):
                continue
            taken.append(box.adjusted(-6, -2, 6, 2))
            path = QPainterPath()
            path.addText(QPointF(box.left(), box.top() + metrics.ascent()), font, curve.text)
            painter.strokePath(path, QPen(TEXT_HALO, 3.0))
            painter.fillPath(path, TEXT)


def _polygon(curve: GridCurve, ratio: float) -> QPolygonF:
    clipped = (curve.pixels / ratio).clip(-32_000, 32_000)
    return QPolygonF([QPointF(float(x), float(y)) for x, y in clipped])
