"""Compiles what is compiled, once, in a process of its own: `python -m gisapp.warmup`.

The installer runs it, and so does the program when it finds nothing compiled. What comes out is
kept beside the code, or in NUMBA_CACHE_DIR. The modules of the window are imported too, so that
their bytecode is there for the first start. Harmless when there is nothing to do.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from gisapp.main import get_ready, import_qt

WINDOW = ("gisapp.ui.start", "gisapp.ui.page_parts")


def main(arguments: list[str]) -> int:
    """With the name of a file: whether the machine code in it can be used."""
    get_ready()
    loops = import_module("gisapp.app.compiled_loops")  # by name: nothing of it before that
    if arguments:
        return 0 if loops.prove(Path(arguments[0])) else 1
    loops.compile_here()
    with suppress(ImportError):  # a computer without a screen need not have what Qt asks for
        import_qt()
        for name in WINDOW:
            import_module(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
