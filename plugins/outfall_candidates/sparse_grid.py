"""What is kept of a mosaic: statistics of its water in blocks, only where there is water."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .block_work import FULL, Bytes, Grid

TILE = 256  # blocks along one side of a tile
Tile = tuple[Grid, Grid, Bytes, Bytes]
Part = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Blocks:
    """A window of the grid, whole. seen, wet: shares of each block in 1/250."""

    row: int  # of the grid
    column: int
    mean: Grid
    deviation: Grid
    seen: Bytes
    wet: Bytes


class SparseGrid:
    """rows x columns blocks of `side` pixels; tiles without water are not there."""

    def __init__(self, rows: int, columns: int, side: int) -> None:
        self.rows, self.columns, self.side = rows, columns, side
        self._tiles: dict[tuple[int, int], Tile] = {}

    def put(self, row: int, column: int, tile: Tile) -> None:
        """A tile by its number down and across; one without water is not kept."""
        if tile[3].any():
            self._tiles[row, column] = tile

    def __len__(self) -> int:
        return len(self._tiles)

    @property
    def bytes(self) -> int:
        return sum(part.nbytes for tile in self._tiles.values() for part in tile)

    @property
    def water_share(self) -> float:
        """Of all blocks, those with any water."""
        wet = sum(int((tile[3] > 0).sum()) for tile in self._tiles.values())
        return wet / max(1, self.rows * self.columns)

    def typical_deviation(self) -> float:
        """Inside one block of open water: the camera's noise and the texture of the surface."""
        some = [
            tile[1][(tile[3] == FULL) & (tile[2] > 0.6 * FULL)][::7]
            for tile in self._tiles.values()
        ]
        every = np.concatenate([*some, np.empty(0, np.float32)])
        return float(np.median(every)) if len(every) else 0.1

    def window(self, row: int, column: int, rows: int, columns: int) -> Blocks:
        """Blocks of the grid, those outside of any tile dry and unknown."""
        shape = (rows, columns)
        mean = np.full(shape, np.nan, np.float32)
        deviation = np.zeros(shape, np.float32)
        seen, wet = np.zeros((2, *shape), np.uint8)
        for i in range(row // TILE, (row + rows - 1) // TILE + 1):
            for j in range(column // TILE, (column + columns - 1) // TILE + 1):
                tile = self._tiles.get((i, j))
                if tile is None:
                    continue
                top, left = i * TILE, j * TILE
                a, b = max(row, top), min(row + rows, top + tile[0].shape[0])
                c, d = max(column, left), min(column + columns, left + tile[0].shape[1])
                if a >= b or c >= d:
                    continue
                here = (slice(a - row, b - row), slice(c - column, d - column))
                there = (slice(a - top, b - top), slice(c - left, d - left))
                whole: tuple[Part, ...] = (mean, deviation, seen, wet)
                kept: tuple[Part, ...] = tile
                for into, out in zip(whole, kept, strict=True):
                    into[here] = out[there]
        return Blocks(row, column, mean, deviation, seen, wet)

    def squares(self, core: int) -> Iterator[tuple[int, int, int, int]]:
        """The water in squares of `core` tiles: row, column, end row and end column of each."""
        groups: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for i, j in sorted(self._tiles):
            groups.setdefault((i // core, j // core), []).append((i, j))
        for _, own in sorted(groups.items()):
            down, across = zip(*own, strict=True)
            yield (
                min(down) * TILE,
                min(across) * TILE,
                min(self.rows, (max(down) + 1) * TILE),
                min(self.columns, (max(across) + 1) * TILE),
            )

    def around(self, square: tuple[int, int, int, int], halo: int) -> Blocks:
        """A square with so many blocks around it, as far as the grid reaches."""
        top, left, bottom, right = square
        row, column = max(0, top - halo), max(0, left - halo)
        end_row, end_column = min(self.rows, bottom + halo), min(self.columns, right + halo)
        return self.window(row, column, end_row - row, end_column - column)
