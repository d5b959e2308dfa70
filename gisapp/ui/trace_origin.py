"""Where a trace starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gisapp.model.features import FeatureId, FeatureSet
from gisapp.model.geometry import Extent, Point
from gisapp.model.layer import LayerId


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a trace starts: in words of the algorithm; a place of the map; or a feature."""

    start: str
    at: Point | None = None
    role: str = ""
    feature: FeatureId | None = None
    taken: int = 0  # of the reaches near the place
    rivers: LayerId | None = None  # the layer that holds the reach, where one was clicked


@dataclass(frozen=True, slots=True)
class Answered:
    rivers: LayerId
    hand: Any
    choices: Sequence[Any]
    answer: Any


def place_of(points: FeatureSet | None, feature: FeatureId | None, crs: str) -> Point | None:
    """Where a point lies, in a system; None where that is not known."""
    if points is None or feature is None:
        return None
    [number] = points.numbers_of([feature])
    shapes = points.shapes_in(crs)
    parts = shapes.parts_of(np.array([number])) if number >= 0 else np.empty(0, np.int64)
    if not len(parts):
        return None
    x, y = shapes.coords[shapes.starts[parts[0]]].tolist()
    return Point(x, y) if x == x and y == y else None


def likeliest(
    rivers: Sequence[tuple[LayerId, FeatureSet]], at: Point | None, crs: str
) -> Sequence[tuple[LayerId, FeatureSet]]:
    """Layers of rivers, those whose extent holds the place before others; else in their order."""
    if at is None or len(rivers) < 2:
        return rivers
    boxes = {layer: river.shapes_in(crs).extent for layer, river in rivers}
    return sorted(rivers, key=lambda one: not _holds(boxes[one[0]], at))


def _holds(box: Extent | None, at: Point) -> bool:
    return box is not None and box.left <= at.x <= box.right and box.bottom <= at.y <= box.top
