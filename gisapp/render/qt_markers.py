"""Markers painted with Qt: stamps for pictures, vectors for pages.

What is made here is kept and used by all threads; it is never changed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import cast, get_args

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgRenderer

from gisapp.model.crs import Coordinates
from gisapp.model.style import Shape
from gisapp.render.colours import rgba
from gisapp.render.compiled import PHASES
from gisapp.render.markers import drawing
from gisapp.render.qt_marks import Stamps, draw_symbols, stamps_of, wrapped
from gisapp.render.rims import rim_color

BOX = 1.05  # side of the drawing for a symbol of size 1: as large as a circle of diameter 1


def stamps_for(shape: str, fill: str, size: float, edge: str) -> Stamps:
    """Of a `Shape`, or of a marker by its name."""
    if shape in get_args(Shape):
        return stamps_of(cast(Shape, shape), fill, size, edge)
    return stamps_of_marker(shape, fill, size, edge)


def draw_symbol_or_marker(
    painter: QPainter, at: Coordinates, shape: str, fill: str, size: float, edge: str
) -> None:
    """As vectors at its very places (n x 2)."""
    if shape in get_args(Shape):
        draw_symbols(painter, at, cast(Shape, shape), fill, size, edge)
    else:
        draw_marker(painter, at, shape, fill, size, edge)


def stamp_pixels(shape: str, fill: str, size: float, edge: str) -> npt.NDArray[np.uint32]:
    return stamps_for(shape, fill, size, rim_color(edge, fill))[0]


def stamp_pixels_on_dark(shape: str, fill: str, size: float, edge: str) -> npt.NDArray[np.uint32]:
    return stamps_for(shape, fill, size, rim_color(edge, fill, dark=True))[0]


def stamps_of_marker(name: str, fill: str, size: float, edge: str = "") -> Stamps:
    """Like `stamps_of`: a marker at every phase of a pixel. An unknown one is a circle."""
    text = drawing(name, fill)
    if text is None:
        return stamps_of("circle", fill, size, edge)
    return _stamps(text, rgba(fill)[3], size)


def draw_marker(
    painter: QPainter, at: Coordinates, name: str, fill: str, size: float, edge: str = ""
) -> None:
    """The marker as vectors at its very places (n x 2)."""
    text = drawing(name, fill)
    if text is None:
        draw_symbols(painter, at, "circle", fill, size, edge)
        return
    before = painter.opacity()
    painter.setOpacity(before * rgba(fill)[3] / 255)
    _draw(painter, at, QSvgRenderer(QByteArray(text.encode())), size)
    painter.setOpacity(before)


def _draw(painter: QPainter, at: Coordinates, svg: QSvgRenderer, size: float) -> None:
    side = size * BOX
    for x, y in at.tolist():
        svg.render(painter, QRectF(x - side / 2, y - side / 2, side, side))


@lru_cache(maxsize=256)
def _stamps(text: str, alpha: int, size: float) -> Stamps:
    svg = QSvgRenderer(QByteArray(text.encode()))
    reach = int(np.ceil(size * BOX / 2)) + 1
    k = -(-(2 * reach + 1) // 8) * 8
    stamps = np.zeros((PHASES * PHASES, k, k, 4), np.uint8)
    for phase in range(PHASES * PHASES):
        shift = (np.array([phase % PHASES, phase // PHASES]) + 0.5) / PHASES
        image = wrapped(stamps[phase])  # must live as long as its painter
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _draw(painter, np.array([k // 2 + shift]), svg, size)
        painter.end()
    if alpha < 255:  # of the marker as a whole, not of each of its parts
        stamps = np.round(stamps * (alpha / 255)).astype(np.uint8)
    pictures = [wrapped(stamp) for stamp in stamps]
    pixels = stamps.view(np.uint32)[..., 0]
    some = (pixels != 0).max(axis=2)
    rows = np.column_stack([some.argmax(axis=1), k - some[:, ::-1].argmax(axis=1)])
    return pixels, rows, pictures
