"""A base map as a layer: tiles of any source, laid into any picture of the map."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from threading import Event
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gisapp.io.raster_bands import Image
from gisapp.io.tile_mosaic import (
    from_centre,
    in_pixels,
    laid,
    part_of,
    places_of,
    sampled,
    tiles_for,
)
from gisapp.model.crs import is_geographic, transform
from gisapp.model.errors import GisError
from gisapp.model.geometry import Extent, PixelGrid, Point
from gisapp.model.progress import Progress
from gisapp.model.shifted import Shift, unshifted
from gisapp.model.tile_grid import HALF_WORLD, Tile, TileGrid

ABOVE = 8  # levels that are looked through for a tile that is missing
WGS84 = "EPSG:4326"
ENDLESS = 0.1  # of the world; what covers more is not what “show all” means


class Tiles(Protocol):
    """Where tiles come from. For any thread."""

    listener: Callable[[Extent], None]  # told that tiles came: extent in the system of the grid

    @property
    def grid(self) -> TileGrid: ...
    @property
    def trouble(self) -> GisError | None:
        """Why tiles do not come, as long as they do not."""

    def for_map(self, crs: str) -> Tiles:
        """The same tiles in the system of the map, when the source has them in it."""

    def look(self, tile: Tile) -> Image | None:
        """What is here already; never waits for a server."""

    def want(self, tiles: Iterable[Tile]) -> None:
        """Get what is missing; the first ones first."""

    def keep_only(self, extent: Extent) -> None:
        """Tiles outside (in the system of the grid) are not wanted any more."""

    def close(self) -> None: ...


class TileRaster:
    """Fulfils gisapp.render.request.Raster. `arrived` is told from any thread when more came.

    With a `shift` the service draws places where they are not; the picture is moved back when it
    is shown, and nothing else is.
    """

    is_picture = True
    is_base_map = True
    unit = ""

    def __init__(self, tiles: Tiles, *, shift: Shift = "", attribution: str = "") -> None:
        self.shift: Shift = shift
        self.attribution = attribution
        self.arrived: list[Callable[[Extent, str], None]] = []
        self._tiles = tiles
        tiles.listener = self._came
        self._some_came = Event()

    @property
    def crs(self) -> str:
        return self._tiles.grid.crs

    @property
    def extent(self) -> Extent:
        return self._tiles.grid.extent

    @property
    def tile_grid(self) -> TileGrid:
        return self._tiles.grid

    @property
    def trouble(self) -> GisError | None:
        return self._tiles.trouble

    @property
    def changed(self) -> list[Callable[[], None]]:
        """Told from any thread when trouble came or went; files have none."""
        found: list[Callable[[], None]] = getattr(self._tiles, "changed", [])
        return found

    def try_again(self) -> None:
        """Ask the server again, for example after the connection came back."""
        again = getattr(self._tiles, "try_again", None)
        if again is not None:
            again()

    @property
    def is_endless(self) -> bool:
        """Too large to be what somebody wants to see all of."""
        world = 360.0 if is_geographic(self.crs) else 2 * HALF_WORLD
        return self.extent.width > ENDLESS * world

    def values(self, grid: PixelGrid, progress: Progress) -> npt.NDArray[np.float32]:
        """A picture has no values: NaN everywhere."""
        return np.full((grid.size.height, grid.size.width), np.nan, np.float32)

    def value_at(self, point: Point, crs: str) -> float | None:
        return None

    def colours(self, grid: PixelGrid, progress: Progress) -> Image:
        """What is here by now, height x width x RGBA; what is missing is asked for and shown from
        coarser tiles until it comes."""
        return self._picture(grid, progress, ABOVE, ask=True)[0]

    def here(self, grid: PixelGrid, progress: Progress, above: int = 2) -> tuple[Image, bool]:
        """What is here by now, and whether it is all of it; no server is asked. Instead of a tile
        that is missing one is shown that is at most so many levels coarser."""
        return self._picture(grid, progress, above, ask=False)

    def _picture(
        self, grid: PixelGrid, progress: Progress, above: int, *, ask: bool
    ) -> tuple[Image, bool]:
        progress.report(0.0)
        tiles = self._tiles.for_map(grid.crs)
        place = places_of(grid, tiles.grid.crs, self.shift)
        chosen = tiles_for(place, tiles.grid)
        nothing = np.zeros((grid.size.height, grid.size.width, 4), np.uint8)
        if chosen is None:
            return nothing, True
        number, window = chosen
        pictures: dict[Tile, Image] = {}
        missing: list[Tile] = []
        for tile in _listed(number, window):
            progress.report(0.2)
            picture = tiles.look(tile)
            if picture is None:
                missing.append(tile)
                picture = self._from_above(tiles, tile, above)
            if picture is not None:
                pictures[tile] = picture
        if missing and ask:
            tiles.want(missing)
        if not pictures:
            return nothing, not missing
        level = tiles.grid.levels[number]
        cells = laid(level, window, pictures)
        return sampled(cells, in_pixels(place, level, *window[:2]), progress), not missing

    def fetch(self, grid: PixelGrid, progress: Progress, seconds: float = 60.0) -> bool:
        """Wait until everything this picture needs is here, for a page that is printed. Whether
        it all came."""
        tiles = self._tiles.for_map(grid.crs)
        chosen = tiles_for(places_of(grid, tiles.grid.crs, self.shift), tiles.grid)
        if chosen is None:
            return True
        missing = [t for t in _listed(*chosen) if tiles.look(t) is None]
        many, until = len(missing), time.monotonic() + seconds
        tiles.want(missing)
        while missing and time.monotonic() < until and tiles.trouble is None:
            progress.report(1 - len(missing) / many)
            self._some_came.wait(0.1)
            self._some_came.clear()
            missing = [t for t in missing if tiles.look(t) is None]
        return not missing

    def looking_at(self, extent: Extent, crs: str) -> None:
        """What the map shows now: tiles elsewhere are not asked for any more."""
        tiles = self._tiles.for_map(crs)
        size = max(extent.width, extent.height)
        around = extent.grown(0.5 * size)  # what comes into view next, and the shift
        x = np.linspace(around.left, around.right, 9)
        y = np.linspace(around.bottom, around.top, 9)
        corners = np.array([(a, b) for a in x for b in y])
        known = transform(corners, crs, tiles.grid.crs)
        known = known[np.isfinite(known).all(axis=1)]
        if len(known):
            (left, bottom), (right, top) = known.min(axis=0), known.max(axis=0)
            tiles.keep_only(Extent(left, bottom, right, top))

    def close(self) -> None:
        self._tiles.close()

    def _from_above(self, tiles: Tiles, tile: Tile, levels: int) -> Image | None:
        above = tiles.grid.above(tile)
        for _ in range(levels):
            if above is None:
                return None
            picture = tiles.look(above)
            if picture is not None:
                return part_of(tiles.grid, tile, above, picture)
            above = tiles.grid.above(above)
        return None

    def _came(self, extent: Extent, crs: str = "") -> None:
        """In a worker: tell where on the map more can be seen."""
        self._some_came.set()
        crs = crs or self.crs
        if self.shift:
            corners = np.array([(x, y) for x in extent[::2] for y in extent[1::2]])
            true = unshifted(transform(corners, crs, WGS84), self.shift)
            (left, bottom), (right, top) = true.min(axis=0), true.max(axis=0)
            extent, crs = Extent(left, bottom, right, top).grown(1e-4), WGS84
        for tell in tuple(self.arrived):
            tell(extent, crs)


def _listed(number: int, window: tuple[int, int, int, int]) -> list[Tile]:
    left, top, right, bottom = window
    return from_centre(Tile(number, c, r) for r in range(top, bottom) for c in range(left, right))
