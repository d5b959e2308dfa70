"""Start to window, and start to the sample project drawn, as a person waits for them.

Each start is a process of its own; its clock starts before Python does. Cold: the files of
the environment are thrown out of the system's cache first, where that is allowed (root on Linux).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WARM_STARTS = 5
DROP = Path("/proc/sys/vm/drop_caches")


def run() -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        _start(place)  # makes the sample project and the compiled files
        if _forget_files():
            yield from _figures("cold", [_start(place)])
        yield from _figures("warm", [_start(place) for _ in range(WARM_STARTS)])


def _figures(kind: str, starts: list[dict[str, float]]) -> Iterator[dict[str, Any]]:
    for what, key in (("window shown", "window"), ("sample drawn", "drawn")):
        values = sorted(start[key] for start in starts)
        yield {
            "bench": "startup",
            "case": f"{what}/{kind}",
            "value": round(values[len(values) // 2], 2),
            "unit": "s",
            "memory_mb": round(max(start["memory_mb"] for start in starts)),
        }


def _start(place: Path) -> dict[str, float]:
    environment = {**os.environ, "XDG_CONFIG_HOME": str(place / "config"), "HOME": str(place)}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    command = [sys.executable, "-m", "tests.benchmarks.startup.watched", str(place / "sample")]
    done = subprocess.run(
        [*command, repr(time.time())],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    answer: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def _forget_files() -> bool:
    if not (DROP.exists() and os.access(DROP, os.W_OK)):
        return False
    os.sync()
    try:
        DROP.write_text("3")
    except OSError:
        return False
    return True
