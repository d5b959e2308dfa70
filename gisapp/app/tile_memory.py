"""What is kept of pictures: as many bytes as are allowed, what was used longest ago goes first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any

ENTRY = 400  # bytes of an entry with nothing in it


class TileMemory:
    """Safe to use from any thread."""

    def __init__(self, limit: int) -> None:
        """`limit` in bytes."""
        self._limit = limit
        self._used = 0
        self._entries: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = Lock()

    @property
    def used(self) -> int:
        """Bytes."""
        return self._used

    @property
    def limit(self) -> int:
        return self._limit

    @limit.setter
    def limit(self, limit: int) -> None:
        with self._lock:
            self._limit = limit
            self._shrink()

    def get(self, key: Hashable) -> Any:
        """What is kept, or None."""
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                return None
            self._entries.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: Any, size: int) -> None:
        """Keep it; `size` in bytes of what it holds alone."""
        with self._lock:
            old = self._entries.pop(key, None)
            if old is not None:
                self._used -= old[1]
            self._entries[key] = value, size + ENTRY
            self._used += size + ENTRY
            self._shrink()

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._used = 0

    def _shrink(self) -> None:
        while self._used > self._limit and self._entries:
            _, (_, size) = self._entries.popitem(last=False)
            self._used -= size
