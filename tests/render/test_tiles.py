"""Squares of a view: where they lie, and that they are the pixels of the whole picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisapp.model.geometry import Extent, Pixel, Point, Size
from gisapp.model.layer import Layer
from gisapp.model.progress import Silent
from gisapp.model.style import AreaStyle, LineStyle, PointStyle, ThermalStyle
from gisapp.render import compiled
from gisapp.render.camera import Camera
from gisapp.render.qt_canvas import QtPress, warm_up
from gisapp.render.request import RenderRequest
from gisapp.render.tiles import (
    TILE,
    Frame,
    Scale,
    Sheet,
    Tile,
    TileGrid,
    TileGrids,
    TilePlace,
    boxes_on,
    grown,
    sees_all_of,
)
from tests.own import OWN
from tests.render.scenes import CRS, EXTENT, FILE, Warm, outfalls, rivers, zones

SIZE = Size(900, 620)

cameras = st.builds(
    lambda x, y, resolution, width, height, rotation, ratio: Camera(
        Point(x, y), resolution, Size(width, height), CRS, ratio, rotation
    ),
    st.floats(400_000, 600_000),
    st.floats(2_400_000, 2_700_000),
    st.floats(0.001, 500),
    st.integers(1, 2600),
    st.integers(1, 1700),
    st.sampled_from([0.0, 17.3, 90.0, 200.0, 359.0]),
    st.sampled_from([1.0, 1.25, 2.0]),
)


@given(cameras, st.integers(-3000, 3000), st.integers(-3000, 3000))
def test_squares_cover_any_view_beside_the_first_one(camera: Camera, dx: int, dy: int) -> None:
    grid = TileGrid.around(camera)
    moved = camera.panned(dx, dy)
    places = grid.places(moved)
    left, top = grid.corner(moved)
    for pixel in (left, top), (left + moved.size.width - 1, top + moved.size.height - 1):
        assert (pixel[0] // grid.side.width, pixel[1] // grid.side.height) in places
    assert len(set(places)) == len(places)
    assert set(places) < set(grid.places(moved, 1))


@given(cameras, st.floats(-900, 900), st.floats(-900, 900))
def test_what_is_shown_lies_within_half_a_pixel(camera: Camera, dx: float, dy: float) -> None:
    grid = TileGrid.around(camera)
    moved = camera.panned(dx, dy)
    shift = moved.to_screen(grid.aligned(moved).to_map(Pixel(0, 0)))
    assert abs(shift.x) <= 0.5 + 1e-3
    assert abs(shift.y) <= 0.5 + 1e-3


@given(cameras, st.integers(-900, 900), st.integers(-900, 900))
def test_moved_by_whole_pixels_everything_lies_exactly(camera: Camera, dx: int, dy: int) -> None:
    grid = TileGrid.around(camera)
    moved = camera.panned(dx, dy)
    shift = moved.to_screen(grid.aligned(moved).to_map(Pixel(0, 0)))
    assert shift == pytest.approx((0, 0), abs=1e-3)


@given(cameras)
def test_a_square_has_the_pixels_of_the_aligned_view(camera: Camera) -> None:
    grid = TileGrid.around(camera)
    left, top = grid.corner(camera)
    place = grid.places(camera)[-1]
    corner = grid.aligned(camera).to_screen(grid.camera(place).to_map(Pixel(0, 0)))
    across, down = grid.pixel(place)
    assert corner == pytest.approx((across - left, down - top), abs=1e-4)


def test_squares_come_from_the_middle_outward() -> None:
    camera = Camera(Point(0, 0), 1.0, Size(5 * TILE, 3 * TILE), CRS)
    places = TileGrid.around(camera).places(camera)
    assert len(places) == 15
    assert places[0] == (2, 1)
    assert {*places[-4:]} == {(0, 0), (4, 0), (0, 2), (4, 2)}


def test_a_first_view_needs_no_square_too_many() -> None:
    camera = Camera(Point(3.3, 7.7), 1.0, Size(2 * TILE - 10, TILE + 1), CRS)
    assert len(TileGrid.around(camera).places(camera)) == 4


@given(cameras)
def test_of_a_first_view_nothing_is_painted_that_is_not_seen(camera: Camera) -> None:
    grid = TileGrid.around(camera)
    painted = len(grid.places(camera))
    for seen, side in zip(camera.size, grid.side, strict=True):
        count = max(1, round(seen / side))
        assert side <= TILE
        assert seen < 256 or 0 <= side * count - seen < count  # less than a pixel for each
        painted //= count
    assert painted == 1


def test_there_and_back_is_the_same_grid_and_far_away_is_another() -> None:
    grids = TileGrids()
    camera = Camera(Point(500_000, 2_560_000), 0.7, SIZE, CRS)
    first = grids.of(camera)
    at = Pixel(3, 5)
    there = camera.zoomed(1.5, at)
    assert grids.of(there) != first
    assert grids.of(there.zoomed(1 / 1.5, at)) == first
    assert grids.of(camera.panned(300, 100)) == first
    assert grids.of(camera.panned(30_000, 0)) != first
    assert grids.of(camera.turned(5)) != first


def test_no_more_grids_are_remembered_than_needed() -> None:
    grids = TileGrids()
    camera = Camera(Point(0, 0), 1.0, SIZE, CRS)
    for step in range(3 * TileGrids.MOST):
        grids.of(replace(camera, resolution=1.0 + step))
    assert len(grids._grids) == TileGrids.MOST


def test_a_picture_becomes_a_square_and_a_picture_again() -> None:
    image = np.random.default_rng(1).integers(0, 256, (40, 50, 4)).astype(np.uint8)
    tile = Tile.of(image)
    assert tile is not None
    assert not tile.is_opaque
    assert (tile.image == image).all()
    assert tile.pixels[0, 0] == int.from_bytes(image[0, 0, [2, 1, 0, 3]].tobytes(), "little")
    assert Tile.of(np.zeros_like(image)) is None
    image[:, :, 3] = 255
    solid = Tile.of(image)
    assert solid is not None
    assert solid.is_opaque


def test_of_a_large_sheet_only_the_pieces_with_ink_are_kept() -> None:
    camera = Camera(Point(0, 0), 1.0, Size(900, 700), CRS)
    image = np.zeros((700, 900, 4), np.uint8)
    image[300, 850] = 255
    sheet = Sheet.of(camera, image)
    assert [(left, top) for left, top, _ in sheet.pieces] == [(768, 256)]
    frame = Frame(camera, TileGrid.around(camera), {}, sheet)
    assert (frame.picture() == image).all()
    assert not frame.picture(labels=False).any()
    assert not frame.is_empty


def test_labels_cover_what_is_below_by_their_share() -> None:
    camera = Camera(Point(0, 0), 1.0, Size(TILE, TILE), CRS)
    grid = TileGrid.around(camera)
    red = np.zeros((TILE, TILE, 4), np.uint8)
    red[:] = 200, 0, 0, 255
    half = np.zeros_like(red)
    half[10, 20] = 0, 100, 0, 128
    frame = Frame(camera, grid, {TilePlace(0, 0): Tile.of(red)}, Sheet.of(camera, half))
    picture = frame.picture()
    assert picture[10, 20].tolist() == pytest.approx([100, 100, 0, 255], abs=1)
    assert picture[10, 21].tolist() == [200, 0, 0, 255]


def test_a_wide_picture_holds_a_view_until_it_has_moved_too_far() -> None:
    camera = Camera(Point(0, 0), 1.0, SIZE, CRS)
    wide = grown(camera, 100)
    assert sees_all_of(wide, camera.panned(100, -100))
    assert not sees_all_of(wide, camera.panned(102, 0))
    assert not sees_all_of(wide, camera.turned(1))
    assert not sees_all_of(wide, replace(camera, resolution=1.1))


@given(cameras, st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=6))
def test_boxes_of_places_hold_them(camera: Camera, shares: list[tuple[float, float]]) -> None:
    pixels = np.array(shares) * camera.size
    places = np.array([camera.to_map(Pixel(x, y)) for x, y in pixels])
    boxes = boxes_on(camera, np.concatenate([places, places], axis=1), 3)
    for x, y in pixels:
        assert any(a - 0.01 <= x <= c + 0.01 and b - 0.01 <= y <= d + 0.01 for a, b, c, d in boxes)
    assert all(0 <= a < c <= camera.size.width for a, _, c, _ in boxes)
    far = np.array([[0.0, 0.0, 1.0, 1.0]]) + 1e9
    assert boxes_on(camera, far, 3) == []


@pytest.fixture(scope="module")
def press(qapp) -> QtPress:
    warm_up()
    compiled.load()
    return QtPress()


LAYERS = {
    "points": (outfalls(800), PointStyle(size=9)),
    "lines": (rivers(60), LineStyle(width=1.6)),
    "areas": (zones(), AreaStyle()),
    "thermal": (Warm(), ThermalStyle()),
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize(("rotation", "ratio"), [(0.0, 1.0), (0.0, 2.0), (33.0, 1.0)])
def test_squares_side_by_side_are_the_whole_picture(
    press: QtPress, name: str, rotation: float, ratio: float
) -> None:
    """No symbol is cut, missing or drawn twice where two squares meet."""
    data, style = LAYERS[name]
    layer = Layer(name, FILE, style)
    camera = Camera.fit(Extent(*EXTENT), SIZE, CRS, pixel_ratio=ratio, margin=0.6)
    camera = camera.turned(rotation).panned(13.4, -7.7)
    grid = TileGrid.around(camera)
    camera = grid.aligned(camera.panned(200, 130))
    assert len(grid.places(camera)) >= 4
    assert Scale.of(camera) == grid.scale

    def painted(view: Camera) -> np.ndarray:
        request = RenderRequest(view, (layer,), {layer.id: data}, OWN.painters())
        return press.picture(view.size, lambda canvas: request.paint_layers(canvas, Silent()))

    tiles = {place: Tile.of(painted(grid.camera(place))) for place in grid.places(camera)}
    made = Frame(camera, grid, tiles).picture().astype(int)
    whole = painted(camera).astype(int)
    assert whole.any()
    differs = np.abs(made - whole).max(axis=2) > 0
    # A vertex that lies on the edge of a cell within rounding may fall to either side of it.
    assert differs.mean() <= 1e-4
