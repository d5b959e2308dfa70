"""Vector tiles drawn plainly: land, water, green, buildings, boundaries, roads, names of places.

Layers are known by the names that OpenMapTiles, Protomaps and Shortbread give them; others are
drawn as thin lines, so that nothing of a file is hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from gisapp.io.vector_tile import VectorFeature, VectorLayer
from gisapp.model.geometry import Pixel, Size
from gisapp.render.canvas import Canvas, Image, Press

SIDE = 512  # pixels of a tile
LAND = "#f4f3ee"
AREAS: tuple[tuple[tuple[str, ...], str], ...] = (  # the first ones at the bottom
    (("earth", "land"), LAND),
    (("landcover", "landuse", "park", "natural", "sites"), "#e3ebd8"),
    (("water", "ocean", "water_polygons"), "#b5d3e7"),
    (("building", "buildings"), "#e0dcd4"),
)
WATERWAYS = ("waterway", "water_lines", "physical_line", "water", "waterways")
ROADS = ("transportation", "roads", "streets", "highway", "road")
BOUNDARIES = ("boundary", "boundaries", "admin")
PLACES = ("place", "places", "place_labels", "city", "town")
NOT_DRAWN = (
    "poi",
    "pois",
    "housenumber",
    "aerodrome_label",
    "mountain_peak",
    "transportation_name",
)
LARGE_ROADS = ("motorway", "trunk", "primary", "highway", "major_road", "motorway_link")
MOST_NAMES = 40
NAMES = ("name:zh", "name_zh", "name", "name:latin")


def draw_vector_tile(layers: Sequence[VectorLayer], press: Press) -> Image:
    """A picture of SIDE x SIDE pixels."""

    def draw(canvas: Canvas) -> None:
        square = np.array([(0.0, 0.0), (SIDE, 0.0), (SIDE, SIDE), (0.0, SIDE)])
        canvas.areas([[square]], LAND, "", 0.0)
        for names, fill in AREAS:
            canvas.areas(_areas(layers, names), fill, "", 0.0)
        canvas.lines(_lines(layers, WATERWAYS), "#8fbcd9", 1.4)
        roads = list(_named(layers, ROADS))
        small = [f for f in roads if not _is_large(f)]
        canvas.lines(_parts(small), "#ffffff", 1.6)
        canvas.lines(_parts([f for f in roads if _is_large(f)]), "#f0c987", 2.6)
        canvas.lines(_lines(layers, BOUNDARIES), "#a79bb5", 1.2)
        canvas.lines(_others(layers), "#b9b6ae", 0.8)
        _write_names(canvas, layers)

    return press.picture(Size(SIDE, SIDE), draw)


def _named(layers: Sequence[VectorLayer], names: tuple[str, ...]) -> Iterator[VectorFeature]:
    for layer in layers:
        if layer.name.lower() in names:
            yield from layer.features


def _areas(
    layers: Sequence[VectorLayer], names: tuple[str, ...]
) -> Iterator[list[np.ndarray[tuple[int, int], np.dtype[np.float64]]]]:
    for feature in _named(layers, names):
        if feature.kind == "area":
            yield [part * SIDE for part in feature.parts]


def _parts(
    features: Sequence[VectorFeature],
) -> list[np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
    return [
        part * SIDE
        for feature in features
        if feature.kind == "line"
        for part in feature.parts
        if len(part) > 1
    ]


def _lines(
    layers: Sequence[VectorLayer], names: tuple[str, ...]
) -> list[np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
    return _parts(list(_named(layers, names)))


def _others(
    layers: Sequence[VectorLayer],
) -> list[np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
    """Lines and outlines of layers that are not known by name."""
    known = {*WATERWAYS, *ROADS, *BOUNDARIES, *PLACES, *NOT_DRAWN}
    known |= {name for names, _ in AREAS for name in names}
    return [
        part * SIDE
        for layer in layers
        if layer.name.lower() not in known and "label" not in layer.name.lower()
        for feature in layer.features
        if feature.kind != "point"
        for part in feature.parts
        if len(part) > 1
    ]


def _is_large(road: VectorFeature) -> bool:
    said = (road.values.get("class"), road.values.get("kind"), road.values.get("type"))
    return any(word in LARGE_ROADS for word in said)


def _write_names(canvas: Canvas, layers: Sequence[VectorLayer]) -> None:
    """Places, the important ones first, none over another, none cut by the edge of the tile."""
    taken: list[tuple[float, float, float, float]] = []
    for feature in sorted(_named(layers, PLACES), key=_rank)[: 4 * MOST_NAMES]:
        text = next((feature.values[n] for n in NAMES if feature.values.get(n)), "")
        if feature.kind != "point" or not text or len(taken) >= MOST_NAMES:
            continue
        x, y = (float(v) * SIDE for v in feature.parts[0][0])
        size = 13.0 if _rank(feature) < 8 else 11.5
        width, height = canvas.words_size(text, size)
        box = (x - width / 2 - 2, y - height / 2, x + width / 2 + 2, y + height / 2)
        inside = box[0] >= 0 and box[1] >= 0 and box[2] <= SIDE and box[3] <= SIDE
        free = all(box[2] < o[0] or o[2] < box[0] or box[3] < o[1] or o[3] < box[1] for o in taken)
        if inside and free:
            taken.append(box)
            canvas.words(Pixel(x, y), text, "#4a4a4a", size, halo="#ffffff", align="center")


def _rank(place: VectorFeature) -> int:
    """Smaller is more important."""
    rank = place.values.get("rank", "")
    order = ("country", "state", "province", "city", "town", "village")
    kind = place.values.get("class") or place.values.get("kind") or place.values.get("type") or ""
    known = order.index(kind) * 4 if kind in order else 24
    return known + (min(int(rank), 30) // 4 if rank.isdecimal() else 3)
