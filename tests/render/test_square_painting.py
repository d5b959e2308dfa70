"""Squares drawn in one call are those drawn step by step, whatever lay in their memory before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.model.feature_ids import NumberIds
from gisapp.model.features import Features, Shapes
from gisapp.model.field import Field
from gisapp.model.geometry import Point, Size
from gisapp.model.layer import Layer, Source
from gisapp.model.progress import Silent
from gisapp.model.style import AreaStyle, Category, LineStyle, PointStyle, Style
from gisapp.render import compiled, square_painting, vector_squares
from gisapp.render.camera import Camera
from gisapp.render.compiled_squares import TOO_MANY
from gisapp.render.detail_building import build_detail
from gisapp.render.painters import paint_areas, paint_lines, paint_points
from gisapp.render.qt_canvas import QtPress
from gisapp.render.square_memory import SQUARES
from gisapp.render.states import EMPTY, OPAQUE, PIECE, SOME
from gisapp.render.tiles import Tile
from tests.render.test_detail_building import CRS, wandering

KINDS = tuple(
    Category(str(n), str(n), str(n), color)
    for n, color in enumerate(("#1b9e77", "#d95f02", "#7570b380"))
)
STYLES: dict[str, tuple[Style, object]] = {
    "point": (PointStyle(size=9, by="kind", categories=KINDS), paint_points),
    "line": (LineStyle("#1f5fbfc0", 1.4), paint_lines),
    "dashed": (LineStyle("#1f5fbf", 3.0, dash=(6, 4)), paint_lines),
    "area": (AreaStyle("#dddddd", "#505050", 1.0, by="kind", categories=KINDS), paint_areas),
    "bare": (AreaStyle("#d9d9d9", "", 0.0), paint_areas),
}


def features_of(shapes: Shapes) -> Features:
    count = int(shapes.owner[-1]) + 1
    kinds = np.array([str(n % 4) for n in range(count)], object)
    made = Features(
        CRS, (Field("kind", "text"),), NumberIds(count, 0, None), {"kind": kinds}, shapes
    )
    made.keep_detail(build_detail(shapes, CRS, Silent()))
    return made


def points(seed: int, count: int) -> Shapes:
    rng = np.random.default_rng(seed)
    coords = np.array([499_000.0, 2_999_000.0]) + rng.random((count, 2)) * 20_000
    at = np.arange(count)
    return Shapes("point", coords, np.append(at, count), at)


def filled(name: str, data: Features, camera: Camera) -> Tile | None:
    style, painter = STYLES[name]
    layer = Layer(name, Source("geojson", "x"), style)
    return vector_squares.fill(painter, layer, data, camera, QtPress().stamps, Silent())


def dirty(size: Size) -> None:
    """The memory of the next square holds what some other one left there."""
    pixels, states = SQUARES.lend(size)
    pixels.fill(0x80402010)
    states.fill(SOME)


def step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = dict.fromkeys(vector_squares.IN_ONE, lambda *given: None)
    monkeypatch.setattr(vector_squares, "IN_ONE", nothing)


@pytest.fixture(autouse=True)
def loops(qapp) -> compiled.Kernels:
    SQUARES.clear()
    return compiled.load()


@pytest.mark.parametrize("name", STYLES)
@settings(max_examples=12, deadline=None)
@given(
    st.integers(0, 10_000),
    st.floats(0.05, 0.95),
    st.floats(0.05, 0.95),
    st.floats(0.5, 60.0),
    st.sampled_from([1.0, 1.5]),
)
def test_one_call_draws_what_the_steps_draw(name, seed, x, y, resolution, ratio) -> None:
    kind = {"dashed": "line", "bare": "area"}.get(name, name)
    data = features_of(points(seed, 400) if kind == "point" else wandering(seed, 300, kind=kind))
    size = Size(300, 220)
    center = Point(499_000 + x * 20_000, 2_999_000 + y * 20_000)
    camera = Camera(center, resolution, size, CRS, ratio)
    dirty(size)
    quick = filled(name, data, camera)
    with pytest.MonkeyPatch.context() as patch:
        step_by_step(patch)
        dirty(size)
        slow = filled(name, data, camera)
    assert (quick is None) == (slow is None)
    if quick is None or slow is None:
        return
    assert np.array_equal(quick.pixels, slow.pixels)
    for tile in (quick, slow):
        assert tile.states is not None
        assert tile.states.any()
        for number in range(tile.states.shape[1]):
            piece = tile.pixels[:, number * PIECE : (number + 1) * PIECE]
            assert not piece[tile.states[:, number] == EMPTY].any()
            assert (piece[tile.states[:, number] == OPAQUE] >= 0xFF000000).all()


def test_a_square_that_holds_nothing_leaves_its_memory_as_it_was() -> None:
    size = Size(200, 100)
    camera = Camera(Point(0.0, 0.0), 1.0, size, CRS)
    dirty(size)
    for name in ("point", "line", "area"):
        shapes = points(1, 50) if name == "point" else wandering(1, 50, kind=name)
        assert filled(name, features_of(shapes), camera) is None
    pixels, states = SQUARES.lend(size)
    assert (pixels[states == EMPTY] if states.shape == pixels.shape else pixels).any()
    assert (states != EMPTY).all()


def test_where_little_was_drawn_little_is_emptied() -> None:
    size = Size(512, 300)
    shapes = Shapes("point", np.array([[0.0, 0.0], [50.0, 0.0]]), np.arange(3), np.arange(2))
    camera = Camera(Point(0.0, 0.0), 1.0, size, CRS)
    tile = filled("point", features_of(shapes), camera)
    assert tile is not None
    rows = np.flatnonzero(tile.pixels.any(axis=1))
    assert tile.states is not None
    assert set(np.flatnonzero(tile.states.any(axis=1))) == set(rows)
    place = tile.pixels.__array_interface__["data"][0]
    del tile
    pixels, states = SQUARES.lend(size)
    assert pixels.__array_interface__["data"][0] == place
    assert (states == EMPTY).sum() == states.size - np.count_nonzero(states)
    assert np.count_nonzero(states) < states.size / 4
    for number in range(states.shape[1]):
        piece = pixels[:, number * PIECE : (number + 1) * PIECE]
        assert not piece[states[:, number] == EMPTY].any()


@pytest.mark.parametrize("most", ["POINTS", "VERTICES", "PARTS"])
def test_what_does_not_fit_is_drawn_step_by_step(monkeypatch, most) -> None:
    kinds = ("point",) if most == "POINTS" else ("line", "area")
    camera = Camera(Point(509_000.0, 3_009_000.0), 60.0, Size(300, 300), CRS)
    for name in kinds:
        data = features_of(points(3, 400) if name == "point" else wandering(3, 300, kind=name))
        whole = filled(name, data, camera)
        with monkeypatch.context() as patch:
            patch.setattr(square_painting, most, 16)
            asked = getattr(compiled.kernels(), f"{name}s_square")
            told: list[int] = []

            def noted(*given: object, loop: object = asked, told: list[int] = told) -> int:
                told.append(loop(*given))
                return told[-1]

            known = compiled.load()._replace(**{f"{name}s_square": noted})
            patch.setattr(vector_squares, "kernels", lambda known=known: known)
            parts = filled(name, data, camera)
        assert told == [TOO_MANY]
        assert whole is not None
        assert parts is not None
        assert np.array_equal(whole.pixels, parts.pixels)
