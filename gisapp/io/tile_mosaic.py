"""Tiles laid side by side and read at the places of a picture's pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from affine import Affine

from gisapp.io.grid_warp import Placement, placement
from gisapp.io.raster_bands import Image
from gisapp.io.raster_warp import Piece
from gisapp.model.crs import transform
from gisapp.model.geometry import PixelGrid, Size
from gisapp.model.progress import Progress
from gisapp.model.shifted import Shift, shifted
from gisapp.model.tile_grid import Tile, TileGrid, TileLevel

MOST_TILES = 2048  # for one picture; more are never looked at, a coarser level is taken
WGS84 = "EPSG:4326"


def places_of(grid: PixelGrid, crs: str, shift: Shift) -> Placement:
    """Where the pixels of the picture lie in the system of the tiles: map units, not pixels.

    With a shift the picture is moved at each node of the grid, by the exact formula: columns and
    rows are where the service would draw what truly lies there.
    """
    if not shift:
        return placement(grid, Affine.identity(), crs)
    true = placement(grid, Affine.identity(), WGS84)
    flat = np.column_stack([true.columns.ravel(), true.rows.ravel()])
    moved = transform(shifted(flat, shift), WGS84, crs)
    columns, rows = (np.ascontiguousarray(a).reshape(true.columns.shape) for a in moved.T)
    lengths = [np.hypot(np.diff(columns, axis=n), np.diff(rows, axis=n)) for n in (0, 1)]
    known = [float(np.nanmedian(one)) for one in lengths if np.isfinite(one).any()]
    return Placement(true.size, columns, rows, true.step, min(known, default=1.0) / true.step)


def in_pixels(place: Placement, level: TileLevel, column: int, row: int) -> Placement:
    """Map units as pixels of a mosaic that begins at a column and row of tiles."""
    left = level.origin.x + column * level.step[0]
    top = level.origin.y - row * level.step[1]
    return Placement(
        place.size,
        np.ascontiguousarray((place.columns - left) / level.resolution),
        np.ascontiguousarray((top - place.rows) / level.resolution),
        place.step,
        place.shrink / level.resolution,
    )


def tiles_for(place: Placement, grid: TileGrid) -> tuple[int, tuple[int, int, int, int]] | None:
    """The level that suits the picture, and first column, first row and those behind the last."""
    window = place.window
    if window is None or not all(map(math.isfinite, window)):
        return None
    number = grid.level_for(max(place.shrink, 1e-12))
    while True:
        level = grid.levels[number]
        margin = 2 * level.resolution
        left, bottom, right, top = (
            window[0] - margin,
            window[1] - margin,
            window[2] + margin,
            window[3] + margin,
        )
        width, height = level.step
        columns = (
            max(level.columns[0], math.floor((left - level.origin.x) / width)),
            min(level.columns[1], math.floor((right - level.origin.x) / width) + 1),
        )
        rows = (
            max(level.rows[0], math.floor((level.origin.y - top) / height)),
            min(level.rows[1], math.floor((level.origin.y - bottom) / height) + 1),
        )
        if columns[0] >= columns[1] or rows[0] >= rows[1]:
            return None
        many = (columns[1] - columns[0]) * (rows[1] - rows[0])
        if many <= MOST_TILES or number == 0:
            return (number, (columns[0], rows[0], columns[1], rows[1])) if many <= 4e4 else None
        number -= 1


def from_centre(tiles: Iterable[Tile]) -> list[Tile]:
    """The middle of what is asked for first."""
    listed = list(tiles)
    if not listed:
        return listed
    x = sum(t.column for t in listed) / len(listed)
    y = sum(t.row for t in listed) / len(listed)
    return sorted(listed, key=lambda t: (t.column - x) ** 2 + (t.row - y) ** 2)


def part_of(grid: TileGrid, tile: Tile, above: Tile, picture: Image) -> Image:
    """The piece of a coarser tile that lies where `tile` is, in the size of `tile`."""
    inner, outer = grid.extent_of(tile), grid.extent_of(above)
    size = grid.levels[tile.level].tile
    height, width = picture.shape[:2]
    x = inner.left + (np.arange(size.width) + 0.5) / size.width * inner.width
    y = inner.top - (np.arange(size.height) + 0.5) / size.height * inner.height
    column = ((x - outer.left) / outer.width * width).astype(np.int64)
    row = ((outer.top - y) / outer.height * height).astype(np.int64)
    inside = (column >= 0) & (column < width)
    there = (row >= 0) & (row < height)
    made = picture[np.clip(row, 0, height - 1)][:, np.clip(column, 0, width - 1)].copy()
    made[~there] = 0
    made[:, ~inside] = 0
    return np.ascontiguousarray(made)


def laid(
    level: TileLevel, window: tuple[int, int, int, int], pictures: Mapping[Tile, Image]
) -> Image:
    """The tiles of a window in one picture; transparent where there is none."""
    left, top, right, bottom = window
    width, height = level.tile
    out = np.zeros(((bottom - top) * height, (right - left) * width, 4), np.uint8)
    for tile, picture in pictures.items():
        y, x = (tile.row - top) * height, (tile.column - left) * width
        if picture.shape[:2] != (height, width):
            picture = fitted(picture, level.tile)
        out[y : y + height, x : x + width] = picture
    return out


def fitted(picture: Image, size: Size) -> Image:
    """In another size: services send 512 pixels where 256 were announced, and the reverse."""
    height, width = picture.shape[:2]
    rows = np.arange(size.height) * height // size.height
    columns = np.arange(size.width) * width // size.width
    if height == 2 * size.height and width == 2 * size.width:
        quads = picture.reshape(size.height, 2, size.width, 2, 4).astype(np.uint16)
        return np.asarray((quads.sum(axis=(1, 3)) + 2) >> 2, np.uint8)
    return np.ascontiguousarray(picture[rows][:, columns])


def sampled(cells: Image, place: Placement, progress: Progress) -> Image:
    """The mosaic at each pixel of the picture, smooth; transparent outside of it.

    `place` is in pixels of the mosaic. Where pixel lies on pixel, nothing is blended.
    """
    height, width = cells.shape[:2]
    out = np.zeros((place.size.height, place.size.width, 4), np.uint8)
    piece = Piece(cells, 0.0, 0.0, (1.0, 1.0), (float(width), float(height)))
    piece.warp(place, out, "bilinear", progress)
    return out
