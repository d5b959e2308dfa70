"""What a report of a ranking says, in the order it says it; of no kind of file yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gisapp.api import MAKER, FeatureSet, language, limit, tr

from .rank_answer import SourceRanking
from .rank_rows import ShownRow, state_words, term_titles
from .report_figure import Figure
from .report_map import map_of
from .report_profile import profile_of_ranking
from .report_series import shifted_series

CANDIDATES = 12  # with their reasons; the others stand in the table only
IN_TABLE = 80  # of the others a case has the whole list
LEADING = 5  # beside the facts, for who reads no further
LISTED = 40  # sources that were not reached


@dataclass(frozen=True)
class Table:
    """`shares` of the width, of each column; no heads: a list of names and words."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shares: tuple[float, ...]
    note: str = ""


@dataclass(frozen=True)
class Report:
    title: str
    summary: tuple[str, ...]
    caution: str
    leading: Table  # the first candidates and the unknown, in short
    figures: tuple[Figure, ...]
    rows: tuple[ShownRow, ...]  # those with their reasons
    tables: tuple[Table, ...]
    foot: str


def report_of(found: SourceRanking, date: str, rivers: FeatureSet | None = None) -> Report:
    """Without rivers there is no map."""
    summary = [found.headline, found.need]
    evidence = found.question.evidence
    if evidence.bound is not None:
        summary.append(tr("Limit: {limit}").format(limit=evidence.bound.text))
    elif evidence.placed:
        summary.append(tr("No limit of this parameter is known for the station"))
    if found.time:
        summary.append(tr("Measured: {time}").format(time=found.time.replace("T", " ")))
    summary.append(
        tr("{n} sources upstream; {out} not upstream, {lost} without a place on the rivers").format(
            n=len(found.sources), out=found.not_upstream, lost=found.left_out
        )
    )
    figures = (
        None if rivers is None else map_of(found, rivers),
        profile_of_ranking(found),
        shifted_series(found),
    )
    rows = found.rows
    reasoned = [row for row in rows if row.place <= CANDIDATES or not row.id]
    return Report(
        tr("Candidates for an exceedance at {start}").format(start=found.start.title),
        tuple(summary),
        found.note,
        _leading(found),
        tuple(one for one in figures if one is not None),
        tuple(reasoned),
        tuple(table for table in _tables(found) if table.rows),
        " · ".join(text for text in (MAKER, date) if text),
    )


def _leading(found: SourceRanking) -> Table:
    rows = [row for row in found.rows if row.place <= LEADING or not row.id]
    return Table(
        tr("Foremost candidates"),
        (tr("No."), tr("Pollution source"), tr("Score"), tr("Ranks"), tr("Distance, km"),
         tr("Let out, h before")),
        tuple((*cells[:5], cells[6]) for cells in map(_candidate_row, rows)),
        (0.07, 0.43, 0.1, 0.11, 0.13, 0.16),
    )  # fmt: skip


def _tables(found: SourceRanking) -> Iterator[Table]:
    yield Table(
        tr("All sources by score: {n} rows").format(n=len(found.rows)),
        (tr("No."), tr("Pollution source"), tr("Score"), tr("Ranks"), tr("Distance, km"),
         tr("Travel time, h"), tr("Let out, h before")),
        tuple(_candidate_row(row) for row in found.rows if row.place <= IN_TABLE or not row.id),
        (0.07, 0.37, 0.09, 0.09, 0.11, 0.12, 0.15),
        _more(len(found.rows) - IN_TABLE),
    )  # fmt: skip
    yield _balance(found)
    yield _stations(found)
    yield Table(tr("Assumptions"), (), tuple(_assumptions(found)), (0.32, 0.68))
    yield Table(tr("Not reached or missing"), (), tuple(_missing(found)), (0.32, 0.68))
    unplaced = [one for one in found.question.not_reached if one.why]
    yield Table(
        tr("Not placed on a river"),
        (tr("Id"), tr("Name"), tr("Why")),
        tuple((one.id, one.title, one.why) for one in unplaced[:LISTED]),
        (0.14, 0.36, 0.5),
        _more(len(unplaced) - LISTED),
    )
    titles = layer_titles()
    yield Table(
        tr("Data"),
        (tr("Layer"), tr("Features"), tr("Reference system"), tr("Fingerprint")),
        tuple((titles.get(d.name, d.name), f"{d.features:,}", d.crs[:40], d.fingerprint[:16])
              for d in found.question.data),
        (0.2, 0.15, 0.35, 0.3),
    )  # fmt: skip


def _more(n: int) -> str:
    return tr("and {n} more").format(n=n) if n > 0 else ""


def layer_titles() -> dict[str, str]:
    return {"rivers": tr("Rivers"), "sources": tr("Sources"), "stations": tr("Stations"),
            "repairs": tr("River repairs")}  # fmt: skip


def _candidate_row(row: ShownRow) -> tuple[str, ...]:
    first, last = row.window_h or (0.0, 0.0)
    return (
        str(row.place),
        row.name,
        f"{row.score:.1f}",
        f"{row.ranks[0]}–{row.ranks[1]}",
        "" if row.distance_m is None else f"{row.distance_m / 1000:.1f}",
        "" if row.travel_h is None else f"{row.travel_h:.1f}",
        f"{-first:.1f}–{-last:.1f}" if row.window_h else "",
    )


def _balance(found: SourceRanking) -> Table:
    """What the nearest stations above brought, against what was measured."""
    inflows, event = found.question.evidence.inflows, found.event
    arriving = [i.arriving_g_s(found.decay_per_day, found.velocity) for i in inflows]
    measured = event.concentration_mg_l * event.flow_m3s
    rows = [
        (f"{i.station} {i.title}", f"{i.concentration_mg_l:.3g}", f"{i.flow_m3s:.3g}",
         f"{load:.3g}")
        for i, load in zip(inflows, arriving, strict=True)
    ]  # fmt: skip
    if rows:
        own = f"{event.concentration_mg_l:.3g}", f"{event.flow_m3s:.3g}", f"{measured:.3g}"
        rows.insert(0, (found.start.title, *own))
        left = measured - sum(arriving)
        rows.append((tr("comes in between them"), "", "", f"{left:.3g}"))
    note = tr(
        "Of each station above the value of the hour in which the water passed it, less what "
        "decays on the way; flows: mean of the data times {ratio}."
    ).format(ratio=f"{found.question.given.get('flow_ratio', 1.0):g}")
    heads = tr("Station"), "mg/L", "m³/s", tr("arriving, g/s")
    return Table(tr("Balance of loads"), heads, tuple(rows), (0.49, 0.17, 0.17, 0.17), note)


def _stations(found: SourceRanking) -> Table:
    rows = [
        (
            f"{r.station} {r.title}",
            f"{r.distance_m / 1000:+.1f}",
            f"{r.travel_h / found.velocity:+.1f}",
            "" if r.usual is None else f"{r.usual:.3g}",
            state_words(r.state) if r.travel_h > 0 else "",
        )
        for r in found.question.evidence.records
        if r.travel_h
    ]
    heads = (tr("Station"), "km", "h", tr("usual, mg/L"), tr("while the pulse would have passed"))
    note = tr(
        "+ above, − below the station of the event. Clean: valid values all the time, none more "
        "than a fifth of the event's excess above the usual; what lies behind counts a tenth."
    )
    return Table(
        tr("Stations with records"), heads, tuple(rows), (0.37, 0.1, 0.1, 0.14, 0.29), note
    )


def _missing(found: SourceRanking) -> Iterator[tuple[str, str]]:
    """What the list cannot know: rivers that are not in the data, stations without records."""
    evidence, given = found.question.evidence, found.question.given
    limit_km = float(given.get("max_distance_km") or 0.0)
    if limit_km:
        yield tr("Looked at"), tr("{km} km along the river").format(km=f"{limit_km:g}")
    for n, text in enumerate(evidence.warnings):
        yield (tr("Rivers and data") if n == 0 else ""), text
    if not evidence.records:
        yield tr("Station records"), tr("none were used: no series, no stations known to be clean")
    if evidence.river is None and evidence.placed:
        yield tr("Profile"), tr("the rivers say neither drained areas nor flows")
    if not found.time:
        yield tr("Time"), tr("not given: discharge logs prove nothing")


def _named(excess: str) -> str:
    """`nh3n=1.2, tp=0.1` in words: `Ammonia nitrogen 1.2 · Total phosphorus 0.1`."""
    said = []
    for one in excess.split(","):
        code, _, value = one.strip().partition("=")
        known = limit(code, "III")
        if known is not None:
            code = known.title_zh_CN if language() == "zh_CN" else known.title
        said.append(f"{code} {value}".strip())
    return " · ".join(said)


def _assumptions(found: SourceRanking) -> Iterator[tuple[str, str]]:
    given = found.question.given
    titles, shares = term_titles(), found.ranking.weights.shares()
    yield (
        tr("Velocity"),
        tr("{times} times the data's or the formula's").format(times=f"{found.velocity:.3g}"),
    )
    if found.velocity_words:
        yield "", found.velocity_words
    yield tr("Decay"), tr("{k} a day").format(k=f"{found.decay_per_day:.3g}")
    yield (
        tr("Weights"),
        " · ".join(f"{titles[name]} {share:.2f}" for name, share in shares.items()),
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
            said = str(given[name])
            yield title, _named(said) if name == "excess" else said
    for n, text in enumerate(found.question.rests_on):
        yield (tr("Rests on") if n == 0 else ""), text
    yield "", tr("The weights are a proposal that no data have calibrated.")
    if found.clean_words:
        yield tr("By their records"), found.clean_words.replace("\n", "; ")
    hand = [p.id for p in found.question.evidence.placed if p.locked]
    if hand:
        yield tr("Put on the river by hand"), ", ".join(hand)
    if found.question.evidence.records_from:
        yield tr("Station records"), found.question.evidence.records_from
    yield tr("Program"), MAKER
