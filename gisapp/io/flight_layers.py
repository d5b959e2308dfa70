"""A flight as layers for any GIS: track, places, footprints, coverage and gaps in a GeoPackage."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gisapp.io.map_file import refused
from gisapp.io.safe_path import refuse_to_overwrite_project
from gisapp.model.flight import Flight


def write_flight_layers(
    path: Path,
    flight: Flight,
    covered: shapely.Geometry,
    gaps: tuple[shapely.Geometry, ...],
) -> None:
    """Layers track, frames, footprints, coverage, gaps; all of the file or nothing.

    Raises WriteError.
    """
    import pyogrio.raw

    refuse_to_overwrite_project(path)
    half = path.with_name(f".{path.stem}.{os.getpid()}.part.gpkg")
    frames = flight.frames
    places = shapely.points([(f.pose.x, f.pose.y) for f in frames])
    rings = [shapely.Polygon(f.corners) for f in frames]
    facts: dict[str, list[Any]] = {
        "file": [f.file for f in frames],
        "taken_at": [f.taken_at for f in frames],
        "height_m": [f.pose.z for f in frames],
        "yaw": [f.pose.yaw for f in frames],
        "pitch": [f.pose.pitch for f in frames],
        "offset_c": [f.offset_c for f in frames],
        "visible": [f.twin for f in frames],
    }
    track = [shapely.LineString(shapely.get_coordinates(places))] if len(frames) > 1 else []
    areas = [covered] if not covered.is_empty else []
    layers: tuple[tuple[str, str, list[Any], dict[str, list[Any]]], ...] = (
        ("track", "LineString", track, {"frames": [len(frames)] * len(track)}),
        ("frames", "Point", list(places), facts),
        ("footprints", "Polygon", rings, facts),
        ("coverage", "MultiPolygon", areas, {"area_m2": [a.area for a in areas]}),
        ("gaps", "Polygon", list(gaps), {"area_m2": [gap.area for gap in gaps]}),
    )
    try:
        half.unlink(missing_ok=True)
        for name, kind, shapes, columns in layers:
            pyogrio.raw.write(
                half,
                geometry=np.asarray(shapely.to_wkb(_of_kind(shapes, kind)), object),
                field_data=[_column(values) for values in columns.values()],
                fields=np.asarray(list(columns), object),
                geometry_type=kind,
                crs=flight.crs,
                layer=name,
                driver="GPKG",
                append=half.exists(),
            )
        os.replace(half, path)
    except OSError as error:
        raise refused(path, error) from error
    except pyogrio.errors.DataSourceError as error:
        raise refused(path, OSError(str(error))) from error
    finally:
        for left in (half, half.with_name(f"{half.name}-journal")):
            with suppress(OSError):
                left.unlink(missing_ok=True)


def _of_kind(shapes: list[Any], kind: str) -> Any:
    if kind == "MultiPolygon":
        return np.array([shapely.multipolygons(shapely.get_parts(s)) for s in shapes], object)
    return np.array(shapes, object)


def _column(values: list[Any]) -> Any:
    if values and isinstance(values[0], str):
        return np.asarray(values, object)
    return np.asarray(values, float)
