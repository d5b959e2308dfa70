"""A picture asked for: everything needed to paint it, frozen at the moment of asking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gisapp.model.features import FeatureId, FeatureSet
from gisapp.model.geometry import Extent, PixelGrid, Point
from gisapp.model.layer import Layer, LayerId
from gisapp.model.progress import Progress
from gisapp.model.style import Style
from gisapp.render.camera import Camera
from gisapp.render.canvas import Canvas, Image
from gisapp.render.labels import measure_of, place_labels, write_labels


class Raster(Protocol):
    """A grid of values or colours; gisapp.io makes them. Safe to use from any thread."""

    @property
    def crs(self) -> str: ...
    @property
    def extent(self) -> Extent: ...
    @property
    def unit(self) -> str: ...
    @property
    def is_picture(self) -> bool:
        """Three or four bands of 8-bit colour."""

    def values(self, grid: PixelGrid, progress: Progress) -> npt.NDArray[np.float32]:
        """One band resampled to the picture (rows x columns, NaN: no data), in `unit`."""

    def colours(self, grid: PixelGrid, progress: Progress) -> Image: ...

    def value_at(self, point: Point, crs: str) -> float | None:
        """The value of the cell under a place, in `unit`; None outside and on no data."""


Data = FeatureSet | Raster
Painter = Callable[[Layer, Data, Camera, Canvas, Progress], None]


@dataclass(frozen=True, eq=False)
class RenderRequest:
    """Paint it on any thread, on any canvas. It reads nothing that can change: no locks."""

    camera: Camera
    layers: tuple[Layer, ...]  # first at the bottom
    data: Mapping[LayerId, Data] = field(repr=False)  # a layer without data yet is left out
    painters: Mapping[type[Style], Painter] = field(repr=False)

    selected: Mapping[LayerId, frozenset[FeatureId]] = field(default_factory=dict, repr=False)

    def paint(self, canvas: Canvas, progress: Progress) -> None:
        """The layers and over them their labels."""
        self.paint_layers(canvas, progress)
        labels = place_labels(self, measure_of(canvas), (), progress)
        write_labels(canvas, labels, self.camera)

    def paint_layers(self, canvas: Canvas, progress: Progress) -> None:
        shown = [layer for layer in self.layers if layer.visible and layer.id in self.data]
        for done, layer in enumerate(shown):
            progress.report(done / len(shown), layer.name)
            painter = self.painters.get(type(layer.style))
            if painter is None:
                continue
            with canvas.layer(layer.opacity) as sheet:
                painter(layer, self.data[layer.id], self.camera, sheet, progress)
