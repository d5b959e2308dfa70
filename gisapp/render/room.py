"""What of a picture is taken by symbols and labels already, over all its layers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.model.geometry import Pixel
from gisapp.model.layer import Layer
from gisapp.model.style import PointStyle
from gisapp.render.camera import Camera
from gisapp.render.parts import in_view

MANY = 300  # more things than this in view are drawn without labels
CROWD = 5000  # more symbols than this are no obstacle to labels: there would be none left

Place = tuple[float, float, float, float]  # left, top, right, bottom, in pixels


@dataclass(frozen=True)
class Label:
    """Words that found a place; written when all layers are drawn, so that none hides them."""

    place: Place
    at: Pixel
    text: str
    color: str
    size: float
    align: str = "left"
    angle: float = 0.0


class Room:
    """Asked before a label is written."""

    def __init__(self, width: float, height: float) -> None:
        self.size = (width, height)
        self._symbols = np.empty((0, 4))
        self._taken = np.empty((0, 4))
        self.labels: list[Label] = []

    def take(self, places: Iterable[Place]) -> None:
        """These are other labels."""
        self._taken = np.concatenate([self._taken, _rows(places)])

    def take_symbols(self, places: Iterable[Place]) -> None:
        """Labels keep off these if they can."""
        self._symbols = np.concatenate([self._symbols, _rows(places)])

    def add(self, label: Label, *, over_symbols: bool = False) -> bool:
        """Keep the label if all of its place is free and in the picture."""
        left, top, right, bottom = label.place
        width, height = self.size
        if left < 0 or top < 0 or right > width or bottom > height:
            return False
        for taken in (self._taken,) if over_symbols else (self._taken, self._symbols):
            clash = (taken[:, 0] < right) & (taken[:, 2] > left)
            clash &= (taken[:, 1] < bottom) & (taken[:, 3] > top)
            if clash.any():
                return False
        self.take([label.place])
        self.labels.append(label)
        return True


def _rows(places: Iterable[Place]) -> npt.NDArray[np.float64]:
    return np.array(list(places), np.float64).reshape(-1, 4)


def symbol_places(layer: Layer, data: Any, camera: Camera) -> list[Place]:
    """What the symbols of a point layer cover; nothing for other layers and for a crowd."""
    style = layer.style
    if not isinstance(style, PointStyle) or not hasattr(data, "shapes_in"):
        return []
    shapes, half = data.shapes_in(camera.crs), style.size * 0.6 * camera.pixel_ratio
    parts = in_view(shapes, camera, half)
    if len(parts) > CROWD:
        return []
    at = camera.to_pixels(shapes.coords[parts])
    return [(x - half, y - half, x + half, y + half) for x, y in at.tolist()]
