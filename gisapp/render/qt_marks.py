"""Single marks painted with Qt: colours, letters with halos, symbols and their stamps.

What is made here is kept and used by all threads; it is never changed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QPolygonF,
    QTransform,
)
from shiboken6 import VoidPtr

from gisapp.model.crs import Coordinates
from gisapp.model.style import Shape
from gisapp.render.canvas import Image
from gisapp.render.colours import rgba
from gisapp.render.compiled import PHASES
from gisapp.render.symbols import OUTLINE, outline

RGBA = QImage.Format.Format_RGBA8888_Premultiplied
FAMILY, BOLD = "Gisapp Sans", "Gisapp Sans Bold"  # in gisapp/fonts
EM = 1000  # units of the fonts in their square

Stamps = tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64], list[QImage]]


def polygon(points: Coordinates) -> QPolygonF:
    """Coordinates without a Python loop (the way of pyqtgraph.functions)."""
    result = QPolygonF()
    result.resize(len(points))
    memory: Any = VoidPtr(result.data(), len(points) * 16, True)  # type: ignore[call-arg, arg-type]
    np.frombuffer(memory, np.float64).reshape(-1, 2)[:] = points
    return result


def wrapped(pixels: Image) -> QImage:
    """The same memory as an image; keep the array while the image lives."""
    height, width, _ = pixels.shape
    return QImage(pixels.data, width, height, width * 4, RGBA)


def color_of(color: str) -> QColor:
    return QColor(*rgba(color))


@lru_cache(maxsize=256)
def font_of(size: int, bold: bool) -> tuple[QFont, QFontMetricsF]:
    font = QFont([BOLD, FAMILY] if bold else [FAMILY])
    font.setPixelSize(size)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font, QFontMetricsF(font)


def write(
    painter: QPainter, left: float, text: str, color: str, size: float, halo: str, bold: bool
) -> None:
    """Text with its vertical middle at y = 0."""
    font, metrics = font_of(max(1, round(size)), bold)
    place = QPointF(left, metrics.capHeight() / 2)
    if halo:
        shrunk = QTransform.fromScale(size / EM, size / EM).map(_letters(text, bold))
        pen = QPen(color_of(halo), 0.26 * size)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(shrunk.translated(place))
    painter.setFont(font)
    painter.setPen(color_of(color))
    painter.drawText(place, text)


@lru_cache(maxsize=2048)
def _letters(text: str, bold: bool) -> QPainterPath:
    """The outline of a text, as the font has it: smaller ones are rounded, not always alike."""
    path = QPainterPath()
    path.addText(QPointF(0, 0), font_of(EM, bold)[0], text)
    return path


@lru_cache(maxsize=2048)
def label_image(
    text: str, color: str, size: int, halo: str, bold: bool
) -> tuple[QImage, tuple[int, int]]:
    """Text with its halo as an image, and where in it the text begins. A halo takes long."""
    width = font_of(max(1, size), bold)[1].horizontalAdvance(text)
    margin = size // 2
    image = QImage(int(width) + 2 * margin + 1, 2 * size + 1, RGBA)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(margin, size)
    write(painter, 0, text, color, size, halo, bold)
    painter.end()
    return image, (margin, size)


def draw_symbols(
    painter: QPainter, at: Coordinates, shape: Shape, fill: str, size: float, edge: str
) -> None:
    """Each symbol as a polygon at its very place."""
    painter.setBrush(color_of(fill))
    if edge:
        pen = QPen(color_of(edge), size * OUTLINE)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
    form = outline(shape) * size
    for place in at:
        painter.drawPolygon(polygon(form + place))


@lru_cache(maxsize=256)
def stamps_of(shape: Shape, fill: str, size: float, edge: str) -> Stamps:
    """A symbol painted at every phase of a pixel.

    As pixels (phases x k x k), with the first and last + 1 row in which there is anything
    (phases x 2), and as images.
    """
    reach = int(np.ceil(size * (abs(outline(shape)).max() + OUTLINE / 2)))
    k = -(-(2 * reach + 1) // 8) * 8
    stamps = np.zeros((PHASES * PHASES, k, k, 4), np.uint8)
    phases = np.arange(PHASES * PHASES)
    at = (np.column_stack([phases % PHASES, phases // PHASES]) + 0.5) / PHASES + k // 2
    at[:, 1] += k * phases
    image = wrapped(stamps.reshape(-1, k, 4))  # all in one column; lives as long as its painter
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw_symbols(painter, at, shape, fill, size, edge)
    painter.end()
    pictures = [wrapped(stamp) for stamp in stamps]
    pixels = stamps.view(np.uint32)[..., 0]
    some: npt.NDArray[np.bool_] = (pixels != 0).max(axis=2)
    rows = np.column_stack([some.argmax(axis=1), k - some[:, ::-1].argmax(axis=1)])
    return pixels, rows, pictures
