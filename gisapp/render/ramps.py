"""Colours for values. Inferno to cividis and the greys rise evenly in lightness: they survive grey
print and are told apart by colour-blind eyes. Iron, rainbow and arctic are what thermal cameras
show, in tables of our own.

inferno, magma, plasma and viridis are by S. van der Walt, N. Smith and E. Firing, cividis by
J. Nunez, C. Anderton and R. Renslow (all CC0); cividis looks the same to colour-blind eyes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from gisapp.render.canvas import Image
from gisapp.render.compiled import kernels

_STOPS: dict[str, str] = {
    "inferno": (
        "000004 040312 0b0724 150b37 210c4a 2f0a5b 3d0965 4a0c6b 57106e 64156e 71196e "
        "7d1e6d 8a226a 972766 a32c61 b0315b bc3754 c63d4d d04545 da4e3c e35933 eb6429 "
        "f1711f f67e14 f98c0a fb9b06 fcaa0f fbba1f f9c932 f5d949 f2e865 f3f586 fcffa4"
    ),
    "magma": (
        "000004 030312 0a0822 130d34 1d1147 29115a 36106b 440f76 51127c 5d177f 6a1c81 "
        "762181 832681 902a81 9c2e7f aa337d b73779 c23b75 cf4070 db476a e55064 ee5b5e "
        "f4695c f9785d fb8761 fd9668 fea571 feb47b fec287 fed194 fde0a1 fceeb0 fcfdbf"
    ),
    "plasma": (
        "0d0887 220690 310597 3f049c 4c02a1 5901a5 6600a7 7201a8 7e03a8 8a09a5 9511a1 "
        "a01a9c aa2395 b32c8e bc3587 c43e7f cc4778 d24f71 d9586a df6263 e56b5d eb7556 "
        "f07f4f f48948 f89441 fb9f3a fdab33 feb72d fdc328 fcd025 f9dd25 f5eb27 f0f921"
    ),
    "viridis": (
        "440154 470d60 48186a 482374 472d7b 453781 424086 3e4989 3b528b 375b8d 33638d "
        "2f6b8e 2c728e 297a8e 26828e 23898e 21918c 1f978b 1f9f88 21a685 27ad81 31b57b "
        "3dbc74 4cc26c 5cc863 6ece58 81d34d 95d840 aadc32 c0df25 d5e21a eae51a fde725"
    ),
    "cividis": (
        "00204d 00265a 002c69 00306f 06366e 1f3c6d 2d426c 38486b 414d6b 4a536b 52596c "
        "595f6d 61646f 686a71 6f7073 767676 7d7c78 848179 8b8779 938e78 9b9477 a39a76 "
        "aca174 b4a872 bcaf6f c5b56c cebc68 d7c463 e0cb5e e9d358 f2da50 fbe248 ffea46"
    ),
    "gray": "000000 ffffff",  # white hot
    "gray_inverted": "ffffff 000000",  # black hot
    "iron": (
        "000014 120050 2c0070 4c0082 6c0090 8b0294 a50a90 bc1984 ce2c6c dc3f4c e8541f "
        "f06a08 f68203 fb9b04 ffb511 ffcd2c ffe34f fff37c fffbb4 fffff0"
    ),
    "rainbow": (
        "12063b 1c1278 1f2fb0 1a5ad0 1288d8 12b2c4 1fc992 45d45c 86d935 c3d522 ecc41c fba31c "
        "fb7a1f f04a22 d8242a b00d3a"
    ),
    "arctic": (
        "050a2e 0a1a52 0c2f7a 0f489c 1a62b8 2f7bc8 5391c9 7da2b8 a5ab8c c4b05a d9b83e e8c548 "
        "f2d468 fae49a fff5d2"
    ),
    "blue_red": (  # for differences: grey where there is none
        "16337a 244f9e 3f73ba 6b98d1 9dbde3 cbdcee f2f2f0 f6dccb f0b794 e48b62 d05c3f ad3229 7d1420"
    ),
}

RAMPS: tuple[str, ...] = tuple(_STOPS)
_COLOURS = 1024  # steps; more than 8-bit colours can show
_FINER = 16  # times, of a table with isotherms: their edges are seen
_MOST_COLOURS = 65_536  # of a table that also holds isotherms far away


@lru_cache(maxsize=32)
def ramp(name: str) -> npt.NDArray[np.uint8]:
    """1024 x RGBA, lowest value first. An unknown name gives the default, inferno."""
    stops = _STOPS.get(name, _STOPS["inferno"]).split()
    given = np.array([[int(stop[i : i + 2], 16) for i in (0, 2, 4)] for stop in stops], float)
    at = np.linspace(0, 1, len(given))
    wanted = np.linspace(0, 1, _COLOURS)
    table = np.full((_COLOURS + 1, 4), 255, np.uint8)
    for band in range(3):
        table[:-1, band] = np.round(np.interp(wanted, at, given[:, band]))
    table[-1] = 0  # no data
    table.flags.writeable = False
    return table


@dataclass(frozen=True, eq=False)
class Lookup:
    """Colours of values from `low` to `high`, evenly spaced; lower and higher values get those of
    the ends. The last entry of `table` (RGBA as uint32) is for no data."""

    low: float
    high: float
    table: npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Isotherm:
    """Values from `start` to below `stop` (either may be infinite) in one colour, RGBA with the
    colour multiplied by its alpha; later ones win over earlier ones."""

    start: float
    stop: float
    colour: tuple[int, int, int, int]


@lru_cache(maxsize=64)
def lookup(name: str, low: float, high: float, isotherms: tuple[Isotherm, ...] = ()) -> Lookup:
    """A ramp between two values (high below low turns it round), with isotherms laid over it."""
    colours = ramp(name)
    none = colours[-1:]
    bottom, top = min(low, high), max(low, high)
    span = top - bottom or 1.0
    top = bottom + span
    if not isotherms:
        table = colours if low <= high else np.concatenate([colours[-2::-1], none])
        return Lookup(bottom, top, table.view(np.uint32)[:, 0].copy())
    step = span / (_COLOURS - 1) / _FINER
    ends = [v for band in isotherms for v in (band.start, band.stop) if np.isfinite(v)]
    first, last = min([bottom, *ends]) - step, max([top, *ends]) + step
    count = int(min(_MOST_COLOURS, np.ceil((last - first) / step) + 1))
    values = np.linspace(first, last, count)
    share = np.clip((values - low) / ((high - low) or 1.0), 0, 1)
    table = colours[np.round(share * (_COLOURS - 1)).astype(int)]
    half = (last - first) / (count - 1) / 2  # a value is given the colour of the nearest entry
    for band in isotherms:
        table[(values + half >= band.start) & (values + half < band.stop)] = band.colour
    table = np.concatenate([table, none])
    return Lookup(first, last, np.ascontiguousarray(table).view(np.uint32)[:, 0].copy())


def coloured(values: npt.NDArray[np.float32], name: str, low: float, high: float) -> Image:
    """Values (height x width) as colours between two values; NaN is transparent.

    Lower and higher values get the colours of the ends.
    """
    return coloured_by(values, lookup(name, low, high))


def coloured_by(values: npt.NDArray[np.float32], colours: Lookup) -> Image:
    """Values (height x width) as colours, in one pass; NaN is transparent."""
    table, loops = colours.table, kernels()
    last = len(table) - 2
    scale = np.float32(last / (colours.high - colours.low))
    if loops is not None:
        made = np.empty((*values.shape, 4), np.uint8)
        known = np.ascontiguousarray(values, np.float32)
        loops.colour(known, np.float32(colours.low), scale, table, made.view(np.uint32)[:, :, 0])
        return made
    level = (values - np.float32(colours.low)) * scale
    np.clip(level, 0, last, out=level)
    level[np.isnan(values)] = last + 1
    index = (level + np.float32(0.5)).astype(np.int32)
    picture: Image = table.take(index).view(np.uint8).reshape(*values.shape, 4)
    return picture
