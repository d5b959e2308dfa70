"""The compiled loop lays frames as the arrays do."""

from __future__ import annotations

import numpy as np
import pytest

from gisapp.analysis.flight_loops import Loop, load
from gisapp.analysis.flight_mosaic import Grid, blend_block
from gisapp.model.frame import Lens, Pose

LENS = Lens(80, 64, 90.0, 1.0, -4.0)
GRID = Grid(500_000.0, 3_000_000.0, 0.7, 90, 70)


@pytest.fixture(scope="module")
def lay() -> Loop:
    return load()


def frames(seed: int, pitch: float) -> list:
    rng = np.random.default_rng(seed)
    made = []
    for n in range(5):
        pose = Pose(500_015.0 + 8 * n, 2_999_975.0, 40.0, 20.0 * n, pitch, rng.normal(0, 1))
        celsius = rng.normal(20, 3, (64, 80)).astype(np.float32)
        celsius[10:20, 30 : 40 + n] = np.nan
        extent = (pose.x - 60, pose.y - 60, pose.x + 60, pose.y + 60)
        made.append((celsius, pose, float(n) / 4, extent))
    return made


@pytest.mark.parametrize("pitch", [-90.0, -84.0, -60.0])
@pytest.mark.parametrize("feather", [0.0, 0.04, 0.5])
def test_the_loop_and_the_arrays_make_the_same_block(
    lay: Loop, pitch: float, feather: float
) -> None:
    seen = frames(1, pitch)
    arrays = blend_block(GRID, LENS, seen, feather=feather)
    compiled = blend_block(GRID, LENS, seen, feather=feather, lay=lay)
    assert np.isfinite(arrays).sum() > 1000
    # Cells on a frame's very edge may fall to either side of it; with seams of no width, cells as
    # far from two centres too.
    assert np.count_nonzero(np.isnan(arrays) != np.isnan(compiled)) <= 4
    off = np.abs(arrays - compiled)
    assert np.nanpercentile(off, 99) < 0.02


def test_heights_are_those_below_each_cell(lay: Loop) -> None:
    def hill(x, y):
        return 5.0 + 0.05 * (x - GRID.west)

    seen = frames(2, -80.0)
    arrays = blend_block(GRID, LENS, seen, hill)
    compiled = blend_block(GRID, LENS, seen, hill, lay=lay)
    flat = blend_block(GRID, LENS, seen, lay=lay)
    assert np.nanpercentile(np.abs(arrays - compiled), 99) < 0.02
    assert np.nanmedian(np.abs(compiled - flat)) > 0.1


def test_a_frame_of_two_columns_is_no_trouble(lay: Loop) -> None:
    lens = Lens(2, 64, 90.0)
    celsius = np.full((64, 2), 21.0, np.float32)
    pose = Pose(500_015.0, 2_999_975.0, 40.0, 0.0, -90.0, 0.0)
    seen = [(celsius, pose, 0.0, (499_900.0, 2_999_900.0, 500_100.0, 3_000_100.0))]
    made = blend_block(Grid(500_014.0, 2_999_990.0, 0.1, 20, 300), lens, seen, lay=lay)
    assert np.nanmax(made) == np.nanmin(made) == 21.0
