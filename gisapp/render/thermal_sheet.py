"""A report of one layer of temperatures on paper: picture, palette, measures, where it is from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from gisapp.model.geometry import Pixel, Size
from gisapp.model.progress import Progress
from gisapp.model.style import ThermalStyle
from gisapp.render.canvas import Canvas, Draw
from gisapp.render.labels import shortened
from gisapp.render.request import RenderRequest
from gisapp.render.scale_bar import length_text, metres_per_pixel, round_length
from gisapp.render.thermal_colours import stops_of

INK, DIM, RULE, SHADE = "#1b2733", "#5b6875", "#c5cdd5", "#f1f4f6"
A4 = (210.0, 297.0)
MARGIN = 44.0  # px of the style (1/96 inch), as are all below
WIDE = A4[0] / 25.4 * 96 - 2 * MARGIN
PICTURE, TALL = 400.0, 560.0  # of a part of the map, and of one whole frame
TEXT, ROW = 10.5, 19.0
FIRST_ROWS, MORE_ROWS = 18, 46  # of the table on the first page and on the others


@dataclass(frozen=True)
class ReportText:
    """All words of a report. `facts` are pairs of a caption and what it is; the first column of
    `rows` is written at the left, the others at the right."""

    title: str
    subtitle: str
    unit: str
    bands: tuple[tuple[str, str], ...]  # colour and words of each isotherm
    head: tuple[str, ...]
    widths: tuple[float, ...]  # shares of the columns
    rows: tuple[tuple[str, ...], ...]
    facts: tuple[tuple[str, str], ...]
    nothing: str  # where there is no measure
    foot: str


def picture_size(dots_per_inch: float, *, tall: bool = False) -> Size:
    ratio = dots_per_inch / 96
    return Size(round(WIDE * ratio), round((TALL if tall else PICTURE) * ratio))


def pages(
    words: ReportText,
    style: ThermalStyle,
    request: RenderRequest,
    dots_per_inch: float,
    progress: Progress,
) -> Sequence[Draw]:
    """What draws each page. `request.camera` has `picture_size` at the same resolution, tall or
    not; the table has what room there is below."""
    ratio = dots_per_inch / 96
    high = request.camera.size.height / ratio
    room = FIRST_ROWS - ceil((high - PICTURE) / ROW)
    rest = words.rows[room:]
    more = [rest[n : n + MORE_ROWS] for n in range(0, len(rest), MORE_ROWS)]
    count = 1 + len(more)

    def first(canvas: Canvas) -> None:
        sheet = _Sheet(canvas, ratio)
        y = sheet.head(words)
        y = sheet.picture(request, y, progress)
        y = sheet.scale(style, words, y + 14)
        y = sheet.table(words, words.rows[:room], y + 14)
        sheet.facts(words.facts, y + 14)
        sheet.foot(words.foot, 1, count)

    def later(number: int, rows: tuple[tuple[str, ...], ...]) -> Draw:
        def draw(canvas: Canvas) -> None:
            sheet = _Sheet(canvas, ratio)
            sheet.table(words, rows, sheet.head(words))
            sheet.foot(words.foot, number, count)

        return draw

    return [first, *(later(number, rows) for number, rows in enumerate(more, 2))]


class _Sheet:
    """Draws in px of the style from the top left; each part returns where the next may begin."""

    def __init__(self, canvas: Canvas, ratio: float) -> None:
        self._canvas, self._ratio = canvas, ratio

    def _write(
        self,
        x: float,
        y: float,
        text: str,
        color: str = INK,
        size: float = TEXT,
        align: str = "left",
        *,
        room: float = 0.0,
        bold: bool = False,
    ) -> None:
        ratio = self._ratio
        if room:
            text = shortened(self._canvas, text, size * ratio, room * ratio)
        at = Pixel(x * ratio, y * ratio)
        self._canvas.words(at, text, color, size * ratio, align=align, bold=bold)

    def _line(self, left: float, right: float, y: float, color: str = RULE) -> None:
        line = np.array([[left, y], [right, y]]) * self._ratio
        self._canvas.lines([line], color, 0.8 * self._ratio)

    def _box(self, box: tuple[float, float, float, float], fill: str, outline: str = "") -> None:
        left, top, right, bottom = (part * self._ratio for part in box)
        ring = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        self._canvas.areas([[ring]], fill, outline, 0.8 * self._ratio)

    def head(self, words: ReportText) -> float:
        self._write(MARGIN, MARGIN + 8, words.title, INK, 17, room=WIDE, bold=True)
        self._write(MARGIN, MARGIN + 29, words.subtitle, DIM, TEXT, room=WIDE)
        return MARGIN + 46

    def picture(self, request: RenderRequest, y: float, progress: Progress) -> float:
        ratio, camera = self._ratio, request.camera
        top_left = Pixel(round(MARGIN * ratio), round(y * ratio))
        with self._canvas.frame(top_left, camera.size) as window:
            request.paint(window, progress)
        high = camera.size.height / ratio
        self._box((MARGIN, y, MARGIN + WIDE, y + high), "", INK)
        ground = metres_per_pixel(camera) * ratio
        metres = round_length(ground * 140)
        wide, x, bottom = metres / ground, MARGIN + 12, y + high - 12
        self._box((x - 5, bottom - 22, x + wide + 60, bottom + 6), "#ffffffd9")
        bar = np.array([[x, bottom - 4], [x + wide, bottom - 4]]) * ratio
        self._canvas.lines([bar], INK, 2 * ratio)
        self._write(x + wide + 8, bottom - 6, length_text(metres))
        if camera.rotation:
            self._north(MARGIN + WIDE - 26, y + 28, camera.rotation)
        return y + high

    def _north(self, x: float, y: float, turned: float) -> None:
        """An arrow to the north of a map that is turned clockwise by degrees."""
        along = np.array([np.sin(np.radians(turned)), -np.cos(np.radians(turned))])
        across = np.array([-along[1], along[0]])
        tip, foot = 15 * along, -11 * along
        arrow = np.array([tip, foot + 7 * across, -6 * along, foot - 7 * across])
        arrow += np.array([x, y])
        self._box((x - 22, y - 22, x + 22, y + 22), "#ffffffd9")
        self._canvas.areas([[arrow * self._ratio]], INK, INK, 0.8 * self._ratio)
        side = np.array([x, y]) + 14 * across
        self._write(float(side[0]), float(side[1]), "N", INK, 9.5, "center", bold=True)

    def scale(self, style: ThermalStyle, words: ReportText, y: float) -> float:
        """The palette with five values, and each isotherm with its colour."""
        ratio, wide = self._ratio, 330.0
        colors = stops_of(style, round(wide * ratio), isotherms=True)
        pixels = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colors], np.uint8)
        strip = np.full((max(1, round(12 * ratio)), len(pixels), 4), 255, np.uint8)
        strip[:, :, :3] = pixels
        self._canvas.image(strip, Pixel(round(MARGIN * ratio), round(y * ratio)), 1)
        for number in range(5):
            value = style.low + (style.high - style.low) * number / 4
            text = f"{value:.1f}".replace("-", "−") + (f" {words.unit}" if number == 4 else "")
            align = "left" if number == 0 else "center"
            self._write(MARGIN + wide * number / 4, y + 22, text, DIM, 9.5, align)
        x = MARGIN + wide + 40
        for number, (color, text) in enumerate(words.bands[:4]):
            top = y + (number % 2) * 17
            left = x + number // 2 * 150
            self._box((left, top, left + 16, top + 11), color, RULE)
            self._write(left + 22, top + 6, text, INK, 9.5, room=124)
        return y + 32

    def table(self, words: ReportText, rows: Sequence[tuple[str, ...]], y: float) -> float:
        if not words.rows:
            self._write(MARGIN, y + ROW / 2, words.nothing, DIM)
            return y + ROW
        edges = MARGIN + WIDE * np.cumsum([0.0, *words.widths]) / sum(words.widths)
        self._box((MARGIN, y, MARGIN + WIDE, y + ROW), SHADE)
        for number, row in enumerate((words.head, *rows)):
            middle = y + ROW * (number + 0.5)
            for column, text in enumerate(row):
                left, right = edges[column] + 4, edges[column + 1] - 4
                color = INK if number and column else DIM if not number else INK
                x, align = (left, "left") if column == 0 else (right, "right")
                self._write(x, middle, text, color, 9.5, align, room=right - left, bold=not number)
            self._line(MARGIN, MARGIN + WIDE, y + ROW * (number + 1))
        return y + ROW * (len(rows) + 1)

    def facts(self, facts: Sequence[tuple[str, str]], y: float) -> float:
        for number, (caption, text) in enumerate(facts):
            middle = y + 15.5 * (number + 0.5)
            self._write(MARGIN, middle, caption, DIM, 9.5, room=112)
            self._write(MARGIN + 118, middle, text, INK, 9.5, room=WIDE - 118)
        return y + 15.5 * len(facts)

    def foot(self, text: str, number: int, count: int) -> None:
        bottom = A4[1] / 25.4 * 96 - MARGIN + 8
        self._write(MARGIN, bottom, text, DIM, 9, room=WIDE - 60)
        if count > 1:
            self._write(MARGIN + WIDE, bottom, f"{number} / {count}", DIM, 9, "right")
