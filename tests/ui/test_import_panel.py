"""Importing survey points in the window: looked at, mended with one click, written as one step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from gisapp.io.recipe import read_recipe
from gisapp.model.geometry import Extent
from gisapp.model.progress import Cancelled
from gisapp.ui.card import EndedButton
from gisapp.ui.context import WindowContext
from gisapp.ui.import_panel import ImportPanel
from tests.app.survey_files import plain_ledger, write_csv
from tests.survey_project import survey_project
from tests.ui.window_setting import window_context

LON = [114.0 + n / 1000 for n in range(12)]
LAT = [23.14 + n / 1000 for n in range(12)]


@pytest.fixture
def context() -> Iterator[WindowContext]:
    with window_context() as made:
        yield made


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    rows = plain_ledger(岸别=["左"] * 11 + ["河心"])
    for n, row in enumerate(rows[1:]):
        row[2:4] = [LON[n], LAT[n]]
    rows[3][2:4] = [0, 0]
    rows[5][2] = 117.9
    return write_csv(tmp_path / "五月.csv", rows)


def opened(qtbot: Any, context: WindowContext, path: Path) -> tuple[ImportPanel, list[Any]]:
    shown: list[Any] = []
    panel = ImportPanel(context, path, shown.append, lambda take: None, lambda stem, take: None)
    qtbot.addWidget(panel)
    panel.resize(420, 760)
    with qtbot.waitExposed(panel):
        panel.show()
    understood(qtbot, panel)
    return panel, shown


def understood(qtbot: Any, panel: ImportPanel) -> None:
    qtbot.waitUntil(
        lambda: panel.answer is not None and panel.save_button.isEnabled(), timeout=30_000
    )


def close(panel: ImportPanel) -> None:
    for leave in panel.leave:
        leave()
    panel.leave.clear()


def fixes(panel: ImportPanel) -> dict[str, QPushButton]:
    widget = panel.problems.widget()
    return {b.text(): b for b in widget.findChildren(QPushButton)}


def test_problems_are_mended_with_one_click_and_imported_as_one_step(
    qtbot: Any, context: WindowContext, ledger: Path
) -> None:
    store = context.workspace.store
    before = store.project
    panel, _ = opened(qtbot, context, ledger)
    assert "12" in panel.words.text()
    assert panel.answer.found.counts["without_place"] == 1
    told = [words.text() for words in panel.problems.widget().findChildren(QLabel)]
    assert [words for words in told if "河心" in words and words.count("(1)") == 1]
    assert store.project is before
    pressed = fixes(panel)["Leave these rows out"]
    pressed.setFocus()
    QTest.mouseClick(pressed, Qt.MouseButton.LeftButton)
    understood(qtbot, panel)
    assert panel.problems.hasFocus()  # the button is gone; the hand is where it was
    assert panel.answer.found.counts["left_out"] == 1
    assert "11" in panel.import_button.text()
    QTest.mouseClick(panel.undo_button, Qt.MouseButton.LeftButton)
    understood(qtbot, panel)
    assert panel.answer.found.counts["left_out"] == 0
    panel.take((("if.at_zero", "skip"),))
    understood(qtbot, panel)
    seen: list[Extent] = []
    context.look_at.subscribe(seen.append)
    with qtbot.waitSignal(panel.closed):
        QTest.mouseClick(panel.import_button, Qt.MouseButton.LeftButton)
    assert not seen  # the project had outfalls: the map stays where it was
    assert len(store.project.tables["outfalls"]) == len(before.tables["outfalls"]) + 11
    store.undo()
    assert len(store.project.tables["outfalls"]) == len(before.tables["outfalls"])
    close(panel)


def test_rows_are_coloured_told_shown_and_left_out(
    qtbot: Any, context: WindowContext, ledger: Path
) -> None:
    panel, shown = opened(qtbot, context, ledger)
    model = panel.model
    assert model.rowCount() == 12
    assert model.headerData(0, Qt.Orientation.Vertical) == "4"  # rows with problems come first
    assert model.data(model.index(0, 2), Qt.ItemDataRole.BackgroundRole) is not None
    assert model.data(model.index(0, 0), Qt.ItemDataRole.BackgroundRole) is None
    panel.show_record(4)
    assert "km" in panel.said.text()
    assert shown[-1] is not None
    panel.show_record(2)
    assert shown[-1] is None
    QTest.mouseClick(panel.leave_out, Qt.MouseButton.LeftButton)
    understood(qtbot, panel)
    assert panel.answer.found.skip.sum() == 1
    close(panel)


def test_a_column_is_given_another_meaning(
    qtbot: Any, context: WindowContext, ledger: Path
) -> None:
    panel, _ = opened(qtbot, context, ledger)
    combo = panel.columns.combos["排污口名称"]
    combo.setCurrentIndex(combo.findData("remark"))
    combo.activated.emit(combo.currentIndex())
    understood(qtbot, panel)
    assert panel.answer.found.targets["排污口名称"] == "remark"
    place = panel.columns.combos["经度"]
    assert place.currentData() == "place.x"
    close(panel)


def test_answers_are_saved_and_used_again(
    qtbot: Any, context: WindowContext, ledger: Path, tmp_path: Path
) -> None:
    panel, _ = opened(qtbot, context, ledger)
    panel.take((("word.bank.河心", "左岸"),))
    understood(qtbot, panel)
    path = tmp_path / "月报.json"
    said: list[Any] = []
    leave = context.say.subscribe(said.append)
    panel.save_recipe(path)
    qtbot.waitUntil(lambda: bool(said))
    assert read_recipe(path).get("word.bank.河心") == "左岸"
    close(panel)
    other, _ = opened(qtbot, context, ledger)
    other.use_recipe(path)
    qtbot.waitUntil(lambda: other.recipe.get("word.bank.河心") == "左岸")
    understood(qtbot, other)
    assert "unknown_word" not in {p.kind for p in other.answer.found.problems}
    other.use_recipe(ledger)  # is no recipe
    qtbot.waitUntil(lambda: len(said) == 2)
    assert said[-1].level == "error"
    leave()
    close(other)


def test_a_file_that_cannot_be_read_says_why(
    qtbot: Any, context: WindowContext, tmp_path: Path
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"no workbook")
    panel = ImportPanel(context, path, lambda p: None, lambda t: None, lambda s, t: None)
    qtbot.addWidget(panel)
    qtbot.waitUntil(lambda: "a.xlsx" in panel.words.text() and panel.facts.text() == "")
    assert not panel.import_button.isEnabled()
    close(panel)


def test_words_of_a_problem_are_never_cut_in_the_middle(
    qtbot: Any, context: WindowContext, ledger: Path
) -> None:
    panel, _ = opened(qtbot, context, ledger)
    panel.resize(300, 800)
    panel.show()
    list_ = panel.problems
    made = [b for b in list_.widget().findChildren(QPushButton) if isinstance(b, EndedButton)]
    assert made
    for one in made:
        assert one.geometry().right() <= list_.viewport().width()
        assert one.toolTip() == one.text()
        shown = one.shown()
        assert shown == one.text() or (shown.endswith("…") and one.text().startswith(shown[:-1]))
        assert one.fontMetrics().horizontalAdvance(shown) <= one.width()
    close(panel)


class StopNow:
    def report(self, fraction: float, message: str = "") -> None:
        raise Cancelled


def test_an_import_that_is_stopped_can_be_started_again(
    qtbot: Any, context: WindowContext, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = context.workspace.store
    panel, _ = opened(qtbot, context, ledger)
    before, words = store.project, panel.import_button.text()
    monkeypatch.setattr(
        "gisapp.ui.import_panel.write_watched",
        lambda store, jobs, edit: store.apply(edit, StopNow()),
    )
    panel.bring_in()
    said = "The import was stopped; nothing was written."
    qtbot.waitUntil(lambda: panel.said.text() == said, timeout=30_000)
    assert store.project is before
    assert (panel.import_button.text(), panel.import_button.isEnabled()) == (words, True)
    monkeypatch.undo()
    panel.bring_in()
    qtbot.waitUntil(lambda: store.project is not before, timeout=30_000)
    close(panel)


def test_the_first_points_of_a_survey_are_looked_at_without_those_far_away(
    qtbot: Any, tmp_path: Path
) -> None:
    rows = plain_ledger()
    for n, row in enumerate(rows[1:]):
        row[2:4] = [LON[n], LAT[n]]
    rows[3][2:4] = [121.47, 31.23]
    project = replace(survey_project({}), crs="EPSG:4490")
    with window_context(project) as context:
        seen: list[Extent] = []
        context.look_at.subscribe(seen.append)
        panel, _ = opened(qtbot, context, write_csv(tmp_path / "a.csv", rows))
        with qtbot.waitSignal(panel.closed):
            QTest.mouseClick(panel.import_button, Qt.MouseButton.LeftButton)
        (extent,) = seen
        assert extent.left < min(LON) < max(LON) < extent.right < 115
        assert extent.bottom < min(LAT) < max(LAT) < extent.top < 24
        close(panel)
