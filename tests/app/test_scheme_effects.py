"""Another way of working: what is wrong with it, whom it concerns, and one step for all of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.app.rules import check_survey, counts
from gisapp.app.scheme_effects import change_scheme, effects_of, imported
from gisapp.io.project_json import from_data, from_text, to_data, to_text
from gisapp.model.errors import ParameterError
from gisapp.model.outfall_record import related
from gisapp.model.project import Project
from gisapp.model.saved_delivery import DeliveryColumn, DeliveryFilter, SavedDelivery
from gisapp.model.scheme_problems import number_problem, scheme_problems
from gisapp.model.survey_scheme import Need, RuleSetting, SurveyScheme, Transition, usual_scheme
from gisapp.model.workflow import blocked
from tests.survey_project import survey_project

WHOLE = {"kind": "outfall", "name": "甲"}


def project() -> Project:
    rows = {
        "a": {"code_local": "W-1", "state": "difficult", **WHOLE},
        "b": {"code_local": "W-1", "state": "difficult", **WHOLE},
        "c": {"code_local": "X9", "state": "monitored", "category": "城镇雨洪排口", **WHOLE},
    }
    return survey_project(rows, monitoring={"m": {"outfall_id": "c"}})


def without(scheme: SurveyScheme, state: str) -> SurveyScheme:
    return replace(
        scheme,
        states=tuple(one for one in scheme.states if one.id != state),
        transitions=tuple(
            way for way in scheme.transitions if state not in (way.before, way.after)
        ),
    )


def with_state(scheme: SurveyScheme, state: str, **changes) -> SurveyScheme:
    states = (replace(s, **changes) if s.id == state else s for s in scheme.states)
    return replace(scheme, states=tuple(states))


def test_the_programs_own_scheme_has_nothing_wrong_and_changes_nothing():
    assert scheme_problems(usual_scheme(), project()) == []
    assert effects_of(project(), usual_scheme(), today="2026-06-01").affected == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"title_zh_CN": ""}, "title_zh_CN"),
        ({"title": "x" * 41}, "title"),
        ({"color": "red"}, "color"),
        ({"days": -1}, "days"),
        ({"days": 4000}, "days"),
        ({"needs": (Need("", "no_such_field"),)}, "needs"),
        ({"needs": (Need("nowhere"),)}, "needs"),
        ({"needs": (Need(""),)}, "needs"),
        ({"needs": (Need("", "photos", 0),)}, "needs"),
        ({"id": "2nd"}, "id"),
    ],
)
def test_what_is_wrong_is_said_where_it_is(changes, field):
    scheme = with_state(usual_scheme(), "difficult", **changes)
    found = [p for p in scheme_problems(scheme, project()) if p.at[0] == "state"]
    assert [p.at[2] for p in found if not p.advice] == [field]


def test_ways_are_looked_at_too():
    usual = usual_scheme()
    ways = (*usual.transitions, usual.transitions[0], Transition("closed", "closed"))
    found = scheme_problems(replace(usual, transitions=ways))
    assert [p.at[0] for p in found] == ["way", "way"]
    alone = replace(usual, transitions=tuple(w for w in usual.transitions if w.after != "closed"))
    (advice,) = scheme_problems(alone)
    assert advice.advice
    assert advice.at == ("state", "closed", "ways")


@pytest.mark.parametrize(
    ("name", "value", "good"),
    [
        ("near_m", 0, True),
        ("near_m", 100_000, True),
        ("near_m", -1, False),
        ("near_m", float("nan"), False),
        ("near_m", float("inf"), False),
        ("photo_days", 3650, True),
        ("photo_days", 3651, False),
    ],
)
def test_numbers_of_checks_have_limits(name, value, good):
    assert (number_problem(name, value) == "") is good
    scheme = replace(usual_scheme(), rule_values=((name, float(value)),))
    assert (scheme_problems(scheme) == []) is good


def test_outfalls_of_a_state_that_goes_are_named_and_moved_in_the_same_step():
    before = project()
    scheme = without(usual_scheme(), "difficult")
    (one,) = effects_of(before, scheme).affected
    assert (one.kind, one.count, one.names, one.state) == ("state", 2, ("W-1", "W-1"), "difficult")
    edit = change_scheme("x", before, scheme, {"difficult": "to_verify"}, who="T", at="2026-06-01")
    after = edit.apply(before)
    assert after.tables["outfalls"].column("state").tolist() == [
        "to_verify", "to_verify", "monitored",
    ]  # fmt: skip
    ((_, row),) = related(after, "state_history", "a")
    assert (row["from_state"], row["to_state"], row["who"]) == ("difficult", "to_verify", "T")
    assert "difficult" not in after.tables["outfalls"].field("state").choices
    back = edit.reversed().apply(after)
    assert back.scheme is None
    assert back.tables["outfalls"].column("state").tolist()[0] == "difficult"
    assert not related(back, "state_history", "a")


def test_a_move_to_no_state_is_refused():
    scheme = without(usual_scheme(), "difficult")
    with pytest.raises(ParameterError, match="nowhere"):
        change_scheme("x", project(), scheme, {"difficult": "nowhere"})


def test_new_evidence_names_who_lacks_it_and_old_faults_are_not_told_again():
    needs = (Need("", "category"), Need("monitoring"), Need("", "river"))
    scheme = with_state(usual_scheme(), "monitored", needs=needs)
    (one,) = effects_of(project(), scheme).affected
    assert (one.kind, one.state, one.names) == ("needs", "monitored", ("X9",))
    less = with_state(usual_scheme(), "difficult", needs=())
    assert effects_of(project(), less).affected == ()


_evidence = st.sampled_from(
    [Need("", "river"), Need("", "photos", 2), Need("", "category"), Need("", "no_such_field"),
     Need("monitoring"), Need("monitoring", "ph"), Need("monitoring", "", 2), Need("nowhere"),
     Need("rectification", "photos_after", 2)]
)  # fmt: skip
_value = st.sampled_from([None, "", "x", "[]", '["a"]', '["a", "b"]', "暂无法确定"])


@settings(max_examples=25, deadline=None)
@given(
    needs=st.lists(_evidence, max_size=3, unique=True),
    rows=st.lists(st.tuples(_value, _value, _value), min_size=1, max_size=4),
    tests=st.lists(st.tuples(st.integers(0, 4), st.sampled_from([None, 7.0])), max_size=4),
    work=st.lists(st.tuples(st.integers(0, 4), _value), max_size=3),
)
def test_many_rows_at_once_lack_what_each_alone_lacks(needs, rows, tests, work):
    names = ("river", "photos", "category")
    one = survey_project(
        {
            str(n): {"state": "tracing", **dict(zip(names, row, strict=True))}
            for n, row in enumerate(rows)
        },
        monitoring={f"m{n}": {"outfall_id": str(o), "ph": v} for n, (o, v) in enumerate(tests)},
        rectification={
            f"r{n}": {"outfall_id": str(o), "photos_after": v} for n, (o, v) in enumerate(work)
        },
    )
    scheme = with_state(usual_scheme(), "tracing", needs=tuple(needs))
    alone = blocked(replace(one, scheme=scheme), one.tables["outfalls"].ids.tolist())
    assert sum(found.count for found in effects_of(one, scheme).affected) == len(alone)


def test_codes_that_would_not_fit_are_named():
    (one,) = effects_of(project(), replace(usual_scheme(), code_local=r"W-\d+")).affected
    assert (one.kind, one.count, one.names) == ("code_local", 1, ("X9",))


def test_checks_are_counted_before_and_after():
    scheme = replace(usual_scheme(), rules=(RuleSetting("code_twice", on=False),))
    effects = effects_of(project(), scheme, today="2026-06-01")
    assert effects.findings == (("code_twice", 1, 0),)


def test_a_check_that_is_off_finds_nothing_and_another_severity_counts():
    one = project()
    plain = check_survey(one, {}, "2026-06-01")
    assert counts(plain)["code_twice"] == 1
    rules = (RuleSetting("code_twice", on=False), RuleSetting("evidence", severity="warning"))
    own = check_survey(
        replace(one, scheme=replace(usual_scheme(), rules=(*rules, RuleSetting("zone", on=False)))),
        {}, "2026-06-01",
    )  # fmt: skip
    assert "code_twice" not in counts(own)
    assert "zone" in plain.unchecked
    assert "zone" not in own.unchecked
    (evidence,) = (some for some in own.found if some.kind.id == "evidence")
    assert evidence.kind.severity.value == "warning"
    assert evidence[0].severity.value == "warning"


def test_numbers_of_the_project_decide():
    near = {"a": {**WHOLE, "state": "suspected"}, "b": {**WHOLE, "state": "suspected"}}
    one = survey_project(near)  # about 96 m apart
    assert "near" not in counts(check_survey(one, {}, "2026-06-01"))
    wide = replace(one, scheme=replace(usual_scheme(), rule_values=(("near_m", 150.0),)))
    assert counts(check_survey(wide, {}, "2026-06-01"))["near"] == 1


def test_a_file_without_deliveries_leaves_those_of_the_project():
    kept = replace(usual_scheme(), deliveries=(SavedDelivery("monthly"),))
    one = replace(project(), scheme=kept)
    assert imported(usual_scheme(), one) == kept
    other = replace(usual_scheme(), deliveries=(SavedDelivery("theirs"),))
    assert imported(other, one) == other


@settings(max_examples=25, deadline=None)
@given(
    numbers=st.lists(st.tuples(st.sampled_from(["near_m", "x"]), st.floats(0, 1e5)), max_size=3),
    on=st.booleans(),
    severity=st.sampled_from(["", "error", "warning"]),
    columns=st.lists(st.builds(DeliveryColumn, st.text(max_size=5), st.text()), max_size=2),
    values=st.none() | st.lists(st.text(max_size=4), max_size=3).map(tuple),
)  # fmt: skip
def test_what_is_written_to_a_file_is_read_back(numbers, on, severity, columns, values):
    filters = (DeliveryFilter("a", values=values),)
    scheme = replace(
        usual_scheme(),
        rule_values=tuple(numbers),
        rules=(RuleSetting("near", on, severity),),
        deliveries=(SavedDelivery("月报", columns=tuple(columns), filters=filters),),
    )
    assert from_data(SurveyScheme, from_text(to_text(to_data(scheme)))) == scheme
