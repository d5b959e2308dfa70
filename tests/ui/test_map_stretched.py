"""The last picture, nearer or farther: every pixel shows the one of it that lies there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QImage, QPainter

from gisapp.model.geometry import Pixel, Point, Size
from gisapp.render import compiled
from gisapp.render.camera import Camera
from gisapp.render.tiles import Frame, Sheet, Tile, TileGrid
from gisapp.ui import map_stretched
from gisapp.ui.map_stretched import StretchedFrame

GROUND = 0xFFE4E7EA
VIEW = Camera(Point(500_000.0, 2_500_000.0), 10.0, Size(700, 400), "EPSG:4547")


@pytest.fixture(autouse=True)
def loops(qapp) -> None:
    compiled.load()


def frame_of(*, opaque: bool, names: bool = False) -> Frame:
    """Squares whose pixels all differ; one of them is missing."""
    grid = TileGrid.around(VIEW)
    grid = TileGrid(grid.scale, grid.origin, Size(256, 200))
    chance, tiles = np.random.default_rng(7), {}
    for place in grid.places(VIEW):
        pixels = chance.integers(0, 1 << 24, (200, 256), dtype=np.uint32) | np.uint32(0xFF000000)
        if not opaque:
            pixels[:, 128:] = 0
        tiles[place] = Tile(pixels, opaque)
    tiles[grid.places(VIEW)[-1]] = None
    labels = None
    if names:
        image = np.zeros((400, 700, 4), np.uint8)
        image[100:130, 200:260] = (0, 0, 200, 255)
        labels = Sheet.of(grid.aligned(VIEW), image)
    return Frame(VIEW, grid, tiles, labels)


def shown(frame: Frame, camera: Camera, ground: int = GROUND) -> tuple[bool, np.ndarray]:
    image = QImage(*camera.size, QImage.Format.Format_RGB32)
    image.fill(0xFF123456)
    painter = QPainter(image)
    done = StretchedFrame().paint(painter, frame, camera, ground)
    painter.end()
    flat = np.frombuffer(image.constBits(), np.uint32).reshape(camera.size.height, -1)
    return done, flat.copy()


def expected(frame: Frame, camera: Camera, x: int, y: int) -> int:
    """The pixel of the frame below the middle of a pixel of the view."""
    place = camera.to_map(Pixel(x + 0.5, y + 0.5))
    step = frame.grid.scale.resolution
    across = (place.x - frame.grid.origin.x) / step
    down = (frame.grid.origin.y - place.y) / step
    for square, tile in frame.tiles.items():
        left, top = frame.grid.pixel(square)
        column, row = across - left, down - top
        if 0 <= column < 256 and 0 <= row < 200:
            found = GROUND if tile is None else int(tile.pixels[int(row), int(column)])
            return found or GROUND
    return GROUND


@settings(max_examples=40, deadline=None)
@given(st.floats(0.05, 20.0), st.floats(-300, 300), st.floats(-200, 200), st.booleans(), st.data())
def test_each_pixel_is_one_of_the_last_picture(factor, right, down, opaque, data) -> None:
    frame = frame_of(opaque=opaque)
    camera = VIEW.zoomed(factor, Pixel(350, 200)).panned(right, down)
    done, pixels = shown(frame, camera)
    assert done
    scale = frame.grid.scale.resolution / camera.resolution
    for _ in range(12):
        x, y = data.draw(st.integers(0, 699)), data.draw(st.integers(0, 399))
        near = {
            expected(frame, camera, min(max(x + dx, 0), 699), min(max(y + dy, 0), 399))
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
        }  # at the edge of a pixel rounding decides
        if scale >= 2:
            assert int(pixels[y, x]) in near
        elif int(pixels[y, x]) != GROUND:
            assert int(pixels[y, x]) >= 0xFF000000


def test_at_twice_the_size_every_pixel_is_seen_four_times() -> None:
    frame = frame_of(opaque=True)
    frame.tiles.pop(frame.grid.places(VIEW)[-1])
    camera = frame.grid.aligned(VIEW).zoomed(2, Pixel(350, 200))
    _, pixels = shown(frame, camera)
    assert (pixels[::2] == pixels[1::2]).all()
    assert (pixels[:, ::2] == pixels[:, 1::2]).all()
    assert len(np.unique(pixels[100:200:2, 100:300:2])) > 4000


def test_names_lie_over_the_layers_and_grow_with_them() -> None:
    frame = frame_of(opaque=True, names=True)
    camera = VIEW.zoomed(2, Pixel(200, 100))
    _, pixels = shown(frame, camera)
    name = np.argwhere(pixels == 0xFF0000C8)
    assert np.ptp(name[:, 0]) == pytest.approx(59, abs=1)
    assert np.ptp(name[:, 1]) == pytest.approx(119, abs=1)


def test_on_no_ground_what_is_below_shows_through() -> None:
    frame = frame_of(opaque=False)
    _, pixels = shown(frame, VIEW.zoomed(2, Pixel(350, 200)), ground=0)
    assert (pixels == 0xFF123456).any()
    assert (pixels != 0xFF123456).any()


def test_what_cannot_be_stretched_is_left_to_others(monkeypatch) -> None:
    frame = frame_of(opaque=True)
    done, pixels = shown(frame, VIEW.turned(20))
    assert not done
    assert (pixels == 0xFF123456).all()
    monkeypatch.setattr(map_stretched, "loops", lambda: None)
    assert not shown(frame, VIEW.zoomed(2, Pixel(0, 0)))[0]
    assert QColor(GROUND).alpha() == 255
