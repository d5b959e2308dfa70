"""A piece of a raster laid out as the pixels of a picture: nearest, bilinear or cubic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gisapp.io.grid_warp import Placement, Reals
from gisapp.io.raster_kernels import loops
from gisapp.model.progress import Progress

Resampling = Literal["nearest", "bilinear", "cubic", "crisp"]
RESAMPLINGS: tuple[Resampling, ...] = ("nearest", "bilinear", "cubic", "crisp")
CRISP = 0.5  # cells of the file for a pixel: with fewer, `crisp` shows the cells, else bilinear
MARGIN = 3  # cells around what is seen that smooth pictures look at
ROWS = 128  # of the picture between two looks at whether to stop


@dataclass(frozen=True, eq=False)
class Piece:
    """Cells read from a file: rows x columns of float32, or of four bytes.

    A cell of the piece is `scale` (across, down) cells of the file large, and the first one
    begins at `left`, `top` (cells of the file). `end`: where the file ends, in cells of the piece;
    what is left over behind the last whole cell looks like that one.
    """

    cells: npt.NDArray[Any]
    left: float
    top: float
    scale: tuple[float, float]
    end: tuple[float, float]

    def warp(
        self, place: Placement, out: npt.NDArray[Any], how: Resampling, progress: Progress
    ) -> None:
        """Fill the picture where it lies on the file; the rest stays as it is."""
        if how == "crisp":
            how = "nearest" if place.shrink <= CRISP + 1e-9 else "bilinear"
        columns = np.ascontiguousarray((place.columns - self.left) / self.scale[0])
        rows = np.ascontiguousarray((place.rows - self.top) / self.scale[1])
        cells, loop = np.ascontiguousarray(self.cells), None
        if (ready := loops()) is not None and cells.flags.writeable:
            if cells.ndim == 2:
                loop = ready.nearest_values if how == "nearest" else ready.smooth_values
            else:
                loop = ready.nearest_colours if how == "nearest" else ready.smooth_colours
        target = out
        if how == "nearest" and cells.ndim == 3:  # four bytes are moved as one number
            cells, target = cells.view(np.uint32)[..., 0], out.view(np.uint32)[..., 0]
        height = place.size.height
        if how == "nearest":
            straight = self._straight(columns, rows, place)
            if straight is not None:
                _lay_straight(cells, straight[0], straight[1], target, loop is not None)
                return
        for first in range(0, height, ROWS):
            progress.report(0.7 + 0.3 * first / height)
            last = min(first + ROWS, height)
            if loop is not None:
                more = () if how == "nearest" else (how == "cubic",)
                loop(cells, columns, rows, place.step, *self.end, *more, target, first, last)
                continue
            x, y = _strip(columns, rows, place, first, last)
            self._nearest(cells, x, y, target[first:last])
            if how != "nearest" and cells.ndim == 2:
                _smooth(cells, x, y, target[first:last], how == "cubic")
            elif how != "nearest":
                _smooth_colours(cells, x, y, target[first:last], how == "cubic", self.end)

    def _straight(self, columns: Reals, rows: Reals, place: Placement) -> Any:
        """Cells of all columns and of all rows of the picture, -1 beside the file, where they
        depend on nothing else and in each row the cells seen follow each other; or None."""
        if not ((columns == columns[:1]).all() and (rows == rows[:, :1]).all()):
            return None
        height, width = self.cells.shape[:2]
        found = []
        for nodes, count, end, cells in (
            (columns[0], place.size.width, self.end[0], width),
            (rows[:, 0], place.size.height, self.end[1], height),
        ):
            at = np.arange(count)
            node, share = at // place.step, at % place.step / place.step
            x = nodes[node] + (nodes[node + 1] - nodes[node]) * share
            with np.errstate(invalid="ignore"):
                cell = np.minimum(x.astype(np.int64), cells - 1)
                cell[~((x >= 0) & (x < end))] = -1
            found.append(cell)
        return found

    def _nearest(self, cells: Any, x: Reals, y: Reals, out: npt.NDArray[Any]) -> None:
        height, width = cells.shape[:2]
        inside = _inside(x, y, self.end)
        column = np.clip(np.nan_to_num(x), 0, width - 1).astype(np.int32)
        row = np.clip(np.nan_to_num(y), 0, height - 1).astype(np.int32)
        if cells.ndim == 3:
            out[inside] = cells[row, column][inside]
        else:
            np.copyto(out, np.take(cells.ravel(), row * width + column), where=inside)


def _lay_straight(
    cells: npt.NDArray[Any], columns: Any, rows: Any, out: npt.NDArray[Any], compiled: bool
) -> None:
    """For each column and each row of the picture its cell; -1: beside, there it stays."""
    across, down = _known(columns), _known(rows)
    if across is None or down is None:
        return
    if _plain(columns[across]) and _plain(rows[down]):
        top, left = rows[down.start], columns[across.start]
        tall, wide = down.stop - down.start, across.stop - across.start
        out[down, across] = cells[top : top + tall, left : left + wide]
    elif compiled and (ready := loops()) is not None:
        loop = ready.straight_values if cells.dtype == np.float32 else ready.straight_colours
        loop(cells, columns, rows, out, 0, len(rows))
    else:
        out[down, across] = cells[rows[down, None], columns[across]]


def _known(cells: Any) -> slice | None:
    """Where they are not -1: they are in one piece."""
    found = np.flatnonzero(cells >= 0)
    return slice(int(found[0]), int(found[-1]) + 1) if len(found) else None


def _plain(cells: Any) -> bool:
    """Whether each is the one after that before it."""
    return bool((np.diff(cells) == 1).all())


def _inside(x: Reals, y: Reals, end: tuple[float, float]) -> npt.NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        return np.asarray((x >= 0) & (x < end[0]) & (y >= 0) & (y < end[1]))  # NaN: outside


def _strip(
    columns: Reals, rows: Reals, place: Placement, first: int, last: int
) -> tuple[Reals, Reals]:
    """Positions of all pixels of some rows of the picture; one row of columns and one column of
    rows where they depend on nothing else."""
    step = place.step
    i, j = np.arange(first, last), np.arange(place.size.width)
    node, mesh = i // step, j // step
    down = ((i - node * step) / step)[:, None]
    across = ((j - mesh * step) / step)[None]
    if (columns == columns[:1]).all() and (rows == rows[:, :1]).all():
        x = columns[0, mesh] + (columns[0, mesh + 1] - columns[0, mesh]) * across[0]
        y = rows[node, 0] + (rows[node + 1, 0] - rows[node, 0]) * down[:, 0]
        return x[None, :], y[:, None]
    found = []
    with np.errstate(invalid="ignore"):
        for nodes in (columns, rows):
            lines = nodes[node] + (nodes[node + 1] - nodes[node]) * down
            left, right = lines[:, mesh], lines[:, mesh + 1]
            found.append(left + (right - left) * across)
    return found[0], found[1]


def _weights(share: Reals, cubic: bool) -> list[Reals]:
    """Of four cells in a row (bilinear: of the two in the middle); Keys 1981, a = -0.5."""
    s = share
    if not cubic:
        return [1 - s, s]
    return [
        ((-0.5 * s + 1) * s - 0.5) * s,
        (1.5 * s - 2.5) * s * s + 1,
        ((-1.5 * s + 2) * s + 0.5) * s,
        (0.5 * s - 0.5) * s * s,
    ]


def _taps(
    cells: npt.NDArray[Any], x: Reals, y: Reals, cubic: bool
) -> Iterator[tuple[npt.NDArray[Any], Reals]]:
    """The cells around each position and what each of them weighs."""
    height, width = cells.shape[:2]
    left, top = np.floor(x - 0.5), np.floor(y - 0.5)
    begin = -1 if cubic else 0
    for a, down in enumerate(_weights(y - 0.5 - top, cubic)):
        row = np.clip(top + begin + a, 0, height - 1).astype(np.int32)
        for b, across in enumerate(_weights(x - 0.5 - left, cubic)):
            column = np.clip(left + begin + b, 0, width - 1).astype(np.int32)
            yield cells[row, column], down * across


def _smooth(
    cells: npt.NDArray[Any], x: Reals, y: Reals, out: npt.NDArray[Any], cubic: bool
) -> None:
    """Missing cells weigh nothing, and what is missing in the nearest stays missing."""
    found = ~np.isnan(out)  # the nearest cells were laid there first
    x, y = np.where(found, x, 0.5), np.where(found, y, 0.5)
    total, weight = np.zeros(out.shape), np.zeros(out.shape)
    for value, w in _taps(cells, x, y, False):
        known = ~np.isnan(value)
        total += np.where(known, w * np.where(known, value, 0), 0)
        weight += np.where(known, w, 0)
    np.divide(total, weight, out=total, where=weight > 0)
    np.copyto(out, total, where=found & (weight > 0), casting="same_kind")
    if cubic:
        total = np.zeros(out.shape)
        for value, w in _taps(cells, x, y, True):
            total += w * value
        np.copyto(out, total, where=found & ~np.isnan(total), casting="same_kind")


def _smooth_colours(
    cells: npt.NDArray[Any],
    x: Reals,
    y: Reals,
    out: npt.NDArray[Any],
    cubic: bool,
    end: tuple[float, float],
) -> None:
    """Of colours that are multiplied by their alpha already."""
    inside = _inside(x, y, end)
    x, y = np.where(inside, x, 0.5), np.where(inside, y, 0.5)
    total = np.zeros(out.shape)
    for value, w in _taps(cells, x, y, cubic):
        total += w[..., None] * value
    alpha = np.clip(total[..., 3:], 0, 255)
    picture = (np.minimum(np.clip(total, 0, 255), alpha) + 0.5).astype(np.uint8)
    np.copyto(out, picture, where=inside[..., None])
