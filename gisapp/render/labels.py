"""Where labels go, so that none lies on another label or on a symbol."""

from __future__ import annotations

from collections.abc import Iterable

from gisapp.model.crs import Coordinates
from gisapp.model.geometry import Pixel
from gisapp.render.canvas import Canvas
from gisapp.render.room import Label

TEXT = "#1b2733"
HALO = "#ffffffe6"


def write_beside(
    canvas: Canvas, at: Coordinates, texts: Iterable[str], gap: float, size: float
) -> None:
    """A label beside each place where there is room: right, left, above or below it."""
    wide, tall = canvas.room.size
    for (x, y), text in zip(at.tolist(), texts, strict=True):
        if not text or not (0 <= x <= wide and 0 <= y <= tall):
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
            label = Label(box, Pixel(px, py), text, TEXT, size, align)
            if canvas.room.add(label):
                break


def write_labels(canvas: Canvas, labels: Iterable[Label]) -> None:
    """Write the labels that found a place."""
    for label in labels:
        canvas.words(
            label.at,
            label.text,
            label.color,
            label.size,
            halo=HALO,
            align=label.align,
            angle=label.angle,
        )


def shortened(canvas: Canvas, text: str, size: float, width: float) -> str:
    """The text, cut with an ellipsis where it is wider than the room for it (pixels)."""
    if canvas.words_size(text, size)[0] <= width:
        return text
    while text and canvas.words_size(text + "…", size)[0] > width:
        text = text[:-1]
    return text + "…"
