"""What a report of a ranking says, and where things are in its drawing; of no kind of file yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from gisapp.api import MAKER, FeatureSet, is_geographic, tr

from .network import Floats
from .rank_answer import SourceRanking
from .rank_rows import ShownPart, ShownRow
from .rivers import prepare

CANDIDATES = 12  # with their reasons; the others stand in the table only
LISTED = 40  # sources that were not reached
MARKED = 12  # candidates in the drawing
MOST = 6_000  # lines


@dataclass(frozen=True)
class Report:
    title: str
    summary: tuple[str, ...]
    caution: str
    rows: tuple[ShownRow, ...]
    assumptions: tuple[tuple[str, str], ...]
    unreached: tuple[tuple[str, str, str], ...]  # id, name, why
    unreached_more: int
    data: tuple[tuple[str, str, str, str], ...]  # layer, features, system, fingerprint
    foot: str


@dataclass(frozen=True)
class Drawing:
    """Lines and places in a box of `width` by `height`, y down; the band of river marked."""

    width: float
    height: float
    lines: tuple[Floats, ...]
    band: tuple[Floats, ...]
    marks: tuple[tuple[int, float, float], ...]  # place in the list, x, y
    start: tuple[float, float] | None
    note: str


def report_of(found: SourceRanking, date: str) -> Report:
    missing = found.question.not_reached
    unplaced = [one for one in missing if one.why]
    summary = [found.headline, found.need]
    if found.time:
        summary.append(tr("Measured: {time}").format(time=found.time.replace("T", " ")))
    summary.append(
        tr("{n} sources upstream; {out} not upstream, {lost} without a place on the rivers").format(
            n=len(found.sources), out=found.not_upstream, lost=found.left_out
        )
    )
    foot = " · ".join(text for text in (MAKER, date) if text)
    return Report(
        tr("Candidates for an exceedance at {start}").format(start=found.start.title),
        tuple(summary),
        found.note,
        found.rows,
        tuple(_assumptions(found)),
        tuple((one.id, one.title, one.why) for one in unplaced[:LISTED]),
        max(0, len(unplaced) - LISTED),
        tuple((d.name, f"{d.features:,}", d.crs[:40], d.fingerprint[:16])
              for d in found.question.data),
        foot,
    )  # fmt: skip


def _assumptions(found: SourceRanking) -> Iterator[tuple[str, str]]:
    given = found.question.given
    yield (
        tr("Velocity"),
        tr("{times} times the data's or the formula's").format(times=f"{found.velocity:.3g}"),
    )
    yield tr("Decay"), tr("{k} a day").format(k=f"{found.decay_per_day:.3g}")
    yield (
        tr("Weights"),
        ", ".join(f"{p.title} {p.share:.2f}" for p in _first_parts(found)),
    )
    ranking = found.ranking
    yield (
        tr("Range of ranks"),
        tr("velocity × {v}, decay × {k}, each with each").format(
            v=", ".join(f"{x:g}" for x in ranking.velocity_range),
            k=", ".join(f"{x:g}" for x in ranking.decay_range),
        ),
    )
    for name, title in (
        ("clean_stations", tr("Clean stations")),
        ("dirty_stations", tr("Stations that exceeded too")),
        ("samples", tr("Measured elsewhere")),
        ("excess", tr("Above the usual, in times of the limit")),
    ):
        if given.get(name):
            yield title, str(given[name])
    for n, text in enumerate(found.question.rests_on):
        yield (tr("Rests on") if n == 0 else ""), text
    yield "", tr("The weights are a proposal that no data have calibrated.")


def _first_parts(found: SourceRanking) -> tuple[ShownPart, ...]:
    return next((row.parts for row in found.rows if row.parts), ())


def drawing_of(found: SourceRanking, rivers: FeatureSet, width: float = 900.0) -> Drawing | None:
    """The rivers above the station, north up; None when the rivers are not those of the ranking."""
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
    middle = (low[1] + high[1]) / 2
    flat = np.array([np.cos(np.radians(middle)) if is_geographic(rivers.crs) else 1.0, 1.0])
    room = np.maximum((high - low) * flat, 1e-9)
    margin = 16.0
    scale = min((width - 2 * margin) / room[0], (0.62 * width - 2 * margin) / room[1])
    height = float(room[1] * scale) + 2 * margin
    left = (width - float(room[0] * scale)) / 2

    def to_page(points: Floats) -> Floats:
        x = (points[:, 0] - low[0]) * flat[0] * scale + left
        return np.column_stack([x, height - margin - (points[:, 1] - low[1]) * scale])

    inside = np.isin(shapes.owner[parts], band)
    drawn = [_thinned(to_page(shapes.coords[shapes.starts[p] : shapes.starts[p + 1]]))
             for p in parts.tolist()]  # fmt: skip
    place = found.start.place
    begin = None if place is None else to_page(np.array([[place.x, place.y]]))[0]
    return Drawing(
        width,
        height,
        tuple(line for line, near in zip(drawn, inside, strict=True) if not near),
        tuple(line for line, near in zip(drawn, inside, strict=True) if near),
        tuple(_marks(found, to_page)),
        None if begin is None else (float(begin[0]), float(begin[1])),
        tr("North is up. Ring: the station. Dark: river still possible. "
           "Numbers: places in the list."),
    )  # fmt: skip


def _marks(
    found: SourceRanking, to_page: Callable[[Floats], Floats]
) -> Iterator[tuple[int, float, float]]:
    """Where the first candidates let out."""
    places = found.question.places
    for row in found.rows[:MARKED]:
        if row.id in places:
            x, y = to_page(np.array([places[row.id]]))[0]
            yield row.place, float(x), float(y)


def _thinned(line: Floats) -> Floats:
    """Without points nearer to each other than can be seen."""
    kept = [0]
    for n in range(1, len(line) - 1):
        if np.abs(line[n] - line[kept[-1]]).max() > 0.8:
            kept.append(n)
    return np.asarray(line[[*kept, len(line) - 1]])
