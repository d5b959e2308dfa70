"""What lies under a place of the map, in all visible layers, nearest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.model.crs import Coordinates
from gisapp.model.features import FeatureId, FeatureSet, Shapes
from gisapp.model.geometry import Extent, Pixel, Point
from gisapp.model.layer import Layer, LayerId
from gisapp.model.style import LineStyle, PointStyle
from gisapp.render.camera import Camera
from gisapp.render.request import Data, Raster

MOST = 50  # hits of one layer; more cannot be read anyway
_RANK = {"point": 0, "line": 1, "area": 2, "none": 3}


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing under the pointer: a feature, or the value of a grid with its unit.

    `distance` is in pixels of the picture, from the symbol's edge; 0 means on it.
    """

    layer: LayerId
    feature: FeatureId | None
    distance: float
    rank: int = 0  # points before lines before areas before grids
    center_distance: float = 0.0
    value: float | None = None
    unit: str = ""


def is_features(data: Data | None) -> TypeGuard[FeatureSet]:
    return data is not None and hasattr(data, "shapes_in")


def is_raster(data: Data | None) -> TypeGuard[Raster]:
    return data is not None and hasattr(data, "value_at")


def identify(
    camera: Camera,
    pixel: Pixel,
    layers: Iterable[Layer],
    data: Mapping[LayerId, Data],
    tolerance: float = 6.0,
) -> list[Hit]:
    """All hits in visible layers (given bottom first); tolerance in pixels of the picture.

    Reads rasters: call it on a worker when there are any.
    """
    found: list[Hit] = []
    for layer in reversed(list(layers)):  # the sort is stable: of equals the topmost comes first
        if not layer.visible:
            continue
        found += hits_in_layer(camera, pixel, layer, data.get(layer.id), tolerance)
        source = data.get(layer.id)
        if is_raster(source) and not source.is_picture:
            value = source.value_at(camera.to_map(pixel), camera.crs)
            if value is not None:
                found.append(Hit(layer.id, None, 0.0, 4, value=value, unit=source.unit))
    return sorted(found, key=_order)


def _order(hit: Hit) -> tuple[int, float, int, float]:
    """What one can aim at before what is everywhere: points and lines, a grid, areas."""
    kind = {2: 2, 4: 1}.get(hit.rank, 0)
    return kind, hit.distance, hit.rank, hit.center_distance


def hits_in_layer(
    camera: Camera, pixel: Pixel, layer: Layer, data: Data | None, tolerance: float
) -> list[Hit]:
    """Features of one layer within the tolerance, nearest first; nothing for a raster."""
    if not is_features(data) or not len(data):
        return []
    shapes = data.shapes_in(camera.crs)
    reach = tolerance + _half_size(layer) * camera.pixel_ratio
    place = camera.to_map(pixel)
    around = Extent(*place, *place).grown(reach * camera.resolution)
    parts, distances = distances_to(shapes, around, place)
    if not len(parts):
        return []
    owners = shapes.owner[parts]
    pixels = distances / camera.resolution
    edge = np.maximum(pixels - (reach - tolerance), 0.0)
    order = np.lexsort([pixels, edge])
    rank = _RANK[shapes.kind]
    hits: dict[int, Hit] = {}
    for number in order:
        if edge[number] > tolerance or len(hits) >= MOST:
            break
        owner = int(owners[number])
        if owner not in hits:
            fid = FeatureId(str(data.ids[owner]))
            hits[owner] = Hit(layer.id, fid, float(edge[number]), rank, float(pixels[number]))
    return list(hits.values())


def distances_to(
    shapes: Shapes, around: Extent, place: Point
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Parts whose box touches `around`, and how far the place is from each (map units).

    An area that holds the place has distance 0 in one of its parts; holes count.
    """
    parts = parts_touching(shapes, around)
    if not len(parts):
        return parts, np.empty(0)
    if shapes.kind == "point":
        x, y = (shapes.coords[shapes.starts[parts]] - place).T
        return parts, np.hypot(x, y)
    distances = np.array([_to_line(_part(shapes, part), place) for part in parts])
    if shapes.kind == "area":
        owners = np.unique(shapes.owner[parts])
        inside = owners[[_holds(shapes, int(owner), place) for owner in owners]]
        distances[np.isin(shapes.owner[parts], inside)] = 0.0
    return parts, distances


def parts_touching(shapes: Shapes, extent: Extent) -> npt.NDArray[np.int64]:
    """As `Shapes.parts_in`; for points without the boxes, one comparison after the other."""
    if shapes.kind != "point":
        return shapes.parts_in(extent)
    x = shapes.coords[:, 0]
    near = np.flatnonzero((x >= extent.left) & (x <= extent.right))
    y = shapes.coords[near, 1]
    kept: npt.NDArray[np.int64] = near[(y >= extent.bottom) & (y <= extent.top)]
    return kept


def parts_in_box(data: Data | None, crs: str, box: Extent) -> npt.NDArray[np.int64]:
    """Owners (row numbers) of everything that truly touches a box of the map."""
    if not is_features(data) or not len(data):
        return np.empty(0, np.int64)
    shapes = data.shapes_in(crs)
    parts = parts_touching(shapes, box)
    if shapes.kind == "point" or not len(parts):
        return np.unique(shapes.owner[parts])
    window = shapely.box(*box)
    left, bottom, right, top = shapes.boxes[parts].T
    within = (left >= box.left) & (right <= box.right) & (bottom >= box.bottom) & (top <= box.top)
    sure, doubtful = np.unique(shapes.owner[parts[within]]), np.unique(shapes.owner[parts[~within]])
    doubtful = np.setdiff1d(doubtful, sure)
    crossing = [o for o in doubtful if shapely.intersects(window, _geometry(shapes, int(o)))]
    return np.union1d(sure, np.array(crossing, np.int64))


def nearest_on_line(line: Coordinates, place: Point) -> tuple[Point, int, float]:
    """The nearest place on a line, the number of its segment, and the distance."""
    a, b = line[:-1], line[1:]
    along = b - a
    lengths = (along**2).sum(axis=1)
    t = ((np.asarray(place) - a) * along).sum(axis=1) / np.where(lengths > 0, lengths, 1)
    feet = a + np.clip(t, 0, 1)[:, None] * along
    distances = np.hypot(*(feet - place).T)
    best = int(np.argmin(distances))
    return Point(float(feet[best, 0]), float(feet[best, 1])), best, float(distances[best])


def _half_size(layer: Layer) -> float:
    """How far the symbol reaches from its place, in pixels of a style."""
    if isinstance(layer.style, PointStyle):
        return layer.style.size / 2
    return layer.style.width / 2 if isinstance(layer.style, LineStyle) else 0.0


def _part(shapes: Shapes, part: int) -> Coordinates:
    return shapes.coords[shapes.starts[part] : shapes.starts[part + 1]]


def _to_line(line: Coordinates, place: Point) -> float:
    if len(line) == 1:
        return float(np.hypot(*(line[0] - place)))
    return nearest_on_line(line, place)[2]


def _rings(shapes: Shapes, owner: int) -> list[Coordinates]:
    first, last = np.searchsorted(shapes.owner, [owner, owner + 1])
    return [_part(shapes, part) for part in range(first, last)]


def _holds(shapes: Shapes, owner: int, place: Point) -> bool:
    """Even-odd rule over all rings of the area, so that holes are holes."""
    crossings = 0
    for ring in _rings(shapes, owner):
        (x1, y1), (x2, y2) = ring.T, np.roll(ring, -1, axis=0).T
        spans = (y1 > place.y) != (y2 > place.y)
        x1, y1, x2, y2 = x1[spans], y1[spans], x2[spans], y2[spans]
        crossings += int((x1 + (place.y - y1) / (y2 - y1) * (x2 - x1) > place.x).sum())
    return crossings % 2 == 1


def _geometry(shapes: Shapes, owner: int) -> object:
    """One feature for a question that needs true geometry."""
    rings = _rings(shapes, owner)
    if shapes.kind == "line":
        return shapely.MultiLineString([ring for ring in rings if len(ring) > 1])
    polygons = [shapely.Polygon(ring) for ring in rings if len(ring) > 3]
    area = polygons[0] if polygons else shapely.Polygon()
    for polygon in polygons[1:]:
        area = shapely.symmetric_difference(area, polygon)
    return area
