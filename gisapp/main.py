"""Start here: the command line, and behind it the window. Everything is put together here."""

from __future__ import annotations

import faulthandler
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from gisapp.io.kept_code import qt_of_kept_code, use_kept_code

# What shells of other GIS programs set, and what would make our libraries read each other's data
FOREIGN = ("PROJ_DATA", "PROJ_LIB", "GDAL_DATA", "GDAL_DRIVER_PATH")

# Threads of linear algebra go to sleep at once: else they run idle from the first import on
ASLEEP = "4"  # as a power of two, in cycles of the processor
DECODED = "64"  # megabytes of raster blocks GDAL keeps beside ours; its own choice is more


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code: 0 done, 1 the user can fix it, 2 wrong usage, 70 a bug."""
    get_ready()
    faulthandler.enable()
    program = import_module("gisapp.cli.program")  # by name: nothing of it before this
    return int(program.run_program(sys.argv[1:] if argv is None else argv, open_window))


def get_ready() -> None:
    """What all libraries are told before any of them is imported."""
    for name in FOREIGN:
        os.environ.pop(name, None)
    os.environ.setdefault("GDAL_CACHEMAX", DECODED)
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", ASLEEP)
    use_kept_code()


def import_qt() -> None:
    """What a window needs before its modules."""
    gc.disable()  # until all modules are loaded (gisapp/ui/later.py): none of it is garbage
    with qt_of_kept_code():
        plain_imports = import_module("gisapp.ui.plain_imports")
    plain_imports.import_plainly()


def open_window(
    project: Path | None, *, sample: bool = False, read_only: bool = False, language: str = ""
) -> int:
    """Open the window, on a project if one is given, and stay until it is closed."""
    import_qt()
    start = import_module("gisapp.ui.start")  # by name: commands must not wait for the widgets
    code = start.run_window(project, sample=sample, read_only=read_only, language=language)
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
