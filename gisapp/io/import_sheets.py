"""The files a survey team brings, as sheets of text: workbooks, delimited text, maps, tracks.

A cell is what stands in the file, as text; nothing is guessed here about what it means. Maps
(Shapefile, KML, GeoPackage, ...) have their headings already and bring their places along.
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gisapp.io import vector
from gisapp.io.csv_table import DELIMITERS, text_of
from gisapp.io.import_cells import RawSheet, Texts, cell_text, texts_of
from gisapp.io.import_maps import read_gpx, read_map
from gisapp.io.safe_path import existing_file, first_bytes, format_of
from gisapp.model.errors import ReadError
from gisapp.model.progress import Progress
from gisapp.model.text import tr

WORKBOOKS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
FILES = (*WORKBOOKS, ".csv", ".tsv", ".txt", ".gpx", ".shp", ".kml", ".kmz", ".geojson", ".json",
         ".gpkg", ".fgb", ".parquet")  # fmt: skip
HEAD = 60  # lines of a text file whose shape is looked at
STEP = 2000  # rows between two reports
MAX_BYTES = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is kept of a file so that anybody can tell later whether it is the same."""

    name: str
    sha256: str
    format: str
    sheets: tuple[str, ...]


def read_sheet(
    path: Path, progress: Progress, sheet: str = "", encoding: str = ""
) -> tuple[FileFacts, RawSheet]:
    """A sheet of the file (the fullest, when none is named). Raises ReadError."""
    path = existing_file(path)
    if path.stat().st_size > MAX_BYTES:
        raise ReadError(
            tr("{file} is larger than 2 GB").format(file=path.name),
            hint=tr("Save it as GeoParquet or GeoPackage, which are made for so much data."),
        )
    name, suffix = format_of(path), path.suffix.lower()
    if suffix in WORKBOOKS and name in ("", "geopackage"):
        kind, (names, found) = "workbook", _workbook(path, sheet, progress)
    elif suffix == ".gpx" or b"<gpx" in first_bytes(path):
        kind, (names, found) = "gpx", read_gpx(path, progress)
    elif name == "csv":
        kind, (names, found) = "csv", ((path.stem,), _text(path, encoding, progress))
    elif name in vector.FORMATS:
        kind, (names, found) = name, read_map(path, sheet, encoding, progress)
    else:
        raise ReadError(
            tr("{file} is not a table or map this program knows").format(file=path.name),
            hint=tr("Known are XLSX, XLS, ODS, CSV, Shapefile, KML, GPX, GeoJSON and GeoPackage."),
        )
    return FileFacts(path.name, _hash(path, progress), kind, names), found


def _hash(path: Path, progress: Progress) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
            progress.report(0.5)
    return found.hexdigest()


def _workbook(path: Path, sheet: str, progress: Progress) -> tuple[tuple[str, ...], RawSheet]:
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        listed = [
            one.name
            for one in book.sheets_metadata
            if one.typ == calamine.SheetTypeEnum.WorkSheet
            and one.visible == calamine.SheetVisibleEnum.Visible
        ]
        if sheet and sheet not in listed:
            raise ReadError(
                tr("{file} has no sheet {sheet}").format(file=path.name, sheet=sheet),
                hint=tr("It has: {names}").format(names=", ".join(listed[:10])),
            )
        pages = [book.get_sheet_by_name(name) for name in ([sheet] if sheet else listed)]
        pages = [page for page in pages if page.start is not None]
        if not pages:
            raise ReadError(tr("{file} holds no text").format(file=path.name))
        page = max(pages, key=lambda one: one.height * one.width)
        return tuple(listed), _page(page, progress)
    except calamine.PasswordError as error:
        raise ReadError(
            tr("{file} is protected by a password").format(file=path.name),
            hint=tr("Save it without a password and try again."),
        ) from error
    except calamine.CalamineError as error:
        raise ReadError(
            tr("{file} cannot be read: {reason}").format(file=path.name, reason=error),
            hint=tr("It may be damaged or incomplete. Copy or export it again."),
        ) from error


def _page(page: Any, progress: Progress) -> RawSheet:
    top, left = page.start
    rows: list[list[Any]] = []
    count = max(page.height, 1)
    for number, row in enumerate(page.iter_rows()):
        if number % STEP == 0:
            progress.report(0.3 * min(number / page.total_height, 1))
        rows.append(row)
    # iter_rows begins at the first row of the sheet or at the first that holds something
    above = len(rows) - count
    first = top - max(above, 0) + 1 if above < top else 1
    wide = max((len(row) for row in rows), default=0)
    columns, numeric = [], []
    for at in range(wide):
        progress.report(0.3 + 0.15 * at / wide)
        cells = [row[at] if at < len(row) else "" for row in rows]
        numeric.append(np.array([type(c) in (float, int) for c in cells], np.bool_))
        columns.append(texts_of([c if type(c) is str else cell_text(c) for c in cells]))
    side = left if wide > page.width else 0
    moved = tuple(
        (a - first + 1, b - left + side, c - first + 1, d - left + side)
        for (a, b), (c, d) in page.merged_cell_ranges or ()
    )
    numbers = np.arange(first, first + len(rows), dtype=np.int64)
    return RawSheet(page.name, tuple(columns), numbers, moved, tuple(numeric))


def _text(path: Path, encoding: str, progress: Progress) -> RawSheet:
    text = text_of(path, encoding)
    progress.report(0.1)
    mark = ""
    if text[:4].lower() == "sep=":  # a line of Excel's
        mark, text = text[4:5], "\n" + text.partition("\n")[2]
    mark = mark or _mark(text[:200_000])
    head, lines, reader = [], [], _reader(text, mark)
    for row in reader:
        head.append(row)
        lines.append(reader.line_num)
        if len(head) == HEAD:
            break
    if not any(any(row) for row in head):
        raise ReadError(tr("{file} holds no text").format(file=path.name))
    body = _even(text, mark, lines[-1], len(head[-1])) if len(head) == HEAD else None
    if body is None:
        return _uneven(path, text, mark, progress)
    wide = max(len(row) for row in head)
    first = [texts_of([row[n] if n < len(row) else "" for row in head]) for n in range(wide)]
    empty = np.full(len(body[0]), "", object)
    columns = tuple(
        np.concatenate([top, body[n] if n < len(body) else empty]) for n, top in enumerate(first)
    )
    numbers = np.concatenate([lines, lines[-1] + 1 + np.arange(len(empty))]).astype(np.int64)
    progress.report(0.4)
    return RawSheet(path.stem, columns, numbers)


def _reader(text: str, mark: str) -> Any:
    return csv.reader(io.StringIO(text, newline=""), delimiter=mark)


def _mark(start: str) -> str:
    """The delimiter that cuts most lines into many values."""
    text = "\n".join(start.splitlines()[:HEAD])
    score = {m: sum(min(len(row), 99) - 1 for row in _reader(text, m)) for m in DELIMITERS}
    return max(score, key=lambda mark: score[mark])


def _even(text: str, mark: str, skip: int, wide: int) -> list[Texts] | None:
    """The rest of an even table without line breaks in its cells, quickly; else None."""
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    if not mark.isascii():
        return None
    names = [str(n) for n in range(wide)]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(text.encode()),
            arrow_csv.ReadOptions(column_names=names, skip_rows=skip),
            arrow_csv.ParseOptions(delimiter=mark, ignore_empty_lines=False),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    return [np.asarray(table[name].to_numpy(zero_copy_only=False), object) for name in names]


def _uneven(path: Path, text: str, mark: str, progress: Progress) -> RawSheet:
    csv.field_size_limit(2**31 - 1)
    rows, lines, reader = [], [], _reader(text, mark)
    try:
        for row in reader:
            rows.append(row)
            lines.append(reader.line_num)
            if len(rows) % STEP == 0:
                progress.report(0.2)
    except csv.Error as error:
        raise ReadError(
            tr("{file}, line {line}: {reason}").format(
                file=path.name, line=reader.line_num, reason=error
            ),
            hint=tr("Look for a quotation mark that is not closed."),
        ) from error
    wide = max(len(row) for row in rows)
    columns = tuple(texts_of([row[n] if n < len(row) else "" for row in rows]) for n in range(wide))
    return RawSheet(path.stem, columns, np.array(lines, np.int64))
