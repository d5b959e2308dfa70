"""Markers: each is there at every size, in the colour of its style, and unlike the others."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from gisapp.model.geometry import Size
from gisapp.render import markers
from gisapp.render.markers import DARK, bring_marker, drawing, marker_titles, own_markers
from gisapp.render.qt_markers import stamps_of_marker
from gisapp.render.qt_marks import stamps_of

BLUE = "#0b6e99"


def pixels(name: str, fill: str, size: float) -> np.ndarray:
    """One stamp as RGBA."""
    stamp = stamps_of_marker(name, fill, size)[0][5]
    return np.ascontiguousarray(stamp).view(np.uint8).reshape(*stamp.shape, 4)


def share_of(picture: np.ndarray, color: str) -> float:
    """How much of what is painted has a colour."""
    ink = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)])
    near = (abs(picture[..., :3].astype(int) - ink) < 12).all(axis=2) & (picture[..., 3] == 255)
    return float(near.sum() / (picture[..., 3] > 0).sum())


@pytest.mark.parametrize("size", [16.0, 20.0, 32.0, 64.0])  # the last: 32 on a screen of ratio 2
def test_every_marker_is_as_large_as_asked_and_unlike_the_others(press, size) -> None:
    made = {name: pixels(name, BLUE, size) for name in own_markers()}
    for picture in made.values():
        rows, columns = np.nonzero(picture[..., 3] > 127)
        assert np.ptp(rows) + 1 == pytest.approx(size, abs=2)
        assert np.ptp(columns) + 1 == pytest.approx(size, abs=2)
        assert share_of(picture, BLUE) > 0.2
        assert share_of(picture, "#ffffff") > 0.02
    for one, other in combinations(made.values(), 2):
        differ = (abs(one.astype(int) - other.astype(int)) > 60).any(axis=2)
        assert differ.sum() > 0.05 * size * size


def test_the_drawing_in_a_light_marker_is_dark(press) -> None:
    assert share_of(pixels("intake", "#fde725", 48.0), DARK) > 0.08
    assert share_of(pixels("intake", BLUE, 48.0), DARK) == 0


def test_a_stamp_lies_where_its_place_is(press) -> None:
    stamps, rows, _ = stamps_of_marker("camera", BLUE, 24.0)
    middles = []
    for phase, stamp in enumerate(stamps):
        alpha = np.ascontiguousarray(stamp).view(np.uint8).reshape(*stamp.shape, 4)[..., 3]
        ys, xs = np.indices(alpha.shape) + 0.5
        middles.append(((xs * alpha).sum() / alpha.sum(), (ys * alpha).sum() / alpha.sum()))
        first, last = rows[phase]
        assert alpha[first].any()
        assert not alpha[:first].any()
        assert not alpha[last:].any()
    k = stamps.shape[1] // 2
    for phase, (x, y) in enumerate(middles):
        assert x - k == pytest.approx((phase % 4 + 0.5) / 4, abs=0.12)
        assert y - k == pytest.approx((phase // 4 + 0.5) / 4, abs=0.12)


def test_a_transparent_colour_is_a_transparent_marker(press) -> None:
    assert int(pixels("farm", "#0b6e9980", 32.0)[..., 3].max()) == pytest.approx(128, abs=2)


def test_one_that_is_not_there_is_a_circle(press) -> None:
    ours, circle = (
        stamps_of_marker("lost.svg", BLUE, 12.0, "#ffffff"),
        stamps_of("circle", BLUE, 12.0, "#ffffff"),
    )
    assert (ours[0] == circle[0]).all()


def test_a_project_brings_its_own(press, monkeypatch) -> None:
    monkeypatch.setattr(markers, "_brought", {})
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><path d="M0 0h2v2z" {}/></svg>'
    bring_marker("markers/half.svg", svg.format('fill="currentColor"'))
    picture = pixels("markers/half.svg", "#ff0000", 40.0)
    assert share_of(picture, "#ff0000") > 0.8
    assert 0.4 < (picture[..., 3] > 127).sum() / 40**2 < 0.65
    bring_marker("markers/half.svg", svg.format('fill="#00ff00"'))
    assert share_of(pixels("markers/half.svg", "#ff0000", 40.0), "#00ff00") > 0.8


def test_each_has_a_drawing_and_words() -> None:
    assert own_markers() == tuple(marker_titles())
    for name in own_markers():
        text = drawing(name, BLUE)
        assert text is not None
        assert "currentColor" not in text
        assert BLUE in text
    assert drawing("../fonts/OFL", BLUE) is None


def test_on_a_page_they_are_vectors(press) -> None:
    def draw(canvas) -> None:
        canvas.symbols(np.array([[40.0, 40.0]]), "sluice", BLUE, 30.0)

    pdf = press.pdf((30, 30), 96, draw)
    assert b"/Subtype /Image" not in pdf
    assert press.picture(Size(80, 80), draw).any()
