"""From afar the large rivers are drawn, close by all of them, and what is not drawn is not hit."""

from __future__ import annotations

import numpy as np
import pytest

from gisapp.app.identify import identify
from gisapp.model.features import Features, Shapes
from gisapp.model.geometry import Pixel, Point, Size
from gisapp.model.layer import Layer
from gisapp.model.progress import Silent
from gisapp.model.style import LineStyle
from gisapp.render import compiled
from gisapp.render.camera import Camera
from gisapp.render.looks import line_widths
from gisapp.render.qt_canvas import QtPress
from gisapp.render.request import RenderRequest
from gisapp.render.thinning import INK, shown_widths
from tests.own import OWN
from tests.render.scenes import CRS, FILE, ORIGIN, features

STYLE = LineStyle("#0072b2", width=3.5, width_by="area")
ROWS = 3000


@pytest.fixture(scope="module")
def network() -> Features:
    """Level lines over all of a square of 10 km; every 50th drains much."""
    y = np.linspace(0, 10_000, ROWS)
    coords = np.empty((2 * ROWS, 2))
    coords[0::2] = np.column_stack([np.zeros(ROWS), y]) + ORIGIN
    coords[1::2] = np.column_stack([np.full(ROWS, 10_000.0), y]) + ORIGIN
    area = np.where(np.arange(ROWS) % 50 == 0, 900.0, 1.0 + np.arange(ROWS) % 7)
    shapes = Shapes("line", coords, np.arange(0, 2 * ROWS + 1, 2), np.arange(ROWS))
    return features(shapes, {"area": area})


def camera(resolution: float) -> Camera:
    middle = Point(ORIGIN[0] + 5000, ORIGIN[1] + 5000)
    return Camera(middle, resolution, Size(400, 400), CRS)


def test_the_largest_stay_and_closer_there_are_more(network):
    counts = []
    for resolution in (25.0, 5.0, 1.0, 0.2, 0.02):
        widths = shown_widths(STYLE, network, camera(resolution))
        shown = widths > 0
        counts.append(int(shown.sum()))
        area = network.column("area")
        assert area[shown].min() >= area[~shown].max(initial=0.0)  # none is smaller than one hidden
    assert counts == sorted(counts)
    assert counts[0] == ROWS // 50
    assert counts[-1] == ROWS


def test_the_ink_of_all_that_is_drawn_is_bounded(network):
    for resolution in (8.0, 2.0, 0.5):
        widths = shown_widths(STYLE, network, camera(resolution))
        ink = (widths * STYLE.width).sum() * 10_000 * resolution / 10_000**2
        assert ink <= INK or (widths > 0).sum() == ROWS // 50


def test_everywhere_and_on_a_fine_screen_the_same_is_left_out(network):
    here, there = camera(5.0), camera(5.0).panned(333, -50)
    a, b = (shown_widths(STYLE, network, one) for one in (here, there))
    assert np.array_equal(a, b)
    fine = here.resized(Size(800, 800), 2.0)
    c = shown_widths(STYLE, network, fine)
    assert abs((c > 0).sum() - (a > 0).sum()) <= 0.02 * ROWS


def test_some_lines_are_told_as_all_of_them_are(network):
    rows = np.array([ROWS - 1, 0, 7, 7, 100])
    for resolution in (25.0, 1.0, 0.02):
        every = shown_widths(STYLE, network, camera(resolution))
        some = shown_widths(STYLE, network, camera(resolution), rows)
        assert np.array_equal(some, every[rows])
        assert len(shown_widths(STYLE, network, camera(resolution), rows[:0])) == 0


def test_lines_without_a_size_and_few_lines_are_all_drawn(network):
    assert shown_widths(LineStyle(), network, camera(50.0)) is None
    assert shown_widths(LineStyle(width_by="gone"), network, camera(50.0)) is None
    some = Shapes("line", network.shapes.coords[:20], np.arange(0, 21, 2), np.arange(10))
    few = features(some, {"area": network.column("area")[:10]})
    assert np.array_equal(shown_widths(STYLE, few, camera(900.0)), line_widths(STYLE, few))


@pytest.mark.parametrize("loops", [True, False])
def test_the_picture_is_no_mass_of_colour(network, loops, monkeypatch):
    if not loops:
        monkeypatch.setattr(compiled, "_loaded", None, raising=False)
        monkeypatch.setattr("gisapp.render.painters.kernels", lambda: None)
    layer = Layer("Rivers", FILE, STYLE)
    view = RenderRequest(camera(25.0), (layer,), {layer.id: network}, OWN.painters())
    paint = lambda canvas: view.paint_layers(canvas, Silent())  # noqa: E731
    pixels = QtPress().picture(view.camera.size, paint)
    share = (pixels[:, :, 3] > 0).mean()
    assert 0.2 < share < 0.95  # lines 3.5 px wide, 6.7 px apart


def test_what_is_not_drawn_is_not_hit(network):
    layer = Layer("Rivers", FILE, STYLE)
    far = camera(25.0)
    for y in range(150, 250, 7):
        hits = identify(far, Pixel(200.0, y), [layer], {layer.id: network})
        assert all(network.row(hit.feature)["area"] == 900.0 for hit in hits)
