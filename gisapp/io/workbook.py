"""Tables as Excel workbooks that people can filter, print and hand on."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from gisapp.io.map_file import write_file
from gisapp.model.errors import WriteError
from gisapp.model.progress import Progress
from gisapp.model.text import tr

CellKind = Literal["text", "integer", "real", "date", "degrees", "metres"]
Cell = str | int | float | date | None

_FORMATS: dict[CellKind, str] = {
    "text": "@",
    "integer": "0",
    "real": "General",
    "date": "yyyy-mm-dd",
    "degrees": "0.000000",
    "metres": "0.000",
}
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ESCAPE = re.compile("_(x[0-9A-Fa-f]{4}_)")  # what Excel would read as a character
_LONGEST = 32_767  # characters in a cell
MOST_ROWS = 1_048_575  # beside the headings
_AT_ONCE = 2048  # rows
_FIXED = datetime(2000, 1, 1)
_INK, _HEAD, _LINE = "FF1B2733", "FFE7EEF2", "FFC9D3DA"


@dataclass(frozen=True, slots=True)
class Column:
    """`note` is shown when the pointer rests on the heading: the standard that defines it."""

    heading: str
    kind: CellKind = "text"
    note: str = ""
    width: float = 0.0  # characters; 0: as wide as heading and values need


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table. `frozen` columns stay when the sheet is scrolled sideways."""

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Cell]]
    frozen: int = 0
    filtered: bool = True


@dataclass(frozen=True, eq=False)
class Columnar(Sequence[Sequence[Cell]]):
    """Rows that are made some at a time: `columns` give the values of rows `first` to `last`."""

    length: int
    columns: tuple[Callable[[int, int], Sequence[Cell]], ...]

    def __len__(self) -> int:
        return self.length

    def some(self, first: int, last: int) -> list[Sequence[Cell]]:
        """Column by column."""
        return [values(first, min(last, self.length)) for values in self.columns]

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            first, last, _ = at.indices(self.length)
            return list(zip(*self.some(first, last), strict=True))
        if not -self.length <= at < self.length:
            raise IndexError(at)
        at %= self.length
        return tuple(values[0] for values in self.some(at, at + 1))


def write_workbook(
    path: Path, sheets: Iterable[Sheet], progress: Progress, *, title: str = ""
) -> None:
    """Write the workbook; the same sheets give the same bytes. Raises WriteError.

    Text is never taken for a formula, whatever it begins with.
    """
    write_file(path, workbook_bytes(tuple(sheets), progress, title=title))


def workbook_bytes(sheets: tuple[Sheet, ...], progress: Progress, *, title: str = "") -> bytes:
    """The frame of the workbook and its looks are openpyxl's; the rows are written straight into
    it, because a cell as an object costs many times its text."""
    import openpyxl

    for sheet in sheets:
        if len(sheet.rows) > MOST_ROWS:
            raise WriteError(
                tr("{n} rows do not fit on a sheet of Excel").format(n=f"{len(sheet.rows):,}"),
                hint=tr("Write them as CSV or GeoPackage, or choose fewer."),
            )
    book = openpyxl.Workbook(write_only=True)
    book.properties.creator, book.properties.title = "gisapp", title or None
    raw = io.BytesIO()
    for sheet in sheets:
        _frame(book.create_sheet(_sheet_name(sheet.name)), sheet)
    book.save(raw)
    return _filled(raw.getvalue(), sheets, progress)


def _frame(page: Any, sheet: Sheet) -> None:
    """Headings and looks; a second row that is taken out again says which look a column has."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    top = Alignment(vertical="center", wrap_text=True)
    line = Border(bottom=Side("thin", color=_LINE))
    fill, bold = PatternFill("solid", fgColor=_HEAD), Font(bold=True, color=_INK)
    letters = [get_column_letter(number) for number in range(1, len(sheet.columns) + 1)]
    first = sheet.rows[:400]
    for number, column in enumerate(sheet.columns):
        size = page.column_dimensions[letters[number]]
        size.width = column.width or _width(column, [row[number] for row in first])
        size.number_format = _FORMATS[column.kind]
    page.freeze_panes = f"{get_column_letter(sheet.frozen + 1)}2"
    if sheet.filtered and letters:
        page.auto_filter.ref = f"A1:{letters[-1]}{len(sheet.rows) + 1}"
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = 8  # A3
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr = _fit_to_page()
    page.print_title_rows = "1:1"
    page.row_dimensions[1].height = 32
    head = []
    for column in sheet.columns:
        cell = WriteOnlyCell(page, column.heading)
        cell.data_type = "s"
        cell.font, cell.fill, cell.alignment, cell.border = bold, fill, top, line
        if column.note:
            cell.comment = Comment(column.note, "gisapp", height=60, width=240)
        head.append(cell)
    page.append(head)
    looks = []
    for column in sheet.columns:
        cell = WriteOnlyCell(page, 0)
        cell.number_format = _FORMATS[column.kind]
        looks.append(cell)
    quoted = WriteOnlyCell(page, 0)
    quoted.number_format, quoted.quotePrefix = _FORMATS["text"], True
    page.append([*looks, quoted])


def _filled(content: bytes, sheets: tuple[Sheet, ...], progress: Progress) -> bytes:
    """The same parts in a package that does not say when it was made, with the rows."""
    out = io.BytesIO()
    stamp = _FIXED.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    pages = {f"xl/worksheets/sheet{n}.xml": sheet for n, sheet in enumerate(sheets, 1)}
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target,
    ):
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == "docProps/core.xml":
                data = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp, data)
            fixed = zipfile.ZipInfo(entry.filename, date_time=(2000, 1, 1, 0, 0, 0))
            fixed.compress_type = zipfile.ZIP_DEFLATED
            fixed.external_attr = 0o644 << 16
            sheet = pages.get(entry.filename)
            if sheet is None:
                target.writestr(fixed, data)
                continue
            with target.open(fixed, "w", force_zip64=len(sheet.rows) > 100_000) as part:
                for piece in _pieces(data, sheet, progress):
                    part.write(piece)
    return out.getvalue()


def _pieces(data: bytes, sheet: Sheet, progress: Progress) -> Iterator[bytes]:
    """The sheet's text, its second row replaced by the rows."""
    start = data.index(b'<row r="2"')
    end = data.index(b"</row>", start) + len(b"</row>")
    cells_before = re.findall(rb"<c ([^>]*)>", data[start:end])
    said = (re.search(rb's="(\d+)"', attributes) for attributes in cells_before)
    looks = [int(found[1]) if found else 0 for found in said]
    last = f"{_letter(max(len(sheet.columns), 1))}{len(sheet.rows) + 1}".encode()
    yield re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:' + last + b'"', data[:start])
    for first in range(0, len(sheet.rows), _AT_ONCE):
        progress.report(first / len(sheet.rows), sheet.name)
        some: Iterable[Sequence[Cell]]
        if isinstance(sheet.rows, Columnar):
            some = sheet.rows.some(first, first + _AT_ONCE)
        else:
            some = zip(*sheet.rows[first : first + _AT_ONCE], strict=True)
        cells = [
            _cells(values, _letter(number + 1), first + 2, looks[number], looks[-1])
            for number, values in enumerate(some)
        ]
        numbered = enumerate(map("".join, zip(*cells, strict=True)), first + 2)
        rows = "".join([f'<row r="{number}">{row}</row>' for number, row in numbered])
        yield rows.encode()
    progress.report(1.0, sheet.name)
    yield data[end:]


def _cells(values: Sequence[Cell], letter: str, first: int, look: int, quoted: int) -> list[str]:
    """The values of a column as cells; nothing is an empty text."""
    known: dict[str, str] = {}
    out = []
    for number, value in enumerate(values, first):
        if value is None:
            out.append("")
        elif isinstance(value, str):
            body = known.get(value)
            if body is None:
                body = known[value] = _text(value, look, quoted)
            out.append(f'<c r="{letter}{number}"{body}')
        elif isinstance(value, bool):
            out.append(f'<c r="{letter}{number}" s="{look}" t="b"><v>{int(value)}</v></c>')
        elif isinstance(value, int | float):
            out.append(f'<c r="{letter}{number}" s="{look}"><v>{value!r}</v></c>')
        else:
            out.append(f'<c r="{letter}{number}" s="{look}"><v>{_day(value)}</v></c>')
    return out


def _text(value: str, look: int, quoted: int) -> str:
    text = _FORBIDDEN.sub("", value)[:_LONGEST]
    if not text:
        return f' s="{look}"/>'
    look = quoted if text.startswith(_FORMULA) else look
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A carriage return that is not written as its number would be read as a line feed
    text = _ESCAPE.sub(r"_x005F_\1", text).replace("\r", "&#13;")
    return f' s="{look}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _day(value: date) -> float | int:
    """As Excel counts: days since the last of 1899, less one."""
    days = value.toordinal() - 693_594
    if isinstance(value, datetime):
        return days + (value.hour * 3600 + value.minute * 60 + value.second) / 86_400
    return days


def _letter(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _fit_to_page() -> Any:
    from openpyxl.worksheet.properties import PageSetupProperties

    return PageSetupProperties(fitToPage=True)


def _sheet_name(name: str) -> str:
    """Excel allows 31 characters and not all of them."""
    return re.sub(r"[\[\]:*?/\\]", " ", name)[:31] or "1"


def _width(column: Column, values: Iterable[Cell]) -> float:
    """In characters; Chinese ones count twice. Long headings are wrapped."""
    heading = _letters(column.heading)
    longest = max((_letters(str(v)) for v in values if v is not None), default=0)
    if column.kind == "date":
        longest = max(longest, 11)
    return min(44.0, max(6.0, heading if heading < 12 else heading / 2 + 1, longest) + 3)


def _letters(text: str) -> int:
    return sum(2 if letter > "\u2e7f" else 1 for letter in text)
