"""Squares are laid on each other and made ready for the screen as Qt and plain arrays do it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from gisapp.render import compiled_tiles
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


def test_one_is_laid_on_another_as_qt_does_it(loops):
    below, above = picture(1), picture(2)
    expected = below.copy()
    height, width = below.shape
    on = QImage(expected.data, width, height, width * 4, FORM)
    painter = QPainter(on)
    painter.drawImage(0, 0, QImage(above.data, width, height, width * 4, FORM))
    painter.end()

    above.flags.writeable = False  # as pictures from a memory may be
    loops.lay(below, above)

    assert (below == expected).all()


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
