"""Which bands of a raster are values, colours and transparency, and in what unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gisapp.model.errors import ReadError
from gisapp.model.text import tr

Image = npt.NDArray[np.uint8]  # height x width x RGBA, colour already multiplied by alpha
TAGS = ("gisapp_unit", "unit", "units")
UNITS = {"degc": "°C", "celsius": "°C", "c": "°C", "°c": "°C", "metre": "m", "meter": "m"}


@dataclass(frozen=True, slots=True)
class Bands:
    """What to read: one band of values, or bands of colour, and where transparency is."""

    indexes: tuple[int, ...]
    alpha: int | None
    picture: bool
    palette: Mapping[int, tuple[int, int, int, int]] | None


def choose_bands(source: Any, wanted: str) -> Bands:
    names = [c.name for c in source.colorinterp]
    alpha = names.index("alpha") + 1 if "alpha" in names else None
    if wanted:
        if not (wanted.isdecimal() and 1 <= int(wanted) <= source.count):
            raise ReadError(
                tr("{file} has no band {band}").format(file=Path(source.name).name, band=wanted),
                hint=tr("It has {n} bands.").format(n=source.count),
            )
        return Bands((int(wanted),), alpha, False, None)
    if names[0] == "palette" and source.dtypes[0] in ("uint8", "uint16"):
        return Bands((1,), None, True, source.colormap(1))
    colours = all(c in names for c in ("red", "green", "blue"))
    if colours and source.dtypes[0] in ("uint8", "uint16"):
        rgb = tuple(names.index(c) + 1 for c in ("red", "green", "blue"))
        return Bands(rgb, alpha, True, None)
    return Bands((1,), alpha if alpha != 1 else None, False, None)


def unit_of(source: Any, band: int) -> str:
    tags = {k.lower(): v for k, v in {**source.tags(), **source.tags(band)}.items()}
    text = source.units[band - 1] or tags.get("unit") or tags.get("units")
    text = str(text or tags.get("gisapp_unit") or "")
    return UNITS.get(text.strip().lower(), text.strip())


def multiply_alpha(rgba: Image) -> None:
    """In place: colours of pixels that can be seen through become darker by as much."""
    clear = rgba[..., 3] < 255
    if clear.any():
        share = rgba[clear][:, 3:].astype(np.uint16)
        rgba[clear, :3] = (rgba[clear][:, :3] * share + 127) // 255


def eight_bit(raw: npt.NDArray[Any], low: float, high: float) -> npt.NDArray[np.uint8]:
    """16-bit colour stretched between two values."""
    return np.clip((raw - low) * (255 / max(high - low, 1e-9)), 0, 255).astype(np.uint8)
