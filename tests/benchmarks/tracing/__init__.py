"""Tracing: the index of a large network, its largest basin, a trace of about 1,000 reaches.

Iceland's 192,899 reaches when the real data are beside the checkout, and always a network of
1,000,000 reaches made by chance (8,500,000 with --large). Peers are networkx, igraph and scipy,
those that are installed. How well damaged lines are repaired is in `repair`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.app.plugins import make_importable
from gisapp.io.plugin_folders import plugin_folders
from gisapp.io.vector import read_features
from gisapp.model.progress import Silent
from tests.benchmarks.tracing.peers import KINDS
from tests.benchmarks.tracing.repair import repair_figures
from tests.samples import ROOT

ICELAND = ROOT.parent / "shared/data/rivers/iceland/iceland_streams_0p25km2.parquet"
MADE = {"quick": 100_000, "usual": 1_000_000, "large": 8_500_000}
WANTED = 1000

Arrays = tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]


def run(size: str = "usual", only: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """only: iceland, repair, made."""
    make_importable("upstream_tracing", plugin_folders()[0] / "upstream_tracing")
    asked = only or ("iceland", "repair", "made")
    if ICELAND.is_file() and "repair" in asked and size != "quick":
        yield from repair_figures(ICELAND)
    if ICELAND.is_file() and "iceland" in asked:
        yield from _whole_trace()
        rivers = read_features(ICELAND)
        names = ("reach_id", "next_down", "length_km")
        ids, down, km = (rivers.column(name) for name in names)
        yield from _network("iceland", (ids, down, km.astype(float) * 1000))
        del rivers
    if "made" in asked:
        yield from _network("made", made_network(MADE[size]))


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

    yield _figure(f"{case}/build ({len(sizes)} reaches)", seconds, "s", memory=memory)
    asked = [("largest", largest), ("1k", middle)]
    times = [_best(lambda reach=reach: copied(reach), 25) * 1e6 for _, reach in asked]
    names = [f"{case}/{name} ({sizes[reach]} reaches)" for name, reach in asked]
    for name, ours in zip(names, times, strict=True):
        yield _figure(name, ours, "us")
    p = network.position
    below = network.down[p]
    down = np.where(below >= 0, network.order[below], -1)
    for kind in KINDS:
        peer = kind.of(down)
        if peer is None:
            continue
        yield _figure(
            f"{case}/build ({len(sizes)} reaches)", seconds, "s", (peer.name, peer.seconds)
        )
        for name, ours, (_, reach) in zip(names, times, asked, strict=True):
            if peer.upstream(reach) != copied(reach):
                raise ValueError(f"{case}: {peer.name} finds another number above {reach}")
            theirs = _best(lambda peer=peer, reach=reach: peer.upstream(reach), 5) * 1e6
            yield _figure(name, ours, "us", (peer.name, theirs))
        del peer


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
        name, theirs = peer
        figure |= {"peer": name, "peer_value": _short(theirs), "ratio": _short(theirs / value)}
    if memory is not None:
        figure["memory_mb"] = round(memory, 1)
    return figure


def _short(value: float) -> float:
    return float(f"{value:.4g}")
