"""The river above the station as a chart: what it drains or carries, and where tributaries and
candidates come in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from gisapp.api import tr

from .rank_answer import SourceRanking
from .rank_evidence import RiverLine
from .rank_rows import ShownRow
from .report_figure import (
    BAND,
    DIM,
    GRID,
    INK,
    MARK,
    STATION,
    WIDTH,
    Dot,
    Figure,
    Fill,
    Piece,
    Stroke,
    Words,
    fitted,
    numbered,
    ticks,
    words_wide,
)

MARKED = 12  # candidates on it
SHADE = "#dcecf5"
LEFT, RIGHT = 62.0, 14.0
Scale = Callable[[float], float]


def profile_of_ranking(found: SourceRanking) -> Figure | None:
    """The main stem above the station; downstream is at the right, as water runs."""
    river = found.question.evidence.river
    if river is None or not river.farther_m or river.farther_m[-1] <= 0:
        return None
    most = river.farther_m[-1]
    top = max((v for v in river.value if v is not None), default=0.0) or 1.0
    head, low = 40.0, 226.0

    def x_of(metres: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (1 - min(metres, most) / most)

    def y_of(value: float) -> float:
        return low - (low - head - 8) * value / top

    pieces = [*_value_axis(river, top, y_of), *_steps(river, x_of, y_of, low)]
    pieces += _tributaries(river, x_of, y_of, low, head)
    pieces += _distance_axis(river, most, x_of, low, found.velocity)
    marks, lanes = _marks(river, found.rows, x_of, low + 36)
    pieces += marks
    return Figure(
        tr("Profile of the river"),
        low + 36 + lanes * (MARK + 3) + 4,
        tuple(pieces),
        tr(
            "{value} along the river above {start}; downstream is at the right. Each step is a "
            "tributary. Numbers: places in the list, squares: stations; hollow: on a tributary "
            "that comes in there."
        ).format(value=f"{river.title} ({river.unit})", start=found.start.title),
    )


def _value_axis(river: RiverLine, top: float, y_of: Scale) -> Iterator[Piece]:
    yield Words(4, 12, f"{river.title}, {river.unit}", 10, DIM)
    for value in ticks(0.0, top, 4):
        y = y_of(value)
        yield Stroke(np.array([[LEFT, y], [WIDTH - RIGHT, y]]), GRID, 0.8)
        yield Words(LEFT - 6, y, f"{value:,.4g}", 9.5, DIM, "right")


def _steps(river: RiverLine, x_of: Scale, y_of: Scale, low: float) -> Iterator[Piece]:
    line = [
        (x_of(far), y_of(value or 0.0))
        for near, beyond, value in zip(river.nearer_m, river.farther_m, river.value, strict=True)
        for far in (near, beyond)
    ]
    points = np.array(line)
    ends = np.array([[points[-1, 0], low], [points[0, 0], low]])
    yield Fill(np.vstack([points, ends]), SHADE)
    yield Stroke(points, BAND, 1.6)


def _tributaries(
    river: RiverLine, x_of: Scale, y_of: Scale, low: float, head: float
) -> Iterator[Piece]:
    """The largest keep their names where there is room."""
    taken: list[tuple[float, float]] = []
    for one in sorted(river.tributaries, key=lambda t: -t.step):
        x = x_of(one.distance_m)
        yield Stroke(np.array([[x, head - 4], [x, low]]), BAND, 0.7, (2, 3))
        words = fitted(one.title, 9.5, 120)
        half = words_wide(words, 9.5) / 2 + 3
        middle = min(max(x, half + 2), WIDTH - half - 2)
        if all(middle + half < a or middle - half > b for a, b in taken):
            taken.append((middle - half, middle + half))
            yield Words(middle, head - 12, words, 9.5, INK, "center")


def _distance_axis(
    river: RiverLine, most: float, x_of: Scale, low: float, velocity: float
) -> Iterator[Piece]:
    yield Stroke(np.array([[LEFT, low], [WIDTH - RIGHT, low]]), DIM, 1.0)
    hours = [*river.hours, 2 * river.hours[-1] - (river.hours[-2] if len(river.hours) > 1 else 0)]
    places = [*river.nearer_m, most]
    yield Words(4, low + 12, tr("km above"), 9.5, DIM)
    yield Words(4, low + 25, tr("h of travel"), 9.5, DIM)
    for km in ticks(0.0, most / 1000, 7):
        x = x_of(km * 1000)
        spent = float(np.interp(km * 1000, places, hours)) / velocity
        yield Stroke(np.array([[x, low], [x, low + 4]]), DIM, 1.0)
        at = min(x, WIDTH - RIGHT - 6)
        spent = max(spent, 0.0)
        yield Words(at, low + 12, f"{km:g}", 9.5, DIM, "center")
        yield Words(at, low + 25, f"{spent:.1f}", 9.5, DIM, "center")


def _marks(
    river: RiverLine, rows: Sequence[ShownRow], x_of: Scale, top: float
) -> tuple[list[Piece], int]:
    """Candidates and stations under the axis, in as many lanes as they need."""
    number = {row.id: row.place for row in rows[:MARKED] if row.id}
    lanes: list[list[tuple[float, float]]] = []
    pieces: list[Piece] = []
    wanted = [m for m in river.marks if m.role == "stations" or m.id in number]
    for one in sorted(wanted, key=lambda m: (m.role == "stations", number.get(m.id, 0))):
        x = x_of(one.distance_m)
        station = one.role == "stations"
        wide = words_wide(one.id, 9.5) + 18 if station else MARK + 2
        left = min(max(x - (7 if station else wide / 2), 0.0), WIDTH - wide)
        lane = next(
            (n for n, taken in enumerate(lanes)
             if all(left + wide < a or left > b for a, b in taken)), len(lanes),
        )  # fmt: skip
        if lane == len(lanes):
            lanes.append([])
        lanes[lane].append((left, left + wide))
        y = top + lane * (MARK + 3) + MARK / 2
        if station:
            pieces.append(Dot(left + 7, y, STATION, 8, "square", hollow=not one.on_stem))
            pieces.append(Words(left + 15, y, one.id, 9.5, STATION))
        else:
            middle = left + wide / 2
            pieces += numbered(middle, y, number[one.id], hollow=not one.on_stem)
    return pieces, len(lanes)
