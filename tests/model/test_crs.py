"""East first, always, and exact."""

from __future__ import annotations

import numpy as np
import pytest

from gisapp.model import crs
from gisapp.model.errors import ParameterError
from gisapp.model.geometry import Extent, Point


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


def test_nonsense_is_refused_with_advice():
    with pytest.raises(ParameterError) as caught:
        crs.parsed("EPSG:999999")
    assert "EPSG:999999" in caught.value.message
    assert "4490" in caught.value.hint


def test_extent_and_units():
    there = crs.transform_extent(Extent(113, 22, 115, 24), "EPSG:4490", "EPSG:4547")
    assert there.left < 500_000 < there.right
    assert crs.metres_per_unit("EPSG:4547", Point(500_000, 2_500_000)) == 1
    assert crs.metres_per_unit("EPSG:4490", Point(114, 60)) == pytest.approx(55_660, rel=1e-3)
    assert crs.metres_per_unit("EPSG:2227", Point(0, 0)) == pytest.approx(0.3048, rel=1e-3)  # feet
