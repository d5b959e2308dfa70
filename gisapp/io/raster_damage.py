"""Whether a raster file is all there, and still the one that was opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gisapp.model.errors import ReadError
from gisapp.model.text import tr

Stamp = tuple[tuple[str, int, int], ...]  # path, bytes and time of change of each file
LOOKED_AT = 64  # blocks along each axis whose place in the file is compared with its length


def stamp_of(files: tuple[Path, ...]) -> Stamp:
    """Raises ReadError when a file is not there."""
    found = []
    for file in files:
        try:
            facts = file.stat()
        except OSError as error:
            raise ReadError(
                tr("{file} is not there").format(file=file.name),
                hint=tr("It was expected in {folder}. Choose where it is now.").format(
                    folder=file.parent
                ),
            ) from error
        found.append((str(file), facts.st_size, facts.st_mtime_ns))
    return tuple(found)


def still_the_same(files: tuple[Path, ...], stamp: Stamp | None) -> None:
    """Raises ReadError when a file is gone or another since `stamp` was taken."""
    if stamp is None:
        return
    for file, then, now in zip(files, stamp, stamp_of(files), strict=True):
        if then != now:
            raise ReadError(
                tr("{file} was changed while it was shown").format(file=file.name),
                hint=tr("Load the layer again."),
            )


def is_cut_off(source: Any, path: Path) -> bool:
    """Whether blocks of a TIFF lie beyond the end of the file, as after an interrupted copy.

    The last block and some spread over the file are looked at, in its last band.
    """
    length = path.stat().st_size
    tall, wide = source.block_shapes[-1]
    down = _spread(-(-source.height // tall))
    for y in down:
        for x in _spread(-(-source.width // wide)) if y == down[-1] else (0,):
            offset = source.get_tag_item(f"BLOCK_OFFSET_{x}_{y}", "TIFF", source.count)
            size = source.get_tag_item(f"BLOCK_SIZE_{x}_{y}", "TIFF", source.count)
            if offset and size and int(offset) + int(size) > length:
                return True
    return False


def _spread(count: int) -> list[int]:
    return sorted({int(n) for n in np.linspace(0, count - 1, min(count, LOOKED_AT))})
