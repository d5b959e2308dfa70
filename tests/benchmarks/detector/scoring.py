"""What of made-up plumes a search found, and how quickly and with how much memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.benchmarks.detector.scene import Scene

NEAR_M = 12.0
LONGEST_M = 120.0  # of a find's box that may lie over a plume without its source near it
CONTRASTS = ((0.5, 0.75), (0.75, 1.0), (1.0, 1.5), (1.5, 2.5), (2.5, 5.01))


@dataclass(frozen=True, slots=True)
class Find:
    """A find in pixels: its place, 1 warm or -1 cold, the box around it, and its outline where
    somebody asks how long that takes."""

    x: float
    y: float
    sign: int
    box: tuple[float, float, float, float]  # left, top, right, bottom
    outline: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Score:
    finds: int
    right: int  # finds that lie at a plume
    hit: tuple[bool, ...]  # for each plume
    contrast: tuple[float, ...]


def scored(finds: Sequence[Find], scene: Scene) -> Score:
    """A find is right within 12 m (or 1.2 lengths of the plume) of an outlet of its sign, or where
    its box, if not larger than 120 m, comes within 6 m of it."""
    near = NEAR_M / scene.gsd_m
    hit = np.zeros(len(scene.plumes), bool)
    right = 0
    for find in finds:
        good = False
        left, top, box_right, bottom = find.box
        small = (box_right - left) * (bottom - top) < (LONGEST_M / scene.gsd_m) ** 2
        for number, plume in enumerate(scene.plumes):
            if np.sign(plume.contrast_c) != find.sign:
                continue
            away = math.hypot(find.x - plume.x, find.y - plume.y)
            across = max(left - plume.x, 0, plume.x - box_right)
            down = max(top - plume.y, 0, plume.y - bottom)
            if away < max(near, 1.2 * plume.length_m / scene.gsd_m) or (
                small and math.hypot(across, down) < near / 2
            ):
                hit[number] = good = True
        right += good
    contrast = tuple(abs(plume.contrast_c) for plume in scene.plumes)
    return Score(len(finds), right, tuple(hit.tolist()), contrast)


@dataclass(frozen=True, slots=True)
class Total:
    """Of several scenes."""

    precision: float
    recall: float
    finds: int
    plumes: int

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def total(scores: Sequence[Score]) -> Total:
    finds = sum(s.finds for s in scores)
    hits = [hit for s in scores for hit in s.hit]
    right = sum(s.right for s in scores)
    return Total(right / max(1, finds), float(np.mean(hits)) if hits else 0.0, finds, len(hits))


def recall_between(scores: Sequence[Score], low: float, high: float) -> tuple[float, int]:
    """Of plumes with a contrast between two numbers, and how many there are."""
    hits = [
        hit for s in scores for hit, c in zip(s.hit, s.contrast, strict=True) if low <= c < high
    ]
    return (float(np.mean(hits)), len(hits)) if hits else (math.nan, 0)


def polygons_of(water: npt.NDArray[np.uint8], to_map: Any) -> Any:
    """The digitised water as a shapely area, as a person would give it."""
    import shapely
    from rasterio.features import shapes

    return shapely.union_all(
        [
            shapely.geometry.shape(part)
            for part, _ in shapes(water, mask=water > 0, transform=to_map)
        ]
    )
