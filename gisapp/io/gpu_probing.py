"""Asking what draws here in a process of its own: a driver that crashes takes only that along."""

from __future__ import annotations

import json
import subprocess
import sys
from time import monotonic

from gisapp.model.progress import Progress, Silent

PATIENCE = 30.0  # seconds
COMMAND = (sys.executable, "-m", "gisapp.ui.gpu_probe")


def probe_gpu(progress: Progress | None = None) -> str:
    """Name of what draws, by gisapp.ui.gpu_probe; empty when it does not draw as it should."""
    watch, give_up = progress or Silent(), monotonic() + PATIENCE
    try:
        asked = subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return ""
    with asked:
        try:
            while True:
                watch.report(0.0)  # raises when nobody wants to know any more
                try:
                    said, _ = asked.communicate(timeout=0.1)
                    break
                except subprocess.TimeoutExpired:
                    if monotonic() > give_up:
                        return ""
        finally:
            asked.kill()
    return _renderer(said) if asked.returncode == 0 else ""


def _renderer(said: bytes) -> str:
    lines = said.splitlines()
    try:
        answer = json.loads(lines[-1] if lines else b"")
    except ValueError:
        return ""
    if not isinstance(answer, dict) or answer.get("draws") is not True:
        return ""
    return str(answer.get("renderer", ""))
