"""How an overview of one raster file is made: which rows of it are read at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from gisapp.io.overview_levels import Recipe, halved
from gisapp.io.raster_cells import FileCells
from gisapp.model.geometry import Size
from gisapp.model.progress import Part, Progress

AT_ONCE = 8_000_000  # cells held in memory at a time
TALLEST = 1024  # rows


def recipe_of(cells: FileCells) -> Recipe:
    """Whole blocks are read, once each: rows of tiles piece by piece, strips in full width."""
    first = first_factor(cells.size)
    width, height = cells.size
    block_rows, block_columns = cells.block
    striped = block_columns >= width
    tall = AT_ONCE // width if striped else block_rows
    tall = max(first, min(tall, TALLEST) // first * first)
    wide = width if striped else max(1, AT_ONCE // tall // block_columns) * block_columns
    wide = -(-wide // first) * first
    average, picture = not cells.classes, cells.bands.picture
    ask = cells.colours if picture else cells.values
    total = -(-height // first)

    def rows(begin: int, count: int, progress: Progress) -> Any:
        top, end = begin * first, begin + count
        some = min(count * first, height - top)
        parts = []
        for left in range(0, width, wide):
            window = (left, top, min(wide, width - left), some)
            part: Any = ask(0, window, 1, Part(progress, begin / total, end / total))
            for _ in range(first.bit_length() - 1):
                part = halved(part, average)
            parts.append(part)
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    return Recipe(cells.size, first, picture, average, rows, tall // first)


def first_factor(size: Size) -> int:
    """Two; of very large rasters four, so that the cache stays small beside the file."""
    return 2 if size.width * size.height <= 1_000_000_000 else 4
