"""Tools are tested by comparing what they ask for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gisapp.app.looking_tools import IdentifyTool, Pan, SelectBox, ZoomBox
from gisapp.app.measuring_tools import MeasureArea, MeasureLine
from gisapp.app.outfall_tools import AddOutfall, DeleteFeature, MoveFeature
from gisapp.app.snapping import on_river, snap_to_line
from gisapp.app.tools import Identify, OpenForm, Preview, Say, Select
from gisapp.model.crs import transform_point
from gisapp.model.edit import FeatureEdit
from gisapp.model.features import Features
from gisapp.model.geometry import Extent, Pixel, Point
from gisapp.model.table import GEOMETRY
from tests.app.map_state import CAMERA, at, locked, selected, survey
from tests.own import OWN
from tests.ui.map_setting import MIDDLE, OUTFALLS, RIVERS, rivers

W0 = at(200, 150)  # where the outfall is drawn
RIVER_Y = 250  # the pixel row of the river


def only(effects, kind):
    found = [effect for effect in effects if isinstance(effect, kind)]
    assert len(found) == 1
    return found[0]


def test_pan_follows_the_hand():
    tool = Pan(survey)
    assert list(tool.move(at(5, 5))) == []
    tool.press(at(10, 10))
    assert list(tool.move(at(30, 5))) == [CAMERA.panned(20, -5)]
    tool.release(at(30, 5))
    assert list(tool.move(at(50, 50))) == []


def test_zoom_box_shows_its_box_and_fits_it():
    tool = ZoomBox(survey)
    tool.press(at(200, 150))
    preview = only(tool.move(at(300, 200)), Preview)
    assert preview.box == Extent(MIDDLE.x, MIDDLE.y - 50, MIDDLE.x + 100, MIDDLE.y)
    camera = only(tool.release(at(300, 200)), type(CAMERA))
    assert camera.resolution == pytest.approx(100 / 400)


def test_identify_asks_on_a_click_but_not_after_a_drag():
    tool = IdentifyTool(survey)
    tool.press(W0)
    assert list(tool.release(W0)) == [Identify(W0)]
    tool.press(W0)
    assert list(tool.release(at(260, 150))) == []


def test_select_click_box_and_nothing():
    tool = SelectBox(survey)
    tool.press(W0)
    assert only(tool.release(W0), Select) == Select(OUTFALLS, frozenset(["0"]))
    tool.press(at(150, 100))
    chosen = only(tool.release(at(250, 200, "shift")), Select)
    assert chosen == Select(OUTFALLS, frozenset(["0"]), add=True)
    tool.press(at(20, 20))
    assert only(tool.release(at(20, 20)), Select) == Select(None, frozenset())


def test_select_box_finds_lines():
    tool = SelectBox(survey)
    tool.press(at(220, 240))
    assert only(tool.release(at(240, 260)), Select) == Select(RIVERS, frozenset(["r2"]))


def test_measure_shows_both_lengths_while_drawing():
    tool = MeasureLine(survey)
    tool.press(at(100, 100))
    preview = only(tool.move(at(200, 100)), Preview)
    first, second = preview.label.splitlines()
    assert first.endswith("m on the ellipsoid")
    assert second == "100.0 m in the plane of EPSG:4547"


def test_measure_takes_back_finishes_and_starts_anew():
    tool = MeasureLine(survey)
    for x in (100, 200, 260):
        tool.press(at(x, 100))
    assert len(only(tool.key("backspace"), Preview).line) == 2
    done = only(tool.key("enter"), Preview)
    assert len(done.line) == 2
    assert not tool.is_drawing
    assert list(tool.move(at(300, 300))) == []
    assert len(only(tool.press(at(5, 5)), Preview).line) == 1


def test_measure_area():
    tool = MeasureArea(survey)
    for x, y in ((100, 100), (200, 100), (200, 200)):
        preview = only(tool.press(at(x, y)), Preview)
    assert preview.closed
    assert preview.label.splitlines()[1] == "5,000.0 m² in the plane of EPSG:4547"


def test_add_outfall_far_from_rivers():
    """In the table's system, suspected, chosen, with its form."""
    tool = AddOutfall(lambda: far)
    far = replace(survey(), data={})
    tool.press(at(50, 50))
    effects = list(tool.release(at(50, 50)))
    edit = only(effects, FeatureEdit)
    [(fid, row)] = edit.after.items()
    assert edit.before == {fid: None}
    assert (row["kind"], row["state"], row["receiving_reach"]) == ("suspected", "suspected", None)
    assert (row[GEOMETRY].x, row[GEOMETRY].y) == (MIDDLE.x - 150, MIDDLE.y + 100)
    assert effects[-2:] == [Select(OUTFALLS, frozenset([fid])), OpenForm(OUTFALLS, fid)]


def test_add_outfall_in_a_map_of_another_system():
    degrees = transform_point(MIDDLE, "EPSG:4547", "EPSG:4490")
    camera = replace(CAMERA, center=degrees, resolution=1e-5, crs="EPSG:4490")
    pointer = replace(W0, camera=camera)
    tool = AddOutfall(survey)
    tool.press(pointer)
    [row] = only(tool.release(pointer), FeatureEdit).after.values()
    assert (row[GEOMETRY].x, row[GEOMETRY].y) == pytest.approx(MIDDLE, abs=1e-3)


def test_add_outfall_is_caught_on_the_river():
    """10 pixels north of a river that flows east: left bank, at the reach's distance."""
    tool = AddOutfall(survey)
    pointer = at(100, RIVER_Y - 10)
    preview = only(tool.move(pointer), Preview)
    assert preview.snapped == Point(MIDDLE.x - 100, MIDDLE.y - 100)
    tool.press(pointer)
    [row] = only(tool.release(pointer), FeatureEdit).after.values()
    assert (row[GEOMETRY].x, row[GEOMETRY].y) == preview.snapped
    assert (row["receiving_reach"], row["bank"], row["river"]) == (1, "左岸", "Made-up River")
    assert row["distance_to_mouth_m"] == pytest.approx(100 + 300)


def test_alt_leaves_the_place_where_it_was_clicked():
    tool = AddOutfall(survey)
    pointer = at(100, RIVER_Y + 10, "alt")
    tool.press(pointer)
    [row] = only(tool.release(pointer), FeatureEdit).after.values()
    assert row[GEOMETRY].y == MIDDLE.y - 110
    assert row["bank"] == "右岸"


def test_a_river_drawn_upstream_has_its_banks_right():
    data = rivers()
    coords = data.shapes.coords.copy()
    coords[:2] = coords[1::-1]  # the first reach drawn from its lower end
    turned = Features(
        data.crs, data.fields, data.ids, data.columns, replace(data.shapes, coords=coords)
    )
    state = replace(survey(), data={RIVERS: turned})
    pointer = at(100, RIVER_Y - 10)
    snap = snap_to_line(state, CAMERA, pointer.pixel, 15)
    assert snap is not None
    told = on_river(turned, snap, pointer.point, CAMERA.crs)
    assert (told.bank, told.distance_to_mouth) == ("左岸", pytest.approx(400))


def test_snapping_stops_at_fifteen_pixels():
    assert snap_to_line(survey(), CAMERA, Pixel(100, RIVER_Y - 14), 15) is not None
    assert snap_to_line(survey(), CAMERA, Pixel(100, RIVER_Y - 16), 15) is None


def test_move_previews_and_ends_in_one_edit():
    tool = MoveFeature(survey)
    assert only(tool.press(W0), Select).features == {"0"}
    assert only(tool.move(at(230, 120)), Preview).points == (Point(MIDDLE.x + 30, MIDDLE.y + 30),)
    edit = only(tool.release(at(230, 120)), FeatureEdit)
    assert list(edit.after) == ["0"]
    assert set(edit.after["0"]) == {GEOMETRY}
    assert (edit.after["0"][GEOMETRY].x, edit.before["0"][GEOMETRY].x) == (MIDDLE.x + 30, MIDDLE.x)


def test_move_without_a_drag_changes_nothing():
    tool = MoveFeature(survey)
    tool.press(W0)
    assert list(tool.release(at(201, 150))) == [Preview()]


def test_cancel_drops_the_point():
    tool = MoveFeature(survey)
    tool.press(W0)
    assert list(tool.cancel()) == [Preview()]
    assert list(tool.release(at(230, 120))) == [Preview()]


def test_delete_by_click_and_by_key():
    edit = only(DeleteFeature(survey).press(W0), FeatureEdit)
    assert edit.after == {"0": None}
    assert edit.before["0"]["name"] == "W-0"
    assert only(DeleteFeature(lambda: selected("0")).key("delete"), FeatureEdit).after == edit.after
    assert list(DeleteFeature(survey).key("delete")) == []


@pytest.mark.parametrize("tool", [AddOutfall, MoveFeature, DeleteFeature])
@pytest.mark.parametrize("state", [locked(), survey(read_only=True)])
def test_locked_and_read_only_layers_say_so(tool, state):
    made = tool(lambda: state)
    effects = [*made.press(W0), *made.release(W0)]
    said = only(effects, Say)
    assert said.hint
    assert not [effect for effect in effects if isinstance(effect, FeatureEdit)]


def test_the_toolbox_makes_each_tool_by_its_name():
    for entry in OWN.toolbox():
        assert entry.make(survey).name == entry.name
