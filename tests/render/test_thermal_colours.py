"""Colours of values by their style: every look-up is compared with the plain formula."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.io.project_json import style_from_data, style_to_data
from gisapp.model.style import Correction, Isotherm, ThermalStyle
from gisapp.render.ramps import coloured_by, ramp
from gisapp.render.thermal_colours import PALETTES, lookup_of, palette_title, stops_of

STYLE = ThermalStyle("inferno", 10, 20)


def colours(values: list[float], style: ThermalStyle) -> np.ndarray:
    return coloured_by(np.array([values], np.float32), lookup_of(style))[0]


def test_inverting_turns_the_palette_round_and_its_bar() -> None:
    turned = replace(STYLE, inverted=True)
    plain = colours([10, 13, 20], STYLE)
    np.testing.assert_array_equal(colours([20, 17, 10], turned), plain)
    assert stops_of(turned) == stops_of(STYLE)[::-1]
    assert stops_of(STYLE)[0] == "#000004"


def test_isotherms_above_below_and_between_begin_at_their_value() -> None:
    style = replace(
        STYLE,
        isotherms=(
            Isotherm(18.0, None, "#00ff00"),
            Isotherm(None, 11.0, "#0000ff"),
            Isotherm(14.0, 15.0, "#ff0000"),
        ),
    )
    found = colours([10.99, 11.01, 13.99, 14.0, 14.99, 15.01, 17.99, 18.0, 900.0], style)
    shown = [tuple(c[:3]) for c in found.tolist()]
    red, green, blue = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    is_band = [c if c in (red, green, blue) else None for c in shown]
    assert is_band == [blue, None, None, red, red, None, None, green, green]
    listed = stops_of(style, 101, isotherms=True)
    assert [listed[45], listed[85], listed[5]] == ["#ff0000", "#00ff00", "#0000ff"]
    assert listed[60] == stops_of(STYLE, 101)[60]


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0.5, 2.0),
    st.floats(-15, 15),
    st.lists(st.floats(-20, 60, width=32), min_size=1, max_size=30),
    st.booleans(),
)
def test_a_correction_in_the_table_is_the_same_as_corrected_values(
    gain: float, offset: float, values: list[float], inverted: bool
) -> None:
    band = (Isotherm(16.0, 17.0, "#00ff0080"),)
    style = replace(STYLE, correction=Correction(gain, offset), inverted=inverted, isotherms=band)
    meant = gain * np.array(values, np.float64) + offset
    plain = replace(style, correction=Correction())
    at_edge = np.min(np.abs(meant[:, None] - (10.0, 16.0, 17.0, 20.0)), axis=1) < 0.01
    one = colours(values, style).astype(int)
    two = colours(meant.tolist(), plain).astype(int)
    assert np.abs(one - two)[~at_edge].max(initial=0) <= 1


def test_values_without_isotherms_have_the_colours_of_the_palette() -> None:
    values = np.linspace(8, 22, 500).astype(np.float32)
    share = np.clip((values - 10) / 10, 0, 1)
    wanted = ramp("inferno")[np.round(share * 1023).astype(int)].astype(int)
    assert np.abs(colours(values.tolist(), STYLE).astype(int) - wanted).max() <= 1
    assert colours([float("nan")], STYLE)[0].tolist() == [0, 0, 0, 0]


def test_every_palette_has_a_title_of_its_own() -> None:
    assert len({palette_title(name) for name in PALETTES}) == len(PALETTES)


@pytest.mark.parametrize("name", ["inferno", "cividis"])
def test_safe_palettes_stay_apart_without_red_and_green(name: str) -> None:
    """Deuteranopia and protanopia as of Vienot, Brettel and Mollon (1999), in linear light."""
    linear = (ramp(name)[:-1:64, :3] / 255.0) ** 2.2
    for lms in ((0.29275, 0.70725, -0.02234), (0.11238, 0.88762, 0.00401)):
        mixed = linear @ (lms[0], lms[1], 0)
        seen = np.column_stack([mixed, mixed, linear[:, 2] + lms[2] * (linear[:, 0] - mixed)])
        light = np.clip(seen, 0, None) @ (0.2126, 0.7152, 0.0722)
        assert (np.diff(light) > 0).all(), "each colour is lighter than the one before"


def test_a_style_is_kept_with_all_of_it_and_an_old_one_is_read() -> None:
    style = ThermalStyle(
        "iron", 1, 2, True, (Isotherm(1.5, None, "#ff0000"),), "night", Correction(1.1, -2, 4, 0.2)
    )
    assert style_from_data(style_to_data(style)) == style
    old = {"style": "ThermalStyle", "values": {"ramp": "gray", "low": 1.0, "high": 9.0}}
    assert style_from_data(old) == ThermalStyle("gray", 1.0, 9.0)
