"""The last picture of the map, nearer or farther, while the squares of the next one are drawn.

Its squares and names are stretched straight into one sheet of the view's size, without putting
them together first. Each pixel is one of the picture: smooth ones would take Qt several times as
long, on threads of its own that wait for those that draw.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage, QPaintEngine, QPainter

from gisapp.model.geometry import Pixel
from gisapp.render.camera import Camera
from gisapp.render.compiled_tiles import TileLoops, loops
from gisapp.render.square_memory import Pixels
from gisapp.render.tiles import Frame, Sheet, Tile, TileGrid, TilePlace

RGB, ARGB = QImage.Format.Format_RGB32, QImage.Format.Format_ARGB32_Premultiplied

Side = tuple[int, npt.NDArray[np.int32]]  # the first pixel, and which one each of them shows


def shown(start: float, count: int, scale: float, room: int) -> Side | None:
    """Where so many pixels lie along one side of a view of `room` pixels, if they begin at `start`
    and each is `scale` wide; None: beside the view. Neighbours meet without a gap."""
    first, last = max(0, round(start)), min(room, round(start + count * scale))
    if first >= last:
        return None
    at = (np.arange(first, last) + (0.5 - start)) / scale
    return first, np.clip(at, 0, count - 1).astype(np.int32)


class StretchedFrame:
    """On the main thread. It keeps the sheet for the next paint."""

    def __init__(self) -> None:
        self._sheet: Pixels = np.empty((0, 0), np.uint32)

    def paint(self, painter: QPainter, frame: Frame, camera: Camera, ground: int) -> bool:
        """All of a view in device pixels of `painter`, on an opaque colour (0xAARRGGBB; 0: on
        nothing). False where that cannot be done: turned, another system, no loops, no memory of
        pixels to paint on."""
        compiled, grid = loops(), frame.grid
        alike = (grid.scale.crs, grid.scale.rotation) == (camera.crs, camera.rotation % 360)
        raster = painter.paintEngine().type() == QPaintEngine.Type.Raster
        if compiled is None or not alike or not raster:
            return False
        width, height = camera.size
        if self._sheet.shape != (height, width):
            self._sheet = np.empty((height, width), np.uint32)
        out = self._sheet
        if not _covered(frame, camera):
            out.fill(ground)
        for place, tile in frame.tiles.items():
            if tile is not None:
                self._lay_tile(compiled, grid, place, tile, camera, ground)
        if frame.labels is not None and frame.labels.camera.rotation == camera.rotation:
            self._lay_names(compiled, frame.labels, camera)
        painter.drawImage(0, 0, QImage(out.data, width, height, width * 4, RGB if ground else ARGB))
        return True

    def clear(self) -> None:
        self._sheet = np.empty((0, 0), np.uint32)

    def _lay_tile(
        self,
        compiled: TileLoops,
        grid: TileGrid,
        place: TilePlace,
        tile: Tile,
        camera: Camera,
        ground: int,
    ) -> None:
        where = _sides(grid, place, camera)
        if where is None:
            return
        (left, columns), (top, rows) = where
        if tile.is_opaque:
            compiled.stretch(tile.pixels, rows, columns, self._sheet, top, left)
            return
        self._sheet[top : top + len(rows), left : left + len(columns)] = ground
        compiled.stretch_over(tile.pixels, rows, columns, self._sheet, top, left)

    def _lay_names(self, compiled: TileLoops, names: Sheet, camera: Camera) -> None:
        if names.camera.crs != camera.crs:
            return
        scale = names.camera.resolution / camera.resolution
        corner = camera.to_screen(names.camera.to_map(Pixel(0, 0)))
        for left, top, tile in names.pieces:
            tall, wide = tile.pixels.shape
            columns = shown(corner.x + left * scale, wide, scale, camera.size.width)
            rows = shown(corner.y + top * scale, tall, scale, camera.size.height)
            if columns is not None and rows is not None:
                at = rows[1], columns[1], self._sheet, rows[0], columns[0]
                compiled.stretch_over(tile.pixels, *at)


def _sides(grid: TileGrid, place: TilePlace, camera: Camera) -> tuple[Side, Side] | None:
    """Where a square lies in a view of another scale."""
    scale = grid.scale.resolution / camera.resolution
    corner = camera.to_screen(grid.origin)  # so that neighbours count from the same place
    across, down = grid.pixel(place)
    columns = shown(corner.x + across * scale, grid.side.width, scale, camera.size.width)
    rows = shown(corner.y + down * scale, grid.side.height, scale, camera.size.height)
    return None if columns is None or rows is None else (columns, rows)


def _covered(frame: Frame, camera: Camera) -> bool:
    """Whether squares with something in them lie everywhere in a view."""
    places = [place for place, tile in frame.tiles.items() if tile is not None]
    if not places:
        return False
    scale = frame.grid.scale.resolution / camera.resolution
    wide, tall = (side * scale for side in frame.grid.side)
    corner = camera.to_screen(frame.grid.origin)
    left, right = (int((x - corner.x) // wide) for x in (0.0, camera.size.width))
    top, bottom = (int((y - corner.y) // tall) for y in (0.0, camera.size.height))
    if (right - left + 1) * (bottom - top + 1) > len(places):
        return False
    needed = {
        TilePlace(column, row)
        for column in range(left, right + 1)
        for row in range(top, bottom + 1)
    }
    return needed <= set(places)
