"""Tiles of a server (XYZ, TMS, WMTS, WMS): from memory, from the disk, else asked for."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from gisapp.io.latest_results import LatestResults
from gisapp.io.raster_bands import Image
from gisapp.io.tile_cache import StoredTile, TileCache
from gisapp.io.tile_decoding import decode_picture, picture_kind
from gisapp.io.tile_fetch import TileFetcher, Wanted, Wish, is_connection
from gisapp.io.web_answers import refusal
from gisapp.io.web_fetch import WebAnswer
from gisapp.io.web_hosts import host_of
from gisapp.io.web_keys import with_key
from gisapp.model.crs import parsed
from gisapp.model.errors import GisError, ReadError
from gisapp.model.geometry import Extent
from gisapp.model.tile_grid import Tile, TileGrid

MEMORY = 64 * 1024 * 1024  # bytes of pictures, for each base map
MOST_BYTES = 8 * 1024 * 1024  # of one tile as it comes
NOTHING_FOR = 24 * 3600.0  # seconds until a tile that is not there is asked for again
LEFT_ALONE = 300.0  # seconds after a service refused
TOGETHER = 0.1  # seconds: what comes within is told at once
Decode = Callable[[bytes, Tile], Image]


@dataclass(frozen=True)
class Address:
    """How the address of a tile is made. Placeholders: {z} {x} {y} {-y} {s} {key}, and for a
    service that draws rectangles {bbox} {width} {height} {crs}."""

    template: str
    grid: TileGrid
    servers: tuple[str, ...] = ()  # what {s} stands for
    key: str = field(default="", repr=False)
    north_first: bool = False  # {bbox} begins with the y axis (WMS 1.3.0 in many systems)

    def of(self, tile: Tile, *, hide_key: bool = False) -> str:
        level = self.grid.levels[tile.level]
        left, bottom, right, top = level.extent_of(tile.column, tile.row)
        box = (bottom, left, top, right) if self.north_first else (left, bottom, right, top)
        zoom = int(level.name) if level.name.isdecimal() and len(level.name) < 3 else 0
        server = self.servers[(tile.column + tile.row) % len(self.servers)] if self.servers else ""
        words = {
            "{z}": level.name,
            "{x}": str(tile.column),
            "{y}": str(tile.row),
            "{-y}": str(2**zoom - 1 - tile.row),
            "{s}": server,
            "{bbox}": ",".join(f"{value:.12g}" for value in box),
            "{width}": str(level.tile.width),
            "{height}": str(level.tile.height),
            "{crs}": self.grid.crs,
        }
        url = self.template
        for place, word in words.items():
            url = url.replace(place, word)
        return url if hide_key else with_key(url, self.key)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every server that may be asked. Raises ParameterError."""
        names = self.servers or ("",)
        found = [host_of(self.template.replace("{s}", name)) for name in names]
        return tuple(dict.fromkeys(found))

    @property
    def identity(self) -> str:
        """The same for the same tiles, whatever the key."""
        text = "\n".join((self.template, self.grid.crs, *self.servers))
        return hashlib.sha256(text.encode()).hexdigest()[:24]


def north_first(crs: str) -> bool:
    """Whether EPSG puts the axis to the north before the one to the east."""
    axes = parsed(crs).axis_info
    return bool(axes) and axes[0].direction.lower() == "north"


class WebTiles:
    """See `Tiles` (gisapp/io/tile_raster.py)."""

    def __init__(
        self,
        address: Address,
        cache: TileCache,
        fetcher: TileFetcher,
        decode: Decode | None = None,
    ) -> None:
        self.address = address
        self.listener: Callable[[Extent], None] = lambda extent: None
        self.changed: list[Callable[[], None]] = []  # told from any thread: trouble came or went
        self._cache, self._fetcher = cache, fetcher
        self._decode = decode or (lambda body, tile: decode_picture(body))
        self._source = address.identity
        self._memory = LatestResults(MEMORY)
        self._lock = threading.Lock()
        self._nothing: dict[Tile, float] = {}  # until when
        self._old: dict[Tile, str] = {}  # shown, but to be asked for anew, and their tags
        self._trouble: GisError | None = None
        self._quiet_until = 0.0
        self._came: list[Tile] = []
        self._timer: threading.Timer | None = None
        self._closed = False

    @property
    def grid(self) -> TileGrid:
        return self.address.grid

    @property
    def trouble(self) -> GisError | None:
        return self._trouble

    def for_map(self, crs: str) -> WebTiles:
        return self

    def look(self, tile: Tile) -> Image | None:
        kept: Image | None = self._memory.get(tile)
        if kept is not None:
            return kept
        if self._nothing.get(tile, 0.0) > time.time():
            return None
        stored = self._cache.get(self._place(tile))
        if stored is None:
            return None
        if not stored.body:
            with self._lock:
                self._nothing[tile] = stored.expires
            return None
        picture = self._read(stored, tile)
        if picture is not None and not stored.is_new and tile not in self._old:
            self._old[tile] = stored.tag
            self._ask([tile])
        return picture

    def _read(self, stored: StoredTile, tile: Tile) -> Image | None:
        try:
            picture = self._decode(stored.body, tile)
        except ReadError:
            self._cache.drop(self._place(tile))
            return None
        self._memory.put(tile, picture)
        return picture

    def want(self, tiles: Iterable[Tile]) -> None:
        """Where the server has no tile, the next coarser one is asked for instead."""
        now = time.time()
        wanted: dict[Tile, None] = {}
        for tile in tiles:
            asked: Tile | None = tile
            while asked is not None and self._nothing.get(asked, 0.0) > now:
                asked = self.grid.above(asked)
            if asked is not None and (asked is tile or self._memory.get(asked) is None):
                wanted[asked] = None
        self._ask(wanted)

    def _ask(self, tiles: Iterable[Tile]) -> None:
        if time.monotonic() < self._quiet_until:
            return
        self._fetcher.want(self._wish(tile) for tile in tiles)

    def keep_only(self, extent: Extent) -> None:
        self._fetcher.drop(
            lambda wish: (
                isinstance(wish.name, tuple)
                and wish.name[0] == self._source
                and not wish.extent.intersects(extent)
            )
        )

    def close(self) -> None:
        with self._lock:
            self._closed, timer = True, self._timer
        if timer is not None:
            timer.cancel()
        self._fetcher.drop(lambda w: isinstance(w.name, tuple) and w.name[0] == self._source)

    def try_again(self) -> None:
        """After a new key or a new connection."""
        self._quiet_until = 0.0
        self._set_trouble(None)
        for host in self.address.hosts:
            self._fetcher.go_on(host)

    def _place(self, tile: Tile) -> tuple[str, int, int, int]:
        level = self.grid.levels[tile.level].name
        number = int(level) if level.isdecimal() and len(level) < 9 else tile.level
        return self._source, number, tile.column, tile.row

    def _wish(self, tile: Tile) -> Wish:
        extent = self.grid.extent_of(tile)
        return Wish(
            (self._source, *tile),
            host_of(self.address.of(tile, hide_key=True).replace("{key}", "key")),
            extent,
            lambda: (self.address.of(tile), self._old.get(tile, "")),
            lambda answer: self._take(tile, answer),
            lambda: self.listener(extent),  # else its empty place would be kept as it is
            MOST_BYTES,
        )

    # -- on a worker

    def _take(self, tile: Tile, answer: WebAnswer | GisError) -> Wanted:
        if isinstance(answer, GisError):
            connection = is_connection(answer)
            self._set_trouble(answer)
            return "later" if connection else "done"
        if answer.status == 200 and answer.body:
            return self._store(tile, answer)
        if answer.status == 304:
            stored = self._cache.get(self._place(tile))
            if stored is not None:
                self._cache.put(self._place(tile), stored.body, answer.expires, stored.tag)
            self._old.pop(tile, None)
            self._set_trouble(None)
            return "done"
        if answer.status in (200, 204, 404, 410):
            return self._none(tile)
        if answer.status in (429, 502, 503, 504):
            self._set_trouble(refusal(answer, self.address.hosts[0]))
            return "later"
        if answer.status >= 500:
            return "again"
        self._set_trouble(refusal(answer, self.address.hosts[0]))
        self._quiet_until = time.monotonic() + LEFT_ALONE
        self._fetcher.drop(lambda w: isinstance(w.name, tuple) and w.name[0] == self._source)
        return "done"

    def _store(self, tile: Tile, answer: WebAnswer) -> Wanted:
        try:
            if not picture_kind(answer.body):
                raise refusal(answer, self.address.hosts[0])
            picture = self._decode(answer.body, tile)
        except ReadError as error:
            self._set_trouble(error)
            return "again"
        self._memory.put(tile, picture)
        if answer.keep:
            self._cache.put(self._place(tile), answer.body, answer.expires, answer.tag)
        with self._lock:
            self._old.pop(tile, None)
        self._set_trouble(None)
        self._tell(tile)
        return "done"

    def _none(self, tile: Tile) -> Wanted:
        until = time.time() + NOTHING_FOR
        with self._lock:
            self._nothing[tile] = until
        self._cache.put(self._place(tile), b"", until)
        self._set_trouble(None)
        above = self.grid.above(tile)
        if above is not None and self.look(above) is None:
            self.want([above])
        else:
            self._tell(tile)
        return "done"

    def _tell(self, tile: Tile) -> None:
        """Soon, together with what comes until then."""
        with self._lock:
            self._came.append(tile)
            if self._timer is not None or self._closed:
                return
            self._timer = threading.Timer(TOGETHER, self._tell_now)
            self._timer.daemon = True
            self._timer.start()

    def _tell_now(self) -> None:
        with self._lock:
            came, self._came, self._timer = self._came, [], None
        for extent in _boxes(self.grid, came):
            self.listener(extent)

    def _set_trouble(self, trouble: GisError | None) -> None:
        before, self._trouble = self._trouble, trouble
        if (before and before.message) != (trouble and trouble.message):
            for tell in tuple(self.changed):
                with suppress(RuntimeError):  # a window that is closing
                    tell()


def _boxes(grid: TileGrid, tiles: Sequence[Tile]) -> list[Extent]:
    """One extent for each level."""
    found: dict[int, Extent] = {}
    for tile in tiles:
        extent = grid.extent_of(tile)
        known = found.get(tile.level)
        found[tile.level] = extent if known is None else known.union(extent)
    return list(found.values())


class MapServiceTiles:
    """WMS: in the system of the map where the server offers it. See `Tiles`."""

    def __init__(self, make: Callable[[str], WebTiles], systems: Sequence[str]) -> None:
        """`make` gives the tiles in one of the systems; the first of these is the usual one."""
        self._make, self._systems = make, tuple(systems)
        self._lock = threading.Lock()
        self._made: dict[str, WebTiles] = {}
        self._usual = self.for_map(self._systems[0])

    @property
    def listener(self) -> Callable[[Extent], None]:
        return self._usual.listener

    @listener.setter
    def listener(self, tell: Callable[..., None]) -> None:
        self._tell = tell
        for crs, tiles in self._made.items():
            tiles.listener = self._listener(crs)

    def _listener(self, crs: str) -> Callable[[Extent], None]:
        tell = getattr(self, "_tell", None)
        return lambda extent: tell(extent, crs) if tell is not None else None

    @property
    def changed(self) -> list[Callable[[], None]]:
        return self._usual.changed

    @property
    def address(self) -> Address:
        return self._usual.address

    @property
    def grid(self) -> TileGrid:
        return self._usual.grid

    @property
    def trouble(self) -> GisError | None:
        return next((one.trouble for one in tuple(self._made.values()) if one.trouble), None)

    def for_map(self, crs: str) -> WebTiles:
        crs = crs if crs in self._systems else self._systems[0]
        with self._lock:
            if crs not in self._made:
                made = self._make(crs)
                made.listener = self._listener(crs)
                if self._made:
                    made.changed = self._usual.changed
                self._made[crs] = made
            return self._made[crs]

    def look(self, tile: Tile) -> Image | None:
        return self._usual.look(tile)

    def want(self, tiles: Iterable[Tile]) -> None:
        self._usual.want(tiles)

    def keep_only(self, extent: Extent) -> None:
        self._usual.keep_only(extent)

    def try_again(self) -> None:
        for one in tuple(self._made.values()):
            one.try_again()

    def close(self) -> None:
        for one in tuple(self._made.values()):
            one.close()
