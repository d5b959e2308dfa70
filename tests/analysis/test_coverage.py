"""The figures of a survey, counted a second time the slow way."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.analysis.coverage import BY, coverage, figures
from gisapp.model.errors import ParameterError
from gisapp.model.project import Project
from gisapp.model.survey_scheme import usual_scheme
from tests.survey_project import survey_project

TODAY = "2026-06-01"
STATES = [state.id for state in usual_scheme().states]

outfall = st.fixed_dictionaries(
    {
        "state": st.sampled_from([*STATES, "own state", None]),
        "county": st.sampled_from(["A", "B", None]),
        "drainage": st.sampled_from(["无水", "雨天", None]),
        "monitored_at": st.sampled_from(["2026-01-01", None]),
        "deadline": st.sampled_from(["2026-05-31", "2026-06-01", None]),
    }
)


@settings(max_examples=80, deadline=None)
@given(st.lists(outfall, max_size=25))
def test_every_share_is_what_counting_gives(rows) -> None:
    project = survey_project({f"f{n}": row for n, row in enumerate(rows)})
    whole, groups = coverage(project, "county", TODAY)
    states = {state.id: state for state in usual_scheme().states}

    def counts(row, what):
        state = states.get(row["state"])
        is_one = state is not None and state.outfall in ("yes", "exempt")
        of = {
            "all": True,
            "outfalls": is_one,
            "wet": is_one and row["drainage"] != "无水",
            "to_rectify": state is not None and state.outfall == "yes",
        }
        if what in of:
            return of[what]
        by_state = state is not None and what in state.done
        return by_state or (what == "monitor" and bool(row["monitored_at"]))

    for group in [whole, *groups]:
        mine = [r for r in rows if group is whole or (r["county"] or "") == group.name]
        assert group.points == len(mine)
        for figure in figures():
            of = [r for r in mine if counts(r, figure.of)]
            share = group.shares[figure.id]
            assert (share.done, share.of) == (sum(counts(r, figure.done) for r in of), len(of))
            assert share.rate is None if not of else 0 <= share.rate <= 1
        late = [
            r
            for r in mine
            if (r["deadline"] or TODAY) < TODAY
            and r["state"] in states
            and states[r["state"]].outfall == "yes"
            and "rectify" not in states[r["state"]].done
        ]
        assert group.overdue == len(late)
        assert group.states == dict(Counter(r["state"] or "" for r in mine))
    assert sum(g.points for g in groups) == whole.points


def test_an_outfall_too_long_in_its_state_is_late_until_it_goes_on():
    rows = (
        ("a", "to_verify", "2026-04-01", "2026-05-01"),
        ("b", "to_verify", "2026-04-01", "2026-05-01"),
        ("b", "difficult", "2026-04-02", "2026-07-01"),
        ("gone", "to_verify", "2026-04-02", "2026-05-01"),
    )
    names = ("outfall_id", "to_state", "at", "deadline")
    history = {f"h{n}": dict(zip(names, row, strict=True)) for n, row in enumerate(rows)}
    outfalls = {"a": {"state": "to_verify"}, "b": {"state": "difficult"}}
    whole, _ = coverage(survey_project(outfalls, state_history=history), None, TODAY)
    assert whole.overdue == 1


def test_what_cannot_be_counted_is_said():
    with pytest.raises(ParameterError, match="no survey of outfalls"):
        coverage(Project(), None, TODAY)
    assert BY == ("county", "river", "team")
    assert all(figure.explanation for figure in figures())
