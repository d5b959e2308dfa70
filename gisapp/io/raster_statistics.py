"""What a raster's values are like, from a sample of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class RasterStatistics:
    """Of a sample spread over the whole file. `counts` are 256 bins from `low` to `high`."""

    low: float
    high: float
    p2: float
    p98: float
    counts: npt.NDArray[np.int64]


def statistics_of(sample: npt.NDArray[Any]) -> RasterStatistics | None:
    """None when no cell of the sample has a value."""
    known = sample[np.isfinite(sample)].astype(np.float64)  # so that a span of float32 fits
    if not len(known):
        return None
    low, high = float(known.min()), float(known.max())
    top = high if high > low else low + 1.0
    counts, _ = np.histogram(known, 256, (low, top))
    p2, p98 = np.percentile(known, (2, 98))
    return RasterStatistics(low, high, float(p2), float(p98), counts)
