"""Memory for squares of the map: what a square leaves behind is given to the next one.

Memory that the system gives anew is cleared page by page when it is first touched, which costs as
much as drawing on it. A square that is let go by everybody leaves its memory here, and new memory
is asked for several squares at once: of so large a piece numpy lets Linux use large pages.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.model.geometry import Size

Pixels = npt.NDArray[np.uint32]  # rows x columns, 0xAARRGGBB, colour multiplied by alpha

MOST = 32 * 1024 * 1024  # bytes that lie idle
STEP = 64 * 1024  # bytes: memory is given in multiples of it, so that it suits other squares too
TOGETHER = 8  # squares that are asked for at once
LARGE = 1024 * 1024  # bytes: smaller ones are asked for one by one


class SquareMemory:
    """For any thread. Without a lock, because memory comes back wherever the last one lets go of
    it, also in the middle of what is done here; every step is one that cannot be interrupted."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._idle: dict[int, list[npt.NDArray[np.uint8]]] = {}
        self._unused: list[npt.NDArray[np.uint8]] = []  # of one size: nothing was written there

    @property
    def idle(self) -> int:
        """Bytes that wait for a square."""
        return sum(size * len(pieces) for size, pieces in tuple(self._idle.items()))

    def new(self, size: Size) -> Pixels:
        """height x width; anything may be written there."""
        shape = (size.height, size.width)
        needed = -(-shape[0] * shape[1] * 4 // STEP) * STEP
        try:
            memory = self._idle[needed].pop()
        except (KeyError, IndexError):
            memory = self._fresh(needed)
        return np.asarray(_Lent(self, memory, shape))

    def _fresh(self, needed: int) -> npt.NDArray[np.uint8]:
        if needed < LARGE:
            return np.empty(needed, np.uint8)
        try:
            memory = self._unused.pop()
        except IndexError:
            memory = np.empty(0, np.uint8)
        if memory.nbytes != needed:
            memory, *self._unused = np.split(np.empty(TOGETHER * needed, np.uint8), TOGETHER)
        return memory

    def clear(self) -> None:
        self._idle, self._unused = {}, []

    def back(self, memory: npt.NDArray[np.uint8]) -> None:
        """Nobody uses it any more."""
        size = memory.nbytes
        if self.idle + size > self._most:
            self._idle = {size: self._idle.get(size, [])}  # others are of squares of other views
        if self.idle + size <= self._most:
            self._idle.setdefault(size, []).append(memory)


class _Lent:
    """What an array lies on: goes when the last array does that shows any of it."""

    __slots__ = ("__array_interface__", "_from", "_memory")

    def __init__(
        self, lender: SquareMemory, memory: npt.NDArray[np.uint8], shape: tuple[int, int]
    ) -> None:
        self._from, self._memory = lender, memory
        self.__array_interface__: dict[str, Any] = {
            "data": (memory.__array_interface__["data"][0], False),
            "shape": shape,
            "typestr": np.dtype(np.uint32).str,
            "version": 3,
        }

    def __del__(self) -> None:
        self._from.back(self._memory)


SQUARES = SquareMemory()
