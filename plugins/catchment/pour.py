"""The cell of a raster from which a reach's whole catchment is seen: at its lower end, still above
what else flows in there. Knows nothing of maps, files or windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .directions import COLUMNS, NOTHING, ROWS, Steps
from .flood import channel_near

Places = npt.NDArray[np.float64]
Cell = tuple[int, int]

MIDDLE = (0.5, 0.7, 0.3)  # of a line: where its channel is looked for, the first that is on one
FARTHEST = 4  # times the cells of a line that its water is followed
AT_END = 1.5  # cells from an end, where the water has come to it
AROUND = 2.0  # cells between ends that are one node


@dataclass(frozen=True, slots=True)
class Pour:
    """row, column of the cell; end: the lower end of the line, in the raster's coordinates."""

    row: int
    column: int
    end: tuple[float, float]


def pour_of(
    steps: Steps, transform: Any, line: Places, others: Sequence[Places], within: int
) -> Pour | None:
    """Where a reach leaves its catchment; None where its line is not on land.

    line: n x 2 in the raster's coordinates, drawn in either way; the end that drains more is the
    lower one. others: lines of the reaches beside it, of which some flow in at the same node.
    within: so many cells beside a line its channel may lie.
    """
    cells = np.column_stack(~transform * line.T)  # column and row, not whole
    way = _way(steps, cells, within)
    if way is None:
        return None
    ends = cells[[0, -1]]
    numbers = np.array(way, np.float64)[:, ::-1] + 0.5  # column, row of each
    far = [np.hypot(*(numbers - end).T) for end in ends]
    lower, stop = _reached(far)
    theirs: set[Cell] = set()
    for other in others:
        its = np.column_stack(~transform * other.T)
        near = min(np.hypot(*(its[n] - ends[lower])) for n in (0, -1))
        if near > AROUND:
            continue
        found = _way(steps, its, within) or [way[0]]
        if way[0] not in found and found[0] not in way:  # both come here, neither to the other
            theirs.update(found)
    at = 0
    while at < stop and way[at + 1] not in theirs:
        at += 1
    end = line[-1] if lower else line[0]
    return Pour(*way[at], (float(end[0]), float(end[1])))


def _reached(far: Sequence[npt.NDArray[np.float64]]) -> tuple[int, int]:
    """The end that the water comes to first, and the step of its way that is nearest to it there;
    far: of both ends, in cells, at each step. (The river below may pass the other end later.)"""
    hits = [np.flatnonzero(one <= AT_END) for one in far]
    if not any(len(hit) for hit in hits):
        lower = int(far[1].min() < far[0].min())
        return lower, int(far[lower].argmin())
    first = [int(hit[0]) if len(hit) else len(one) for hit, one in zip(hits, far, strict=True)]
    if first[0] == first[1]:  # a line of a few cells
        soon = min(first[0] + 2, len(far[0]) - 1)
        lower = int(far[1][soon] < far[0][soon])
    else:
        lower = int(first[1] < first[0])
    around = far[lower][first[lower] : first[lower] + 3]
    return lower, first[lower] + int(around.argmin())


def _way(steps: Steps, cells: Places, within: int) -> list[Cell] | None:
    """The way of the water from the middle of a line, past its end; None where it is off land."""
    rows, columns = steps.shape
    step = np.hypot(*np.diff(cells, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(step)])
    most = FARTHEST * int(along[-1]) + 8
    best: list[Cell] | None = None
    for share in MIDDLE:
        at = [float(np.interp(share * along[-1], along, cells[:, axis])) for axis in (1, 0)]
        row, column = int(np.floor(at[0])), int(np.floor(at[1]))
        if not (0 <= row < rows and 0 <= column < columns):
            continue
        if within:
            row, column = channel_near(steps, row, column, within)
        if steps[row, column] != NOTHING:
            best = _down(steps, row, column, most)
            break
    return best


def _down(steps: Steps, row: int, column: int, most: int) -> list[Cell]:
    rows, columns = steps.shape
    way = [(row, column)]
    while len(way) < most and steps[row, column] < 8:
        step = int(steps[row, column])
        row, column = row + int(ROWS[step]), column + int(COLUMNS[step])
        if not (0 <= row < rows and 0 <= column < columns) or steps[row, column] == NOTHING:
            break
        way.append((row, column))
    return way
