from __future__ import annotations

import numpy as np
import pytest

from gisapp.model.features import Shapes
from gisapp.model.geometry import Extent, Size
from gisapp.render.camera import Camera
from gisapp.render.parts import Parts, as_pixels, in_view
from tests.render.scenes import CRS, EXTENT, rivers

CAMERA = Camera.fit(EXTENT, Size(500, 500), CRS, margin=1.0)


def test_parts_are_a_sequence_of_arrays() -> None:
    parts = Parts.of([np.zeros((2, 2)), np.ones((3, 2)), np.full((1, 2), 2.0)])
    assert [len(part) for part in parts] == [2, 3, 1]
    assert parts[-1].tolist() == [[2, 2]]
    assert [len(part) for part in parts[1:]] == [3, 1]
    assert list(parts[2:1]) == []
    with pytest.raises(IndexError):
        parts[3]


def test_no_vertex_moves_and_each_line_keeps_its_ends(both_ways: str) -> None:
    shapes = rivers(30, 200).shapes
    numbers = np.array([0, 3, 4, 29])
    seen = as_pixels(shapes, numbers, CAMERA)
    for number, part in zip(numbers, seen, strict=True):
        whole = CAMERA.to_pixels(shapes.coords[shapes.starts[number] : shapes.starts[number + 1]])
        assert part[0] == pytest.approx(whole[0], abs=1e-6)
        assert part[-1] == pytest.approx(whole[-1], abs=1e-6)
        gaps = np.hypot(*(whole[:, None] - part[None]).transpose(2, 0, 1)).min(axis=1)
        assert gaps.max() < 1.0
        assert 2 <= len(part) <= len(whole)


def test_what_touches_the_view_is_in_view() -> None:
    box = [[0, 0], [10, 10]], [[20, 20], [30, 30]], [[5, 25], [6, 26]]
    shapes = Shapes("line", np.array(box, float).reshape(-1, 2), np.arange(4) * 2, np.arange(3))
    camera = Camera.fit(Extent(8, 8, 21, 21), Size(13, 13), CRS, margin=1.0)
    assert in_view(shapes, camera, 0).tolist() == [0, 1]
    assert in_view(shapes, camera, 4).tolist() == [0, 1, 2]


def test_nothing_in_view_is_no_parts(both_ways: str) -> None:
    assert len(as_pixels(rivers(3).shapes, np.empty(0, np.int64), CAMERA)) == 0
