"""Values as colours: one table, one pass, with and without the compiled loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.render import compiled, ramps
from gisapp.render.ramps import Isotherm, coloured, coloured_by, lookup, ramp

RED, CLEAR = (255, 0, 0, 255), (0, 0, 0, 0)


@pytest.fixture(params=["compiled", "plain"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled.load()
    if request.param == "plain":
        monkeypatch.setattr(ramps, "kernels", lambda: None)


def row(*values: float) -> np.ndarray:
    return np.array([values], np.float32)


def test_ends_middle_and_no_data(either: None) -> None:
    found = coloured(row(-5, 10, 15, 20, 99, np.nan, np.inf), "viridis", 10, 20)[0]
    table = ramp("viridis")
    for place, entry in enumerate((0, 0, 512, 1023, 1023)):
        assert np.abs(found[place].astype(int) - table[entry]).max() <= 1
    assert found[5].tolist() == list(CLEAR)
    assert found[6].tolist() == table[1023].tolist()


def test_a_ramp_without_a_span_and_one_turned_round(either: None) -> None:
    assert coloured(row(3, 5, 9), "gray", 5, 5)[0, :, 0].tolist() == [0, 0, 255]
    assert coloured(row(0, 10), "gray", 10, 0)[0, :, 0].tolist() == [255, 0]


def test_isotherms_lie_over_the_ramp(either: None) -> None:
    between = lookup("gray", 0, 100, (Isotherm(20, 30, RED),))
    found = coloured_by(row(10, 19.8, 20.2, 29.8, 30.2, 90), between)[0]
    assert [tuple(c) == RED for c in found] == [False, False, True, True, False, False]
    assert found[0, 0] == pytest.approx(25, abs=1)
    above = lookup("gray", 0, 10, (Isotherm(40, np.inf, RED), Isotherm(50, 60, CLEAR)))
    found = coloured_by(row(5, 30, 39, 41, 55, 1000, np.nan), above)[0]
    assert found[1].tolist() == found[2].tolist() == [255] * 4, "still the end of the ramp"
    assert [tuple(c) for c in found[3:]] == [RED, CLEAR, RED, CLEAR]
    below = lookup("gray", 0, 10, (Isotherm(-np.inf, 2, RED),))
    assert [tuple(c) == RED for c in coloured_by(row(-99, 1.9, 2.1), below)[0]] == [1, 1, 0]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(-50, 150, width=32), min_size=1, max_size=20),
    st.floats(-20, 20),
    st.floats(21, 90),
    st.lists(st.tuples(st.floats(-40, 120), st.floats(0.5, 30)), max_size=3),
)
def test_compiled_and_plain_look_up_the_same(
    values: list[float], low: float, high: float, bands: list[tuple[float, float]]
) -> None:
    compiled.load()
    found = lookup("iron", low, high, tuple(Isotherm(a, a + w, RED) for a, w in bands))
    one = coloured_by(row(*values), found)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ramps, "kernels", lambda: None)
        two = coloured_by(row(*values), found)
    level = (np.clip(values, found.low, found.high) - found.low) * (len(found.table) - 2)
    level /= found.high - found.low
    clear = np.abs(level % 1 - 0.5) > 0.02  # halves may be rounded either way
    assert (one == two).all(axis=2)[0][clear].all()
    entry = found.table[np.round(level[clear]).astype(int)].view(np.uint8).reshape(-1, 4)
    np.testing.assert_array_equal(one[0][clear], entry)
