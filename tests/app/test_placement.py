"""What a zone cannot show is counted, and a system that shows it is found."""

from __future__ import annotations

import numpy as np
import pytest

from gisapp.app.placement import Placement, placement
from gisapp.model.features import Features, Shapes, point_shapes
from gisapp.model.geometry import Extent

ZONE = "EPSG:4547"


def points(*places: tuple[float, float]) -> Features:
    ids = np.array([str(n) for n in range(len(places))], object)
    xy = np.array(places, np.float64).reshape(-1, 2)
    return Features("EPSG:4490", (), ids, {}, point_shapes(xy))


def test_places_on_the_other_side_of_the_earth_are_counted():
    data = points((113.5, 23.1), (-74.0, 40.7), (151.2, -33.9), (-58.4, -34.6), (np.nan, np.nan))
    found = placement(data, ZONE)
    assert (found.left_out, found.all) == (2, 5)  # one without a place does not count
    assert found.better == "EPSG:4490"
    assert placement(data, "EPSG:4490").left_out == 0
    extent = data.shapes_in(ZONE).extent
    assert extent is not None
    assert extent.width < 10_000_000


def test_the_zone_of_the_data_is_proposed_when_there_is_one():
    data = points((87.2, 43.8), (87.9, 43.1))
    found = placement(data, "EPSG:27700")  # British National Grid
    assert found.left_out == 2
    assert found.better == "EPSG:4538"  # 3 degrees, 87 E


def test_a_line_that_leaves_the_zone_is_left_out_as_a_whole():
    coords = np.array([[113.0, 23.0], [114.0, 24.0], [115.0, 24.0], [-60.0, 10.0]])
    shapes = Shapes("line", coords, np.array([0, 2, 4]), np.array([0, 1]))
    data = Features("EPSG:4490", (), np.array(["a", "b"], object), {}, shapes)
    assert placement(data, ZONE).left_out == 1
    assert len(data.shapes_in(ZONE).parts_in(Extent(-1e9, -1e9, 1e9, 1e9))) == 1


@pytest.mark.parametrize(
    ("extent", "left_out"),
    [(Extent(113, 22, 115, 24), 0), (Extent(-180, -90, 180, 90), 0), (Extent(-80, 30, -70, 40), 1)],
)
def test_a_grid_counts_when_nothing_of_it_can_be_shown(extent, left_out):
    class Grid:
        crs, unit, is_picture = "EPSG:4326", "m", False

        def values(self, grid, progress): ...
        def colours(self, grid, progress): ...
        def value_at(self, point, crs): ...

    grid = Grid()
    grid.extent = extent
    assert placement(grid, ZONE).left_out == left_out


def test_nothing_at_all():
    assert placement(points(), ZONE) == Placement(0, 0)
