"""How much of the true upstream is found after damage: Iceland's lines, with known answers.

The ends of all lines are moved by up to 3 m, some lines are turned, some are cut 30 m short. The
recall of a trace is the share of the reaches truly upstream that it finds. The peer is the same
network as drawn: joined at the ends, nothing turned, nothing bridged. The seed is fixed.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

SEED = 1
MOVED_M, GAP_M = 3.0, 30.0
TOLERANCE_M, BRIDGE_M = 10.0, 60.0
TRACES, REACHES = 400, 50  # traces with more than so many reaches
DAMAGE = ((0.005, 0.0), (0.05, 0.0), (0.0, 0.01), (0.005, 0.001), (0.05, 0.01))


def repair_figures(iceland: Path) -> Iterator[dict[str, Any]]:
    known = _Known(iceland)
    for turned, cut in DAMAGE:
        ends, asked = known.damaged(turned, cut)
        drawn = known.recall(known.as_drawn(ends), asked)
        for outlets in (True, False):
            start = perf_counter()
            made = known.repaired(ends, outlets=outlets)
            seconds = perf_counter() - start
            case = f"iceland/{100 * turned:g} % turned, {100 * cut:g} % cut, "
            case += "outlets given" if outlets else "no outlet given"
            names = ("recall", "traces without a miss")
            for name, value, before in zip(names, known.recall(made, asked), drawn, strict=True):
                yield {
                    "bench": "tracing", "case": f"{case}: {name}",
                    "value": round(value, 4), "unit": "share",
                    "peer": "as drawn", "peer_value": round(before, 4),
                }  # fmt: skip
            yield {"bench": "tracing", "case": f"{case}: time", "value": round(seconds, 2),
                   "unit": "s"}  # fmt: skip


class _Known:
    """The rivers and what truly flows into what."""

    def __init__(self, iceland: Path) -> None:
        import pyarrow.parquet as pq
        import pyproj
        import shapely

        self.network = importlib.import_module("gisapp_plugins.upstream_tracing.network")
        self.topology = importlib.import_module("gisapp_plugins.upstream_tracing.topology")
        table = pq.read_table(iceland)
        shapes = shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False))
        coords, owner = shapely.get_coordinates(shapes, return_index=True)
        starts = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(shapes)))])
        project = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3057", always_xy=True)
        plane = np.column_stack(project.transform(coords[:, 0], coords[:, 1]))
        ids = table["reach_id"].to_numpy().astype(np.int64)
        down = table["next_down"].to_numpy().astype(np.int64)
        self.area = table["upland_skm"].to_numpy().astype(float)
        self.length = table["length_km"].to_numpy().astype(float) * 1000
        self.first, self.last = plane[starts[:-1]], plane[starts[1:] - 1]
        self.back = plane[starts[1:] - 2] - self.last  # up the last step of each line
        self.true = self.network.build_network(ids, down, self.length, weight=self.area)
        self.outlets = self.last[self.true.order[self.true.down < 0]]

    def damaged(self, turned: float, cut: float) -> tuple[Any, npt.NDArray[np.int64]]:
        """The ends after damage, and the reaches to trace from."""
        chance, n = np.random.default_rng(SEED), len(self.length)
        first, last = self.first.copy(), self.last.copy()
        for ends in (first, last):
            angle, far = chance.uniform(0, 2 * np.pi, n), MOVED_M * np.sqrt(chance.random(n))
            ends += np.column_stack([far * np.cos(angle), far * np.sin(angle)])
        short = chance.random(n) < cut
        last[short] += (GAP_M * self.back / np.hypot(*self.back.T)[:, None])[short]
        against = (chance.random(n) < turned)[:, None]
        sizes = self.true.size[self.true.position]
        asked = chance.choice(np.flatnonzero(sizes > REACHES), TRACES, replace=False)
        one, other = np.where(against, last, first), np.where(against, first, last)
        return self.topology.Ends(one, other, self.length), asked

    def as_drawn(self, ends: Any) -> Any:
        given = np.ones(len(ends), bool)
        made = self.topology.build_topology(ends, tolerance_m=TOLERANCE_M, given=given)
        return self._network(made)

    def repaired(self, ends: Any, *, outlets: bool) -> Any:
        made = self.topology.build_topology(
            ends,
            tolerance_m=TOLERANCE_M,
            bridge_m=BRIDGE_M,
            outlets=self.outlets if outlets else None,
        )
        return self._network(made)

    def _network(self, made: Any) -> Any:
        main, _ = self.topology.next_reaches(made, self.area)
        ids = np.arange(1, len(main) + 1)
        return self.network.build_network(ids, main + 1, self.length, weight=self.area)

    def recall(self, found: Any, asked: npt.NDArray[np.int64]) -> tuple[float, float]:
        """Mean share of what is truly upstream, and share of traces that miss nothing."""
        shares = np.array(
            [np.isin(self.true.upstream(v), found.upstream(v)).mean() for v in asked.tolist()]
        )
        return float(shares.mean()), float((shares == 1).mean())
