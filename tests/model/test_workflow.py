"""States and the ways between them: what is allowed, what is asked, what is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gisapp.io.project_json import edit_from_data, edit_to_data
from gisapp.model.edit import SchemeEdit
from gisapp.model.features import FeatureId
from gisapp.model.outfall_record import add_related, related
from gisapp.model.project import Project
from gisapp.model.survey import (
    CATEGORIES,
    HISTORY,
    LEGACY_CLASSES,
    MONITORING,
    OUTFALL_TABLE,
    UNKNOWN_CLASS,
    class_levels,
    survey_schemas,
)
from gisapp.model.survey_scheme import Need, Transition, need, usual_scheme
from gisapp.model.text import use_language
from gisapp.model.workflow import (
    StateRefused,
    blocked,
    missing,
    need_words,
    next_needs,
    scheme_of,
    set_state,
    ways,
)
from tests.survey_project import survey_project

A, B = FeatureId("a"), FeatureId("b")
BY = {"who": "surveyor", "at": "2026-05-01T10:00:00+08:00"}


def with_state(state: str, **values) -> Project:
    return survey_project({"a": {"code_local": "W-1", "state": state, **values}})


def state(project: Project) -> str:
    return project.tables[OUTFALL_TABLE].row(A)["state"]


def test_the_usual_scheme_is_whole():
    scheme = usual_scheme()
    ids = [s.id for s in scheme.states]
    assert len(set(ids)) == len(ids)
    assert {w.before for w in scheme.transitions} | {w.after for w in scheme.transitions} == set(
        ids
    )
    ways_out = {(w.before, w.after) for w in scheme.transitions}
    assert len(ways_out) == len(scheme.transitions)
    reached, grown = {"suspected"}, True
    while grown:
        more = {after for before, after in ways_out if before in reached} - reached
        grown = bool(more)
        reached |= more
    assert reached == set(ids)
    fields = {name: {f.name for f in schema.fields} for name, schema in survey_schemas().items()}
    for one in scheme.states:
        for asked in one.needs:
            assert not asked.field or asked.field in fields[asked.table or OUTFALL_TABLE], asked
    for c in scheme.conditions:
        assert {c.field, c.other} <= fields[c.table], c
    assert set(scheme.carried) <= fields[OUTFALL_TABLE]


def test_a_need_is_written_in_one_word():
    assert need("name") == Need("", "name")
    assert need("photos*4") == Need("", "photos", 4)
    assert need("monitoring") == Need(MONITORING)
    assert need("rectification.type") == Need("rectification", "type")


def test_a_way_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(StateRefused, match="W-1 cannot go from Suspected to Closed") as refused:
        set_state(with_state("suspected"), [A], "closed", **BY)
    assert "Verified" in refused.value.hint
    with pytest.raises(StateRefused, match="no state nonsense"):
        set_state(with_state("suspected"), [A], "nonsense", **BY)


def test_missing_evidence_is_named_and_nothing_is_written():
    project = with_state("verified", category=UNKNOWN_CLASS)
    with pytest.raises(StateRefused, match="W-1 cannot become Monitored yet") as refused:
        set_state(project, [A], "monitored", **BY)
    assert refused.value.missing == (Need("", "category"), Need(MONITORING))
    assert "Class" in refused.value.message
    assert "Monitoring" in refused.value.message
    edit, _ = add_related("x", project, MONITORING, A, {"monitored_at": "2026-04-01"})
    project = edit.apply(project)
    with pytest.raises(StateRefused) as refused:
        set_state(project, [A], "monitored", **BY)
    assert refused.value.missing == (Need("", "category"),)


def test_going_on_writes_the_state_and_its_history_in_one_step_that_is_undone():
    visit = {"v": {"outfall_id": "a", "visited_at": "2026-04-30"}}
    project = survey_project(
        {"a": {"code_local": "W-1", "name": "A", "kind": "suspected", "state": "suspected",
               "photos": '["x.jpg"]'}},
        site_visits=visit,
    )  # fmt: skip
    edit = set_state(project, [A], "verified", responsible_body="县生态环境局", **BY)
    assert edit.label == "W-1 becomes Verified"
    after = edit.apply(project)
    row = after.tables[OUTFALL_TABLE].row(A)
    assert (row["state"], row["kind"]) == ("verified", "outfall")
    assert row["responsible_body"] == "县生态环境局"
    [(_, written)] = related(after, HISTORY, A)
    assert (written["from_state"], written["to_state"]) == ("suspected", "verified")
    assert (written["who"], written["at"]) == (BY["who"], BY["at"])
    before = edit.reversed().apply(after)
    assert state(before) == "suspected"
    assert related(before, HISTORY, A) == []
    assert edit_from_data(edit_to_data(edit)).apply(project).tables.keys() == after.tables.keys()


def test_a_reason_is_asked_where_the_way_says_so():
    project = with_state("traced", category=CATEGORIES[0])
    with pytest.raises(StateRefused, match="needs a reason"):
        set_state(project, [A], "no_action", why="  ", **BY)
    after = set_state(project, [A], "no_action", why="雨水口", **BY).apply(project)
    assert related(after, HISTORY, A)[0][1]["reason"] == "雨水口"


def test_a_state_with_days_sets_the_deadline_of_its_row():
    project = with_state("suspected")
    after = set_state(project, [A], "to_verify", **BY).apply(project)
    assert related(after, HISTORY, A)[0][1]["deadline"] == "2026-05-31"
    after = set_state(project, [A], "to_verify", deadline="2026-05-03", **BY).apply(project)
    assert related(after, HISTORY, A)[0][1]["deadline"] == "2026-05-03"


def test_several_at_once_are_refused_as_one():
    rows = {"a": {"state": "plan_set", "deadline": "2026-09-01", "responsible_body": "乡"}}
    project = survey_project({**rows, "b": {"code_local": "W-2", "state": "plan_set"}})
    with pytest.raises(StateRefused, match="W-2 cannot become Rectifying yet"):
        set_state(project, [A, B], "rectifying", **BY)
    assert set(blocked(project, [A, B])) == {A, B}  # neither has a plan on record


def test_the_next_step_says_what_to_fill_in():
    project = with_state("verified", name="A", photos='["x.jpg"]')
    assert [n.table or n.field for n in next_needs(project, A)] == ["site_visits"]
    edit, _ = add_related("x", project, "site_visits", A, {})
    needs = next_needs(edit.apply(project), A)
    assert [n.table or n.field for n in needs] == ["category", MONITORING]
    words = [need_words(project, one) for one in needs]
    assert words == ["Class", "Monitoring"]
    use_language("zh_CN")
    try:
        assert [need_words(project, one) for one in needs] == ["排污口分类", "监测"]
    finally:
        use_language("en")


def test_a_project_may_have_states_of_its_own():
    project = with_state("suspected")
    usual = usual_scheme()
    own = replace(
        usual,
        states=(*usual.states, replace(usual.states[0], id="asked", title="Asked")),
        transitions=(*usual.transitions, Transition("suspected", "asked")),
    )
    edit = SchemeEdit("States", None, own)
    changed = edit_from_data(edit_to_data(edit)).apply(project)
    assert scheme_of(changed) == own
    assert "asked" in [s.id for _, s, _ in ways(changed, A)]
    after = set_state(changed, [A], "asked", **BY).apply(changed)
    assert state(after) == "asked"
    assert scheme_of(edit.reversed().apply(changed)) == usual


def test_a_project_without_related_tables_is_not_asked_for_them():
    project = Project().with_table(with_state("verified").tables[OUTFALL_TABLE])
    monitored = usual_scheme().state("monitored")
    assert monitored is not None
    assert missing(project, A, monitored) == (Need("", "category"),)


def test_classes_and_their_older_list_fit():
    assert len(CATEGORIES) == 21
    assert class_levels("尾矿库排污口") == ("工业排污口", "工矿企业排污口", "尾矿库排污口")
    assert class_levels(UNKNOWN_CLASS) is None
    assert all(set(new) <= set(CATEGORIES) for new in LEGACY_CLASSES.values())
    assert LEGACY_CLASSES["沟渠、河港（涌）、排干等"] == ()
