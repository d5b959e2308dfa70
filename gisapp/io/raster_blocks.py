"""Blocks of rasters as they are shown, kept in memory and shared by all threads.

Neighbouring squares of the map need cells of the same blocks. A block is read and made ready once;
windows are put together from blocks.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gisapp.model.geometry import Size
from gisapp.model.progress import Part, Progress

Cells = npt.NDArray[Any]  # rows x columns (float32) or rows x columns x 4 (uint8)
Window = tuple[int, int, int, int]  # left, top, width, height in cells of a level
Key = tuple[Hashable, ...]  # the owner first
Read = Callable[[Window, Progress], tuple[Cells, bool]]  # cells, and whether they may be kept

KEPT_BYTES = 128 * 1024 * 1024  # of all rasters together
SMALL, LARGE = 256, 2048  # cells: smaller blocks are taken together, larger ones are not kept
MOST_CELLS = 8_000_000  # a window of more is read as it is: it would push out everything else
MOST_SHARED = 8 * 1024 * 1024  # bytes a thread keeps for windows
PATIENCE = 0.01  # seconds until a thread that waits for another one looks whether it is stopped


class BlockCache:
    """Blocks by key; those not used for longest go when there are too many bytes. For any
    thread. What two threads want at the same time is read by one of them."""

    def __init__(self, most_bytes: int = KEPT_BYTES) -> None:
        self._most = most_bytes
        self._changed = threading.Condition()
        self._kept: OrderedDict[Key, Cells] = OrderedDict()
        self._owners: dict[Hashable, set[Key]] = {}
        self._reading: set[Key] = set()
        self.bytes = 0

    def keep_at_most(self, most_bytes: int) -> None:
        with self._changed:
            self._most = most_bytes
            self._shrink()

    def get(self, key: Key) -> Cells | None:
        with self._changed:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def begin(self, key: Key) -> bool:
        """Whether the caller is to read this block, and to call `end` afterwards."""
        with self._changed:
            if key in self._reading or key in self._kept:
                return False
            self._reading.add(key)
            return True

    def end(self, key: Key, cells: Cells | None) -> None:
        """Keep a block that was read; None when it was not, or is not to be kept."""
        with self._changed:
            self._reading.discard(key)
            if cells is not None and key not in self._kept:
                self._kept[key] = cells
                self._owners.setdefault(key[0], set()).add(key)
                self.bytes += cells.nbytes
                self._shrink()
            self._changed.notify_all()

    def wait(self) -> None:
        """Until another thread has read a block, or for a moment."""
        with self._changed:
            self._changed.wait(PATIENCE)

    def forget(self, owner: Hashable) -> None:
        """Nothing of this owner is right any more."""
        with self._changed:
            for key in tuple(self._owners.get(owner, ())):
                self._drop(key)

    def _shrink(self) -> None:
        while self.bytes > self._most:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Key) -> None:
        self.bytes -= self._kept.pop(key).nbytes
        mine = self._owners[key[0]]
        mine.discard(key)
        if not mine:
            del self._owners[key[0]]


BLOCKS = BlockCache()


class Block(NamedTuple):
    """`left`, `top`: of its first cell on the level."""

    left: int
    top: int
    cells: Cells


class Blocks:
    """One level of a raster in blocks."""

    def __init__(
        self, key: Key, size: Size, block: tuple[int, int], cache: BlockCache = BLOCKS
    ) -> None:
        """`block`: rows and columns in the file."""
        self._key, self._size, self._cache = key, size, cache
        self._tall, self._wide = (side * math.ceil(SMALL / side) for side in block)
        self._fit = max(block) <= LARGE

    def suit(self, window: Window) -> bool:
        """Whether it is better to put a window together than to read it as it is."""
        return self._fit and window[2] * window[3] <= MOST_CELLS

    def count(self, window: Window) -> int:
        """Blocks a window needs."""
        down, across = self._needed(window)
        return len(down) * len(across)

    def _needed(self, window: Window) -> tuple[range, range]:
        left, top, width, height = window
        down = range(top // self._tall, (top + height - 1) // self._tall + 1)
        return down, range(left // self._wide, (left + width - 1) // self._wide + 1)

    def parts(self, window: Window, read: Read, progress: Progress) -> list[Block]:
        """The blocks that hold a window, which lies on the level. `read` is asked for missing
        ones. Do not write into them."""
        down, across = self._needed(window)
        wanted = [(row, column) for row in down for column in across]
        total, found = len(wanted), []
        while wanted:
            left_over = []
            for row, column in wanted:
                done = Part(progress, 1 - len(wanted) / total, 1.0)
                cells = self._block(row, column, read, done)
                if cells is None:
                    left_over.append((row, column))
                else:
                    found.append(Block(column * self._wide, row * self._tall, cells))
            if len(left_over) == len(wanted):
                self._cache.wait()
                progress.report(1 - len(wanted) / total)
            wanted = left_over
        return found

    def cells(self, window: Window, read: Read, progress: Progress) -> Cells:
        """The cells of a window, which lies on the level. `read` is asked for missing blocks."""
        return joined(window, self.parts(window, read, progress))

    def _block(self, row: int, column: int, read: Read, progress: Progress) -> Cells | None:
        """None while another thread reads it."""
        key = (*self._key, row, column)
        found = self._cache.get(key)
        if found is not None:
            return found
        if not self._cache.begin(key):
            return self._cache.get(key)
        kept = None
        try:
            left, top = column * self._wide, row * self._tall
            width = min(self._wide, self._size.width - left)
            height = min(self._tall, self._size.height - top)
            cells, lasting = read((left, top, width, height), progress)
            if lasting:
                kept = np.ascontiguousarray(cells)
        finally:
            self._cache.end(key, kept)
        return cells


def joined(window: Window, blocks: list[Block]) -> Cells:
    """The cells of a window from the blocks that hold it.

    Right until this thread asks for other cells: the memory is used again. Fresh memory of
    some megabytes costs more than what is laid into it.
    """
    left, top, width, height = window
    one = blocks[0].cells
    if len(blocks) == 1 and one.shape[:2] == (height, width):
        return one
    out = _sheet((height, width, *one.shape[2:]), one.dtype)
    for block in blocks:
        _lay(out, top, left, block.cells, block.top, block.left)
    return out


_threads = threading.local()


def _sheet(shape: tuple[int, ...], kind: Any) -> Cells:
    """An array on memory of this thread, whatever was there before."""
    size = math.prod(shape) * kind.itemsize
    if size > MOST_SHARED:
        return np.empty(shape, kind)
    memory = _threads.__dict__.get("memory")
    if memory is None or len(memory) < size:
        memory = _threads.memory = np.empty(size, np.uint8)
    sheet: Cells = memory[:size].view(kind).reshape(shape)
    return sheet


def _lay(out: Cells, top: int, left: int, block: Cells, first: int, begin: int) -> None:
    """Copy the part of a block (its first cell at row `first`, column `begin`) that is in `out`
    (at `top`, `left`)."""
    if out.ndim == 3:  # four bytes are moved as one number
        out, block = out.view(np.uint32)[..., 0], block.view(np.uint32)[..., 0]
    last, end = first + block.shape[0], begin + block.shape[1]
    rows = slice(max(top, first), min(top + out.shape[0], last))
    columns = slice(max(left, begin), min(left + out.shape[1], end))
    out[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = block[
        rows.start - first : rows.stop - first, columns.start - begin : columns.stop - begin
    ]
