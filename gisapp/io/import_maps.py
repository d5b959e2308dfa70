"""Maps and tracks as sheets of text with their places: what GDAL reads, and waypoints of GPX."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import numpy as np
from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import parse  # type: ignore[import-untyped]

from gisapp.io import vector
from gisapp.io.import_cells import RawSheet, Texts, cell_text, texts_of
from gisapp.model.errors import ReadError
from gisapp.model.progress import Progress
from gisapp.model.text import tr


def read_gpx(path: Path, progress: Progress) -> tuple[tuple[str, ...], RawSheet]:
    """The waypoints of a GPX file."""
    try:
        root = parse(path).getroot()
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise ReadError(
            tr("{file} cannot be read: {reason}").format(file=path.name, reason=error),
            hint=tr("It may be damaged or incomplete. Copy or export it again."),
        ) from error
    points = [e for e in root.iter() if e.tag.rpartition("}")[2] == "wpt"]
    rows = [
        {c.tag.rpartition("}")[2]: (c.text or "").strip() for c in point if c.text}
        for point in points
    ]
    names = tuple(dict.fromkeys(name for row in rows for name in row))
    places = np.array([[p.get("lon"), p.get("lat")] for p in points], np.float64).reshape(-1, 2)
    columns = tuple(texts_of([row.get(name, "") for row in rows]) for name in names)
    numbers = np.arange(1, len(rows) + 1, dtype=np.int64)
    progress.report(0.4)
    if not rows:
        raise ReadError(
            tr("{file} holds no waypoints").format(file=path.name),
            hint=tr("A track says where somebody walked; points are saved as waypoints."),
        )
    return ("wpt",), RawSheet("wpt", columns, numbers, names=names, places=places, crs="EPSG:4326")


def read_map(
    path: Path, layer: str, encoding: str, progress: Progress
) -> tuple[tuple[str, ...], RawSheet]:
    listed = vector.list_layers(path)
    points = [one for one in listed if one.kind == "point"] or list(listed)
    chosen = layer or (max(points, key=lambda one: one.count).name if points else "")
    options = {"layer": chosen} if chosen and len(listed) > 1 else {}
    if encoding:
        options["encoding"] = encoding
    found = vector.gather(path, options, progress)
    shapes = found.collector.shapes()
    count = len(found.ids)
    places = np.full((count, 2), np.nan)
    if len(shapes.owner):
        owner, at = np.unique(shapes.owner, return_index=True)
        if shapes.kind == "point":
            places[owner] = shapes.coords[shapes.starts[at]]
        else:  # the middle of what a line or an area takes up
            boxes = shapes.boxes[at]
            places[owner] = (boxes[:, :2] + boxes[:, 2:]) / 2
    names = [field.name for field in found.fields]
    columns = [_as_texts(found.columns, name) for name in names]
    if path.suffix.lower() in (".kml", ".kmz"):
        names, columns = _with_descriptions(names, columns)
    notes = tuple(found.warnings)
    numbers = np.arange(1, count + 1, dtype=np.int64)
    sheet = RawSheet(
        chosen or path.stem, tuple(columns), numbers, names=tuple(names),
        places=places, crs=found.crs, notes=notes,
    )  # fmt: skip
    return tuple(one.name for one in points), sheet


def _as_texts(columns: Any, name: str) -> Texts:
    values = np.asarray(columns[name])
    if values.dtype.kind == "f":
        return texts_of(["" if v != v else cell_text(v) for v in values.tolist()])
    return texts_of([cell_text(v) for v in values.tolist()])


_PAIR = re.compile(r"^\s*([^:：<>\n]{1,20})[:：]\s*(.*?)\s*$", re.MULTILINE)


class _Cells(HTMLParser):
    """The cells of the tables in a description, row by row; other text by lines."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.text: list[str] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            if not self.rows:
                self.rows.append([])
            self.rows[-1].append("")
            self._open = True
        elif tag in ("br", "p", "div"):
            self.text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.rows[-1][-1] += data.strip()
        else:
            self.text.append(data)


def description_values(text: str) -> dict[str, str]:
    """What a KML description says, by name: a table of two columns, or lines `name: value`."""
    cells = _Cells()
    cells.feed(text)
    rows = [row for row in cells.rows if len(row) == 2 and row[0]]
    if rows:
        return {row[0].rstrip(":："): row[1] for row in rows}
    return {m[1].strip(): m[2] for m in _PAIR.finditer("".join(cells.text)) if m[2]}


def _with_descriptions(names: list[str], columns: list[Texts]) -> tuple[list[str], list[Texts]]:
    """KML: the table in each description as columns of their own."""
    at = next((n for n, name in enumerate(names) if name.lower() == "description"), None)
    if at is None:
        return names, columns
    said = [description_values(str(text)) if text else {} for text in columns[at]]
    keys = dict.fromkeys(key for row in said for key in row)
    if not keys:
        return names, columns
    more = [key for key in keys if key not in names]
    kept = [n for n in range(len(names)) if n != at]
    return [*(names[n] for n in kept), *more], [
        *(columns[n] for n in kept),
        *(texts_of([row.get(key, "") for row in said]) for key in more),
    ]
