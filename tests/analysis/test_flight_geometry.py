"""Laws of the camera: pixel to ground to pixel, the formulas of views straight down, hills."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisapp.analysis.flight_geometry import (
    corner_pixels,
    footprint,
    frame_affine,
    inside,
    to_ground,
    to_picture,
    upright,
    wrapped,
)
from gisapp.model.frame import Lens, Pose

LENS = Lens(640, 512, 720.0, 3.0, -30.0)
angles = st.floats(-180, 180)
poses = st.builds(
    Pose,
    st.floats(-1e5, 1e6),
    st.floats(-1e5, 5e6),
    st.floats(10, 500),
    angles,
    st.floats(-90, -50),
    st.floats(-20, 20),
)


@given(poses, st.floats(0, 640), st.floats(0, 512))
def test_a_pixel_comes_back_from_the_ground(pose: Pose, u: float, v: float) -> None:
    pixel = np.array([[u, v]])
    ground = to_ground(LENS, pose, pixel)
    if np.isfinite(ground).all():
        place = np.array([[ground[0, 0], ground[0, 1], 0.0]])
        assert np.allclose(to_picture(LENS, pose, place), pixel, atol=1e-3)


@given(poses, st.floats(0, 640), st.floats(0, 512))
def test_a_pixel_comes_back_from_a_slope(pose: Pose, u: float, v: float) -> None:
    def slope(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return 0.1 * (x - pose.x) - 0.05 * (y - pose.y)

    pixel = np.array([[u, v]])
    ground = to_ground(LENS, pose, pixel, slope)
    if np.isfinite(ground).all():
        z = slope(ground[:, 0], ground[:, 1])
        place = np.hstack((ground, z[:, None]))
        assert np.allclose(to_picture(LENS, pose, place), pixel, atol=0.05)


@given(angles, st.floats(20, 300))
def test_straight_down_is_the_affine_of_the_formula(yaw: float, height: float) -> None:
    lens, pose = Lens(640, 512, 720.0), Pose(1000.0, 2000.0, height, yaw, -90.0, 0.0)
    (a, b, c, d, e, f), off = frame_affine(lens, pose)
    g, psi = height / 720.0, np.radians(yaw)
    assert (a, b) == pytest.approx((g * np.cos(psi), -g * np.sin(psi)), abs=1e-9)
    assert (d, e) == pytest.approx((-g * np.sin(psi), -g * np.cos(psi)), abs=1e-9)
    assert (a * 320 + b * 256 + c, d * 320 + e * 256 + f) == pytest.approx((1000.0, 2000.0))
    assert off < 1e-6


def test_an_oblique_view_has_no_affine() -> None:
    assert frame_affine(LENS, Pose(0, 0, 100, 30, -45, 0))[1] > 5
    assert frame_affine(LENS, Pose(0, 0, 100, 30, -10, 0))[1] == np.inf


@given(st.floats(-90, -86), angles)
def test_a_roll_of_half_a_turn_is_another_yaw(pitch: float, yaw: float) -> None:
    flipped = Pose(10.0, 20.0, 50.0, yaw, -90.0, 180.0)
    plain = Pose(10.0, 20.0, 50.0, wrapped(yaw + 180), -90.0, 0.0)
    pixels = corner_pixels(LENS)
    assert np.allclose(to_ground(LENS, flipped, pixels), to_ground(LENS, plain, pixels), atol=1e-6)
    tilted = Pose(10.0, 20.0, 50.0, yaw, pitch, 175.0)
    assert upright(tilted).roll == 0


def test_an_oblique_view_looks_to_where_its_yaw_points() -> None:
    pose = Pose(0.0, 0.0, 42.6, 90.0, -32.9, 0.0)
    (middle,) = to_ground(Lens(640, 512, 1000.0), pose, np.array([[320.0, 256.0]]))
    assert middle == pytest.approx((42.6 / np.tan(np.radians(32.9)), 0.0), abs=1e-6)
    # A laser of such a camera measured 79.57 m to there; flat ground gives 78.4 m.
    assert np.hypot(middle[0], 42.6) == pytest.approx(78.4, abs=0.1)


def test_what_lies_above_the_horizon_is_no_ground() -> None:
    pose = Pose(0, 0, 50, 0, 0, 0)
    ground = to_ground(Lens(640, 512, 720), pose, np.array([[320.0, 100.0], [320.0, 500.0]]))
    assert np.isnan(ground[0]).all()
    assert np.isfinite(ground[1]).all()
    assert len(footprint(Lens(640, 512, 720), pose)) == 4
    assert len(footprint(Lens(640, 512, 720), Pose(0, 0, 50, 0, 60, 0))) == 0


def test_a_footprint_is_as_large_as_the_data_sheet_says() -> None:
    corners = footprint(Lens(640, 512, 750.0), Pose(0, 0, 120, 0, -90, 0))
    assert np.ptp(corners[:, 0]) == pytest.approx(102.4, abs=0.1)
    assert np.ptp(corners[:, 1]) == pytest.approx(81.9, abs=0.1)
    assert corners[0] == pytest.approx((-51.2, 40.96))


def test_behind_the_camera_is_no_pixel() -> None:
    pose = Pose(0, 0, 50, 0, -30, 0)
    found = to_picture(LENS, pose, np.array([[0.0, 100.0, 0.0], [0.0, -500.0, 0.0]]))
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1]).all()
    assert list(inside(LENS, np.array([[1.0, 1.0], [-1.0, 5.0], [np.nan, 3.0]]))) == [
        True,
        False,
        False,
    ]


def test_a_hill_hides_what_lies_behind_it() -> None:
    def hill(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.where((y > 100) & (y < 120), 40.0, 0.0)

    pose = Pose(0, 0, 50, 0, -14.0, 0)
    (flat,) = to_ground(LENS, pose, np.array([[320.0, 256.0]]))
    (seen,) = to_ground(LENS, pose, np.array([[320.0, 256.0]]), hill)
    assert flat[1] > 150
    assert 99 < seen[1] < 121
