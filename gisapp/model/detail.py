"""Geometry made ready to be drawn and found quickly: in the order of a curve that fills the map,
thinned for each scale.

A `Detail` belongs to one geometry in one reference system. It is nothing but named arrays and a
few facts, so that it can be kept in a file and read from there without copying.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.model.geometry import Extent, ShapeKind

BLOCK = 128  # features that lie near each other and share one box


@dataclass(frozen=True, eq=False)
class Detail:
    """Feature k of the curve is feature `order[k]` of the layer.

    arrays, at least:
      order   n, int32
      boxes   n x 4 float64: left, bottom, right, top of each feature in curve order (NaN: nowhere)
      blocks  ceil(n / BLOCK) x 4 float64: the box around BLOCK features that follow each other
    Further ones (coordinates of the levels) belong to gisapp.render.detail_building.

    Of a layer that was edited since (see `FeatureTable.detail_in`) `order` is -1 where the
    feature is gone or elsewhere now, and two arrays more say what is not on the curve:
      beside        m, int64: numbers of the layer's features, ascending
      beside_boxes  m x 4 float64: their boxes as they are now
    """

    kind: ShapeKind
    crs: str
    arrays: Mapping[str, npt.NDArray[Any]]
    facts: Mapping[str, Any]  # plain values that JSON can hold

    def __len__(self) -> int:
        return len(self.arrays["order"])

    def places_in(self, extent: Extent) -> npt.NDArray[np.int64]:
        """Places on the curve (ascending) of the features whose box touches the extent."""
        near = np.flatnonzero(_touching(self.arrays["blocks"], extent))
        if not len(near):
            return np.empty(0, np.int64)
        places = (near[:, None] * BLOCK + np.arange(BLOCK)).ravel()
        places = places[places < len(self)]
        found: npt.NDArray[np.int64] = places[_touching(self.arrays["boxes"][places], extent)]
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
