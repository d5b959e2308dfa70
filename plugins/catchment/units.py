"""The catchment of a reach from unit catchments: areas that each drain to one reach.

MERIT-Basins, HydroBASINS and the like publish them with the id of the reach or of the next area.
What flows into what comes from the areas' own columns, or from the river lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.api import FeatureSet, ParameterError, Point, is_geographic, tr

from .outline import area_of

KEYS = (
    "comid", "hyriv_id", "reach_id", "hybas_id", "linkno", "featureid", "link", "河段编码", "id",
)  # fmt: skip
NEXT = ("next_down", "nextdownid", "dscomid", "dslinkno", "next_down_id", "下游编码")


def columns_of(features: FeatureSet, said: Mapping[str, str]) -> dict[str, str]:
    """Names of the columns key and next (perhaps empty). Raises ParameterError."""
    there = {f.name.lower().strip(): f.name for f in features.fields}
    found = {}
    for role, words in (("key", KEYS), ("next", NEXT)):
        name = said.get(role, "")
        if name and name not in there.values():
            raise ParameterError(
                tr("The areas have no column {name}").format(name=name),
                hint=tr("They have: {names}").format(names=", ".join(there.values())),
            )
        found[role] = name or next((there[word] for word in words if word in there), "")
    return found


def key_of(value: Any) -> str:
    """How an id is compared: 12, 12.0 and "12" are the same."""
    if value is None or value != value:
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()


def upstream_keys(start: str, pairs: Iterable[tuple[str, str]]) -> set[str]:
    """The key and all from which the way leads to it; pairs: (key, key of the next one down)."""
    above: dict[str, list[str]] = {}
    for key, following in pairs:
        above.setdefault(following, []).append(key)
    found, waiting = set(), [start]
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += above.get(key, [])
    return found


def next_pairs(features: FeatureSet, columns: Mapping[str, str]) -> list[tuple[str, str]]:
    """Of each feature its key and that of the next one down; none leads to nothing."""
    keys = [key_of(value) for value in features.column(columns["key"]).tolist()]
    following = [key_of(value) for value in features.column(columns["next"]).tolist()]
    return [(k, n) for k, n in zip(keys, following, strict=True) if k and n not in ("", "0", "-1")]


def polygons_of(features: FeatureSet, rows: npt.NDArray[np.int64]) -> list[Any]:
    """The areas of some features; rings inside others are holes."""
    shapes = features.shapes_in(features.crs)
    found = []
    for row in rows.tolist():
        first, last = np.searchsorted(shapes.owner, (row, row + 1))
        rings = [
            shapely.Polygon(shapes.coords[shapes.starts[p] : shapes.starts[p + 1]])
            for p in range(first, last)
            if shapes.starts[p + 1] - shapes.starts[p] > 3
        ]
        whole: Any = shapely.Polygon()
        for ring in rings:
            valid = ring if ring.is_valid else shapely.make_valid(ring)
            whole = valid if whole.is_empty else shapely.symmetric_difference(whole, valid)
        found.append(whole)
    return found


def merged(polygons: Iterable[Any]) -> Any:
    """One valid area without the borders between; holes are kept."""
    whole = shapely.union_all(np.array([p for p in polygons if not p.is_empty], object))
    if not whole.is_valid:
        whole = shapely.make_valid(whole)
    parts = [p for p in shapely.get_parts(whole) if p.geom_type == "Polygon"]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def areas_km2(polygons: Iterable[Any], crs: str) -> float:
    """Of all together, each by itself on the ellipsoid."""
    degrees = is_geographic(crs)
    known = (polygon for polygon in polygons if not polygon.is_empty)
    return float(sum(area_of(polygon, crs, degrees=degrees) for polygon in known))


def unit_at(features: FeatureSet, place: Point) -> int:
    """The number of the area at a place; -1 where there is none."""
    shapes = features.shapes_in(features.crs)
    boxes = shapes.boxes
    near = (boxes[:, 0] <= place.x) & (boxes[:, 2] >= place.x)
    near &= (boxes[:, 1] <= place.y) & (boxes[:, 3] >= place.y)
    rows = np.unique(shapes.owner[near])
    point = shapely.Point(*place)
    for row, polygon in zip(rows.tolist(), polygons_of(features, rows), strict=True):
        if shapely.intersects(polygon, point):
            return int(row)
    return -1
