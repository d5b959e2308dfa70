"""Delimited text as people save it: any delimiter, UTF-8 or GB18030, titles above the header.

Everything is read as text first. A column becomes numbers only if every value is one and none has
a leading zero, so that codes stay as they are.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.model.errors import ReadError
from gisapp.model.field import Field
from gisapp.model.text import tr

MAX_BYTES = 2 * 1024**3
MISSING = frozenset({"", "-", "--", "—", "/", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"})
DELIMITERS = ",;\t|，"
LOOK_AT = 30  # lines from which the shape of the file is recognised
_INTEGER = re.compile(r"[-+]?(?:0|[1-9]\d{0,14})\Z")
_REAL = re.compile(r"[-+]?(?:0|[1-9]\d{0,14}|(?=\.))(?:\.\d*)?(?:[eE][-+]?\d+)?\Z")


@dataclass(frozen=True, eq=False)
class TextTable:
    """`columns` are arrays of text as in the file, `lines` the line each row ends on."""

    names: tuple[str, ...]
    columns: Mapping[str, npt.NDArray[Any]]
    lines: tuple[int, ...]
    comma: bool  # decimals are written with a comma
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))


def text_of(path: Path, encoding: str = "") -> str:
    """The whole file. UTF-16 by its mark, UTF-8 if every byte fits, else GB18030."""
    if path.stat().st_size > MAX_BYTES:
        raise ReadError(
            tr("{file} is larger than 2 GB").format(file=path.name),
            hint=tr("Save it as GeoParquet or GeoPackage, which are made for so much data."),
        )
    raw = path.read_bytes()
    tries = [encoding] if encoding else ["utf-8-sig", "gb18030"]
    if not encoding and raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        tries = ["utf-16"]
    for codec in tries:
        try:
            return raw.decode(codec)
        except UnicodeDecodeError:
            continue
        except LookupError as error:
            raise ReadError(tr("{codec} is not an encoding").format(codec=codec)) from error
    raise ReadError(
        tr("{file}: the text is neither UTF-8 nor GB18030").format(file=path.name),
        hint=tr("Save it again as UTF-8, or say its encoding."),
    )


def read_table(
    path: Path, is_header: Any = None, encoding: str = "", delimiter: str = ""
) -> TextTable:
    """`is_header(names)` recognises the header among the first lines; else it is the first."""
    text = text_of(path, encoding)
    if text[:4].lower() == "sep=":  # a line of Excel's
        delimiter = delimiter or text[4:5]
        text = "\n" + text.partition("\n")[2]
    start = text[:200_000]
    mark = delimiter or _delimiter(start)
    head = list(_rows(start, mark))[:LOOK_AT]
    at = next((n for n, row in enumerate(head) if is_header and is_header(row)), None)
    if at is None:
        at = next((n for n, row in enumerate(head) if any(row)), None)
    if at is None:
        raise ReadError(tr("{file} holds no text").format(file=path.name))
    names = _unique(head[at])
    rows, lines, wrong = _body(text, mark, at, len(names), path)
    warnings = []
    if wrong:
        warnings.append(
            tr("Lines with another number of values: {lines}").format(
                lines=", ".join(map(str, wrong[:5])) + ("…" if len(wrong) > 5 else "")
            )
        )
    columns = {name: _array(values) for name, values in zip(names, rows, strict=True)}
    comma = mark != "," and any(_decimal_comma(values) for values in columns.values())
    return TextTable(names, columns, tuple(lines), comma, tuple(warnings))


def typed(name: str, texts: npt.NDArray[Any], comma: bool = False) -> tuple[Field, Any]:
    """A column of text as what it holds: integer, real or text (None: empty)."""
    values = [text.strip() for text in texts]
    there = [value for value in values if value not in MISSING]
    if there and all(_INTEGER.match(v) for v in there):
        if len(there) == len(values):
            return Field(name, "integer"), np.array(values, np.int64)
        whole = np.empty(len(values), object)
        whole[:] = [None if v in MISSING else int(v) for v in values]
        return Field(name, "integer"), whole
    points = [v.replace(",", ".") for v in there] if comma else there
    if there and all(_REAL.match(v) and v != "." for v in points):
        dotted = (v.replace(",", ".") if comma else v for v in values)
        reals = [np.nan if v in MISSING else float(v) for v in dotted]
        return Field(name, "real"), np.array(reals, np.float64)
    out = np.empty(len(values), object)
    out[:] = [value or None for value in values]
    return Field(name, "text"), out


def _rows(text: str, delimiter: str) -> Any:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _delimiter(start: str) -> str:
    """The one that cuts most lines into the same number of values."""
    best, score = ",", 0
    lines = start.splitlines()[:LOOK_AT]
    for mark in DELIMITERS:
        counts = [len(row) for row in _rows("\n".join(lines), mark)]
        for count in set(counts) - {0, 1}:
            if counts.count(count) * min(count, 4) > score:
                best, score = mark, counts.count(count) * min(count, 4)
    return best


def _body(
    text: str, delimiter: str, header: int, width: int, path: Path
) -> tuple[list[list[str]], list[int], list[int]]:
    """Columns, the line of each row, and the lines with another number of values."""
    csv.field_size_limit(2**31 - 1)  # outlines of areas are long
    rows, lines, wrong = [], [], []
    reader = _rows(text, delimiter)
    try:
        for number, row in enumerate(reader):
            if number <= header or not any(row):
                continue
            if len(row) != width:
                if len(row) < width or any(row[width:]):
                    wrong.append(reader.line_num)
                row = [*row, *[""] * (width - len(row))][:width]
            rows.append(row)
            lines.append(reader.line_num)
    except csv.Error as error:
        raise ReadError(
            tr("{file}, line {line}: {reason}").format(
                file=path.name, line=reader.line_num, reason=error
            ),
            hint=tr("Look for a quotation mark that is not closed."),
        ) from error
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
    return columns, lines, wrong


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    found: list[str] = []
    for number, name in enumerate(names, 1):
        plain = " ".join(name.split()) or f"column_{number}"
        while plain in found:
            plain += "_2"
        found.append(plain)
    return tuple(found)


def _decimal_comma(values: npt.NDArray[Any]) -> bool:
    there = [v for v in values[:1000] if v.strip() not in MISSING]
    return bool(there) and all(re.match(r"\s*[-+]?\d+,\d+\s*\Z", v) for v in there)


def _array(values: list[str]) -> npt.NDArray[Any]:
    out = np.empty(len(values), object)
    out[:] = values
    return out
