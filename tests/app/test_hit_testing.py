"""What is found under a pixel and inside an outline is what shapely finds by looking at all."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gisapp.app.identify import features_in_box, features_in_outline, hits_in_layer
from gisapp.io.vector import read_features
from gisapp.model.features import Features, Shapes
from gisapp.model.geometry import Extent, Pixel, Point, Size
from gisapp.model.layer import Layer, LayerId, Source
from gisapp.model.progress import Cancelled, Silent
from gisapp.model.style import AreaStyle, LineStyle, PointStyle
from gisapp.render import compiled
from gisapp.render.camera import Camera
from gisapp.render.detail_building import build_detail
from tests.model.test_table_detail import detail_of

CRS = "EPSG:4547"
MIDDLE = Point(500_000, 2_500_000)
STYLES = {"point": PointStyle(size=8), "line": LineStyle(width=2), "area": AreaStyle()}


@pytest.fixture(scope="module", autouse=True)
def _loops():
    compiled.load()


def layer(kind: str) -> Layer:
    return Layer("x", Source("geopackage", "x"), STYLES[kind], id=LayerId("x"))


def made(kind: str, seed: int, n: int = 60) -> tuple[Features, np.ndarray]:
    """Features of one to three parts (areas: with a hole of either winding), some of them
    without any place, and the same as shapely geometries."""
    rng = np.random.default_rng(seed)
    coords, starts, owner, geometries = [], [0], [], []
    for number in range(n):
        center = rng.uniform(-100, 100, 2) + MIDDLE
        parts = []
        if kind == "point":
            parts = [center[None]]
            geometries.append(shapely.Point(center))
        elif number % 9 == 8:
            geometries.append(None)
        elif kind == "line":
            parts = [
                center + rng.normal(0, 12, (int(rng.integers(2, 7)), 2))
                for _ in range(1 + number % 3)
            ]
            geometries.append(shapely.MultiLineString(parts))
        else:
            angles = (np.arange(7) + rng.uniform(0, 0.8, 7)) / 7 * 2 * np.pi  # all around
            radius = rng.uniform(4, 25)
            ring = center + radius * np.column_stack([np.cos(angles), np.sin(angles)])
            hole = center + (ring - center) * 0.4
            hole = hole[::-1] if number % 2 else hole
            parts = [np.vstack([ring, ring[:1]]), np.vstack([hole, hole[:1]])]
            geometries.append(shapely.Polygon(parts[0], [parts[1]]).buffer(0))
        for part in parts:
            coords.append(part)
            starts.append(starts[-1] + len(part))
            owner.append(number)
    shapes = Shapes(kind, np.vstack(coords), np.array(starts), np.array(owner))
    ids = np.array([f"f{k}" for k in range(n)], object)
    return Features(CRS, (), ids, {}, shapes), np.array(geometries, object)


def with_detail(features: Features) -> Features:
    features.keep_detail(build_detail(features.shapes, CRS, Silent()))
    return features


kinds = st.sampled_from(["point", "line", "area"])
cameras = st.builds(
    lambda x, y, resolution, turn, ratio: Camera(
        Point(MIDDLE.x + x, MIDDLE.y + y), resolution, Size(300, 200), CRS, ratio, turn
    ),
    st.floats(-80, 80),
    st.floats(-80, 80),
    st.sampled_from([0.05, 0.31, 1.7]),
    st.sampled_from([0.0, 90.0, 33.0, 211.5]),
    st.sampled_from([1.0, 2.0]),
)
pixels = st.builds(Pixel, st.floats(0, 300), st.floats(0, 200))


@settings(max_examples=80, deadline=None)
@given(kinds, st.integers(0, 20), cameras, pixels, st.booleans())
def test_under_a_pixel_is_what_is_near_enough(kind, seed, camera, pixel, indexed):
    features, geometries = made(kind, seed)
    if indexed:
        with_detail(features)
    hits = hits_in_layer(camera, pixel, layer(kind), features, 6.0)
    half = {"point": 4.0, "line": 1.0, "area": 0.0}[kind] * camera.pixel_ratio
    far = shapely.distance(geometries, shapely.Point(camera.to_map(pixel))) / camera.resolution
    edge = np.maximum(far - half, 0)
    assume(not (np.abs(edge - 6.0) < 1e-6).any())
    expected = np.flatnonzero(edge <= 6.0)
    assert {hit.feature for hit in hits} == {f"f{k}" for k in expected}
    for hit in hits:
        assert hit.distance == pytest.approx(edge[int(hit.feature[1:])], abs=1e-4)
    assert [hit.distance for hit in hits] == sorted(hit.distance for hit in hits)


outlines = st.one_of(
    st.lists(st.tuples(st.floats(0, 300), st.floats(0, 200)), min_size=3, max_size=9),
    st.tuples(pixels, pixels).map(
        lambda two: [two[0], (two[1][0], two[0][1]), two[1], (two[0][0], two[1][1])]
    ),
)


@settings(max_examples=100, deadline=None)
@given(kinds, st.integers(0, 20), cameras, outlines, st.booleans())
def test_inside_an_outline_is_what_touches_it(kind, seed, camera, outline, indexed):
    features, geometries = made(kind, seed)
    if indexed:
        with_detail(features)
    outline = np.array(outline)
    corners = [camera.to_map(Pixel(*corner)) for corner in outline.tolist()]
    polygon = shapely.Polygon(corners)
    assume(polygon.is_valid and polygon.area > 1)
    found = features_in_outline(features, camera, outline, Silent())
    sure = shapely.intersects(polygon.buffer(-1e-6), geometries)
    perhaps = shapely.intersects(polygon.buffer(1e-6), geometries)
    assert set(np.flatnonzero(sure)) <= set(found.tolist()) <= set(np.flatnonzero(perhaps))


def test_a_lasso_that_crosses_itself_holds_its_loops_only():
    """A bow tie: what lies beside its middle is in neither loop."""
    camera = Camera(MIDDLE, 1.0, Size(300, 200), CRS)
    bow = np.array([(100, 50), (200, 150), (200, 50), (100, 150)])
    places = np.array([(110, 100), (190, 100), (150, 60), (150, 140)], float)
    xy = np.array([camera.to_map(Pixel(*place)) for place in places])
    ids = np.array(list("abcd"), object)
    shapes = Shapes("point", xy, np.arange(5), np.arange(4))
    found = features_in_outline(Features(CRS, (), ids, {}, shapes), camera, bow, Silent())
    assert found.tolist() == [0, 1]


def test_an_edited_table_is_found_where_it_is_now(outfalls):
    outfalls.keep_detail(detail_of(outfalls.shared_shapes(CRS)))
    now = outfalls.with_rows({"A1": {"geometry": shapely.Point(114, 30)}, "A2": None})
    place = Point(*now.shapes_in(CRS).coords[0])
    camera = Camera(place, 1.0, Size(300, 200), CRS)
    (hit,) = hits_in_layer(camera, Pixel(150, 100), layer("point"), now, 6.0)
    assert hit.feature == "A1"
    everywhere = Extent(-1e7, -1e7, 1e7, 1e7)
    assert features_in_box(now, CRS, everywhere).tolist() == [0]


def test_choosing_among_very_many_can_be_stopped(monkeypatch):
    monkeypatch.setattr("gisapp.app.identify.AT_ONCE", 20)
    features, _ = made("line", 1)
    camera = Camera(MIDDLE, 1.0, Size(300, 200), CRS)
    outline = np.array([(0, 0), (300, 0), (200, 199), (0, 200.0)])
    told = []

    class Stop:
        def report(self, fraction: float, message: str = "") -> None:
            told.append(fraction)
            if len(told) == 3:
                raise Cancelled

    with pytest.raises(Cancelled):
        features_in_outline(features, camera, outline, Stop())
    assert told == sorted(told)
    whole = features_in_outline(features, camera, outline, Silent())
    monkeypatch.setattr("gisapp.app.identify.AT_ONCE", 10**6)
    assert whole.tolist() == features_in_outline(features, camera, outline, Silent()).tolist()


@pytest.mark.real_data
def test_real_catchments_with_holes(shared_data):
    features = read_features(shared_data / "rivers/iceland/merit_basins27_catchments.parquet")
    features.keep_detail(build_detail(features.shapes, features.crs, Silent()))
    extent = features.shapes.extent
    camera = Camera.fit(extent, Size(900, 600), features.crs)
    geometries = None
    import geopandas as gpd

    geometries = gpd.read_parquet(
        shared_data / "rivers/iceland/merit_basins27_catchments.parquet"
    ).geometry.to_numpy()
    for x, y in np.random.default_rng(3).uniform((0, 0), (900, 600), (40, 2)):
        place = shapely.Point(camera.to_map(Pixel(x, y)))
        hits = hits_in_layer(camera, Pixel(x, y), layer("area"), features, 0.0)
        expected = np.flatnonzero(shapely.intersects(geometries, place))
        assert {hit.feature for hit in hits} == {str(features.ids[k]) for k in expected}
