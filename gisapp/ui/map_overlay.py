"""What lies over the map while the hand works: rings, measures, markers, traced reaches.

Drawn with each paint of the widget, never into the picture of the layers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from gisapp.app.tools import Preview
from gisapp.model.crs import Coordinates
from gisapp.model.features import Shapes
from gisapp.model.geometry import Point
from gisapp.render.camera import Camera
from gisapp.ui.map_picture import LastPicture

RING = 13.0  # radius around a selected point, in logical pixels
ACCENT = "#0b8fc4"  # reads on light and on dark ground, with its white edge
HOVER, HOVER_RING = "#5b6b77", 10.0  # what would be chosen by a click
TRACED = "#d61f8c"  # on no palette of temperatures
TRACED_BAND, TRACED_EDGE = "#b0d61f8c", "#50ffffff"  # points and names are seen through it
AS_ONE = 250  # reaches; more are drawn one by one, which is faster
MOST_RINGS = 5000
# Of a card that lies on the map: line, ground, heading, text; on a light and on a dark map.
_NOTE_LIGHT = ("#26000000", "#f5ffffff", "#1d2329", "#4b5661")
_NOTE_DARK = ("#26ffffff", "#f522272c", "#e6eaed", "#a4adb5")
# Parts in view, width of the line and of its white edge: many reaches must not hide the points.
TRACED_WIDTHS = ((60, 3.2, 6.0), (250, 2.2, 4.0), (2000, 1.4, 0.0))
BandNumbers = Sequence[int] | npt.NDArray[np.int8]  # a colour for each part
SIMPLE_FROM = 2000  # traced reaches; of more a picture is made


def _none() -> Coordinates:
    return np.empty((0, 2))


@dataclass
class Overlay:
    """All places in map coordinates of the camera's system."""

    preview: Preview = field(default_factory=Preview)
    rings: Coordinates = field(default_factory=_none)  # selected points
    outlines: Sequence[Coordinates] = ()  # selected lines and areas
    marked_picture: LastPicture = field(default_factory=LastPicture)  # of very many selected
    hovered: Coordinates = field(default_factory=_none)  # the point under a resting pointer
    hovered_outlines: Sequence[Coordinates] = ()  # or the line or area there
    traced: Shapes | None = None  # reaches found by a trace
    traced_bands: BandNumbers = ()  # of each of their parts the colour, if not all have one
    traced_colors: Sequence[str] = ()
    traced_picture: LastPicture = field(default_factory=LastPicture)  # of very many of them
    followed: LastPicture = field(default_factory=LastPicture)  # the way under the pointer
    numbered: Sequence[Point] = ()  # places to choose between, by number
    below: list[Callable[[QPainter, Camera], None]] = field(default_factory=list)  # drawn first


def paint_overlay(painter: QPainter, camera: Camera, overlay: Overlay) -> None:
    """All of it. `painter` in logical pixels."""
    paint_marks(painter, camera, overlay)
    paint_preview(painter, camera, overlay.preview)


def paint_marks(painter: QPainter, camera: Camera, overlay: Overlay) -> None:
    """What is selected, pointed at or traced: it lies over the layers and under their names."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for paint in overlay.below:
        paint(painter, camera)
    if overlay.traced is not None and len(overlay.traced.owner) > SIMPLE_FROM:
        overlay.traced_picture.paint(painter, camera)
    elif overlay.traced is not None:
        _traced(painter, camera, overlay)
    overlay.followed.paint(painter, camera)
    overlay.marked_picture.paint(painter, camera)
    for line in overlay.hovered_outlines:
        _stroke(painter, _on_screen(camera, line), HOVER, 1.8)
    if len(overlay.hovered):
        _rings(painter, camera, overlay.hovered, HOVER, HOVER_RING)
    for line in overlay.outlines:
        _stroke(painter, _on_screen(camera, line), ACCENT, 2.5)
    if len(overlay.rings):
        _rings(painter, camera, overlay.rings)
    for number, place in enumerate(overlay.numbered, 1):
        _numbered(painter, camera, place, number)


def _on_screen(camera: Camera, places: Coordinates) -> Coordinates:
    return camera.to_pixels(places) / camera.pixel_ratio


def _polygon(pixels: Coordinates) -> QPolygonF:
    return QPolygonF([QPointF(float(x), float(y)) for x, y in pixels])


def _stroke(painter: QPainter, pixels: Coordinates, color: str, width: float) -> None:
    """A line with a white edge, so that it reads on any ground."""
    if len(pixels) < 2 or not np.isfinite(pixels).all():
        return
    shape = _polygon(np.clip(pixels, -32_000, 32_000))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen_color, pen_width in (("#d9ffffff", width + 2), (color, width)):
        pen = QPen(QColor(pen_color), pen_width)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPolyline(shape)


def _traced(painter: QPainter, camera: Camera, overlay: Overlay) -> None:
    """Only what is in view, with a white edge; nearer bands over farther ones."""
    shapes = overlay.traced
    assert shapes is not None
    parts = shapes.parts_in(camera.extent)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    line_width, edge = next((w, e) for most, w, e in TRACED_WIDTHS if len(parts) <= most)
    pieces: list[tuple[str, list[QPolygonF]]] = []
    bands = np.asarray(overlay.traced_bands)[parts] if len(overlay.traced_bands) else None
    colors = overlay.traced_colors if bands is not None else (TRACED_BAND,)
    for number, color in reversed(list(enumerate(colors))):
        own = parts if bands is None else parts[bands == number]
        lines = [shapes.coords[shapes.starts[part] : shapes.starts[part + 1]] for part in own]
        on_screen = [_polygon(np.clip(_on_screen(camera, one), -32_000, 32_000)) for one in lines]
        pieces.append((color, on_screen))
    if edge:
        _strokes(painter, [one for _, lines in pieces for one in lines], TRACED_EDGE, edge)
    for color, on_screen in pieces:
        _strokes(painter, on_screen, color, line_width)


def _strokes(painter: QPainter, lines: list[QPolygonF], color: str, width: float) -> None:
    pen = QPen(QColor(color), width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    if len(lines) > AS_ONE:
        for line in lines:
            painter.drawPolyline(line)
        return
    path = QPainterPath()  # one, so that the joints of the band are no darker than the rest
    for line in lines:
        path.addPolygon(line)
    painter.drawPath(path)


def _rings(
    painter: QPainter,
    camera: Camera,
    places: Coordinates,
    ring_color: str = ACCENT,
    radius: float = RING,
) -> None:
    at = _on_screen(camera, places)
    width, height = (side / camera.pixel_ratio for side in camera.size)
    with np.errstate(invalid="ignore"):
        near = ((at > -RING) & (at < (width + RING, height + RING))).all(axis=1)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, pen_width in (("#d9ffffff", 4.5), (ring_color, 2.5)):
        painter.setPen(QPen(QColor(color), pen_width))
        for x, y in at[near][:MOST_RINGS]:
            painter.drawEllipse(QPointF(float(x), float(y)), radius, radius)


def _numbered(painter: QPainter, camera: Camera, place: Point, number: int) -> None:
    x, y = _on_screen(camera, np.array([place]))[0]
    box = QRectF(x - 9, y - 9, 18, 18)
    painter.setPen(QPen(QColor("#ffffff"), 2))
    painter.setBrush(QColor(TRACED))
    painter.drawEllipse(box)
    font = QFont(painter.font())
    font.setPixelSize(11)
    font.setWeight(QFont.Weight.Bold)
    painter.setFont(font)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(number))


def paint_preview(painter: QPainter, camera: Camera, preview: Preview) -> None:
    """What the tool in the hand wants to show, over everything."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if preview.box is not None:
        box = preview.box
        corners = np.array([[box.left, box.top], [box.right, box.bottom]])
        (x0, y0), (x1, y1) = _on_screen(camera, corners)
        painter.setPen(QPen(QColor(ACCENT), 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(QColor("#260b8fc4"))
        painter.drawRect(QRectF(QPointF(x0, y0), QPointF(x1, y1)))
    if len(preview.outline) > 1:
        at = _on_screen(camera, np.array(preview.outline))
        painter.setPen(QPen(QColor(ACCENT), 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(QColor("#260b8fc4"))
        painter.drawPolygon(_polygon(np.clip(at, -32_000, 32_000)))
    if len(preview.line) > 1:
        at = _on_screen(camera, np.array(preview.line))
        if preview.closed and len(at) > 2:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor("#330b8fc4"))
            painter.drawPolygon(_polygon(np.clip(at, -32_000, 32_000)))
            at = np.vstack([at, at[:1]])
        _stroke(painter, at, ACCENT, 2.5)
    for place in preview.points or preview.line:
        x, y = _on_screen(camera, np.array([place]))[0]
        painter.setPen(QPen(QColor(ACCENT), 2))
        painter.setBrush(QColor("#ffffff"))
        painter.drawEllipse(QPointF(x, y), 4.0, 4.0)
    if preview.snapped is not None:
        _marker(painter, camera, preview.snapped)
    if preview.label and preview.label_at is not None:
        x, y = _on_screen(camera, np.array([preview.label_at]))[0]
        paint_note(painter, QPointF(x + 14, y + 14), preview.label, camera)


def _marker(painter: QPainter, camera: Camera, place: Point) -> None:
    """The square of snapping: this place is on a line."""
    x, y = _on_screen(camera, np.array([place]))[0]
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in (("#ffffffff", 4.0), ("#c026d3", 2.0)):
        painter.setPen(QPen(QColor(color), width))
        painter.drawRect(QRectF(x - 7, y - 7, 14, 14))


def paint_note(
    painter: QPainter, at: QPointF, text: str, camera: Camera, *, dark: bool = False
) -> None:
    """A small card with lines of text, kept inside the map; the first line is the heading."""
    line_color, ground, *inks = _NOTE_DARK if dark else _NOTE_LIGHT
    lines = text.splitlines()
    plain = QFont(painter.font())
    plain.setPixelSize(12)
    heading = QFont(plain)
    heading.setPixelSize(13)
    heading.setWeight(QFont.Weight.DemiBold)
    fonts = [heading] + [plain] * (len(lines) - 1)
    metrics = [QFontMetricsF(font) for font in fonts]
    wide = max(m.horizontalAdvance(s) for m, s in zip(metrics, lines, strict=True))
    high = sum(m.height() for m in metrics)
    box = QRectF(at.x(), at.y(), wide + 20, high + 14)
    width, height = (side / camera.pixel_ratio for side in camera.size)
    box.moveLeft(max(4.0, min(box.left(), width - box.width() - 4)))
    if box.bottom() > height - 4:
        box.moveBottom(at.y() - 28)
    painter.setPen(QPen(QColor(line_color), 1))
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(box, 6, 6)
    y = box.top() + 7
    for number, (font, m, line) in enumerate(zip(fonts, metrics, lines, strict=True)):
        painter.setFont(font)
        painter.setPen(QColor(inks[min(number, 1)]))
        painter.drawText(QPointF(box.left() + 10, y + m.ascent()), line)
        y += m.height()
