"""Temperatures in the window: measured with the mouse, compared, corrected, shared, reported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gisapp.app.layer_data import LayerData
from gisapp.app.map_view import MapView
from gisapp.app.thermal_measures import measures_of
from gisapp.model.edit import LayersEdit
from gisapp.model.geometry import Point, Size
from gisapp.model.layer import Layer, Source
from gisapp.model.style import Isotherm, PointStyle
from gisapp.model.thermal_measure import ROLE
from gisapp.render.camera import Camera
from gisapp.render.qt_canvas import QtPress
from gisapp.ui.main_window import MainWindow
from gisapp.ui.thermal_card import ThermalCard
from gisapp.ui.thermal_correction import READING
from gisapp.ui.thermal_measures import DELTA, MEAN, MeasuresCard
from tests.app.thermal_scene import (
    CELL,
    LATER,
    LEFT,
    NIGHT,
    TOP,
    UTM,
    two_nights,
    values_of,
    write_raster,
)
from tests.own import OWN
from tests.ui.window_setting import fresh_state, said, window_context

LEFT_BUTTON = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
PIXEL = 0.1  # metres on the map


@pytest.fixture
def window(qtbot, tmp_path: Path) -> Iterator[MainWindow]:
    """Two made-up nights, the first below the second; five pixels of the map for a cell."""
    write_raster(tmp_path / "night.tif", values_of(1))
    write_raster(tmp_path / "later.tif", values_of(2))
    with window_context(two_nights()) as context:
        readers = OWN.readers()
        context.layer_data = LayerData(context.jobs, tmp_path, readers, UTM)
        assert context.map_view is not None
        context.map_view.close()
        middle = Point(LEFT + 80 * CELL, TOP - 60 * CELL)
        camera = Camera(middle, PIXEL, Size(400, 300), UTM)
        store, jobs = context.workspace.store, context.jobs
        get, press = context.layer_data.get, QtPress()
        context.map_view = MapView(store, jobs, OWN.painters(), get, press, camera)
        made = MainWindow(context, fresh_state(tmp_path))
        qtbot.addWidget(made)
        made.resize(1440, 900)
        made.project_page.map_area.map.motion.wanted = False
        with qtbot.waitExposed(made):
            made.show()
        data = context.layer_data
        qtbot.waitUntil(lambda: all(map(data.get, store.project.layers)), timeout=10_000)
        made.project_page.map_area.map.show_camera(camera)
        context.workspace.activate(NIGHT)
        yield made


def project_of(window: MainWindow):
    return window.context.workspace.store.project


def at(window: MainWindow, column: float, row: float) -> QPoint:
    """Where a cell is on the widget."""
    screen = window.map_area.map
    pixel = screen.camera.to_screen(Point(LEFT + column * CELL, TOP - row * CELL))
    ratio = screen.camera.pixel_ratio
    return QPoint(round(pixel.x / ratio), round(pixel.y / ratio))


def click(window: MainWindow, column: float, row: float) -> None:
    QTest.mouseClick(window.map_area.map, LEFT_BUTTON, NONE, at(window, column, row))


def drag(window: MainWindow, start: tuple[float, float], end: tuple[float, float]) -> None:
    screen, a, b = window.map_area.map, at(window, *start), at(window, *end)
    QTest.mousePress(screen, LEFT_BUTTON, NONE, a)
    for share in (0.3, 0.7, 1.0):
        place = QPointF(a) + (QPointF(b) - QPointF(a)) * share
        kind, none = QMouseEvent.Type.MouseMove, Qt.MouseButton.NoButton
        move = QMouseEvent(kind, place, screen.mapToGlobal(place), none, LEFT_BUTTON, NONE)
        QApplication.sendEvent(screen, move)
    QTest.mouseRelease(screen, LEFT_BUTTON, NONE, b)


def measures_card(window: MainWindow) -> MeasuresCard:
    if not isinstance(window.project_page.side.card, MeasuresCard):
        QTest.mouseClick(window.project_page.scale.measure_button, LEFT_BUTTON)
    card = window.project_page.side.card
    assert isinstance(card, MeasuresCard)
    return card


def keep_spot(qtbot, window: MainWindow, column: float, row: float) -> None:
    card, before = measures_card(window), len(measures_of(project_of(window)))
    button = card.tool_buttons["thermal_spot"]
    if not button.isChecked():
        QTest.mouseClick(button, LEFT_BUTTON)
    click(window, column, row)
    qtbot.waitUntil(lambda: len(measures_of(project_of(window))) == before + 1)


def settings(window: MainWindow) -> ThermalCard:
    QTest.mouseClick(window.project_page.scale.more_button, LEFT_BUTTON)
    card = window.project_page.side.card
    assert isinstance(card, ThermalCard)
    return card


def test_a_click_keeps_a_spot_with_its_value_and_undo_takes_it_back(qtbot, window) -> None:
    keep_spot(qtbot, window, 30.5, 60.5)
    card = measures_card(window)
    item = card.list.topLevelItem(0)
    assert item.text(MEAN) == f"{values_of(1)[60, 30]:.2f}", "of the active layer, not the topmost"
    qtbot.waitUntil(lambda: card.chosen != [])
    for words in ("night.tif", "made up 1", "± 0.3 °C", "2025-01-17 20:41:07"):
        assert words in card.facts.text()
    store = window.context.workspace.store
    assert project_of(window).layers[-1].role == ROLE
    store.undo()
    assert measures_of(project_of(window)) == {}
    assert card.list.topLevelItemCount() == 0
    assert card.empty.isVisible()


def test_spots_in_quick_succession_are_all_kept_in_one_table(qtbot, window) -> None:
    """As with a store that writes later: the second must not make the table again."""
    store, held = window.context.workspace.store, []
    apply = store.apply
    store.apply = held.append
    card = measures_card(window)
    QTest.mouseClick(card.tool_buttons["thermal_spot"], LEFT_BUTTON)
    measuring = card._measuring
    click(window, 30.5, 60.5)
    click(window, 40.5, 60.5)
    qtbot.waitUntil(lambda: len(measuring._waiting) == 1 and len(held) == 1)
    store.apply = apply
    apply(held[0])
    qtbot.waitUntil(lambda: len(measures_of(project_of(window))) == 2)
    assert sorted(one.label for one in measures_of(project_of(window)).values()) == ["S1", "S2"]
    assert sum(layer.role == ROLE for layer in project_of(window).layers) == 1


def test_a_box_and_a_line_with_its_profile(qtbot, window) -> None:
    card = measures_card(window)
    QTest.mouseClick(card.tool_buttons["thermal_box"], LEFT_BUTTON)
    drag(window, (50.04, 55.04), (70.04, 65.04))
    qtbot.waitUntil(lambda: card.list.topLevelItemCount() == 1)
    known = values_of(1)[55:65, 50:70].astype(float)
    assert card.list.topLevelItem(0).text(MEAN) == f"{known.mean():.2f}"
    QTest.mouseClick(card.tool_buttons["thermal_line"], LEFT_BUTTON)
    click(window, 45.5, 45.5)
    click(window, 95.5, 45.5)
    QTest.keyClick(window.map_area.map, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: card.list.topLevelItemCount() == 2)
    qtbot.waitUntil(lambda: len(card.plot.profile.distance) > 10)
    shown = card.plot.profile
    assert shown.distance[-1] == pytest.approx(25.0, rel=2e-3)
    assert np.isnan(shown.values).sum() == pytest.approx(0.4 * len(shown.values), abs=4)
    assert card.plot.isVisible()
    heard: list[str] = []
    card.plot.pointed.connect(lambda words, share: heard.append(words))
    box = card.plot.plot.getViewBox()
    card.plot._hover(box.mapViewToScene(QPointF(1.0, float(shown.values[4]))))
    assert heard[-1].endswith("°C")
    assert card.under.text() == heard[-1]


def test_two_measures_are_compared_renamed_and_deleted(qtbot, window) -> None:
    keep_spot(qtbot, window, 30.5, 60.5)
    keep_spot(qtbot, window, 100.5, 70.5)
    card = measures_card(window)
    qtbot.waitUntil(lambda: len(card.chosen) == 1)
    card.against.setCurrentIndex(card.against.findText("S1"))
    card.against.activated.emit(card.against.currentIndex())
    delta = float(values_of(1)[70, 100]) - float(values_of(1)[60, 30])
    words = f"{delta:+.2f}".replace("-", "−")
    qtbot.waitUntil(lambda: card.list.topLevelItem(1).text(DELTA) == words)
    assert card.delta.text() == f"ΔT {words} K"
    item = card.list.topLevelItem(0)
    item.setText(0, "outlet")
    qtbot.waitUntil(lambda: "outlet" in [m.label for m in measures_of(project_of(window)).values()])
    card.list.setFocus()
    card.list.clearSelection()
    card.list.setCurrentItem(card.list.topLevelItem(0))
    QTest.keyClick(card.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: card.list.topLevelItemCount() == 1)
    assert card.list.topLevelItem(0).text(DELTA) == ""


def test_where_nothing_is_it_is_said_and_what_is_there_is_exported(qtbot, window, tmp_path) -> None:
    card, messages = measures_card(window), said(window.context)
    QTest.mouseClick(card.tool_buttons["thermal_spot"], LEFT_BUTTON)
    click(window, 70.5, 45.5)
    qtbot.waitUntil(lambda: bool(messages))
    assert "No layer has a value there" in messages[-1].text
    assert measures_of(project_of(window)) == {}
    messages.clear()
    keep_spot(qtbot, window, 30.5, 60.5)
    card.save(tmp_path / "m.geojson")
    qtbot.waitUntil((tmp_path / "m.geojson").exists)
    window.commands.thermal.save_report(tmp_path / "r.pdf")
    qtbot.waitUntil((tmp_path / "r.pdf").exists, timeout=10_000)
    qtbot.waitUntil(lambda: len(messages) == 2)
    assert [message.level for message in messages] == ["ok", "ok"]


def test_a_correction_is_typed_and_the_measures_follow(qtbot, window) -> None:
    keep_spot(qtbot, window, 30.5, 60.5)
    card = settings(window)
    card.correction.offset.setFocus()
    card.correction.offset.selectAll()
    QTest.keyClicks(card.correction.offset, "1.5")
    QTest.keyClick(card.correction.offset, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: project_of(window).layer(NIGHT).style.correction.offset == 1.5)
    (one,) = measures_of(project_of(window)).values()
    assert one.values.mean == pytest.approx(float(values_of(1)[60, 30]) + 1.5, abs=1e-5)
    assert "T = T + 1.50 °C" in card.correction.words.text()
    QTest.mouseClick(card.correction.reset_button, LEFT_BUTTON)
    assert project_of(window).layer(NIGHT).style.correction.offset == 0


def test_what_stations_recorded_at_the_time_corrects_the_layer(qtbot, window, tmp_path) -> None:
    window.context.workspace.folder = tmp_path
    card = settings(window)
    fields = card.correction.stations
    assert fields.isHidden()  # there are none
    places = {"s1": (20.5, 60.5), "s2": (60.5, 70.5), "s3": (120.5, 60.5)}
    shapes, rows = [], ["station_id,time,water_temp_c"]
    for name, (column, row) in places.items():
        point = [LEFT + column * CELL, TOP - row * CELL]
        shapes.append({"type": "Feature", "properties": {"station_id": name, "name": name.upper()},
                       "geometry": {"type": "Point", "coordinates": point}})  # fmt: skip
        r, c = int(row), int(column)
        warm = float(values_of(1)[r - 1 : r + 2, c - 1 : c + 2].astype(float).mean()) + 1.25
        rows += [f"{name},2025-01-17 20:40:00,{warm:.4f}", f"{name},2025-01-17 20:50:00,{warm:.4f}"]
    rows.append("s1,2025-01-17 09:00:00,3.0")
    crs = {"type": "name", "properties": {"name": UTM}}
    words = json.dumps({"type": "FeatureCollection", "crs": crs, "features": shapes})
    (tmp_path / "stations.geojson").write_text(words, "utf-8")
    (tmp_path / "station_records.csv").write_text("\n".join(rows) + "\n", "utf-8")
    layer = Layer("Stations", Source("geojson", "stations.geojson"), PointStyle(), role="stations")
    store, before = window.context.workspace.store, project_of(window).layers
    store.apply(LayersEdit("Add", before, (*before, layer)))
    data = window.context.layer_data
    qtbot.waitUntil(lambda: data.get(layer) is not None, timeout=10_000)
    qtbot.waitUntil(lambda: fields.moment.dateTime().toString("yyyyMMddHHmm") == "202501172041")
    assert not fields.isHidden()
    QTest.mouseClick(fields.button, LEFT_BUTTON)
    qtbot.waitUntil(lambda: len(card.correction.readings) == 3)
    assert "3 stations had records" in fields.said.text()
    QTest.mouseClick(card.correction.offset_button, LEFT_BUTTON)
    qtbot.waitUntil(lambda: project_of(window).layer(NIGHT).style.correction.readings == 3)
    assert project_of(window).layer(NIGHT).style.correction.offset == pytest.approx(1.25, abs=2e-3)
    assert "RMSE 0.00" in card.correction.verdict.text()
    # Twelve hours before nobody recorded anything near; that is said, and nothing is invented.
    fields.moment.setDateTime(fields.moment.dateTime().addSecs(-9 * 3600))
    QTest.mouseClick(fields.button, LEFT_BUTTON)
    qtbot.waitUntil(lambda: "No station" in fields.said.text())
    assert "S1: no record within 60 min of 2025-01-17 11:41" in fields.said.text()


def test_readings_picked_on_the_map_are_fitted_or_refused(qtbot, window) -> None:
    card = settings(window)
    fields = card.correction
    QTest.mouseClick(fields.pick_button, LEFT_BUTTON)
    places = [(20.5, 60.5), (60.5, 70.5), (120.5, 60.5), (90.5, 80.5)]
    for number, place in enumerate(places[:2]):
        click(window, *place)
        qtbot.waitUntil(lambda n=number: len(fields.readings) == n + 1)
    measured = [one.measured for one in fields.readings]
    around = values_of(1)[59:62, 19:22].astype(float).mean()
    assert measured[0] == pytest.approx(around, abs=1e-5)
    for number in range(2):
        fields.table.item(number, READING).setText(f"{measured[number] + 2:.4f}")
    QTest.mouseClick(fields.gain_button, LEFT_BUTTON)
    assert "2 readings are too few" in fields.verdict.text()
    QTest.mouseClick(fields.offset_button, LEFT_BUTTON)
    qtbot.waitUntil(lambda: project_of(window).layer(NIGHT).style.correction.readings == 2)
    correction = project_of(window).layer(NIGHT).style.correction
    assert correction.offset == pytest.approx(2.0, abs=1e-3)
    assert "RMSE 0.00" in fields.verdict.text()
    for number, place in enumerate(places[2:], 2):
        click(window, *place)
        qtbot.waitUntil(lambda n=number: len(fields.readings) == n + 1)
    assert fields.readings[2].measured < 60, "of the file, not of what is corrected already"
    assert measures_of(project_of(window)) == {}, "a reading is no measure"
    fields.table.selectRow(0)
    QTest.mouseClick(fields.remove_button, LEFT_BUTTON)
    assert len(fields.readings) == 3
    QTest.keyClick(card, Qt.Key.Key_Escape)
    assert window.map_area.desk.tool.name == "identify"


def test_isotherms_opacity_and_the_way_cells_are_shown(qtbot, window) -> None:
    card = settings(window)
    QTest.mouseClick(card.isotherms.add_button, LEFT_BUTTON)
    style = project_of(window).layer(NIGHT).style
    assert style.isotherms == (Isotherm(22.0, None, "#00d084"),)
    (row,) = card.isotherms.rows
    row.kind.setCurrentIndex(row.kind.findData("between"))
    row.kind.activated.emit(row.kind.currentIndex())
    (row,) = card.isotherms.rows
    assert project_of(window).layer(NIGHT).style.isotherms[0].stop == 23.0
    row.start.setFocus()
    row.start.selectAll()
    QTest.keyClicks(row.start, "19.5")
    QTest.keyClick(row.start, Qt.Key.Key_Return)
    assert project_of(window).layer(NIGHT).style.isotherms[0].start == 19.5
    (row,) = card.isotherms.rows
    QTest.mouseClick(row.remove_button, LEFT_BUTTON)
    assert project_of(window).layer(NIGHT).style.isotherms == ()
    window.context.workspace.store.undo()
    assert len(card.isotherms.rows) == 1
    card.opacity.number.setValue(60)
    qtbot.waitUntil(lambda: project_of(window).layer(NIGHT).opacity == 0.6)
    card.pixels.setCurrentIndex(1)
    card.pixels.activated.emit(1)
    layer = project_of(window).layer(NIGHT)
    assert layer.source.option("resampling") == "crisp"


def test_one_scale_for_all_and_limits_from_the_map(qtbot, window) -> None:
    scale = window.project_page.scale
    menu = scale.share_button.menu()
    menu.aboutToShow.emit()
    menu.actions()[0].trigger()
    styles = [project_of(window).layer(name).style for name in (NIGHT, LATER)]
    assert styles[0].scale == styles[1].scale != ""
    assert "2" in scale.note.toolTip() or "Later" in scale.note.toolTip()
    QTest.mouseClick(scale.invert_button, LEFT_BUTTON)
    assert all(project_of(window).layer(name).style.inverted for name in (NIGHT, LATER))
    scale.fit_to_view(10, 90)
    qtbot.waitUntil(lambda: project_of(window).layer(NIGHT).style.low != 10)
    low, high = (getattr(project_of(window).layer(LATER).style, n) for n in ("low", "high"))
    seen = values_of(1)
    assert low == pytest.approx(np.nanpercentile(seen, 10), abs=0.3)
    assert high == pytest.approx(np.nanpercentile(seen, 90), abs=0.3)


def test_two_dates_are_compared_as_a_layer_swiped_and_split(qtbot, window) -> None:
    card = settings(window)
    assert [card.other.itemText(n) for n in range(card.other.count())] == ["Later"]
    QTest.mouseClick(card.subtract_button, LEFT_BUTTON)
    made = project_of(window).layers[-1]
    assert made.name == "Night − Later"
    data = window.context.layer_data
    qtbot.waitUntil(lambda: data.get(made) is not None)
    here = Point(LEFT + 100.5 * CELL, TOP - 70.5 * CELL)
    meant = float(values_of(1)[70, 100]) - float(values_of(2)[70, 100])
    assert data.get(made).value_at(here, UTM) == pytest.approx(meant, abs=1e-5)
    QTest.mouseClick(card.swipe_button, LEFT_BUTTON)
    assert window.project_page.looking.swipe is not None
    QTest.mouseClick(card.split_button, LEFT_BUTTON)
    assert window.project_page.looking.split is not None
    assert window.project_page.looking.swipe is None


def test_the_value_under_the_pointer_is_corrected_and_says_how_sure(qtbot, window) -> None:
    card = settings(window)
    card.correction.offset.setValue(1.5)
    card.correction.offset.editingFinished.emit()
    pointed = []
    window.context.pointed.subscribe(pointed.append)
    QTest.mouseMove(window.map_area.map, at(window, 30.5, 60.5))
    place = QPointF(at(window, 30.5, 60.5))
    screen = window.map_area.map
    kind, none = QMouseEvent.Type.MouseMove, Qt.MouseButton.NoButton
    event = QMouseEvent(kind, place, screen.mapToGlobal(place), none, none, NONE)
    QApplication.sendEvent(screen, event)
    qtbot.waitUntil(lambda: bool(pointed) and pointed[-1] and pointed[-1].value is not None)
    top = project_of(window).layers[-1]
    assert top.id == LATER
    assert pointed[-1].value == pytest.approx(float(values_of(2)[60, 30]), abs=1e-5)
    assert (pointed[-1].accuracy, pointed[-1].decoder) == (0.3, "made up 1")
    status = window.project_page.status.value
    assert "± 0.3" in status.text()
    assert "made up 1" in status.toolTip()


def test_a_card_that_is_closed_hears_nothing_more(qtbot, window) -> None:
    card = settings(window)
    card.correction.add_reading(Point(LEFT + 20, TOP - 30))
    QTest.keyClick(card, Qt.Key.Key_Escape)
    keep_spot(qtbot, window, 30.5, 60.5)
    QTest.keyClick(measures_card(window), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.context.jobs.unfinished)
    QApplication.processEvents()
    assert window.project_page.side.card is None
