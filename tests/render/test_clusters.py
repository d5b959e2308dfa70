"""Clusters: no point is lost or counted twice, and every tile shows the same ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.model.features import point_shapes
from gisapp.model.geometry import Extent, Pixel, Point, Size
from gisapp.model.layer import Layer
from gisapp.model.progress import Silent
from gisapp.model.style import PointStyle
from gisapp.model.survey import OUTFALL_STYLE
from gisapp.model.text import use_language
from gisapp.render.camera import Camera
from gisapp.render.clusters import CELL, cluster_at, clusters_in, draw_clusters, shown
from gisapp.render.detail_building import build_detail
from gisapp.render.painters import paint_points
from tests.render.recording import Recording
from tests.render.scenes import CRS, EXTENT, FILE, ORIGIN, features, outfalls

STYLE = replace(OUTFALL_STYLE, cluster=True)
CAMERA = Camera.fit(EXTENT, Size(800, 600), CRS)
FAR = Camera.fit(EXTENT.grown(1000), Size(800, 600), CRS)


def seen(camera: Camera, data, style: PointStyle = STYLE):
    """Of the clusters: middle, count and shares, by their place."""
    found = clusters_in(data, style, camera)
    return {
        tuple(center): (count, tuple(shares))
        for center, count, shares in zip(
            found.centers.tolist(), found.counts.tolist(), found.shares.tolist(), strict=True
        )
    }


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 900), st.integers(0, 5), st.floats(0.3, 9), st.sampled_from([0.0, 25.0]))
def test_the_numbers_add_up(count, seed, zoom, rotation) -> None:
    data = outfalls(count, seed)
    camera = replace(FAR, resolution=FAR.resolution * zoom).turned(rotation)
    if zoom < 1.3:
        camera = replace(camera, size=Size(4000, 4000))
    found = clusters_in(data, STYLE, camera)
    everything = np.concatenate([found.rows, found.members])
    assert sorted(everything.tolist()) == list(range(count))
    assert found.counts.sum() + len(found.rows) == count
    assert (found.counts >= 2).all()
    assert (found.shares.sum(axis=1) == found.counts).all()


def test_points_apart_are_no_cluster_and_points_on_each_other_are_one() -> None:
    at = np.array([[100.0, 100], [400, 400], [402, 400], [401, 403], [800, 100]]) + ORIGIN
    found = clusters_in(features(point_shapes(at), {}), PointStyle(cluster=True), CAMERA)
    assert found.rows.tolist() == [0, 4]
    assert [found.rows_of(c).tolist() for c in range(len(found))] == [[1, 2, 3]]


@settings(deadline=None, max_examples=10)
@given(
    st.integers(0, 5), st.integers(-400, 400), st.integers(-400, 400), st.sampled_from([0.0, 30.0])
)
def test_clusters_do_not_depend_on_where_the_view_or_a_tile_begins(seed, dx, dy, rotation) -> None:
    data, camera = outfalls(1500, seed), CAMERA.turned(rotation)
    whole, moved = seen(camera, data), seen(camera.panned(dx, dy), data)
    for center in whole.keys() & moved.keys():
        assert whole[center] == moved[center]
    at = {center: camera.panned(dx, dy).to_screen(Point(*center)) for center in whole}
    for center, pixel in at.items():
        if 0 <= pixel.x < 800 and 0 <= pixel.y < 600:
            assert center in moved


def test_tiles_side_by_side_show_one_picture(press) -> None:
    data = outfalls(1500)
    whole = press.picture(
        CAMERA.size, lambda c: draw_clusters(clusters_in(data, STYLE, CAMERA), STYLE, CAMERA, c)
    )
    assert whole.any()
    for left, top in ((0, 0), (400, 0), (0, 300), (400, 300)):
        part = CAMERA.part(left, top, 400, 300)

        def draw(canvas, part=part) -> None:
            draw_clusters(clusters_in(data, STYLE, part), STYLE, part, canvas)

        tile = press.picture(part.size, draw).astype(int)
        away = abs(tile - whole[top : top + 300, left : left + 400].astype(int))
        assert (away > 24).mean() < 0.0005


def test_clusters_lie_in_their_cells_and_never_on_each_other() -> None:
    found = clusters_in(outfalls(20_000), STYLE, CAMERA)
    cell = CELL * CAMERA.resolution
    reach = found.sizes / 2 * CAMERA.resolution
    low = (found.centers - reach[:, None]) / cell
    high = (found.centers + reach[:, None]) / cell
    assert (np.floor(low + 1e-9) == np.floor(high - 1e-9)).all()


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_what_is_drawn_has_the_number_and_the_colours(ratio) -> None:
    data = outfalls(300)
    camera = FAR.resized(Size(int(800 * ratio), int(600 * ratio)), ratio)
    found = clusters_in(data, STYLE, camera)
    canvas = Recording(camera.size)
    draw_clusters(found, STYLE, camera, canvas)
    assert sorted(canvas.texts) == sorted(str(n) for n in found.counts.tolist())
    colors = {told[2] for told in canvas.all("areas")[1:]}
    used = {
        category.color
        for category, n in zip(STYLE.categories, found.shares.sum(axis=0), strict=False)
        if n
    }
    assert colors == used


def test_a_click_finds_the_cluster_and_where_its_members_are() -> None:
    data = outfalls(1500)
    found = clusters_in(data, STYLE, CAMERA)
    for number in range(0, len(found), 7):
        at = CAMERA.to_pixels(found.centers[number : number + 1])[0]
        hit = cluster_at(data, STYLE, CAMERA, Pixel(*at))
        assert hit is not None
        rows, extent = hit
        assert rows.tolist() == found.rows_of(number).tolist()
        members = data.shapes.coords[rows]
        assert extent == Extent(*members.min(axis=0).tolist(), *members.max(axis=0).tolist())
    empty = features(data.shapes, {})
    assert cluster_at(empty, STYLE, CAMERA, Pixel(-500, -500)) is None


@pytest.mark.parametrize(
    ("count", "en", "zh"),
    [(2, "2", "2"), (9999, "9999", "9999"), (12_345, "12k", "1.2万"), (1_000_000, "1.0M", "100万")],
)
def test_long_numbers_are_short(count, en, zh) -> None:
    assert shown(count) == en
    use_language("zh_CN")
    try:
        assert shown(count) == zh
    finally:
        use_language("en")


def test_prepared_geometry_gives_the_same_clusters(with_loops) -> None:
    plain, quick = outfalls(1500), outfalls(1500)
    quick.keep_detail(build_detail(quick.shapes_in(CRS), CRS, Silent()))
    assert seen(CAMERA, plain) == seen(CAMERA, quick)
    assert (clusters_in(plain, STYLE, CAMERA).rows == clusters_in(quick, STYLE, CAMERA).rows).all()


def test_the_painter_draws_single_points_as_they_look_and_the_others_as_discs() -> None:
    data, canvas = outfalls(1500), Recording(CAMERA.size)
    found = clusters_in(data, STYLE, CAMERA)
    paint_points(Layer("Outfalls", FILE, STYLE), data, CAMERA, canvas, Silent())
    assert sum(len(told[1]) for told in canvas.all("symbols")) == len(found.rows)
    assert sorted(map(int, canvas.texts)) == sorted(found.counts.tolist())
    assert {told[2] for told in canvas.all("symbols")} == {"circle", "triangle"}


@pytest.mark.parametrize("prepared", [False, True])
def test_a_symbol_over_the_edge_of_a_square_is_painted_on_both(with_loops, prepared) -> None:
    """Squares end where cells end: half of the symbol lies in the next cell."""
    corner = np.ceil(ORIGIN / CELL) * CELL
    data = features(point_shapes(corner[None] + (-3.0, 100.0)), {})
    if prepared:
        shapes = data.shapes_in(CRS)
        data.keep_detail(build_detail(shapes, CRS, Silent()))
    beside = Camera(Point(*(corner + 256)), 1.0, Size(512, 512), CRS)
    assert clusters_in(data, PointStyle(cluster=True), beside).rows.tolist() == [0]
