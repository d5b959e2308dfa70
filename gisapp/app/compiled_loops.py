"""The compiled loops of drawing and of rasters: brought in once, by whoever needs them first."""

from __future__ import annotations

from threading import Lock

from gisapp.io import raster_kernels
from gisapp.render import compiled

_bringing = Lock()


def bring_in() -> None:
    """Make the loops available: half a second from the cache. On any thread; a second one that
    needs them waits for the first."""
    with _bringing:
        raster_kernels.load()
        compiled.load()
