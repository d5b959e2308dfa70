"""The report of a ranking as a page anybody can open, all in one file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from gisapp.api import language, tr

from .network import Floats
from .rank_rows import ShownRow
from .report import STYLE
from .report_parts import CANDIDATES, Drawing, Report

BARS = ("#0b6e99", "#3b8bad", "#6ba8c2", "#9bc5d6", "#c4dde8")
MORE = """
.bar { height: 8px; background: #e2e8f0; margin: .2rem 0; display: flex; }
.bar i { height: 8px; margin-right: 1px; } .c { break-inside: avoid; margin: 1rem 0; }
.c b { font-size: 15px; } .c .s { float: right; font-weight: 600; }
.key i { display: inline-block; width: 10px; height: 10px; margin: 0 .3rem 0 .8rem; }
"""


def ranking_html(report: Report, drawing: Drawing | None) -> str:
    return "\n".join(_page(report, drawing)) + "\n"


def _page(report: Report, drawing: Drawing | None) -> Iterator[str]:
    yield f'<!doctype html>\n<html lang="{language().replace("_", "-")}">\n<head>'
    yield '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    yield f"<title>{escape(report.title)}</title>\n<style>{STYLE}{MORE}</style>\n</head>\n<body>"
    yield f"<h1>{escape(report.title)}</h1>"
    yield from (f"<p>{escape(text)}</p>" for text in report.summary)
    yield f'<p class="note">{escape(report.caution)}</p>'
    if drawing is not None:
        yield from _svg(drawing)
        yield f'<p class="data">{escape(drawing.note)}</p>'
    yield f"<h2>{escape(tr('Candidates and their reasons'))}</h2>"
    yield _key(report.rows)
    yield from (_candidate(row) for row in report.rows[:CANDIDATES])
    yield f"<h2>{escape(tr('All candidates'))}: {len(report.rows)}</h2>"
    yield from _table(table_heads(), (table_row(row) for row in report.rows))
    yield f"<h2>{escape(tr('Assumptions'))}</h2>"
    yield from _table((), report.assumptions)
    if report.unreached:
        yield f"<h2>{escape(tr('Not placed on a river'))}</h2>"
        yield from _table((tr("Id"), tr("Name"), tr("Why")), report.unreached)
    if report.unreached_more:
        yield f"<p>{escape(tr('and {n} more').format(n=report.unreached_more))}</p>"
    yield f"<h2>{escape(tr('Data'))}</h2>"
    yield from _table(data_heads(), report.data)
    yield f"<p class='data'>{escape(report.foot)}</p>\n</body>\n</html>"


def table_heads() -> tuple[str, ...]:
    return (
        tr("Place"), tr("Source"), tr("Score"), tr("Ranks"), tr("Distance, km"),
        tr("Travel time, h"), tr("Let out, h before"),
    )  # fmt: skip


def table_row(row: ShownRow) -> tuple[str, ...]:
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


def data_heads() -> tuple[str, ...]:
    return tr("Layer"), tr("Features"), tr("Reference system"), tr("Fingerprint")


def reasons(row: ShownRow) -> Iterator[str]:
    """Why it stands there, a line each."""
    for part in row.parts:
        yield f"{part.title}: {part.value:.2f} × {part.share:.2f} = {part.points:.1f}"
    if row.gates:
        yield " · ".join(f"{title} × {value:.2f}" for title, value in row.gates)
    yield " · ".join(text for text in (row.load, row.rank_words) if text)
    if row.way_words:
        yield row.way_words
    if row.decides:
        yield tr("What would decide it: {what}").format(what=", ".join(row.decides))


def segments(row: ShownRow) -> list[float]:
    """Widths of the bar's parts, of 100: the terms after the gates."""
    points = sum(part.points for part in row.parts)
    if not row.parts or points <= 0:
        return [row.score]
    return [row.score * part.points / points for part in row.parts]


def _key(rows: tuple[ShownRow, ...]) -> str:
    parts = next((row.parts for row in rows if row.parts), ())
    keys = "".join(
        f'<i style="background:{colour}"></i>{escape(part.title)}'
        for part, colour in zip(parts, BARS, strict=False)
    )
    return f'<p class="key data">{keys}</p>'


def _candidate(row: ShownRow) -> str:
    bars = "".join(
        f'<i style="width:{wide:.2f}%;background:{colour}"></i>'
        for wide, colour in zip(segments(row), BARS, strict=False)
    )
    lines = "<br>".join(escape(text) for text in reasons(row))
    return (
        f'<div class="c"><span class="s">{row.score:.1f}</span>'
        f"<b>{row.place}. {escape(row.name)}</b>"
        f'<div class="bar">{bars}</div><div class="data">{lines}</div></div>'
    )


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield "<table>"
    if heads:
        yield "<tr>" + "".join(f"<th>{escape(head)}</th>" for head in heads) + "</tr>"
    for row in rows:
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
    yield "</table>"


def _svg(drawing: Drawing) -> Iterator[str]:
    yield f'<svg viewBox="0 0 {drawing.width:.0f} {drawing.height:.0f}" role="img">'
    for lines, colour, width in ((drawing.lines, "#a8d4ea", 1.0), (drawing.band, "#1b7fb8", 1.8)):
        yield f'<g fill="none" stroke="{colour}" stroke-width="{width}">'
        yield from (f'<path d="M{_path(line)}"/>' for line in lines)
        yield "</g>"
    for place, x, y in drawing.marks:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8" fill="#a8480a" stroke="#fff"/>'
        yield (
            f'<text x="{x:.1f}" y="{y + 3.5:.1f}" font-size="10" fill="#fff" '
            f'text-anchor="middle">{place}</text>'
        )
    if drawing.start is not None:
        x, y = drawing.start
        yield (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="9" fill="none" stroke="#b42318" '
            'stroke-width="2.5"/>'
        )
    yield "</svg>"


def _path(line: Floats) -> str:
    return "L".join(f"{x:.1f} {y:.1f}" for x, y in line.tolist())
