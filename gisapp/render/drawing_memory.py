"""Memory that threads draw with, the same again and again.

What the system gives anew is cleared page by page when it is first touched: for a large view that
takes longer than much of the drawing. Each thread has its own, and each use its own name.
"""

from __future__ import annotations

from threading import local
from typing import Any

import numpy as np
import numpy.typing as npt

MOST = 16 * 1024 * 1024  # bytes that a thread keeps for one use
_kept = local()


def room(use: str, count: int, kind: Any) -> npt.NDArray[Any]:
    """So many numbers that hold anything. Whoever got them for this use before, on this thread,
    must not need them any more."""
    return _memory(use, count, np.dtype(kind), np.empty)


def clean_room(use: str, count: int, kind: Any) -> npt.NDArray[Any]:
    """As `room`, all zero, and whoever gets it leaves it so."""
    return _memory(use, count, np.dtype(kind), np.zeros)


def _memory(use: str, count: int, kind: np.dtype[Any], new: Any) -> npt.NDArray[Any]:
    found: npt.NDArray[Any] | None = _kept.__dict__.get(use)
    if found is None or len(found) < count:
        found = new(max(count, 1), kind)
        if found.nbytes <= MOST:
            setattr(_kept, use, found)
    return found[:count]
