"""What photos show of the ground: footprints agree with the rays of flights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisapp.analysis.flight_geometry import footprint
from gisapp.analysis.photo_matching import metres_per_degree
from gisapp.analysis.photo_views import COLUMNS, photo_views
from gisapp.model.frame import Lens, Pose

NADIR = {"lon": 114.0, "lat": 23.0, "heading": 0.0, "pitch": -90.0, "roll": 0.0, "height_m": 100.0,
         "width_px": 4000.0, "height_px": 3000.0, "focal_px": 3000.0}  # fmt: skip


def views(*photos: dict):
    return photo_views({name: np.array([p.get(name, np.nan) for p in photos]) for name in COLUMNS})


def metres(ground: np.ndarray, of: dict) -> np.ndarray:
    return (ground - (of["lon"], of["lat"])) * metres_per_degree(of["lat"])


def test_straight_down_it_is_the_picture_over_the_focal_length():
    found = views(NADIR, NADIR | {"heading": 90.0})
    assert not len(found.wedges)
    north, east = (metres(ground, NADIR) for ground in found.grounds)
    wide, high = 100 * 4000 / 3000, 100 * 3000 / 3000
    assert north == pytest.approx(
        np.array([(-wide, high), (wide, high), (wide, -high), (-wide, -high)]) / 2, abs=1e-6
    )
    assert east == pytest.approx(
        np.array([(high, wide), (high, -wide), (-high, -wide), (-high, wide)]) / 2, abs=1e-6
    )


@given(
    st.floats(0, 360), st.floats(-90, -50), st.floats(-20, 20), st.floats(5, 500),
    st.floats(2000, 9000), st.floats(-70, 70),
)  # fmt: skip
def test_as_the_rays_of_a_flight(heading, pitch, roll, height, focal, lat):
    of = NADIR | {"heading": heading, "pitch": pitch, "roll": roll, "height_m": height,
                  "focal_px": focal, "lat": lat}  # fmt: skip
    expected = footprint(Lens(4000, 3000, focal), Pose(0, 0, height, heading, pitch, roll))
    [ground] = views(of).grounds
    assert metres(ground, of) == pytest.approx(expected, abs=1e-3, rel=1e-6)


def test_a_roll_of_half_a_turn_is_another_heading():
    turned = views(NADIR | {"roll": 180.0}).grounds[0]
    assert metres(turned, NADIR) == pytest.approx(
        metres(views(NADIR | {"heading": 180.0}).grounds[0], NADIR), abs=1e-6
    )


@pytest.mark.parametrize(
    "without",
    [{"height_m": np.nan}, {"pitch": np.nan}, {"focal_px": np.nan}, {"focal_px": 0.0},
     {"height_m": 0.5}, {"pitch": -5.0}, {"pitch": -30.0, "focal_px": 1500.0}, {"width_px": 0.0}],
)  # fmt: skip
def test_a_wedge_otherwise(without):
    found = views(NADIR | without)
    assert not len(found.grounds)
    [(x, y, ahead_x, ahead_y)] = found.wedges
    assert (x, y, ahead_x) == (114.0, 23.0, 114.0)
    assert ahead_y > 23.0


def test_nothing_without_a_heading_or_a_place():
    found = views(NADIR | {"heading": np.nan}, NADIR | {"lon": np.nan})
    assert len(found.wedges) == len(found.grounds) == 0
    assert len(views().wedges) == 0
