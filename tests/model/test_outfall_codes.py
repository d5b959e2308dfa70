"""Credit codes, permit numbers, patterns of codes and suggested names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisapp.model.outfall_codes import (
    USCC_LETTERS,
    code_problem,
    field_problem,
    outlet_code_problem,
    pattern_problem,
    permit_problem,
    uscc_check_character,
    uscc_problem,
)
from gisapp.model.outfall_name import BEARINGS, bearing_word, rounded_metres, suggest_name
from gisapp.model.survey_scheme import proposed_code_pattern

first_17 = st.text(USCC_LETTERS, min_size=17, max_size=17)


def test_a_public_permit_number_is_whole():
    assert permit_problem("91130200699229617X001P") == ""
    assert uscc_problem("９１１３０２００６９９２２９６１７Ｘ") == ""
    assert permit_problem(" 91130200 699229617x001p ") == ""


@given(first_17, st.integers(0, 16), st.sampled_from(USCC_LETTERS))
def test_one_wrong_character_is_always_found(first: str, place: int, letter: str) -> None:
    code = first + uscc_check_character(first)
    assert uscc_problem(code) == ""
    wrong = code[:place] + letter + code[place + 1 :]
    assert (uscc_problem(wrong) == "") == (wrong == code)


@given(first_17, st.integers(0, 15))
def test_two_neighbours_that_changed_places_are_found(first: str, place: int) -> None:
    code = first + uscc_check_character(first)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert (uscc_problem(swapped) == "") == (swapped == code)


@given(st.text(max_size=30))
def test_any_text_gets_an_answer(text: str) -> None:
    for check in (uscc_problem, permit_problem, outlet_code_problem, pattern_problem):
        assert isinstance(check(text), str)
    assert isinstance(code_problem(r"\d+", text), str)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("91130200699229617X001", "22 characters"),
        ("91130200699229617X001Q", "three digits and P"),
        ("911302006992296170001P", "should be X, not 0"),
        ("9113020069922961IX001P", "I cannot stand"),
    ],
)
def test_what_is_wrong_is_said(text: str, words: str) -> None:
    assert words in permit_problem(text)


def test_codes_are_checked_by_the_projects_pattern_only():
    pattern, source = proposed_code_pattern()
    assert "not compared" in source
    assert code_problem("", "anything") == ""
    assert code_problem(pattern, "FA-510100-0001-GY-00", "510100") == ""
    assert "does not fit" in code_problem(pattern, "W-001")
    assert "says county 510100" in code_problem(pattern, "FA-510100-0001-GY-00", "510200")
    assert code_problem("(", "W-001") == ""  # a pattern that is none checks nothing
    assert pattern_problem("(")


def test_only_fields_with_a_known_structure_are_checked():
    assert field_problem("permit_no", "1")
    assert field_problem("uscc", None) == ""
    assert field_problem("name", "1") == ""
    assert outlet_code_problem("DW001") == ""
    assert outlet_code_problem("D1")


def test_a_name_is_made_as_in_real_ledgers():
    row = {"city": "宜昌市", "county": "当阳市", "township": "王店镇", "village": "满山红村",
           "landmark": "光明大队", "category": "大中型灌区排口", "kind": "outfall"}  # fmt: skip
    assert suggest_name(row) == "宜昌市当阳市王店镇满山红村光明大队大中型灌区排口"
    found = suggest_name(row, offset_m=(640.0, 640.0))
    assert found == "宜昌市当阳市王店镇满山红村光明大队东北910米大中型灌区排口"
    again = suggest_name(row, taken={suggest_name(row)})
    assert again == "宜昌市当阳市王店镇满山红村光明大队2#大中型灌区排口"
    assert suggest_name({"river": "七河", "kind": "suspected"}) == "七河疑似排口"
    assert suggest_name({"river": "七河", "category": "暂无法确定"}) == "七河排口"
    assert suggest_name({}) == ""


@given(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5))
def test_bearings_turn_with_the_offset(east: float, north: float) -> None:
    word = bearing_word(east, north)
    if not word:
        assert (east, north) == (0, 0)
        return
    turned = bearing_word(-east, -north)
    assert (BEARINGS.index(turned) - BEARINGS.index(word)) % 8 in (3, 4, 5)


@given(st.floats(0, 1e6))
def test_distances_are_said_roughly_but_not_wrongly(metres: float) -> None:
    assert abs(rounded_metres(metres) - metres) <= max(0.5, 0.051 * metres, 5 * (metres >= 10))


@given(st.sets(st.text(max_size=3), max_size=5), st.integers(0, 4))
def test_a_suggested_name_is_never_taken(others: set[str], times: int) -> None:
    taken = set(others)
    for _ in range(times):
        taken.add(suggest_name({"river": "河"}, taken=taken))
    assert suggest_name({"river": "河"}, taken=taken) not in taken
    assert len(taken) == len(others | taken)
