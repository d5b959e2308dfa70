"""Which places of a layer may look otherwise than they did."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from shapely import Point

from gisapp.app.layer_changes import FEW, STEPS, LayerChanges
from gisapp.app.tile_memory import ENTRY, TileMemory
from gisapp.model.features import FeatureId
from gisapp.model.geometry import Extent
from gisapp.model.layer import LayerId
from gisapp.model.table import GEOMETRY, FeatureTable

LAYER = LayerId("outfalls")
A1 = FeatureId("A1")


def moved(table: FeatureTable, x: float, y: float) -> FeatureTable:
    return table.with_rows({A1: {GEOMETRY: Point(x, y)}})


def test_a_moved_point_touches_where_it_was_and_is(outfalls: FeatureTable) -> None:
    changes = LayerChanges()
    first = changes.of(LAYER, outfalls)
    after = moved(outfalls, 105.0, 33.0)
    changes.edited(LAYER, outfalls, after, frozenset({A1}))
    state = changes.of(LAYER, after)
    boxes = state.boxes_since(first.version, "EPSG:4490")
    assert boxes is not None
    assert boxes.tolist() == [[100, 30, 100, 30], [105, 33, 105, 33]]
    nothing = state.boxes_since(state.version, "EPSG:4490")
    assert nothing is not None
    assert len(nothing) == 0


def test_it_is_said_in_the_system_that_asks(outfalls: FeatureTable) -> None:
    changes = LayerChanges()
    first = changes.of(LAYER, outfalls)
    after = moved(outfalls, 100.0, 30.0)
    changes.edited(LAYER, outfalls, after, frozenset({A1}))
    boxes = changes.of(LAYER, after).boxes_since(first.version, "EPSG:3857")
    assert boxes is not None
    assert boxes[0, :2] == pytest.approx([11_131_949.08, 3_503_549.84], abs=0.5)


def test_steps_add_up_and_what_two_views_say_counts_once(outfalls: FeatureTable) -> None:
    changes = LayerChanges()
    first = changes.of(LAYER, outfalls)
    once, twice = moved(outfalls, 101.0, 31.0), moved(outfalls, 102.0, 32.0)
    for _ in range(2):
        changes.edited(LAYER, outfalls, once, frozenset({A1}))
    for _ in range(2):
        changes.edited(LAYER, once, twice, frozenset({A1}))
    state = changes.of(LAYER, twice)
    assert state.version == first.version + 2
    boxes = state.boxes_since(first.version, "EPSG:4490")
    assert boxes is not None
    assert {tuple(box[:2]) for box in boxes} == {(100, 30), (101, 31), (102, 32)}


def test_of_other_data_many_rows_or_too_many_steps_all_is_painted(outfalls: FeatureTable) -> None:
    changes = LayerChanges()
    first = changes.of(LAYER, outfalls)
    other = moved(outfalls, 1, 1)
    assert changes.of(LAYER, other).boxes_since(first.version, "EPSG:4490") is None
    many = frozenset(FeatureId(str(n)) for n in range(FEW + 1))
    last = moved(other, 2, 2)
    second = changes.of(LAYER, other)
    changes.edited(LAYER, other, last, many)
    assert changes.of(LAYER, last).boxes_since(second.version, "EPSG:4490") is None
    start = changes.of(LAYER, last)
    table = last
    for step in range(STEPS + 1):
        after = moved(table, step, step)
        changes.edited(LAYER, table, after, frozenset({A1}))
        table = after
    state = changes.of(LAYER, table)
    assert state.boxes_since(start.version, "EPSG:4490") is None
    assert state.boxes_since(start.version + 1, "EPSG:4490") is not None


def test_a_layer_that_came_back_is_not_taken_for_what_it_was(outfalls: FeatureTable) -> None:
    changes = LayerChanges()
    first = changes.of(LAYER, outfalls)
    changes.keep(set())
    again = changes.of(LAYER, moved(outfalls, 3, 3))
    assert again.boxes_since(first.version, "EPSG:4490") is None


def test_data_that_arrive_touch_their_extent() -> None:
    changes = LayerChanges()
    raster: Any = SimpleNamespace()
    first = changes.of(LAYER, raster)
    changes.arrived(LAYER, Extent(1, 2, 3, 4), "EPSG:4490")
    changes.arrived(LayerId("unknown"), Extent(1, 2, 3, 4), "EPSG:4490")
    state = changes.of(LAYER, raster)
    boxes = state.boxes_since(first.version, "EPSG:4490")
    assert np.array_equal(boxes, [[1, 2, 3, 4]])  # type: ignore[arg-type]


class TestMemory:
    def test_what_was_used_longest_ago_goes_first(self) -> None:
        memory = TileMemory(3 * (100 + ENTRY))
        for name in "abc":
            memory.put(name, name.upper(), 100)
        assert memory.get("a") == "A"
        memory.put("d", "D", 100)
        assert [memory.get(name) for name in "abcd"] == ["A", None, "C", "D"]

    def test_what_is_put_again_counts_once(self) -> None:
        memory = TileMemory(10_000)
        for size in (100, 700, 300):
            memory.put("a", size, size)
        assert memory.get("a") == 300
        assert memory.used == 300 + ENTRY

    def test_a_smaller_limit_is_kept_to_at_once(self) -> None:
        memory = TileMemory(10_000)
        for name in range(8):
            memory.put(name, name, 400)
        memory.limit = 2000
        assert memory.used <= memory.limit == 2000
        assert memory.get(7) == 7
        memory.clear()
        assert (memory.used, memory.get(7)) == (0, None)

    def test_what_is_too_large_is_not_kept(self) -> None:
        memory = TileMemory(1000)
        memory.put("large", "x", 5000)
        assert memory.get("large") is None
        assert memory.used == 0
