"""The record of an outfall as a page for any browser: no scripts, nothing from the network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from gisapp.model.field import Field
from gisapp.model.project import Project
from gisapp.model.survey import OUTFALL_TABLE, PHOTOS, survey_schemas, table_title
from gisapp.model.text import language, tr

SHOWN_BY_BROWSERS = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
HIDDEN = {"geometry", "id", "outfall_id", "photos"}
_STYLE = """
body { font: 14px/1.5 "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; max-width: 60rem;
 margin: 2rem auto; padding: 0 1rem; color: #1c2733; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; margin-bottom: 1rem; }
th, td { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0;
 border-bottom: 1px solid #d8dee4; overflow-wrap: anywhere; }
th { width: 16rem; font-weight: 500; color: #57606a; }
figure { margin: 0 0 1.5rem; } img { max-width: 100%; max-height: 32rem; }
figcaption, code { font-size: .85rem; color: #57606a; overflow-wrap: anywhere; }
@media print { body { margin: 0; } figure { break-inside: avoid; } }
"""


def evidence_page(
    project: Project, record: Mapping[str, Any], history: Sequence[Mapping[str, Any]]
) -> str:
    """HTML of one record; photos are named as members beside it."""
    title = escape(str(record["title"]))
    parts = [
        f'<!DOCTYPE html>\n<html lang="{"zh-CN" if language() == "zh_CN" else "en"}">',
        '<head><meta charset="utf-8">',
        '<meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'\">",
        f"<title>{title}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{title}</h1>",
        f"<p>{escape(project.title)}</p>",
        *_own(project, record),
        *_related(project, record),
        *_photos(record),
        *_changes(project, history),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _own(project: Project, record: Mapping[str, Any]) -> Iterator[str]:
    yield "<table>"
    yield _line(tr("Id"), record["id"])
    place = record["place"]
    if place is not None:
        yield _line(tr("Place"), f"{place['lon']:.8f}, {place['lat']:.8f} ({place['crs']})")
    yield from _values(fields_of(project, OUTFALL_TABLE), record["outfall"])
    yield "</table>"


def _related(project: Project, record: Mapping[str, Any]) -> Iterator[str]:
    for table, rows in record["related"].items():
        if rows:
            yield f"<h2>{escape(table_title(table))}</h2>"
        for row in rows:
            yield "<table>"
            yield from _values(fields_of(project, table), row)
            yield "</table>"


def _photos(record: Mapping[str, Any]) -> Iterator[str]:
    if record["photos"]:
        yield f"<h2>{escape(table_title(PHOTOS))}</h2>"
    for photo in record["photos"]:
        member = escape(str(photo["member"]), quote=True)
        picture = member.lower().endswith(SHOWN_BY_BROWSERS)
        shown = f'<img src="{member}" alt="">' if picture else ""
        facts = [photo.get("original_name"), photo.get("taken_at"), photo.get("match_reason")]
        words = " · ".join(escape(str(fact)) for fact in facts if fact)
        yield (
            f'<figure><a href="{member}">{shown or member}</a><figcaption>{words}<br>'
            f"SHA-256 {escape(str(photo['sha256']))}</figcaption></figure>"
        )


def _changes(project: Project, history: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield f"<h2>{escape(tr('History'))}</h2><table>"
    for change in history:
        said = [escape(words) for words in change_words(project, change)]
        at = escape(str(change["at"])[:19].replace("T", " "))
        who = escape(str(change["who"]))
        number = change["number"]
        yield f"<tr><th>{at}<br>{who} · {number}</th><td>{'<br>'.join(said)}</td></tr>"
    yield "</table>"


def _values(fields: Mapping[str, Field], row: Mapping[str, Any]) -> Iterator[str]:
    for name, field in fields.items():
        value = row.get(name)
        if name not in HIDDEN and value not in (None, ""):
            unit = f" {field.unit}" if field.unit else ""
            yield _line(field.caption, f"{value_words(field, value)}{unit}")


def _shown(fields: Mapping[str, Field], name: str, value: Any) -> str:
    return "" if value is None else value_words(fields[name], value)


def change_words(project: Project, change: Mapping[str, Any]) -> list[str]:
    """What one entry of a history changed, in words: its label, then each field."""
    fields = fields_of(project, change["table"])
    before, after = change["before"] or {}, change["after"] or {}
    said = [str(change["label"])]
    if change["before"] is not None and change["after"] is not None:
        said += [
            f"{fields[name].caption}: {_shown(fields, name, before.get(name)) or '–'}"
            f" → {_shown(fields, name, value) or '–'}"
            for name, value in after.items()
            if name in fields and name not in HIDDEN
        ]
    return said


def value_words(field: Field, value: Any) -> str:
    """As the form shows it, numbers with every digit that matters."""
    if field.kind == "boolean":
        return tr("Yes") if value else tr("No")
    return f"{value:.12g}" if isinstance(value, float) else str(field.shown(value))


def _line(caption: str, value: Any) -> str:
    return f"<tr><th>{escape(caption)}</th><td>{escape(str(value))}</td></tr>"


def fields_of(project: Project, table: str) -> dict[str, Field]:
    """The fields of a table of the record by their names."""
    known = project.tables.get(table)
    fields = known.fields if known is not None else survey_schemas()[table].fields
    return {field.name: field for field in fields}
