"""The temperature scale under the hand: the map follows, one edit at the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gisapp.app.settings import Settings
from gisapp.app.store import Store
from gisapp.app.workspace import Workspace
from gisapp.io.raster_statistics import RasterStatistics
from gisapp.model.edit import LayersEdit
from gisapp.model.layer import Layer, LayerId, Source
from gisapp.model.project import Project
from gisapp.model.style import ThermalStyle
from gisapp.ui.context import WindowContext
from gisapp.ui.theme import Theme
from gisapp.ui.thermal_scale import ThermalScale
from tests.ui.map_setting import runner

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
WATER = LayerId("water")


class MadeUpRaster:
    crs, unit, is_picture = "EPSG:4547", "°C", False

    def value_at(self, point, crs):
        return 12.0

    def statistics(self, progress):
        return RasterStatistics(0.0, 30.0, 4.0, 27.0, np.arange(256))


class MadeUpData:
    """Stands in for the data of layers."""

    def __init__(self) -> None:
        from gisapp.app.events import Event

        self.changed = Event()
        self._raster = MadeUpRaster()

    def get(self, layer):
        return self._raster


class TrialView:
    """Remembers what it was asked to draw."""

    def __init__(self) -> None:
        self.trials: list = []

    def try_out(self, *layers) -> None:
        found = [layer.style for layer in layers if layer]
        self.trials.append(found[0] if found else None)


@pytest.fixture
def panel(qtbot) -> Iterator[ThermalScale]:
    main, jobs = runner()
    style = ThermalStyle(low=8, high=26)
    layer = Layer("Thermal", Source("geotiff", "t.tif"), style, role="thermal", id=WATER)
    store = Store(Project(layers=(layer,)))
    context = WindowContext(
        workspace=Workspace(store),
        jobs=jobs,
        deliver=main,
        settings=Settings(),
        theme=Theme("light"),
        layer_data=MadeUpData(),
        map_view=TrialView(),
    )
    made = ThermalScale(context)
    qtbot.addWidget(made)
    made.resize(290, 220)
    with qtbot.waitExposed(made):
        made.show()
    qtbot.waitUntil(made.fit_button.isEnabled)
    yield made
    made.close_subscriptions()
    jobs.close()
    QApplication.processEvents()
    main.deleteLater()


def style_of(panel: ThermalScale) -> ThermalStyle:
    style = panel._context.workspace.store.project.layer(WATER).style
    assert isinstance(style, ThermalStyle)
    return style


def drag(widget, start: float, end: float) -> None:
    QTest.mousePress(widget, LEFT, NONE, QPoint(round(start), 30))
    for x in np.linspace(start, end, 5):
        place = QPointF(x, 30)
        event = QMouseEvent(
            QMouseEvent.Type.MouseMove,
            place,
            widget.mapToGlobal(place),
            Qt.MouseButton.NoButton,
            LEFT,
            NONE,
        )
        QApplication.sendEvent(widget, event)
    QTest.mouseRelease(widget, LEFT, NONE, QPoint(round(end), 30))


def test_dragging_a_limit_tries_it_out_and_ends_in_one_edit(panel):
    histogram = panel.histogram
    drag(histogram, histogram.x_of(8), histogram.x_of(12))
    style = style_of(panel)
    assert style.low == pytest.approx(12, abs=0.3)
    assert style.high == 26
    done, _ = panel._context.workspace.store.history
    assert len(done) == 1
    trials = panel._context.map_view.trials
    assert trials[0].low < trials[3].low
    assert trials[-1] is None


def test_dragging_between_the_limits_moves_both(panel):
    histogram = panel.histogram
    drag(histogram, histogram.x_of(17), histogram.x_of(19))
    style = style_of(panel)
    assert style.high - style.low == pytest.approx(18, abs=0.02)
    assert style.low == pytest.approx(10, abs=0.3)


def test_typed_numbers_count(panel):
    panel.low.setFocus()
    panel.low.selectAll()
    QTest.keyClicks(panel.low, "5.2")
    QTest.keyClick(panel.low, Qt.Key.Key_Return)
    assert (style_of(panel).low, style_of(panel).high) == (5.2, 26)


def test_a_typed_limit_above_the_other_pushes_it(panel):
    panel.low.setFocus()
    panel.low.selectAll()
    QTest.keyClicks(panel.low, "30")
    QTest.keyClick(panel.low, Qt.Key.Key_Return)
    assert style_of(panel).low == 30
    assert style_of(panel).high > 30


def test_fit_takes_the_usual_values(panel):
    QTest.mouseClick(panel.fit_button, LEFT)
    assert (style_of(panel).low, style_of(panel).high) == (4, 27)


def test_arrow_keys_move_the_last_handle(panel):
    panel.histogram.setFocus()
    QTest.keyClick(panel.histogram, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert style_of(panel).low == 9


def test_palette_is_one_edit_and_undo_shows_it_again(panel):
    panel.palette_box.setCurrentText("Viridis")
    panel.palette_box.activated.emit(panel.palette_box.currentIndex())
    assert style_of(panel).ramp == "viridis"
    panel._context.workspace.store.undo()
    assert panel.palette_box.currentText() == "Inferno"


def test_units_are_shown(panel):
    assert panel.low.suffix() == " °C"
    assert panel.note.text() == "Thermal"


def test_without_a_layer_of_values_it_says_what_belongs_here(panel):
    from gisapp.model.edit import LayersEdit

    store = panel._context.workspace.store
    store.apply(LayersEdit("Remove", store.project.layers, ()))
    assert panel.empty.isVisible()
    assert not panel.histogram.isVisible()


def test_the_title_is_whole_at_every_width_of_the_column(qtbot, panel):
    store, name = panel._context.workspace.store, "Made-up mosaic of 17 January, before dawn"
    before = store.project.layers
    store.apply(LayersEdit("Rename", before, (replace(before[0], name=name),)))
    panel.show()
    for width in (620, 290, 250, 230, 620):
        panel.resize(width, 220)
        QApplication.processEvents()
        assert panel.title.width() >= panel.title.sizeHint().width()
        shown = panel.note.text()
        assert shown == name or (shown.endswith("…") or not shown)
        assert panel.title.toolTip() == panel.note.toolTip() == name
    assert panel.note.text() == name  # there is room again
