"""The map as a finished picture: layers, labels, grid, scale bar, colours, sources."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from gisapp.ui.map_overlay import Overlay, paint_marks
from gisapp.ui.map_widget import MapWidget

SMALL_TEXT = 11
INK, HALO = QColor("#1d2329"), QColor(255, 255, 255, 220)


def map_picture(screen: MapWidget, cards: Iterable[QWidget], sources: str) -> QImage:
    """As sharp as the screen. `cards` are drawn where they lie, if they are shown.

    Without what only the hand makes: rings of the selection, measures, the card at the pointer.
    `sources`: whose maps these are, written at the lower edge.
    """
    ratio = screen.devicePixelRatioF()
    image = QImage(screen.size() * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(screen.background)
    painter = QPainter(image)
    kept = screen.overlay
    shown = Overlay(traced=kept.traced, traced_picture=kept.traced_picture)
    screen.paint_layers(
        painter, lambda brush, camera: paint_marks(brush, camera, shown), hand=False
    )
    if sources:
        _write(painter, sources, screen)
    for card in cards:
        if card.isVisible():
            at = card.mapTo(screen, QPoint(0, 0))
            painter.save()
            card.render(painter, at, renderFlags=QWidget.RenderFlag.DrawChildren)
            painter.restore()
    painter.end()
    return image


def _write(painter: QPainter, text: str, screen: QWidget) -> None:
    """In the middle of the lower edge, readable on any ground."""
    font = QFont(screen.font())
    font.setPixelSize(SMALL_TEXT)
    metrics = QFontMetricsF(font)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, screen.width() - 24)
    x = (screen.width() - metrics.horizontalAdvance(shown)) / 2
    path = QPainterPath()
    path.addText(QPointF(x, screen.height() - 5), font, shown)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.strokePath(path, QPen(HALO, 3))
    painter.fillPath(path, INK)
