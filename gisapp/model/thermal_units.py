"""In which unit a raster holds temperatures: proposed from its numbers, with the reason.

Nothing is assumed: a proposal is shown with what else fits, and a person or the file decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.model.text import N_, tr
from gisapp.model.thermal_image import ZERO_C

USUAL_C = (-40.0, 80.0)  # where the middle of a picture taken outdoors lies
_MOST_SPAN_C = 250.0  # between its 2nd and 98th percentile
COLLARS = (-10_000.0, -32_767.0, -32_768.0, -9_999.0, 0.0, 256.0, 65_535.0)
_SHARE = 0.002  # of the cells: fewer are no collar
_SAME = 1e-6


@dataclass(frozen=True, slots=True)
class ThermalUnit:
    """°C = number x scale + offset. kinds: numpy's letters for floats, signed and unsigned."""

    id: str
    title: str  # English; translated when shown
    scale: float
    offset: float
    kinds: str
    used_by: str

    @property
    def caption(self) -> str:
        return tr(self.title)

    def celsius(self, number: float) -> float:
        return number * self.scale + self.offset

    def after(self, scale: float, offset: float) -> tuple[float, float]:
        """Scale and offset to °C of numbers that have a scale and an offset of their own."""
        return self.scale * scale, self.offset + self.scale * offset


# In this order where several fit: the more usual first.
UNITS: Mapping[str, ThermalUnit] = {
    unit.id: unit
    for unit in (
        ThermalUnit("degC", "°C", 1.0, 0.0, "f", "DJI Thermal-Tools, ODM, Pix4D"),
        ThermalUnit("K", "K", 1.0, -ZERO_C, "f", "Metashape"),
        ThermalUnit("cK", "0.01 K", 0.01, -ZERO_C, "u", "MicaSense Altum, Sentera 6X, H20T"),
        ThermalUnit("0.04K", "0.04 K", 0.04, -ZERO_C, "u", "FLIR Duo Pro R, XT2, Vue Pro R"),
        ThermalUnit("dK", "0.1 K", 0.1, -ZERO_C, "u", "Autel 640T"),
        ThermalUnit("0.4K", "0.4 K", 0.4, -ZERO_C, "u", "FLIR, low gain"),
        ThermalUnit("thermoMAP", N_("0.01 °C from -100 °C"), 0.01, -100.0, "u", "senseFly"),
        ThermalUnit("0.1degC", "0.1 °C", 0.1, 0.0, "i", "DJI measure"),
        ThermalUnit("0.01degC", "0.01 °C", 0.01, 0.0, "i", "DJI Terra"),
    )
}
_DECLARED = {
    "degc": "degC",
    "°c": "degC",
    "c": "degC",
    "celsius": "degC",
    "k": "K",
    "kelvin": "K",
    "ck": "cK",
    "centikelvin": "cK",
    "dk": "dK",
    "decikelvin": "dK",
}


@dataclass(frozen=True, slots=True)
class UnitProposal:
    """reason: which numbers speak for it. others: what fits too, the likelier first."""

    unit: ThermalUnit
    reason: str
    others: tuple[ThermalUnit, ...] = ()


def declared_unit(text: str) -> ThermalUnit | None:
    """The unit a file names in its own words; None for none or another."""
    found = _DECLARED.get(text.strip().lower())
    return UNITS[found] if found else None


def propose_unit(numbers: npt.NDArray[Any]) -> UnitProposal | None:
    """From a sample of the file's own numbers (without its no-data); None when none fits.

    A unit fits when the middle of the picture is between -40 and 80 °C in it.
    """
    known = numbers[np.isfinite(numbers)] if numbers.dtype.kind == "f" else numbers.ravel()
    if not known.size or numbers.dtype.itemsize == 1:
        return None
    low, middle, high = (float(v) for v in np.percentile(known, (2, 50, 98)))
    fitting = [unit for unit in UNITS.values() if _fits(unit, known, low, middle, high)]
    if not fitting:
        return None
    first = fitting[0]
    reason = tr(
        "{dtype} with a median of {middle:g}: in steps of {unit} that is {celsius:.1f} °C "
        "(from {low:.1f} to {high:.1f} °C)"
    ).format(
        dtype=known.dtype,
        middle=middle,
        unit=first.caption,
        celsius=first.celsius(middle),
        low=first.celsius(low),
        high=first.celsius(high),
    )
    return UnitProposal(first, reason, tuple(fitting[1:]))


def _fits(
    unit: ThermalUnit, known: npt.NDArray[Any], low: float, middle: float, high: float
) -> bool:
    if known.dtype.kind not in unit.kinds:
        return False
    if known.dtype.kind == "f":
        at_home = USUAL_C[0] <= unit.celsius(middle) <= USUAL_C[1]
    else:  # numbers of 16 bits hide several units: the middle decides, and the span
        at_home = USUAL_C[0] - 5 <= unit.celsius(middle) <= USUAL_C[1] - 20
    return at_home and (high - low) * unit.scale <= _MOST_SPAN_C


def unsaid_nothing(
    numbers: npt.NDArray[Any], edge: npt.NDArray[Any], wanted: Sequence[float] = COLLARS
) -> float | None:
    """A number that stands for no data without the file saying so; None when there is none.

    numbers: a sample. edge: the cells along the border, where mosaics have their collar. It must
    be one of the usual ones, often there, and far from everything else.
    """
    for number in wanted:
        if numbers.dtype.kind == "u" and number < 0:
            continue
        here = numbers == number
        share, rim = float(here.mean()), float((edge == number).mean()) if edge.size else 0.0
        if share < _SHARE or (share < 1 and rim < 0.01 and number >= 0):
            continue
        rest = numbers[~here & np.isfinite(numbers)]
        if rest.size and _is_apart(number, rest):
            return number
    return None


def _is_apart(number: float, rest: npt.NDArray[Any]) -> bool:
    """Further from the rest than most of the rest is wide."""
    low, high = (float(v) for v in np.percentile(rest, (1, 99)))
    gap = max(low - number, number - high)
    return gap > max(0.25 * (high - low), _SAME)


def chosen_unit(options: Mapping[str, str]) -> ThermalUnit | None:
    """The unit that a layer's numbers were said to be in (option thermal_unit)."""
    return UNITS.get(options.get("thermal_unit", ""))


def chosen_nodata(options: Mapping[str, str], declared: float | None) -> float | None:
    """The number that was said to mean nothing (option nodata), else the file's own."""
    try:
        return float(options["nodata"])
    except (KeyError, ValueError):
        return declared


def chosen_words(options: Mapping[str, str]) -> str:
    """Tells apart what is kept of one file read with different choices; empty for none."""
    names = ("thermal_unit", "nodata")
    return "".join(f" {name} {options[name]}" for name in names if options.get(name))
