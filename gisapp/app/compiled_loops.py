"""The compiled loops of drawing and of rasters: brought in once, by whoever needs them first."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from gisapp.app.machine_code import compile_all, functions_of
from gisapp.io import raster_kernels
from gisapp.io.compiling import code_path, compile_elsewhere, keep_code, proved_elsewhere, read_code
from gisapp.render import compiled

_bringing = Lock()


def bring_in() -> bool:
    """Make the loops available, if they are compiled: some hundredths of a second. On any thread;
    a second one that needs them waits for the first."""
    with _bringing:
        return compiled.kernels() is not None or _taken(read_code(code_path()))


def bring_in_or_compile() -> None:
    """Make the loops available; where they were never compiled that is done in a process of its
    own, which takes many seconds."""
    if not bring_in() and compile_elsewhere():
        bring_in()


def compile_here() -> None:
    """Compile the loops, if that was not done, keep them and bring them in: many seconds."""
    path = code_path()
    if _taken(read_code(path)):
        return
    try:
        code = compile_all()
    except ValueError:  # another version of the compiler may need what we do not have
        code = b""
    if not (code and keep_code(path, code, proved_elsewhere)):
        code = b""
        keep_code(path, code, lambda file: True)
    _taken(code)


def prove(path: Path) -> bool:
    """Whether the machine code in a file draws a line: to be asked in a process of its own."""
    return _taken(read_code(path)) and compiled.draws_a_line()


def _taken(code: bytes | None) -> bool:
    if code is None:
        return False
    if not code:
        _with_the_compiler()
        return True
    loops = functions_of(code)
    if loops is None:
        return False
    raster_kernels.use(loops)
    compiled.use(loops)
    return True


def _with_the_compiler() -> None:
    """From numba's own cache, which takes longer."""
    raster_kernels.load()
    compiled.load()
