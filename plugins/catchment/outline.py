"""The border of a set of cells, and how much ground it holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.api import Point, geod, metres_per_unit

Numbers = npt.NDArray[np.int64]


def outline(cells: Numbers, columns: int, transform: Any) -> Any:
    """A valid polygon or multipolygon of the cells in the raster's system, holes kept.

    Cells that touch at a corner only are separate parts, so that the answer is valid.
    """
    from rasterio.features import shapes

    row, column = cells // columns, cells % columns
    top, left = int(row.min()), int(column.min())
    mask = np.zeros((int(row.max()) - top + 1, int(column.max()) - left + 1), np.uint8)
    mask[row - top, column - left] = 1
    window = transform * transform.translation(left, top)
    parts = [
        shapely.geometry.shape(part)
        for part, _ in shapes(mask, mask=mask.astype(bool), connectivity=4, transform=window)
    ]
    parts.sort(key=lambda part: -part.area)
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def area_km2(cells: Numbers, columns: int, transform: Any, crs: str, *, degrees: bool) -> float:
    """Ground area of the cells: on the ellipsoid row by row where coordinates are degrees, else
    by the size of the cells in the raster's own plane, with one unit as many metres as there.
    """
    rows, counts = np.unique(cells // columns, return_counts=True)
    if not degrees:
        row, column = float(rows.mean()), float((cells % columns).mean())
        x, y = transform * (column + 0.5, row + 0.5)
        cell = abs(transform.determinant) * metres_per_unit(crs, Point(x, y)) ** 2
        return float(len(cells) * cell / 1e6)
    ellipsoid = geod(crs)
    total = 0.0
    for row, count in zip(rows.tolist(), counts.tolist(), strict=True):
        (x0, y0), (x1, y1) = transform * (0, row), transform * (1, row + 1)
        area, _ = ellipsoid.polygon_area_perimeter([x0, x1, x1, x0], [y0, y0, y1, y1])
        total += abs(area) * count
    return total / 1e6


def area_of(polygon: Any, crs: str, *, degrees: bool) -> float:
    """km² of an area: on the ellipsoid where coordinates are degrees, else on its own plane."""
    if degrees:
        parts = [part for part in shapely.get_parts(polygon) if part.geom_type == "Polygon"]
        turned = [shapely.geometry.polygon.orient(part) for part in parts]
        return sum(abs(float(geod(crs).geometry_area_perimeter(p)[0])) for p in turned) / 1e6
    x, y = polygon.representative_point().coords[0]
    return float(polygon.area) * metres_per_unit(crs, Point(x, y)) ** 2 / 1e6
