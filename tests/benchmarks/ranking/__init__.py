"""Ranking: 1,000 made-up events with hidden culprits on the sample basin, at all its stations.

How often the culprit comes first and among the first three, against the nearest source upstream,
the largest load and chance. What is made up, and how it differs from what the ranking assumes, is
in made_events.py. The rates say how the terms work together, not how well a real river is known.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gisapp.app.plugins import make_importable
from gisapp.io.plugin_folders import plugin_folders
from gisapp.io.vector import read_features
from tests.samples import ROOT

SAMPLE = ROOT / "sample_data"
FEWEST = 8  # sources above a station, so that being right is not chance
COUNTS = {"quick": 100, "usual": 1000, "large": 10_000}


def run(size: str = "usual") -> Iterator[dict[str, Any]]:
    make_importable("upstream_tracing", plugin_folders()[0] / "upstream_tracing")
    made = importlib.import_module("tests.benchmarks.ranking.made_events")
    for logged, records in ((made.LOGGED, False), (made.LOGGED, True), (1.0, False), (1.0, True)):
        events = sample_events(COUNTS.get(size, 1000), logged=logged, records=records)
        told = f"{len(events)} events, logs of {logged:.0%}"
        told += ", records of stations above" if records else ""
        rates = made.compare(events)
        for top in ("top1", "top3"):
            own = getattr(rates["ranking"], top)
            for peer in ("nearest", "largest load", "random"):
                other = getattr(rates[peer], top)
                yield {
                    "bench": "ranking",
                    "case": f"{top} of {told}",
                    "value": own, "unit": "share", "peer": peer, "peer_value": other,
                    "ratio": own / other if other else 0.0,
                }  # fmt: skip


def sample_events(
    count: int, seed: int = 6, logged: float = 0.4, *, records: bool = False
) -> list[Any]:
    """Events at every station of the sample that has sources enough above it."""
    make_importable("upstream_tracing", plugin_folders()[0] / "upstream_tracing")
    made = importlib.import_module("tests.benchmarks.ranking.made_events")
    rank_sources = importlib.import_module("gisapp_plugins.upstream_tracing.rank").rank_sources
    layers = {n: read_features(SAMPLE / f"{n}.gpkg") for n in ("rivers", "sources", "stations")}
    questions, stations_above = [], []
    for station in layers["stations"].column("station_id").tolist():
        asked = {"start": f"station:{station}", "value_mg_l": 2.0, "baseline_mg_l": 0.3}
        found = rank_sources.run({**layers, **asked})
        if len(found.sources) >= FEWEST:
            questions.append(found.question)
            above = [one.id for one in found.question.evidence.placed if one.role == "stations"]
            stations_above.append(_behind(rank_sources, {**layers, **asked}, above[1:]))
    each = [count // len(questions) + (n < count % len(questions)) for n in range(len(questions))]
    events = []
    for n, (question, some) in enumerate(zip(questions, each, strict=True)):
        chance = np.random.default_rng(1000 + seed + n)
        for event in made.made_events(
            question.candidates, question.event.flow_m3s, some, seed + n, logged
        ):
            behind = stations_above[n]
            events.append(made.with_records(event, behind, chance) if records else event)
    return events


def _behind(
    rank_sources: Any, asked: Mapping[str, Any], stations: Sequence[str]
) -> dict[str, frozenset[str]]:
    """Of each other station the candidates above it; those below the event have none."""
    found = {}
    for one in stations:
        cleared = rank_sources.run({**asked, "clean_stations": one}).question.candidates
        found[one] = frozenset(c.id for c in cleared if c.clean_between < 1)
    return {one: inside for one, inside in found.items() if inside}
