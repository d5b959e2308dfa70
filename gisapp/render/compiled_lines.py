"""The loops that draw lines. Plain functions: gisapp.render.compiled compiles them.

First it is found out how much of each pixel lies under any of the lines, then the colour is laid
on once: a translucent line is no darker where it meets itself or another of its layer.
"""
# mypy: disable-error-code="no-untyped-def, no-untyped-call, arg-type, call-overload"

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gisapp.render.states import EMPTY, PIECE, SOME

THIN = 2.0  # lines up to this width are covered column by column, wider ones by distance
NUDGE = 1e-6  # px; what lies on a border is decided alike in a tile and in the whole
PAD = 8  # rows and columns around the picture: writing there is quicker than asking


def words_for(
    clip: tuple[int, int, int, int], new: Callable[[str, int, Any], Any] | None = None
) -> Any:
    """The memory that `lines` works with, all zero; it leaves it so. `new` gives it for a use."""
    left, top, right, bottom = clip
    wide, tall = max(0, right - left), max(0, bottom - top)
    count = (tall + 2 * PAD) * -(-(wide + 2 * PAD) // 8)
    return np.zeros(count, np.uint64) if new is None else new("coverage", count, np.uint64)


def lines(picture, xy, starts, widths, dash, closed, ink, words, states, left, top, right, bottom):
    """Draw parts (pixels, with a width each) in one colour (premultiplied RGBA).

    dash: pixels drawn, left out, and so on along each part; empty for whole lines. Joints and
    the ends of whole lines are round, dashes end bluntly. closed: parts end where they begin.
    words: see `words_for`. states: of the whole picture, where EMPTY pieces with ink become SOME;
    without rows if nobody wants to know.
    """
    wide, tall = right - left, bottom - top
    if wide <= 0 or tall <= 0:
        return
    coverage = words.view(np.uint8)
    cycle = dash.sum()
    for part in range(starts.shape[0] - 1):
        first, last = starts[part], starts[part + 1]
        width = widths[part]
        if last - first < 1 or width <= 0:
            continue
        reach = max(width, 1.0) / 2 + 1
        more = (np.int64(width * 363 + 511) >> 8) - 2  # the most, of a diagonal
        if cycle > 0.5:
            broken(coverage, wide, tall, xy, first, last, width, dash, cycle, left, top)
            continue
        x1, y1 = xy[first, 0] - left, xy[first, 1] - top
        for v in range(first, last if closed else max(last - 1, first + 1)):
            x0, y0 = x1, y1
            after = v + 1
            if after == last:  # a single place is a dot
                after = first
                if last - first > 1 and xy[v, 0] == xy[first, 0] and xy[v, 1] == xy[first, 1]:
                    continue
            x1, y1 = xy[after, 0] - left, xy[after, 1] - top
            if (
                max(y0, y1) > -reach
                and min(y0, y1) < tall + reach
                and max(x0, x1) > -reach
                and min(x0, x1) < wide + reach
            ):
                if width <= THIN:
                    thin_piece(coverage, wide, tall, x0, y0, x1, y1, width, more)
                else:
                    piece(coverage, wide, tall, x0, y0, x1, y1, width, False, False)
    tint(picture, words, coverage, states, wide, tall, ink, left, top)


def thin_piece(coverage, wide, tall, x0, y0, x1, y1, width, more):
    """A piece of line as a band, in those columns (or rows) whose middles it passes, half its
    width beyond its ends included. Across it is counted in 256ths of a pixel; it touches two
    rows and `more`."""
    stride = np.int64(-(-(wide + 2 * PAD) // 8) * 8)
    dx, dy = x1 - x0, y1 - y0
    flat = abs(dx) >= abs(dy) - 1e-6  # rounding must not decide of a diagonal, tiles would differ
    along, across = np.uint64(1 if flat else stride), np.uint64(stride if flat else 1)
    last, step = (wide, float(tall)) if flat else (tall, float(wide))
    # chosen and not decided: which it is would be guessed wrong too often
    a0, b0 = (x0, y0) if flat else (y0, x0)
    a1, b1 = (x1, y1) if flat else (y1, x1)
    da, db = (dx, dy) if flat else (dy, dx)
    slope = db / da if da != 0 else 0.0
    stretch = math.sqrt(1 + slope * slope)
    half, end = 0.5 * width * stretch, 0.5 * max(width, 1.0)
    west, east = min(a0, a1), max(a0, a1)
    begin = (b0 if da >= 0 else b1) + slope * (0.5 - west) - half
    first = max(np.int64(math.ceil(max(west - end - 0.5 - NUDGE, -1.0))), 0)
    last = min(np.int64(math.ceil(min(east + end - 0.5 - NUDGE, float(last)))), last)
    band = np.int64(2 * half * 256 + 0.5)
    base = np.uint64(PAD * stride + PAD) + np.uint64(first) * along
    for number in range(first, last):
        low = begin + slope * number
        if low >= -2 and low < step:
            place = np.int64(low * 256 + 512.5)
            amount = min(256 - (place & 255), band)
            rest = band - amount
            at = base + np.uint64((place >> 8) - 2) * across
            coverage[at] = max(np.uint8(amount - (amount >> 8)), coverage[at])
            at += across
            amount = min(rest, 256)
            coverage[at] = max(np.uint8(amount - (amount >> 8)), coverage[at])
            for _ in range(more):  # always as many: to decide each time would take longer
                rest -= amount
                at += across
                amount = min(rest, 256)
                coverage[at] = max(np.uint8(amount - (amount >> 8)), coverage[at])
        base += along


def piece(coverage, wide, tall, x0, y0, x1, y1, width, blunt_start, blunt_end):
    """A piece of line by the distance of each pixel from it, with round or blunt ends."""
    stride = np.int64(-(-(wide + 2 * PAD) // 8) * 8)
    strength = 255.0 * min(width, 1.0)
    reach = max(width, 1.0) / 2 + 0.5
    dx, dy = x1 - x0, y1 - y0
    length = math.sqrt(dx * dx + dy * dy)
    if length > 0:
        dx, dy = dx / length, dy / length
    west, east = min(x0, x1) - reach, max(x0, x1) + reach
    low, high = min(y0, y1) - reach, max(y0, y1) + reach
    steep = reach / abs(dy) if abs(dy) > 1e-9 else 1e30
    for row in range(int(max(low, 0.0)), int(min(high + 1, float(tall)))):
        py = row + 0.5
        a, b = west, east
        if steep < 1e29:
            middle = x0 + (py - y0) / dy * dx
            a, b = max(a, middle - steep), min(b, middle + steep)
        begin, end = int(max(a, 0.0)), int(min(b + 1, float(wide)))
        for column in range(begin, end):
            px = column + 0.5
            along = (px - x0) * dx + (py - y0) * dy
            across = abs((px - x0) * dy - (py - y0) * dx)
            amount = 1.0
            if along < 0:
                if blunt_start:
                    amount = max(0.0, along + 0.5)
                else:
                    across = math.sqrt(across * across + along * along)
            elif along > length:
                if blunt_end:
                    amount = max(0.0, length + 0.5 - along)
                else:
                    across = math.sqrt(across * across + (along - length) * (along - length))
            else:
                if blunt_start:
                    amount = min(amount, along + 0.5)
                if blunt_end:
                    amount = min(amount, length - along + 0.5)
            amount *= min(1.0, max(0.0, reach - across))
            value = np.uint8(amount * strength + 0.5)
            at = np.uint64((row + PAD) * stride + column + PAD)
            if value > coverage[at]:
                coverage[at] = value


def broken(coverage, wide, tall, xy, first, last, width, dash, cycle, left, top):
    """One part with dashes; the pattern begins with the part."""
    reach = max(width, 1.0) / 2 + 1
    behind = 0.0  # of the pattern
    for v in range(first, last - 1):
        x0, y0 = xy[v, 0] - left, xy[v, 1] - top
        x1, y1 = xy[v + 1, 0] - left, xy[v + 1, 1] - top
        dx, dy = x1 - x0, y1 - y0
        length = math.sqrt(dx * dx + dy * dy)
        if length == 0:
            continue
        begin, end = 0.0, length  # of the piece that may be seen
        for axis in range(2):
            start, step, size = (x0, dx, wide) if axis == 0 else (y0, dy, tall)
            if step == 0:
                if start < -reach or start > size + reach:
                    end = -1.0
                continue
            one, two = (-reach - start) / step * length, (size + reach - start) / step * length
            begin, end = max(begin, min(one, two)), min(end, max(one, two))
        if begin < end:
            at = begin - (behind + begin) % cycle  # where a pattern begins
            number = 0
            while at < end:
                on, off = at, at + dash[number]
                if number % 2 == 0 and off > begin:
                    a, b = max(on, 0.0), min(off, length)
                    if b > a:
                        piece(
                            coverage,
                            wide,
                            tall,
                            x0 + dx * a / length,
                            y0 + dy * a / length,
                            x0 + dx * b / length,
                            y0 + dy * b / length,
                            width,
                            on >= 0,
                            off <= length,
                        )
                at = off
                number = (number + 1) % dash.shape[0]
        behind = (behind + length) % cycle


def tint(picture, words, coverage, states, wide, tall, ink, left, top):
    """Lay a colour where there is coverage: as many words at a time as have any, which are zero
    then. What was written beside the picture becomes zero too."""
    mask, half, eight = np.uint32(0x00FF00FF), np.uint32(0x00800080), np.uint32(8)
    low, high = ink & mask, (ink >> eight) & mask
    across, none = np.uint64(-(-(wide + 2 * PAD) // 8)), np.uint64(0)
    paper, stride = picture.reshape(picture.size), np.int64(picture.shape[1])
    beside = np.uint64(PAD) * across
    below = np.uint64(tall + PAD) * across
    for k in range(beside):
        words[k] = none
        words[below + k] = none
    for row in range(tall):
        base = np.uint64(row + PAD) * across
        words[base] = none
        begin, end = base + np.uint64(PAD // 8), base + across
        edge = base * np.uint64(8) + np.uint64(wide + PAD)
        target = (top + row) * stride + left - (np.int64(base) * 8 + PAD)
        while begin < end:
            if words[begin] == none:
                begin += np.uint64(1)
                continue
            after = begin + np.uint64(1)
            while after < end and words[after] != none:
                after += np.uint64(1)
            first, last = begin * np.uint64(8), min(after * np.uint64(8), edge)
            if last <= first:
                for word in range(begin, after):
                    words[word] = none
                begin = after
                continue
            amounts = coverage[first:last]
            if states.shape[0] > 0:
                west = np.int64(first) - (np.int64(base) * 8 + PAD) + left
                east = np.int64(last) - (np.int64(base) * 8 + PAD) + left
                for number in range(west // PIECE, (east - 1) // PIECE + 1):
                    if states[top + row, number] == EMPTY:
                        states[top + row, number] = SOME
            line = paper[np.uint64(target + np.int64(first)) : np.uint64(target + np.int64(last))]
            for k in range(line.shape[0]):
                covered = np.uint32(amounts[k])
                part = covered + (covered >> np.uint32(7))
                thin = ((low * part >> eight) & mask) | (high * part & ~mask)
                alpha = thin >> np.uint32(24)
                rest = np.uint32(256) - alpha - (alpha >> np.uint32(7))
                old = line[k]
                # rounded: what is opaque stays so
                rb = (((old & mask) * rest + half) >> eight) & mask
                ag = (((old >> eight) & mask) * rest + half) & ~mask
                line[k] = thin + (rb | ag)
            for word in range(begin, after):
                words[word] = none
            begin = after
