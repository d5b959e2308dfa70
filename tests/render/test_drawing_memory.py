"""Memory to draw with is the same again on one thread, and never that of another."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from gisapp.render import drawing_memory
from gisapp.render.compiled import load
from gisapp.render.compiled_areas import sums_for
from gisapp.render.drawing_memory import MOST, clean_room, room


def place(numbers: np.ndarray) -> int:
    found: int = numbers.__array_interface__["data"][0]
    return found


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing_memory, "_kept", threading.local())


def test_a_use_gets_the_same_memory_again_and_more_where_it_asks_for_more() -> None:
    first = room("one", 1000, np.int64)
    assert len(first) == 1000
    assert place(room("one", 10, np.int64)) == place(first)
    assert place(room("two", 1000, np.int64)) != place(first)
    assert len(room("one", 5000, np.int64)) == 5000
    assert len(room("none", 0, np.float64)) == 0


def test_too_much_is_not_kept() -> None:
    large = room("one", MOST // 8 + 1, np.int64)
    assert place(room("one", MOST // 8 + 1, np.int64)) != place(large)


def test_threads_have_their_own() -> None:
    mine, others = room("one", 100, np.int64), []
    thread = threading.Thread(target=lambda: others.append(room("one", 100, np.int64)))
    thread.start()
    thread.join()
    assert place(others[0]) != place(mine)


def test_filling_areas_leaves_the_memory_as_it_was() -> None:
    """Small and large ones, with holes, cut by every side of the picture."""
    made = np.random.default_rng(5)
    rings = [made.uniform(-60, 160, 2) + made.uniform(-w, w, (7, 2)) for w in (3, 9, 40, 150) * 20]
    xy = np.concatenate(rings)
    starts = np.arange(0, len(xy) + 1, 7)
    firsts = np.arange(0, len(starts), 2)  # each ring with another one
    inks = np.full(len(firsts) - 1, 0xFF336699, np.uint32)
    clip = (0, 0, 100, 90)
    sums, marks = sums_for(clip, clean_room)
    pictures = []
    for memory in ((sums, marks), (sums, marks), sums_for(clip)):
        picture = np.zeros((90, 100), np.uint32)
        load().areas(picture, xy, starts, firsts, inks, *memory, *clip)
        pictures.append(picture)
        assert not memory[0].any()
        assert not memory[1].any()
    assert pictures[0].any()
    assert np.array_equal(pictures[0], pictures[1])
    assert np.array_equal(pictures[0], pictures[2])
