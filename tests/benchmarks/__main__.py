"""`python -m tests.benchmarks [NAME...]`: one JSON object a line for each figure.

A benchmark is a package tests/benchmarks/NAME with `run() -> Iterable[dict]`. Every dict has
`bench`, `case`, `value` and `unit`, and where it says something `peer`, `peer_value`, `ratio` and
`memory_mb`. Several benchmarks run one after the other, each in a process of its own.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

REQUIRED = ("bench", "case", "value", "unit")
OPTIONAL = ("peer", "peer_value", "ratio", "memory_mb")


def names() -> list[str]:
    return sorted(p.parent.name for p in Path(__file__).parent.glob("*/__init__.py"))


def checked(figure: Mapping[str, Any]) -> str:
    """The figure as one line of JSON; a wrong one is a fault of the benchmark."""
    missing = [key for key in REQUIRED if key not in figure]
    unknown = [key for key in figure if key not in REQUIRED + OPTIONAL]
    if missing or unknown:
        raise ValueError(f"{dict(figure)}: missing {missing}, unknown {unknown}")
    return json.dumps(figure, ensure_ascii=False, allow_nan=False)


def measure(name: str) -> None:
    figures: Iterable[Mapping[str, Any]] = importlib.import_module(f"tests.benchmarks.{name}").run()
    for figure in figures:
        print(checked(figure), flush=True)


def main(arguments: Sequence[str]) -> int:
    known = names()
    wanted = list(arguments) or known
    if unknown := [name for name in wanted if name not in known]:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    if len(wanted) == 1:
        try:
            measure(wanted[0])
        except Exception:  # noqa: BLE001  (said, and the exit code tells)
            print(f"benchmark {wanted[0]} failed", file=sys.stderr)
            traceback.print_exc()
            return 1
        return 0
    codes = [
        subprocess.run([sys.executable, "-m", "tests.benchmarks", name], check=False).returncode
        for name in wanted
    ]
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
