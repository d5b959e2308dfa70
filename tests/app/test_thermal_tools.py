"""Tools that measure temperatures: what each gesture asks for."""

from __future__ import annotations

import pytest

from gisapp.app.thermal_tools import TOOLS, ThermalArea, ThermalBox, ThermalLine, ThermalSpot
from gisapp.app.tools import MapState, MeasureValues, Pointer, Preview
from gisapp.model.geometry import Pixel, Point, Size
from gisapp.model.project import Project
from gisapp.render.camera import Camera

CAMERA = Camera(Point(500_000, 2_560_000), 1.0, Size(400, 300), "EPSG:4547")


def look() -> MapState:
    return MapState(Project())


def at(x: float, y: float, camera: Camera = CAMERA) -> Pointer:
    return Pointer(Pixel(x, y), camera)


def asked(effects) -> list[MeasureValues]:
    return [effect for effect in effects if isinstance(effect, MeasureValues)]


def test_a_click_is_a_spot_and_a_drag_is_none() -> None:
    tool = ThermalSpot(look)
    tool.press(at(100, 100))
    (made,) = asked(tool.release(at(101, 100)))
    assert (made.kind, made.crs, made.places) == ("spot", CAMERA.crs, (at(101, 100).point,))
    tool.press(at(100, 100))
    assert asked(tool.release(at(160, 100))) == []
    assert asked(tool.release(at(160, 100))) == []


@pytest.mark.parametrize(
    ("tool", "kind", "least"), [(ThermalLine, "line", 2), (ThermalArea, "area", 3)]
)
def test_clicks_are_a_line_or_an_area_once_finished(tool, kind, least) -> None:
    tool = tool(look)
    places = [(10, 10), (200, 20), (150, 200)]
    for x, y in places:
        tool.press(at(x, y))
        tool.release(at(x, y))
    tool.press(at(*places[-1]))  # the second press of a double click
    assert tool.is_drawing
    effects = tuple(tool.finish())
    (made,) = asked(effects)
    assert made.kind == kind
    assert made.places == tuple(at(x, y).point for x, y in places)
    assert effects[0] == Preview(), "the drawing makes way for what is kept"
    assert not tool.is_drawing
    for x, y in places[: least - 1]:
        tool.press(at(x, y))
    assert asked(tool.finish()) == []
    assert tuple(tool.finish()) == ()


def test_a_drag_is_a_box_also_on_a_turned_map() -> None:
    from dataclasses import replace

    turned = replace(CAMERA, rotation=30.0)
    tool = ThermalBox(look)
    tool.press(at(100, 80, turned))
    (seen,) = tool.move(at(200, 150, turned))
    assert seen.closed
    _, made = tool.release(at(200, 150, turned))
    assert made.places == seen.line
    corners = [turned.to_screen(place) for place in made.places]
    meant = [(100, 80), (200, 80), (200, 150), (100, 150)]
    assert [(round(x, 6), round(y, 6)) for x, y in corners] == meant
    tool.press(at(100, 80))
    assert asked(tool.release(at(101, 80))) == []
    tool.press(at(100, 80))
    tool.cancel()
    assert asked(tool.release(at(300, 180))) == []


def test_every_tool_is_listed_by_its_name() -> None:
    assert sorted(TOOLS) == ["thermal_area", "thermal_box", "thermal_line", "thermal_spot"]
