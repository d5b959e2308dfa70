"""What stations measured as a chart, shifted by the travel time: what belongs together stands one
above the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gisapp.api import tr

from .network import Floats
from .rank_answer import SourceRanking
from .rank_evidence import Record
from .rank_rows import ShownRow, state_words
from .report_figure import (
    DIM,
    GRID,
    INK,
    SOURCE,
    START,
    STATION,
    WIDTH,
    Figure,
    Fill,
    Piece,
    Stroke,
    Words,
    fitted,
    numbered,
)

LOGGED = 6  # candidates whose discharges are drawn
BEFORE_H, AFTER_H = 48.0, 24.0  # of the event
WINDOW = "#f3e3d6"
RIGHT = 14.0
NAMES = 196.0  # room for names beside the series
ROW, LOG_ROW = 66.0, 24.0
STATE_COLOURS = {"as usual": "#0f766e", "seen": START, "": DIM}


@dataclass(frozen=True, slots=True)
class _Box:
    """Where a series is drawn; hours from the event to x, values to y."""

    top: float
    high: float

    @staticmethod
    def x_of(hours: float) -> float:
        share = (hours + BEFORE_H) / (BEFORE_H + AFTER_H)
        return NAMES + (WIDTH - NAMES - RIGHT) * min(max(share, 0.0), 1.0)

    def y_of(self, value: float, most: float) -> float:
        return self.top + self.high - 5 - (self.high - 16) * value / most


def shifted_series(found: SourceRanking) -> Figure | None:
    """Records in the order of the water, then when the first candidates are known to have let
    out; all at the time at which it reached (or left) the station of the event."""
    records = found.question.evidence.records
    logged = [row for row in found.rows[:LOGGED] if row.feature is not None]
    known = {c.id: c for c in found.question.candidates}
    if not found.time or (not records and not any(known[r.id].discharged_h for r in logged)):
        return None
    pieces: list[Piece] = []
    y = 20.0
    bottom = y + len(records) * ROW + len(logged) * LOG_ROW + (10 if logged else 0)
    pieces += _time_axis(found, y, bottom)
    for record in records:
        pieces += _series(found, record, _Box(y, ROW))
        y += ROW
    y += 10 if logged else 0
    for row in logged:
        pieces += _discharges(found, row, y)
        y += LOG_ROW
    words = tr(
        "Each record is moved by the travel time to the station (velocity × {v}), so a peak and "
        "what caused it stand one above the other. A gap is no valid value. Light: when a source "
        "must have let out; solid: when its log says it did."
    ).format(v=f"{found.velocity:.3g}")
    return Figure(tr("Series shifted by the travel time"), bottom + 34, tuple(pieces), words)


def _time_axis(found: SourceRanking, top: float, bottom: float) -> Iterator[Piece]:
    event = np.datetime64(found.time)
    for hours in np.arange(-BEFORE_H, AFTER_H + 1, 12.0).tolist():
        x = _Box.x_of(hours)
        yield Stroke(np.array([[x, top], [x, bottom]]), GRID, 0.8)
        moment = str(event + np.timedelta64(round(hours * 60), "m"))
        words = f"{hours:+g} h" if hours else "0"
        at = min(x, WIDTH - 24.0)
        yield Words(at, bottom + 11, words, 9.5, DIM, "center")
        yield Words(at, bottom + 24, f"{moment[5:10]} {moment[11:16]}", 8.5, DIM, "center")
    x = _Box.x_of(0.0)
    yield Stroke(np.array([[x, top], [x, bottom]]), START, 1.2)
    unit = f"{found.parameter_title}, mg/L"
    yield Words(NAMES, 9, unit, 10, DIM)


def _series(found: SourceRanking, record: Record, box: _Box) -> Iterator[Piece]:
    hours, values = record.shifted(found.velocity)
    inside = (hours >= -BEFORE_H) & (hours <= AFTER_H)
    shown = values[inside]
    known = shown[np.isfinite(shown)]
    bound = found.question.evidence.bound
    most = max(float(known.max(initial=0.0)), 1e-9)
    own = record.travel_h == 0.0
    if bound is not None and own:
        most = max(most, bound.high_mg_l)
    base = box.y_of(0.0, most)
    yield Stroke(np.array([[NAMES, base], [WIDTH - RIGHT, base]]), GRID, 0.8)
    if bound is not None and bound.high_mg_l <= most:
        y = box.y_of(bound.high_mg_l, most)
        yield Stroke(np.array([[NAMES, y], [WIDTH - RIGHT, y]]), START, 0.9, (4, 3))
        if own:
            yield Words(NAMES + 4, y - 7, bound.text, 8.5, START, halo=True)
    colour = START if own else STATION
    for line in _runs(hours[inside], shown, box, most):
        yield Stroke(line, colour, 1.4)
    name = f"{record.station} {record.title}" if record.title != record.station else record.title
    yield Words(4, box.top + 15, fitted(name, 10, NAMES - 48), 10, INK, bold=own)
    yield Words(4, box.top + 29, way_words(record, found.velocity), 9, DIM)
    said = tr("the event") if own else state_words(record.state) if record.travel_h > 0 else ""
    if not len(known):
        said = tr("no valid values")
    if said:
        tone = START if own else STATE_COLOURS[record.state]
        yield Words(4, box.top + 43, said, 9, tone)
    if len(known):
        yield Words(NAMES - 5, box.y_of(most, most), f"{most:.3g}", 8.5, DIM, "right")
        yield Words(NAMES - 5, base, "0", 8.5, DIM, "right")


def _runs(hours: Floats, values: Floats, box: _Box, most: float) -> Iterator[Floats]:
    """Lines without a break where there are values; a value alone is a short stroke."""
    known = np.isfinite(values)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], known.astype(np.int8), [0]])))
    x = np.array([_Box.x_of(h) for h in hours.tolist()])
    y = np.array([box.y_of(v, most) for v in values.tolist()])
    for first, after in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if after - first > 1:
            yield np.column_stack([x[first:after], y[first:after]])
        else:
            yield np.array([[x[first] - 1.5, y[first]], [x[first] + 1.5, y[first]]])


def _discharges(found: SourceRanking, row: ShownRow, y: float) -> Iterator[Piece]:
    """Its log and the window it must have let out in, moved by its travel time."""
    candidate = next(c for c in found.question.candidates if c.id == row.id)
    hours = row.travel_h or 0.0
    yield from numbered(12, y + LOG_ROW / 2, row.place)
    yield Words(24, y + LOG_ROW / 2, fitted(row.name, 9.5, NAMES - 30), 9.5, INK)
    if row.window_h is not None:
        yield from _bar(row.window_h[0] + hours, row.window_h[1] + hours, y, WINDOW, 14)
    log = candidate.discharged_h
    if log is None:
        yield Words(NAMES + 4, y + LOG_ROW / 2, tr("no discharge log"), 9, DIM, halo=True)
        return
    shown = [
        (a + hours, b + hours) for a, b in log if b + hours > -BEFORE_H and a + hours < AFTER_H
    ]
    for first, last in shown:
        yield from _bar(first, last, y, SOURCE, 8)
    if not shown:
        words = tr("no discharge in its log at this time")
        yield Words(NAMES + 4, y + LOG_ROW / 2, words, 9, DIM, halo=True)


def _bar(first: float, last: float, y: float, colour: str, high: float) -> Iterator[Piece]:
    a, b = _Box.x_of(first), _Box.x_of(last)
    if b > a:
        top = y + (LOG_ROW - high) / 2
        ring = np.array([[a, top], [b, top], [b, top + high], [a, top + high]])
        yield Fill(ring, colour)


def way_words(record: Record, velocity: float) -> str:
    """How far above or below, and by how much its record is moved."""
    if not record.travel_h:
        return ""
    words = (
        tr("{km} km above, moved {h} h later")
        if record.travel_h > 0
        else tr("{km} km below, moved {h} h earlier")
    )
    km, hours = abs(record.distance_m) / 1000, abs(record.travel_h) / velocity
    return words.format(km=f"{km:.1f}", h=f"{hours:.1f}")
