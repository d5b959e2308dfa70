"""A side that draws, in a process of its own: orders go in and answers come out as JSON lines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).parents[3]
QGIS_PYTHON = "/usr/bin/python3"
QGIS = (QGIS_PYTHON, str(Path(__file__).with_name("qgis_peer.py")))
OURS = (sys.executable, "-m", "tests.benchmarks.render.our_side")


class Child:
    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        self._said = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115  (closed below)
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            cwd=ROOT,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **(environment or {})},
        )

    def ask(self, do: str, **order: Any) -> dict[str, Any]:
        """The answer to one order. Raises RuntimeError when the process is gone."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **order}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line.startswith("{"):
            self._process.wait(10)
            self._said.seek(0)
            raise RuntimeError(f"no answer to {do}: {self._said.read()[-3000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._said.close()


def has_qgis() -> bool:
    try:
        done = subprocess.run(
            [QGIS_PYTHON, "-c", "import qgis.core"], check=False, capture_output=True
        )
    except OSError:
        return False
    return done.returncode == 0
