"""From afar the large rivers are drawn, close by all of them, and what is not drawn is not hit."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.app.identify import identify
from gisapp.model.features import Features, Shapes
from gisapp.model.field import Field
from gisapp.model.geometry import Pixel, Point, Size
from gisapp.model.layer import Layer
from gisapp.model.progress import Cancelled, Silent
from gisapp.model.style import LineStyle
from gisapp.render import compiled, thinning
from gisapp.render import line_lengths as line_lengths_module
from gisapp.render.camera import Camera
from gisapp.render.detail_building import build_detail
from gisapp.render.line_lengths import line_lengths
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


def wandering(seed: int, count: int = 400, *, endless: bool = False) -> Shapes:
    """Made-up lines in one to three parts, some without a vertex and some that are broken."""
    chance = np.random.default_rng(seed)
    parts = [int(n) for n in chance.integers(0, 4, count)]
    sizes = chance.integers(0, 30, sum(parts))
    coords = np.cumsum(chance.normal(0, 40, (sizes.sum(), 2)), axis=0) + ORIGIN
    coords[chance.random(len(coords)) < 0.01] = np.nan
    if endless:
        coords[chance.random(len(coords)) < 0.01, 0] = np.inf
    starts = np.concatenate([[0], np.cumsum(sizes)])
    return Shapes("line", coords, starts, np.repeat(np.arange(count), parts))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1, 7, 500, 100_000]))
def test_lengths_are_those_of_the_parts_together(seed, at_once):
    shapes, expected = wandering(seed, endless=True), np.zeros(400)
    for part, number in enumerate(shapes.owner.tolist()):
        some = shapes.coords[shapes.starts[part] : shapes.starts[part + 1]]
        for (x, y), (right, top) in pairwise(some.tolist()):
            step = math.hypot(right - x, top - y)
            expected[number] += step if math.isfinite(step) else 0.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_lengths_module, "AT_ONCE", at_once)
        found = line_lengths(shapes, 400)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-6)


def test_measuring_can_be_stopped():
    class Stopping:
        def report(self, fraction: float, message: str = "") -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        line_lengths(wandering(1), 400, Stopping())


def prepared(shapes: Shapes, values: np.ndarray) -> Features:
    compiled.load()
    made = features(shapes, {"area": values})
    made.keep_detail(build_detail(shapes, CRS, Silent()))
    return made


VALUES = {
    "orders": lambda n: n % 6 + 1,
    "below nothing": lambda n: n % 90 - 40.0,
    "areas": lambda n: np.random.default_rng(3).lognormal(3, 2, len(n)),
    "of all sizes": lambda n: np.where(n % 9, 10.0 ** (n % 300), np.nan),
}


@pytest.mark.parametrize("kind", VALUES)
def test_what_was_measured_before_is_left_out_as_what_is_measured_now(kind):
    shapes, values = wandering(5), VALUES[kind](np.arange(400))
    ready, plain = prepared(shapes, values), features(shapes, {"area": values.copy()})
    different = set()
    for resolution in (0.1, 1.0, 5.0, 30.0, 300.0):
        ours = shown_widths(STYLE, ready, camera(resolution))
        np.testing.assert_array_equal(ours, shown_widths(STYLE, plain, camera(resolution)))
        different.add(int((ours > 0).sum()))
    assert len(different) > 1


def test_coordinates_are_read_only_where_nothing_was_measured_before(network, monkeypatch):
    """Files of earlier times hold no lengths: all is drawn as ever."""
    values = network.column("area")
    ready, old = (prepared(network.shapes, values.copy()) for _ in range(2))
    kept = old.detail_in(CRS)
    old.keep_detail(replace(kept, arrays={n: a for n, a in kept.arrays.items() if n != "lengths"}))
    read = []
    measure = thinning.line_lengths
    monkeypatch.setattr(
        thinning, "line_lengths", lambda *given: read.append(given) or measure(*given)
    )
    ours = shown_widths(STYLE, ready, camera(5.0))
    assert not read
    theirs = shown_widths(STYLE, old, camera(5.0))
    assert len(read) == 1
    np.testing.assert_array_equal(ours, theirs)
    assert 0 < (ours > 0).sum() < ROWS


def test_lines_that_end_with_some_that_are_nowhere():
    shapes = wandering(5)
    ids = np.array([f"id{number}" for number in range(402)], object)
    values = np.concatenate([np.arange(400) % 6 + 1, [9, 9]])
    ready, plain = (
        Features(CRS, (Field("area"),), ids, {"area": values.copy()}, shapes) for _ in range(2)
    )
    ready.keep_detail(build_detail(shapes, CRS, Silent()))
    assert len(ready.detail_in(CRS).arrays["lengths"]) < len(values)
    at = camera(5.0)
    np.testing.assert_array_equal(shown_widths(STYLE, ready, at), shown_widths(STYLE, plain, at))


def test_whole_numbers_are_as_wide_as_the_same_numbers_with_a_point(network):
    orders = (np.arange(ROWS) % 240 - 120).astype(np.int8)  # the span of them is larger than one
    whole = features(network.shapes, {"area": orders})
    real = features(network.shapes, {"area": orders.astype(np.float64)})
    np.testing.assert_array_equal(line_widths(STYLE, whole), line_widths(STYLE, real))
