"""Findings and another ledger in the window: real clicks, real jobs."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gisapp.app.rules import task_edit
from gisapp.model.project import Project
from gisapp.ui.findings_panel import FindingsPanel
from gisapp.ui.findings_tree import FEW
from gisapp.ui.reconcile_panel import ReconcilePanel
from tests.survey_project import survey_project
from tests.ui.window_setting import window_context

LEFT = Qt.MouseButton.LeftButton
WHOLE = {"kind": "outfall", "state": "to_verify"}


def project() -> Project:
    rows = {
        "a": {"code_local": "W-1", "name": "甲", **WHOLE},
        "b": {"code_local": "W-1", "name": "乙", **WHOLE},
        "c": {"code_local": "W-1", "name": "丙", **WHOLE},
        "d": {"code_local": "W-4", "name": "丁", "kind": "outfall", "state": "closed"},
    }
    return survey_project(rows)


@pytest.fixture
def context(qapp):
    with window_context(project()) as made:
        yield made


@pytest.fixture
def panel(context, qtbot):
    went: list = []
    made = FindingsPanel(context, went.append)
    made.went = went  # type: ignore[attr-defined]
    qtbot.addWidget(made)
    made.resize(380, 800)
    made.show()
    qtbot.waitUntil(lambda: made.listing is not None, timeout=30_000)
    return made


def group(panel, words):
    items = (panel.tree.topLevelItem(n) for n in range(panel.tree.topLevelItemCount()))
    return next((item for item in items if item.text(0) == words), None)


def choose(panel, item) -> None:
    item.parent().setExpanded(True)
    panel.tree.scrollToItem(item)
    QTest.mouseClick(panel.tree.viewport(), LEFT, pos=panel.tree.visualItemRect(item).center())


def test_before_anything_was_found_there_is_nothing_to_press(context, qtbot):
    made = FindingsPanel(context, lambda place: None)
    qtbot.addWidget(made, before_close_func=lambda p: [leave() for leave in p.leave])
    made.show()
    assert made.words.text() == "Checking the survey"
    assert made.fix_button.isHidden()
    assert made.leave_button.isHidden()
    qtbot.waitUntil(lambda: made.listing is not None, timeout=30_000)


def test_few_findings_are_open_and_what_was_closed_stays_closed(panel, context, qtbot):
    kinds = panel.tree.kinds()
    assert len(kinds) > 1
    assert all(kinds.values())
    assert panel.note.text() == str(panel.listing.shown)
    twice = group(panel, "Code used twice")
    panel.tree.setCurrentItem(twice)
    panel.tree.setFocus()
    QTest.keyClick(panel.tree, Qt.Key.Key_Left)
    assert not twice.isExpanded()
    choose(panel, group(panel, "State without its evidence").child(0))
    QTest.mouseClick(panel.task_button, LEFT)
    before = panel.listing
    qtbot.waitUntil(lambda: panel.listing is not before)
    assert not group(panel, "Code used twice").isExpanded()
    assert group(panel, "State without its evidence").isExpanded()


def test_many_findings_are_closed_until_they_are_opened(qapp, qtbot):
    rows = {f"f{n}": {"code_local": "W-1", "name": f"Made up {n}", **WHOLE} for n in range(FEW + 2)}
    with window_context(survey_project(rows)) as context:
        panel = FindingsPanel(context, lambda place: None)
        qtbot.addWidget(panel, before_close_func=lambda p: [leave() for leave in p.leave])
        panel.show()
        qtbot.waitUntil(lambda: panel.listing is not None, timeout=30_000)
        assert not any(panel.tree.kinds().values())


def test_where_there_is_no_outfall_the_card_counts_nothing(qapp, qtbot):
    with window_context(survey_project({})) as context:
        panel = FindingsPanel(context, lambda place: None)
        qtbot.addWidget(panel, before_close_func=lambda p: [leave() for leave in p.leave])
        panel.show()
        qtbot.waitUntil(lambda: panel.listing is not None, timeout=30_000)
        assert panel.note.text() == ""
        assert panel.nothing.text() == "No outfall is recorded yet"


def test_a_click_goes_there_and_the_fix_is_one_step(panel, context, qtbot):
    twice = group(panel, "Code used twice")
    assert twice.text(1) == "2"
    choose(panel, twice.child(0))
    assert panel.went[-1] == pytest.approx((105.001, 30.0))
    assert panel.fix_button.text() == "Give it W-2"
    QTest.mouseClick(panel.fix_button, LEFT)
    qtbot.waitUntil(lambda: group(panel, "Code used twice").text(1) == "1")
    store = context.workspace.store
    assert store.project.tables["outfalls"].row("b")["code_local"] == "W-2"
    store.undo()
    qtbot.waitUntil(lambda: group(panel, "Code used twice").text(1) == "2")


def test_all_of_a_kind_are_fixed_as_one_step(panel, context, qtbot):
    choose(panel, group(panel, "Code used twice").child(0))
    QTest.mouseClick(panel.all_button, LEFT)
    qtbot.waitUntil(lambda: group(panel, "Code used twice") is None)
    store = context.workspace.store
    codes = store.project.tables["outfalls"].column("code_local").tolist()
    assert len(set(codes)) == 4
    store.undo()
    qtbot.waitUntil(lambda: group(panel, "Code used twice") is not None)
    assert set(store.project.tables["outfalls"].column("code_local")) == {"W-1", "W-4"}


def test_left_as_they_are_the_evening_list_is_empty(panel, context, qtbot):
    assert panel.nothing.isHidden()
    findings = [one for some, _ in panel.listing.kinds for one in some]
    context.workspace.store.apply(
        task_edit(context.workspace.store.project, findings, leave=True, today="2026-06-01")
    )
    qtbot.waitUntil(lambda: not panel.nothing.isHidden())
    assert panel.tree.isHidden()
    assert "4 outfalls checked" in panel.aside.text()
    assert f"{len(findings)} left as they are" in panel.aside.text()


def test_a_task_is_noted_and_the_finding_stays(panel, context, qtbot):
    evidence = group(panel, "State without its evidence")
    choose(panel, evidence.child(0))
    assert not panel.fix_button.isEnabled()
    QTest.mouseClick(panel.task_button, LEFT)
    qtbot.waitUntil(lambda: group(panel, "State without its evidence").child(0).text(1) == "task")
    assert len(context.workspace.store.project.tables["tasks"]) == 1


def test_the_filter_keeps_findings_of_some_outfalls(panel, qtbot):
    QTest.keyClicks(panel.wanted, "W-4")
    qtbot.waitUntil(lambda: group(panel, "Code used twice") is None)
    assert group(panel, "State without its evidence").text(1) == "1"


def ledger(path: Path) -> Path:
    book = openpyxl.Workbook()
    page = book.active
    page.append(["地方编码", "名称", "县", "经度", "纬度"])
    page.append(["W-4", "丁", "丁县", 105.003, 30.0])
    page.append(["W-8", "戊", "戊县", 105.5, 30.5])
    book.save(path)
    return path


def test_another_ledger_side_by_side_taken_over_by_field(context, qtbot, tmp_path):
    went: list = []
    panel = ReconcilePanel(context, went.append)
    qtbot.addWidget(panel)
    panel.resize(380, 900)
    panel.show()
    panel.compare_with(ledger(tmp_path / "list.xlsx"))
    qtbot.waitUntil(lambda: panel.answer is not None, timeout=20_000)
    different = group(panel, "Different")
    assert panel.table.isHidden()
    choose(panel, different.child(0))
    assert not panel.table.isHidden()
    assert went[-1] == pytest.approx((105.003, 30.0))
    names = [panel.table.item(row, 0).text() for row in range(panel.table.rowCount())]
    assert names == ["County"]
    assert panel.table.item(0, 2).text() == "丁县"
    QTest.mouseClick(panel.take, LEFT)
    table = lambda: context.workspace.store.project.tables["outfalls"]  # noqa: E731
    qtbot.waitUntil(lambda: table().row("d")["county"] == "丁县")
    qtbot.waitUntil(lambda: group(panel, "Different") is None)
    assert group(panel, "Only there").text(1) == "1"
    QTest.mouseClick(panel.add_rows, LEFT)
    qtbot.waitUntil(lambda: len(table()) == 5)
    panel.write_to(tmp_path / "d.xlsx")
    qtbot.waitUntil(lambda: (tmp_path / "d.xlsx").exists())


def test_a_filter_that_nothing_fits_does_not_say_all_is_well(panel, qtbot):
    QTest.keyClicks(panel.wanted, "zzz")
    qtbot.waitUntil(lambda: panel.tree.isHidden())
    assert panel.nothing.text() == "No finding fits “zzz”"
    panel.wanted.clear()
    qtbot.waitUntil(lambda: not panel.tree.isHidden())


def test_what_was_done_is_said_with_a_way_back(panel, context, qtbot):
    said: list = []
    context.say.subscribe(said.append)
    choose(panel, group(panel, "Code used twice").child(0))
    assert panel.all_button.text() == "Fix all of this kind (2)"
    QTest.mouseClick(panel.fix_button, LEFT)
    qtbot.waitUntil(lambda: bool(said))
    assert said[-1].action == "Undo"
    said[-1].run()
    qtbot.waitUntil(lambda: group(panel, "Code used twice").text(1) == "2")


def test_without_a_survey_it_is_said_and_nothing_can_be_pressed(qapp, qtbot):
    with window_context(Project("empty")) as context:
        panel = FindingsPanel(context, lambda place: None)
        qtbot.addWidget(panel, before_close_func=lambda p: [leave() for leave in p.leave])
        panel.show()
        qtbot.waitUntil(lambda: "no survey" in panel.words.text())
        assert not panel.words.isHidden()
        assert panel.fix_button.isHidden()
        assert panel.leave_button.isHidden()


@pytest.fixture
def pairs(context, qtbot, tmp_path):
    panel = ReconcilePanel(context, lambda place: None)
    qtbot.addWidget(panel, before_close_func=lambda p: [leave() for leave in p.leave])
    panel.resize(380, 900)
    panel.show()
    return panel


def book_of(path: Path, *rows) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.xlsx", "is not there"),
        ("empty.csv", "is empty"),
        ("words.csv", "no rows"),
        ("odd.xlsx", "no column is known"),
    ],
)
def test_a_file_that_is_no_ledger_is_said_in_the_panel(pairs, qtbot, tmp_path, name, words):
    (tmp_path / "empty.csv").touch()
    (tmp_path / "words.csv").write_text("hello")
    book_of(tmp_path / "odd.xlsx", ["甲", "乙"], [1, 2])
    pairs.compare_with(tmp_path / name)
    qtbot.waitUntil(lambda: words in pairs.words.text(), timeout=20_000)
    assert pairs.words.property("kind") == "bad"
    assert pairs.answer is None
    assert pairs.add_rows.isHidden()


def test_a_wrong_file_leaves_the_comparison_before_it(pairs, qtbot, tmp_path):
    pairs.compare_with(ledger(tmp_path / "list.xlsx"))
    qtbot.waitUntil(lambda: pairs.answer is not None, timeout=20_000)
    pairs.compare_with(tmp_path / "missing.xlsx")
    qtbot.waitUntil(lambda: "is not there" in pairs.words.text(), timeout=20_000)
    assert pairs.answer is not None
    assert group(pairs, "Different").text(1) == "1"


def test_taken_over_the_next_pair_is_chosen(pairs, context, qtbot, tmp_path):
    rows = [["地方编码", "名称", "县", "河流"], ["W-4", "丁", "丁县", "青河"]]
    pairs.compare_with(book_of(tmp_path / "l.xlsx", *rows, ["W-1", "甲", "甲县", "青河"]))
    qtbot.waitUntil(lambda: pairs.answer is not None, timeout=20_000)
    choose(pairs, group(pairs, "Different").child(0))
    assert pairs.take.text() == "Take over (2)"
    for row in range(pairs.table.rowCount()):
        pairs.table.item(row, 0).setCheckState(Qt.CheckState.Unchecked)
    assert not pairs.take.isEnabled()
    pairs.table.item(0, 0).setCheckState(Qt.CheckState.Checked)
    pairs.table.item(1, 0).setCheckState(Qt.CheckState.Checked)
    QTest.mouseClick(pairs.take, LEFT)
    qtbot.waitUntil(lambda: group(pairs, "Different").text(1) == "1")
    assert pairs.pair is not None
    assert pairs.take.isEnabled()


def test_one_of_the_other_ledger_is_added_alone(pairs, context, qtbot, tmp_path):
    rows = [["地方编码", "名称"], ["W-8", "戊"], ["W-9", "己"]]
    pairs.compare_with(book_of(tmp_path / "l.xlsx", *rows))
    qtbot.waitUntil(lambda: pairs.answer is not None, timeout=20_000)
    assert pairs.add_rows.text() == "Add what is only there (2)"
    choose(pairs, group(pairs, "Only there").child(1))
    assert pairs.add_rows.text() == "Add this one"
    QTest.mouseClick(pairs.add_rows, LEFT)
    table = lambda: context.workspace.store.project.tables["outfalls"]  # noqa: E731
    qtbot.waitUntil(lambda: len(table()) == 5)
    assert "W-9" in table().column("code_local").tolist()


def test_a_sheet_that_cannot_be_written_is_said(pairs, context, qtbot, tmp_path):
    said: list = []
    context.say.subscribe(said.append)
    pairs.compare_with(ledger(tmp_path / "list.xlsx"))
    qtbot.waitUntil(lambda: pairs.answer is not None, timeout=20_000)
    pairs.write_to(tmp_path / "no" / "such" / "d.xlsx")
    qtbot.waitUntil(lambda: any(one.level == "error" for one in said))
