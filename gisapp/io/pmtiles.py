"""PMTiles version 3: one file of tiles with its own directory, read where it lies.

https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md. Directories and tiles that are
gzipped or not packed at all are read; everything has a limit, because the file is a stranger's.
"""

from __future__ import annotations

import json
import struct
import threading
import weakref
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from gisapp.io.latest_results import LatestResults
from gisapp.io.mbtiles import bounds_on_map
from gisapp.io.raster_bands import Image
from gisapp.io.safe_path import existing_file
from gisapp.io.tile_decoding import decode_picture
from gisapp.model.errors import GisError, ReadError
from gisapp.model.geometry import Extent
from gisapp.model.text import tr
from gisapp.model.tile_grid import Tile, TileGrid, web_grid

HEADER = 127
MAGIC = b"PMTiles\x03"
MEMORY = 64 * 1024 * 1024
MOST_DIRECTORY = 16 * 1024 * 1024  # bytes, unpacked
MOST_ENTRIES = 500_000  # of one directory
MOST_BYTES = 8 * 1024 * 1024  # of one tile, unpacked
DEEPEST = 24
LEVELS = 4  # of directories; the format knows three
KEPT_ENTRIES = 500_000  # of all directories below the first
NOT_PACKED, GZIP = 1, 2
KINDS = {1: "pbf", 2: "png", 3: "jpg", 4: "webp"}
Decode = Callable[[bytes, Tile], Image]


class Entry(NamedTuple):
    """`run` 0: not a tile but another directory."""

    first: int
    run: int
    offset: int
    length: int


class PmTiles:
    """See `Tiles` (gisapp/io/tile_raster.py)."""

    trouble: GisError | None = None

    def __init__(self, path: Path | str, decode: Decode | None = None) -> None:
        """Raises ReadError. Vector tiles need `decode`, which draws them."""
        self.path = existing_file(path)
        self.listener: Callable[[Extent], None] = lambda extent: None
        self._lock = threading.Lock()
        self._memory = LatestResults(MEMORY)
        self._leaves: dict[int, list[Entry]] = {}
        self._file = self.path.open("rb")
        weakref.finalize(self, self._file.close)
        self._size = self.path.stat().st_size
        head = self._bytes(0, HEADER)
        if head is None or head[:8] != MAGIC:
            raise self._damaged(tr("it is no PMTiles file of version 3"))
        numbers = struct.unpack_from("<11Q", head, 8)
        self._root, self._root_length, self._about, self._about_length = numbers[:4]
        self._leaf, self._leaf_length, self._data, self._data_length = numbers[4:8]
        _, packed, tile_packed, kind, first, last = struct.unpack_from("<6B", head, 96)
        west, south, east, north = (v / 1e7 for v in struct.unpack_from("<4i", head, 102))
        self._packed, self._tile_packed = packed, tile_packed
        if packed not in (0, NOT_PACKED, GZIP) or tile_packed not in (0, NOT_PACKED, GZIP):
            raise self._damaged(tr("it is packed in a way that is not known here"))
        if kind not in KINDS or last > DEEPEST or first > last:
            raise self._damaged(tr("it holds no tiles"))
        self.kind = KINDS[kind]
        if self.kind == "pbf" and decode is None:
            raise ReadError(
                tr("{file} holds vector tiles, which cannot be drawn here").format(
                    file=self.path.name
                )
            )
        self._decode = decode or (lambda body, tile: decode_picture(body))
        self._top = self._directory(self._root, self._root_length)
        self.metadata = self._metadata()
        pixels = 512 if self.kind == "pbf" else 256
        self.grid: TileGrid = web_grid(first, last, pixels).within(
            bounds_on_map(west, south, east, north)
        )

    @property
    def name(self) -> str:
        return str(self.metadata.get("name") or self.path.stem)[:200]

    @property
    def attribution(self) -> str:
        return str(self.metadata.get("attribution") or "")[:300]

    def for_map(self, crs: str) -> PmTiles:
        return self

    def look(self, tile: Tile) -> Image | None:
        kept: Image | None = self._memory.get(tile)
        if kept is not None:
            return kept
        with suppress(ReadError):
            body = self.tile(int(self.grid.levels[tile.level].name), tile.column, tile.row)
            if body:
                picture = self._decode(body, tile)
                self._memory.put(tile, picture)
                return picture
        return None

    def tile(self, zoom: int, column: int, row: int) -> bytes | None:
        """The tile, unpacked; None where there is none. Raises ReadError for a damaged file."""
        wanted, entries = tile_number(zoom, column, row), self._top
        for _ in range(LEVELS):
            entry = _find(entries, wanted)
            if entry is None:
                return None
            if entry.run:
                if entry.offset + entry.length > self._data_length:
                    raise self._damaged(tr("it ends too early"))
                body = self._bytes(self._data + entry.offset, entry.length)
                return self._unpacked(body, self._tile_packed, MOST_BYTES)
            entries = self._leaf_at(entry)
        raise self._damaged(tr("its directories lead in a circle"))

    def want(self, tiles: Iterable[Tile]) -> None:
        """What is not in the file cannot come."""

    def keep_only(self, extent: Extent) -> None:
        """Nothing is on its way."""

    def close(self) -> None:
        with self._lock:
            self._file.close()

    def _leaf_at(self, entry: Entry) -> list[Entry]:
        if entry.offset + entry.length > self._leaf_length:
            raise self._damaged(tr("it ends too early"))
        if entry.offset not in self._leaves:
            found = self._directory(self._leaf + entry.offset, entry.length)
            if sum(map(len, self._leaves.values())) + len(found) > KEPT_ENTRIES:
                self._leaves.clear()
            self._leaves[entry.offset] = found
            return found
        return self._leaves[entry.offset]

    def _directory(self, offset: int, length: int) -> list[Entry]:
        body = self._unpacked(self._bytes(offset, length), self._packed, MOST_DIRECTORY)
        try:
            return read_directory(body)
        except (IndexError, ValueError) as error:
            raise self._damaged(tr("its directory is damaged")) from error

    def _metadata(self) -> dict[str, object]:
        with suppress(ReadError, ValueError, RecursionError):
            body = self._bytes(self._about, self._about_length)
            read = json.loads(self._unpacked(body, self._packed, MOST_DIRECTORY))
            return read if isinstance(read, dict) else {}
        return {}

    def _bytes(self, offset: int, length: int) -> bytes | None:
        if length > MOST_DIRECTORY or offset + length > self._size:
            return None
        try:
            with self._lock:
                self._file.seek(offset)
                return self._file.read(length)
        except (OSError, ValueError):
            return None

    def _unpacked(self, body: bytes | None, packed: int, most: int) -> bytes:
        if body is None:
            raise self._damaged(tr("it ends too early"))
        try:
            return unzipped(body, most) if packed == GZIP else body
        except ValueError as error:
            raise self._damaged(str(error)) from error

    def _damaged(self, reason: str) -> ReadError:
        return ReadError(
            tr("{file} cannot be read: {reason}").format(file=self.path.name, reason=reason),
            hint=tr("Is it a file of tiles (PMTiles), and complete?"),
        )


def unzipped(body: bytes, most: int) -> bytes:
    """Gzipped bytes as they were; others as they are. Raises ValueError when it is more."""
    if body[:2] != b"\x1f\x8b":
        return body
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        made = unpack.decompress(body, most + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if len(made) > most:
        raise ValueError(tr("it would unpack to more than a tile can hold"))
    return made


def tile_number(zoom: int, column: int, row: int) -> int:
    """Tiles of all zooms in one row, those of a zoom along a Hilbert curve."""
    number: int = (4**zoom - 1) // 3
    x, y = column, row
    side = 1 << zoom >> 1
    while side:
        right, below = int(x & side > 0), int(y & side > 0)
        number += side * side * ((3 * right) ^ below)
        if not below:
            if right:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
        x, y = x & (side - 1), y & (side - 1)
        side >>= 1
    return number


def read_directory(body: bytes) -> list[Entry]:
    """Raises IndexError or ValueError for a damaged one."""
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = body[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("number")

    count = number()
    if count > MOST_ENTRIES or count * 4 > len(body) + 4:
        raise ValueError("count")
    firsts, total = [], 0
    for _ in range(count):
        total += number()
        firsts.append(total)
    runs = [number() for _ in range(count)]
    lengths = [number() for _ in range(count)]
    offsets: list[int] = []
    for n in range(count):
        value = number()
        offsets.append(value - 1 if value or not n else offsets[-1] + lengths[n - 1])
    if any(offset < 0 for offset in offsets):
        raise ValueError("offset")
    return [Entry(*one) for one in zip(firsts, runs, offsets, lengths, strict=True)]


def _find(entries: list[Entry], wanted: int) -> Entry | None:
    place = bisect_right(entries, wanted, key=lambda entry: entry.first) - 1
    if place < 0:
        return None
    entry = entries[place]
    if entry.run and wanted >= entry.first + entry.run:
        return None
    return entry
