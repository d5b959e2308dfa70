"""Smooth from afar, cells as they are from near by: the resampling `crisp`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gisapp.io.raster import open_raster
from gisapp.model.geometry import PixelGrid, Point, Size
from gisapp.model.progress import Silent
from tests.app.thermal_scene import CELL, LEFT, TOP, UTM, values_of, write_raster


def seen(path: Path, how: str, cells_per_pixel: float) -> np.ndarray:
    raster = open_raster(path, options={"resampling": how})
    step = CELL * cells_per_pixel
    grid = PixelGrid(Point(LEFT + 3.1, TOP - 2.9), (step, 0.0), (0.0, -step), Size(60, 60), UTM)
    found = raster.values(grid, Silent())
    raster.close()
    return found


@pytest.mark.parametrize(
    ("cells_per_pixel", "like", "unlike"),
    [(0.25, "nearest", "bilinear"), (0.5, "nearest", "bilinear"), (0.6, "bilinear", "nearest")],
)
def test_cells_are_shown_from_two_pixels_on(tmp_path, cells_per_pixel, like, unlike) -> None:
    path = write_raster(tmp_path / "a.tif", values_of(4))
    found = seen(path, "crisp", cells_per_pixel)
    np.testing.assert_array_equal(found, seen(path, like, cells_per_pixel))
    assert (found != seen(path, unlike, cells_per_pixel)).mean() > 0.5
