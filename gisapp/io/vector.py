"""Reading points, lines and areas from the files people bring.

Formats: GeoPackage, Shapefile, GeoJSON, FlatGeobuf, KML and KMZ through GDAL's Arrow stream,
GeoParquet and CSV in their own modules. Nothing is guessed about fields but their kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import shapely

from gisapp.io import csv_points, geoparquet
from gisapp.io.columns import fids_of, read_column
from gisapp.io.dbf_text import text_encoding
from gisapp.io.gathered import Gathered, LayerInfo, SoFar, crs_name
from gisapp.io.safe_path import existing_file, format_of, kml_bytes
from gisapp.io.shapes import ShapeCollector
from gisapp.model.columns import Columns
from gisapp.model.errors import ReadError
from gisapp.model.features import Features
from gisapp.model.progress import Progress, Silent
from gisapp.model.text import tr

DRIVERS: Mapping[str, tuple[str, ...]] = {
    "geopackage": ("GPKG",),
    "shapefile": ("ESRI Shapefile",),
    "geojson": ("GeoJSON", "GeoJSONSeq", "TopoJSON", "ESRIJSON", "JSONFG"),
    "flatgeobuf": ("FlatGeobuf",),
    "kml": ("LIBKML", "KML"),
    "kmz": ("LIBKML", "KML"),
}
FORMATS = (*DRIVERS, "csv", "geoparquet")
# Columns about how a place is shown elsewhere, not about what it is.
KML_LOOKS = frozenset(
    {"altitudeMode", "tessellate", "extrude", "visibility", "drawOrder", "icon", "snippet"}
    | {"id", "timestamp", "begin", "end"}
)
SHAPEFILE_PARTS = (".shp", ".shx", ".dbf")


def read_features(
    path: Path | str,
    *,
    layer: str | None = None,
    crs: str | None = None,
    options: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Features:
    """All features of one layer.

    `crs` says the system of the coordinates, whatever the file says. Options, all text, as kept
    in `Source.options`: layer, crs, id (column whose values become the ids), swap_axes (yes),
    strip_zone (yes), encoding, and for CSV x, y, xy, delimiter, numbers.
    Raises ReadError for anything that cannot be read, and for a file without CRS.
    """
    wanted = dict(options or {})
    if layer:
        wanted["layer"] = layer
    if crs:
        wanted["crs"] = crs
    return read_source(Path(path), wanted, progress or Silent())


def read_source(path: Path, options: Mapping[str, str], progress: Progress) -> Features:
    """As `read_features`, in the form all readers of layers have."""
    return gather(path, options, progress).features(options)


def gather(path: Path, options: Mapping[str, str], progress: Progress) -> Gathered:
    """What the file holds, before anything said in the options changes its coordinates."""
    path = existing_file(path)
    name = format_of(path)
    if name == "csv":
        return csv_points.gather(path, options, progress)
    if name == "geoparquet":
        return geoparquet.gather(path, options, progress)
    if name not in DRIVERS:
        raise ReadError(
            tr("{file} is not a file of features this program knows").format(file=path.name),
            hint=tr(
                "Known are GeoPackage, Shapefile, GeoJSON, FlatGeobuf, KML, KMZ, CSV and "
                "GeoParquet. Is the file's ending right, and is the file complete?"
            ),
        )
    return _through_gdal(path, name, options, progress)


def list_layers(path: Path | str) -> tuple[LayerInfo, ...]:
    """The layers in a file, in its order."""
    path = existing_file(path)
    name = format_of(path)
    if name == "csv":
        return (LayerInfo(path.stem, "point", -1, ""),)
    if name == "geoparquet":
        return (geoparquet.info(path),)
    if name not in DRIVERS:
        return ()
    with _opened(path, name) as source:
        import pyogrio

        return tuple(
            _info(pyogrio.read_info(source, layer=number), layer)
            for number, layer in enumerate(_layer_names(source, path))
        )


def _layer_names(source: str | bytes, path: Path) -> list[str]:
    """Names of the layers; of one that has none, the file's."""
    import pyogrio

    names = [str(layer) for layer, _ in pyogrio.list_layers(source)]
    return [path.stem if name.startswith("pyogrio_") else name for name in names]


def _info(read: Mapping[str, Any], layer: str) -> LayerInfo:
    plain = str(read["geometry_type"] or "").lower()
    kinds = {"point": "point", "line": "line", "polygon": "area", "surface": "area"}
    kind = next((kind for word, kind in kinds.items() if word in plain), "")
    kind = kind or ("point" if plain else "table")
    return LayerInfo(layer, kind, int(read["features"]), crs_name(read["crs"]), _names(read))


def _names(read: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(map(str, read["fields"]))


@contextmanager
def _opened(path: Path, name: str) -> Iterator[str | bytes]:
    """What to hand to pyogrio, after the checks; its errors become ours."""
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError

    # A GeoJSON may name its system by an address; nothing is fetched while a file is opened.
    pyogrio.set_gdal_config_options({"GDAL_HTTP_PROXY": "http://127.0.0.1:9"})
    source: str | bytes = str(path)
    if name in ("kml", "kmz"):
        source = kml_bytes(path)
    if name == "shapefile":
        _check_parts(path)
    try:
        yield source
    except (DataSourceError, DataLayerError, FeatureError, FieldError) as error:
        raise _damaged(path, error) from error
    except (shapely.errors.GEOSException, UnicodeDecodeError, RuntimeError, OSError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> ReadError:
    reason = str(error).replace(str(path), path.name).split("\n")[0][:200]
    if "malformed" in reason or "not a database" in reason:  # SQLite with its whole statement
        reason = tr("the database in it is broken")
    return ReadError(
        tr("{file} cannot be read: {reason}").format(file=path.name, reason=reason),
        hint=tr("It may be damaged or incomplete. Copy or export it again."),
    )


def _check_parts(path: Path) -> None:
    missing = [s for s in SHAPEFILE_PARTS if not _side(path, s).is_file()]
    if missing:
        raise ReadError(
            tr("{file} is incomplete: {parts} is missing").format(
                file=path.name, parts=", ".join(path.stem + s for s in missing)
            ),
            hint=tr("A shapefile is several files of one name; copy all of them."),
        )


def _side(path: Path, suffix: str) -> Path:
    lower = path.with_suffix(suffix)
    return lower if lower.is_file() else path.with_suffix(suffix.upper())


def _through_gdal(
    path: Path, name: str, options: Mapping[str, str], progress: Progress
) -> Gathered:
    warnings = []
    encoding = options.get("encoding") or None
    if name == "shapefile" and not encoding:
        _check_parts(path)
        encoding, warning = text_encoding(_side(path, ".dbf"))
        warnings += [warning] if warning else []
    if name != "shapefile":
        encoding = None
    with _opened(path, name) as source:
        import pyogrio

        names = _layer_names(source, path)
        layer = options.get("layer") or next(iter(names), "")
        if layer not in names:
            raise ReadError(
                tr("{file} has no layer {layer}").format(file=path.name, layer=layer),
                hint=tr("It has: {names}").format(names=", ".join(names[:10])),
            )
        number = names.index(layer)
        info = pyogrio.read_info(source, layer=number, encoding=encoding)
        if info["driver"] not in DRIVERS[name]:
            raise _damaged(path, ValueError(info["driver"]))
        if name == "geopackage" and not info["geometry_type"]:
            raise ReadError(tr("{layer} is a table without places").format(layer=layer))
        count = max(int(info["features"]), 1)
        with pyogrio.open_arrow(
            source, layer=number, encoding=encoding, use_pyarrow=True, return_fids=True
        ) as (meta, reader):
            fid, geometry = _special_columns(meta, reader.schema)
            collector, batches, done = ShapeCollector(), [], 0
            so_far, crs = SoFar(path, options, progress), crs_name(meta["crs"])
            for batch in reader:
                if geometry:
                    column = batch.column(batch.schema.get_field_index(geometry))
                    collector.add(column, progress, 0.9 * min(done / count, 1))
                    batch = batch.drop_columns([geometry])
                batches.append(batch)
                done += len(batch)
                so_far.look(crs, collector, done, partial(fids_of, batches, fid, done))
                progress.report(0.9 * min(done / count, 1))
            special = {fid, geometry, *(KML_LOOKS if name in ("kml", "kmz") else ())}
            columns, fields, left = _columns(reader.schema, batches, special)
            ids = fids_of(batches, fid, done)
    if left:
        warnings.append(tr("Columns left out: {names}").format(names=", ".join(left)))
    return Gathered(path, crs, fields, ids, columns, collector, tuple(warnings))


def _special_columns(meta: Mapping[str, Any], schema: Any) -> tuple[str, str]:
    """Names of the columns with the file's own ids and with the geometry."""
    fid = str(meta["fid_column"] or "OGC_FID")
    for column in schema:
        if (column.metadata or {}).get(b"ARROW:extension:name") in (b"geoarrow.wkb", b"ogc.wkb"):
            return fid, str(column.name)
    return fid, str(meta["geometry_name"] or "") if meta["geometry_type"] else ""


def _columns(schema: Any, batches: list[Any], special: set[str]) -> tuple[Any, Any, list[str]]:
    import pyarrow as pa

    columns, fields, left = {}, [], []
    for column in schema:
        if column.name in special:
            continue
        values = pa.chunked_array([b.column(column.name) for b in batches], type=column.type)
        read = read_column(column.name, values)
        if read is None:
            left.append(column.name)
            continue
        fields.append(read[0])
        columns[column.name] = read[1]
    return Columns(columns), tuple(fields), left
