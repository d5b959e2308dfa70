"""The trace as a page anybody can open (HTML, all in one file) or as a table (CSV)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from html import escape
from pathlib import Path

from gisapp.api import FeatureSet, Progress, Silent, WriteError, language, tr, write_file

from .sketch import sketch
from .trace import Found, Trace, caveat

REACHES_SHOWN = 200

STYLE = """
body { font: 15px/1.5 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif;
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1e293b; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #e2e8f0; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.note { background: #fef3c7; padding: .5rem .8rem; margin: .4rem 0; border-radius: .3rem; }
.data { color: #64748b; font-size: 13px; } svg { width: 100%; height: auto; }
@media print { body { margin: 0; max-width: none; } tr { break-inside: avoid; } }
"""


def export_trace(
    trace: Trace,
    path: Path,
    *,
    rivers: FeatureSet | None = None,
    date: str = "",
    progress: Progress | None = None,
) -> None:
    """Write the report; the same bytes for the same trace and date. Raises WriteError."""
    progress = progress or Silent()
    progress.report(0.0, tr("Writing the report"))
    kind = path.suffix.lower()
    if kind == ".html":
        content = as_html(trace, rivers, date).encode("utf-8")
    elif kind == ".csv":
        content = as_csv(trace).encode("utf-8-sig")  # the mark tells spreadsheets it is UTF-8
    else:
        raise WriteError(
            tr("{file} is not a kind of file that can be written").format(file=path.name),
            hint=tr("Endings: {endings}").format(endings=".html, .csv"),
        )
    write_file(path, content)
    progress.report(1.0)


def as_csv(trace: Trace) -> str:
    """One row a station, outfall or source, nearest first."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(
        [tr("layer"), tr("id"), tr("name"), tr("distance along the river, m"), tr("reach"),
         tr("measure on the reach, m"), tr("beside the river, m"), tr("reason")]
    )  # fmt: skip
    titles = role_titles()
    for f in trace.found:
        table.writerow(
            [titles.get(f.role, f.role), _safe(f.id), _safe(f.title), f"{f.distance_m:.1f}",
             _safe(f.reach), f"{f.measure_m:.1f}", f"{f.offset_m:.1f}", f.reason]
        )  # fmt: skip
    return out.getvalue()


def _safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def as_html(trace: Trace, rivers: FeatureSet | None, date: str) -> str:
    """The whole page."""
    return "\n".join(_page(trace, rivers, date)) + "\n"


def role_titles() -> dict[str, str]:
    return {
        "stations": tr("station"),
        "outfalls": tr("outfall"),
        "sources": tr("source"),
        "candidates": tr("thermal candidate"),
        "zones": tr("protected zone"),
    }


def _page(trace: Trace, rivers: FeatureSet | None, date: str) -> Iterator[str]:
    start = trace.start
    upstream = getattr(trace, "direction", "UT") in ("UT", "UM")
    of = tr("Upstream of {start}") if upstream else tr("Downstream of {start}")
    title = of.format(start=start.title)
    yield f'<!doctype html>\n<html lang="{language().replace("_", "-")}">\n<head>'
    yield '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    yield f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>"
    yield f"<h1>{escape(title)}</h1>"
    yield f"<p>{escape(trace.headline)}</p>"
    where = tr("Start: reach {reach}, {m} m above its lower end").format(
        reach=start.reach, m=f"{start.measure_m:.0f}"
    )
    if start.place:
        where += f" ({start.place.x:.10g}, {start.place.y:.10g}; {start.crs[:40]})"
    if trace.limit_m:
        where += "; " + tr("looked at {km} km along the river").format(km=trace.limit_m / 1000)
    yield f"<p>{escape(where)}</p>"
    if upstream:
        yield f'<p class="note">{escape(caveat())}</p>'
    yield from (f'<p class="note">{escape(text)}</p>' for text in trace.warnings)
    if rivers is not None and (drawing := sketch(trace, rivers)):
        yield drawing
    for heading, found in trace.lists:
        yield f"<h2>{escape(heading)}: {len(found)}</h2>"
        if found:
            yield from _table(found)
    if trace.left_out:
        yield f"<h2>{escape(tr('Not placed on a river'))}: {len(trace.left_out)}</h2>"
        rows = ((o.id, o.title, o.why) for o in trace.left_out)
        yield from _rows((tr("Id"), tr("Name"), tr("Why")), rows)
    yield f"<h2>{escape(tr('Reaches'))}: {len(trace.reaches)}</h2>"
    shown = trace.reaches[:REACHES_SHOWN]
    heads = (tr("Id"), tr("River"), tr("Distance, km"), tr("Length, km"))
    yield from _rows(
        heads,
        ((r.id, r.name, f"{r.distance_m / 1000:.3f}", f"{r.length_m / 1000:.3f}") for r in shown),
        numbers=(2, 3),
    )
    if len(trace.reaches) > len(shown):
        more = tr("and {n} more").format(n=len(trace.reaches) - len(shown))
        yield f"<p>{escape(more)}</p>"
    yield f"<h2>{escape(tr('What this rests on'))}</h2><ul class='data'>"
    yield from (f"<li>{escape(text)}</li>" for text in trace.rests_on)
    yield "</ul>"
    if date:
        yield f"<p class='data'>{escape(date)}</p>"
    yield "</body>\n</html>"


def _table(found: tuple[Found, ...]) -> Iterator[str]:
    heads = (tr("Distance, km"), tr("Id"), tr("Name"), tr("Reach"), tr("Why there"))
    rows = ((f"{f.distance_m / 1000:.3f}", f.id, f.title, f.reach, f.reason) for f in found)
    yield from _rows(heads, rows, numbers=(0,))


def _rows(
    heads: tuple[str, ...], rows: Iterator[tuple[str, ...]], numbers: tuple[int, ...] = ()
) -> Iterator[str]:
    def cell(tag: str, n: int, text: str) -> str:
        mark = ' class="n"' if n in numbers else ""
        return f"<{tag}{mark}>{escape(text)}</{tag}>"

    yield "<table><tr>" + "".join(cell("th", n, h) for n, h in enumerate(heads)) + "</tr>"
    for row in rows:
        yield "<tr>" + "".join(cell("td", n, text) for n, text in enumerate(row)) + "</tr>"
    yield "</table>"
