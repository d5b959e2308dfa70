"""Formulas of temperatures: laws they keep, published numbers, units from numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisapp.model.dji_transmission import (
    Transmission,
    fitted_transmission,
    has_table,
    transmission_of,
    vapour_hpa,
)
from gisapp.model.errors import ParameterError
from gisapp.model.geometry import Size
from gisapp.model.radiometry import LayerModel, PlanckConstants, StoredTemperatures, stored
from gisapp.model.thermal_image import (
    COUNTS,
    Decoding,
    ThermalImage,
    ThermalParameters,
    off_nadir_note,
    water_emissivity,
)
from gisapp.model.thermal_units import UNITS, declared_unit, propose_unit, unsaid_nothing

PLANCK = PlanckConstants(r1=17096.453, b=1428.0, f=1.0, o=-267.0, r2=0.046582)
OPEN_AIR = Transmission((1.0, 25.0), (0.0, 100.0), ((1.0, 1.0), (1.0, 1.0)))
PARAMETERS = st.builds(
    ThermalParameters,
    st.floats(0.3, 1.0),
    st.floats(-40, 60),
    st.floats(-20, 45),
    st.floats(0, 1),
    st.floats(0, 120),
)


def plain(emissivity: float = 1.0, reflected: float = 20.0) -> ThermalParameters:
    return ThermalParameters(emissivity, reflected, 20.0, 0.5, 5.0)


@given(PARAMETERS)
def test_more_counts_are_never_colder(parameters: ThermalParameters) -> None:
    for model in (PLANCK, LayerModel(10.0, transmission_of("M3T"))):
        table = model.table(parameters)
        known = table[np.isfinite(table)]
        assert table.shape == (COUNTS,)
        assert table.dtype == np.float32
        assert len(known) > 1000
        assert (np.diff(known) >= 0).all()


@given(st.floats(0.3, 1.0), st.floats(0.2, 1.0))
def test_what_is_as_warm_as_its_surroundings_looks_so(emissivity: float, tau: float) -> None:
    """Neither emissivity nor air change the temperature of a thing among equals."""
    air = Transmission((1.0, 25.0), (0.0, 100.0), ((tau, tau), (tau, tau)))
    counts, seen = 19_080, 19_080 / 64 - 273.15
    table = LayerModel(10.0, air).table(ThermalParameters(emissivity, seen, 25.0, 0.5, 5.0))
    assert float(table[counts]) == pytest.approx(seen, abs=1e-3)


def test_without_air_and_mirror_counts_are_apparent_temperatures() -> None:
    table = LayerModel(10.0, OPEN_AIR).table(plain())
    for counts in (16_200, 17_480, 18_604, 21_320):
        assert float(table[counts]) == pytest.approx(counts / 64 - 273.15, abs=1e-3)


@given(st.floats(0.3, 0.999), st.floats(-30, 10))
def test_less_emissive_things_under_a_cold_sky_are_warmer_than_they_look(
    emissivity: float, sky: float
) -> None:
    count = round((20.0 + 273.15) * 64)
    model = LayerModel(10.0, OPEN_AIR)
    black = model.table(ThermalParameters(1.0, sky, 20.0, 0.5, 5.0))[count]
    grey = model.table(ThermalParameters(emissivity, sky, 20.0, 0.5, 5.0))[count]
    assert grey >= black


def test_numbers_of_the_published_formula() -> None:
    """By hand with the same formula, digit by digit, for one count."""
    parameters = ThermalParameters(0.95, 22.0, 20.0, 0.5, 20.0)
    found = float(PLANCK.table(parameters)[3500])
    assert found == pytest.approx(_by_hand(3500, parameters), abs=1e-3)


def _by_hand(count: int, p: ThermalParameters) -> float:
    t, e = p.air_c, p.emissivity
    h2o = p.humidity * np.exp(1.5587 + 6.939e-2 * t - 2.7816e-4 * t**2 + 6.8455e-7 * t**3)
    far, wet = np.sqrt(p.distance_m / 2), np.sqrt(h2o)
    tau = 1.9 * np.exp(-far * (0.006569 - 0.002276 * wet))
    tau += (1 - 1.9) * np.exp(-far * (0.01262 - 0.00667 * wet))

    def signal(celsius: float) -> float:
        return 17096.453 / (0.046582 * (np.exp(1428 / (celsius + 273.15)) - 1)) + 267

    seen = count / e / tau / tau
    seen -= (1 - e) / e * signal(p.reflected_c)
    seen -= (1 - tau) / e / tau * signal(t) + (1 - tau) / e / tau / tau * signal(t)
    return float(1428 / np.log(17096.453 / (0.046582 * (seen - 267)) + 1) - 273.15)


def test_parameters_that_cannot_be() -> None:
    for changed in (
        {"emissivity": 0.0},
        {"emissivity": 1.2},
        {"humidity": 50.0},
        {"distance_m": -1.0},
        {"air_c": float("nan")},
        {"reflected_c": -300.0},
    ):
        with pytest.raises(ParameterError):
            plain().changed(**changed)


def test_the_preset_for_water_keeps_the_distance() -> None:
    own = ThermalParameters(0.95, 25.0, 12.0, 0.6, 5.0)
    assert own.over_water("clear") == ThermalParameters(0.98, -25.0, 12.0, 0.6, 5.0)
    assert own.over_water("scattered").reflected_c == -10.0
    assert own.over_water("overcast", 8.0) == ThermalParameters(0.98, 8.0, 8.0, 0.6, 5.0)


def test_water_seen_at_an_angle() -> None:
    """The published course: 0.99 up to 40 degrees, 0.98 at 50, 0.97 at 60, 0.91 at 70."""
    for degrees, emissivity in ((0, 0.992), (20, 0.992), (40, 0.990), (60, 0.966), (70, 0.908)):
        assert water_emissivity(degrees) == pytest.approx(emissivity, abs=0.003)
    assert off_nadir_note(49.0) == ""
    assert "60°" in off_nadir_note(-60.0)


@pytest.mark.parametrize("model", ["M3T", "M3TD", "M30T", "M2EA", "H20N", "unheard of"])
def test_a_course_goes_through_what_the_camera_says(model: str) -> None:
    fitted = fitted_transmission(model, 0.77)
    assert fitted.at(5.0, 15.85) == pytest.approx(0.77, abs=1e-6)
    assert has_table("M3T")
    assert not has_table("unheard of")


def test_vapour_is_what_humidity_and_temperature_make() -> None:
    """Three pairs with which DJI's cameras give the same transmission."""
    for humidity, celsius in ((0.7, 25.0), (1.0, 18.9), (0.3, 40.0)):
        assert vapour_hpa(celsius, humidity) == pytest.approx(22.0, abs=0.3)


@given(st.lists(st.floats(-40, 300), min_size=1, max_size=50))
def test_stored_temperatures_come_back(values: list[float]) -> None:
    celsius = np.array([[*values, np.nan]], np.float32)
    counts, table = stored(celsius)
    back = table.table(plain())[counts]
    np.testing.assert_allclose(back, celsius, atol=0.005)
    assert np.isnan(back[0, -1])


def test_temperatures_worked_out_with_fixed_parameters_take_no_others() -> None:
    table = StoredTemperatures(0.01, -273.15, fixed=plain())
    assert float(table.table(plain())[29_315]) == pytest.approx(20.0, abs=0.01)
    with pytest.raises(ParameterError):
        table.table(plain(0.5))


def test_a_picture_knows_places_and_doubt() -> None:
    image = ThermalImage(
        np.zeros((2, 3), np.uint16), Size(6, 4), plain(), Decoding("x", 0.1), "", PLANCK
    )
    assert image.cell_of(5.9, 3.9) == (1, 2)
    assert image.cell_of(6, 0) is None
    assert image.decoding_at(plain()) is image.decoding
    assert image.decoding_at(plain(0.9)).accuracy_c == 0.1


@given(st.sampled_from(sorted(UNITS)), st.floats(2, 32), st.floats(1, 12))
def test_the_right_unit_is_among_those_proposed(unit: str, middle: float, spread: float) -> None:
    meant = UNITS[unit]
    celsius = np.random.default_rng(1).normal(middle, spread / 4, 5000)
    numbers = (celsius - meant.offset) / meant.scale
    dtype = {"f": np.float32, "u": np.uint16, "i": np.int16}[meant.kinds]
    found = propose_unit(numbers.astype(dtype))
    assert found is not None
    assert meant in (found.unit, *found.others)
    assert f"{np.dtype(dtype)}" in found.reason


@pytest.mark.parametrize(
    ("middle", "dtype", "unit"),
    [
        (18.0, np.float32, "degC"),
        (291.0, np.float32, "K"),
        (29_100, np.uint16, "cK"),
        (2910, np.uint16, "dK"),
        (7000, np.uint16, "0.04K"),
        (700, np.uint16, "0.4K"),
        (11_800, np.uint16, "thermoMAP"),
        (180, np.int16, "0.1degC"),
        (3000, np.int16, "0.01degC"),
    ],
)
def test_units_by_their_usual_numbers(middle: float, dtype: type, unit: str) -> None:
    found = propose_unit(np.array([middle, middle + 1, middle + 2]).astype(dtype))
    assert found is not None
    assert found.unit.id == unit


def test_nothing_is_proposed_for_what_is_no_temperature() -> None:
    assert propose_unit(np.arange(200, dtype=np.uint8)) is None
    assert propose_unit(np.full(9, 4000.0, np.float32)) is None
    assert propose_unit(np.array([], np.float32)) is None
    assert propose_unit(np.array([np.nan], np.float32)) is None
    assert propose_unit(np.array([60_000, 60_001], np.uint16)) is None


def test_declared_units() -> None:
    assert declared_unit(" degC ") is UNITS["degC"]
    assert declared_unit("Kelvin") is UNITS["K"]
    assert declared_unit("metre") is None


@pytest.mark.parametrize("number", [-10_000.0, -32_767.0, -9999.0, 0.0, 256.0])
def test_a_collar_nobody_declared(number: float) -> None:
    cells = np.random.default_rng(2).normal(21.0, 2.0, (60, 60)).astype(np.float32)
    cells[:8] = number
    edge = np.concatenate([cells[0], cells[-1]])
    assert unsaid_nothing(cells.ravel(), edge) == number


def test_zeros_inside_are_temperatures() -> None:
    cells = np.random.default_rng(2).normal(0.0, 2.0, (60, 60)).astype(np.float32)
    cells[30:34] = 0.0
    assert unsaid_nothing(cells.ravel(), cells[0]) is None
