"""Choosing by box and by lasso: upright and turned maps, little at once, much on a worker."""

from __future__ import annotations

from dataclasses import replace

import pytest
import shapely

from gisapp.app import choosing
from gisapp.app.looking_tools import SelectBox, SelectLasso, ZoomBox
from gisapp.app.store import Store
from gisapp.app.tool_desk import ToolDesk
from gisapp.app.tools import Choose, Pointer, Preview, Select
from gisapp.app.workspace import Selection, Workspace
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Pixel
from gisapp.model.table import GEOMETRY, FeatureTable
from gisapp.render.camera import Camera
from tests.app.map_state import CAMERA, at, survey
from tests.ui.map_setting import OUTFALLS, RIVERS, project_with, rivers, scattered, table_of

TURNED = replace(CAMERA, rotation=30.0)


def only(effects, kind):
    (found,) = [effect for effect in effects if isinstance(effect, kind)]
    return found


def grid_survey(camera: Camera):
    """Outfalls named by the pixel of the camera they are at, 50 pixels apart."""
    rows = {
        FeatureId(f"{x}-{y}"): {GEOMETRY: shapely.Point(*camera.to_map(Pixel(x, y)))}
        for x in range(25, 400, 50)
        for y in range(25, 300, 50)
    }
    table = FeatureTable.from_rows("outfalls", camera.crs, (), rows)
    return survey(project=project_with(table), data={})


def dragged(tool, camera: Camera, *pixels: tuple[float, float]):
    effects = list(tool.press(Pointer(Pixel(*pixels[0]), camera)))
    for pixel in pixels[1:]:
        effects = list(tool.move(Pointer(Pixel(*pixel), camera)))
    return effects, list(tool.release(Pointer(Pixel(*pixels[-1]), camera)))


@pytest.mark.parametrize("camera", [CAMERA, TURNED])
def test_a_box_takes_what_is_in_it_on_the_screen(camera):
    state = grid_survey(camera)
    shown, effects = dragged(SelectBox(lambda: state), camera, (110, 60), (190, 140))
    chosen = only(effects, Select)
    assert chosen.features == {"125-75", "175-75", "125-125", "175-125"}
    preview = only(shown, Preview)
    corners = preview.outline if camera.rotation else preview.box
    assert len(corners) == 4


@pytest.mark.parametrize("camera", [CAMERA, TURNED])
def test_a_zoom_box_fills_the_screen_and_keeps_the_map_turned(camera):
    _, effects = dragged(ZoomBox(survey), camera, (100, 100), (200, 150))
    seen = only(effects, Camera)
    assert seen.rotation == camera.rotation
    assert seen.resolution == pytest.approx(camera.resolution / 4)
    assert seen.center == pytest.approx(camera.to_map(Pixel(150, 125)))


ROUND = [(110, 60), (160, 50), (195, 90), (190, 140), (150, 145), (150, 90), (110, 90)]


@pytest.mark.parametrize("camera", [CAMERA, TURNED])
def test_a_lasso_that_is_dragged_takes_what_it_goes_around(camera):
    state = grid_survey(camera)
    shown, effects = dragged(SelectLasso(lambda: state), camera, *ROUND)
    assert only(effects, Select).features == {"125-75", "175-75", "175-125"}
    assert len(only(shown, Preview).outline) == len(ROUND)


def test_corners_that_are_clicked_are_closed_by_enter_and_taken_back_by_backspace():
    state = grid_survey(CAMERA)
    tool = SelectLasso(lambda: state)
    for pixel in (*ROUND, (390, 290)):
        tool.press(at(*pixel))
        tool.release(at(*pixel))
    assert tool.is_drawing
    assert len(only(tool.key("backspace"), Preview).outline) == len(ROUND)
    assert len(only(tool.move(at(5, 5)), Preview).outline) == len(ROUND) + 1
    assert only(tool.key("enter"), Select).features == {"125-75", "175-75", "175-125"}
    assert not tool.is_drawing


def test_the_outline_stays_on_the_map_when_it_is_moved_in_between():
    state = grid_survey(CAMERA)
    tool = SelectLasso(lambda: state)
    moved = CAMERA.panned(40, -30)
    for number, pixel in enumerate(ROUND):
        camera = moved if number > 2 else CAMERA
        pointer = Pointer(camera.to_screen(CAMERA.to_map(Pixel(*pixel))), camera)
        tool.press(pointer)
        tool.release(pointer)
    assert only(tool.finish(), Select).features == {"125-75", "175-75", "175-125"}


def test_a_click_with_the_lasso_takes_what_is_under_it():
    state = grid_survey(CAMERA)
    tool = SelectLasso(lambda: state)
    tool.press(at(125, 75))
    tool.release(at(125, 75))
    assert only(tool.finish(), Select) == Select(OUTFALLS, frozenset(["125-75"]))
    assert list(tool.key("enter")) == []
    assert list(tool.cancel()) == [Preview()]


def test_among_very_many_a_worker_chooses(monkeypatch, inline_jobs):
    monkeypatch.setattr(choosing, "AT_ONCE", 10)
    state = grid_survey(CAMERA)
    _, effects = dragged(SelectBox(lambda: state), CAMERA, (110, 60), (190, 140))
    wanted = only(effects, Choose)
    workspace = Workspace(Store(state.project))
    desk = ToolDesk(workspace, inline_jobs, dict)
    desk.carry_out(effects)
    first = Selection(OUTFALLS, frozenset(["125-75", "175-75", "125-125", "175-125"]))
    assert workspace.selection == first
    nowhere = tuple(Pixel(x + 5000, y) for x, y in wanted.outline)
    desk.carry_out([replace(wanted, outline=nowhere, add=True)])
    assert workspace.selection == first
    desk.carry_out([replace(wanted, outline=nowhere)])
    assert workspace.selection == Selection()


def test_the_active_layer_comes_first_and_lines_are_touched_not_framed():
    state = survey(project=project_with(table_of(scattered(1))), data={RIVERS: rivers()})
    _, effects = dragged(SelectBox(lambda: state), CAMERA, (150, 100), (250, 280))
    assert only(effects, Select).layer == OUTFALLS
    active = replace(state, active=RIVERS)
    _, effects = dragged(SelectBox(lambda: active), CAMERA, (210, 100), (250, 280))
    assert only(effects, Select) == Select(RIVERS, frozenset(["r2"]))
