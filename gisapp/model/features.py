"""Features as flat arrays: what painters draw and people click, from any file or table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NewType, Protocol

import numpy as np
import numpy.typing as npt

from gisapp.model.columns import Column as Column
from gisapp.model.columns import Columns
from gisapp.model.crs import Coordinates, transform
from gisapp.model.detail import Detail
from gisapp.model.feature_ids import FeatureIds, TextIds
from gisapp.model.field import Field
from gisapp.model.geometry import Extent, ShapeKind

FeatureId = NewType("FeatureId", str)
Row = Mapping[str, Any]
PARTS_AT_ONCE = 16_384  # measured in one call, which stops the other threads while it runs
PLACES_AT_ONCE = 100_000  # transformed in one call
Rows = Mapping[FeatureId, Row | None]  # None: there is no such feature


@dataclass(frozen=True, eq=False)
class Shapes:
    """Geometry of many features in one system.

    coords: n x 2 (x east, y north). A part (a point, a line, a ring) p is
    `coords[starts[p]:starts[p + 1]]` and belongs to feature number `owner[p]`; owners ascend.
    """

    kind: ShapeKind
    coords: Coordinates
    starts: npt.NDArray[np.int64]  # parts + 1
    owner: npt.NDArray[np.int64]  # parts
    known_boxes: npt.NDArray[np.float64] | None = field(default=None, repr=False)
    known_extent: Extent | None = None

    @cached_property
    def boxes(self) -> npt.NDArray[np.float64]:
        """left, bottom, right, top of each part: parts x 4 (NaN where it cannot be placed)."""
        if self.known_boxes is not None:
            return self.known_boxes
        if self.kind == "point":
            return np.hstack([self.coords, self.coords])
        if not len(self.owner):
            return np.empty((0, 4))
        boxes = np.empty((len(self.owner), 4))
        for at in range(0, len(boxes), PARTS_AT_ONCE):
            starts = np.asarray(self.starts[at : at + PARTS_AT_ONCE + 1], np.int64)
            some = boxes[at : at + PARTS_AT_ONCE]
            for axis in (0, 1):
                line = np.ascontiguousarray(self.coords[starts[0] : starts[-1], axis])
                first = starts[:-1] - starts[0]
                some[:, axis] = np.minimum.reduceat(line, first)
                some[:, axis + 2] = np.maximum.reduceat(line, first)
        return boxes

    @cached_property
    def extent(self) -> Extent | None:
        """Where the features are; None if there are none."""
        if self.known_extent is not None:
            return self.known_extent
        if not len(self.coords):
            return None
        x, y = self.coords.T
        left, right = np.fmin.reduce(x), np.fmax.reduce(x)
        if np.isnan(left):  # of all
            return None
        return Extent(float(left), float(np.fmin.reduce(y)), float(right), float(np.fmax.reduce(y)))

    def parts_in(self, extent: Extent) -> npt.NDArray[np.int64]:
        """Numbers of the parts whose box touches the extent, ascending."""
        left, bottom, right, top = self.boxes.T
        hit = (left <= extent.right) & (right >= extent.left)
        hit &= (bottom <= extent.top) & (top >= extent.bottom)
        return np.flatnonzero(hit)

    def parts_of(self, features: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Numbers of all parts of the features (ascending, each once), ascending."""
        first = np.searchsorted(self.owner, features, "left")
        counts = np.searchsorted(self.owner, features, "right") - first
        before = np.cumsum(counts) - counts
        parts: npt.NDArray[np.int64] = np.repeat(first - before, counts) + np.arange(counts.sum())
        return parts

    def transformed(self, source: str, target: str) -> Shapes:
        moved = np.empty((len(self.coords), 2))
        for at in range(0, len(moved), PLACES_AT_ONCE):
            some = slice(at, at + PLACES_AT_ONCE)
            moved[some] = transform(self.coords[some], source, target)
        return Shapes(self.kind, moved, self.starts, self.owner)


def point_shapes(coords: Coordinates) -> Shapes:
    """One point a feature."""
    n = len(coords)
    return Shapes("point", np.asarray(coords, np.float64), np.arange(n + 1), np.arange(n))


class FeatureSet(Protocol):
    """What `Features` (read-only) and `FeatureTable` (editable) have in common."""

    @property
    def crs(self) -> str: ...
    @property
    def fields(self) -> tuple[Field, ...]: ...
    @property
    def ids(self) -> npt.NDArray[Any]: ...
    def __len__(self) -> int: ...
    def ids_at(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        """Ids of some features (by their numbers), without making all of them."""

    def numbers_of(self, fids: Iterable[FeatureId]) -> npt.NDArray[np.int64]:
        """Places of features in the arrays; -1 for an id that is not there."""

    def column(self, name: str) -> Column: ...
    def values_at(self, name: str, numbers: npt.NDArray[np.int64]) -> Column:
        """A column of some features, without making all of it."""

    def row(self, fid: FeatureId) -> Row | None: ...
    def shapes_in(self, crs: str) -> Shapes: ...
    def detail_in(self, crs: str) -> Detail | None:
        """The geometry made ready for drawing in that system; None while it is not made."""


class Features:
    """A read-only layer: geometry in `crs` and one array a column, all in file order.

    `ids` are texts, or a way to make them; columns may be made when they are asked for
    (`Columns`). Nothing of it changes; what is computed of it is kept.
    """

    def __init__(
        self,
        crs: str,
        fields: tuple[Field, ...],
        ids: npt.NDArray[Any] | FeatureIds,
        columns: Mapping[str, Column],
        shapes: Shapes,
        warnings: tuple[str, ...] = (),  # what the reader noticed, for the user
    ) -> None:
        self.crs = crs
        self.fields = fields
        self.columns = columns
        self.shapes = shapes
        self.warnings = warnings
        self.feature_ids = TextIds(ids) if isinstance(ids, np.ndarray) else ids
        self._moved: dict[str, Shapes] = {}
        self._details: dict[str, Detail] = {}

    def __len__(self) -> int:
        return len(self.feature_ids)

    @cached_property
    def ids(self) -> npt.NDArray[Any]:
        """All ids as text objects; of a large layer ask `ids_at` and `numbers_of` instead."""
        return self.feature_ids.at(np.arange(len(self)))

    def ids_at(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        return self.feature_ids.at(numbers)

    def numbers_of(self, fids: Iterable[FeatureId]) -> npt.NDArray[np.int64]:
        return self.feature_ids.numbers_of(fids)

    def column(self, name: str) -> Column:
        return self.columns[name]

    def values_at(self, name: str, numbers: npt.NDArray[np.int64]) -> Column:
        if isinstance(self.columns, Columns):
            return self.columns.at(name, numbers)
        values: Column = self.columns[name][numbers]
        return values

    def row(self, fid: FeatureId) -> Row | None:
        number = int(self.numbers_of([fid])[0])
        if number < 0:
            return None
        if isinstance(self.columns, Columns):
            return {name: self.columns.value(name, number) for name in self.columns}
        return {name: plain(values[number]) for name, values in self.columns.items()}

    def shapes_in(self, crs: str) -> Shapes:
        """The geometry in another system, kept for the next call."""
        if crs == self.crs:
            return self.shapes
        if crs not in self._moved:
            self._moved[crs] = self.shapes.transformed(self.crs, crs)
        return self._moved[crs]

    def keep_shapes(self, crs: str, shapes: Shapes) -> None:
        """The geometry in another system is known already."""
        self._moved[crs] = shapes

    def detail_in(self, crs: str) -> Detail | None:
        return self._details.get(crs)

    def keep_detail(self, detail: Detail) -> None:
        """It was made of `shapes_in(detail.crs)`; from now on that system is drawn with it."""
        self._details[detail.crs] = detail

    def lie_elsewhere(self, same: Features) -> None:
        """From now on with the arrays of a layer that is the same to the last number, such as this
        one as its file has it: nothing is to be drawn again, and memory becomes free.

        From any thread. Who has an array already keeps it; others are given one that says the same.
        """
        self.shapes = same.shapes
        self._moved = {**self._moved, **same._moved}
        self._details = {**self._details, **same._details}
        self.columns = same.columns
        self.feature_ids = same.feature_ids
        self.__dict__.pop("ids", None)


def plain(value: Any) -> Any:
    """A Python value of an array element; every kind of "nothing" becomes None."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if value is None or value != value else value  # NaN and NaT differ from themselves
