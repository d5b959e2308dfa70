"""The search for plumes on rivers made by hand and by chance; all of them synthetic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from affine import Affine
from gisapp_plugins.outfall_candidates import block_work, detection
from gisapp_plugins.outfall_candidates.field_settings import FieldSettings
from gisapp_plugins.outfall_candidates.pixels import ArrayPixels, WaterMask
from gisapp_plugins.outfall_candidates.plume import cut_out, plume_of
from gisapp_plugins.outfall_candidates.search import search
from gisapp_plugins.outfall_candidates.sparse_grid import TILE, SparseGrid
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.benchmarks.detector.ours import finds, fused_finds, searched
from tests.benchmarks.detector.peers import PEERS
from tests.benchmarks.detector.scene import make_scene
from tests.benchmarks.detector.scoring import scored, total

PIXEL = 0.2
TO_MAP = Affine(PIXEL, 0, 500_000, 0, -PIXEL, 2_560_000)
WIDE, HIGH = 500, 700  # pixels
LEFT, RIGHT = 100, 400  # the river, from the top to the bottom


def river(seed: int = 1, noise: float = 0.05):
    """Water of 20 °C between columns LEFT and RIGHT, rough land of 26 °C beside it."""
    chance = np.random.default_rng(seed)
    celsius = (26 + chance.normal(0, 1.5, (HIGH, WIDE))).astype(np.float32)
    celsius[:, LEFT:RIGHT] = 20
    celsius += chance.normal(0, noise, celsius.shape).astype(np.float32)
    return celsius


def water(left: float = LEFT, right: float = RIGHT, to_map: Affine = TO_MAP):
    (x0, y0), (x1, y1) = to_map * (left, 0), to_map * (right, HIGH)
    return shapely.box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def plume(celsius, row: int, contrast: float, side: str = "left", length: float = 50.0,
          wide: float = 9.0, column: int | None = None) -> None:  # fmt: skip
    """From a bank, downwards (south), lengths in pixels."""
    rows, columns = np.mgrid[: celsius.shape[0], : celsius.shape[1]].astype(np.float32)
    bank = column if column is not None else LEFT if side == "left" else RIGHT
    across = np.abs(columns - bank) / wide
    down = rows - row
    added = contrast * np.exp(-0.5 * across**2 - np.maximum(down, 0) / length)
    added *= np.exp(-0.5 * (np.minimum(down, 0) / wide) ** 2)
    wet = (columns >= LEFT) & (columns < RIGHT)
    celsius[wet] += added[wet].astype(np.float32)


def spots(celsius, area=None, **given_settings):
    pixels = ArrayPixels(celsius, TO_MAP, PIXEL)
    mask = WaterMask(area if area is not None else water(), TO_MAP)
    made = search(pixels, mask, FieldSettings(**given_settings), lambda part: None, 1)
    return made, pixels, mask


def reasons(celsius, **given_settings):
    made, _, _ = spots(celsius, **given_settings)
    return [(s.sign, s.evidence.reasons) for s in made.spots]


def test_a_plume_is_found_with_its_figures():
    celsius = river()
    plume(celsius, 300, 2.0)
    made, pixels, mask = spots(celsius)
    (spot,) = made.spots
    assert spot.sign == 1
    assert spot.evidence.reasons == ()
    assert 1.2 < spot.contrast_c < 2.1
    found = plume_of(pixels, mask, spot, made.side)
    x, y = TO_MAP * (LEFT, 300)
    assert abs(found.x - x) < 3
    assert abs(found.y - y) < 3
    assert 150 < found.bearing < 210  # southwards
    assert found.towards in ("W", "NW", "SW")
    assert found.bank == "right"  # going south, the west bank is on the right
    # Contrast 2 exp(-down/10 m) exp(-across²/(2·1.8²)): its integral is 2 · 10 · 2.26 = 45.
    assert 15 < found.sigma_m2c < 55
    assert found.outline.is_valid
    assert found.outline.area == pytest.approx(found.area_m2, rel=1e-6)
    seen = cut_out(pixels, mask, found)
    assert seen.inside.sum() == found.inside.sum()
    assert (seen.known & seen.inside).sum() == seen.inside.sum()
    assert seen.celsius[seen.source] > 20.5
    first = max(found.profile, key=lambda pair: pair[1])
    assert first[0] < 5 < 8 < found.length_m


@settings(max_examples=40, deadline=None)
@given(
    arrays.arrays(np.float64, (7, 2), elements=st.floats(-20, 120, width=32)),
    st.integers(-30, 60), st.integers(-30, 60),
)  # fmt: skip
def test_water_is_where_the_middle_of_a_pixel_is_in_the_area(corners, row, column):
    """Areas of any shape, with holes, in windows anywhere; middles on an edge belong to either."""
    area = shapely.make_valid(shapely.Polygon(corners + 0.0137))
    area = shapely.difference(area, shapely.box(31.3, 31.3, 44.7, 52.1))
    area = shapely.union_all([p for p in shapely.get_parts(area) if p.area > 0])
    if area.is_empty:
        return
    mask = WaterMask(area, Affine(1, 0, 0, 0, 1, 0))
    own = mask.window(row, column, 40, 50)
    down, across = np.mgrid[row : row + 40, column : column + 50] + 0.5
    right = shapely.contains_xy(mask.area, across, -down)
    apart = (np.zeros((40, 50)) if own is None else own) != right
    middles = shapely.points(across[apart], -down[apart])
    assert (shapely.distance(mask.area.boundary, middles) < 1e-6).all()


def test_the_left_bank_when_the_plume_goes_down_the_other_side():
    celsius = river()
    plume(celsius, 300, 2.0, "right")
    made, pixels, mask = spots(celsius)
    found = plume_of(pixels, mask, made.spots[0], made.side)
    assert found.bank == "left"
    assert found.towards in ("E", "NE", "SE")


def test_warm_cold_and_both():
    celsius = river()
    plume(celsius, 200, 2.0)
    plume(celsius, 450, -2.0, "right")
    kept = [sign for sign, why in reasons(celsius) if not why]
    assert sorted(kept) == [-1, 1]
    assert [sign for sign, _ in reasons(celsius, kind="warm")] == [1]
    assert [sign for sign, _ in reasons(celsius, kind="cold")] == [-1]


def test_nothing_in_plain_water():
    assert reasons(river()) == []


def test_a_plume_far_from_the_bank_is_none_and_one_that_is_too_weak():
    celsius = river()
    plume(celsius, 300, 2.0, column=250)
    assert reasons(celsius) == []
    weak = river()
    plume(weak, 300, 0.2)
    assert reasons(weak) == []
    assert len(reasons(weak, min_contrast_c=0.1)) == 1


def test_a_step_between_frames_is_no_plume():
    celsius = river()
    celsius[350:] += 0.8
    assert [why for _, why in reasons(celsius) if not why] == []


def test_a_boat_a_rock_and_a_shadow_carry_their_reasons():
    boat, rock, shadow = river(), river(), river()
    boat[300:340, 115:124] += 6
    ((_, why),) = reasons(boat)
    assert "hard_edge" in why
    rock[300:305, 112:117] += 5
    ((_, why),) = reasons(rock)
    assert {"hard_edge", "small"} & set(why)
    shadow[250:450, 100:118] -= 0.6
    found = [why for sign, why in reasons(shadow) if sign < 0]
    assert found
    assert all({"shadow", "flat", "step"} & set(why) for why in found)


def test_land_inside_of_a_bank_line_that_is_off_is_no_candidate():
    celsius = river()
    made, _, _ = spots(celsius, water(LEFT - 6, RIGHT + 6))  # 1.2 m of land on both sides
    assert [s for s in made.spots if not s.evidence.reasons] == []


def test_no_data_in_the_water_is_no_bank():
    celsius = river()
    plume(celsius, 300, 2.0, column=250)
    celsius[:, 254:330] = np.nan
    assert reasons(celsius) == []


def test_the_drift_left_is_estimated_and_narrow_water_is_told():
    calm, _, _ = spots(river())
    stepped = river()
    for number, row in enumerate(range(0, HIGH, 100)):
        stepped[row : row + 100] += (-1) ** number * 0.5
    rough, _, _ = spots(stepped)
    assert calm.drift_c < 0.1 < 0.3 < rough.drift_c
    assert not calm.narrow
    thin, _, _ = spots(river(), water(200, 202))
    assert thin.narrow


class Watched(ArrayPixels):
    """Says which windows were read."""

    def read(self, row, column, rows, columns):
        self.windows.append((row, column, rows, columns))
        return super().read(row, column, rows, columns)


def test_tiles_without_water_are_not_read_and_only_their_blocks_are_kept():
    size = TILE * 2 * 3 + 40
    pixels = Watched(np.full((size, size), 20, np.float32), Affine(0.3, 0, 0, 0, -0.3, 0), 0.3)
    object.__setattr__(pixels, "windows", [])
    area = shapely.box(5, -60, 25, -20)
    made = search(pixels, WaterMask(area, pixels.to_map), FieldSettings(), lambda part: None, 2)
    assert made.tiles == 16
    assert made.tiles_read == 1
    assert pixels.windows == [(0, 0, TILE * 2, TILE * 2)]
    assert made.grid_bytes == TILE * TILE * 10
    assert made.water_pixels == pytest.approx(800 / 0.09, rel=0.02)


def test_the_search_is_the_same_however_the_grid_is_cut(monkeypatch):
    scene = make_scene(1400, 31)
    whole = searched(scene)
    monkeypatch.setattr(detection, "CORE", 1)
    cut = searched(scene)

    def places(made):
        return sorted((s.row, s.column, s.sign, s.evidence.reasons) for s in made.spots)

    assert len(whole.spots) > 3
    same = set(places(whole)) & set(places(cut))
    assert len(same) >= 0.9 * max(len(whole.spots), len(cut.spots))


degrees = st.floats(-30, 60, width=32) | st.just(np.float32(np.nan))
small = arrays.arrays(
    np.float32, st.tuples(st.integers(4, 24), st.integers(4, 24)), elements=degrees
)


@settings(max_examples=40, deadline=None)
@given(small, st.integers(1, 5), st.data())
def test_compiled_and_plain_work_agree(values, side, data):
    mask = data.draw(arrays.arrays(np.uint8, values.shape, elements=st.integers(0, 1)))
    rows, columns = (n // side * side for n in values.shape)
    if not rows or not columns:
        return
    cut, wet = values[:rows, :columns], mask[:rows, :columns]
    radius = data.draw(st.sampled_from([1.0, 1.5, 3.0]))

    def work():
        return (
            *block_work.block_statistics(cut, wet, side),
            block_work.bank_distance(mask, 9),
            block_work.running_median(values, radius),
        )

    quick = work()
    kept, block_work.compiled = block_work.compiled, lambda: None
    try:
        plain = work()
    finally:
        block_work.compiled = kept
    for one, other in zip(quick, plain, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-3)


def test_without_a_compiler_the_same_is_found(monkeypatch):
    celsius = river()
    plume(celsius, 300, 2.0)
    quick = [(s.row, s.column, s.evidence.reasons) for s in spots(celsius)[0].spots]
    monkeypatch.setattr(block_work, "compiled", lambda: None)
    assert [(s.row, s.column, s.evidence.reasons) for s in spots(celsius)[0].spots] == quick != []


@settings(max_examples=40, deadline=None)
@given(small)
def test_a_running_median_lies_between_its_cells_and_moves_with_them(cells):
    level = block_work.running_median(cells, 2.0, 0.0)
    known = np.isfinite(cells)
    assert (np.isfinite(level) == known).all()
    if known.any():
        assert np.nanmin(level) >= cells[known].min()
        assert np.nanmax(level) <= cells[known].max()
    raised = block_work.running_median(cells + np.float32(8), 2.0, 0.0)
    np.testing.assert_allclose(raised, level + 8, atol=1e-4)


def test_a_grid_gives_back_what_was_put_in():
    grid = SparseGrid(TILE + 10, TILE * 2, 4)
    chance = np.random.default_rng(0)
    tile = tuple(chance.random((10, TILE)).astype(np.float32) for _ in range(2)) + tuple(
        chance.integers(1, 250, (10, TILE)).astype(np.uint8) for _ in range(2)
    )
    grid.put(1, 1, tile)
    grid.put(0, 0, (*(np.zeros((TILE, TILE), np.float32),) * 2,
                    *(np.zeros((TILE, TILE), np.uint8),) * 2))  # fmt: skip
    assert len(grid) == 1
    blocks = grid.window(TILE - 5, TILE - 5, 12, 20)
    assert (blocks.wet[:5] == 0).all()
    np.testing.assert_array_equal(blocks.mean[5:, 5:], tile[0][:7, :15])
    assert list(grid.squares(6)) == [(TILE, TILE, TILE + 10, TILE * 2)]


@pytest.fixture(scope="module")
def scenes():
    return [make_scene(1600, seed) for seed in (611, 612)]


def test_more_is_found_than_by_others_in_made_up_scenes(scenes):
    own = total([scored(finds(searched(scene)), scene) for scene in scenes])
    assert own.f1 >= 0.7
    for name in ("global threshold", "OpenCV local box"):
        theirs = [scored(PEERS[name](s.celsius, s.water, s.gsd_m), s) for s in scenes]
        assert own.f1 > total(theirs).f1 + 0.1


def test_rules_cost_little_and_spare_much(scenes):
    made = [searched(scene) for scene in scenes]
    before = total(
        [scored(finds(m, before_rules=True), s) for m, s in zip(made, scenes, strict=True)]
    )
    after = total([scored(finds(m), s) for m, s in zip(made, scenes, strict=True)])
    assert after.precision > before.precision + 0.2
    assert after.recall > before.recall - 0.2


def test_several_frames_do_away_with_what_moves():
    views = [make_scene(1200, 611, view=view) for view in range(3)]
    boats = [(x, y) for kind, x, y in views[0].others if kind == "boat"]
    hard = FieldSettings(max_step=9.0, max_edge=9.0, min_decay=0.0)  # boats pass these rules
    one = finds(searched(views[0], hard))
    several = fused_finds(views, 3.0, 611, hard)

    def at_boats(found):
        return sum(any(np.hypot(f.x - x, f.y - y) < 40 for x, y in boats) for f in found)

    assert at_boats(several) <= at_boats(one)
    assert total([scored(several, views[0])]).precision > total([scored(one, views[0])]).precision


def test_settings_are_values():
    assert replace(FieldSettings(), kind="warm") != FieldSettings()
