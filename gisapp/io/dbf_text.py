"""In which encoding the text of a shapefile is written.

Readers that trust the file's language byte (LDID) turn Chinese into nonsense without an error: the
byte 0x57 only says "as on the machine that wrote it". The order here is the one that was never
wrong on real files: the .cpg file, then UTF-8 if every byte fits it, then GB18030.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gisapp.model.errors import ReadError
from gisapp.model.text import tr

MULTIPLE = 0x80  # bytes from here on are not ASCII
_CODE_PAGES = {"65001": "utf-8", "936": "gb18030", "54936": "gb18030", "950": "big5"}


def text_encoding(dbf: Path) -> tuple[str, str]:
    """Name for GDAL (`UTF-8`, `GB18030`, ...) and a warning, empty when all is well."""
    values = list(_text_values(dbf))
    declared = _declared(dbf)
    if declared and _fits(values, declared):
        return _gdal_name(declared), ""
    warning = ""
    if declared:
        warning = tr("{file}: the text is not {encoding} as the .cpg file says").format(
            file=dbf.name, encoding=declared
        )
    for encoding in ("utf-8", "gb18030"):
        if _fits(values, encoding):
            return _gdal_name(encoding), warning
    return "ISO-8859-1", tr(
        "{file}: the encoding of the text is unknown, letters may be wrong; say it in the layer's "
        "source"
    ).format(file=dbf.name)


def _declared(dbf: Path) -> str:
    """The Python codec named by the .cpg file; empty when there is none or an unknown one."""
    for suffix in (".cpg", ".CPG", ".cst"):
        side = dbf.with_suffix(suffix)
        if side.is_file():
            name = side.read_text("ascii", errors="replace").strip().strip('"').lower()
            digits = "".join(c for c in name if c.isdigit())
            if digits in _CODE_PAGES and not name.startswith("iso"):
                return _CODE_PAGES[digits]
            try:
                found = codecs.lookup(name).name
            except LookupError:
                return ""
            return "gb18030" if found in ("gbk", "gb2312") else found  # GB18030 holds both
    return ""


def _gdal_name(codec: str) -> str:
    return {"utf-8": "UTF-8", "gb18030": "GB18030", "big5": "BIG5"}.get(codec, codec.upper())


def _text_values(dbf: Path) -> Iterator[bytes]:
    """Every distinct value with bytes beyond ASCII, and the names of the fields."""
    raw = dbf.read_bytes()
    if len(raw) < 33:
        raise ReadError(
            tr("{file} is damaged: it ends too early").format(file=dbf.name),
            hint=tr("Copy all files of the shapefile again from where they came."),
        )
    head, width = (int.from_bytes(raw[n : n + 2], "little") for n in (8, 10))
    columns, start = [], 1  # each row begins with a mark for deleted rows
    for at in range(32, min(head, len(raw)) - 31, 32):
        if raw[at] == 0x0D:
            break
        yield raw[at : at + 11].split(b"\0")[0]
        length = raw[at + 16]
        if raw[at + 11 : at + 12] == b"C":
            columns.append((start, length))
        start += length
    if not width or start > width:
        return
    rows = np.frombuffer(raw, np.uint8, offset=min(head, len(raw)))
    rows = rows[: len(rows) // width * width].reshape(-1, width)
    for start, length in columns:
        cells = rows[:, start : start + length]
        wide = np.ascontiguousarray(cells[(cells >= MULTIPLE).any(axis=1)])
        for value in np.unique(wide.view(f"S{length}")) if len(wide) else ():
            yield bytes(value).rstrip(b" ")


def _fits(values: list[bytes], encoding: str) -> bool:
    """Whether all values can be read so; a character cut off by the field's width is no fault."""
    whole = False
    for value in values:
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        try:
            text = decoder.decode(value, final=False)
        except UnicodeDecodeError:
            return False
        whole = whole or not text.isascii()
    return whole or all(value.isascii() for value in values)
