"""When a source let out more than usual, by its own records: made-up records in real files."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from gisapp_plugins.upstream_tracing.rank import rank_sources
from gisapp_plugins.upstream_tracing.source_records import SourceRecords

from gisapp.io.vector import read_features

AT = datetime(2025, 3, 20, 4)
TRAVEL, FASTEST = 8.0, 5.0  # hours down to the station


def file_of(tmp_path, values, names=("P1",), flow=None, times=None):
    """One row an hour, over the twelve days up to the event."""
    path = tmp_path / "source_records.csv"
    hours = range(-288, 1)
    lines = ["station_id,time,nh3n_mg_l" + (",flow_l_s" if flow is not None else "")]
    for name in names:
        for hour in hours:
            if times is not None and hour not in times:
                continue
            row = [name, (AT + timedelta(hours=hour)).isoformat(" "), f"{values(hour):g}"]
            lines.append(",".join([*row, *([f"{flow(hour):g}"] if flow is not None else [])]))
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return SourceRecords.of(path, "nh3n")


def told(records, row=None, name="P1"):
    return records.released(row or {}, name, AT, TRAVEL, FASTEST)


def usual(hour):
    return 2.0


def high_from(first, last):
    return lambda hour: 40.0 if first <= hour < last else 2.0


def test_what_was_let_out_over_the_usual_has_its_hours_and_its_load(tmp_path):
    found = told(file_of(tmp_path, high_from(-9, -6), flow=lambda hour: 50.0))
    assert found.periods_h == ((-9.0, -6.0),)
    assert found.load_g_s == pytest.approx(40.0 * 50.0 / 1000)


def test_a_record_that_shows_nothing_unusual_is_an_alibi(tmp_path):
    found = told(file_of(tmp_path, usual))
    assert found.periods_h == ()
    assert found.load_g_s is None


def test_a_source_that_lets_out_by_turns_is_known_by_its_flow(tmp_path):
    path = tmp_path / "f.csv"
    rows = ["station_id,time,flow_l_s"]
    rows += [f"P1,{(AT + timedelta(hours=h)).isoformat(' ')},{30 if -8 <= h < -5 else 0}"
             for h in range(-288, 1)]  # fmt: skip
    path.write_text("\n".join(rows) + "\n", "utf-8")
    assert told(SourceRecords.of(path, "nh3n")).periods_h == ((-8.0, -5.0),)


@pytest.mark.parametrize(("last", "known"), [(-40, True), (-5, False), (-3, False), (1, True)])
def test_gaps_in_the_hours_that_matter_say_nothing(tmp_path, last, known):
    """A hole of nine hours; what matters ends five times 0.89 / 1.4 hours before the event."""
    hours = set(range(-288, 1)) - set(range(last - 8, last + 1))
    found = told(file_of(tmp_path, usual, times=hours))
    assert (found is not None) == known


def test_a_source_without_records_is_not_known_and_may_be_named_by_its_monitor(tmp_path):
    records = file_of(tmp_path, usual, names=("88100",))
    assert told(records) is None
    assert told(records, {"mn": "88100"}).periods_h == ()


def test_a_file_that_says_nothing_of_the_parameter_is_left_out(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("station_id,time,tp_mg_l\nP1,2025-03-20 04:00,1\n", "utf-8")
    assert SourceRecords.of(path, "nh3n") is None
    assert SourceRecords.of(None, "nh3n") is None


def test_records_decide_between_sources_without_logs(sample_files, tmp_path):
    layers = {n: read_features(sample_files / f"{n}.gpkg") for n in ("rivers", "stations")}
    sources = read_features(sample_files / "sources.gpkg")
    event = json.loads((sample_files / "truth.json").read_text("utf-8"))["event"]
    asked = {"start": event["station"], "value_mg_l": event["peak_value"], "baseline_mg_l": 0.29,
             "time": AT.isoformat(), "sources": sources, **layers}  # fmt: skip
    before = rank_sources.run(asked)
    second = before.sources[1].row
    file_of(tmp_path, usual, names=(second.id,))
    found = rank_sources.run({**asked, "source_records": str(tmp_path / "source_records.csv")})
    row = next(one.row for one in found.sources if one.row.id == second.id)
    assert row.gates.alibi == pytest.approx(0.2)
    assert row.score < second.score
    assert "discharge log" not in row.decides
    assert any("source_records.csv" in text for text in found.rests_on)
    others = {one.row.id: one.row.score for one in found.sources if one.row.id != second.id}
    assert others == {one.row.id: one.row.score for one in before.sources
                      if one.row.id != second.id}  # fmt: skip
