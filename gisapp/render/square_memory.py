"""Memory for squares of the map: what a square leaves behind is given to the next one.

Memory that the system gives anew is cleared page by page when it is first touched, which costs as
much as drawing on it. A square that is let go by everybody leaves its memory here, and new memory
is asked for several squares at once: of so large a piece numpy lets Linux use large pages.
Where it is known which pieces of a square were drawn on, only these need to be emptied again.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from collections.abc import Callable
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from gisapp.model.geometry import Size
from gisapp.render.states import SOME, States, states_for

Pixels = npt.NDArray[np.uint32]  # rows x columns, 0xAARRGGBB, colour multiplied by alpha

MOST = 32 * 1024 * 1024  # bytes that lie idle
STEP = 64 * 1024  # bytes: memory is given in multiples of it, so that it suits other squares too
TOGETHER = 8  # squares that are asked for at once
NOT_NEEDED = getattr(mmap, "MADV_DONTNEED", 0)  # only Linux is told
LARGE = 1024 * 1024  # bytes: smaller ones are asked for one by one


class _Left(NamedTuple):
    """What a square left behind."""

    memory: npt.NDArray[np.uint8]
    shape: tuple[int, int]
    states: States | None  # of its pieces; None: unknown


class SquareMemory:
    """For any thread. Without a lock, because memory comes back wherever the last one lets go of
    it, also in the middle of what is done here; every step is one that cannot be interrupted."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._idle: dict[int, list[_Left]] = {}
        self._unused: list[npt.NDArray[np.uint8]] = []  # of one size: nothing was written there

    @property
    def idle(self) -> int:
        """Bytes that wait for a square."""
        return sum(size * len(pieces) for size, pieces in tuple(self._idle.items()))

    def new(self, size: Size) -> Pixels:
        """height x width; anything may be written there."""
        lent, _ = self._lent(size)
        return np.asarray(lent)

    def lend(self, size: Size) -> tuple[Pixels, States]:
        """height x width, and what is known of the pieces: those that are not EMPTY may hold
        anything. Whoever writes there keeps the states true as long as the square is there."""
        lent, left = self._lent(size)
        states = left.states if left is not None and left.shape == lent.shape else None
        if states is None:
            states = states_for(lent.shape)
            states.fill(SOME)
        lent.states = states
        return np.asarray(lent), states

    def _lent(self, size: Size) -> tuple[_Lent, _Left | None]:
        shape = (size.height, size.width)
        needed = -(-shape[0] * shape[1] * 4 // STEP) * STEP
        try:
            left = self._idle[needed].pop()
        except (KeyError, IndexError):
            return _Lent(self, self._fresh(needed), shape), None
        return _Lent(self, left.memory, shape), left

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

    def back(self, left: _Left) -> None:
        """Nobody uses it any more."""
        size = left.memory.nbytes
        if self.idle + size > self._most:
            before = self._idle
            self._idle = {size: before.get(size, [])}  # others are of squares of other views
            for other in [other for other in before if other != size]:
                while before[other]:
                    try:
                        empty_pages(before[other].pop().memory)
                    except IndexError:  # another thread was quicker
                        break
        if self.idle + size <= self._most:
            self._idle.setdefault(size, []).append(left)
        else:
            empty_pages(left.memory)


def _system() -> Callable[..., int] | None:
    """What tells Linux that pages are not needed; None elsewhere."""
    if sys.platform != "linux":
        return None
    try:
        tell: Any = ctypes.CDLL(None).madvise
    except (OSError, AttributeError):
        return None
    tell.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    return cast(Callable[..., int], tell)


_tell = _system()


def empty_pages(memory: npt.NDArray[np.uint8]) -> None:
    """What was written there is lost, and the system has its pages back at once: squares that were
    asked for together would else keep all of them for as long as one of them is there."""
    if _tell is None or memory.base is None:
        return
    begin = memory.__array_interface__["data"][0]
    first = -(-begin // mmap.PAGESIZE) * mmap.PAGESIZE
    last = (begin + memory.nbytes) // mmap.PAGESIZE * mmap.PAGESIZE
    if last > first:
        _tell(first, last - first, NOT_NEEDED)


class _Lent:
    """What an array lies on: goes when the last array does that shows any of it."""

    __slots__ = ("__array_interface__", "_from", "_memory", "shape", "states")

    def __init__(
        self, lender: SquareMemory, memory: npt.NDArray[np.uint8], shape: tuple[int, int]
    ) -> None:
        self._from, self._memory, self.shape = lender, memory, shape
        self.states: States | None = None
        self.__array_interface__: dict[str, Any] = {
            "data": (memory.__array_interface__["data"][0], False),
            "shape": shape,
            "typestr": np.dtype(np.uint32).str,
            "version": 3,
        }

    def __del__(self) -> None:
        self._from.back(_Left(self._memory, self.shape, self.states))


SQUARES = SquareMemory()
