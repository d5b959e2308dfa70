"""Loops that lay squares of the map on each other, make them ready for a screen, and fill them from
cells of rasters.

Pixels are four bytes in one number, alpha in the highest, colours multiplied by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from gisapp.render.states import EMPTY, OPAQUE, PIECE, SOME

AT_ONCE = 4  # pictures that `lay` lays on one


class TileLoops(NamedTuple):
    lay: Callable[..., Any]
    lay_known: Callable[..., Any]
    lay_on: Callable[..., Any]
    turn: Callable[..., Any]
    inked: Callable[..., Any]
    values: Callable[..., Any]
    pixels: Callable[..., Any]
    stretch: Callable[..., Any]
    stretch_over: Callable[..., Any]


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
    from numba import njit, types

    global over, has_ink

    seen = types.Array(types.uint32, 2, "C", readonly=True)
    written = types.Array(types.uint32, 2, "C")
    real, whole = types.float32, types.Array(types.int32, 1, "C", readonly=True)
    cells = types.Array(real, 2, "C", readonly=True)
    table = types.Array(types.uint32, 1, "C", readonly=True)
    at = (written, types.int64, types.int64)
    over = njit(nogil=True, error_model="numpy", inline="always")(_over)
    has_ink = njit(nogil=True, error_model="numpy", inline="always")(_has_ink)
    states = types.Array(types.uint8, 2, "C", readonly=True)
    all_seen = (seen,) * (1 + AT_ONCE)
    return TileLoops(
        ready(_lay, (written, *all_seen, types.int64)),
        ready(_lay_known, (written, *all_seen, *(states,) * (1 + AT_ONCE), types.int64)),
        ready(_lay_on, (written, types.Array(types.uint8, 2, "C"), types.uint32)),
        ready(_turn, (seen, written)),
        ready(_inked, (seen,)),
        ready(_values, (cells, whole, whole, real, real, table, *at)),
        ready(_pixels, (seen, whole, whole, *at)),
        ready(_stretch, (seen, whole, whole, *at)),
        ready(_stretch_over, (seen, whole, whole, *at)),
    )


def _ready(loop: Callable[..., Any], *signatures: tuple[Any, ...]) -> Callable[..., Any]:
    from numba import njit

    made: Callable[..., Any] = njit(list(signatures), cache=True, nogil=True, error_model="numpy")(
        loop
    )
    return made


def _lay(out, below, one, two, three, four, count):  # type: ignore[no-untyped-def]
    """Source over, rounded as Qt does it: so many pictures of one size above the one below.

    `out` may be the one below. Piece by piece of a row, which stays near the processor until all
    are laid on it; where a picture has nothing in a piece it is not laid. Without exceptions for
    opaque pixels, for which the same comes out: so many of them are laid at a time.
    """
    width = out.shape[1]
    for row in range(out.shape[0]):
        for first in range(0, width, 128):
            last = min(first + 128, width)
            line = out[row, first:last]
            start = below[row, first:last]
            for k in range(last - first):
                line[k] = start[k]
            if has_ink(one[row, first:last]):
                over(line, one[row, first:last])
            if count > 1 and has_ink(two[row, first:last]):
                over(line, two[row, first:last])
            if count > 2 and has_ink(three[row, first:last]):
                over(line, three[row, first:last])
            if count > 3 and has_ink(four[row, first:last]):
                over(line, four[row, first:last])


def _lay_known(out, below, one, two, three, four, p, q, r, s, t, count):  # type: ignore[no-untyped-def]
    """As `lay`, where it is known what each piece of a row of each picture is (p to t, see
    `gisapp.render.states`): what is empty or lies below something opaque is not read."""
    width = out.shape[1]
    for row in range(out.shape[0]):
        for piece in range(p.shape[1]):
            first = piece * PIECE
            last = min(first + PIECE, width)
            line = out[row, first:last]
            # the topmost one that hides all below, counted from the one below all
            start = 0
            if count > 3 and t[row, piece] == OPAQUE:
                start = 4
            elif count > 2 and s[row, piece] == OPAQUE:
                start = 3
            elif count > 1 and r[row, piece] == OPAQUE:
                start = 2
            elif count > 0 and q[row, piece] == OPAQUE:
                start = 1
            if start == 4:
                source = four[row, first:last]
            elif start == 3:
                source = three[row, first:last]
            elif start == 2:
                source = two[row, first:last]
            elif start == 1:
                source = one[row, first:last]
            else:
                source = below[row, first:last]
            if start == 0 and p[row, piece] == EMPTY:
                for k in range(line.shape[0]):
                    line[k] = np.uint32(0)
            else:
                for k in range(line.shape[0]):
                    line[k] = source[k]
            if count > 0 and start < 1 and q[row, piece] != EMPTY:
                over(line, one[row, first:last])
            if count > 1 and start < 2 and r[row, piece] != EMPTY:
                over(line, two[row, first:last])
            if count > 2 and start < 3 and s[row, piece] != EMPTY:
                over(line, three[row, first:last])
            if count > 3 and start < 4 and t[row, piece] != EMPTY:
                over(line, four[row, first:last])


def _lay_on(picture, states, ground):  # type: ignore[no-untyped-def]
    """Lay a picture, of whose pieces it is known what they are, on an opaque colour."""
    mask, half = np.uint32(0x00FF00FF), np.uint32(0x00800080)
    eight, full = np.uint32(8), np.uint32(255)
    upper = np.uint32(0xFF00FF00)
    below, above = ground & mask, (ground >> eight) & mask
    width = picture.shape[1]
    for row in range(picture.shape[0]):
        for piece in range(states.shape[1]):
            line = picture[row, piece * PIECE : min(piece * PIECE + PIECE, width)]
            if states[row, piece] == EMPTY:
                for k in range(line.shape[0]):
                    line[k] = ground
            elif states[row, piece] == SOME:
                for k in range(line.shape[0]):  # as `_over`
                    ink = line[k]
                    rest = full - (ink >> np.uint32(24))
                    low = below * rest
                    low = ((low + ((low >> eight) & mask) + half) >> eight) & mask
                    high = above * rest
                    high = (high + ((high >> eight) & mask) + half) & upper
                    line[k] = ink + (low | high)
            states[row, piece] = np.uint8(OPAQUE)


def _over(line, above):  # type: ignore[no-untyped-def]
    """Lay a piece of a row on another one."""
    mask, half = np.uint32(0x00FF00FF), np.uint32(0x00800080)
    eight, full = np.uint32(8), np.uint32(255)
    upper = np.uint32(0xFF00FF00)
    for k in range(line.shape[0]):
        ink = above[k]
        rest = full - (ink >> np.uint32(24))
        pixel = line[k]
        low = (pixel & mask) * rest
        low = ((low + ((low >> eight) & mask) + half) >> eight) & mask
        high = ((pixel >> eight) & mask) * rest
        high = (high + ((high >> eight) & mask) + half) & upper
        line[k] = ink + (low | high)


def _has_ink(line):  # type: ignore[no-untyped-def]
    some = np.uint32(0)
    for k in range(line.shape[0]):
        some |= line[k]
    return some != 0


over: Callable[..., Any] = _over
has_ink: Callable[..., Any] = _has_ink


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


def _values(cells, rows, columns, low, scale, table, out, top, left):  # type: ignore[no-untyped-def]
    """Cells as colours of a table, whose last entry is for no data, where `SeenCells` says.

    In steps that each go through one row at a time: some of them take many cells at once. Cells
    that fill several pixels are coloured once. EMPTY, SOME or OPAQUE, of what was filled.
    """
    last, none = np.float32(table.shape[0] - 2), np.float32(table.shape[0] - 1)
    count = columns.shape[0]
    first = min(columns[0], columns[count - 1])
    wide = max(columns[0], columns[count - 1]) + 1 - first
    levels, inks = np.empty(wide, np.uint32), np.empty(wide, np.uint32)
    at = np.empty(count, np.uint32)
    for j in range(count):
        at[j] = columns[j] - first
    some, least = np.uint32(0), np.uint32(0xFFFFFFFF)
    before = -1
    for i in range(rows.shape[0]):
        row, line = rows[i], out[top + i, left : left + count]
        if row == before:
            above = out[top + i - 1, left : left + count]
            for j in range(count):
                line[j] = above[j]
            continue
        before = row
        source = cells[row, first : first + wide]
        for k in range(wide):
            value = source[k]
            level = (value - low) * scale + np.float32(0.5)
            level = min(max(level, np.float32(0)), last)
            levels[k] = np.uint32(np.int32(none if value != value else level))
        if wide < count:
            for k in range(wide):
                inks[k] = table[levels[k]]
            for j in range(count):
                line[j] = inks[at[j]]
        else:
            for j in range(count):
                line[j] = table[levels[at[j]]]
        for j in range(count):
            some |= line[j]
            least = min(least, line[j])
    if some == 0:
        return 0
    return 2 if least >= np.uint32(0xFF000000) else 1


def _pixels(cells, rows, columns, out, top, left):  # type: ignore[no-untyped-def]
    """As `_values`, of colours: red and blue are changed."""
    upper, byte, sixteen = np.uint32(0xFF00FF00), np.uint32(0xFF), np.uint32(16)
    count = columns.shape[0]
    at = np.empty(count, np.uint32)
    for j in range(count):
        at[j] = columns[j]
    some, least = np.uint32(0), np.uint32(0xFFFFFFFF)
    before = -1
    for i in range(rows.shape[0]):
        row, line = rows[i], out[top + i, left : left + count]
        if row == before:
            above = out[top + i - 1, left : left + count]
            for j in range(count):
                line[j] = above[j]
            continue
        before = row
        source = cells[row]
        for j in range(count):
            line[j] = source[at[j]]
        for j in range(count):
            pixel = line[j]
            some |= pixel
            least = min(least, pixel)
            turned = ((pixel >> sixteen) & byte) | ((pixel & byte) << sixteen)
            line[j] = (pixel & upper) | turned
    if some == 0:
        return 0
    return 2 if least >= np.uint32(0xFF000000) else 1


def _stretch(pixels, rows, columns, out, top, left):  # type: ignore[no-untyped-def]
    """out[top + i, left + j] = pixels[rows[i], columns[j]]"""
    count = columns.shape[0]
    at = np.empty(count, np.uint32)
    for j in range(count):
        at[j] = columns[j]
    for i in range(rows.shape[0]):
        line, source = out[top + i, left : left + count], pixels[rows[i]]
        if i > 0 and rows[i] == rows[i - 1]:
            above = out[top + i - 1, left : left + count]
            for j in range(count):
                line[j] = above[j]
        else:
            for j in range(count):
                line[j] = source[at[j]]


def _stretch_over(pixels, rows, columns, out, top, left):  # type: ignore[no-untyped-def]
    """As `_stretch`, laid over what is there."""
    count = columns.shape[0]
    at, inks = np.empty(count, np.uint32), np.empty(count, np.uint32)
    for j in range(count):
        at[j] = columns[j]
    some = np.uint32(0)
    for i in range(rows.shape[0]):
        if i == 0 or rows[i] != rows[i - 1]:
            source, some = pixels[rows[i]], np.uint32(0)
            for j in range(count):
                inks[j] = source[at[j]]
                some |= inks[j]
        if some != 0:
            over(out[top + i, left : left + count], inks)
