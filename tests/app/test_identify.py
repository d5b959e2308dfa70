"""What lies under a pixel: exact for every kind of geometry, fast over many points."""

from __future__ import annotations

from time import thread_time

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.app.identify import features_in_box, hits_in_layer, identify, nearest_on_line
from gisapp.model.features import Features, Shapes, point_shapes
from gisapp.model.geometry import Extent, Pixel, Point, Size
from gisapp.model.layer import Layer, LayerId, Source
from gisapp.model.style import AreaStyle, LineStyle, PointStyle, ThermalStyle
from gisapp.render.camera import Camera

CRS = "EPSG:4547"
CAMERA = Camera(Point(500_000, 2_500_000), 1.0, Size(200, 200), CRS)  # 1 m a pixel
CENTER = Pixel(100, 100)


def layer(name: str, style, visible: bool = True) -> Layer:
    return Layer(name, Source("geopackage", name), style, visible=visible, id=LayerId(name))


def features(shapes: Shapes) -> Features:
    n = len(shapes.owner) and int(shapes.owner[-1]) + 1
    ids = np.array([f"f{i}" for i in range(n)], object)
    return Features(CRS, (), ids, {}, shapes)


def points(*offsets: tuple[float, float]) -> Features:
    return features(point_shapes(np.array(offsets) + CAMERA.center))


def rings(*parts, owner=None, kind="area") -> Features:
    coords = np.vstack([np.array(part, float) for part in parts]) + CAMERA.center
    starts = np.cumsum([0, *map(len, parts)])
    return features(Shapes(kind, coords, starts, np.array(owner or range(len(parts)))))


SQUARE = [(-50, -50), (50, -50), (50, 50), (-50, 50), (-50, -50)]
HOLE = [(-10, -10), (10, -10), (10, 10), (-10, 10), (-10, -10)]


class Water:
    crs, unit, is_picture = CRS, "°C", False

    def value_at(self, point: Point, crs: str) -> float | None:
        return 17.4 if point.x < CAMERA.center.x + 5 else None


def test_points_count_from_the_edge_of_their_symbol():
    dots = layer("dots", PointStyle(size=10))
    data = points((0, 0), (9, 0), (20, 0))
    hits = hits_in_layer(CAMERA, CENTER, dots, data, 6)
    assert [(hit.feature, hit.distance) for hit in hits] == [("f0", 0), ("f1", 4)]


def test_lines_by_the_distance_to_the_segment():
    line = layer("line", LineStyle(width=2))
    data = rings([(-100, -5), (100, -5)], [(-100, 40), (100, 40)], kind="line")
    hits = hits_in_layer(CAMERA, CENTER, line, data, 6)
    assert [(hit.feature, hit.distance) for hit in hits] == [("f0", 4)]


def test_holes_are_holes():
    area = layer("area", AreaStyle())
    data = rings(SQUARE, HOLE, owner=[0, 0])
    assert hits_in_layer(CAMERA, CENTER, area, data, 6) == []
    on_ring = hits_in_layer(CAMERA, Pixel(130, 100), area, data, 6)
    assert [(hit.feature, hit.distance) for hit in on_ring] == [("f0", 0)]


def test_what_one_aims_at_comes_before_the_grid_and_the_areas_that_are_everywhere():
    layers = [
        layer("water", ThermalStyle()),
        layer("area", AreaStyle()),
        layer("line", LineStyle(width=2)),
        layer("dots", PointStyle(size=10)),
        layer("hidden", PointStyle(), visible=False),
    ]
    data = {
        LayerId("water"): Water(),
        LayerId("area"): rings(SQUARE),
        LayerId("line"): rings([(-100, 0), (100, 0)], kind="line"),
        LayerId("dots"): points((0, 0), (0, 8)),
        LayerId("hidden"): points((0, 0)),
    }
    hits = identify(CAMERA, CENTER, layers, data)
    assert [hit.layer for hit in hits] == ["dots", "line", "dots", "water", "area"]
    assert (hits[3].value, hits[3].unit) == (17.4, "°C")


def test_of_symbols_that_cover_each_other_the_one_that_is_seen_comes_first():
    """A small point below a large one of a higher layer, nearer to the place but hidden."""
    layers = [layer("small", PointStyle(size=8)), layer("large", PointStyle(size=24))]
    data = {LayerId("small"): points((0, 0)), LayerId("large"): points((12, 0), (9, 0))}
    hits = identify(CAMERA, CENTER, layers, data)
    assert [(hit.layer, hit.feature) for hit in hits] == [
        ("large", "f1"), ("large", "f0"), ("small", "f0"),
    ]  # fmt: skip
    small_alone = identify(CAMERA, Pixel(96, 100), layers, data)  # it looks out from below there
    assert [hit.layer for hit in small_alone][:1] == ["small"]


def test_of_equals_the_topmost_layer_comes_first():
    layers = [layer("below", PointStyle()), layer("above", PointStyle())]
    data = {LayerId("below"): points((0, 0)), LayerId("above"): points((0, 0))}
    assert [hit.layer for hit in identify(CAMERA, CENTER, layers, data)] == ["above", "below"]


cm = st.integers(-8000, 8000).map(lambda n: n / 100)


@given(
    st.lists(st.tuples(cm, cm), min_size=2, max_size=12),
    st.tuples(cm, cm),
)
@settings(max_examples=100, deadline=None)
def test_nearest_place_on_a_line_is_shapelys(line, place):
    foot, _, distance = nearest_on_line(np.array(line), Point(*place))
    assert distance == pytest.approx(
        shapely.LineString(line).distance(shapely.Point(place)), abs=1e-6
    )
    assert shapely.LineString(line).distance(shapely.Point(foot)) < 1e-6


@given(st.floats(-60, 60), st.floats(-60, 60))
@settings(max_examples=100, deadline=None)
def test_containment_is_shapelys(x, y):
    polygon = shapely.Polygon(SQUARE, [HOLE])
    data = rings(SQUARE, HOLE, owner=[0, 0])
    pixel = CAMERA.to_screen(Point(CAMERA.center.x + x, CAMERA.center.y + y))
    hits = hits_in_layer(CAMERA, pixel, layer("area", AreaStyle()), data, 0.0)
    edge = polygon.boundary.distance(shapely.Point(x, y)) < 1e-3
    assert edge or bool(hits) == polygon.contains(shapely.Point(x, y))


def test_box_takes_what_it_touches_not_what_its_frame_touches():
    """The bend of an L has a frame that covers the box, but the L itself does not."""
    ell = [(-50, -50), (-50, 50), (50, 50)]
    data = rings(ell, [(-5, 0), (5, 0)], kind="line")
    center = CAMERA.center
    box = Extent(center.x - 20, center.y - 20, center.x + 20, center.y + 20)
    assert features_in_box(data, CRS, box).tolist() == [1]


def test_fast_over_200_000_points():
    xy = np.random.default_rng(1).uniform(-5000, 5000, (200_000, 2))
    data = features(point_shapes(xy + CAMERA.center))
    dots = layer("dots", PointStyle())
    times = []
    for _ in range(9):
        start = thread_time()
        identify(CAMERA, CENTER, [dots], {dots.id: data})
        times.append(thread_time() - start)
    assert sorted(times)[2] < 0.010


def test_pixels_of_a_sharp_screen_are_smaller():
    sharp = Camera(CAMERA.center, 0.5, Size(400, 400), CRS, pixel_ratio=2.0)
    data = points((9, 0))
    hits = hits_in_layer(sharp, Pixel(200, 200), layer("d", PointStyle(size=10)), data, 12)
    assert hits[0].distance == pytest.approx(8)  # device pixels from the edge
