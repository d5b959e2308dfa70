"""Compiling in a process of its own, so that nobody waits for the compiler."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress

PATIENCE = 300  # seconds; what takes longer will not come, and Qt draws without it


def compile_elsewhere() -> bool:
    """Compile what is compiled (gisapp.warmup) and wait for it; whether that went well."""
    with suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(
            [sys.executable, "-m", "gisapp.warmup"],
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        return done.returncode == 0
    return False
