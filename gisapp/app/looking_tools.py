"""Tools that look and choose: move the map, zoom to a box, identify, select."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gisapp.app.choosing import chosen, is_quick
from gisapp.app.identify import hits_in_layer
from gisapp.app.tools import (
    Choose,
    Effects,
    Identify,
    Key,
    Look,
    MapTool,
    Pointer,
    Preview,
    Select,
)
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
    moves_map = True
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
        return (_box_preview(self._start, pointer),)

    def release(self, pointer: Pointer) -> Effects:
        start, self._start = self._start, None
        if start is None:
            return ()
        if not far_enough(start, pointer):
            factor = 0.5 if pointer.has("alt") else 2.0
            return (Preview(), pointer.camera.zoomed(factor, pointer.pixel))
        camera, (x0, y0), (x1, y1) = pointer.camera, start.pixel, pointer.pixel
        width, height = camera.size
        share = max(abs(x1 - x0) / width, abs(y1 - y0) / height)
        middle = camera.to_map(Pixel((x0 + x1) / 2, (y0 + y1) / 2))
        seen = replace(camera, center=middle, resolution=camera.resolution * share)
        return (Preview(), seen)

    def cancel(self) -> Effects:
        self._start = None
        return (Preview(),)


class IdentifyTool(MapTool):
    """Click: what is here, in all visible layers. A drag moves the map."""

    name = "identify"
    cursor = "pointer"
    _start: Pointer | None = None
    _last: Pointer | None = None  # of a drag

    def press(self, pointer: Pointer) -> Effects:
        self._start = self._last = pointer
        self.moves_map = False
        return ()

    def move(self, pointer: Pointer) -> Effects:
        start, last = self._start, self._last
        if start is None or last is None:
            return ()
        if not self.moves_map and not far_enough(start, pointer):
            return ()
        self.moves_map = True
        self._last = pointer
        dx, dy = pointer.pixel.x - last.pixel.x, pointer.pixel.y - last.pixel.y
        return (pointer.camera.panned(dx, dy),)

    def release(self, pointer: Pointer) -> Effects:
        start, self._start, self._last = self._start, None, None
        if start is None or self.moves_map or far_enough(start, pointer):
            return ()
        return (Identify(pointer),)

    def cancel(self) -> Effects:
        self._start = self._last = None
        return (Preview(),)


class _Selecting(MapTool):
    """Click a feature, or choose many by an outline; Shift adds to what is selected.

    The active layer is asked first, then the others from the top.
    """

    uses_shift = True

    def _clicked(self, pointer: Pointer) -> Effects:
        add = pointer.has("shift")
        found = self._at(pointer.camera, pointer.pixel)
        if found is None:
            return (Preview(),) if add else (Preview(), Select(None, frozenset()))
        return Preview(), Select(found[0].id, frozenset([found[1]]), add)

    def _outlined(self, camera: Camera, outline: Iterable[Pixel], add: bool) -> Effects:
        wanted = Choose(camera, tuple(outline), tuple(self._layers()), add)
        seen_of = self.look().seen_of
        if not is_quick(wanted, seen_of):
            return Preview(), wanted
        found = chosen(wanted, seen_of)
        if found is None:
            return (Preview(),) if add else (Preview(), Select(None, frozenset()))
        return Preview(), found

    def _layers(self) -> list[Layer]:
        state = self.look()
        visible = [layer for layer in reversed(state.project.layers) if layer.visible]
        return sorted(visible, key=lambda layer: layer.id != state.active)

    def _at(self, camera: Camera, pixel: Pixel) -> tuple[Layer, FeatureId] | None:
        state = self.look()
        tolerance = TOLERANCE * camera.pixel_ratio
        for layer in self._layers():
            hits = hits_in_layer(camera, pixel, layer, state.seen_of(layer), tolerance)
            if hits and hits[0].feature is not None:
                return layer, hits[0].feature
        return None


class SelectBox(_Selecting):
    """Click a feature or drag a box over many."""

    name = "select"
    cursor = "arrow"
    _start: Pointer | None = None

    def press(self, pointer: Pointer) -> Effects:
        self._start = pointer
        return ()

    def move(self, pointer: Pointer) -> Effects:
        if self._start is None or not far_enough(self._start, pointer):
            return ()
        return (_box_preview(self._start, pointer),)

    def release(self, pointer: Pointer) -> Effects:
        start, self._start = self._start, None
        if start is None:
            return ()
        if not far_enough(start, pointer):
            return self._clicked(pointer)
        corners = _corners(start.pixel, pointer.pixel)
        return self._outlined(pointer.camera, corners, pointer.has("shift"))

    def cancel(self) -> Effects:
        self._start = None
        return (Preview(),)


class SelectLasso(_Selecting):
    """Drag a line around what is wanted, or click the corners of an area around it.

    A drag is closed when the button is let go, an area by a double click, a right click or
    Enter. The outline stays where it is on the map when the map is moved in between.
    """

    name = "lasso"
    cursor = "cross"
    draws = True

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._outline: list[Point] = []
        self._start: Pointer | None = None
        self._last: Pointer | None = None
        self._dragging = False

    @property
    def is_drawing(self) -> bool:
        return bool(self._outline)

    def press(self, pointer: Pointer) -> Effects:
        self._start = self._last = pointer
        return ()

    def move(self, pointer: Pointer) -> Effects:
        start, last = self._start, self._last
        if start is not None and last is not None and not self._outline:
            self._dragging = self._dragging or far_enough(start, pointer)
        if self._dragging and self._start is not None:
            if not self._outline:
                self._outline = [self._start.point]
            if last is None or far_enough(last, pointer):
                self._outline.append(pointer.point)
                self._last = pointer
            return (Preview(outline=tuple(self._outline)),)
        if self._outline:
            return (Preview(outline=(*self._outline, pointer.point)),)
        return ()

    def release(self, pointer: Pointer) -> Effects:
        if self._start is None:
            return ()
        self._start, self._last = None, pointer
        if self._dragging:
            self._outline.append(pointer.point)
            return self.finish()
        self._outline.append(pointer.point)
        return (Preview(outline=tuple(self._outline)),)

    def finish(self) -> Effects:
        outline, last = self._outline, self._last
        self._outline, self._dragging, self._start = [], False, None
        if last is None:
            return (Preview(),)
        pixels = [last.camera.to_screen(place) for place in outline]
        near = CLICK * last.camera.pixel_ratio
        apart = [p for n, p in enumerate(pixels) if not n or _far(p, pixels[n - 1]) > near]
        if len(apart) < 3:
            return self._clicked(last)
        return self._outlined(last.camera, pixels, last.has("shift"))

    def key(self, key: Key) -> Effects:
        if key == "enter":
            return self.finish() if self._outline else ()
        if key == "backspace" and self._outline and not self._dragging:
            self._outline.pop()
            return (Preview(outline=tuple(self._outline)),)
        return ()

    def cancel(self) -> Effects:
        self._outline, self._start, self._dragging = [], None, False
        return (Preview(),)


def _box_preview(start: Pointer, pointer: Pointer) -> Preview:
    """The box as it stands on the screen, also where the map is turned."""
    camera = pointer.camera
    if not camera.rotation:
        return Preview(box=box_between(start.point, pointer.point))
    corners = _corners(start.pixel, pointer.pixel)
    return Preview(outline=tuple(map(camera.to_map, corners)))


def _corners(a: Pixel, b: Pixel) -> tuple[Pixel, ...]:
    return a, Pixel(b.x, a.y), b, Pixel(a.x, b.y)


def _far(a: Pixel, b: Pixel) -> float:
    return max(abs(a.x - b.x), abs(a.y - b.y))
