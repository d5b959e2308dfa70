"""The levels of an overview, written in one pass from top to bottom.

Each level is made from rows of the one before, so that the memory needed depends on the width of
the raster only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gisapp.io.raster_damage import is_cut_off
from gisapp.io.raster_kernels import loops
from gisapp.io.raster_warp import Piece
from gisapp.model.errors import WriteError
from gisapp.model.geometry import Size
from gisapp.model.progress import Progress
from gisapp.model.text import tr

TILE = 256
SMALLEST = 512  # cells along the longer side of the last level
PREVIEW = 2048  # the finest level that is also kept in memory while it is made
FACTS = "overview.json"
Kind = Literal["values", "colours"]
Cells = npt.NDArray[Any]  # rows x columns (float32) or rows x columns x 4 (uint8)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an overview is made from.

    size: of the whole raster in its own cells. first: the factor of the first level, a power of
    two. rows: (first row, count, progress) gives rows of that level. average: else every second
    cell is taken, as numbers of classes must be.
    """

    size: Size
    first: int
    colours: bool
    average: bool
    rows: Callable[[int, int, Progress], Cells]
    at_once: int = TILE  # rows of the first level asked for at a time

    @property
    def levels(self) -> tuple[tuple[int, Size], ...]:
        found, factor = [], self.first
        while True:
            size = Size(-(-self.size.width // factor), -(-self.size.height // factor))
            found.append((factor, size))
            if max(size) <= SMALLEST:
                return tuple(found)
            factor *= 2


class Preview:
    """The coarse level of an overview that is being made; NaN or clear where it is not yet."""

    def __init__(self, recipe: Recipe) -> None:
        fitting = [each for each in recipe.levels if max(each[1]) <= PREVIEW]
        self.factor, self.size = fitting[0] if fitting else recipe.levels[-1]
        kind: Kind = "colours" if recipe.colours else "values"
        self.cells = nothing(kind, (self.size.height, self.size.width))

    def piece(self, whole: Size) -> Piece:
        """All of it. `whole`: the size of the raster in its own cells."""
        scale = float(self.factor)
        end = (whole.width / scale, whole.height / scale)
        return Piece(self.cells, 0, 0, (scale, scale), end)


def nothing(kind: Kind, shape: tuple[int, int]) -> Cells:
    """An empty picture: NaN, or clear."""
    return np.zeros((*shape, 4), np.uint8) if kind == "colours" else np.full(shape, np.nan, "f4")


def halved(cells: Cells, average: bool) -> Cells:
    """Two by two cells as one: their average without what is missing, or the first of them."""
    if not average:
        return np.ascontiguousarray(cells[::2, ::2])
    height, width = cells.shape[:2]
    out = np.empty((-(-height // 2), -(-width // 2), *cells.shape[2:]), cells.dtype)
    ready = loops()
    if ready is not None:
        cells = np.ascontiguousarray(cells)
        if not cells.flags.writeable:
            cells = cells.copy()
        (ready.halve_values if cells.ndim == 2 else ready.halve_colours)(cells, out)
        return out
    odd = ((0, height % 2), (0, width % 2))
    if cells.ndim == 3:
        padded = np.pad(cells, (*odd, (0, 0)), "edge").astype(np.uint16)
        four = padded[::2, ::2] + padded[1::2, ::2] + padded[::2, 1::2] + padded[1::2, 1::2]
        out[:] = (four + 2) // 4
        return out
    padded = np.pad(cells, odd, constant_values=np.nan) if height % 2 or width % 2 else cells
    parts = [padded[a::2, b::2] for a in (0, 1) for b in (0, 1)]
    summed = parts[0] + parts[1] + parts[2] + parts[3]
    out[:] = summed * np.float32(0.25)
    partly = np.isnan(summed)
    if partly.any():
        some = np.stack([part[partly] for part in parts])
        count = (~np.isnan(some)).sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            out[partly] = np.nansum(some, axis=0, dtype=np.float64) / count
    return out


class _Rows:
    """One level while it is written: gathers rows to whole tiles, hands halves to the next."""

    def __init__(self, target: Any, size: Size, average: bool) -> None:
        self.target, self.size, self._average = target, size, average
        self.next: _Rows | None = None
        self.written = self.taken = 0
        self._waiting: list[Cells] = []
        self._count = 0
        self._odd: Cells | None = None
        self.seen: Callable[[int, Cells], None] | None = None

    def take(self, cells: Cells) -> None:
        if self.seen is not None:
            self.seen(self.taken, cells)
        self.taken += len(cells)
        self._waiting.append(cells)
        self._count += len(cells)
        end = self.taken == self.size.height
        if self._count >= TILE or end:
            self._write(self._count if end else self._count // TILE * TILE)
        if self.next is not None:
            if self._odd is not None:
                cells = np.concatenate([self._odd, cells])
            even = len(cells) if end else len(cells) // 2 * 2
            self._odd = cells[even:].copy() if even < len(cells) else None
            if even:
                self.next.take(halved(cells[:even], self._average))

    def _write(self, count: int) -> None:
        from rasterio.windows import Window

        rows = self._waiting[0] if len(self._waiting) == 1 else np.concatenate(self._waiting)
        part, rest = rows[:count], rows[count:]
        self._waiting, self._count = ([rest.copy()] if len(rest) else []), len(rest)
        bands = part[None] if part.ndim == 2 else np.moveaxis(part, -1, 0)
        self.target.write(bands, window=Window(0, self.written, self.size.width, count))
        self.written += count


def write_levels(
    place: Path,
    recipe: Recipe,
    progress: Progress,
    preview: Preview | None,
    shown: Callable[[int, int], None] | None,
) -> None:
    import rasterio
    from rasterio.errors import RasterioError, RasterioIOError

    profile = {
        "driver": "GTiff",
        "count": 4 if recipe.colours else 1,
        "dtype": "uint8" if recipe.colours else "float32",
        "tiled": True,
        "blockxsize": TILE,
        "blockysize": TILE,
        "compress": "zstd",
        "zstd_level": 1,
        "predictor": 2 if recipe.colours else 3,
        "interleave": "pixel",
        "photometric": "MINISBLACK",
        "BIGTIFF": "IF_SAFER",
    }
    try:
        with ExitStack() as files:
            files.enter_context(rasterio.Env(GDAL_PAM_ENABLED=False))
            stack: list[_Rows] = []
            for factor, size in recipe.levels:
                target = files.enter_context(
                    rasterio.open(
                        place / f"{factor}.tif",
                        "w",
                        width=size.width,
                        height=size.height,
                        transform=rasterio.Affine(factor, 0, 0, 0, -factor, 0),
                        **profile,
                    )
                )
                stack.append(_Rows(target, size, recipe.average))
                if len(stack) > 1:
                    stack[-2].next = stack[-1]
                if preview is not None and factor == preview.factor:
                    stack[-1].seen = _shower(preview, shown)
            height = stack[0].size.height
            for first in range(0, height, recipe.at_once):
                progress.report(first / height)
                count = min(recipe.at_once, height - first)
                stack[0].take(recipe.rows(first, count, progress))
        facts = []
        for factor, size in recipe.levels:
            path = place / f"{factor}.tif"
            with rasterio.open(path, driver="GTiff") as source:
                if is_cut_off(source, path):
                    raise OSError(28, "No space left on device")
            with path.open("rb") as file:
                os.fsync(file.fileno())
            facts.append((factor, *size, path.stat().st_size))
        (place / FACTS).write_text(json.dumps({"levels": facts}), "utf-8")
    except (RasterioError, RasterioIOError) as error:
        reason = str(error.__cause__ or error).split("\n")[0][:200]
        raise WriteError(
            tr("An overview could not be written: {reason}").format(reason=reason),
            hint=tr("Is the disk full? Make room, then load the layer again."),
        ) from error
    progress.report(1.0)


def _shower(
    preview: Preview, shown: Callable[[int, int], None] | None
) -> Callable[[int, Cells], None]:
    def see(first: int, cells: Cells) -> None:
        preview.cells[first : first + len(cells)] = cells
        if shown is not None:
            shown(first, first + len(cells))

    return see
