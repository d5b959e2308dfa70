"""The squares of the map, painted layer by layer and kept, so that a change paints what it changes.

A restyled layer is painted anew and laid between the others as they are; opacity and order paint
nothing, but for a layer that becomes the lowest one, on the map's ground. An edit of a few features
paints where they were and are. Rasters of values keep the values of their squares: other colours
are given to them without reading the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from threading import Condition, local
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gisapp.app.events import Event
from gisapp.app.layer_changes import LayerChanges, State
from gisapp.app.tile_memory import TileMemory
from gisapp.model.errors import GisError
from gisapp.model.geometry import Pixel, PixelGrid, Size
from gisapp.model.layer import Layer, LayerId
from gisapp.model.progress import Progress
from gisapp.model.style import AreaStyle, LineStyle, MeasureStyle, PointStyle, Style
from gisapp.render.camera import Camera
from gisapp.render.canvas import Canvas, Image, Press
from gisapp.render.compiled_tiles import AT_ONCE, loops
from gisapp.render.raster_squares import fill
from gisapp.render.request import Painter
from gisapp.render.square_memory import SQUARES
from gisapp.render.states import EMPTY, OPAQUE, SOME, alike, states_for
from gisapp.render.tiles import (
    TILE,
    Coarse,
    Tile,
    TileGrid,
    TileGrids,
    TilePlace,
    boxes_on,
)
from gisapp.render.vector_squares import can_fill
from gisapp.render.vector_squares import fill as fill_vectors

MENDED = 50  # places in one square; for more, the square is painted anew
COARSE = 4  # pixels of the screen for one of a coarse picture, along each axis
PATIENCE = 0.01  # seconds until a thread that waits for another one looks whether it is stopped

Failures = tuple[tuple[Layer, GisError], ...]
LayerKey = tuple[LayerId, TileGrid, TilePlace, int]  # and the colour it lies on; 0: none


@dataclass(frozen=True, eq=False)
class Stack:
    """The layers of a view as they are now, first at the bottom."""

    layers: tuple[Layer, ...]
    states: tuple[State, ...]
    ground: int = 0  # see `MapView.lie_on`

    def is_as(self, other: Stack) -> bool:
        """Whether both give the same pictures."""
        return (
            self.ground == other.ground
            and len(self.layers) == len(other.layers)
            and all(map(_same_look, self.layers, other.layers))
            and all(a is b for a, b in zip(self.states, other.states, strict=True))
        )

    @property
    def names(self) -> tuple[LayerId, ...]:
        return tuple(layer.id for layer in self.layers)


def _same_look(one: Layer, other: Layer) -> bool:
    return one is other or (
        one.id == other.id and one.style == other.style and one.opacity == other.opacity
    )


class LayerTile(NamedTuple):
    """A layer in a square, as it was painted."""

    style: Style
    version: int
    tile: Tile | None  # None: nothing is there


class Composed(NamedTuple):
    """A square with all its layers."""

    parts: tuple[tuple[Tile, float], ...]  # pictures and opacities it was made of
    stack: Stack  # it was found to be right for
    tile: Tile | None
    failures: Failures


class TilePictures:
    """Give it to all views of one project: they share what is painted."""

    def __init__(self, press: Press, painters: Mapping[type[Style], Painter], limit: int) -> None:
        """`limit` in bytes of what is kept."""
        self.changes = LayerChanges()
        self.memory = TileMemory(limit)
        self.grids = TileGrids()
        self.more: Event[None] = Event()  # data of a layer arrived; views ask for them
        self._press = press
        self._painters = painters
        self._made = Condition()
        self._making: set[Any] = set()
        self._sheets = local()  # what a thread paints squares on

    def kept(self, stack: Stack, grid: TileGrid, place: TilePlace) -> Composed | None:
        """The square if it is there and was made for just this; on any thread, at once."""
        found: Composed | None = self.memory.get((stack.names, grid, place))
        if found is None or not (found.stack is stack or found.stack.is_as(stack)):
            return None
        return found

    def tile(self, stack: Stack, grid: TileGrid, place: TilePlace, progress: Progress) -> Composed:
        """Paint what is missing and lay the layers on each other. On any thread."""
        parts: list[tuple[Tile, float]] = []
        failures: list[tuple[Layer, GisError]] = []
        bottom = stack.layers[0] if stack.layers and stack.layers[0].opacity >= 1 else None
        for layer, state in reversed(tuple(zip(stack.layers, stack.states, strict=True))):
            ground = stack.ground if layer is bottom else 0
            try:
                # a layer may be the lowest in one view and not in another one
                key = (layer.id, grid, place, ground)
                with self._alone(key, progress):
                    found = self._layer_tile(layer, state, key, progress)
            except GisError as error:
                failures.append((layer, error))
                continue
            if found is not None:
                parts.append((found, layer.opacity))
                if layer.opacity >= 1 and found.is_opaque:
                    break  # nothing below it can be seen
        parts.reverse()
        failures.reverse()
        whole = (stack.names, grid, place)
        old: Composed | None = self.memory.get(whole)
        same = old is not None and _same_parts(old.parts, parts)
        tile = old.tile if same and old is not None else self._laid(parts, grid.side)
        made = Composed(tuple(parts), stack, tile, tuple(failures))
        if not failures:
            self.memory.put(whole, made, 0 if tile is None else tile.pixels.nbytes)
        return made

    def coarse(self, stack: Stack, camera: Camera, progress: Progress) -> Coarse | None:
        """All layers of a view with a quarter of its columns and rows; nothing of it is kept."""
        width, height = (-(-side // COARSE) for side in camera.size)
        rough = replace(
            camera,
            resolution=camera.resolution * COARSE,
            pixel_ratio=camera.pixel_ratio / COARSE,
            size=Size(width, height),
        )
        parts: list[tuple[Tile, float]] = []
        for layer, state in zip(stack.layers, stack.states, strict=True):
            try:
                found = self._painted(layer, state, rough, 0, progress)
            except GisError:
                continue  # the squares tell
            if found is not None:
                parts.append((found, layer.opacity))
        tile = self._laid(parts, rough.size)
        return None if tile is None else Coarse(rough, tile)

    @contextmanager
    def _alone(self, key: Any, progress: Progress) -> Iterator[None]:
        """Two views that want the same do not paint it twice: the second one waits."""
        with self._made:
            while key in self._making:
                self._made.wait(PATIENCE)
                progress.report(0.0)
            self._making.add(key)
        try:
            yield
        finally:
            with self._made:
                self._making.discard(key)
                self._made.notify_all()

    def _layer_tile(
        self, layer: Layer, state: State, key: LayerKey, progress: Progress
    ) -> Tile | None:
        _, grid, place, ground = key
        old: LayerTile | None = self.memory.get(key)
        camera = grid.camera(place)
        boxes = None
        if old is not None and old.style == layer.style:
            if old.version == state.version:
                return old.tile
            boxes = _touched(layer.style, state, old.version, camera)
        if old is not None and boxes == []:
            tile = old.tile
        elif old is not None and boxes is not None and _is_mended(layer.style, boxes):
            tile = self._mended(old.tile, boxes, layer, state, camera, ground, progress)
        else:
            tile = self._painted(layer, state, camera, ground, progress)
        made = LayerTile(layer.style, state.version, tile)
        self.memory.put(key, made, 0 if tile is None else tile.pixels.nbytes)
        return tile

    def _painted(
        self, layer: Layer, state: State, camera: Camera, ground: int, progress: Progress
    ) -> Tile | None:
        made = self._drawn(layer, state, camera, progress)
        if made is None or made.is_opaque or not ground or (compiled := loops()) is None:
            return made
        states = made.states
        if states is None:
            states = states_for(made.pixels.shape)
            states.fill(SOME)
        compiled.lay_on(made.pixels, states, ground)
        return Tile(made.pixels, True, states)

    def _drawn(self, layer: Layer, state: State, camera: Camera, progress: Progress) -> Tile | None:
        """A square of its own that nobody else has."""
        painter = self._painters.get(type(layer.style))
        data = state.data
        if hasattr(data, "values") and not hasattr(data, "shapes_in"):
            data = KeptValues(data, layer.id, state, self.memory)

        filled = fill(painter, layer, data, camera, partial(SQUARES.new, camera.size), progress)
        if filled is not None:
            pixels, ink = filled
            return None if ink == EMPTY else Tile(pixels, ink == OPAQUE)

        if can_fill(painter, layer, data):
            stamps = self._press.stamps
            return fill_vectors(painter, layer, data, camera, stamps, progress)

        def draw(canvas: Canvas) -> None:
            if painter is not None:
                painter(layer, data, camera, canvas, progress)

        return Tile.of(self._press.picture(camera.size, draw, self._sheet(camera.size)))

    def _sheet(self, size: Size) -> Image | None:
        """Memory to paint a square on, the same one again and again in each thread."""
        width, height = size
        if max(size) > TILE:
            return None
        if not hasattr(self._sheets, "memory"):
            self._sheets.memory = np.empty(TILE * TILE * 4, np.uint8)
        found: Image = self._sheets.memory[: width * height * 4].reshape(height, width, 4)
        return found

    def _mended(
        self,
        tile: Tile | None,
        boxes: list[tuple[int, int, int, int]],
        layer: Layer,
        state: State,
        camera: Camera,
        ground: int,
        progress: Progress,
    ) -> Tile | None:
        width, height = camera.size
        bare = ground if tile is None or tile.is_opaque else 0  # without loops nothing lies on it
        out = np.full((height, width), bare, np.uint32) if tile is None else tile.pixels.copy()
        for left, top, right, bottom in boxes:
            part = camera.part(left, top, right - left, bottom - top)
            made = self._painted(layer, state, part, bare, progress)
            out[top:bottom, left:right] = bare if made is None else made.pixels
        return Tile.of_pixels(out)

    def _laid(self, parts: list[tuple[Tile, float]], size: Size) -> Tile | None:
        if not parts:
            return None
        if len(parts) == 1 and parts[0][1] >= 1:
            return parts[0][0]

        compiled = loops()
        if compiled is not None and all(opacity >= 1 for _, opacity in parts):
            whole = SQUARES.new(size)
            below, *above = ((tile.pixels, tile.known) for tile, _ in parts)
            while above:
                some, above = above[:AT_ONCE], above[AT_ONCE:]
                pixels, known = zip(below, *some, *[below] * (AT_ONCE - len(some)), strict=True)
                compiled.lay_known(whole, *pixels, *known, len(some))
                below = whole, alike(whole.shape, SOME)
            return Tile(whole, any(tile.is_opaque for tile, _ in parts))

        def draw(canvas: Canvas) -> None:
            for tile, opacity in parts:
                with canvas.layer(opacity) as sheet:  # which colour is red does not matter here
                    sheet.image(tile.bytes, Pixel(0, 0), 1)

        return Tile.of_pixels(self._press.picture(size, draw).view(np.uint32)[:, :, 0])


class KeptValues:
    """A raster that remembers the values it was asked for, as long as there is memory."""

    def __init__(self, raster: Any, layer: LayerId, state: State, memory: TileMemory) -> None:
        self._raster, self._layer, self._state, self._memory = raster, layer, state, memory

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raster, name)

    def values(self, grid: PixelGrid, progress: Progress) -> npt.NDArray[np.float32]:
        key = ("values", self._layer, grid)
        kept = self._memory.get(key)
        if kept is not None:
            version, values = kept
            boxes = self._state.boxes_since(version, grid.crs)
            if boxes is not None and not _meets(grid, boxes):
                found: npt.NDArray[np.float32] = values
                return found
        made: npt.NDArray[np.float32] = self._raster.values(grid, progress)
        size = made.nbytes
        if np.isnan(made).all():
            made, size = np.broadcast_to(np.float32(np.nan), made.shape), 0
        self._memory.put(key, (self._state.version, made), size)
        return made


def _meets(grid: PixelGrid, boxes: npt.NDArray[np.float64]) -> bool:
    left, bottom, right, top = grid.extent
    hit = (boxes[:, 0] <= right) & (boxes[:, 2] >= left)
    return bool((hit & (boxes[:, 1] <= top) & (boxes[:, 3] >= bottom)).any())


def _touched(
    style: Style, state: State, version: int, camera: Camera
) -> list[tuple[int, int, int, int]] | None:
    """Pixels that can differ from that version of the layer; None: any."""
    if isinstance(style, MeasureStyle):
        return None  # a line reaches far from the place of its row
    if isinstance(style, PointStyle):
        room = style.size
        if style.cluster:
            return None  # a point far away can be counted with others now
    elif isinstance(style, LineStyle):
        room = style.width
        if style.width_by:
            return None  # the largest value may be another
    else:
        room = style.width if isinstance(style, AreaStyle) else 1.0
    boxes = state.boxes_since(version, camera.crs)
    return None if boxes is None else boxes_on(camera, boxes, room * camera.pixel_ratio + 2)


def _is_mended(style: Style, boxes: list[tuple[int, int, int, int]]) -> bool:
    """Whether painting small pieces gives what painting all of it would, and sooner."""
    return isinstance(style, PointStyle) and not style.inside and len(boxes) <= MENDED


def _same_parts(one: tuple[tuple[Tile, float], ...], other: list[tuple[Tile, float]]) -> bool:
    return len(one) == len(other) and all(
        a is b and before == after for (a, before), (b, after) in zip(one, other, strict=True)
    )
