"""Memory of squares goes from one to the next, and never while somebody looks at it."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from gisapp.model.geometry import Size
from gisapp.render.square_memory import TOGETHER, SquareMemory

SIDE = Size(640, 540)


@pytest.fixture
def memory() -> SquareMemory:
    return SquareMemory(8_000_000)


def at(pixels: np.ndarray) -> int:
    found: int = pixels.__array_interface__["data"][0]
    return found


def test_what_is_let_go_is_given_again(memory):
    first = memory.new(SIDE)
    assert first.shape == (540, 640)
    assert first.dtype == np.uint32
    assert first.flags.c_contiguous
    assert first.flags.writeable
    place = at(first)
    other = memory.new(SIDE)
    assert at(other) != place
    del first
    assert memory.idle > 0
    again = memory.new(Size(540, 640))  # of another shape
    assert at(again) == place
    assert memory.idle == 0


def test_as_long_as_a_part_is_seen_it_is_not_given_away(memory):
    pixels = memory.new(SIDE)
    pixels.fill(7)
    part = pixels[100:200].view(np.uint8)
    del pixels
    assert memory.idle == 0
    memory.new(SIDE).fill(9)
    assert (part.view(np.uint32) == 7).all()
    del part
    assert memory.idle > 0


def test_no_more_lies_idle_than_is_allowed(memory):
    many = [memory.new(SIDE) for _ in range(20)]
    many.clear()
    assert 0 < memory.idle <= 8_000_000
    memory.clear()
    assert memory.idle == 0


def test_squares_of_other_views_make_room(memory):
    many = [memory.new(SIDE) for _ in range(5)]
    many.clear()
    other = [memory.new(Size(400, 300)) for _ in range(16)]
    other.clear()
    kept = memory.idle
    assert 0 < kept <= 8_000_000
    one = memory.new(Size(400, 300))
    assert memory.idle < kept
    del one


def own_megabytes() -> float:
    return int(Path("/proc/self/status").read_text().split("RssAnon:")[1].split()[0]) / 1024


@pytest.mark.skipif(sys.platform != "linux", reason="the system is told on Linux only")
def test_one_square_that_stays_does_not_keep_those_it_was_asked_for_with():
    memory = SquareMemory(0)  # nothing lies idle
    some = memory.new(SIDE)
    some.fill(1)
    del some
    before = own_megabytes()
    many = [memory.new(SIDE) for _ in range(8 * TOGETHER)]
    for number, pixels in enumerate(many):
        pixels.fill(number)
    assert own_megabytes() - before > 60
    many = many[::TOGETHER]  # of each piece of memory one is left
    assert own_megabytes() - before < 25
    for number, pixels in enumerate(many):
        assert (pixels == number * TOGETHER).all()
    again = [memory.new(SIDE) for _ in range(20)]
    for pixels in again:
        pixels.fill(77)
    for number, pixels in enumerate(many):
        assert (pixels == number * TOGETHER).all()


def test_what_makes_room_for_others_is_never_in_use(memory):
    small, wrong = Size(400, 300), []
    kept = [memory.new(SIDE) for _ in range(4)]
    for number, pixels in enumerate(kept):
        pixels.fill(number + 1)

    def work(number: int) -> None:
        for turn in range(60):
            some = [memory.new(SIDE if (turn + k) % 3 else small) for k in range(7)]
            for pixels in some:
                pixels.fill(number)
            if not all((pixels == number).all() for pixels in some):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert wrong == []
    assert all((pixels == number + 1).all() for number, pixels in enumerate(kept))


def test_threads_never_share_a_square(memory):
    wrong = []

    def work(number: int) -> None:
        for turn in range(200):
            pixels = memory.new(Size(64, 64))
            pixels.fill(number * 1000 + turn)
            other = memory.new(Size(64, 64))
            other.fill(5)
            if not (pixels == number * 1000 + turn).all():
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert wrong == []
