"""What records say of stations above an event, and how wrong inputs of a ranking are told."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from gisapp_plugins.upstream_tracing.rank import rank_sources
from gisapp_plugins.upstream_tracing.rank_evidence import (
    LARGEST_GAP_H,
    Inflow,
    Record,
    state_of,
    stayed_as_usual,
    usual_of,
)
from gisapp_plugins.upstream_tracing.rank_records import pulse_middle_h
from hypothesis import given
from hypothesis import strategies as st

from gisapp.api import ParameterError, ReadError
from gisapp.io.vector import read_features
from gisapp.model.features import Features

HOURS = np.arange(-240.0, 48.0)


def flat(usual=0.3):
    return np.full(len(HOURS), usual)


def pulse(at_h, high, usual=0.3, lasts=6):
    values = flat(usual)
    values[(at_h <= HOURS) & (at_h + lasts > HOURS)] = high
    return values


def test_a_pulse_that_passed_a_station_above_is_seen_there():
    assert state_of(HOURS, pulse(-10, 6.0), 10.0, 0.3, 5.0) == "seen"
    assert state_of(HOURS, flat(), 10.0, 0.3, 5.0) == "as usual"


def test_a_pulse_at_another_time_is_no_sign():
    assert state_of(HOURS, pulse(-60, 6.0), 10.0, 0.3, 5.0) == "as usual"
    assert state_of(HOURS, pulse(10, 6.0), 10.0, 0.3, 5.0) == "as usual"


def test_a_little_more_than_usual_says_nothing_sure():
    assert state_of(HOURS, pulse(-10, 2.0), 10.0, 0.3, 5.0) == ""


def test_gaps_say_nothing():
    values = flat()
    values[(HOURS > -13) & (HOURS < -13 + LARGEST_GAP_H + 3)] = np.nan
    assert state_of(HOURS, values, 10.0, 0.3, 5.0) == ""
    assert state_of(HOURS, np.full(len(HOURS), np.nan), 10.0, None, 5.0) == ""
    assert state_of(HOURS[:0], values[:0], 10.0, 0.3, 5.0) == ""
    four = HOURS[::4]  # as often as such stations measure
    assert state_of(four, flat()[::4], 10.0, 0.3, 5.0) == "as usual"


def test_without_an_excess_nobody_is_clean():
    assert state_of(HOURS, flat(), 10.0, 0.3, 0.0) == ""


@given(st.floats(0.5, 60), st.floats(0.4, 50), st.floats(0.7, 1.4))
def test_what_came_through_at_any_velocity_of_the_range_is_never_called_clean(travel, excess, v):
    values = pulse(np.floor(-travel / v), 0.3 + excess)
    assert state_of(HOURS, values, travel, 0.3, excess) == "seen"


@given(st.floats(0.5, 60), st.floats(0.1, 50), st.integers(0, 2**32 - 1))
def test_holes_never_make_a_station_clean(travel, excess, seed):
    values = np.where(np.random.default_rng(seed).random(len(HOURS)) < 0.5, flat(), np.nan)
    whole = state_of(HOURS, flat(), travel, 0.3, excess)
    assert state_of(HOURS, values, travel, 0.3, excess) in (whole, "")


def test_usual_is_the_week_before_without_the_last_day():
    values = pulse(-20, 9.0, lasts=20)
    assert usual_of(HOURS, values, 0.0) == pytest.approx(0.3)
    assert usual_of(HOURS, values, -300.0) is None


def test_an_inflow_loses_what_decays_on_the_way():
    inflow = Inflow("S", "S", 24.0, 2.0, 5.0)
    assert inflow.arriving_g_s(0.0) == 10.0
    assert inflow.arriving_g_s(0.2) == pytest.approx(10 * np.exp(-0.2))
    assert inflow.arriving_g_s(0.2, velocity=2.0) == pytest.approx(10 * np.exp(-0.1))


def test_only_stations_above_can_be_clean():
    above = Record("A", "A", 5000.0, 3.0, (), (), None, "as usual")
    assert stayed_as_usual((above, replace(above, station="B", travel_h=-3.0))) == (above,)


@pytest.fixture(scope="module")
def layers(sample_files):
    return {
        name: read_features(sample_files / f"{name}.gpkg")
        for name in ("rivers", "stations", "sources")
    }


@pytest.fixture(scope="module")
def asked(sample_files):
    truth = json.loads((sample_files / "truth.json").read_text("utf-8"))["event"]
    return {
        "start": truth["station"], "value_mg_l": truth["peak_value"], "baseline_mg_l": 0.29,
        "time": truth["peak_time"], "records": str(sample_files / "station_records.parquet"),
    }  # fmt: skip


def test_a_station_that_stayed_as_usual_narrows_the_band(layers, asked):
    found = rank_sources.run({**layers, **asked})
    assert [r.station for r in stayed_as_usual(found.question.evidence.records)] == ["ST01"]
    assert "ST01" in found.clean_words
    free = rank_sources.run({**layers, **asked, "clean_by_records": False})
    assert free.clean_words == ""
    assert {r.feature for r in found.reaches} < {r.feature for r in free.reaches}
    named = rank_sources.run(
        {**layers, **asked, "clean_by_records": False, "clean_stations": "ST01"}
    )
    assert named.rows == found.rows
    behind = [c.id for c in found.question.candidates if c.clean_between < 1]
    assert behind
    assert found.sources[0].row.id == "P291"
    assert found.sources[0].row.ranks == (1, 1)  # under the whole range of velocity and decay


def test_stations_that_saw_it_one_above_another_lead_to_its_source(layers, asked):
    """Two sections below, the largest candidates are others; the records say where it came from."""
    low = {**asked, "start": "ST12", "value_mg_l": 1.337, "time": "2025-03-20T20:00"}
    found = rank_sources.run({**layers, **low})
    assert found.question.evidence.exceeded == ("ST09", "ST11")
    assert "ST09, ST11" in found.clean_words
    place = [s.row.id for s in found.sources].index("P291")
    alone = rank_sources.run({**layers, **low, "clean_by_records": False})
    without = [s.row.id for s in alone.sources].index("P291")
    assert place < without
    pace = found.question.evidence.velocity_seen
    assert pace == pytest.approx(8.57 / 13.61, abs=0.02)  # by the truth it took 13.61 h
    assert f"{pace:.2f} times as fast" in found.velocity_words
    assert found.again(velocity=pace).sources[0].row.id == "P291"
    likely = [c for c in found.question.candidates if c.clean_between == 1.0]
    assert "P291" in {c.id for c in likely}
    assert len(likely) < len(found.question.candidates) / 4


def test_the_balance_of_loads_leaves_the_culprit_between_the_stations(layers, asked):
    found = rank_sources.run({**layers, **asked})
    [inflow] = found.question.evidence.inflows
    measured = found.event.concentration_mg_l * found.event.flow_m3s
    assert inflow.station == "ST01"
    assert inflow.arriving_g_s(0.2) < 0.01 * measured


def test_a_record_with_a_gap_over_the_passage_clears_nobody(layers, asked, tmp_path):
    import pyarrow.parquet as pq

    table = pq.read_table(asked["records"]).to_pandas()
    hole = (table["station_id"] == "ST01") & table["time"].between("2025-03-19 10", "2025-03-20 00")
    table.loc[hole, "flag"] = "D"
    table.to_parquet(tmp_path / "gaps.parquet")
    found = rank_sources.run({**layers, **asked, "records": str(tmp_path / "gaps.parquet")})
    first = found.question.evidence.records[0]
    assert (first.station, first.state) == ("ST01", "")
    assert None in first.values
    assert found.clean_words == ""
    assert found.question.evidence.inflows == ()  # no value in the hour that counts


def test_a_parameter_without_limits_or_records_is_ranked_and_said(layers, asked):
    found = rank_sources.run({**layers, **asked, "parameter": "tcu"})
    evidence = found.question.evidence
    assert (evidence.bound, evidence.records) == (None, ())
    assert {row.load for row in found.rows if row.id} == {"load not known"}
    assert found.rows[0].id == ""  # nobody's load is known: the unknown comes first


def test_a_file_that_is_not_there_is_named(layers, asked):
    with pytest.raises(ReadError, match=r"none\.parquet"):
        rank_sources.run({**layers, **asked, "records": "none.parquet"})


def test_no_source_upstream_leaves_the_unknown(layers, asked):
    springs = "1"
    found = rank_sources.run({**layers, **asked, "start": f"reach:{springs}", "flow_m3s": 1.0})
    if found.sources:
        pytest.fail("the reach was to be a spring without sources")
    assert [(row.id, row.score) for row in found.rows] == [("", 100.0)]
    assert found.question.evidence.river is not None


def test_a_station_that_is_on_no_river_is_told_with_what_to_do(layers, asked):
    stations = layers["stations"]
    names = tuple(f for f in stations.fields if f.name not in ("reach_id", "measure_m"))
    shapes = stations.shapes_in(stations.crs)
    away = Features(
        stations.crs, names, stations.ids, {f.name: stations.column(f.name) for f in names},
        replace(shapes, coords=shapes.coords + 90_000.0),
    )  # fmt: skip
    with pytest.raises(ParameterError, match="is on no river") as told:
        rank_sources.run({**layers, **asked, "stations": away})
    assert told.value.hint


def test_a_log_that_cannot_be_read_counts_as_not_known_and_is_named(layers, asked):
    sources = layers["sources"]
    columns = {f.name: sources.column(f.name) for f in sources.fields}
    logs = np.array(columns["discharge_log"], object)
    ids = columns["source_id"].tolist()
    logs[ids.index("P291")] = "[{"
    columns["discharge_log"] = logs
    odd = Features(
        sources.crs, sources.fields, sources.ids, columns, sources.shapes_in(sources.crs)
    )
    found = rank_sources.run({**layers, **asked, "sources": odd})
    assert any("P291" in text and "cannot be read" in text for text in found.warnings)
    [row] = [s.row for s in found.sources if s.row.id == "P291"]
    assert row.terms.timing == 0.5
    assert "discharge log" in row.decides


def test_the_pace_of_the_pulse_is_found_in_the_records(layers, asked):
    found = rank_sources.run({**layers, **asked})
    assert found.velocity_seen == pytest.approx((3.78 + 8.57) / (5.96 + 13.61), abs=0.02)
    assert found.again(velocity=found.velocity_seen).sources[0].row.id == "P291"
    none = rank_sources.run({**layers, **asked, "records": ""})
    assert none.velocity_seen is None
    assert none.velocity_words == ""


def test_true_samples_do_not_speak_against_the_culprit(layers, asked):
    """The river flows slower than assumed: its times below still agree with one release."""
    samples = "ST11@2025-03-20T12:00, ST12@2025-03-20T20:00"
    found = rank_sources.run({**layers, **asked, "samples": samples})
    [row] = [s.row for s in found.sources if s.row.id == "P291"]
    assert row.gates.agreement > 0.5
    assert found.sources[0].row.id == "P291"


def test_a_pulse_that_is_cut_by_a_gap_has_no_middle():
    hours = tuple(range(-24, 24))
    whole = [0.3] * 48
    whole[26:30] = [6.0] * 4
    record = Record("A", "A", 0.0, 0.0, hours, tuple(whole), 0.3)
    assert pulse_middle_h(record) == pytest.approx(3.5)
    cut = [None if n == 30 else v for n, v in enumerate(whole)]
    assert pulse_middle_h(replace(record, values=tuple(cut))) is None
    assert pulse_middle_h(replace(record, values=(0.3,) * 48)) is None


def test_the_profile_follows_the_river_that_the_pulse_came_down(layers, asked):
    low = {**asked, "start": "ST12", "value_mg_l": 1.337, "time": "2025-03-20T20:00"}
    found = rank_sources.run({**layers, **low})
    river = found.question.evidence.river
    marks = {one.id: one for one in river.marks}
    for station in ("ST09", "ST11"):
        assert marks[station].on_stem
    far = {c.id: c.distance_m for c in found.question.candidates}
    assert marks["P291"].on_stem
    assert marks["P291"].distance_m == pytest.approx(far["P291"], abs=1)
    for one in river.marks:
        if not one.on_stem and one.role == "sources":
            assert one.distance_m <= far[one.id] + 1  # it comes in below where it stands
