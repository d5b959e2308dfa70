"""Squares are laid on each other and made ready for the screen as Qt and plain arrays do it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from gisapp.render import compiled, compiled_tiles
from gisapp.render.compiled_tiles import AT_ONCE
from gisapp.render.states import EMPTY, OPAQUE, PIECE, SOME, states_for
from gisapp.render.tiles import Tile

FORM = QImage.Format.Format_ARGB32_Premultiplied


@pytest.fixture
def loops(monkeypatch) -> compiled_tiles.TileLoops:
    monkeypatch.setattr(compiled_tiles, "_loaded", None)
    return compiled_tiles.load()


def picture(seed: int, alpha: int | None = None) -> np.ndarray:
    """Premultiplied, every alpha; rows of nothing and of opaque ones among them."""
    rng = np.random.default_rng(seed)
    a = rng.integers(0, 256, (48, 40), dtype=np.uint32)
    a[:8], a[8:16] = 255, 0
    if alpha is not None:
        a[:] = alpha
    red, green, blue = (rng.integers(0, 256, a.shape, dtype=np.uint32) * a // 255 for _ in "rgb")
    return np.ascontiguousarray(a << 24 | red << 16 | green << 8 | blue)


@pytest.mark.parametrize("count", range(1, AT_ONCE + 1))
@pytest.mark.parametrize("wide", [False, True])
def test_some_are_laid_on_another_as_qt_does_it(loops, count, wide):
    below, *above = (np.tile(picture(seed), (1, 9 if wide else 1)) for seed in range(1 + AT_ONCE))
    above[1][:, 100:] = 0
    expected = below.copy()
    height, width = below.shape
    on = QImage(expected.data, width, height, width * 4, FORM)
    painter = QPainter(on)
    for one in above[:count]:
        painter.drawImage(0, 0, QImage(one.data, width, height, width * 4, FORM))
        one.flags.writeable = False  # as pictures from a memory may be
    painter.end()

    whole = np.full_like(below, 0x12345678)
    loops.lay(whole, below, *above, count)
    loops.lay(below, below, *above, count)

    assert (whole == expected).all()
    assert (below == expected).all()


@pytest.mark.parametrize("count", range(1, AT_ONCE + 1))
def test_what_is_known_of_pictures_changes_nothing_of_what_is_laid(loops, count):
    pictures = [np.tile(picture(seed), (1, 9)) for seed in range(1 + AT_ONCE)]
    for number, one in enumerate(pictures):  # empty and opaque pieces at different places
        one[number * 6 : number * 6 + 12, PIECE : 2 * PIECE] = 0
        one[20 + number * 4 : 40, 2 * PIECE :] |= np.uint32(0xFF000000)
    known = [states_for(one.shape) for one in pictures]
    for states in known:
        states.fill(SOME)
    looked_through = compiled.load().look_through
    told = [looked_through(*both) for both in zip(pictures, known, strict=True)]
    for one, states in zip(pictures, known, strict=True):
        for row in range(one.shape[0]):
            for piece in range(states.shape[1]):
                some = one[row, piece * PIECE : (piece + 1) * PIECE]
                opaque = (some >= 0xFF000000).all()
                assert states[row, piece] == (OPAQUE if opaque else SOME if some.any() else EMPTY)
    assert told == [SOME] * len(pictures)
    expected, whole = np.empty_like(pictures[0]), np.full_like(pictures[0], 0x12345678)
    loops.lay(expected, *pictures, count)

    loops.lay_known(whole, *pictures, *known, count)

    assert (whole == expected).all()


@pytest.mark.parametrize("ground", [0xFFFFFFFF, 0xFF15181B])
def test_on_a_ground_a_picture_is_as_qt_lays_it(loops, ground):
    one = np.tile(picture(5), (1, 9))
    one[:, PIECE : 2 * PIECE] = 0
    height, width = one.shape
    expected = QImage(width, height, QImage.Format.Format_RGB32)
    expected.fill(ground)
    painter = QPainter(expected)
    painter.drawImage(0, 0, QImage(one.copy().data, width, height, width * 4, FORM))
    painter.end()
    states = states_for(one.shape)
    states.fill(SOME)
    compiled.load().look_through(one, states)

    loops.lay_on(one, states, ground)

    assert (
        one.view(np.uint8) == np.frombuffer(expected.constBits(), np.uint8).reshape(height, -1)
    ).all()
    assert (states == OPAQUE).all()


@pytest.mark.parametrize("alpha", [None, 0, 254, 255])
def test_a_square_is_the_same_with_and_without_loops(loops, monkeypatch, alpha):
    image = picture(3, alpha).view(np.uint8).reshape(48, 40, 4)
    compiled = Tile.of(image)
    monkeypatch.setattr(compiled_tiles, "_loaded", None)
    plain = Tile.of(image)
    if alpha == 0:
        assert compiled is None
        assert plain is None
        return
    assert compiled is not None
    assert plain is not None
    assert (compiled.pixels == plain.pixels).all()
    assert (compiled.image == image).all()
    assert compiled.is_opaque is plain.is_opaque is (alpha == 255)


def test_a_picture_is_stretched_pixel_by_pixel(loops):
    pixels = picture(4)
    rows = np.repeat(np.arange(48, dtype=np.int32), 3)[5:]
    columns = np.arange(0, 40, 2, dtype=np.int32)
    part = pixels[rows][:, columns]
    out = np.full((len(rows) + 5, len(columns) + 7), 7, np.uint32)
    loops.stretch(pixels, rows, columns, out, 2, 3)
    assert (out[2:-3, 3:-4] == part).all()
    out[2:-3, 3:-4] = 7
    assert (out == 7).all()
    below = np.resize(picture(9), out.shape)
    expected = below.copy()
    expected[2:-3, 3:-4] = laid(below[2:-3, 3:-4], part)
    loops.stretch_over(pixels, rows, columns, below, 2, 3)
    assert (below == expected).all()


def laid(below: np.ndarray, above: np.ndarray) -> np.ndarray:
    """As Qt lays one picture on another."""
    on, one = np.ascontiguousarray(below), np.ascontiguousarray(above)
    height, width = on.shape
    image = QImage(on.data, width, height, width * 4, FORM)
    painter = QPainter(image)
    painter.drawImage(0, 0, QImage(one.data, width, height, width * 4, FORM))
    painter.end()
    return on
