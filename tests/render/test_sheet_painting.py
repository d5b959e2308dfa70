"""Drawn from the detail, from the shapes and by Qt: the same picture, also in pieces."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
import pytest
from pyproj import Transformer

from gisapp.model.features import Features, Shapes
from gisapp.model.field import Field
from gisapp.model.geometry import Point, Size
from gisapp.model.layer import Layer
from gisapp.model.progress import Silent
from gisapp.model.style import AreaStyle, Category, LineStyle, PointStyle, Style
from gisapp.render import compiled
from gisapp.render.camera import Camera
from gisapp.render.detail_building import build_detail
from gisapp.render.painters import paint_areas, paint_lines, paint_points
from gisapp.render.qt_canvas import QtPress
from tests.render.scenes import FILE
from tests.render.test_detail_building import wandering

HERE, THERE = "EPSG:4547", "EPSG:3857"
SIZE = Size(300, 240)
KINDS = tuple(Category(str(k), "", "", c) for k, c in enumerate(("#d95f02", "#7570b3", "#66a61e")))
STYLES: dict[str, Style] = {
    "points": PointStyle(size=6),
    "points by kind": PointStyle(
        size=11, by="kind", categories=KINDS, shape_by="kind", shapes=(("0", "triangle"),)
    ),
    "translucent points": PointStyle(size=16, color="#3366cc80", shape="square"),
    "large points": PointStyle(size=70, by="kind", categories=KINDS[:1]),
    "lines": LineStyle(width=1.0),
    "wide lines": LineStyle(color="#1f5fbf90", width=7.0, width_by="flow"),
    "dashed lines": LineStyle(width=3.0, dash=(9.0, 5.0)),
    "areas": AreaStyle(fill="#3b82c433"),
    "areas by kind": AreaStyle(by="kind", categories=KINDS, outline="#222222", width=2.5),
    "areas without outline": AreaStyle(fill="#aa3311", outline="", width=0),
}
PAINTERS = {PointStyle: paint_points, LineStyle: paint_lines, AreaStyle: paint_areas}


@pytest.fixture(autouse=True)
def loops(press):
    return compiled.load()


def shapes_for(style: Style) -> Shapes:
    if isinstance(style, PointStyle):
        chance = np.random.default_rng(9)
        coords = chance.uniform(0, 20_000, (2000, 2)) + np.array([500_000, 3_000_000])
        return Shapes("point", coords, np.arange(2001), np.arange(2000))
    return wandering(8, 500, "area" if isinstance(style, AreaStyle) else "line")


@cache
def layer_of(name: str, crs: str, detailed: bool) -> tuple[Layer, Features]:
    shapes = shapes_for(STYLES[name])
    n = int(shapes.owner[-1]) + 1
    columns = {"kind": np.arange(n) % 4, "flow": (np.arange(n) % 7).astype(np.float64)}
    ids = np.array([str(number) for number in range(n)], object)
    data = Features(HERE, (Field("kind", "integer"), Field("flow", "real")), ids, columns, shapes)
    if detailed:
        data.keep_detail(build_detail(data.shapes_in(crs), crs, Silent()))
    return Layer("Layer", FILE, STYLES[name]), data


def camera_for(crs: str, times: float, rotation: float = 0.0) -> Camera:
    middle = Point(510_000, 3_010_000)
    if crs != HERE:
        middle = Point(*Transformer.from_crs(HERE, crs, always_xy=True).transform(*middle))
    return Camera(middle, 21_000 / 240 / times, SIZE, crs, rotation=rotation)


def picture(layer: Layer, data: Features, camera: Camera) -> np.ndarray:
    painter = PAINTERS[type(layer.style)]
    return QtPress().picture(
        camera.size, lambda canvas: painter(layer, data, camera, canvas, Silent())
    )


def tiled(layer: Layer, data: Features, camera: Camera, threads: int) -> np.ndarray:
    """Put together of pieces that do not fit evenly."""
    whole = np.zeros((SIZE.height, SIZE.width, 4), np.uint8)

    def draw(at: tuple[int, int]) -> None:
        x, y = at
        wide, tall = min(128, SIZE.width - x), min(128, SIZE.height - y)
        part = picture(layer, data, camera.part(x, y, wide, tall))
        whole[y : y + tall, x : x + wide] = part

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(draw, product(range(0, SIZE.width, 128), range(0, SIZE.height, 128))))
    return whole


def apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return abs(one.astype(int) - other.astype(int))


@pytest.mark.parametrize("crs", [HERE, THERE])
@pytest.mark.parametrize("times", [1, 8, 64])
@pytest.mark.parametrize("name", STYLES)
def test_the_detail_shows_what_the_shapes_show(name, times, crs) -> None:
    camera = camera_for(crs, times)
    one = picture(*layer_of(name, crs, detailed=True), camera)
    other = picture(*layer_of(name, crs, detailed=False), camera)
    if times < 64:
        assert one.any()
    if "points" in name:
        assert np.array_equal(one, other)
    assert apart(one, other).mean() < 3  # lines may be moved by less than half a pixel
    if "dashed" not in name:  # a shorter line has its gaps elsewhere
        assert (apart(one, other).max(axis=2) > 128).mean() < 0.005


@pytest.mark.parametrize("name", STYLES)
def test_qt_shows_it_too(name, monkeypatch) -> None:
    camera = camera_for(HERE, 8)
    layer, data = layer_of(name, HERE, detailed=True)
    fast = picture(layer, data, camera)
    monkeypatch.setattr(compiled, "_loaded", None)
    slow = picture(layer, data, camera)
    assert apart(fast, slow).mean() < 4
    assert (apart(fast, slow).max(axis=2) > 128).mean() < 0.01


@pytest.mark.parametrize("rotation", [0.0, 31.0])
@pytest.mark.parametrize("times", [1, 8])
@pytest.mark.parametrize("name", STYLES)
def test_pieces_make_the_whole_on_any_number_of_threads(name, times, rotation) -> None:
    layer, data = layer_of(name, HERE, detailed=True)
    camera = camera_for(HERE, times, rotation)
    whole = picture(layer, data, camera)
    one, two = tiled(layer, data, camera, 1), tiled(layer, data, camera, 2)
    assert apart(whole, one).max() <= 1
    assert np.array_equal(one, two)


@pytest.mark.parametrize("name", ["points by kind", "wide lines", "dashed lines", "areas by kind"])
def test_a_turned_map_is_the_turned_picture(name) -> None:
    layer, data = layer_of(name, HERE, detailed=True)
    square = replace(camera_for(HERE, 8), size=Size(240, 240))
    upright = picture(layer, data, square)
    turned = picture(layer, data, square.turned(90))
    if name.startswith("points"):  # symbols stay upright: compare where anything is
        upright, turned = upright[:, :, 3:] > 0, turned[:, :, 3:] > 0
        assert (np.rot90(upright, -1) != turned).mean() < 0.08
        return
    assert apart(np.rot90(upright, -1), turned).mean() < 1.5


def test_a_reach_lies_where_pyproj_says(press) -> None:
    layer, data = layer_of("lines", THERE, detailed=True)
    transformer = Transformer.from_crs(HERE, THERE, always_xy=True)
    exact = np.column_stack(transformer.transform(*data.shapes.coords.T))
    for times in (1, 8):
        camera = camera_for(THERE, times)
        alpha = picture(layer, data, camera)[:, :, 3]
        at = camera.to_pixels(exact)
        inside = ((at > 2) & (at < np.array(SIZE) - 2)).all(axis=1)
        x, y = at[inside].T
        near = np.zeros(len(x), int)
        for dx, dy in product((-0.5, 0, 0.5), repeat=2):
            near = np.maximum(near, alpha[(y + dy).astype(int), (x + dx).astype(int)])
        assert len(x)
        assert (near > 0).all()


def test_a_hole_is_a_hole_whichever_way_it_runs(press) -> None:
    hull = np.array([[0.0, 0], [2000, 0], [2000, 2000], [0, 2000], [0, 0]])
    hole = np.array([[500.0, 500], [500, 1500], [1500, 1500], [1500, 500], [500, 500]])
    for inner in (hole, hole[::-1]):
        coords = np.vstack([hull, inner]) + np.array([509_000, 3_009_000])
        shapes = Shapes("area", coords, np.array([0, 5, 10]), np.array([0, 0]))
        data = Features(HERE, (), np.array(["a"], object), {}, shapes)
        data.keep_detail(build_detail(shapes, HERE, Silent()))
        layer = Layer("Layer", FILE, AreaStyle(fill="#ff0000", outline="", width=0))
        camera = replace(camera_for(HERE, 1), resolution=10.0)
        shown = picture(layer, data, camera)[:, :, 3]
        assert shown[120, 150] == 0
        assert shown[120, 150 - 75] == 255
        assert shown.astype(float).sum() / 255 == pytest.approx(200 * 200 - 100 * 100, rel=0.01)


def test_a_dash_is_as_long_as_it_says(press) -> None:
    line = np.array([[-5000.0, 0], [-600, 0], [900, 0], [5000, 0]]) + np.array([510_000, 3_010_000])
    shapes = Shapes("line", line, np.array([0, 4]), np.array([0]))
    data = Features(HERE, (), np.array(["a"], object), {}, shapes)
    camera = replace(camera_for(HERE, 1), resolution=10.0)
    layer = Layer("Layer", FILE, LineStyle(width=4.0, dash=(12.0, 8.0)))
    row = picture(layer, data, camera)[120, :, 3].astype(float) / 255
    assert row.sum() / 300 == pytest.approx(12 / 20, abs=0.01)
    assert {0.0, 1.0} <= set(row.tolist())


def test_nothing_is_compiled_while_the_program_runs(press) -> None:
    made = {name: len(loop.signatures) for name, loop in compiled.load()._asdict().items()}
    for name in STYLES:
        layer, data = layer_of(name, HERE, detailed=True)
        picture(layer, data, camera_for(HERE, 3, 12.0))
    now = {name: len(loop.signatures) for name, loop in compiled.load()._asdict().items()}
    assert made == now
