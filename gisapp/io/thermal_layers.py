"""Rasters that may hold temperatures without saying so, and what was chosen for one.

Options of a source, as text: thermal_unit (a key of `thermal_units.UNITS`: numbers become °C) and
nodata (a number that means nothing). They are set by a person's answer, never by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gisapp.io.raster import DRIVERS, GridFile, open_raster
from gisapp.model.progress import Progress
from gisapp.model.thermal_units import UnitProposal, propose_unit, unsaid_nothing

HINTS = ("therm", "temp", "lwir", "tir", "infrared", "flir", "degc", "celsius", "kelvin",
         "热", "温", "红外")  # fmt: skip
_PLAIN = ("cK", "0.04K")  # whose numbers are hardly anything else
_NARROW_C = 80.0  # a picture taken outdoors at one time spans less


@dataclass(frozen=True, slots=True)
class LayerProposal:
    """The unit with its reason, a number that seems to mean nothing (None: none does), and
    between which °C 96 of 100 cells lie."""

    unit: UnitProposal
    nothing: float | None
    limits_c: tuple[float, float]

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        chosen = [("thermal_unit", self.unit.unit.id)]
        if self.nothing is not None:
            chosen.append(("nodata", f"{self.nothing:g}"))
        return tuple(chosen)


def propose_temperatures(
    path: Path, options: Mapping[str, str], progress: Progress
) -> LayerProposal | None:
    """For a raster of values without a unit. None when it has one, is a picture, or when neither
    its numbers nor its name speak for temperatures: heights look like °C. Raises ReadError."""
    if "thermal_unit" in options:
        return None
    grid = open_raster(path, options=options)
    try:
        return _propose(grid, progress)
    finally:
        grid.close()


def is_raster(format_: str) -> bool:
    """Whether `propose_temperatures` knows what to do with a source of this format."""
    return format_ in DRIVERS


def _propose(grid: GridFile, progress: Progress) -> LayerProposal | None:
    if grid.is_picture or grid.unit or grid.cells.is_scaled:
        return None
    band = grid.cells.bands.indexes[0]
    raw = np.asarray(grid.cells.sample([band], progress)).ravel()
    shown = grid.sample(progress).ravel()  # the same cells, NaN where the file says nothing is
    if raw.dtype.kind not in "iuf" or raw.size != shown.size:
        return None
    known = raw[np.isfinite(shown)]
    if not known.size:
        return None
    nothing = None if known.size < raw.size else unsaid_nothing(known, known[:1024])
    if nothing is not None:
        known = known[known != nothing]
    proposal = propose_unit(known)
    if proposal is None:
        return None
    unit = proposal.unit
    low, high = (unit.celsius(float(v)) for v in np.percentile(known, (2, 98)))
    words = " ".join((grid.path.stem, *(name or "" for name in grid.band_names))).lower()
    hinted = any(hint in words for hint in HINTS)
    if not hinted and (unit.id not in _PLAIN or high - low > _NARROW_C):
        return None
    return LayerProposal(proposal, nothing, (round(low, 2), round(high, 2)))
