"""Which lines of a dense river network are drawn at a scale: the large ones first.

Without it, hundreds of thousands of reaches seen from afar are one mass of colour. Lines whose
width follows a value are left out from the smallest on, as far as needed so that the ink of the
layer stays below a share of the ground it lies on. Closer, all of them are there.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gisapp.model.features import FeatureSet, Shapes
from gisapp.model.style import LineStyle
from gisapp.render.camera import Camera
from gisapp.render.columns import kept_with, reals
from gisapp.render.line_lengths import line_lengths
from gisapp.render.looks import line_widths

INK = 0.11  # pixels of lines on a pixel of ground, on the whole
FEW = 200  # lines; fewer are always drawn
WHOLE = 2.0**52  # below it whole numbers are exact
CLOSE = 1000  # whole numbers no farther from each other are counted, not sorted
EVERY = slice(None)  # feature

Numbers = npt.NDArray[np.float64]


class _Ranked(NamedTuple):
    """`least[i]`: drawn are all lines of so much or more, if there is room for `ink[i]`."""

    values: Numbers  # of each feature
    least: Numbers  # falling
    ink: Numbers  # rising: pixels on a pixel at one map unit a pixel, for lines 1 px wide at most


def shown_widths(
    style: LineStyle, data: FeatureSet, camera: Camera, rows: Any = EVERY
) -> Numbers | None:
    """As `line_widths`, of some of the features (all of them unless their numbers are given), and 0
    for what is left out at the scale. The same for all squares of it."""
    shares = line_widths(style, data)
    if shares is None:
        return None
    some: Numbers = shares[rows]
    if len(data) < FEW:
        return some
    shapes = data.shapes_in(camera.crs)
    ranked: _Ranked = kept_with(
        shares, camera.crs, lambda: _ranked(style, data, shapes, shares, camera.crs)
    )
    if not len(ranked.ink):
        return some
    full = max(style.width * camera.pixel_ratio, 1.0)
    room = INK / (full * camera.resolution)
    last = int(np.searchsorted(ranked.ink, room, "right"))
    if last >= len(ranked.ink):
        return some
    return np.where(ranked.values[rows] >= ranked.least[max(last - 1, 0)], some, 0.0)


def _ranked(
    style: LineStyle, data: FeatureSet, shapes: Shapes, shares: Numbers, crs: str
) -> _Ranked:
    values, extent = reals(data, style.width_by), shapes.extent
    if values is None or extent is None or shapes.kind != "line":
        return _Ranked(np.empty(0), np.empty(0), np.empty(0))
    ground = extent.width * extent.height
    values = np.nan_to_num(np.asarray(values, np.float64))
    falling, covered = _summed(values, _lengths(data, shapes, crs) * shares)
    return _Ranked(values, falling, np.cumsum(covered) / (ground or np.inf))


def _lengths(data: FeatureSet, shapes: Shapes, crs: str) -> Numbers:
    """Of each feature, as it was prepared; else from all its coordinates."""
    detail = data.detail_in(crs)
    known = None if detail is None or "beside" in detail.arrays else detail.arrays.get("lengths")
    if known is None:
        return line_lengths(shapes, len(data))
    return np.pad(known, (0, len(data) - len(known)))  # the last ones may be nowhere


def _summed(values: Numbers, amounts: Numbers) -> tuple[Numbers, Numbers]:
    """The different values, falling, and the sum of the amounts of each."""
    low, high = values.min(), values.max()
    whole = max(-low, high) < WHOLE and np.array_equal(values, np.rint(values))
    if whole and high - low < CLOSE:  # orders of rivers
        places = (high - values).astype(np.intp)
        there = np.flatnonzero(np.bincount(places))
        sums = np.asarray(np.bincount(places, amounts), np.float64)
        return high - there, sums[there]
    order = np.argsort(-values, kind="stable")
    falling = values[order]
    ends = np.flatnonzero(np.diff(falling, append=-np.inf))  # the last of those that are equal
    return falling[ends], np.diff(np.cumsum(amounts[order])[ends], prepend=0.0)
