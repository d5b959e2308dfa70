"""The worked example of the ranking: an ammonia peak and five sources, with numbers by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from gisapp_plugins.upstream_tracing import ranking, velocity
from hypothesis import given
from hypothesis import strategies as st

Candidate, Event, Weights = ranking.Candidate, ranking.Event, ranking.Weights
PROBABLE, FASTEST = 0.40108, 0.67948  # m/s, of the worked example
EVENT = Event(3.2, 0.4, 20.0, 0.2, {"nh3n": 3.2, "codmn": 1.1, "tp": 1.4})
TOWN = {"nh3n": 3.0, "codmn": 1.0, "tp": 1.2}


def _candidate(name: str, km: float, load: float, **more: object) -> Candidate:
    probable, fastest = velocity.jobson_velocity(2e9, 20.0, 40.0, 0.001)
    hours = km * 1000 / 3600
    return Candidate(
        name, name, km * 1000, hours / float(probable), hours / float(fastest), load,
        flow_ratio=0.5, **more,
    )  # fmt: skip


CANDIDATES = [
    _candidate("A", 12, 70, discharged_h=((-10, -6),), profile=TOWN, violations=3, inspections=8,
               beside_river_m=40),
    _candidate("B", 6, 15, discharged_h=((-5, -2),), profile={"nh3n": 0.5, "codmn": 3, "tp": 0.4},
               violations=1, inspections=8, beside_river_m=60),
    _candidate("C", 30, 90, profile={"nh3n": 2.5, "codmn": 2, "tp": 2}, violations=2,
               inspections=4, beside_river_m=150),
    _candidate("D", 95, 70, discharged_h=((-10, -6),), profile=TOWN, inspections=8,
               beside_river_m=20),
    _candidate("E", 12, 70, discharged_h=((-10, -6),), profile=TOWN, violations=3, inspections=8,
               beside_river_m=40, clean_between=0.1),
]  # fmt: skip

#            window h             timing load   sign.  hist.  prox.  gate   mg/L   score
WORKED = {
    "A": ((-10.945, -4.366), 1.000, 1.000, 0.9995, 0.400, 0.7073, 0.9231, 3.266, 84.06),
    "C": ((-25.896, -10.915), 0.500, 1.000, 0.9404, 0.500, 0.4207, 0.7408, 3.785, 54.09),
    "B": ((-5.732, -2.183), 0.939, 0.2587, 0.4861, 0.200, 0.8410, 0.8436, 0.724, 47.30),
    "D": ((-77.236, -34.565), 0.0239, 0.7224, 0.9995, 0.100, 0.0645, 0.2105, 2.023, 9.27),
    "E": ((-10.945, -4.366), 1.000, 1.000, 0.9995, 0.400, 0.7073, 0.0923, 3.266, 8.41),
}


def test_velocities_of_the_worked_example() -> None:
    probable, fastest = velocity.jobson_velocity(2e9, 20.0, 40.0, 0.001)
    assert (float(probable), float(fastest)) == pytest.approx((PROBABLE, FASTEST), abs=1e-5)
    flat = velocity.jobson_velocity(2e9, 20.0, 40.0)
    assert tuple(map(float, flat)) == pytest.approx((0.32503, 0.75623), abs=1e-5)
    assert tuple(map(float, velocity.manning_velocity(20, 40, 0.035, 0.001))) == pytest.approx(
        (0.71309, 0.70117), abs=1e-5
    )


def test_a_pulse_of_the_worked_example() -> None:
    peak = 12_000 / PROBABLE / 3600
    assert peak == pytest.approx(8.3109, abs=1e-3)
    assert float(velocity.leading_edge_h(peak)) == pytest.approx(7.3967, abs=1e-3)
    assert float(velocity.tail_h(peak, 0.5)) == pytest.approx(10.9450, abs=1e-3)
    assert float(velocity.unit_peak(peak, 0.5)) == pytest.approx(156.570, abs=0.01)
    slug = velocity.peak_concentration_mg_l(100, 20, peak, 0.5)
    assert float(slug) == pytest.approx(0.78285, abs=1e-4)


def test_the_worked_example() -> None:
    result = ranking.rank(EVENT, CANDIDATES)
    assert result.needed_load_g_s == pytest.approx(56.0)
    known = [row for row in result.rows if row.id != ranking.UNKNOWN]
    assert [row.id for row in known] == ["A", "C", "B", "D", "E"]
    for row in known:
        window, timing, load, signature, history, proximity, gate, added, score = WORKED[row.id]
        assert row.window_h == pytest.approx(window, abs=2e-3)
        assert row.terms.timing == pytest.approx(timing, abs=1e-3)
        assert row.terms.load == pytest.approx(load, abs=1e-4)
        assert row.terms.signature == pytest.approx(signature, abs=1e-4)
        assert row.terms.history == pytest.approx(history, abs=1e-4)
        assert row.terms.proximity == pytest.approx(proximity, abs=1e-4)
        assert row.gates.product == pytest.approx(gate, abs=1e-4)
        assert row.added_mg_l == pytest.approx(added, abs=1e-3)
        assert row.score == pytest.approx(score, abs=0.01)


def test_the_unknown_is_always_a_row_and_is_what_nobody_explains() -> None:
    alone = ranking.rank(EVENT, [])
    assert [(row.id, row.score) for row in alone.rows] == [(ranking.UNKNOWN, 100.0)]
    half = replace(CANDIDATES[0], load_g_s=28.0, beside_river_m=0.0)
    row = next(r for r in ranking.rank(EVENT, [half]).rows if r.id == ranking.UNKNOWN)
    arriving = 28.0 * math.exp(-0.2 * half.peak_h / 24)
    assert row.score == pytest.approx(100 * (1 - arriving / 56.0))
    assert row.terms is None


def test_ranks_span_what_slower_and_faster_rivers_say() -> None:
    rows = ranking.rank(EVENT, CANDIDATES).rows
    for place, row in enumerate(rows, 1):
        best, worst = row.ranks
        assert best <= place <= worst
    assert {row.id: row.ranks for row in rows}["A"][1] <= 2


def test_what_is_not_known_neither_convicts_nor_acquits() -> None:
    blank = Candidate("X", "X", 5000, 3.0, 2.0)
    (row,) = (r for r in ranking.rank(EVENT, [blank]).rows if r.id == "X")
    assert (row.terms.timing, row.terms.load, row.terms.signature) == (0.5, 0.0, 0.0)
    assert row.gates.alibi == 1.0
    assert row.added_mg_l is None
    assert row.decides[0] == "discharge log"
    assert "sample at the outfall" in row.decides


def test_weights_are_shares() -> None:
    doubled = Weights(0.6, 0.6, 0.4, 0.2, 0.2)
    assert [r.score for r in ranking.rank(EVENT, CANDIDATES, doubled).rows] == pytest.approx(
        [r.score for r in ranking.rank(EVENT, CANDIDATES).rows]
    )
    with pytest.raises(ValueError, match="negative"):
        Weights(-0.1).shares()
    with pytest.raises(ValueError, match="nothing"):
        Weights(0, 0, 0, 0, 0).shares()


@given(
    st.floats(0.1, 200), st.floats(0, 300), st.floats(0, 1e3), st.floats(-200, 0), st.floats(0, 50)
)
def test_scores_and_terms_stay_in_their_range(
    km: float, load: float, beside: float, first: float, lasts: float
) -> None:
    candidate = replace(
        _candidate("X", km, load), discharged_h=((first, first + lasts),), beside_river_m=beside
    )
    for row in ranking.rank(EVENT, [candidate]).rows:
        assert 0 <= row.score <= 100
        if row.terms:
            values = (row.terms.timing, row.terms.load, row.terms.signature, row.terms.proximity)
            assert all(0 <= value <= 1 for value in values)


@given(st.floats(0.5, 100), st.floats(0.5, 100))
def test_a_farther_source_must_have_let_out_earlier(a: float, b: float) -> None:
    near, far = sorted((a, b))
    if far - near < 1e-6:
        return
    window, earlier = (ranking.release_window(_candidate("X", km, 1.0)) for km in (near, far))
    assert earlier[0] < window[0] < window[1]
    assert earlier[1] < window[1]


def test_the_most_trusted_velocity_is_taken() -> None:
    values, ways = velocity.best_velocity(
        ("measured", [0.5, np.nan, 0.0, np.nan]),
        ("Jobson 1996", [0.4, 0.3, 0.2, np.nan]),
        ("by hand", 0.1),
    )
    assert values.tolist() == [0.5, 0.3, 0.2, 0.1]
    assert ways.tolist() == ["measured", "Jobson 1996", "Jobson 1996", "by hand"]


def test_impossible_rivers_have_no_velocity() -> None:
    probable, fastest = velocity.jobson_velocity([2e9, 2e9, 0.0], [0.0, 20, 20], [40, 0.0, 40])
    assert np.isnan(probable).all()
    assert np.isnan(fastest).all()
    assert np.isnan(velocity.manning_velocity(20, 40, 0.035, 0.0)[0])


def test_a_slope_that_is_not_known_is_left_out_of_the_formula() -> None:
    mixed = velocity.jobson_velocity(2e9, 20.0, 40.0, np.array([0.001, np.nan, -0.001]))[0]
    assert mixed == pytest.approx([PROBABLE, 0.32503, 0.32503], abs=1e-5)


def test_of_several_discharges_the_one_that_fits_counts():
    one = _candidate("X", 12, 70, discharged_h=((-10, -6),))
    more = replace(one, discharged_h=((-200, -190), (-10, -6), (-1, 0)))
    never = replace(one, discharged_h=())
    timing = {}
    for name, candidate in (("one", one), ("more", more), ("never", never)):
        (row,) = (r for r in ranking.rank(EVENT, [candidate]).rows if r.id == "X")
        timing[name] = row.terms.timing, row.gates.alibi
    assert timing["more"] == timing["one"] == (1.0, 1.0)
    assert timing["never"] == (0.0, 0.2)
