"""MBTiles: tiles of the web map in an SQLite file, read and written (version 1.3).

https://github.com/mapbox/mbtiles-spec: rows count from the bottom; vector tiles are gzipped.
"""

from __future__ import annotations

import json
import math
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from gisapp.io.latest_results import LatestResults
from gisapp.io.map_file import refused
from gisapp.io.raster_bands import Image
from gisapp.io.safe_path import existing_file, first_bytes, refuse_to_overwrite_project
from gisapp.io.tile_decoding import decode_picture, picture_kind
from gisapp.model.crs import transform_extent
from gisapp.model.errors import GisError, ReadError
from gisapp.model.geometry import Extent
from gisapp.model.text import tr
from gisapp.model.tile_grid import HALF_WORLD, WEB_MERCATOR, Tile, TileGrid, web_grid

MEMORY = 64 * 1024 * 1024
MOST_BYTES = 8 * 1024 * 1024
DEEPEST = 24
PATIENCE = 20_000_000  # steps of SQLite for one question; a view that never ends is stopped
KINDS = {"png": "png", "jpg": "jpg", "jpeg": "jpg", "webp": "webp", "pbf": "pbf"}
WGS84 = "EPSG:4326"
FURTHEST = 85.0511287798066  # degrees north and south that the web map reaches
Decode = Callable[[bytes, Tile], Image]


class MbTiles:
    """See `Tiles` (gisapp/io/tile_raster.py): everything is here, nothing is waited for."""

    trouble: GisError | None = None

    def __init__(self, path: Path | str, decode: Decode | None = None) -> None:
        """Raises ReadError. Vector tiles need `decode`, which draws them."""
        self.path = existing_file(path)
        self.listener: Callable[[Extent], None] = lambda extent: None
        self._lock = threading.Lock()
        self._memory = LatestResults(MEMORY)
        if first_bytes(self.path, 16) != b"SQLite format 3\0":
            raise self._damaged(tr("it is no SQLite file"))
        try:
            uri = f"{self.path.as_uri()}?mode=ro"
            self._file = sqlite3.connect(uri, uri=True, check_same_thread=False)
            weakref.finalize(self, self._file.close)
            self._file.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 2 * MOST_BYTES)  # views can grow
            self._file.set_progress_handler(_counter(), 1000)
            self.metadata = self._metadata()
            self.zooms = self._zooms()
            self.kind = self._kind()
        except sqlite3.Error as error:
            raise self._damaged(str(error)) from error
        if self.kind == "pbf" and decode is None:
            raise ReadError(
                tr("{file} holds vector tiles, which cannot be drawn here").format(
                    file=self.path.name
                )
            )
        self._decode = decode or (lambda body, tile: decode_picture(body))
        pixels = 512 if self.kind == "pbf" else self._tile_pixels()
        self.grid: TileGrid = web_grid(*self.zooms, pixels).within(self._bounds())

    @property
    def name(self) -> str:
        return self.metadata.get("name", "") or self.path.stem

    @property
    def attribution(self) -> str:
        return self.metadata.get("attribution", "")[:300]

    def for_map(self, crs: str) -> MbTiles:
        return self

    def look(self, tile: Tile) -> Image | None:
        kept: Image | None = self._memory.get(tile)
        if kept is not None:
            return kept
        zoom = int(self.grid.levels[tile.level].name)
        body = self.tile(zoom, tile.column, tile.row)
        if body is None:
            return None
        try:
            picture = self._decode(body, tile)
        except ReadError:
            return None
        self._memory.put(tile, picture)
        return picture

    def tile(self, zoom: int, column: int, row: int) -> bytes | None:
        """As it is stored; rows from the top."""
        sql = (
            "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?"
            " AND length(tile_data) <= ?"
        )
        try:
            with self._lock:
                self._file.set_progress_handler(_counter(), 1000)
                found = self._file.execute(
                    sql, (zoom, column, 2**zoom - 1 - row, MOST_BYTES)
                ).fetchone()
        except sqlite3.Error:
            return None
        return found[0] if found and isinstance(found[0], bytes) and found[0] else None

    def want(self, tiles: Iterable[Tile]) -> None:
        """What is not in the file cannot come."""

    def keep_only(self, extent: Extent) -> None:
        """Nothing is on its way."""

    def close(self) -> None:
        with self._lock:
            self._file.close()

    def _metadata(self) -> dict[str, str]:
        rows = self._file.execute("SELECT name, value FROM metadata LIMIT 1000").fetchall()
        return {str(name): str(value)[:1_000_000] for name, value in rows}

    def _zooms(self) -> tuple[int, int]:
        sql = "SELECT min(zoom_level), max(zoom_level) FROM tiles"
        first, last = self._file.execute(sql).fetchone()
        if not (isinstance(first, int) and isinstance(last, int)) or first < 0 or last > DEEPEST:
            raise self._damaged(tr("it holds no tiles"))
        return first, last

    def _kind(self) -> str:
        said = KINDS.get(self.metadata.get("format", "").lower(), "")
        body = self._some_tile()
        return (picture_kind(body) if body else "") or said or "png"

    def _some_tile(self) -> bytes | None:
        sql = "SELECT tile_data FROM tiles WHERE length(tile_data) <= ? LIMIT 1"
        found = self._file.execute(sql, (MOST_BYTES,)).fetchone()
        return found[0] if found and isinstance(found[0], bytes) else None

    def _tile_pixels(self) -> int:
        body = self._some_tile()
        with suppress(ReadError):
            if body and decode_picture(body).shape[1] == 512:
                return 512
        return 256

    def _bounds(self) -> Extent:
        try:
            west, south, east, north = map(float, self.metadata.get("bounds", "").split(","))
        except ValueError:
            return _WORLD
        return bounds_on_map(west, south, east, north)

    def _damaged(self, reason: str) -> ReadError:
        return ReadError(
            tr("{file} cannot be read: {reason}").format(file=self.path.name, reason=reason),
            hint=tr("Is it a file of tiles (MBTiles), and complete?"),
        )


_WORLD = Extent(-HALF_WORLD, -HALF_WORLD, HALF_WORLD, HALF_WORLD)


def bounds_on_map(west: float, south: float, east: float, north: float) -> Extent:
    """Degrees as an extent of the web map; the world when they are none."""
    known = all(map(math.isfinite, (west, south, east, north)))
    if not (known and -180 <= west < east <= 180 and -90 <= south < north <= 90):
        return _WORLD
    south, north = max(south, -FURTHEST), min(north, FURTHEST)
    return transform_extent(Extent(west, south, east, north), WGS84, WEB_MERCATOR)


def _counter() -> Callable[[], int]:
    left = [PATIENCE // 1000]

    def stop() -> int:
        left[0] -= 1
        return int(left[0] < 0)

    return stop


class MbTilesWriter:
    """Fills a file beside the target, which can be gone on with later, and puts it in its place
    when it is whole. Use it on one thread."""

    def __init__(self, path: Path) -> None:
        """Raises WriteError."""
        refuse_to_overwrite_project(path)
        self.path = path
        self.beside = path.with_name(f"{path.name}.part")
        try:
            try:
                self._file = self._opened()
            except sqlite3.OperationalError:  # locked, full
                raise
            except sqlite3.DatabaseError:  # damaged
                self.beside.unlink()
                self._file = self._opened()
        except (sqlite3.Error, OSError) as error:
            raise refused(path, _os_error(error)) from error

    def _opened(self) -> sqlite3.Connection:
        if self.beside.exists() and first_bytes(self.beside, 16) != b"SQLite format 3\0":
            self.beside.unlink()
        file = sqlite3.connect(self.beside)
        file.execute("PRAGMA synchronous = NORMAL")
        file.executescript(
            "CREATE TABLE IF NOT EXISTS metadata (name TEXT PRIMARY KEY, value TEXT);"
            "CREATE TABLE IF NOT EXISTS tiles (zoom_level INTEGER, tile_column INTEGER,"
            " tile_row INTEGER, tile_data BLOB,"
            " PRIMARY KEY (zoom_level, tile_column, tile_row));"
        )
        return file

    def begin(self, identity: str) -> None:
        """What was begun for another source or area is thrown away, and what was damaged.

        Raises WriteError.
        """
        try:
            self._begin(identity)
        except sqlite3.OperationalError as error:  # locked, full
            raise refused(self.path, _os_error(error)) from error
        except sqlite3.DatabaseError:
            self.discard()
            try:
                self._file = self._opened()
                self._begin(identity)
            except (sqlite3.Error, OSError) as error:
                raise refused(self.path, _os_error(error)) from error

    def _begin(self, identity: str) -> None:
        if self._file.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError
        found = self._file.execute("SELECT value FROM metadata WHERE name = 'begun'").fetchone()
        if found is None or found[0] != identity:
            with self._file:
                self._file.execute("DELETE FROM tiles")
                self._file.execute("DELETE FROM metadata")
                self._file.execute("INSERT INTO metadata VALUES ('begun', ?)", (identity,))

    def stored(self) -> set[tuple[int, int, int]]:
        """Zoom, column and row (from the top) of what is there already."""
        sql = "SELECT zoom_level, tile_column, tile_row FROM tiles"
        return {(z, x, 2**z - 1 - y) for z, x, y in self._file.execute(sql)}

    def add(self, tiles: Iterable[tuple[int, int, int, bytes]]) -> None:
        """Zoom, column, row from the top, and the tile as it came. Raises WriteError."""
        rows = [(z, x, 2**z - 1 - y, body) for z, x, y, body in tiles]
        try:
            with self._file:
                self._file.executemany("INSERT OR REPLACE INTO tiles VALUES (?, ?, ?, ?)", rows)
        except sqlite3.Error as error:
            raise refused(self.path, _os_error(error)) from error

    def finish(self, metadata: Mapping[str, object]) -> None:
        """Say what it is and rename it over the target. Raises WriteError."""
        rows = [
            (name, value if isinstance(value, str) else json.dumps(value))
            for name, value in metadata.items()
        ]
        try:
            with self._file:
                self._file.execute("DELETE FROM metadata")
                self._file.executemany("INSERT INTO metadata VALUES (?, ?)", rows)
            self._file.close()
            self.beside.replace(self.path)
        except (sqlite3.Error, OSError) as error:
            raise refused(self.path, _os_error(error)) from error

    def close(self) -> None:
        """Leave what is there for another time."""
        self._file.close()

    def discard(self) -> None:
        self._file.close()
        with suppress(OSError):
            self.beside.unlink()


def _os_error(error: Exception) -> OSError:
    return error if isinstance(error, OSError) else OSError(str(error))
