"""Measures against pyproj's own geodesics and known figures."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from gisapp.analysis.measure import (
    area_lines,
    area_words,
    length_lines,
    length_words,
    measure_area,
    measure_line,
    plane_of,
)
from gisapp.model.crs import transform_point
from gisapp.model.geometry import Point

CGCS = Geod(ellps="GRS80")  # differs from CGCS2000's by 0.1 mm in the semi-minor axis
longitudes = st.floats(100, 120)
latitudes = st.floats(10, 50)


@given(longitudes, latitudes, st.floats(0.001, 0.5), st.floats(0, 360))
@settings(max_examples=60, deadline=None)
def test_length_is_the_geodesic(x, y, size, azimuth):
    end = Point(x + size * math.sin(math.radians(azimuth)), y + size * math.cos(azimuth))
    measured = measure_line([Point(x, y), end], "EPSG:4490")
    assert measured.ellipsoidal == pytest.approx(CGCS.inv(x, y, *end)[2], rel=1e-8, abs=1e-3)


@given(st.floats(112.5, 115.5), latitudes, st.floats(50, 5000))
@settings(max_examples=60, deadline=None)
def test_plane_and_ellipsoid_agree_within_the_distortion_of_a_zone(x, y, side):
    start = transform_point(Point(x, y), "EPSG:4490", "EPSG:4547")
    ring = [
        start,
        Point(start.x + side, start.y),
        Point(start.x + side, start.y + side),
        Point(start.x, start.y + side),
    ]
    area = measure_area(ring, "EPSG:4547")
    assert area.planar == pytest.approx(side * side)
    assert area.ellipsoidal == pytest.approx(area.planar, rel=1e-3)
    assert area.ellipsoidal != area.planar
    degrees = [transform_point(p, "EPSG:4547", "EPSG:4490") for p in ring]
    expected = abs(CGCS.polygon_area_perimeter(*zip(*degrees, strict=True))[0])
    assert area.ellipsoidal == pytest.approx(expected, rel=1e-6)


def test_the_same_ground_measures_the_same_in_degrees_and_metres():
    ring = [Point(500_000, 2_560_000), Point(500_900, 2_560_000), Point(500_900, 2_560_700)]
    degrees = [transform_point(p, "EPSG:4547", "EPSG:4490") for p in ring]
    one, other = measure_area(ring, "EPSG:4547"), measure_area(degrees, "EPSG:4490")
    assert other.ellipsoidal == pytest.approx(one.ellipsoidal, rel=1e-8)
    assert (other.planar, other.plane) == (pytest.approx(one.planar, rel=1e-7), "EPSG:4547")


@pytest.mark.parametrize(
    ("crs", "at", "plane"),
    [
        ("EPSG:4490", Point(114.2, 23), "EPSG:4547"),
        ("EPSG:4490", Point(75.1, 39), "EPSG:4534"),
        ("EPSG:4326", Point(-20.1, 64), "EPSG:32627"),
        ("EPSG:4326", Point(18.4, -33.9), "EPSG:32734"),
        ("EPSG:4547", Point(500_000, 2_560_000), "EPSG:4547"),
    ],
)
def test_plane_is_the_zone_of_the_place(crs, at, plane):
    assert plane_of(crs, at) == plane


def test_too_few_places_measure_nothing():
    place = Point(114.0, 23.0)
    assert measure_line([place], "EPSG:4490").ellipsoidal == 0
    assert measure_area([place, place], "EPSG:4490").planar == 0
    assert measure_line([], "EPSG:4490").planar == 0


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (length_words(12.345), "12.35 m"),
        (length_words(1234.56), "1,234.6 m"),
        (length_words(12345.6), "12.346 km"),
        (area_words(12.345), "12.35 m²"),
        (area_words(1_234_567.0), "1.235 km²"),
    ],
)
def test_values_have_units(words, text):
    assert words == text


def test_readouts_state_both_and_the_plane():
    line = measure_line([Point(500_000, 2_560_000), Point(500_300, 2_560_400)], "EPSG:4547")
    assert length_lines(line).splitlines() == [
        "500.0 m on the ellipsoid",
        "500.0 m in the plane of EPSG:4547",
    ]
    assert len(area_lines(line).splitlines()) == 2
