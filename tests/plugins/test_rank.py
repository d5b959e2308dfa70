"""The sources of the sample's ammonia peak, ranked; the culprit is known."""

from __future__ import annotations

import json

import pytest
from gisapp_plugins.upstream_tracing.rank import rank_sources
from gisapp_plugins.upstream_tracing.ranking import UNKNOWN

from gisapp.api import ParameterError
from gisapp.io.vector import read_features


@pytest.fixture(scope="module")
def layers(sample_files):
    return {
        name: read_features(sample_files / f"{name}.gpkg")
        for name in ("rivers", "stations", "sources")
    }


@pytest.fixture(scope="module")
def event(sample_files):
    return json.loads((sample_files / "truth.json").read_text("utf-8"))["event"]


def values(event, **more):
    return {
        "start": event["station"],
        "value_mg_l": event["peak_value"],
        "baseline_mg_l": 0.29,
        "time": event["peak_time"],
        "parameter": "nh3n",
        "excess": "nh3n=6.3, codmn=0.31",
        **more,
    }


def test_the_culprit_comes_first_and_stays_there(layers, event):
    found = rank_sources.run({**layers, **values(event)})
    assert found.sources[0].row.id == event["culprit"]
    assert found.sources[0].row.ranks[1] <= 3
    seen = event["stations"][0]
    assert found.sources[0].distance_m == pytest.approx(seen["distance_m"], abs=1)
    first, last = found.sources[0].row.window_h
    assert first < last < 0
    assert found.ranking.rows[-1].score >= 0
    assert UNKNOWN in [row.id for row in found.ranking.rows]


def test_scores_are_made_of_what_is_shown(layers, event):
    found = rank_sources.run({**layers, **values(event)})
    shares = found.ranking.weights.shares()
    for source in found.sources:
        terms, gates = source.row.terms, source.row.gates
        fit = sum(share * getattr(terms, name) for name, share in shares.items())
        assert source.row.score == pytest.approx(100 * fit * gates.product)
    text = str(found)
    assert "not a verdict" in text
    assert "unknown or diffuse" in text
    assert "g/s" in text


def test_a_clean_station_between_speaks_against_what_lies_behind_it(layers, event):
    station = event["stations"][1]["station"]  # lower down; the peak passes it later
    below = rank_sources.run(
        {**layers, **values(event, start=station, clean_stations=event["station"])}
    )
    [row] = [s.row for s in below.sources if s.row.id == event["culprit"]]
    assert row.gates.clean_between == pytest.approx(0.1)
    free = [s.row for s in below.sources if s.row.gates.clean_between == 1.0]
    assert free
    assert below.sources[0].row.id != event["culprit"]


def test_weights_can_be_changed_and_are_kept(layers, event):
    found = rank_sources.run({**layers, **values(event, weights="timing=0, load=0, proximity=1")})
    assert found.ranking.weights.proximity == 1.0
    assert any("proximity" in text for text in found.rests_on)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"time": "yesterday"}, "not a time"),
        ({"excess": "nh3n"}, "cannot be used"),
        ({"weights": "beauty=1"}, "cannot be used"),
        ({"clean_stations": "ST99"}, "no station ST99"),
        ({"start": "ST99"}, "no start"),
    ],
)
def test_wrong_values_are_told(layers, event, wrong, words):
    with pytest.raises(ParameterError, match=words):
        rank_sources.run({**layers, **values(event, **wrong)})


def test_without_a_time_logs_prove_nothing(layers, event):
    found = rank_sources.run({**layers, **values(event, time="")})
    assert {source.row.terms.timing for source in found.sources} == {0.5}
    assert {source.row.gates.alibi for source in found.sources} == {1.0}


def test_other_assumptions_are_answered_without_the_layers(layers, event):
    found = rank_sources.run({**layers, **values(event)})
    slower = found.again(velocity=0.5)
    by_id = {s.row.id: s for s in found.sources}
    for source in slower.sources:
        assert source.travel_h == pytest.approx(2 * by_id[source.row.id].travel_h)
    direct = rank_sources.run({**layers, **values(event, velocity_factor=0.5)})
    assert slower.rows == direct.rows
    assert slower.again(velocity=1.0).rows == found.rows
    decayed = rank_sources.run({**layers, **values(event, decay_per_day=0.7)})
    assert found.again(decay_per_day=0.7).rows == decayed.rows
    only = found.again(weights=dict.fromkeys(found.weights, 0.0) | {"proximity": 1.0})
    hours = [s.travel_h for s in only.sources if s.row.gates.product == 1.0]
    assert hours == sorted(hours)
    with pytest.raises(ValueError, match="must not be negative"):
        found.again(weights=dict.fromkeys(found.weights, 0.0))


def test_stations_narrow_the_band_of_river_still_possible(layers, event):
    lower = event["stations"][1]["station"]
    whole = rank_sources.run({**layers, **values(event, start=lower)})
    clean = rank_sources.run({**layers, **values(event, start=lower, clean_stations="ST09")})
    dirty = rank_sources.run({**layers, **values(event, start=lower, dirty_stations="ST09")})
    every, not_behind, above = (
        {reach.feature for reach in found.reaches} for found in (whole, clean, dirty)
    )
    assert not_behind < every
    assert above < every
    assert not_behind | above == every
    assert len(not_behind & above) == 1  # the reach with the station on it
    [culprit] = [s.row for s in dirty.sources if s.row.id == event["culprit"]]
    assert culprit.gates.clean_between == 1.0
    assert any(s.row.gates.clean_between == pytest.approx(0.1) for s in dirty.sources)


def test_a_second_measurement_narrows_the_time_of_the_release(layers, event):
    lower = event["stations"][1]
    alone = rank_sources.run({**layers, **values(event)})
    samples = f"{lower['station']}@2025-03-20T10:00"
    both = rank_sources.run({**layers, **values(event, samples=samples)})
    one, two = (
        next(s.row for s in found.sources if s.row.id == event["culprit"])
        for found in (alone, both)
    )
    assert both.sources[0].row.id == event["culprit"]
    width = [last - first for first, last in (one.window_h, two.window_h)]
    assert width[1] < width[0]
    assert one.window_h[0] <= two.window_h[0] < two.window_h[1] <= one.window_h[1]
    assert two.gates.agreement == 1.0
    # a pulse that passed below before it was measured above came from nowhere upstream
    before = rank_sources.run(
        {**layers, **values(event, samples=f"{lower['station']}@2025-03-17T00:00")}
    )
    odd = next(s.row for s in before.sources if s.row.id == event["culprit"])
    assert odd.gates.agreement < 0.01
    assert odd.window_h == one.window_h
    slower = both.again(velocity=0.8)
    direct = rank_sources.run({**layers, **values(event, samples=samples, velocity_factor=0.8)})
    assert slower.rows == direct.rows


@pytest.mark.parametrize("samples", ["ST11", "ST11@yesterday", "ST99@2025-03-20T12:00"])
def test_a_measurement_that_cannot_be_read_is_named(layers, event, samples):
    with pytest.raises(ParameterError, match=samples.split("@")[0]):
        rank_sources.run({**layers, **values(event, samples=samples)})


def test_rows_for_people_add_up(layers, event):
    found = rank_sources.run({**layers, **values(event)})
    for row in found.rows:
        if row.feature is None:
            assert "no listed source explains" in row.load
            continue
        gate = 1.0
        for _, factor in row.gates:
            gate *= factor
        assert row.score == pytest.approx(gate * sum(part.points for part in row.parts))
        assert row.decides
    assert [row.place for row in found.rows] == list(range(1, len(found.rows) + 1))
