"""Suspected outfalls in made-up mosaics: what is found, how quickly, with how much memory.

The rules were chosen on scenes with seeds 101 to 148 (2,500 pixels a side) and are scored on
others. Peers see the same pixels and the same water. Everything here is synthetic.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.detector.ours import finds, fused_finds, searched
from tests.benchmarks.detector.peers import PEERS
from tests.benchmarks.detector.scene import make_scene
from tests.benchmarks.detector.scoring import CONTRASTS, Score, recall_between, scored, total

SCENES = {"quick": (2500, range(701, 705)), "usual": (2500, range(701, 717)),
          "large": (8000, range(11, 15))}  # fmt: skip
FILES = {"quick": 2500, "usual": 6000, "large": 8000}
PARTS = ("score", "drift", "views", "speed")
DRIFTS = (0.0, 0.1, 0.25, 0.5)
VIEWS = (1, 2, 3, 5)


def run(size: str = "usual", only: Sequence[str] = (), folder: Path | None = None
        ) -> Iterator[dict[str, Any]]:  # fmt: skip
    """only: score, drift, views, speed."""
    asked = only or PARTS
    if "score" in asked:
        yield from _scores(*SCENES[size])
    if "drift" in asked:
        yield from _drift(8 if size != "quick" else 2)
    if "views" in asked:
        yield from _views(8 if size != "quick" else 2)
    if "speed" in asked:
        yield from _speed(FILES[size], folder)


def _figure(case: str, value: float, unit: str = "", **more: Any) -> dict[str, Any]:
    rounded = {k: round(v, 3) if isinstance(v, float) else v for k, v in more.items()}
    return {"bench": "detector", "case": case, "value": round(value, 3), "unit": unit, **rounded}


def _scores(size: int, seeds: range) -> Iterator[dict[str, Any]]:
    ours: list[Score] = []
    before: list[Score] = []
    theirs: dict[str, list[Score]] = {name: [] for name in PEERS}
    for seed in seeds:
        scene = make_scene(size, seed)
        made = searched(scene)
        ours.append(scored(finds(made), scene))
        before.append(scored(finds(made, before_rules=True), scene))
        for name, search in PEERS.items():
            theirs[name].append(scored(search(scene.celsius, scene.water, scene.gsd_m), scene))
    own = total(ours)
    words = f"{len(seeds)} scenes of {size} px, {own.plumes} plumes"
    for name, scores in theirs.items():
        other = total(scores)
        yield _figure(f"F1, {words}", own.f1, "share", peer=name, peer_value=other.f1)
        yield _figure(f"precision, {words}", own.precision, "share", peer=name,
                      peer_value=other.precision)  # fmt: skip
        yield _figure(f"recall, {words}", own.recall, "share", peer=name, peer_value=other.recall)
    yield _figure("recall before rules", total(before).recall, "share")
    yield _figure("precision before rules", total(before).precision, "share")
    for low, high in CONTRASTS:
        share, count = recall_between(ours, low, high)
        if count:
            yield _figure(f"recall, {low:g} to {high:.4g} °C ({count})", share, "share")


def _drift(count: int) -> Iterator[dict[str, Any]]:
    """Frames' offsets left in the mosaic, as a standard deviation."""
    for drift in DRIFTS:
        scores, said = [], []
        for seed in range(301, 301 + count):
            scene = make_scene(2500, seed, frame_c=drift)
            made = searched(scene)
            said.append(made.drift_c)
            scores.append(scored(finds(made), scene))
        own = total(scores)
        words = f"drift {drift:g} °C left"
        yield _figure(f"precision, {words}", own.precision, "share")
        yield _figure(f"recall, {words}", own.recall, "share")
        yield _figure(f"drift as estimated, {words}", sum(said) / len(said), "°C")


def _views(count: int) -> Iterator[dict[str, Any]]:
    """The same spots in several frames: other offsets, boats, glint and noise in each."""
    for views in VIEWS:
        scores = []
        for seed in range(401, 401 + count):
            scenes = [make_scene(2500, seed, view=view) for view in range(views)]
            found = finds(searched(scenes[0])) if views == 1 else fused_finds(scenes, 3.0, seed)
            scores.append(scored(found, scenes[0]))
        own, weak = total(scores), recall_between(scores, 0.5, 1.0)
        yield _figure(f"precision, {views} frames", own.precision, "share")
        yield _figure(f"recall, {views} frames", own.recall, "share")
        yield _figure(f"recall below 1 °C, {views} frames ({weak[1]})", weak[0], "share")


def _speed(size: int, folder: Path | None) -> Iterator[dict[str, Any]]:
    """Each in a process of its own, from the same file: DEFLATE, tiles of 512."""
    with tempfile.TemporaryDirectory(dir=folder) as made:
        file = Path(made) / "river.tif"
        _measured("write", file, size)
        every = {what: _measured(what, file, size) for what in ("read", "ours", *PEERS)}
    own = every.pop("ours")
    for what, other in every.items():
        for key, unit in (("mpix_s", "MPix/s of processor"), ("wall_mpix_s", "MPix/s")):
            yield _figure(
                f"mosaic of {size} px from file, outlines of every find", own[key], unit, peer=what,
                peer_value=other[key], ratio=own[key] / other[key],
                memory_mb=own["memory_mb"], peer_memory_mb=other["memory_mb"],
            )  # fmt: skip
        yield _figure(
            f"memory for a mosaic of {size} px, without the program itself",
            own["memory_mb"] - own["before_mb"], "MB", peer=what,
            peer_value=other["memory_mb"] - other["before_mb"],
        )  # fmt: skip


def _measured(what: str, file: Path, size: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.detector.measured", what, str(file), str(size)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found
