"""The grid over the map is where the coordinates are, on any system and turn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.model.crs import transform, transform_point
from gisapp.model.geometry import Pixel, Point, Size
from gisapp.render.camera import Camera
from gisapp.render.grid import map_grid

SIZE = Size(800, 600)


def value_of(text: str) -> float:
    if "°" not in text:
        return float(text.replace(" ", ""))
    whole, rest = text[:-1].split("°")
    minutes, _, seconds = rest.partition("′")
    found = float(whole) + float(minutes or 0) / 60 + float(seconds.rstrip("″") or 0) / 3600
    return -found if text[-1] in "WS" else found


@settings(deadline=None)
@given(
    st.floats(112.6, 115.4),
    st.floats(21, 40),
    st.floats(0, 359),
    st.sampled_from([0.5, 40.0, 900.0]),
    st.sampled_from(["plane", "degrees"]),
    st.sampled_from(["EPSG:4547", "EPSG:3857", "EPSG:4490"]),
)
def test_each_line_runs_through_places_of_its_coordinate(lon, lat, turn, metres, kind, crs):
    center = transform_point(Point(lon, lat), "EPSG:4490", crs)
    resolution = metres / 111_000 if crs == "EPSG:4490" else metres
    camera = Camera(center, resolution, SIZE, crs, rotation=turn)
    ground = "EPSG:4490" if kind == "degrees" else crs
    curves = map_grid(camera, 130, kind)
    assert curves
    for curve in curves:
        middle = curve.pixels[len(curve.pixels) // 2]
        place = transform(np.array([camera.to_map(Pixel(*middle))]), crs, ground)[0]
        found = place[0] if curve.way == "up" else place[1]
        unit = 1.0 if abs(found) > 400 else 1 / 111_000
        assert found == pytest.approx(value_of(curve.text), abs=max(0.5, metres * 1e-6) * unit)


@pytest.mark.parametrize("turn", [0.0, 20.0, 90.0, 200.0])
def test_labels_stand_where_the_line_meets_the_edge(turn):
    camera = Camera(Point(500_000, 2_560_000), 10.0, SIZE, "EPSG:4547", rotation=turn)
    curves = [one for one in map_grid(camera, 130, "plane") if one.at is not None]
    assert len(curves) >= 8
    for curve in curves:
        x, y = curve.at
        assert x in (0, 800) or y in (0, 600)
        place = camera.to_map(Pixel(x, y))
        found = place.x if curve.way == "up" else place.y
        assert found == pytest.approx(value_of(curve.text), abs=1e-3)
    if turn == 0:
        assert {one.edge for one in curves if one.way == "up"} == {"top"}
        assert {one.edge for one in curves if one.way == "across"} == {"right"}


def test_lines_are_as_far_apart_as_asked_and_no_more_than_needed():
    camera = Camera(Point(500_000, 2_560_000), 3.7, SIZE, "EPSG:4547")
    ups = sorted(c.pixels[0, 0] for c in map_grid(camera, 130, "plane") if c.way == "up")
    steps = np.diff(ups)
    assert (steps >= 130).all()
    assert (steps <= 130 * 2.5).all()


def test_the_earth_in_a_zone_has_a_grid_only_where_the_zone_is():
    camera = Camera(Point(500_000, 0), 60_000.0, SIZE, "EPSG:4547")
    for curve in map_grid(camera, 130, "degrees"):
        assert np.isfinite(curve.pixels).all()
