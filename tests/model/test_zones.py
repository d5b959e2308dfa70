"""The zones of CGCS2000 agree with the EPSG registry."""

from __future__ import annotations

import pytest
from pyproj import CRS

from gisapp.model.crs import transform_point
from gisapp.model.geometry import Point
from gisapp.model.zones import (
    Zone,
    all_zones,
    zone_at,
    zone_for,
    zone_of_crs,
    zone_of_easting,
)

ALL = [
    zone for width in (3, 6) for numbered in (True, False) for zone in all_zones(width, numbered)
]


@pytest.mark.parametrize("zone", ALL, ids=lambda z: z.crs)
def test_zones_are_what_epsg_says(zone: Zone) -> None:
    operation = CRS(zone.crs).coordinate_operation
    assert operation is not None
    said = {p.name: p.value for p in operation.params}
    assert said["Longitude of natural origin"] == zone.central_meridian
    assert said["False easting"] == zone.false_easting
    assert zone_of_crs(zone.crs) == zone
    assert f"{zone.central_meridian}°E" in zone.explanation


def test_there_are_all_64_systems() -> None:
    assert len({zone.crs for zone in ALL}) == 64


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4326", "EPSG:4512 ", "EPSG:4555", "WKT", ""])
def test_other_systems_are_no_zones(crs: str) -> None:
    assert zone_of_crs(crs) is None


@pytest.mark.parametrize(
    ("longitude", "width", "number"),
    [(114, 3, 38), (112.6, 3, 38), (112.4, 3, 37), (114, 6, 20), (113.9, 6, 19), (135, 3, 45)],
)
def test_the_zone_of_a_longitude(longitude: float, width: int, number: int) -> None:
    assert zone_at(longitude, width) == Zone(number)


def test_no_zone_outside_of_china() -> None:
    assert zone_at(10) is None
    assert zone_of_easting(433_000) is None
    assert zone_of_easting(24_500_000) is None
    assert zone_of_easting(38_433_000) == Zone(38, numbered=True)
    with pytest.raises(ValueError, match="no zone 24"):
        Zone(24)


@pytest.mark.parametrize("zone", ALL, ids=lambda z: z.crs)
def test_the_lesson_says_where_the_zone_is_and_how_to_read_its_numbers(zone: Zone) -> None:
    """The area EPSG gives lies within it; a place on the meridian has the easting it tells."""
    area = CRS(zone.crs).area_of_use
    assert area is not None
    assert zone.west - 0.02 <= area.west
    assert area.east <= zone.east + 0.02
    lesson = zone.lesson
    assert f"{zone.central_meridian}°E" in lesson
    assert zone.with_number(not zone.numbered).crs in lesson
    x, _ = transform_point(Point(zone.central_meridian, 35.0), "EPSG:4490", zone.crs)
    assert f"{x:,.0f}".replace(",", " ") in lesson
    assert ("8 digits" in lesson) == (len(f"{x:.0f}") == 8)


@pytest.mark.parametrize(
    ("west", "east", "crs", "said"),
    [
        (113.2, 114.6, "EPSG:4547", "zone 38"),
        (113.5, 113.5, "EPSG:4547", "113.50°E"),
        (111.0, 115.0, "EPSG:4508", "6° zone 19"),
        (98.0, 122.0, "EPSG:4508", "more than one zone"),
    ],
)
def test_the_zone_that_is_proposed_and_why(west: float, east: float, crs: str, said: str) -> None:
    zone, why = zone_for(west, east)
    assert zone is not None
    assert zone.crs == crs
    assert said in why


def test_outside_of_china_no_zone_is_proposed() -> None:
    zone, why = zone_for(-75.0, -73.0)
    assert zone is None
    assert "outside" in why
