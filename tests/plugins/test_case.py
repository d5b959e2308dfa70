"""Rankings that were kept: opened as they were, ranked again, compared, damage told."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import shapely
from gisapp_plugins.upstream_tracing.case import compare_cases, open_case, rerun_case
from gisapp_plugins.upstream_tracing.case_changes import changes
from gisapp_plugins.upstream_tracing.case_file import case_of, read_case, write_case
from gisapp_plugins.upstream_tracing.placements import FIELDS, SYSTEM
from gisapp_plugins.upstream_tracing.rank import rank_sources

from gisapp.api import GEOMETRY, FeatureId, FeatureTable, ReadError
from gisapp.io.case_files import case_files, new_case_file
from gisapp.io.vector import read_features


@pytest.fixture(scope="module")
def layers(sample_files):
    return {
        name: read_features(sample_files / f"{name}.gpkg")
        for name in ("rivers", "stations", "sources")
    }


@pytest.fixture(scope="module")
def found(layers):
    return rank_sources.run(
        {
            **layers, "start": "ST09", "value_mg_l": 6.583, "baseline_mg_l": 0.29,
            "time": "2025-03-20T04:00", "excess": "nh3n=6.3, codmn=0.31",
        }
    )  # fmt: skip


@pytest.fixture
def kept(found, tmp_path):
    path = new_case_file(tmp_path, "2025-03-20 ST09/水口岗")
    write_case(found, path, date="2025-03-21")
    return path


def test_a_case_is_opened_as_it_was_without_the_layers(found, kept):
    again = open_case.run({"case": str(kept)})
    assert again.question == found.question
    assert again.ranking == found.ranking
    assert again.rows == found.rows


def test_assumptions_are_kept_with_it(found, tmp_path):
    other = found.again({**found.weights, "load": 0.9}, velocity=1.3, decay_per_day=0.4)
    write_case(other, tmp_path / "one.json")
    again = read_case(tmp_path / "one.json").ranking()
    assert (again.velocity, again.decay_per_day, again.weights["load"]) == (1.3, 0.4, 0.9)
    assert again.rows == other.rows


def test_the_same_bytes_for_the_same_ranking(found, kept, tmp_path):
    write_case(found, tmp_path / "again.json", date="2025-03-21")
    assert (tmp_path / "again.json").read_bytes() == kept.read_bytes()


def test_cases_of_a_project_are_listed_and_never_overwritten(found, kept, tmp_path):
    second = new_case_file(tmp_path, "2025-03-20 ST09/水口岗")
    assert second != kept
    write_case(found, second)
    assert set(case_files(tmp_path)) == {kept, second}
    assert kept.parent == tmp_path / "cases"


def test_ranked_again_on_the_same_layers_nothing_changed(layers, kept):
    again = rerun_case.run({"case": str(kept), **layers})
    assert changes(read_case(kept), case_of(again)).lines == ()


def test_what_changed_is_said(layers, found, kept):
    before = read_case(kept)
    moved = found.again(velocity=0.6)
    lines = "\n".join(changes(before, case_of(moved)).lines)
    assert "velocity: 1, now 0.6" in lines
    assert "score" in lines
    other = replace(
        found, question=replace(found.question, data=(replace(found.question.data[0],
                                                               fingerprint="0"),
                                                       *found.question.data[1:]))
    )  # fmt: skip
    assert "rivers: as many features, but changed" in changes(before, case_of(other)).lines


def _put(data, way, value):
    *first, last = way
    for name in first:
        data = data[name]
    data[last] = value


@pytest.mark.parametrize(
    ("way", "value"),
    [
        (("case", "velocity"), "fast"),
        (("case", "velocity"), 0),
        (("case", "weights", "load"), -1),
        (("case", "question", "candidates", 3, "peak_h"), None),
        (("case", "question", "candidates", 3, "peak_h"), -4.0),
        (("case", "question", "candidates", 3, "__class__"), "os.system"),
        (("case", "question", "candidates"), []),
        (("case", "results", 0, "ranks"), [1]),
        (("case", "question", "features"), {}),
        (("kind",), "something"),
        (("format",), 99),
        (("case",), None),
    ],
)
def test_damage_is_told(kept, way, value):
    data = json.loads(kept.read_text("utf-8"))
    _put(data, way, value)
    kept.write_text(json.dumps(data), "utf-8")
    with pytest.raises(ReadError) as told:
        read_case(kept)
    assert kept.name in told.value.message
    assert told.value.hint


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"NaN", b"[1]"])
def test_what_is_no_case_is_told(tmp_path, content):
    (tmp_path / "bad.json").write_bytes(content)
    with pytest.raises(ReadError, match=r"bad\.json"):
        read_case(tmp_path / "bad.json")


def test_a_case_of_the_first_format_still_opens(kept, found):
    data = json.loads(kept.read_text("utf-8"))
    data["format"] = 1
    del data["case"]["question"]["evidence"]
    del data["case"]["question"]["given"]["clean_by_records"]
    kept.write_text(json.dumps(data), "utf-8")
    old = read_case(kept)
    assert old.question.evidence.records == ()
    assert old.ranking().rows == found.rows
    assert "reach" not in "\n".join(changes(old, case_of(found)).lines)


@pytest.fixture(scope="module")
def recorded(layers, sample_files):
    records = str(sample_files / "station_records.parquet")
    return rank_sources.run(
        {
            **layers, "start": "ST09", "value_mg_l": 6.583, "baseline_mg_l": 0.29,
            "time": "2025-03-20T04:00", "records": records,
        }
    )  # fmt: skip


def test_records_and_places_lie_in_the_case(recorded, tmp_path):
    path = tmp_path / "one.json"
    write_case(recorded, path)
    again = open_case.run({"case": str(path)})
    assert again.question.evidence == recorded.question.evidence
    assert again.question.evidence.records[0].station == "ST01"
    assert {one.role for one in again.question.evidence.placed} == {"stations", "sources"}


def test_without_the_file_of_records_the_case_keeps_its_own(recorded, layers, tmp_path):
    path = tmp_path / "one.json"
    write_case(recorded, path)
    again = rerun_case.run({"case": str(path), **layers})
    assert again.question.evidence.records == recorded.question.evidence.records
    assert again.rows == recorded.rows  # ST01 still counts as clean
    assert again.changes == ()
    assert again.compared_with == "one"


def placed_by_hand(source, reach, measure):
    row = {
        "role": "sources", "feature": source, "reach": reach, "measure_m": measure,
        "side": "left", "offset_m": 12.0, "locked": True, GEOMETRY: shapely.Point(114.0, 23.0),
    }  # fmt: skip
    return FeatureTable.from_rows("placements", SYSTEM, FIELDS, {FeatureId("1"): row})


def test_what_was_put_there_by_hand_is_kept_and_used_again(layers, found, tmp_path):
    feature = str(found.question.features["P291"])
    there = next(p for p in found.question.evidence.placed if p.id == "P291")
    upper = next(p for p in found.question.evidence.placed if p.id == "P034")
    moved = placed_by_hand(feature, upper.reach, upper.measure_m)
    asked = {**layers, **found.question.given, "placements": moved}
    by_hand = rank_sources.run(asked)
    put = next(p for p in by_hand.question.evidence.placed if p.id == "P291")
    assert (put.reach, put.measure_m, put.locked) == (upper.reach, upper.measure_m, True)
    assert (put.side, put.offset_m) == ("left", 12.0)
    assert not there.locked
    write_case(by_hand, tmp_path / "hand.json")
    write_case(found, tmp_path / "data.json")
    again = rerun_case.run({"case": str(tmp_path / "hand.json"), **layers})
    assert again.rows == by_hand.rows
    assert again.changes == ()
    other = rerun_case.run({"case": str(tmp_path / "data.json"), **layers, "placements": moved})
    lines = "\n".join(other.changes)
    assert f"P291: on reach {there.reach}" in lines
    assert f"now on reach {upper.reach}" in lines
    assert "P291: put there by hand now" in lines
    assert "Proximity" in lines  # the term that changed, with both values
    compared = compare_cases.run(
        {"case": str(tmp_path / "data.json"), "other": str(tmp_path / "hand.json")}
    )
    assert compared.rows == by_hand.rows
    assert compared.compared_with == "data"
    assert "P291: put there by hand now" in compared.changes
