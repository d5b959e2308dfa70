"""Where labels go, so that none lies on another label or on a symbol."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gisapp.model.crs import Coordinates
from gisapp.model.geometry import Pixel
from gisapp.render.canvas import Canvas
from gisapp.render.room import Label

TEXT = "#1b2733"
HALO = "#ffffffe6"
FEW = 60  # labels of a layer, such as stations, that are worth hiding other symbols


def write_beside(
    canvas: Canvas, at: Coordinates, texts: Sequence[str], gap: float, size: float
) -> None:
    """A label beside each place where there is room: right, left, above or below it.

    Where there are few, each gets one even if it hides a symbol of another layer.
    """
    room = canvas.room
    wide, tall = room.size
    for (x, y), text in zip(at.tolist(), texts, strict=True):
        if not text or not (0 <= x <= wide and 0 <= y <= tall):
            continue
        labels = _choices(canvas, x, y, text, gap, size)
        if not any(map(room.add, labels)) and len(texts) <= FEW:
            any(room.add(label, over_symbols=True) for label in labels)


def _choices(canvas: Canvas, x: float, y: float, text: str, gap: float, size: float) -> list[Label]:
    """The same label at each side, the best first."""
    width, height = canvas.words_size(text, size)
    half = height / 2
    found = []
    for align, px, py in (
        ("left", x + gap, y),
        ("left", x + gap * 0.7, y - gap - half * 0.4),
        ("right", x - gap, y),
        ("center", x, y - gap - half),
        ("center", x, y + gap + half),
    ):
        left = {"left": px, "right": px - width, "center": px - width / 2}[align]
        place = (left - 1, py - half, left + width + 1, py + half)
        found.append(Label(place, Pixel(px, py), text, TEXT, size, align))
    return found


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
