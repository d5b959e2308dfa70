"""The style panel: fields show what they choose, the map follows the hand, a change is an edit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox

from gisapp.model.edit import LayersEdit
from gisapp.model.style import AreaStyle, Category, LineStyle, PointStyle
from gisapp.ui.style_fields import DASHES, MARKER_SIZE, SizeField
from gisapp.ui.style_panel import StylePanel
from tests.ui.window_setting import OUTFALLS, RIVERS, STATIONS, window_context


@pytest.fixture(params=["en", "zh_CN"])
def context(request, qtbot):
    with window_context(language=request.param) as made:
        yield made


def panel(context, qtbot, layer) -> StylePanel:
    made = StylePanel(context, layer)
    qtbot.addWidget(made)
    made.resize(320, 700)
    made.show()
    qtbot.addWidget(made)
    return made


def style_of(context, layer):
    return context.workspace.store.project.layer(layer).style


def restyle(context, layer, style) -> None:
    store = context.workspace.store
    before = store.project.layers
    after = tuple(replace(la, style=style) if la.id == layer else la for la in before)
    store.apply(LayersEdit("Style", before, after))


def leave(made: StylePanel) -> None:
    for go in made.leave:
        go()
    made.leave.clear()


def test_a_marker_is_one_click_and_one_step_back(context, qtbot) -> None:
    made = panel(context, qtbot, STATIONS)
    assert made.symbols.value() == ("diamond", "")
    assert made.symbols.buttons["diamond", ""].isChecked()
    QTest.mouseClick(made.symbols.buttons["circle", "intake"], Qt.MouseButton.LeftButton)
    style = style_of(context, STATIONS)
    assert (style.marker, style.size) == ("intake", MARKER_SIZE)
    context.workspace.store.undo()
    assert style_of(context, STATIONS) == PointStyle(shape="diamond")
    assert made.symbols.buttons["diamond", ""].isChecked()
    QTest.mouseClick(made.symbols.buttons["square", ""], Qt.MouseButton.LeftButton)
    assert style_of(context, STATIONS) == PointStyle(shape="square")
    leave(made)


def test_dashes_are_chosen_by_their_picture(context, qtbot) -> None:
    made = panel(context, qtbot, RIVERS)
    assert not any(made.dashes.itemIcon(n).isNull() for n in range(made.dashes.count()))
    made.dashes.setCurrentIndex(2)
    made.dashes.activated.emit(2)
    assert style_of(context, RIVERS).dash == DASHES[2]
    restyle(context, RIVERS, LineStyle(dash=(2.0, 9.0)))
    assert made.dashes.value() == (2.0, 9.0)
    assert made.dashes.count() == len(DASHES) + 1
    restyle(context, RIVERS, LineStyle())
    assert made.dashes.value() == ()
    assert made.dashes.count() == len(DASHES)
    leave(made)


def test_clusters_are_one_click_away(context, qtbot) -> None:
    made = panel(context, qtbot, OUTFALLS)
    box = made.form.field("cluster")
    assert isinstance(box, QCheckBox)
    box.click()
    assert style_of(context, OUTFALLS).cluster
    box.click()
    assert not style_of(context, OUTFALLS).cluster
    leave(made)


def test_the_map_follows_the_slider_and_the_project_hears_of_the_end(context, qtbot) -> None:
    made, view = panel(context, qtbot, RIVERS), context.map_view
    field = made.form.field("width")
    assert isinstance(field, SizeField)
    slider = field.slider
    before = style_of(context, RIVERS)
    tried: list[float] = []
    field.tried.connect(tried.append)
    slider.setSliderDown(True)
    for place in (60, 90, 120):
        slider.setValue(place)
    assert tried == sorted(tried)
    assert len(tried) == 3
    assert style_of(context, RIVERS) == before
    (trial,) = view._trials.values()
    assert trial.style.width == tried[-1]
    slider.setSliderDown(False)
    assert not view._trials
    assert style_of(context, RIVERS).width == tried[-1]
    context.workspace.store.undo()
    assert style_of(context, RIVERS) == before
    assert field.value() == before.width
    leave(made)


def test_a_typed_size_is_kept_to_the_limits(context, qtbot) -> None:
    made = panel(context, qtbot, RIVERS)
    number = made.form.field("width").number
    number.setValue(500)
    assert style_of(context, RIVERS).width == 30
    leave(made)


def test_a_colour_tried_in_the_dialog_is_no_edit(context, qtbot) -> None:
    made = panel(context, qtbot, RIVERS)
    color = made.form.field("color")
    before = style_of(context, RIVERS)
    color.tried.emit("#ff0000")
    assert style_of(context, RIVERS) == before
    color.tried.emit(before.color)
    assert not context.map_view._trials
    color.set_value("#00ff00")
    color.changed.emit()
    assert style_of(context, RIVERS).color == "#00ff00"
    leave(made)


def test_another_field_of_colours_rebuilds_the_form(context, qtbot) -> None:
    two = (Category("1", "First", "一级", "#ff0000"), Category("2", "Second", "二级", "#00ff00"))
    restyle(context, RIVERS, AreaStyle(by="level", categories=two))
    made = panel(context, qtbot, RIVERS)
    count = len(made._parts)
    restyle(context, RIVERS, AreaStyle(by="level", categories=two[:1]))
    assert len(made._parts) == count - 1
    leave(made)


def test_no_field_is_cut_or_squeezed(context, qtbot) -> None:
    for layer in (OUTFALLS, RIVERS, STATIONS):
        made = panel(context, qtbot, layer)
        made.resize(300, 900)
        QTest.qWait(0)
        for name in made.form.parameters:
            field = made.form.field(name)
            assert field.mapTo(made, QPoint(field.width(), 0)).x() <= made.width()
            assert field.width() >= min(field.minimumSizeHint().width(), 250)
        leave(made)
