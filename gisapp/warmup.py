"""Compiles what is compiled, once, in a process of its own: `python -m gisapp.warmup`.

The installer runs it, and so does the program when it finds nothing compiled. What comes out is
kept beside the code, or in NUMBA_CACHE_DIR. Harmless when there is nothing to do.
"""

from __future__ import annotations

import sys
from pathlib import Path

from gisapp.app.compiled_loops import compile_here, prove


def main(arguments: list[str]) -> int:
    """With the name of a file: whether the machine code in it can be used."""
    if arguments:
        return 0 if prove(Path(arguments[0])) else 1
    compile_here()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
