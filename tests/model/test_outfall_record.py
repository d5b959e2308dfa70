"""Rows of an outfall in related tables, and what its own row repeats of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.app.project_session import make_survey_project, open_project
from gisapp.io.project_check import check
from gisapp.model.edit import Edit, Steps, add_features
from gisapp.model.features import FeatureId
from gisapp.model.outfall_record import (
    SUMMARIES,
    add_related,
    change_outfall,
    change_related,
    deciding_row,
    delete_outfalls,
    delete_related,
    related,
    related_counts,
    summarised,
)
from gisapp.model.project import Project
from gisapp.model.survey import (
    MONITORING,
    OUTFALL_ID,
    OUTFALL_TABLE,
    RECTIFICATION,
    SOURCES,
    VISITS,
)
from gisapp.model.table import FeatureTable
from tests.survey_project import survey_project

A, B = FeatureId("a"), FeatureId("b")


@pytest.fixture
def project() -> Project:
    return survey_project({"a": {"name": "A", "ph": 7.0}, "b": {"name": "B"}})


def own(project: Project, fid: FeatureId) -> dict:
    return dict(project.tables[OUTFALL_TABLE].row(fid) or {})


def add(project: Project, table: str, **values) -> tuple[Project, FeatureId]:
    edit, fid = add_related("Add", project, table, A, values)
    after = edit.apply(project)
    assert content(edit.reversed().apply(after)) == content(project)
    return after, fid


def content(project: Project) -> dict:
    return {n: {f: t.row(f) for f in sorted(t.ids)} for n, t in project.tables.items()}


def test_the_newest_monitoring_is_what_the_outfall_says(project):
    project, _ = add(project, MONITORING, monitored_at="2026-03-01", ph=6.5, flow_value=2.0)
    project, late = add(project, MONITORING, monitored_at="2026-05-01", ph=8.0)
    assert own(project, A)["ph"] == 8.0
    assert own(project, A)["monitored_at"] == "2026-05-01"
    assert own(project, A)["flow_value"] is None  # never mixed from two days
    edit = delete_related("Delete", project, MONITORING, [late])
    assert isinstance(edit, Steps)
    after = edit.apply(project)
    assert own(after, A)["ph"] == 6.5
    assert own(after, A)["flow_value"] == 2.0
    assert content(edit.reversed().apply(after)) == content(project)
    assert own(after, B)["ph"] is None


def test_rows_come_newest_first_and_only_those_of_the_outfall(project):
    project, first = add(project, VISITS, visited_at="2026-01-01")
    project, second = add(project, VISITS, visited_at="2026-02-01")
    project, same_day = add(project, VISITS, visited_at="2026-02-01")
    assert [fid for fid, _ in related(project, VISITS, A)] == [same_day, second, first]
    assert related(project, VISITS, B) == []
    assert related_counts(project, A)[VISITS] == 3


def test_of_sources_the_primary_one_decides(project):
    project, _ = add(
        project, SOURCES, responsible_party="甲厂", role="其他", traced_at="2026-05-01"
    )
    assert own(project, A)["responsible_party"] == "甲厂"
    project, main = add(project, SOURCES, responsible_party="乙厂", role="主要")
    assert own(project, A)["responsible_party"] == "乙厂"
    changed = change_related("Role", project, SOURCES, main, {"role": "其他"})
    assert changed is not None
    assert own(changed.apply(project), A)["responsible_party"] == "甲厂"
    assert change_related("Same", project, SOURCES, main, {"role": "主要"}) is None


def test_a_repeated_field_changed_in_the_outfall_is_changed_in_the_related_row(project):
    project, row = add(project, MONITORING, monitored_at="2026-03-01", ph=6.5)
    edit = change_outfall("pH", project, A, {"ph": 9.0, "name": "A2"})
    assert edit is not None
    after = edit.apply(project)
    assert (own(after, A)["ph"], own(after, A)["name"]) == (9.0, "A2")
    assert after.tables[MONITORING].row(row)["ph"] == 9.0
    assert content(edit.reversed().apply(after)) == content(project)
    assert change_outfall("Nothing", project, A, {"ph": 6.5}) is None


def test_where_nothing_is_related_yet_a_row_is_made_of_all_that_is_known(project):
    edit = change_outfall("COD", project, A, {"cod_mg_l": 30.0})
    assert edit is not None
    [(_, row)] = related(edit.apply(project), MONITORING, A)
    assert (row["cod_mg_l"], row["ph"], row[OUTFALL_ID]) == (30.0, 7.0, "a")


def test_deleting_outfalls_takes_what_belongs_to_them_and_brings_it_back(project):
    project, _ = add(project, MONITORING, monitored_at="2026-03-01", ph=6.5)
    project, _ = add(project, RECTIFICATION, type="规范整治")
    edit = delete_outfalls("Delete", project, [A])
    after = edit.apply(project)
    assert A not in after.tables[OUTFALL_TABLE]
    assert not any(related_counts(after, A).values())
    assert content(edit.reversed().apply(after)) == content(project)


def test_without_related_tables_the_single_table_keeps_working():
    whole = survey_project({"a": {"ph": 7.0}})
    bare = Project().with_table(whole.tables[OUTFALL_TABLE])
    edit = change_outfall("pH", bare, A, {"ph": 8.0})
    assert edit is not None
    assert own(edit.apply(bare), A)["ph"] == 8.0
    assert summarised(bare) == frozenset()
    assert "ph" in summarised(whole)


steps = st.lists(
    st.tuples(
        st.sampled_from(["add", "change", "delete", "own"]),
        st.sampled_from([MONITORING, SOURCES, RECTIFICATION]),
        st.integers(0, 3),
        st.sampled_from(["2026-01-01", "2026-02-02", None]),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_whatever_is_done_the_outfall_repeats_the_deciding_row_and_undo_goes_back(done) -> None:
    project = survey_project({"a": {}, "b": {}})
    date = {MONITORING: "monitored_at", SOURCES: "traced_at", RECTIFICATION: "deadline"}
    some = {MONITORING: "ph", SOURCES: "responsible_party", RECTIFICATION: "responsible_body"}
    for kind, table, number, day in done:
        rows = related(project, table, A)
        edit: Edit | None
        value = float(number) if table == MONITORING else f"x{number}"
        values = {date[table]: day, some[table]: value}
        if kind == "add" or not rows:
            edit = add_related("x", project, table, A, values)[0]
        elif kind == "change":
            edit = change_related("x", project, table, rows[number % len(rows)][0], values)
        elif kind == "delete":
            edit = delete_related("x", project, table, [rows[number % len(rows)][0]])
        else:
            edit = change_outfall("x", project, A, {some[table]: value})
        if edit is None:
            continue
        after = edit.apply(project)
        assert content(edit.reversed().apply(after)) == content(project)
        project = after
        for name, fields in SUMMARIES.items():
            deciding = deciding_row(project, name, A)
            if deciding is not None and name != VISITS:
                assert {f: own(project, A)[f] for f in fields} == {
                    f: deciding[1].get(f) for f in fields
                }


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["x", "y", None])), max_size=30)
)
def test_looking_rows_up_is_the_same_as_reading_them_all(changes) -> None:
    schema = survey_project({}).tables[VISITS]
    rows = {FeatureId(f): {OUTFALL_ID: "x"} for f in "abc"}
    table = FeatureTable.from_rows(VISITS, "", schema.fields, rows)
    for fid, owner in changes:
        table = table.with_rows({FeatureId(fid): owner and {OUTFALL_ID: owner}})
        if len(table) % 2:
            table = table._compacted()
        for value in "xy":
            found = table.matching(OUTFALL_ID, value)
            read = {f for f in table.ids if table.row(f)[OUTFALL_ID] == value}
            assert set(found) == read
            assert len(found) == len(read)


def test_an_edit_over_several_tables_is_one_step_on_the_disk(tmp_path: Path) -> None:
    make_survey_project(tmp_path / "s", "Survey")
    with open_project(tmp_path / "s") as session:
        store = session.store
        whole = survey_project({"a": {"name": "A", "kind": "outfall", "state": "verified"}})
        row = whole.tables[OUTFALL_TABLE].row(A)
        assert row is not None
        store.apply(add_features("Add", store.project.tables[OUTFALL_TABLE], {A: row}))
        edit, fid = add_related("Tested", store.project, MONITORING, A, {"ph": 8.5})
        store.apply(edit)
        store.undo()
        assert fid not in store.project.tables[MONITORING]
        store.redo()
    with open_project(tmp_path / "s") as session:
        project = session.store.project
        assert project.tables[MONITORING].row(fid)["ph"] == 8.5
        assert project.tables[OUTFALL_TABLE].row(A)["ph"] == 8.5
        assert session.file.history(MONITORING, fid)[0].label == "Tested"
        _, added, _, _, redone = session.file.entries()
        (times,) = session.file.record_times(MONITORING, fid).values()
        assert (times.created_by, times.changed_at) == (redone.who, redone.at)
        assert session.file.record_times(OUTFALL_TABLE)[A].created_at == added.at
    assert [r for r in check(tmp_path / "s") if not r.ok] == []
