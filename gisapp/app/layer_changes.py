"""Where the data of a layer differ from what was painted before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.model.crs import transform_extent
from gisapp.model.features import FeatureId, Shapes
from gisapp.model.geometry import Extent
from gisapp.model.layer import LayerId
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.render.request import Data

FEW = 1000  # changed features; for more, whole layers are painted anew
STEPS = 40  # changes that are remembered; what was painted before them is painted anew

Boxes = npt.NDArray[np.float64]  # n x 4: left, bottom, right, top in map units


class Damage:
    """The places one change can have touched; found when they are asked for, on any thread."""

    def __init__(self, find: Callable[[str], Boxes]) -> None:
        self._find = find
        self._found: dict[str, Boxes] = {}
        self._lock = Lock()

    def boxes(self, crs: str) -> Boxes:
        with self._lock:
            if crs not in self._found:
                self._found[crs] = self._find(crs)
            return self._found[crs]


@dataclass(frozen=True, eq=False)
class State:
    """A layer's data as they are now. `damage` of the step to version v is at v - first - 1."""

    data: Data
    version: int = 0
    first: int = 0
    damage: tuple[Damage | None, ...] = ()  # None: anywhere

    def after(self, data: Data, damage: Damage | None) -> State:
        steps = (*self.damage, damage)[-STEPS:]
        version = self.version + 1
        return State(data, version, version - len(steps), steps)

    def boxes_since(self, version: int, crs: str) -> Boxes | None:
        """What changed since that version; None: anything may have."""
        if version < self.first:
            return None
        found: list[Boxes] = []
        for damage in self.damage[version - self.first :]:
            if damage is None:
                return None
            found.append(damage.boxes(crs))
        return np.concatenate(found) if found else np.empty((0, 4))


@dataclass
class LayerChanges:
    """The state of every layer. Use it on the main thread; what it hands out, on any."""

    _states: dict[LayerId, State] = field(default_factory=dict)
    _newest: int = 0  # no version is given twice, also to a layer that went and came back

    def of(self, layer: LayerId, data: Data) -> State:
        state = self._states.get(layer)
        if state is None:
            first = self._newest + 1
            return self._set(layer, State(data, first, first))
        if state.data is not data:
            return self._set(layer, state.after(data, None))
        return state

    def _set(self, layer: LayerId, state: State) -> State:
        self._states[layer] = state
        self._newest = max(self._newest, state.version)
        return state

    def edited(
        self, layer: LayerId, before: FeatureTable, after: FeatureTable, ids: frozenset[FeatureId]
    ) -> None:
        """Some rows differ. Said by each view of the store; the first one counts."""
        state = self._states.get(layer)
        if state is None or state.data is not before:
            return
        damage = None
        if len(ids) <= FEW and before.crs == after.crs:
            damage = Damage(lambda crs: _places(before, after, ids, crs))
        self._set(layer, state.after(after, damage))

    def arrived(self, layer: LayerId, extent: Extent, crs: str) -> None:
        """There is more of the data now, or they are others, in an extent."""
        state = self._states.get(layer)
        if state is not None:
            damage = Damage(lambda to: np.array([transform_extent(extent, crs, to)]))
            self._set(layer, state.after(state.data, damage))

    def keep(self, layers: set[LayerId]) -> None:
        """Forget the others."""
        for layer in [layer for layer in self._states if layer not in layers]:
            del self._states[layer]


def _places(before: Any, after: Any, ids: frozenset[FeatureId], crs: str) -> Boxes:
    """Where the features were and are."""
    places = [
        (row[GEOMETRY].x, row[GEOMETRY].y)
        for table in (before, after)
        for row in map(table.row, ids)
        if row is not None and row[GEOMETRY] is not None and not row[GEOMETRY].is_empty
    ]
    none = np.empty(0, np.int64)
    own = Shapes("point", np.array(places, np.float64).reshape(-1, 2), none, none)
    at = own.transformed(before.crs, crs).coords
    at = np.unique(at[np.isfinite(at).all(axis=1)], axis=0)
    return np.concatenate([at, at], axis=1)
