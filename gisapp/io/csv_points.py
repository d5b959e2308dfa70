"""Reading points from CSV and other delimited text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gisapp.io.gathered import Gathered
from gisapp.model.progress import Progress


def gather(path: Path, options: Mapping[str, str], progress: Progress) -> Gathered:
    raise NotImplementedError
