"""Squares of rasters that are filled straight from the cells are those that painters draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gisapp.io.raster import open_raster
from gisapp.io.raster_kernels import load
from gisapp.model.geometry import Point, Size
from gisapp.model.layer import Layer, Source
from gisapp.model.progress import Silent
from gisapp.model.style import Isotherm, PictureStyle, Style, ThermalStyle
from gisapp.render import compiled, compiled_tiles
from gisapp.render.camera import Camera
from gisapp.render.painters import paint_picture, paint_thermal
from gisapp.render.qt_canvas import QtPress, warm_up
from gisapp.render.raster_squares import fill
from gisapp.render.states import EMPTY, OPAQUE, SOME
from gisapp.render.tiles import Tile
from tests.io.test_raster import write

SILENT = Silent()
PAINTERS = {ThermalStyle: paint_thermal, PictureStyle: paint_picture}
ISOTHERMS = (Isotherm(18.0, 22.0, "#00ff0080"), Isotherm(None, 9.0, "#0000ff"))


@pytest.fixture(scope="module", autouse=True)
def warm(qapp) -> None:
    warm_up()
    compiled.load()
    load()


@pytest.fixture
def rasters(tmp_path: Path) -> Iterator[dict[str, Any]]:
    rng = np.random.default_rng(3)
    cells = rng.normal(15, 8, (700, 800)).astype(np.float32)
    cells[300:360, 380:420], cells[0, 0] = np.nan, np.inf
    made = {
        "thermal": open_raster(write(tmp_path / "a.tif", cells, tiled=True)),
        "picture": open_raster(
            write(tmp_path / "b.tif", rng.integers(0, 256, (3, 700, 800), "u1"))
        ),
        "clear": open_raster(write(tmp_path / "c.tif", rng.integers(0, 256, (4, 700, 800), "u1"))),
    }
    yield made
    for each in made.values():
        each.close()


def square(style: Style, raster: Any, camera: Camera) -> tuple[Any, int] | None:
    layer = Layer("a", Source("geotiff", "a.tif"), style)
    memory = np.full(camera.size[::-1], 0x12345678, np.uint32)
    painter = PAINTERS[type(style)]
    return fill(painter, layer, raster, camera, lambda: memory, SILENT)


def painted(style: Style, raster: Any, camera: Camera) -> Tile | None:
    layer = Layer("a", Source("geotiff", "a.tif"), style)
    painter = PAINTERS[type(style)]
    draw = lambda canvas: painter(layer, raster, camera, canvas, SILENT)  # noqa: E731
    return Tile.of(QtPress().picture(camera.size, draw))


def camera_on(raster: Any, cells: float, shift: float = 0.0) -> Camera:
    """Over the middle of the file (moved by a share of it), with pixels of so many cells."""
    extent = raster.extent
    x, y = extent.center
    at = Point(x + shift * extent.width, y)
    return Camera(at, cells * extent.width / raster.size.width, Size(300, 200), raster.crs)


@pytest.mark.parametrize("cells", [0.13, 0.77, 1.0, 1.6])
@pytest.mark.parametrize("shift", [0.0, 0.25, 0.5])
@pytest.mark.parametrize(
    ("name", "style"),
    [
        ("thermal", ThermalStyle("inferno", 5, 25)),
        ("thermal", ThermalStyle("gray", 5, 25, isotherms=ISOTHERMS)),
        ("picture", PictureStyle()),
        ("clear", PictureStyle()),
    ],
)
def test_as_the_painter_draws_it(rasters, name, style, shift, cells):
    raster = rasters[name]
    camera = camera_on(raster, cells, shift)
    found, known = square(style, raster, camera), painted(style, raster, camera)
    assert found is not None
    assert known is not None
    pixels, state = found
    assert state == (OPAQUE if known.is_opaque else SOME)
    assert (pixels == known.pixels).all()


def test_beside_the_file_nothing_is_there(rasters):
    found = square(PictureStyle(), rasters["picture"], camera_on(rasters["picture"], 1.0, 3.0))
    assert found is not None
    assert found[1] == EMPTY
    assert not found[0].any()


def test_what_it_cannot_do_is_left_to_the_painter(rasters, monkeypatch):
    raster = rasters["thermal"]
    camera = camera_on(raster, 0.7)
    style = ThermalStyle("inferno", 5, 25)
    assert square(style, raster, replace(camera, rotation=20.0)) is None
    assert square(style, object(), camera) is None
    monkeypatch.setattr(compiled_tiles, "_loaded", None)
    assert square(style, raster, camera) is None
