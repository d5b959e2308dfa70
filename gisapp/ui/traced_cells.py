"""Which reach is seen at each pixel of a view: what a pointer over very many rivers needs.

Made once for a view, on a worker. A highlighted way is then a comparison of whole arrays, however
many reaches it has: the reaches are numbered so that it is a few runs of numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gisapp.model.features import Shapes
from gisapp.model.geometry import Pixel, Point, Size
from gisapp.model.progress import Progress
from gisapp.render import compiled_reaches
from gisapp.render.camera import Camera
from gisapp.render.tiles import grown

MARGIN = 64  # pixels beside the view
DETAIL = 400_000  # vertices in view; of more, each part is straight from end to end
AT_ONCE = 100_000  # segments: the window is not kept waiting for longer than that takes
AT_ONCE_COMPILED = 1_000_000  # segments; compiled loops keep nobody waiting
NOTHING = -1
Numbers = npt.NDArray[np.int32]
Runs = Iterable[tuple[int, int]]


@dataclass(frozen=True, eq=False)
class ReachCells:
    """Of each pixel of the camera's picture the number of the reach, or NOTHING."""

    camera: Camera
    cells: Numbers

    def at(self, place: Point, within: int) -> int:
        """The number nearest to a place of the map, within so many pixels; NOTHING: none."""
        x, y = self.camera.to_screen(place)
        height, width = self.cells.shape
        if not (0 <= x < width and 0 <= y < height):
            return NOTHING
        column, row = int(x), int(y)
        left, top = max(column - within, 0), max(row - within, 0)
        window = self.cells[top : row + within + 1, left : column + within + 1]
        rows, columns = np.nonzero(window >= 0)
        if not len(rows):
            return NOTHING
        far = (rows + top - row) ** 2 + (columns + left - column) ** 2
        nearest = int(far.argmin())
        if far[nearest] > within * within:
            return NOTHING
        return int(window[rows[nearest], columns[nearest]])

    def lit(self, runs: Runs, color: tuple[int, int, int]) -> Lit:
        """The numbers in the runs in the colour, a pen wide; only the rows that show some."""
        red, green, blue = color
        argb = 0xFF000000 | red << 16 | green << 8 | blue
        ordered = np.array(sorted(runs), np.int64).reshape(-1, 2)
        numbers, places = self._by_number
        lows, highs = (np.searchsorted(numbers, column) for column in ordered.T)
        pixels = np.zeros(self.cells.shape, np.uint32)
        loops = compiled_reaches.loops()
        if loops is not None:
            said = int(loops.lit_reaches(places, lows, highs, pixels, argb))
            top, after = said >> 16, said & 0xFFFF
        else:
            runs_of = [places[low:high] for low, high in zip(lows, highs, strict=True)]
            chosen = np.concatenate([np.empty(0, np.int32), *runs_of])
            width, flat = self.cells.shape[1], pixels.reshape(-1)
            for beside in (0, 1, width, width + 1):
                flat[chosen + beside] = argb
            top, after = 0, 0
            if len(chosen):
                top, after = int(chosen.min()) // width, int(chosen.max()) // width + 2
        return Lit(_rows_of(self.camera, top, after), pixels[top:after])

    @cached_property
    def _by_number(self) -> tuple[Numbers, Numbers]:
        """Numbers that are seen, ascending, and the pixels that show them."""
        known = self.cells >= 0
        known[-1] = False
        known[:, -1] = False
        places = np.flatnonzero(known).astype(np.int32)
        numbers = self.cells.reshape(-1)[places]
        order = np.argsort(numbers, kind="stable")
        return numbers[order], places[order]


class Lit(NamedTuple):
    """Pixels (premultiplied ARGB, height x width) and the camera whose whole picture they are."""

    camera: Camera
    pixels: npt.NDArray[np.uint32]


def _rows_of(camera: Camera, top: int, after: int) -> Camera:
    """Of some rows alone; at least one."""
    after = max(after, top + 1)
    middle = camera.to_map(Pixel(camera.size.width / 2, (top + after) / 2))
    return replace(camera, center=middle, size=Size(camera.size.width, after - top))


def drawing_camera(view: Camera) -> Camera:
    """The view with a margin, in pixels of the window: on a fine screen a quarter of them."""
    if view.pixel_ratio > 1:
        ratio = view.pixel_ratio
        size = Size(round(view.size.width / ratio), round(view.size.height / ratio))
        view = replace(view, size=size, resolution=view.resolution * ratio, pixel_ratio=1.0)
    return grown(view, MARGIN)


@dataclass(frozen=True, eq=False)
class LinesAtHand:
    """Lines of one system, ready to be drawn by number; `ends` in the order they are drawn.

    numbers: of each part (NOTHING: not drawn); smallest_first: the parts in the order they are
    drawn. ends: first and last place of each part, from the origin.
    """

    shapes: Shapes
    numbers: Numbers
    smallest_first: npt.NDArray[np.int64]
    origin: npt.NDArray[np.float64]
    ends: npt.NDArray[np.float32]
    sorted_numbers: Numbers

    @cached_property
    def rank(self) -> npt.NDArray[np.int64]:
        """Of each part, when it is drawn."""
        rank = np.empty(len(self.numbers), np.int64)
        rank[self.smallest_first] = np.arange(len(self.smallest_first))
        return rank

    @classmethod
    def of(
        cls, shapes: Shapes, numbers: Numbers, smallest_first: npt.NDArray[np.int64]
    ) -> LinesAtHand:
        order = smallest_first[numbers[smallest_first] >= 0]
        origin = np.zeros(2) if not len(shapes.coords) else np.array(shapes.coords[0])
        first, last = shapes.starts[order], shapes.starts[order + 1] - 1
        ends = np.empty((len(order), 4), np.float32)
        ends[:, :2] = shapes.coords[first] - origin
        ends[:, 2:] = shapes.coords[last] - origin
        return cls(shapes, numbers, order, origin, ends, numbers[order])


def reach_cells(lines: LinesAtHand, camera: Camera, progress: Progress) -> ReachCells:
    """The lines in the camera's system, the largest over the others; on a worker."""
    width, height = camera.size
    cells = np.full((height, width), NOTHING, np.int32)
    parts = lines.shapes.parts_in(camera.extent)
    most = DETAIL if compiled_reaches.loops() is None else 8 * DETAIL
    starts = lines.shapes.starts
    if int((starts[parts + 1] - starts[parts]).sum()) <= most:
        _draw_in_detail(cells, lines, parts, camera)
    else:
        _draw_straight(cells, lines, camera, progress)
    made = ReachCells(camera, cells)
    _ = made._by_number  # here, not under the pointer
    return made


def _draw_in_detail(
    cells: Numbers, lines: LinesAtHand, parts: npt.NDArray[np.int64], camera: Camera
) -> None:
    parts = parts[lines.numbers[parts] >= 0]
    parts = parts[np.argsort(lines.rank[parts])]
    starts = lines.shapes.starts
    if (loops := compiled_reaches.loops()) is not None:
        coords, whole = np.ascontiguousarray(lines.shapes.coords, np.float64), np.int64
        places = np.ascontiguousarray(starts, whole), np.ascontiguousarray(parts, whole)
        loops.whole_reaches(cells, coords, *places, lines.numbers, *camera.affine)
        return
    steps = starts[parts + 1] - starts[parts] - 1
    owner = np.repeat(np.arange(len(parts)), steps)
    first = starts[parts][owner] + np.arange(len(owner)) - (np.cumsum(steps) - steps)[owner]
    a, b = (camera.to_pixels(lines.shapes.coords[n]) for n in (first, first + 1))
    _draw(cells, a, b, lines.numbers[parts][owner])


def _draw_straight(cells: Numbers, lines: LinesAtHand, camera: Camera, progress: Progress) -> None:
    height, width = cells.shape
    a, b, c, d, e, f = camera.affine
    x0, y0 = lines.origin
    if (loops := compiled_reaches.loops()) is not None:
        for at in range(0, len(lines.ends), AT_ONCE_COMPILED):
            progress.report(at / len(lines.ends))
            some = slice(at, at + AT_ONCE_COMPILED)
            origin = a * x0 + b * y0 + c, d * x0 + e * y0 + f
            affine = (a, b, origin[0], d, e, origin[1])
            loops.straight_reaches(cells, lines.ends[some], lines.sorted_numbers[some], *affine)
        return
    east, south = np.float32(a * x0 + b * y0 + c), np.float32(d * x0 + e * y0 + f)
    across, down = np.array([a, b], np.float32), np.array([d, e], np.float32)
    for at in range(0, len(lines.ends), AT_ONCE):
        progress.report(at / len(lines.ends))
        ends, number = lines.ends[at : at + AT_ONCE], lines.sorted_numbers[at : at + AT_ONCE]
        x = ends[:, 0::2] * across[0] + ends[:, 1::2] * across[1] + east
        y = ends[:, 0::2] * down[0] + ends[:, 1::2] * down[1] + south
        seen = (x.max(axis=1) >= 0) & (x.min(axis=1) < width)
        seen &= (y.max(axis=1) >= 0) & (y.min(axis=1) < height)
        short = seen & (np.abs(x[:, 0] - x[:, 1]) < 1) & (np.abs(y[:, 0] - y[:, 1]) < 1)
        dots = np.flatnonzero(short)
        columns = np.clip(x[dots, 0].astype(np.int32), 0, width - 1)
        rows = np.clip(y[dots, 0].astype(np.int32), 0, height - 1)
        cells.reshape(-1)[rows * width + columns] = number[dots]
        long = np.flatnonzero(seen & ~short)
        first, last = (np.column_stack([x[long, n], y[long, n]]).astype(float) for n in (0, 1))
        _draw(cells, first, last, number[long])


def _draw(
    cells: Numbers, a: npt.NDArray[np.float64], b: npt.NDArray[np.float64], number: Numbers
) -> None:
    """Straight lines, a pixel wide; later ones over earlier ones."""
    height, width = cells.shape
    seen, a, b = _clipped(a, b, (width, height))
    number = number[seen]
    steps = np.ceil(np.abs(b - a).max(axis=1, initial=0)).astype(np.int64) + 1
    of = np.repeat(np.arange(len(steps)), steps)
    along = (np.arange(len(of)) - (np.cumsum(steps) - steps)[of]) / steps[of]
    x, y = (a[of] + (b - a)[of] * along[:, None]).astype(np.int64).T
    np.clip(x, 0, width - 1, out=x)
    np.clip(y, 0, height - 1, out=y)
    cells.reshape(-1)[y * width + x] = number[of]


def _clipped(
    a: npt.NDArray[np.float64], b: npt.NDArray[np.float64], size: tuple[int, int]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Which lines meet the picture, and the piece of them that does (Liang and Barsky)."""
    first, last = np.zeros(len(a)), np.ones(len(a))
    step = b - a
    with np.errstate(divide="ignore", invalid="ignore"):
        for axis, most in enumerate(size):
            low, high = -a[:, axis] / step[:, axis], (most - a[:, axis]) / step[:, axis]
            still = step[:, axis] == 0
            outside = still & ((a[:, axis] < 0) | (a[:, axis] > most))
            low, high = np.where(still, -np.inf, low), np.where(still, np.inf, high)
            first = np.maximum(first, np.where(outside, np.inf, np.minimum(low, high)))
            last = np.minimum(last, np.maximum(low, high))
    seen = (first <= last) & np.isfinite(step).all(axis=1)
    base, step = a[seen], step[seen]
    return seen, base + step * first[seen, None], base + step * last[seen, None]
