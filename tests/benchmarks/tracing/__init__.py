"""Tracing: the index of a large network, its largest basin, a trace of about 1,000 reaches.

Iceland's 192,899 reaches when the real data are beside the checkout, and always a network of
1,000,000 reaches made by chance. The peer is networkx (`ancestors`), when it is installed.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.app.plugins import make_importable
from gisapp.io.plugin_folders import plugin_folders
from gisapp.io.vector import read_features
from gisapp.model.progress import Silent
from tests.samples import ROOT

ICELAND = ROOT.parent / "shared/data/rivers/iceland/iceland_streams_0p25km2.parquet"
MADE = 1_000_000
PEER_UP_TO = 300_000  # reaches; beyond, networkx takes minutes and gigabytes
WANTED = 1000

Arrays = tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]


def run(made: int = MADE) -> Iterator[dict[str, Any]]:
    make_importable("upstream_tracing", plugin_folders()[0] / "upstream_tracing")
    if ICELAND.is_file():
        yield from _whole_trace()
        rivers = read_features(ICELAND)
        names = ("reach_id", "next_down", "length_km")
        ids, down, km = (rivers.column(name) for name in names)
        yield from _network("iceland", (ids, down, km.astype(float) * 1000))
        del rivers
    yield from _network("made", made_network(made))


def made_network(count: int) -> Arrays:
    """Basins of all sizes in an order that says nothing: each reach joins one a little earlier."""
    chance = np.random.default_rng(1)
    own = np.arange(count)
    down = own - 1 - chance.geometric(0.02, count)
    down[(down < 0) | (chance.random(count) < 5e-4)] = -1
    name = chance.permutation(count) + 1
    following = np.where(down >= 0, name[np.maximum(down, 0)], 0)
    order = np.argsort(name)
    return name[order], following[order], chance.uniform(50.0, 900.0, count)


def _network(case: str, arrays: Arrays) -> Iterator[dict[str, Any]]:
    network_module = importlib.import_module("gisapp_plugins.upstream_tracing.network")
    build: Callable[..., Any] = network_module.build_network
    seconds = _best(lambda: build(*arrays), 3)
    network = build(*arrays)
    arrays_kept = (value for value in vars(network).values() if isinstance(value, np.ndarray))
    memory = sum(array.nbytes for array in arrays_kept) / (1 << 20)
    sizes = network.size[network.position]
    largest = int(np.argmax(sizes))
    middle = int(np.argmin(np.abs(sizes - WANTED)))

    def copied(reach: int) -> int:
        return len(network.upstream(reach).copy())  # what a caller keeps

    peer = _Networkx(arrays) if len(sizes) <= PEER_UP_TO else None
    rows = [(f"build ({len(sizes)} reaches)", seconds, "s", peer and peer.seconds)]
    for name, reach in (("largest", largest), ("1k", middle)):
        ours = _best(lambda reach=reach: copied(reach), 25) * 1e6
        theirs = None
        if peer and peer.works:
            theirs = _best(lambda reach=reach: peer.upstream(reach), 5) * 1e6
            if peer.upstream(reach) != copied(reach):
                raise ValueError(f"{case}: networkx finds another number above {reach}")
        rows.append((f"{name} ({sizes[reach]} reaches)", ours, "us", theirs))
    for name, value, unit, theirs in rows:
        yield _figure(f"{case}/{name}", value, unit, theirs, memory if unit == "s" else None)


class _Networkx:
    """The same questions to networkx; without it, nothing."""

    def __init__(self, arrays: Arrays) -> None:
        self.works, self.seconds = False, None
        try:
            self._library = importlib.import_module("networkx")
        except ImportError:
            return
        ids, down, _ = arrays
        number = {reach: n for n, reach in enumerate(ids.tolist())}
        start = perf_counter()
        graph = self._library.DiGraph()
        graph.add_nodes_from(range(len(ids)))
        graph.add_edges_from((n, number[d]) for n, d in enumerate(down.tolist()) if d in number)
        self.seconds = perf_counter() - start
        self._graph, self.works = graph, True

    def upstream(self, reach: int) -> int:
        return len(self._library.ancestors(self._graph, reach)) + 1


def _whole_trace() -> Iterator[dict[str, Any]]:
    """As a user asks: the answer with names, distances and warnings."""
    algorithm = importlib.import_module("gisapp_plugins.upstream_tracing.algorithm")
    rivers = read_features(ICELAND)
    start = perf_counter()
    doctor = importlib.import_module("gisapp_plugins.upstream_tracing.doctor_check")
    report = doctor.check_rivers.function(rivers, progress=Silent())
    yield _figure("iceland/prepared and checked", perf_counter() - start, "s")
    times = []
    for _ in range(5):
        start = perf_counter()
        algorithm.trace_upstream.function(rivers, f"reach:{report.largest}", progress=Silent())
        times.append(perf_counter() - start)
    yield _figure("iceland/answer for the largest basin", median(times) * 1000, "ms")


def _best(work: Callable[[], Any], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return min(times)


def _figure(
    case: str, value: float, unit: str, peer: float | None = None, memory: float | None = None
) -> dict[str, Any]:
    figure: dict[str, Any] = {
        "bench": "tracing",
        "case": case,
        "value": _short(value),
        "unit": unit,
    }
    if peer:
        figure |= {"peer": "networkx", "peer_value": _short(peer), "ratio": _short(peer / value)}
    if memory is not None:
        figure["memory_mb"] = round(memory, 1)
    return figure


def _short(value: float) -> float:
    return float(f"{value:.4g}")
