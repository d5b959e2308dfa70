"""Editing at full size: 200,000 outfalls with every field filled, each gesture until on disk."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np
import shapely

from gisapp.app.project_session import ProjectSession, create_project, open_project
from gisapp.model.edit import (
    Edit,
    FeatureEdit,
    TableEdit,
    TableSchema,
    add_features,
    change_feature,
    delete_features,
)
from gisapp.model.features import FeatureId
from gisapp.model.field import Field
from gisapp.model.survey import OUTFALL_FIELDS
from tests.benchmarks.editing.painted import Make, gestures

SIZES = {"quick": 20_000, "usual": 200_000, "large": 500_000}
FIELDS = 40  # at least
ROUNDS = 15


def run(size: str = "usual", rounds: int = ROUNDS) -> Iterator[dict[str, Any]]:
    """One figure after another; the sync of the disk is in the gestures, and apart.

    `import` and `open` are processor time, which says more while other work is going on.
    """
    features = SIZES[size]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "survey"
        schema = TableSchema("outfalls", "EPSG:4547", _fields())
        session = create_project(folder, "Benchmark", "EPSG:4547", [TableEdit("", None, schema)])
        rows = _rows(features, schema.fields)
        edit = FeatureEdit("Import", "outfalls", dict.fromkeys(rows), rows)
        with session:
            yield _figure("import", _processor(partial(session.store.apply, edit)), "s", 1.0)
        del rows, edit
        open_project(folder).close()  # takes the snapshot that is due
        del session
        seconds, grown = _opened_elsewhere(folder)
        yield _figure("open", seconds, "s", 1.0)
        yield _figure("open/memory", grown, "MB", 1.0)
        session = open_project(folder)
        with session:
            yield from _gestures(session, rounds)
        del session
        yield from _painted(folder, rounds)
        yield _figure("fsync", median(_bare_syncs(Path(place), rounds)), "ms", 1000.0)


def _gestures(session: ProjectSession, rounds: int) -> Iterator[dict[str, Any]]:
    """On the disk, without a picture."""
    store = session.store
    refused: list[Exception] = []
    store.refused.subscribe(refused.append)
    for name, make in _makers(session, "").items():
        times = [
            _timed(lambda n=n, make=make: store.apply(make(session, n))) for n in range(rounds)
        ]
        yield _figure(f"{name}/committed", median(times), "ms", 1000.0)
        drawn = _timed(lambda: store.project.tables["outfalls"].shapes_in("EPSG:4547"))
        yield _figure(f"{name}/arrays", drawn, "ms", 1000.0)
    undone = median(_timed(store.undo) for _ in range(rounds))
    yield _figure("undo/committed", undone, "ms", 1000.0)
    yield _figure("redo/committed", median(_timed(store.redo) for _ in range(rounds)), "ms", 1000.0)
    if refused:
        raise refused[0]


def _painted(folder: Path, rounds: int) -> Iterator[dict[str, Any]]:
    """On the disk and on the screen."""
    times: dict[str, list[float]] = {}
    with open_project(folder) as session:
        makers = _makers(session, "painted ")
    for name, seconds in gestures(folder, makers, rounds):
        times.setdefault(name, []).append(seconds)
    for name, all_of_them in times.items():
        yield _figure(f"{name}/painted", median(all_of_them), "ms", 1000.0)


def _makers(session: ProjectSession, prefix: str) -> dict[str, Make]:
    """Each makes the edit of one gesture; the features differ from round to round."""
    ids = list(session.store.project.tables["outfalls"].ids)

    def change(of: ProjectSession, number: int) -> Edit:
        table = of.store.project.tables["outfalls"]
        return change_feature("Change", table, ids[number * 7 + 3], {"state": "closed"})

    def add(of: ProjectSession, number: int) -> Edit:
        row = {"name": "New", "geometry": shapely.Point(500_000 + number * 977, 3_300_000)}
        new = FeatureId(f"{prefix}new-{number}")
        return add_features("Add", of.store.project.tables["outfalls"], {new: row})

    def delete(of: ProjectSession, number: int) -> Edit:
        table = of.store.project.tables["outfalls"]
        return delete_features("Delete", table, (ids[-1 - number * 11],))

    return {"change": change, "add": add, "delete": delete}


def _opened_elsewhere(folder: Path) -> tuple[float, float]:
    """Seconds and megabytes that opening takes in a program that has just started."""
    code = """if True:
        import sys
        from pathlib import Path
        from time import process_time
        from tests.benchmarks.editing import _memory_mb, open_project
        before, start = _memory_mb(), process_time()
        session = open_project(Path(sys.argv[1]))
        print(process_time() - start, _memory_mb() - before)
        session.close()
    """
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", code, str(folder)]
    done = subprocess.run(command, cwd=root, capture_output=True, check=True, text=True)
    seconds, grown = map(float, done.stdout.split())
    return seconds, grown


def _fields() -> tuple[Field, ...]:
    more = tuple(Field(f"extra_{n}") for n in range(FIELDS - len(OUTFALL_FIELDS)))
    return OUTFALL_FIELDS + more


def _rows(count: int, fields: tuple[Field, ...]) -> dict[FeatureId, dict[str, Any]]:
    random = np.random.default_rng(1)
    xy = random.uniform((300_000, 3_000_000), (700_000, 3_500_000), (count, 2))
    columns: dict[str, list[Any]] = {}
    for field in fields:
        numbers = random.integers(0, 1000, count)
        if field.kind == "real":
            columns[field.name] = (numbers / 7).tolist()
        elif field.kind == "integer":
            columns[field.name] = numbers.tolist()
        elif field.kind == "boolean":
            columns[field.name] = (numbers > 500).tolist()
        elif field.choices:
            columns[field.name] = [field.choices[n % len(field.choices)] for n in numbers]
        elif field.kind == "date":
            columns[field.name] = [f"2026-05-{n % 28 + 1:02}" for n in numbers]
        else:
            columns[field.name] = [f"{field.name} {n}" for n in numbers]
    columns["geometry"] = list(shapely.points(xy))
    names = tuple(columns)
    return {
        FeatureId(f"{number:08}"): dict(zip(names, values, strict=True))
        for number, values in enumerate(zip(*columns.values(), strict=True))
    }


def _bare_syncs(place: Path, rounds: int) -> Iterator[float]:
    """What the disk alone takes: one page appended and synced."""
    with (place / "sync").open("wb", buffering=0) as file:
        for _ in range(rounds):
            start = perf_counter()
            file.write(bytes(4096))
            os.fsync(file.fileno())
            yield perf_counter() - start


def _timed(work: Callable[[], Any]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _processor(work: Callable[[], Any]) -> float:
    start = process_time()
    work()
    return process_time() - start


def _memory_mb() -> float:
    status = Path("/proc/self/status")
    if status.exists():
        kb = next(x for x in status.read_text("utf-8").splitlines() if x.startswith("VmRSS"))
        return int(kb.split()[1]) / 1024
    scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


def _figure(case: str, value: float, unit: str, times: float) -> dict[str, Any]:
    return {
        "bench": "editing",
        "case": case,
        "value": round(value * times, 3),
        "unit": unit,
        "memory_mb": round(_memory_mb()),
    }
