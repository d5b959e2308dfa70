"""Filters, sorting and cells of an attribute table, without a window."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisapp.app.table_view import (
    ColumnFilter,
    ColumnIndexes,
    TableQuery,
    matches,
    rows_of,
    totals_of,
    value_counts,
)
from gisapp.app.table_view_cells import copied, from_tsv, read_cell, to_tsv, typed
from gisapp.app.table_view_edits import change_cells, merged, read_paste
from gisapp.model.edit import FeatureEdit
from gisapp.model.field import Field
from gisapp.model.survey import MONITORING, OUTFALL_TABLE
from gisapp.model.table import FeatureTable
from gisapp.model.table_look import ColorRule, TableLook
from tests.survey_project import survey_project

TEXT, REAL = Field("name"), Field("cod", "real", unit="mg/L")
WHOLE, DAY = Field("n", "integer"), Field("day", "date")
YES = Field("on", "boolean")
STATE = Field("s", "choice", choices=("b", "a"), choice_titles=(("b", "Bee", "蜂"),))
WORDS = ("长江", "阿坝", "beta", "Alpha", None, "beta ditch")


def made() -> FeatureTable:
    rows = {
        f"f{n}": {
            "name": word,
            "cod": None if n == 2 else 10.0 - n,
            "n": n % 2,
            "day": f"2026-01-0{n + 1}T08:00",
            "s": "ab"[n % 2],
        }
        for n, word in enumerate(WORDS)
    }
    return FeatureTable.from_rows("t", "", (TEXT, REAL, WHOLE, DAY, STATE), rows)  # type: ignore[arg-type]


def rows(**query) -> list[int]:
    return rows_of(made(), TableQuery(**query), ColumnIndexes()).tolist()


def only(name: str, **wanted) -> list[int]:
    return rows(filters=((name, ColumnFilter(**wanted)),))


def test_texts_sort_without_case_and_chinese_by_sound_what_is_empty_last():
    assert rows(sort=(("name", False),)) == [3, 2, 5, 1, 0, 4]
    assert rows(sort=(("name", True),)) == [0, 1, 5, 2, 3, 4]


def test_choices_sort_as_listed_and_several_columns_count():
    assert rows(sort=(("s", False), ("cod", False))) == [5, 3, 1, 4, 0, 2]


def test_conditions():
    assert only("name", text="BETA") == [2, 5]
    assert only("name", sign="is not", text="beta") == [0, 1, 3, 4, 5]
    assert only("name", empty=True) == [4]
    assert only("cod", low="6", high="9") == [1, 3, 4]
    assert only("day", high="2026-01-02") == [0, 1]  # a day includes its hours
    assert only("s", values=frozenset({"Bee"})) == [1, 3, 5]
    assert rows(only=frozenset({"f1", "nobody"})) == [1]


def test_values_are_counted_among_what_other_columns_let_pass():
    query = TableQuery((("n", ColumnFilter(low="1")), ("s", ColumnFilter(text="no such"))))
    found, different = value_counts(made(), "s", query, ColumnIndexes())
    assert found == [("Bee", 3)]
    assert different == 1


def test_an_index_follows_an_edit():
    indexes, table = ColumnIndexes(), made()
    query = TableQuery((("name", ColumnFilter(text="quay")),))
    assert not len(rows_of(table, query, indexes))
    after = table.with_rows({"f3": {"name": "Quay"}})  # type: ignore[dict-item]
    assert rows_of(after, query, indexes).tolist() == [3]


def test_totals_leave_out_what_is_empty():
    totals = totals_of(made(), "cod", np.arange(4))
    assert (totals.rows, totals.filled, totals.total, totals.low) == (4, 3, 26.0, 7.0)


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=40), st.booleans())
def test_sorting_numbers_is_sorting(values, falling):
    table = FeatureTable.from_rows(
        "t",
        "",
        (REAL,),
        {f"f{n}": {"cod": v} for n, v in enumerate(values)},  # type: ignore[misc]
    )
    order = rows_of(table, TableQuery(sort=(("cod", falling),)), ColumnIndexes())
    there = [values[n] for n in order.tolist() if values[n] is not None]
    assert there == sorted(there, reverse=falling)
    assert sorted(order.tolist()) == list(range(len(values)))


@given(st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=4), min_size=1, max_size=5))
def test_what_is_copied_comes_back_from_the_clipboard(grid):
    plain = [[cell.replace("\r", "").replace("\0", "") for cell in row] for row in grid]
    assert from_tsv(to_tsv(plain)) == plain


@given(st.text(max_size=20))
def test_copied_text_is_no_formula_and_reads_back(text):
    text = text.strip().replace("\0", "")
    sent = copied(TEXT, text)
    assert not sent.startswith(("=", "+", "-", "@"))
    assert read_cell(TEXT, sent) == (text or None) or text.startswith("'")


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (REAL, "１２.５ mg/L", 12.5),
        (REAL, "1,234.5", 1234.5),
        (WHOLE, "7.0", 7),
        (DAY, "2026/1/7", "2026-01-07"),
        (DAY, "2026年1月7日", "2026-01-07"),
        (DAY, "46029", "2026-01-07"),
        (YES, "是", True),
        (STATE, "蜂", "b"),
        (STATE, "", None),
    ],
)
def test_cells_are_read_as_people_write_them(field, text, value):
    assert read_cell(field, text) == value
    if value is not None:
        assert read_cell(field, typed(field, value)) == value


@pytest.mark.parametrize(
    ("field", "text"), [(REAL, "many"), (WHOLE, "1.5"), (DAY, "2026-13-01"), (STATE, "c")]
)
def test_what_cannot_be_read_is_said(field, text):
    with pytest.raises(ValueError, match=r"here|list"):
        read_cell(field, text)


def test_a_paste_leaves_out_headings_and_counts_what_lies_beyond():
    grid = [["name", "cod"], ["x", "1"], ["y", "z"], ["q"]]
    paste = read_paste(grid, made(), ["f0", "f1"], [TEXT, REAL])  # type: ignore[list-item]
    assert paste.changes == {"f0": {"name": "x", "cod": 1.0}, "f1": {"name": "y"}}
    assert [cell.text for cell in paste.unread] == ["z"]
    assert paste.beyond == 1


def test_many_outfalls_change_in_one_step_with_what_repeats_them():
    project = survey_project(
        {"a": {"state": "suspected"}, "b": {"state": "suspected"}},
        **{MONITORING: {"m": {"outfall_id": "a", "monitored_at": "2026-01-01", "ph": 7.0}}},
    )
    changes = {"a": {"ph": 8.0}, "b": {"ph": 6.0, "name": "B"}}
    edit, refused = change_cells("Set", project, OUTFALL_TABLE, changes)  # type: ignore[arg-type]
    assert not refused
    after = edit.apply(project)
    assert after.tables[OUTFALL_TABLE].row("b")["name"] == "B"
    assert after.tables[MONITORING].row("m")["ph"] == 8.0
    assert len(after.tables[MONITORING]) == 2
    before = edit.reversed().apply(after)
    assert before.tables[MONITORING].row("m")["ph"] == 7.0
    assert len(before.tables[MONITORING]) == 1


def test_edits_of_one_row_are_one_edit():
    one = FeatureEdit("x", "t", {"f0": {"n": 0}}, {"f0": {"n": 5}})  # type: ignore[dict-item]
    two = FeatureEdit("x", "t", {"f0": {"n": 5, "name": "a"}}, {"f0": {"n": 6, "name": "b"}})  # type: ignore[dict-item]
    both = merged("x", [one, two])
    assert both == FeatureEdit(
        "x",
        "t",
        {"f0": {"n": 0, "name": "a"}},
        {"f0": {"n": 6, "name": "b"}},  # type: ignore[dict-item]
    )


def test_colours_and_looks():
    assert matches(ColorRule("cod", "at least", "40"), REAL, 40.0)
    assert not matches(ColorRule("cod", "at least", "40"), REAL, None)
    assert matches(ColorRule("cod", "empty"), REAL, float("nan"))
    assert TableLook(order=("c", "gone", "a")).ordered(("a", "b", "c")) == ("c", "a", "b")
