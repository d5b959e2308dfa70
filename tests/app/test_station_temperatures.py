"""The water as stations recorded it when a layer of temperatures was taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gisapp.app.station_temperatures import Taken, station_readings, taken, water_at
from gisapp.app.thermal_readings import fit_readings
from gisapp.model.errors import ParameterError
from gisapp.model.field import Field
from gisapp.model.layer import TABLE, Layer, Source
from gisapp.model.progress import Silent
from gisapp.model.project import Project
from gisapp.model.style import PointStyle
from gisapp.model.table import GEOMETRY, FeatureTable
from tests.app.thermal_scene import UTM, cells, opened, two_nights, values_of, write_raster
from tests.flight_project import FlightPlace, make_levelled

NIGHT = datetime(2025, 1, 17, 20, 41, 7)


def at(*minutes: float) -> np.ndarray:
    moments = [NIGHT + timedelta(minutes=n) for n in minutes]
    return np.array(moments, "datetime64[s]")


def test_between_two_records_the_value_is_worked_out() -> None:
    found = water_at(at(-30, -10, 20, 40), np.array([9.0, 12.0, 15.0, 30.0]), NIGHT, 60)
    assert found is not None
    assert found.celsius == pytest.approx(13.0)
    assert found.between
    assert found.minutes == pytest.approx(-10)


def test_with_records_on_one_side_the_nearest_counts_and_none_from_beyond_the_window() -> None:
    values = np.array([9.0, 12.0])
    found = water_at(at(5, 20), values, NIGHT, 60)
    assert (found.celsius, found.between) == (9.0, False)
    assert water_at(at(61, 90), values, NIGHT, 60) is None
    one_side = water_at(at(-50, 90), values, NIGHT, 60)
    assert (one_side.celsius, one_side.between) == (9.0, False)
    exact = water_at(at(-10, 0), values, NIGHT, 60)
    assert (exact.celsius, exact.between) == (12.0, False)
    assert water_at(at(), np.zeros(0), NIGHT, 60) is None


def test_a_record_without_a_valid_value_is_none() -> None:
    found = water_at(at(-10, 1, 30), np.array([10.0, np.nan, 20.0]), NIGHT, 60)
    assert found is not None
    assert found.celsius == pytest.approx(12.5)


@given(
    st.lists(
        st.tuples(st.integers(-500, 500), st.floats(-5, 45)), min_size=1, max_size=20,
        unique_by=lambda pair: pair[0],
    ),
    st.integers(0, 300),
)  # fmt: skip
def test_what_is_worked_out_never_leaves_what_was_recorded(pairs, minutes) -> None:
    pairs = sorted(pairs)
    times, values = at(*(m for m, _ in pairs)), np.array([v for _, v in pairs])
    found = water_at(times, values, NIGHT, minutes)
    near = [v for m, v in pairs if abs(m) <= minutes]
    assert (found is None) == (not near)
    if found is not None:
        assert min(near) - 1e-9 <= found.celsius <= max(near) + 1e-9
        assert abs(found.minutes) == min(abs(m) for m, _ in pairs)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write_raster(tmp_path / "night.tif", values_of(1))
    rows = ["station_id,time,water_temp_c"]
    for name, warm in (("s1", 20.0), ("s2", 24.0), ("s3", 22.0)):
        rows += [f"{name},2025-01-17 20:{minute},{warm + k}" for k, minute in enumerate((31, 51))]
    rows.append("s4,2025-01-17 03:00,5.0")
    (tmp_path / "station_records.csv").write_text("\n".join(rows) + "\n", "utf-8")
    return tmp_path


def with_stations(*where: tuple[str, float, float]) -> Project:
    points = {name: cells((column, row))[0] for name, column, row in where}
    rows = {
        name: {"station_id": name, "name": name.upper(), GEOMETRY: shapely.Point(point)}
        for name, point in points.items()
    }
    fields = (Field("station_id"), Field("name"))
    table = FeatureTable.from_rows("stations", UTM, fields, rows)
    layer = Layer("Stations", Source(TABLE, "stations"), PointStyle(), role="stations")
    base = two_nights()
    tables = MappingProxyType({"stations": table})
    return replace(base, layers=(*base.layers, layer), tables=tables)


def test_stations_on_the_layer_become_readings_that_can_be_fitted(place: Path) -> None:
    project = with_stations(
        ("s1", 20.5, 30.5), ("s2", 90.5, 80.5), ("s3", 120.5, 60.5), ("s4", 30.5, 90.5),
        ("s5", 10.5, 10.5), ("s6", 70.5, 45.5), ("away", 900, 10),
    )  # fmt: skip
    when = taken(place / "night.tif")
    assert when == Taken(NIGHT)  # as the file's own tag says
    with opened(place / "night.tif") as raster:
        found = station_readings(project, {}, lambda n: place / n, raster, when, 60, Silent())
    by_name = {one.name: one for one in found.readings}
    assert set(by_name) == {"S1", "S2", "S3"}
    share = (10 + 7 / 60) / 20
    assert by_name["S1"].reading == pytest.approx(20.0 + share, abs=1e-6)
    assert "between" in by_name["S1"].note
    assert by_name["S1"].measured == pytest.approx(
        float(values_of(1)[29:32, 19:22].astype(float).mean()), abs=1e-5
    )
    silent = dict(found.silent)
    assert set(silent) == {"S4", "S5", "S6"}
    assert "no record within 60 min of 2025-01-17 20:41" in silent["S4"]
    assert "no value" in silent["S6"]
    fit = fit_readings(found.readings, "offset")
    assert fit.correction.readings >= 2


def test_without_a_time_there_is_nothing_to_look_for(place: Path) -> None:
    project = with_stations(("s1", 20.5, 30.5))
    write_raster(place / "plain.tif", values_of(1), tags={})
    assert taken(place / "plain.tif") == Taken()
    with opened(place / "plain.tif") as raster, pytest.raises(ParameterError, match="not known"):
        station_readings(project, {}, lambda n: place / n, raster, Taken(), 60, Silent())


def test_each_place_of_a_flight_was_seen_at_its_own_moment(tmp_path: Path) -> None:
    place: FlightPlace = make_levelled(tmp_path)
    opened_flight = place.opened()
    assert opened_flight.mosaic is not None
    when = taken(opened_flight.mosaic)
    assert when.flight is not None
    first, last = opened_flight.flight.frames[0], opened_flight.flight.frames[-1]
    moments = []
    for frame in (first, last):
        middle = np.mean(frame.corners, axis=0)
        found = when.at(tuple(middle), opened_flight.flight.crs)
        assert found is not None
        moments.append(found.isoformat())
    assert moments == [first.taken_at, last.taken_at]
    frame = taken(place.frames / first.name)
    assert frame.moment.isoformat() == first.taken_at
