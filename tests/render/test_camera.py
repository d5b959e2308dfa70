from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisapp.model.geometry import Extent, Pixel, Point, Size
from gisapp.render.camera import Camera

CAMERA = Camera.fit(Extent(100, 20, 101, 22), Size(800, 600), "EPSG:4490")


@given(st.floats(-2000, 2000), st.floats(-2000, 2000))
def test_a_pixel_comes_back_from_the_map(x: float, y: float) -> None:
    back = CAMERA.to_screen(CAMERA.to_map(Pixel(x, y)))
    assert back == pytest.approx((x, y), abs=1e-6)


def test_fit_sees_the_whole_extent() -> None:
    view = CAMERA.extent
    assert view.left < 100
    assert view.right > 101
    assert view.bottom < 20
    assert view.top > 22


def test_zooming_keeps_the_place_under_the_pointer() -> None:
    pointer = Pixel(123, 456)
    before = CAMERA.to_map(pointer)
    assert CAMERA.zoomed(3, pointer).to_map(pointer) == pytest.approx(before)


def test_many_points_are_one_point_many_times() -> None:
    points = np.array([[100.2, 20.4], [100.9, 21.7]])
    each = [CAMERA.to_screen(Point(*point)) for point in points.tolist()]
    assert CAMERA.to_pixels(points) == pytest.approx(np.array(each))


def test_a_part_looks_at_the_same_ground() -> None:
    part = CAMERA.part(100, 50, 30, 20)
    assert part.size == (30, 20)
    assert part.to_map(Pixel(0, 0)) == pytest.approx(CAMERA.to_map(Pixel(100, 50)))


def test_another_screen_shows_the_same_scale() -> None:
    sharp = CAMERA.resized(Size(1600, 1200), 2.0)
    assert sharp.extent == pytest.approx(CAMERA.extent)
    assert sharp.scale == pytest.approx(CAMERA.scale)
    assert CAMERA.at_scale(25_000).scale == pytest.approx(25_000)


@given(st.floats(0, 360), st.floats(-900, 900), st.floats(-900, 900))
def test_a_turned_camera_agrees_with_itself(rotation: float, x: float, y: float) -> None:
    camera = CAMERA.turned(rotation, Pixel(10, 20))
    place = camera.to_map(Pixel(x, y))
    assert camera.to_map(Pixel(10, 20)) == pytest.approx(CAMERA.to_map(Pixel(10, 20)))
    assert camera.to_screen(place) == pytest.approx((x, y), abs=1e-6)
    assert camera.to_pixels(np.array([place]))[0] == pytest.approx((x, y), abs=1e-6)
    a, b, c, d, e, f = camera.affine
    on_screen = (a * place.x + b * place.y + c, d * place.x + e * place.y + f)
    assert on_screen == pytest.approx((x, y), abs=1e-6)
    grid = camera.grid
    corner = np.array(grid.origin) + x * np.array(grid.across) + y * np.array(grid.down)
    assert tuple(corner) == pytest.approx(place)


def test_a_quarter_turn_brings_north_to_the_right() -> None:
    camera = CAMERA.turned(90)
    middle = camera.to_screen(camera.center)
    north = camera.to_screen(Point(camera.center.x, camera.center.y + 100 * camera.resolution))
    assert (north.x - middle.x, north.y - middle.y) == pytest.approx((100, 0), abs=1e-6)


def test_the_extent_of_a_turned_camera_holds_its_corners() -> None:
    camera = CAMERA.turned(30)
    view = camera.extent
    for corner in (Pixel(0, 0), Pixel(800, 0), Pixel(0, 600), Pixel(800, 600)):
        x, y = camera.to_map(corner)
        assert view.left - 1e-9 <= x <= view.right + 1e-9
        assert view.bottom - 1e-9 <= y <= view.top + 1e-9


def test_a_camera_that_sees_nothing_is_not_sound() -> None:
    assert CAMERA.is_sound
    for center in (Point(math.nan, 0), Point(0, math.inf), Point(1e300, 0)):
        assert not replace(CAMERA, center=center).is_sound
    for resolution in (0.0, math.nan, 1e300, -1.0):
        assert not replace(CAMERA, resolution=resolution).is_sound
