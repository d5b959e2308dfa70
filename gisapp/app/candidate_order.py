"""Which candidates are gone through, and in what order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from gisapp.app.candidate_table import (
    ACCEPTED,
    BY_RULE,
    DOUBTFUL,
    MERGED,
    OPEN,
    REJECTED,
    Candidate,
)

Status = Literal[
    "candidates", "open", "accepted", "merged", "doubtful", "rejected", "by_rule", "all"
]
Order = Literal["sigma", "contrast", "river"]
SHOWN: dict[str, frozenset[str]] = {
    "candidates": frozenset({OPEN, ACCEPTED, MERGED, DOUBTFUL, REJECTED}),
    "all": frozenset({OPEN, ACCEPTED, MERGED, DOUBTFUL, REJECTED, BY_RULE}),
}
MOST_WALKED = 1000  # beyond, the order along the river is that of the longer axis


def gone_through(
    candidates: Sequence[Candidate], status: str, kind: str, order: str
) -> list[Candidate]:
    """Those of a status (`candidates`: all but those rejected by a rule) and kind (warm, cold,
    both), largest first, or in the order of a walk along the river."""
    shown = SHOWN.get(status, frozenset({status}))
    kept = [c for c in candidates if c.decision in shown and kind in ("both", c.kind)]
    if order == "river":
        return along(kept)
    if order == "contrast":
        return sorted(kept, key=lambda c: -abs(c.delta_t_c))
    return sorted(kept, key=lambda c: -abs(c.sigma_m2c))


def along(candidates: Sequence[Candidate]) -> list[Candidate]:
    """As somebody walks by: from the outermost one always on to the nearest not seen yet.

    Both banks are taken together. No river is needed for it, and it follows its bends.
    """
    if len(candidates) < 3:
        return list(candidates)
    middle = math.radians(sum(c.lat for c in candidates) / len(candidates))
    xy = np.array([(c.lon * math.cos(middle), c.lat) for c in candidates])
    away = xy - xy.mean(axis=0)
    axis = np.linalg.svd(away, full_matrices=False)[2][0]
    position = away @ axis
    if len(candidates) > MOST_WALKED:
        return [candidates[n] for n in np.argsort(position).tolist()]
    here = int(position.argmin())
    left = np.ones(len(xy), bool)
    walked = []
    for _ in range(len(xy)):
        walked.append(here)
        left[here] = False
        far = ((xy - xy[here]) ** 2).sum(axis=1)
        far[~left] = np.inf
        here = int(far.argmin())
    return [candidates[n] for n in walked]
