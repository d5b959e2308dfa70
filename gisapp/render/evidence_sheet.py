"""The file of one outfall on paper: map, photos, record, history, on as many A4 pages as needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from unicodedata import east_asian_width

import numpy as np

from gisapp.model.geometry import Pixel, Size
from gisapp.model.progress import Progress
from gisapp.render.canvas import Canvas, Draw, Image
from gisapp.render.labels import measure_of, place_labels, shortened, write_labels
from gisapp.render.request import RenderRequest
from gisapp.render.scale_bar import length_text, metres_per_pixel, round_length, scale_text

INK, DIM, RULE, SHADE, MARK = "#1b2733", "#5b6875", "#d5dbe1", "#f1f4f6", "#c8102e"
A4 = (210.0, 297.0)
MARGIN = 44.0  # px of the style (1/96 inch), as are all below
WIDE, TALL = (mm / 25.4 * 96 for mm in A4)
ROOM = WIDE - 2 * MARGIN
TOP, BOTTOM = MARGIN + 46, TALL - MARGIN - 14
MAP_WIDE, MAP_TALL, GAP = 410.0, 310.0, 16.0
FACTS_WIDE, FACTS_CAPTION = ROOM - MAP_WIDE - GAP, 84.0  # beside the map
PHOTO_WIDE, PHOTO_TALL = (ROOM - GAP) / 2, 232.0
TEXT, LINE, CAPTION = 9.5, 13.0, 92.0
FIRST_PHOTOS = 4  # on the first page, below the map
NARROW, BROAD = " .,:;'|!()[]ijlt-", "mwMW@%"

Pair = tuple[str, str]


@dataclass(frozen=True)
class EvidencePhoto:
    """`load` gives the picture when its page is drawn, no larger than asked; None: not shown."""

    caption: str
    seal: str
    load: Callable[[int, int], Image | None]


@dataclass(frozen=True)
class EvidenceText:
    """All words of the file of one outfall. `sections` are a heading and pairs of a caption and
    what it is; `history` are when, who and what. Facts stand beside the map while there is room."""

    title: str
    subtitle: str
    facts_title: str
    facts: tuple[Pair, ...]
    sections: tuple[tuple[str, tuple[Pair, ...]], ...]
    photos_title: str
    photos: tuple[EvidencePhoto, ...]
    no_picture: str
    history_title: str
    history: tuple[tuple[str, str, str], ...]
    no_place: str
    foot: str


@dataclass(frozen=True)
class _Block:
    """A piece of a page. `keeps`: what follows stands on the same page."""

    height: float
    draw: Callable[[_Sheet, float], None]
    keeps: bool = False


def map_size(dots_per_inch: float) -> Size:
    ratio = dots_per_inch / 96
    return Size(round(MAP_WIDE * ratio), round(MAP_TALL * ratio))


def evidence_sheets(
    words: EvidenceText, request: RenderRequest | None, dots_per_inch: float, progress: Progress
) -> Sequence[Draw]:
    """What draws each page. `request.camera` has `map_size` at the same resolution, the outfall in
    its middle; None: its place is not known."""
    ratio = dots_per_inch / 96
    beside = _beside_the_map(words.facts)
    first = [_map_block(words, words.facts[:beside], request, dots_per_inch, progress)]
    if beside < len(words.facts):
        left = (words.facts_title, words.facts[beside:])
        words = replace(words, sections=(left, *words.sections))
    laid = _laid([*first, *_photo_blocks(words, ratio, 0), *_record_blocks(words),
                  *_photo_blocks(words, ratio, FIRST_PHOTOS), *_history_blocks(words)])  # fmt: skip

    def page(number: int, blocks: Sequence[_Block]) -> Draw:
        def draw(canvas: Canvas) -> None:
            sheet = _Sheet(canvas, ratio)
            sheet.head(words)
            y = TOP
            for block in blocks:
                block.draw(sheet, y)
                y += block.height
            sheet.foot(words.foot, number, len(laid))

        return draw

    return [page(number, blocks) for number, blocks in enumerate(laid, 1)]


def _laid(blocks: Sequence[_Block]) -> list[list[_Block]]:
    """Blocks on pages: what does not fit begins the next one, a heading never ends one."""
    pages: list[list[_Block]] = [[]]
    y = TOP
    for number, block in enumerate(blocks):
        following = blocks[number + 1].height if block.keeps and number + 1 < len(blocks) else 0.0
        if pages[-1] and y + block.height + following > BOTTOM:
            pages.append([])
            y = TOP
        pages[-1].append(block)
        y += block.height
    return pages


def wrapped_words(text: str, size: float, room: float, most: int = 12) -> list[str]:
    """Lines that fit by a careful estimate, so that pages can be counted before one is drawn."""
    lines = [""]
    used = at_space = 0.0
    for letter in " ".join(text.split()):
        wide = _width(letter) * size
        if used + wide > room and lines[-1]:
            head, space, tail = lines[-1].rpartition(" ")
            if space and letter != " " and at_space > room / 2 and _width(letter) < 1:
                lines[-1] = head
                lines.append(tail)
            else:
                lines.append("")
            used = sum(map(_width, lines[-1])) * size
        if letter == " ":
            at_space = used
        if letter != " " or lines[-1]:
            lines[-1] += letter
            used += wide
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1] + "…"]
    return lines


def _width(letter: str) -> float:
    """In sizes of the font, rather too wide than too narrow."""
    if east_asian_width(letter) in "WFA":
        return 1.0
    if letter in NARROW:
        return 0.36
    return 0.92 if letter in BROAD else 0.66 if letter.isupper() or letter.isdigit() else 0.6


def _beside_the_map(facts: Sequence[Pair]) -> int:
    """How many of them have room there."""
    y = 0.0
    for number, pair in enumerate(facts):
        y += _lines_of(pair, FACTS_WIDE, FACTS_CAPTION) * LINE + 5
        if y > MAP_TALL + 5:
            return number
    return len(facts)


def _map_block(
    words: EvidenceText,
    facts: Sequence[Pair],
    request: RenderRequest | None,
    dots_per_inch: float,
    progress: Progress,
) -> _Block:
    def draw(sheet: _Sheet, y: float) -> None:
        if request is None:
            sheet.box((MARGIN, y, MARGIN + MAP_WIDE, y + MAP_TALL), SHADE, RULE)
            sheet.write(MARGIN + 14, y + MAP_TALL / 2, words.no_place, DIM)
        else:
            sheet.map(request, y, dots_per_inch, progress)
        for pair in facts:
            y += sheet.pair(pair, MARGIN + MAP_WIDE + GAP, y, FACTS_WIDE, FACTS_CAPTION) + 5

    return _Block(MAP_TALL + GAP, draw)


def _heading(text: str) -> _Block:
    def draw(sheet: _Sheet, y: float) -> None:
        sheet.write(MARGIN, y + 13, text, INK, 11.5, bold=True)
        sheet.line(MARGIN, MARGIN + ROOM, y + 24)

    return _Block(30.0, draw, keeps=True)


def _photo_blocks(words: EvidenceText, ratio: float, start: int) -> Iterator[_Block]:
    """From the first page's photos or from those behind them, two in a row."""
    photos = words.photos[start:] if start else words.photos[:FIRST_PHOTOS]
    if photos:
        yield _heading(words.photos_title)
    for at in range(0, len(photos), 2):

        def draw(
            sheet: _Sheet, y: float, row: Sequence[EvidencePhoto] = photos[at : at + 2]
        ) -> None:
            for number, photo in enumerate(row):
                sheet.photo(photo, MARGIN + number * (PHOTO_WIDE + GAP), y, words.no_picture)

        yield _Block(PHOTO_TALL + 40, draw)


def _record_blocks(words: EvidenceText) -> Iterator[_Block]:
    """Two pairs in a row; what is long has a row of its own."""
    half = (ROOM - GAP) / 2
    for heading, pairs in words.sections:
        yield _heading(heading)
        rows: list[list[Pair]] = []
        for pair in pairs:
            short = len(wrapped_words(pair[1], TEXT, half - CAPTION)) <= 2
            if short and rows and len(rows[-1]) == 1 and rows[-1][0][1] and _is_short(rows[-1][0]):
                rows[-1].append(pair)
            else:
                rows.append([pair])
        for row in rows:
            wide = half if _is_short(row[0]) else ROOM
            count = max(_lines_of(pair, wide) for pair in row)

            def draw(
                sheet: _Sheet, y: float, row: Sequence[Pair] = row, wide: float = wide
            ) -> None:
                for number, pair in enumerate(row):
                    sheet.pair(pair, MARGIN + number * (half + GAP), y, wide, CAPTION)

            yield _Block(count * LINE + 5, draw)


def _is_short(pair: Pair) -> bool:
    return len(wrapped_words(pair[1], TEXT, (ROOM - GAP) / 2 - CAPTION)) <= 2


def _lines_of(pair: Pair, wide: float, caption: float = CAPTION) -> int:
    value = len(wrapped_words(pair[1], TEXT, wide - caption))
    return max(value, len(wrapped_words(pair[0], TEXT, caption - 8, 3)))


def _history_blocks(words: EvidenceText) -> Iterator[_Block]:
    if words.history:
        yield _heading(words.history_title)
    for when, who, what in words.history:
        lines = wrapped_words(what, TEXT, ROOM - 220, 6)

        def draw(
            sheet: _Sheet, y: float, row: tuple[str, str, Sequence[str]] = (when, who, lines)
        ) -> None:
            sheet.write(MARGIN, y + LINE / 2, row[0], DIM, room=118)
            sheet.write(MARGIN + 124, y + LINE / 2, row[1], DIM, room=88)
            for number, text in enumerate(row[2]):
                sheet.write(MARGIN + 218, y + LINE * (number + 0.5), text, room=ROOM - 218)

        yield _Block(len(lines) * LINE + 4, draw)


class _Sheet:
    """Draws in px of the style from the top left."""

    def __init__(self, canvas: Canvas, ratio: float) -> None:
        self._canvas, self._ratio = canvas, ratio

    def write(
        self, x: float, y: float, text: str, color: str = INK, size: float = TEXT,
        align: str = "left", *, room: float = 0.0, bold: bool = False, halo: str = "",
    ) -> None:  # fmt: skip
        ratio = self._ratio
        if room:
            text = shortened(self._canvas, text, size * ratio, room * ratio)
        at = Pixel(x * ratio, y * ratio)
        self._canvas.words(at, text, color, size * ratio, align=align, bold=bold, halo=halo)

    def line(self, left: float, right: float, y: float, color: str = RULE) -> None:
        ends = np.array([[left, y], [right, y]]) * self._ratio
        self._canvas.lines([ends], color, 0.8 * self._ratio)

    def box(self, box: tuple[float, float, float, float], fill: str, outline: str = "") -> None:
        left, top, right, bottom = (part * self._ratio for part in box)
        ring = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        self._canvas.areas([[ring]], fill, outline, 0.8 * self._ratio)

    def head(self, words: EvidenceText) -> None:
        self.write(MARGIN, MARGIN + 6, words.title, INK, 17, room=ROOM, bold=True)
        self.write(MARGIN, MARGIN + 27, words.subtitle, DIM, 10, room=ROOM)

    def foot(self, text: str, number: int, count: int) -> None:
        self.write(MARGIN, TALL - MARGIN + 8, text, DIM, 8.5, room=ROOM - 60)
        self.write(MARGIN + ROOM, TALL - MARGIN + 8, f"{number} / {count}", DIM, 8.5, "right")

    def pair(self, pair: Pair, x: float, y: float, wide: float, caption: float) -> float:
        """A caption and what it is; how high both are."""
        named = wrapped_words(pair[0], TEXT, caption - 8, 3)
        said = wrapped_words(pair[1], TEXT, wide - caption)
        for number, text in enumerate(named):
            self.write(x, y + LINE * (number + 0.5), text, DIM, room=caption - 6)
        for number, text in enumerate(said):
            self.write(x + caption, y + LINE * (number + 0.5), text, room=wide - caption)
        return max(len(named), len(said)) * LINE

    def map(
        self, request: RenderRequest, y: float, dots_per_inch: float, progress: Progress
    ) -> None:
        ratio, camera = self._ratio, request.camera
        with self._canvas.frame(
            Pixel(round(MARGIN * ratio), round(y * ratio)), camera.size
        ) as view:
            request.paint_layers(view, progress)
            middle = np.array([[camera.size.width / 2, camera.size.height / 2]])
            view.rings(middle, "#ffffff", 30 * ratio, 4.5 * ratio)
            view.rings(middle, MARK, 30 * ratio, 2 * ratio)
            labels = place_labels(request, measure_of(view), (), progress)
            write_labels(view, labels, camera)
        self.box((MARGIN, y, MARGIN + MAP_WIDE, y + MAP_TALL), "", INK)
        ground = metres_per_pixel(camera) * ratio
        metres = round_length(ground * 110)
        wide, x, bottom = metres / ground, MARGIN + 12, y + MAP_TALL - 14
        words = f"{length_text(metres)}   {scale_text(camera, dots_per_inch)}"
        room = sum(map(_width, words)) * TEXT
        self.box((x - 6, bottom - 18, x + wide + 14 + room, bottom + 8), "#ffffffe0")
        bar = np.array([[x, bottom - 5], [x + wide, bottom - 5]]) * ratio
        self._canvas.lines([bar], INK, 2 * ratio)
        self.write(x + wide + 8, bottom - 5, words)

    def photo(self, photo: EvidencePhoto, x: float, y: float, missing: str) -> None:
        ratio = self._ratio
        picture = photo.load(round(PHOTO_WIDE * ratio), round(PHOTO_TALL * ratio))
        self.box((x, y, x + PHOTO_WIDE, y + PHOTO_TALL), SHADE)
        if picture is None:
            self.write(x + PHOTO_WIDE / 2, y + PHOTO_TALL / 2, missing, DIM, align="center",
                       room=PHOTO_WIDE - 20)  # fmt: skip
        else:
            tall, wide = picture.shape[0] / ratio, picture.shape[1] / ratio
            share = min(PHOTO_WIDE / wide, PHOTO_TALL / tall, 4.0)
            left, top = x + (PHOTO_WIDE - wide * share) / 2, y + (PHOTO_TALL - tall * share) / 2
            self._canvas.image(picture, Pixel(round(left * ratio), round(top * ratio)), share)
        self.write(x, y + PHOTO_TALL + 10, photo.caption, room=PHOTO_WIDE)
        self.write(x, y + PHOTO_TALL + 23, photo.seal, DIM, 7.0, room=PHOTO_WIDE)
