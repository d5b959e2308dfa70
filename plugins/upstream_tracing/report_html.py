"""The report of a ranking as a page anybody can open, all in one file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from gisapp.api import language, tr

from .rank_rows import ShownRow
from .report import STYLE
from .report_figure import svg
from .report_parts import Report

BARS = ("#0b6e99", "#3b8bad", "#6ba8c2", "#9bc5d6", "#c4dde8")
MORE = """
.bar { height: 8px; background: #e2e8f0; margin: .2rem 0; display: flex; }
.bar i { height: 8px; margin-right: 1px; } .c { break-inside: avoid; margin: 1rem 0; }
.c b { font-size: 15px; } .c .s { float: right; font-weight: 600; }
.key i { display: inline-block; width: 10px; height: 10px; margin: 0 .3rem 0 .8rem; }
"""


def ranking_html(report: Report) -> str:
    return "\n".join(_page(report)) + "\n"


def _page(report: Report) -> Iterator[str]:
    yield f'<!doctype html>\n<html lang="{language().replace("_", "-")}">\n<head>'
    yield '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    yield f"<title>{escape(report.title)}</title>\n<style>{STYLE}{MORE}</style>\n</head>\n<body>"
    yield f"<h1>{escape(report.title)}</h1>"
    yield from (f"<p>{escape(text)}</p>" for text in report.summary)
    yield f'<p class="note">{escape(report.caution)}</p>'
    yield f"<h2>{escape(report.leading.title)}</h2>"
    yield from _table(report.leading.heads, report.leading.rows)
    for figure in report.figures:
        yield f"<h2>{escape(figure.title)}</h2>"
        yield '<div class="c">'
        yield from svg(figure)
        yield f'<p class="data">{escape(figure.note)}</p></div>'
    yield f"<h2>{escape(tr('Candidates and their reasons'))}</h2>"
    yield _key(report.rows)
    yield from (_candidate(row) for row in report.rows)
    for table in report.tables:
        yield f"<h2>{escape(table.title)}</h2>"
        yield from _table(table.heads, table.rows)
        if table.note:
            yield f"<p class='data'>{escape(table.note)}</p>"
    yield f"<p class='data'>{escape(report.foot)}</p>\n</body>\n</html>"


def reasons(row: ShownRow) -> Iterator[str]:
    """Why it stands there, a line each."""
    if row.parts:
        yield " · ".join(
            f"{part.title} {part.value:.2f} × {part.share:.2f} = {part.points:.1f}"
            for part in row.parts
        )
    if row.gates:
        gates = " · ".join(f"{title} × {value:.2f}" for title, value in row.gates)
        yield tr("Multiplied by: {gates}").format(gates=gates)
    yield " · ".join(text for text in (row.load, row.rank_words) if text)
    if row.way_words:
        yield row.way_words
    if row.decides:
        yield tr("What would decide it: {what}").format(what=" · ".join(row.decides))


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
