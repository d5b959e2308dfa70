"""Drawing at 1920 x 1080, beside QGIS in the same run where /usr/bin/python3 can import it.

A million points, half a million reaches, 50,000 areas, 20,000 x 20,000 temperatures and a picture
of that size (all made up, tests/benchmarks/render/data_sets.py), each and all together, seen whole,
at an eighth and at a sixty-fourth. Warm: the data is there and nothing is drawn. Cold: a new
process until its first picture is complete. A second table goes to the standard error output.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any


def run(
    size: str = "usual",
    folder: Path | None = None,
    only: tuple[str, ...] = (),
    rounds: int = 0,
) -> Iterator[dict[str, Any]]:
    """`only`: cases ("points", "all") or parts ("first", "warm", "cold", "plain", "edits")."""
    # Not above: a process that draws would bring in what measures it, and be slower at a start.
    from tests.benchmarks.render.measuring import measured

    yield from measured(size, folder, only, rounds)
