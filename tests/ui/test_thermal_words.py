"""What is said of where temperatures are from."""

from __future__ import annotations

import json

import pytest

from gisapp.model.thermal_measure import Provenance
from gisapp.ui.thermal_words import source_words


def parameter_words(said: str) -> str:
    return source_words(Provenance(parameters=said), "°C")[-1]


def test_parameters_are_said_in_field_words_with_units() -> None:
    said = json.dumps({"air_c": 25.0, "distance_m": 5.0, "emissivity": 0.95, "humidity": 0.5})
    expected = "Emissivity 0.95 · Temperature of the air 25 °C · Humidity 50 % · Distance 5 m"
    assert parameter_words(said) == expected


def test_what_else_a_file_says_is_kept() -> None:
    said = json.dumps({"window": "germanium", "humidity": "unknown", "n": True})
    assert parameter_words(said) == "Humidity unknown · window germanium · n True"


@pytest.mark.parametrize("said", ["as measured", "{", "[1, 2]", "{}", "7"])
def test_what_is_no_list_of_parameters_stays_as_it_is(said: str) -> None:
    assert parameter_words(said) == said
