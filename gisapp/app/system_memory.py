"""What the process keeps of the memory that it no longer needs."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

TRIM, MAP = -1, -3  # names of the settings for the C library: M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
LARGE = 1 << 20  # bytes: such pieces go back to the system as soon as they are not used
LEFT = 32 << 20  # bytes that may lie idle behind the last piece in use


def give_large_pieces_back() -> None:
    """Left to itself the GNU C library keeps pieces of up to 32 MB for later, between others:
    after large layers were read that is hundreds of megabytes. Elsewhere nothing is done."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            library = ctypes.CDLL(None)
            library.mallopt(MAP, LARGE)
            library.mallopt(TRIM, LEFT)


def give_idle_memory_back() -> None:
    """After much was read and most of it is not needed any more: the GNU C library keeps what is
    idle between other things. On a worker; takes some milliseconds. Elsewhere nothing is done."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
