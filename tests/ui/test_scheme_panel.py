"""Editing how a survey works: real keys and clicks, one step each, named before it is applied."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gisapp.model.rules import values_of
from gisapp.model.survey_scheme import RuleSetting, usual_scheme
from gisapp.model.workflow import scheme_of
from gisapp.ui.rule_settings import RuleSettingsPanel, number_of
from gisapp.ui.scheme_card import SchemeCard
from gisapp.ui.scheme_panel import SchemePanel
from tests.survey_project import survey_project
from tests.ui.window_setting import window_context

LEFT = Qt.MouseButton.LeftButton
WHOLE = {"kind": "outfall", "name": "甲"}


@pytest.fixture
def context(qapp):
    rows = {
        "a": {"code_local": "W-1", "state": "difficult", **WHOLE},
        "b": {"code_local": "W-1", "state": "suspected", **WHOLE},
    }
    with window_context(survey_project(rows)) as made:
        yield made


def opened(qtbot, panel: SchemeCard) -> SchemeCard:
    qtbot.addWidget(panel, before_close_func=lambda p: [leave() for leave in p.leave])
    panel.resize(400, 860)
    panel.show()
    return panel


@pytest.fixture
def panel(context, qtbot):
    return opened(qtbot, SchemePanel(context))


@pytest.fixture
def checks(context, qtbot):
    return opened(qtbot, RuleSettingsPanel(context))


def choose(panel, state: str) -> None:
    ids = [one.id for one in panel.draft.states]
    panel.list.setCurrentRow(ids.index(state))


def retype(edit, text: str) -> None:
    edit.setFocus()
    edit.selectAll()
    if not text.isascii():  # as an input method gives it
        edit.insert(text)
    elif text:
        QTest.keyClicks(edit, text)
    else:
        QTest.keyClick(edit, Qt.Key.Key_Backspace)


def judged(qtbot, panel) -> None:
    qtbot.waitUntil(lambda: panel.judged is not None, timeout=10_000)


def applied(qtbot, panel) -> None:
    judged(qtbot, panel)
    assert panel.use.isEnabled()
    QTest.mouseClick(panel.use, LEFT)
    qtbot.waitUntil(lambda: not panel.dirty and not panel.use.isEnabled(), timeout=10_000)


def told(panel) -> str:
    widgets = (panel.said.itemAt(n).widget() for n in range(panel.said.count()))
    return "\n".join(w.text() for w in widgets if hasattr(w, "text"))


def test_nothing_is_changed_until_it_is_applied(panel, context):
    assert not panel.dirty
    assert not panel.use.isEnabled()
    assert not panel.back.isEnabled()
    assert panel.list.count() == len(usual_scheme().states)
    assert context.workspace.store.project.scheme is None


def test_a_state_gets_another_name_and_days_in_one_step(panel, context, qtbot):
    choose(panel, "difficult")
    retype(panel.form.title_zh, "攻坚点")
    panel.form.days.setValue(14)
    assert panel.note.text() == "not applied"
    applied(qtbot, panel)
    store = context.workspace.store
    state = scheme_of(store.project).state("difficult")
    assert (state.title_zh_CN, state.days, state.title) == ("攻坚点", 14, "Difficult")
    titles = store.project.tables["outfalls"].field("state").choice_titles
    assert ("difficult", "Difficult", "攻坚点") in titles
    store.undo()
    qtbot.waitUntil(lambda: panel.form.title_zh.text() == "疑难点")
    assert store.project.scheme is None
    assert panel.form.days.value() == 60


def test_what_is_wrong_is_said_under_the_field_while_one_types(panel, qtbot):
    choose(panel, "difficult")
    retype(panel.form.title_zh, "")
    assert "no Chinese name" in panel.form.lines.said("title_zh_CN")
    assert "no Chinese name" in told(panel)
    assert panel.form.title_zh.property("state") == "wrong"
    assert not panel.use.isEnabled()
    QTest.keyClicks(panel.form.title_zh, "x")
    assert panel.form.lines.said("title_zh_CN") == ""
    judged(qtbot, panel)
    assert panel.use.isEnabled()


def test_a_name_that_another_state_has_is_told_and_not_forbidden(panel, qtbot):
    choose(panel, "difficult")
    retype(panel.form.title, "Closed")
    judged(qtbot, panel)
    assert panel.use.isEnabled()
    choose(panel, "closed")
    assert "Another state" in panel.form.lines.said("title")


def test_outfalls_of_a_state_that_goes_are_named_and_must_become_something(panel, context, qtbot):
    choose(panel, "difficult")
    QTest.mouseClick(panel.away, LEFT)
    judged(qtbot, panel)
    assert "W-1" in told(panel)
    assert "1 outfalls are Difficult" in told(panel)
    assert not panel.use.isEnabled()
    box = panel.moves["difficult"]
    box.setCurrentIndex(box.findData("to_verify"))
    applied(qtbot, panel)
    store = context.workspace.store
    assert store.project.tables["outfalls"].row("a")["state"] == "to_verify"
    assert len(store.project.tables["state_history"]) == 1
    store.undo()
    qtbot.waitUntil(lambda: store.project.scheme is None)
    assert store.project.tables["outfalls"].row("a")["state"] == "difficult"


def test_a_new_state_has_a_key_of_its_own_and_its_ways_follow(panel, context, qtbot):
    choose(panel, "difficult")
    QTest.mouseClick(panel.more, LEFT)
    assert panel.form.key.isEnabled()
    assert not panel.use.isEnabled()
    retype(panel.form.title_zh, "暗查")
    retype(panel.form.title, "Covert check")
    retype(panel.form.key, "2nd look")
    assert "no key" in panel.form.lines.said("id")
    retype(panel.form.key, "covert")
    applied(qtbot, panel)
    scheme = scheme_of(context.workspace.store.project)
    ids = [one.id for one in scheme.states]
    assert ids.index("covert") == ids.index("difficult") + 1
    assert "covert" in [way.after for way in scheme.ways_from("difficult")]
    choose(panel, "covert")
    assert not panel.form.key.isEnabled()


def test_needs_and_ways_are_ticked_and_whom_they_concern_is_named(panel, context, qtbot):
    choose(panel, "suspected")
    needs = panel.form.needs
    needs.field.setCurrentIndex(needs.field.findData("river"))
    QTest.mouseClick(needs.more, LEFT)
    judged(qtbot, panel)
    assert "1 outfalls are Suspected without what it would need: W-1" in told(panel)
    ways = panel.form.ways
    rows = {ways.item(row, 0).text(): row for row in range(ways.rowCount())}
    ways.item(rows["Closed"], 0).setCheckState(Qt.CheckState.Checked)
    ways.item(rows["Closed"], 1).setCheckState(Qt.CheckState.Checked)
    ways.item(rows["Difficult"], 0).setCheckState(Qt.CheckState.Unchecked)
    assert "other ways" in panel.form.differs.text()
    applied(qtbot, panel)
    scheme = scheme_of(context.workspace.store.project)
    found = {way.after: way.why for way in scheme.ways_from("suspected")}
    assert found["closed"] is True
    assert "difficult" not in found
    assert scheme.state("suspected").needs[-1].field == "river"
    QTest.mouseClick(panel.form.as_standard, LEFT)
    applied(qtbot, panel)
    assert context.workspace.store.project.scheme is None


def test_a_photo_list_is_asked_for_by_number(panel):
    choose(panel, "difficult")
    needs = panel.form.needs
    needs.field.setCurrentIndex(needs.field.findData("photos"))
    assert not needs.count.isHidden()
    needs.count.setValue(4)
    QTest.mouseClick(needs.more, LEFT)
    needs.field.setCurrentIndex(needs.field.findData("name"))
    assert needs.count.isHidden()
    assert [(n.field, n.count) for n in panel.draft.state("difficult").needs][-1] == ("photos", 4)


def test_the_order_is_that_of_the_lists(panel, context, qtbot):
    choose(panel, "difficult")
    QTest.mouseClick(panel.up, LEFT)
    assert panel.form.state.id == "difficult"
    applied(qtbot, panel)
    choices = context.workspace.store.project.tables["outfalls"].field("state").choices
    assert choices.index("difficult") + 1 == choices.index("verified")


def test_a_pattern_that_is_none_is_said_and_one_that_codes_break_names_them(panel, qtbot):
    edit = panel.patterns["code_local"]
    retype(edit, "(")
    assert "no pattern" in panel.code_lines.said("code_local")
    assert not panel.use.isEnabled()
    retype(edit, r"X-\d+")
    judged(qtbot, panel)
    assert "2 codes would not fit: W-1, W-1" in told(panel)
    QTest.mouseClick(panel.drop, LEFT)
    assert edit.text() == ""
    assert not panel.dirty


def test_the_file_is_that_of_the_command_line(panel, context, qtbot, tmp_path):
    choose(panel, "difficult")
    panel.form.days.setValue(9)
    path = tmp_path / "workflow.json"
    panel.export_to(path)
    qtbot.waitUntil(path.exists)
    data = json.loads(path.read_text("utf-8"))
    assert next(s["days"] for s in data["states"] if s["id"] == "difficult") == 9
    QTest.mouseClick(panel.drop, LEFT)
    panel.import_from(path)
    qtbot.waitUntil(lambda: panel.dirty)
    assert panel.form.days.value() == 9
    assert context.workspace.store.project.scheme is None
    path.write_text("[]", "utf-8")
    said = []
    context.say.subscribe(said.append)
    panel.import_from(path)
    qtbot.waitUntil(lambda: bool(said))
    assert said[0].level == "error"
    assert panel.form.days.value() == 9


def test_a_draft_that_is_left_can_be_gone_on_with(context, qtbot):
    again = []
    panel = opened(qtbot, SchemePanel(context, None, again.append))
    said = []
    context.say.subscribe(said.append)
    choose(panel, "difficult")
    panel.form.days.setValue(9)
    for leave in panel.leave:
        leave()
    panel.leave.clear()
    said[-1].run()
    other = opened(qtbot, SchemePanel(context, again[0]))
    assert other.dirty
    choose(other, "difficult")
    assert other.form.days.value() == 9


def test_in_a_project_that_is_only_read_nothing_can_be_typed(qtbot):
    with window_context(survey_project({}), read_only=True) as context:
        for made in (SchemePanel(context), RuleSettingsPanel(context)):
            panel = opened(qtbot, made)
            assert not panel.use.isEnabled()
            assert not panel.read.isEnabled()
            assert panel.write.isEnabled()


# ---- numbers and checks


def test_a_number_is_checked_while_it_is_typed_and_goes_back(checks, context, qtbot):
    near = checks.numbers["near_m"]
    assert checks.backs["near_m"].isHidden()
    for text, words in (("abc", "no number"), ("-3", "0 to 100,000 m"), ("1e9", "0 to 100,000 m")):
        retype(near, text)
        assert words in checks._wrong["near_m"].text(), text
        assert not checks.use.isEnabled()
    retype(near, "１５０")
    judged(qtbot, checks)
    assert "Maybe the same outfall: 0 findings, then 1" in told(checks)
    applied(qtbot, checks)
    store = context.workspace.store
    assert values_of(store.project.scheme)["near_m"] == 150
    QTest.mouseClick(checks.backs["near_m"], LEFT)
    assert near.text() == "20"
    applied(qtbot, checks)
    assert store.project.scheme is None
    store.undo()
    qtbot.waitUntil(lambda: near.text() == "150")


def test_a_check_is_switched_off_and_another_weighs_less(checks, context, qtbot):
    checks.on["code_twice"].click()
    weight = checks.weights["evidence"]
    weight.setCurrentIndex(weight.findData("warning"))
    weight.activated.emit(weight.currentIndex())
    assert not checks.weights["code_twice"].isEnabled()
    judged(qtbot, checks)
    assert "Code used twice: 1 findings, then 0" in told(checks)
    applied(qtbot, checks)
    own = context.workspace.store.project.scheme
    assert own.rules == (
        RuleSetting("code_twice", on=False),
        RuleSetting("evidence", severity="warning"),
    )
    assert replace(own, rules=()) == usual_scheme()
    assert checks.check_backs["near"].isHidden()
    QTest.mouseClick(checks.check_backs["evidence"], LEFT)
    assert weight.currentData() == "error"
    assert [rule.id for rule in checks.draft.rules] == ["code_twice"]
    QTest.mouseClick(checks.back, LEFT)
    applied(qtbot, checks)
    assert context.workspace.store.project.scheme is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("20", 20.0), (" 2.5 ", 2.5), ("２．５", 2.5), ("", None), ("nan", None), ("1,5", None)],
)
def test_numbers_as_people_type_them(text, value):
    assert number_of(text) == value
