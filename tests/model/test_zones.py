"""The zones of CGCS2000 agree with the EPSG registry."""

from __future__ import annotations

import pytest
from pyproj import CRS

from gisapp.model.zones import Zone, all_zones, zone_at, zone_of_crs, zone_of_easting

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
