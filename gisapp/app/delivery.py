"""Outfalls as other offices want them: which file, which system, how places are written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gisapp.app.ledger import export_ledger, outfall_table, plain_list
from gisapp.app.place_columns import Placing, place_columns, rounded, system_of
from gisapp.io.delivery import (
    DeliveryTable,
    column_names,
    names_path,
    write_csv,
    write_kml,
    write_layer,
    write_shapefile,
)
from gisapp.io.delivery_place import delivered_files
from gisapp.io.photo_files import photo_path
from gisapp.model.crs import is_geographic
from gisapp.model.errors import GisError, ParameterError
from gisapp.model.features import FeatureId
from gisapp.model.ledger_template import LedgerColumn, LedgerTemplate, private_fields
from gisapp.model.progress import Progress, Silent
from gisapp.model.project import Project
from gisapp.model.saved_delivery import DeliveryColumn
from gisapp.model.text import tr

ENDINGS = (".xlsx", ".shp", ".gpkg", ".geojson", ".fgb", ".kml", ".kmz", ".csv")
_WGS84 = "EPSG:4326"
_KINDS = ("boolean", "date", "list")
_NAMED = 3


@dataclass(frozen=True, slots=True)
class DeliveryOptions:
    """`encoding` is of a Shapefile; `titles`: headings of a CSV in the user's words; `columns`:
    the fields that go out and their names there, empty: all of them by their own."""

    placing: Placing = field(default_factory=Placing)
    encoding: str = "utf-8"
    titles: bool = False
    date: str = ""
    template: LedgerTemplate | None = None  # of an XLSX
    filter_text: str = ""
    columns: tuple[DeliveryColumn, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivered:
    """`warnings`: values that were lost; `notes`: what is another name or type in the file."""

    rows: int
    crs: str
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()


def deliver(
    project: Project,
    path: Path,
    options: DeliveryOptions | None = None,
    *,
    folder: Path | None = None,
    only: Iterable[FeatureId] | None = None,
    progress: Progress | None = None,
) -> Delivered:
    """Write the outfalls, the kind of file by its ending. `folder` is the project's, for photos.

    KML, KMZ and GeoJSON are always longitude and latitude. Raises ParameterError, ProjectError,
    WriteError, Cancelled; then nothing is written.
    """
    options, progress = options or DeliveryOptions(), progress or Silent()
    suffix = path.suffix.lower()
    if suffix not in ENDINGS:
        raise ParameterError(
            tr("{file}: no kind of delivery has this ending").format(file=path.name),
            hint=tr("Endings: {endings}").format(endings=", ".join(ENDINGS)),
        )
    if suffix == ".xlsx":
        template = options.template or _template(project, options.columns)
        rows = export_ledger(
            project, path, only=only, template=template, placing=options.placing,
            made_on=options.date, filter_text=options.filter_text, progress=progress,
        )  # fmt: skip
        crs = system_of(outfall_table(project), options.placing)
        return Delivered(rows, crs, files=(path,))
    table = delivery_table(project, options, suffix, only)
    progress.report(0.3)
    warnings: tuple[str, ...] = ()
    if suffix == ".shp":
        warnings = write_shapefile(table, path, options.encoding, progress)
    elif suffix == ".csv":
        features = table.features()
        exact = Placing(options.placing.notation, table.crs, options.placing.public)
        places = place_columns(features, np.arange(len(table)), exact)
        listed = {
            heading: values(0, len(table))
            for heading, values in zip(places.headings, places.values, strict=True)
        }
        write_csv(table, path, listed, titles=options.titles)
    elif suffix in (".kml", ".kmz"):
        photos = _photos(project, table, folder) if suffix == ".kmz" else {}
        if options.placing.public:
            photos = {}
        warnings = write_kml(table, path, photos)
    else:
        write_layer(table, path, progress, options.date)
    notes = delivery_notes(table, path, options.encoding)
    return Delivered(len(table), table.crs, warnings, notes, delivered_files(path))


def delivery_table(
    project: Project, options: DeliveryOptions, suffix: str, only: Iterable[FeatureId] | None
) -> DeliveryTable:
    """The chosen outfalls with the fields that may leave."""
    features = outfall_table(project)
    numbers = np.arange(len(features))
    if only is not None:
        wanted = frozenset(only)
        numbers = np.array([n for n, fid in enumerate(features.ids) if fid in wanted], np.int64)
    crs = _WGS84 if suffix in (".kml", ".kmz", ".geojson") else system_of(features, options.placing)
    if options.placing.notation == "dms" and not is_geographic(crs):
        raise ParameterError(
            tr("Degrees, minutes and seconds need a system in degrees"),
            hint=tr("Leave out the system, or choose EPSG:4490."),
        )
    coords = features.shapes_in(crs).coords[numbers]
    hidden: frozenset[str] = frozenset()
    if options.placing.public:
        coords, hidden = rounded(coords, crs), private_fields()
    wanted_columns = options.columns or tuple(DeliveryColumn(f.name) for f in features.fields)
    known = {f.name: f for f in features.fields}
    listed = [c for c in wanted_columns if c.field in known and c.field not in hidden]
    fields = tuple(known[c.field] for c in listed)
    columns = tuple(features.column(f.name)[numbers] for f in fields)
    name = project.title or tr("Outfalls")
    names = tuple(c.name for c in listed)
    return DeliveryTable(name, crs, features.ids[numbers], fields, columns, coords, names)


def _template(project: Project, columns: tuple[DeliveryColumn, ...]) -> LedgerTemplate | None:
    """Chosen fields as a template of a workbook: number, fields, place; None for every field."""
    if not columns:
        return None
    known = {f.name: f for f in outfall_table(project).fields}
    asked = [c for c in columns if c.field in known]
    listed = (
        LedgerColumn("number"),
        *(LedgerColumn(c.field, c.name, c.name) for c in asked),
        LedgerColumn("longitude"),
        LedgerColumn("latitude"),
    )
    return LedgerTemplate("chosen", "", "", listed, frozen=2)


def delivery_notes(table: DeliveryTable, path: Path, encoding: str) -> tuple[str, ...]:
    """What is another name or another type in the file than in the project."""
    suffix, notes = path.suffix.lower(), []
    if suffix == ".shp":
        names = column_names(table, encoding)
        cut = [(whole, names[f.name]) for f, whole in zip(table.fields, table.headings, strict=True)
               if names[f.name] != whole]  # fmt: skip
        if cut:
            words = tr("{n} names are shorter, such as {whole} → {short}; all are in {file}")
            whole, short = cut[0]
            notes.append(
                words.format(n=len(cut), whole=whole, short=short, file=names_path(path).name)
            )
    kinds = {kind: [f.caption for f in table.fields if f.kind == kind] for kind in _KINDS}
    told = {
        "boolean": tr("Yes and no are 1 and 0: {fields}"),
        "date": tr("Dates are text (YYYY-MM-DD): {fields}"),
        "list": tr("Lists are text: {fields}"),
    }
    if suffix == ".csv":
        notes.append(tr("A CSV knows no types: codes of digits may lose their zeros in Excel"))
        told.pop("date")
    for kind, words in told.items():
        if kinds[kind]:
            more = " …" if len(kinds[kind]) > _NAMED else ""
            notes.append(words.format(fields=", ".join(kinds[kind][:_NAMED]) + more))
    return tuple(notes)


def _photos(
    project: Project, table: DeliveryTable, folder: Path | None
) -> dict[str, list[tuple[str, Path]]]:
    at = next((n for n, f in enumerate(table.fields) if f.name == "photos"), None)
    if folder is None or at is None:
        return {}
    found: dict[str, list[tuple[str, Path]]] = {}
    for fid, value in zip(table.ids.tolist(), table.columns[at].tolist(), strict=True):
        for name in plain_list(value):
            try:
                found.setdefault(fid, []).append((name, photo_path(folder, name)))
            except GisError:
                continue  # a name that is none of ours leads nowhere
    return found
