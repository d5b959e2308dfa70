"""The attribute table at 200,000 rows: scroll, filter, sort and search; see against_pandas."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

SIZES = {"quick": 20_000, "usual": 200_000, "large": 1_000_000}


def run(size: str = "usual") -> Iterator[dict[str, Any]]:
    """What the module prints, as figures; milliseconds, and megabytes of memory."""
    module, rows = "tests.benchmarks.attribute_table.against_pandas", SIZES[size]
    command = [sys.executable, "-m", module, str(rows)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    for line in done.stdout.splitlines():
        words, _, told = line.partition("|")
        figures = [part.split() for part in told.split(";")]
        found: dict[str, Any] = {
            "bench": "attribute_table",
            "case": f"{rows:,} rows: {words.strip()}",
        }
        found |= {"value": float(figures[0][0]), "unit": figures[0][1]}
        if len(figures) > 1:
            peer = float(figures[1][0])
            found |= {
                "peer": "pandas",
                "peer_value": peer,
                "ratio": round(peer / found["value"], 1),
            }
        yield found
