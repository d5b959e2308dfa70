"""One find at full resolution: its outline, area, sum of contrasts, direction, and profile."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine

from .detection import Spot
from .pixels import Grid, Pixels, WaterMask, quiet_about_places

SHARE = 0.3  # of the peak: what belongs to the plume
MARGIN_M = 12.0  # around it in the cut-out
SMOOTH_M = 0.25
MOST_PROFILE = 60  # points
BEYOND = 1.3  # lengths of the plume: the end of its profile
SURE = 0.25  # cosine from which a plume says where downstream is
Bank = str  # left, right, unknown
SIDES = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


@dataclass(frozen=True, eq=False)
class Plume:
    """x, y: the source, in the system of the pixels. bearing: degrees from the grid's north.

    sigma_m2c: sum of contrast times area. bank: left or right, looking the way the plume goes;
    towards: where the bank lies, one of eight. profile: metres from the source and °C above the
    water around. outline: shapely, in the same system. row, column: of the first pixel of `inside`.
    source: its pixel.
    """

    x: float
    y: float
    area_m2: float
    sigma_m2c: float
    length_m: float
    bearing: float
    bank: Bank
    towards: str
    profile: tuple[tuple[float, float], ...]
    outline: Any
    row: int
    column: int
    inside: npt.NDArray[np.bool_]
    source: tuple[int, int]


@dataclass(frozen=True, eq=False)
class CutOut:
    """The pixels around a plume. known: water with a temperature; source: row and column."""

    celsius: Grid
    inside: npt.NDArray[np.bool_]
    known: npt.NDArray[np.bool_]
    source: tuple[int, int]


def plume_of(pixels: Pixels, water: WaterMask, spot: Spot, side: int) -> Plume:
    """Measure a find on its pixels. side: pixels along one side of a block."""
    from scipy import ndimage

    pixel = pixels.pixel_m
    window = _around(pixels, spot, side)
    top, left = window[:2]
    known, celsius = _known(pixels, water, window)
    near, level = _over_window(spot, side, window)
    contrast = np.where(known, celsius - level, 0.0).astype(np.float32) * spot.sign
    sigma = SMOOTH_M / pixel
    weight = ndimage.gaussian_filter(known.astype(np.float32), sigma)
    smooth = ndimage.gaussian_filter(contrast, sigma) / np.maximum(weight, 1e-3)
    peak = abs(spot.contrast_c)
    body = known & near & (smooth >= SHARE * peak)
    source = (int((spot.row + 0.5) * side) - top, int((spot.column + 0.5) * side) - left)
    inside = _part_at(body, source)
    cell = pixel * pixel
    reach, bearing, into = _direction(spot, contrast, inside, source, pixels.to_map)
    x, y = pixels.to_map * (left + source[1] + 0.5, top + source[0] + 0.5)
    bank, towards = _bank(spot, into, bearing, pixels.to_map)
    return Plume(
        x=x,
        y=y,
        area_m2=float(inside.sum()) * cell,
        sigma_m2c=float(contrast[inside].sum()) * cell * spot.sign,
        length_m=reach * pixel,
        bearing=bearing,
        bank=bank,
        towards=towards,
        profile=_profile(smooth * spot.sign, known, source, into, reach, pixel),
        outline=_outline(inside, top, left, pixels.to_map),
        row=top,
        column=left,
        inside=inside,
        source=(top + source[0], left + source[1]),
    )


def cut_out(pixels: Pixels, water: WaterMask, plume: Plume) -> CutOut:
    """What a picture of a plume shows: it and the place around it."""
    margin = int(MARGIN_M / pixels.pixel_m)
    rows, columns = plume.inside.shape
    top, left = max(0, plume.row - margin), max(0, plume.column - margin)
    bottom = min(pixels.rows, plume.row + rows + margin)
    right = min(pixels.columns, plume.column + columns + margin)
    window = (top, left, bottom - top, right - left)
    known, celsius = _known(pixels, water, window)
    inside = np.zeros(celsius.shape, np.bool_)
    row, column = plume.row - top, plume.column - left
    inside[row : row + rows, column : column + columns] = plume.inside
    return CutOut(celsius, inside, known, (plume.source[0] - top, plume.source[1] - left))


def _around(pixels: Pixels, spot: Spot, side: int) -> tuple[int, int, int, int]:
    """Row, column, rows and columns of what a spot, its smoothing and its profile need."""
    rows, columns = np.nonzero(spot.inside)
    first = np.array([rows.min() + spot.first_row - 1, columns.min() + spot.first_column - 1])
    last = np.array([rows.max() + spot.first_row + 2, columns.max() + spot.first_column + 2])
    sides = (last - first) * side
    more = 4 * SMOOTH_M / pixels.pixel_m + 2
    margin = int(min((BEYOND - 1) * math.hypot(*sides), MARGIN_M / pixels.pixel_m) + more)
    top, left = (int(n) for n in np.maximum(0, first * side - margin))
    bottom = min(pixels.rows, int(last[0]) * side + margin)
    right = min(pixels.columns, int(last[1]) * side + margin)
    return top, left, bottom - top, right - left


def _known(
    pixels: Pixels, water: WaterMask, window: tuple[int, int, int, int]
) -> tuple[npt.NDArray[np.bool_], Grid]:
    """Where the pixels of a window are water with a temperature, and their temperatures."""
    celsius = np.array(pixels.read(*window), np.float32)
    wet = water.window(*window)
    return np.isfinite(celsius) & (wet > 0 if wet is not None else False), celsius


def _over_window(
    spot: Spot, side: int, window: tuple[int, int, int, int]
) -> tuple[npt.NDArray[np.bool_], Grid]:
    """The spot (a block wider) and the water around it, for each pixel of the window."""
    from scipy import ndimage

    top, left, rows, columns = window
    row = np.clip((np.arange(rows) + top) // side - spot.first_row, 0, spot.inside.shape[0] - 1)
    column = (np.arange(columns) + left) // side - spot.first_column
    column = np.clip(column, 0, spot.inside.shape[1] - 1)
    wide = ndimage.binary_dilation(spot.inside, np.ones((3, 3), bool))
    here = np.ix_(row, column)
    return wide[here], spot.level[here]


def _part_at(body: npt.NDArray[np.bool_], source: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """The connected part nearest to the source; the pixel of the source where there is none."""
    from scipy import ndimage

    labels, count = ndimage.label(body, np.ones((3, 3), np.int8))
    out = np.zeros(body.shape, np.bool_)
    if count == 0:
        out[source] = True
        return out
    rows, columns = np.nonzero(labels)
    nearest = np.hypot(rows - source[0], columns - source[1]).argmin()
    out[labels == labels[rows[nearest], columns[nearest]]] = True
    return out


def _direction(
    spot: Spot, contrast: Grid, inside: npt.NDArray[np.bool_], source: tuple[int, int],
    to_map: Affine,
) -> tuple[float, float, tuple[float, float]]:  # fmt: skip
    """Pixels it reaches from the source, bearing, and the way it goes as (row, column)."""
    rows, columns = np.nonzero(inside)
    weight = np.maximum(contrast[inside], 1e-3)
    away_row = float(np.average(rows - source[0], weights=weight))
    away_column = float(np.average(columns - source[1], weights=weight))
    size = math.hypot(away_row, away_column)
    if size < 1e-6:
        return float(max(1.0, np.hypot(rows - source[0], columns - source[1]).max())), 0.0, (0, 0)
    into = (away_row / size, away_column / size)
    reach = (rows - source[0]) * into[0] + (columns - source[1]) * into[1]
    east = to_map.a * into[1] + to_map.b * into[0]
    north = to_map.d * into[1] + to_map.e * into[0]
    bearing = math.degrees(math.atan2(east, north)) % 360
    return float(max(1.0, np.percentile(reach, 98))), bearing, into


def _bank(
    spot: Spot, into: tuple[float, float], bearing: float, to_map: Affine
) -> tuple[Bank, str]:
    """On which bank, if the plume goes along it, and where that bank lies."""
    row, column = spot.row - spot.first_row, spot.column - spot.first_column
    down, across = (
        float(part)
        for part in (_slope(spot.bank_m, row, column, 0), _slope(spot.bank_m, row, column, 1))
    )
    size = math.hypot(down, across)
    if size < 1e-6:
        return "unknown", ""
    down, across = down / size, across / size  # from the bank into the water
    east = -(to_map.a * across + to_map.b * down)
    north = -(to_map.d * across + to_map.e * down)
    towards = SIDES[round(math.degrees(math.atan2(east, north)) / 45) % 8]
    along = math.hypot(*into) and math.sqrt(max(0.0, 1 - (into[0] * down + into[1] * across) ** 2))
    if along < SURE:
        return "unknown", towards
    angle = (math.degrees(math.atan2(east, north)) - bearing) % 360
    return ("right" if angle < 180 else "left"), towards


def _slope(values: Grid, row: int, column: int, axis: int) -> float:
    """Change over five blocks around a place."""
    at = row if axis == 0 else column
    low, high = max(0, at - 2), min(values.shape[axis] - 1, at + 2)
    ends = ((low, column), (high, column)) if axis == 0 else ((row, low), (row, high))
    return float(values[ends[1]] - values[ends[0]])


def _profile(
    contrast: Grid, known: npt.NDArray[np.bool_], source: tuple[int, int],
    into: tuple[float, float], reach: float, pixel: float,
) -> tuple[tuple[float, float], ...]:  # fmt: skip
    """From a little before the source to a little beyond the end; places without data left out."""
    out = []
    for at in np.linspace(-0.2 * reach, BEYOND * reach, MOST_PROFILE):
        row, column = round(source[0] + at * into[0]), round(source[1] + at * into[1])
        if 0 <= row < known.shape[0] and 0 <= column < known.shape[1] and known[row, column]:
            out.append((round(float(at) * pixel, 2), round(float(contrast[row, column]), 3)))
    return tuple(out)


def _outline(inside: npt.NDArray[np.bool_], top: int, left: int, to_map: Affine) -> Any:
    """The border of the pixels, as an area on the map."""
    from rasterio.features import shapes

    quiet_about_places()
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    cut = inside[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    place = to_map * Affine.translation(left + int(columns[0]), top + int(rows[0]))
    parts = []
    for part, _ in shapes(cut.view(np.uint8), mask=cut, connectivity=4, transform=place):
        shell, *holes = (shapely.linearrings(np.array(ring)) for ring in part["coordinates"])
        parts.append(shapely.polygons(shell, holes or None))
    return shapely.union_all(parts) if len(parts) > 1 else parts[0]
