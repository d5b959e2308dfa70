"""Photos in the window: brought in, decided by keyboard, looked at, made into outfalls."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import shapely
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent, QGuiApplication, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit

from gisapp.app.project_session import make_survey_project, open_project
from gisapp.app.workspace import Selection
from gisapp.io.evidence_proof import prove_pack
from gisapp.io.photo_files import photo_path
from gisapp.io.project_check import check
from gisapp.model.edit import LayersEdit, TableEdit, TableSchema, add_features
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Point
from gisapp.model.outfall_record import full_row
from gisapp.model.survey import OUTFALL_TABLE, PHOTOS
from gisapp.model.table import GEOMETRY
from gisapp.ui import photo_commands
from gisapp.ui.context import WindowContext
from gisapp.ui.main_window import MainWindow
from gisapp.ui.photo_card import PhotoCard
from gisapp.ui.photo_commands import is_photo
from gisapp.ui.photo_headings import PhotoHeadings
from gisapp.ui.photo_picture import PhotoPicture, upright
from gisapp.ui.photo_view import PhotoView
from tests.flight_files import xmp, xmp_text
from tests.photo_files import photo_exif
from tests.thermal_files import segment
from tests.ui.window_setting import fresh_state, said, window_context

LON, LAT = 114.0, 23.0
NOON = datetime(2026, 5, 1, 12)


def write_photo(path: Path, **said_of_it: object) -> Path:
    """A real picture of one colour with an EXIF of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = QImage(48, 32, QImage.Format.Format_RGB32)
    image.fill(QColor("#3f6fb4"))
    assert image.save(str(path), "JPG")
    content = path.read_bytes()
    note = segment(0xFE, path.name.encode())
    path.write_bytes(content[:2] + photo_exif(**said_of_it) + note + content[2:])
    return path


@pytest.fixture
def context(tmp_path: Path) -> Iterator[WindowContext]:
    make_survey_project(tmp_path / "survey", "Survey")
    with open_project(tmp_path / "survey") as session:
        table = session.store.project.tables[OUTFALL_TABLE]
        rows = {
            FeatureId(fid): full_row(
                table,
                {"code_local": fid, "name": fid, "kind": "suspected", "state": "suspected",
                 "photos": "[]", GEOMETRY: shapely.Point(lon, LAT)},
            )
            for fid, lon in (("W-1", LON), ("W-2", LON + 0.0002), ("W-9", LON + 0.05))
        }  # fmt: skip
        session.store.apply(add_features("Add outfalls", table, rows))
        with window_context(session=session) as made:
            yield made


@pytest.fixture
def window(qtbot, context, tmp_path) -> MainWindow:
    window = MainWindow(context, fresh_state(tmp_path))
    qtbot.addWidget(window)
    window.resize(1440, 900)
    window.page.map_area.map.motion.wanted = False
    with qtbot.waitExposed(window):
        window.show()
    idle(qtbot, context)
    return window


def idle(qtbot, context) -> None:
    qtbot.waitUntil(lambda: not context.jobs.unfinished, timeout=10_000)


@pytest.fixture
def walk(tmp_path) -> Path:
    folder = tmp_path / "walk"
    for number, lon in enumerate((LON, LON + 0.0001, LON + 0.02)):
        at = NOON.replace(minute=number)
        write_photo(folder / f"{number}.jpg", lon=lon, lat=LAT, heading=90.0, taken_at=at)
    return folder


def photos_of(context, outfall: str) -> str:
    return context.workspace.store.project.tables[OUTFALL_TABLE].row(FeatureId(outfall))["photos"]


def bring(qtbot, window, context, walk) -> PhotoCard:
    window.commands.photos.import_folder(walk)
    qtbot.waitUntil(lambda: isinstance(window.page.side.card, PhotoCard), timeout=10_000)
    card = window.page.side.card
    qtbot.waitUntil(lambda: len(card.open) == 3, timeout=10_000)
    idle(qtbot, context)
    return card


def press(widget, *keys) -> None:
    for one in keys:
        QTest.keyClick(widget, one)


def test_photos_are_brought_in_and_decided_by_keyboard(qtbot, window, context, walk):
    (walk / "broken.jpg").write_bytes(b"MZ")
    told = said(context)
    card = bring(qtbot, window, context, walk)
    assert any("imported: 3" in message.text for message in told)
    assert card.findings.count() == 1
    assert "broken.jpg" in card.findings.item(0).text()
    assert "W-1" in card.outfalls.item(0).text()
    assert "%" in card.outfalls.item(0).text()
    press(card, Qt.Key.Key_A)  # the first shows W-1
    assert photos_of(context, "W-1") != "[]"
    press(card, Qt.Key.Key_2)  # the next another one than the best
    other = card.choices()[1].outfall
    press(card, Qt.Key.Key_A)
    assert photos_of(context, other).count(".jpg") >= 1
    assert "No outfall near it" in card.outfalls.item(0).text()
    press(card, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: card.current() is None)
    table = context.workspace.store.project.tables[PHOTOS]
    assert [table.row(f)["accepted"] for f in table.ids].count(True) == 2
    for _ in range(3):
        context.workspace.store.undo()
    assert photos_of(context, "W-1") == "[]"
    qtbot.waitUntil(lambda: len(card.open) == 3)
    idle(qtbot, context)


def test_keys_work_from_the_map_and_another_outfall_is_clicked_there(qtbot, window, context, walk):
    card = bring(qtbot, window, context, walk)
    preview = window.page.map_area.map.overlay.preview
    assert len(preview.line) == 2  # from the camera to where it looked, east
    assert preview.line[1].x > preview.line[0].x
    assert preview.line[1].y == pytest.approx(preview.line[0].y, abs=1e-6)
    QTest.keyClick(window.page.map_area.map, Qt.Key.Key_J)
    assert card.number == 1
    layer = context.workspace.store.project.layer_of_role("outfalls")
    context.workspace.select(Selection(layer.id, frozenset([FeatureId("W-9")])))
    assert window.page.side.card is card
    assert "chosen on the map" in card.outfalls.item(0).text()
    press(card, Qt.Key.Key_A)
    assert photos_of(context, "W-9") != "[]"
    QTest.keyClick(card, Qt.Key.Key_Escape)
    assert window.page.map_area.map.overlay.preview.line == ()
    idle(qtbot, context)


def test_all_clear_ones_in_one_step(qtbot, window, context, walk):
    card = bring(qtbot, window, context, walk)
    assert card.all_button.isVisible()
    steps = len(context.workspace.store.history[0])
    QTest.mouseClick(card.all_button, Qt.MouseButton.LeftButton)
    assert len(context.workspace.store.history[0]) == steps + 1
    assert photos_of(context, "W-1") != "[]"
    idle(qtbot, context)


def test_missing_photos_come_back(qtbot, window, context, walk, monkeypatch):
    card = bring(qtbot, window, context, walk)
    folder, told = context.folder, said(context)
    window.commands.photos.look_for_missing()
    qtbot.waitUntil(lambda: any("All photos are there" in m.text for m in told))
    photo_path(folder, card.current().row["file"]).unlink()
    monkeypatch.setattr(photo_commands, "choose_folder", lambda parent, title, take: take(walk))
    window.actions_list.run("photos.relink")
    qtbot.waitUntil(lambda: any(m.text.startswith("1 photos are missing") for m in told))
    next(m for m in told if m.text.startswith("1 photos are missing")).run()
    qtbot.waitUntil(lambda: any("1 photos were found again" in m.text for m in told))
    assert [r for r in check(folder) if not r.ok] == []
    idle(qtbot, context)


def test_an_outfall_from_a_photo_by_keyboard_alone_in_four_gestures(
    qtbot, window, context, tmp_path, monkeypatch
):
    """Keys, the file, what it is, on: it is there, with its photo, and on the disk."""
    path = write_photo(tmp_path / "new.jpg", lon=LON + 0.001, lat=LAT, taken_at=NOON)
    monkeypatch.setattr(photo_commands, "choose_photos", lambda parent, take: take([path]))
    table = context.workspace.store.project.tables[OUTFALL_TABLE]
    before = len(table)
    ctrl_shift = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window.page.map_area.map, Qt.Key.Key_P, ctrl_shift)  # 1, and the file: 2
    qtbot.waitUntil(lambda: isinstance(window.focusWidget(), QLineEdit), timeout=10_000)
    typed = window.focusWidget()
    QTest.keyClicks(typed, "South pipe")  # 3
    QTest.keyClick(typed, Qt.Key.Key_Return)  # 4
    store = context.workspace.store
    table = store.project.tables[OUTFALL_TABLE]
    assert len(table) == before + 1
    [fid] = context.workspace.selection.features
    row = table.row(fid)
    assert row[GEOMETRY].x == pytest.approx(LON + 0.001, abs=1e-6)
    assert row["photos"].count(".jpg") == 1
    assert "South pipe" in row.values()
    photos = store.project.tables[PHOTOS]
    [photo] = photos.matching("outfall_id", fid)
    assert photos.row(photo)["accepted"] is True
    with open_project(context.folder, read_only=True) as other:  # as another program sees it
        assert other.store.project.tables[OUTFALL_TABLE].row(fid)["photos"] == row["photos"]
    idle(qtbot, context)


def drop(window, place: QPoint, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPointF(place),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)


def test_a_photo_without_a_place_is_an_outfall_where_it_is_dropped(
    qtbot, window, context, tmp_path
):
    shown = window.page.map_area.map
    at = QPoint(shown.width() // 3, shown.height() // 3)
    wanted = shown.camera.to_map
    drop(window, shown.mapTo(window, at), write_photo(tmp_path / "plain.jpg"))
    qtbot.waitUntil(lambda: len(context.workspace.selection.features) == 1, timeout=10_000)
    [fid] = context.workspace.selection.features
    place = context.workspace.store.project.tables[OUTFALL_TABLE].row(fid)[GEOMETRY]
    ratio = shown.devicePixelRatioF()
    from gisapp.model.geometry import Pixel

    expected = wanted(Pixel(at.x() * ratio, at.y() * ratio))
    assert isinstance(expected, Point)
    assert (place.x, place.y) == pytest.approx((expected.x, expected.y), rel=1e-9)
    idle(qtbot, context)


def test_several_dropped_photos_are_imported_and_maps_are_layers(
    qtbot, window, context, walk, tmp_path
):
    drop(window, QPoint(5, 5), *sorted(walk.iterdir()))
    qtbot.waitUntil(lambda: PHOTOS in context.workspace.store.project.tables)
    qtbot.waitUntil(lambda: len(context.workspace.store.project.tables[PHOTOS]) == 3)
    (tmp_path / "map.jpg").write_bytes(b"x")
    assert is_photo(tmp_path / "map.jpg")
    (tmp_path / "map.jgw").write_text("1")
    assert not is_photo(tmp_path / "map.jpg")
    assert not is_photo(tmp_path / "map.tif")
    idle(qtbot, context)


def test_marks_of_a_track_become_outfalls_in_one_step(qtbot, window, context, tmp_path):
    from tests.app.test_photo_import import write_track

    told = said(context)
    window.commands.photos.take_track(write_track(tmp_path / "walk.gpx"))
    table = lambda: context.workspace.store.project.tables[OUTFALL_TABLE]  # noqa: E731
    qtbot.waitUntil(lambda: len(table()) == 4)
    row = table().row(FeatureId(str(table().ids[-1])))
    assert (row["name"], row["state"], row[GEOMETRY].x) == ("P1", "suspected", 114.0)
    assert any("0.41 km were walked" in message.text for message in told)
    context.workspace.store.undo()
    assert len(table()) == 3
    idle(qtbot, context)


def test_evidence_of_what_is_selected(qtbot, window, context, tmp_path):
    layer = context.workspace.store.project.layer_of_role("outfalls")
    assert window.commands.photos.evidence.chosen_outfalls() == []
    context.workspace.select(Selection(layer.id, frozenset(map(FeatureId, ("W-1", "W-2")))))
    chosen = window.commands.photos.evidence.chosen_outfalls()
    evidence = window.commands.photos.evidence
    for ask, ending in ((evidence.choose_evidence, "evidence.zip"),
                        (evidence.choose_pages, "file.pdf")):  # fmt: skip
        ask()
        [dialog] = window.page.findChildren(QFileDialog)
        assert dialog.selectedFiles()[0].endswith(ending)
        dialog.close()
        qtbot.waitUntil(lambda: not window.page.findChildren(QFileDialog))
    told, path = said(context), tmp_path / "two.zip"
    window.commands.photos.evidence.write_evidence(path, chosen)
    qtbot.waitUntil(lambda: any("written and proved" in m.text for m in told), timeout=10_000)
    proof = prove_pack(path)
    assert proof.ok
    assert any(proof.seal in message.hint for message in told)
    with zipfile.ZipFile(path) as archive:
        assert {"W-1/record.html", "W-2/record.json", "W-2/record.pdf"} <= set(archive.namelist())
    pages = tmp_path / "two.pdf"
    window.commands.photos.evidence.write_pages(pages, chosen)
    qtbot.waitUntil(lambda: any("two.pdf is written: 2 pages" in m.text for m in told))
    assert pages.read_bytes().startswith(b"%PDF-")
    idle(qtbot, context)


def picture_file(path: Path, orientation: int) -> bytes:
    """A real picture, left half red, with an EXIF that says how it is turned."""
    image = QImage(60, 40, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    for x in range(30):
        for y in range(40):
            image.setPixelColor(x, y, QColor("red"))
    assert image.save(str(path), "JPG", 95)
    content = path.read_bytes()
    return content[:2] + photo_exif(orientation=orientation) + content[2:]


def test_photos_stand_upright_as_their_exif_says(qapp, tmp_path):
    image = upright(picture_file(tmp_path / "a.jpg", 6))  # to be turned clockwise
    assert (image.width(), image.height()) == (40, 60)
    assert image.pixelColor(20, 5).green() < 80  # the left half is on top now
    assert image.pixelColor(20, 55).green() > 180
    assert upright(b"no picture").isNull()


def test_the_viewer_turns_comes_closer_and_goes_on(qtbot, window, context, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in (1, 6):
        (folder / f"{number}.jpg").write_bytes(picture_file(tmp_path / "x.jpg", number))
    window.commands.photos.import_folder(folder)
    qtbot.waitUntil(lambda: len(context.workspace.store.project.tables[PHOTOS]) == 2)
    table = context.workspace.store.project.tables[PHOTOS]
    names = sorted(
        (table.row(fid)["file"] for fid in table.ids),
        key=lambda f: table.row(table.matching("file", f)[0])["original_name"],
    )
    view = PhotoView(context, names, 0)
    qtbot.addWidget(view)
    with qtbot.waitExposed(view):
        view.show()
    size = lambda: (view.picture.image.width(), view.picture.image.height())  # noqa: E731
    qtbot.waitUntil(lambda: size() == (60, 40))
    assert "1.jpg" in view.words.text()
    press(view, Qt.Key.Key_R)
    assert size() == (40, 60)
    press(view, Qt.Key.Key_L)
    whole = view.picture.shown_scale()
    press(view, Qt.Key.Key_Plus, Qt.Key.Key_Plus)
    assert view.picture.shown_scale() >= whole
    press(view, Qt.Key.Key_0)
    assert view.picture.shown_scale() == whole
    press(view, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: size() == (40, 60))
    press(view, Qt.Key.Key_Right)  # the last one stays
    assert view.number == 1
    press(view, Qt.Key.Key_Left)
    assert view.number == 0
    idle(qtbot, context)


def test_what_lies_under_the_wheel_stays_there(qtbot):
    picture = PhotoPicture()
    qtbot.addWidget(picture)
    picture.resize(300, 200)
    image = QImage(3000, 2000, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    picture.show_image(image)
    at = QPointF(70, 40)

    def under() -> QPointF:
        middle = picture._middle if picture.scale else QPointF(1500, 1000)
        return middle + (at - QPointF(picture.rect().center())) * (1 / picture.shown_scale())

    before = under()
    for factor in (1.25, 2.0, 3.0, 0.5):
        picture.zoom(factor, at)
        assert under().x() == pytest.approx(before.x(), abs=1e-6)
        assert under().y() == pytest.approx(before.y(), abs=1e-6)
    picture.zoom(1e-3)
    assert picture.scale == 0.0
    assert QGuiApplication.overrideCursor() is None


def test_pictures_from_above_are_drawn_as_the_ground_they_show(qtbot, window, context, tmp_path):
    """Also in a project whose table of photos an older version made."""
    store = context.workspace.store
    table = store.project.tables[PHOTOS]
    old = tuple(f for f in table.fields if f.name not in ("roll", "focal_px"))
    schemas = (TableSchema(PHOTOS, table.crs, fields) for fields in (table.fields, old))
    store.apply(TableEdit("As it was", *schemas))
    said_of_it = {"RelativeAltitude": "+40.00", "GimbalPitchDegree": "-90.00",
                  "GimbalYawDegree": "+90.00", "GimbalRollDegree": "+0.00"}  # fmt: skip
    path = write_photo(tmp_path / "flight" / "DJI_0001.JPG", lon=LON, lat=LAT, focal_35=24)
    content = path.read_bytes()
    path.write_bytes(content[:2] + xmp(xmp_text(**said_of_it)) + content[2:])
    window.commands.photos.import_folder(path.parent)
    headings, shown = window.commands.photos.headings, window.page.map_area.map
    qtbot.waitUntil(lambda: len(headings.views.grounds) == 1)
    table = store.project.tables[PHOTOS]
    row = table.row(table.ids[0])
    assert row["focal_px"] == pytest.approx(24 / 43.2666 * np.hypot(48, 32), abs=0.1)
    assert (row["roll"], row["height_m"]) == (0.0, 40.0)
    assert len(headings.views.wedges) == 0
    near = replace(shown.camera, center=Point(LON, LAT)).at_scale(500)
    picture = QImage(*near.size, QImage.Format.Format_RGB32)
    picture.fill(QColor("white"))
    painter = QPainter(picture)
    headings.paint(painter, near)
    painter.end()
    metres = near.resolution * 102_560  # of a pixel, east to west
    half = 40 * 32 / float(row["focal_px"]) / 2 / metres  # the picture stands on its side
    middle = picture.rect().center()
    inside, beyond = (
        picture.pixelColor(middle + QPoint(round(half * share), 0)) for share in (0.8, 1.2)
    )
    assert inside.red() < 255 == beyond.red()
    store.undo()
    assert len(store.project.tables[PHOTOS].fields) == len(old)
    idle(qtbot, context)


def test_where_cameras_looked_is_drawn_near_and_not_from_afar(qtbot, window, context, walk):
    bring(qtbot, window, context, walk)
    headings, shown = window.commands.photos.headings, window.page.map_area.map
    qtbot.waitUntil(lambda: len(headings.views.wedges) == 3)
    east = headings.views.wedges[:, 2] - headings.views.wedges[:, 0]
    assert (east > 0).all()  # all of them looked east
    assert abs(headings.views.wedges[:, 3] - headings.views.wedges[:, 1]).max() < 1e-9
    near = replace(shown.camera, center=Point(LON, LAT)).at_scale(2000)
    assert len(headings.in_view(near).wedges) == 2
    assert len(headings.in_view(near.at_scale(100_000)).wedges) == 0
    picture = QImage(*near.size, QImage.Format.Format_RGB32)

    def blue_to_the_east() -> bool:
        picture.fill(QColor("white"))
        painter = QPainter(picture)
        headings.paint(painter, near)
        painter.end()
        middle = picture.rect().center()
        left, right = (picture.pixelColor(middle + QPoint(d, 0)) for d in (-15, 15))
        return bool(right.red() < 240 and left.red() == 255)

    assert blue_to_the_east()
    layers = context.workspace.store.project.layers
    hidden = tuple(replace(la, visible=la.source.path != PHOTOS) for la in layers)
    context.workspace.store.apply(LayersEdit("Hide", layers, hidden))
    assert not blue_to_the_east()
    painted = []
    screen = SimpleNamespace(overlay=SimpleNamespace(below=[]), update=lambda: painted.append(1))
    gone = PhotoHeadings(context, screen)
    gone.close()  # its map went while directions were still being worked out
    idle(qtbot, context)
    assert not painted
