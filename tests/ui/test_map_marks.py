"""Rings around the selection, the card under a resting pointer, and the menu of a place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu

from gisapp.app.tools import OpenForm, Pointer, Say, Select, StartTrace
from gisapp.app.workspace import Selection
from gisapp.model.edit import LayersEdit
from gisapp.model.features import Shapes
from gisapp.model.geometry import Pixel
from gisapp.model.style import PointStyle
from gisapp.ui.map_copy import map_picture
from gisapp.ui.map_marks import MapMarks, selection_marks
from gisapp.ui.map_menu import menu_for
from gisapp.ui.map_widget import MapWidget
from tests.app.map_state import selected, survey
from tests.ui.map_setting import (
    CRS,
    MIDDLE,
    OUTFALLS,
    RIVERS,
    MapSetting,
    make_setting,
    project_with,
    rivers,
    runner,
    scattered,
    table_of,
)


@pytest.fixture
def setting(qtbot) -> Iterator[MapSetting]:
    main, jobs = runner()
    made = make_setting(jobs, project_with(table_of(scattered(1))), {RIVERS: rivers()})
    qtbot.addWidget(made.widget, before_close_func=MapWidget.close_map)
    made.widget.resize(400, 300)
    with qtbot.waitExposed(made.widget):
        made.widget.show()
    yield made
    made.desk.close()
    jobs.close()
    QApplication.processEvents()
    main.deleteLater()


def pointer(setting: MapSetting, x: float, y: float) -> Pointer:
    return Pointer(Pixel(x, y), setting.widget.camera)


def click(menu: QMenu, name: str) -> None:
    next(action for action in menu.actions() if action.objectName() == name).trigger()


def test_rings_lie_where_the_selected_points_are():
    rings, outlines = selection_marks(selected("0"), CRS)
    assert rings.tolist() == [list(MIDDLE)]
    assert outlines == []


def test_many_selected_points_and_lines():
    many = frozenset(str(n) for n in range(1500))
    state = replace(
        survey(),
        project=project_with(table_of(scattered(2000))),
        selection=Selection(OUTFALLS, many),
    )
    assert len(selection_marks(state, CRS)[0]) == 1500
    line = survey(selection=Selection(RIVERS, frozenset(["r2"])))
    rings, [outline] = selection_marks(line, CRS)
    assert len(rings) == 0
    assert np.array_equal(outline, rivers().shapes.coords[2:])


def test_marks_follow_selection_and_edits(setting):
    marks = MapMarks(setting.widget, setting.desk)
    setting.desk.carry_out([Select(OUTFALLS, frozenset(["0"]))])
    assert len(setting.widget.overlay.rings) == 1
    setting.desk.key("delete")
    assert len(setting.widget.overlay.rings) == 0
    marks.close()


@pytest.mark.parametrize("how", ["outline", "trace", "copied"])
def test_names_stay_readable_over_what_is_marked(setting, qtbot, how):
    layers = setting.store.project.layers
    named = replace(layers[1], style=PointStyle(label="name"))
    setting.store.apply(LayersEdit("Names", layers, (layers[0], named)))
    screen = setting.widget
    qtbot.waitUntil(lambda: bool(setting.view._labels and setting.view._labels.labels))
    (label,) = setting.view._labels.labels

    def ink() -> np.ndarray:
        """Where letters are, right of the point."""
        image = map_picture(screen, (), "") if how == "copied" else screen.grab().toImage()
        return np.array(
            [[image.pixelColor(x, y).lightness() < 90 for x in range(208, 236)]
             for y in range(142, 159)]
        )  # fmt: skip

    before = ink()
    assert before.sum() > 15
    assert label.offset[0] > 0
    assert label.offset[1] == 0
    across = np.array([(MIDDLE.x + 4, MIDDLE.y), (MIDDLE.x + 60, MIDDLE.y)])
    if how == "outline":
        screen.overlay.outlines = [across]
    else:
        screen.overlay.traced = Shapes("line", across, np.array([0, 2]), np.array([0]))
    screen.update()
    seen = screen.grab().toImage().pixelColor(250, 150)
    assert abs(seen.red() - seen.blue()) > 40  # the line is there, beside the name
    assert ink()[before].mean() > 0.9


def test_a_resting_pointer_gets_a_card(setting, qtbot):
    marks = MapMarks(setting.widget, setting.desk)
    marks.pointer_moved(pointer(setting, 201, 151))
    qtbot.waitUntil(lambda: bool(setting.widget.hover_note))
    assert setting.widget.hover_note == "W-0\nOutfalls"
    marks.pointer_moved(pointer(setting, 30, 30))
    assert setting.widget.hover_note == ""
    marks.close()


def test_no_card_while_measuring(setting):
    marks = MapMarks(setting.widget, setting.desk)
    setting.desk.take("measure")
    marks.pointer_moved(pointer(setting, 201, 151))
    assert not marks._still.isActive()
    marks.close()


def test_menu_copies_the_place_in_three_ways(setting):
    menu = menu_for(pointer(setting, 200, 150), setting.desk, setting.widget)
    clipboard = QGuiApplication.clipboard()
    texts = []
    for name in ("copy_dms", "copy_decimal", "copy_metres"):
        click(menu, name)
        texts.append(clipboard.text())
    assert "°" in texts[0]
    assert "′" in texts[0]
    assert texts[1].startswith("114.0000")
    assert texts[2] == "500000.00, 2560000.00"
    menu.deleteLater()


def test_menu_adds_an_outfall_there(setting):
    opened: list[OpenForm] = []
    setting.desk.form_wanted.subscribe(opened.append)
    menu = menu_for(pointer(setting, 50, 50), setting.desk, setting.widget)
    click(menu, "add")
    row = setting.store.project.tables["outfalls"].row(opened[0].feature)
    assert (row["geometry"].x, row["geometry"].y) == (MIDDLE.x - 150, MIDDLE.y + 100)
    menu.deleteLater()


def test_menu_traces_from_a_river_or_says_that_there_is_none(setting):
    traced: list[StartTrace] = []
    said: list[Say] = []
    setting.desk.trace_wanted.subscribe(traced.append)
    setting.desk.said.subscribe(said.append)
    for y in (255, 50):
        menu = menu_for(pointer(setting, 100, y), setting.desk, setting.widget)
        click(menu, "trace")
        menu.deleteLater()
    assert [(t.layer, t.feature) for t in traced] == [(RIVERS, "r1")]
    assert len(said) == 1
    assert said[0].hint


def test_menu_asks_what_is_there(setting, qtbot):
    told: list = []
    setting.desk.identified.subscribe(told.append)
    menu = menu_for(pointer(setting, 200, 150), setting.desk, setting.widget)
    click(menu, "identify")
    qtbot.waitUntil(lambda: bool(told))
    assert told[0][1][0].feature == "0"
    menu.deleteLater()
