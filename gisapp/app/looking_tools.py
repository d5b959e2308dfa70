"""Tools that look and choose: move the map, zoom to a box, identify, select."""

from __future__ import annotations

import numpy as np

from gisapp.app.identify import hits_in_layer, parts_in_box
from gisapp.app.tools import Effects, Identify, MapTool, Pointer, Preview, Select
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Extent, Pixel, Point
from gisapp.model.layer import Layer
from gisapp.render.camera import Camera

CLICK = 4.0  # pixels of a style; a shorter drag is a click with an unsteady hand
TOLERANCE = 6.0  # pixels of a style around a click


def far_enough(start: Pointer, pointer: Pointer) -> bool:
    """Whether the way from press to here is a drag."""
    limit = CLICK * pointer.camera.pixel_ratio
    (x0, y0), (x1, y1) = start.pixel, pointer.pixel
    return max(abs(x1 - x0), abs(y1 - y0)) > limit


def box_between(a: Point, b: Point) -> Extent:
    return Extent(min(a.x, b.x), min(a.y, b.y), max(a.x, b.x), max(a.y, b.y))


class Pan(MapTool):
    """Drag the map."""

    name = "pan"
    cursor = "hand"
    _last: Pointer | None = None

    def press(self, pointer: Pointer) -> Effects:
        self._last = pointer
        return ()

    def move(self, pointer: Pointer) -> Effects:
        last = self._last
        if last is None:
            return ()
        self._last = pointer
        dx, dy = pointer.pixel.x - last.pixel.x, pointer.pixel.y - last.pixel.y
        return (pointer.camera.panned(dx, dy),)

    def release(self, pointer: Pointer) -> Effects:
        self._last = None
        return ()

    def cancel(self) -> Effects:
        self._last = None
        return (Preview(),)


class ZoomBox(MapTool):
    """Drag a box and see it; a click zooms in, with Alt out."""

    name = "zoom_box"
    cursor = "cross"
    uses_shift = True
    _start: Pointer | None = None

    def press(self, pointer: Pointer) -> Effects:
        self._start = pointer
        return ()

    def move(self, pointer: Pointer) -> Effects:
        if self._start is None:
            return ()
        return (Preview(box=box_between(self._start.point, pointer.point)),)

    def release(self, pointer: Pointer) -> Effects:
        start, self._start = self._start, None
        if start is None:
            return ()
        if not far_enough(start, pointer):
            factor = 0.5 if pointer.has("alt") else 2.0
            return (Preview(), pointer.camera.zoomed(factor, pointer.pixel))
        camera = pointer.camera
        seen = Camera.fit(
            box_between(start.point, pointer.point),
            camera.size,
            camera.crs,
            margin=1.0,
            pixel_ratio=camera.pixel_ratio,
        )
        return (Preview(), seen)

    def cancel(self) -> Effects:
        self._start = None
        return (Preview(),)


class IdentifyTool(MapTool):
    """Click: what is here, in all visible layers."""

    name = "identify"
    cursor = "pointer"
    _start: Pointer | None = None

    def press(self, pointer: Pointer) -> Effects:
        self._start = pointer
        return ()

    def release(self, pointer: Pointer) -> Effects:
        start, self._start = self._start, None
        if start is None or far_enough(start, pointer):
            return ()
        return (Identify(pointer),)


class SelectBox(MapTool):
    """Click a feature or drag a box over many; Shift adds to what is selected.

    The active layer is asked first, then the others from the top.
    """

    name = "select"
    cursor = "arrow"
    uses_shift = True
    _start: Pointer | None = None

    def press(self, pointer: Pointer) -> Effects:
        self._start = pointer
        return ()

    def move(self, pointer: Pointer) -> Effects:
        if self._start is None or not far_enough(self._start, pointer):
            return ()
        return (Preview(box=box_between(self._start.point, pointer.point)),)

    def release(self, pointer: Pointer) -> Effects:
        start, self._start = self._start, None
        if start is None:
            return ()
        if far_enough(start, pointer):
            chosen = self._in_box(pointer.camera, box_between(start.point, pointer.point))
        else:
            chosen = self._at(pointer.camera, pointer.pixel)
        add = pointer.has("shift")
        if chosen is None:
            return (Preview(),) if add else (Preview(), Select(None, frozenset()))
        layer, features = chosen
        return (Preview(), Select(layer.id, features, add))

    def cancel(self) -> Effects:
        self._start = None
        return (Preview(),)

    def _layers(self) -> list[Layer]:
        state = self.look()
        visible = [layer for layer in reversed(state.project.layers) if layer.visible]
        return sorted(visible, key=lambda layer: layer.id != state.active)

    def _at(self, camera: Camera, pixel: Pixel) -> tuple[Layer, frozenset[FeatureId]] | None:
        state = self.look()
        tolerance = TOLERANCE * camera.pixel_ratio
        for layer in self._layers():
            hits = hits_in_layer(camera, pixel, layer, state.data_of(layer), tolerance)
            if hits and hits[0].feature is not None:
                return layer, frozenset([hits[0].feature])
        return None

    def _in_box(self, camera: Camera, box: Extent) -> tuple[Layer, frozenset[FeatureId]] | None:
        state = self.look()
        for layer in self._layers():
            data = state.data_of(layer)
            found = parts_in_box(data, camera.crs, box)
            if len(found) and data is not None and hasattr(data, "ids"):
                return layer, frozenset(FeatureId(str(fid)) for fid in data.ids[np.unique(found)])
        return None
