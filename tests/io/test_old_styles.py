"""Styles as projects before markers, clusters and dashes wrote them mean what they meant."""

from __future__ import annotations

import pytest

from gisapp.io.project_json import style_from_data, style_to_data
from gisapp.model.style import LineStyle, PointStyle, Style, UnknownStyle

LATER = {"PointStyle": ("marker", "cluster"), "LineStyle": ("dash",)}


@pytest.mark.parametrize(
    "style", [PointStyle("#112233", 9.0, "square", label="name"), LineStyle("#445566", 2.0)]
)
def test_a_style_without_the_later_values_is_drawn_as_before(style: Style) -> None:
    data = style_to_data(style)
    for name in LATER[type(style).__name__]:
        del data["values"][name]
    assert style_from_data(data) == style


@pytest.mark.parametrize(
    "style", [PointStyle(marker="intake", cluster=True), LineStyle(dash=(8.0, 3.0))]
)
def test_the_later_values_are_kept(style: Style) -> None:
    assert style_from_data(style_to_data(style)) == style


def test_dashes_that_are_no_numbers_are_kept_as_they_were_written() -> None:
    data = style_to_data(LineStyle())
    data["values"]["dash"] = ["long"]
    assert isinstance(style_from_data(data), UnknownStyle)
