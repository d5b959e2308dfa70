"""Names that tell their meaning get words and units; others stay as they are in the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from gisapp.io.vector import read_features
from gisapp.model.known_columns import known_field
from gisapp.model.text import use_language


@pytest.fixture(autouse=True)
def _english_afterwards():
    yield
    use_language("en")


def test_the_rivers_of_the_sample_are_read_with_words_and_units(sample_files: Path):
    fields = {f.name: f for f in read_features(sample_files / "rivers.gpkg").fields}
    assert (fields["discharge_m3s"].caption, fields["discharge_m3s"].unit) == (
        "Mean discharge",
        "m³/s",
    )
    use_language("zh_CN")
    assert fields["up_area_km2"].caption == "集水面积"
    assert fields["reach_id"].kind == "integer"


@pytest.mark.parametrize("name", ["Length_m2", "flow", "编号", "NAME"])
def test_nothing_is_guessed(name: str):
    field = known_field(name, "text")
    assert (field.caption, field.unit) == (name, "")


def test_a_name_that_ends_in_a_unit_has_that_unit():
    for name, unit in (("length_km", "km"), ("length_m", "m"), ("cod_kg_d", "kg/d")):
        assert known_field(name, "real").unit == unit
