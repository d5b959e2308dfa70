from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gisapp.model.detail import Detail
from gisapp.model.features import Shapes, point_shapes
from gisapp.model.geometry import Extent
from gisapp.model.progress import Cancelled, Silent
from gisapp.render import compiled
from gisapp.render.detail_building import build_detail
from tests.render.scenes import CRS


@pytest.fixture(autouse=True, scope="module")
def loops():
    return compiled.load()


def wandering(seed: int, count: int = 300, kind: str = "line", fine: int = 60) -> Shapes:
    """Made-up lines or rings of a few to many vertices, some of them in several parts."""
    chance = np.random.default_rng(seed)
    parts, owner = [], []
    for number in range(count):
        middle = chance.uniform(0, 20_000, 2) + np.array([500_000, 3_000_000])
        for _ in range(int(chance.integers(1, 3))):
            steps = int(chance.integers(4, fine))
            if kind == "area":
                turn = np.linspace(0, 2 * np.pi, steps)
                reach = chance.uniform(2, 400) * (1 + 0.3 * np.sin(5 * turn))
                part = middle + np.column_stack([np.cos(turn), np.sin(turn)]) * reach[:, None]
                part[-1] = part[0]
            else:
                part = middle + np.cumsum(chance.normal(0, chance.uniform(0.5, 60), (steps, 2)), 0)
            parts.append(part)
            owner.append(number)
    starts = np.cumsum([0, *map(len, parts)])
    return Shapes(kind, np.concatenate(parts), starts, np.array(owner))


def boxes_of(shapes: Shapes) -> dict[int, tuple[float, float, float, float]]:
    found: dict[int, list[np.ndarray]] = {}
    for part, number in enumerate(shapes.owner.tolist()):
        some = shapes.coords[shapes.starts[part] : shapes.starts[part + 1]]
        if len(some) and np.isfinite(some).all():
            found.setdefault(number, []).append(some)
    return {n: (*np.vstack(v).min(0), *np.vstack(v).max(0)) for n, v in found.items()}


def parts_of(detail: Detail, resolution: float) -> dict[int, list[np.ndarray]]:
    """Number of the feature to its parts in map coordinates."""
    level = detail.level(resolution)
    found = {}
    for i, place in enumerate(level.kept.tolist()):
        found[int(detail.arrays["order"][place])] = [
            level.coords[level.starts[p] : level.starts[p + 1]] * level.quantum + level.origin
            for p in range(level.parts[i], level.parts[i + 1])
        ]
    return found


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 1), st.floats(0, 1), st.floats(0.001, 1.5))
def test_what_touches_the_view_is_found_and_nothing_else(seed, x, y, side) -> None:
    shapes = wandering(seed, 400)
    detail = build_detail(shapes, CRS, Silent())
    left, bottom = 499_000 + x * 20_000, 2_999_000 + y * 20_000
    view = Extent(left, bottom, left + side * 20_000, bottom + side * 20_000)
    expected = [
        number
        for number, (west, south, east, north) in boxes_of(shapes).items()
        if west <= view.right and east >= view.left and south <= view.top and north >= view.bottom
    ]
    assert detail.features_in(view).tolist() == expected
    chosen = np.empty(len(detail), np.int64)
    level = detail.level(0)
    arrays = detail.arrays
    blocks, boxes, order = (arrays[name] for name in ("blocks", "boxes", "order"))
    curve = detail.regions, blocks, boxes, order, detail.facts["placed"]
    of_level, sizes = (level.firsts, level.kept, level.parts, level.starts), np.empty(2, np.int64)
    count = compiled.load().choose(*curve, *of_level, *view, chosen, sizes)
    found = chosen[:count]
    assert np.array_equal(level.kept[found], detail.places_in(view))
    first, last = level.parts[found], level.parts[found + 1]
    assert sizes[0] == (last - first).sum()
    assert sizes[1] == (level.starts[last] - level.starts[first]).sum()


@pytest.mark.parametrize("kind", ["line", "area"])
@pytest.mark.parametrize("seed", [1, 2])
def test_no_line_is_half_a_pixel_off_at_any_level(kind, seed) -> None:
    shapes = wandering(seed, kind=kind)
    detail = build_detail(shapes, CRS, Silent())
    assert detail.facts["pixels"]
    exact = parts_of(detail, 0)
    for pixel in detail.facts["pixels"]:
        thinned = parts_of(detail, pixel * 1.0001)
        assert len(thinned) > 0
        for number, parts in thinned.items():
            mine = shapely.MultiLineString([part for part in parts if len(part) > 1])
            for part in exact[number]:
                if kind == "area" and np.ptp(part, axis=0).max() < pixel:
                    continue  # stands as a rectangle, or is too small to be seen
                away = shapely.distance(shapely.points(part), mine)
                assert away.max() < pixel / 2


def test_the_finest_level_is_what_it_was() -> None:
    shapes = wandering(3)
    parts = parts_of(build_detail(shapes, CRS, Silent()), 0)
    for number in range(300):
        mine = [
            shapes.coords[shapes.starts[p] : shapes.starts[p + 1]]
            for p in np.flatnonzero(shapes.owner == number)
        ]
        assert len(mine) == len(parts[number])
        assert all(np.array_equal(a, b) for a, b in zip(mine, parts[number], strict=True))


def test_a_small_area_keeps_its_size_when_it_becomes_a_rectangle() -> None:
    shapes = wandering(4, 2000, "area", fine=200)
    detail = build_detail(shapes, CRS, Silent())
    exact, coarse = parts_of(detail, 0), parts_of(detail, 1e9)
    pixel = detail.facts["pixels"][-1]
    seen = 0
    for number, parts in coarse.items():
        one = exact[number][0]
        if np.ptp(one, axis=0).max() < 0.6 * pixel and len(parts[0]) == 5:
            seen += 1
            expected = shapely.Polygon(one).area
            quantum = pixel / 32
            assert shapely.Polygon(parts[0]).area == pytest.approx(
                expected, abs=4 * quantum * (quantum + np.sqrt(expected))
            )
    assert seen > 20


def test_tiny_ones_in_one_cell_are_one_and_none_is_lost_without_another() -> None:
    chance = np.random.default_rng(5)
    middles = chance.uniform(0, 50_000, (400, 2))[chance.integers(0, 400, 20_000)]
    coords = (middles[:, None] + chance.uniform(-1, 1, (20_000, 3, 2))).reshape(-1, 2)
    shapes = Shapes("line", coords, np.arange(20_001) * 3, np.arange(20_000))
    detail = build_detail(shapes, CRS, Silent())
    level = detail.level(1e9)
    assert len(level.kept) < 20_000
    left = shapely.points(middles[detail.arrays["order"][level.kept]])
    away = shapely.STRtree(left).query_nearest(shapely.points(middles), return_distance=True)[1]
    assert away.max() < level.pixel


def test_what_has_no_place_is_nowhere_and_harms_nobody() -> None:
    line = np.array([[0.0, 0], [10, 10], [20, 0]])
    bad = np.array([[0.0, 0], [np.nan, 10], [np.inf, 0]])
    coords = np.vstack([line, bad, line + 5, bad, line + 100])
    starts = np.array([0, 3, 6, 6, 9, 12, 15])
    shapes = Shapes("line", coords, starts, np.array([0, 1, 1, 2, 4, 5]))
    detail = build_detail(shapes, CRS, Silent())
    assert len(detail) == 6
    everything = Extent(-1e9, -1e9, 1e9, 1e9)
    assert detail.features_in(everything).tolist() == [0, 2, 5]
    assert np.isnan(detail.arrays["boxes"][3:]).all()
    assert detail.facts["placed"] == 3


@pytest.mark.parametrize("kind", ["point", "line", "area"])
def test_nothing_at_all_is_no_trouble(kind) -> None:
    nothing = Shapes(kind, np.empty((0, 2)), np.zeros(1, np.int64), np.empty(0, np.int64))
    detail = build_detail(nothing, CRS, Silent())
    assert len(detail) == 0
    assert not len(detail.features_in(Extent(-1, -1, 1, 1)))
    same = point_shapes(np.full((300, 2), 7.0))
    assert len(build_detail(same, CRS, Silent()).features_in(Extent(7, 7, 7, 7))) == 300


def test_it_is_arrays_and_plain_facts() -> None:
    detail = build_detail(wandering(6), CRS, Silent())
    kept = {name: array.tobytes() for name, array in detail.arrays.items()}
    read = {
        name: np.frombuffer(kept[name], array.dtype).reshape(array.shape)
        for name, array in detail.arrays.items()
    }
    again = Detail(detail.kind, detail.crs, read, json.loads(json.dumps(dict(detail.facts))))
    for resolution in (0.0, 20.0, 200.0):
        one, other = parts_of(detail, resolution), parts_of(again, resolution)
        assert one.keys() == other.keys()
        assert all(np.array_equal(a, b) for n in one for a, b in zip(one[n], other[n], strict=True))
    assert all(array.flags.c_contiguous for array in detail.arrays.values())


def test_building_stops_when_told_to() -> None:
    class Stopped:
        asked = 0

        def report(self, fraction: float, message: str = "") -> None:
            self.asked += 1
            if self.asked > 3:
                raise Cancelled

    with pytest.raises(Cancelled):
        build_detail(wandering(7), CRS, Stopped())
