"""What an outline on the screen chooses: at once where there is little, in a job where much."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gisapp.app.identify import features_in_outline, is_features
from gisapp.app.tools import Choose, Select
from gisapp.model.features import FeatureId
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress, Silent
from gisapp.render.request import Data

AT_ONCE = 20_000  # features looked through while the hand waits
PIECE = 20_000  # ids made in one go


def chosen(
    wanted: Choose, data_of: Callable[[Layer], Data | None], progress: Progress | None = None
) -> Select | None:
    """The features of the first layer of which any is touched, and how many of each other layer
    are; None when there is none."""
    outline = np.array(wanted.outline, np.float64).reshape(-1, 2)
    first: Select | None = None
    others: list[tuple[Layer, int]] = []
    for layer in wanted.layers:
        data = data_of(layer)
        numbers = features_in_outline(data, wanted.camera, outline, progress or Silent())
        if not len(numbers) or not is_features(data):
            continue
        if first is not None:
            others.append((layer, len(numbers)))
            continue
        found: set[FeatureId] = set()
        for start in range(0, len(numbers), PIECE):
            found.update(data.ids_at(numbers[start : start + PIECE]).tolist())
        first = Select(layer.id, frozenset(found), wanted.add, wanted)
    return None if first is None else replace(first, others=tuple(others))


def is_quick(wanted: Choose, data_of: Callable[[Layer], Data | None]) -> bool:
    """Whether it can be answered while the hand waits."""
    found = (data_of(layer) for layer in wanted.layers)
    return sum(len(data) for data in found if is_features(data)) <= AT_ONCE
