"""Which outfall a photo shows: laws of the score."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from gisapp.analysis.photo_matching import (
    CameraView,
    PhotoMatch,
    is_sure,
    look_place,
    match_photos,
    metres_per_degree,
)

HERE = CameraView(114.0, 23.0)
NOON = datetime(2026, 5, 1, 12)


def place(east: float, north: float) -> tuple[float, float]:
    one, two = metres_per_degree(23.0)
    return 114.0 + east / one, 23.0 + north / two


def scores(view: CameraView, *places: tuple[float, float], visits=()) -> dict[int, float]:
    [found] = match_photos([view], np.array(places), visits)
    return {match.number: match.score for match in found}


@given(st.floats(-80, 80))
def test_metres_of_a_degree_are_those_of_the_ellipsoid(latitude):
    geod = Geod(ellps="WGS84")
    east, north = metres_per_degree(latitude)
    step = 1e-3
    assert east * step == pytest.approx(geod.inv(0, latitude, step, latitude)[2], rel=1e-6)
    assert north * step == pytest.approx(
        geod.inv(0, latitude - step / 2, 0, latitude + step / 2)[2], rel=1e-6
    )


@given(st.floats(0, 100), st.floats(0.5, 15), st.floats(0, 360))
def test_nearer_is_never_worse(distance, more, bearing):
    angle = np.radians(bearing)
    near = place(distance * np.sin(angle), distance * np.cos(angle))
    far = place((distance + more) * np.sin(angle), (distance + more) * np.cos(angle))
    found = scores(HERE, near, far)
    assert found.get(0, 0) >= found.get(1, 0)


def test_what_the_camera_looks_at_wins_over_what_lies_behind_it():
    view = replace(HERE, heading=90.0)
    found = scores(view, place(20, 0), place(-20, 0))
    assert found[0] > 2 * found[1]
    both = scores(HERE, place(20, 0), place(-20, 0))
    assert both[0] == pytest.approx(both[1])


def test_too_near_the_direction_says_nothing():
    view = replace(HERE, heading=90.0)
    found = scores(view, place(4, 0), place(-4, 0))
    assert found[0] == pytest.approx(found[1])


def test_an_inclined_drone_camera_is_matched_where_it_looks():
    view = replace(HERE, heading=0.0, pitch=-45.0, height_m=80.0)
    assert look_place(view) == pytest.approx(place(0, 80), abs=1e-9)
    found = scores(view, place(0, 80), place(0, 0))
    assert found[0] == pytest.approx(0.9)
    assert found[0] > found.get(1, 0) * 10
    straight = replace(view, pitch=-90.0)
    assert look_place(straight) == pytest.approx((114.0, 23.0), abs=1e-5)


def test_a_visit_at_that_time_counts():
    view = replace(HERE, taken_at=NOON)
    at = [place(10, 0)] * 3
    found = scores(view, *at, visits=([NOON], [], [NOON - timedelta(days=9)]))
    assert found[0] > found[1] > found[2]


def test_no_place_no_outfall_nothing_near():
    assert match_photos([None], np.array([[114.0, 23.0]])) == [()]
    assert match_photos([HERE], np.empty((0, 2))) == [()]
    assert match_photos([HERE], np.array([place(500, 0), (1e9, 1e9)])) == [()]


def test_sure_is_good_and_alone():
    def match(score: float) -> PhotoMatch:
        return PhotoMatch(0, score, 1.0, None, None)

    assert is_sure([match(0.9)])
    assert is_sure([match(0.9), match(0.5)])
    assert not is_sure([match(0.9), match(0.85)])
    assert not is_sure([match(0.5)])
    assert not is_sure([])
