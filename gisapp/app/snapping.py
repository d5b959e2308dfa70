"""Catching the nearest line, and what its reach says of a place on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gisapp.app.identify import distances_to, is_features, nearest_on_line
from gisapp.app.tools import MapState
from gisapp.model.crs import transform_point
from gisapp.model.features import FeatureId, FeatureSet, Shapes, plain
from gisapp.model.geometry import Extent, Pixel, Point
from gisapp.model.layer import Layer
from gisapp.model.table import GEOMETRY
from gisapp.render.camera import Camera

SNAP = 15.0  # pixels of a style
NEAR_A_RIVER = 200.0  # metres from the centre line within which a bank belongs to its reach
_FARTHEST = 100_000  # reaches on the way to the mouth; a longer way is a circle in the data


@dataclass(frozen=True, slots=True)
class Snap:
    """The nearest place on a line: where, how far in pixels of the picture, and on what."""

    layer: Layer
    feature: FeatureId
    owner: int
    part: int
    segment: int
    place: Point
    distance: float


def snap_to_line(
    state: MapState, camera: Camera, pixel: Pixel, reach: float, role: str = "rivers"
) -> Snap | None:
    """The nearest visible line of the role within `reach` pixels of the picture."""
    found: Snap | None = None
    place = camera.to_map(pixel)
    for layer in state.project.layers:
        data = state.data_of(layer)
        if not layer.visible or layer.role != role or not is_features(data):
            continue
        shapes = data.shapes_in(camera.crs)
        if shapes.kind != "line":
            continue
        around = Extent(*place, *place).grown(reach * camera.resolution)
        parts, distances = distances_to(data, camera.crs, around, place)
        if not len(parts):
            continue
        nearest = int(np.argmin(distances))
        pixels = float(distances[nearest]) / camera.resolution
        if pixels > reach or (found is not None and pixels >= found.distance):
            continue
        part = int(parts[nearest])
        foot, segment, _ = nearest_on_line(_line(shapes, part), place)
        owner = int(shapes.owner[part])
        fid = FeatureId(str(data.ids_at(np.array([owner]))[0]))
        found = Snap(layer, fid, owner, part, segment, foot, pixels)
    return found


@dataclass(frozen=True, slots=True)
class OnRiver:
    """What a river says of a place at it; None where its data does not tell."""

    reach: int | None
    bank: str | None  # 左岸 or 右岸, looking downstream
    distance_to_mouth: float | None  # metres along the rivers
    river: str | None


def on_river(data: FeatureSet, snap: Snap, clicked: Point, crs: str) -> OnRiver:
    """Reach, bank and distance to the mouth of a clicked place; `crs` is that of the place."""
    names = {f.name for f in data.fields}
    shapes = data.shapes_in(crs)
    line = _line(shapes, snap.part)
    if "reach_id" not in names:
        return OnRiver(None, None, None, _text(data, "name", snap.owner, names))
    reach = plain(data.column("reach_id")[snap.owner])
    rows = _rows_by_id(data)
    downstream = _runs_downstream(data, shapes, snap, rows, names)
    bank = None
    if downstream is not None:
        along = line[snap.segment + 1] - line[snap.segment]
        aside = np.asarray(clicked) - line[snap.segment]
        cross = float(along[0] * aside[1] - along[1] * aside[0])
        if cross:
            bank = "左岸" if (cross > 0) == downstream else "右岸"
    distance = None
    if downstream is not None and {"next_down", "length_m"} <= names:
        rest = _share_left(line, snap, downstream)
        distance = _way_down(data, snap.owner, rest, rows)
    river = _text(data, "name", snap.owner, names)
    return OnRiver(int(reach) if reach is not None else None, bank, distance, river)


def _line(shapes: Shapes, part: int) -> npt.NDArray[np.float64]:
    return shapes.coords[shapes.starts[part] : shapes.starts[part + 1]]


def _text(data: FeatureSet, name: str, row: int, names: set[str]) -> str | None:
    value = plain(data.column(name)[row]) if name in names else None
    return str(value) if value not in (None, "") else None


class _Rows:
    """Row numbers by reach id, by bisection: fast to make, small."""

    def __init__(self, ids: npt.NDArray[Any]) -> None:
        numbers = np.array([-1 if plain(v) is None else int(v) for v in ids], np.int64)
        self._order = np.argsort(numbers, kind="stable")
        self._sorted = numbers[self._order]

    def get(self, reach: Any) -> int | None:
        if plain(reach) is None:
            return None
        at = int(np.searchsorted(self._sorted, int(reach)))
        if at < len(self._sorted) and self._sorted[at] == int(reach):
            return int(self._order[at])
        return None


_known: list[tuple[FeatureSet, _Rows]] = []  # the rivers asked last


def _rows_by_id(data: FeatureSet) -> _Rows:
    if not _known or _known[0][0] is not data:
        _known[:] = [(data, _Rows(data.column("reach_id")))]
    return _known[0][1]


def _runs_downstream(
    data: FeatureSet, shapes: Shapes, snap: Snap, rows: _Rows, names: set[str]
) -> bool | None:
    """Whether the vertices of the reach go with the water; None when it cannot be known.

    The end that touches the next reach is the lower one. The last reach before the mouth is
    taken as its upstream neighbour shows, else as drawn: networks are drawn downstream.
    """
    if "next_down" not in names:
        return None
    line = _line(shapes, snap.part)
    below = rows.get(data.column("next_down")[snap.owner])
    if below is None:
        return True
    first, last = np.searchsorted(shapes.owner, [below, below + 1])
    others = shapes.coords[shapes.starts[first] : shapes.starts[last]]
    if not len(others):
        return True
    to_end = np.hypot(*(others - line[-1]).T).min()
    to_start = np.hypot(*(others - line[0]).T).min()
    return bool(to_end <= to_start)


def _share_left(line: npt.NDArray[np.float64], snap: Snap, downstream: bool) -> float:
    """The part of the reach (0 to 1) between the place and its lower end."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    passed = steps[: snap.segment].sum() + np.hypot(*(line[snap.segment] - snap.place))
    share = float(passed / steps.sum()) if steps.sum() else 0.0
    return 1 - share if downstream else share


def _way_down(data: FeatureSet, row: int, share: float, rows: _Rows) -> float | None:
    """Metres along the rivers; None when a length is missing or the way is a circle."""
    lengths, downs = data.column("length_m"), data.column("next_down")
    total = share * _number(lengths[row])
    seen = {row}
    for _ in range(_FARTHEST):
        below = rows.get(downs[row])
        if below is None:
            return None if total != total else round(total, 1)
        if below in seen:
            return None
        seen.add(below)
        total += _number(lengths[below])
        row = below
    return None


def _number(value: Any) -> float:
    known = plain(value)
    return float("nan") if known is None else float(known)


def place_row(place: Point, crs: str, table_crs: str) -> Mapping[str, Any]:
    """The geometry of a row, in the table's own system."""
    return {GEOMETRY: shapely.Point(*transform_point(place, crs, table_crs))}
