"""Geometry made ready to be drawn and found quickly: in the order of a curve that fills the map,
thinned for each scale.

A `Detail` belongs to one geometry in one reference system. It is nothing but named arrays and a
few facts, so that it can be kept in a file and read from there without copying.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gisapp.model.geometry import Extent, ShapeKind

BLOCK = 128  # features that lie near each other and share one box
REGION = 64  # blocks that share one box
Array = npt.NDArray[Any]


class Level(NamedTuple):
    """The geometry for one range of scales.

    The features `kept[i]` (places on the curve, ascending) have the parts `parts[i]` to
    `parts[i + 1]`, part p the vertices `coords[starts[p]:starts[p + 1]]`; the map coordinates
    are `origin + quantum * coords`. Block b of the curve begins at `kept[firsts[b]]`.
    """

    pixel: float  # map units; made for pixels of this size up to those of the next level
    quantum: float  # map units
    origin: tuple[float, float]
    kept: npt.NDArray[np.int32]
    firsts: npt.NDArray[np.int64]
    parts: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    coords: Array  # float64 as they were, or int32


@dataclass(frozen=True, eq=False)
class Detail:
    """Feature k of the curve is feature `order[k]` of the layer.

    arrays, at least:
      order   n, int32
      boxes   n x 4 float64: left, bottom, right, top of each feature in curve order (NaN: nowhere)
      blocks  ceil(n / BLOCK) x 4 float64: the box around BLOCK features that follow each other
    Features that are nowhere come last. The arrays of a `Level` are kept, firsts, parts, starts
    and coords for the coordinates as they are, and the same names with the number of the level
    behind them (kept1, firsts1 ...). What they hold is made by gisapp.render.detail_building.
    Of lines also (not in files of earlier times):
      lengths n float64: of feature i of the layer, all its parts, in map units
    facts: placed (how many features are somewhere), pixels, quanta and origin of the levels.

    Of a layer that was edited since (see `FeatureTable.detail_in`) `order` is -1 where the
    feature is gone or elsewhere now, and two arrays more say what is not on the curve:
      beside        m, int64: numbers of the layer's features, ascending
      beside_boxes  m x 4 float64: their boxes as they are now
    """

    kind: ShapeKind
    crs: str
    arrays: Mapping[str, Array]
    facts: Mapping[str, Any]  # plain values that JSON can hold

    def __len__(self) -> int:
        return len(self.arrays["order"])

    @cached_property
    def regions(self) -> Array:
        """The box around REGION blocks that follow each other, n x 4 like those of the blocks."""
        blocks = self.arrays["blocks"]
        if not len(blocks):
            return np.empty((0, 4))
        first = np.arange(0, len(blocks), REGION)
        low, high = np.fmin.reduceat(blocks, first), np.fmax.reduceat(blocks, first)
        return np.column_stack([low[:, :2], high[:, 2:]])

    def level(self, resolution: float) -> Level:
        """The geometry to draw where a pixel is so many map units wide: never off by more than
        half a pixel."""
        number = sum(pixel <= resolution for pixel in self.facts["pixels"])
        end = str(number or "")
        names = ("kept", "firsts", "parts", "starts", "coords")
        kept, firsts, parts, starts, coords = (self.arrays[name + end] for name in names)
        if not number:
            return Level(0.0, 1.0, (0.0, 0.0), kept, firsts, parts, starts, coords)
        x, y = self.facts["origin"]
        pixel, quantum = self.facts["pixels"][number - 1], self.facts["quanta"][number - 1]
        return Level(pixel, quantum, (x, y), kept, firsts, parts, starts, coords)

    def places_in(self, extent: Extent) -> npt.NDArray[np.int64]:
        """Places on the curve (ascending) of the features whose box touches the extent."""
        blocks, boxes, n = self.arrays["blocks"], self.arrays["boxes"], len(self)
        near = np.flatnonzero(_touching(blocks, extent))
        if not len(near):
            return np.empty(0, np.int64)
        whole = _inside(blocks[near], extent) & ((near + 1) * BLOCK <= self.facts.get("placed", 0))
        places = (near[:, None] * BLOCK + np.arange(BLOCK)).ravel()
        if whole.all():
            return places
        if whole.any():  # only what is at the border is looked at one by one
            doubtful = near[~whole]
            some = (doubtful[:, None] * BLOCK + np.arange(BLOCK)).ravel()
            some = some[some < n]
            good = np.zeros((len(near) * BLOCK), bool)
            good.reshape(-1, BLOCK)[whole] = True
            at = np.repeat(np.flatnonzero(~whole) * BLOCK, BLOCK) + np.tile(
                np.arange(BLOCK), len(doubtful)
            )
            good[at[: len(some)]] = _touching(boxes[some], extent)
            return places[good]
        places = places[places < n]
        found: npt.NDArray[np.int64] = places[_touching(boxes[places], extent)]
        return found

    def features_in(self, extent: Extent) -> npt.NDArray[np.int64]:
        """Numbers (ascending) of the layer's features whose box touches the extent."""
        found = self.arrays["order"][self.places_in(extent)].astype(np.int64)
        return np.sort(np.concatenate([found[found >= 0], self.beside_in(extent)]))

    def beside_in(self, extent: Extent) -> npt.NDArray[np.int64]:
        """Numbers (ascending) of the features not on the curve whose box touches the extent."""
        if "beside" not in self.arrays:
            return np.empty(0, np.int64)
        touching = _touching(self.arrays["beside_boxes"], extent)
        beside: npt.NDArray[np.int64] = self.arrays["beside"][touching]
        return beside


def _touching(boxes: npt.NDArray[np.float64], extent: Extent) -> npt.NDArray[np.bool_]:
    hit: npt.NDArray[np.bool_] = boxes[:, 0] <= extent.right
    hit = hit & (boxes[:, 2] >= extent.left)
    hit &= boxes[:, 1] <= extent.top
    hit &= boxes[:, 3] >= extent.bottom
    return hit


def _inside(boxes: npt.NDArray[np.float64], extent: Extent) -> npt.NDArray[np.bool_]:
    hit: npt.NDArray[np.bool_] = boxes[:, 2] <= extent.right
    hit = hit & (boxes[:, 0] >= extent.left)
    hit &= boxes[:, 3] <= extent.top
    hit &= boxes[:, 1] >= extent.bottom
    return hit
