"""East first, always, and exact."""

from __future__ import annotations

from threading import Thread

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from gisapp.model import crs
from gisapp.model.errors import ParameterError
from gisapp.model.geometry import Extent, Pixel, Point, Size
from gisapp.render.camera import Camera


def test_the_central_meridian_is_the_false_easting():
    """Zone definition: CM 114 E is at 500 km east in EPSG:4547, and at 38,500 km with prefix."""
    x, _ = crs.transform_point(Point(114.0, 23.0), "EPSG:4490", "EPSG:4547")
    assert x == pytest.approx(500_000, abs=1e-6)
    x, _ = crs.transform_point(Point(114.0, 23.0), "EPSG:4490", "EPSG:4526")
    assert x == pytest.approx(38_500_000, abs=1e-6)


def test_what_cannot_be_placed_is_nan_and_nothing_is_raised():
    moved = crs.transform(
        np.array([[114.0, 23.0], [np.nan, 1.0], [114.0, 95.0]]), "EPSG:4490", "EPSG:4547"
    )
    assert np.isfinite(moved[0]).all()
    assert np.isnan(moved[1:]).all()


def test_there_and_back():
    rng = np.random.default_rng(1)
    points = np.column_stack([rng.uniform(112.5, 115.5, 500), rng.uniform(18, 50, 500)])
    there = crs.transform(points, "EPSG:4490", "EPSG:4547")
    assert np.abs(crs.transform(there, "EPSG:4547", "EPSG:4490") - points).max() < 1e-9


def test_transformers_are_made_elsewhere_and_taken_over():
    made = crs.made_for_another_thread("EPSG:3857")
    assert {"EPSG:4490", "EPSG:4326"} <= {target for _, target in made}
    there = ("EPSG:4490", "EPSG:3857")
    answers = []

    def use() -> None:  # a thread that has none of its own yet
        crs.take_over(made)
        answers.append(crs._transformer(*there) is made[there])
        answers.append(crs.transform_point(Point(114.0, 23.0), *there))

    user = Thread(target=use)
    user.start()
    user.join()
    taken, place = answers
    assert taken
    assert place == crs.transform_point(Point(114.0, 23.0), *there)
    assert crs.made_for_another_thread("EPSG:0") == {}


def test_nonsense_is_refused_with_advice():
    with pytest.raises(ParameterError) as caught:
        crs.parsed("EPSG:999999")
    assert "EPSG:999999" in caught.value.message
    assert "4490" in caught.value.hint


def test_extent_and_units():
    there = crs.transform_extent(Extent(113, 22, 115, 24), "EPSG:4490", "EPSG:4547")
    assert there.left < 500_000 < there.right
    assert crs.metres_per_unit("EPSG:4547", Point(500_000, 2_500_000)) == pytest.approx(1)
    assert crs.metres_per_unit("EPSG:2227", Point(6e6, 2e6)) == pytest.approx(0.3048, rel=1e-3)


@pytest.mark.parametrize("latitude", [-30, 0, 23, 45, 60, 75])
@pytest.mark.parametrize("system", ["EPSG:4490", "EPSG:4547", "EPSG:3857", "EPSG:32650"])
def test_the_scale_at_the_centre_is_true_on_the_ground(system, latitude):
    """To a thousandth, against the geodesic between two pixels 200 apart."""
    place = crs.transform_point(Point(114.6, latitude), "EPSG:4490", system)
    conformal = system in ("EPSG:4547", "EPSG:32650")  # the same in all directions
    for turn in (0.0, 37.0) if conformal else (0.0,):
        camera = Camera(place, 1.0, Size(400, 300), system, rotation=turn).at_scale(10_000)
        ends = [camera.to_map(Pixel(x, 150)) for x in (100, 300)]
        (lon1, lat1), (lon2, lat2) = crs.transform(np.array(ends), system, "EPSG:4326")
        metres = Geod(ellps="GRS80").inv(lon1, lat1, lon2, lat2)[2]
        assert metres / (200 * 0.0254 / 96) == pytest.approx(10_000, rel=1e-3)


def test_a_zone_shows_all_of_china_and_not_the_other_side_of_the_earth():
    china = np.array([[73.6, 39.4], [134.7, 48.4], [109.5, 18.2], [123.4, 53.5]])
    for zone in ("EPSG:4513", "EPSG:4534", "EPSG:4526", "EPSG:4547", "EPSG:4554", "EPSG:4509"):
        assert np.isfinite(crs.transform(china, "EPSG:4490", zone)).all()
        world = np.array([[-74.0, 40.7], [-58.4, -34.6], [180.0, -89.0], [-110.0, 60.0]])
        assert np.isnan(crs.transform(world, "EPSG:4490", zone)).all()


@settings(deadline=None)
@given(st.floats(-180, 180), st.floats(-89.9, 89.9), st.sampled_from(["EPSG:4547", "EPSG:32650"]))
def test_what_a_zone_places_comes_back(longitude, latitude, system):
    here = np.array([[longitude, latitude]])
    placed = crs.transform(here, "EPSG:4326", system)
    if np.isfinite(placed).all():
        back = crs.transform(placed, system, "EPSG:4326")[0]
        metres = Geod(ellps="WGS84").inv(longitude, latitude, *back)[2]
        assert metres < 5


def test_of_the_world_a_zone_shows_its_part():
    world = Extent(-180, -90, 180, 90)
    seen = crs.extent_shown(world, "EPSG:4326", "EPSG:4547")
    assert seen is not None
    assert abs(seen.center.x) < 20_000_000
    assert crs.extent_shown(Extent(-80, 30, -70, 40), "EPSG:4326", "EPSG:4547") is None
    assert crs.extent_shown(world, "EPSG:4326", "EPSG:4326") == world


def test_the_degrees_below_a_plane_system():
    assert crs.geographic_of("EPSG:4547") == "EPSG:4490"
    assert crs.geographic_of("EPSG:3857") == "EPSG:4326"
    assert crs.geographic_of("EPSG:4490") == "EPSG:4490"
