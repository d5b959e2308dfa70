"""Finding texts at once, also by their sound."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisapp.app.search_index import LayerIndex, TextIndex, syllables

NAMES = ["蔡家桥东侧", "重庆路雨洪排口", "Old mill", "W-0123", None, "石桥 蔡家桥", "old Mill lane"]


def index(texts=NAMES) -> TextIndex:
    column = np.empty(len(texts), object)
    column[:] = texts
    return TextIndex.of(column)


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        ("w-0123", [3]),
        ("0123", [3]),
        ("mill", [2, 6]),
        ("old mill", [2, 6]),
        ("蔡家", [0, 5]),
        ("cjq", [0, 5]),
        ("caijiaqiao", [0, 5]),
        ("cai jia", [0, 5]),
        ("cjqiao", [0, 5]),
        ("caij", [0, 5]),
        ("chongqing", [1]),  # a character has several readings
        ("zhongqing", [1]),
        ("xyz", []),
        ("  ", []),
    ],
)
def test_texts_are_found_by_letters_and_by_sound(wanted, rows):
    assert sorted(row for _, row in index().find(wanted, 8)) == rows


def test_the_whole_text_comes_first_then_what_begins_so():
    assert index().find("old mill", 8) == [(0, 2), (1, 6)]
    assert index().find("mill", 8) == [(2, 2), (2, 6)]


@given(st.lists(st.text(max_size=8), max_size=12), st.text(min_size=1, max_size=4))
def test_it_finds_what_looking_through_all_finds(texts, wanted):
    texts = [text.replace("\0", "") for text in texts]
    low = wanted.replace("\0", "").strip().lower()
    found = {row for rank, row in index(texts).find(low, 50)} if low else set()
    if not (low.isascii() and low.replace(" ", "").replace("'", "").isalpha()):
        assert found == {n for n, text in enumerate(texts) if low and low in text.lower()}
    else:
        assert found >= {n for n, text in enumerate(texts) if low in text.lower()}


def test_readings_are_those_of_the_library_they_come_from():
    assert ord("桥") in syllables()["qiao"].tolist()
    assert ord("女") in syllables()["nv"].tolist()
    assert len(syllables()) > 400


def test_features_changed_since_are_left_out():
    from tests.ui.window_setting import made_up_project

    table = made_up_project(30).tables["outfalls"]
    made = LayerIndex.of(table, ["code_local", "name"])
    found = made.find("w-00", 8, frozenset({"f1"}))  # type: ignore[arg-type]
    assert [fid for _, fid in found] == ["f0", *(f"f{n}" for n in range(2, 9))]
