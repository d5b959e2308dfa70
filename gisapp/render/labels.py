"""Where labels go, so that none lies on another label or on a symbol."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gisapp.model.crs import Coordinates
from gisapp.model.geometry import Pixel
from gisapp.render.canvas import Canvas

MANY = 300  # more things than this in view are drawn without labels
TEXT = "#1b2733"
HALO = "#ffffffe6"


class Room:
    """The rectangles of a picture that are taken already."""

    def __init__(self, width: float, height: float) -> None:
        self._view = (0.0, 0.0, width, height)
        self._taken = np.empty((0, 4))

    def take(self, boxes: Iterable[tuple[float, float, float, float]]) -> None:
        """Boxes are left, top, right, bottom."""
        more = np.array(list(boxes), np.float64).reshape(-1, 4)
        self._taken = np.concatenate([self._taken, more])

    def free(self, box: tuple[float, float, float, float]) -> bool:
        left, top, right, bottom = box
        a, b, c, d = self._view
        if left < a or top < b or right > c or bottom > d:
            return False
        taken = self._taken
        clash = (taken[:, 0] < right) & (taken[:, 2] > left)
        clash &= (taken[:, 1] < bottom) & (taken[:, 3] > top)
        return not clash.any()


def write_beside(
    canvas: Canvas, room: Room, at: Coordinates, texts: Iterable[str], gap: float, size: float
) -> None:
    """Write beside each place where there is room: right, left, above or below it."""
    for (x, y), text in zip(at.tolist(), texts, strict=True):
        if not text:
            continue
        width, height = canvas.words_size(text, size)
        half = height / 2
        choices = (
            ("left", x + gap, y),
            ("left", x + gap * 0.7, y - gap - half * 0.4),
            ("right", x - gap, y),
            ("center", x, y - gap - half),
            ("center", x, y + gap + half),
        )
        for align, px, py in choices:
            left = {"left": px, "right": px - width, "center": px - width / 2}[align]
            box = (left - 1, py - half, left + width + 1, py + half)
            if room.free(box):
                room.take([box])
                canvas.words(Pixel(px, py), text, TEXT, size, halo=HALO, align=align)
                break
