"""Poses from ties: a flight whose poses, lens and errors are known is recovered."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.analysis.flight_fit import (
    Ties,
    disagreement,
    drag_frame,
    fit_flight,
    refine_frames,
)
from gisapp.analysis.flight_geometry import Poses, inside, to_picture, wrapped
from gisapp.analysis.flight_legs import yaw_offset
from gisapp.model.frame import Lens, Pose

REAL = Lens(640, 512, 718.0, -4.0, -35.0)
SHEET = Lens(640, 512, 750.0)


def made(seed: int = 0, noise: float = 0.3, wrong: float = 0.0) -> tuple[Poses, Ties]:
    """Three lines to and fro over flat ground, and ties with some pixels of noise."""
    rng = np.random.default_rng(seed)
    rows = []
    for line in range(3):
        for step in range(8):
            east = 18 * (step if line % 2 == 0 else 7 - step)
            yaw = 88.0 if line % 2 == 0 else -92.0
            rows.append(Pose(east, 40.0 * line, 120.0, yaw + rng.normal(0, 1), -90.0, 0.0))
    poses = Poses.of(rows)
    points = np.hstack((rng.uniform((-60, -60), (190, 150), (900, 2)), np.zeros((900, 1))))
    seen = [to_picture(REAL, poses.pose(n), points) for n in range(len(poses))]
    parts: list[tuple[int, int, np.ndarray, np.ndarray]] = []
    for i in range(len(poses)):
        for j in range(i + 1, len(poses)):
            both = np.flatnonzero(inside(REAL, seen[i], 5) & inside(REAL, seen[j], 5))[:25]
            if len(both) >= 10:
                parts.append((i, j, seen[i][both], seen[j][both]))
    first = np.concatenate([np.full(len(p), i) for i, _, p, _ in parts])
    second = np.concatenate([np.full(len(p), j) for _, j, p, _ in parts])
    p = np.vstack([p for *_, p, _ in parts]) + rng.normal(0, noise, (len(first), 2))
    q = np.vstack([q for *_, q in parts]) + rng.normal(0, noise, (len(first), 2))
    bad = rng.random(len(first)) < wrong
    q[bad] += rng.uniform(-200, 200, (bad.sum(), 2))
    return poses, Ties(first, second, p, q)


@pytest.mark.parametrize("error", [0.0, 53.7, -120.0, 175.0])
def test_the_four_numbers_of_a_flight_are_recovered(error: float) -> None:
    truth, ties = made()
    found = fit_flight(SHEET, truth.turned(-error), ties)
    assert wrapped(found.yaw_offset - error) == pytest.approx(0, abs=0.2)
    assert found.lens.focal_px == pytest.approx(718, abs=2)
    assert found.lens.shift_x == pytest.approx(-4, abs=2)
    assert found.lens.shift_y == pytest.approx(-35, abs=2)
    assert found.disagreement.median < 0.15


def test_a_fifth_of_wrong_ties_does_no_harm() -> None:
    truth, ties = made(wrong=0.2)
    found = refine_frames(fit_flight(SHEET, truth.turned(-50), ties), ties)
    assert found.yaw_offset == pytest.approx(50, abs=0.5)
    assert found.disagreement.median < 0.2


def test_errors_of_each_frame_are_recovered() -> None:
    truth, ties = made()
    rng = np.random.default_rng(5)
    shift = rng.normal(0, 1.2, (len(truth), 2))
    turn = rng.normal(0, 1.0, len(truth))
    fitted = fit_flight(SHEET, truth.moved(-shift).turned(-turn - 30), ties)
    refined = refine_frames(fitted, ties)
    assert fitted.disagreement.median > 0.5
    assert refined.disagreement.median < 0.12
    off = refined.poses.xyz[:, :2] - truth.xyz[:, :2]
    assert np.hypot(*(off - off.mean(axis=0)).T).max() < 0.8


def test_a_frame_without_ties_stays_where_the_flight_is() -> None:
    truth, ties = made()
    lonely = Poses(
        np.vstack((truth.xyz, [[900, 900, 120]])), np.vstack((truth.angles, [[0, -90, 0]]))
    )
    refined = refine_frames(fit_flight(SHEET, lonely, ties), ties)
    assert refined.shift[-1] == pytest.approx((0, 0))
    assert refined.turn[-1] == pytest.approx(0)


def test_ties_on_a_slope_agree_when_the_slope_is_known() -> None:
    def slope(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return 0.2 * y

    rng = np.random.default_rng(2)
    poses = Poses.of([Pose(12.0 * n, 4.0 * n, 120.0, 90.0, -90.0, 0.0) for n in range(6)])
    xy = rng.uniform((-20, -30), (80, 30), (500, 2))
    points = np.hstack((xy, slope(xy[:, 0], xy[:, 1])[:, None]))
    first, second, p, q = [], [], [], []
    for i in range(5):
        one, two = (to_picture(REAL, poses.pose(k), points) for k in (i, i + 1))
        both = inside(REAL, one) & inside(REAL, two)
        first += [i] * both.sum()
        second += [i + 1] * both.sum()
        p.append(one[both])
        q.append(two[both])
    ties = Ties(np.array(first), np.array(second), np.vstack(p), np.vstack(q))
    found = fit_flight(REAL, poses.turned(-10), ties, slope)
    assert found.yaw_offset == pytest.approx(10, abs=0.3)
    assert found.disagreement.median < 0.1


def test_no_ties_disagree_by_nothing_that_is_known() -> None:
    truth, ties = made()
    none = ties.chosen(np.zeros(len(ties), bool))
    assert np.isnan(disagreement(SHEET, truth, none).median)


@settings(max_examples=40)
@given(
    st.tuples(st.floats(-50, 50), st.floats(-50, 50)),
    st.floats(-180, 180),
    st.floats(-90, 90),
)
def test_two_clicks_bring_both_points_to_where_they_belong(
    shift: tuple[float, float], yaw: float, turn: float
) -> None:
    poses = Poses.of([Pose(100.0, 200.0, 60.0, yaw, -90.0, 0.0)])
    seen = np.array([90.0, 190.0]), np.array([120.0, 215.0])
    cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    wanted = [np.array([p[0] * cos + p[1] * sin, -p[0] * sin + p[1] * cos]) + shift for p in seen]
    pixels = [to_picture(SHEET, poses.pose(0), np.array([[*p, 0.0]])) for p in seen]
    moved = drag_frame(SHEET, poses, 0, seen, (wanted[0], wanted[1]))
    for pixel, place in zip(pixels, wanted, strict=True):
        found = to_picture(SHEET, moved.pose(0), np.array([[*place, 0.0]]))
        assert np.allclose(found, pixel, atol=1e-6)


def test_the_yaw_of_straight_legs_is_found_and_turns_are_left_out() -> None:
    truth, _ = made()
    course = np.array([90.0] * 8 + [-90.0] * 8 + [90.0] * 8)
    found = yaw_offset(truth.xyz[:, :2], course - 52.6, course)
    assert found is not None
    assert found.degrees == pytest.approx(52.6, abs=0.01)
    by_track = yaw_offset(truth.xyz[:, :2], course - 52.6, None)
    assert by_track is not None
    assert by_track.degrees == pytest.approx(52.6, abs=0.5)


def test_a_gimbal_that_was_turned_by_hand_gives_no_offset() -> None:
    truth, _ = made()
    rng = np.random.default_rng(1)
    course = np.array([90.0] * 8 + [-90.0] * 8 + [90.0] * 8)
    slow = np.cumsum(rng.uniform(2, 5, 24))
    assert yaw_offset(truth.xyz[:, :2], course + slow, course) is None
    assert yaw_offset(truth.xyz[:3, :2], course[:3], course[:3]) is None
