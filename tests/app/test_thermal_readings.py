"""Readings: where the layer is read, and which station was meant."""

from __future__ import annotations

import math
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
import shapely

from gisapp.app.thermal_readings import Reading, fit_readings, station_near, value_around
from gisapp.model.errors import ParameterError
from gisapp.model.field import Field
from gisapp.model.geometry import Point
from gisapp.model.layer import TABLE, Layer, Source
from gisapp.model.progress import Silent
from gisapp.model.style import PointStyle
from gisapp.model.table import GEOMETRY, FeatureTable
from tests.app.thermal_scene import (
    LEFT,
    TOP,
    UTM,
    cells,
    opened,
    two_nights,
    values_of,
    write_raster,
)


def test_a_reading_is_the_mean_around_its_place(tmp_path) -> None:
    values = values_of(1)
    with opened(write_raster(tmp_path / "a.tif", values)) as raster:

        def around(column: float, row: float) -> float:
            return value_around(raster, cells((column, row))[0], UTM, Silent())

        meant = values[29:32, 19:22].astype(float).mean()
        assert around(20.5, 30.5) == pytest.approx(meant, abs=1e-6)
        at_hole = values[39:42, 58:61].astype(float)
        assert around(59.5, 40.5) == pytest.approx(np.nanmean(at_hole), abs=1e-6)
        assert math.isnan(around(70.5, 45.5))
        assert math.isnan(around(-50, 10))


def test_the_nearest_station_within_reach_is_meant() -> None:
    fields = (Field("name"), Field("water_temp_c", "real"))
    rows = {
        "s1": {"name": "Gauge", "water_temp_c": 17.5, GEOMETRY: shapely.Point(LEFT + 10, TOP - 10)},
        "s2": {"name": "Far", "water_temp_c": None, GEOMETRY: shapely.Point(LEFT + 60, TOP - 10)},
    }
    table = FeatureTable.from_rows("stations", UTM, fields, rows)
    layer = Layer("Stations", Source(TABLE, "stations"), PointStyle(), role="stations")
    base = two_nights()
    tables = MappingProxyType({"stations": table})
    project = replace(base, layers=(*base.layers, layer), tables=tables)
    found = station_near(project, {}, Point(LEFT + 14, TOP - 13))
    assert found == ("Gauge", Point(LEFT + 10, TOP - 10), 17.5)
    name, _, water = station_near(project, {}, Point(LEFT + 58, TOP - 10))
    assert name == "Far"
    assert math.isnan(water)
    assert station_near(project, {}, Point(LEFT + 30, TOP - 30)) is None
    assert station_near(base, {}, Point(LEFT, TOP)) is None


def test_readings_that_are_not_typed_yet_do_not_count() -> None:
    at = Point(0, 0)
    some = [Reading("a", at, 10.0, 11.0), Reading("b", at, 14.0, 15.0), Reading("c", at, 20.0)]
    found = fit_readings(some, "offset")
    assert found.correction.offset == pytest.approx(1.0)
    assert found.correction.readings == 2
    assert found.used.tolist() == [True, True, False]
    with pytest.raises(ParameterError, match="2 readings are too few"):
        fit_readings(some, "gain")
    assert some[2].read(21.0).reading == 21.0
