"""Both sides, alternating in one run: each layer and all together, warm and cold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from gisapp.render.ramps import ramp
from tests.benchmarks.render import views
from tests.benchmarks.render.child import OURS, QGIS, Child

SLOW, FEW = 1500.0, 2  # ms; what takes longer is measured less often
JOBS = ("sequential", "parallel")
ALL = "all"


@dataclass
class Times:
    ours: list[float] = field(default_factory=list)
    peer: dict[str, list[float]] = field(default_factory=lambda: {job: [] for job in JOBS})

    @property
    def best_peer(self) -> float | None:
        found = [median(times) for times in self.peer.values() if times]
        return min(found) if found else None


@dataclass(frozen=True)
class Comparison:
    files: Mapping[str, Path]  # data set: file
    store: Path  # where our side keeps what it prepared
    pictures: Path
    with_peer: bool
    rounds: int
    plain: bool = False  # without the compiled loops

    def cases(self) -> list[str]:
        single = [name for name, data in views.LAYERS.items() if data in self.files]
        return [*single, ALL] if all(name in single for name in views.TOGETHER) else single

    def layers_of(self, case: str) -> list[tuple[str, str]]:
        names = views.TOGETHER if case == ALL else (case,)
        return [(name, str(self.files[views.LAYERS[name]])) for name in names]

    def warm(self, case: str, label: str = "warm") -> Iterator[dict[str, Any]]:
        """Data there, nothing drawn yet; the median of several pictures of each view.

        Beside the time on the clock that of the processors, which a busy machine changes less.
        """
        with self._ours() as ours, self._peer() as peer:
            ours.ask("open", layers=self.layers_of(case), folder=str(self.store), stops=[])
            if peer is not None:
                peer.ask("open", layers=self.layers_of(case), stops=stops())
            found: dict[str, tuple[Times, Times]] = {}
            for view, zoom in views.VIEWS.items():
                found[view] = self._alternating(ours, peer, views.extent(zoom))
                self._save(case, view, label, ours, peer)
            memory = int(ours.ask("memory")["mb"])
            peer_memory = int(peer.ask("memory")["mb"]) if peer is not None else None
        for view, (times, used) in found.items():
            name = f"{case}/{view}"
            yield figure(
                f"{label}/{name}", median(times.ours), times.best_peer, memory, peer_memory
            )
            yield figure(f"{label} cpu/{name}", median(used.ours), used.best_peer)

    def _alternating(
        self, ours: Child, peer: Child | None, extent: tuple[float, ...]
    ) -> tuple[Times, Times]:
        times, used = Times(), Times()
        rounds, number = self.rounds, -1  # the first one is not counted
        while number < rounds:
            number += 1
            asked = [(ours, "", times.ours, used.ours)]
            if peer is not None:
                asked += [(peer, job, times.peer[job], used.peer[job]) for job in JOBS]
            for side, job, clock, processors in asked:
                answer = side.ask("draw", extent=extent, job=job)
                if answer["ms"] > SLOW:
                    rounds = min(rounds, FEW)
                if number or rounds == 0:
                    clock.append(float(answer["ms"]))
                    processors.append(float(answer["cpu"]))
        return times, used

    def cold(self, case: str) -> Iterator[dict[str, Any]]:
        """A new process until its first picture is complete; what can be prepared is prepared:
        files, loops, and the bytecode of Python as an installed program has it."""
        with self._ours() as ours:
            ours.ask("open", layers=self.layers_of(case), folder=str(self.store), stops=[])
            ours.ask("draw", extent=views.extent(1.0))
        for view, zoom in views.VIEWS.items():
            times, extent = Times(), views.extent(zoom)
            memory, peer_memory = 0, None
            for _ in range(max(2, self.rounds // 3)):
                start = perf_counter()
                with self._ours() as ours:
                    ours.ask("open", layers=self.layers_of(case), folder=str(self.store), stops=[])
                    ours.ask("draw", extent=extent)
                    times.ours.append((perf_counter() - start) * 1000)
                    memory = int(ours.ask("memory")["mb"])
                if not self.with_peer:
                    continue
                for job in JOBS:
                    start = perf_counter()
                    with Child(QGIS, self._bytecode()) as peer:
                        peer.ask("open", layers=self.layers_of(case), stops=stops())
                        peer.ask("draw", extent=extent, job=job)
                        times.peer[job].append((perf_counter() - start) * 1000)
                        peer_memory = int(peer.ask("memory")["mb"])
            yield figure(
                f"cold/{case}/{view}", median(times.ours), times.best_peer, memory, peer_memory
            )

    def prepare(self, case: str) -> Iterator[dict[str, Any]]:
        """The first time a file is seen: reading it, and whatever is kept for the next time."""
        with self._ours() as ours:
            took = ours.ask("open", layers=self.layers_of(case), folder=str(self.store), stops=[])
        yield figure(f"first time/{case}", took["ms"], None)

    def _ours(self) -> Child:
        return Child(OURS, {**self._bytecode(), **({"GISAPP_PLAIN": "1"} if self.plain else {})})

    def _peer(self) -> Any:
        return Child(QGIS, self._bytecode()) if self.with_peer else _Nobody()

    def _bytecode(self) -> dict[str, str]:
        """Both sides keep it, whatever the shell that started this says."""
        kept = str(self.store.absolute() / "bytecode")
        return {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": kept}

    def _save(self, case: str, view: str, label: str, ours: Child, peer: Child | None) -> None:
        self.pictures.mkdir(parents=True, exist_ok=True)
        ours.ask("save", file=str(self.pictures / f"{case}-{view}-{label}.png"))
        if peer is not None:
            peer.ask("save", file=str(self.pictures / f"{case}-{view}-qgis.png"))


class _Nobody:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


def figure(
    case: str,
    value: float,
    peer: float | None,
    memory: int | None = None,
    peer_memory: int | None = None,
    unit: str = "ms",
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "bench": "render",
        "case": case,
        "value": round(value, 2),
        "unit": unit,
    }
    if memory is not None:
        made["memory_mb"] = memory
    if peer is not None:
        made |= {"peer": "qgis", "peer_value": round(peer, 2), "ratio": round(peer / value, 2)}
    if peer_memory is not None:
        made["peer_memory_mb"] = peer_memory
    return made


def stops() -> list[tuple[float, str]]:
    """The ramp as QGIS wants it: values and colours between which it goes evenly."""
    table = ramp(views.RAMP)[:-1]
    at = np.linspace(0, len(table) - 1, 33).round().astype(int)
    values = views.LOW + (views.HIGH - views.LOW) * at / (len(table) - 1)
    return [
        (float(v), "#{:02x}{:02x}{:02x}".format(*table[i][:3].tolist()))
        for v, i in zip(values, at, strict=True)
    ]
