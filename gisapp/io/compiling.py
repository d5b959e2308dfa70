"""Compiling in a process of its own, so that nobody waits for the compiler, and what came of it.

The machine code of the loops is one file with a sum over it. Its name tells of the code it was
made from and of the compiler: after an update of either it is not found.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

PATIENCE = 300  # seconds; what takes longer will not come, and Qt draws without it
FIRST = b"gisapp loops 1\n"
MOST = 4  # files of other versions that stay beside it
SOURCES = ("io/raster_kernels*.py", "render/compiled*.py", "app/machine_code.py")


def compile_elsewhere() -> bool:
    """Compile what is compiled (gisapp.warmup) and wait for it; whether that went well."""
    return _went_well("-m", "gisapp.warmup")


def proved_elsewhere(code: Path) -> bool:
    """Whether a process that uses this machine code lives: bad code would end the present one."""
    return _went_well("-m", "gisapp.warmup", str(code))


def _went_well(*arguments: str) -> bool:
    with suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(
            [sys.executable, *arguments], capture_output=True, timeout=PATIENCE, check=False
        )
        return done.returncode == 0
    return False


def code_path() -> Path:
    """Where the machine code of this version is kept; there need not be any."""
    package = Path(__file__).parents[1]
    told = [sys.version]
    for name in ("numba", "llvmlite", "numpy"):
        found = find_spec(name)
        if found is not None and found.origin is not None:
            told.append(f"{found.origin} {Path(found.origin).stat().st_mtime_ns}")
    for pattern in SOURCES:
        told += [f"{file} {file.stat().st_mtime_ns}" for file in sorted(package.glob(pattern))]
    key = hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
    return _folder() / f"compiled-{key}.code"


def read_code(path: Path) -> bytes | None:
    """What `keep_code` wrote; None where there is none or it is damaged."""
    try:
        stored = path.read_bytes()
    except OSError:
        return None
    begin = len(FIRST) + 32
    code = stored[begin:]
    if stored[:begin] != FIRST + hashlib.sha256(code).digest():
        return None
    return code


def keep_code(path: Path, code: bytes, proved: Callable[[Path], bool]) -> bool:
    """Write the file, all of it or none, if it is proved; empty code stands for none that can be
    kept. Raises OSError where it cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix="compiling-", suffix=".code", dir=path.parent)
    made = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(FIRST + hashlib.sha256(code).digest() + code)
        made.chmod(0o644)  # who installs may be another than who draws
        if not proved(made):
            return False
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)
    others = sorted(path.parent.glob("compiled-*.code"), key=lambda one: -one.stat().st_mtime_ns)
    for old in others[MOST:]:
        with suppress(OSError):
            old.unlink()
    return True


def _folder() -> Path:
    """Where numba keeps what it compiles, or a place of our own where that cannot be written."""
    if given := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(given)
    beside = Path(__file__).parents[1] / "render" / "__pycache__"
    if os.access(beside if beside.exists() else beside.parent, os.W_OK):
        return beside
    local = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME")
    home = Path(local) if local else Path.home() / ".cache"
    return (home if home.is_absolute() else Path(tempfile.gettempdir())) / "gisapp"
