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
from .pixels import Grid, Pixels, WaterMask

SHARE = 0.3  # of the peak: what belongs to the plume
MARGIN_M = 12.0  # around it in the cut-out
SMOOTH_M = 0.25
MOST_PROFILE = 60  # points
SURE = 0.25  # cosine from which a plume says where downstream is
Bank = str  # left, right, unknown
SIDES = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


@dataclass(frozen=True, eq=False)
class Plume:
    """x, y: the source, in the system of the pixels. bearing: degrees from the grid's north.

    sigma_m2c: sum of contrast times area. bank: left or right, looking the way the plume goes;
    towards: where the bank lies, one of eight. profile: metres from the source and °C above the
    water around. outline: shapely, in the same system. window: row, column, rows, columns of the
    cut-out; celsius, inside and known: its pixels.
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
    window: tuple[int, int, int, int]
    celsius: Grid
    inside: npt.NDArray[np.bool_]
    known: npt.NDArray[np.bool_]  # water with a temperature
    source: tuple[int, int]  # row and column in the window


def plume_of(pixels: Pixels, water: WaterMask, spot: Spot, side: int) -> Plume:
    """Cut a find out of its pixels. side: pixels along one side of a block."""
    from scipy import ndimage

    pixel = pixels.pixel_m
    rows, columns = spot.inside.shape
    margin = int(MARGIN_M / pixel)
    top = max(0, spot.first_row * side - margin)
    left = max(0, spot.first_column * side - margin)
    bottom = min(pixels.rows, (spot.first_row + rows) * side + margin)
    right = min(pixels.columns, (spot.first_column + columns) * side + margin)
    window = (top, left, bottom - top, right - left)
    celsius = np.asarray(pixels.read(*window), np.float32)
    wet = water.window(*window)
    known = np.isfinite(celsius) & (wet > 0 if wet is not None else False)
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
        outline=_outline(inside, window, pixels.to_map),
        window=window,
        celsius=celsius,
        inside=inside,
        known=known,
        source=source,
    )


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
    for at in np.linspace(-0.2 * reach, 1.3 * reach, MOST_PROFILE):
        row, column = round(source[0] + at * into[0]), round(source[1] + at * into[1])
        if 0 <= row < known.shape[0] and 0 <= column < known.shape[1] and known[row, column]:
            out.append((round(float(at) * pixel, 2), round(float(contrast[row, column]), 3)))
    return tuple(out)


def _outline(
    inside: npt.NDArray[np.bool_], window: tuple[int, int, int, int], to_map: Affine
) -> Any:
    from rasterio.features import shapes

    place = to_map * Affine.translation(window[1], window[0])
    parts = [
        shapely.geometry.shape(part)
        for part, _ in shapes(inside.astype(np.uint8), mask=inside, connectivity=4, transform=place)
    ]
    return shapely.union_all(parts) if len(parts) > 1 else parts[0]
