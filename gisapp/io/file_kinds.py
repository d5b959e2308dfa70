"""What a dropped file is: which reader takes it, which layers it holds and how they are drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gisapp.io import csv_points, geoparquet, mosaic, raster, vector
from gisapp.io.csv_table import read_table
from gisapp.io.frame_options import not_placed
from gisapp.io.gathered import MissingCrsError
from gisapp.io.mosaic_members import PATTERNS, files_of
from gisapp.io.raster_vrt import is_mosaic
from gisapp.io.safe_path import existing_file, format_of
from gisapp.io.thermal_image import thermal_verdict
from gisapp.io.tile_decoding import tile_format
from gisapp.model.crs import CGCS2000
from gisapp.model.errors import ReadError
from gisapp.model.layer import Source
from gisapp.model.progress import Silent
from gisapp.model.text import tr

SIDE_FILES = (".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qmd")
MOSAIC = "mosaic"
MANY = 12  # GeoTIFFs of one folder, added together, are meant as one layer
Raster = raster.GridFile | mosaic.MosaicFile
DataKind = Literal["point", "line", "area", "values", "picture", "table"]


@dataclass(frozen=True, slots=True)
class Found:
    """One layer that could be made. crs: empty when the file has none; count: -1 not known."""

    source: Source
    kind: DataKind
    name: str
    crs: str = ""
    count: int = -1
    fields: tuple[str, ...] = ()  # names of columns, where they are known


def sniff(path: Path | str) -> list[Found]:
    """Everything in the file that can become a layer. Raises ReadError when it is nothing known.

    For a part of a shapefile (.dbf, .prj, ...) the shapefile itself is looked at.
    """
    if Path(path).is_dir():
        return [_mosaic(Path(path).absolute())]
    file = existing_file(path)
    if tiles := tile_format(file):  # no system: the map keeps the one it has
        return [Found(_source(tiles, file), "picture", file.stem)]
    main = file.with_suffix(".shp")
    if file.suffix.lower() in SIDE_FILES and main.is_file():
        file = main
    name = "vrt" if is_mosaic(file) else format_of(file)
    if name in raster.DRIVERS:
        if name == "jpeg":
            return [_picture(file)]
        return [_raster(file, "vrt" if name == "vrt" else "geotiff")]
    if name == "csv":
        table = read_table(file, lambda row: csv_points.columns_of_place(row) is not None)
        place = csv_points.columns_of_place(table.names)
        kind: DataKind = "point" if place else "table"
        return [Found(_source(name, file), kind, file.stem, "", len(table))]
    if name == "geoparquet":
        info = geoparquet.info(file)
        about = info.name, info.crs, info.count, info.fields
        return [Found(_source(name, file), _kind(info.kind), *about)]
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
                info.fields,
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
    """What several files dropped together hold, each layer once, and what was wrong with others.

    MANY GeoTIFFs or more of one folder become one layer, a mosaic.
    """
    listed = [Path(path) for path in paths]
    found: list[Found] = []
    wrong: list[ReadError] = []
    for folder, names in _mosaics(listed):
        try:
            found.append(_mosaic(folder, names))
            listed = [p for p in listed if p.absolute().parent != folder or p.name not in names]
        except ReadError:  # one by one, so that each says what is wrong with it
            continue
    for path in listed:
        try:
            found += [f for f in sniff(path) if f not in found]
        except ReadError as error:
            wrong.append(error)
    return found, wrong


def open_values(source: Source, path: Path, options: Mapping[str, str]) -> Raster:
    """A source of values as a raster. Raises ReadError."""
    if source.format == MOSAIC:
        return mosaic.open_source(path, options, Silent())
    return raster.open_raster(path, options=options)


def _mosaics(paths: list[Path]) -> list[tuple[Path, tuple[str, ...]]]:
    """Folders of which many GeoTIFFs are given, and their names."""
    named: dict[Path, list[str]] = {}
    for path in paths:
        if path.suffix.lower() in PATTERNS:
            named.setdefault(path.absolute().parent, []).append(path.name)
    return [(folder, tuple(names)) for folder, names in named.items() if len(names) >= MANY]


def _mosaic(folder: Path, names: tuple[str, ...] = ()) -> Found:
    all_names = {file.name for file in files_of(folder, {})}
    some = "" if not names or all_names == set(names) else "/".join(names)
    options = {"files": some} if some else {}
    try:
        grid = mosaic.open_source(folder, options, Silent())
        crs = grid.crs
    except MissingCrsError:
        grid = mosaic.open_source(folder, {**options, "crs": CGCS2000}, Silent())
        crs = ""
    kind: DataKind = "picture" if grid.is_picture else "values"
    grid.close()
    return Found(_source(MOSAIC, folder, **options), kind, folder.name, crs, len(grid.members))


def _picture(file: Path) -> Found:
    """A JPEG. One of a thermal camera that has no place is named as what it is."""
    try:
        return _raster(file, "geotiff")
    except ReadError as error:
        if thermal_verdict(file).verdict in ("absolute", "relative"):
            raise not_placed(file.name) from error
        raise


def _raster(file: Path, reader: str) -> Found:
    try:
        grid = raster.open_raster(file)
        crs = grid.crs
    except MissingCrsError:
        grid = raster.open_raster(file, options={"crs": CGCS2000})
        crs = ""
    kind: DataKind = "picture" if grid.is_picture else "values"
    grid.close()
    return Found(_source(reader, file), kind, file.stem, crs)


def _source(reader: str, file: Path, **options: str) -> Source:
    return Source(reader, str(file), tuple((k, v) for k, v in options.items() if v))


def _kind(text: str) -> DataKind:
    kinds: dict[str, DataKind] = {"point": "point", "line": "line", "area": "area"}
    return kinds.get(text, "table")
