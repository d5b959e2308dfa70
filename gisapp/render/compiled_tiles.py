"""Loops that lay squares of the map on each other and make them ready for a screen.

Pixels are four bytes in one number, alpha in the highest, colours multiplied by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

EMPTY, OPAQUE = 0, 2  # what `turn` answers; anything else: some of both


class TileLoops(NamedTuple):
    lay: Callable[..., Any]
    turn: Callable[..., Any]
    inked: Callable[..., Any]


_loaded: TileLoops | None = None


def loops() -> TileLoops | None:
    """The compiled loops, or None before `load`."""
    return _loaded


def load() -> TileLoops:
    global _loaded
    if _loaded is None:
        _loaded = make(_ready)
    return _loaded


def use(loops: Mapping[str, Callable[..., Any]]) -> None:
    """Take loops that were compiled before, by their names."""
    global _loaded
    _loaded = TileLoops(*(loops[name] for name in TileLoops._fields))


def make(ready: Callable[..., Callable[..., Any]]) -> TileLoops:
    from numba import types

    seen = types.Array(types.uint32, 2, "C", readonly=True)
    written = types.Array(types.uint32, 2, "C")
    return TileLoops(
        ready(_lay, (written, seen)), ready(_turn, (seen, written)), ready(_inked, (seen,))
    )


def _ready(loop: Callable[..., Any], *signatures: tuple[Any, ...]) -> Callable[..., Any]:
    from numba import njit

    made: Callable[..., Any] = njit(list(signatures), cache=True, nogil=True, error_model="numpy")(
        loop
    )
    return made


def _lay(below, above):  # type: ignore[no-untyped-def]
    """Source over, rounded as Qt does it. Pictures of one size."""
    mask, half = np.uint32(0x00FF00FF), np.uint32(0x00800080)
    eight, full = np.uint32(8), np.uint32(255)
    upper = np.uint32(0xFF00FF00)
    for row in range(below.shape[0]):
        for column in range(below.shape[1]):
            ink = above[row, column]
            if ink == 0:
                continue
            rest = full - (ink >> np.uint32(24))
            if rest == 0:
                below[row, column] = ink
                continue
            pixel = below[row, column]
            low = (pixel & mask) * rest
            low = ((low + ((low >> eight) & mask) + half) >> eight) & mask
            high = ((pixel >> eight) & mask) * rest
            high = (high + ((high >> eight) & mask) + half) & upper
            below[row, column] = ink + (low | high)


def _turn(pixels, out):  # type: ignore[no-untyped-def]
    """Change red and blue. 0: nothing is drawn; 2: opaque everywhere; 1: neither."""
    upper, byte, sixteen = np.uint32(0xFF00FF00), np.uint32(0xFF), np.uint32(16)
    some, least = np.uint32(0), np.uint32(0xFFFFFFFF)
    for row in range(pixels.shape[0]):
        for column in range(pixels.shape[1]):
            pixel = pixels[row, column]
            some |= pixel
            least = min(least, pixel)
            turned = ((pixel >> sixteen) & byte) | ((pixel & byte) << sixteen)
            out[row, column] = (pixel & upper) | turned
    if some == 0:
        return 0
    return 2 if least >= np.uint32(0xFF000000) else 1


def _inked(pixels):  # type: ignore[no-untyped-def]
    """Whether anything is drawn: looked at row by row, until something is found."""
    for row in range(pixels.shape[0]):
        some = np.uint32(0)
        for column in range(pixels.shape[1]):
            some |= pixels[row, column]
        if some != 0:
            return True
    return False
