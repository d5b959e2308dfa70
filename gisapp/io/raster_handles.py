"""Open files: for each thread its own, and not too many of them."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any
from weakref import WeakSet

LIBRARY_KEEPS = "64"  # MB of blocks, by itself a twentieth of all memory: we keep them anyway
MOST = 40  # open at the same time by one thread


class _Open:
    """A file held open; it is closed with the thread that holds it."""

    def __init__(self, source: Any, owner: Hashable) -> None:
        self.source: Any = source
        self.owner = owner

    def close(self) -> None:
        source, self.source = self.source, None
        if source is not None:
            source.close()

    def __del__(self) -> None:
        self.close()


class Handles:
    """Of one raster, or of all rasters of a mosaic. What was not used for longest is closed first,
    and when a thread ends, so are its files."""

    def __init__(self, most: int = MOST) -> None:
        os.environ.setdefault("GDAL_CACHEMAX", LIBRARY_KEEPS)  # asked for when it first reads
        self._most = most
        self._threads = threading.local()
        self._lock = threading.Lock()
        self._all: WeakSet[_Open] = WeakSet()

    def get(self, owner: Hashable, part: Hashable, opening: Callable[[], Any]) -> Any:
        """The open file of this thread; `opening` opens it when there is none.

        owner: a token, not an object that holds these handles: it would never go away.
        """
        mine: OrderedDict[Hashable, _Open] = self._threads.__dict__.setdefault(
            "mine", OrderedDict()
        )
        key = (owner, part)
        held = mine.get(key)
        if held is not None and held.source is not None:
            mine.move_to_end(key)
            return held.source
        held = mine[key] = _Open(opening(), owner)
        mine.move_to_end(key)
        with self._lock:
            self._all.add(held)
        while len(mine) > self._most:
            mine.popitem(last=False)[1].close()
        return held.source

    def close(self, owner: Hashable | None = None) -> None:
        """Close the files of one owner, or all, of all threads. Nobody may be reading them."""
        with self._lock:
            held = [h for h in self._all if owner is None or h.owner == owner]
        for each in held:
            each.close()

    @property
    def count(self) -> int:
        """Files that are open now."""
        with self._lock:
            return sum(h.source is not None for h in self._all)
