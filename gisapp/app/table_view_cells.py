"""Cells as text and back: what people type, copy to a spreadsheet and paste from one."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from gisapp.app.table_view import shown
from gisapp.model.features import plain
from gisapp.model.field import Field
from gisapp.model.text import tr

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet may take for a formula
_YES = frozenset({"yes", "true", "1", "y", "是", "有", "√", "✓"})
_NO = frozenset({"no", "false", "0", "n", "否", "无", "×"})
_DAY_ZERO = date(1899, 12, 30)  # of the day numbers in a spreadsheet
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(.*)", re.DOTALL)


def read_cell(field: Field, text: str) -> Any:
    """The value a person typed or pasted; None for nothing. ValueError says what is wrong."""
    if field.kind == "text":
        return _unguarded(text.strip()) or None
    text = unicodedata.normalize("NFKC", text).strip()  # full-width digits and signs
    if not text:
        return None
    match field.kind:
        case "integer" | "real":
            return _number(field, text)
        case "boolean":
            if text.lower() in _YES | _NO:
                return text.lower() in _YES
            raise ValueError(tr("Yes or no belongs here"))
        case "date":
            return _date(text)
        case "choice":
            return _choice(field, text)
        case "list":
            raise ValueError(tr("This column is not typed in"))
    return _unguarded(text)


def _number(field: Field, text: str) -> int | float:
    plain_text = text.replace(",", "").replace(" ", "").replace("\N{MINUS SIGN}", "-")
    if field.unit and plain_text.lower().endswith(field.unit.lower()):
        plain_text = plain_text[: -len(field.unit)]
    try:
        value = float(plain_text)
    except ValueError:
        value = float("nan")
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(tr("A number belongs here"))
    if field.kind == "integer":
        if value != int(value):
            raise ValueError(tr("A whole number belongs here"))
        return int(value)
    return value


def _date(text: str) -> str:
    found = _DATE.fullmatch(text)
    try:
        if found:
            day = date(*(int(part) for part in found.groups()[:3])).isoformat()
            rest = found.group(4).strip().lstrip("T")
            return f"{day}T{rest}" if re.match(r"\d{1,2}:\d{2}", rest) else day
        if text.isdigit() and len(text) == 8:
            return date(int(text[:4]), int(text[4:6]), int(text[6:])).isoformat()
        if text.isdigit() and len(text) == 5:
            return (_DAY_ZERO + timedelta(days=int(text))).isoformat()
    except ValueError:
        pass
    raise ValueError(tr("A date belongs here, such as 2026-01-17"))


def _choice(field: Field, text: str) -> str:
    low = text.casefold()
    for value in field.choices:
        if value.casefold() == low:
            return value
    for value, english, chinese in field.choice_titles:
        if low in (english.casefold(), chinese.casefold()):
            return value
    raise ValueError(tr("{text} is not in the list").format(text=text[:30]))


def typed(field: Field, value: Any) -> str:
    """A value as a person would type it to get the same value."""
    value = plain(value)
    if value is None:
        return ""
    if field.kind == "real":
        return repr(float(value)).removesuffix(".0")
    return shown(field, value)


def copied(field: Field, value: Any) -> str:
    """A value for other programs: text is never taken for a formula."""
    value = plain(value)
    if field.kind == "list" and value:
        try:
            return "; ".join(str(part) for part in json.loads(str(value)))
        except (ValueError, TypeError):
            return _guarded(str(value))
    words = typed(field, value)
    return words if field.kind in ("real", "integer") else _guarded(words)


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text


def to_tsv(rows: Iterable[Sequence[str]]) -> str:
    """As spreadsheets put it on the clipboard."""
    out = io.StringIO()
    csv.writer(out, "excel-tab", lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def from_tsv(text: str) -> list[list[str]]:
    """As spreadsheets put it there; quoted cells may hold lines and tabs."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    rows = list(csv.reader(io.StringIO(text.removesuffix("\n"), newline=""), "excel-tab"))
    return [row or [""] for row in rows]
