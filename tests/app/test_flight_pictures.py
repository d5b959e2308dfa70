"""A place in the pictures of both cameras of a shot, and a frame under other parameters."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gisapp.app.flight_pictures import (
    AROUND,
    colours_of_counts,
    frame_colours,
    nearest_frame,
    thermal_view,
    visible_view,
)
from gisapp.app.flight_points import Sighting, frames_at
from gisapp.io.flight_pictures import read_picture
from gisapp.io.thermal_image import open_thermal_image
from gisapp.model.errors import ReadError
from gisapp.model.style import ThermalStyle
from gisapp.render.ramps import coloured_by
from gisapp.render.thermal_colours import lookup_of
from tests.flight_project import TWIN, TWIN_FOCAL_35, FlightPlace, make_levelled

STYLE = ThermalStyle("inferno", 15.0, 25.0)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> FlightPlace:
    return make_levelled(tmp_path_factory.mktemp("levelled"))


def best_at(place: FlightPlace, x: float, y: float) -> Sighting:
    opened = place.opened()
    return frames_at(opened.flight, opened.folder, x, y)[0]


def test_a_place_lies_where_the_twin_shows_it(place: FlightPlace) -> None:
    opened = place.opened()
    frame = opened.flight.frames[1]
    lens = opened.flight.lens
    wider = TWIN_FOCAL_35 / 43.2666 * np.hypot(*TWIN) / lens.focal_px
    x, y = np.mean(frame.corners, axis=0)
    sighting = best_at(place, x, y)
    view = visible_view(opened.flight, frame, sighting)
    assert view is not None
    assert view.part is not None
    assert view.at is not None
    # As far from the middle of its picture as in the thermal one, times the ratio of the lenses;
    # the boresight of both is the same angle.
    column = view.part[0] + view.at[0] - TWIN[0] / 2
    row = view.part[1] + view.at[1] - TWIN[1] / 2
    assert column == pytest.approx((sighting.column - lens.columns / 2) * wider, abs=0.6)
    assert row == pytest.approx((sighting.row - lens.rows / 2) * wider, abs=0.6)
    assert view.part[2] == pytest.approx(2 * AROUND * wider, abs=0.1)
    thermal = thermal_view(frame, sighting, STYLE)
    assert thermal.colours.shape == (2 * AROUND, 2 * AROUND, 4)
    assert thermal.at == pytest.approx((AROUND, AROUND), abs=1.0)


def test_a_twin_that_has_gone_or_is_none_is_said(place: FlightPlace, tmp_path: Path) -> None:
    opened = place.opened()
    frame = opened.flight.frames[1]
    sighting = best_at(place, *np.mean(frame.corners, axis=0))
    assert visible_view(opened.flight, frame, replace(sighting, visible=None)) is None
    gone = visible_view(opened.flight, frame, replace(sighting, visible=tmp_path / "no.JPG"))
    assert gone is not None
    assert gone.problem
    assert not gone.jpeg
    (tmp_path / "text.JPG").write_text("no picture", "utf-8")
    with pytest.raises(ReadError, match="no JPEG"):
        read_picture(tmp_path / "text.JPG")


def test_a_frame_through_the_table_is_the_frame_decoded(place: FlightPlace) -> None:
    image = open_thermal_image(place.frames / place.truth.names[0])
    lookup = lookup_of(STYLE)
    for emissivity, reflected in ((0.98, -25.0), (0.9, 10.0), (1.0, 25.0)):
        other = image.parameters.changed(emissivity=emissivity, reflected_c=reflected)
        through = frame_colours(image, colours_of_counts(image, other, 0.4, lookup))
        straight = coloured_by(image.celsius(other) + np.float32(0.4), lookup)
        assert np.array_equal(through, straight)


def test_the_nearest_frame_is_the_one_whose_middle_is_nearest(place: FlightPlace) -> None:
    flight = place.opened().flight
    for number, frame in enumerate(flight.frames):
        x, y = np.mean(frame.corners, axis=0)
        assert nearest_frame(flight, x + 0.3, y) == number
    assert nearest_frame(flight, 0.0, 0.0) is None
