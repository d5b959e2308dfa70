"""`python -m tests.benchmarks [NAME...]`: one JSON object a line for each figure.

A benchmark is a package tests/benchmarks/NAME with `run() -> Iterable[dict]`. Every dict has
`bench`, `case`, `value` and `unit`, and where it says something `peer`, `peer_value`, `ratio`,
`memory_mb` and `peer_memory_mb`. Several benchmarks run one after the other, each in a process of
its own. A `run` that has parameters `size` ("quick", "usual", "large"), `folder`, `rounds` or
`only` is given what --quick, --large, --folder, --rounds and --only say.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import subprocess
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

REQUIRED = ("bench", "case", "value", "unit")
OPTIONAL = ("peer", "peer_value", "ratio", "memory_mb", "peer_memory_mb")


def names() -> list[str]:
    return sorted(p.parent.name for p in Path(__file__).parent.glob("*/__init__.py"))


def checked(figure: Mapping[str, Any]) -> str:
    """The figure as one line of JSON; a wrong one is a fault of the benchmark."""
    missing = [key for key in REQUIRED if key not in figure]
    unknown = [key for key in figure if key not in REQUIRED + OPTIONAL]
    if missing or unknown:
        raise ValueError(f"{dict(figure)}: missing {missing}, unknown {unknown}")
    return json.dumps(figure, ensure_ascii=False, allow_nan=False)


def measure(name: str, options: Mapping[str, Any]) -> None:
    run = importlib.import_module(f"tests.benchmarks.{name}").run
    known = inspect.signature(run).parameters
    figures: Iterable[Mapping[str, Any]] = run(
        **{key: value for key, value in options.items() if key in known and value}
    )
    for figure in figures:
        print(checked(figure), flush=True)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="bench", description="Measures; one JSON object a line.")
    made.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names()) + " (all)")
    size = made.add_mutually_exclusive_group()
    size.add_argument("--quick", dest="size", action="store_const", const="quick", help="small")
    size.add_argument("--large", dest="size", action="store_const", const="large", help="ten times")
    made.add_argument("--folder", type=Path, help="where made-up data is kept (1-2 GB)")
    made.add_argument("--rounds", type=int, default=0, help="how often each figure is measured")
    made.add_argument("--only", nargs="+", default=(), help="these cases or parts of a benchmark")
    return made


def main(arguments: Sequence[str]) -> int:
    known = names()
    asked = parser().parse_args(arguments)
    wanted = asked.names or known
    if unknown := [name for name in wanted if name not in known]:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    if len(wanted) == 1:
        options = {key: getattr(asked, key) for key in ("size", "folder", "rounds")}
        options["only"] = tuple(asked.only)
        try:
            measure(wanted[0], options)
        except Exception:  # noqa: BLE001  (said, and the exit code tells)
            print(f"benchmark {wanted[0]} failed", file=sys.stderr)
            traceback.print_exc()
            return 1
        return 0
    options = [argument for argument in arguments if argument not in wanted]
    codes = [
        subprocess.run(
            [sys.executable, "-m", "tests.benchmarks", name, *options], check=False
        ).returncode
        for name in wanted
    ]
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
