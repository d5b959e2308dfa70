"""Readings in the water that a layer of temperatures is corrected by."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gisapp.analysis.thermal_correction import Fit, Kind, fit_correction
from gisapp.analysis.thermal_measure import Cells
from gisapp.app.identify import is_features
from gisapp.model.crs import metres_per_unit, transform
from gisapp.model.features import FeatureSet
from gisapp.model.geometry import PixelGrid, Point, Size
from gisapp.model.layer import Layer
from gisapp.model.progress import Progress
from gisapp.model.project import Project

AROUND = 1  # cells on each side of the one that was meant
NEAR = 15.0  # metres: a station so near is what was meant
WATER = ("water_temp_c", "temperature_c", "water_temperature_c")  # fields that hold a reading


@dataclass(frozen=True, slots=True)
class Reading:
    """`measured`: of the file at the place, before any correction; `reading`: of the logger; °C.

    NaN: not known yet. `note`: where the reading comes from.
    """

    name: str
    place: Point  # in the map's system
    measured: float = math.nan
    reading: float = math.nan
    note: str = ""

    def read(self, value: float) -> Reading:
        """As typed by a person."""
        return replace(self, reading=value, note="")


def value_around(data: Any, place: Point, crs: str, progress: Progress) -> float:
    """The mean of the 3 x 3 cells around a place, as the file has them; NaN where none has a value.

    Loggers are smaller than cells, and no place is known to a cell. Call it on a worker.
    """
    cells = Cells.of(data)
    there = transform(np.array([place], np.float64), crs, data.crs)
    if not np.isfinite(there).all():
        return math.nan
    column, row = (int(part) for part in np.floor(cells.at(there)[0]))
    side = 2 * AROUND + 1
    grid: PixelGrid = cells.window(column - AROUND, row - AROUND, side, side, data.crs)
    assert grid.size == Size(side, side)
    values = data.values(grid, progress)
    known = values[np.isfinite(values)]
    return float(known.mean(dtype=np.float64)) if len(known) else math.nan


def station_near(
    project: Project, data: dict[Any, Any], place: Point
) -> tuple[str, Point, float] | None:
    """The nearest point of a layer of stations or outfalls within 15 m: its name, its place, and
    the water temperature it holds (NaN without one). `data`: what is loaded, by layer."""
    best: tuple[float, str, Point, float] | None = None
    reach = NEAR / metres_per_unit(project.crs, place)
    for layer in project.layers:
        features = project.table_of(layer) or data.get(layer.id)
        if layer.role not in ("stations", "outfalls") or not is_features(features):
            continue
        shapes = features.shapes_in(project.crs)
        if shapes.kind != "point" or not len(shapes.coords):
            continue
        far = np.hypot(*(shapes.coords - place).T)
        far = np.where(np.isfinite(far), far, math.inf)
        number = int(np.argmin(far))
        if far[number] <= reach and (best is None or far[number] < best[0]):
            owner = int(shapes.owner[number])
            at = Point(*shapes.coords[number].tolist())
            best = float(far[number]), _name(features, owner, layer), at, _water(features, owner)
    return best[1:] if best is not None else None


def fit_readings(readings: Sequence[Reading], kind: Kind) -> Fit:
    """See `fit_correction`. Raises ParameterError with the reason."""
    return fit_correction(
        [one.measured for one in readings], [one.reading for one in readings], kind
    )


def _name(features: FeatureSet, row: int, layer: Layer) -> str:
    for field in ("code_local", "name", "station_id", "id"):
        value = _value(features, field, row)
        if value:
            return str(value)
    return layer.name


def _water(features: FeatureSet, row: int) -> float:
    for field in WATER:
        value = _value(features, field, row)
        if isinstance(value, int | float):
            return float(value)
    return math.nan


def _value(features: FeatureSet, name: str, row: int) -> Any:
    if not any(field.name == name for field in features.fields):
        return None
    value = features.column(name)[row]
    return value.item() if hasattr(value, "item") else value
