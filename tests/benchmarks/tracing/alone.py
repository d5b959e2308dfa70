"""One method on one network in a process of its own, so that its memory is its own.

`python -m tests.benchmarks.tracing.alone METHOD FILE REACH...` writes one JSON object: seconds to
build, microseconds for each reach, what was found, and megabytes above those of the bare data.
"""

from __future__ import annotations

import gc
import importlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from gisapp.app.plugins import make_importable
from gisapp.io.plugin_folders import plugin_folders
from tests.benchmarks.tracing.peers import KINDS, Ints, Peer
from tests.samples import ROOT

ROUNDS = {"us": 25, "ms": 5}  # how often a short and a long query is asked


class Sqlite(Peer):
    """A recursive query over an indexed table, as a database of rivers is asked."""

    name, up_to = "SQLite recursive query", 10_000_000

    def build(self, down: Ints) -> None:
        self.base = sqlite3.connect(":memory:")
        self.base.execute("create table reach (id integer primary key, down integer)")
        rows = enumerate(down.tolist())
        self.base.executemany("insert into reach values (?, ?)", rows)
        self.base.execute("create index by_down on reach (down)")

    def upstream(self, reach: int) -> int:
        query = (
            "with recursive up(id) as (values (?) union all "
            "select reach.id from reach join up on reach.down = up.id) select id from up"
        )
        return len(self.base.execute(query, (reach,)).fetchall())


class Ours(Peer):
    name, up_to = "gisapp", 1_000_000_000

    def build(self, down: Ints) -> None:
        module = importlib.import_module("gisapp_plugins.upstream_tracing.network")
        ids = np.arange(1, len(down) + 1)
        self.network = module.build_network(ids, down + 1, self.length_m)

    def upstream(self, reach: int) -> int:
        return len(self.network.upstream(reach).copy())

    length_m: Any = None


METHODS: dict[str, type[Peer]] = {kind.name: kind for kind in (Ours, *KINDS, Sqlite)}


def measured(method: str, file: Path, reaches: Sequence[int]) -> dict[str, Any] | None:
    """As the process says; None where the library is not installed or cannot take so many."""
    command = [sys.executable, "-m", "tests.benchmarks.tracing.alone", method, str(file)]
    done = subprocess.run(
        [*command, *map(str, reaches)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{method}: {done.stderr[-500:]}")
    return json.loads(done.stdout)


def memory_mb(key: str = "VmRSS") -> float:
    text = Path("/proc/self/status").read_text("ascii")
    [line] = [line for line in text.splitlines() if line.startswith(key + ":")]
    return int(line.split()[1]) / 1024


def best(work: Callable[[], Any], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return min(times)


def main(method: str, file: Path, reaches: Sequence[int]) -> dict[str, Any] | None:
    make_importable("upstream_tracing", plugin_folders()[0] / "upstream_tracing")
    with np.load(file) as data:
        down = data["down"]
        Ours.length_m = data["length_m"]
    kind = METHODS[method]
    if kind is Ours:  # loops are there before anything is measured, as in the program
        network = importlib.import_module("gisapp_plugins.upstream_tracing.compiled_order")
        network.compiled()
    gc.collect()
    before = memory_mb()
    peer = kind.of(down)
    if peer is None:
        return None
    found = [peer.upstream(reach) for reach in reaches]
    after = memory_mb()
    queries = []
    for reach in reaches:
        once = best(lambda reach=reach: peer.upstream(reach), 1)
        rounds = ROUNDS["us"] if once < 0.01 else ROUNDS["ms"]
        queries.append(1e6 * min(once, best(lambda reach=reach: peer.upstream(reach), rounds)))
    return {
        "build_s": peer.seconds,
        "query_us": queries,
        "found": found,
        "kept_mb": after - before,
        "peak_mb": memory_mb("VmHWM") - before,
    }


if __name__ == "__main__":
    answer = main(sys.argv[1], Path(sys.argv[2]), [int(reach) for reach in sys.argv[3:]])
    print(json.dumps(answer))
