"""A stretch of time the map looks at: layers with dates show what happened in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gisapp.app.identify import is_features
from gisapp.model.features import Column, Features, FeatureSet, Shapes
from gisapp.model.layer import Layer, LayerId
from gisapp.render.request import Data

MOST = 50_000  # features; of larger layers all are shown, whatever the time
DAY = np.timedelta64(1, "D")
Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class TimeRange:
    """From the first day to the last, both of them in it."""

    first: np.datetime64  # datetime64[D]
    last: np.datetime64

    @property
    def days(self) -> int:
        return int((self.last - self.first) / DAY) + 1

    def moved(self, days: int, within: TimeRange) -> TimeRange:
        """As long as before, so many days later, no farther than the ends of another range."""
        low = int((within.first - self.first) / DAY)
        high = int((within.last - self.last) / DAY)
        by = np.timedelta64(min(max(days, low), high), "D")
        return TimeRange(self.first + by, self.last + by)

    def holds(self, days: Days) -> npt.NDArray[np.bool_]:
        """Which days are in it; NaT is not."""
        return (days >= self.first) & (days <= self.last)

    def __str__(self) -> str:
        return str(self.first) if self.days == 1 else f"{self.first} – {self.last}"


def days_of(values: Column) -> Days:
    """The days of ISO 8601 texts; NaT for what is no date."""
    found = np.full(len(values), "NaT", "datetime64[D]")
    for number, value in enumerate(values.tolist()):
        if isinstance(value, str) and len(value) >= 10:
            try:
                found[number] = np.datetime64(value[:10], "D")
            except ValueError:
                continue
    return found


def date_field(data: Data | None) -> str:
    """The first field with dates in it; empty for a layer without, or with too many features."""
    if not is_features(data) or not 0 < len(data) <= MOST:
        return ""
    for field in data.fields:
        if field.kind == "date" and not np.isnat(days_of(data.column(field.name))).all():
            return field.name
    return ""


def span_of(layers: Iterable[Data]) -> TimeRange | None:
    """From the first to the last date in any of the layers; None when there are none."""
    ends: list[np.datetime64] = []
    for data in layers:
        name = date_field(data)
        if name and is_features(data):
            days = days_of(data.column(name))
            days = days[~np.isnat(days)]
            ends += [days.min(), days.max()]
    return TimeRange(min(ends), max(ends)) if ends else None


class TimeSieve:
    """Gives the features of a layer that have a date in the range; all without a range.

    Features without a date are left out while there is a range. Other layers pass as they are.
    """

    def __init__(self) -> None:
        self.range: TimeRange | None = None
        self._kept: dict[LayerId, tuple[Data, TimeRange, Data]] = {}

    def __call__(self, layer: Layer, data: Data) -> Data:
        if self.range is None:
            return data
        kept = self._kept.get(layer.id)
        if kept is not None and kept[0] is data and kept[1] == self.range:
            return kept[2]
        name = date_field(data)
        shown: Data = data
        if name and is_features(data):
            shown = some_of(data, self.range.holds(days_of(data.column(name))))
        self._kept[layer.id] = data, self.range, shown
        return shown


def some_of(data: FeatureSet, chosen: npt.NDArray[np.bool_]) -> Features:
    """A layer of the chosen features only."""
    numbers = np.flatnonzero(chosen)
    shapes = data.shapes_in(data.crs)
    parts = np.flatnonzero(chosen[shapes.owner]) if len(shapes.owner) else shapes.owner
    sizes = shapes.starts[parts + 1] - shapes.starts[parts]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    places = np.repeat(shapes.starts[parts] - starts[:-1], sizes) + np.arange(starts[-1])
    renumbered = np.cumsum(chosen) - 1
    owner = renumbered[shapes.owner[parts]].astype(np.int64)
    columns: Mapping[str, Column] = {
        field.name: data.values_at(field.name, numbers) for field in data.fields
    }
    moved = Shapes(shapes.kind, shapes.coords[places], starts, owner)
    return Features(data.crs, data.fields, data.ids_at(numbers), columns, moved)
