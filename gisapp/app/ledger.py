"""The ledger of outfalls as a workbook, by a template or with every field there is."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp import __version__
from gisapp.app.place_columns import PlaceColumns, Placing, place_columns, system_of
from gisapp.io.workbook import Cell, CellKind, Column, Columnar, Sheet, write_workbook
from gisapp.model.crs import CGCS2000
from gisapp.model.crs import title as crs_title
from gisapp.model.errors import ParameterError, ProjectError
from gisapp.model.features import FeatureId, plain
from gisapp.model.field import Field, FieldKind
from gisapp.model.ledger_template import LedgerColumn, LedgerTemplate, private_fields
from gisapp.model.outfall_record import DATES, DECIDING
from gisapp.model.progress import Progress, Silent
from gisapp.model.project import Project
from gisapp.model.survey import OUTFALL_ID, OUTFALL_TABLE, SOURCES, class_levels
from gisapp.model.table import FeatureTable
from gisapp.model.text import language, tr
from gisapp.model.workflow import scheme_of

MAKER = f"gisapp {__version__}"
PHOTOS = 4  # columns for photos in the ledger
Values = Callable[[int, int], Sequence[Cell]]
_KINDS: dict[FieldKind, CellKind] = {"integer": "integer", "real": "real", "date": "date"}

# The order of a ledger without a template; fields that are not named here follow.
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
    template: LedgerTemplate | None = None,
    placing: Placing | None = None,
) -> int:
    """Write the ledger of outfalls as XLSX, in the user's language; returns the rows written.

    `only` chooses features (then say how in `filter_text`), `made_on` is the date it states.
    Without a template every field is a column. The same input gives the same bytes. Raises
    ProjectError, ParameterError, WriteError, Cancelled; then nothing is written.
    """
    progress = progress or Silent()
    placing = placing or Placing()
    if path.suffix.lower() != ".xlsx":
        raise ParameterError(
            tr("{file}: a ledger is written as XLSX").format(file=path.name),
            hint=tr("Give a name that ends in .xlsx."),
        )
    features = outfall_table(project, table)
    rows = LedgerRows(project, features, _chosen(features, only), placing)
    entries = rows.by_template(template) if template is not None else rows.every_field()
    columns = tuple(column for column, _ in entries)
    content = Columnar(len(rows.numbers), tuple(values for _, values in entries))
    frozen = template.frozen if template is not None else 4
    ledger = Sheet(tr("Ledger"), columns, content, frozen=min(frozen, len(columns)))
    facts = _facts(project, features, len(content), filter_text, made_on, placing)
    about = Sheet(tr("About"), (Column(tr("What"), width=26), Column(tr("Value"), width=70)), facts)
    about = replace(about, filtered=False)
    write_workbook(path, (ledger, about), progress, title=project.title)
    return len(content)


def outfall_table(project: Project, name: str = "") -> FeatureTable:
    """The table of that name, else that of the outfalls. Raises ProjectError."""
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


@dataclass(frozen=True, eq=False)
class LedgerRows:
    """Where the columns of a ledger get their values, some rows at a time."""

    project: Project
    features: FeatureTable
    numbers: npt.NDArray[np.int64]
    placing: Placing = field(default_factory=Placing)

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        return {f.name: f for f in self.features.fields}

    @cached_property
    def places(self) -> PlaceColumns:
        return place_columns(self.features, self.numbers, self.placing)

    @cached_property
    def hidden(self) -> frozenset[str]:
        return private_fields() if self.placing.public else frozenset()

    def by_template(self, template: LedgerTemplate) -> list[tuple[Column, Values]]:
        """Columns in its order; fields the project does not have stay empty."""
        entries = [self._entry(column) for column in template.columns]
        return [entry for entry in entries if entry is not None]

    def every_field(self) -> list[tuple[Column, Values]]:
        """Every field of the table, the known ones in the usual order."""
        rest = [name for name in self.fields if name not in _ORDER and name not in _LAST]
        entries: list[tuple[Column, Values]] = [self._number(tr("No."))]
        for name in (*_ORDER, *rest, *_LAST):
            if not name:
                entries += [self._place(0, ""), self._place(1, "")]
            elif name in self.hidden or name not in self.fields:
                continue
            elif self.fields[name].kind == "list":
                caption = self.fields[name].caption
                entries += [
                    self._photo(f"{caption} {which + 1}", name, which) for which in range(PHOTOS)
                ]
            else:
                entries.append(self._own(self.fields[name], ""))
        return entries

    def _entry(self, column: LedgerColumn) -> tuple[Column, Values] | None:
        source, heading = column.source, column.heading
        table, _, name = source.rpartition(".")
        if name in self.hidden or (table == "photo" and "photos" in self.hidden):
            return None
        if source == "number":
            return self._number(heading or tr("No."))
        if source in ("longitude", "latitude"):
            plain_words = heading if self.placing.notation != "metres" else ""
            return self._place(("longitude", "latitude").index(source), plain_words)
        if table == "class":
            return self._class(heading, int(name) - 1)
        if table == "photo":
            return self._photo(heading, "photos", int(name) - 1)
        if table == "done":
            return self._done(heading, name)
        if table and table != OUTFALL_TABLE:
            return self._related(heading, table, name)
        if name in self.fields:
            return self._own(self.fields[name], heading)
        return Column(heading or name), lambda first, last: [None] * (last - first)

    def _number(self, heading: str) -> tuple[Column, Values]:
        return Column(heading, "integer"), lambda first, last: range(first + 1, last + 1)

    def _place(self, axis: int, heading: str) -> tuple[Column, Values]:
        places = self.places
        kind: CellKind = {"degrees": "degrees", "metres": "metres", "text": "text"}[places.kind]  # type: ignore[assignment]
        return Column(heading or places.headings[axis], kind, places.note), places.values[axis]

    def _own(self, field: Field, heading: str) -> tuple[Column, Values]:
        column = self.features.column(field.name)

        def values(first: int, last: int) -> Sequence[Cell]:
            return cells(field, column[self.numbers[first:last]])

        return _column(field, heading), values

    def _related(self, heading: str, table: str, name: str) -> tuple[Column, Values] | None:
        kept = self.project.tables.get(table)
        found = next((f for f in kept.fields if f.name == name), None) if kept else None
        if kept is None or found is None:
            return Column(heading or name), lambda first, last: [None] * (last - first)
        rows, column = self._deciding(table), kept.column(name)

        def values(first: int, last: int) -> Sequence[Cell]:
            some = rows[first:last]
            told = cells(found, column[np.maximum(some, 0)]) if len(column) else [None] * len(some)
            return [value if row >= 0 else None for value, row in zip(told, some, strict=True)]

        return _column(found, heading), values

    def _class(self, heading: str, level: int) -> tuple[Column, Values]:
        def known(value: Any) -> Cell:
            levels = class_levels(str(value)) if value else None
            return levels[level] if levels else (str(value) if value and level == 2 else None)

        return Column(heading), self._made_of("category", known)

    def _photo(self, heading: str, name: str, which: int) -> tuple[Column, Values]:
        def one(value: Any) -> Cell:
            names = plain_list(value)
            return names[which] if which < len(names) else None

        return Column(heading, width=16), self._made_of(name, one)

    def _done(self, heading: str, task: str) -> tuple[Column, Values]:
        done = {s.id for s in scheme_of(self.project).states if task in s.done}
        yes, no = tr("yes"), tr("no")
        return Column(heading), self._made_of("state", lambda value: yes if value in done else no)

    def _made_of(self, name: str, make: Callable[[Any], Cell]) -> Values:
        """Of a field with few different values, or short lists."""
        if name not in self.fields:
            return lambda first, last: [None] * (last - first)
        column = self.features.column(name)

        def values(first: int, last: int) -> Sequence[Cell]:
            return [make(value) for value in column[self.numbers[first:last]].tolist()]

        return values

    @cached_property
    def _rows(self) -> dict[str, npt.NDArray[np.int64]]:
        return {}

    def _deciding(self, table: str) -> npt.NDArray[np.int64]:
        if table not in self._rows:
            found = deciding_rows(self.project.tables[table], self.features)
            self._rows[table] = found[self.numbers]
        return self._rows[table]


def deciding_rows(table: FeatureTable, outfalls: FeatureTable) -> npt.NDArray[np.int64]:
    """For each outfall the number of the related row that decides, -1 for none: the newest that
    says anything, of sources the primary one; as `outfall_record.deciding_row`, for all at once."""
    out = np.full(len(outfalls), -1, np.int64)
    owners = outfalls.numbers_of(table.column(OUTFALL_ID).tolist())
    rows = np.flatnonzero(owners >= 0)
    names = {f.name for f in table.fields}
    days = np.zeros(len(table), np.int64)
    when = DATES.get(table.name, "")
    if when in names:
        texts = ["" if v is None else str(v) for v in table.column(when).tolist()]
        days = np.unique(np.array(texts, object).astype(str), return_inverse=True)[1].reshape(-1)
    says = np.zeros(len(table), bool)
    for name in DECIDING.get(table.name, ()):
        if name in names:
            told = (v not in (None, "") and v == v for v in table.column(name).tolist())
            says |= np.fromiter(told, bool, len(table))
    first = np.zeros(len(table), bool)
    if table.name == SOURCES and "role" in names:
        first = table.column("role") == "主要"
    order = np.lexsort((rows, days[rows], first[rows], says[rows], owners[rows]))
    out[owners[rows][order]] = rows[order]  # of an outfall's rows the last stays
    return out


def cells(field: Field, values: npt.NDArray[Any]) -> list[Cell]:
    """As Excel should hold them: codes stay text, numbers and dates can be reckoned with."""
    listed = values.tolist()
    if field.kind == "real" and values.dtype == np.float64:
        return [value if math.isfinite(value) else None for value in listed]
    known: dict[Any, Cell] = {}
    out: list[Cell] = []
    for value in listed:
        try:
            out.append(known[value])
        except KeyError:
            known[value] = made = cell(field, plain(value))
            out.append(made)
    return out


def cell(field: Field, value: Any) -> Cell:
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
    if field.kind == "list":
        return "; ".join(plain_list(value)) or None
    return field.shown(value)


def _column(field: Field, heading: str) -> Column:
    usual = f"{field.caption} ({field.unit})" if field.unit else field.caption
    note = tr("Defined in {standard}").format(standard=field.clause) if field.clause else ""
    return Column(heading or usual, _KINDS.get(field.kind, "text"), note)


def plain_list(value: Any) -> list[str]:
    """The texts of a list field, however it is held."""
    if isinstance(value, str):
        value = json.loads(value) if value.startswith("[") else [value] if value else []
    return [str(part) for part in value] if isinstance(value, list | tuple) else []


def _facts(
    project: Project,
    features: FeatureTable,
    count: int,
    filter_text: str,
    made_on: str,
    placing: Placing,
) -> list[tuple[Cell, Cell]]:
    system = system_of(features, placing)
    places = tr("Decimal degrees, CGCS2000 (EPSG:4490)")
    if placing != Placing() or system != CGCS2000:
        places = place_columns(features, np.empty(0, np.int64), placing).note
    return [
        (tr("Project"), project.title or tr("(no title)")),
        (tr("Rows"), str(count)),
        (tr("Rows in the table"), str(len(features))),
        (tr("Filter"), filter_text or tr("none")),
        (tr("Date"), made_on or tr("not stated")),
        (tr("Places"), places),
        (tr("Stored in"), crs_title(features.crs)),
        (tr("Language"), language()),
        (tr("Made with"), MAKER),
    ]
