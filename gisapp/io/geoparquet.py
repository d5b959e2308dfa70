"""Reading GeoParquet with pyarrow: columns as they are, geometry in well-known binary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gisapp.io.columns import read_column
from gisapp.io.gathered import Gathered, LayerInfo, SoFar, crs_name
from gisapp.io.shapes import ShapeCollector
from gisapp.model.columns import Columns
from gisapp.model.errors import ReadError
from gisapp.model.feature_ids import NumberIds
from gisapp.model.progress import Progress
from gisapp.model.text import tr

BATCH = 65_536
_KINDS = {"Point": "point", "LineString": "line", "Polygon": "area"}


def info(path: Path) -> LayerInfo:
    """Its one layer; kind is table when there is no geometry."""
    with _opened(path) as file:
        geo = _geo(file)
        count = int(file.metadata.num_rows)
        if geo is None:
            return LayerInfo(path.stem, "table", count, "")
        types = [t.removeprefix("Multi").split(" ")[0] for t in geo[1].get("geometry_types", ())]
        kind = _KINDS.get(types[0], "") if types else _kind_of_first(file, geo[0])
        names = tuple(file.schema_arrow.names)
        return LayerInfo(path.stem, kind, count, _crs(geo[1]), names)


def gather(path: Path, options: Mapping[str, str], progress: Progress) -> Gathered:
    import pyarrow as pa

    with _opened(path) as file:
        geo = _geo(file)
        if geo is None:
            raise ReadError(
                tr("{file} is a table without places").format(file=path.name),
                hint=tr("Station records are added to a station layer, not as a layer."),
            )
        name, about = geo
        batches, done, count = [], 0, max(int(file.metadata.num_rows), 1)
        collector, so_far, crs = ShapeCollector(), SoFar(path, options, progress), _crs(about)
        try:
            for batch in file.iter_batches(BATCH):
                fraction = 0.9 * done / count
                progress.report(fraction)
                geometry = batch.column(batch.schema.get_field_index(name))
                if about.get("encoding", "WKB") == "WKB":
                    collector.add(geometry, progress, fraction)
                else:
                    collector.add_points(_native_points(path, geometry))
                batches.append(batch)
                done += len(batch)
                so_far.look(crs, collector, done, partial(NumberIds, done))
        except (pa.ArrowException, OSError, shapely.errors.GEOSException) as error:
            raise _damaged(path, error) from error
        schema = file.schema_arrow
    columns, fields, left = {}, [], []
    for column in schema:
        if column.name == name:
            continue
        values = pa.chunked_array([b.column(column.name) for b in batches], type=column.type)
        read = read_column(column.name, values)
        if read is None or column.name == "bbox":
            left.append(column.name)
            continue
        fields.append(read[0])
        columns[column.name] = read[1]
    warnings = (tr("Columns left out: {names}").format(names=", ".join(left)),) if left else ()
    return Gathered(
        path, crs, tuple(fields), NumberIds(done), Columns(columns), collector, warnings
    )


def _opened(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> ReadError:
    return ReadError(
        tr("{file} cannot be read: {reason}").format(
            file=path.name, reason=str(error).split("\n")[0][:200]
        ),
        hint=tr("It may be damaged or incomplete. Copy or export it again."),
    )


def _geo(file: Any) -> tuple[str, dict[str, Any]] | None:
    """Name of the geometry column and what the file says of it."""
    text = (file.schema_arrow.metadata or {}).get(b"geo")
    if text is None:
        return None
    try:
        geo = json.loads(text)
        name = str(geo["primary_column"])
        return name, dict(geo["columns"][name])
    except (ValueError, KeyError, TypeError):
        return None


def _crs(about: Mapping[str, Any]) -> str:
    """Without a word about it, GeoParquet means longitude and latitude on WGS 84."""
    if "crs" not in about:
        return "EPSG:4326"
    crs = about["crs"]
    if not crs:
        return ""
    known = crs.get("id", {})
    if known.get("authority") == "EPSG":
        return f"EPSG:{known['code']}"
    return crs_name(json.dumps(crs))


def _kind_of_first(file: Any, name: str) -> str:
    for batch in file.iter_batches(100, columns=[name]):
        values = batch.column(0).drop_null()
        if len(values) and isinstance(values[0].as_py(), bytes):
            first = shapely.from_wkb(values[0].as_py())
            return _KINDS.get(first.geom_type.removeprefix("Multi"), "")
        break
    return ""


def _native_points(path: Path, values: Any) -> Any:
    """Points kept as a struct of x and y."""
    import pyarrow.types as kinds

    if not kinds.is_struct(values.type):
        raise ReadError(
            tr("{file} keeps its geometry in a form that is not supported").format(file=path.name),
            hint=tr("Write it with the encoding WKB."),
        )
    xy = [values.field(axis).to_numpy(zero_copy_only=False).astype(float) for axis in ("x", "y")]
    return np.column_stack(xy)
