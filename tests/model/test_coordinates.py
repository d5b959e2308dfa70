"""Places as text: what people paste, and what the program writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisapp.model.coordinates import format_angle, format_place, parse_angle, parse_place
from gisapp.model.crs import CGCS2000, transform_point
from gisapp.model.errors import ParameterError
from gisapp.model.geometry import Point
from gisapp.model.zones import zone_at

PLACE = Point(113 + 21 / 60 + 8.4 / 3600, 23 + 6 / 60 + 41.2 / 3600)
longitudes = st.floats(-180, 180, allow_nan=False)
latitudes = st.floats(-89.9, 89.9, allow_nan=False)


@pytest.mark.parametrize(
    "text",
    [
        "113°21′08.4″E 23°06′41.2″N",
        "23°06′41.2″N, 113°21′08.4″E",
        "N23°06'41.2\" E113°21'08.4\"",
        "113°21'08.4'' 23°06'41.2''",
        "东经113度21分8.4秒，北纬23度6分41.2秒",
        "北纬23°6′41.2″ 东经113°21′8.4″",
        "113°21.14′E 23°6.686667′N",
        "113 21 08.4 E 23 06 41.2 N",
        "１１３°２１′０８．４″Ｅ　２３°０６′４１．２″Ｎ",
        "经度：113.3523333 纬度：23.1114444",
        "lat=23.1114444; lng=113.3523333",
        "113.3523333 23.1114444",
        "23.1114444,113.3523333",
        "（113.3523333，23.1114444）",
        "113.3523333°, 23.1114444°",
    ],
)
def test_one_place_in_many_forms(text: str) -> None:
    found = parse_place(text, CGCS2000)
    assert found == pytest.approx(PLACE, abs=1e-6)


@pytest.mark.parametrize(
    "text",
    ["", "abc", "113.35", "113.35 23.1 5", "113°75′00″ 23°", "12°N 13°N", "200 300 400", "E N",
     "1e5 2", "113.35.2 23", "23°06′41.2″N 95°N", "nan nan"],
)  # fmt: skip
def test_what_is_no_place_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        parse_place(text, CGCS2000)
    assert "113" in caught.value.hint


def test_south_and_west_are_negative() -> None:
    assert parse_place("70°30′W 33°30′S", CGCS2000) == (-70.5, -33.5)
    assert parse_place("-33.5, -70.5", CGCS2000) == (-33.5, -70.5)  # no letters: longitude first
    assert parse_angle("33.5S") == (-33.5, "S")
    assert parse_angle("113 and more") is None


@pytest.mark.parametrize(
    ("text", "crs", "place"),
    [
        ("433000, 2556000", "EPSG:4547", (433_000, 2_556_000)),
        ("2556000 433000", "EPSG:4547", (433_000, 2_556_000)),
        ("X=2556000 Y=433000", "EPSG:4547", (433_000, 2_556_000)),
        ("38433000 2556000", "EPSG:4547", (433_000, 2_556_000)),
        ("2556000 38433000", "EPSG:4526", (38_433_000, 2_556_000)),
        ("433000 2556000", "EPSG:4526", (38_433_000, 2_556_000)),
        ("433000.25 2556000.75", "EPSG:32649", (433_000.25, 2_556_000.75)),
    ],
)
def test_metres(text: str, crs: str, place: tuple[float, float]) -> None:
    assert parse_place(text, crs) == pytest.approx(place, abs=1e-6)


def test_metres_of_another_zone_land_where_they_are() -> None:
    here = transform_point(PLACE, CGCS2000, "EPSG:4525")  # zone 37, with number
    assert 37_000_000 < here.x < 38_000_000
    found = parse_place(f"{here.x} {here.y}", "EPSG:4547")
    assert transform_point(found, "EPSG:4547", CGCS2000) == pytest.approx(PLACE, abs=1e-8)
    with pytest.raises(ParameterError, match="metres without a zone") as caught:
        parse_place("433000 2556000", CGCS2000)
    assert "38 for 114°E" in caught.value.hint


def test_places_are_written_with_longitude_first() -> None:
    assert format_place(PLACE, CGCS2000) == "113°21′08.4″E 23°06′41.2″N"
    assert format_place(PLACE, CGCS2000, "decimal") == "113.352333°, 23.111444°"
    assert format_place(PLACE, CGCS2000, "metres").endswith("(114°E)")
    assert format_place(Point(433_000, 2_556_000), "EPSG:4547", "metres") == "433000.00, 2556000.00"
    west = format_place(Point(-0.5, -51.5), "EPSG:4326", "metres")
    assert west == "-0.500000°, -51.500000°"  # there are no zones


def test_sixty_seconds_are_never_shown() -> None:
    assert format_angle(113.99999999, "EW") == "114°00′00.0″E"
    assert format_angle(-0.9999999, "NS", 0) == "1°00′00″S"
    assert format_angle(-0.0000001, "NS") == "0°00′00.0″N"


@given(longitudes, latitudes)
def test_degrees_minutes_and_seconds_come_back(longitude: float, latitude: float) -> None:
    text = f"{format_angle(longitude, 'EW', 4)} {format_angle(latitude, 'NS', 4)}"
    found = parse_place(text, CGCS2000)
    assert found == pytest.approx((longitude, latitude), abs=0.00005 / 3600 + 1e-12)


@given(st.floats(90.1, 134.5), st.floats(4, 53), st.booleans())
def test_decimal_degrees_in_china_come_back_in_both_orders(
    longitude: float, latitude: float, swapped: bool
) -> None:
    parts = [f"{longitude:.7f}", f"{latitude:.7f}"]
    found = parse_place(" ".join(reversed(parts) if swapped else parts), CGCS2000)
    assert found == pytest.approx((longitude, latitude), abs=1e-7)


@given(st.floats(74, 134), st.floats(4, 53), st.booleans())
def test_metres_with_the_zone_come_back(longitude: float, latitude: float, swapped: bool) -> None:
    zone = zone_at(longitude, numbered=True)
    assert zone is not None
    place = transform_point(Point(longitude, latitude), CGCS2000, zone.crs)
    parts = [f"{place.x:.3f}", f"{place.y:.3f}"]
    found = parse_place(", ".join(reversed(parts) if swapped else parts), CGCS2000)
    assert found == pytest.approx((longitude, latitude), abs=3e-8)


@given(st.text(max_size=40))
def test_any_text_is_a_place_or_an_error_for_people(text: str) -> None:
    try:
        found = parse_place(text, CGCS2000)
    except ParameterError:
        return
    assert abs(found.x) <= 180.1
    assert abs(found.y) <= 90
