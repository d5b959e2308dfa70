"""Catchments of a grid of flow directions: ours against pyflwdir and pysheds, where installed.

`python -m tests.benchmarks.tracing.grids METHOD FILE ROW,COLUMN...` measures one of them alone.
"""

from __future__ import annotations

import gc
import importlib
import json
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import rasterio

from gisapp.app.plugins import make_importable
from gisapp.io.plugin_folders import plugin_folders
from tests.benchmarks.tracing.alone import best, memory_mb
from tests.samples import ROOT

PLACES = {"2 million cells": 2_000_000, "100,000 cells": 100_000}
Query = Callable[[int, int], int]


def gisapp(codes: Any, transform: Any) -> Query:
    make_importable("catchment", plugin_folders()[0] / "catchment")
    flood = importlib.import_module("gisapp_plugins.catchment.flood")
    directions = importlib.import_module("gisapp_plugins.catchment.directions")
    steps = directions.from_codes(codes.astype(np.float32), "esri")
    flood.upstream_cells(steps[:4, :4].copy(), 0, 0)
    return lambda row, column: len(flood.upstream_cells(steps, row, column))


def pyflwdir(codes: Any, transform: Any) -> Query:
    library = importlib.import_module("pyflwdir")
    made = library.from_array(codes, ftype="d8", transform=transform, latlon=True)
    columns = codes.shape[1]

    def query(row: int, column: int) -> int:
        return int((made.basins(idxs=np.array([row * columns + column])) > 0).sum())

    query(0, 0)  # what compiles at the first call is not counted
    return query


def pysheds(codes: Any, transform: Any) -> Query:
    grids = importlib.import_module("pysheds.sgrid")
    views = importlib.import_module("pysheds.view")
    finder = views.ViewFinder(affine=transform, shape=codes.shape, nodata=np.uint8(247))
    directions = views.Raster(codes.astype(np.uint8), finder)
    grid = grids.sGrid(viewfinder=finder)

    def query(row: int, column: int) -> int:
        found = grid.catchment(x=column, y=row, fdir=directions, xytype="index",
                               dirmap=(64, 128, 1, 2, 4, 8, 16, 32))  # fmt: skip
        return int(np.asarray(found).sum())

    query(1, 1)  # not at the rim: it reads beyond the first cell there
    return query


METHODS: dict[str, Callable[[Any, Any], Query]] = {
    "gisapp": gisapp,
    "pyflwdir": pyflwdir,
    "pysheds": pysheds,
}


def catchment_figures(file: Path) -> Iterator[dict[str, Any]]:
    places = _places(file)
    asked = [f"{row},{column}" for row, column in places]
    ours = _measured("gisapp", file, asked)
    assert ours is not None
    for name in METHODS:
        theirs = _measured(name, file, asked)
        if theirs is None:
            continue
        for n, title in enumerate(PLACES):
            row: dict[str, Any] = {
                "bench": "tracing",
                "case": f"grid/{title} ({ours['found'][n]} cells)",
                "value": _short(ours["query_ms"][n]),
                "unit": "ms",
                "memory_mb": round(ours["peak_mb"], 1),
            }
            if name != "gisapp":
                row |= {
                    "peer": f"{name} ({theirs['found'][n]} cells, build {theirs['build_s']:.2f} s)",
                    "peer_value": _short(theirs["query_ms"][n]),
                    "ratio": _short(theirs["query_ms"][n] / ours["query_ms"][n]),
                    "peer_memory_mb": round(theirs["peak_mb"], 1),
                }
            yield row


def _places(file: Path) -> list[tuple[int, int]]:
    """Cells with about as many cells above them, found by counting once."""
    library = importlib.import_module("pyflwdir")
    with rasterio.open(file) as source:
        codes = source.read(1)
        made = library.from_array(codes, ftype="d8", transform=source.transform, latlon=True)
    above = made.upstream_area(unit="cell")
    columns = codes.shape[1]
    nearest = [int(np.argmin(np.abs(above - wanted))) for wanted in PLACES.values()]
    return [divmod(cell, columns) for cell in nearest]


def _measured(method: str, file: Path, places: Sequence[str]) -> dict[str, Any] | None:
    command = [sys.executable, "-m", "tests.benchmarks.tracing.grids", method, str(file), *places]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        if "ModuleNotFoundError" in done.stderr:
            return None
        raise RuntimeError(f"{method}: {done.stderr[-500:]}")
    return json.loads(done.stdout)


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def main(method: str, file: Path, places: Sequence[str]) -> dict[str, Any]:
    warnings.simplefilter("ignore")  # of peers
    with rasterio.open(file) as source:
        codes, transform = source.read(1), source.transform
    gc.collect()
    before = memory_mb()
    small = np.ones((50, 50), codes.dtype)  # all to the east, into pits: compiling is not counted
    small[:, -1] = 0
    METHODS[method](small, transform)
    start = perf_counter()
    query = METHODS[method](codes, transform)
    build = perf_counter() - start
    at = [tuple(int(part) for part in place.split(",")) for place in places]
    found = [query(*place) for place in at]
    times = [1000 * best(lambda place=place: query(*place), 5) for place in at]
    peak = memory_mb("VmHWM") - before
    return {"build_s": build, "query_ms": times, "found": found, "peak_mb": peak}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])))
