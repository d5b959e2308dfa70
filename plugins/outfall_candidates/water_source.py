"""Water to search: from areas, from bank lines, or proposed from the mosaic; which is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine

from gisapp.api import FeatureSet, ParameterError, Point, metres_per_unit, tr

from .block_work import block_statistics
from .pixels import Pixels

LEAST_M2 = 200.0  # of a proposed water
PROPOSE_M = 1.5  # block in which water is looked for
MOST_BLOCKS = 9_000_000
Area = Any  # a shapely area


@dataclass(frozen=True, eq=False)
class WaterSource:
    """An area in `crs` (shapely), how it was made, and a fingerprint of what it was made of."""

    area: Area
    crs: str
    made_of: str  # polygons, banks, lines, proposed

    def words(self) -> str:
        return {
            "polygons": tr("water: the areas given"),
            "banks": tr("water: between the bank lines given"),
            "lines": tr("water: a strip along the lines given"),
            "proposed": tr("water: proposed from the mosaic (smooth and connected), look at it"),
        }[self.made_of]


def water_from(features: FeatureSet, crs: str, width_m: float = 0.0) -> WaterSource:
    """Areas as they are; lines as the banks of what lies between them, or with a width, as the
    middle of a strip. Raises ParameterError where no water comes of it.
    """
    shapes = features.shapes_in(crs)
    coords, starts = np.asarray(shapes.coords), np.asarray(shapes.starts)
    parts = [
        coords[a:b]
        for a, b in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
        if b - a > 1 and np.isfinite(coords[a:b]).all()
    ]
    if shapes.kind == "area":
        area = _union_of_rings(parts, np.asarray(shapes.owner))
        made_of = "polygons"
    elif shapes.kind == "line" and parts:
        lines = [shapely.LineString(part) for part in parts]
        if width_m > 0:
            unit = metres_per_unit(crs, Point(*parts[0][0]))
            area, made_of = shapely.union_all(lines).buffer(width_m / 2 / unit), "lines"
        else:
            area, made_of = _between(lines), "banks"
    else:
        area, made_of = shapely.Polygon(), "polygons"
    if area.is_empty or area.area <= 0:
        raise ParameterError(
            tr("The water given holds no area"),
            hint=tr("Give areas of water, both bank lines, or lines and their width (--width)."),
        )
    return WaterSource(area, crs, made_of)


def _union_of_rings(rings: list[npt.NDArray[np.float64]], owner: npt.NDArray[np.int64]) -> Area:
    """Holes by the even-odd rule within a feature, features together."""
    whole: dict[int, Area] = {}
    for ring, number in zip(rings, owner.tolist(), strict=False):
        if len(ring) < 4:
            continue
        made = shapely.make_valid(shapely.Polygon(ring))
        known = whole.get(number)
        whole[number] = made if known is None else shapely.symmetric_difference(known, made)
    return shapely.union_all(list(whole.values())) if whole else shapely.Polygon()


def _between(lines: list[Any]) -> Area:
    """What the lines enclose; two open banks are joined at their ends."""
    closed = shapely.union_all(shapely.get_parts(shapely.polygonize(
        list(shapely.get_parts(shapely.union_all(lines))))))  # fmt: skip
    if not closed.is_empty and closed.area > 0:
        return closed
    merged = shapely.line_merge(shapely.union_all(lines))
    banks = sorted(shapely.get_parts(merged), key=lambda line: -line.length)[:2]
    if len(banks) < 2:
        return shapely.Polygon()
    left, right = (shapely.get_coordinates(bank) for bank in banks)
    if np.hypot(*(left[-1] - right[-1])) < np.hypot(*(left[-1] - right[0])):
        right = right[::-1]
    return shapely.make_valid(shapely.Polygon(np.vstack([left, right])))


def proposed_water(pixels: Pixels, crs: str) -> WaterSource:
    """The largest connected part that is smooth: water is, land by night and day is not.

    Raises ParameterError where nothing is smooth.
    """
    from rasterio.features import shapes
    from scipy import ndimage

    side = max(1, round(PROPOSE_M / pixels.pixel_m))
    while (pixels.rows // side) * (pixels.columns // side) > MOST_BLOCKS:
        side *= 2
    mean, within = _overall(pixels, side)
    known = np.isfinite(mean)
    filled = np.where(known, mean, np.nanmedian(mean) if known.any() else 0)
    middle = ndimage.uniform_filter(filled, 5)
    rough = np.sqrt(np.maximum(ndimage.uniform_filter(filled * filled, 5) - middle * middle, 0))
    rough = np.maximum(np.maximum(rough, within), 0.01)
    smooth = known & (np.log(rough) < _otsu(np.log(rough[known]))) if known.any() else known
    smooth = ndimage.binary_opening(smooth, np.ones((3, 3), bool), iterations=2)
    labels, count = ndimage.label(smooth)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    sizes[0] = 0
    if sizes.max(initial=0) * (side * pixels.pixel_m) ** 2 < LEAST_M2:
        raise ParameterError(
            tr("No water can be proposed: nothing large in the mosaic is smooth"),
            hint=tr("Give areas of water or bank lines (--water)."),
        )
    body = ndimage.binary_fill_holes(labels == sizes.argmax())
    place = pixels.to_map * Affine.scale(side)
    found = [
        shapely.geometry.shape(part)
        for part, _ in shapes(body.astype(np.uint8), mask=body, connectivity=4, transform=place)
    ]
    return WaterSource(shapely.union_all(found), crs, "proposed")


def _overall(pixels: Pixels, side: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Mean and deviation of all blocks, read in strips."""
    rows, columns = pixels.rows // side, pixels.columns // side
    step = max(1, 512 // side)
    means, deviations = [], []
    for top in range(0, rows, step):
        count = min(step, rows - top)
        values = pixels.read(top * side, 0, count * side, columns * side)
        made = block_statistics(values, np.ones(values.shape, np.uint8), side)
        means.append(made[0])
        deviations.append(made[1])
    return np.vstack(means).astype(np.float64), np.vstack(deviations)


def _otsu(values: npt.NDArray[Any]) -> float:
    """The number that parts the values best in two."""
    counts, edges = np.histogram(values, 128)
    middle = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts).astype(np.float64)
    above = below[-1] - below
    total = np.cumsum(counts * middle)
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = below * above * (total / below - (total[-1] - total) / above) ** 2
    return float(middle[np.nanargmax(apart)])
