"""A recorded session of a hand on the map, in the real window over all the data of `render`.

On Linux without a screen Xvfb shows the window. Measured are the pauses between two turns of the
window's event loop, paint events, how often what was painted was complete, and memory.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.render.child import ROOT
from tests.benchmarks.render.data_sets import default_folder, make

P99, LONGEST = 16.0, 50.0  # ms that the window may not answer
SIZE = "1920x1080"


def run(size: str = "usual", folder: Path | None = None) -> Iterator[dict[str, Any]]:
    place = folder or default_folder()
    files = make(place, size, "AB" if size == "large" else "ABCDE")
    command = [sys.executable, "-m", "tests.benchmarks.feel.watched", SIZE]
    environment = dict(os.environ)
    if sys.platform == "linux" and not os.environ.get("DISPLAY") and shutil.which("xvfb-run"):
        command = ["xvfb-run", "-a", "-s", f"-screen 0 {SIZE}x24", *command]
        environment["QT_QPA_PLATFORM"] = "xcb"
    with tempfile.TemporaryDirectory() as scratch:
        told = {"files": {key: str(file) for key, file in files.items()}, "folder": scratch}
        done = subprocess.run(
            [*command, json.dumps(told)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"the window ended with {done.returncode}")
    for line in done.stdout.splitlines():
        if not line.startswith("{"):
            continue
        found = json.loads(line)
        memory = round(found.pop("memory_mb"))
        session = found.pop("session")
        for name, (value, unit) in found.items():
            figure = {
                "bench": "feel",
                "case": f"{session}/{name}",
                "value": round(value, 2),
                "unit": unit,
                "memory_mb": memory,
            }
            yield figure
            limit = {"pause p99": P99, "pause longest": LONGEST}.get(name)
            if limit is not None:
                word = "within" if value <= limit else "OVER"
                print(f"{session}: {name} {value:.1f} ms, {word} {limit:g}", file=sys.stderr)
