"""GCJ-02 and BD-09: forward as published, backward exact, nothing outside of China."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisapp.model.shifted import (
    BOX,
    SHIFTS,
    find_shift,
    from_bd09,
    from_gcj02,
    shifted,
    to_bd09,
    to_gcj02,
    unshifted,
)

WEST, SOUTH, EAST, NORTH = BOX
inside = st.tuples(st.floats(WEST + 0.05, EAST - 0.05), st.floats(SOUTH + 0.05, NORTH - 0.05))
GUANGZHOU = np.array([[113.27, 23.13]])


def test_known_places():
    """From the formula as it is published, worked out for two places."""
    moved = to_gcj02(np.array([[113.3, 23.1], [116.4, 39.9]]))
    assert moved == pytest.approx(
        np.array([[113.3053729, 23.09735154], [116.40624278, 39.90140353]]), abs=1e-8
    )


@given(place=inside, shift=st.sampled_from(SHIFTS))
def test_back_is_exact(place, shift):
    true = np.array([place])
    assert np.abs(unshifted(shifted(true, shift), shift) - true).max() < 1e-9


@given(place=inside, shift=st.sampled_from(SHIFTS))
def test_forth_after_back_is_exact_too(place, shift):
    said = shifted(np.array([place]), shift)
    assert np.abs(shifted(unshifted(said, shift), shift) - said).max() < 1e-9


@given(place=inside)
def test_a_shift_is_some_hundred_metres_and_smooth(place):
    true = np.array([place, (place[0] + 1e-4, place[1])])
    step = to_gcj02(true) - true
    assert 0 < np.abs(step[0]).max() < 0.02
    assert np.abs(step[0] - step[1]).max() < 2e-5  # 2 m where places are 10 m apart


@given(st.floats(-180, 180), st.floats(-89, 89))
def test_outside_china_nothing_moves(lon, lat):
    if WEST <= lon <= EAST and SOUTH <= lat <= NORTH:
        return
    place = np.array([[lon, lat]])
    assert np.array_equal(to_gcj02(place), place)
    assert np.array_equal(to_bd09(place), place)


def test_places_that_are_none_stay_none():
    assert np.isnan(from_gcj02(np.array([[np.nan, np.nan]]))).all()
    assert from_gcj02(np.zeros((0, 2))).shape == (0, 2)


def known_places(count: int = 20) -> np.ndarray:
    numbers = np.random.default_rng(7)
    return GUANGZHOU + numbers.uniform(-0.2, 0.2, (count, 2))


@pytest.mark.parametrize(
    ("way", "verdict"),
    [
        (lambda p: p, "none"),
        (to_gcj02, "gcj02"),
        (to_bd09, "bd09"),
        (from_gcj02, "gcj02_back"),
        (lambda p: p + 0.01, "unknown"),
        (from_bd09, "unknown"),
    ],
)
def test_a_shifted_layer_is_recognised(way, verdict):
    true = known_places()
    rough = np.random.default_rng(1).normal(0, 5e-5, true.shape)  # some 5 m of GPS
    assert find_shift(way(true) + rough, true).verdict == verdict


def test_numbers_of_a_finding():
    found = find_shift(to_gcj02(GUANGZHOU), GUANGZHOU)
    assert found.pairs == 1
    assert 400 < found.distance < 700
    assert found.left_by("gcj02") < 0.01
    assert found.left_by("none") == pytest.approx(found.distance)
    with pytest.raises(ValueError, match="as many"):
        find_shift(GUANGZHOU, np.zeros((0, 2)))
