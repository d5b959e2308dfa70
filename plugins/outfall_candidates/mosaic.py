"""A mosaic of temperatures as the search reads it; what is none is refused with the reason."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from affine import Affine

from gisapp.api import (
    ParameterError,
    Point,
    Raster,
    Silent,
    declared_unit,
    is_geographic,
    metres_per_unit,
    propose_unit,
    read_decoding,
    tr,
    unsaid_nothing,
)

LOWEST_C = -273.0  # the floor of some decoders: nothing was seen
SAMPLES = (5, 12)  # windows along each side from which unit and no-data are told; more if empty
SAMPLE = 64  # cells along one side of such a window
FULL_ENOUGH = 0.2  # of the cells of the samples
Grid = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Mosaic:
    """Pixels of a raster in °C. `said` is what was taken for granted, in words."""

    raster: Any = field(repr=False)
    name: str
    rows: int
    columns: int
    to_map: Affine
    pixel_m: float
    crs: str
    scale: float
    offset: float
    nothing: float | None
    said: tuple[str, ...]
    provenance: dict[str, Any]

    def read(self, row: int, column: int, rows: int, columns: int) -> Grid:
        """A window in °C, NaN where nothing is known. From any thread."""
        values = self.raster.cells.values(0, (column, row, columns, rows), 1, Silent())
        if self.nothing is not None:
            values = np.where(values == self.nothing, np.nan, values)
        if (self.scale, self.offset) != (1.0, 0.0):
            values = values * np.float32(self.scale) + np.float32(self.offset)
        low = values <= LOWEST_C
        return np.where(low, np.nan, values).astype(np.float32) if low.any() else values


def mosaic_of(raster: Raster, unit: str = "") -> Mosaic:
    """unit: of the numbers, as `declared_unit` knows it; empty: as the file says, else proposed
    from the numbers, which the answer says. Raises ParameterError for what holds no temperatures.
    """
    path = getattr(raster, "path", Path("raster"))
    cells: Any = getattr(raster, "cells", None)
    if raster.is_picture:
        raise ParameterError(
            tr("{file} is a picture: its colours are no temperatures").format(file=path.name),
            hint=tr("Give a mosaic whose pixels are °C, such as gisapp flight writes."),
        )
    if cells is None:
        raise ParameterError(
            tr("{file} is not a file of pixels").format(file=path.name),
            hint=tr("Give a GeoTIFF of temperatures."),
        )
    to_map: Affine = cells.to_map
    rows, columns = raster.size.height, raster.size.width  # type: ignore[attr-defined]
    inner, edge = _samples(raster, rows, columns)
    known = inner[np.isfinite(inner)]
    if not known.size:
        raise ParameterError(
            tr("{file} holds no temperatures: all of it is empty").format(file=path.name),
            hint=tr("Was the mosaic written to its end?"),
        )
    said: list[str] = []
    nothing = unsaid_nothing(known, edge[np.isfinite(edge)])
    if nothing is not None:
        said.append(tr("{number:g} is taken as no data").format(number=nothing))
        known = known[known != nothing]
    words = unit or str(getattr(raster, "unit", "") or "")
    found = declared_unit(words) if words else None
    if found is None:
        proposal = propose_unit(_own_kind(known))
        if proposal is None:
            raise ParameterError(
                tr("The numbers of {file} ({low:g} to {high:g}) are no temperatures").format(
                    file=path.name, low=float(known.min()), high=float(known.max())
                ),
                hint=tr("Say the unit with --unit if they are: degC, K or cK."),
            )
        found = proposal.unit
        said.append(tr("Unit not said by the file, proposed: {why}").format(why=proposal.reason))
    metres, note = _pixel_m(raster, to_map, rows, columns)
    decoding = read_decoding(path)
    provenance = {
        "decoder": decoding.decoder,
        "accuracy_c": decoding.accuracy,
        "parameters": decoding.parameters,
        "taken": decoding.taken,
        "unit": found.id,
    }
    return Mosaic(
        raster, path.name, rows, columns, to_map, metres, raster.crs, found.scale, found.offset,
        nothing, (*said, *note), provenance,
    )  # fmt: skip


def _samples(raster: Any, rows: int, columns: int) -> tuple[Grid, Grid]:
    """Values spread over the raster, and those along its border."""
    for count in SAMPLES:
        inner, edge = _sampled(raster, rows, columns, count)
        if np.isfinite(inner).mean() > FULL_ENOUGH:
            break
    return inner, edge


def _sampled(raster: Any, rows: int, columns: int, count: int) -> tuple[Grid, Grid]:
    inner, edge = [], []
    for i in np.linspace(0, max(0, rows - SAMPLE), count).astype(int).tolist():
        for j in np.linspace(0, max(0, columns - SAMPLE), count).astype(int).tolist():
            window = (j, i, min(SAMPLE, columns), min(SAMPLE, rows))
            part = np.asarray(raster.cells.values(0, window, 1, Silent()))[::3, ::3].ravel()
            inner.append(part)
            if i == 0 or j == 0 or i >= rows - SAMPLE or j >= columns - SAMPLE:
                edge.append(part)
    return np.concatenate(inner), np.concatenate(edge)


def _own_kind(values: Grid) -> npt.NDArray[Any]:
    """Whole numbers as the integers they were in the file."""
    if np.array_equal(values, np.round(values)) and values.max() > 255:
        return values.astype(np.uint16 if values.min() >= 0 else np.int16)
    return values


def _pixel_m(raster: Any, to_map: Affine, rows: int, columns: int) -> tuple[float, tuple[str, ...]]:
    """Metres along one side of a pixel; in degrees, the mean of both sides."""
    middle = Point(*(to_map * (columns / 2, rows / 2)))
    across, down = math.hypot(to_map.a, to_map.d), math.hypot(to_map.b, to_map.e)
    if is_geographic(raster.crs):
        up = 111_132.0
        sideways = up * max(0.05, math.cos(math.radians(middle.y)))
        return math.sqrt(across * sideways * down * up), (
            tr("The mosaic is in degrees: lengths and areas are near enough, directions less so"),
        )
    unit = metres_per_unit(raster.crs, middle)
    return math.sqrt(across * down) * unit, ()
