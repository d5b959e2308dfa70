"""Symbols as the compiled loops lay them on: painted once at every place inside a pixel."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gisapp.model.crs import Coordinates
from gisapp.render.canvas import Sheet, StampMaker
from gisapp.render.columns import kept_with
from gisapp.render.compiled import PHASES, Kernels
from gisapp.render.drawing_memory import room

_drawing_stamps = Lock()

Stamps = npt.NDArray[np.uint32]  # phases x k x k, premultiplied RGBA; the place is at k / 2
Numbers = npt.NDArray[np.int64]


class Atlas(NamedTuple):
    """Stamps of several looks, the first of which lies on top; cut to where they have ink."""

    pixels: npt.NDArray[np.uint32]  # looks x phases x k x k, k a multiple of 8
    wanted: npt.NDArray[np.uint64]  # looks x phases x blocks: bits of pixels that are not empty
    solid: npt.NDArray[np.uint64]  # and of those that hide what is behind
    corners: Numbers  # (looks * phases) x 3: first row and column that is left, rows with ink
    reach: int  # rows and columns are counted from so many pixels before the place


class Places(NamedTuple):
    """Points for `stamp_places`: feature k of the chosen has the places parts[k]:parts[k + 1] and
    looks like looks[k] of the atlas (-1: it is not drawn)."""

    coords: Coordinates
    parts: Numbers
    chosen: Numbers
    looks: npt.NDArray[np.int16]

    @classmethod
    def simple(cls, coords: Coordinates, looks: npt.NDArray[np.int16]) -> Places:
        """One place a feature."""
        count = np.arange(len(coords) + 1)
        return cls(np.ascontiguousarray(coords, np.float64), count, count[:-1], looks)


def stamp_places(
    loops: Kernels,
    sheet: Sheet,
    places: Sequence[Places],
    affine: npt.NDArray[np.float64],
    atlas: Atlas,
) -> None:
    """Lay the symbols on the sheet: the first look on top, in one look the southern.

    affine: from coordinates to pixels of the sheet (see `parts.affine_around`).
    """
    left, top, right, bottom = sheet.clip
    if right <= left or bottom <= top:
        return
    reach = atlas.reach
    box = (left - reach, top - reach, right + reach, bottom + reach)
    keys = room("keys", sum(_count(some) for some in places), np.uint64)
    n = 0
    for some in places:
        n = loops.spread(*some, affine, *box, keys, n)
    if not n:
        return
    keys = keys[:n]
    keys.sort()
    if sheet.empty:
        loops.stamp(sheet.pixels, keys, *atlas, *sheet.clip)
        return
    tall, wide = bottom - top, right - left
    apart = np.zeros((tall, wide), np.uint32)
    loops.stamp(apart, keys, *atlas, 0, 0, wide, tall)
    # rows count from the bottom and in quarters of a pixel, see `spread`
    rows = tall + reach - ((keys >> np.uint64(24)) & np.uint64(0xFFFFFF)).astype(np.int64) // PHASES
    first, last = max(0, int(rows.min()) - reach), min(tall, int(rows.max()) + reach + 2)
    loops.merge(sheet.pixels, apart, left, top, first, last)


def _count(places: Places) -> int:
    parts, chosen = places.parts, places.chosen
    if not len(chosen):
        return 0
    if kept_with(parts, "most", lambda: int(np.diff(parts).max())) == 1:
        return len(chosen)
    return int((parts[chosen + 1] - parts[chosen]).sum())


def atlas_of(
    maker: StampMaker, looks: tuple[tuple[str, str], ...], size: float, edge: str = "#ffffff"
) -> Atlas:
    """The looks (shape or marker, colour) of a style; made once, also for threads that need it at
    the same moment: Qt paints the stamps one after the other in any case."""
    with _drawing_stamps:
        return _atlas_of(maker, looks, size, edge)


@lru_cache(maxsize=64)
def _atlas_of(
    maker: StampMaker, looks: tuple[tuple[str, str], ...], size: float, edge: str
) -> Atlas:
    return atlas_from([maker(shape, fill, size, edge) for shape, fill in looks])


def atlas_from(looks: Sequence[Stamps]) -> Atlas:
    """Of stamps whose sizes may differ; each is at least 1 pixel wide."""
    reach = max(-(-stamps.shape[1] // 2) for stamps in looks)
    corners = np.zeros((len(looks), PHASES * PHASES, 3), np.int64)
    k = 8
    for number, stamps in enumerate(looks):
        ink = stamps != 0
        (top, tall), (left, wide) = _inked(ink.any(axis=2)), _inked(ink.any(axis=1))
        corners[number] = np.column_stack([top, left, tall])
        k = max(k, -(-int(max(tall.max(), wide.max())) // 8) * 8)
    out = np.zeros((len(looks), PHASES * PHASES, k, k), np.uint32)
    for number, stamps in enumerate(looks):
        for phase, (row, column, _) in enumerate(corners[number].tolist()):
            cut = stamps[phase, row : row + k, column : column + k]
            out[number, phase, : cut.shape[0], : cut.shape[1]] = cut
        corners[number, :, :2] += reach - stamps.shape[1] // 2
    wanted, solid = _bits(out != 0), _bits((out >> np.uint32(24)) == 255)
    return Atlas(out, wanted, solid, corners.reshape(-1, 3), reach)


def _inked(rows: npt.NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
    """Of each row: the first place with ink, and how many from it to the last; 0: none."""
    first = rows.argmax(axis=1)
    return first, np.where(
        rows.any(axis=1), rows.shape[1] - rows[:, ::-1].argmax(axis=1) - first, 0
    )


def _bits(some: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint64]:
    """A word for each block of 8 x 8 pixels."""
    looks, phases, k, _ = some.shape
    blocks = some.reshape(looks, phases, k // 8, 8, k // 8, 8).swapaxes(3, 4)
    packed = np.packbits(blocks.reshape(looks, phases, -1, 64), axis=3, bitorder="little")
    return np.ascontiguousarray(packed).view("<u8")[..., 0].astype(np.uint64)
