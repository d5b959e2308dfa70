"""An area of a base map taken along: counted and estimated first, then written as MBTiles.

What was begun can be gone on with: the tiles lie in a file beside the target until all are there.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic

from gisapp import __version__
from gisapp.app.base_map_reading import key_name, web_address
from gisapp.app.base_maps import may_download
from gisapp.io.mbtiles import MbTilesWriter
from gisapp.io.tile_decoding import picture_kind
from gisapp.io.tile_desk import TileDesk, desk
from gisapp.io.web_answers import refusal
from gisapp.io.web_fetch import WebAnswer
from gisapp.io.web_tiles import MOST_BYTES, Address
from gisapp.model.crs import transform_extent
from gisapp.model.errors import GisError, ParameterError, ReadError
from gisapp.model.geometry import Extent
from gisapp.model.layer import Layer
from gisapp.model.progress import Cancelled, Progress
from gisapp.model.text import tr
from gisapp.model.tile_grid import WEB_MERCATOR, Tile, TileGrid

MOST_TILES = 60_000
SAMPLE = 12  # tiles that are fetched to estimate
USUAL = 20_000  # bytes of a tile when no sample came
AT_ONCE = 4
WRITTEN_EVERY = 50  # tiles
PATIENCE = 4  # times a tile is tried again
WAIT = 2.0  # seconds before the second try; twice as long before each following one
WGS84 = "EPSG:4326"


@dataclass(frozen=True, slots=True)
class OfflineArea:
    """`extent` in `crs`, and the first and last zoom."""

    extent: Extent
    crs: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Estimate:
    tiles: int
    bytes: int
    sampled: int  # tiles that were looked at for it; 0: a usual size was taken


@dataclass(frozen=True, slots=True)
class Taken:
    """What a download made."""

    path: Path
    tiles: int
    missing: int  # the server has none there, or did not give them
    bytes: int


def tiles_of(layer: Layer, area: OfflineArea) -> list[Tile]:
    """From the coarsest zoom down. Raises ParameterError when it may not or cannot be."""
    grid = _checked(layer)
    extent = transform_extent(area.extent, area.crs, grid.crs)
    if layer.source.option("shift"):
        extent = extent.grown(1500.0)  # metres: the service draws its places so far away at most
    found: list[Tile] = []
    for number, level in enumerate(grid.levels):
        if not area.first <= int(level.name) <= area.last:
            continue
        if len(found) + level.count_in(extent) > MOST_TILES:
            raise ParameterError(
                tr("The area has more than {n} tiles").format(n=f"{MOST_TILES:,}"),
                hint=tr("Choose a smaller area or fewer zooms."),
            )
        found += grid.tiles(number, extent)
    if not found:
        raise ParameterError(
            tr("There are no tiles in this area at these zooms"),
            hint=tr("Choose another area or other zooms."),
        )
    return found


def count_tiles(layer: Layer, area: OfflineArea) -> int:
    """However many there are; for showing while the area is chosen. Raises ParameterError."""
    grid = _checked(layer)
    extent = transform_extent(area.extent, area.crs, grid.crs)
    zooms = range(area.first, area.last + 1)
    return sum(level.count_in(extent) for level in grid.levels if int(level.name) in zooms)


def _checked(layer: Layer) -> TileGrid:
    why = may_download(layer)
    if why:
        raise ParameterError(
            tr("Areas of {layer} cannot be taken along").format(layer=layer.name), hint=why
        )
    grid = web_address(layer, "").grid
    if grid.crs != WEB_MERCATOR or not all(level.name.isdecimal() for level in grid.levels):
        raise ParameterError(
            tr("Areas of {layer} cannot be taken along").format(layer=layer.name),
            hint=tr(
                "Files of tiles hold only the square web map (EPSG:3857). Add it in that form."
            ),
        )
    return grid


def estimate(layer: Layer, area: OfflineArea, progress: Progress) -> Estimate:
    """Number and bytes of the tiles, from some of them. Raises GisError."""
    tiles = tiles_of(layer, area)
    shared = desk()
    address = web_address(layer, _key(layer, shared))
    shared.hosts.check(address.hosts)
    some = tiles[:: max(1, len(tiles) // SAMPLE)][:SAMPLE]
    sizes: dict[int, list[int]] = {}
    for done, tile in enumerate(some):
        progress.report(done / len(some))
        body = _stored(shared, address, tile)
        if body is None:
            answer = shared.web.get(address.of(tile), MOST_BYTES)
            if answer.status not in (200, 204, 404, 410):
                raise refusal(answer, address.hosts[0])
            body = answer.body if answer.status == 200 else b""
        sizes.setdefault(tile.level, []).append(len(body))
    known = [size for found in sizes.values() for size in found]
    usual = sum(known) / len(known) if known else USUAL
    total = 0.0
    for tile in tiles:
        found = sizes.get(tile.level)
        total += sum(found) / len(found) if found else usual
    return Estimate(len(tiles), int(total + 120 * len(tiles)), len(known))


def take_along(layer: Layer, area: OfflineArea, path: Path, progress: Progress) -> Taken:
    """Write the area. Cancelled or failed, it is gone on with the next time. Raises GisError."""
    tiles = tiles_of(layer, area)
    shared = desk()
    address = web_address(layer, _key(layer, shared))
    shared.hosts.check(address.hosts)
    writer = MbTilesWriter(path)
    try:
        text = f"{address.identity} {area.first} {area.last} {area.extent} {area.crs}"
        writer.begin(hashlib.sha256(text.encode()).hexdigest())
        stored = writer.stored()
        left = [t for t in tiles if _zxy(address.grid, t) not in stored]
        done = len(tiles) - len(left)
        missing, kind = 0, ""
        batch: list[tuple[int, int, int, bytes]] = []
        for tile, body in _bodies(left, address, shared, progress, done, len(tiles)):
            if not body:
                missing += 1
                continue
            kind = kind or picture_kind(body)
            batch.append((*_zxy(address.grid, tile), body))
            if len(batch) >= WRITTEN_EVERY:
                writer.add(batch)
                batch.clear()
        writer.add(batch)
        if missing == len(tiles):
            raise ReadError(
                tr("The server has no tile in this area"),
                hint=tr("Choose another area or other zooms."),
            )
        writer.finish(_metadata(layer, area, kind or "png"))
    finally:
        writer.close()
    return Taken(path, len(tiles) - missing, missing, path.stat().st_size)


def _bodies(
    tiles: list[Tile],
    address: Address,
    shared: TileDesk,
    progress: Progress,
    before: int,
    total: int,
) -> Iterator[tuple[Tile, bytes]]:
    """In order, some at once; stops all of them when one fails or the person cancels."""
    stop = Event()
    waiting: deque[tuple[Tile, Future[bytes]]] = deque()
    rest = iter(tiles)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="gisapp-offline") as pool:
        try:
            done = before
            while True:
                while len(waiting) < 2 * AT_ONCE and (tile := next(rest, None)) is not None:
                    waiting.append((tile, pool.submit(_body, tile, address, shared, stop)))
                if not waiting:
                    return
                tile, future = waiting.popleft()
                while not future.done():
                    progress.report(done / total, _words(done, total))
                    stop.wait(0.02)
                yield tile, future.result()
                done += 1
                progress.report(done / total, _words(done, total))
        finally:
            stop.set()


def _words(done: int, total: int) -> str:
    return tr("{done} of {total} tiles").format(done=f"{done:,}", total=f"{total:,}")


def _body(tile: Tile, address: Address, shared: TileDesk, stop: Event) -> bytes:
    """Empty where there is none. Raises GisError."""
    body = _stored(shared, address, tile)
    if body is not None:
        return body
    wait = WAIT
    for tries in range(PATIENCE):
        if stop.is_set():
            raise Cancelled
        answer = _answer(address.of(tile), shared, last=tries + 1 == PATIENCE)
        if answer is not None:
            if answer.status == 200 and picture_kind(answer.body):
                return answer.body
            if answer.status in (204, 404, 410):
                return b""
            if answer.status not in (429, 500, 502, 503, 504):
                raise refusal(answer, address.hosts[0])
            wait = max(wait, min(answer.wait, 120.0))
        until = monotonic() + wait
        while monotonic() < until and not stop.wait(min(0.1, wait)):
            pass
        wait *= 2
    raise ReadError(
        tr("{host} does not give all tiles").format(host=address.hosts[0]),
        hint=tr("Try again later; what is there already is kept."),
    )


def _answer(url: str, shared: TileDesk, *, last: bool) -> WebAnswer | None:
    """None: no connection just now."""
    try:
        return shared.web.get(url, MOST_BYTES)
    except GisError:
        if last:
            raise
        return None


def _stored(shared: TileDesk, address: Address, tile: Tile) -> bytes | None:
    """What the map fetched already is not asked for again."""
    level = int(address.grid.levels[tile.level].name)
    stored = shared.cache.get((address.identity, level, tile.column, tile.row))
    return stored.body if stored is not None and stored.is_new else None


def _zxy(grid: TileGrid, tile: Tile) -> tuple[int, int, int]:
    return int(grid.levels[tile.level].name), tile.column, tile.row


def _key(layer: Layer, shared: TileDesk) -> str:
    name = key_name(layer)
    return shared.keys.get(name) if name else ""


def _metadata(layer: Layer, area: OfflineArea, kind: str) -> dict[str, str]:
    west, south, east, north = transform_extent(area.extent, area.crs, WGS84)
    middle = ((west + east) / 2, (south + north) / 2)
    shift = layer.source.option("shift")
    said = {
        "name": layer.name,
        "format": kind,
        "bounds": f"{west:.7f},{south:.7f},{east:.7f},{north:.7f}",
        "center": f"{middle[0]:.7f},{middle[1]:.7f},{area.first}",
        "minzoom": str(area.first),
        "maxzoom": str(area.last),
        "attribution": layer.source.option("attribution"),
        "type": "baselayer",
        "version": "1",
        "description": f"gisapp {__version__}",
    }
    return {**said, "gisapp_shift": shift} if shift else said
