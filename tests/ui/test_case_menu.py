"""The menu of kept rankings: open, rename, delete and take that back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMenu, QWidget

from gisapp.io.case_files import case_files, new_case_file
from gisapp.ui.case_menu import CaseMenu
from tests.ui.window_setting import window_context


class Desk:
    def __init__(self, context, window: QWidget, folder: Path) -> None:
        self.window, self.folder, self.context = window, folder, context
        self.moved: list[tuple[Path, Path | None]] = []
        self.opened: list[Path] = []
        self.said: list = []
        context.say.subscribe(self.said.append)
        self.menu = CaseMenu(context, window, lambda path, to: self.moved.append((path, to)))

    def choose(self, *words: str) -> None:
        """The entry of a menu, or of a menu in it."""
        menu = self.menu.cases(case_files(self.folder), self.opened.append)
        for word in words[:-1]:
            menu = next(one for one in menu.findChildren(QMenu) if one.title() == word)
        next(one for one in menu.actions() if one.text() == words[-1]).trigger()


@pytest.fixture
def desk(qtbot, tmp_path) -> Iterator[Desk]:
    for name in ("march", "april"):
        new_case_file(tmp_path, name).write_text(f"made up, {name}", "utf-8")
    window = QWidget()
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    with window_context() as context:
        yield Desk(context, window, tmp_path)


def names(desk: Desk) -> list[str]:
    return [path.stem for path in case_files(desk.folder)]


def test_a_case_is_opened_by_its_name(desk):
    desk.choose("april")
    assert [path.stem for path in desk.opened] == ["april"]


def test_a_case_gets_another_name(qtbot, desk):
    desk.choose("Rename", "april")
    dialog = desk.window.findChild(QInputDialog)
    line = dialog.findChild(QLineEdit)
    assert line.text() == "april"
    line.selectAll()
    QTest.keyClicks(line, "dry week")
    QTest.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(desk.moved))
    assert names(desk) == ["march", "dry-week"]
    assert [path.stem for path in desk.moved[0]] == ["april", "dry-week"]


def test_the_name_is_left_as_it_is_with_escape(qtbot, desk):
    desk.choose("Rename", "april")
    line = desk.window.findChild(QInputDialog).findChild(QLineEdit)
    QTest.keyClicks(line, "x")
    QTest.keyClick(line, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: desk.window.findChild(QInputDialog) is None)
    assert names(desk) == ["march", "april"]


def test_a_name_that_is_taken_is_said_and_nothing_is_lost(qtbot, desk):
    failed = []
    desk.context.jobs.failed.subscribe(failed.append)
    desk.menu.rename(case_files(desk.folder)[1], "march")
    qtbot.waitUntil(lambda: bool(failed))
    assert "march already" in str(failed[0].error)
    assert names(desk) == ["march", "april"]


def test_deleting_asks_and_is_undone(qtbot, desk):
    desk.choose("Delete", "march")
    asked = desk.said[-1]
    assert asked.text == "Delete the case march?"
    assert "undone" in asked.hint
    assert names(desk) == ["march", "april"]  # nothing happens before the answer
    asked.run()
    qtbot.waitUntil(lambda: names(desk) == ["april"])
    qtbot.waitUntil(lambda: desk.said[-1].action == "Undo")
    assert desk.moved[-1][1] is None
    desk.said[-1].run()
    qtbot.waitUntil(lambda: names(desk) == ["march", "april"])
    assert (desk.folder / "cases" / "march.json").read_text("utf-8") == "made up, march"
    qtbot.waitUntil(lambda: "there again" in desk.said[-1].text)


def test_of_a_project_for_reading_cases_are_only_opened(qtbot, tmp_path):
    with window_context(read_only=True) as context:
        window = QWidget()
        qtbot.addWidget(window)
        path = new_case_file(tmp_path, "a & b")
        menu = CaseMenu(context, window, lambda path, to: None).cases([path], lambda path: None)
        assert isinstance(menu, QMenu)
        assert [action.text() for action in menu.actions()] == ["a-b"]
