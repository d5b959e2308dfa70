"""Points on rivers: reach, measure from the lower end, metres beside the river."""

from __future__ import annotations

import numpy as np
import pytest
from gisapp_plugins.upstream_tracing.placing import METRES_PER_DEGREE, Place, RiverLines


def lines(parts, down, lengths=None, degrees=False, owner=None):
    coords = np.vstack([np.array(p, float) for p in parts])
    starts = np.cumsum([0, *(len(p) for p in parts)])
    owner = np.arange(len(parts)) if owner is None else np.array(owner)
    n = len(down)
    made = RiverLines(coords, starts, owner, degrees, 1.0, np.zeros(n), np.array(down))
    if lengths is None:
        lengths = np.bincount(owner, made.part_m, n)
    return RiverLines(coords, starts, owner, degrees, 1.0, np.array(lengths, float), np.array(down))


# a Y: 1 and 2 meet at (0, 0) and flow on as 0 to (0, -100); 2 is drawn against the flow
Y = ([(0, 0), (0, -100)], [(-60, 80), (0, 0)], [(0, 0), (30, 40)])


def test_which_lines_are_drawn_against_the_flow():
    assert lines(Y, [-1, 0, 0]).reversed.tolist() == [False, False, True]
    turned = [part[::-1] for part in Y]
    assert lines(turned, [-1, 0, 0]).reversed.tolist() == [True, True, False]


@pytest.mark.parametrize("turn", [False, True])
def test_measures_count_from_the_lower_end_however_the_line_is_drawn(turn):
    y = [part[::-1] if turn else part for part in Y]
    river = lines(y, [-1, 0, 0])
    points = np.array([(5.0, -30.0), (15.0, 20.0), (-30.0, 40.0)])
    first = [found[0] for found in river.place(points, 50)]
    assert [p.reach for p in first] == [0, 2, 1]
    assert [p.measure_m for p in first] == pytest.approx([70, 25, 50])
    assert [p.offset_m for p in first] == pytest.approx([5, 0, 0])
    for point, place in zip(points, first, strict=True):
        at = river.point_at(place.reach, place.measure_m)
        assert np.hypot(*(np.array(at) - point)) == pytest.approx(place.offset_m)


def test_measures_are_in_the_lengths_of_the_data():
    river = lines(Y, [-1, 0, 0], lengths=[1000.0, 500.0, 400.0])
    [[place, *_]] = river.place(np.array([(0.0, -30.0)]), 10)
    assert place.measure_m == pytest.approx(700)


def test_three_nearest_reaches_are_kept_each_once():
    many = [[(0, 10.0 * n), (50, 10.0 * n), (100, 10.0 * n)] for n in range(6)]
    river = lines(many, [-1] * 6)
    [found] = river.place(np.array([(50.0, 21.0)]), 500)
    assert [p.reach for p in found] == [2, 3, 1]
    assert [p.offset_m for p in found] == pytest.approx([1, 9, 11])


def test_far_away_or_without_coordinates_is_nowhere():
    river = lines(Y, [-1, 0, 0])
    found = river.place(np.array([(500.0, 500.0), (np.nan, 1.0), (1.0, -50.0)]), 40)
    assert [len(f) for f in found] == [0, 0, 1]
    assert river.nearest_m(np.array([0.0, -130.0])) == pytest.approx(30)


def test_on_longitude_and_latitude_metres_are_metres():
    north = [[(10.0, 60.0), (10.0, 60.01)]]
    river = lines(north, [-1], degrees=True)
    [[place, *_]] = river.place(np.array([(10.001, 60.005)]), 100)
    assert place.offset_m == pytest.approx(0.001 * METRES_PER_DEGREE * 0.5, rel=1e-3)
    assert river.place(np.array([(10.002, 60.005)]), 100) == [()]


def test_a_reach_in_two_parts():
    river = lines([[(0, 0), (10, 0)], [(10, 0), (30, 0)]], [-1], owner=[0, 0])
    [[place]] = river.place(np.array([(20.0, 1.0)]), 5)
    assert (place.reach, place.measure_m) == (0, pytest.approx(10))
    assert river.point_at(0, 10.0) == pytest.approx((20, 0))


def test_on_a_given_reach_even_when_another_is_nearer():
    river = lines(Y, [-1, 0, 0])
    [place, nothing] = river.place_on(np.array([(15.0, 20.0), (np.nan, 0.0)]), np.array([1, 1]))
    assert place == Place(1, pytest.approx(7), pytest.approx(24))
    assert nothing is None
