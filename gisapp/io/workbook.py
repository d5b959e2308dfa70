"""Tables as Excel workbooks that people can filter, print and hand on."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from gisapp.io.map_file import write_file
from gisapp.model.progress import Progress, track

CellKind = Literal["text", "integer", "real", "date", "degrees"]
Cell = str | int | float | date | None

_FORMATS: dict[CellKind, str] = {
    "text": "@",
    "integer": "0",
    "real": "General",
    "date": "yyyy-mm-dd",
    "degrees": "0.000000",
}
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 32_767  # characters in a cell
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


def write_workbook(
    path: Path, sheets: Iterable[Sheet], progress: Progress, *, title: str = ""
) -> None:
    """Write the workbook; the same sheets give the same bytes. Raises WriteError.

    Text is never taken for a formula, whatever it begins with.
    """
    write_file(path, workbook_bytes(tuple(sheets), progress, title=title))


def workbook_bytes(sheets: tuple[Sheet, ...], progress: Progress, *, title: str = "") -> bytes:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    book.properties.creator, book.properties.title = "gisapp", title or None
    raw = io.BytesIO()
    try:
        for sheet in sheets:
            _fill(book.create_sheet(_sheet_name(sheet.name)), sheet, progress)
    finally:
        book.save(raw)  # a stopped one too: openpyxl then removes its temporary files
    return _undated(raw.getvalue())


def _fill(page: Any, sheet: Sheet, progress: Progress) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    top = Alignment(vertical="center", wrap_text=True)
    line = Border(bottom=Side("thin", color=_LINE))
    fill, bold = PatternFill("solid", fgColor=_HEAD), Font(bold=True, color=_INK)
    letters = [get_column_letter(number) for number in range(1, len(sheet.columns) + 1)]
    for number, column in enumerate(sheet.columns):
        size = page.column_dimensions[letters[number]]
        size.width = column.width or _width(column, [row[number] for row in sheet.rows[:400]])
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
    formats = [_FORMATS[column.kind] for column in sheet.columns]
    plain = [column.kind in ("text", "real") for column in sheet.columns]
    for row in track(sheet.rows, len(sheet.rows), progress, sheet.name):
        cells: list[Any] = []
        for value, number_format, as_is in zip(row, formats, plain, strict=True):
            if isinstance(value, str):
                text = _FORBIDDEN.sub("", value)[:_LONGEST]
                if text.startswith(_FORMULA):
                    cell = WriteOnlyCell(page, text)
                    cell.data_type, cell.quotePrefix = "s", True
                    cells.append(cell)
                else:
                    cells.append(text)
            elif value is None or as_is:
                cells.append(value)
            else:
                cell = WriteOnlyCell(page, value)
                cell.number_format = number_format
                cells.append(cell)
        page.append(cells)


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


def _undated(content: bytes) -> bytes:
    """The same parts in a package that does not say when it was made."""
    out = io.BytesIO()
    stamp = _FIXED.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == "docProps/core.xml":
                data = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp, data)
            fixed = zipfile.ZipInfo(entry.filename, date_time=(2000, 1, 1, 0, 0, 0))
            fixed.compress_type = zipfile.ZIP_DEFLATED
            fixed.external_attr = 0o644 << 16
            target.writestr(fixed, data)
    return out.getvalue()
