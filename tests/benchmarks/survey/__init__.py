"""Rules and ledgers of large surveys; see rules_and_ledger."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

MODULE = "tests.benchmarks.survey.rules_and_ledger"
SIZES = {"quick": 20_000, "usual": 200_000, "large": 500_000}


def run(size: str = "usual") -> Iterator[dict[str, Any]]:
    """All rules over all outfalls, over one, and the ledger against pandas."""
    rows = SIZES[size]
    few = rows // 10  # pandas needs minutes for what we write in half a one
    rules, ledger = _measured("rules", rows), _measured("ledger", rows)
    part, pandas = _measured("ledger", few), _measured("pandas", few)
    case = f"{rows:,} outfalls"
    yield {"bench": "survey", "case": f"all rules, {case}", "value": rules["cpu_s"], "unit": "s",
           "memory_mb": rules["extra_mb"]}  # fmt: skip
    yield {"bench": "survey", "case": f"all rules for one of {case}",
           "value": rules["one_row_ms"], "unit": "ms"}  # fmt: skip
    yield {"bench": "survey", "case": f"ledger, 55 columns, {case}", "value": ledger["cpu_s"],
           "unit": "s", "memory_mb": ledger["extra_mb"]}  # fmt: skip
    yield {
        "bench": "survey",
        "case": f"ledger, 55 columns, {few:,} outfalls",
        "value": part["cpu_s"],
        "unit": "s",
        "peer": "pandas.DataFrame.to_excel",
        "peer_value": pandas["cpu_s"],
        "ratio": pandas["cpu_s"] / part["cpu_s"],
        "memory_mb": part["extra_mb"],
        "peer_memory_mb": pandas["extra_mb"],
    }


def _measured(way: str, rows: int) -> dict[str, Any]:
    """In a process of its own."""
    command = [sys.executable, "-m", MODULE, way, str(rows)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])[way]
    return found
