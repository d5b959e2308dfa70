"""Small pictures of how a layer looks, for the layer list and the results."""

from __future__ import annotations

from typing import get_args

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPen, QPolygonF

from gisapp.model.style import (
    AreaStyle,
    LineStyle,
    MeasureStyle,
    PictureStyle,
    PointStyle,
    Shape,
    Style,
)
from gisapp.model.style import ThermalStyle as ValueStyle
from gisapp.render.qt_markers import draw_marker
from gisapp.render.thermal_colours import stops_of


def color_of(text: str) -> QColor:
    """#RRGGBB or #RRGGBBAA (Qt itself reads eight digits as ARGB)."""
    if len(text) == 9 and text.startswith("#"):
        made = QColor(text[:7])
        made.setAlpha(int(text[7:], 16))
        return made
    return QColor(text)


def shape_outline(shape: str, center: QPointF, size: float) -> QPolygonF | None:
    """Corners of a symbol; None for a circle."""
    r = size / 2
    x, y = center.x(), center.y()
    known: dict[str, list[tuple[float, float]]] = {
        "triangle": [(0, -1), (1, 0.8), (-1, 0.8)],
        "square": [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        "diamond": [(0, -1.1), (1.1, 0), (0, 1.1), (-1.1, 0)],
    }
    corners = known.get(shape)
    if corners is None:
        return None
    return QPolygonF([QPointF(x + dx * r, y + dy * r) for dx, dy in corners])


def paint_mark(
    painter: QPainter, center: QPointF, shape: str, fill: str, size: float, edge: str
) -> None:
    """A shape, or a marker by its name."""
    if shape not in get_args(Shape):
        at = np.array([[center.x(), center.y()]])
        draw_marker(painter, at, shape, fill, size, edge)
        return
    painter.setPen(QPen(QColor(edge), 1.2))
    painter.setBrush(color_of(fill))
    outline = shape_outline(shape, center, size)
    if outline is None:
        painter.drawEllipse(center, size / 2, size / 2)
    elif shape == "square":
        painter.drawRoundedRect(outline.boundingRect(), 2, 2)
    else:
        painter.drawPolygon(outline)


def paint_line(
    painter: QPainter, box: QRectF, color: QColor, width: float, dash: tuple[float, ...]
) -> None:
    """A level line through the middle of the box; dashes in px."""
    pen = QPen(color, width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap if dash else Qt.PenCapStyle.RoundCap)
    if dash:
        pen.setDashPattern([max(part, 0.1) / width for part in dash])
    painter.setPen(pen)
    y = box.center().y()
    painter.drawLine(QPointF(box.left() + 2, y), QPointF(box.right() - 2, y))


def paint_symbol(painter: QPainter, box: QRectF, style: Style, edge: str) -> None:
    """The layer's symbol in a box of about 20 × 16; `edge` parts it from the background."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = box.center()
    if isinstance(style, PointStyle):
        marks = _marks(style)
        step = min(7.0, (box.width() - 11) / max(len(marks) - 1, 1))
        x = middle.x() - step * (len(marks) - 1) / 2
        for number, (shape, color) in enumerate(marks):
            size = 11 if shape in get_args(Shape) else 16
            paint_mark(painter, QPointF(x + number * step, middle.y()), shape, color, size, edge)
    elif isinstance(style, LineStyle):
        width = min(max(style.width, 2.0), 4.5)
        shrunk = min(1.0, 8 / sum(style.dash)) if style.dash else 1.0  # twice in the little box
        dash = tuple(part * shrunk for part in style.dash)
        paint_line(painter, box, color_of(style.color), width, dash)
    elif isinstance(style, AreaStyle):
        painter.setPen(QPen(color_of(style.outline), 1.3))
        painter.setBrush(color_of(style.fill))
        painter.drawRoundedRect(box.adjusted(2, 3, -2, -3), 3, 3)
    elif isinstance(style, ValueStyle):
        gradient = QLinearGradient(box.left(), 0, box.right(), 0)
        colors = stops_of(style, 7)
        for number, color in enumerate(colors):
            gradient.setColorAt(number / (len(colors) - 1), QColor(color))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(box.adjusted(1, 3, -1, -3), 3, 3)
    elif isinstance(style, MeasureStyle):
        for color, width in ((style.edge, 3.6), (style.color, 1.5)):
            painter.setPen(QPen(color_of(color), width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(middle, 3.6, 3.6)
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                inner, outer = QPointF(dx, dy) * 3.6, QPointF(dx, dy) * 7
                painter.drawLine(middle + inner, middle + outer)
    elif isinstance(style, PictureStyle):
        painter.setPen(Qt.PenStyle.NoPen)
        third = (box.width() - 4) / 3
        for number, color in enumerate(("#b4553f", "#5d8a3a", "#3f6fb4")):
            painter.setBrush(QColor(color))
            painter.drawRect(
                QRectF(box.left() + 2 + number * third, box.top() + 3, third, box.height() - 6)
            )
    painter.restore()


def _marks(style: PointStyle) -> list[tuple[str, str]]:
    """One mark, or when shape means kind, one of each shape (three at most)."""
    if style.marker:
        return [(style.marker, _first_color(style))]
    shapes: list[Shape] = list(dict.fromkeys(shape for _, shape in style.shapes))[:3]
    if len(shapes) < 2:
        return [(shapes[0] if shapes else style.shape, _first_color(style))]
    colors = [c.color for c in style.categories] or [style.color]
    return [(shape, colors[min(2 * n, len(colors) - 1)]) for n, shape in enumerate(shapes)]


def _first_color(style: PointStyle) -> str:
    return style.categories[0].color if style.categories else style.color
