"""Made-up rasters of temperatures as real files, and a project around them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine

from gisapp.io.raster import GridFile, open_raster
from gisapp.model.crs import transform
from gisapp.model.geometry import Point
from gisapp.model.layer import Layer, LayerId, Source
from gisapp.model.project import Project
from gisapp.model.style import ThermalStyle
from gisapp.model.thermal_measure import CRS

UTM = "EPSG:32649"
LEFT, TOP, CELL = 500_000.0, 2_560_000.0, 0.5
NIGHT, LATER = LayerId("night"), LayerId("later")
TAGS = {
    "GISAPP_DECODER": "made up 1",
    "GISAPP_PARAMETERS": '{"emissivity":0.98,"accuracy_c":0.3}',
    "GISAPP_TAKEN": "2025-01-17T20:41:07",
}


def values_of(seed: int, rows: int = 120, columns: int = 160) -> np.ndarray:
    made = np.random.default_rng(seed).normal(18, 3, (rows, columns)).astype(np.float32)
    made[40:50, 60:80] = np.nan
    return made


def write_raster(
    path: Path,
    values: np.ndarray,
    *,
    left: float = LEFT,
    top: float = TOP,
    cell: float = CELL,
    tags: dict[str, str] | None = None,
    unit: str = "degC",
) -> Path:
    import rasterio

    rows, columns = values.shape
    place = Affine(cell, 0, left, 0, -cell, top)
    how: dict[str, Any] = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": UTM}
    size = {"width": columns, "height": rows}
    with rasterio.open(path, "w", transform=place, nodata=float("nan"), **size, **how) as out:
        out.write(values.astype(np.float32), 1)
        if unit:
            out.units = (unit,)
        out.update_tags(**(TAGS if tags is None else tags))
    return path


def layer_of(name: str, file: str, layer: LayerId, **style: Any) -> Layer:
    source = Source("geotiff", file)
    return Layer(name, source, ThermalStyle("inferno", 10, 26, **style), role="thermal", id=layer)


def two_nights() -> Project:
    layers = (layer_of("Night", "night.tif", NIGHT), layer_of("Later", "later.tif", LATER))
    return Project("Made up", UTM, layers)


@contextmanager
def opened(path: Path) -> Iterator[GridFile]:
    raster = open_raster(path)
    try:
        yield raster
    finally:
        raster.close()


def cells(*at: tuple[float, float]) -> tuple[Point, ...]:
    """Places in the rasters' system of columns and rows."""
    return tuple(Point(LEFT + c * CELL, TOP - r * CELL) for c, r in at)


def degrees(*at: tuple[float, float]) -> tuple[Point, ...]:
    there = transform(np.array(cells(*at)), UTM, CRS)
    return tuple(Point(float(x), float(y)) for x, y in there)
