"""What a dropped file is: which reader takes it, which layers it holds and how they are drawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gisapp.io import csv_points, geoparquet, raster, vector
from gisapp.io.csv_table import read_table
from gisapp.io.gathered import MissingCrsError
from gisapp.io.safe_path import existing_file, format_of
from gisapp.model.crs import CGCS2000
from gisapp.model.errors import ReadError
from gisapp.model.layer import Source
from gisapp.model.text import tr

SIDE_FILES = (".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qmd")
DataKind = Literal["point", "line", "area", "values", "picture", "table"]


@dataclass(frozen=True, slots=True)
class Found:
    """One layer that could be made. crs: empty when the file has none; count: -1 not known."""

    source: Source
    kind: DataKind
    name: str
    crs: str = ""
    count: int = -1


def sniff(path: Path | str) -> list[Found]:
    """Everything in the file that can become a layer. Raises ReadError when it is nothing known.

    For a part of a shapefile (.dbf, .prj, ...) the shapefile itself is looked at.
    """
    file = existing_file(path)
    main = file.with_suffix(".shp")
    if file.suffix.lower() in SIDE_FILES and main.is_file():
        file = main
    name = format_of(file)
    if name in raster.DRIVERS:
        return [_raster(file)]
    if name == "csv":
        table = read_table(file, lambda row: csv_points.columns_of_place(row) is not None)
        place = csv_points.columns_of_place(table.names)
        kind: DataKind = "point" if place else "table"
        return [Found(_source(name, file), kind, file.stem, "", len(table))]
    if name == "geoparquet":
        info = geoparquet.info(file)
        return [Found(_source(name, file), _kind(info.kind), info.name, info.crs, info.count)]
    if name in vector.DRIVERS:
        reader = "kml" if name == "kmz" else name
        layers = vector.list_layers(file)
        several = len(layers) > 1
        return [
            Found(
                _source(reader, file, layer=info.name if several else ""),
                _kind(info.kind),
                info.name if several else file.stem,
                info.crs,
                info.count,
            )
            for info in layers
        ]
    raise ReadError(
        tr("{file} is not a file this program knows").format(file=file.name),
        hint=tr(
            "Known are GeoTIFF, GeoPackage, Shapefile (.shp), GeoJSON, FlatGeobuf, KML, KMZ, CSV "
            "and GeoParquet."
        ),
    )


def sniff_all(paths: Iterable[Path | str]) -> tuple[list[Found], list[ReadError]]:
    """What several files dropped together hold, each layer once, and what was wrong with others."""
    found: list[Found] = []
    wrong = []
    for path in paths:
        try:
            found += [f for f in sniff(path) if f not in found]
        except ReadError as error:
            wrong.append(error)
    return found, wrong


def _raster(file: Path) -> Found:
    try:
        grid = raster.open_raster(file)
        crs = grid.crs
    except MissingCrsError:
        grid = raster.open_raster(file, options={"crs": CGCS2000})
        crs = ""
    kind: DataKind = "picture" if grid.is_picture else "values"
    grid.close()
    return Found(_source("geotiff", file), kind, file.stem, crs)


def _source(reader: str, file: Path, **options: str) -> Source:
    return Source(reader, str(file), tuple((k, v) for k, v in options.items() if v))


def _kind(text: str) -> DataKind:
    kinds: dict[str, DataKind] = {"point": "point", "line": "line", "area": "area"}
    return kinds.get(text, "table")
