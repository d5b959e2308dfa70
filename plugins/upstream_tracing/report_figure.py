"""A figure of a report as a list of strokes and words; drawn as SVG, on a page or as a picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import numpy as np

from gisapp.api import Canvas, Pixel, Press, Size

from .network import Floats

WIDTH = 720.0
INK, DIM, GRID = "#1d2329", "#5f6a74", "#d5dae0"
RIVER, BAND, START, SOURCE, STATION = "#a8d4ea", "#1b7fb8", "#b42318", "#a8480a", "#0f5fa8"
WHITE = "#ffffff"
MARK = 15.0  # across a numbered place
HALO = 3.0


@dataclass(frozen=True, slots=True)
class Stroke:
    points: Floats  # n x 2, of the figure, y down
    colour: str
    width: float = 1.0
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Fill:
    points: Floats
    colour: str


@dataclass(frozen=True, slots=True)
class Words:
    """x by `align`; y is the middle of the letters."""

    x: float
    y: float
    text: str
    size: float = 10.0
    colour: str = INK
    align: str = "left"
    bold: bool = False
    halo: bool = False


@dataclass(frozen=True, slots=True)
class Dot:
    """A filled circle or square; hollow: only its edge."""

    x: float
    y: float
    colour: str
    size: float = 7.0
    shape: str = "circle"
    hollow: bool = False


Piece = Stroke | Fill | Words | Dot


@dataclass(frozen=True)
class Figure:
    title: str
    height: float
    pieces: tuple[Piece, ...]
    note: str = ""
    width: float = WIDTH


def numbered(x: float, y: float, number: int, *, hollow: bool = False) -> Iterator[Piece]:
    """The place of a candidate in the list; hollow: on a tributary that comes in there."""
    yield Dot(x, y, SOURCE, MARK - 2 if hollow else MARK, hollow=hollow)
    yield Words(x, y, str(number), 9, SOURCE if hollow else WHITE, "center", bold=True)


def words_wide(text: str, size: float) -> float:
    """About how wide a text is; on the safe side."""
    return size * sum(1.0 if ord(c) > 0x2E7F else 0.56 for c in text)


def fitted(text: str, size: float, room: float) -> str:
    """Shortened with an ellipsis where it would not fit."""
    if words_wide(text, size) <= room:
        return text
    while text and words_wide(text + "…", size) > room:
        text = text[:-1]
    return text.rstrip() + "…"


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from low to high."""
    if not high > low:
        return [low]
    raw = (high - low) / most
    power = 10.0 ** np.floor(np.log10(raw))
    step = next(power * f for f in (1, 2, 5, 10) if power * f >= raw - 1e-12)
    first = np.ceil(low / step - 1e-9) * step
    return [float(v) + 0.0 for v in np.arange(first, high + step * 1e-6, step)]


def svg(figure: Figure) -> Iterator[str]:
    yield f'<svg viewBox="0 0 {figure.width:.0f} {figure.height:.0f}" role="img">'
    yield f"<title>{escape(figure.title)}</title>"
    for piece in figure.pieces:
        yield _svg(piece)
    yield "</svg>"


def _svg(piece: Piece) -> str:
    if isinstance(piece, Stroke):
        dash = f' stroke-dasharray="{" ".join(f"{d:g}" for d in piece.dash)}"' if piece.dash else ""
        return (
            f'<path d="{_path(piece.points)}" fill="none" stroke="{piece.colour}" '
            f'stroke-width="{piece.width:g}" stroke-linejoin="round"{dash}/>'
        )
    if isinstance(piece, Fill):
        return f'<path d="{_path(piece.points)}Z" fill="{piece.colour}"/>'
    if isinstance(piece, Words):
        anchor = {"left": "start", "center": "middle", "right": "end"}[piece.align]
        weight = ' font-weight="600"' if piece.bold else ""
        halo = f' stroke="{WHITE}" stroke-width="{HALO}" paint-order="stroke"' if piece.halo else ""
        return (
            f'<text x="{piece.x:.1f}" y="{piece.y + 0.36 * piece.size:.1f}" '
            f'font-size="{piece.size:g}" fill="{piece.colour}" text-anchor="{anchor}"'
            f"{weight}{halo}>{escape(piece.text)}</text>"
        )
    half = piece.size / 2
    inside = f'fill="{WHITE}" stroke="{piece.colour}" stroke-width="1.5"'
    look = inside if piece.hollow else f'fill="{piece.colour}"'
    if piece.shape == "square":
        return (
            f'<rect x="{piece.x - half:.1f}" y="{piece.y - half:.1f}" width="{piece.size:g}" '
            f'height="{piece.size:g}" {look}/>'
        )
    return f'<circle cx="{piece.x:.1f}" cy="{piece.y:.1f}" r="{half:g}" {look}/>'


def _path(points: Floats) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points.tolist())


def paint(canvas: Canvas, figure: Figure, x: float, y: float, ratio: float) -> None:
    """At a place, so many pixels for each unit of the figure."""
    at = np.array([x, y])
    for piece in figure.pieces:
        if isinstance(piece, Stroke):
            dash = [d * ratio for d in piece.dash]
            canvas.lines([piece.points * ratio + at], piece.colour, piece.width * ratio, dash)
        elif isinstance(piece, Fill):
            ring = np.vstack([piece.points, piece.points[:1]]) * ratio + at
            canvas.areas([[ring]], piece.colour, "", 0.0)
        elif isinstance(piece, Words):
            spot = Pixel(piece.x * ratio + x, piece.y * ratio + y)
            canvas.words(
                spot, piece.text, piece.colour, piece.size * ratio,
                halo=WHITE if piece.halo else "", align=piece.align, bold=piece.bold,
            )  # fmt: skip
        else:
            spots = np.array([[piece.x, piece.y]]) * ratio + at
            edge = piece.colour if piece.hollow else WHITE
            fill = WHITE if piece.hollow else piece.colour
            canvas.symbols(spots, piece.shape, fill, piece.size * ratio, edge)


def picture(figure: Figure, press: Press, pixels: float = 1600.0) -> bytes:
    """The figure as PNG on white."""
    ratio = pixels / figure.width
    size = Size(round(pixels), round(figure.height * ratio))
    return press.png(size, 200.0, lambda canvas: paint(canvas, figure, 0, 0, ratio))
