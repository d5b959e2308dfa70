"""What leaves the program: map sheets as PNG or PDF, the ledger of outfalls as a workbook."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from gisapp import __version__
from gisapp.io.map_file import write_file
from gisapp.io.workbook import Cell, CellKind, Column, Sheet, write_workbook
from gisapp.model.crs import CGCS2000
from gisapp.model.crs import title as crs_title
from gisapp.model.errors import ParameterError, ProjectError
from gisapp.model.features import FeatureId, plain
from gisapp.model.field import Field, FieldKind
from gisapp.model.layer import Layer, LayerId
from gisapp.model.page import Page
from gisapp.model.progress import Part, Progress, Silent
from gisapp.model.project import Project
from gisapp.model.style import Style
from gisapp.model.survey import OUTFALL_TABLE
from gisapp.model.table import FeatureTable
from gisapp.model.text import language, tr
from gisapp.render.camera import Camera
from gisapp.render.canvas import Canvas, Press
from gisapp.render.page import paint_page, sheet_camera, sheet_of
from gisapp.render.request import Data, Painter, RenderRequest

PDF_RESOLUTION = 300.0  # dots an inch, of the rasters in a PDF; lines and text have none
MAKER = f"gisapp {__version__}"
PHOTOS = 4  # columns for photos in the ledger


def export_map(
    project: Project,
    page: Page,
    path: Path,
    *,
    camera: Camera,
    data: Mapping[LayerId, Data],
    painters: Mapping[type[Style], Painter],
    press: Press,
    dots_per_inch: float = PDF_RESOLUTION,
    sources: Sequence[str] = (),
    progress: Progress | None = None,
) -> tuple[str, ...]:
    """Write the sheet as PDF or PNG, whichever the name ends with.

    The map shows `page.extent`, or else what `camera` shows, at a round scale. The same input
    gives the same bytes. Returns the names of visible layers left out for want of data.
    Raises ParameterError, WriteError, Cancelled; then nothing is written.
    """
    progress = progress or Silent()
    suffix = path.suffix.lower()
    if suffix not in (".pdf", ".png"):
        raise ParameterError(
            tr("{file}: a map is written as PDF or PNG").format(file=path.name),
            hint=tr("Give a name that ends in .pdf or .png."),
        )
    view = sheet_camera(page, replace(camera, crs=project.crs), dots_per_inch)
    layers = tuple(layer for layer in project.layers if layer.visible)
    request = RenderRequest(view, layers, data, painters)
    makers = _get_base_maps(layers, data, view, Part(progress, 0.0, 0.1))

    def draw(canvas: Canvas) -> None:
        paint_page(
            page,
            request,
            canvas,
            Part(progress, 0.1, 0.9),
            dots_per_inch=dots_per_inch,
            sources=tuple(dict.fromkeys((*sources, *makers))),
            maker=MAKER,
        )

    if suffix == ".pdf":
        content = press.pdf(page.size_mm, dots_per_inch, draw)
    else:
        content = press.png(sheet_of(page, dots_per_inch).size, dots_per_inch, draw)
    progress.report(0.95, path.name)
    write_file(path, content)
    return tuple(layer.name for layer in layers if layer.id not in data)


def _get_base_maps(
    layers: Sequence[Layer], data: Mapping[LayerId, Data], view: Camera, progress: Progress
) -> list[str]:
    """A page does not come again when more tiles are there: wait for them. Who made the maps."""
    makers = []
    for layer in layers:
        found = data.get(layer.id)
        fetch = getattr(found, "fetch", None)
        if fetch is not None:
            fetch(view.grid, progress)
        makers.append(str(getattr(found, "attribution", "")))
    return [one for one in makers if one]


@dataclass(frozen=True)
class _Entry:
    """A column of the ledger: its heading and where its values come from."""

    column: Column
    values: Callable[[], Sequence[Cell]]


# The order of a ledger of outfalls into rivers; fields that are not named here follow.
_ORDER = (
    "code_national",
    "code_local",
    "name",
    "kind",
    "county",
    "",  # longitude and latitude
    "river",
    "bank",
    "category",
    "outlet_mode",
    "drainage",
    "discharging",
    "flow_value",
    "flow_unit",
    "water_temp_c",
    "ph",
    "conductivity_us_cm",
    "cod_mg_l",
    "nh3n_mg_l",
    "tp_mg_l",
    "tn_mg_l",
    "monitored_at",
    "receiving_reach",
    "distance_to_mouth_m",
    "responsible_party",
    "permit_no",
    "deadline",
    "state",
    "found_by",
)
_LAST = ("remark", "photos")


def export_ledger(
    project: Project,
    path: Path,
    *,
    table: str = "",
    only: Iterable[FeatureId] | None = None,
    filter_text: str = "",
    made_on: str = "",
    progress: Progress | None = None,
) -> int:
    """Write the ledger of outfalls as XLSX, in the user's language; returns the rows written.

    `only` chooses features (then say how in `filter_text`), `made_on` is the date it states.
    The same input gives the same bytes. Raises ProjectError, ParameterError, WriteError,
    Cancelled; then nothing is written.
    """
    progress = progress or Silent()
    if path.suffix.lower() != ".xlsx":
        raise ParameterError(
            tr("{file}: a ledger is written as XLSX").format(file=path.name),
            hint=tr("Give a name that ends in .xlsx."),
        )
    features = _table(project, table)
    numbers = _chosen(features, only)
    entries = _entries(features, numbers)
    columns = tuple(entry.column for entry in entries)
    rows = list(zip(*(entry.values() for entry in entries), strict=True))
    ledger = Sheet(tr("Ledger"), columns, rows, frozen=4)
    facts = _facts(project, features, len(rows), filter_text, made_on)
    about = Sheet(tr("About"), (Column(tr("What"), width=26), Column(tr("Value"), width=70)), facts)
    about = replace(about, filtered=False)
    write_workbook(path, (ledger, about), progress, title=project.title)
    return len(rows)


def _table(project: Project, name: str) -> FeatureTable:
    layer = project.layer_of_role("outfalls")
    found = project.tables.get(name) if name else None
    if not name:
        found = (project.table_of(layer) if layer else None) or project.tables.get(OUTFALL_TABLE)
    if found is None:
        raise ProjectError(
            tr("The project has no table {name}").format(name=name or OUTFALL_TABLE),
            hint=tr("Open a project with an outfall survey, or import outfalls first."),
        )
    return found


def _chosen(features: FeatureTable, only: Iterable[FeatureId] | None) -> Any:
    if only is None:
        return np.arange(len(features))
    wanted = frozenset(only)
    return np.array([n for n, fid in enumerate(features.ids) if fid in wanted], np.int64)


def _entries(features: FeatureTable, numbers: Any) -> list[_Entry]:
    fields = {field.name: field for field in features.fields}
    rest = [name for name in fields if name not in _ORDER and name not in _LAST]
    entries = [_Entry(Column(tr("No."), "integer"), lambda: range(1, len(numbers) + 1))]
    for name in (*_ORDER, *rest, *_LAST):
        if not name:
            entries += _places(features, numbers)
        elif name in fields and fields[name].kind == "list":
            entries += _photos(features, fields[name], numbers)
        elif name in fields:
            entries.append(_entry(features, fields[name], numbers))
    return entries


_KINDS: dict[FieldKind, CellKind] = {"integer": "integer", "real": "real", "date": "date"}


def _entry(features: FeatureTable, field: Field, numbers: Any) -> _Entry:
    heading = f"{field.caption} ({field.unit})" if field.unit else field.caption
    note = tr("Defined in {standard}").format(standard=field.clause) if field.clause else ""
    column = Column(heading, _KINDS.get(field.kind, "text"), note)

    def values() -> list[Cell]:
        return [_cell(field, plain(value)) for value in features.column(field.name)[numbers]]

    return _Entry(column, values)


def _cell(field: Field, value: Any) -> Cell:
    """As Excel should hold it: codes stay text, numbers and dates can be reckoned with."""
    if value is None or value == "":
        return None
    if field.kind == "boolean":
        return tr("yes") if value else tr("no")
    if field.kind in ("integer", "real") and isinstance(value, int | float):
        return value if math.isfinite(value) else None
    if field.kind == "date":
        try:
            return date.fromisoformat(str(value)[:10])
        except ValueError:
            return str(value)
    return field.shown(value)


def _places(features: FeatureTable, numbers: Any) -> list[_Entry]:
    def along(axis: int) -> Callable[[], Sequence[Cell]]:
        def values() -> list[Cell]:
            degrees = features.shapes_in(CGCS2000).coords[numbers, axis].tolist()
            return [round(value, 6) if math.isfinite(value) else None for value in degrees]

        return values

    note = tr("Decimal degrees, CGCS2000 (EPSG:4490)")
    return [
        _Entry(Column(tr("Longitude (°)"), "degrees", note), along(0)),
        _Entry(Column(tr("Latitude (°)"), "degrees", note), along(1)),
    ]


def _photos(features: FeatureTable, field: Field, numbers: Any) -> list[_Entry]:
    """The names of the first photos, a column each."""

    def number(which: int) -> Callable[[], Sequence[Cell]]:
        def values() -> list[Cell]:
            lists = [plain_list(value) for value in features.column(field.name)[numbers]]
            return [names[which] if which < len(names) else None for names in lists]

        return values

    return [
        _Entry(Column(f"{field.caption} {which + 1}", width=16), number(which))
        for which in range(PHOTOS)
    ]


def plain_list(value: Any) -> list[str]:
    """The texts of a list field, however it is held."""
    if isinstance(value, str):
        value = json.loads(value) if value.startswith("[") else [value] if value else []
    return [str(part) for part in value] if isinstance(value, list | tuple) else []


def _facts(
    project: Project, features: FeatureTable, count: int, filter_text: str, made_on: str
) -> list[tuple[Cell, Cell]]:
    return [
        (tr("Project"), project.title or tr("(no title)")),
        (tr("Rows"), str(count)),
        (tr("Rows in the table"), str(len(features))),
        (tr("Filter"), filter_text or tr("none")),
        (tr("Date"), made_on or tr("not stated")),
        (tr("Places"), tr("Decimal degrees, CGCS2000 (EPSG:4490)")),
        (tr("Stored in"), crs_title(features.crs)),
        (tr("Language"), language()),
        (tr("Made with"), MAKER),
    ]
