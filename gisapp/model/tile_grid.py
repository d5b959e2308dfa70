"""How the pictures of a base map are cut: levels of tiles, in any reference system."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from gisapp.model.errors import ParameterError
from gisapp.model.geometry import Extent, Point, Size
from gisapp.model.text import tr

WEB_MERCATOR = "EPSG:3857"
HALF_WORLD = 20_037_508.342789244  # metres; half the side of the square of the web map
METRES_PER_DEGREE = 111_319.49079327358  # WGS 84: pi * 6378137 / 180
PIXEL = 0.00028  # metres; what a scale denominator of WMTS means by a pixel
MOST_LEVELS = 40
MOST_TILE = 4096  # pixels along a side of a tile


class Tile(NamedTuple):
    """One tile: the number of its level in the grid, its column from the left, its row from top."""

    level: int
    column: int
    row: int


@dataclass(frozen=True, slots=True)
class TileLevel:
    """Columns and rows count from `origin` (the top left corner); the ranges are half open."""

    name: str  # as the service calls it, often the zoom
    resolution: float  # map units of a pixel
    origin: Point
    tile: Size
    columns: tuple[int, int]
    rows: tuple[int, int]

    @property
    def step(self) -> tuple[float, float]:
        """Width and height of a tile in map units."""
        return self.tile.width * self.resolution, self.tile.height * self.resolution

    @property
    def extent(self) -> Extent:
        first = self.extent_of(self.columns[0], self.rows[0])
        return first.union(self.extent_of(self.columns[1] - 1, self.rows[1] - 1))

    def extent_of(self, column: int, row: int) -> Extent:
        width, height = self.step
        left, top = self.origin.x + column * width, self.origin.y - row * height
        return Extent(left, top - height, left + width, top)

    def tiles_in(self, extent: Extent) -> tuple[int, int, int, int]:
        """First column, first row, and those behind the last, of what touches the extent."""
        width, height = self.step
        slack = 1e-9  # an edge that lies on the edge of a tile does not need the next one
        left = math.floor((extent.left - self.origin.x) / width + slack)
        right = math.ceil((extent.right - self.origin.x) / width - slack)
        top = math.floor((self.origin.y - extent.top) / height + slack)
        bottom = math.ceil((self.origin.y - extent.bottom) / height - slack)
        return (
            max(left, self.columns[0]),
            max(top, self.rows[0]),
            min(right, self.columns[1]),
            min(bottom, self.rows[1]),
        )

    def count_in(self, extent: Extent) -> int:
        left, top, right, bottom = self.tiles_in(extent)
        return max(0, right - left) * max(0, bottom - top)


@dataclass(frozen=True, slots=True)
class TileGrid:
    crs: str
    levels: tuple[TileLevel, ...]  # the coarsest first

    @property
    def extent(self) -> Extent:
        return self.levels[-1].extent

    def level_for(self, resolution: float) -> int:
        """The level whose pixels are nearest to so many map units (by ratio)."""
        ratios = [abs(math.log(level.resolution / resolution)) for level in self.levels]
        return ratios.index(min(ratios))

    def extent_of(self, tile: Tile) -> Extent:
        return self.levels[tile.level].extent_of(tile.column, tile.row)

    def above(self, tile: Tile) -> Tile | None:
        """The tile of the next coarser level that holds the middle of this one."""
        if tile.level == 0:
            return None
        level, middle = self.levels[tile.level - 1], self.extent_of(tile).center
        width, height = level.step
        column = math.floor((middle.x - level.origin.x) / width)
        row = math.floor((level.origin.y - middle.y) / height)
        inside = level.columns[0] <= column < level.columns[1]
        inside &= level.rows[0] <= row < level.rows[1]
        return Tile(tile.level - 1, column, row) if inside else None

    def tiles(self, level: int, extent: Extent) -> Iterator[Tile]:
        left, top, right, bottom = self.levels[level].tiles_in(extent)
        for row in range(top, bottom):
            for column in range(left, right):
                yield Tile(level, column, row)

    def within(self, extent: Extent) -> TileGrid:
        """Only tiles that touch the extent; levels without one are left out."""
        kept = []
        for level in self.levels:
            left, top, right, bottom = level.tiles_in(extent)
            if right > left and bottom > top:
                kept.append(replace(level, columns=(left, right), rows=(top, bottom)))
        return TileGrid(self.crs, tuple(kept)) if kept else self


def web_grid(first: int = 0, last: int = 19, tile: int = 256) -> TileGrid:
    """The square of the web map (EPSG:3857), zooms `first` to `last`."""
    levels = []
    for zoom in range(first, last + 1):
        count = 2**zoom
        resolution = 2 * HALF_WORLD / (256 * count)
        pixels = Size(tile, tile)
        levels.append(
            TileLevel(
                str(zoom),
                resolution * 256 / tile,
                Point(-HALF_WORLD, HALF_WORLD),
                pixels,
                (0, count),
                (0, count),
            )
        )
    return TileGrid(WEB_MERCATOR, tuple(levels))


def degree_grid(crs: str, first: int = 1, last: int = 18, tile: int = 256) -> TileGrid:
    """Longitude and latitude in squares: at zoom 1 two tiles hold the world (the `_c` services)."""
    levels = []
    for zoom in range(max(first, 1), last + 1):
        resolution = 360.0 / (tile * 2**zoom)
        levels.append(
            TileLevel(
                str(zoom),
                resolution,
                Point(-180.0, 90.0),
                Size(tile, tile),
                (0, 2**zoom),
                (0, 2 ** (zoom - 1)),
            )
        )
    return TileGrid(crs, tuple(levels))


def doubling_grid(crs: str, extent: Extent, coarsest: float, levels: int, tile: int) -> TileGrid:
    """Levels of half the resolution each, anchored at the origin of the system: the tiles that
    are asked of a service that draws any rectangle."""
    made = []
    for number in range(levels):
        resolution = coarsest / 2**number
        endless = (-(2**40), 2**40)
        name, pixels = str(number), Size(tile, tile)
        made.append(TileLevel(name, resolution, Point(0.0, 0.0), pixels, endless, endless))
    return TileGrid(crs, tuple(made)).within(extent)


def grid_text(grid: TileGrid) -> str:
    """As one line of JSON, for the options of a layer."""
    rows = [
        [one.name, one.resolution, *one.origin, *one.tile, *one.columns, *one.rows]
        for one in grid.levels
    ]
    return json.dumps({"crs": grid.crs, "levels": rows}, separators=(",", ":"))


def grid_from_text(text: str) -> TileGrid:
    """Raises ParameterError: the text comes from a project that somebody made."""
    try:
        read = json.loads(text)
        levels = []
        for name, resolution, x, y, width, height, c0, c1, r0, r1 in read["levels"]:
            level = TileLevel(
                str(name),
                float(resolution),
                Point(float(x), float(y)),
                Size(int(width), int(height)),
                (int(c0), int(c1)),
                (int(r0), int(r1)),
            )
            levels.append(checked_level(level))
        if not 0 < len(levels) <= MOST_LEVELS:
            raise ValueError("levels")
        levels.sort(key=lambda level: -level.resolution)
        return TileGrid(str(read["crs"]), tuple(levels))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ParameterError(
            tr("The way the tiles of this base map are cut cannot be understood"),
            hint=tr("Remove the layer and add the base map again."),
        ) from error


def checked_level(level: TileLevel) -> TileLevel:
    """Raises ValueError for numbers no tiles can have."""
    numbers = (level.resolution, *level.origin)
    sizes = 0 < level.tile.width <= MOST_TILE and 0 < level.tile.height <= MOST_TILE
    some = level.columns[0] < level.columns[1] and level.rows[0] < level.rows[1]
    if not (all(map(math.isfinite, numbers)) and level.resolution > 0 and sizes and some):
        raise ValueError(level.name)
    return level
