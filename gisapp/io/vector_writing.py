"""Writing features to GeoPackage, GeoJSON, FlatGeobuf and CSV."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.io.project_database import write_error
from gisapp.io.safe_path import refuse_to_overwrite_project
from gisapp.model.errors import WriteError
from gisapp.model.features import FeatureSet, Shapes
from gisapp.model.progress import Progress
from gisapp.model.text import tr

DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".fgb": "FlatGeobuf", ".csv": "CSV"}
ID = "feature_id"
WGS84 = "EPSG:4326"


def write_features(
    features: FeatureSet, path: Path, crs: str, progress: Progress, *, date: str = ""
) -> None:
    """Write all features in a system, the kind of file by its ending; the same bytes each time.

    GeoJSON is always longitude and latitude (RFC 7946); CSV gets columns x and y (points) or wkt.
    `date` (ISO) is what a GeoPackage says of its last change. Raises WriteError.
    """
    driver = DRIVERS.get(path.suffix.lower())
    if driver is None:
        raise WriteError(
            tr("{file} is not a kind of file that can be written").format(file=path.name),
            hint=tr("Endings: {endings}").format(endings=", ".join(DRIVERS)),
        )
    refuse_to_overwrite_project(path)
    if not path.parent.is_dir():
        raise WriteError(
            tr("{file} could not be written").format(file=path),
            hint=tr("The folder does not exist. Choose another one."),
        )
    if driver == "GeoJSON":
        crs = WGS84
    shapes = features.shapes_in(crs)
    geometries = geometries_of(shapes, len(features))
    progress.report(0.4)
    columns = {ID: features.ids, **{f.name: features.column(f.name) for f in features.fields}}
    half = path.with_name(f"{path.stem}.part{path.suffix}")
    try:
        if driver == "CSV":
            _write_csv(half, columns, shapes, geometries)
        else:
            _write_gdal(half, driver, columns, geometries, crs, path.stem, date)
        os.replace(half, path)
    except OSError as error:
        raise write_error(error, path.parent) from error
    finally:
        half.unlink(missing_ok=True)
    progress.report(1.0)


def geometries_of(shapes: Shapes, count: int) -> npt.NDArray[np.object_]:
    """One shapely geometry a feature; None where it has none or it cannot be placed."""
    out = np.full(count, None, object)
    placed = np.isfinite(shapes.coords[:, 0]) & np.isfinite(shapes.coords[:, 1])
    if shapes.kind == "point":
        points = shapely.points(np.where(placed[:, None], shapes.coords, 0.0))
        return _gathered(points[placed], shapes.owner[placed], out, shapely.multipoints)
    number = np.repeat(np.arange(len(shapes.owner)), np.diff(shapes.starts))
    whole = np.bincount(number, ~placed, len(shapes.owner)) == 0
    lines = shapely.linestrings(np.where(placed[:, None], shapes.coords, 0.0), indices=number)
    if shapes.kind == "line":
        return _gathered(lines[whole], shapes.owner[whole], out, shapely.multilinestrings)
    owners = shapes.owner[whole]
    for owner, first, last in _runs(owners):
        rings = lines[whole][first:last]
        out[owner] = shapely.build_area(shapely.geometrycollections(rings))
    return out


def _gathered(
    parts: npt.NDArray[np.object_], owner: npt.NDArray[Any], out: npt.NDArray[Any], many: Any
) -> npt.NDArray[np.object_]:
    for number, first, last in _runs(owner):
        out[number] = parts[first] if last == first + 1 else many(parts[first:last])
    return out


def _runs(owner: npt.NDArray[Any]) -> list[tuple[int, int, int]]:
    if not len(owner):
        return []
    first = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
    last = np.append(first[1:], len(owner))
    return list(zip(owner[first].tolist(), first.tolist(), last.tolist(), strict=True))


def _write_gdal(
    path: Path,
    driver: str,
    columns: dict[str, Any],
    geometries: npt.NDArray[np.object_],
    crs: str,
    layer: str,
    date: str,
) -> None:
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError

    kinds = {g.geom_type for g in geometries if g is not None}
    kind = kinds.pop() if len(kinds) == 1 else "Unknown"
    stamp = f"{date}T00:00:00.000Z" if date else None
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": stamp})
    path.unlink(missing_ok=True)
    try:
        pyogrio.raw.write(
            path,
            shapely.to_wkb(geometries),
            [_plain_column(values) for values in columns.values()],
            list(columns),
            driver=driver,
            layer=layer,
            geometry_type=kind,
            crs=crs,
        )
    except (DataSourceError, DataLayerError, FeatureError, FieldError) as error:
        raise WriteError(
            tr("{file} cannot be written: {reason}").format(file=path.name, reason=error)
        ) from error
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _plain_column(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Booleans and whole numbers with gaps become texts and numbers that GDAL knows."""
    if values.dtype != object:
        return values
    there = [v for v in values.tolist() if v is not None]
    if there and all(isinstance(v, bool) for v in there):
        numbers = [np.nan if v is None else float(v) for v in values.tolist()]
        return np.array(numbers) if len(there) < len(values) else values.astype(bool)
    if there and all(isinstance(v, int | float) and not isinstance(v, bool) for v in there):
        return np.array([np.nan if v is None else float(v) for v in values.tolist()])
    return np.array([None if v is None else str(v) for v in values.tolist()], object)


def _write_csv(
    path: Path, columns: dict[str, Any], shapes: Shapes, geometries: npt.NDArray[np.object_]
) -> None:
    import pandas as pd

    if shapes.kind == "point" and len(shapes.coords) == len(geometries):
        place = {"x": shapes.coords[:, 0], "y": shapes.coords[:, 1]}
    else:
        texts = shapely.to_wkt(geometries, rounding_precision=8)
        place = {"wkt": np.array(texts, object)}
    frame = pd.DataFrame({**columns, **place})
    # The mark tells spreadsheets that the file is UTF-8.
    frame.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")
