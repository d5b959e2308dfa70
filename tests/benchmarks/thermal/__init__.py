"""Temperatures: how soon other colours are seen on a large mosaic.

Values are kept when they were read once, so a palette, other limits, isotherms and a correction
cost one pass over the pixels that are seen. The peer is the first picture, which reads the file.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.benchmarks.thermal.repaint import figures

SIDES = {"quick": 4_000, "usual": 18_000, "large": 30_000}  # cells


def run(
    size: str = "usual", folder: Path | None = None, rounds: int = 12
) -> Iterable[dict[str, Any]]:
    """Needs 4 bytes a cell on the disk at most; a mosaic in `folder` is used again."""
    side = SIDES[size]
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield from figures(folder, side, rounds)
        return
    with tempfile.TemporaryDirectory() as made:
        yield from figures(Path(made), side, rounds)
