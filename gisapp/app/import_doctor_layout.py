"""Where the headings of a sheet are, and which of its rows are records."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.io.import_cells import RawSheet
from gisapp.model.survey import standard, survey_schemas

LOOK_AT = 30  # rows among which the headings are
TOTALS = ("合计", "总计", "小计", "total", "sum")
_UNIT = re.compile(
    r"(?i)^[（(\[]?(mg/l|m3/d|m³/d|m3/s|m³/s|mm|cm|m|km|℃|°c|us/cm|µs/cm|μs/cm|t/d|度|分|秒|°|′|″|无量纲)[)）\]]?$"
)
_NUMBER = re.compile(r"^[-+]?[\d.,]+(?:[eE][-+]?\d+)?$")


@dataclass(frozen=True, eq=False)
class Layout:
    """`rows`: the rows of the sheet that are records; `depth`: rows of headings (0: a map)."""

    names: tuple[str, ...]
    header: int
    depth: int
    rows: npt.NDArray[np.int64]
    repeated: int  # headings again, on later pages
    totals: int


def plain(name: str) -> str:
    """A heading without case, width, brackets, units, spaces and marks."""
    text = unicodedata.normalize("NFKC", name).lower()
    text = re.sub(r"\(.*?\)|\[.*?\]|【.*?】", "", text)
    return re.sub(r"[\s_\-./:：°*、,，]+", "", text)


@lru_cache(maxsize=1)
def known_names() -> Mapping[str, str]:
    """Targets by the plain name of a heading: fields, `table.field`, and `place.…`."""
    found: dict[str, str] = {}
    data = standard("import_names")
    for name, words in data["places"].items():
        for word in words:
            found.setdefault(plain(word), f"place.{name}")
    for field in survey_schemas()["outfalls"].fields:
        for word in (field.name, field.title, field.title_zh_CN):
            found.setdefault(plain(word), field.name)
    for target, words in data["names"].items():
        for word in words:
            found.setdefault(plain(word), target)
    for table in ("site_visits", "monitoring", "tracing_sources", "rectification"):
        for field in survey_schemas()[table].fields:
            for word in (field.name, field.title, field.title_zh_CN):
                if field.name != "outfall_id":
                    found.setdefault(plain(word), f"{table}.{field.name}")
    return found


def is_known(text: str) -> bool:
    return _last(text) in known_names() or plain(text) in known_names()


def _last(text: str) -> str:
    """Of `group/name`, as field apps write it, the name."""
    return plain(re.split(r"[/:]", text)[-1])


def find_layout(sheet: RawSheet, said: str = "") -> Layout:
    """`said`: first row of the headings and how many, such as `3` or `3+2`, rows of the file."""
    if sheet.names:
        rows = np.arange(len(sheet))
        return Layout(sheet.names, -1, 0, rows, 0, 0)
    head = sheet.head(LOOK_AT)
    if said:
        first, _, more = said.partition("+")
        at = int(np.searchsorted(sheet.numbers, int(first)))
        depth = int(more or 1)
    else:
        at = _header(head)
        depth = _depth(sheet, head, at)
    names = _names(sheet, head, at, depth)
    rows, repeated, totals = _records(sheet, head[at], at + depth)
    return Layout(names, at, depth, rows, repeated, totals)


def _header(head: list[list[str]]) -> int:
    """The row with most headings that are known; else the first row of words over rows alike."""
    scores = [len({_last(c) for c in row if c.strip() and is_known(c)}) for row in head]
    if scores and max(scores) >= 2:
        best = scores.index(max(scores))
        above = best - 1
        if above >= 0 and scores[above] >= 2 and any(not c.strip() for c in head[above]):
            return above  # the upper of two lines
        return best
    wide = max((sum(bool(c.strip()) for c in row) for row in head), default=0)
    for number, row in enumerate(head):
        there = [c.strip() for c in row if c.strip()]
        words = [c for c in there if not _NUMBER.match(c)]
        if there and len(there) * 2 > wide and len(words) * 2 > len(there):
            return number
    return next((n for n, row in enumerate(head) if any(c.strip() for c in row)), 0)


def _depth(sheet: RawSheet, head: list[list[str]], at: int) -> int:
    """How many rows of headings: as far as cells are merged, or a row of units or parts."""
    merged = list[int]()
    for top, left, bottom, right in sheet.merged:
        if top == at and bottom > top and right == left:
            merged.append(bottom - top + 1)
    if merged:
        return max(merged)
    depth = 1
    while at + depth < len(head) and depth < 3:
        row = [c.strip() for c in head[at + depth]]
        there = [c for c in row if c]
        if not there:
            break
        under_gap = [
            n for n, c in enumerate(row) if c and not (head[at][n].strip() if depth == 1 else "")
        ]
        parts = [c for c in there if _UNIT.match(c)]
        known = [row[n] for n in under_gap if is_known(row[n]) or _UNIT.match(row[n])]
        if len(parts) == len(there) or (
            known and not any(_NUMBER.match(c) for c in there) and len(there) < len(row)
        ):
            depth += 1
        else:
            break
    return depth


def _names(sheet: RawSheet, head: list[list[str]], at: int, depth: int) -> tuple[str, ...]:
    lines = [list(map(_clean, head[n])) for n in range(at, min(at + depth, len(head)))]
    for top, left, bottom, right in sheet.merged:
        for line in range(max(top, at), min(bottom, at + depth - 1) + 1):
            source = _clean(head[top][left]) if 0 <= top < len(head) else ""
            for column in range(max(left, 0), min(right + 1, len(head[0]))):
                if line == top or column != left:
                    lines[line - at][column] = lines[line - at][column] or (
                        source if line == top else ""
                    )
    if depth > 1 and not sheet.merged:  # saved as text: a merged cell keeps its first one only
        carried = ""
        for n, text in enumerate(lines[0]):
            below = any(line[n] for line in lines[1:])
            carried = text or (carried if below else "")
            lines[0][n] = carried
    joined = []
    for n in range(len(lines[0])):
        parts = list(dict.fromkeys(line[n] for line in lines if line[n]))
        joined.append(_joined(parts))
    return _unique(joined)


def _joined(parts: list[str]) -> str:
    """Group and name; a group alone says nothing where the name under it is known."""
    if len(parts) > 1 and is_known(parts[-1]) and not _UNIT.match(parts[-1]):
        return parts[-1]
    if len(parts) > 1 and _UNIT.match(parts[-1]) and parts[-1] not in ("度", "分", "秒"):
        return f"{parts[-2]}({parts[-1]})"
    return " ".join(parts)


def _clean(text: str) -> str:
    return " ".join(text.split())


def _unique(names: list[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for number, name in enumerate(names, 1):
        name = name or f"column_{number}"
        turn, given = 2, name
        while name in found:
            name = f"{given}_{turn}"
            turn += 1
        found[name] = None
    return tuple(found)


def _records(
    sheet: RawSheet, header: list[str], start: int
) -> tuple[npt.NDArray[np.int64], int, int]:
    """Rows that hold something and are neither the headings again nor a sum."""
    count = len(sheet)
    filled = np.zeros(count, np.int64)
    same = np.zeros(count, np.int64)
    for column, name in zip(sheet.columns, header, strict=True):
        filled += column != ""
        if name.strip():
            same += column == name
    keep = filled > 0
    keep[:start] = False
    again = keep & (same >= 2) & (same * 2 > filled)
    keep &= ~again
    few = np.flatnonzero(
        keep & (filled * 2 <= max(2, int(filled[keep].max() if keep.any() else 0)))
    )
    sums = [n for n in few if _is_total(sheet.columns, int(n))]
    keep[sums] = False
    return np.flatnonzero(keep), int(again.sum()), len(sums)


def _is_total(columns: tuple[Any, ...], row: int) -> bool:
    first = next((str(c[row]).strip() for c in columns if str(c[row]).strip()), "")
    return plain(first) in TOTALS
