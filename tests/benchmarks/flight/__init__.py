"""A flight becomes a mosaic: megapixels a second and peak memory, against reading its files.

The frames are made up, each its own picture of one large scene (see `long_flight`), so that the fit
has something to find and what comes out can be compared with what was flown. The peer decodes every
frame once and throws it away, which any mosaic has to do at least. Each case runs in a process of
its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.flight.long_flight import make_long_flight

LINES = {"quick": (2, 10), "usual": (10, 32), "large": (40, 50)}  # lines, frames in each


def run(
    size: str = "usual", folder: Path | None = None, rounds: int = 1
) -> Iterator[dict[str, Any]]:
    """Needs 0.2 MB a frame on the disk."""
    lines, count = LINES[size]
    with tempfile.TemporaryDirectory() as made:
        frames = (folder or Path(made)) / f"flight_{lines * count}"
        if not frames.is_dir():
            make_long_flight(frames, lines, count)
        decoded = _best("decode", frames, rounds)
        for case in ("mosaic", "whole"):
            found = _best(case, frames, rounds)
            yield {
                "bench": "flight",
                "case": f"{case}, {found['frames']} frames, {found['mpix']:.1f} MPix of mosaic",
                "value": round(found["frame_mpix"] / found["seconds"], 2),
                "unit": "MPix of frames/s",
                "memory_mb": round(found["peak_mb"]),
                "peer": "decoding each frame once",
                "peer_value": round(decoded["frame_mpix"] / decoded["seconds"], 2),
                "ratio": round(decoded["seconds"] / found["seconds"], 3),
                "peer_memory_mb": round(decoded["peak_mb"]),
            }
        for name, unit in (
            ("as_written_m", "m"),
            ("flight_m", "m"),
            ("frames_m", "m"),
            ("position_rms_m", "m"),
            ("drift_before_c", "°C"),
            ("drift_after_c", "°C"),
        ):
            yield {"bench": "flight", "case": name, "value": round(found[name], 3), "unit": unit}


def _best(case: str, frames: Path, rounds: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.flight.one_case", case, str(frames)]
    runs = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        for _ in range(max(rounds, 1))
    ]
    return min(runs, key=lambda one: float(one["seconds"]))
