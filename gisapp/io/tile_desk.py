"""What all base maps of the program share: cache, threads, keys and the allowed servers."""

from __future__ import annotations

import threading
from pathlib import Path

from gisapp.io.tile_cache import LIMIT, TileCache
from gisapp.io.tile_fetch import TileFetcher
from gisapp.io.tile_folders import cache_folder, config_folder
from gisapp.io.web_fetch import Web
from gisapp.io.web_hosts import AllowedHosts
from gisapp.io.web_keys import Keys


class TileDesk:
    """For any thread. Opens nothing before it is needed."""

    def __init__(
        self,
        config: Path,
        cache: Path,
        *,
        keys: Keys | None = None,
        limit: int = LIMIT,
        wait: float = 15.0,
    ) -> None:
        """`limit`: bytes of tiles on the disk; `wait`: seconds for a server."""
        self.hosts = AllowedHosts(config)
        self.keys = keys or Keys()
        self.cache = TileCache(cache, limit)
        self.web = Web(self.hosts, wait=wait)
        self.fetcher = TileFetcher(self.web)

    def close(self) -> None:
        """Stop asking; every thread has ended, and the cache is whole, when this returns."""
        self.fetcher.close()
        self.cache.close()


_lock = threading.Lock()
_desk: list[TileDesk] = []


def desk() -> TileDesk:
    """The program's own, in this person's folders."""
    with _lock:
        if not _desk:
            _desk.append(TileDesk(config_folder(), cache_folder()))
        return _desk[0]


def use_desk(other: TileDesk | None) -> TileDesk | None:
    """Another one from now on (None: a fresh one when it is needed); gives the one before."""
    with _lock:
        before = _desk.pop() if _desk else None
        if other is not None:
            _desk.append(other)
        return before


def close_desk() -> None:
    """When the program ends."""
    before = use_desk(None)
    if before is not None:
        before.close()
