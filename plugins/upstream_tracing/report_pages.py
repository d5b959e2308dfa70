"""The report of a ranking on pages of A4: laid out line by line, words stay words in the PDF."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from gisapp.api import Canvas, Pixel, Press, Size, tr

from .rank_rows import ShownRow
from .report_figure import Figure, paint
from .report_html import BARS, reasons, segments
from .report_parts import Report, Table

A4 = (210.0, 297.0)  # mm
DPI = 300.0
PX = DPI / 96  # of the sizes below
WIDTH, HEIGHT = 210 / 25.4 * 96, 297 / 25.4 * 96
LEFT, TOP, BOTTOM = 60.0, 56.0, 60.0
ROOM = WIDTH - 2 * LEFT
INK, DIM, RULE, GROUND = "#1d2329", "#5f6a74", "#d5dae0", "#e6eaee"
WARN = "#a8480a"
CELL, CELL_GAP = 9.0, 8.0  # letters of a table; between its columns
SHORT = 14  # rows of a table that stays on one page
Draw = Callable[[Canvas], None]


def as_pdf(report: Report, press: Press) -> bytes:
    """All pages; the same bytes for the same report."""
    laid: list[_Pages] = []

    def lay(canvas: Canvas) -> None:
        pages = _Pages(canvas)
        _lay(pages, report)
        laid.append(pages)

    press.picture(Size(8, 8), lay)
    sheets = laid[0].sheets
    return press.pdf_pages(
        A4, DPI, [_sheet(ops, n, len(sheets), report.foot) for n, ops in enumerate(sheets, 1)]
    )


def _sheet(ops: Sequence[Draw], number: int, count: int, foot: str) -> Draw:
    def draw(canvas: Canvas) -> None:
        for op in ops:
            op(canvas)
        y = (HEIGHT - 34) * PX
        canvas.words(Pixel(LEFT * PX, y), foot, DIM, 9 * PX)
        right = Pixel((WIDTH - LEFT) * PX, y)
        canvas.words(right, f"{number} / {count}", DIM, 9 * PX, align="right")

    return draw


@dataclass
class _Pages:
    """Where the next line goes; measures of words are kept."""

    canvas: Canvas
    sheets: list[list[Draw]] = field(default_factory=lambda: [[]])
    y: float = TOP
    widths: dict[tuple[str, float, bool], float] = field(default_factory=dict)

    def need(self, high: float) -> None:
        """A new page where the height does not fit."""
        if self.y + high > HEIGHT - BOTTOM and self.y > TOP:
            self.sheets.append([])
            self.y = TOP

    def wide(self, text: str, size: float, bold: bool = False) -> float:
        key = (text, size, bold)
        if key not in self.widths:
            self.widths[key] = self.canvas.words_size(text, size * PX, bold=bold)[0] / PX
        return self.widths[key]

    def lines(self, text: str, size: float, room: float, bold: bool = False) -> list[str]:
        """Broken between words, and between any two Chinese characters."""
        found, line, used = [], "", 0.0
        for word in re.findall(r"[\x21-\u2fff]+\s*|\s+|.", text):
            wide = self.wide(word, size, bold)
            if line and used + wide > room:
                found.append(line.rstrip())
                line, used = "", 0.0
            line, used = line + word, used + wide
        return [*found, line.rstrip()] if line.strip() or not found else found

    def words(self, x: float, text: str, size: float, color: str = INK, *, bold: bool = False,
              align: str = "left") -> None:  # fmt: skip
        """On the line as it is; the middle of the letters."""
        at = Pixel(x * PX, (self.y + 0.7 * size) * PX)
        self.sheets[-1].append(
            lambda c: c.words(at, text, color, size * PX, align=align, bold=bold)
        )

    def paragraph(self, text: str, size: float = 10.5, color: str = INK, *, bold: bool = False,
                  indent: float = 0.0, after: float = 4.0) -> None:  # fmt: skip
        for line in self.lines(text, size, ROOM - indent, bold):
            self.need(1.5 * size)
            self.words(LEFT + indent, line, size, color, bold=bold)
            self.y += 1.5 * size
        self.y += after

    def bar(self, x: float, width: float, high: float, color: str) -> None:
        if width <= 0:
            return
        left, top, right, low = (v * PX for v in (x, self.y, x + width, self.y + high))
        ring = np.array([[left, top], [right, top], [right, low], [left, low], [left, top]])
        self.sheets[-1].append(lambda c: c.areas([[ring]], color, "", 0.0))

    def rule(self) -> None:
        y = self.y * PX
        line = np.array([[LEFT * PX, y], [(WIDTH - LEFT) * PX, y]])
        self.sheets[-1].append(lambda c: c.lines([line], RULE, 0.8 * PX))


def _lay(pages: _Pages, report: Report) -> None:
    pages.paragraph(report.title, 19, bold=True, after=8)
    for text in report.summary:
        pages.paragraph(text, after=1)
    pages.y += 5
    pages.paragraph(report.caution, 10.5, WARN, bold=True, after=8)
    _headed_table(pages, report.leading)
    for figure in report.figures:
        _figure(pages, figure)
    first = _candidate_height(pages, report.rows[0]) if report.rows else 0.0
    _heading(pages, tr("Candidates and their reasons"), first + 20)
    _key(pages, report.rows)
    for row in report.rows:
        _candidate(pages, row)
    for table in report.tables:
        _headed_table(pages, table)


def _headed_table(pages: _Pages, table: Table) -> None:
    """A short one is not torn."""
    listed = [cells for cells in (table.heads, *table.rows) if cells]
    whole = sum(_row_height(pages, cells, table.shares) for cells in listed)
    _heading(pages, table.title, whole if len(listed) <= SHORT else 0.0)
    _table(pages, table.heads, table.rows, table.shares)
    if table.note:
        pages.y += 4
        pages.paragraph(table.note, 9, DIM)


def _heading(pages: _Pages, text: str, after: float = 0.0) -> None:
    """Never alone at the foot of a page: `after` is the height of what has to follow it."""
    pages.y += 8
    pages.need(max(90.0, 28.0 + after))
    pages.paragraph(text, 13.5, bold=True, after=5)


def _figure(pages: _Pages, figure: Figure) -> None:
    """With its title and note on one page."""
    ratio = ROOM / figure.width
    note = 13.5 * len(pages.lines(figure.note, 9, ROOM))
    pages.need(figure.height * ratio + note + 40)
    _heading(pages, figure.title)
    x, y = LEFT * PX, pages.y * PX
    pages.sheets[-1].append(lambda c: paint(c, figure, x, y, ratio * PX))
    pages.y += figure.height * ratio + 4
    pages.paragraph(figure.note, 9, DIM)


def _key(pages: _Pages, rows: Sequence[ShownRow]) -> None:
    x = LEFT
    for part, colour in zip(next((r.parts for r in rows if r.parts), ()), BARS, strict=False):
        pages.bar(x, 10, 10, colour)
        pages.words(x + 15, part.title, 9, DIM)
        x += 33 + pages.wide(part.title, 9)
    pages.y += 20


def _candidate_height(pages: _Pages, row: ShownRow) -> float:
    return 40 + sum(13.5 * len(pages.lines(text, 9, ROOM)) for text in reasons(row))


def _candidate(pages: _Pages, row: ShownRow) -> None:
    texts = list(reasons(row))
    pages.need(_candidate_height(pages, row))
    pages.words(LEFT, f"{row.place}. {row.name}", 11, bold=True)
    pages.words(WIDTH - LEFT, f"{row.score:.1f}", 11, bold=True, align="right")
    pages.y += 17
    pages.bar(LEFT, ROOM, 6, GROUND)
    x = LEFT
    for wide, colour in zip(segments(row), BARS, strict=False):
        pages.bar(x, ROOM * wide / 100 - 1, 6, colour)
        x += ROOM * wide / 100
    pages.y += 9
    for text in texts:
        pages.paragraph(text, 9, DIM, after=0)
    pages.y += 9


def _row_height(
    pages: _Pages, cells: Sequence[str], shares: Sequence[float], *, bold: bool = False
) -> float:
    most = max(
        len(pages.lines(text, CELL, share * ROOM - CELL_GAP, bold))
        for text, share in zip(cells, shares, strict=True)
    )
    return most * 1.4 * CELL + 5


def _table(
    pages: _Pages, heads: Sequence[str], rows: Sequence[Sequence[str]], shares: Sequence[float]
) -> None:
    """Cells are broken into lines; the heads come again on each page."""
    size, gap = CELL, CELL_GAP

    def put(cells: Sequence[str], bold: bool) -> None:
        high, top, x = _row_height(pages, cells, shares, bold=bold), pages.y, LEFT
        for text, share in zip(cells, shares, strict=True):
            pages.y = top + 2
            for part in pages.lines(text, size, share * ROOM - gap, bold):
                pages.words(x, part, size, DIM if bold else INK, bold=bold)
                pages.y += 1.4 * size
            x += share * ROOM
        pages.y = top + high
        pages.rule()

    if heads:
        put(heads, True)
    for cells in rows:
        before = len(pages.sheets)
        pages.need(_row_height(pages, cells, shares))
        if heads and len(pages.sheets) > before:
            put(heads, True)
        put(cells, False)
