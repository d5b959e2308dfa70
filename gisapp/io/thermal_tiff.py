"""Radiometric TIFFs: frames and mosaics that hold temperatures as plain numbers.

Which number means no temperature is what the file declares, else its mask or transparency, else
one of the usual values where it forms a collar. The unit is declared, said, or proposed.
"""

from __future__ import annotations

import struct
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.io.thermal_refusals import (
    MOST_CELLS,
    NoTemperaturesError,
    damaged,
    only_a_picture,
)
from gisapp.model.errors import ParameterError
from gisapp.model.geometry import Size
from gisapp.model.radiometry import StoredTemperatures, stored
from gisapp.model.text import tr
from gisapp.model.thermal_image import (
    COUNTS,
    Counts,
    Decoding,
    ThermalImage,
    ThermalParameters,
)
from gisapp.model.thermal_units import (
    UNITS,
    ThermalUnit,
    declared_unit,
    propose_unit,
    unsaid_nothing,
)

MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
NO_PARAMETERS = ThermalParameters(1.0, 20.0, 20.0, 0.5, 0.0)
_MOST_GROWTH = 2000
_LEAST_C = -270.0  # some programs write absolute zero where nothing was measured


@dataclass(frozen=True, slots=True)
class _Numbers:
    """One band as the file holds it, and where there is nothing (None: everywhere something)."""

    band: npt.NDArray[Any]
    nothing: npt.NDArray[np.bool_] | None
    unit: str
    scale: float
    offset: float
    notes: tuple[str, ...]


def read_thermal_tiff(path: Path, unit: str = "") -> ThermalImage:
    """unit: one of `UNITS`; empty: the file's own, or the proposed one, and the notes say so.

    Raises NoTemperaturesError: a palette picture, a unit that nothing speaks for, a damaged file.
    """
    numbers = _numbers(path)
    meant, notes = _unit_of(path.name, numbers, unit)
    scale = meant.scale * numbers.scale
    offset = meant.offset + meant.scale * numbers.offset
    notes = (*numbers.notes, *notes)
    band = numbers.band
    size = Size(band.shape[1], band.shape[0])
    decoder = tr("numbers of {unit}").format(unit=meant.caption)
    if band.dtype.kind == "f" or scale <= 0:
        celsius = band.astype(np.float64) * scale + offset
        celsius[~np.isfinite(celsius) | (celsius < _LEAST_C)] = np.nan
        if numbers.nothing is not None:
            celsius[numbers.nothing] = np.nan
        raw, table = stored(celsius)
        decoding = Decoding(decoder, table.scale / 2, notes)
        return ThermalImage(raw, size, NO_PARAMETERS, decoding, "", table)
    raw, shift, nothing = _as_counts(band, numbers.nothing)
    plain = StoredTemperatures(scale, offset - shift * scale, nothing=nothing)
    decoding = Decoding(decoder, scale / 2, notes)
    return ThermalImage(raw, size, NO_PARAMETERS, decoding, "", plain)


def _unit_of(name: str, numbers: _Numbers, said: str) -> tuple[ThermalUnit, tuple[str, ...]]:
    if said:
        if said not in UNITS:
            raise ParameterError(
                tr("There is no unit {unit}").format(unit=said),
                hint=tr("Known are {units}.").format(units=", ".join(UNITS)),
            )
        return UNITS[said], ()
    declared = declared_unit(numbers.unit)
    if declared is not None:
        return declared, ()
    there = numbers.band if numbers.nothing is None else numbers.band[~numbers.nothing]
    sample = there.ravel()[:: max(1, there.size // 200_000)]
    if (numbers.scale, numbers.offset) != (1.0, 0.0):  # scaled numbers are meant as they read
        sample = (sample * numbers.scale + numbers.offset).astype(np.float64)
    proposal = propose_unit(sample)
    if proposal is None:
        raise NoTemperaturesError(
            "unit",
            tr("{file} does not say its unit, and its numbers fit none").format(file=name),
            hint=tr("Say it: {units}.").format(units=", ".join(UNITS)),
        )
    words = tr("The unit is proposed, not said by the file: {reason}.").format(
        reason=proposal.reason
    )
    if proposal.others:
        others = ", ".join(unit.id for unit in proposal.others)
        words += " " + tr("It could also be {units}.").format(units=others)
    return proposal.unit, (words,)


def _numbers(path: Path) -> _Numbers:
    import rasterio

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a frame lies nowhere on the map
            with rasterio.open(path, driver="GTiff", sharing=False) as source:
                _look_at(source, path)
                return _read(source)
    except (rasterio.errors.RasterioError, OSError, ValueError, struct.error) as error:
        raise damaged(path.name, tr("it cannot be read as a TIFF")) from error


def _look_at(source: Any, path: Path) -> None:
    """Refuses pictures, and what claims to be larger than a frame or than it weighs."""
    dtype = np.dtype(source.dtypes[0])
    cells = source.width * source.height
    if dtype.itemsize == 1 and dtype.kind in "ui":
        raise only_a_picture(path.name)
    if source.count >= 3 and dtype.kind == "u" and _is_coloured(source):
        raise only_a_picture(path.name)
    if dtype.kind not in "uif" or (dtype.kind != "f" and dtype.itemsize > 4):
        raise NoTemperaturesError(
            "other",
            tr("{file} holds numbers of the kind {dtype}").format(file=path.name, dtype=dtype),
            hint=tr("Export temperatures as a float32 TIFF."),
        )
    if cells > MOST_CELLS:
        raise NoTemperaturesError(
            "other",
            tr("{file} has {n} million cells: it is a mosaic, not a frame").format(
                file=path.name, n=cells // 10**6
            ),
            hint=tr("Add it to a project as a layer."),
        )
    if cells * dtype.itemsize > path.stat().st_size * _MOST_GROWTH:
        raise damaged(path.name, tr("it claims to hold far more than its size"))


def _is_coloured(source: Any) -> bool:
    names = {c.name for c in source.colorinterp}
    return {"red", "green", "blue"} <= names


def _read(source: Any) -> _Numbers:
    band = source.read(1)
    flags = [f.name for f in source.mask_flag_enums[0]]
    declared = source.nodatavals[0]
    nothing: npt.NDArray[np.bool_] | None = None
    notes: list[str] = []
    if declared is not None:
        nothing = np.isnan(band) if np.isnan(declared) else band == declared
        if declared == 0 and band.dtype.kind == "f" and nothing.any():
            notes.append(tr("0 is declared as no data: where it was really 0 °C there is a hole."))
    elif alpha := _alpha(source):  # the library knows transparency of whole numbers only
        nothing = source.read(alpha) == 0
    elif "all_valid" not in flags:
        nothing = source.read_masks(1) == 0
    else:
        found = _collar(band)
        if found is not None:
            nothing = band == found
            notes.append(
                tr("{value:g} is taken for no data, though the file does not say so.").format(
                    value=found
                )
            )
    tags = {k.lower(): v for k, v in {**source.tags(), **source.tags(1)}.items()}
    unit = source.units[0] or tags.get("gisapp_unit") or tags.get("unit") or tags.get("units")
    return _Numbers(band, nothing, unit or "", source.scales[0], source.offsets[0], tuple(notes))


def _alpha(source: Any) -> int:
    """The number of the band that says where something is; 0 for none."""
    names = [c.name for c in source.colorinterp]
    return names.index("alpha") + 1 if "alpha" in names[1:] else 0


def _collar(band: npt.NDArray[Any]) -> float | None:
    edge = np.concatenate([band[0], band[-1], band[:, 0], band[:, -1]])
    sample = band.ravel()[:: max(1, band.size // 400_000)]
    return unsaid_nothing(sample, edge)


def _as_counts(
    band: npt.NDArray[Any], nothing: npt.NDArray[np.bool_] | None
) -> tuple[Counts, int, int | None]:
    """Whole numbers as counts from 0, what was added to them, and the count of no data."""
    whole = band.astype(np.int64)
    there = whole if nothing is None else whole[~nothing]
    low, high = (int(there.min()), int(there.max())) if there.size else (0, 0)
    if high - low >= COUNTS - 1:
        raise ParameterError(tr("The numbers span more than 16 bits"))
    shift = -low if (low < 0 or high > COUNTS - 2) else 0
    counts = np.clip(whole + shift, 0, COUNTS - 1).astype(np.uint16)
    if nothing is None or not nothing.any():
        return counts, shift, None
    free = COUNTS - 1 if high + shift < COUNTS - 1 else 0
    counts[nothing] = free
    return counts, shift, free
