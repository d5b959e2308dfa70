"""Checks look at whole columns; they find what looking at one outfall after another does."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gisapp.analysis.survey_check import each_value, filled
from gisapp.analysis.survey_ground import PIECE, Reaches, pieces_of
from gisapp.analysis.survey_rules_record import _counted
from gisapp.app.rules import check_survey
from gisapp.model.features import Features, Shapes
from gisapp.model.field import Field
from gisapp.model.outfall_codes import plain_code
from gisapp.model.survey import UNKNOWN_CLASS
from gisapp.model.table_block import RowNumbers
from tests.benchmarks.survey.rules_and_ledger import ground, survey

TEXTS = st.none() | st.sampled_from(["", "甲", "[]", '["a", "b"]', "[1]", UNKNOWN_CLASS])
ANY = TEXTS | st.booleans() | st.integers(0, 2) | st.just(float("nan")) | st.floats(0, 2)


def column(values: list[Any]) -> Any:
    out = np.empty(len(values), object)
    out[:] = values
    return out


def evidence(value: Any) -> int:
    """As gisapp.model.workflow counts one."""
    if value is None or value == "" or value != value or value == UNKNOWN_CLASS:
        return 0
    if isinstance(value, str) and value.startswith("["):
        return 0 if value == "[]" else value.count('"') // 2 or 1
    return 1


@given(st.lists(TEXTS) | st.lists(ANY))
def test_what_is_filled_and_counted(values: list[Any]) -> None:
    said = [v is not None and v != "" and v == v for v in values]
    assert filled(column(values)).tolist() == said
    assert _counted(column(values)).tolist() == [evidence(v) for v in values]
    assert each_value(column(values), evidence, np.int64).tolist() == list(map(evidence, values))


def test_values_that_cannot_be_looked_up_are_asked_one_by_one() -> None:
    assert filled(column([["a"], None, ""])).tolist() == [True, False, False]


@given(st.lists(st.none() | st.integers(0, 3) | st.sampled_from(["", "x"])))
def test_row_numbers(values: list[Any]) -> None:
    numbers = RowNumbers(values)
    for value in (*values, "nowhere"):
        assert numbers.of(value) == [n for n, other in enumerate(values) if other == value]


@given(st.text())
def test_plain_codes_of_any_text(text: str) -> None:
    kept = [c for c in text if not c.isspace()]
    if text.isascii():
        assert plain_code(text) == "".join(kept).upper()


@given(st.lists(st.integers(2, 3 * PIECE + 2), min_size=1, max_size=5), st.randoms())
def test_the_nearest_line_is_found_by_its_pieces(counts: list[int], made: Any) -> None:
    some = np.random.default_rng(made.randrange(1000))
    lines = [some.uniform(0, 1000, (n, 2)) for n in counts]
    pieces, owner = pieces_of(shapely.linestrings(np.concatenate(lines),
                              indices=np.repeat(np.arange(len(lines)), counts)))  # fmt: skip
    for n, line in enumerate(lines):
        mine = shapely.get_coordinates(pieces[owner == n])
        assert {tuple(p) for p in mine.tolist()} == {tuple(p) for p in line.tolist()}
        length = shapely.length(pieces[owner == n]).sum()
        assert np.isclose(length, shapely.length(shapely.LineString(line)))
    starts = np.concatenate([[0], np.cumsum(counts)])
    shapes = Shapes("line", np.concatenate(lines), starts, np.arange(len(lines)))
    fields, ids = (Field("reach_id", "integer"),), column([str(n) for n in range(len(lines))])
    data = Features("EPSG:4547", fields, ids, {"reach_id": column(list(range(len(lines))))}, shapes)
    places = some.uniform(-500, 1500, (20, 2))
    line, metres = Reaches(data, "EPSG:4547").nearest(places, 300.0)
    far = np.array([[shapely.distance(shapely.Point(p), shapely.LineString(one)) for one in lines]
                    for p in places])  # fmt: skip
    near = far.min(axis=1) <= 300.0
    assert (line >= 0).tolist() == near.tolist()
    assert np.allclose(metres[near], far.min(axis=1)[near])
    assert line[near].tolist() == far.argmin(axis=1)[near].tolist()


def test_all_at_once_finds_what_one_after_another_finds() -> None:
    project, layers = survey(60), ground()
    layers = {"rivers": layers["rivers"], "counties": layers["counties"], "water": layers["water"]}
    whole = check_survey(project, layers, "2026-06-01")
    for fid in project.tables["outfalls"].ids[::6].tolist():
        alone = check_survey(project, layers, "2026-06-01", only=[fid])
        assert told(alone, fid) == told(whole, fid)


def told(answer: Any, fid: str) -> list[tuple[str, str, str]]:
    listed = [one for some in answer.found for one in some if one.feature == fid]
    return sorted((one.rule, one.field, one.message) for one in listed)
