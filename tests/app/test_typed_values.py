"""What is typed into a field: what it means, and why it means nothing."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisapp.app.typed_values import typed_value
from gisapp.model.field import Field

FLOW, MM = ("m³/d", "m³/s"), Field("d", "real", unit="mm")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("real", "１２．５", 12.5),
        ("real", "−3", -3.0),
        ("real", "1,234.5", 1234.5),
        ("real", "1，234，567", 1234567.0),
        ("real", ".5", 0.5),
        ("real", "1.5e3", 1500.0),
        ("integer", "1,284", 1284),
        ("integer", "７", 7),
        ("date", "2026/1/7", "2026-01-07"),
        ("date", "2026年1月17日", "2026-01-17"),
        ("date", "20260117", "2026-01-17"),
        ("date", "2026.01.17", "2026-01-17"),
        ("text", " pipe ", "pipe"),
        ("real", "  ", None),
    ],
)
def test_as_people_write(kind, text, value):
    assert typed_value(Field("f", kind), text) == (value, "")


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("real", "12,5", "point, such as 12.5"),
        ("real", "1,23,4", "point"),
        ("real", "abc", "A number"),
        ("real", "12 apples", "A number"),
        ("real", "nan", "A number"),
        ("real", "1e999", "A number"),
        ("integer", "3.5", "whole number"),
        ("date", "2026-13-40", "A date"),
        ("date", "17.01.2026", "A date"),
        ("date", "0000-00-00", "A date"),
    ],
)
def test_what_is_no_value_is_said(kind, text, words):
    with pytest.raises(ValueError, match=words):
        typed_value(Field("f", kind), text)


def test_a_required_field_cannot_be_emptied():
    with pytest.raises(ValueError, match="must be filled in"):
        typed_value(Field("name", required=True), " ")


def test_units_that_are_written_behind():
    assert typed_value(MM, "300mm") == typed_value(MM, "300 MM") == (300.0, "")
    assert typed_value(Field("q", "real"), "0.5 m3/s", FLOW) == (0.5, "m³/s")
    assert typed_value(Field("q", "real"), "1,200m³/d", FLOW) == (1200.0, "m³/d")
    with pytest.raises(ValueError, match="mm, not cm"):
        typed_value(MM, "30 cm")
    with pytest.raises(ValueError, match="m³/d, m³/s, not L/s"):
        typed_value(Field("q", "real"), "5 L/s", FLOW)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_is_read_as_it_is_shown(number):
    assert typed_value(Field("f", "real"), repr(number))[0] == number


@given(st.text(max_size=30), st.sampled_from(["real", "integer", "date"]))
def test_anything_typed_is_a_value_or_a_reason(text, kind):
    try:
        value, _ = typed_value(Field("f", kind), text)
    except ValueError as error:
        value = f"why: {error}"
    known = value is None or isinstance(value, str) or math.isfinite(value)
    assert known
    assert value != "why: "
