"""Delimited text as people save it: any delimiter, UTF-8 or GB18030, titles above the header.

Everything is read as text first. A column becomes numbers only if every value is one and none has
a leading zero, so that codes stay as they are.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.io.columns import whole_numbers
from gisapp.model.errors import ReadError
from gisapp.model.field import Field
from gisapp.model.text import tr

MAX_BYTES = 2 * 1024**3
MISSING = frozenset({"", "-", "--", "—", "/", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"})
DELIMITERS = ",;\t|，"
LOOK_AT = 30  # lines from which the shape of the file is recognised
INTEGER = r"^[-+]?(?:0|[1-9][0-9]{0,14})$"
REAL = r"^[-+]?(?:(?:0|[1-9][0-9]{0,14})(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$"


@dataclass(frozen=True, eq=False)
class TextTable:
    """`columns` are Arrow arrays of text as in the file; `comma`: decimals are written so."""

    names: tuple[str, ...]
    columns: Mapping[str, Any]
    comma: bool
    warnings: tuple[str, ...]
    lines: Callable[[], Sequence[int]]  # the line each row ends on

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def texts(self, name: str) -> npt.NDArray[Any]:
        """A column as an array of str."""
        return np.asarray(self.columns[name].to_numpy(zero_copy_only=False), object)


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
    columns = _fast(text, mark, at, names)
    if columns is not None:
        return TextTable(
            names, columns, _commas(mark, columns), (), partial(_lines, text, mark, at)
        )
    columns, lines, wrong = _row_by_row(text, mark, at, names, path)
    warnings = []
    if wrong:
        warnings.append(
            tr("Lines with another number of values: {lines}").format(
                lines=", ".join(map(str, wrong[:5])) + ("…" if len(wrong) > 5 else "")
            )
        )
    return TextTable(names, columns, _commas(mark, columns), tuple(warnings), lambda: lines)


def typed(name: str, texts: Any, comma: bool = False) -> tuple[Field, Any]:
    """A column of text as what it holds: integer, real or text (None: empty)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pc.utf8_trim_whitespace(texts)
    missing = pc.is_in(texts, pa.array(sorted(MISSING), texts.type))
    there = pc.filter(texts, pc.invert(missing))
    none = pa.scalar(None, texts.type)
    if len(there) and pc.all(pc.match_substring_regex(there, INTEGER)).as_py():
        plain = pc.replace_substring(pc.if_else(missing, none, texts), "+", "")
        return Field(name, "integer"), whole_numbers(plain.cast(pa.int64()))
    points = pc.replace_substring(there, ",", ".") if comma else there
    if len(there) and pc.all(pc.match_substring_regex(points, REAL)).as_py():
        plain = pc.replace_substring_regex(pc.if_else(missing, none, texts), r"^\+", "")
        plain = pc.replace_substring(plain, ",", ".") if comma else plain
        return Field(name, "real"), plain.cast(pa.float64()).to_numpy(zero_copy_only=False)
    empty = pc.equal(texts, "")
    words = pc.if_else(empty, none, texts).to_numpy(zero_copy_only=False)
    return Field(name, "text"), words


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


def _fast(text: str, mark: str, header: int, names: tuple[str, ...]) -> Mapping[str, Any] | None:
    """Columns of an even table; None when a line is uneven or the mark is no ASCII."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv as arrow_csv

    if not mark.isascii():
        return None
    reader = _rows(text, mark)
    for _ in range(header + 1):
        next(reader)
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(text.encode()),
            arrow_csv.ReadOptions(column_names=list(names), skip_rows=reader.line_num),
            arrow_csv.ParseOptions(delimiter=mark, newlines_in_values=True),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
        )
    except pa.ArrowInvalid:
        return None
    filled = pa.array(np.zeros(len(table), np.bool_))
    for name in names:
        filled = pc.or_(filled, pc.not_equal(table[name].combine_chunks(), ""))
    table = table.filter(filled)
    return {name: table[name].combine_chunks() for name in names}


def _lines(text: str, mark: str, header: int) -> list[int]:
    """The line each row ends on, of an even table."""
    reader = _rows(text, mark)
    return [reader.line_num for n, row in enumerate(reader) if n > header and any(row)]


def _row_by_row(
    text: str, delimiter: str, header: int, names: tuple[str, ...], path: Path
) -> tuple[Mapping[str, Any], list[int], list[int]]:
    """Columns, the line of each row, and the lines with another number of values."""
    import pyarrow as pa

    csv.field_size_limit(2**31 - 1)  # outlines of areas are long
    width = len(names)
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
    columns = {
        name: pa.array([row[n] for row in rows], pa.string()) for n, name in enumerate(names)
    }
    return columns, lines, wrong


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    found: list[str] = []
    for number, name in enumerate(names, 1):
        plain = " ".join(name.split()) or f"column_{number}"
        while plain in found:
            plain += "_2"
        found.append(plain)
    return tuple(found)


def _commas(mark: str, columns: Mapping[str, Any]) -> bool:
    """Whether any column holds nothing but numbers like 1,5."""
    if mark == ",":
        return False
    for values in columns.values():
        there = [v for v in values.slice(0, 1000).to_pylist() if v.strip() not in MISSING]
        if there and all(re.match(r"\s*[-+]?\d+,\d+\s*\Z", v) for v in there):
            return True
    return False
