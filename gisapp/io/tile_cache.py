"""Tiles on the disk: one SQLite file in the user's cache folder, with a limit.

It is only a cache: whatever goes wrong with it, the program goes on without. What was not used
for longest goes first.
"""

from __future__ import annotations

import sqlite3
import threading
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

NAME = "tiles.sqlite"
FORMAT = 1
LIMIT = 1024 * 1024 * 1024  # bytes of tiles
TILE_LIMIT = 8 * 1024 * 1024
WEEK = 7 * 24 * 3600.0  # seconds a tile is new when its server does not say how long
SHARE = 0.9  # of the limit that is left when room was made
SEEN_EVERY = 64  # tiles looked at between two notes of it

_MAKE = """
CREATE TABLE IF NOT EXISTS tiles (
  source TEXT NOT NULL, level INTEGER NOT NULL, col INTEGER NOT NULL, row INTEGER NOT NULL,
  body BLOB NOT NULL, crc INTEGER NOT NULL, expires REAL NOT NULL, tag TEXT NOT NULL,
  used REAL NOT NULL, PRIMARY KEY (source, level, col, row)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tiles_used ON tiles (used);
"""
Place = tuple[str, int, int, int]  # source, level, column, row


@dataclass(frozen=True, slots=True)
class StoredTile:
    """An empty body: the server has no tile there."""

    body: bytes = field(repr=False)
    expires: float
    tag: str

    @property
    def is_new(self) -> bool:
        return time.time() < self.expires


class TileCache:
    """For any thread."""

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self.path = folder / NAME
        self.limit = limit
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._failed = False
        self._bytes = 0
        self._seen: dict[Place, float] = {}

    def get(self, place: Place) -> StoredTile | None:
        sql = (
            "SELECT body, crc, expires, tag FROM tiles"
            " WHERE source = ? AND level = ? AND col = ? AND row = ?"
        )
        with self._lock:
            connection = self._open()
            if connection is None:
                return None
            try:
                found = connection.execute(sql, place).fetchone()
            except sqlite3.Error:
                self._give_up()
                return None
            if found is None:
                return None
            body, crc, expires, tag = found
            if not isinstance(body, bytes) or zlib.crc32(body) != crc:
                self._forget(place)
                return None
            self._seen[place] = time.time()
            return StoredTile(body, float(expires), str(tag))

    def put(self, place: Place, body: bytes, expires: float = 0.0, tag: str = "") -> None:
        """`expires` 0: the server did not say, then for a week."""
        if len(body) > TILE_LIMIT:
            return
        now = time.time()
        row = (*place, body, zlib.crc32(body), expires or now + WEEK, tag, now)
        with self._lock:
            connection = self._open()
            if connection is None:
                return
            try:
                with connection:
                    connection.execute(
                        "INSERT OR REPLACE INTO tiles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row
                    )
                self._bytes += len(body) + 100
                if len(self._seen) >= SEEN_EVERY or self._bytes > self.limit:
                    self._note_seen(connection)
                if self._bytes > self.limit:
                    self._make_room(connection)
            except sqlite3.Error:  # the disk is full, or the file was damaged
                self._give_up()

    def drop(self, place: Place) -> None:
        """What turned out to be no picture."""
        with self._lock:
            if self._open() is not None:
                self._forget(place)

    def clear(self, source: str = "") -> None:
        """All tiles, or those of one source."""
        with self._lock:
            connection = self._open()
            if connection is None:
                return
            with suppress(sqlite3.Error):
                where = " WHERE source = ?" if source else ""
                with connection:
                    connection.execute(f"DELETE FROM tiles{where}", (source,) if source else ())
                self._bytes = self._sum(connection)

    @property
    def size(self) -> int:
        """Bytes of tiles."""
        with self._lock:
            connection = self._open()
            if connection is None:
                return 0
            with suppress(sqlite3.Error):
                self._bytes = self._sum(connection)
            return self._bytes

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                with suppress(sqlite3.Error):
                    self._note_seen(self._connection)
                self._connection.close()
                self._connection = None

    def _open(self) -> sqlite3.Connection | None:
        if self._connection is None and not self._failed:
            for fresh in (False, True):
                try:
                    if fresh:
                        for name in (NAME, f"{NAME}-wal", f"{NAME}-shm"):
                            self.path.with_name(name).unlink(missing_ok=True)
                    self._connection = self._connected()
                    break
                except (sqlite3.OperationalError, OSError):  # locked, full: it is not ours to
                    break  # take away, another program may be writing it
                except sqlite3.Error:
                    continue
            self._failed = self._connection is None
        return self._connection

    def _connected(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=5, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            found = connection.execute("PRAGMA user_version").fetchone()[0]
            if found not in (0, FORMAT):
                raise sqlite3.DatabaseError(found)
            connection.executescript(_MAKE + f"PRAGMA user_version = {FORMAT};")
            self._bytes = self._sum(connection)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    @staticmethod
    def _sum(connection: sqlite3.Connection) -> int:
        sql = "SELECT coalesce(sum(length(body) + 100), 0) FROM tiles"
        return int(connection.execute(sql).fetchone()[0])

    def _note_seen(self, connection: sqlite3.Connection) -> None:
        rows = [(when, *place) for place, when in self._seen.items()]
        self._seen.clear()
        sql = "UPDATE tiles SET used = ? WHERE source = ? AND level = ? AND col = ? AND row = ?"
        with connection:
            connection.executemany(sql, rows)

    def _make_room(self, connection: sqlite3.Connection) -> None:
        self._bytes = self._sum(connection)
        wanted = self._bytes - int(self.limit * SHARE)
        if wanted <= 0:
            return
        last, freed = 0.0, 0
        sql = "SELECT used, length(body) + 100 FROM tiles ORDER BY used"
        for used, size in connection.execute(sql):
            last, freed = used, freed + size
            if freed >= wanted:
                break
        with connection:
            connection.execute("DELETE FROM tiles WHERE used <= ?", (last,))
        self._bytes = self._sum(connection)

    def _forget(self, place: Place) -> None:
        sql = "DELETE FROM tiles WHERE source = ? AND level = ? AND col = ? AND row = ?"
        assert self._connection is not None
        with suppress(sqlite3.Error), self._connection:
            self._connection.execute(sql, place)

    def _give_up(self) -> None:
        """For this run; the next one begins a new file if this one is damaged."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection, self._failed = None, True
