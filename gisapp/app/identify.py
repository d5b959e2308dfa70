"""What lies under a place of the map, in all visible layers, nearest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeGuard

import numpy as np
import numpy.typing as npt

from gisapp.app import exact_geometry
from gisapp.app.exact_geometry import (
    Outline,
    Taken,
    each_once,
    owners_holding,
    touching_box,
    touching_outline,
)
from gisapp.app.thermal_layers import correction_of, provenance_of, unit_of
from gisapp.model.crs import Coordinates
from gisapp.model.features import FeatureId, FeatureSet, Shapes
from gisapp.model.geometry import Extent, Pixel, Point, Size
from gisapp.model.layer import Layer, LayerId
from gisapp.model.progress import Progress, Silent
from gisapp.model.style import LineStyle, PointStyle
from gisapp.render.camera import Camera
from gisapp.render.clusters import cluster_at
from gisapp.render.request import Data, Raster
from gisapp.render.thinning import shown_widths

Numbers = npt.NDArray[np.int64]
AT_ONCE = 200_000  # vertices looked at between two looks at the progress
MOST = 50  # hits of one layer; more cannot be read anyway
_RANK = {"point": 0, "line": 1, "area": 2, "none": 3}


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing under the pointer: a feature, or the value of a grid with its unit.

    `distance` is in pixels of the picture, from the symbol's edge; 0 means on it. `crowd`: shown as
    one symbol with others, that lie there (map units of the camera). `accuracy` (in `unit`) and
    `decoder` are what the file says of its values.
    """

    layer: LayerId
    feature: FeatureId | None
    distance: float
    rank: int = 0  # points before lines before areas before grids
    center_distance: float = 0.0
    value: float | None = None
    unit: str = ""
    crowd: Extent | None = None
    accuracy: float | None = None
    decoder: str = ""


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
                found.append(_value_hit(layer, source, value))
    return sorted(found, key=_order)


def _value_hit(layer: Layer, source: Raster, value: float) -> Hit:
    value, known = correction_of(layer).of(value), provenance_of(source)
    unit = unit_of(layer, source)
    return Hit(
        layer.id,
        None,
        0.0,
        4,
        value=value,
        unit=unit,
        accuracy=known.accuracy,
        decoder=known.decoder,
    )


def _order(hit: Hit) -> tuple[int, float, int, float]:
    """What one can aim at before what is everywhere: points and lines, a grid, areas. Of symbols
    that the place is on, the one that is painted over the others: it is what one sees there."""
    kind = {2: 2, 4: 1}.get(hit.rank, 0)
    return kind, hit.distance, hit.rank, hit.center_distance if hit.distance else 0.0


def hits_in_layer(
    camera: Camera, pixel: Pixel, layer: Layer, data: Data | None, tolerance: float
) -> list[Hit]:
    """Features of one layer within the tolerance, nearest first; nothing for a raster."""
    if not is_features(data) or not len(data):
        return []
    if isinstance(layer.style, PointStyle) and layer.style.cluster:
        crowd = cluster_at(data, layer.style, camera, pixel)
        if crowd is not None:
            ids = data.ids_at(crowd[0][:MOST])
            return [Hit(layer.id, FeatureId(str(fid)), 0.0, crowd=crowd[1]) for fid in ids]
    reach = tolerance + _half_size(layer) * camera.pixel_ratio
    place = camera.to_map(pixel)
    around = Extent(*place, *place).grown(reach * camera.resolution)
    shapes = data.shapes_in(camera.crs)
    parts, distances = distances_to(data, camera.crs, around, place)
    if not len(parts):
        return []
    pixels = distances / camera.resolution
    edge = np.maximum(pixels - (reach - tolerance), 0.0)
    near = np.flatnonzero(edge <= tolerance)
    if isinstance(layer.style, LineStyle) and layer.style.width_by and len(near):
        reaches = shapes.owner[parts[near]]  # small ones are not there from afar
        widths = shown_widths(layer.style, data, camera, reaches)
        near = near if widths is None else near[widths > 0]
    near = near[np.lexsort([pixels[near], edge[near]])]
    owners, first = np.unique(shapes.owner[parts[near]], return_index=True)
    nearest = np.argsort(first, kind="stable")[:MOST]
    ids, places = data.ids_at(owners[nearest]), near[first[nearest]]
    rank = _RANK[shapes.kind]
    return [
        Hit(layer.id, FeatureId(str(fid)), float(edge[at]), rank, float(pixels[at]))
        for fid, at in zip(ids, places, strict=True)
    ]


def distances_to(
    data: FeatureSet, crs: str, around: Extent, place: Point
) -> tuple[Numbers, npt.NDArray[np.float64]]:
    """Parts of the features whose box touches `around`, and how far the place is from each (map
    units). An area that holds the place has distance 0; holes count."""
    shapes, parts = data.shapes_in(crs), parts_near(data, crs, around)
    if not len(parts):
        return parts, np.empty(0)
    if shapes.kind == "point":
        x, y = (shapes.coords[shapes.starts[parts]] - place).T
        return parts, np.hypot(x, y)
    taken = Taken.of(shapes, parts)
    far = exact_geometry.distances(taken, place)
    if shapes.kind == "area":
        far[np.isin(taken.owner, owners_holding(taken, place))] = 0.0
    return parts, far


def parts_near(data: FeatureSet, crs: str, extent: Extent) -> Numbers:
    """All parts of the features whose box touches the extent, ascending: by the index where there
    is one, else by looking at all boxes."""
    shapes, detail = data.shapes_in(crs), data.detail_in(crs)
    if detail is not None:
        return shapes.parts_of(detail.features_in(extent))
    if shapes.kind != "point":
        return shapes.parts_of(each_once(shapes.owner[shapes.parts_in(extent)]))
    x = shapes.coords[:, 0]
    near = np.flatnonzero((x >= extent.left) & (x <= extent.right))
    y = shapes.coords[near, 1]
    kept: Numbers = near[(y >= extent.bottom) & (y <= extent.top)]
    return kept


def features_in_outline(
    data: Data | None, camera: Camera, outline: npt.NDArray[np.float64], progress: Progress
) -> Numbers:
    """Numbers (ascending) of everything that truly touches an outline drawn on the screen.

    outline: n x 2 pixels of the camera's picture, closed by itself; it may cross itself
    (even-odd rule), and the map may be turned.
    """
    if not is_features(data) or not len(data) or len(outline) < 3:
        return np.empty(0, np.int64)
    corners = [camera.to_map(Pixel(*corner)) for corner in outline.tolist()]
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    shapes = data.shapes_in(camera.crs)
    parts = parts_near(data, camera.crs, Extent(*low, *high))
    is_box = _is_box(outline)
    sure = np.empty(0, np.int64)
    if is_box and not camera.rotation and shapes.kind != "point":
        boxes = shapes.boxes[parts]
        within = ((boxes[:, :2] >= low) & (boxes[:, 2:] <= high)).all(axis=1)
        sure = each_once(shapes.owner[parts[within]])
        parts = parts[~np.isin(shapes.owner[parts], sure)]
    drawn = Outline(outline)
    found = [sure]
    for some, done in _in_pieces(shapes, parts):
        progress.report(done)
        found.append(_touching(shapes, some, camera, drawn, is_box))
    return each_once(np.concatenate(found))


def _is_box(outline: npt.NDArray[np.float64]) -> bool:
    """Four corners of an upright rectangle, one after the other."""
    if len(outline) != 4:
        return False
    steps = (np.roll(outline, -1, axis=0) - outline) == 0
    return bool((steps[::2, 1] & steps[1::2, 0]).all() or (steps[::2, 0] & steps[1::2, 1]).all())


def _in_pieces(shapes: Shapes, parts: Numbers) -> Iterator[tuple[Numbers, float]]:
    """Parts in pieces of some hundred thousand vertices, areas never cut in two, and how much is
    done before each."""
    if not len(parts):
        return
    lengths = shapes.starts[parts + 1] - shapes.starts[parts]
    piece = (np.cumsum(lengths) - lengths) // AT_ONCE
    owner = shapes.owner[parts]
    cuts = np.flatnonzero(piece[1:] != piece[:-1]) + 1
    cuts = np.unique(np.searchsorted(owner, owner[cuts], "left"))
    bounds = [0, *cuts[cuts > 0].tolist(), len(parts)]
    for first, last in pairwise(bounds):
        yield parts[first:last], first / len(parts)


def _touching(
    shapes: Shapes,
    parts: Numbers,
    camera: Camera,
    outline: Outline,
    is_box: bool,
) -> Numbers:
    if shapes.kind == "point":
        pixels = camera.to_pixels(shapes.coords[shapes.starts[parts]])
        if is_box:
            hit = (pixels >= outline.low) & (pixels <= outline.high)
            within = hit.all(axis=1)
        else:
            within = outline.holds(pixels)
        points: Numbers = shapes.owner[parts[within]]
        return points
    taken = Taken.of(shapes, parts)
    taken = taken.moved(camera.to_pixels(taken.coords))
    closed = shapes.kind == "area"
    if is_box:
        hit = touching_box(taken, Point(*outline.low), Point(*outline.high), closed)
    else:
        hit = touching_outline(taken, outline, closed)
    found = taken.owner[hit]
    if not closed:
        return found
    around = owners_holding(taken, Point(*outline.corners[0]))  # the outline lies within the area
    return np.concatenate([found, around])


def features_in_box(data: Data | None, crs: str, box: Extent) -> Numbers:
    """The same for a rectangle of the map."""
    camera = Camera.fit(box, Size(1000, 1000), crs, margin=1.0)
    low, high = camera.to_screen(Point(*box[:2])), camera.to_screen(Point(*box[2:]))
    outline = np.array([low, (high.x, low.y), high, (low.x, high.y)])
    return features_in_outline(data, camera, outline, Silent())


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
