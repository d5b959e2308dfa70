"""The rivers above the station as a figure: the band still possible, stations and candidates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from gisapp.api import FeatureSet, Point, is_geographic, metres_per_unit, tr, transform_point

from .network import Floats
from .placements import SYSTEM
from .rank_answer import SourceRanking
from .report_figure import (
    BAND,
    DIM,
    INK,
    RIVER,
    START,
    STATION,
    WHITE,
    WIDTH,
    Dot,
    Figure,
    Piece,
    Stroke,
    Words,
    numbered,
    ticks,
    words_wide,
)
from .rivers import prepare

MARKED = 12  # candidates that are drawn
MOST = 6_000  # lines
MARGIN = 18.0
ToPage = Callable[[Floats], Floats]


def map_of(found: SourceRanking, rivers: FeatureSet) -> Figure | None:
    """North up; None when the rivers are not those of the ranking."""
    number = {str(fid): n for n, fid in enumerate(rivers.ids.tolist())}
    band = [number[r.feature] for r in found.reaches if r.feature in number]
    if not band:
        return None
    net = prepare(rivers)
    start = net.keys.get(found.start.reach)
    wanted = set(band[:MOST])
    if start is not None:
        wanted |= set(net.network.upstream(start)[:MOST].tolist())
    shapes = rivers.shapes_in(rivers.crs)
    parts = np.flatnonzero(np.isin(shapes.owner, list(wanted)))
    if not len(parts):
        return None
    box = shapes.boxes[parts]
    low, high = box[:, :2].min(axis=0), box[:, 2:].max(axis=0)
    middle = (low + high) / 2
    degrees = is_geographic(rivers.crs)
    flat = np.array([np.cos(np.radians(middle[1])) if degrees else 1.0, 1.0])
    room = np.maximum((high - low) * flat, 1e-9)
    scale = min((WIDTH - 2 * MARGIN) / room[0], (0.6 * WIDTH - 2 * MARGIN) / room[1])
    height = float(room[1] * scale) + 2 * MARGIN + 22
    left = (WIDTH - float(room[0] * scale)) / 2
    bottom = height - MARGIN - 22

    def to_page(points: Floats) -> Floats:
        x = (points[:, 0] - low[0]) * flat[0] * scale + left
        return np.column_stack([x, bottom - (points[:, 1] - low[1]) * scale])

    inside = np.isin(shapes.owner[parts], band)
    drawn = [_thinned(to_page(shapes.coords[shapes.starts[p] : shapes.starts[p + 1]]))
             for p in parts.tolist()]  # fmt: skip
    pieces: list[Piece] = []
    for near, colour, wide in ((False, RIVER, 1.0), (True, BAND, 1.7)):
        pieces += [
            Stroke(line, colour, wide)
            for line, is_near in zip(drawn, inside, strict=True)
            if is_near == near
        ]
    names = _Names()
    places = found.question.places
    marked = [places[row.id] for row in found.rows[:MARKED] if row.id in places]
    names.keep_free([to_page(np.array([at]))[0] for at in marked])
    place = found.start.place
    own: list[Piece] = []
    if place is not None:
        x, y = to_page(np.array([place]))[0].tolist()
        own = [Dot(x, y, START, 15), Dot(x, y, WHITE, 10), Dot(x, y, START, 5),
               *names.beside(x, y, found.start.title, bold=True)]  # fmt: skip
    pieces += [*_stations(found, rivers.crs, to_page, height, names), *_sources(found, to_page)]
    pieces += own
    unit = 111_319.5 if degrees else metres_per_unit(rivers.crs, Point(*middle.tolist()))
    pieces += _scale_bar(scale / unit, height)
    return Figure(
        tr("Map"),
        height,
        tuple(pieces),
        tr(
            "North is up. Ring: the station. Squares: other stations. Dark: river still possible; "
            "light: behind a clean station. Numbers: places in the list."
        ),
    )


def _stations(
    found: SourceRanking, crs: str, to_page: ToPage, height: float, names: _Names
) -> Iterator[Piece]:
    for one in found.question.evidence.placed:
        if one.role != "stations" or one.at is None:
            continue
        at = transform_point(one.at, SYSTEM, crs)
        x, y = to_page(np.array([at]))[0].tolist()
        if found.start.place is not None and np.allclose(at, found.start.place, atol=1e-6):
            continue
        if 0 < x < WIDTH and 0 < y < height - 24:
            yield Dot(x, y, STATION, 8, "square")
            yield from names.beside(x, y, one.id)


class _Names:
    """Beside their places, where nothing else is written; without room none."""

    def __init__(self) -> None:
        self.taken: list[tuple[float, float, float, float]] = []

    def keep_free(self, marks: Sequence[Floats]) -> None:
        self.taken += [(x - 8, y - 8, x + 8, y + 8) for x, y in marks]

    def beside(self, x: float, y: float, text: str, *, bold: bool = False) -> Iterator[Piece]:
        wide, high = words_wide(text, 10), 12.0
        for left, middle in ((x + 10, y - 10), (x - 10 - wide, y - 10), (x + 10, y + 10),
                             (x - 10 - wide, y + 10)):  # fmt: skip
            box = left, middle - high / 2, left + wide, middle + high / 2
            if box[0] < 2 or box[2] > WIDTH - 2 or any(_touch(box, one) for one in self.taken):
                continue
            self.taken.append(box)
            yield Words(left, middle, text, 10, INK, "left", bold, halo=True)
            return


def _touch(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _sources(found: SourceRanking, to_page: ToPage) -> Iterator[Piece]:
    """Where the first candidates let out; the first lies on top."""
    places = found.question.places
    for row in reversed(found.rows[:MARKED]):
        if row.id in places:
            x, y = to_page(np.array([places[row.id]]))[0].tolist()
            yield from numbered(x, y, row.place)


def _scale_bar(pixels_a_metre: float, height: float) -> Iterator[Piece]:
    """A round length of about a fifth of the width, and which way north is."""
    longest = 0.2 * WIDTH / pixels_a_metre
    length = ticks(0.0, longest, 3)[-1]
    wide, y = length * pixels_a_metre, height - 12
    ends = np.array([[MARGIN, y - 4], [MARGIN, y], [MARGIN + wide, y], [MARGIN + wide, y - 4]])
    yield Stroke(ends, DIM, 1.2)
    words = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    yield Words(MARGIN + wide + 6, y - 2, words, 9, DIM)
    x = WIDTH - MARGIN
    yield Stroke(np.array([[x, y + 4], [x, y - 14]]), DIM, 1.2)
    yield Stroke(np.array([[x - 4, y - 9], [x, y - 14], [x + 4, y - 9]]), DIM, 1.2)
    yield Words(x - 8, y - 6, tr("N"), 9, DIM, "right")


def _thinned(line: Floats) -> Floats:
    """Without points nearer to each other than can be seen."""
    kept = [0]
    for n in range(1, len(line) - 1):
        if np.abs(line[n] - line[kept[-1]]).max() > 0.6:
            kept.append(n)
    return np.asarray(line[[*kept, len(line) - 1]])
