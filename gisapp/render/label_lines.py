"""Labels along lines: the names of rivers follow their bends.

Pieces of line that bear one name and follow each other are one line here. Latin names run with
the line from left to right. The characters of a Chinese name stand apart along the line and
upright: from left to right where it runs across, from top to bottom where it runs down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.model.crs import Coordinates
from gisapp.model.geometry import Pixel
from gisapp.model.layer import Layer
from gisapp.model.style import LineStyle
from gisapp.render.camera import Camera
from gisapp.render.chains import chained, in_frame
from gisapp.render.colours import darker
from gisapp.render.columns import texts
from gisapp.render.label_features import Seen
from gisapp.render.label_words import (
    SIZE,
    Ask,
    Candidate,
    Far,
    Key,
    Label,
    Letter,
    Try,
    places_along,
)

PIECES = 1500  # of a layer that are looked at, the longest first
FIRST = 12  # names that are rather written over a symbol than not at all
NAMES = 150  # of a layer that are tried, the longest first
APART = 800.0  # px of the style between two labels of one name
STEP = 4.0  # px of the style between the places along a line that are looked at
BEND = {False: 26.0, True: 38.0}  # degrees between two letters at most; for Chinese
STRAIGHT = 5.0  # degrees within which a name is written in one piece
SPREAD = 2.2  # sizes of a letter between two Chinese characters at most
TRIES = 200  # of a layer that are worked out; there is no end of crowded lines
PLACES, LONGEST = 10, 20  # tried in each stretch of a line as long as APART; stretches
RANK = {True: 0.5, False: 2.0}  # of a layer with a role: after stations, before many points

Numbers = npt.NDArray[np.float64]


def label_lines(layer: Layer, data: Any, ask: Ask) -> Iterable[Candidate]:
    """Each name along the lines that have it, again and again along a long one."""
    style, camera = layer.style, ask.camera
    assert isinstance(style, LineStyle)
    if not style.label or not hasattr(data, "shapes_in"):
        return
    ratio = camera.pixel_ratio
    seen = Seen.of(data, camera, 8 * ratio, PIECES, SIZE * ratio)
    pieces, sizes = dict[str, list[int]](), dict[str, float]()
    for number, name in enumerate(texts(data, style.label, seen.rows)):
        if name:
            pieces.setdefault(name, []).append(number)
            sizes[name] = sizes.get(name, 0.0) + float(seen.sizes[number])
    long = sorted((name for name in sizes if sizes[name] > 3 * SIZE * ratio), key=_longest(sizes))
    color = darker(style.color)
    chosen = set(data.ids[seen.rows].tolist()) & ask.selected if ask.selected else set()
    left = [TRIES]
    for number, name in enumerate(long[:NAMES]):
        key = layer.id, name
        lines = _Lines(seen, pieces[name], camera)
        selected = chosen and any(data.ids[seen.rows[piece]] in chosen for piece in pieces[name])
        yield Candidate(
            key,
            (-1.0 if selected else RANK[bool(layer.role)], ask.level, number),
            partial(_tries, key, name, color, lines, left, ask),
            partial(_keeps, name, color, lines, ask),
            insists=number < FIRST,
            apart=APART * ratio,
        )


def _longest(sizes: dict[str, float]) -> Any:
    return lambda name: (-round(sizes[name]), name)


class _Lines:
    """The lines of one name, put together when they are asked for."""

    def __init__(self, seen: Seen, pieces: Sequence[int], camera: Camera) -> None:
        self._seen, self._pieces, self._camera = seen, pieces, camera
        self._found: list[Coordinates] | None = None

    def __iter__(self) -> Iterator[Coordinates]:
        """In pixels, what is in view of each and a little more; the longest first."""
        if self._found is None:
            parts = [part for piece in self._pieces for part in self._seen.parts(piece)]
            width, height = self._camera.size
            found = [run for line in chained(parts) for run in in_frame(line, width, height, 40.0)]
            self._found = sorted(found, key=lambda run: -_way(run)[-1])
        return iter(self._found)


def _way(line: Coordinates) -> Numbers:
    """How far each vertex is from the first, along the line."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    return np.concatenate([[0.0], np.cumsum(steps)])


def _keeps(name: str, color: str, lines: _Lines, ask: Ask, label: Label) -> bool:
    """A line of that name still runs under it."""
    if label.text != name or label.color != color:
        return False
    at = np.array(ask.camera.to_screen(label.anchor))
    reach = SIZE * 1.5 * ask.camera.pixel_ratio
    for line in lines:
        first, along = line[:-1], np.diff(line, axis=0)
        length = np.maximum((along**2).sum(axis=1), 1e-12)
        share = np.clip(((at - first) * along).sum(axis=1) / length, 0, 1)[:, None]
        if (np.hypot(*(first + share * along - at).T) < reach).any():
            return True
    return False


def is_chinese(text: str) -> bool:
    """Whether every letter fills a square, so that it may stand apart and upright."""
    return all("\u2e80" <= letter <= "\u9fff" or letter > "\uf900" for letter in text)


def _tries(
    key: Key, name: str, color: str, lines: _Lines, left: list[int], ask: Ask, far: Far
) -> Iterable[Try]:
    """`left` is how many tries the layer has yet."""
    camera = ask.camera
    size = SIZE * camera.pixel_ratio
    chinese = len(name) > 1 and is_chinese(name)
    if left[0] <= 0:
        return
    advances = np.array([ask.measure(letter, size, False)[0] for letter in name])
    for run in lines:
        course = Course(run, STEP * camera.pixel_ratio, size, APART * camera.pixel_ratio)
        room = course.length - 2 * size
        if room < advances.sum():
            continue
        gap = 0.0
        if chinese:
            gap = max(0.0, min(SPREAD * size, (room * 0.5 - advances.sum()) / (len(name) - 1)))
        for words, spots, turns in course.layouts(name, advances, gap, chinese, far):
            places = places_along(words, spots, turns, size, ask.measure)
            yield places, partial(_label, key, name, color, words, spots, turns, ask)
            left[0] -= 1
            if left[0] <= 0:
                return


def _label(
    key: Key,
    name: str,
    color: str,
    words: Sequence[str],
    spots: Sequence[Pixel],
    turns: Sequence[float],
    ask: Ask,
) -> Label:
    camera = ask.camera
    letters = tuple(
        Letter(text, camera.to_map(at), turn - camera.rotation)
        for text, at, turn in zip(words, spots, turns, strict=True)
    )
    middle = letters[len(letters) // 2].at
    return ask.label(key, name, middle, color=color, letters=letters)


class Course:
    """A line looked at in equal steps, its small wiggles smoothed away."""

    def __init__(self, line: Coordinates, step: float, smooth: float, apart: float) -> None:
        self._apart = apart
        way = _way(line)
        count = max(2, int(way[-1] / step) + 1)
        self._step = way[-1] / (count - 1)
        evenly = np.linspace(0, way[-1], count)
        places = np.column_stack([np.interp(evenly, way, line[:, axis]) for axis in (0, 1)])
        window = min(2 * int(smooth / max(self._step, 1e-9)) + 1, 2 * (count // 4) + 1)
        if window > 1:
            padded = np.pad(places, ((window // 2, window // 2), (0, 0)), "edge")
            sums = np.cumsum(np.vstack([[0.0, 0.0], padded]), axis=0)
            places = (sums[window:] - sums[:-window]) / window
        self._places = places
        self._way = _way(places)
        self.length = float(self._way[-1])

    def layouts(
        self, name: str, advances: Numbers, gap: float, chinese: bool, far: Far
    ) -> Iterator[tuple[list[str], list[Pixel], list[float]]]:
        """Ways to write a name: words, the middle of each and its turn (degrees clockwise)."""
        total = float(advances.sum() + gap * (len(name) - 1))
        middles = np.cumsum(advances) - advances / 2 + gap * np.arange(len(name))
        for start in self._starts(total):
            if not far(Pixel(*self._at(np.array([start + total / 2]))[0].tolist())):
                continue
            ahead = self._at(np.array([start, start + total]))
            across, down = (ahead[1] - ahead[0]).tolist()
            upright = chinese and abs(down) > abs(across)
            backwards = down < 0 if upright else across < 0
            offsets = start + (total - middles if backwards else middles)
            spots = self._at(offsets)
            half = np.maximum(advances, gap) / 2
            ends, begins = self._at(offsets + half), self._at(offsets - half)
            dx, dy = (ends - begins).T * (-1 if backwards else 1)
            turns = np.degrees(np.arctan2(dy, dx)) - (90 if upright else 0)
            turns = (turns + 180) % 360 - 180
            steepest = 62 if chinese else 88
            if abs(turns).max() > steepest or abs(np.diff(turns)).max(initial=0) > BEND[chinese]:
                continue
            if np.ptp(turns) < STRAIGHT and not gap and not upright:
                x, y = self._at(np.array([start + total / 2]))[0].tolist()
                yield [name], [Pixel(x, y)], [float(turns.mean())]
            else:
                yield list(name), [Pixel(*at) for at in spots.tolist()], turns.tolist()

    def _starts(self, total: float) -> Iterator[float]:
        """Where a text of that length could begin, the straightest first, well apart."""
        long = max(1, int(total / max(self._step, 1e-9)))
        turns = np.unwrap(np.arctan2(*np.diff(self._places, axis=0).T[::-1]))
        if len(turns) < long:
            return
        windows = np.lib.stride_tricks.sliding_window_view(turns, long)[:: max(1, long // 8)]
        bends = windows.max(axis=1) - windows.min(axis=1)
        starts = np.arange(len(bends)) * max(1, long // 8)
        ends = np.minimum(starts + long, len(self._way) - 1)
        begin = self._way[starts]
        fits = self._way[ends] - begin > total * 0.8
        center = abs((begin + total / 2) / max(self.length, 1e-9) - 0.5)
        spacing = max(total / 2, self._apart / PLACES)
        tried = set[int]()
        fits &= (begin + total <= self.length) & (begin < LONGEST * self._apart)
        order = np.argsort(np.round(bends, 1) + 0.3 * center, kind="stable")
        order = order[fits[order]]
        for at, slot in zip(begin[order].tolist(), (begin[order] // spacing).tolist(), strict=True):
            if slot not in tried:
                tried.add(slot)
                yield at

    def _at(self, way: Numbers) -> Coordinates:
        return np.column_stack([np.interp(way, self._way, self._places[:, a]) for a in (0, 1)])
