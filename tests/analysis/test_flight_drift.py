"""Offsets of frames from their overlaps, blending, coverage and pairs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.analysis.flight_coverage import coverage
from gisapp.analysis.flight_drift import Overlaps, small_frame, solve_offsets
from gisapp.analysis.flight_mosaic import Bounds, Grid, blend_block
from gisapp.analysis.flight_pairs import visible_twins
from gisapp.analysis.flight_ties import candidate_pairs, find_features, match_features
from gisapp.model.bilinear import bilinear
from gisapp.model.frame import FrameFacts, Lens, Pose

LENS = Lens(40, 30, 40.0)
EXTENT: Bounds = (-60.0, -60.0, 60.0, 60.0)


def overlaps(drift: np.ndarray, reach: int, noise: float = 0.02, seed: int = 0) -> Overlaps:
    rng = np.random.default_rng(seed)
    pairs = [(i, j) for i in range(len(drift)) for j in range(i + 1, min(i + reach, len(drift)))]
    first, second = np.array(pairs).T
    seen = drift[second] - drift[first] + rng.normal(0, noise, len(pairs))
    return Overlaps(first, second, seen, np.full(len(pairs), 0.1), np.full(len(pairs), 900), 5120)


def test_a_drift_with_a_jump_is_recovered() -> None:
    rng = np.random.default_rng(1)
    drift = np.cumsum(rng.normal(0, 0.1, 60))
    drift[25:] += 3.2
    found = solve_offsets(overlaps(drift, 6), 60)
    assert np.abs(found.offset + drift - np.median(found.offset + drift)).max() < 0.1
    assert np.median(found.offset) == pytest.approx(0, abs=1e-9)
    assert found.before > 0.5
    assert found.after < 0.05


def test_wrong_overlaps_pull_nothing() -> None:
    drift = np.linspace(0, 1, 40)
    given_ = overlaps(drift, 6)
    wrong = given_.difference.copy()
    wrong[::12] += 8.0
    found = solve_offsets(replace(given_, difference=wrong), 40)
    assert np.abs(found.offset + drift - np.median(drift)).max() < 0.15


def test_frames_that_hang_together_by_nothing_are_parts_of_their_own() -> None:
    one = overlaps(np.zeros(4), 3)
    two = Overlaps(
        np.r_[one.first, 5],
        np.r_[one.second, 6],
        np.r_[one.difference, 2.0],
        np.r_[one.spread, 0.1],
        np.r_[one.squares, 900],
        5120,
    )
    found = solve_offsets(two, 8)
    assert list(found.alone) == [4, 7]
    assert found.offset[4] == found.offset[7] == 0
    assert found.part[5] == found.part[6] != found.part[0]
    assert found.offset[5] - found.offset[6] == pytest.approx(2.0, abs=1e-6)


def test_without_any_overlap_nothing_is_changed() -> None:
    none = np.empty(0, np.intp)
    found = solve_offsets(Overlaps(none, none, np.empty(0), np.empty(0), none, 5120), 3)
    assert not found.offset.any()
    assert list(found.alone) == [0, 1, 2]
    assert np.isnan(found.after)


def test_small_frames_are_means_and_keep_holes() -> None:
    celsius = np.arange(16 * 24, dtype=np.float32).reshape(16, 24)
    celsius[3, 3] = np.nan
    small = small_frame(celsius)
    assert small.shape == (2, 3)
    assert np.isnan(small[0, 0])
    assert small[1, 1] == pytest.approx(celsius[8:16, 8:16].mean())


@given(st.floats(0.5, 39.5), st.floats(0.5, 29.5))
def test_bilinear_values_of_a_plane_are_the_plane(u: float, v: float) -> None:
    columns, rows = np.meshgrid(np.arange(40) + 0.5, np.arange(30) + 0.5)
    plane = (2 * columns - rows).astype(np.float32)
    assert bilinear(plane, np.array([u]), np.array([v]))[0] == pytest.approx(2 * u - v, abs=1e-3)


def frame(value: float, x: float = 0.0) -> tuple[np.ndarray, Pose, float, Bounds]:
    return np.full((30, 40), value, np.float32), Pose(x, 0, 40, 0, -90, 0), 0.0, EXTENT


def test_each_cell_takes_the_frame_whose_centre_is_nearest() -> None:
    grid = Grid(-30, 20, 1.0, 80, 40)
    found = blend_block(grid, LENS, [frame(10.0), frame(20.0, 16.0)], feather=0.01)
    middle = found[20]
    x = grid.west + np.arange(80) + 0.5
    assert (middle[(x > -19) & (x < 6)] == 10.0).all()
    assert (middle[(x > 10) & (x < 35)] == 20.0).all()
    seam = middle[(x > 6) & (x < 10)]
    assert ((seam >= 10) & (seam <= 20)).all()
    assert np.isnan(middle[x < -21]).all()


@settings(max_examples=40)
@given(st.lists(st.floats(-30, 60), min_size=1, max_size=5), st.floats(0, 0.3))
def test_a_blend_never_leaves_what_was_measured(values: list[float], feather: float) -> None:
    grid = Grid(-30, 20, 1.0, 90, 40)
    frames = [frame(value, 6.0 * n) for n, value in enumerate(values)]
    found = blend_block(grid, LENS, frames, feather=feather)
    assert np.nanmin(found) >= min(values) - 1e-3
    assert np.nanmax(found) <= max(values) + 1e-3
    backwards = blend_block(grid, LENS, frames[::-1], feather=feather)
    assert np.allclose(found, backwards, atol=0.02, equal_nan=True)


def test_offsets_are_added_and_holes_stay_holes() -> None:
    celsius, pose, _, extent = frame(10.0)
    celsius[10:20, 10:20] = np.nan
    grid = Grid(-30, 20, 1.0, 60, 40)
    found = blend_block(grid, LENS, [(celsius, pose, 1.5, extent)])
    assert np.nanmax(found) == pytest.approx(11.5)
    assert np.isnan(found[20 - 1, 30 - 6])
    filled = blend_block(grid, LENS, [(celsius, pose, 1.5, extent), frame(5.0)])
    assert filled[20 - 1, 30 - 6] == pytest.approx(5.0)


def test_blocks_are_the_whole() -> None:
    rng = np.random.default_rng(4)
    frames = [
        (rng.normal(20, 2, (30, 40)).astype(np.float32), Pose(5.0 * n, n, 40, 30 * n, -90, 0), 0.0)
        for n in range(4)
    ]
    whole = Grid(-30, 30, 0.5, 140, 120)
    seen = [(*one, EXTENT) for one in frames]
    expected = blend_block(whole, LENS, seen)
    for row in range(0, 120, 50):
        for column in range(0, 140, 50):
            part = whole.block(row, column, 50)
            found = blend_block(part, LENS, seen)
            cut = expected[row : row + part.rows, column : column + part.columns]
            assert np.allclose(found, cut, atol=1e-3, equal_nan=True)


def square(x: float, y: float, size: float = 20.0) -> np.ndarray:
    return np.array([(x, y), (x + size, y), (x + size, y + size), (x, y + size)])


def test_a_hole_between_footprints_is_a_gap() -> None:
    ring = [square(10 * x, 10 * y) for x in range(6) for y in range(6) if (x, y) != (2, 2)]
    assert coverage(ring).gaps == ()  # they overlap by half, so one missing is still seen
    wide = [square(20 * x, 20 * y) for x in range(3) for y in range(3) if (x, y) != (1, 1)]
    found = coverage(wide)
    assert len(found.gaps) == 1
    assert found.gap_m2 == pytest.approx(400)
    assert found.covered_m2 == pytest.approx(3200)
    assert shapely.contains_xy(found.gaps[0], 30, 30)


def test_two_lines_flown_too_far_apart_leave_a_strip() -> None:
    lines = [square(10 * x, y) for x in range(8) for y in (0.0, 26.0)]
    found = coverage(lines)
    assert found.gap_m2 == pytest.approx(90 * 6, rel=0.05)
    assert coverage([]).covered_m2 == 0


def facts(name: str, kind: str, seconds: float) -> FrameFacts:
    moment = datetime(2025, 1, 1) + timedelta(seconds=seconds)
    return FrameFacts(name, moment, "X", kind, (640, 512))  # type: ignore[arg-type]


def test_thermal_frames_find_the_visible_picture_of_the_same_shot() -> None:
    frames = [
        facts("DJI_20250101000000_0001_T.JPG", "thermal", 0),
        facts("DJI_20250101000000_0001_Z.JPG", "visible", 0),
        facts("DJI_20250101000000_0001_W.JPG", "visible", 0),
        facts("DJI_0161.JPG", "thermal", 30),
        facts("DJI_0160.JPG", "visible", 29.5),
        facts("DJI_0163.JPG", "thermal", 33),
        facts("DJI_0170.JPG", "visible", 33),
        facts("DJI_0180.JPG", "thermal", 60),
        facts("DJI_0181.JPG", "visible", 80),
    ]
    assert visible_twins(frames) == {
        "DJI_20250101000000_0001_T.JPG": "DJI_20250101000000_0001_W.JPG",
        "DJI_0161.JPG": "DJI_0160.JPG",
    }


def test_pairs_are_neighbours_in_place_and_time() -> None:
    places = np.array([(0, 0), (10, 0), (20, 0), (500, 0), (12, 8)], float)
    pairs = candidate_pairs(places, np.full(5, 30.0), following=1)
    found = {tuple(map(int, pair)) for pair in pairs}
    assert {(0, 1), (1, 2), (1, 4), (2, 3), (3, 4)} <= found
    assert (0, 3) not in found
    assert all(i < j for i, j in found)


def test_ties_of_a_turned_frame_are_the_same_ground() -> None:
    rng = np.random.default_rng(0)
    scene = rng.normal(0, 1, (60, 60)).repeat(8, 0).repeat(8, 1).astype(np.float32) + 20
    first, second = scene[100:356, 100:420], np.rot90(scene[140:396, 60:380], 2).copy()
    ties = match_features(find_features(first), find_features(second))
    assert ties is not None
    back = 320 - ties[1][:, 0] + 60 - 100, 256 - ties[1][:, 1] + 140 - 100
    assert np.median(np.abs(ties[0][:, 0] - back[0])) < 0.5
    assert np.median(np.abs(ties[0][:, 1] - back[1])) < 0.5
    assert len(ties[0]) <= 40


def test_frames_of_nothing_have_no_ties() -> None:
    flat = np.full((64, 80), 15.0, np.float32)
    hole = np.full((64, 80), np.nan, np.float32)
    assert match_features(find_features(flat), find_features(flat)) is None
    assert len(find_features(hole).pixels) == 0
