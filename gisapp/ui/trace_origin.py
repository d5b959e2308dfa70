"""Where a trace starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gisapp.model.features import FeatureId, FeatureSet
from gisapp.model.geometry import Point


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a trace starts: in words of the algorithm; a place of the map; or a feature."""

    start: str
    at: Point | None = None
    role: str = ""
    feature: FeatureId | None = None
    taken: int = 0  # of the reaches near the place


@dataclass(frozen=True, slots=True)
class Answered:
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
