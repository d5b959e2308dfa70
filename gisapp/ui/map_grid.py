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
# Line, its edge, words, their edge: on a light and on a dark map.
LIGHT_MAP = (QColor(20, 30, 40, 105), QColor(255, 255, 255, 90), "#1d2329", "#dcffffff")
DARK_MAP = (QColor(255, 255, 255, 105), QColor(0, 0, 0, 90), "#e6eaed", "#dc15181b")


class MapGrid:
    """Its lines are found once for each camera."""

    def __init__(self) -> None:
        self.kind: Shown = ""
        self.dark = False  # whether the map is, where nothing is
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

    def paint(self, painter: QPainter, camera: Camera, covered: Sequence[QRectF] = ()) -> None:
        """`painter` in logical pixels of the widget that `camera` fills.

        No words are written where something `covered` the map.
        """
        ink, halo, *_ = DARK_MAP if self.dark else LIGHT_MAP
        curves = self.curves(camera)
        if not curves:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        lines = [_polygon(curve, camera.pixel_ratio) for curve in curves]
        for color, width in ((halo, 2.4), (ink, 1.0)):
            painter.setPen(QPen(color, width))
            for line in lines:
                painter.drawPolyline(line)
        self._write(painter, curves, camera, list(covered))
        painter.restore()

    def _write(
        self,
        painter: QPainter,
        curves: Sequence[GridCurve],
        camera: Camera,
        taken: list[QRectF],
    ) -> None:
        """Where there is room: two labels never touch."""
        _, _, words, edge = DARK_MAP if self.dark else LIGHT_MAP
        font = QFont(painter.font())
        font.setPixelSize(11)
        metrics = QFontMetricsF(font)
        ratio = camera.pixel_ratio
        room = QRectF(0, 0, camera.size.width / ratio, camera.size.height / ratio)
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
            painter.strokePath(path, QPen(QColor(edge), 3.0))
            painter.fillPath(path, QColor(words))


def _polygon(curve: GridCurve, ratio: float) -> QPolygonF:
    clipped = (curve.pixels / ratio).clip(-32_000, 32_000)
    return QPolygonF([QPointF(float(x), float(y)) for x, y in clipped])
