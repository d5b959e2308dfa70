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
    write_csv,
    write_kml,
    write_layer,
    write_shapefile,
)
from gisapp.io.photo_files import photo_path
from gisapp.model.crs import is_geographic
from gisapp.model.errors import GisError, ParameterError
from gisapp.model.features import FeatureId
from gisapp.model.ledger_template import LedgerTemplate, private_fields
from gisapp.model.progress import Progress, Silent
from gisapp.model.project import Project
from gisapp.model.text import tr

ENDINGS = (".xlsx", ".shp", ".gpkg", ".geojson", ".fgb", ".kml", ".kmz", ".csv")
_WGS84 = "EPSG:4326"


@dataclass(frozen=True, slots=True)
class DeliveryOptions:
    """`encoding` is of a Shapefile; `titles`: headings of a CSV in the user's words."""

    placing: Placing = field(default_factory=Placing)
    encoding: str = "utf-8"
    titles: bool = False
    date: str = ""
    template: LedgerTemplate | None = None  # of an XLSX
    filter_text: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    rows: int
    crs: str
    warnings: tuple[str, ...] = ()


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
        rows = export_ledger(
            project, path, only=only, template=options.template, placing=options.placing,
            made_on=options.date, filter_text=options.filter_text, progress=progress,
        )  # fmt: skip
        return Delivered(rows, system_of(outfall_table(project), options.placing))
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
    return Delivered(len(table), table.crs, warnings)


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
    fields = tuple(f for f in features.fields if f.name not in hidden)
    columns = tuple(features.column(f.name)[numbers] for f in fields)
    name = project.title or tr("Outfalls")
    return DeliveryTable(name, crs, features.ids[numbers], fields, columns, coords)


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
