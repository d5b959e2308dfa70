"""A made-up river at night as a mosaic on the disk, with plumes whose places are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
import shapely
from affine import Affine

from gisapp.io.vector_writing import write_features
from gisapp.model.features import Features, Shapes
from gisapp.model.progress import Silent

CRS = "EPSG:4547"
PIXEL = 0.4
WIDE, HIGH = 220, 420  # pixels
LEFT, RIGHT = 60, 160  # the river, from the top to the bottom
TO_MAP = Affine(PIXEL, 0, 500_000, 0, -PIXEL, 2_560_000)
WARM, COLD, BOAT = (90, "left"), (230, "right"), 340  # rows


def place(column: float, row: float) -> tuple[float, float]:
    x, y = TO_MAP * (column, row)
    return float(x), float(y)


def write_mosaic(path: Path, *, empty: bool = False) -> Path:
    """Water of 16 °C, land of 22: one warm and one cold plume at the banks and one boat."""
    chance = np.random.default_rng(4)
    celsius = (22 + chance.normal(0, 1.5, (HIGH, WIDE))).astype(np.float32)
    celsius[:, LEFT:RIGHT] = 16 + chance.normal(0, 0.04, (HIGH, RIGHT - LEFT))
    if not empty:
        _plume(celsius, WARM[0], 3.0, LEFT)
        _plume(celsius, COLD[0], -2.0, RIGHT)
        celsius[BOAT : BOAT + 16, LEFT + 8 : LEFT + 14] += 8
    with rasterio.open(
        path, "w", driver="GTiff", width=WIDE, height=HIGH, count=1, dtype="float32", crs=CRS,
        transform=TO_MAP, nodata=np.nan,
    ) as file:  # fmt: skip
        file.write(celsius, 1)
        file.update_tags(1, GISAPP_UNIT="degC")
        file.units = ("degC",)
    return path


def write_photo(path: Path) -> Path:
    """A visible picture of the same ground: green land, dark water."""
    colours = np.zeros((3, HIGH, WIDE), np.uint8)
    colours[:] = np.array([60, 120, 50], np.uint8)[:, None, None]
    colours[:, :, LEFT:RIGHT] = np.array([30, 40, 60], np.uint8)[:, None, None]
    with rasterio.open(
        path, "w", driver="GTiff", width=WIDE, height=HIGH, count=3, dtype="uint8", crs=CRS,
        transform=TO_MAP, photometric="RGB",
    ) as file:  # fmt: skip
        file.write(colours)
    return path


def write_water(path: Path, *, away: float = 0.0) -> Path:
    """The river as one area, `away` metres from where it is."""
    (x0, y0), (x1, y1) = place(LEFT, 0), place(RIGHT, HIGH)
    ring = np.array(shapely.box(x0 + away, y1, x1 + away, y0).exterior.coords)
    shapes = Shapes("area", ring, np.array([0, len(ring)]), np.array([0]))
    write_features(Features(CRS, (), np.array(["1"], object), {}, shapes), path, CRS, Silent())
    return path


def _plume(celsius: np.ndarray, row: int, contrast: float, bank: int) -> None:
    rows, columns = np.mgrid[: celsius.shape[0], : celsius.shape[1]].astype(np.float32)
    down = rows - row
    added = contrast * np.exp(-0.5 * ((columns - bank) / 8) ** 2 - np.maximum(down, 0) / 25)
    added *= np.exp(-0.5 * (np.minimum(down, 0) / 8) ** 2)
    wet = (columns >= LEFT) & (columns < RIGHT)
    celsius[wet] += added[wet]
