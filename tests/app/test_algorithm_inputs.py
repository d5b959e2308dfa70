"""Texts become values of the type an algorithm asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from gisapp.app.algorithm_inputs import (
    choices,
    is_optional,
    value_from_text,
    wants_features,
    wants_raster,
)
from gisapp.model.errors import ParameterError
from gisapp.model.features import FeatureSet
from gisapp.model.parameters import parameters_of
from gisapp.render.request import Raster


def asked(
    rivers: FeatureSet,
    stations: FeatureSet | None,
    terrain: Raster,
    count: int,
    share: float,
    deep: bool,
    side: Literal["left", "right"],
    file: Path,
    note: str | None = None,
) -> None:
    """Every kind of parameter."""


BY_NAME = {p.name: p for p in parameters_of(asked)}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("count", "7", 7),
        ("share", "0.5", 0.5),
        ("deep", "是", True),
        ("deep", "No", False),
        ("side", "left", "left"),
        ("file", "a/b.txt", Path("a/b.txt")),
        ("note", "words", "words"),
    ],
)
def test_values(name, text, value):
    assert value_from_text(BY_NAME[name], text, lambda text, p: None) == value


@pytest.mark.parametrize(
    ("name", "text"), [("count", "7.5"), ("share", "half"), ("deep", "maybe"), ("side", "up")]
)
def test_what_does_not_fit_is_named(name, text):
    with pytest.raises(ParameterError, match=name) as caught:
        value_from_text(BY_NAME[name], text, lambda text, p: None)
    assert caught.value.hint


def test_layers_are_read_by_whoever_asks():
    read = value_from_text(BY_NAME["stations"], "sections", lambda text, p: (text, p.name))
    assert read == ("sections", "stations")


def test_what_is_asked_for():
    assert [n for n, p in BY_NAME.items() if wants_features(p)] == ["rivers", "stations"]
    assert [n for n, p in BY_NAME.items() if wants_raster(p)] == ["terrain"]
    assert [n for n, p in BY_NAME.items() if is_optional(p)] == ["stations", "note"]
    assert choices(BY_NAME["side"]) == ("left", "right")
