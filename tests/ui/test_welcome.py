"""The welcome page: go on, look at the sample, begin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from gisapp.io.thumbnails import read_thumbnail, write_thumbnail
from gisapp.ui.context import WindowContext
from gisapp.ui.main_window import MainWindow
from gisapp.ui.recent import read_recent, remember
from gisapp.ui.welcome import WelcomePage
from tests.ui.window_setting import fresh_state, window_context

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def context() -> Iterator[WindowContext]:
    with window_context(welcome=True) as made:
        yield made


def opened(qtbot, context: WindowContext, folder: Path) -> WelcomePage:
    page = WelcomePage(context, fresh_state(folder))
    qtbot.addWidget(page, before_close_func=WelcomePage.close_subscriptions)
    page.resize(1200, 800)
    with qtbot.waitExposed(page):
        page.show()
    qtbot.waitUntil(lambda: not context.jobs.unfinished, timeout=15_000)
    return page


def click(widget: QAbstractButton) -> None:
    QTest.mouseClick(widget, LEFT)


def a_project(folder: Path) -> Path:
    folder.mkdir()
    (folder / "project.gpkg").write_bytes(b"")
    return folder


def test_the_first_start_offers_the_sample_first(qtbot, context, tmp_path):
    page = opened(qtbot, context, tmp_path)
    assert page.sample.property("kind") == "primary"
    assert page.go_on is None
    click(page.sample)
    assert context.program.calls[0][0] == "open_sample"


def test_the_last_project_can_be_continued_with_one_click(qtbot, context, tmp_path):
    state = fresh_state(tmp_path)
    remember(state, a_project(tmp_path / "older"), "Older survey")
    remember(state, a_project(tmp_path / "newer"), "Newer survey")
    page = opened(qtbot, context, tmp_path)
    assert page.go_on.text() == "Continue Newer survey"
    click(page.go_on)
    click(page.tiles[1])
    assert context.program.calls == [
        ("open", tmp_path / "newer"),
        ("open", tmp_path / "older"),
    ]


def test_a_project_that_is_gone_says_so_and_is_forgotten(qtbot, context, tmp_path):
    state = fresh_state(tmp_path)
    remember(state, tmp_path / "gone", "Gone survey")
    page = opened(qtbot, context, tmp_path)
    assert not page.tiles[0].there
    assert "not there any more" in page.tiles[0].accessibleName()
    assert not page.go_on.isEnabled()
    click(page.tiles[0])
    assert context.program.calls == []
    assert read_recent(fresh_state(tmp_path)) == []


def test_the_picture_of_the_map_is_shown(qtbot, context, tmp_path):
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QColor, QImage, QImageWriter

    image = QImage(40, 20, QImage.Format.Format_RGB32)
    image.fill(QColor("#1d9bd1"))
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    folder = a_project(tmp_path / "survey")
    write_thumbnail(folder, bytes(data.data()))
    assert read_thumbnail(folder) == bytes(data.data())
    remember(fresh_state(tmp_path), folder, "Survey")
    page = opened(qtbot, context, tmp_path)
    picture = page.tiles[0].grab().toImage()
    assert picture.pixelColor(picture.width() // 2, picture.height() // 4).name() == "#1d9bd1"


def test_a_new_project_asks_three_things(qtbot, context, tmp_path):
    page = opened(qtbot, context, tmp_path)
    click(page.new)
    form = page.new_form
    assert form.isVisible()
    assert not form.make.isEnabled()
    form.place.setText(str(tmp_path))
    QTest.keyClicks(form.name, "North bank: 2026")
    assert form.folder() == tmp_path / "North bank_ 2026"
    assert "114" in form.chooser.words.text()  # what the proposed system is
    click(form.make)
    assert context.program.calls == [
        ("new", tmp_path / "North bank_ 2026", "North bank: 2026", "EPSG:4547")
    ]


def test_a_system_is_found_by_number_and_by_name(qtbot, context, tmp_path):
    page = opened(qtbot, context, tmp_path)
    chooser = page.new_form.chooser
    assert chooser.list.count() == 0  # nobody looks at it: the list is not read
    page.pages.setCurrentIndex(1)
    qtbot.waitUntil(lambda: chooser.list.count() > 100, timeout=15_000)
    QTest.keyClicks(chooser.search, "4549")
    qtbot.waitUntil(lambda: chooser.list.count() == 1)
    assert chooser.crs == "EPSG:4549"
    assert "120" in chooser.words.text()
    chooser.search.selectAll()
    QTest.keyClicks(chooser.search, "gauss zone 38")
    qtbot.waitUntil(lambda: "zone number 38" in chooser.list.item(0).text())


def test_the_language_can_be_changed_before_anything_else(qtbot, context, tmp_path):
    page = opened(qtbot, context, tmp_path)
    switch = next(b for b in page.findChildren(QAbstractButton) if b.text() == "简体中文")
    click(switch)
    assert context.program.calls == [("use_language", "zh_CN")]


def test_the_window_shows_it_without_a_project(qtbot, context, tmp_path):
    window = MainWindow(context, fresh_state(tmp_path))
    qtbot.addWidget(window)
    assert window.welcome is not None
    window.new_project()
    assert window.welcome.pages.currentIndex() == 1
    qtbot.waitUntil(lambda: not context.jobs.unfinished, timeout=15_000)


def test_recent_projects_are_kept_once_and_the_latest_first(tmp_path):
    state = fresh_state(tmp_path)
    for name in ("a", "b", "a"):
        remember(state, tmp_path / name, name)
    assert [one.title for one in read_recent(state)] == ["a", "b"]


@pytest.mark.parametrize("kept", ["nonsense", "[1, 2]", '[{"folder": "x"}]'])
def test_a_damaged_list_of_recent_projects_is_empty(tmp_path, kept):
    state = fresh_state(tmp_path)
    state.setValue("recent/projects", kept)
    assert read_recent(state) == []
