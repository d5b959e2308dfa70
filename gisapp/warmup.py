"""Compiles what is compiled, once, in a process of its own: `python -m gisapp.warmup`.

The installer runs it, and so does the program when it finds nothing compiled. What comes out
is kept by numba beside the code, or in NUMBA_CACHE_DIR. Harmless when there is nothing to do.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

# Functions that compile, or find compiled, all that is compiled in their module.
COMPILED = ("gisapp.io.raster_kernels:load", "gisapp.render.compiled:load")


def warm_up(names: tuple[str, ...] = COMPILED) -> None:
    """Compile everything that is named (module:function), and remember that it is done.

    A module that is not installed is passed over.
    """
    for name in names:
        module, _, function = name.partition(":")
        try:
            loaded = import_module(module)
        except ModuleNotFoundError:
            continue
        getattr(loaded, function)()
    mark = _mark()
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()


def is_warm() -> bool:
    """Whether this version was compiled on this machine: then loading it takes no time."""
    return _mark().exists()


def _mark() -> Path:
    """An empty file whose name changes when the code, Python or numba does."""
    try:
        numba = version("numba")
    except PackageNotFoundError:
        numba = ""
    told = [sys.version, numba]
    for name in COMPILED:
        module = Path(__file__).parents[1].joinpath(*name.partition(":")[0].split("."))
        sources = sorted(module.parent.glob(f"{module.name}*.py"))  # it and its parts
        told += [f"{source} {source.stat().st_mtime_ns}" for source in sources] or [name]
    key = hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
    return _folder() / f"compiled-{key}"


def _folder() -> Path:
    """Where numba keeps what it compiles, or a place of our own where that cannot be written."""
    if given := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(given)
    beside = Path(__file__).parent / "render" / "__pycache__"
    if os.access(beside if beside.exists() else beside.parent, os.W_OK):
        return beside
    local = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME")
    home = Path(local) if local else Path.home() / ".cache"
    return (home if home.is_absolute() else Path(tempfile.gettempdir())) / "gisapp"


if __name__ == "__main__":
    warm_up()
