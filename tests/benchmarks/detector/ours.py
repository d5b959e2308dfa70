"""The plugin's search on a made-up scene."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from affine import Affine

from gisapp.app.plugins import make_importable
from gisapp.io.plugin_folders import plugin_folders
from tests.benchmarks.detector.scene import Scene
from tests.benchmarks.detector.scoring import Find, polygons_of

make_importable("outfall_candidates", plugin_folders()[0] / "outfall_candidates")

from gisapp_plugins.outfall_candidates.candidate import Candidate, candidate_of  # noqa: E402
from gisapp_plugins.outfall_candidates.field_settings import FieldSettings  # noqa: E402
from gisapp_plugins.outfall_candidates.fusion import fused  # noqa: E402
from gisapp_plugins.outfall_candidates.pixels import ArrayPixels, WaterMask  # noqa: E402
from gisapp_plugins.outfall_candidates.plume import plume_of  # noqa: E402
from gisapp_plugins.outfall_candidates.search import Searched, search  # noqa: E402

LEFT, TOP = 500_000.0, 2_560_000.0


def place(scene: Scene, shift: tuple[float, float] = (0.0, 0.0)) -> Affine:
    return Affine(scene.gsd_m, 0, LEFT + shift[0], 0, -scene.gsd_m, TOP + shift[1])


def searched(scene: Scene, settings: FieldSettings | None = None) -> Searched:
    to_map = place(scene)
    pixels = ArrayPixels(scene.celsius, to_map, scene.gsd_m)
    water = WaterMask(polygons_of(scene.water, to_map), to_map)
    return search(pixels, water, settings or FieldSettings(), lambda part: None, 2)


def finds(made: Searched, *, before_rules: bool = False) -> list[Find]:
    out = []
    for spot in made.spots:
        if spot.evidence.reasons and not before_rules:
            continue
        rows, columns = np.nonzero(spot.inside)
        left, top = spot.first_column + columns.min(), spot.first_row + rows.min()
        right, bottom = spot.first_column + columns.max() + 1, spot.first_row + rows.max() + 1
        box = tuple(float(v) * made.side for v in (left, top, right, bottom))
        out.append(
            Find((spot.column + 0.5) * made.side, (spot.row + 0.5) * made.side, spot.sign, box)
        )
    return out


def fused_finds(
    views: Sequence[Scene], placement_m: float, seed: int, settings: FieldSettings | None = None
) -> list[Find]:
    """Of several views of one scene, each placed a little wrong, as frames are."""
    chance = np.random.default_rng([seed, 99])
    sightings: list[tuple[int, Candidate]] = []
    for number, scene in enumerate(views):
        made = searched(scene, settings)
        shift = tuple(chance.normal(0, placement_m / 3, 2).tolist()) if number else (0.0, 0.0)
        to_map = place(scene, shift)
        pixels = ArrayPixels(scene.celsius, to_map, scene.gsd_m)
        water = WaterMask(polygons_of(scene.water, to_map), to_map)
        for at, spot in enumerate(made.spots):
            plume = plume_of(pixels, water, spot, made.side)
            sightings.append((number, candidate_of(at, spot, plume, str(number), "", "")))
    gsd = views[0].gsd_m
    every = fused(sightings, lambda x, y: len(views), placement_m)
    return [_find(c, gsd) for c in every if c.status == "candidate"]


def _find(candidate: Any, gsd: float) -> Find:
    left, bottom, right, top = candidate.outline.bounds
    x, y = (candidate.x - LEFT) / gsd, (TOP - candidate.y) / gsd
    box = ((left - LEFT) / gsd, (TOP - top) / gsd, (right - LEFT) / gsd, (TOP - bottom) / gsd)
    return Find(x, y, 1 if candidate.kind == "warm" else -1, box)
