"""Two ledgers side by side: pairs, scores, differences, and taking them over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisapp.app.ledger import export_ledger
from gisapp.app.reconciling import (
    ENOUGH,
    LedgerSide,
    accept_edit,
    add_edit,
    alike,
    reconcile,
    side_of_file,
    side_of_project,
    write_differences,
)
from gisapp.model.ledger_template import ledger_templates
from gisapp.model.outfall_record import related
from gisapp.model.progress import Silent
from tests.survey_project import survey_project

LIST = {
    "a": {"code_local": "W-1", "name": "甲村城镇雨洪排口", "county": "甲县", "river": "甲河"},
    "b": {"code_local": "W-2", "name": "乙村工业排口", "county": "乙县"},
    "c": {"name": "丙村农村生活污水散排口", "county": "丙县"},
    "d": {"code_local": "W-4", "name": "丁村排口"},
}


def side(name: str, rows: dict[str, dict], degrees: list[tuple[float, float]]) -> LedgerSide:
    names = {n for row in rows.values() for n in row}
    values = {}
    for n in sorted(names):
        values[n] = np.empty(len(rows), object)
        values[n][:] = [row.get(n) for row in rows.values()]
    return LedgerSide(name, tuple(rows), values, np.array(degrees, float).reshape(-1, 2))


def other() -> LedgerSide:
    """W-1 in another county, W-2 renamed, c without a code but near, d not there, e new."""
    rows = {
        "5": {"code_local": "w-1", "name": "甲村城镇雨洪排口", "county": "乙县", "river": None},
        "6": {"code_local": "W-2", "name": "乙村三号工业企业排污口", "county": "乙县"},
        "7": {"name": "丙村生活污水散排口", "county": "丙县"},
        "8": {"code_local": "W-9", "name": "戊村排口", "county": "甲县"},
    }
    return side("list.xlsx", rows, [(105.0, 30.0), (105.001, 30.0), (105.0021, 30.0), (106, 31)])


def test_pairs_by_code_name_and_place_with_their_scores():
    answer = reconcile(side_of_project(survey_project(LIST)), other(), Silent())
    pairs = {(answer.one.labels[p.one], answer.other.labels[p.other]): p for p in answer.pairs}
    assert set(pairs) == {("a", "5"), ("b", "6"), ("c", "7")}
    assert pairs["a", "5"].parts == {"code": 1.0, "name": 1.0, "place": 1.0}
    assert pairs["c", "7"].parts.keys() == {"name", "place"}
    assert pairs["c", "7"].metres == pytest.approx(9.65, abs=0.1)
    assert [answer.one.labels[n] for n in answer.only_one] == ["d"]
    assert [answer.other.labels[n] for n in answer.only_other] == ["8"]
    assert [p.score for p in answer.pairs] == sorted((p.score for p in answer.pairs), reverse=True)


def test_what_the_other_leaves_empty_is_no_difference():
    answer = reconcile(side_of_project(survey_project(LIST)), other(), Silent())
    fields = {answer.one.labels[p.one]: {d.field for d in p.differences} for p in answer.pairs}
    assert fields["a"] == {"code_local", "county"}  # the river is empty there
    assert fields["c"] == {"name", "geometry"}


def test_fields_are_taken_over_in_one_step_and_undone_in_one():
    project = survey_project(LIST)
    answer = reconcile(side_of_project(project), other(), Silent())
    edit = accept_edit(project, answer, [(p, ["county", "geometry"]) for p in answer.pairs])
    after = edit.apply(project)
    table = after.tables["outfalls"]
    assert table.row("a")["county"] == "乙县"
    assert table.row("a")["code_local"] == "W-1"
    assert table.row("c")["geometry"].x == pytest.approx(105.0021)
    assert "2 values from list.xlsx" in edit.label
    back = edit.reversed().apply(after).tables["outfalls"]
    assert all(back.row(f) == project.tables["outfalls"].row(f) for f in LIST)
    again = reconcile(side_of_project(after), other(), Silent())
    assert {d.field for p in again.pairs for d in p.differences} == {"code_local", "name"}
    assert accept_edit(after, again, []) is None


def test_a_value_that_a_related_row_repeats_is_written_there_too():
    project = survey_project(
        {"a": {"code_local": "W-1", "ph": 7.0}},
        monitoring={"m": {"outfall_id": "a", "ph": 7.0, "monitored_at": "2026-01-01"}},
    )
    theirs = side("x", {"1": {"code_local": "W-1", "ph": 6.5}}, [(105.0, 30.0)])
    answer = reconcile(side_of_project(project), theirs, Silent())
    after = accept_edit(project, answer, [(answer.pairs[0], ["ph"])]).apply(project)
    assert after.tables["outfalls"].row("a")["ph"] == 6.5
    assert related(after, "monitoring", "a")[0][1]["ph"] == 6.5


def test_what_only_the_other_has_becomes_suspected_outfalls():
    project = survey_project(LIST)
    answer = reconcile(side_of_project(project), other(), Silent())
    after = add_edit(project, answer, answer.only_other).apply(project)
    row = after.tables["outfalls"].row(after.tables["outfalls"].ids[-1])
    assert (row["code_local"], row["state"], row["geometry"].x) == ("W-9", "suspected", 106)
    assert reconcile(side_of_project(after), other(), Silent()).only_other == ()


def test_the_sheet_holds_what_differs_and_what_is_alone(tmp_path: Path):
    answer = reconcile(side_of_project(survey_project(LIST)), other(), Silent())
    write_differences(tmp_path / "d.xlsx", answer, Silent())
    book = openpyxl.load_workbook(tmp_path / "d.xlsx")
    rows = list(book.worksheets[0].iter_rows(min_row=2, values_only=True))
    assert len(rows) == sum(len(p.differences) for p in answer.pairs)
    assert ("W-1", "w-1", 1, 1, 1, 0, "County", "甲县", "乙县") in rows
    assert [page.max_row for page in book.worksheets[1:]] == [2, 2]


def test_its_own_ledger_is_read_back_without_a_difference(tmp_path: Path):
    rows = {f: {**r, "kind": "outfall", "state": "closed", "ph": 7.25} for f, r in LIST.items()}
    project = survey_project(rows)
    export_ledger(project, tmp_path / "l.xlsx", template=ledger_templates()["ledger"])
    answer = reconcile(
        side_of_project(project), side_of_file(tmp_path / "l.xlsx", Silent()), Silent()
    )
    assert len(answer.pairs) == 4
    assert answer.different == ()


_name = st.sampled_from(["甲村排口", "乙村排口", "甲村1#排口", "工业排口", None])
_ledger = st.lists(
    st.tuples(st.sampled_from([None, "W-1", "W-2", "W-3"]), _name,
              st.sampled_from([(105.0, 30.0), (105.0005, 30.0), (105.1, 30.0), (np.nan, np.nan)])),
    max_size=6,
)  # fmt: skip


def made(listed) -> LedgerSide:
    rows = {str(n): {"code_local": c, "name": m} for n, (c, m, _) in enumerate(listed)}
    return side("made", rows, [spot for _, _, spot in listed])


@given(_ledger, _ledger)
def test_each_row_is_in_one_pair_or_alone_and_both_ways_agree(first, second):
    one, two = made(first), made(second)
    there, back = reconcile(one, two, Silent()), reconcile(two, one, Silent())
    assert sorted([p.one for p in there.pairs] + list(there.only_one)) == list(range(len(one)))
    assert sorted([p.other for p in there.pairs] + list(there.only_other)) == list(range(len(two)))
    assert all(ENOUGH <= p.score <= 1 for p in there.pairs)
    best = [p.score for p in there.pairs][:1]
    assert best == [p.score for p in back.pairs][:1]


@given(st.text(max_size=12), st.text(max_size=12))
def test_names_are_as_alike_one_way_as_the_other(one, two):
    assert alike(one, two) == alike(two, one)
    assert 0 <= alike(one, two) <= 1
    assert alike(one, one) == 1
