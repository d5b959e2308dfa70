"""Readers of base maps: they open a file, or get ready to ask a server that was allowed.

Nothing is asked of a server before a person allowed it on this machine; a key comes from the
keyring by its name.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from gisapp.app.vector_tile_pictures import draw_vector_tile
from gisapp.io.mbtiles import MbTiles
from gisapp.io.pmtiles import PmTiles
from gisapp.io.raster_bands import Image
from gisapp.io.tile_decoding import decode_picture, picture_kind
from gisapp.io.tile_desk import TileDesk, desk
from gisapp.io.tile_raster import TileRaster
from gisapp.io.vector_tile import read_vector_tile
from gisapp.io.web_keys import PLACE, KeyMissingError
from gisapp.io.web_tiles import Address, MapServiceTiles, WebTiles, north_first
from gisapp.model.base_map_presets import SQUARE, presets
from gisapp.model.crs import is_geographic, parsed, transform_extent
from gisapp.model.errors import GisError, ReadError
from gisapp.model.geometry import Extent
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.shifted import SHIFTS, Shift
from gisapp.model.text import tr
from gisapp.model.tile_grid import (
    HALF_WORLD,
    Tile,
    TileGrid,
    degree_grid,
    doubling_grid,
    grid_from_text,
    web_grid,
)
from gisapp.render.canvas import Press

WGS84 = "EPSG:4326"
WMS_TILE, WMS_LEVELS = 512, 23
_press: list[Press] = []
_lock = threading.Lock()


def use_press(press: Press) -> None:
    """What vector tiles are drawn with; the window and the command line choose it."""
    with _lock:
        _press[:] = [press]


def open_xyz(path: Path, options: Mapping[str, str], progress: Progress) -> TileRaster:
    """Reader of the format xyz. Contacts nobody; raises HostNotAllowedError, KeyMissingError."""
    progress.report(0.0)
    return _web_raster(_xyz_grid(options), options)


def _xyz_grid(options: Mapping[str, str]) -> TileGrid:
    first, last = _zooms(options.get("zooms", ""))
    crs = options.get("crs") or SQUARE
    pixels = 512 if options.get("tile") == "512" else 256
    if is_geographic(crs):
        return _within(degree_grid(crs, first, last, pixels), options)
    return _within(web_grid(first, last, pixels), options)


def web_address(layer: Layer, key: str) -> Address:
    """Of a layer of the formats xyz and wmts. Raises ParameterError."""
    options = dict(layer.source.options)
    if layer.source.format == "wmts":
        grid = _within(grid_from_text(options.get("grid", "")), options)
    else:
        grid = _xyz_grid(options)
    return Address(options.get("url", ""), grid, _servers(options), key)


def key_name(layer: Layer) -> str:
    """Under which name its key is kept; empty for a layer without one. Raises ParameterError."""
    options = dict(layer.source.options)
    if layer.source.format not in ("xyz", "wmts", "wms") or not options.get("key"):
        return ""
    return _key_name(Address(options.get("url", ""), web_grid(0, 0), _servers(options)), options)


def _servers(options: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(one for one in options.get("servers", "").split(",") if one)


def open_wmts(path: Path, options: Mapping[str, str], progress: Progress) -> TileRaster:
    """Reader of the format wmts; the grid stands in the options, so nothing is asked."""
    progress.report(0.0)
    grid = grid_from_text(options.get("grid", ""))
    parsed(grid.crs)
    return _web_raster(_within(grid, options), options)


def open_wms(path: Path, options: Mapping[str, str], progress: Progress) -> TileRaster:
    """Reader of the format wms: pictures in the system of the map, if the server draws in it."""
    progress.report(0.0)
    systems = tuple(one for one in options.get("systems", "").split(",") if one)
    if not systems:
        raise ReadError(
            tr("The map service names no reference system"),
            hint=tr("Remove the layer and add the base map again."),
        )
    template, version = options.get("url", ""), options.get("version", "")
    bounds = _bounds(options) or Extent(-180.0, -85.0, 180.0, 85.0)

    def make(crs: str) -> WebTiles:
        grid = _drawn_grid(crs, bounds)
        swapped = version == "1.3.0" and north_first(crs)
        return _web_tiles(Address(template, grid, (), key, swapped), desk())

    address = Address(template, web_grid(0, 0))
    _check(address, desk())
    key = _key(address, options, desk())
    tiles = MapServiceTiles(make, systems)
    return TileRaster(tiles, attribution=options.get("attribution", ""), shift=_shift(options))


def open_mbtiles(path: Path, options: Mapping[str, str], progress: Progress) -> TileRaster:
    return _file_raster("mbtiles", path, options, progress)


def open_pmtiles(path: Path, options: Mapping[str, str], progress: Progress) -> TileRaster:
    return _file_raster("pmtiles", path, options, progress)


def _file_raster(
    format_: str, path: Path, options: Mapping[str, str], progress: Progress
) -> TileRaster:
    progress.report(0.0)
    tiles = file_tiles(format_, path)
    said = str(tiles.metadata.get("gisapp_shift", ""))
    attribution = options.get("attribution") or tiles.attribution
    return TileRaster(tiles, attribution=attribution, shift=_shift({"shift": said, **options}))


def file_tiles(format_: str, path: Path) -> MbTiles | PmTiles:
    return (PmTiles if format_ == "pmtiles" else MbTiles)(path, decode_tile)


def decode_tile(body: bytes, tile: Tile) -> Image:
    """A tile of either kind as a picture. Raises ReadError."""
    if picture_kind(body) != "pbf":
        return decode_picture(body)
    if not _press:
        raise ReadError(tr("Vector tiles cannot be drawn here"))
    return draw_vector_tile(read_vector_tile(body), _press[0])


def _web_raster(grid: TileGrid, options: Mapping[str, str]) -> TileRaster:
    template = options.get("url", "")
    address = Address(template, grid, _servers(options))
    _check(address, desk())
    address = replace(address, key=_key(address, options, desk()))
    tiles = _web_tiles(address, desk())
    return TileRaster(tiles, attribution=options.get("attribution", ""), shift=_shift(options))


def _web_tiles(address: Address, shared: TileDesk) -> WebTiles:
    return WebTiles(address, shared.cache, shared.fetcher, decode_tile)


def _check(address: Address, shared: TileDesk) -> None:
    shared.hosts.check(address.hosts)


def _key(address: Address, options: Mapping[str, str], shared: TileDesk) -> str:
    if PLACE not in address.template:
        return ""
    name = _key_name(address, options)
    key = shared.keys.get(name)
    if not key:
        raise KeyMissingError(name)
    return key


def _key_name(address: Address, options: Mapping[str, str]) -> str:
    """What a project says is taken only where the key goes to whom it belongs: it may come from
    somebody else, and name the key of one service and the address of another."""
    named, hosts = options.get("key", ""), address.hosts
    for one in presets():
        if named == one.service.id and address.template.startswith("https:"):
            addresses = [Address(url, address.grid, one.servers) for url in one.addresses]
            if all(any(host in each.hosts for each in addresses) for host in hosts):
                return named
    family = {host.partition(".")[2] for host in hosts}
    return hosts[0] if len(hosts) == 1 or len(family) == 1 else " ".join(hosts)


def _drawn_grid(crs: str, bounds: Extent) -> TileGrid:
    """For a server that draws any rectangle: tiles of doubling scale over its bounds."""
    if is_geographic(crs):
        return doubling_grid(crs, bounds, 360.0 / WMS_TILE, WMS_LEVELS, WMS_TILE)
    area = parsed(crs).area_of_use
    if area is not None:
        west, south, east, north = area.bounds
        if west < east:
            bounds = Extent(
                max(bounds.left, west),
                max(bounds.bottom, south),
                min(bounds.right, east),
                min(bounds.top, north),
            )
    try:
        extent = transform_extent(bounds, WGS84, crs)
    except GisError:
        extent = Extent(-HALF_WORLD, -HALF_WORLD, HALF_WORLD, HALF_WORLD)
    unit = float(parsed(crs).axis_info[0].unit_conversion_factor or 1.0)
    return doubling_grid(crs, extent, 2 * HALF_WORLD / WMS_TILE / unit, WMS_LEVELS, WMS_TILE)


def _zooms(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    if first.isdecimal() and last.isdecimal() and int(first) <= int(last) <= 24:
        return int(first), int(last)
    return 0, 19


def _bounds(options: Mapping[str, str]) -> Extent | None:
    try:
        west, south, east, north = map(float, options.get("bounds", "").split(","))
    except ValueError:
        return None
    fine = -180 <= west < east <= 180 and -90 <= south < north <= 90
    return Extent(west, south, east, north) if fine else None


def _within(grid: TileGrid, options: Mapping[str, str]) -> TileGrid:
    bounds = _bounds(options)
    if bounds is None:
        return grid
    try:
        return grid.within(transform_extent(bounds, WGS84, grid.crs))
    except GisError:
        return grid


def _shift(options: Mapping[str, str]) -> Shift:
    said = options.get("shift", "")
    return next((one for one in SHIFTS if one == said), "")
