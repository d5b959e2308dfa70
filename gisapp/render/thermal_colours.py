"""The colours of a layer of values as its style says: palette, limits, isotherms, correction."""

from __future__ import annotations

import math

from gisapp.model.style import Correction, ThermalStyle
from gisapp.model.style import Isotherm as Band
from gisapp.model.text import tr
from gisapp.render.colours import packed, rgba
from gisapp.render.ramps import RAMPS, Isotherm, Lookup, lookup, ramp

# First what is safe for colour-blind eyes and grey print, then what cameras show, then the rest.
PALETTES: tuple[str, ...] = (
    "inferno",
    "cividis",
    "gray",
    "gray_inverted",
    "iron",
    "rainbow",
    "arctic",
    "blue_red",
    "magma",
    "plasma",
    "viridis",
)
assert set(PALETTES) == set(RAMPS)


def palette_title(name: str) -> str:
    """As people who use thermal cameras call it."""
    known = {
        "inferno": tr("Inferno"),
        "cividis": tr("Cividis"),
        "gray": tr("White hot"),
        "gray_inverted": tr("Black hot"),
        "iron": tr("Ironbow"),
        "rainbow": tr("Rainbow"),
        "arctic": tr("Arctic"),
        "blue_red": tr("Blue and red (differences)"),
        "magma": tr("Magma"),
        "plasma": tr("Plasma"),
        "viridis": tr("Viridis"),
    }
    return known.get(name, name)


def lookup_of(style: ThermalStyle) -> Lookup:
    """One table that takes the values of the file to colours, correction and isotherms included:
    nothing but the look-up has to be done for each pixel."""
    ends = (style.high, style.low) if style.inverted else (style.low, style.high)
    made = lookup(style.ramp, *ends, tuple(_isotherm(band) for band in style.isotherms))
    correction = style.correction
    low, high = correction.before(made.low), correction.before(made.high)
    return Lookup(low, high, made.table)


def _isotherm(band: Band) -> Isotherm:
    start = -math.inf if band.start is None else band.start
    stop = math.inf if band.stop is None else band.stop
    colour = packed(band.color)
    parts = tuple(colour >> shift & 255 for shift in (0, 8, 16, 24))
    return Isotherm(start, stop, (parts[0], parts[1], parts[2], parts[3]))


def stops_of(style: ThermalStyle, steps: int = 9, *, isotherms: bool = False) -> list[str]:
    """#RRGGBB from the lowest to the highest value, evenly spaced, for a bar of colours."""
    if isotherms and style.isotherms:
        return [_shown(style, n / (steps - 1)) for n in range(steps)]
    colours = ramp(style.ramp)
    last = len(colours) - 2  # the very last entry is "no data"
    picked = [colours[round(n * last / (steps - 1))] for n in range(steps)]
    listed = [f"#{int(r):02x}{int(g):02x}{int(b):02x}" for r, g, b, *_ in picked]
    return listed[::-1] if style.inverted else listed


def _shown(style: ThermalStyle, share: float) -> str:
    """The colour at a share of the way from low to high, isotherms over it."""
    value = style.low + share * (style.high - style.low)
    for band in reversed(style.isotherms):
        above = band.start is None or value >= band.start
        if above and (band.stop is None or value < band.stop):
            red, green, blue, _ = rgba(band.color)
            return f"#{red:02x}{green:02x}{blue:02x}"
    colours = ramp(style.ramp)
    at = 1 - share if style.inverted else share
    r, g, b = (int(part) for part in colours[round(at * (len(colours) - 2))][:3])
    return f"#{r:02x}{g:02x}{b:02x}"


def correction_words(correction: Correction, unit: str = "°C") -> str:
    """`T = 1.02 T − 0.80 °C · 5 readings, RMSE 0.31`; empty when nothing is corrected."""
    if (correction.gain, correction.offset) == (1.0, 0.0):
        return ""
    sign = "−" if correction.offset < 0 else "+"
    gain = "" if correction.gain == 1.0 else f"{correction.gain:.4g} × "
    words = f"T = {gain}T {sign} {abs(correction.offset):.2f} {unit}".rstrip()
    if correction.readings and correction.rmse is not None:
        words += " · " + tr("{n} readings, RMSE {rmse:.2f}").format(
            n=correction.readings, rmse=correction.rmse
        )
    return words
