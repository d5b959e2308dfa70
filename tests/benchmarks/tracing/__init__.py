"""Tracing: the index of a large network, its largest basin, a trace of about 1,000 reaches.

Iceland's 192,899 reaches when the real data are beside the checkout, and always a network of
1,000,000 reaches made by chance (8,500,000 with --large). Peers are networkx, igraph, scipy,
those that are installed, and a recursive query of SQLite; each method in a process of its own.
How well damaged lines are repaired is in `repair`, catchments of grids are in `grids`, a pointer
over the rivers in `hover`.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.app.plugins import make_importable
from gisapp.io.plugin_folders import plugin_folders
from gisapp.io.vector import read_features
from gisapp.model.progress import Silent
from tests.benchmarks.tracing.alone import METHODS, measured
from tests.benchmarks.tracing.grids import catchment_figures
from tests.benchmarks.tracing.hover import hover_figures
from tests.benchmarks.tracing.repair import repair_figures
from tests.samples import ROOT

ICELAND = ROOT.parent / "shared/data/rivers/iceland/iceland_streams_0p25km2.parquet"
MADE = {"quick": 100_000, "usual": 1_000_000, "large": 8_500_000}
WANTED = 1000

Arrays = tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]


def run(size: str = "usual", only: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """only: iceland, repair, made, grids, hover."""
    make_importable("upstream_tracing", plugin_folders()[0] / "upstream_tracing")
    asked = only or ("iceland", "repair", "made", "grids", "hover")
    if ICELAND.is_file() and "repair" in asked and size != "quick":
        yield from repair_figures(ICELAND)
    if ICELAND.is_file() and "iceland" in asked:
        yield from _whole_trace()
        rivers = read_features(ICELAND)
        names = ("reach_id", "next_down", "length_km")
        ids, down, km = (rivers.column(name) for name in names)
        yield from _network("iceland", (ids, down, km.astype(float) * 1000))
        del rivers
    if ICELAND.is_file() and "grids" in asked and size != "quick":
        yield from catchment_figures(ICELAND.parent / "merit_hydro_d8_iceland.tif")
    if "made" in asked:
        yield from _network("made", made_network(MADE[size]))
    if "hover" in asked:
        yield from hover_figures(MADE[size])


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
    """Every method in a fresh process: seconds to build, time of a query, memory."""
    network_module = importlib.import_module("gisapp_plugins.upstream_tracing.network")
    network = network_module.build_network(*arrays)
    sizes = network.size[network.position]
    largest = int(np.argmax(sizes))
    middle = int(np.argmin(np.abs(sizes - WANTED)))
    below = network.down[network.position]
    down = np.where(below >= 0, network.order[below], -1)
    length = network.length_m
    del network
    with TemporaryDirectory() as folder:
        file = Path(folder) / "network.npz"
        np.savez(file, down=down, length_m=length)
        ours = measured("gisapp", file, (largest, middle))
        assert ours is not None
        yield from _rows(case, sizes, (largest, middle), ours, None, None)
        for name in METHODS:
            if name == "gisapp" or (theirs := measured(name, file, (largest, middle))) is None:
                continue
            if theirs["found"] != ours["found"]:
                raise ValueError(f"{case}: {name} finds other numbers of reaches")
            yield from _rows(case, sizes, (largest, middle), ours, name, theirs)


def _rows(
    case: str, sizes: Any, asked: Sequence[int], ours: Any, name: str | None, theirs: Any
) -> Iterator[dict[str, Any]]:
    def figure(what: str, value: float, unit: str, peer: float) -> dict[str, Any]:
        row = _figure(what, value, unit, None if name is None else (name, peer))
        row["memory_mb"] = round(ours["peak_mb"], 1)
        if name is not None:
            row["peer_memory_mb"] = round(theirs["peak_mb"], 1)
        return row

    other = theirs or ours
    yield figure(f"{case}/build ({len(sizes)} reaches)", ours["build_s"], "s", other["build_s"])
    for n, (what, reach) in enumerate(zip(("largest", "1k"), asked, strict=True)):
        title = f"{case}/{what} ({sizes[reach]} reaches)"
        yield figure(title, ours["query_us"][n], "us", other["query_us"][n])


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
