"""The prepared geometry of a table's shared arrays, made to follow the rows changed since."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from gisapp.model.crs import Coordinates
from gisapp.model.detail import Detail

Numbers = npt.NDArray[np.int64]


def places_by_row(detail: Detail) -> npt.NDArray[np.int32]:
    """The place on the curve of each row of the arrays: the inverse of `order`."""
    order = detail.arrays["order"]
    places = np.empty(len(order), np.int32)
    places[order] = np.arange(len(order), dtype=np.int32)
    return places


def followed(
    detail: Detail,
    places: npt.NDArray[np.int32],
    moved: Numbers,
    kept: npt.NDArray[np.bool_] | None,
    coords: Coordinates,
) -> Detail:
    """The detail of the shared arrays as a later snapshot needs it.

    moved: rows of the arrays that are elsewhere now. kept: which rows are still there (None:
    all). coords: the snapshot's points in row order, n x 2. Costs a copy of `order` and what
    changed; boxes and levels are shared.
    """
    order = detail.arrays["order"].copy()
    left = len(order)
    beside = moved
    if kept is not None:
        numbers = (np.cumsum(kept) - 1).astype(order.dtype)
        left = int(kept.sum())
        order = numbers[order]
        order[places[~kept]] = -1
        beside = numbers[moved].astype(np.int64)
    order[places[moved]] = -1
    beside = np.sort(np.concatenate([beside, np.arange(left, len(coords))]))
    beside = beside[~np.isnan(coords[beside]).any(axis=1)]
    boxes = np.hstack([coords[beside], coords[beside]])
    arrays = {**detail.arrays, "order": order, "beside": beside, "beside_boxes": boxes}
    return replace(detail, arrays=arrays)
