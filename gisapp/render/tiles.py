"""A view in squares: they are painted, kept and shown one by one, and used again while it moves.

A square is rarely one: its sides are chosen so that a whole number of them is the view the grid was
made for, and nothing beside that view is painted before it is shown.

All squares of a scale lie on one grid, so that a view beside the last one has the same squares. The
grid begins at a pixel of the view it was made for; another view is shown on the nearest whole
pixel of it: on the screen everything lies within half a pixel of where the camera says, together
and never against each other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gisapp.model.geometry import Extent, Pixel, Point, Size
from gisapp.render.camera import Camera
from gisapp.render.canvas import Image
from gisapp.render.compiled_tiles import loops
from gisapp.render.square_memory import SQUARES, Pixels
from gisapp.render.states import EMPTY, OPAQUE, SOME, States, alike

TILE = 960  # pixels of a side at most
LEAST = 256  # pixels of a side at least


class TilePlace(NamedTuple):
    """Columns count eastward and rows southward of an unturned map, from its origin."""

    column: int
    row: int


class Scale(NamedTuple):
    """What squares must have in common to lie beside each other."""

    crs: str
    resolution: float  # map units per pixel
    rotation: float  # degrees clockwise
    pixel_ratio: float

    @classmethod
    def of(cls, camera: Camera) -> Scale:
        """Scales that differ by rounding alone are one: there and back is the same."""
        resolution = float(f"{camera.resolution:.12g}")
        rotation = float(f"{camera.rotation:.9g}") % 360
        return cls(camera.crs, resolution, rotation, camera.pixel_ratio)


@dataclass(frozen=True, slots=True)
class TileGrid:
    """The squares of one scale; pixels are counted from an origin, to the right and down."""

    scale: Scale
    origin: Point  # in map units
    side: Size  # of each square, in pixels

    @classmethod
    def around(cls, camera: Camera) -> TileGrid:
        """The grid with the fewest squares in this view: it lies in the middle of them."""
        side = Size(*map(_side, camera.size))
        sides = zip(camera.size, side, strict=True)
        width, height = (-seen % part // 2 for seen, part in sides)
        return cls(Scale.of(camera), camera.to_map(Pixel(-width, -height)), side)

    def suits(self, camera: Camera) -> bool:
        """Whether the squares can be shown as they are."""
        return self.scale == Scale.of(camera)

    def corner(self, camera: Camera) -> tuple[int, int]:
        """The pixel of the grid at the top left of a view: the nearest whole one."""
        across, down = self._pixel(camera.center)
        width, height = camera.size
        return round(across - width / 2), round(down - height / 2)

    def aligned(self, camera: Camera) -> Camera:
        """The view moved by half a pixel at most, so that its pixels are those of the grid."""
        left, top = self.corner(camera)
        return self._camera(left, top, camera.size)

    def camera(self, place: TilePlace) -> Camera:
        """Sees one square: exactly the pixels that an aligned view would have there."""
        return self._camera(*self.pixel(place), self.side)

    def pixel(self, place: TilePlace) -> tuple[int, int]:
        """The left and top of a square, in pixels of the grid."""
        return place.column * self.side.width, place.row * self.side.height

    def extent(self, place: TilePlace) -> Extent:
        """What a square shows, in map units; of a turned one the upright rectangle around it."""
        return self.camera(place).extent

    def places(self, camera: Camera, ring: int = 0) -> list[TilePlace]:
        """The squares of a view, from its middle outward, with so many more on every side."""
        left, top = self.corner(camera)
        width, height = camera.size
        wide, tall = self.side
        columns = range(left // wide - ring, (left + width - 1) // wide + ring + 1)
        rows = range(top // tall - ring, (top + height - 1) // tall + ring + 1)
        x, y = (left + width / 2) / wide - 0.5, (top + height / 2) / tall - 0.5
        found = [TilePlace(column, row) for row in rows for column in columns]
        return sorted(found, key=lambda place: math.hypot(place.column - x, place.row - y))

    def _camera(self, left: int, top: int, size: Size) -> Camera:
        center = self._map(left + size.width / 2, top + size.height / 2)
        crs, resolution, rotation, ratio = self.scale
        return Camera(center, resolution, size, crs, ratio, rotation)

    def _pixel(self, point: Point) -> tuple[float, float]:
        cos, sin = self._turn
        x = (point.x - self.origin.x) / self.scale.resolution
        y = (point.y - self.origin.y) / self.scale.resolution
        return x * cos + y * sin, x * sin - y * cos

    def _map(self, across: float, down: float) -> Point:
        cos, sin = self._turn
        step = self.scale.resolution
        x, y = (across * cos + down * sin) * step, (across * sin - down * cos) * step
        return Point(self.origin.x + x, self.origin.y + y)

    @property
    def _turn(self) -> tuple[float, float]:
        if not self.scale.rotation:
            return 1.0, 0.0
        angle = math.radians(self.scale.rotation)
        return math.cos(angle), math.sin(angle)


def _side(view: int) -> int:
    """Of squares along one side of a view."""
    return max(LEAST, math.ceil(view / math.ceil(view / TILE)))


class TileGrids:
    """The grid that was used for a scale here before, so that what is kept can be shown again."""

    MOST = 64  # scales
    NEAR = 4 * TILE  # pixels; for a view farther away a grid of its own has fewer squares

    def __init__(self) -> None:
        self._grids: dict[Scale, tuple[TileGrid, Point]] = {}

    def of(self, camera: Camera) -> TileGrid:
        scale = Scale.of(camera)
        grid, seen = self._grids.pop(scale, (None, camera.center))
        far = max(abs(camera.center.x - seen.x), abs(camera.center.y - seen.y))
        if grid is None or far > self.NEAR * camera.resolution:
            grid = TileGrid.around(camera)
        self._grids[scale] = grid, camera.center
        if len(self._grids) > self.MOST:
            del self._grids[next(iter(self._grids))]
        return grid


@dataclass(frozen=True, eq=False)
class Tile:
    """A square as a screen wants it."""

    pixels: Pixels
    is_opaque: bool
    states: States | None = None  # of pieces of its rows, None: unknown

    @classmethod
    def of(cls, image: Image) -> Tile | None:
        """From a picture; None where nothing is drawn."""
        from_rgba = np.ascontiguousarray(image).view(np.uint32)[:, :, 0]
        if (compiled := loops()) is not None:
            from_rgba = np.ascontiguousarray(from_rgba)
            if not compiled.inked(from_rgba):
                return None
            out = SQUARES.new(Size(from_rgba.shape[1], from_rgba.shape[0]))
            state = compiled.turn(from_rgba, out)
            return None if state == EMPTY else cls(out, state == OPAQUE)
        if not from_rgba.any():
            return None
        return cls(red_and_blue_changed(from_rgba), bool((from_rgba >= 0xFF000000).all()))

    @classmethod
    def of_pixels(cls, pixels: npt.NDArray[np.uint32]) -> Tile | None:
        """From numbers as they are kept; None where nothing is drawn."""
        least, most = int(pixels.min()), int(pixels.max())
        return cls(pixels, least >= 0xFF000000) if most else None

    @property
    def known(self) -> States:
        """Of pieces of its rows, what they are at least."""
        if self.states is None:
            return alike(self.pixels.shape, OPAQUE if self.is_opaque else SOME)
        return self.states

    @property
    def bytes(self) -> Image:
        """rows x columns x 4 in the order of the screen: blue, green, red, alpha."""
        return self.pixels.view(np.uint8).reshape(*self.pixels.shape, 4)

    @property
    def image(self) -> Image:
        pixels = red_and_blue_changed(self.pixels)
        return pixels.view(np.uint8).reshape(*pixels.shape, 4)


def red_and_blue_changed(pixels: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """From RGBA bytes to the order of the screen, or back; of any shape."""
    out = pixels & np.uint32(0xFF00FF00)
    part = pixels & np.uint32(0x00FF00FF)
    out |= part >> np.uint32(16)
    part <<= np.uint32(16)
    out |= part
    return out


@dataclass(frozen=True, eq=False)
class Sheet:
    """Something small on a large transparent picture, such as labels: only the pieces with ink."""

    camera: Camera  # aligned to its grid
    pieces: tuple[tuple[int, int, Tile], ...]  # left and top on the picture

    SIDE = 256

    @classmethod
    def of(cls, camera: Camera, image: Image) -> Sheet:
        side, pieces = cls.SIDE, []
        for top in range(0, image.shape[0], side):
            for left in range(0, image.shape[1], side):
                tile = Tile.of(image[top : top + side, left : left + side])
                if tile is not None:
                    pieces.append((left, top, tile))
        return cls(camera, tuple(pieces))


class Coarse(NamedTuple):
    """A whole view with few pixels."""

    camera: Camera
    tile: Tile


@dataclass(eq=False)
class Frame:
    """What is there of a view: squares come in one by one. Use it on the main thread."""

    camera: Camera
    grid: TileGrid
    tiles: dict[TilePlace, Tile | None]  # None: nothing is drawn there
    labels: Sheet | None = None
    coarse: Coarse | None = None  # to be seen where squares are missing
    complete: bool = False
    revision: int = 0  # another one whenever a square came

    def picture(self, *, labels: bool = True) -> Image:
        """All of it as one picture of the view's size."""
        left, top = self.grid.corner(self.camera)
        width, height = self.camera.size
        out = np.zeros((height, width, 4), np.uint8)
        for place, tile in self.tiles.items():
            if tile is not None:
                across, down = self.grid.pixel(place)
                _lay(out, tile.image, across - left, down - top)
        if labels and self.labels is not None and self.grid.suits(self.labels.camera):
            x, y = self.grid.corner(self.labels.camera)
            for across, down, tile in self.labels.pieces:
                _lay(out, tile.image, x + across - left, y + down - top, over=True)
        return out

    @property
    def is_empty(self) -> bool:
        ink = self.labels is not None and bool(self.labels.pieces)
        return not ink and all(tile is None for tile in self.tiles.values())


def _lay(out: Image, piece: Image, left: int, top: int, *, over: bool = False) -> None:
    height, width = piece.shape[:2]
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + width, out.shape[1]), min(top + height, out.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    seen = piece[y0 - top : y1 - top, x0 - left : x1 - left]
    below = out[y0:y1, x0:x1]
    if over:
        rest = below * (255 - seen[:, :, 3:].astype(np.uint32))
        seen = seen + ((rest + (rest >> 8) + 128) >> 8).astype(np.uint8)
    below[:] = seen


def boxes_on(
    camera: Camera, boxes: npt.NDArray[np.float64], room: float
) -> list[tuple[int, int, int, int]]:
    """Places of a picture that boxes of the map (n x 4) can touch with so many pixels around.

    left, top, right, bottom in whole pixels; those beside the picture are left out.
    """
    if not len(boxes):
        return []
    corners = boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 2)
    at = camera.to_pixels(corners).reshape(-1, 4, 2)
    low = np.floor(at.min(axis=1) - room)
    high = np.ceil(at.max(axis=1) + room) + 1
    low, high = np.maximum(low, 0), np.minimum(high, camera.size)
    some = (low < high).all(axis=1)
    rows = np.column_stack([low[some], high[some]]).astype(int)
    return list(dict.fromkeys(map(tuple, rows.tolist())))


def grown(camera: Camera, margin: int) -> Camera:
    """The same view with so many pixels more on every side."""
    width, height = camera.size
    return replace(camera, size=Size(width + 2 * margin, height + 2 * margin))


def sees_all_of(wide: Camera, camera: Camera) -> bool:
    """Whether a picture of the same scale and rotation holds all of a view."""
    if Scale.of(wide) != Scale.of(camera):
        return False
    corner = wide.to_screen(camera.to_map(Pixel(0, 0)))
    width, height = camera.size
    return (
        corner.x >= -0.5
        and corner.y >= -0.5
        and corner.x + width <= wide.size.width + 0.5
        and corner.y + height <= wide.size.height + 0.5
    )
