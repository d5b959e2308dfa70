"""Flights in the window: imported, levelled, asked with a click, moved by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gisapp.app.layer_data import LayerData
from gisapp.app.map_view import MapView
from gisapp.model.geometry import Point, Size
from gisapp.model.project import Project
from gisapp.model.style import ThermalStyle
from gisapp.render.camera import Camera
from gisapp.render.qt_canvas import QtPress
from gisapp.ui.flight_card import FlightCard
from gisapp.ui.flight_desk import FlightDesk
from gisapp.ui.flight_sightings import SightingsCard
from gisapp.ui.main_window import MainWindow
from gisapp.ui.thermal_parameters import ParametersCard
from tests.flight_project import OPTIONS, FlightPlace, make_levelled, make_place
from tests.own import OWN
from tests.ui.window_setting import fresh_state, said, window_context

UTM = "EPSG:32650"
LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
PATIENCE = 30_000


@pytest.fixture(scope="module")
def levelled(tmp_path_factory: pytest.TempPathFactory) -> FlightPlace:
    return make_levelled(tmp_path_factory.mktemp("levelled"))


@pytest.fixture
def open_window(qtbot: Any, tmp_path: Path) -> Iterator[Any]:
    """A window on an empty project in a folder."""
    held = []

    def opened(folder: Path, *, read_only: bool = False) -> MainWindow:
        setting = window_context(Project("One", UTM, (), {}), read_only=read_only)
        context = setting.__enter__()
        held.append(setting)
        context.workspace.folder = folder
        context.layer_data = LayerData(context.jobs, folder, OWN.readers(), UTM)
        assert context.map_view is not None
        context.map_view.close()
        camera = Camera(Point(500_040, 3_000_040), 0.15, Size(400, 300), UTM)
        store, get = context.workspace.store, context.layer_data.get
        context.map_view = MapView(store, context.jobs, OWN.painters(), get, QtPress(), camera)
        made = MainWindow(context, fresh_state(tmp_path))
        qtbot.addWidget(made)
        made.resize(1440, 900)
        made.map_area.map.motion.wanted = False
        made.commands.flights.desk.options = OPTIONS
        with qtbot.waitExposed(made):
            made.show()
        return made

    yield opened
    for setting in held:
        setting.__exit__(None, None, None)


def desk_of(window: MainWindow) -> FlightDesk:
    return window.commands.flights.desk


def card_of(window: MainWindow) -> Any:
    return window.project_page.side.card


def layers_of(window: MainWindow) -> list[str]:
    layers = window.context.workspace.store.project.layers
    return [layer.source.option("layer") or Path(layer.source.path).stem for layer in layers]


def done(qtbot: Any, window: MainWindow) -> None:
    desk = desk_of(window)
    qtbot.waitUntil(lambda: desk.opened is not None and not desk.is_busy, timeout=PATIENCE)


@pytest.fixture
def shown(qtbot: Any, open_window: Any, levelled: FlightPlace, tmp_path: Path) -> MainWindow:
    """A window that shows a levelled flight."""
    place = levelled.copied(tmp_path / "copy")
    window: MainWindow = open_window(place.project)
    window.commands.flights.import_folder(place.frames)
    done(qtbot, window)
    desk = desk_of(window)
    desk.show_mosaic((15.0, 25.0))
    data, project = window.context.layer_data, window.context.workspace.store
    assert data is not None
    qtbot.waitUntil(lambda: all(map(data.get, project.project.layers)), timeout=PATIENCE)
    window.map_area.map.show_camera(
        Camera(Point(500_040, 3_000_040), 0.1, window.map_area.map.camera.size, UTM)
    )
    return window


def pixel(window: MainWindow, x: float, y: float) -> QPoint:
    screen = window.map_area.map
    at = screen.camera.to_screen(Point(x, y))
    ratio = screen.camera.pixel_ratio
    return QPoint(round(at.x / ratio), round(at.y / ratio))


def shows_mosaic(window: MainWindow, mosaic: Path | None) -> bool:
    assert mosaic is not None
    return mosaic.stem in layers_of(window)


def middle(window: MainWindow, number: int) -> tuple[float, float]:
    opened = desk_of(window).opened
    assert opened is not None
    x, y = np.mean(opened.flight.frames[number].corners, axis=0).tolist()
    return x, y


def click(window: MainWindow, at: QPoint) -> None:
    QTest.mouseClick(window.map_area.map, LEFT, NONE, at)


def test_a_dropped_folder_becomes_a_flight_and_is_levelled(
    qtbot: Any, open_window: Any, tmp_path: Path
) -> None:
    place = make_place(tmp_path / "new")
    (place.frames / "DJI_20250102030099_0099_T.JPG").write_bytes(b"\xff\xd8\xff no more")
    window: MainWindow = open_window(place.project)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(place.frames))])
    copy = Qt.DropAction.CopyAction
    window.dropEvent(QDropEvent(QPointF(300, 300), copy, mime, LEFT, NONE))
    done(qtbot, window)
    desk, card = desk_of(window), card_of(window)
    assert isinstance(card, FlightCard)
    assert set(layers_of(window)) == {"coverage", "footprints", "track", "frames"}
    assert desk.found == 6  # they were on the map before they were placed
    assert "6 frames" in card.summary.text()
    # What cannot be used is the first row, with its reason.
    assert card.table.model().index(0, 1).data() == "damaged"
    assert card.table.frame_of(card.table.model().index(0, 0)) == -1
    assert card.table.frame_of(card.table.model().index(1, 0)) == 0
    assert not card.switch.isVisibleTo(card)
    card.level_button.setFocus()
    qtbot.mouseClick(card.level_button, LEFT)
    assert card.stop_button.isVisibleTo(card)
    focus = QApplication.focusWidget()  # the button is gone; the hand is where it was
    assert focus is card or card.isAncestorOf(focus)
    done(qtbot, window)
    assert {"mosaic", "mosaic_as_flown"} < set(layers_of(window))
    assert not desk.overlay.shows_rings  # the mosaic is not crossed out by its frames
    desk.compare(before=True)
    assert desk.overlay.shows_rings
    desk.compare(before=False)
    project = window.context.workspace.store.project
    styles = [la.style for la in project.layers if isinstance(la.style, ThermalStyle)]
    assert {style.scale for style in styles} == {"flights"}
    assert len(card.chart.offsets) == 6
    assert card.search.isVisibleTo(card)
    assert "→" in [label.text() for label in card.figures.findChildren(type(card.summary))]
    window.project_page.side.close_card()
    assert not desk.overlay.shows_places


def test_levelling_is_stopped_and_goes_on(qtbot: Any, open_window: Any, tmp_path: Path) -> None:
    place = make_place(tmp_path / "new")
    window: MainWindow = open_window(place.project)
    window.commands.flights.import_folder(place.frames)
    done(qtbot, window)
    card, desk = card_of(window), desk_of(window)
    qtbot.mouseClick(card.level_button, LEFT)
    qtbot.waitUntil(lambda: desk.job is None or desk.job.fraction > 0.05, timeout=PATIENCE)
    qtbot.mouseClick(card.stop_button, LEFT)
    done(qtbot, window)
    assert desk.opened is not None
    assert not desk.opened.is_aligned
    assert card.level_button.isVisibleTo(card)
    qtbot.mouseClick(card.level_button, LEFT)
    done(qtbot, window)
    assert desk.opened.is_aligned


def test_before_and_after_are_switched_on_the_map(shown: MainWindow, qtbot: Any) -> None:
    card, store = card_of(shown), shown.context.workspace.store
    assert card.after.isChecked()
    qtbot.mouseClick(card.before, LEFT)
    visible = {
        name: la.visible for name, la in zip(layers_of(shown), store.project.layers, strict=True)
    }
    qtbot.waitUntil(lambda: card.before.isChecked())
    qtbot.waitUntil(
        lambda: {
            name: la.visible
            for name, la in zip(layers_of(shown), store.project.layers, strict=True)
        }["mosaic_as_flown"]
    )
    assert visible is not None
    assert desk_of(shown).overlay.shows_before
    qtbot.mouseClick(card.after, LEFT)
    qtbot.waitUntil(lambda: not desk_of(shown).shows_before)


def test_the_frame_under_the_pointer_of_the_chart_is_marked_on_the_map(
    shown: MainWindow, qtbot: Any
) -> None:
    card, overlay = card_of(shown), desk_of(shown).overlay
    plain = overlay.grab().toImage()
    box = card.chart.plot.getViewBox()
    at = box.mapViewToScene(QPointF(3.0, 0.0))
    card.chart._hover(at)
    assert overlay.marked == 2
    assert overlay.grab().toImage() != plain
    card.chart._hover(QPointF(-50, -50))
    assert overlay.marked is None
    card.chart.chosen.emit(4)
    assert card.table.frame_of(card.table.currentIndex()) == 4


def test_a_click_lists_the_frames_that_saw_the_place(shown: MainWindow, qtbot: Any) -> None:
    card = card_of(shown)
    qtbot.mouseClick(card.points, LEFT)
    x, y = middle(shown, 1)
    assert card_of(shown).list.topLevelItemCount() == 0
    click(shown, pixel(shown, x, y))
    qtbot.waitUntil(
        lambda: (
            isinstance(card_of(shown), SightingsCard)
            and card_of(shown).list.topLevelItemCount() > 1
        ),
        timeout=PATIENCE,
    )
    found = card_of(shown)
    opened = desk_of(shown).opened
    assert opened is not None
    assert found.sightings[0].file.name == opened.flight.frames[1].name  # nearest to its centre
    seen = [one.celsius for one in found.sightings]
    assert np.ptp(seen) < 0.6 < np.ptp([one.raw_c for one in found.sightings])  # 2 °C of drift
    qtbot.waitUntil(lambda: found.pair.halves is not None, timeout=PATIENCE)
    thermal, visible = found.pair.halves
    assert not thermal.image.isNull()
    assert "°C" in thermal.words
    assert visible.at is not None
    # The place is in the middle of the frame, so its twin shows the red half beside the blue one.
    across = [visible.image.pixelColor(x, 20).red() for x in (2, visible.image.width() - 3)]
    assert across[0] > 150 > 80 > across[1]
    found.list.setFocus()
    qtbot.keyClick(found.list, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: desk_of(shown).overlay.marked != 1)
    qtbot.mouseClick(found.show_button, LEFT)
    qtbot.waitUntil(lambda: any(name.startswith("DJI") for name in layers_of(shown)))


def without(folder: Path, *keys: bytes) -> None:
    """Files of which something took these entries away."""
    for path in folder.glob("*_T.JPG"):
        content = path.read_bytes()
        for key in keys:
            content = content.replace(key, b"X" + key[1:])
        path.write_bytes(content)


def test_a_folder_that_is_no_flight_says_why_and_what_to_do(
    open_window: Any, qtbot: Any, tmp_path: Path
) -> None:
    place = make_place(tmp_path / "made")
    without(place.frames, b"GpsLatitude")
    window: MainWindow = open_window(place.project)
    window.commands.flights.import_folder(place.frames)
    desk, card = desk_of(window), card_of(window)
    qtbot.waitUntil(lambda: desk.problem is not None, timeout=PATIENCE)
    qtbot.waitUntil(card.problem.isVisible)
    assert card.problem.text() == "No frame of this flight can be placed on the map"
    assert "6 of 6 frames" in card.advice.text()
    assert "no GPS" in card.advice.text()
    assert "camera's card" in card.advice.text()
    assert not card.empty.isVisible()
    assert card.choose.text() == "Choose another folder"


def test_a_height_that_files_do_not_say_is_typed_and_tried_again(
    open_window: Any, qtbot: Any, tmp_path: Path
) -> None:
    place = make_place(tmp_path / "made")
    without(place.frames, b"RelativeAltitude")
    window: MainWindow = open_window(place.project)
    window.commands.flights.import_folder(place.frames)
    desk, card = desk_of(window), card_of(window)
    qtbot.waitUntil(card.again.isVisible, timeout=PATIENCE)
    assert "Give the height" in card.advice.text()
    card.ground.above.setFocus()
    card.ground.above.selectAll()
    QTest.keyClicks(card.ground.above, "30")
    qtbot.mouseClick(card.again, LEFT)
    done(qtbot, window)
    assert len(desk.opened.flight.frames) == 6
    assert {frame.pose.z for frame in desk.opened.flight.frames} == {30.0}
    assert not card.problem.isVisible()


def test_the_ground_below_a_flight_is_an_elevation_model(
    open_window: Any, qtbot: Any, tmp_path: Path
) -> None:
    place = make_place(tmp_path / "made")
    rows, columns = 60, 60
    hill = np.linspace(100, 112, columns, dtype=np.float32)[None, :].repeat(rows, axis=0)
    place_of = rasterio.Affine(5, 0, 499_900, 0, -5, 3_000_200)
    with rasterio.open(
        tmp_path / "hill.tif", "w", driver="GTiff", width=columns, height=rows, count=1,
        dtype="float32", crs=UTM, transform=place_of,
    ) as file:  # fmt: skip
        file.write(hill, 1)
    window: MainWindow = open_window(place.project)
    window.commands.flights.import_folder(place.frames)
    done(qtbot, window)
    desk, card = desk_of(window), card_of(window)
    flat = desk.opened.flight
    assert flat.elevation == ""
    assert card.ground.ground.currentText() == "flat"
    card.ground.use_file(tmp_path / "hill.tif")
    qtbot.mouseClick(card.level_button, LEFT)
    done(qtbot, window)
    flight = desk.opened.flight
    assert flight.elevation.endswith("hill.tif")
    assert (desk.folder / "data" / "flights" / "night one" / flight.elevation).exists()
    # 30 m above the take-off, which lies on the hill.
    assert flight.frames[0].pose.z > 100 + flat.frames[0].pose.z


def test_a_frame_is_moved_and_turned_by_clicks_and_put_back(shown: MainWindow, qtbot: Any) -> None:
    desk, flights = desk_of(shown), shown.commands.flights
    assert desk.opened is not None
    before, mosaic = desk.opened.flight, desk.opened.mosaic
    qtbot.mouseClick(card_of(shown).move_button, LEFT)
    x, y = middle(shown, 2)
    click(shown, pixel(shown, x, y))
    qtbot.waitUntil(lambda: desk.overlay.lifted is not None, timeout=PATIENCE)
    assert flights.moving.number == 2
    click(shown, pixel(shown, x, y))
    click(shown, pixel(shown, x + 3.0, y))
    qtbot.waitUntil(lambda: desk.opened is not None and desk.opened.flight != before)
    done(qtbot, shown)
    moved = middle(shown, 2)
    assert moved == pytest.approx((x + 3.0, y), abs=0.25)
    assert desk.opened.mosaic != mosaic
    yaw = desk.opened.flight.frames[2].pose.yaw
    click(shown, pixel(shown, x + 3.0, y + 8.0))
    click(shown, pixel(shown, x + 4.4, y + 7.9))
    qtbot.waitUntil(lambda: desk.opened.flight.frames[2].pose.yaw != yaw)
    done(qtbot, shown)
    assert desk.opened.flight.frames[2].pose.yaw - yaw == pytest.approx(10.0, abs=2.0)
    assert middle(shown, 2) == pytest.approx(moved, abs=0.3)  # turned about the first place
    store = shown.context.workspace.store
    assert store.undo_label == f"Move {desk.opened.flight.frames[2].name}"
    twice = desk.opened.flight
    for there in ((x + 3.0, y), (x, y)):
        qtbot.keyClick(shown, Qt.Key.Key_Z, CONTROL)
        qtbot.waitUntil(lambda at=there: middle(shown, 2) == pytest.approx(at, abs=0.25))
        done(qtbot, shown)
    assert desk.opened.flight == before
    assert desk.opened.mosaic == mosaic  # it was kept
    assert shows_mosaic(shown, mosaic)
    for _ in range(2):
        qtbot.keyClick(shown, Qt.Key.Key_Z, CONTROL | Qt.KeyboardModifier.ShiftModifier)
        done(qtbot, shown)
    qtbot.waitUntil(lambda: desk.opened.flight == twice)
    assert shows_mosaic(shown, desk.opened.mosaic)
    shown.map_area.desk.take("pan")
    assert desk.overlay.lifted is None


def test_a_move_that_is_not_written_yet_is_taken_back_by_the_keys(
    shown: MainWindow, qtbot: Any
) -> None:
    desk, store = desk_of(shown), shown.context.workspace.store
    assert desk.opened is not None
    before, steps = desk.opened.flight, store.undo_label
    frame = before.frames[0]
    moved = replace(before, frames=(replace(frame, offset_c=3.0), *before.frames[1:]))
    desk.changes.make(moved, "Move it")
    assert desk.opened.flight == moved  # on the map at once
    qtbot.keyClick(shown, Qt.Key.Key_Z, CONTROL)
    assert desk.opened.flight == before
    done(qtbot, shown)
    assert desk.opened.flight.frames == before.frames
    qtbot.keyClick(shown, Qt.Key.Key_Z, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    done(qtbot, shown)
    qtbot.waitUntil(lambda: store.undo_label == "Move it")
    assert desk.opened.flight.frames == moved.frames
    assert steps != "Move it"


def test_sliders_change_the_picture_and_the_flight_takes_the_parameters(
    shown: MainWindow, qtbot: Any
) -> None:
    desk = desk_of(shown)
    qtbot.mouseClick(card_of(shown).parameters, LEFT)
    card = card_of(shown)
    assert isinstance(card, ParametersCard)
    qtbot.waitUntil(lambda: card.image is not None, timeout=PATIENCE)
    assert desk.overlay.lifted is not None
    first = desk.overlay.lifted.image.copy()
    card.emissivity.setFocus()
    card.emissivity.slider.setValue(150)
    assert card.parameters().emissivity == pytest.approx(0.875, abs=0.001)
    assert desk.overlay.lifted.image != first
    qtbot.mouseClick(card.preset, LEFT)
    assert card.parameters().emissivity == 0.98
    assert card.parameters().reflected_c == -25.0
    assert "°C" in card.decoder.text()
    qtbot.mouseClick(card.use_all, LEFT)
    done(qtbot, shown)
    assert desk.opened is not None
    said_there = desk.opened.flight.frames[0].parameters
    assert said_there is not None
    assert said_there["reflected_c"] == -25.0
    desk.changes.undo()
    done(qtbot, shown)
    again = desk.opened.flight.frames[0].parameters
    assert again is not None
    assert again["reflected_c"] == 25.0


def test_a_frame_layer_takes_parameters_in_one_step(shown: MainWindow, qtbot: Any) -> None:
    store, flights = shown.context.workspace.store, shown.commands.flights
    flights.show_frame(0)
    qtbot.waitUntil(lambda: any(la.source.format == "thermal_frame" for la in store.project.layers))
    layer = next(la for la in store.project.layers if la.source.format == "thermal_frame")
    data = shown.context.layer_data
    assert data is not None
    qtbot.waitUntil(lambda: data.get(layer) is not None, timeout=PATIENCE)
    shown.context.workspace.activate(layer.id)
    flights.show_parameters()
    card = card_of(shown)
    qtbot.waitUntil(lambda: card.image is not None, timeout=PATIENCE)
    card.emissivity.number.setValue(0.9)
    qtbot.mouseClick(card.use, LEFT)

    def now() -> str:
        found = next(la for la in store.project.layers if la.id == layer.id)
        return found.source.option("emissivity")

    qtbot.waitUntil(lambda: now() == "0.9")
    store.undo()
    qtbot.waitUntil(lambda: now() == layer.source.option("emissivity"))


def test_a_project_that_is_read_only_refuses_with_words(open_window: Any, tmp_path: Path) -> None:
    window: MainWindow = open_window(tmp_path, read_only=True)
    messages = said(window.context)
    window.commands.flights.desk.import_folder(tmp_path)
    assert messages
    assert "reading only" in messages[0].text
    assert not desk_of(window).is_busy


def test_a_folder_without_frames_says_what_is_in_it(
    qtbot: Any, open_window: Any, tmp_path: Path
) -> None:
    window: MainWindow = open_window(tmp_path)
    failures: list[Any] = []
    window.context.jobs.failed.subscribe(failures.append)
    empty = tmp_path / "empty"
    empty.mkdir()
    window.commands.flights.import_folder(empty)
    qtbot.waitUntil(lambda: bool(failures))
    assert "no thermal frame" in str(failures[0].error)
    card = card_of(window)
    assert card.choose.isVisibleTo(card)  # the way to begin is still there


@pytest.mark.real_data
def test_a_real_flight_is_on_the_map_with_a_verdict_for_each_file(
    qtbot: Any, open_window: Any, tmp_path: Path, shared_data: Path
) -> None:
    window: MainWindow = open_window(tmp_path)
    window.commands.flights.import_folder(shared_data / "thermal" / "flight_m2ea_guangzhou")
    done(qtbot, window)
    opened, card = desk_of(window).opened, card_of(window)
    assert opened is not None
    assert len(opened.flight.frames) == 14
    assert opened.flight.left_out == ()
    assert opened.flight.crs == "EPSG:32649"
    rows = card.table.model()
    assert {rows.index(row, 1).data() for row in range(rows.rowCount())} == {"used"}
