"""Overviews of rasters that have none, made once and kept in a cache folder.

An overview is a folder of tiled GeoTIFFs, one for each factor, whose cells are what is shown:
float32 values with NaN, or premultiplied RGBA. It is written from top to bottom in one pass, each
level made from rows of the one before, so that the memory needed depends on the width only. A
folder gets its name when everything in it is there; a build that is stopped leaves nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from gisapp.io.map_file import refused
from gisapp.io.overview_levels import FACTS, TILE, Cells, Preview, Recipe, write_levels
from gisapp.io.raster_blocks import BLOCKS, Block, Blocks, Window
from gisapp.io.raster_damage import Stamp
from gisapp.io.raster_handles import Handles
from gisapp.io.raster_levels import Level
from gisapp.model.errors import ReadError, WriteError
from gisapp.model.geometry import Size
from gisapp.model.progress import Progress
from gisapp.model.text import tr

VERSION = 1  # of what is in the folder and of how it is made
DAY = 86_400.0


class DamagedOverviewError(ReadError):
    """An overview in the cache cannot be read; it was removed."""


class Overview:
    """A finished overview in the cache. `levels`: (factor, size) of each, finest first."""

    def __init__(
        self, folder: Path, levels: tuple[tuple[int, Size], ...], handles: Handles
    ) -> None:
        self.folder = folder
        self._handles, self._owner = handles, object()
        weakref.finalize(self, BLOCKS.forget, self._owner)
        self.levels = []
        for factor, size in levels:
            path = folder / f"{factor}.tif"
            blocks = Blocks((self._owner, path.name), size, (TILE, TILE))
            from_file = partial(_read, handles, self._owner, path)
            read, whole = partial(_kept, blocks, from_file), partial(_blocks, blocks, from_file)
            self.levels.append(Level(size, (float(factor), float(factor)), read, whole))

    def close(self) -> None:
        self._handles.close(self._owner)
        BLOCKS.forget(self._owner)


def _kept(
    blocks: Blocks,
    read: Callable[[Window, int, Progress], Cells],
    window: Window,
    every: int,
    progress: Progress,
) -> Cells:
    """As `read`, from blocks that are kept where that is better. Do not write into it."""
    if every > 1 or not blocks.suit(window):
        return read(window, every, progress)
    return blocks.cells(window, lambda part, told: (read(part, 1, told), True), progress)


def _blocks(
    blocks: Blocks,
    read: Callable[[Window, int, Progress], Cells],
    window: Window,
    progress: Progress,
) -> list[Block] | None:
    """The blocks a window lies in; None: it is better read as it is."""
    if not blocks.suit(window):
        return None
    return blocks.parts(window, lambda part, told: (read(part, 1, told), True), progress)


def _read(
    handles: Handles, owner: object, path: Path, window: Window, every: int, progress: Progress
) -> Cells:
    """Cells of a window of a level, every so manyth. What cannot be read is removed."""
    from rasterio.errors import RasterioError, RasterioIOError
    from rasterio.windows import Window as Part

    def opening() -> Any:
        import rasterio

        return rasterio.open(path, driver="GTiff", sharing=False)

    progress.report(0.0)
    left, top, width, height = window
    columns, rows = max(1, width // every), max(1, height // every)
    if every > 1:
        width, height = min(width, columns * every), min(height, rows * every)
    try:
        source = handles.get(owner, path.name, opening)
        cells = source.read(
            window=Part(left, top, width, height), out_shape=(source.count, rows, columns)
        )
    except (RasterioError, RasterioIOError) as error:
        handles.close(owner)
        shutil.rmtree(path.parent, ignore_errors=True)
        raise DamagedOverviewError(
            tr("{file} cannot be read: {reason}").format(file=path.name, reason=error),
            hint=tr("Load the layer again."),
        ) from error
    return cells[0] if len(cells) == 1 else np.ascontiguousarray(np.moveaxis(cells, 0, -1))


def overview_folder(cache: Path, stamp: Stamp, words: str = "") -> Path:
    """Where the overview of these files lies, or would. `words`: what else it depends on."""
    name = hashlib.sha256(f"{[path for path, *_ in stamp]} {words}".encode()).hexdigest()[:16]
    state = hashlib.sha256(f"{VERSION} {stamp}".encode()).hexdigest()[:16]
    return cache / "overviews" / f"{name}-{state}"


def open_overview(folder: Path, handles: Handles) -> Overview | None:
    """The overview in a folder; None when there is none. A damaged one is removed."""
    try:
        facts = json.loads((folder / FACTS).read_text("utf-8"))
        levels = []
        for factor, width, height, length in facts["levels"]:
            path = folder / f"{factor}.tif"
            if path.stat().st_size != length:
                raise ValueError(path.name)
            levels.append((int(factor), Size(int(width), int(height))))
        if not levels:
            raise ValueError(FACTS)
        return Overview(folder, tuple(levels), handles)
    except FileNotFoundError:
        if not folder.exists():
            return None
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    return None


def build_overview(
    folder: Path,
    recipe: Recipe,
    progress: Progress,
    preview: Preview | None = None,
    shown: Callable[[int, int], None] | None = None,
) -> None:
    """Make the overview in `folder`. `shown`: told which rows of the preview are new.

    Raises WriteError (disk full, no permission), what reading raises, and Cancelled; then
    nothing is left.
    """
    place = folder.parent
    made = ""
    try:
        place.mkdir(parents=True, exist_ok=True)
        _tidy(place, folder.name)
        _ask_for_room(place, recipe)
        made = tempfile.mkdtemp(prefix=".new-", dir=place)
        write_levels(Path(made), recipe, progress, preview, shown)
        with suppress(OSError):  # another window was quicker: its one is as good
            os.replace(made, folder)
        if not (folder / FACTS).exists():
            raise WriteError(tr("{file} could not be written").format(file=folder))
    except OSError as error:
        raise refused(folder, error) from error
    finally:
        if made:
            shutil.rmtree(made, ignore_errors=True)


def _ask_for_room(place: Path, recipe: Recipe) -> None:
    """Better now than after some minutes; half of what the cells would need uncompressed."""
    cells = sum(size.width * size.height for _, size in recipe.levels)
    free = shutil.disk_usage(place).free
    if cells * 2 > free:
        raise WriteError(
            tr("An overview needs {n} MB, and {free} MB are free").format(
                n=cells * 2 // 1024**2, free=free // 1024**2
            ),
            hint=tr("Make room on the disk, then load the layer again."),
        )


def _tidy(place: Path, name: str) -> None:
    """Remove what older versions of the same files left, and builds that never ended."""
    prefix = name.split("-")[0] + "-"
    for each in place.iterdir():
        stale = each.name.startswith(prefix) and each.name != name
        with suppress(OSError):
            if each.name.startswith(".new-"):
                stale = time.time() - each.stat().st_mtime > DAY
            if stale:
                shutil.rmtree(each, ignore_errors=True)
