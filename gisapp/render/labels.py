"""Where labels go, so that none lies on another label or on a symbol."""

from __future__ import annotations

from collections.abc import Iterable

from gisapp.model.crs import Coordinates
from gisapp.model.geometry import Pixel
from gisapp.render.canvas import Canvas

TEXT = "#1b2733"
HALO = "#ffffffe6"


def write_beside(
    canvas: Canvas, at: Coordinates, texts: Iterable[str], gap: float, size: float
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
            if canvas.room.label(box):
                canvas.words(Pixel(px, py), text, TEXT, size, halo=HALO, align=align)
                break
