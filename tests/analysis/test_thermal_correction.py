"""Corrections from readings: found again when they are there, refused when they cannot be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.analysis.thermal_correction import fit_correction
from gisapp.model.errors import ParameterError


@settings(max_examples=80, deadline=None)
@given(
    st.floats(0.6, 1.8),
    st.floats(-12, 12),
    st.lists(st.integers(0, 300), min_size=3, max_size=20, unique=True),
)
def test_readings_without_error_give_gain_and_offset_back(gain, offset, tenths) -> None:
    x = 5 + np.array(tenths) / 10
    x = np.append(x, [2.0, 36.0])
    found = fit_correction(x, gain * x + offset)
    assert found.correction.gain == pytest.approx(gain, abs=1e-6)
    assert found.correction.offset == pytest.approx(offset, abs=1e-4)
    assert found.rmse < 1e-6
    assert found.correction.readings == len(x)
    assert np.abs(found.residuals).max() < 1e-6


def test_one_wrong_reading_is_left_out_and_said() -> None:
    rng = np.random.default_rng(8)
    x = np.linspace(8, 24, 9)
    y = 1.1 * x - 2.5 + rng.normal(0, 0.1, 9)
    y[4] += 9.0
    found = fit_correction(x, y)
    assert found.left_out == 1
    assert not found.used[4]
    assert found.correction.gain == pytest.approx(1.1, abs=0.03)
    assert found.residuals[4] > 8
    left = np.delete(np.arange(9), 4)
    slope, base = np.polyfit(x[left], y[left], 1)
    assert found.correction.gain == pytest.approx(slope, abs=1e-9)
    rms = np.sqrt(np.mean((y - slope * x - base)[left] ** 2))
    assert found.rmse == pytest.approx(rms, abs=1e-9)
    assert found.rmse_before > found.rmse
    assert found.correction.rmse == found.rmse


def test_an_offset_alone_is_the_mean_difference_of_what_agrees() -> None:
    found = fit_correction([10.0, 10.5, 11.0, 11.2], [11.0, 11.4, 12.1, 30.0], "offset")
    assert found.correction.gain == 1.0
    assert found.correction.offset == pytest.approx((1.0 + 0.9 + 1.1) / 3)
    assert found.used.tolist() == [True, True, True, False]


@pytest.mark.parametrize(
    ("x", "y", "kind", "why"),
    [
        ([10, 20], [11, 21], "gain", "2 readings are too few: at least 3"),
        ([10], [11], "offset", "1 readings are too few: at least 2"),
        ([10, np.nan, 12], [11, 12, np.nan], "offset", "1 readings are too few"),
        ([10, 10.5, 11], [11, 12, 13], "gain", "within 1.0 K"),
        ([10, 15, 20], [15.0, 15.1, 15.2], "gain", "within 0.2 K"),
        ([10, 12, 14], [10, 16, 22], "gain", "stretch it 3.00 times"),
        ([10, 15, 20], [20, 15, 10], "gain", "stretch it -1.00 times"),
    ],
)
def test_what_cannot_be_fitted_is_refused_with_its_reason(x, y, kind, why) -> None:
    with pytest.raises(ParameterError, match=why) as refused:
        fit_correction(x, y, kind)
    assert refused.value.hint
