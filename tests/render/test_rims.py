"""Rims set symbols off the ground, and leave the colours to be seen where symbols pile up."""

from __future__ import annotations

import numpy as np
import pytest

from gisapp.model.features import point_shapes
from gisapp.model.geometry import Size
from gisapp.model.layer import Layer
from gisapp.model.progress import Silent
from gisapp.model.style import PointStyle
from gisapp.render.camera import Camera
from gisapp.render.colours import lightness
from gisapp.render.qt_canvas import QtPress
from gisapp.render.request import RenderRequest
from gisapp.render.rims import DARK, LIGHT, SHADE, rim, rim_color
from tests.own import OWN
from tests.render.scenes import CRS, EXTENT, FILE, features

CAMERA = Camera.fit(EXTENT, Size(400, 300), CRS)


def crowd(count: int):
    rng = np.random.default_rng(count)
    xy = rng.uniform((EXTENT.left, EXTENT.bottom), (EXTENT.right, EXTENT.top), (count, 2))
    return features(point_shapes(xy), {"name": ["made up"] * count})


def test_rims_are_light_until_most_symbols_lie_on_others():
    few, many = crowd(30), crowd(3000)
    assert rim(few, 10.0, CAMERA) == LIGHT
    assert rim(many, 10.0, CAMERA) == SHADE
    assert rim(many, 10.0, CAMERA.at_scale(CAMERA.scale / 32)) == LIGHT
    assert rim(many, 10.0, CAMERA.panned(90, 0)) == SHADE  # wherever the squares of a scale lie
    assert rim(crowd(1), 10.0, CAMERA) == LIGHT


def test_points_at_one_place_are_a_crowd():
    one = features(point_shapes(np.tile(np.array(EXTENT.center), (50, 1))), {"name": ["x"] * 50})
    assert rim(one, 10.0, CAMERA) == SHADE


def test_the_colour_follows_the_ground_or_the_fill():
    assert rim_color(LIGHT, "#ff0000") == LIGHT
    assert rim_color(LIGHT, "#ff0000", dark=True) == DARK
    shade = rim_color(SHADE, "#3b82c480")
    assert lightness(shade) < lightness("#3b82c4")
    assert shade.endswith("80")


@pytest.mark.parametrize("count", [30, 3000])
def test_no_white_is_seen_on_a_dark_ground_nor_in_a_crowd(count: int):
    layer = Layer("Points", FILE, PointStyle("#0a5c8c", 10))
    view = RenderRequest(CAMERA, (layer,), {layer.id: crowd(count)}, OWN.painters())

    def white(dark: bool) -> int:
        paint = lambda canvas: view.paint_layers(canvas, Silent())  # noqa: E731
        pixels = QtPress(dark=dark).picture(CAMERA.size, paint)
        return int((pixels[:, :, :3] > 225).all(axis=2).sum())

    assert white(dark=True) == 0
    assert (white(dark=False) > 100) is (count == 30)


def test_a_page_is_light_whatever_the_screen_is():
    layer = Layer("Points", FILE, PointStyle("#0a5c8c", 10))
    view = RenderRequest(CAMERA, (layer,), {layer.id: crowd(30)}, OWN.painters())
    paint = lambda canvas: view.paint_layers(canvas, Silent())  # noqa: E731
    assert QtPress(dark=True).png(CAMERA.size, 96, paint) == QtPress().png(CAMERA.size, 96, paint)
