"""Scale bar and colour bar say what they mean, and movement keeps its promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from gisapp.model.crs import transform
from gisapp.model.geometry import Pixel, Point, Size
from gisapp.render.camera import Camera
from gisapp.ui.map_cards import ColourBar, ScaleBar, length_text, round_length
from gisapp.ui.map_motion import FARTHEST, NEAREST, Views, between, limited, wheel_factor, zoomed
from gisapp.ui.theme import DARK

CAMERA = Camera(Point(500_000, 2_560_000), 1.0, Size(400, 300), "EPSG:4547")


@given(st.floats(0.001, 1e7))
def test_scale_bars_are_round_and_not_longer_than_asked(metres):
    found = round_length(metres)
    assert metres / 2.5000001 <= found <= metres * 1.0000001
    assert f"{found:e}"[0] in "125"


@pytest.mark.parametrize(("metres", "text"), [(50, "50 m"), (2000, "2 km"), (0.5, "50 cm")])
def test_lengths_of_scale_bars(metres, text):
    assert length_text(metres) == text


def test_scale_bar_follows_the_camera_and_the_screen(qtbot):
    bar = ScaleBar()
    qtbot.addWidget(bar)
    bar.show_camera(CAMERA)
    assert bar.text == "100 m"
    sharp = CAMERA.resized(Size(800, 600), 2.0)
    bar.show_camera(sharp)
    assert bar.text == "100 m"
    bar.show_camera(CAMERA.zoomed(10, Pixel(200, 150)))
    assert bar.text == "10 m"


def test_scale_bar_in_degrees_is_metres_on_the_ground(qtbot):
    bar = ScaleBar()
    qtbot.addWidget(bar)
    bar.show_camera(Camera(Point(114, 60), 1e-5, Size(400, 300), "EPSG:4490"))
    assert bar.text == "50 m"  # a degree of longitude is half as long at 60° N


@pytest.mark.parametrize("turn", [0.0, 30.0, 90.0])
@pytest.mark.parametrize(
    ("crs", "center", "resolution"),
    [
        ("EPSG:4490", Point(114, 60), 1e-5),
        ("EPSG:3857", Point(12_690_000, 8_400_000), 10.0),
        ("EPSG:4547", Point(640_000, 2_560_000), 3.0),
    ],
)
def test_the_scale_bar_is_as_long_as_the_geodesic_below_it(qtbot, crs, center, resolution, turn):
    bar = ScaleBar()
    qtbot.addWidget(bar)
    camera = Camera(center, resolution, Size(400, 300), crs, rotation=turn)
    bar.show_camera(camera)
    half = bar._pixels / 2
    ends = [camera.to_map(Pixel(200 + side * half, 150)) for side in (-1, 1)]
    (lon1, lat1), (lon2, lat2) = transform(np.array(ends), crs, "EPSG:4326")
    metres = Geod(ellps="GRS80").inv(lon1, lat1, lon2, lat2)[2]
    assert metres == pytest.approx(bar._metres, rel=1e-3)


def test_colour_bar_has_units_and_hides_without_colours(qtbot):
    bar = ColourBar()
    qtbot.addWidget(bar)
    bar.show_scale("Thermal", ["#000000", "#ffffff"], 8, 26, "°C")
    assert bar.ticks == ["8 °C", "14 °C", "20 °C", "26 °C"]
    bar.show_scale("Thermal", ["#000000", "#ffffff"], 17, 18, "°C")
    assert bar.ticks[1] == "17.3 °C"
    bar.show_scale("", [], 0, 1, "")
    assert bar.isHidden()


def test_a_card_that_is_kept_as_a_picture_shows_what_it_says_now(qtbot):
    bar, scale = ColourBar(), ScaleBar()
    for card in (bar, scale):
        qtbot.addWidget(card)
    bar.show_scale("Thermal", ["#000000", "#ffffff"], 8, 26, "°C")
    scale.show_camera(CAMERA)
    seen = [card.grab().toImage() for card in (bar, scale)]
    assert [card.grab().toImage() for card in (bar, scale)] == seen
    size = scale.size()
    bar.show_scale("Thermal", ["#000000", "#ffffff"], 8, 27, "°C")
    scale.show_camera(CAMERA.zoomed(1.3, Pixel(200, 150)))
    assert scale.size() == size  # nothing is laid out anew while the map moves
    after = [card.grab().toImage() for card in (bar, scale)]
    assert after[0] != seen[0]
    assert after[1] != seen[1]
    bar.dress(DARK)
    assert bar.grab().toImage() != after[0]


@given(st.floats(0.05, 20), st.floats(0, 1), st.integers(0, 400), st.integers(0, 300))
def test_on_the_way_the_place_under_the_pointer_stays(factor, t, x, y):
    pixel = Pixel(x, y)
    end = CAMERA.zoomed(factor, pixel)
    fixed = CAMERA.to_map(pixel)
    way = between(CAMERA, end, t)
    assert way.to_map(pixel) == pytest.approx(fixed, abs=1e-3)


def test_a_pan_goes_straight():
    end = CAMERA.panned(100, 0)
    assert between(CAMERA, end, 0.5).center.x == pytest.approx(CAMERA.center.x - 50)


def test_zooming_stops_at_sensible_scales():
    near = far = CAMERA
    for _ in range(60):
        near, far = zoomed(near, 2, Pixel(0, 0)), zoomed(far, 0.5, Pixel(0, 0))
    assert near.resolution == pytest.approx(NEAREST)
    assert far.resolution == pytest.approx(FARTHEST)
    assert limited(near) == near


def test_a_notch_and_its_return_cancel():
    assert wheel_factor(120, 0) * wheel_factor(-120, 0) == pytest.approx(1)
    assert wheel_factor(0, 300) == 2


def test_views_go_back_forward_and_forget_what_was_left():
    views = Views()
    steps = [CAMERA, CAMERA.panned(10, 0), CAMERA.panned(20, 0)]
    for camera in (*steps, steps[-1]):  # resting twice at one place is one view
        views.rest(camera)
    assert views.step(-1) == steps[1]
    assert views.step(-1) == steps[0]
    assert views.step(-1) is None
    assert views.can_go_forward
    assert views.step(1) == steps[1]
    views.rest(CAMERA.panned(0, 5))
    assert not views.can_go_forward


def test_the_colour_bar_is_short_on_a_narrow_map(qtbot):
    bar = ColourBar()
    qtbot.addWidget(bar)
    bar.show_scale("Thermal", ["#000000", "#ffffff"], 10.0, 19.0, "°C")
    widths = []
    for room in (800, 420):
        bar.fit(room)
        widths.append(bar.width())
        assert bar.width() + 200 < room
    assert widths[1] < widths[0]
